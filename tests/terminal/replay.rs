//! A session replayed at a supervisor's desk, and what is left of it: no value, in no table and in no file.

use std::path::Path;

use sealdesk::operations::server::find_or_install;

use super::{Desk, ENTER, desk, locked_desk_in, open_phone_of, support};

/// Every file below a directory that holds the text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path).unwrap_or_default().windows(text.len()).any(|piece| piece == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn phone_on(screen: &str) -> String {
    let line = screen.lines().find(|line| line.contains("s revealed")).unwrap();
    line.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 11).unwrap().to_owned()
}

/// A desk that writes down all it can, with a folder of its own for temporary files.
fn talkative(database: &support::Database<'_>, role: &str, scratch: &Path) -> Desk {
    let scratch = scratch.display().to_string();
    let mut desk = locked_desk_in(database, role, &[("TMPDIR", &scratch)], &["--log-level", "trace"], 120, 40);
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("C-000300");
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_shows_masks_and_leaves_no_value_in_any_table_or_file() {
    let database = support::fixture().fresh_database().await;
    let scratch = tempfile::tempdir().unwrap();
    let mut agent = talkative(&database, "agent", scratch.path());
    agent.terminal.send("/C-000299\r");
    agent.terminal.wait("the one record", |screen| screen.contains("C-000299") && !screen.contains("C-000298"));
    open_phone_of(&mut agent, "C-000299");
    agent.terminal.send("r");
    let phone = phone_on(&agent.terminal.wait_for("s revealed"));
    let masked = format!("{}****{}", &phone[..3], &phone[7..]);

    let mut supervisor = talkative(&database, "supervisor", scratch.path());
    supervisor.terminal.send("2");
    supervisor.terminal.wait("the reveal", |screen| screen.contains("chen.bo") && screen.contains("revealed"));
    supervisor.terminal.send("f");
    supervisor.terminal.wait_for("login name");
    supervisor.terminal.send("chen.bo\r");
    supervisor.terminal.wait("his events", |screen| screen.contains("[person chen.bo]"));
    supervisor.terminal.send("r");
    supervisor.terminal.wait_for("REPLAY, masked - chen.bo");
    supervisor.terminal.send("R");
    supervisor.terminal.send("r");
    let screen = supervisor.terminal.wait_for("stood in clear");
    assert!(screen.contains(&masked) && screen.contains("C-000299") && !screen.contains(&phone), "{screen}");
    supervisor.terminal.send("S");
    let screen = supervisor.terminal.wait("the search", |screen| screen.contains("Records - ") || screen.contains("Records 1"));
    assert!(!screen.contains(&phone), "{screen}");
    supervisor.terminal.send("/callback\r");
    supervisor.terminal.send("r");
    supervisor.terminal.wait_for("stood in clear");

    // A value is seen on the viewer's own desk only, and there by who may reveal it.
    supervisor.terminal.send("o");
    supervisor.terminal.wait("the record on the own desk", |screen| !screen.contains("REPLAY") && screen.contains("Notes ("));
    supervisor.terminal.send("jjjr");
    supervisor.terminal.wait_for("Your role may not reveal Contact");
    supervisor.terminal.send(":replay session\r");
    supervisor.terminal.wait_for("REPLAY, masked");

    let superuser = database.superuser().await;
    let count = async |sql: &str| superuser.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let of = "details::json ->> 'person' = 'chen.bo'";
    assert!(
        count(&format!("select count(*) from sealdesk.audit_event where action = 'replay_session' and outcome = 'ok' and {of}")).await >= 1
    );
    let programs = find_or_install(false, &|_| {}).unwrap();
    let (server, _) = database.fixture.superuser_url.rsplit_once('/').unwrap();
    let dump = std::process::Command::new(programs.path("pg_dump")).arg(format!("{server}/{}", database.name)).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let dump = String::from_utf8_lossy(&dump.stdout);
    assert!(dump.contains("replay_session") && !dump.contains(&phone), "no table holds it");
    for desk in [&mut agent, &mut supervisor] {
        desk.terminal.send("Q");
        desk.terminal.wait_exit();
        assert!(std::fs::read_dir(desk.home.path().join("state/sealdesk")).unwrap().count() > 0, "there is a log to look into");
        assert_eq!(holding(desk.home.path(), &phone), Vec::<String>::new());
    }
    assert_eq!(holding(scratch.path(), &phone), Vec::<String>::new());
    let server_log = std::fs::read_to_string(database.fixture.dir.join("server.log")).unwrap();
    assert!(!server_log.contains(&phone));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_the_audit_replays_their_own_session_only() {
    let database = support::fixture().fresh_database().await;
    let mut agent = desk(&database, "agent", 80, 24);
    agent.terminal.wait_for("C-000300");
    agent.terminal.send(ENTER);
    agent.terminal.wait_for("E-mail");
    agent.terminal.send("2");
    agent.terminal.wait_for("signed in");
    agent.terminal.send("r");
    agent.terminal.wait_for("REPLAY, masked - chen.bo");
    agent.terminal.send("/opened\r");
    agent.terminal.send("N");
    agent.terminal.wait_for("- C-000300 - v");
    // Their own desk reveals, as ever, and what it shows is not in the replay.
    agent.terminal.send("o");
    // Read once more: what is typed before that is there would be for the one of before.
    agent.terminal.wait("the record on the own desk", |screen| !screen.contains("REPLAY") && screen.matches("opened").count() >= 2);
    agent.terminal.send("jjjr");
    let phone = phone_on(&agent.terminal.wait_for("s revealed"));
    agent.terminal.send(":replay session\r");
    let screen = agent.terminal.wait_for("REPLAY, masked");
    assert!(!screen.contains(&phone), "{screen}");
}
