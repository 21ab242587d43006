//! Signing in with a second factor, and a class that asks for a fresh code.

use crate::{ENTER, locked_desk, open_phone, support::fixture};

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_asks_for_a_code_and_for_a_fresh_one_where_the_class_does() {
    let database = fixture().fresh_database().await;
    let factor = database.program_as("agent").set_up_second_factor();
    let (code, _, err) = database.program_as("security_officer").run(&["class", "fresh-code", "contact", "60"]);
    assert_eq!(code, 0, "{err}");
    let mut desk = locked_desk(&database, "agent", 80, 24);
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait("the box for the code", |screen| screen.contains("Code") && screen.contains("one-time code"));
    desk.terminal.send("000000");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("not right");
    desk.terminal.send(&factor.recovery_codes[0]);
    desk.terminal.send(ENTER);
    open_phone(&mut desk);
    // As if a minute had passed.
    let later = "update sealdesk.session set code_at = code_at - interval '2 min' where code_at is not null";
    database.superuser().await.batch_execute(later).await.unwrap();
    desk.terminal.send("r");
    desk.terminal.wait_for("These values ask for a fresh code");
    desk.terminal.send("000000");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("not right");
    desk.terminal.send(&factor.code(1));
    desk.terminal.send(ENTER);
    let screen = desk.terminal.wait_for("revealed");
    assert!(!screen.contains("fresh code"), "{screen}");
}
