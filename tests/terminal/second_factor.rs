//! Signing in with a second factor, and a class that asks for a fresh code.

use crate::{
    ENTER, desk, locked_desk, open_phone,
    support::{fixture, totp},
};

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
    let screen = desk.terminal.wait_for("s revealed");
    assert!(!screen.contains("fresh code"), "{screen}");
}

/// The secret that the window shows, in two rows of four groups.
fn secret_on(screen: &str) -> String {
    let mut rows = screen.lines().skip_while(|row| !row.contains("Secret  "));
    let first = rows.next().unwrap();
    let column = first[..first.find("Secret  ").unwrap()].chars().count() + "Secret  ".len();
    let groups = |row: &str| row.chars().skip(column).take("abcd efgh ijkl mnop".len()).collect::<String>();
    format!("{} {}", groups(first), groups(rows.next().unwrap()))
}

fn recovery_codes_on(screen: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 14 && word.split('-').map(str::len).eq([4, 4, 4]);
    screen.split_whitespace().filter(is_code).map(str::to_owned).collect()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_inside_the_desk() {
    let database = fixture().fresh_database().await;
    let mut desk = desk(&database, "agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(":second factor\r");
    // An open desk is not enough.
    desk.terminal.wait_for("Your passphrase first");
    desk.terminal.send("a guess\r");
    desk.terminal.wait_for("wrong");
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    let screen = desk.terminal.wait_for("Secret  ");
    let secret = secret_on(&screen);
    desk.terminal.send("000000\r");
    desk.terminal.wait_for("not right");
    desk.terminal.send(&totp(&secret, now()));
    desk.terminal.send(ENTER);
    let screen = desk.terminal.wait_for("Recovery codes");
    let codes = recovery_codes_on(&screen);
    assert_eq!(codes.len(), 10, "{screen}");
    desk.terminal.send(ENTER);
    desk.terminal.send("y");
    desk.terminal.wait_gone("Recovery codes");
    desk.terminal.send(":second factor\r");
    desk.terminal.wait_for("10 recovery codes are left");
    desk.terminal.send("L");
    desk.terminal.wait_for("assphrase");
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("one-time code");
    desk.terminal.send(&codes[3]);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(":second factor\r");
    desk.terminal.wait_for("9 recovery codes are left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_asks_for_a_second_factor_leads_to_setting_it_up_at_the_sign_in() {
    let database = fixture().fresh_database().await;
    let (code, _, err) = database.program_as("security_officer").run(&["role", "second-factor", "agent", "on"]);
    assert_eq!(code, 0, "{err}");
    let superuser = database.superuser().await;
    let user = &database.fixture.person("agent").user;
    let open =
        "select count(*) from sealdesk.session s join sealdesk.person p on p.id = s.person where p.login = $1 and s.closed_at is null";
    let open_sessions = async || superuser.query_one(open, &[user]).await.unwrap().get::<_, i64>(0);
    let before = open_sessions().await;
    let mut desk = locked_desk(&database, "agent", 80, 24);
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    let screen = desk.terminal.wait_for("You have no second factor yet");
    let secret = secret_on(&screen);
    assert_eq!(open_sessions().await, before + 1);
    let confirmed = now();
    desk.terminal.send(&totp(&secret, confirmed));
    desk.terminal.send(ENTER);
    let screen = desk.terminal.wait_for("Recovery codes");
    assert_eq!(recovery_codes_on(&screen).len(), 10, "{screen}");
    desk.terminal.send("y");
    desk.terminal.wait_for("Wait for the next code");
    for _ in 0..50 {
        if open_sessions().await == before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(open_sessions().await, before, "the session that was opened for the set-up has ended");
    // A code is accepted once.
    desk.terminal.send(&totp(&secret, confirmed));
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("not right");
    desk.terminal.send(&totp(&secret, confirmed + 30));
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("C-000300");
}
