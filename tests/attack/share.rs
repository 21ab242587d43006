//! Getting at a shared value that is not one's own, or sharing what may not be shared.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    keyring::KeyringError,
    model::{
        id::{RecordId, ShareId},
        share::ShareState,
    },
    service::{
        Error, SignedIn, edit,
        reveal::GivenReason,
        share::{self, Wanted},
        staff,
    },
};
use uuid::Uuid;

use crate::world::{Answer, Attacker, World, attack, outcome, rows, sign_in, ticket};

const ID_NUMBER: &str = "11010519491231002X";
const REQUEST: &str = "select sealdesk_api.request_shared($1, $2, $3)";
const COLLECT: &str = "select sealed from sealdesk_api.collect_shared($1, $2)";
const WITHDRAW: &str = "select sealdesk_api.withdraw_share($1, $2)";

/// A record of the test's own.
async fn record(sam: &SignedIn) -> RecordId {
    let values = [("name", "Zhang Wei"), ("phone", "13600136000"), ("id_number", ID_NUMBER)];
    let draft = edit::Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() };
    edit::create(sam, RecordId(Uuid::now_v7()), "customer", &draft).await.unwrap().0
}

fn wanted(record: RecordId, field: &str, to: &str) -> Wanted {
    let reason = Some(GivenReason { code: "callback".into(), reference: None });
    Wanted { record, field: field.into(), to: to.into(), lasts: SignedDuration::from_hours(2), reason }
}

/// Sam's identity number of a customer, shared with somebody.
async fn shared(sam: &SignedIn, to: &str) -> ShareId {
    share::add(sam, &wanted(record(sam).await, "id_number", to)).await.unwrap().0
}

/// Both steps; the code of the one that was refused.
async fn open(world: &World, who: &Attacker, share: ShareId) -> Answer<Vec<u8>> {
    let ticket = ticket();
    let asked = outcome(&who.client, REQUEST, &[&who.token, &ticket, &share.0]).await?;
    let collected = world.collect(&who.client, COLLECT, &[&who.token, &ticket]).await;
    if let Err(refused) = &collected {
        assert_eq!(refused.code, asked, "the collection repeats the refusal");
    }
    Ok(collected?[0].get(0))
}

async fn refusal(world: &World, who: &Attacker, share: ShareId) -> Option<String> {
    open(world, who, share).await.err().map(|refused| refused.code)
}

/// A raw call with well-formed bytes that are sealed to nobody.
async fn put(who: &Attacker, record: RecordId, field: &str, version: i64, to: &str) -> String {
    let sql = "select sealdesk_api.put_share($1, $2, $3, $4, $5, $6, now() + interval '1 hour', 'callback', null, $7, $8)";
    let (sealed, signature) = (vec![7_u8; 1152], vec![7_u8; 64]);
    outcome(&who.client, sql, &[&who.token, &ticket(), &record.0, &field, &version, &to, &sealed, &signature]).await.unwrap()
}

async fn sealed_bytes(world: &World, share: ShareId) -> i64 {
    let sql = "select coalesce(octet_length(sealed), 0)::bigint from sealdesk.share where id = $1";
    world.superuser.query_one(sql, &[&share.0]).await.unwrap().get(0)
}

#[test]
fn a_shared_value_is_read_by_its_recipient_without_a_right_on_its_class_and_both_sides_are_recorded() {
    attack(async |world| {
        let (sam, ann) = (sign_in(&world.config, "sam").await, sign_in(&world.config, "ann").await);
        assert!(!ann.policy().rights("identity").reveal);
        let id = shared(&sam, "ann").await;
        let opened = share::open(&ann, id).await.unwrap();
        assert_eq!((opened.value.expose().as_str(), opened.from.as_str()), (ID_NUMBER, "sam"));
        let events = "select array_agg(action || ' ' || outcome || ' ' || class || ' ' || (details::json ->> 'share') order by at)
                        from sealdesk.audit_event where details like '%' || $1 || '%'";
        let events: Vec<String> = world.superuser.query_one(events, &[&id.0.to_string()]).await.unwrap().get(0);
        assert_eq!(events, [format!("share ok identity {id}"), format!("shared_reveal ok identity {id}")]);
        let seen = |shares: Vec<sealdesk::model::share::Share>| shares.into_iter().find(|share| share.id == id).unwrap();
        for who in [&sam, &ann] {
            let share = seen(share::list(who).await.unwrap());
            assert_eq!((share.from.as_str(), share.to.as_str(), share.state(Timestamp::now())), ("sam", "ann", ShareState::Open));
        }
    });
}

