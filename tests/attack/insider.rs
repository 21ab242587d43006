//! What somebody with a login and a grudge stores for others to stumble over, and what they leave open in everybody's way.

use std::time::Duration;

use sealdesk::{
    model::{
        id::RecordId,
        incident::{Kind, Scope, Severity},
    },
    service::{SignedIn, edit, incident, staff},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, rows};

const SOON: Duration = Duration::from_secs(8);

pub async fn made(by: &SignedIn, name: &str) -> RecordId {
    let values = [("name", name), ("phone", "13600136001")].map(|(field, value)| (field.to_owned(), value.to_owned()));
    edit::create(by, RecordId(Uuid::now_v7()), "customer", &edit::Draft { values: values.into() }).await.unwrap().0
}

/// A record that is handed to its owner once more, in a transaction that is not committed.
pub async fn left_open(world: &World, login: &str, record: RecordId) -> Attacker {
    let raw = world.raw(login).await;
    raw.client.batch_execute("begin").await.unwrap();
    let put = "select sealdesk_api.put_owner($1, $2, $3)";
    assert_eq!(outcome(&raw.client, put, &[&raw.token, &record.0, &login]).await.unwrap(), "ok");
    raw
}

pub async fn at_once<T>(what: impl Future<Output = T>, name: &str) -> T {
    timeout(SOON, what).await.unwrap_or_else(|_| panic!("{name} is held up"))
}

#[test]
fn a_record_that_somebody_holds_in_an_open_transaction_is_labelled_and_held_all_the_same() {
    attack(async |world| {
        let holds = world.recruit("n.holds", &["agent"]).await;
        let record = made(&holds, "Held Open").await;
        let number = world.count(&format!("select number from sealdesk.record where id = '{}'", record.0)).await;
        let label = "select outcome from sealdesk_api.put_label($1, $2, (select 1::bigint), 0::smallint, '{}')";
        let hold = "select sealdesk_api.hold_put($1, $2, 'a lawsuit', null)";
        let officer = world.sign_in("officer").await;
        world.recruit("n.law", &["supervisor"]).await;
        let law = world.raw("n.law").await;
        let raw = left_open(world, "n.holds", record).await;
        let told = at_once(outcome(&officer.client, label, &[&officer.token, &record.0]), "a label").await.unwrap();
        assert_eq!(told, "ok");
        assert!(raw.client.batch_execute("commit").await.is_err(), "the connection is gone");
        let raw = left_open(world, "n.holds", record).await;
        assert_eq!(at_once(outcome(&law.client, hold, &[&law.token, &number]), "a legal hold").await.unwrap(), "ok");
        drop(raw);
        let release = "select sealdesk_api.hold_release($1, $2, 'settled', null)";
        assert_eq!(outcome(&law.client, release, &[&law.token, &number]).await.unwrap(), "ok");
        for login in ["n.holds", "n.law"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_change_of_settings_that_is_left_open_stops_neither_writing_nor_other_changes() {
    attack(async |world| {
        let sam = world.with_keys("sam").await;
        world.recruit("n.policy", &["security_officer"]).await;
        let move_it = "select sealdesk_api.field_move($1, 'phone', 0, null)";
        let raw = world.raw("n.policy").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, move_it, &[&raw.token]).await.unwrap(), "SD007");
        at_once(Box::pin(made(&sam, "Written Meanwhile")), "writing").await;
        assert!(raw.client.batch_execute("commit").await.is_err(), "the connection is gone");
        let raw = world.raw("n.policy").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, move_it, &[&raw.token]).await.unwrap(), "SD007");
        let officer = world.sign_in("officer").await;
        assert_eq!(at_once(outcome(&officer.client, move_it, &[&officer.token]), "another change").await.unwrap(), "SD007");
        staff::disable(&world.officer, "n.policy").await.unwrap();
    });
}

