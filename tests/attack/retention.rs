//! Retention: nothing is purged that is not due or is on hold, by whatever client; and what is purged is gone.

use sealdesk::{
    model::{
        id::RecordId,
        request::{Asked, Why},
        retention::{Due, Kept, Rule},
    },
    service::{Error, SignedIn, edit, note, request, retention, staff},
};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, rows, sign_in, ticket};

const NIL: Uuid = Uuid::nil();
const RUN: &str = "select outcome, records, items, last from sealdesk_api.retention_run($1, $2, $3, $4, 200)";

/// A customer with an earlier phone and name, a note and a star, deleted or not.
async fn customer(sam: &SignedIn, name: &str, deleted: bool) -> (Uuid, i64) {
    let draft = |values: &[(&str, &str)]| edit::Draft {
        values: values.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect(),
    };
    let first = draft(&[("name", name), ("phone", "13800138000"), ("id_number", "11010519491231002X")]);
    let (record, number) = edit::create(sam, RecordId(Uuid::now_v7()), "customer", &first).await.unwrap();
    let version = edit::save(sam, record, 1, &draft(&[("name", &format!("{name} B")), ("phone", "13900139000")])).await.unwrap();
    note::add(sam, record, Uuid::now_v7(), "called back").await.unwrap();
    sealdesk::service::star::put(sam, record, true).await.unwrap();
    if deleted {
        edit::delete(sam, record, version).await.unwrap();
    }
    (record.0, number.value)
}

/// Everything of a record becomes so many days older.
async fn age(world: &World, record: Uuid, days: i32) {
    for (table, column, key) in [
        ("record", "deleted_at", "id"),
        ("record", "updated_at", "id"),
        ("value_history", "replaced_at", "record"),
        ("note", "at", "record"),
    ] {
        let sql = format!("update sealdesk.{table} set {column} = {column} - $2 * interval '1 day' where {key} = $1");
        world.superuser.execute(&sql, &[&record, &f64::from(days)]).await.unwrap();
    }
}

/// How much there is of a record: values, earlier values, notes, stars, bytes of the list row and tokens.
async fn left(world: &World, record: Uuid) -> [i64; 6] {
    let sql = "select (select count(*) from sealdesk.field_value where record = $1), (select count(*) from sealdesk.value_history where record = $1),
                      (select count(*) from sealdesk.note where record = $1), (select count(*) from sealdesk.star where record = $1),
                      octet_length(summary)::bigint, cardinality(tokens)::bigint from sealdesk.record where id = $1";
    let row = world.superuser.query_one(sql, &[&record]).await.unwrap();
    [0, 1, 2, 3, 4, 5].map(|column| row.get(column))
}

async fn rule(world: &World, kind: &str, class: &str, days: i32, purges: bool) {
    let sql = "insert into sealdesk.retention_rule (kind, class, days, purges) values ($1, $2, $3, $4)
               on conflict (kind, class) do update set days = excluded.days, purges = excluded.purges";
    world.superuser.execute(sql, &[&kind, &class, &days, &purges]).await.unwrap();
}

async fn without_rules(world: &World) {
    world.superuser.batch_execute("delete from sealdesk.retention_rule; delete from sealdesk.legal_hold").await.unwrap();
}

/// One batch, from the beginning: outcome, records, items.
async fn run(who: &Attacker, kind: &str, class: &str) -> (String, i64, i64) {
    let parameters: [&(dyn ToSql + Sync); 4] = [&who.token, &kind, &class, &NIL];
    let found = rows(&who.client, RUN, &parameters).await.unwrap();
    (found[0].get(0), found[0].get(1), found[0].get(2))
}