#[test]
fn somebody_elses_share_is_answered_like_none_at_all() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        for login in ["olga", "officer", "sam"] {
            let who = world.sign_in(login).await;
            for share in [id, ShareId(ticket())] {
                assert_eq!(refusal(world, &who, share).await.as_deref(), Some("SD068"), "{login}");
            }
        }
        let told = "select count(*) from sealdesk.audit_event where action = 'shared_reveal' and outcome = 'SD068' and record is not null and actor = 'olga'";
        assert_eq!(world.count(told).await, 0, "an event tells whose ticket it was nothing either");
        let olga = world.sign_in("olga").await;
        assert_eq!(outcome(&olga.client, WITHDRAW, &[&olga.token, &id.0]).await.unwrap(), "SD068");
        let listed = rows(&olga.client, "select id from sealdesk_api.list_shares($1)", &[&olga.token]).await.unwrap();
        assert!(listed.iter().all(|row| row.get::<_, Uuid>(0) != id.0));
        let ann = world.sign_in("ann").await;
        let listed = rows(&ann.client, "select * from sealdesk_api.list_shares($1)", &[&ann.token]).await.unwrap();
        assert!(listed[0].columns().iter().all(|column| column.name() != "sealed"), "a list hands out nothing that is sealed");
        assert_eq!(refusal(world, &ann, id).await, None);
    });
}

#[test]
fn one_ticket_opens_one_share_and_only_for_the_session_that_asked() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let (first, second) = (shared(&sam, "ann").await, shared(&sam, "ann").await);
        let (ann, again) = (world.sign_in("ann").await, world.sign_in("ann").await);
        let ticket = ticket();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &ticket, &first.0]).await.unwrap(), "ok");
        let collect = "select id from sealdesk_api.collect_shared($1, $2)";
        let collected: Uuid = world.collect(&ann.client, collect, &[&ann.token, &ticket]).await.unwrap()[0].get(0);
        assert!(collected == first.0 && collected != second.0);
        assert_eq!(world.collect(&again.client, collect, &[&again.token, &ticket]).await.unwrap_err().code, "SD008");
    });
}

#[test]
fn a_rolled_back_request_for_a_shared_value_returns_nothing() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let ann = world.sign_in("ann").await;
        let ticket = ticket();
        ann.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &ticket, &id.0]).await.unwrap(), "ok");
        assert_eq!(rows(&ann.client, COLLECT, &[&ann.token, &ticket]).await.unwrap_err().code, "SD008");
        ann.client.batch_execute("rollback").await.unwrap();
        assert_eq!(world.collect(&ann.client, COLLECT, &[&ann.token, &ticket]).await.unwrap_err().code, "SD008");
    });
}

#[test]
fn an_expired_share_opens_nothing_and_keeps_nothing_sealed() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let ann = world.sign_in("ann").await;
        let asked = ticket();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &asked, &id.0]).await.unwrap(), "ok");
        world.superuser.execute("update sealdesk.share set until_at = now() where id = $1", &[&id.0]).await.unwrap();
        let late = world.collect(&ann.client, COLLECT, &[&ann.token, &asked]).await;
        assert_eq!(late.unwrap_err().code, "SD068", "judged again at the collection");
        assert_eq!(refusal(world, &ann, id).await.as_deref(), Some("SD068"));
        let listed = share::list(&sam).await.unwrap().into_iter().find(|share| share.id == id).unwrap();
        assert_eq!(listed.state(Timestamp::now()), ShareState::Expired);
        assert_eq!(sealed_bytes(world, id).await, 0);
    });
}

