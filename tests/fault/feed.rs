//! A feed to a SIEM that is killed, cut off, and without a receiver: every event arrives at least once.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio_postgres::Client;

use crate::support::{Database, fixture};

const APPEND: &str = "select sealdesk.append($1::text::uuid, 'load.test', 'view', 'ok', null, null, null, null, null, null, null, null)
  from generate_series(1, $2)";

async fn chain(superuser: &Client) -> String {
    let sql = "with id as (select gen_random_uuid() as id) select id::text, sealdesk.start_chain(id, null, 'load.test', 'test', 'test') is null from id";
    superuser.query_one(sql, &[]).await.unwrap().get(0)
}

fn feed(database: &Database<'_>, arguments: &[&str], cursor: &Path, kept: Stdio) -> Child {
    let mut person = database.program_as("supervisor");
    person.command.args(["audit", "tail", "--actor", "load.test", "--from", "2020-01-01", "--cursor"]).arg(cursor).args(arguments);
    let mut child = person.command.stdin(Stdio::piped()).stdout(kept).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", person.passphrase).unwrap();
    child
}

/// Counts the events of whole lines; a line that was cut off by a kill is not one.
fn count(text: &str, seen: &mut BTreeMap<String, u32>) {
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        *seen.entry(event["event"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
}

async fn missing(superuser: &Client, seen: &BTreeSet<String>) -> usize {
    let sql = "select session || ':' || seq from sealdesk.audit_event where actor = 'load.test'";
    let there: Vec<String> = superuser.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(there.len() > 1_000, "there is something to lose");
    there.iter().filter(|id| !seen.contains(*id)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_killed_at_any_moment_loses_nothing_although_transactions_commit_out_of_order() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join("cursor");
    let superuser = database.superuser().await;
    // What was there before the feed is more than one page of it.
    let old = chain(&superuser).await;
    superuser.execute(APPEND, &[&old, &2_500]).await.unwrap();
    let mut writers = Vec::new();
    for pause in [5, 40, 700] {
        let mut client = database.superuser().await;
        let chain = chain(&client).await;
        writers.push(tokio::spawn(async move {
            let end = Instant::now() + Duration::from_secs(12);
            while Instant::now() < end {
                let open = client.transaction().await.unwrap();
                open.execute(APPEND, &[&chain, &3]).await.unwrap();
                // Others begin later and commit before.
                tokio::time::sleep(Duration::from_millis(pause)).await;
                open.commit().await.unwrap();
            }
        }));
    }
    let mut seen = BTreeMap::new();
    let mut life = 900;
    let mut kills = 0;
    while writers.iter().any(|writer| !writer.is_finished()) {
        let mut child = feed(&database, &["--json", "--follow"], &cursor, Stdio::piped());
        let mut out = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).unwrap();
            text
        });
        tokio::time::sleep(Duration::from_millis(life)).await;
        life = 700 + (life * 7 + 311) % 1_500;
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        count(&reader.join().unwrap(), &mut seen);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let out = feed(&database, &["--json"], &cursor, Stdio::piped()).wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    count(&String::from_utf8(out.stdout).unwrap(), &mut seen);
    let ids: BTreeSet<String> = seen.keys().cloned().collect();
    assert_eq!(missing(&superuser, &ids).await, 0, "after {kills} kills");
    assert!(kills > 3, "{kills}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_without_its_database_waits_and_sends_what_it_missed() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().unwrap();
    let superuser = database.superuser().await;
    let chain = chain(&superuser).await;
    superuser.execute(APPEND, &[&chain, &10]).await.unwrap();
    let mut child = feed(&database, &["--json", "--follow"], &folder.path().join("cursor"), Stdio::piped());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut sequence = || -> i64 {
        let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        event["event"]["sequence"].as_i64().unwrap()
    };
    assert_eq!((1..=10).map(|_| sequence()).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    let postgres = database.fixture.shared().superuser().await;
    let (name, user) = (&database.name, &database.fixture.person("supervisor").user);
    postgres.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
    postgres
        .execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = $2", &[name, user])
        .await
        .unwrap();
    superuser.execute(APPEND, &[&chain, &1_200]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    postgres.batch_execute(&format!("alter database {name} allow_connections true")).await.unwrap();
    let after: Vec<i64> = std::iter::from_fn(|| Some(sequence())).take_while(|seq| *seq < 1_210).collect();
    let got: BTreeSet<i64> = after.into_iter().collect();
    assert!((11..1_210).all(|seq| got.contains(&seq)), "{got:?}");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("sending what was missed then"), "{said}");
}

/// Reads what RFC 6587 frames by its length; `None` for a message that was cut off.
fn unframed(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
        messages.push(String::from_utf8(bytes.get(space + 1..space + 1 + length)?.to_vec()).ok()?);
        bytes = &bytes[space + 1 + length..];
    }
    Some(messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syslog_that_is_away_or_dies_while_it_reads_gets_everything_in_the_end() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().unwrap();
    let superuser = database.superuser().await;
    let chain = chain(&superuser).await;
    superuser.execute(APPEND, &[&chain, &1_500]).await.unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    drop(held);
    let to = format!("tcp://{address}");
    let mut child = feed(&database, &["--follow", "--syslog", &to], &folder.path().join("cursor"), Stdio::null());
    // Nobody listens yet.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (sender, received) = mpsc::channel();
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        // The first connection is dropped while much of it is unread.
        let (mut first, _) = listener.accept().unwrap();
        let _ = first.read_exact(&mut [0; 100]);
        drop(first);
        for connection in listener.incoming() {
            let mut bytes = Vec::new();
            connection.unwrap().read_to_end(&mut bytes).unwrap();
            if sender.send(bytes).is_err() {
                return;
            }
        }
    });
    let mut ids = BTreeSet::new();
    let end = Instant::now() + Duration::from_secs(40);
    superuser.execute(APPEND, &[&chain, &7]).await.unwrap();
    while ids.len() < 1_507 && Instant::now() < end {
        let Ok(bytes) = received.recv_timeout(Duration::from_secs(20)) else { break };
        for message in unframed(&bytes).expect("whole messages") {
            assert!(message.starts_with("<110>1 20"), "{message}");
            let (_, id) = message.split_once("[sealdesk@32473 id=\"").unwrap();
            ids.insert(id.split_once('"').unwrap().0.to_owned());
        }
    }
    assert_eq!(missing(&superuser, &ids).await, 0);
    child.kill().unwrap();
    child.wait().unwrap();
}
