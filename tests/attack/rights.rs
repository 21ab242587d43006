//! Doing what one's roles do not permit, or more of it than they permit.

use futures::future::join_all;
use sealdesk::service::staff;
use uuid::Uuid;

use crate::world::{Attacker, Parameters, Refused, World, attack, outcome, rows, ticket};

pub const VERIFIER: &str =
    "SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[test]
fn a_class_without_the_right_is_not_revealed() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for function in ["request_reveal", "request_history"] {
            let ticket = ticket();
            let sql = format!("select sealdesk_api.{function}($1, $2, $3, 'id_number', 'callback', null)");
            assert_eq!(outcome(&ann.client, &sql, &[&ann.token, &ticket, &world.records[0]]).await.unwrap(), "SD003");
            let collect = format!("select * from sealdesk_api.{}($1, $2)", function.replace("request", "collect"));
            assert_eq!(world.collect(&ann.client, &collect, &[&ann.token, &ticket]).await.unwrap_err().code, "SD003");
        }
    });
}

#[test]
fn a_view_hands_out_no_value_of_another_class() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let ticket = ticket();
        assert_eq!(sam.request_view(ticket, world.records[0]).await.unwrap(), "ok");
        let sql = "select field, masked from sealdesk_api.collect_view_fields($1, $2)";
        let shown = world.collect(&sam.client, sql, &[&sam.token, &ticket]).await.unwrap();
        assert_eq!(shown.len(), 3);
        for row in shown {
            let (field, masked): (&str, Option<Vec<u8>>) = (row.get(0), row.get(1));
            let same = "select count(*) from sealdesk.field_value where record = $1 and field = $2 and class <> 'basic' and value = $3";
            let leaked: i64 = world.superuser.query_one(same, &[&world.records[0], &field, &masked]).await.unwrap().get(0);
            assert_eq!(leaked, 0, "{field}");
        }
    });
}

#[test]
fn a_view_does_not_tell_whether_a_field_of_a_class_without_any_right_is_filled() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let without =
            "delete from sealdesk.right_slice r using sealdesk.person p where p.id = r.person and p.login = 'ann' and r.class = 'identity'";
        world.superuser.batch_execute(without).await.unwrap();
        let ticket = ticket();
        assert_eq!(ann.request_view(ticket, world.records[0]).await.unwrap(), "ok");
        let sql = "select field, class from sealdesk_api.collect_view_fields($1, $2)";
        let shown = world.collect(&ann.client, sql, &[&ann.token, &ticket]).await.unwrap();
        world.superuser.batch_execute("select sealdesk.derive_rights(id) from sealdesk.person where login = 'ann'").await.unwrap();
        let classes: Vec<&str> = shown.iter().map(|row| row.get(1)).collect();
        assert!(!classes.is_empty() && !classes.contains(&"identity"), "{classes:?}");
    });
}

#[test]
fn one_listing_is_good_for_one_page() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let ticket = ticket();
        let request = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', $2, 'number', 'after', null, null, 1)";
        assert_eq!(outcome(&ann.client, request, &[&ann.token, &ticket]).await.unwrap(), "ok");
        let collect = "select number from sealdesk_api.collect_list($1, $2)";
        for _ in 0..2 {
            let page = world.collect(&ann.client, collect, &[&ann.token, &ticket]).await.unwrap();
            assert_eq!(page.iter().map(|row| row.get(0)).collect::<Vec<i64>>(), [1]);
        }
        let further = "select number from sealdesk_api.collect_list($1, $2, 'number', 'after', null, 1, 200)";
        assert_eq!(world.collect(&ann.client, further, &[&ann.token, &ticket]).await.unwrap_err().code, "42883");
    });
}

