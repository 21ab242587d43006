//! Replay: whose screens are shown to whom, how much of them, and what that leaves behind.

use sealdesk::{
    model::{
        id::{RecordId, SessionId},
        replay::Replay,
    },
    service::{SignedIn, audit, edit, incident, reveal, search, staff, view},
};
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, rows, ticket};

const REQUEST: &str = "select sealdesk_api.request_replay($1, $2, $3, 1, 200)";
const COLLECTIONS: [&str; 3] = ["collect_replay", "collect_replay_records", "collect_replay_values"];

/// Somebody who has listed, opened a record and revealed its phone.
async fn at_work(world: &World, login: &str) -> (SignedIn, SessionId) {
    let agent = world.recruit(login, &["agent"]).await;
    search::list(&agent, &search::ListRequest::default()).await.unwrap();
    view::view(&agent, RecordId(world.records[0])).await.unwrap();
    let reason = reveal::GivenReason { code: "callback".into(), reference: None };
    for (_, value) in reveal::reveal(&agent, RecordId(world.records[0]), &["phone".to_owned()], Some(&reason)).await {
        value.unwrap();
    }
    (agent, newest_session(world, login).await)
}

async fn newest_session(world: &World, login: &str) -> SessionId {
    let sql = "select id from sealdesk.session where login = $1 order by submitted_at desc limit 1";
    SessionId(world.superuser.query_one(sql, &[&login]).await.unwrap().get(0))
}

async fn replayed(who: &SignedIn, of: SessionId) -> Replay {
    let mut replay = Replay::new(of);
    replay.add(audit::replay(who, of, (1, 200)).await.unwrap());
    replay
}

fn place(replay: &Replay, action: &str) -> usize {
    replay.events.iter().position(|event| event.action == action).unwrap()
}

#[test]
fn nobody_replays_who_may_not_read_that_persons_audit() {
    attack(async |world| {
        let (_, of) = at_work(world, "re.none").await;
        for login in ["ann", "sam"] {
            let raw = world.sign_in(login).await;
            for session in [of.0, Uuid::nil()] {
                let asked = ticket();
                assert_eq!(
                    outcome(&raw.client, REQUEST, &[&raw.token, &asked, &session]).await.unwrap(),
                    "SD003",
                    "and says nothing of the session"
                );
                for collection in COLLECTIONS {
                    let sql = format!("select * from sealdesk_api.{collection}($1, $2)");
                    assert_eq!(world.collect(&raw.client, &sql, &[&raw.token, &asked]).await.unwrap_err().code, "SD003", "{collection}");
                }
            }
            // One's own, as one reads one's own events.
            let own = ticket();
            assert_eq!(outcome(&raw.client, REQUEST, &[&raw.token, &own, &raw.session]).await.unwrap(), "ok");
            let events =
                world.collect(&raw.client, "select actor from sealdesk_api.collect_replay($1, $2)", &[&raw.token, &own]).await.unwrap();
            assert!(!events.is_empty() && events.iter().all(|row| row.get::<_, &str>(0) == login));
            let refused = "select count(*) from sealdesk.audit_event where action = 'replay_session' and outcome = 'SD003' and actor =";
            assert!(world.count(&format!("{refused} '{login}'")).await >= 2, "each attempt is an event");
        }
        let olga = world.sign_in("olga").await;
        assert_eq!(outcome(&olga.client, REQUEST, &[&olga.token, &ticket(), &Uuid::nil()]).await.unwrap(), "SD178");
        let many = "select sealdesk_api.request_replay($1, $2, $3, 1, 201)";
        assert_eq!(outcome(&olga.client, many, &[&olga.token, &ticket(), &of.0]).await.unwrap(), "SD011");
        staff::disable(&world.officer, "re.none").await.unwrap();
    });
}

/// How each collection of a ticket is refused.
async fn refusals(who: &Attacker, world: &World, asked: Uuid) -> Vec<String> {
    let mut codes = Vec::new();
    for collection in COLLECTIONS {
        let sql = format!("select * from sealdesk_api.{collection}($1, $2)");
        codes.push(world.collect(&who.client, &sql, &[&who.token, &asked]).await.unwrap_err().code);
    }
    codes
}