#[test]
fn nobody_stores_what_nobodys_program_can_read() {
    attack(async |world| {
        let number = incident::open(&world.officer, "shapes", Severity::Low, &Scope::default()).await.unwrap();
        world.recruit("n.shapes", &["supervisor"]).await;
        let raw = world.raw("n.shapes").await;
        for scope in [
            "'{}', '{null}', '{}', null, null",
            "'{}', '{{1},{2}}', '{}', null, null",
            "'{{ann},{sam}}', '{}', '{}', null, null",
            "'{}', '{}', '{{contact}}', null, null",
            "'{}', '{}', '{}', '-infinity', null",
            "'{}', '{}', '{}', null, 'infinity'",
            "'{}', '{}', '{}', '20000-01-01', '30000-01-01'",
        ] {
            let open = format!("select outcome from sealdesk_api.incident_open($1, 'shapes', 'low', {scope})");
            assert_eq!(outcome(&raw.client, &open, &[&raw.token]).await.unwrap(), "SD011", "{scope}");
        }
        let told = "select outcome from sealdesk_api.incident_add($1, $2, 'notified', '', null, 'persons', '-infinity', null, null)";
        assert_eq!(outcome(&raw.client, told, &[&raw.token, &number]).await.unwrap(), "SD149");
        let officer = world.sign_in("officer").await;
        for expires in ["'-infinity'", "null"] {
            let add = format!("select sealdesk_api.staff_add($1, 'n.never', 'x', {expires}, '{{agent}}')");
            assert_eq!(outcome(&officer.client, &add, &[&officer.token]).await.unwrap(), "SD011");
        }
        let reason = "select sealdesk_api.reason_put($1, 'shaped', null, 'Shaped', '形状', false, '{{contact}}')";
        assert_eq!(outcome(&officer.client, reason, &[&officer.token]).await.unwrap(), "SD011");
        let field = |modes: &str, kinds: &str| {
            format!(
                "select sealdesk_api.field_add($1, 'shaped', 'Shaped', '形状', 'shapes', 'Shapes', '形状', 'text', 'contact', 'hidden', {modes}, false, false, '{{}}', '{{}}', '{{}}', {kinds})"
            )
        };
        assert_eq!(outcome(&officer.client, &field("'{{exact}}'", "'{customer}'"), &[&officer.token]).await.unwrap(), "SD072");
        assert_eq!(outcome(&officer.client, &field("'{}'", "'{{customer}}'"), &[&officer.token]).await.unwrap(), "SD101");
        assert!(incident::list(&world.officer).await.is_ok());
        assert!(incident::show(&world.officer, number).await.is_ok());
        assert!(staff::list(&world.officer).await.is_ok());
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
        staff::disable(&world.officer, "n.shapes").await.unwrap();
    });
}

#[test]
fn an_approval_of_a_rule_has_one_meaning() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let put = "select sealdesk_api.rule_put($1, 'two_meanings', null, $2, $3)";
        let keys = ["kind", "actions", "label_en", "label_zh"];
        for label in ["Reveals threshold=1000", "Reveals\tthreshold=1000"] {
            let told =
                outcome(&officer.client, put, &[&officer.token, &keys.as_slice(), &["count", "reveal", label, "查看"].as_slice()]).await;
            assert_eq!(told.unwrap(), "SD130", "{label}");
        }
        let told =
            outcome(&officer.client, put, &[&officer.token, &keys.as_slice(), &["count", "reveal", "Reveals = many", "查看"].as_slice()])
                .await;
        assert_eq!(told.unwrap(), "SD050");
    });
}

#[test]
fn a_request_for_a_role_carries_no_change_of_its_authors_wording() {
    attack(async |world| {
        world.recruit("n.words", &["agent"]).await;
        let raw = world.raw("n.words").await;
        let ask = "select outcome from sealdesk_api.request_put($1, 'elevate', 'payment_clerk', 'refund', null, 30, 60, $2)";
        let change = r#"{"action": "reason_put", "of": "reason x", "changed": {}}"#;
        assert_eq!(outcome(&raw.client, ask, &[&raw.token, &change]).await.unwrap(), "SD011");
        let none = rows(&raw.client, "select number from sealdesk_api.list_requests($1, true)", &[&raw.token]).await.unwrap();
        assert!(none.is_empty());
        assert_eq!(outcome(&raw.client, ask, &[&raw.token, &None::<&str>]).await.unwrap(), "ok");
        staff::disable(&world.officer, "n.words").await.unwrap();
    });
}
