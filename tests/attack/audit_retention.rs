//! Nobody drops a month of the audit, or says how long it is kept, without the capability, and nobody alone.

use std::time::Duration;

use sealdesk::{
    model::request::{Asked, Why},
    service::{audit, request, settings, staff},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, rows, ticket};

const DROP: &str = "select sealdesk_api.audit_drop($1, 1, '2020-01', now(), sha256('x'), 1, 1, decode(repeat('00', 64), 'hex'))";

#[test]
fn who_does_not_manage_policy_neither_drops_a_month_nor_changes_how_long_it_is_kept() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in [
                DROP,
                "select sealdesk_api.audit_retention_set($1, 12, 1)",
                "select outcome from sealdesk_api.audit_month_root($1, '2020-01')",
            ] {
                assert_eq!(outcome(&who.client, call, &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            for sql in [
                "drop table sealdesk.audit_event_other",
                "truncate sealdesk.audit_event",
                "delete from sealdesk.audit_drop",
                "insert into sealdesk.audit_drop_leaf select",
                "select sealdesk.ensure_partitions()",
                "select sealdesk.hold_audit()",
                "select * from sealdesk.audit_month('2020-01')",
            ] {
                assert_eq!(who.refusal(sql).await.as_deref(), Some("42501"), "{login}: {sql}");
            }
        }
        // Statements are read by who may verify, and by nobody else.
        let ann = world.sign_in("ann").await;
        for sql in
            ["select * from sealdesk_api.collect_drops($1, $2)", "select * from sealdesk_api.collect_drop_leaves($1, $2, 1, null, 10)"]
        {
            let refused = world.collect(&ann.client, sql, &[&ann.token, &ticket()]).await.unwrap_err();
            assert_eq!(refused.code, "SD008", "{sql}");
        }
        let refused = world.collect(&ann.client, "select * from sealdesk_api.list_audit_months($1)", &[&ann.token]).await.unwrap_err();
        assert_eq!(refused.code, "SD003");
    });
}

#[test]
fn who_manages_policy_drops_nothing_that_is_kept_and_no_month_that_is_none() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let now: String = world.superuser.query_one("select to_char(now(), 'YYYY-MM')", &[]).await.unwrap().get(0);
        for month in [now.as_str(), "2020-01", "other", "", "202601; drop table x", "2020-13"] {
            let sql =
                format!("select sealdesk_api.audit_drop($1, 1, '{month}', now(), sha256('x'), 1, 1, decode(repeat('00', 64), 'hex'))");
            let refused = outcome(&officer.client, &sql, &[&officer.token]).await.unwrap();
            assert!(matches!(refused.as_str(), "SD160" | "SD161"), "{month}: {refused}");
        }
        for months in [0, 11, -1, 1_201] {
            let sql = "select sealdesk_api.audit_retention_set($1, $2, (select version from sealdesk_api.list_audit_months($1) limit 1))";
            assert_eq!(outcome(&officer.client, sql, &[&officer.token, &months]).await.unwrap(), "SD165", "{months}");
        }
        let recorded = "select count(*) from sealdesk.audit_event where action = 'audit_drop' and outcome <> 'ok' and actor = 'officer'";
        assert!(world.count(recorded).await >= 6, "each attempt is an event");
    });
}

/// A month of 2020 with one event, due, covered, and approved for the officer to drop.
async fn approved_month(world: &World) {
    let old = Uuid::from_bytes(rand::random());
    world
        .superuser
        .batch_execute(&format!(
            "set session_replication_role = replica;
             create table sealdesk.audit_event_202001 partition of sealdesk.audit_event for values from ('2020-01-01 00:00:00+00') to ('2020-02-01 00:00:00+00');
             alter table sealdesk.audit_event_202001 owner to sealdesk_owner;
             insert into sealdesk.audit_event (session, seq, at, xid, actor, action, outcome, hash)
             values ('{old}', 1, '2020-01-15 00:00:00+00', '3', 'old', 'view', 'ok', sha256('x'));
             insert into sealdesk.checkpoint_reach values ('{old}', 1);
             update sealdesk.incident set from_at = '2100-01-01' where from_at is null;
             update sealdesk.audit_retention set months = 12;
             set session_replication_role = origin"
        ))
        .await
        .unwrap();
    audit::checkpoint::checkpoint(&world.with_keys("olga").await, &mut None).await.unwrap();
    let vera = world.recruit("drop.vera", &["supervisor"]).await;
    let refused = audit::drop_month(&world.officer, "2020-01").await.unwrap_err();
    assert_eq!(refused.code(), "SD050", "{refused}");
    let proposed = settings::proposed(&world.officer, "audit 2020-01").await.unwrap();
    let why = Why { text: "due".into(), reference: None };
    let number = request::ask(&world.officer, &Asked::Settings { of: proposed.of, change: proposed.change }, &why, 60, 60).await.unwrap();
    request::vote(&vera, number, true, "").await.unwrap();
}

