//! Records above one's clearance: nothing that a person can call tells one from a record that does not exist.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::world::{Answer, Attacker, Refused, World, attack, outcome, rows, ticket};

/// The token of the sensitive record's name, which no other record has.
const TOKEN: i64 = 471_100_815;
const NOWHERE: i64 = 999_999_999;

const CLEAR: &str = "select sealdesk_api.staff_clear($1, $2, $3, $4)";
const LABEL: &str = "select outcome from sealdesk_api.put_label($1, $2, $3, $4, $5)";

/// A record of level `sensitive` in compartment `vip`, at version 1, with a note; Sam is cleared for it.
struct Sensitive {
    id: Uuid,
    number: i64,
    sam: Attacker,
}

async fn with_sensitive(world: &World, test: impl AsyncFnOnce(&Sensitive)) {
    clear(world, "sam", 1, &["vip"]).await;
    let sam = world.sign_in("sam").await;
    let id = ticket();
    assert_eq!(create(&sam, id, 1, &["vip"]).await.unwrap(), "ok");
    let note = "select sealdesk_api.put_note($1, $2, $3, decode('00000001' || repeat('00', 56), 'hex'))";
    assert_eq!(outcome(&sam.client, note, &[&sam.token, &id, &ticket()]).await.unwrap(), "ok");
    let number = world.count(&format!("select number from sealdesk.record where id = '{id}'")).await;
    let sensitive = Sensitive { id, number, sam };
    test(&sensitive).await;
    let remove = format!(
        "delete from sealdesk.note where record = '{id}'; delete from sealdesk.star where record = '{id}';
         delete from sealdesk.value_history where record = '{id}'; delete from sealdesk.field_value where record = '{id}';
         delete from sealdesk.record where id = '{id}'; update sealdesk.person set clearance = 0, compartments = '{{}}'"
    );
    world.superuser.batch_execute(&remove).await.unwrap();
}

async fn create(who: &Attacker, id: Uuid, rank: i16, compartments: &[&str]) -> Answer<String> {
    outcome(
        &who.client,
        "select outcome from sealdesk_api.put_record($1, $2, decode('00000001' || repeat('00', 56), 'hex'), '{name,phone}', '{1,1}', '{1,1}',
           array_fill(decode('00000001' || repeat('00', 56), 'hex'), '{2}'), array[null::bytea, null], '{name}', array[$3::bigint], $4, $5)",
        &[&who.token, &id, &TOKEN, &rank, &compartments],
    )
    .await
}

async fn clear(world: &World, login: &str, rank: i16, compartments: &[&str]) {
    let officer = world.sign_in("officer").await;
    assert_eq!(outcome(&officer.client, CLEAR, &[&officer.token, &login, &rank, &compartments]).await.unwrap(), "ok");
}

/// Puts a label on without anybody's permission.
async fn label(world: &World, record: Uuid, rank: i16) {
    let sql = format!("update sealdesk.record set label = {rank}, compartments = '{{}}', labelled = {} where id = '{record}'", rank > 0);
    world.superuser.batch_execute(&sql).await.unwrap();
}

/// Everything the caller is told: all rows as text, or the error.
async fn ask(who: &Attacker, call: &str, ticket: Uuid, record: Uuid) -> Result<String, Refused> {
    let sql =
        format!("select coalesce((select string_agg(r::text, ';') from sealdesk_api.{call} r), ''), $2::uuid is null, $3::uuid is null");
    outcome(&who.client, &sql, &[&who.token, &ticket, &record]).await
}

/// Ids found, and the count that is told with them.
async fn list(world: &World, who: &Attacker, tokens: &[i64], numbers: &[i64], view: &str) -> (Vec<Uuid>, i64) {
    let ticket = ticket();
    let groups = vec![0; tokens.len()];
    let request = "call sealdesk_api.ask_list($1, $2, $3, $4, $5, $6, $2, 'number', 'before', null, null, 200)";
    assert_eq!(outcome(&who.client, request, &[&who.token, &ticket, &tokens, &groups, &numbers, &view]).await.unwrap(), "ok");
    let found =
        world.collect(&who.client, "select id, total from sealdesk_api.collect_list($1, $2)", &[&who.token, &ticket]).await.unwrap();
    (found.iter().map(|row| row.get(0)).collect(), found.first().map_or(0, |row| row.get(1)))
}

