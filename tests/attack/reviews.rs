//! Access reviews, duties kept apart, and findings: who may answer about whom, once, in time, and never about themselves.

use sealdesk::service::staff;
use tokio_postgres::Row;

use crate::{
    rights::VERIFIER,
    world::{Attacker, World, attack, outcome, rows},
};

const DECIDE: &str = "select sealdesk_api.review_decide($1, $2, $3, $4, $5, $6)";

/// A campaign of the officer's, due in a week.
async fn start(world: &World, roles: &[&str], reviewers: &[&str], unanswered: &str) -> i32 {
    let officer = world.sign_in("officer").await;
    let sql = "select outcome, number from sealdesk_api.review_start($1, 'Review', $2, $3, now() + interval '7 days', $4, null)";
    let found = rows(&officer.client, sql, &[&officer.token, &roles, &reviewers, &unanswered]).await.unwrap();
    assert_eq!(found[0].get::<_, String>(0), "ok");
    found[0].get(1)
}

async fn decide(who: &Attacker, campaign: i32, login: &str, role: &str, decision: &str) -> String {
    outcome(&who.client, DECIDE, &[&who.token, &campaign, &login, &role, &decision, &"as it should be"]).await.unwrap()
}

async fn items(who: &Attacker, campaign: i32) -> Vec<Row> {
    let sql = "select login, role, answerable, decision, used, peers_median, would_fail, decided_by from sealdesk_api.review_items($1, $2)";
    rows(&who.client, sql, &[&who.token, &campaign]).await.unwrap()
}

async fn make_due(world: &World, campaign: i32) {
    let sql = "update sealdesk.review_campaign set due_at = now() - interval '1 min' where number = $1";
    world.superuser.execute(sql, &[&campaign]).await.unwrap();
}

async fn forget(world: &World) {
    world
        .superuser
        .batch_execute("delete from sealdesk.review_event; delete from sealdesk.review_item; delete from sealdesk.review_reviewer; delete from sealdesk.review_campaign")
        .await
        .unwrap();
}

