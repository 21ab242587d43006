//! The audit on the command line.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio_postgres::Client;

use crate::support::{Database, fixture};

/// A chain to write test events to.
async fn chain(superuser: &Client, login: &str) -> String {
    let row = superuser
        .query_one(
            "with id as (select gen_random_uuid() as id)
             select id::text, sealdesk.start_chain(id, null, $1, 'test', 'test') is null from id",
            &[&login],
        )
        .await
        .expect("a chain");
    row.get(0)
}

async fn append(superuser: &Client, chain: &str, login: &str, action: &str, details: Option<&str>, count: i32) {
    superuser
        .execute(
            "select sealdesk.append($1::text::uuid, $2, $3, 'ok', null, null, null, null, null, null, $4, null) from generate_series(1, $5)",
            &[&chain, &login, &action, &details, &count],
        )
        .await
        .expect("events");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_box_is_one_line_and_in_json_every_event() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let chain = chain(&superuser, "load.test").await;
    let details = r#"{"box": "018f0000-0000-7000-8000-000000000001", "tokens": [1]}"#;
    append(&superuser, &chain, "load.test", "search", Some(details), 7).await;
    let (code, out, err) = database.program_as("supervisor").run(&["audit", "tail", "--actor", "load.test"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.contains("load.test") && out.contains("searched x7"), "{out}");
    let (_, out, _) = database.program_as("supervisor").run(&["audit", "tail", "--actor", "load.test", "--json"]);
    assert_eq!(out.lines().count(), 7, "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_filter_is_named_before_anybody_signs_in() {
    let database = fixture().shared();
    for (arguments, named) in [
        (["audit", "tail", "--record", "Zhang"], "--record \"Zhang\""),
        (["audit", "tail", "--from", "half past two"], "--from \"half past two\""),
    ] {
        let (code, _, err) = database.program_as("supervisor").run(&arguments);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(named), "{err}");
    }
    let (code, _, err) = database.program_as("supervisor").run(&["audit", "tail", "--record", "C-999999999"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("no such record"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_tails_only_their_own_events() {
    let database = fixture().fresh_database().await;
    drop(database.sign_in("senior_agent").await);
    let (code, out, err) = database.program_as("agent").run(&["audit", "tail", "--json"]);
    assert_eq!(code, 0, "{err}");
    let own = &database.fixture.person("agent").user;
    assert!(out.lines().count() > 0);
    for line in out.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(event["user"]["name"], own.as_str(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_stopped_and_started_again_loses_and_doubles_nothing() {
    const EVENTS: i64 = 6_000;
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let cursor = folder.path().join("cursor");
    // The first run marks the place to begin at.
    collect(follow(&database, &cursor, false), &mut BTreeMap::new());

    let superuser = database.superuser().await;
    let chain = chain(&superuser, "load.test").await;
    let writer = tokio::spawn(async move {
        for _ in 0..EVENTS / 20 {
            append(&superuser, &chain, "load.test", "view", None, 20).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut seen = BTreeMap::new();
    while !writer.is_finished() {
        let feed = follow(&database, &cursor, true);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let process = rustix::process::Pid::from_raw(i32::try_from(feed.id()).expect("a process id")).expect("a process id");
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("SIGTERM");
        collect(feed, &mut seen);
    }
    writer.await.expect("every event is written");
    collect(follow(&database, &cursor, false), &mut seen);
    let wrong: Vec<_> = (1..=EVENTS).filter(|seq| seen.get(seq) != Some(&1)).collect();
    assert!(wrong.is_empty() && seen.len() == usize::try_from(EVENTS).expect("a count"), "{} of {EVENTS}; wrong: {wrong:?}", seen.len());
}

fn follow(database: &Database<'_>, cursor: &Path, follow: bool) -> Child {
    let mut person = database.program_as("supervisor");
    person.command.args(["audit", "tail", "--json", "--actor", "load.test", "--cursor"]).arg(cursor);
    if follow {
        person.command.arg("--follow");
    }
    let mut child = person.command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    writeln!(child.stdin.take().expect("a pipe"), "{}", person.passphrase).expect("it reads");
    child
}

/// Counts how often each event of the chain was printed.
fn collect(mut feed: Child, seen: &mut BTreeMap<i64, u32>) {
    for line in BufReader::new(feed.stdout.take().expect("a pipe")).lines() {
        let event: Value = serde_json::from_str(&line.expect("a line")).expect("whole lines of JSON");
        *seen.entry(event["event"]["sequence"].as_i64().expect("a number")).or_default() += 1;
    }
    assert!(feed.wait().expect("it ends").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_reader_goes_away_ends_quietly() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let chain = chain(&superuser, "load.test").await;
    append(&superuser, &chain, "load.test", "view", None, 2).await;
    let folder = tempfile::tempdir().expect("a directory");
    let mut person = database.program_as("supervisor");
    person.command.args(["audit", "tail", "--json", "--follow", "--actor", "load.test", "--cursor"]).arg(folder.path().join("cursor"));
    let mut child = person.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    writeln!(child.stdin.take().expect("a pipe"), "{}", person.passphrase).expect("it reads");
    let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
    reader.read_line(&mut String::new()).expect("a line");
    drop(reader);
    append(&superuser, &chain, "load.test", "view", None, 1).await;
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_on_only_where_nothing_would_be_left_out() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let cursor = folder.path().join("cursor");
    let path = cursor.display().to_string();
    let tail = |who: &str, more: &[&str]| database.program_as(who).run(&[&["audit", "tail", "--json", "--cursor", &path], more].concat());
    assert_eq!(tail("supervisor", &["--actor", "nobody"]).0, 0);
    for (who, more, named) in
        [("supervisor", ["--actor", "somebody"], "another filter"), ("auditor", ["--actor", "nobody"], "another user")]
    {
        let (code, _, err) = tail(who, &more);
        assert!(code == 1 && err.contains(named), "{code}: {err}");
    }
    let mut later: Value = serde_json::from_str(&std::fs::read_to_string(&cursor).expect("a cursor")).expect("JSON");
    let kept = later.to_string();
    later["everything"] = false.into();
    std::fs::write(&cursor, later.to_string()).expect("it is written");
    let (code, _, err) = tail("supervisor", &["--actor", "nobody"]);
    assert!(code == 1 && err.contains("another right to read"), "{code}: {err}");
    let mut later: Value = serde_json::from_str(&kept).expect("JSON");
    later["horizon"] = i64::MAX.into();
    std::fs::write(&cursor, later.to_string()).expect("it is written");
    let (code, _, err) = tail("supervisor", &["--actor", "nobody"]);
    assert!(code == 5 && err.contains("older than the cursor"), "{code}: {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_since_a_moment_is_printed_oldest_first_in_either_form() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let chain = chain(&superuser, "load.test").await;
    append(&superuser, &chain, "load.test", "view", None, 2_300).await;
    for form in [["--json", "--json"], ["--syslog", "-"]] {
        let form = if form[0] == form[1] { &form[..1] } else { &form[..] };
        let (code, out, err) =
            database.program_as("supervisor").run(&[&["audit", "tail", "--actor", "load.test", "--from", "-2h"], form].concat());
        assert_eq!(code, 0, "{err}");
        let numbers: Vec<i64> = out
            .lines()
            .map(|line| match serde_json::from_str::<Value>(line) {
                Ok(event) => event["event"]["sequence"].as_i64().expect("a number"),
                Err(_) => line.split("sequence=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok()).expect("a message"),
            })
            .collect();
        assert_eq!(numbers, (1..=2_300).collect::<Vec<_>>(), "{form:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_says_which_event_of_which_session_was_harmed_and_how() {
    for (harm, place, words) in [
        ("update sealdesk.audit_event set actor = 'somebody.else' where session = '{chain}' and seq = 3", 3, "changed"),
        ("delete from sealdesk.audit_event where session = '{chain}' and seq = 4", 4, "missing"),
        ("delete from sealdesk.audit_event where session = '{chain}' and seq > 6", 7, "truncated"),
        (
            "insert into sealdesk.audit_event select session, seq, at + interval '1 s', xid, 'somebody.else', action, outcome, record, field, class,
                 version, reason, reference, details, ticket, hash from sealdesk.audit_event where session = '{chain}' and seq = 5",
            5,
            "inserted",
        ),
        (
            "update sealdesk.audit_event set seq = -1 where session = '{chain}' and seq = 2;
             update sealdesk.audit_event set seq = 2 where session = '{chain}' and seq = 5;
             update sealdesk.audit_event set seq = 5 where session = '{chain}' and seq = -1",
            2,
            "reordered",
        ),
        ("update sealdesk.session_head set hash = sha256('x') where session = '{chain}'", 8, "head changed"),
    ] {
        let database = fixture().fresh_database().await;
        let superuser = database.superuser().await;
        let chain = chain(&superuser, "load.test").await;
        for _ in 0..8 {
            append(&superuser, &chain, "load.test", "view", None, 1).await;
        }
        let harmed = format!("set session_replication_role = replica; {}", harm.replace("{chain}", &chain));
        superuser.batch_execute(&harmed).await.expect("a superuser can do this");
        let (code, out, err) = database.program_as("auditor").run(&["audit", "verify"]);
        assert_eq!(code, 5, "{out}{err}");
        let line = out.lines().find(|line| line.starts_with("broken")).expect("a line");
        assert!(line.contains(&format!("session {chain} #{place}: {words}")), "{harm}: {out}");
    }
}
