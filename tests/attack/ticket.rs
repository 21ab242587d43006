//! Reading without leaving a record: every way around "request, commit, collect".

use std::fmt::Write as _;

use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

use crate::world::{Answer, Attacker, World, attack, refused, ticket};

const FIELD: &str = "phone";

async fn events(world: &World, ticket: Uuid) -> i64 {
    world.superuser.query_one("select count(*) from sealdesk.audit_event where ticket = $1", &[&ticket]).await.unwrap().get(0)
}

fn code<T>(answer: Answer<T>) -> String {
    answer.err().expect("it was answered").code
}

/// Both calls as text, for statements without parameters.
fn calls(who: &Attacker, record: Uuid, ticket: Uuid) -> (String, String) {
    let mut token = String::new();
    for byte in &who.token {
        let _ = write!(token, "{byte:02x}");
    }
    (
        format!("sealdesk_api.request_reveal('\\x{token}', '{ticket}', '{record}', '{FIELD}', null, null)"),
        format!("sealdesk_api.collect_reveal('\\x{token}', '{ticket}')"),
    )
}

#[test]
fn the_honest_way_works_and_leaves_one_event() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        assert!(sam.collect_reveal(world, ticket).await.unwrap().len() > 44);
        assert_eq!(events(world, ticket).await, 1);
    });
}

#[test]
fn a_rolled_back_request_collects_nothing() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        sam.client.batch_execute("rollback").await.unwrap();
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
    });
}

#[test]
fn one_transaction_cannot_request_and_collect() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
        sam.client.batch_execute("rollback").await.unwrap();
    });
}

#[test]
fn one_statement_cannot_request_and_collect() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let (request, collect) = calls(&sam, world.records[0], ticket());
        for sql in [
            format!("select {request}, {collect}"),
            format!("with r as materialized (select {request} as outcome) select {collect} from r"),
            format!("select {request}; select {collect}"),
        ] {
            assert_eq!(sam.refusal(&sql).await.as_deref(), Some("SD008"), "{sql}");
        }
    });
}

#[test]
fn a_released_savepoint_is_not_a_commit() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        sam.client.batch_execute("begin; savepoint a").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        sam.client.batch_execute("release savepoint a; savepoint b").await.unwrap();
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
        sam.client.batch_execute("rollback to savepoint b; rollback").await.unwrap();
        assert_eq!(events(world, ticket).await, 0);
    });
}

#[test]
fn a_request_rolled_back_to_a_savepoint_collects_nothing_after_the_commit() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        sam.client.batch_execute("begin; savepoint a").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        sam.client.batch_execute("rollback to savepoint a; commit").await.unwrap();
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
    });
}

#[test]
fn a_prepared_transaction_is_not_a_commit() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let other = world.login("sam").await;
        let ticket = ticket();
        // No announcement in this transaction: NOTIFY cannot be prepared.
        world.superuser.batch_execute("update sealdesk.notify_clock set at = 'infinity'").await.unwrap();
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        sam.client.batch_execute("prepare transaction 'attack'").await.unwrap();
        let own = code(sam.collect_reveal(world, ticket).await);
        let (_, collect) = calls(&sam, world.records[0], ticket);
        let others = other.batch_execute(&format!("select {collect}")).await.map_err(refused);
        sam.client.batch_execute("rollback prepared 'attack'").await.unwrap();
        world.superuser.batch_execute("update sealdesk.notify_clock set at = '-infinity'").await.unwrap();
        assert_eq!((own.as_str(), code(others).as_str()), ("SD008", "SD008"));
    });
}

#[test]
fn a_holdable_cursor_does_not_outlive_the_missing_commit() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let (request, collect) = calls(&sam, world.records[0], ticket());
        sam.client
            .batch_execute(&format!("begin; declare c cursor with hold for select * from {collect}; select {request}"))
            .await
            .unwrap();
        assert_eq!(sam.refusal("commit").await.as_deref(), Some("SD008"));
        assert_eq!(sam.refusal("fetch all from c").await.as_deref(), Some("34000"));
    });
}

#[test]
fn a_cursor_opened_before_the_request_does_not_read_past_it() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        let (request, collect) = calls(&sam, world.records[0], ticket);
        sam.client.batch_execute(&format!("begin; declare c cursor for select * from {collect}; select {request}")).await.unwrap();
        assert_eq!(sam.refusal("fetch all from c").await.as_deref(), Some("SD008"));
        sam.client.batch_execute("rollback").await.unwrap();
        assert_eq!(events(world, ticket).await, 0);
    });
}

#[test]
fn other_isolation_levels_are_refused() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        for level in ["repeatable read", "serializable"] {
            let ticket = ticket();
            let (request, collect) = calls(&sam, world.records[0], ticket);
            for call in [request, collect] {
                assert_eq!(
                    sam.refusal(&format!("begin isolation level {level}; select {call}")).await.as_deref(),
                    Some("SD009"),
                    "{level}"
                );
                sam.client.batch_execute("rollback").await.unwrap();
            }
        }
        // Nor by the session's default.
        sam.client.batch_execute("set default_transaction_isolation = 'repeatable read'").await.unwrap();
        assert_eq!(code(sam.request_reveal(ticket(), world.records[0], FIELD).await), "SD009");
    });
}