/// Whether somebody has a role and its key.
async fn holds(world: &World, login: &str, role: &str) -> (bool, bool) {
    let sql =
        "select exists (select from sealdesk.membership m join sealdesk.person p on p.id = m.person where p.login = $1 and m.role = $2),
                      exists (select from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = $1 and subject = $2)";
    let row = world.superuser.query_one(sql, &[&login, &role]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn findings(who: &Attacker, kind: &str) -> Vec<(String, String, Option<String>)> {
    let sql = "select severity, coalesce(login, ''), role from sealdesk_api.findings($1) where kind = $2";
    let found = rows(&who.client, sql, &[&who.token, &kind]).await.unwrap();
    found.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
fn who_is_neither_reviewer_nor_officer_sees_and_answers_nothing() {
    attack(async |world| {
        let campaign = start(world, &["agent", "senior_agent"], &["olga"], "revoke").await;
        let sam = world.sign_in("sam").await;
        assert!(rows(&sam.client, "select * from sealdesk_api.review_list($1)", &[&sam.token]).await.unwrap().is_empty());
        for call in ["review_items($1, $2)", "review_events($1, $2)"] {
            let sql = format!("select * from sealdesk_api.{call}");
            assert_eq!(rows(&sam.client, &sql, &[&sam.token, &campaign]).await.unwrap_err().code, "SD094", "{call}");
        }
        for call in ["findings($1)", "duty_list($1)"] {
            let sql = format!("select * from sealdesk_api.{call}");
            assert_eq!(rows(&sam.client, &sql, &[&sam.token]).await.unwrap_err().code, "SD003", "{call}");
        }
        for campaign in [campaign, 4_711] {
            assert_eq!(decide(&sam, campaign, "ann", "agent", "revoke").await, "SD094");
        }
        for (call, who) in [
            ("review_stop($1, 1)", "sam"),
            ("review_stop($1, 1)", "olga"),
            ("duty_add($1, 'audit_all', 'manage_people', 'a', 'b')", "olga"),
            ("duty_remove($1, 'audit_all', 'run_backups')", "olga"),
            ("review_start($1, 'Mine', '{}', '{olga}', now() + interval '7 days', 'revoke', null)", "olga"),
        ] {
            let who = world.sign_in(who).await;
            let sql = format!("select (select o::text from sealdesk_api.{call} o)");
            assert!(outcome(&who.client, &sql, &[&who.token]).await.unwrap().contains("SD003"), "{call}");
        }
        // Who manages people looks at it, but a reviewer is there to answer.
        let officer = world.sign_in("officer").await;
        let grants = "select count(*) from sealdesk.membership m join sealdesk.person p on p.id = m.person
                       where p.state = 'active' and m.role in ('agent', 'senior_agent')";
        assert_eq!(i64::try_from(items(&officer, campaign).await.len()).unwrap(), world.count(grants).await);
        assert_eq!(decide(&officer, campaign, "ann", "agent", "keep").await, "SD094");
        assert_eq!(holds(world, "ann", "agent").await, (true, true));
        forget(world).await;
    });
}

#[test]
fn nobody_reviews_their_own_roles() {
    attack(async |world| {
        let campaign = start(world, &[], &["sam", "officer"], "escalate").await;
        for (login, role) in [("sam", "senior_agent"), ("officer", "security_officer")] {
            let who = world.sign_in(login).await;
            for decision in ["keep", "revoke"] {
                assert_eq!(decide(&who, campaign, login, role, decision).await, "SD090", "{login} {decision}");
            }
            let own = items(&who, campaign).await.into_iter().find(|row| row.get::<_, String>(0) == login).unwrap();
            assert!(!own.get::<_, bool>(2));
        }
        let sam = world.sign_in("sam").await;
        assert_eq!(decide(&sam, campaign, "officer", "security_officer", "revoke").await, "SD040");
        assert_eq!(decide(&sam, campaign, "officer", "security_officer", "keep").await, "ok");
        forget(world).await;
    });
}

#[test]
fn a_grant_is_answered_once_and_doubt_may_come_later() {
    attack(async |world| {
        world.recruit("rosa", &["supervisor"]).await;
        let campaign = start(world, &["supervisor"], &["olga"], "escalate").await;
        let olga = world.sign_in("olga").await;
        let sql = "select sealdesk_api.review_decide($1, $2, 'rosa', 'supervisor', $3, $4, $5)";
        for (decision, comment, new_role) in [
            ("revoke", " ", None),
            ("change", "less will do", None),
            ("change", "less will do", Some("supervisor")),
            ("change", "less will do", Some("nothing")),
            ("keep", "", Some("agent")),
            ("burn", "x", None),
        ] {
            let answer = outcome(&olga.client, sql, &[&olga.token, &campaign, &decision, &comment, &new_role]).await.unwrap();
            assert_eq!(answer, "SD011", "{decision} {comment} {new_role:?}");
        }
        assert_eq!(decide(&olga, campaign, "rosa", "agent", "keep").await, "SD095");
        assert_eq!(decide(&olga, campaign, "nobody", "supervisor", "keep").await, "SD095");
        assert_eq!(decide(&olga, campaign, "rosa", "supervisor", "keep").await, "ok");
        assert_eq!(decide(&olga, campaign, "rosa", "supervisor", "keep").await, "SD091");
        let changed: (&str, &str, Option<&str>) = ("change", "less will do", Some("agent"));
        let parameters: crate::world::Parameters<'_> = &[&olga.token, &campaign, &changed.0, &changed.1, &changed.2];
        assert_eq!(outcome(&olga.client, sql, parameters).await.unwrap(), "ok");
        assert_eq!(holds(world, "rosa", "supervisor").await, (false, false));
        // What is to come in its place is given by an officer, with its key; until then it is a finding.
        assert_eq!(holds(world, "rosa", "agent").await, (false, false));
        assert!(findings(&olga, "rotate_role").await.contains(&("M".to_owned(), String::new(), Some("supervisor".to_owned()))));
        world
            .superuser
            .batch_execute("update sealdesk.application_role set rotated_at = clock_timestamp() where code = 'supervisor'")
            .await
            .unwrap();
        assert!(findings(&olga, "rotate_role").await.is_empty());
        assert_eq!(findings(&olga, "change_waits").await, [("L".to_owned(), "rosa".to_owned(), Some("agent".to_owned()))]);
        staff::grant(&world.officer, "rosa", "agent").await.unwrap();
        assert!(findings(&olga, "change_waits").await.is_empty());
        assert_eq!(decide(&olga, campaign, "rosa", "supervisor", "revoke").await, "SD091");
        let recorded =
            "select count(*) from sealdesk.audit_event where action = 'review_decide' and details like '%rosa%' and outcome <> 'ok'";
        assert!(world.count(recorded).await >= 9);
        staff::disable(&world.officer, "rosa").await.unwrap();
        forget(world).await;
    });
}

#[test]
fn what_nobody_answered_is_revoked_at_the_due_date_and_a_late_answer_is_refused() {
    attack(async |world| {
        let raw = world.recruit("vera", &["supervisor", "agent"]).await;
        let campaign = start(world, &["supervisor"], &["sam"], "revoke").await;
        let sam = world.sign_in("sam").await;
        make_due(world, campaign).await;
        // Whoever comes next brings it up to date; a rollback takes that back, and the next one does it again.
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(decide(&sam, campaign, "vera", "supervisor", "keep").await, "SD093");
        sam.client.batch_execute("rollback").await.unwrap();
        assert_eq!(holds(world, "vera", "supervisor").await, (true, true));
        let officer = world.sign_in("officer").await;
        rows(&officer.client, "select * from sealdesk_api.review_list($1)", &[&officer.token]).await.unwrap();
        assert_eq!(holds(world, "vera", "supervisor").await, (false, false));
        assert_eq!(holds(world, "vera", "agent").await, (true, true));
        assert_eq!(decide(&sam, campaign, "vera", "supervisor", "keep").await, "SD093");
        let item = items(&sam, campaign).await.into_iter().find(|row| row.get::<_, String>(0) == "vera").unwrap();
        assert_eq!((item.get::<_, Option<String>>(3).as_deref(), item.get::<_, Option<String>>(7)), (Some("expired"), None));
        let events = "select count(*) from sealdesk.review_event r join sealdesk.audit_event e on e.session = r.session and e.seq = r.seq
                       where e.actor = 'system' and (e.action = 'review_expire' and e.details like '%vera%' or e.action = 'review_close')";
        assert_eq!(world.count(events).await, 2, "others may have that role here");
        drop(raw);
        staff::disable(&world.officer, "vera").await.unwrap();
        forget(world).await;
    });
}

#[test]
fn the_last_officer_is_escalated_and_waits_for_another() {
    attack(async |world| {
        let campaign = start(world, &["security_officer", "auditor"], &["sam"], "revoke").await;
        let sam = world.sign_in("sam").await;
        assert_eq!(decide(&sam, campaign, "olga", "auditor", "keep").await, "ok");
        make_due(world, campaign).await;
        let officer = world.sign_in("officer").await;
        assert_eq!(findings(&officer, "escalated").await, [("H".to_owned(), "officer".to_owned(), Some("security_officer".to_owned()))]);
        assert_eq!(holds(world, "officer", "security_officer").await, (true, true));
        assert_eq!(decide(&officer, campaign, "officer", "security_officer", "keep").await, "SD090");
        assert_eq!(decide(&sam, campaign, "officer", "security_officer", "keep").await, "SD003");
        assert_eq!(decide(&sam, campaign, "olga", "auditor", "revoke").await, "SD093");
        world.recruit("otto", &["security_officer"]).await;
        let otto = world.raw("otto").await;
        assert_eq!(decide(&otto, campaign, "officer", "security_officer", "keep").await, "ok");
        assert!(findings(&officer, "escalated").await.is_empty());
        staff::disable(&world.officer, "otto").await.unwrap();
        forget(world).await;
    });
}

#[test]
fn when_the_reviewer_has_left_officers_answer() {
    attack(async |world| {
        world.recruit("luis", &["agent"]).await;
        let campaign = start(world, &["senior_agent"], &["luis"], "revoke").await;
        let officer = world.sign_in("officer").await;
        assert_eq!(decide(&officer, campaign, "sam", "senior_agent", "keep").await, "SD094");
        staff::disable(&world.officer, "luis").await.unwrap();
        let listed =
            rows(&officer.client, "select reviewers_left, waiting from sealdesk_api.review_list($1)", &[&officer.token]).await.unwrap();
        assert_eq!((listed[0].get::<_, Vec<String>>(0), listed[0].get::<_, i64>(1)), (vec!["luis".to_owned()], 1));
        assert_eq!(findings(&officer, "reviewer_left").await.len(), 1);
        assert_eq!(decide(&officer, campaign, "sam", "senior_agent", "keep").await, "ok");
        // Nobody can be made a reviewer who is not there.
        let gone = "select outcome from sealdesk_api.review_start($1, 'x', '{}', '{luis}', now() + interval '7 days', 'revoke', null)";
        assert_eq!(outcome(&officer.client, gone, &[&officer.token]).await.unwrap(), "SD011");
        forget(world).await;
    });
}

#[test]
fn a_review_that_makes_no_sense_is_refused_and_recorded() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        for (title, roles, reviewers, due, unanswered, every, answer) in [
            ("", "{}", "{sam}", "7 days", "revoke", None, "SD011"),
            ("x", "{nothing}", "{sam}", "7 days", "revoke", None, "SD011"),
            ("x", "{NULL}", "{sam}", "7 days", "revoke", None, "SD011"),
            ("x", "{}", "{}", "7 days", "revoke", None, "SD011"),
            ("x", "{}", "{sam,nobody}", "7 days", "revoke", None, "SD011"),
            ("x", "{}", "{sam}", "1 min", "revoke", None, "SD011"),
            ("x", "{}", "{sam}", "3 years", "revoke", None, "SD011"),
            ("x", "{}", "{sam}", "7 days", "forget", None, "SD011"),
            ("x", "{}", "{sam}", "7 days", "revoke", Some("3"), "SD011"),
            ("x", "{}", "{sam}", "7 days", "revoke", Some("2147483647"), "SD011"),
            ("x", "{backup_operator}", "{sam}", "7 days", "revoke", None, "SD096"),
        ] {
            let sql = "select outcome from sealdesk_api.review_start($1, $2, $3::text::text[], $4::text::text[], now() + $5::text::interval, $6, $7::text::integer)";
            let parameters: crate::world::Parameters<'_> = &[&officer.token, &title, &roles, &reviewers, &due, &unanswered, &every];
            assert_eq!(
                outcome(&officer.client, sql, parameters).await.unwrap(),
                answer,
                "{title} {roles} {reviewers} {due} {unanswered} {every:?}"
            );
        }
        assert_eq!(world.count("select count(*) from sealdesk.review_campaign").await, 0);
        assert!(world.count("select count(*) from sealdesk.audit_event where action = 'review_start' and outcome = 'SD096'").await >= 1);
    });
}