/// The record is `$3`, a fresh ticket `$2`.
const CALLS: &[&str] = &[
    "request_view($1, $2, $3)",
    "request_reveal($1, $2, $3, 'phone', 'callback', null)",
    "request_reveal($1, $2, $3, 'card', 'callback', null)",
    "request_history($1, $2, $3, 'phone', 'callback', null)",
    "request_notes($1, $2, $3)",
    "record_copy($1, $3, 'phone')",
    "peek($1, array[$3])",
    "record_events($1, $3, 200)",
    "put_star($1, $3, true)",
    "put_star($1, $3, false)",
    "put_edit($1, $3, 1, decode('00000001' || repeat('00', 56), 'hex'), array['phone'], array[1], array[1], array[decode('00000001' || repeat('00', 56), 'hex')], array[null::bytea], '{}', '{}', '{}')",
    "put_note($1, $3, $2, decode('00000001' || repeat('00', 56), 'hex'))",
    "put_share($1, '00000000-0000-0000-0000-000000000001', $3, 'phone', 1, 'sam', 'infinity', 'callback', null, '', '')",
    "put_owner($1, $3, 'ann')",
    "put_delete($1, $3, 1)",
    "put_undelete($1, $3, 1)",
    "put_label($1, $3, 1, 0::smallint, '{}')",
    "label_preview($1, $3, 0::smallint, '{}')",
    "request_view($1, $2, $3, true)",
    "request_audit($1, $2, null, null, $3, null, null, null, null)",
];

const COLLECTIONS: &[(&str, &str)] = &[
    ("request_view($1, $2, $3)", "collect_view($1, $2)"),
    ("request_view($1, $2, $3)", "collect_view_fields($1, $2)"),
    ("request_reveal($1, $2, $3, 'phone', 'callback', null)", "collect_reveal($1, $2)"),
    ("request_history($1, $2, $3, 'phone', 'callback', null)", "collect_history($1, $2)"),
    ("request_notes($1, $2, $3)", "collect_notes($1, $2)"),
];

#[test]
fn every_call_answers_for_a_record_above_ones_clearance_as_for_one_that_does_not_exist() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            for call in CALLS {
                let told = async |record: Uuid| {
                    let before = last_event(world, &ann).await;
                    let answer = ask(&ann, call, ticket(), record).await;
                    (answer, events_after(world, &ann, before).await.replace(&record.to_string(), "record"))
                };
                assert_eq!(told(sensitive.id).await, told(Uuid::nil()).await, "{call}");
            }
            for (request, collection) in COLLECTIONS {
                let mut answers = Vec::new();
                for record in [sensitive.id, Uuid::nil()] {
                    let ticket = ticket();
                    assert_eq!(ask(&ann, request, ticket, record).await.unwrap(), "SD006");
                    answers.push(ask(&ann, collection, ticket, record).await);
                }
                assert_eq!(answers[0], answers[1], "{collection}");
                assert!(answers[0].is_err(), "{collection}");
            }
            for call in
                ["explain_access($1, 'ann', NUMBER, 'phone')", "request_audit($1, $2, null, null, null, null, null, null, null, NUMBER)"]
            {
                let by = |number: i64| call.replace("NUMBER", &number.to_string());
                let there = ask(&ann, &by(sensitive.number), ticket(), Uuid::nil()).await.unwrap();
                assert_eq!(there, ask(&ann, &by(NOWHERE), ticket(), Uuid::nil()).await.unwrap(), "{call}");
            }
            let state = format!("select version * 10 + (deleted_at is not null)::int from sealdesk.record where id = '{}'", sensitive.id);
            assert_eq!(world.count(&state).await, 10, "nothing was changed");
        })
        .await;
    });
}

async fn last_event(world: &World, who: &Attacker) -> i64 {
    world.count(&format!("select seq from sealdesk.session_head where session = '{}'", who.session)).await
}