#[test]
fn a_share_is_withdrawn_by_who_made_it_or_manages_people_and_then_opens_nothing() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let (own, managed) = (shared(&sam, "ann").await, shared(&sam, "ann").await);
        let ann = world.sign_in("ann").await;
        assert_eq!(outcome(&ann.client, WITHDRAW, &[&ann.token, &own.0]).await.unwrap(), "SD068", "not by the recipient");
        let asked = ticket();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &asked, &own.0]).await.unwrap(), "ok");
        share::withdraw(&sam, own).await.unwrap();
        assert_eq!(world.collect(&ann.client, COLLECT, &[&ann.token, &asked]).await.unwrap_err().code, "SD068");
        assert!(share::list(&world.officer).await.unwrap().iter().any(|share| share.id == managed));
        share::withdraw(&world.officer, managed).await.unwrap();
        for id in [own, managed] {
            assert_eq!(refusal(world, &ann, id).await.as_deref(), Some("SD068"));
            assert_eq!(sealed_bytes(world, id).await, 0);
            assert_eq!(share::withdraw(&sam, id).await.unwrap_err().code(), "SD068", "once is enough");
        }
    });
}

#[test]
fn a_share_ends_with_the_right_of_who_made_it() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let ann = world.sign_in("ann").await;
        let asked = ticket();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &asked, &id.0]).await.unwrap(), "ok");
        staff::revoke(&world.officer, "sam", "senior_agent").await.unwrap();
        let late = world.collect(&ann.client, COLLECT, &[&ann.token, &asked]).await;
        let anew = refusal(world, &ann, id).await;
        staff::grant(&world.officer, "sam", "senior_agent").await.unwrap();
        assert_eq!(late.unwrap_err().code, "SD068");
        assert_eq!(anew.as_deref(), Some("SD068"));
    });
}

#[test]
fn a_share_ends_with_its_record_and_with_its_class_ceasing_to_be_shared() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let ann = world.sign_in("ann").await;
        let deleted = async |how: &str| {
            let sql = format!("update sealdesk.record set deleted_at = {how} where id = (select record from sealdesk.share where id = $1)");
            world.superuser.execute(&sql, &[&id.0]).await.unwrap();
            refusal(world, &ann, id).await
        };
        assert_eq!(deleted("now()").await.as_deref(), Some("SD068"));
        assert_eq!(deleted("null").await, None);
        let allow = async |on: bool| {
            world.superuser.execute("update sealdesk.class set share_allowed = $1 where code = 'identity'", &[&on]).await.unwrap();
        };
        allow(false).await;
        let (open, raw) = (refusal(world, &ann, id).await, world.sign_in("sam").await);
        let put = put(&raw, RecordId(world.records[0]), "id_number", 1, "ann").await;
        allow(true).await;
        assert_eq!((open.as_deref(), put.as_str()), (Some("SD068"), "SD065"));
    });
}

#[test]
fn a_share_does_not_reach_above_a_clearance() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let (ann, raw) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let record: Uuid = world.superuser.query_one("select record from sealdesk.share where id = $1", &[&id.0]).await.unwrap().get(0);
        let label = async |rank: i16| {
            let sql = "update sealdesk.record set label = $1, labelled = $1 > 0::smallint where id = $2";
            world.superuser.execute(sql, &[&rank, &record]).await.unwrap();
        };
        world.superuser.batch_execute("update sealdesk.person set clearance = 1 where login = 'sam'").await.unwrap();
        label(1).await;
        let above_recipient = (refusal(world, &ann, id).await, put(&raw, RecordId(record), "id_number", 1, "ann").await);
        let listed = rows(&ann.client, "select id from sealdesk_api.list_shares($1)", &[&ann.token]).await.unwrap();
        label(2).await;
        let above_sharer = (refusal(world, &ann, id).await, put(&raw, RecordId(record), "id_number", 1, "ann").await);
        label(0).await;
        world.superuser.batch_execute("update sealdesk.person set clearance = 0 where login = 'sam'").await.unwrap();
        assert_eq!(above_recipient, (Some("SD068".into()), "SD063".into()));
        assert!(listed.iter().all(|row| row.get::<_, Uuid>(0) != id.0));
        assert_eq!(above_sharer, (Some("SD068".into()), "SD006".into()));
    });
}