#[test]
fn a_recurring_review_begins_again_until_it_is_stopped() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let sql = "select outcome, number from sealdesk_api.review_start($1, 'Quarterly', '{auditor}', '{sam}', now() + interval '7 days', 'escalate', 90)";
        let first: i32 = rows(&officer.client, sql, &[&officer.token]).await.unwrap()[0].get(1);
        let later = "update sealdesk.review_campaign set created_at = created_at - interval '90 days', due_at = due_at - interval '90 days' where number = $1";
        world.superuser.execute(later, &[&first]).await.unwrap();
        let list = "select number, closed_at is null, due_at > now() + interval '6 days', every_days from sealdesk_api.review_list($1)";
        let listed = rows(&officer.client, list, &[&officer.token]).await.unwrap();
        assert_eq!(listed.len(), 2);
        let second: i32 = listed[0].get(0);
        assert!(second != first && listed[0].get::<_, bool>(1) && listed[0].get::<_, bool>(2) && !listed[1].get::<_, bool>(1));
        let stop = "select sealdesk_api.review_stop($1, $2)";
        assert_eq!(outcome(&officer.client, stop, &[&officer.token, &first]).await.unwrap(), "SD095");
        assert_eq!(outcome(&officer.client, stop, &[&officer.token, &second]).await.unwrap(), "ok");
        world.superuser.execute(later, &[&second]).await.unwrap();
        assert_eq!(rows(&officer.client, list, &[&officer.token]).await.unwrap().len(), 2);
        forget(world).await;
    });
}