/// What the caller's events tell, but for the ticket and the time.
async fn events_after(world: &World, who: &Attacker, seq: i64) -> String {
    let sql = "select coalesce(string_agg(concat_ws('|', action, outcome, record, field, class, version, reason, reference, details), ';' order by seq), '')
                 from sealdesk.audit_event where session = $1 and seq > $2";
    world.superuser.query_one(sql, &[&who.session, &seq]).await.unwrap().get(0)
}

#[test]
fn an_id_that_is_taken_is_answered_alike_whether_or_not_one_may_know_the_record() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            for id in [sensitive.id, world.records[0]] {
                assert_eq!(create(&ann, id, 0, &[]).await.unwrap(), "SD007");
            }
        })
        .await;
    });
}

#[test]
fn no_list_search_or_count_has_a_record_above_ones_clearance() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            for (tokens, numbers) in [(vec![TOKEN], vec![]), (vec![], vec![sensitive.number]), (vec![TOKEN], vec![sensitive.number])] {
                assert_eq!(list(world, &ann, &tokens, &numbers, "all").await, (vec![], 0));
                assert_eq!(list(world, &sensitive.sam, &tokens, &numbers, "all").await, (vec![sensitive.id], 1));
            }
            let (all, total) = list(world, &sensitive.sam, &[], &[], "all").await;
            assert!(all.contains(&sensitive.id));
            let (fewer, less) = list(world, &ann, &[], &[], "all").await;
            assert_eq!((fewer.len(), less), (all.len() - 1, total - 1), "counted as if it were not there");
            assert!(!fewer.contains(&sensitive.id));

            // What was opened, starred, changed and deleted while it was open to everybody.
            label(world, sensitive.id, 0).await;
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap(), "ok");
            assert_eq!(ask(&ann, "put_star($1, $3, true)", ticket(), sensitive.id).await.unwrap(), "ok");
            let deleted = ask(&ann, "put_delete($1, $3, 1)", ticket(), sensitive.id).await.unwrap();
            assert!(deleted.starts_with("(ok"), "{deleted}");
            assert!(list(world, &ann, &[], &[], "deleted").await.0.contains(&sensitive.id));
            label(world, sensitive.id, 1).await;
            assert!(!list(world, &ann, &[], &[], "deleted").await.0.contains(&sensitive.id));
            world.superuser.execute("update sealdesk.record set deleted_at = null where id = $1", &[&sensitive.id]).await.unwrap();
            for view in ["recent", "mine", "starred", "all"] {
                let (found, total) = list(world, &ann, &[], &[], view).await;
                assert!(!found.contains(&sensitive.id), "{view}");
                assert_eq!(i64::try_from(found.len()).unwrap(), total, "{view}");
            }
            let starred = rows(&ann.client, "select record from sealdesk_api.list_stars($1)", &[&ann.token]).await.unwrap();
            assert!(!starred.iter().any(|row| row.get::<_, Uuid>(0) == sensitive.id));
            label(world, sensitive.id, 0).await;
            assert!(list(world, &ann, &[], &[], "starred").await.0.contains(&sensitive.id), "and there again");
        })
        .await;
    });
}

#[test]
fn a_record_that_is_labelled_after_the_request_is_not_handed_out() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            label(world, sensitive.id, 0).await;
            let ann = world.sign_in("ann").await;
            let mut open = Vec::new();
            for (request, collection) in COLLECTIONS {
                let ticket = ticket();
                assert_eq!(ask(&ann, request, ticket, sensitive.id).await.unwrap(), "ok", "{request}");
                open.push((ticket, format!("select * from sealdesk_api.{collection}")));
            }
            let page = ticket();
            let request =
                "call sealdesk_api.ask_list($1, $2, array[$3::bigint], '{0}', '{}', 'all', $2, 'number', 'after', null, null, 50)";
            assert_eq!(outcome(&ann.client, request, &[&ann.token, &page, &TOKEN]).await.unwrap(), "ok");
            let events = "select session from sealdesk_api.record_events($1, $2, 50)";
            assert!(!world.collect(&ann.client, events, &[&ann.token, &sensitive.id]).await.unwrap().is_empty());
            label(world, sensitive.id, 1).await;
            for (ticket, collection) in open {
                let refused = world.collect(&ann.client, &collection, &[&ann.token, &ticket]).await.expect_err(&collection);
                assert!(["SD003", "SD006"].contains(&refused.code.as_str()), "{collection}: {refused:?}");
            }
            let found = world.collect(&ann.client, "select id from sealdesk_api.collect_list($1, $2)", &[&ann.token, &page]).await.unwrap();
            assert!(found.is_empty());
            assert!(world.collect(&ann.client, events, &[&ann.token, &sensitive.id]).await.unwrap().is_empty(), "its strip of events");
        })
        .await;
    });
}