#[test]
fn nothing_is_handed_out_before_its_request_is_on_disk() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        sam.client.batch_execute("set synchronous_commit = off").await.unwrap();
        for _ in 0..20 {
            let ticket = ticket();
            assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
            let written = position(world, "select pg_current_wal_insert_lsn() - '0/0'").await;
            sam.collect_reveal(world, ticket).await.unwrap();
            assert!(position(world, "select pg_current_wal_flush_lsn() - '0/0'").await >= written);
        }
        world.forget_quota().await;
    });
}

#[test]
fn a_nudge_does_not_vouch_for_its_own_transaction() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        for _ in 0..20 {
            let ticket = ticket();
            sam.client.batch_execute("begin; set local synchronous_commit = off").await.unwrap();
            assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
            sam.client.batch_execute("select sealdesk_api.nudge()").await.unwrap();
            // Somebody else's commit flushes the log up to the nudge, but not to the commit that follows.
            world.superuser.batch_execute("insert into public.nudge values (now())").await.unwrap();
            sam.client.batch_execute("commit").await.unwrap();
            let written = position(world, "select pg_current_wal_insert_lsn() - '0/0'").await;
            sam.collect_reveal(world, ticket).await.unwrap();
            assert!(position(world, "select pg_current_wal_flush_lsn() - '0/0'").await >= written);
        }
        world.forget_quota().await;
    });
}

#[test]
fn a_request_that_left_the_waiting_to_a_nudge_is_not_handed_out_without_one() {
    attack(async |world| {
        let (sam, ann) = (world.sign_in("sam").await, world.sign_in("ann").await);
        let request = "select sealdesk_api.request_reveal($1, $2, $3, 'phone', 'callback', null, true)";
        for nudged in [None, Some(&ann.token), Some(&sam.token)] {
            for _ in 0..10 {
                let ticket = ticket();
                assert_eq!(crate::world::outcome(&sam.client, request, &[&sam.token, &ticket, &world.records[0]]).await.unwrap(), "ok");
                let written = position(world, "select pg_current_wal_insert_lsn() - '0/0'").await;
                if let Some(token) = nudged {
                    // Another session's token is as good as none; and one's own does not wait for the disk here either.
                    sam.client.batch_execute("set synchronous_commit = off").await.unwrap();
                    sam.client.execute("select sealdesk_api.nudge($1)", &[token]).await.unwrap();
                }
                sam.collect_reveal(world, ticket).await.unwrap();
                assert!(position(world, "select pg_current_wal_flush_lsn() - '0/0'").await >= written);
            }
        }
        world.forget_quota().await;
    });
}

#[test]
fn a_ticket_behind_later_events_is_found_and_judged_as_the_newest_is() {
    attack(async |world| {
        let (ann, other) = (world.sign_in("ann").await, world.sign_in("ann").await);
        for later in [1, 40] {
            let (good, refused) = (ticket(), ticket());
            assert_eq!(ann.request_reveal(good, world.records[0], FIELD).await.unwrap(), "ok");
            assert_eq!(ann.request_reveal(refused, world.records[0], "id_number").await.unwrap(), "SD003");
            for _ in 0..later {
                ann.request_view(ticket(), world.records[0]).await.unwrap();
            }
            ann.collect_reveal(world, good).await.unwrap();
            assert_eq!(code(ann.collect_reveal(world, refused).await), "SD003");
            assert_eq!(code(other.collect_reveal(world, good).await), "SD008");
            assert_eq!(code(ann.collect_reveal(world, ticket()).await), "SD008");
            let view = ticket();
            assert_eq!(ann.request_view(view, world.records[0]).await.unwrap(), "ok");
            assert_eq!(ann.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
            assert_eq!(code(ann.collect_reveal(world, view).await), "SD008", "a view is no reveal");
            // Not yet committed, and no longer the newest.
            let open = ticket();
            ann.client.batch_execute("begin").await.unwrap();
            assert_eq!(ann.request_reveal(open, world.records[0], FIELD).await.unwrap(), "ok");
            assert_eq!(ann.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
            let refused = world.collect(&ann.client, "select value from sealdesk_api.collect_reveal($1, $2)", &[&ann.token, &open]).await;
            assert_eq!(refused.unwrap_err().code, "SD008");
            ann.client.batch_execute("rollback").await.unwrap();
        }
        world.forget_quota().await;
    });
}

async fn position(world: &World, sql: &str) -> u64 {
    let messages = world.superuser.simple_query(sql).await.unwrap();
    messages
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        })
        .unwrap()
}