#[test]
fn two_answers_at_once_leave_one() {
    attack(async |world| {
        world.recruit("tess", &["supervisor"]).await;
        let campaign = start(world, &["supervisor"], &["sam", "olga"], "escalate").await;
        let (first, second) = (world.sign_in("sam").await, world.sign_in("olga").await);
        first.client.batch_execute("begin").await.unwrap();
        assert_eq!(decide(&first, campaign, "tess", "supervisor", "revoke").await, "ok");
        let racing = decide(&second, campaign, "tess", "supervisor", "keep");
        let commit = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            first.client.batch_execute("commit").await.unwrap();
        };
        assert_eq!(tokio::join!(racing, commit).0, "SD091");
        assert_eq!(holds(world, "tess", "supervisor").await, (false, false));
        staff::disable(&world.officer, "tess").await.unwrap();
        forget(world).await;
    });
}

#[test]
fn duties_that_must_be_kept_apart_do_not_meet_in_one_person() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let grant = "select sealdesk_api.role_grant($1, $2, $3)";
        assert_eq!(outcome(&officer.client, grant, &[&officer.token, &"olga", &"backup_operator"]).await.unwrap(), "SD092");
        let add = "select sealdesk_api.staff_add($1, 'both', $2, now(), array['supervisor', 'backup_operator'])";
        assert_eq!(outcome(&officer.client, add, &[&officer.token, &VERIFIER]).await.unwrap(), "SD092");
        assert_eq!(world.count("select count(*) from pg_roles where rolname = 'both'").await, 0);
        // Two officers at once, each with one half.
        world.recruit("duo", &["agent"]).await;
        world.recruit("odo", &["security_officer"]).await;
        let other = world.raw("odo").await;
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&officer.client, grant, &[&officer.token, &"duo", &"backup_operator"]).await.unwrap(), "ok");
        let parameters: crate::world::Parameters<'_> = &[&other.token, &"duo", &"auditor"];
        let racing = outcome(&other.client, grant, parameters);
        let commit = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            officer.client.batch_execute("commit").await.unwrap();
        };
        assert_eq!(tokio::join!(racing, commit).0.unwrap(), "SD092");
        // Nor one half for good and one for a time.
        let lend = "insert into sealdesk.elevation (person, role, break_glass, why, until_at)
                    select id, 'auditor', false, 'x', now() + interval '1 hour' from sealdesk.person where login = 'ann'";
        world.superuser.batch_execute(lend).await.unwrap();
        assert_eq!(outcome(&officer.client, grant, &[&officer.token, &"ann", &"backup_operator"]).await.unwrap(), "SD092");
        world.superuser.batch_execute("delete from sealdesk.elevation where why = 'x'").await.unwrap();
        // A review does not bring them together either.
        let campaign = start(world, &["agent"], &["sam"], "escalate").await;
        let sam = world.sign_in("sam").await;
        let change = "select sealdesk_api.review_decide($1, $2, 'duo', 'agent', 'change', 'more', 'auditor')";
        assert_eq!(outcome(&sam.client, change, &[&sam.token, &campaign]).await.unwrap(), "SD092");
        // Who held both before they were kept apart is named.
        for (call, answer) in [
            ("duty_add($1, 'audit_all', 'manage_people', 'a', 'b')", "SD092"),
            ("duty_add($1, 'audit_all', 'audit_all', 'a', 'b')", "SD011"),
            ("duty_add($1, 'audit_all', 'fly', 'a', 'b')", "SD011"),
            ("duty_add($1, 'audit_all', 'run_backups', '', 'b')", "SD011"),
            ("duty_remove($1, 'run_backups', 'audit_all')", "ok"),
            ("duty_remove($1, 'run_backups', 'audit_all')", "SD011"),
            ("role_grant($1, 'duo', 'auditor')", "ok"),
            (
                "duty_add($1, 'run_backups', 'audit_all', 'Who makes the copies must not be who audits them.', '执行备份的人不应同时负责审计。')",
                "ok",
            ),
        ] {
            let sql = format!("select sealdesk_api.{call}");
            assert_eq!(outcome(&officer.client, &sql, &[&officer.token]).await.unwrap(), answer, "{call}");
        }
        assert_eq!(findings(&officer, "duty_conflict").await, [("H".to_owned(), "duo".to_owned(), None)]);
        for login in ["duo", "odo"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
        assert!(findings(&officer, "duty_conflict").await.is_empty());
        forget(world).await;
    });
}