#[test]
fn permission_is_judged_again_at_collection() {
    attack(async |world| {
        let olga = world.sign_in("olga").await;
        let sam = world.sign_in("sam").await;
        let (chains, value) = (ticket(), ticket());
        assert_eq!(outcome(&olga.client, "select sealdesk_api.request_verify($1, $2)", &[&olga.token, &chains]).await.unwrap(), "ok");
        assert_eq!(sam.request_reveal(value, world.records[0], "phone").await.unwrap(), "ok");
        staff::revoke(&world.officer, "olga", "auditor").await.unwrap();
        staff::revoke(&world.officer, "sam", "senior_agent").await.unwrap();
        let heads = world.collect(&olga.client, "select * from sealdesk_api.collect_heads($1, $2)", &[&olga.token, &chains]).await;
        let chain = "select * from sealdesk_api.collect_chain($1, $2, null, null, null, 100)";
        let chain = world.collect(&olga.client, chain, &[&olga.token, &chains]).await;
        let value = sam.collect_reveal(world, value).await;
        staff::grant(&world.officer, "olga", "auditor").await.unwrap();
        staff::grant(&world.officer, "sam", "senior_agent").await.unwrap();
        assert_eq!(value.unwrap_err().code, "SD003");
        assert_eq!(heads.err().map(|refused| refused.code).as_deref(), Some("SD003"), "heads");
        assert_eq!(chain.err().map(|refused| refused.code).as_deref(), Some("SD003"), "chain");
    });
}

#[test]
fn an_edit_without_the_right_is_refused_and_changes_nothing() {
    attack(async |world| {
        let state = "select sum(version)::bigint from sealdesk.record";
        let before = world.count(state).await;
        let ann = world.sign_in("ann").await;
        assert_eq!(edit(&ann, world.records[0], Some(1), "id_number").await.unwrap(), "SD003");
        let olga = world.sign_in("olga").await;
        for call in WRITES {
            assert_eq!(write(&olga, call, world.records[0]).await.unwrap(), "SD003", "{call}");
        }
        assert_eq!(world.count(state).await, before);
    });
}

#[test]
fn an_edit_without_a_version_is_not_an_edit_of_any_version() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        assert_eq!(edit(&sam, world.records[2], None, "phone").await.unwrap(), "SD007");
        assert_eq!(edit(&sam, world.records[2], Some(7), "phone").await.unwrap(), "SD007");
    });
}

#[test]
fn who_has_no_right_cannot_tell_whether_a_record_exists() {
    attack(async |world| {
        let (olga, ann) = (world.sign_in("olga").await, world.sign_in("ann").await);
        let (real, invented) = (world.records[0], ticket());
        for call in READS.iter().chain(WRITES) {
            assert_eq!(ask(&olga, call, real).await, ask(&olga, call, invented).await, "{call}");
        }
        // An agent may open records, but not this class: nothing about its values either.
        for call in &READS[1..3] {
            let call = call.replace("'phone'", "'id_number'");
            assert_eq!(ask(&ann, &call, real).await, ask(&ann, &call, invented).await, "{call}");
        }
    });
}

#[test]
fn a_refused_write_does_not_hold_the_record() {
    attack(async |world| {
        let olga = world.sign_in("olga").await;
        olga.client.batch_execute("begin").await.unwrap();
        for call in WRITES {
            assert_eq!(write(&olga, call, world.records[0]).await.unwrap(), "SD003");
        }
        let free = "select count(*) from (select from sealdesk.record where id = $1 for update skip locked) r";
        let free: i64 = world.superuser.query_one(free, &[&world.records[0]]).await.unwrap().get(0);
        olga.client.batch_execute("rollback").await.unwrap();
        assert_eq!(free, 1);
    });
}

#[test]
fn a_quota_is_never_exceeded_by_racing_for_it() {
    attack(async |world| {
        world.forget_quota().await;
        let before = granted(world).await;
        let mut racers = Vec::new();
        for _ in 0..5 {
            racers.push(world.sign_in("sam").await);
        }
        let answers = join_all(racers.iter().map(async |sam| {
            let mut granted = 0;
            for turn in 0..20 {
                let answer = sam.request_reveal(ticket(), world.records[turn % 3], "id_number").await.unwrap();
                assert!(answer == "ok" || answer == "SD004", "{answer}");
                granted += i64::from(answer == "ok");
            }
            granted
        }))
        .await;
        let counted = granted(world).await - before;
        world.forget_quota().await;
        assert_eq!(answers.iter().sum::<i64>(), counted);
        // An hour that ends in between gives a second quota.
        assert!(counted == 60 || counted > 60 && counted <= 100 && hour_turned(world).await, "{counted} of 60");
    });
}