#[test]
fn another_persons_ticket_is_unknown() {
    attack(async |world| {
        let (sam, ann) = (world.sign_in("sam").await, world.sign_in("ann").await);
        let ticket = ticket();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        assert_eq!(code(ann.collect_reveal(world, ticket).await), "SD008");
    });
}

#[test]
fn another_session_of_the_same_person_does_not_share_tickets() {
    attack(async |world| {
        let (first, second) = (world.sign_in("sam").await, world.sign_in("sam").await);
        let ticket = ticket();
        assert_eq!(first.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        assert_eq!(code(second.collect_reveal(world, ticket).await), "SD008");
    });
}

#[test]
fn another_persons_token_opens_nothing() {
    attack(async |world| {
        let (sam, mut ann) = (world.sign_in("sam").await, world.sign_in("ann").await);
        ann.token.clone_from(&sam.token);
        assert_eq!(code(ann.request_reveal(ticket(), world.records[0], FIELD).await), "SD002");
        // The session's id is in the audit for auditors to see, and is no token.
        ann.token = sam.session.as_bytes().to_vec();
        assert_eq!(code(ann.request_view(ticket(), world.records[0]).await), "SD002");
    });
}

#[test]
fn a_session_opens_only_for_who_submitted_it_and_only_once() {
    attack(async |world| {
        let ann = world.login("ann").await;
        let sam = world.sign_in("sam").await;
        let open = "select token from sealdesk_api.session_open($1)";
        assert_eq!(code(world.collect(&ann, open, &[&sam.session]).await), "SD008");
        assert_eq!(code(world.collect(&sam.client, open, &[&sam.session]).await), "SD008");
        let submit = "select sealdesk_api.session_submit($1, null, '', '')";
        assert_eq!(code(crate::world::outcome(&ann, submit, &[&sam.session]).await), "SD011");
        let session = ticket();
        ann.batch_execute("begin").await.unwrap();
        crate::world::outcome(&ann, submit, &[&session]).await.unwrap();
        assert_eq!(code(world.collect(&ann, open, &[&session]).await), "SD008");
    });
}

#[test]
fn a_view_ticket_reveals_nothing() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        assert_eq!(sam.request_view(ticket, world.records[0]).await.unwrap(), "ok");
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
        for function in ["collect_history", "collect_notes", "collect_heads"] {
            let sql = format!("select * from sealdesk_api.{function}($1, $2)");
            assert_eq!(code(world.collect(&sam.client, &sql, &[&sam.token, &ticket]).await), "SD008", "{function}");
        }
    });
}

#[test]
fn a_ticket_goes_stale() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        assert_eq!(sam.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        world
            .superuser
            .batch_execute(&format!(
                "set session_replication_role = replica;
                 update sealdesk.audit_event set at = at - interval '61 s' where ticket = '{ticket}';
                 update sealdesk.session_head set last_at = last_at - interval '61 s' where last_ticket = '{ticket}';
                 set session_replication_role = origin"
            ))
            .await
            .unwrap();
        assert_eq!(code(sam.collect_reveal(world, ticket).await), "SD008");
    });
}

#[test]
fn a_ticket_used_again_is_worth_its_last_request() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let ticket = ticket();
        assert_eq!(ann.request_reveal(ticket, world.records[0], FIELD).await.unwrap(), "ok");
        assert_eq!(ann.request_reveal(ticket, world.records[0], "id_number").await.unwrap(), "SD003");
        assert_eq!(code(ann.collect_reveal(world, ticket).await), "SD003");
    });
}

#[test]
fn the_strip_of_events_is_not_read_before_the_view_is_committed() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let sql = "select session from sealdesk_api.record_events($1, $2, 50)";
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(officer.request_view(ticket(), world.records[1]).await.unwrap(), "ok");
        let seen = world.collect(&officer.client, sql, &[&officer.token, &world.records[1]]).await.unwrap().len();
        officer.client.batch_execute("rollback").await.unwrap();
        assert_eq!(seen, 0);
        assert_eq!(officer.request_view(ticket(), world.records[1]).await.unwrap(), "ok");
        assert!(!world.collect(&officer.client, sql, &[&officer.token, &world.records[1]]).await.unwrap().is_empty());
    });
}

#[test]
fn the_strip_of_events_is_not_read_before_the_view_is_on_disk() {
    attack(async |world| {
        let sql = "select session from sealdesk_api.record_events($1, $2, 50)";
        for _ in 0..10 {
            // A session of its own: an older view of the same session would be on disk.
            let officer = world.sign_in("officer").await;
            officer.client.batch_execute("set synchronous_commit = off").await.unwrap();
            assert_eq!(officer.request_view(ticket(), world.records[1]).await.unwrap(), "ok");
            let written = position(world, "select pg_current_wal_insert_lsn() - '0/0'").await;
            assert!(!world.collect(&officer.client, sql, &[&officer.token, &world.records[1]]).await.unwrap().is_empty());
            assert!(position(world, "select pg_current_wal_flush_lsn() - '0/0'").await >= written);
        }
    });
}