#[test]
fn what_the_server_has_altered_is_not_opened() {
    attack(async |world| {
        let (sam, ann) = (sign_in(&world.config, "sam").await, sign_in(&world.config, "ann").await);
        let id = shared(&sam, "ann").await;
        for change in [
            "until_at = until_at + interval '1 day'",
            "sealed = set_byte(sealed, 1130, get_byte(sealed, 1130) # 1)",
            "signature = set_byte(signature, 10, get_byte(signature, 10) # 1)",
            "version = version + 1",
            "field = 'phone'",
        ] {
            world.superuser.batch_execute("create table public.kept as select * from sealdesk.share").await.unwrap();
            let changed = format!("update sealdesk.share set {change} where id = '{id}'");
            world.superuser.batch_execute(&changed).await.unwrap();
            let opened = share::open(&ann, id).await;
            let back = "update sealdesk.share s set until_at = k.until_at, sealed = k.sealed, signature = k.signature, version = k.version, field = k.field
                          from public.kept k where k.id = s.id; drop table public.kept";
            world.superuser.batch_execute(back).await.unwrap();
            let error = opened.map(|_| ()).unwrap_err();
            assert!(matches!(&error, Error::Keyring(KeyringError::NotSharedBy(who)) if who == "sam"), "{change}: {error}");
            assert_eq!(error.exit_code(), 5);
        }
        assert_eq!(share::open(&ann, id).await.unwrap().value.expose(), ID_NUMBER, "the honest way works");
    });
}

#[test]
fn nothing_is_sealed_to_keys_without_a_chain_to_the_root() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let record = record(&sam).await;
        let swap = "update sealdesk.directory_entry set hpke_public = set_byte(hpke_public, 9, get_byte(hpke_public, 9) # 1) where kind = 'person' and name = 'ann'";
        world.superuser.batch_execute(swap).await.unwrap();
        let error = share::add(&sam, &wanted(record, "id_number", "ann")).await.unwrap_err();
        world.superuser.batch_execute(swap).await.unwrap();
        assert!(matches!(&error, Error::Keyring(KeyringError::NotInDirectory(who)) if who == "ann"), "{error}");
        let stored = "select count(*) from sealdesk.share where record = $1";
        assert_eq!(world.superuser.query_one(stored, &[&record.0]).await.unwrap().get::<_, i64>(0), 0);
    });
}

#[test]
fn only_what_the_same_session_has_just_revealed_is_shared() {
    attack(async |world| {
        world.forget_quota().await;
        let keyed = sign_in(&world.config, "sam").await;
        let record = record(&keyed).await;
        let (sam, other) = (world.sign_in("sam").await, world.sign_in("sam").await);
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD066", "never revealed");
        assert_eq!(other.request_reveal(ticket(), record.0, "id_number").await.unwrap(), "ok");
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD066", "revealed in another session");
        assert_eq!(sam.request_reveal(ticket(), record.0, "phone").await.unwrap(), "ok");
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD066", "another field");
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_reveal(ticket(), record.0, "id_number").await.unwrap(), "ok");
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD066", "not committed");
        sam.client.batch_execute("rollback").await.unwrap();
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD066", "rolled back");
        assert_eq!(sam.request_reveal(ticket(), record.0, "id_number").await.unwrap(), "ok");
        assert_eq!(put(&sam, record, "id_number", 2, "ann").await, "SD066", "another version");
        let minutes = async |by: i32| {
            let sql = "update sealdesk.audit_event set at = at + $1 * interval '1 min' where session = $2 and action = 'reveal'";
            world.superuser.batch_execute("set session_replication_role = replica").await.unwrap();
            world.superuser.execute(sql, &[&f64::from(by), &sam.session]).await.unwrap();
            world.superuser.batch_execute("set session_replication_role = origin").await.unwrap();
        };
        minutes(-16).await;
        let late = put(&sam, record, "id_number", 1, "ann").await;
        minutes(16).await;
        assert_eq!(late, "SD066", "too long ago");
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "ok");
        assert_eq!(put(&sam, record, "id_number", 1, "ann").await, "SD069", "twice");
    });
}