/// Events that a filter finds: actor, action, record, number, field, details.
async fn audit(
    world: &World,
    who: &Attacker,
    filter: &str,
) -> Vec<(String, String, Option<Uuid>, Option<i64>, Option<String>, Option<String>)> {
    let ticket = ticket();
    let request = format!("select sealdesk_api.request_audit($1, $2, {filter})");
    assert_eq!(outcome(&who.client, &request, &[&who.token, &ticket]).await.unwrap(), "ok", "{filter}");
    let mut pages = Vec::new();
    for collection in [
        "collect_audit($1, $2, null, null, null, 1000)",
        "collect_audit_newer($1, $2, now() - interval '10 min', '00000000-0000-0000-0000-000000000000', 0, 1000)",
        "follow_audit($1, $2, 0)",
    ] {
        let sql = format!(
            "select actor, action, record, record_number, field, details from sealdesk_api.{collection} where session is not null and at > now() - interval '10 min'"
        );
        let page = world.collect(&who.client, &sql, &[&who.token, &ticket]).await.unwrap();
        let mut page: Vec<_> = page.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5))).collect();
        page.sort();
        pages.push(page);
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "the three ways of reading tell the same");
    pages.swap_remove(0)
}

#[test]
fn the_audit_tells_who_is_not_cleared_that_somebody_did_something_and_not_with_what() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let id = sensitive.id;
            // Not what other attacks have revealed before.
            let since: String = world.superuser.query_one("select clock_timestamp()::text", &[]).await.unwrap().get(0);
            assert_eq!(sensitive.sam.request_reveal(ticket(), id, "phone").await.unwrap(), "ok");
            let seen = async |who: &Attacker| audit(world, who, &format!("'sam', 'reveal', null, null, null, '{since}', null")).await;
            let olga = world.sign_in("olga").await;
            let withheld = seen(&olga).await;
            assert!(!withheld.is_empty());
            for (_, _, record, number, field, details) in &withheld {
                assert_eq!((record, number, field, details.as_deref()), (&None, &None, &None, Some("{\"withheld\":true}")));
            }
            // Nor do filters find what is withheld.
            for filter in
                [format!("null, null, '{id}', null, null, null, null"), format!("'sam', 'reveal', null, null, 'phone', '{since}', null")]
            {
                assert!(audit(world, &olga, &filter).await.iter().all(|event| event.0 == "olga"), "{filter}");
            }
            let by_number = |number: i64| format!("request_audit($1, $2, null, null, null, null, null, null, null, {number})");
            for number in [sensitive.number, NOWHERE] {
                assert_eq!(ask(&olga, &by_number(number), ticket(), id).await.unwrap(), "SD006");
            }
        })
        .await;
    });
}

#[test]
fn who_is_cleared_reads_the_whole_event_and_which_record_they_looked_for_is_kept_from_others() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let id = sensitive.id;
            assert_eq!(sensitive.sam.request_reveal(ticket(), id, "phone").await.unwrap(), "ok");
            clear(world, "olga", 2, &["vip", "staff"]).await;
            let olga = world.sign_in("olga").await;
            let of_record = audit(world, &olga, &format!("'sam', 'reveal', '{id}', null, 'phone', null, null")).await;
            assert_eq!(of_record.len(), 1);
            assert_eq!((of_record[0].2, of_record[0].3, of_record[0].4.as_deref()), (Some(id), Some(sensitive.number), Some("phone")));
            let by_number = format!("request_audit($1, $2, null, null, null, null, null, null, null, {})", sensitive.number);
            assert_eq!(ask(&olga, &by_number, ticket(), id).await.unwrap(), "ok");
            let officer = world.sign_in("officer").await;
            let looked = audit(world, &officer, "'olga', 'audit', null, null, null, now() - interval '1 min', null").await;
            assert!(looked.iter().any(|event| event.5.as_deref() == Some("{\"withheld\":true}")));
            let names = |details: &str| [',', '}'].iter().any(|end| details.contains(&format!("\"number\":{}{end}", sensitive.number)));
            assert!(looked.iter().all(|event| event.2.is_none() && !names(event.5.as_deref().unwrap_or_default())));
        })
        .await;
    });
}

