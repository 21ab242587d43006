//! Alerts on their way out: a receiver that hangs, a place that is not there, a watch that is killed. Nothing is lost, and it says so.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, UdpSocket},
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::{
    support::{Database, fixture},
    watch::{SOON, Watching},
    world::count,
};

/// Makes the rule about four eyes fire for somebody.
async fn alarm(database: &Database<'_>, actor: &str) {
    let sql = format!(
        "do $$ declare chain uuid := gen_random_uuid(); begin
           perform sealdesk.start_chain(chain, null, '{actor}', 'test', 'test');
           perform sealdesk.append(chain, '{actor}', 'four_eyes', 'ok', null, null, null, null, null, null, null, null);
         end $$"
    );
    database.superuser().await.batch_execute(&sql).await.unwrap();
}

async fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < within, "{what} not within {within:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Answers every POST with 204 and hands its body on.
fn receiver() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, bodies) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut text, mut buffer) = (String::new(), [0; 4096]);
            loop {
                let length = stream.read(&mut buffer).unwrap_or(0);
                text.push_str(&String::from_utf8_lossy(&buffer[..length]));
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let wanted = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse::<usize>().unwrap()));
                if body.len() >= wanted.unwrap_or(0) || length == 0 {
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    (address, bodies)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sink_gets_an_alert_and_one_that_hangs_or_is_not_there_holds_up_no_other() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.sinks", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Accepts and never answers.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let (hook, bodies) = receiver();
    let syslog = UdpSocket::bind("127.0.0.1:0").unwrap();
    syslog.set_read_timeout(Some(SOON)).unwrap();
    let sinks = format!(
        "[[sink]]\nname = \"hangs\"\nwebhook = \"http://{}/\"\n[[sink]]\nname = \"missing\"\nfile = \"{}\"\n[[sink]]\nname = \"plain\"\nfile = \"{}\"\n\
         [[sink]]\nname = \"program\"\ncommand = [\"/bin/sh\", \"-c\", \"cat >> {}\"]\n[[sink]]\nname = \"hook\"\nwebhook = \"{hook}\"\n\
         [[sink]]\nname = \"syslog\"\nsyslog = \"udp://{}\"\n[[sink]]\nname = \"worst\"\nleast = \"critical\"\nfile = \"{}\"\n",
        hanging.local_addr().unwrap(),
        at("not/there/alerts.jsonl").display(),
        at("plain.jsonl").display(),
        at("program.jsonl").display(),
        syslog.local_addr().unwrap(),
        at("worst.jsonl").display(),
    );
    std::fs::write(at("sinks.toml"), sinks).unwrap();
    let watching = Watching::start_with(&database, &account, None, Some(&at("sinks.toml")));
    watching.until_it_says("leads", SOON).await;
    let superuser = database.superuser().await;
    while count(&superuser, "select count(*) from sealdesk.alert_sink").await < 7 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let began = Instant::now();
    alarm(&database, "culprit").await;
    until("the file", SOON, || lines(&at("plain.jsonl")).len() == 1).await;
    until("the program", SOON, || lines(&at("program.jsonl")).len() == 1).await;
    let posted = bodies.recv_timeout(SOON).unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(12), "the one that hangs held the others up: {took:?}");
    eprintln!("delivered to file, program and webhook after {took:?}");
    assert!(
        posted.starts_with("POST /hook ") && posted.to_lowercase().contains("idempotency-key: ") && posted.contains("\"culprit\""),
        "{posted}"
    );
    let line = &lines(&at("plain.jsonl"))[0];
    assert_eq!((&line["rule"]["id"], &line["sealdesk"]["subject"]), (&"four_eyes_changed".into(), &"culprit".into()));
    let mut datagram = [0; 2_000];
    let length = syslog.recv(&mut datagram).unwrap();
    let message = String::from_utf8_lossy(&datagram[..length]);
    assert!(message.starts_with("<84>1 ") && message.contains("subject=\"culprit\""), "{message}");
    assert!(lines(&at("worst.jsonl")).is_empty(), "a warning is not critical");
    watching.until_it_says("alerts cannot be delivered to missing", SOON).await;
    watching.until_it_says("alerts cannot be delivered to hangs", Duration::from_secs(40)).await;
    // That it fails is itself an alert, and the place is tried again until it is there.
    until("an alert about the sink", SOON, || lines(&at("plain.jsonl")).iter().any(|line| line["rule"]["id"] == "delivery")).await;
    std::fs::create_dir_all(at("not/there")).unwrap();
    until("what waited", Duration::from_mins(1), || {
        lines(&at("not/there/alerts.jsonl")).iter().any(|line| line["sealdesk"]["subject"] == "culprit")
    })
    .await;
    watching.until_it_says("alerts are delivered to missing again", SOON).await;
    assert_eq!(watching.end().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_delivered_when_the_watch_was_killed_is_delivered_by_the_next() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.killed", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let (file, sinks) = (folder.path().join("later/alerts.jsonl"), folder.path().join("sinks.toml"));
    std::fs::write(&sinks, format!("[[sink]]\nname = \"later\"\nfile = \"{}\"\n", file.display())).unwrap();
    let mut first = Watching::start_with(&database, &account, None, Some(&sinks));
    first.until_it_says("leads", SOON).await;
    let superuser = database.superuser().await;
    while count(&superuser, "select count(*) from sealdesk.alert_sink").await < 1 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for actor in ["one", "two", "three"] {
        alarm(&database, actor).await;
    }
    first.until_it_says("cannot be delivered to later", SOON).await;
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    // While nobody watches.
    alarm(&database, "four").await;
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let second = Watching::start_with(&database, &account, None, Some(&sinks));
    second.until_it_says("leads", SOON).await;
    until("all four", Duration::from_mins(1), || {
        let found = lines(&file);
        ["one", "two", "three", "four"].iter().all(|actor| found.iter().any(|line| line["sealdesk"]["subject"] == **actor))
    })
    .await;
    assert_eq!(second.end().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sinks_file_that_makes_no_sense_ends_the_watch_before_it_begins() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.nonsense", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let sinks = folder.path().join("sinks.toml");
    std::fs::write(&sinks, "[[sink]]\nname = \"a\"\nwebhok = \"https://h\"\n").unwrap();
    let mut watching = Watching::start_with(&database, &account, None, Some(&sinks));
    assert_eq!(watching.child.wait().unwrap().code(), Some(2));
    watching.until_it_says("unknown field `webhok`", SOON).await;
}