#[test]
fn who_may_not_reveal_a_class_shares_nothing_of_it_and_learns_nothing() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for record in [world.records[0], ticket()] {
            assert_eq!(put(&ann, RecordId(record), "id_number", 1, "sam").await, "SD003");
        }
        assert_eq!(put(&ann, RecordId(world.records[0]), "nothing", 1, "sam").await, "SD006");
        assert_eq!(put(&ann, RecordId(ticket()), "phone", 1, "sam").await, "SD006");
    });
}

#[test]
fn a_share_needs_another_active_person_with_confirmed_keys() {
    attack(async |world| {
        let (sam, raw) = (sign_in(&world.config, "sam").await, world.sign_in("sam").await);
        let record = record(&sam).await;
        staff::add(&world.officer, "newcomer", "", &["agent".to_owned()]).await.unwrap();
        world.recruit("leaver", &["agent"]).await;
        let id = shared(&sam, "leaver").await;
        let leaver = world.raw("leaver").await;
        let asked = ticket();
        assert_eq!(outcome(&leaver.client, REQUEST, &[&leaver.token, &asked, &id.0]).await.unwrap(), "ok");
        staff::disable(&world.officer, "leaver").await.unwrap();
        assert!(rows(&leaver.client, COLLECT, &[&leaver.token, &asked]).await.is_err(), "a disabled recipient collects nothing");
        assert_eq!(sealed_bytes(world, id).await, 0, "what was shared with them ends");
        for to in ["sam", "newcomer", "leaver", "nobody"] {
            assert_eq!(put(&raw, record, "phone", 1, to).await, "SD067", "{to}");
            assert_eq!(share::add(&sam, &wanted(record, "phone", to)).await.unwrap_err().code(), "SD067", "{to}");
        }
        for lasts in [SignedDuration::from_mins(4), SignedDuration::from_hours(31 * 24)] {
            let wanted = Wanted { lasts, ..wanted(record, "phone", "ann") };
            assert_eq!(share::add(&sam, &wanted).await.unwrap_err().code(), "share_duration");
        }
        let sql = "select sealdesk_api.put_share($1, $2, $3, 'phone', 1, 'ann', now() + $4 * interval '1 min', 'callback', null, $5, $6)";
        for minutes in [-1.0, 3.0, 31.0 * 24.0 * 60.0] {
            let values = (vec![7_u8; 1152], vec![7_u8; 64]);
            let answer = outcome(&raw.client, sql, &[&raw.token, &ticket(), &record.0, &minutes, &values.0, &values.1]).await.unwrap();
            assert_eq!(answer, "SD011", "{minutes} minutes");
        }
    });
}

#[test]
fn what_was_shared_by_and_with_somebody_ends_when_their_keys_go() {
    attack(async |world| {
        let (sam, ann) = (sign_in(&world.config, "sam").await, sign_in(&world.config, "ann").await);
        let mover = world.recruit("mover", &["senior_agent"]).await;
        let record = record(&sam).await;
        let (given, _) = share::add(&mover, &wanted(record, "id_number", "ann")).await.unwrap();
        let (taken, _) = share::add(&sam, &wanted(record, "id_number", "mover")).await.unwrap();
        let code = staff::new_invitation(&world.officer, "mover").await.unwrap();
        let mover = world.enrol("mover", code).await;
        assert_eq!(share::open(&ann, given).await.unwrap_err().code(), "SD068");
        assert_eq!(share::open(&mover, taken).await.unwrap_err().code(), "SD068");
        assert_eq!((sealed_bytes(world, given).await, sealed_bytes(world, taken).await), (0, 0));
        // With the new keys it goes on, for a desk that knew the old ones too.
        let (again, _) = share::add(&sam, &wanted(record, "id_number", "mover")).await.unwrap();
        assert_eq!(share::open(&mover, again).await.unwrap().value.expose(), ID_NUMBER);
        staff::disable(&world.officer, "mover").await.unwrap();
    });
}