#[test]
fn ones_own_events_keep_the_id_that_one_gave_and_tell_no_number() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            let ids = [sensitive.id, ticket()];
            for id in ids {
                assert_eq!(ann.request_view(ticket(), id).await.unwrap(), "SD006");
            }
            let events = audit(world, &ann, "'ann', 'view', null, null, null, now() - interval '1 min', null").await;
            for id in ids {
                let of: Vec<_> = events.iter().filter(|event| event.2 == Some(id)).collect();
                assert!(!of.is_empty() && of.iter().all(|event| event.3.is_none() && event.5.is_none()), "{of:?}");
            }
        })
        .await;
    });
}

#[test]
fn a_label_is_given_within_ones_clearance_and_lowered_by_who_may_declassify() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            let none: &[&str] = &[];
            let put = async |who: &Attacker, record: Uuid, version: i64, rank: i16, compartments: &[&str]| {
                outcome(&who.client, LABEL, &[&who.token, &record, &version, &rank, &compartments]).await.unwrap()
            };
            let open = world.records[1];
            let version = world.count(&format!("select version from sealdesk.record where id = '{open}'")).await;
            assert_eq!(put(&ann, open, version, 1, none).await, "SD060");
            assert_eq!(put(&ann, open, version, 0, &["vip"]).await, "SD060");
            for (rank, compartments) in [(99, none), (-1, none), (0, &["nobody"][..])] {
                assert_eq!(put(&ann, open, version, rank, compartments).await, "SD061");
                assert_eq!(create(&ann, ticket(), rank, compartments).await.unwrap(), "SD061");
            }
            assert_eq!(create(&ann, ticket(), 1, none).await.unwrap(), "SD060");
            let sam = &sensitive.sam;
            assert_eq!(put(sam, sensitive.id, 1, 2, &["vip"]).await, "SD060", "above himself");
            assert_eq!(put(sam, sensitive.id, 1, 1, &["staff", "vip"]).await, "SD060");
            assert_eq!(put(sam, sensitive.id, 7, 1, &["vip"]).await, "SD007");
            for (rank, compartments) in [(0, &["vip"][..]), (1, none), (0, none)] {
                assert_eq!(put(sam, sensitive.id, 1, rank, compartments).await, "SD062");
            }
            let may = |capabilities| format!("update sealdesk.application_role set capabilities = '{capabilities}' where code = 'senior_agent'");
            world.superuser.batch_execute(&may("{share,declassify}")).await.unwrap();
            let lowered = put(sam, sensitive.id, 1, 0, none).await;
            world.superuser.batch_execute(&may("{share}")).await.unwrap();
            assert_eq!(lowered, "ok");
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap(), "ok", "there for everybody again");
            assert_eq!(put(sam, sensitive.id, 2, 1, &["vip", "vip"]).await, "ok", "raising needs no more than editing");
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap(), "SD006");
            let olga = world.sign_in("olga").await;
            assert_eq!(put(&olga, sensitive.id, 3, 0, none).await, "SD003");
            let told = "select string_agg(details, ' ' order by seq) from sealdesk.audit_event where action = 'label' and outcome = 'ok' and record = $1";
            let told: String = world.superuser.query_one(told, &[&sensitive.id]).await.unwrap().get(0);
            assert!(told.contains("sensitive") && told.contains("vip") && told.contains("normal"), "{told}");
        })
        .await;
    });
}

