//! The audit pane on a real terminal, while much happens.

use std::time::{Duration, Instant};

use super::{Desk, ENTER, ESCAPE, desk, support};

/// A thousand events a second from a few sessions, for so many seconds.
async fn load(database: &support::Database<'_>, seconds: u32) {
    let writers: Vec<_> = futures::future::join_all((0..4).map(|_| database.superuser())).await;
    let mut chains = Vec::new();
    for writer in &writers {
        let row = writer
            .query_one(
                "with id as (select gen_random_uuid() as id)
                 select id::text, sealdesk.start_chain(id, null, 'load.test', 'test', 'test') is null from id",
                &[],
            )
            .await
            .unwrap();
        chains.push(row.get::<_, String>(0));
    }
    let began = Instant::now();
    for tenth in 0..seconds * 10 {
        let sql = "select sealdesk.append($1::text::uuid, 'load.test', 'view', 'ok', null, null, null, null, null, null, null, null)
                     from generate_series(1, 25)";
        for (writer, chain) in writers.iter().zip(&chains) {
            writer.execute(sql, &[chain]).await.unwrap();
        }
        let due = began + Duration::from_millis(100) * (tenth + 1);
        tokio::time::sleep_until(due.into()).await;
    }
}

fn filter_load(desk: &mut Desk) {
    desk.terminal.send("2");
    desk.terminal.wait_for("Audit - live");
    desk.terminal.send("f");
    desk.terminal.wait_for("login name");
    desk.terminal.send("load.test");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("No event matches");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_a_second_are_followed_to_the_last_and_every_key_is_answered() {
    let database = support::fixture().fresh_database().await;
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    filter_load(&mut supervisor);
    let mut waits = Vec::new();
    let writing = load(&database, 4);
    let pressing = async {
        for round in 0..12 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let began = Instant::now();
            // The help is drawn over the trail and taken away again.
            if round % 2 == 0 {
                supervisor.terminal.send("?");
                supervisor.terminal.wait_for("Help");
            } else {
                supervisor.terminal.send(ESCAPE);
                supervisor.terminal.wait_gone("Help");
            }
            waits.push(began.elapsed());
        }
    };
    tokio::join!(writing, pressing);
    supervisor.terminal.wait_for("4,000 events");
    waits.sort_unstable();
    eprintln!("keys answered under 1,000 events/s: median {:?}, longest {:?}", waits[waits.len() / 2], waits[waits.len() - 1]);
    // Far more than a person notices, so that a busy machine is no failure; a key behind a flood of events would wait for seconds.
    assert!(waits[waits.len() - 1] < Duration::from_secs(1), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_larger_than_a_page_is_counted_whole_while_paused() {
    let database = support::fixture().fresh_database().await;
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    filter_load(&mut supervisor);
    supervisor.terminal.send("p");
    supervisor.terminal.wait_for("paused");
    let superuser = database.superuser().await;
    superuser
        .batch_execute(
            "do $$ declare chain uuid := gen_random_uuid(); begin
               perform sealdesk.start_chain(chain, null, 'load.test', 'test', 'test');
               perform sealdesk.append(chain, 'load.test', 'view', 'ok', null, null, null, null, null, null, null, null) from generate_series(1, 12000);
             end $$",
        )
        .await
        .unwrap();
    supervisor.terminal.wait_for("12,000 waiting");
    supervisor.terminal.send("p");
    supervisor.terminal.wait("the newest of them", |screen| screen.contains("Audit - live") && screen.contains("load.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_event_is_found_named_and_under_the_cursor() {
    let database = support::fixture().fresh_database().await;
    let superuser = database.superuser().await;
    superuser
        .batch_execute(
            "do $$ declare chain uuid := gen_random_uuid(); begin
               perform sealdesk.start_chain(chain, null, 'load.test', 'test', 'test');
               perform sealdesk.append(chain, 'load.test', 'view', 'ok', null, null, null, null, null, null, null, null) from generate_series(1, 900);
             end $$;
             set session_replication_role = replica;
             update sealdesk.audit_event set actor = 'somebody.else' where actor = 'load.test' and seq = 300",
        )
        .await
        .unwrap();
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    supervisor.terminal.send("2");
    supervisor.terminal.wait_for("Audit - live");
    supervisor.terminal.send("V");
    supervisor.terminal.wait("the broken event", |screen| {
        screen.contains("!! BROKEN") && screen.lines().any(|line| line.contains("somebody.~") && line.contains("CHANGED"))
    });
    // Its place, with what came after it further up.
    supervisor.terminal.wait_for("newer, g shows them");
    supervisor.terminal.send("g");
    supervisor.terminal.wait_for("Audit - live");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_number_narrows_the_trail_and_a_wrong_one_is_said() {
    let database = support::fixture().fresh_database().await;
    let mut agent = desk(&database, "agent", 80, 24);
    super::open_phone(&mut agent);
    let mut supervisor = desk(&database, "supervisor", 80, 24);
    supervisor.terminal.send("2");
    supervisor.terminal.wait_for("Audit - live");
    supervisor.terminal.send("f\t\tC-999999999\r");
    supervisor.terminal.wait_for("no such record");
    supervisor.terminal.send("f\t\t300\r");
    supervisor.terminal.wait_for("[record 000300]");
    supervisor.terminal.wait("the agent's view alone", |screen| screen.contains("opened") && !screen.contains("signed in"));
    supervisor.terminal.send("\x7f");
    supervisor.terminal.wait_for("signed in");
}