async fn granted(world: &World) -> i64 {
    world
        .count(
            "select count(*) from sealdesk.audit_event where actor = 'sam' and action = 'reveal' and class = 'identity' and outcome = 'ok'",
        )
        .await
}

async fn hour_turned(world: &World) -> bool {
    world.count("select extract(minute from clock_timestamp())::bigint").await == 0
}

#[test]
fn a_unit_of_quota_is_spent_even_if_nothing_is_collected() {
    attack(async |world| {
        world.forget_quota().await;
        let sam = world.sign_in("sam").await;
        assert_eq!(sam.request_reveal(ticket(), world.records[0], "id_number").await.unwrap(), "ok");
        assert_eq!(world.count("select sum(used)::bigint from sealdesk.quota_use").await, 1);
        world.forget_quota().await;
    });
}

#[test]
fn staff_functions_refuse_who_does_not_manage_people() {
    attack(async |world| {
        let state = "select (select count(*) from sealdesk.person) * 1000 + (select count(*) from sealdesk.membership) * 100
                          + (select count(*) from sealdesk.person where state = 'active') * 10 + (select count(*) from sealdesk.wrapped_key)";
        let before = world.count(state).await;
        let code = |answer: Result<String, Refused>| answer.unwrap_or_else(|refused| refused.code);
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in ["staff_add($1, 'eve', $2, 'infinity', array['security_officer'])", "staff_set_code($1, 'officer', $2, 'infinity')"]
            {
                assert_eq!(
                    code(outcome(&who.client, &format!("select sealdesk_api.{call}"), &[&who.token, &VERIFIER]).await),
                    "SD003",
                    "{call}"
                );
            }
            for call in [
                "staff_disable($1, 'officer')".to_owned(),
                format!("role_grant($1, '{login}', 'security_officer')"),
                "role_grant($1, 'sam', 'supervisor')".to_owned(),
                "role_revoke($1, 'officer', 'security_officer')".to_owned(),
                format!("staff_confirm($1, '{login}', 1, '', '', '{login}', '')"),
                format!("put_wrap($1, '{login}', 1, 'security_officer', 1, '', '{login}', '')"),
                "staff_rename($1, 'sam', 'Sam')".to_owned(),
                "staff_sign_out($1, 'officer')".to_owned(),
                format!("staff_enable($1, 'officer', '{VERIFIER}', now())"),
                format!("put_officer($1, '{login}', 1, '', '', '')"),
                "role_allow($1, 'agent', 'payment', true, true, true, true, 1, '{}', '{}', '{}', '{}')".to_owned(),
            ] {
                assert_eq!(
                    code(outcome(&who.client, &format!("select sealdesk_api.{call}"), &[&who.token]).await),
                    "SD003",
                    "{login}: {call}"
                );
            }
            let enrol = "select sealdesk_api.enrol_complete($1, $2, $3, $4)";
            let parts: Parameters<'_> = &[&vec![0_u8; 1216], &vec![0_u8; 32], &vec![0_u8; 104], &VERIFIER];
            assert_eq!(outcome(&who.client, enrol, parts).await.unwrap(), "SD014");
        }
        let ann = world.sign_in("ann").await;
        for call in ["staff_list($1)", "role_grid($1)", "person_keys($1, 'sam')", "staff_sessions($1, 'sam')", "explain_access($1, 'sam')"]
        {
            let sql = format!("select * from sealdesk_api.{call}");
            assert_eq!(rows(&ann.client, &sql, &[&ann.token]).await.unwrap_err().code, "SD003", "{call}");
        }
        assert_eq!(world.count(state).await, before);
    });
}

#[test]
fn an_officer_gives_themselves_nothing() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        for call in
            ["role_grant($1, 'officer', 'senior_agent')", "role_revoke($1, 'officer', 'security_officer')", "staff_disable($1, 'officer')"]
        {
            assert_eq!(
                outcome(&officer.client, &format!("select sealdesk_api.{call}"), &[&officer.token]).await.unwrap(),
                "SD041",
                "{call}"
            );
        }
    });
}

