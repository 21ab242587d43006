//! Pages of lists and searches: chosen by their request, kept beside its event, and fetched exactly.

use sealdesk::{
    model::{audit::Harm, id::RecordId},
    service::{audit, edit, incident, staff},
};
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, ticket};

const ASK: &str = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', $2, 'number', 'after', null, null, 50)";
const COLLECT: &str = "select id from sealdesk_api.collect_list($1, $2)";

async fn asked(who: &Attacker) -> Uuid {
    let ticket = ticket();
    assert_eq!(outcome(&who.client, ASK, &[&who.token, &ticket]).await.unwrap(), "ok");
    ticket
}

async fn page(world: &World, who: &Attacker, ticket: Uuid) -> Vec<Uuid> {
    world.collect(&who.client, COLLECT, &[&who.token, &ticket]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// What stands beside the event, without the random id before it.
async fn kept(world: &World, ticket: Uuid) -> Vec<Uuid> {
    let sql = "select page from sealdesk.audit_event where ticket = $1";
    world.superuser.query_one(sql, &[&ticket]).await.unwrap().get::<_, Vec<Uuid>>(0).split_off(1)
}

#[test]
fn a_page_is_chosen_in_no_transaction_that_could_take_the_question_back() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let bare = "select sealdesk_api.request_list($1, $2, '{}', '{}', '{}', 'all', $2, 'number', 'after', null, null, 50)";
        let alone = ticket();
        assert_eq!(outcome(&sam.client, bare, &[&sam.token, &alone]).await.unwrap(), "SD177");
        let refused = world.collect(&sam.client, COLLECT, &[&sam.token, &alone]).await.unwrap_err();
        assert_eq!(refused.code, "SD177");
        let events = async || world.count(&format!("select count(*) from sealdesk.audit_event where session = '{}'", sam.session)).await;
        let before = events().await;
        let encoded = "select encode($1::bytea, 'hex')";
        let token: String = world.superuser.query_one(encoded, &[&sam.token]).await.unwrap().get(0);
        let call = format!(
            "call sealdesk_api.ask_list(decode('{token}', 'hex'), gen_random_uuid(), '{{}}', '{{}}', '{{}}', 'all', null, 'number', 'after', null, null, 50)"
        );
        for way in [
            format!("begin; {call}; rollback"),
            format!("{call}; select 1 / 0"),
            format!("explain analyze {call}"),
            format!("set search_path = sealdesk_api; begin; savepoint x; {call}"),
        ] {
            assert!(matches!(sam.refusal(&way).await.as_deref(), Some("2D000" | "42601")), "{way}");
            sam.client.batch_execute("rollback; reset search_path").await.unwrap();
        }
        assert_eq!(events().await, before, "nothing was chosen");
        sam.client.batch_execute(&call).await.unwrap();
        // However its caller has set up the session.
        sam.client.batch_execute("set search_path = sealdesk_api").await.unwrap();
        sam.client.batch_execute(&call).await.unwrap();
        sam.client.batch_execute("reset search_path").await.unwrap();
        assert_eq!(events().await, before + 2);
    });
}

#[test]
fn a_page_is_fetched_exactly_as_it_was_chosen_less_what_one_may_not_know_any_more() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let first = asked(&sam).await;
        let chosen = kept(world, first).await;
        assert!(chosen.contains(&world.records[0]) && chosen.contains(&world.records[1]));
        // What comes in between is not in it.
        let (new, keys) = (RecordId(Uuid::now_v7()), world.with_keys("sam").await);
        let draft = edit::Draft { values: [("name".to_owned(), "Page Later".to_owned())].into() };
        edit::create(&keys, new, "customer", &draft).await.unwrap();
        assert_eq!(page(world, &sam, first).await, chosen);
        assert!(kept(world, asked(&sam).await).await.contains(&new.0));
        edit::delete(&keys, new, 1).await.unwrap();
        // What was labelled in between is left out.
        let label = format!("update sealdesk.record set label = 1, labelled = true where id = '{}'", world.records[0]);
        world.superuser.batch_execute(&label).await.unwrap();
        let left = page(world, &sam, first).await;
        world.superuser.batch_execute("update sealdesk.record set label = 0, labelled = false where label = 1").await.unwrap();
        assert!(!left.contains(&world.records[0]) && left.len() + 1 == chosen.len());
        let another = world.sign_in("sam").await;
        assert_eq!(world.collect(&another.client, COLLECT, &[&another.token, &first]).await.unwrap_err().code, "SD008");
    });
}

