//! What `sealdesk doctor` says of the watch, the checkpoints and the anchors, and that it says all of it in Chinese too.

use std::process::Stdio;

use tokio_postgres::Client;

use crate::support::{Database, fixture, program};

fn doctor(database: &Database<'_>, locale: &str) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a directory");
    let url = folder.path().join("url");
    let (server, _) = database.fixture.superuser_url.rsplit_once('/').expect("the URL ends in a database");
    std::fs::write(&url, format!("{server}/{}\n", database.name)).expect("a file");
    let output = program()
        .env("SEALDESK_CONFIG", &database.fixture.config)
        .env("SEALDESK_DBNAME", &database.name)
        .env("LC_ALL", locale)
        .env("TERM", "xterm-256color")
        .args(["doctor", "--url-file"])
        .arg(&url)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), said)
}

/// Mark and words of a line, by what it is about.
fn line(said: &str, about: &str) -> String {
    let found = said.lines().find(|line| line.get(5..).is_some_and(|rest| rest.starts_with(&format!("{about} "))));
    found.unwrap_or_else(|| panic!("no line about {about}: {said}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A checkpoint, and a watch that made it just now.
async fn watched(database: &Database<'_>) -> Client {
    let (code, _, err) = database.program_as("auditor").run(&["audit", "checkpoint"]);
    assert_eq!(code, 0, "{err}");
    let superuser = database.superuser().await;
    let watching = "set session_replication_role = replica;
        update sealdesk.watch set login = 'guard', until_at = now() + interval '10 min', round_at = now();
        insert into sealdesk.anchor_state (name, number, at, by) values ('ledger', 1, now(), 'guard')";
    superuser.batch_execute(watching).await.expect("a superuser can do this");
    superuser
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_who_watches_and_how_old_checkpoint_and_anchors_are() {
    let database = fixture().fresh_database().await;
    let (_, never) = doctor(&database, "C.UTF-8");
    assert!(line(&never, "watch").starts_with("warn watch nobody has ever watched"), "{never}");
    assert!(line(&never, "checkpoint").starts_with("warn checkpoint none"), "{never}");
    assert!(line(&never, "anchors").starts_with("warn anchors none"), "{never}");

    let superuser = watched(&database).await;
    let (_, healthy) = doctor(&database, "C.UTF-8");
    assert!(line(&healthy, "watch").starts_with("ok watch guard watches"), "{healthy}");
    assert!(line(&healthy, "checkpoint").starts_with("ok checkpoint number 1"), "{healthy}");
    assert!(line(&healthy, "anchors").starts_with("ok anchors ledger has checkpoint 1"), "{healthy}");

    for (harm, about, mark, words) in [
        (
            "update sealdesk.watch set until_at = now() - interval '1 hour', round_at = now() - interval '3 hours'",
            "watch",
            "BAD",
            "3 h ago",
        ),
        (
            "update sealdesk.watch set until_at = now() + interval '10 min'; update sealdesk.checkpoint set at = now() - interval '20 min'",
            "checkpoint",
            "BAD",
            "20 min ago, although somebody watches",
        ),
        ("update sealdesk.watch set until_at = now() - interval '1 hour'", "checkpoint", "warn", "20 min ago, signed by"),
        ("update sealdesk.anchor_state set at = now() - interval '1 hour'", "anchors", "warn", "ledger has checkpoint 1, 60 min ago"),
        (
            "update sealdesk.anchor_state set error = 'No space left on device', failing_since = now() - interval '10 min'",
            "anchors",
            "BAD",
            "failing for 10 min: No space left on device",
        ),
        ("update sealdesk.anchor_state set number = null, at = null, error = null", "anchors", "warn", "ledger has none"),
    ] {
        superuser.batch_execute(harm).await.expect("a superuser can do this");
        let (code, said) = doctor(&database, "C.UTF-8");
        let told = line(&said, about);
        assert!(told.starts_with(&format!("{mark} {about}")) && told.contains(words), "{harm}: {told}");
        assert!(mark != "BAD" || code != 0, "{said}");
        assert!(said.lines().skip_while(|line| !line.contains(words)).nth(1).is_some_and(|line| line.contains("mend: ")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_speaks_chinese_where_the_locale_does() {
    let database = fixture().fresh_database().await;
    let (before, said) = doctor(&database, "zh_CN.UTF-8");
    let _superuser = watched(&database).await;
    let (after, watched) = doctor(&database, "zh_CN.UTF-8");
    assert_eq!(before, after, "{watched}");
    for text in [said, watched] {
        for line in text.lines() {
            assert!(line.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)), "not in Chinese: {line}");
            assert!(!line.contains("mend:") && !line.contains(" ago"), "half in English: {line}");
        }
    }
}