#[test]
fn arrays_that_begin_anywhere_are_recorded_all_the_same() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let id = world.records[2];
        let version: i64 = world.count(&format!("select version from sealdesk.record where id = '{id}'")).await;
        // What is written opens for nobody, and later tests read everything.
        let keep = format!(
            "create temp table kept_record as select * from sealdesk.record where id = '{id}';
             create temp table kept_value as select * from sealdesk.field_value where record = '{id}'"
        );
        world.superuser.batch_execute(&keep).await.unwrap();
        let edit =
            "select outcome from sealdesk_api.put_edit($1, $2, $3, decode('00000001' || repeat('00', 56), 'hex'), '[300:300]={phone}', '[300:300]={1}', '[300:300]={1}',
                      array[decode('00000001' || repeat('00', 56), 'hex')], array[null::bytea], '{}', '{}', '[7:7]={email}')";
        assert_eq!(outcome(&sam.client, edit, &[&sam.token, &world.records[2], &version]).await.unwrap(), "ok");
        let search = "call sealdesk_api.ask_list($1, $2, '[300:300]={4711}', '[300:300]={0}', '[9:9]={3}', 'all', $2, 'recent', 'after', null, null, 50)";
        assert_eq!(outcome(&sam.client, search, &[&sam.token, &ticket()]).await.unwrap(), "ok");
        let details = "select details from sealdesk.audit_event where session = $1 and action = any ('{edit,search}') order by seq";
        let told: Vec<String> = world.superuser.query(details, &[&sam.session]).await.unwrap().iter().map(|row| row.get(0)).collect();
        assert!(told[0].contains("phone") && told[0].contains("email"), "{told:?}");
        assert!(told[1].contains("4711") && told[1].contains('3'), "{told:?}");
        let put_back = format!(
            "delete from sealdesk.field_value where record = '{id}'; insert into sealdesk.field_value select * from kept_value;
             delete from sealdesk.value_history where record = '{id}' and replaced_by = 'sam';
             update sealdesk.record r set summary = k.summary, tokens = k.tokens from kept_record k where k.id = r.id;
             drop table kept_record, kept_value"
        );
        world.superuser.batch_execute(&put_back).await.unwrap();
    });
}

#[test]
fn what_is_refused_cannot_fill_the_audit() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let long = "x".repeat(1_000_000);
        let names = vec![long.as_str(); 300];
        let add = "select sealdesk_api.staff_add($1, $2, $2, now(), $3)";
        assert_eq!(outcome(&ann.client, add, &[&ann.token, &long, &names]).await.unwrap(), "SD003");
        let edit = "select outcome from sealdesk_api.put_edit($1, $2, 1, null, $3, null, null, null, null, '{}', '{}', $3)";
        assert_eq!(outcome(&ann.client, edit, &[&ann.token, &world.records[0], &names]).await.unwrap(), "SD011");
        let audit = "select sealdesk_api.request_audit($1, $2, null, null, null, null, $3, null, null)";
        assert_eq!(outcome(&ann.client, audit, &[&ann.token, &ticket(), &long]).await.unwrap(), "SD011");
        let longest = format!("select max(octet_length(details))::bigint from sealdesk.audit_event where session = '{}'", ann.session);
        assert!(world.count(&longest).await < 60_000);
    });
}

#[test]
fn the_audit_shows_an_agent_only_their_own_events_and_an_auditor_all() {
    attack(async |world| {
        world.sign_in("sam").await;
        for (login, all) in [("ann", false), ("olga", true)] {
            let who = world.sign_in(login).await;
            let ticket = ticket();
            let request = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null)";
            assert_eq!(outcome(&who.client, request, &[&who.token, &ticket]).await.unwrap(), "ok");
            let collect = "select actor from sealdesk_api.collect_audit($1, $2, null, null, null, 1000)";
            let seen = world.collect(&who.client, collect, &[&who.token, &ticket]).await.unwrap();
            assert!(!seen.is_empty(), "{login} sees no event");
            assert_eq!(seen.iter().any(|row| row.get::<_, &str>(0) != login), all, "{login}");
            for following in [
                "select actor from sealdesk_api.follow_audit($1, $2, 0)",
                "select actor from sealdesk_api.collect_audit_newer($1, $2, '-infinity', '00000000-0000-0000-0000-000000000000', 0, 1000)",
                "select login from sealdesk_api.audit_sessions($1, $2, (select array_agg(session) from sealdesk_api.collect_audit($1, $2, null, null, null, 1000)))",
            ] {
                let seen = world.collect(&who.client, following, &[&who.token, &ticket]).await.unwrap();
                assert!(!seen.is_empty(), "{login} sees no event");
                assert_eq!(seen.iter().any(|row| row.get::<_, &str>(0) != login), all, "{login}: {following}");
            }
            // A feed of everybody's events is one or ends.
            let feed = "select actor from sealdesk_api.follow_audit($1, $2, 0, p_everything => true)";
            let fed =
                world.collect(&who.client, feed, &[&who.token, &ticket]).await.map(|rows| !rows.is_empty()).map_err(|refused| refused.code);
            assert_eq!(fed, if all { Ok(true) } else { Err("SD003".to_owned()) }, "{login}");
            assert_eq!(
                outcome(&who.client, "select sealdesk_api.request_verify($1, $2)", &[&who.token, &ticket]).await.unwrap() == "ok",
                all
            );
        }
    });
}

