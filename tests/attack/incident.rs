//! Incidents: who writes and reads them, what cannot be changed, and what is told of what somebody saw.

use sealdesk::{
    model::incident::{Kind, Scope, Severity},
    service::{SignedIn, incident, staff},
};

use crate::world::{attack, outcome, rows, ticket};

const ADD: &str = "select outcome from sealdesk_api.incident_add($1, $2, 'note', 'x', null, null, null, null, null)";

fn scope(login: &str) -> Scope {
    Scope { people: vec![login.to_owned()], classes: vec!["identity".to_owned()], ..Scope::default() }
}

#[test]
fn only_who_may_respond_writes_incidents_and_only_who_reads_the_audit_reads_them() {
    attack(async |world| {
        let number = incident::open(&world.officer, "bulk reveals", Severity::High, &scope("ann")).await.unwrap();
        let open = "select outcome from sealdesk_api.incident_open($1, 'mine', 'low', '{}', '{}', '{}', null, null)";
        for (login, reads) in [("ann", false), ("sam", false), ("olga", true)] {
            let raw = world.sign_in(login).await;
            assert_eq!(outcome(&raw.client, open, &[&raw.token]).await.unwrap(), "SD003");
            assert_eq!(outcome(&raw.client, ADD, &[&raw.token, &number]).await.unwrap(), "SD003");
            let listed = rows(&raw.client, "select number from sealdesk_api.list_incidents($1)", &[&raw.token]).await;
            let items = rows(&raw.client, "select number from sealdesk_api.incident_items($1, $2)", &[&raw.token, &number]).await;
            assert_eq!((listed.is_ok(), items.is_ok()), (reads, reads), "{login}");
            let clock = rows(&raw.client, "select clock_incident from sealdesk_api.my_standing($1)", &[&raw.token]).await.unwrap();
            assert_eq!(clock[0].get::<_, Option<i64>>(0), None);
            let asked = ticket();
            let saw = "select sealdesk_api.request_saw($1, $2, 'sam', now() - interval '1 h', now())";
            assert_eq!(outcome(&raw.client, saw, &[&raw.token, &asked]).await.unwrap(), if reads { "ok" } else { "SD003" });
        }
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
    });
}

#[test]
fn nothing_of_an_incident_is_edited_deleted_or_added_to_once_it_is_closed() {
    attack(async |world| {
        let number = incident::open(&world.officer, "kept", Severity::Low, &scope("ann")).await.unwrap();
        let item = incident::add(&world.officer, number, &Kind::Note, "first").await.unwrap();
        for change in [
            "update sealdesk.incident_item set text = 'x'",
            "delete from sealdesk.incident_item",
            "update sealdesk.incident set title = 'x'",
            "delete from sealdesk.incident",
        ] {
            assert!(world.superuser.batch_execute(change).await.is_err(), "{change}");
        }
        incident::add(&world.officer, number, &Kind::Correct { of: item }, "second").await.unwrap();
        for wrong in [
            Kind::Done { of: item },
            Kind::Correct { of: -1 },
            Kind::HandOver { to: "ann".into() },
            Kind::Pin { session: sealdesk::model::id::SessionId(ticket()), seq: 1 },
            Kind::Known(jiff::Timestamp::MAX),
        ] {
            assert_eq!(incident::add(&world.officer, number, &wrong, "x").await.unwrap_err().code(), "SD149", "{wrong:?}");
        }
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
        assert_eq!(incident::add(&world.officer, number, &Kind::Note, "late").await.unwrap_err().code(), "SD148");
        incident::add(&world.officer, number, &Kind::Reopen, "not over").await.unwrap();
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
        let (found, items) = incident::show(&world.officer, number).await.unwrap();
        assert!(found.closed && items.len() == 5 && items[0].text == "first");
    });
}

#[test]
fn an_item_left_uncommitted_holds_no_other_up() {
    attack(async |world| {
        let number = incident::open(&world.officer, "open", Severity::Low, &scope("ann")).await.unwrap();
        world.recruit("i.holds", &["supervisor"]).await;
        let raw = world.raw("i.holds").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, ADD, &[&raw.token, &number]).await.unwrap(), "ok");
        let added =
            tokio::time::timeout(std::time::Duration::from_secs(3), incident::add(&world.officer, number, &Kind::Note, "mine")).await;
        raw.client.batch_execute("rollback").await.unwrap();
        added.expect("held up").unwrap();
        let (_, items) = incident::show(&world.officer, number).await.unwrap();
        assert_eq!(items.len(), 1);
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
        staff::disable(&world.officer, "i.holds").await.unwrap();
    });
}