#[test]
fn a_replay_is_handed_out_only_once_its_request_is_recorded_and_while_the_right_lasts() {
    attack(async |world| {
        let (_, of) = at_work(world, "re.once").await;
        world.recruit("re.eye", &["supervisor"]).await;
        let eye = world.raw("re.eye").await;
        let asked = ticket();
        eye.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&eye.client, REQUEST, &[&eye.token, &asked, &of.0]).await.unwrap(), "ok");
        let within = rows(&eye.client, "select * from sealdesk_api.collect_replay_values($1, $2)", &[&eye.token, &asked]).await;
        assert_eq!(within.unwrap_err().code, "SD008");
        eye.client.batch_execute("rollback").await.unwrap();
        assert_eq!(refusals(&eye, world, asked).await, ["SD008"; 3]);
        let granted = ticket();
        assert_eq!(outcome(&eye.client, REQUEST, &[&eye.token, &granted, &of.0]).await.unwrap(), "ok");
        let other = world.raw("re.eye").await;
        assert_eq!(refusals(&other, world, granted).await, ["SD008"; 3], "another session's ticket");
        staff::revoke(&world.officer, "re.eye", "supervisor").await.unwrap();
        assert_eq!(refusals(&eye, world, granted).await, ["SD003"; 3]);
        for login in ["re.once", "re.eye"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_replay_shows_the_rows_and_masked_fields_that_were_shown_then_and_never_a_value() {
    attack(async |world| {
        let (_, of) = at_work(world, "re.agent").await;
        let before = jiff::Timestamp::now();
        let eye = world.recruit("re.super", &["supervisor"]).await;
        let catalogue = eye.policy().catalogue.clone();
        let replay = replayed(&eye, of).await;
        let list = replay.at(place(&replay, "list"), &catalogue).list.unwrap();
        let found = list.rows.unwrap();
        assert!(found.iter().any(|row| row.id.0 == world.records[0]) && found.iter().all(|row| row.summary.is_ok()));
        let opened = replay.at(place(&replay, "view"), &catalogue).record.unwrap();
        let masks = |record: &sealdesk::model::replay::RecordThen, field: &str| {
            record
                .view
                .as_ref()
                .unwrap()
                .fields
                .iter()
                .find(|shown| shown.field == field)
                .and_then(|shown| shown.masked.clone())
                .and_then(Result::ok)
        };
        assert!(opened.revealed.is_empty());
        assert_eq!(masks(&opened, "phone").as_deref(), Some("138****8000"));
        let revealed = replay.at(place(&replay, "reveal"), &catalogue).record.unwrap();
        assert!(revealed.revealed.contains("phone") && masks(&revealed, "phone").as_deref() == Some("138****8000"), "masked all the same");
        // As it was, not as it is.
        let sam = world.with_keys("sam").await;
        let version = view::view(&sam, RecordId(world.records[0])).await.unwrap().version;
        let draft =
            edit::Draft { values: [("phone".to_owned(), "15512345678".to_owned()), ("name".to_owned(), "Li Changed".to_owned())].into() };
        edit::save(&sam, RecordId(world.records[0]), version, &draft).await.unwrap();
        let later = replayed(&eye, of).await;
        let opened = later.at(place(&later, "view"), &catalogue).record.unwrap();
        assert_eq!(masks(&opened, "phone").as_deref(), Some("138****8000"));
        assert_eq!(opened.view.unwrap().summary.unwrap()["name"], "Li Wei");
        let row =
            later.at(place(&later, "list"), &catalogue).list.unwrap().rows.unwrap().into_iter().find(|row| row.id.0 == world.records[0]);
        assert_eq!(row.unwrap().summary.unwrap()["name"], "Li Wei");
        // What is not kept any more is not invented.
        world.superuser.batch_execute(&format!("create temp table kept as select * from sealdesk.value_history where record = '{0}' and field = 'phone'; delete from sealdesk.value_history where record = '{0}' and field = 'phone'", world.records[0])).await.unwrap();
        let unknown = replayed(&eye, of).await;
        world.superuser.batch_execute("insert into sealdesk.value_history select * from kept; drop table kept").await.unwrap();
        assert_eq!(masks(&unknown.at(place(&unknown, "view"), &catalogue).record.unwrap(), "phone").as_deref(), Some("?"));
        let version = view::view(&sam, RecordId(world.records[0])).await.unwrap().version;
        let draft =
            edit::Draft { values: [("phone".to_owned(), "13800138000".to_owned()), ("name".to_owned(), "Li Wei".to_owned())].into() };
        edit::save(&sam, RecordId(world.records[0]), version, &draft).await.unwrap();
        // The replay stands in the audit with whose session it was, and what it handed out is told of who replayed.
        let told = "select count(*) from sealdesk.audit_event where action = 'replay_session' and actor = 're.super' and outcome = 'ok'
                       and details::json ->> 'person' = 're.agent' and cardinality(page) > 1";
        assert_eq!(world.count(told).await, 3);
        let saw = incident::saw(&world.officer, "re.super", before, jiff::Timestamp::now()).await.unwrap();
        assert!(saw.iter().any(|saw| saw.list == "fetched" && saw.field.as_deref() == Some("phone")), "{saw:?}");
        for login in ["re.agent", "re.super"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn who_has_no_right_to_masks_sees_the_names_of_fields_and_nothing_of_them() {
    attack(async |world| {
        let (_, of) = at_work(world, "re.names").await;
        let olga = world.with_keys("olga").await;
        let catalogue = olga.policy().catalogue.clone();
        let replay = replayed(&olga, of).await;
        let rows = replay.at(place(&replay, "list"), &catalogue).list.unwrap().rows.unwrap();
        assert!(
            !rows.is_empty()
                && rows.iter().all(|row| row.number.value > 0 && row.summary.as_ref().is_ok_and(std::collections::BTreeMap::is_empty))
        );
        let opened = replay.at(place(&replay, "reveal"), &catalogue).record.unwrap();
        let fields = opened.view.unwrap().fields;
        assert!(fields.iter().any(|shown| shown.field == "phone") && fields.iter().all(|shown| shown.masked.is_none()));
        let raw = world.sign_in("olga").await;
        let asked = ticket();
        assert_eq!(outcome(&raw.client, REQUEST, &[&raw.token, &asked, &of.0]).await.unwrap(), "ok");
        for collection in &COLLECTIONS[1..] {
            let sql = format!("select * from sealdesk_api.{collection}($1, $2)");
            assert!(world.collect(&raw.client, &sql, &[&raw.token, &asked]).await.unwrap().is_empty(), "{collection}");
        }
        staff::disable(&world.officer, "re.names").await.unwrap();
    });
}

#[test]
fn what_is_above_the_viewers_clearance_is_in_no_replay() {
    attack(async |world| {
        let (_, of) = at_work(world, "re.clear").await;
        let eye = world.recruit("re.low", &["supervisor"]).await;
        let catalogue = eye.policy().catalogue.clone();
        let label = format!("update sealdesk.record set label = 1, labelled = true where id = '{}'", world.records[0]);
        world.superuser.batch_execute(&label).await.unwrap();
        let replay = replayed(&eye, of).await;
        let told = format!("{replay:?}");
        let raw = world.raw("re.low").await;
        let asked = ticket();
        assert_eq!(outcome(&raw.client, REQUEST, &[&raw.token, &asked, &of.0]).await.unwrap(), "ok");
        let mut seen = String::new();
        for collection in COLLECTIONS {
            let sql = format!("select coalesce(string_agg(r::text, ';'), '') from sealdesk_api.{collection}($1, $2) r");
            seen += world.collect(&raw.client, &sql, &[&raw.token, &asked]).await.unwrap()[0].get::<_, &str>(0);
        }
        // The clearance is judged again at the collection.
        world.superuser.batch_execute("update sealdesk.record set label = 0, labelled = false where label = 1").await.unwrap();
        let open = ticket();
        assert_eq!(outcome(&raw.client, REQUEST, &[&raw.token, &open, &of.0]).await.unwrap(), "ok");
        world.superuser.batch_execute(&label).await.unwrap();
        let values = "select record from sealdesk_api.collect_replay_values($1, $2)";
        let values = world.collect(&raw.client, values, &[&raw.token, &open]).await.unwrap();
        world.superuser.batch_execute("update sealdesk.record set label = 0, labelled = false where label = 1").await.unwrap();
        assert!(values.iter().all(|row| row.get::<_, Uuid>(0) != world.records[0]));
        let id = world.records[0].to_string();
        assert!(!told.contains(&id) && !seen.contains(&id), "{seen}");
        let opened = replay.at(place(&replay, "view"), &catalogue).record.unwrap();
        assert!(opened.view.is_none(), "that somebody opened something, and not what");
        for login in ["re.clear", "re.low"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}