#[test]
fn evidence_tells_use_peers_and_what_would_have_failed() {
    attack(async |world| {
        world.forget_quota().await;
        world.recruit("nora", &["agent", "senior_agent"]).await;
        let nora = world.raw("nora").await;
        // The session of raw SQL fetches its keys as a program would.
        rows(&nora.client, "select * from sealdesk_api.list_wraps($1)", &[&nora.token]).await.unwrap();
        for (field, times) in [("phone", 3), ("id_number", 2)] {
            for _ in 0..times {
                assert_eq!(nora.request_reveal(crate::world::ticket(), world.records[0], field).await.unwrap(), "ok", "{field}");
            }
        }
        let campaign = start(world, &["agent", "senior_agent", "backup_operator"], &["olga"], "escalate").await;
        let olga = world.sign_in("olga").await;
        let of = |found: &[Row], role: &str| {
            let row = found.iter().find(|row| row.get::<_, String>(0) == "nora" && row.get::<_, String>(1) == role).unwrap();
            (row.get::<_, Option<i64>>(4), row.get::<_, Option<i64>>(5).is_some(), row.get::<_, Option<i64>>(6))
        };
        // Phones an agent may reveal as well; identity only the senior agent.
        let found = items(&olga, campaign).await;
        assert_eq!(of(&found, "agent"), (Some(3), true, Some(0)));
        assert_eq!(of(&found, "senior_agent"), (Some(5), true, Some(2)));
        // What was answered keeps the evidence it was answered by.
        assert_eq!(decide(&olga, campaign, "nora", "agent", "keep").await, "ok");
        assert_eq!(nora.request_reveal(crate::world::ticket(), world.records[0], "phone").await.unwrap(), "ok");
        world.superuser.batch_execute("update sealdesk.review_campaign set evidence_at = '-infinity'").await.unwrap();
        let found = items(&olga, campaign).await;
        assert_eq!((of(&found, "agent").0, of(&found, "senior_agent").0), (Some(3), Some(6)));
        staff::disable(&world.officer, "nora").await.unwrap();
        world.forget_quota().await;
        forget(world).await;
    });
}

