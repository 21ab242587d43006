//! Look-ups and people against a real server.

use crate::support::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn what_find_prints_show_opens() {
    let database = fixture().shared();
    let (code, out, err) = database.program_as("agent").run(&["find", "C-000001", "--json"]);
    assert_eq!(code, 0, "{err}");
    let row: serde_json::Value = serde_json::from_str(out.lines().next().expect("a match")).expect("JSON");
    let number = row["number"].as_str().expect("a number");
    let (code, out, err) = database.program_as("agent").run(&["show", number, "--json"]);
    assert_eq!(code, 0, "{err}");
    let record: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(record["number"], row["number"]);
    assert!(record["fields"]["phone"]["value"].is_null(), "nothing is revealed unasked: {out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_find_quietly() {
    use std::io::{Read as _, Write as _};
    let database = fixture().shared();
    let mut agent = database.program_as("agent");
    let mut child = agent
        .command
        .args(["find", "city:nanning", "--limit", "300"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    child.stdin.take().expect("an input").write_all(agent.passphrase.as_bytes()).expect("the passphrase is read");
    assert!(child.wait().expect("an end").success());
    let mut told = String::new();
    child.stderr.take().expect("an output").read_to_string(&mut told).expect("text");
    assert_eq!(told, "", "rows were found and nobody read them");
}

#[tokio::test(flavor = "multi_thread")]
async fn show_names_every_field_and_says_what_is_not_permitted() {
    let database = fixture().shared();
    let (code, out, err) = database.program_as("agent").run(&["show", "C-000001"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("C-000001  version 1, changed "), "{out}");
    assert!(out.lines().any(|line| line.trim_start().starts_with("ID number")), "{out}");
    assert!(out.contains("not permitted for your role"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_and_an_unknown_user_look_the_same() {
    let database = fixture().shared();
    let mut wrong = database.program_as("agent");
    wrong.passphrase = "not the passphrase".into();
    let (wrong_code, _, wrong_text) = wrong.run(&["find", "zhang"]);
    let (unknown_code, _, unknown_text) = {
        let mut command = crate::support::program();
        command.env("SEALDESK_CONFIG", &fixture().config).env("LC_ALL", "C.UTF-8").args([
            "--user",
            "nobody.here",
            "--passphrase-file",
            "-",
        ]);
        crate::support::PersonCommand { command, passphrase: "not the passphrase".into() }.run(&["find", "zhang"])
    };
    assert_eq!((wrong_code, wrong_text), (unknown_code, unknown_text));
    assert_ne!(wrong_code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_may_not_do_ends_with_3() {
    let database = fixture().shared();
    let (code, _, err) = database.program_as("agent").run(&["staff", "add", "new.person", "--role", "agent"]);
    assert_eq!(code, 3, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chains_of_a_fresh_installation_hold() {
    let database = fixture().fresh_database().await;
    let (code, out, err) = database.program_as("auditor").run(&["audit", "verify"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("every chain holds"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_event_ends_with_5() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    superuser
        .batch_execute(
            "set session_replication_role = replica; update sealdesk.audit_event set actor = 'somebody.else' where action = 'session_open'",
        )
        .await
        .expect("a superuser can do this");
    let (code, out, err) = database.program_as("auditor").run(&["audit", "verify"]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("changed"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_session_and_never_what_was_looked_up_or_typed() {
    let folder = tempfile::tempdir().expect("a directory");
    let database = fixture().shared();
    let mut agent = database.program_as("agent");
    agent.command.env("XDG_STATE_HOME", folder.path()).args(["--log-level", "trace"]);
    let passphrase = agent.passphrase.clone();
    let (code, out, err) = agent.run(&["find", "C-000007"]);
    assert_eq!(code, 0, "{err}");
    let log = everything_in(&folder.path().join("sealdesk"));
    assert!(log.contains("signed in"), "{log}");
    assert!(!log.contains(&passphrase), "{log}");
    for value in out.split("  ").skip(1).map(str::trim).filter(|value| value.chars().count() > 3) {
        assert!(!log.contains(value), "{value} is in the log: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_is_one_notice_and_no_more() {
    let folder = tempfile::tempdir().expect("a directory");
    let in_the_way = folder.path().join("state");
    std::fs::write(&in_the_way, "not a directory").expect("a file");
    let database = fixture().shared();
    let mut agent = database.program_as("agent");
    agent.command.env("XDG_STATE_HOME", &in_the_way);
    let (code, out, err) = agent.run(&["find", "C-000007"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("C-000007"), "{out}");
    assert_eq!(err.matches("going on without it").count(), 1, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_the_log_is_one_notice_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a directory");
    let logs = folder.path().join("sealdesk");
    std::fs::create_dir(&logs).expect("a directory");
    // Every write to this device fails as on a full disk. Midnight may pass between here and the program's start.
    let today = jiff::Timestamp::now();
    for day in [today, today + jiff::SignedDuration::from_hours(24)] {
        let log = logs.join(day.strftime("sealdesk.%Y-%m-%d.log").to_string());
        std::os::unix::fs::symlink("/dev/full", log).expect("a link");
    }
    let mut agent = fixture().shared().program_as("agent");
    agent.command.env("XDG_STATE_HOME", folder.path()).args(["--log-level", "trace"]);
    let (code, out, err) = agent.run(&["find", "C-000007"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("C-000007"), "{out}");
    assert!(err.contains("No space left") && err.matches("going on without it").count() == 1, "{err}");
}

fn everything_in(folder: &std::path::Path) -> String {
    std::fs::read_dir(folder)
        .expect("the log's directory")
        .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a log"))
        .collect()
}