#[test]
fn a_clearance_is_given_by_who_manages_people_and_never_to_oneself() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let officer = world.sign_in("officer").await;
            let put = async |who: &Attacker, login: &str, rank: i16, compartments: Option<&[&str]>| {
                outcome(&who.client, CLEAR, &[&who.token, &login, &rank, &compartments]).await.unwrap()
            };
            for login in ["ann", "sam", "olga"] {
                let who = world.sign_in(login).await;
                assert_eq!(put(&who, "ann", 3, Some(&[])).await, "SD003", "{login}");
            }
            assert_eq!(put(&officer, "officer", 3, Some(&[])).await, "SD041");
            assert_eq!(put(&officer, "nobody", 1, Some(&[])).await, "SD011");
            assert_eq!(put(&officer, "ann", 99, Some(&[])).await, "SD061");
            assert_eq!(put(&officer, "ann", 1, Some(&["nobody"])).await, "SD061");
            assert_eq!(put(&officer, "ann", 1, None).await, "SD061");
            assert_eq!(put(&officer, "ann", 3, Some(&["staff"])).await, "ok");
            let ann = world.sign_in("ann").await;
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap(), "SD006", "every compartment is needed, whatever the level");
            assert_eq!(put(&officer, "ann", 1, Some(&["vip", "staff"])).await, "ok");
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap_err().code, "SD002", "who lost a level signs in again");
            let ann = world.sign_in("ann").await;
            assert_eq!(ann.request_view(ticket(), sensitive.id).await.unwrap(), "ok");
        })
        .await;
    });
}

#[test]
fn levels_and_compartments_are_for_who_manages_policy_and_no_level_changes_its_rank() {
    attack(async |world| {
        let put = async |who: &Attacker, code: &str, rank: Option<i16>, name: &str| {
            let sql = "select sealdesk_api.clearance_put($1, $2, $3, $4, $4)";
            outcome(&who.client, sql, &[&who.token, &code, &rank, &name]).await.unwrap()
        };
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            assert_eq!(put(&who, "press", None, "press").await, "SD003");
            assert_eq!(put(&who, "normal", Some(0), "public").await, "SD003");
        }
        let officer = world.sign_in("officer").await;
        for (code, rank) in [("secret", 2), ("cosmic", 3), ("cosmic", 101), ("cosmic", -1), ("normal", 9)] {
            assert_eq!(put(&officer, code, Some(rank), "x").await, "SD064", "{code} {rank}");
        }
        for (code, name) in [("Press", "press"), ("p; drop", "press"), ("press", ""), ("press", &"x".repeat(1000))] {
            assert_eq!(put(&officer, code, None, name).await, "SD070", "{code}");
        }
        assert_eq!(put(&officer, "press", None, "press").await, "ok");
        assert_eq!(put(&officer, "cosmic", Some(9), "cosmic").await, "ok");
        world
            .superuser
            .batch_execute("delete from sealdesk.compartment where code = 'press'; delete from sealdesk.clearance_level where rank = 9")
            .await
            .unwrap();
    });
}

#[test]
fn names_of_levels_and_compartments_are_for_who_has_or_gives_them() {
    attack(async |world| {
        let names = "select string_agg(code, ',') from sealdesk_api.list_clearances($1)";
        let ann = world.sign_in("ann").await;
        assert_eq!(outcome(&ann.client, names, &[&ann.token]).await.unwrap(), "normal");
        let officer = world.sign_in("officer").await;
        assert_eq!(outcome(&officer.client, names, &[&officer.token]).await.unwrap(), "normal,sensitive,restricted,secret,staff,vip");
    });
}

#[test]
fn the_time_of_an_answer_does_not_tell_a_hidden_record_from_a_missing_one() {
    attack(async |world| {
        with_sensitive(world, async |sensitive| {
            let ann = world.sign_in("ann").await;
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..200 {
                for (times, record) in times.iter_mut().zip([sensitive.id, ticket()]) {
                    let begun = Instant::now();
                    assert_eq!(ann.request_view(ticket(), record).await.unwrap(), "SD006");
                    times.push(begun.elapsed());
                }
            }
            let [hidden, missing] = times.map(|mut times| {
                times.sort();
                times[times.len() / 2]
            });
            let apart = hidden.abs_diff(missing);
            assert!(apart < missing / 2 || apart < Duration::from_micros(200), "{hidden:?} and {missing:?}");
        })
        .await;
    });
}