#[test]
fn who_a_foreign_session_belongs_to_is_not_told_to_an_agent() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let ticket = ticket();
        let request = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null)";
        assert_eq!(outcome(&ann.client, request, &[&ann.token, &ticket]).await.unwrap(), "ok");
        let foreign = sam.session;
        let asked = world
            .collect(
                &ann.client,
                "select login from sealdesk_api.audit_sessions($1, $2, array[$3::uuid])",
                &[&ann.token, &ticket, &foreign],
            )
            .await;
        assert!(asked.unwrap().is_empty());
    });
}

#[test]
fn which_record_numbers_exist_is_told_only_to_who_reads_the_whole_audit() {
    attack(async |world| {
        let request = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null, $3::text::bigint)";
        for (login, number, answer) in [("ann", "1", "ok"), ("ann", "999999999", "ok"), ("olga", "1", "ok"), ("olga", "999999999", "SD006")]
        {
            let who = world.sign_in(login).await;
            assert_eq!(outcome(&who.client, request, &[&who.token, &ticket(), &number]).await.unwrap(), answer, "{login} {number}");
        }
    });
}

/// The record is `$3`, a fresh ticket `$2`.
const READS: &[&str] = &[
    "request_view($1, $2, $3)",
    "request_reveal($1, $2, $3, 'phone', 'callback', null)",
    "request_history($1, $2, $3, 'phone', 'callback', null)",
    "request_notes($1, $2, $3)",
];

const WRITES: &[&str] = &[
    "put_edit($1, $3, 1, decode('00000001' || repeat('00', 56), 'hex'), array['phone'], array[1], array[1], array[decode('00000001' || repeat('00', 56), 'hex')], array[null::bytea], '{}', '{}', '{}')",
    "put_record($1, $3, decode('00000001' || repeat('00', 56), 'hex'), array['name'], array[1], array[1], array[decode('00000001' || repeat('00', 56), 'hex')], array[null::bytea], '{}', '{}')",
    "put_note($1, $3, $2, decode('00000001' || repeat('00', 56), 'hex'))",
    "put_delete($1, $3, 1)",
    "put_undelete($1, $3, 1)",
];

/// Everything the caller is told: the whole row as text, or the error.
async fn ask(who: &Attacker, call: &str, record: Uuid) -> Result<String, Refused> {
    outcome(
        &who.client,
        &format!("select (select r::text from sealdesk_api.{call} r), $2::uuid is null"),
        &[&who.token, &ticket(), &record],
    )
    .await
}

async fn write(who: &Attacker, call: &str, record: Uuid) -> Result<String, Refused> {
    let row = ask(who, call, record).await?;
    Ok(row.trim_matches(|c| c == '(' || c == ')').split(',').next().unwrap_or_default().to_owned())
}

async fn edit(who: &Attacker, record: Uuid, version: Option<i64>, field: &str) -> Result<String, Refused> {
    // Under epoch 1.
    let bytes = [&[0_u8, 0, 0, 1][..], &[0; 56]].concat();
    outcome(
        &who.client,
        "select outcome from sealdesk_api.put_edit($1, $2, $3, $4, array[$5::text], array[1], array[1], array[$4::bytea], array[null::bytea], '{}', '{}', '{}')",
        &[&who.token, &record, &version, &bytes, &field],
    )
    .await
}