#[test]
fn nobody_but_who_manages_policy_sets_tries_or_runs_a_retention() {
    attack(async |world| {
        rule(world, "erased", "", 1, true).await;
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in [
                "outcome from sealdesk_api.retention_try($1, 'erased', '', 30)",
                "sealdesk_api.retention_set($1, 'erased', '', 2, true, 1, 100000)",
                "outcome from sealdesk_api.retention_run($1, 'erased', '', '00000000-0000-0000-0000-000000000000', 200)",
                "sealdesk_api.hold_put($1, 1, 'mine', null)",
                "sealdesk_api.hold_release($1, 1, 'mine', null)",
            ] {
                assert_eq!(outcome(&who.client, &format!("select {call}"), &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            let listed = rows(&who.client, "select * from sealdesk_api.list_due($1, 'erased', '', 10)", &[&who.token]).await;
            assert_eq!(listed.unwrap_err().code, "SD003", "{login}");
            if login != "olga" {
                for list in ["list_retention", "list_holds"] {
                    let listed = rows(&who.client, &format!("select * from sealdesk_api.{list}($1)"), &[&who.token]).await;
                    assert_eq!(listed.unwrap_err().code, "SD003", "{login}: {list}");
                }
            }
        }
        assert_eq!(world.count("select days::bigint from sealdesk.retention_rule where kind = 'erased'").await, 1);
        // Who keeps watch carries rules out and makes none.
        let watching = world.recruit("r.watch", &["watch"]).await;
        let watch = world.raw("r.watch").await;
        for call in [
            "outcome from sealdesk_api.retention_try($1, 'erased', '', 30)",
            "sealdesk_api.retention_set($1, 'erased', '', 2, true, 1, 100000)",
            "sealdesk_api.hold_release($1, 1, 'mine', null)",
        ] {
            assert_eq!(outcome(&watch.client, &format!("select {call}"), &[&watch.token]).await.unwrap(), "SD003", "{call}");
        }
        // What other tests have left due goes first.
        retention::run_all(&world.officer, |_, _| {}).await.unwrap();
        assert_eq!(retention::run_all(&watching, |_, _| {}).await.unwrap(), vec![]);
        staff::disable(&world.officer, "r.watch").await.unwrap();
        without_rules(world).await;
    });
}

#[test]
fn nothing_is_purged_that_is_not_due() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let officer = world.sign_in("officer").await;
        let (record, _) = customer(&sam, "Not Due", true).await;
        let before = left(world, record).await;
        assert_eq!(run(&officer, "erased", "").await, ("SD107".to_owned(), 0, 0), "no rule");
        rule(world, "erased", "", 30, true).await;
        age(world, record, 29).await;
        assert_eq!(run(&officer, "erased", "").await, ("ok".to_owned(), 0, 0), "29 days are not 30");
        for (kind, class) in [("erased", "contact"), ("history", ""), ("audit", ""), ("history", "contact"), ("notes", "")] {
            assert_eq!(run(&officer, kind, class).await.0, "SD107", "{kind} {class}");
        }
        // Nor by a rule out of range, nor by one that its author was not shown.
        let set = "select sealdesk_api.retention_set($1, 'erased', '', $2, true, 1, $3)";
        for (days, shown, code) in
            [(0, Some(9_i64), "SD107"), (-1, Some(9), "SD107"), (36_501, Some(9), "SD107"), (28, Some(0), "SD109"), (28, None, "SD109")]
        {
            assert_eq!(outcome(&officer.client, set, &[&officer.token, &days, &shown]).await.unwrap(), code, "{days} {shown:?}");
        }
        for records in [0, 201, -1] {
            let sql = "select outcome from sealdesk_api.retention_run($1, 'erased', '', $2, $3)";
            assert_eq!(outcome(&officer.client, sql, &[&officer.token, &NIL, &records]).await.unwrap(), "SD011", "{records}");
        }
        assert_eq!(left(world, record).await, before);
        without_rules(world).await;
    });
}