#[test]
fn who_sees_the_event_but_not_the_page_does_not_learn_whether_it_held_anything() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let none = "call sealdesk_api.ask_list($1, $2, '{4711}', '{0}', '{}', 'all', $2, 'number', 'after', null, null, 50)";
        let mut digests = Vec::new();
        for _ in 0..2 {
            let asked = ticket();
            assert_eq!(outcome(&sam.client, none, &[&sam.token, &asked]).await.unwrap(), "ok");
            assert!(kept(world, asked).await.is_empty());
            let sql = "select details::json ->> 'page' from sealdesk.audit_event where ticket = $1";
            digests.push(world.superuser.query_one(sql, &[&asked]).await.unwrap().get::<_, String>(0));
        }
        assert_ne!(digests[0], digests[1], "the digest of nothing is not known");
    });
}

#[test]
fn a_page_that_is_changed_afterwards_is_named_by_verification() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let asked = asked(&sam).await;
        let olga = world.with_keys("olga").await;
        let harm = async || {
            let found = audit::verify(&olga, |_| {}).await.unwrap();
            found.broken.iter().filter(|broken| broken.session.0 == sam.session).map(|broken| broken.harm).collect::<Vec<_>>()
        };
        let noticed = async || {
            let sql = "select count(*) from sealdesk.broken_since_checkpoint() where what = 'page changed' and session =";
            world.count(&format!("{sql} '{}'", sam.session)).await
        };
        assert_eq!((harm().await, noticed().await), (vec![], 0));
        let original: Vec<Uuid> =
            world.superuser.query_one("select page from sealdesk.audit_event where ticket = $1", &[&asked]).await.unwrap().get(0);
        let put = async |page: Option<Vec<Uuid>>| {
            world.superuser.batch_execute("set session_replication_role = replica").await.unwrap();
            world.superuser.execute("update sealdesk.audit_event set page = $2 where ticket = $1", &[&asked, &page]).await.unwrap();
            world.superuser.batch_execute("reset session_replication_role").await.unwrap();
        };
        for forged in [
            None,
            Some(original[..1].to_vec()),
            Some(original.iter().rev().copied().collect()),
            Some([&original[..], &[Uuid::nil()]].concat()),
        ] {
            put(forged).await;
            assert_eq!(harm().await, [Harm::PageChanged]);
            assert_eq!(noticed().await, 1, "and by the database itself");
        }
        put(Some(original)).await;
        assert_eq!(harm().await, []);
    });
}

#[test]
fn what_somebody_saw_names_every_row_and_every_masked_field_that_was_handed_out() {
    attack(async |world| {
        let before = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
        world.recruit("p.saw", &["agent"]).await;
        let raw = world.raw("p.saw").await;
        let chosen = kept(world, asked(&raw).await).await;
        assert_eq!(raw.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        let number = async |record: Uuid| {
            world.superuser.query_one("select number from sealdesk.record where id = $1", &[&record]).await.unwrap().get::<_, i64>(0)
        };
        let (opened, other) = (number(world.records[0]).await, number(world.records[1]).await);
        let saw = async || incident::saw(&world.officer, "p.saw", before, jiff::Timestamp::now()).await.unwrap();
        let found = saw().await;
        let listed: Vec<i64> = found.iter().filter(|saw| saw.list == "listed").filter_map(|saw| Some(saw.record?.value)).collect();
        assert!(listed.len() == chosen.len() - 1 && listed.contains(&other) && !listed.contains(&opened), "{listed:?}");
        assert!(found.iter().all(|saw| saw.list != "pages"));
        let fetched = |found: &[sealdesk::model::incident::Saw]| {
            found.iter().filter(|saw| saw.list == "fetched").filter_map(|saw| saw.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fetched(&found), ["id_number", "phone"], "an agent is shown these masks, and no others are there");
        let within = |found: &[sealdesk::model::incident::Saw], class: &str| {
            found.iter().find(|saw| saw.list == "reachable" && saw.class.as_deref() == Some(class)).map(|saw| saw.times)
        };
        assert_eq!(within(&found, "basic"), Some(0), "all of them were listed");
        // As it was handed out then: what the record, or the role, has now does not change it.
        world.superuser.batch_execute(&format!("create temp table kept as select * from sealdesk.field_value where record = '{0}' and field = 'phone'; delete from sealdesk.field_value where record = '{0}' and field = 'phone'", world.records[0])).await.unwrap();
        staff::revoke(&world.officer, "p.saw", "agent").await.unwrap();
        let later = saw().await;
        world.superuser.batch_execute("insert into sealdesk.field_value select * from kept; drop table kept").await.unwrap();
        assert_eq!(fetched(&later), ["id_number", "phone"]);
        staff::disable(&world.officer, "p.saw").await.unwrap();
    });
}