#[test]
fn a_pinned_event_that_is_changed_afterwards_is_told() {
    attack(async |world| {
        let number = incident::open(&world.officer, "pins", Severity::Low, &scope("ann")).await.unwrap();
        let sam = world.sign_in("sam").await;
        assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        let session = sealdesk::model::id::SessionId(sam.session);
        incident::add(&world.officer, number, &Kind::Pin { session, seq: 2 }, "here it began").await.unwrap();
        let pinned = incident::show(&world.officer, number).await.unwrap().1.remove(0).pinned.unwrap();
        assert!(pinned.same && pinned.event.unwrap().1 == "sam");
        let tamper = format!(
            "set session_replication_role = replica; update sealdesk.audit_event set hash = decode(repeat('00', 32), 'hex') where session = '{}' and seq = 2; reset session_replication_role",
            sam.session
        );
        let hash: Vec<u8> = pinned.hash;
        world.superuser.batch_execute(&tamper).await.unwrap();
        let changed = incident::show(&world.officer, number).await.unwrap().1.remove(0).pinned.unwrap();
        let mend = "update sealdesk.audit_event set hash = $2 where session = $1 and seq = 2";
        world.superuser.batch_execute("set session_replication_role = replica").await.unwrap();
        world.superuser.execute(mend, &[&sam.session, &hash]).await.unwrap();
        world.superuser.batch_execute("reset session_replication_role").await.unwrap();
        assert!(!changed.same);
        incident::add(&world.officer, number, &Kind::Close, "over").await.unwrap();
    });
}

#[test]
fn what_somebody_saw_is_told_apart_from_what_they_only_fetched() {
    attack(async |world| {
        world.recruit("i.saw", &["senior_agent"]).await;
        let before = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
        let raw = world.raw("i.saw").await;
        assert_eq!(raw.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        assert_eq!(raw.request_view(ticket(), world.records[1]).await.unwrap(), "ok");
        assert_eq!(raw.request_reveal(ticket(), world.records[0], "phone").await.unwrap(), "ok");
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
        let found = incident::saw(&world.officer, "i.saw", before, until).await.unwrap();
        let of = |list: &str, field: &str| found.iter().filter(|saw| saw.list == list && saw.field.as_deref() == Some(field)).count();
        assert_eq!(
            (of("revealed", "phone"), of("fetched", "phone"), of("revealed", "id_number"), of("fetched", "id_number")),
            (1, 1, 0, 2),
            "which fields came with an opened record is told by its event"
        );
        assert!(found.iter().any(|saw| saw.list == "reachable" && saw.class.as_deref() == Some("payment")));
        let earlier = incident::saw(&world.officer, "i.saw", before - jiff::SignedDuration::from_hours(1), before).await.unwrap();
        assert!(earlier.iter().all(|saw| saw.list == "reachable"));
        assert_eq!(incident::saw(&world.officer, "nobody", before, until).await.unwrap_err().code(), "SD146");
        // What is above the reader counts as nothing that was within reach, and of what was opened of it no field is named.
        let reachable = async |of: &SignedIn| {
            let found = incident::saw(of, "i.saw", before, jiff::Timestamp::now()).await.unwrap();
            let hidden: Vec<_> =
                found.iter().filter(|saw| saw.hidden).map(|saw| (saw.list.clone(), saw.record.is_some(), saw.field.clone())).collect();
            (found.iter().find(|saw| saw.list == "reachable" && saw.class.as_deref() == Some("payment")).map(|saw| saw.times), hidden)
        };
        let olga = world.with_keys("olga").await;
        let (open, none) = reachable(&olga).await;
        assert!(none.is_empty());
        let label = format!(
            "update sealdesk.person set clearance = 1 where login = 'i.saw';
             update sealdesk.record set label = 1, labelled = true where id in ('{}', '{}')",
            world.records[0], world.records[2]
        );
        world.superuser.batch_execute(&label).await.unwrap();
        let (labelled, hidden) = reachable(&olga).await;
        world.superuser.batch_execute("update sealdesk.record set label = 0, labelled = false where label = 1").await.unwrap();
        assert_eq!(labelled, open.map(|count| count - 2));
        assert!(!hidden.is_empty() && hidden.iter().all(|(_, record, field)| !record && field.is_none()), "{hidden:?}");
        staff::disable(&world.officer, "i.saw").await.unwrap();
    });
}