#[test]
fn what_is_purged_is_gone_and_only_its_number_is_left_for_the_audit() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let raw = world.sign_in("sam").await;
        let officer = world.sign_in("officer").await;
        let (record, number) = customer(&sam, "Gone For Good", true).await;
        let (kept, _) = customer(&sam, "Stays", false).await;
        let of_kept = left(world, kept).await;
        age(world, record, 31).await;
        rule(world, "erased", "", 30, true).await;
        // Rolled back, nothing is gone and nothing is recorded.
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(run(&officer, "erased", "").await.1, 1);
        officer.client.batch_execute("rollback").await.unwrap();
        assert!(left(world, record).await.iter().all(|count| *count > 0));
        let done = retention::run(&world.officer, &Kept::Erased, |_| {}).await.unwrap();
        assert_eq!((done.records, done.items), (1, 6), "three values, two earlier ones, a note");
        assert_eq!(left(world, record).await, [0; 6]);
        assert_eq!(left(world, kept).await, of_kept);
        assert_eq!(run(&officer, "erased", "").await, ("ok".to_owned(), 0, 0), "once");

        // For whoever looks it does not exist any more; its id and number are nobody else's.
        assert_eq!(raw.request_view(ticket(), record).await.unwrap(), "SD006");
        for call in [
            "outcome from sealdesk_api.put_undelete($1, $2, 4)",
            "outcome from sealdesk_api.put_delete($1, $2, 4)",
            "sealdesk_api.put_star($1, $2, true)",
            "sealdesk_api.put_note($1, $2, gen_random_uuid(), int4send((select 1)) || decode(repeat('00', 56), 'hex'))",
        ] {
            let answer = outcome(&raw.client, &format!("select {call}"), &[&raw.token, &record]).await.unwrap();
            assert!(answer == "SD006" || call.contains("put_note") && answer == "SD030", "{call}: {answer}");
        }
        let list = "call sealdesk_api.ask_list($1, $2, '{}', '{}', array[$3::bigint], 'deleted', null, null, null, null, null, 10)";
        let asked = ticket();
        assert_eq!(outcome(&raw.client, list, &[&raw.token, &asked, &number]).await.unwrap(), "ok");
        let page = world.collect(&raw.client, "select id from sealdesk_api.collect_list($1, $2)", &[&raw.token, &asked]).await.unwrap();
        assert!(page.is_empty());

        // The audit stays readable by the number, and one event names what was purged.
        let asked = ticket();
        let open = "select sealdesk_api.request_audit($1, $2, null, 'view,create,edit', null, null, null, null, null, $3)";
        assert_eq!(outcome(&officer.client, open, &[&officer.token, &asked, &number]).await.unwrap(), "ok");
        let page = "select action, record_number from sealdesk_api.collect_audit($1, $2, null, null, null, 50)";
        let events = world.collect(&officer.client, page, &[&officer.token, &asked]).await.unwrap();
        assert!(events.iter().any(|row| row.get::<_, &str>(0) == "create" && row.get::<_, Option<i64>>(1) == Some(number)));
        let named = format!(
            "select count(*) from sealdesk.audit_event where action = 'retention_run' and outcome = 'ok' and details like '%{record}%' and pg_xact_status(xid) = 'committed'"
        );
        assert_eq!(world.count(&named).await, 1);
        without_rules(world).await;
    });
}

#[test]
fn a_legal_hold_stops_every_purge_until_it_is_released() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let officer = world.sign_in("officer").await;
        let (deleted, number) = customer(&sam, "Held Deleted", true).await;
        let (open, open_number) = customer(&sam, "Held Open", false).await;
        for record in [deleted, open] {
            age(world, record, 40).await;
        }
        for (kind, class) in [("erased", ""), ("history", "contact"), ("notes", "")] {
            rule(world, kind, class, 30, true).await;
        }
        // Who purges places and releases no holds.
        let own = "select sealdesk_api.hold_put($1, $2, 'mine', null)";
        assert_eq!(outcome(&officer.client, own, &[&officer.token, &number]).await.unwrap(), "SD003");
        world.recruit("r.sue", &["supervisor"]).await;
        let sue = world.raw("r.sue").await;
        let hold = "select sealdesk_api.hold_put($1, $2, $3, null)";
        assert_eq!(outcome(&sue.client, hold, &[&sue.token, &number, &" "]).await.unwrap(), "SD011", "a reason is needed");
        assert_eq!(outcome(&sue.client, hold, &[&sue.token, &999_999_i64, &"case"]).await.unwrap(), "SD006");
        assert_eq!(outcome(&sue.client, hold, &[&sue.token, &number, &"case 12 O 44/26"]).await.unwrap(), "ok");
        assert_eq!(outcome(&sue.client, hold, &[&sue.token, &number, &"again"]).await.unwrap(), "SD108");
        // One that is being placed while a purge begins: what is held by somebody's lock is passed over.
        sue.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&sue.client, hold, &[&sue.token, &open_number, &"case"]).await.unwrap(), "ok");
        let before = (left(world, deleted).await, left(world, open).await);
        for (kind, class) in [("erased", ""), ("history", "contact"), ("notes", "")] {
            run(&officer, kind, class).await;
        }
        sue.client.batch_execute("commit").await.unwrap();
        for (kind, class) in [("erased", ""), ("history", "contact"), ("notes", "")] {
            run(&officer, kind, class).await;
        }
        assert_eq!((left(world, deleted).await, left(world, open).await), before);

        // Everybody who sees the record reads why.
        let seen = sealdesk::service::view::view(&sam, RecordId(open)).await.unwrap();
        assert_eq!(seen.hold.map(|hold| (hold.reason, hold.by)), Some(("case".to_owned(), "r.sue".to_owned())));
        assert_eq!(retention::holds(&world.officer).await.unwrap().len(), 2);

        let release = "select sealdesk_api.hold_release($1, $2, 'closed', 'TK-9')";
        for number in [number, open_number] {
            assert_eq!(outcome(&sue.client, release, &[&sue.token, &number]).await.unwrap(), "ok");
            assert_eq!(outcome(&sue.client, release, &[&sue.token, &number]).await.unwrap(), "SD108");
        }
        for (kind, class) in [("erased", ""), ("history", "contact"), ("notes", "")] {
            retention::run(&world.officer, &Kept::from_parts(kind, class).unwrap(), |_| {}).await.unwrap();
        }
        assert_eq!(left(world, deleted).await, [0; 6]);
        let [values, earlier, notes, ..] = left(world, open).await;
        assert_eq!((values, earlier, notes), (3, 1, 0), "the phone's history is gone, that of the name stays");
        without_rules(world).await;
        staff::disable(&world.officer, "r.sue").await.unwrap();
    });
}