#[test]
fn findings_name_what_is_unused_asleep_unprotected_and_expired() {
    attack(async |world| {
        world.recruit("zoe", &["senior_agent", "supervisor"]).await;
        staff::add(&world.officer, "yan", "", &["agent".to_owned()]).await.unwrap();
        let officer = world.sign_in("officer").await;
        let of = async |kind: &str, login: &str| -> Vec<(String, Option<String>)> {
            findings(&officer, kind).await.into_iter().filter(|found| found.1 == login).map(|found| (found.0, found.2)).collect()
        };
        for (kind, login) in [("never_used", "zoe"), ("dormant", "zoe"), ("no_key", "zoe"), ("code_expired", "yan")] {
            assert!(of(kind, login).await.is_empty(), "{kind}");
        }
        assert_eq!(of("no_second_factor", "zoe").await, [("L".to_owned(), None)]);
        world
            .superuser
            .batch_execute(
                "update sealdesk.membership set granted_at = now() - interval '31 days' where person = (select id from sealdesk.person where login = 'zoe');
                 update sealdesk.person set last_seen = now() - interval '46 days' where login = 'zoe';
                 update sealdesk.person set code_expires_at = now() - interval '1 min' where login = 'yan';
                 update sealdesk.application_role set second_factor = true where code = 'supervisor';
                 delete from sealdesk.wrapped_key where recipient = 'zoe' and subject = 'supervisor'",
            )
            .await
            .unwrap();
        let unused = of("never_used", "zoe").await;
        assert_eq!(unused, [("M".to_owned(), Some("senior_agent".to_owned())), ("M".to_owned(), Some("supervisor".to_owned()))]);
        assert_eq!(of("dormant", "zoe").await, [("M".to_owned(), None)]);
        assert_eq!(of("no_key", "zoe").await, [("M".to_owned(), Some("supervisor".to_owned()))]);
        assert_eq!(of("no_second_factor", "zoe").await, [("H".to_owned(), None)]);
        assert_eq!(of("code_expired", "yan").await, [("L".to_owned(), None)]);
        world.superuser.batch_execute("update sealdesk.application_role set second_factor = false").await.unwrap();
        for login in ["zoe", "yan"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}
