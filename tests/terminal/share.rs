//! A value is shared at one desk and read at another, by somebody who may not read customers at all.

use crate::{ENTER, ESCAPE, desk, open_phone, support::fixture};

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_shared_read_at_another_desk_and_withdrawn() {
    let database = fixture().fresh_database().await;
    let to = database.fixture.person("auditor").user.clone();
    let mut senior = desk(&database, "senior_agent", 120, 40);
    open_phone(&mut senior);
    senior.terminal.send("r");
    let screen = senior.terminal.wait_for("s revealed");
    let line = screen.lines().find(|line| line.contains("s revealed")).unwrap();
    let phone = line.split_whitespace().find(|word| word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_digit())).unwrap();
    senior.terminal.send("S");
    senior.terminal.wait_for("Share - Phone");
    senior.terminal.send(&to);
    senior.terminal.send(ENTER);
    senior.terminal.wait_for(&format!("shared with {to} until"));

    let mut auditor = desk(&database, "auditor", 100, 30);
    auditor.terminal.wait_for("Audit");
    auditor.terminal.send(":shared with me\r");
    auditor.terminal.wait_for("Shared with me - 1");
    auditor.terminal.send(ENTER);
    auditor.terminal.wait("the value", |screen| screen.contains("hides in") && screen.contains(phone));
    auditor.terminal.send(ESCAPE);
    auditor.terminal.wait_gone(phone);

    senior.terminal.send("v7");
    senior.terminal.wait_for("Shared by me - 1");
    senior.terminal.send("x");
    senior.terminal.wait_for("y / n");
    senior.terminal.send("y");
    senior.terminal.wait("the end of it", |screen| screen.contains("withdrawn") && !screen.contains(&format!("shared with {to}")));
    auditor.terminal.send(ENTER);
    auditor.terminal.wait("why not", |screen| screen.contains("no such share") && !screen.contains(phone));
}