#[test]
fn a_record_that_nobody_touches_is_only_marked_unless_policy_says_otherwise() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let officer = world.sign_in("officer").await;
        // One that came with an import and that nobody has opened since; of the other the audit knows.
        let quiet = Uuid::now_v7();
        let import = "insert into sealdesk.record (id, summary, tokens, created_by, updated_by, created_at, updated_at)
                      values ($1, '00', '{7}', 'import', 'import', now() - interval '100 days', now() - interval '100 days') returning number";
        let quiet_number: i64 = world.superuser.query_one(import, &[&quiet]).await.unwrap().get(0);
        let (seen, _) = customer(&sam, "Seen", false).await;
        age(world, seen, 100).await;
        rule(world, "untouched", "", 90, false).await;
        let due = retention::due(&world.officer, &Kept::Untouched).await.unwrap();
        assert_eq!(due.iter().map(|number| number.value).collect::<Vec<_>>(), [quiet_number], "somebody edited the other one");
        assert_eq!(run(&officer, "untouched", "").await.0, "SD107", "marked, not purged");
        assert_eq!(left(world, quiet).await, [0, 0, 0, 0, 2, 1]);
        rule(world, "untouched", "", 90, true).await;
        assert_eq!(run(&officer, "untouched", "").await.1, 1);
        assert_eq!(left(world, quiet).await, [0; 6]);
        assert!(left(world, seen).await.iter().all(|count| *count > 0));
        without_rules(world).await;
    });
}

#[test]
fn a_rule_is_tried_approved_as_it_stands_and_made() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let (record, _) = customer(&sam, "Tried", true).await;
        age(world, record, 31).await;
        let supa = world.recruit("r.sup", &["supervisor"]).await;
        world.superuser.batch_execute("update sealdesk.four_eyes set required = true where kind = 'settings'").await.unwrap();
        let due = retention::try_days(&world.officer, &Kept::Erased, 30).await.unwrap();
        assert_eq!(due, Due { records: 1, values: 3, earlier: 2, notes: 1 });
        let wanted = Rule { of: Kept::Erased, days: Some(30), purges: true, version: None, due: Due::default() };
        let Err(Error::NotApproved(what)) = retention::set(&world.officer, &wanted, Some(due)).await else { panic!("four eyes") };
        assert_eq!(what.wanted.en, "set retention of erased: kept for days: for ever -> 30; purged when due: yes");
        let asked = Asked::Settings { of: what.proposal.of.clone(), change: what.proposal.change.clone() };
        let why = Why { text: "policy of 2026".into(), reference: None };
        let number = request::ask(&world.officer, &asked, &why, 60, 60).await.unwrap();
        request::vote(&supa, number, true, "").await.unwrap();
        let shorter = Rule { days: Some(1), ..wanted.clone() };
        assert_eq!(retention::set(&world.officer, &shorter, Some(due)).await.unwrap_err().code(), "SD105");
        retention::set(&world.officer, &wanted, Some(due)).await.unwrap();
        let rules = retention::rules(&world.officer).await.unwrap();
        let made = rules.iter().find(|rule| rule.of == Kept::Erased).unwrap();
        assert_eq!((made.days, made.version, made.due), (Some(30), Some(1), due));
        world.superuser.batch_execute("update sealdesk.four_eyes set required = false where kind = 'settings'").await.unwrap();
        retention::set(&world.officer, &Rule { days: None, ..made.clone() }, None).await.unwrap();
        assert_eq!(world.count("select count(*) from sealdesk.retention_rule").await, 0);
        staff::disable(&world.officer, "r.sup").await.unwrap();
        world.superuser.execute("update sealdesk.record set deleted_at = now() where id = $1", &[&record]).await.unwrap();
    });
}