async fn forget(world: &World) {
    world
        .superuser
        .batch_execute(
            "set session_replication_role = replica;
             drop table if exists sealdesk.audit_event_202001;
             delete from sealdesk.checkpoint_reach r where not exists (select from sealdesk.session s where s.id = r.session);
             update sealdesk.audit_retention set months = null;
             delete from sealdesk.request_vote where request in (select number from sealdesk.request where subject = 'audit 2020-01');
             delete from sealdesk.request where subject = 'audit 2020-01';
             set session_replication_role = origin",
        )
        .await
        .unwrap();
    staff::disable(&world.officer, "drop.vera").await.unwrap();
}

/// Drops the month as the program would, with this root, in a transaction that is left open and that its client keeps open for as long as it can.
async fn drop_and_stay(officer: &Attacker, root: Option<&[u8]>) -> String {
    let found = rows(
        &officer.client,
        "select root, checkpoint, number, request from sealdesk_api.audit_month_root($1, '2020-01')",
        &[&officer.token],
    )
    .await
    .unwrap();
    let (computed, checkpoint): (Vec<u8>, i64) = (found[0].get(0), found[0].get(1));
    let (number, request): (i64, i64) = (found[0].get(2), found[0].get(3));
    officer.client.batch_execute("begin").await.unwrap();
    let call = "select sealdesk_api.audit_drop($1, $2, '2020-01', now(), $3, $4, $5, decode(repeat('01', 64), 'hex'))";
    let root = root.unwrap_or(&computed);
    let done = outcome(&officer.client, call, &[&officer.token, &number, &root, &checkpoint, &request]).await.unwrap();
    let stay = "set idle_in_transaction_session_timeout = 0; set lock_timeout = 0; set statement_timeout = 0";
    officer.client.batch_execute(stay).await.unwrap();
    done
}

#[test]
fn an_approved_drop_that_is_left_open_holds_up_nobodys_events() {
    attack(async |world| {
        approved_month(world).await;
        let (officer, ann) = (world.sign_in("officer").await, world.sign_in("ann").await);
        let other = world.sign_in("sam").await;
        let done = drop_and_stay(&officer, None).await;
        let asked = async {
            // What appends first ends it; what reads the audit before waits for that.
            let view = ann.request_view(ticket(), world.records[0]);
            let beat = "select quota_limit is not null from sealdesk_api.session_heartbeat($1)";
            let beats = async { rows(&other.client, beat, &[&other.token]).await.unwrap().len() };
            let (viewed, beaten) = tokio::join!(view, beats);
            (viewed.unwrap(), beaten)
        };
        let answered = timeout(Duration::from_secs(8), asked).await;
        let committed = officer.client.batch_execute("commit").await;
        let there = world.count("select count(*) from pg_class where relname = 'audit_event_202001'").await;
        let stated = world.count("select count(*) from sealdesk.audit_drop where month = '2020-01'").await;
        forget(world).await;
        assert_eq!(done, "ok");
        assert_eq!(answered.expect("everybody's events are held up"), ("ok".to_owned(), 1));
        assert!(committed.is_err() && there == 1 && stated == 0, "what was not committed has not happened");
    });
}

#[test]
fn a_drop_that_is_refused_and_left_open_holds_up_no_incident_and_no_hold() {
    attack(async |world| {
        approved_month(world).await;
        world.recruit("drop.rita", &["supervisor"]).await;
        let rita = world.raw("drop.rita").await;
        let officer = world.sign_in("officer").await;
        let done = drop_and_stay(&officer, Some(&[7; 32])).await;
        let open = "select outcome from sealdesk_api.incident_open($1, 'odd', 'low', '{}', '{}', '{}', now(), null)";
        let opened = timeout(Duration::from_secs(8), outcome(&rita.client, open, &[&rita.token])).await;
        let ended = officer.client.batch_execute("rollback").await;
        forget(world).await;
        world
            .superuser
            .batch_execute("set session_replication_role = replica; delete from sealdesk.incident where title = 'odd'; set session_replication_role = origin")
            .await
            .unwrap();
        staff::disable(&world.officer, "drop.rita").await.unwrap();
        assert_eq!(done, "SD166");
        assert_eq!(opened.expect("an incident is held up").unwrap(), "ok");
        assert!(ended.is_err());
    });
}