#[test]
fn a_transaction_left_open_over_shares_stops_nobody() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let expired = shared(&sam, "ann").await;
        let holder = world.recruit("holder", &["senior_agent"]).await;
        let own = share::add(&holder, &wanted(record(&sam).await, "id_number", "ann")).await.unwrap().0;
        world.superuser.execute("update sealdesk.share set until_at = now() where id = $1", &[&expired.0]).await.unwrap();
        let raw = world.raw("holder").await;
        raw.client.batch_execute("begin").await.unwrap();
        rows(&raw.client, "select from sealdesk_api.list_shares($1)", &[&raw.token]).await.unwrap();
        assert_eq!(outcome(&raw.client, WITHDRAW, &[&raw.token, &own.0]).await.unwrap(), "ok");
        let soon = Duration::from_secs(5);
        tokio::time::timeout(soon, share::list(&sam)).await.expect("the sweep passes over what is held").unwrap();
        tokio::time::timeout(soon, staff::disable(&world.officer, "holder")).await.expect("nobody escapes being disabled").unwrap();
        let ann = world.sign_in("ann").await;
        assert_eq!(refusal(world, &ann, own).await.as_deref(), Some("SD068"));
    });
}

#[test]
fn a_shared_value_is_that_of_the_version_that_was_shared() {
    attack(async |world| {
        let (sam, ann) = (sign_in(&world.config, "sam").await, sign_in(&world.config, "ann").await);
        let raw = world.sign_in("sam").await;
        let record = record(&sam).await;
        let (id, _) = share::add(&sam, &wanted(record, "phone", "ann")).await.unwrap();
        assert_eq!(raw.request_reveal(ticket(), record.0, "phone").await.unwrap(), "ok");
        let change = edit::Draft { values: [("phone".to_owned(), "13500135000".to_owned())].into() };
        edit::save(&sam, record, 1, &change).await.unwrap();
        assert_eq!(put(&raw, record, "phone", 1, "olga").await, "SD007", "what was revealed is not what is there");
        let opened = share::open(&ann, id).await.unwrap();
        assert_eq!(opened.value.expose(), "13600136000");
        assert_eq!((opened.version, opened.field_version), (1, Some(2)));
    });
}

#[test]
fn a_class_that_asks_for_a_fresh_code_asks_the_recipient_too() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let id = shared(&sam, "ann").await;
        let ann = world.sign_in("ann").await;
        let fresh = async |seconds: Option<i32>| {
            world.superuser.execute("update sealdesk.class set fresh_code_s = $1 where code = 'identity'", &[&seconds]).await.unwrap();
        };
        fresh(Some(60)).await;
        let refused = refusal(world, &ann, id).await;
        fresh(None).await;
        assert_eq!(refused.as_deref(), Some("SD023"));
    });
}

#[test]
fn a_recipient_with_a_right_on_the_class_spends_their_own_quota() {
    attack(async |world| {
        let (sam, ann) = (sign_in(&world.config, "sam").await, world.sign_in("ann").await);
        let record = record(&sam).await;
        let (contact, _) = share::add(&sam, &wanted(record, "phone", "ann")).await.unwrap();
        let (identity, _) = share::add(&sam, &wanted(record, "id_number", "ann")).await.unwrap();
        world.forget_quota().await;
        for id in [contact, identity] {
            assert_eq!(refusal(world, &ann, id).await, None);
        }
        assert_eq!(world.count("select sum(used)::bigint from sealdesk.quota_use").await, 1, "identity is not a class of an agent's");
        world.superuser.batch_execute("update sealdesk.quota_use set used = 1000").await.unwrap();
        let over = refusal(world, &ann, contact).await;
        world.forget_quota().await;
        assert_eq!(over.as_deref(), Some("SD004"));
    });
}
