//! Alerts and rules: who may do what, by raw SQL.

use sealdesk::{
    model::{
        alert::AlertState,
        request::{Asked, Why},
    },
    service::{SignedIn, alert, request, rule, staff, watch},
};

use crate::world::{Attacker, World, attack, outcome, rows, ticket};

const HANDLE: &str = "select sealdesk_api.alert_handle($1, $2, 'resolved', 'nothing to see', null)";

fn why() -> Why {
    Why { text: "because".into(), reference: None }
}

/// Rounds until nothing is left. Whoever watched before gives way.
async fn watched(world: &World, eye: &SignedIn) {
    world.superuser.batch_execute("update sealdesk.watch set until_at = '-infinity'").await.unwrap();
    while watch::round(eye).await.unwrap().events > 0 {}
}

/// The newest alert of a rule about somebody.
async fn newest(world: &World, rule: &str, subject: &str) -> i64 {
    world.count(&format!("select coalesce(max(number), 0) from sealdesk.alert where rule = '{rule}' and subject = '{subject}'")).await
}

async fn handle(who: &Attacker, number: i64) -> String {
    outcome(&who.client, HANDLE, &[&who.token, &number]).await.unwrap()
}

#[test]
fn without_the_rights_nobody_reads_handles_or_suppresses_alerts_nor_touches_rules() {
    attack(async |world| {
        world.recruit("aeye", &["watch"]).await;
        let eye = world.raw("aeye").await;
        // An agent, the watch itself, and an auditor who reads but does not decide.
        for (who, reads) in [(world.sign_in("ann").await, false), (eye, false), (world.sign_in("olga").await, true)] {
            for sql in [
                "select * from sealdesk_api.list_alerts($1, true)",
                "select * from sealdesk_api.alert_history($1, 1)",
                "select * from sealdesk_api.alert_events($1, 1)",
                "select * from sealdesk_api.list_suppressions($1)",
                "select * from sealdesk_api.list_rules($1)",
            ] {
                let answer = rows(&who.client, sql, &[&who.token]).await;
                assert_eq!(answer.err().map(|refused| refused.code), (!reads).then(|| "SD003".to_owned()), "{sql}");
            }
            for sql in [
                "select sealdesk_api.alert_handle($1, 1, 'acknowledged', '', null)",
                "select outcome from sealdesk_api.alert_suppress($1, 'bulk_reveal', null, 30, 'quiet')",
                "select sealdesk_api.suppression_end($1, 1)",
                "select sealdesk_api.rule_put($1, 'bulk_reveal', 1, '{threshold}', '{1000}')",
                "select sealdesk_api.honeytoken_put($1, 1, true, '')",
            ] {
                assert_eq!(outcome(&who.client, sql, &[&who.token]).await.unwrap(), "SD003", "{sql}");
            }
            let tried = "select sealdesk_api.request_rule_try($1, $2, 'bulk_reveal', '{}', '{}', now() - interval '1 day', now())";
            assert_eq!(outcome(&who.client, tried, &[&who.token, &ticket()]).await.unwrap(), if reads { "ok" } else { "SD003" });
            assert!(rows(&who.client, "select * from sealdesk_api.list_honeytokens($1)", &[&who.token]).await.is_err());
            for table in ["alert", "alert_occurrence", "alert_state", "audit_rule", "suppression", "honeytoken", "alert_delivery"] {
                for sql in [format!("select * from sealdesk.{table}"), format!("delete from sealdesk.{table}")] {
                    assert_eq!(who.refusal(&sql).await.as_deref(), Some("42501"), "{sql}");
                }
            }
        }
        staff::disable(&world.officer, "aeye").await.unwrap();
    });
}

#[test]
fn only_the_watch_registers_sinks_and_reads_and_empties_their_queues() {
    attack(async |world| {
        world.recruit("asup", &["supervisor"]).await;
        for who in [world.sign_in("ann").await, world.raw("asup").await] {
            for sql in ["select sealdesk_api.watch_sinks($1, '{x}', '{info}')", "select sealdesk_api.watch_delivered($1, 'x', 1, null)"] {
                assert_eq!(outcome(&who.client, sql, &[&who.token]).await.unwrap(), "SD003", "{sql}");
            }
            let queue = "select * from sealdesk_api.watch_deliveries($1, 'x')";
            assert_eq!(rows(&who.client, queue, &[&who.token]).await.unwrap_err().code, "SD003");
        }
        staff::disable(&world.officer, "asup").await.unwrap();
    });
}

#[test]
fn who_caused_an_alert_cannot_put_it_away_under_any_account_and_nobody_deletes_one() {
    attack(async |world| {
        let eye = world.recruit("beye", &["watch"]).await;
        let sinner = world.recruit("bsin", &["supervisor"]).await;
        world.recruit("btwin", &["supervisor"]).await;
        let other = world.recruit("bother", &["supervisor"]).await;
        let (own, twin) = (world.raw("bsin").await, world.raw("btwin").await);
        request::break_glass(&sinner, "payment_clerk", &why(), 15).await.unwrap();
        watched(world, &eye).await;
        let number = newest(world, "break_glass", "bsin").await;
        assert!(number > 0);
        assert_eq!(handle(&own, number).await, "SD133");
        // A second account with the same keys is the same person.
        let same = "update sealdesk.person_key k set ed25519_public = o.ed25519_public from sealdesk.person_key o, sealdesk.person p, sealdesk.person q
                     where p.id = k.person and p.login = 'btwin' and q.id = o.person and q.login = 'bsin'";
        world.superuser.batch_execute(same).await.unwrap();
        assert_eq!(handle(&twin, number).await, "SD133");
        // Suppressing it, or everything, does not silence what one does oneself.
        assert_eq!(alert::suppress(&sinner, "break_glass", Some("bsin"), 30, "quiet").await.unwrap_err().code(), "SD133");
        alert::suppress(&sinner, "break_glass", None, 30, "quiet").await.unwrap();
        assert_eq!(handle(&world.raw("bother").await, number).await, "ok");
        let running = "select max(number) from sealdesk.elevation e join sealdesk.person p on p.id = e.person where p.login = 'bsin'";
        request::end_elevation(&other, world.count(running).await).await.unwrap();
        request::break_glass(&sinner, "payment_clerk", &why(), 15).await.unwrap();
        watched(world, &eye).await;
        let again = newest(world, "break_glass", "bsin").await;
        assert!(again > number, "what was put away is raised anew");
        assert_eq!(world.count(&format!("select count(*) from sealdesk.alert where number = {again} and suppressed")).await, 0);
        assert!(newest(world, "rules_changed", "bsin").await > 0, "suppressing is itself an alert");
        // Not even the owner of the tables changes one by mistake.
        for sql in [
            format!("delete from sealdesk.alert where number = {number}"),
            format!("update sealdesk.alert set severity = 'info' where number = {number}"),
            "delete from sealdesk.alert_state".to_owned(),
            "truncate sealdesk.alert_occurrence".to_owned(),
        ] {
            let refused = world.superuser.batch_execute(&sql).await.unwrap_err();
            assert_eq!(refused.code().map(|code| code.code().to_owned()).as_deref(), Some("42501"), "{sql}");
        }
        for login in ["beye", "bsin", "btwin", "bother"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_state_that_is_rolled_back_or_left_open_neither_silences_nor_holds_up_the_watch() {
    attack(async |world| {
        let eye = world.recruit("ceye", &["watch"]).await;
        let mia = world.recruit("cmia", &["agent"]).await;
        world.recruit("csup", &["supervisor"]).await;
        let raw = world.raw("csup").await;
        request::break_glass(&mia, "payment_clerk", &why(), 15).await.unwrap();
        watched(world, &eye).await;
        let number = newest(world, "break_glass", "cmia").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(handle(&raw, number).await, "ok");
        // The same subject again, while the answer is not committed: a round folds it in, and waits for nobody.
        let running = "select max(number) from sealdesk.elevation e join sealdesk.person p on p.id = e.person where p.login = 'cmia'";
        request::end_elevation(&world.officer, world.count(running).await).await.unwrap();
        request::break_glass(&mia, "payment_clerk", &why(), 15).await.unwrap();
        let began = std::time::Instant::now();
        watched(world, &eye).await;
        assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
        raw.client.batch_execute("commit").await.unwrap();
        let state = format!("select count(*) from sealdesk.alert_now where number = {number} and state = 'open'");
        assert_eq!(world.count(&state).await, 1, "what came after it was looked at opens it again");
        assert_eq!(alert::handle(&world.officer, number, AlertState::Resolved, "seen", Some(1)).await.unwrap_err().code(), "SD135");
        alert::handle(&world.officer, number, AlertState::Resolved, "seen", None).await.unwrap();
        assert_eq!(alert::handle(&world.officer, number, AlertState::Resolved, "again", None).await.unwrap_err().code(), "SD134");
        for login in ["ceye", "cmia", "csup"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_rule_is_changed_only_as_somebody_else_approved_to_the_letter_and_that_raises_an_alert() {
    attack(async |world| {
        let eye = world.recruit("deye", &["watch"]).await;
        let sup = world.recruit("dsup", &["supervisor"]).await;
        let setting = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let wanted = setting("threshold", "25");
        assert_eq!(rule::set(&world.officer, "refused_often", &wanted).await.unwrap_err().code(), "SD050");
        let asked = Asked::Rule { code: "refused_often".into(), settings: wanted.clone() };
        assert_eq!(request::ask(&sup, &asked, &why(), 60, 60).await.unwrap_err().code(), "SD003", "asking is for who manages policy");
        let number = request::ask(&world.officer, &asked, &why(), 60, 60).await.unwrap();
        assert_eq!(request::vote(&world.officer, number, true, "").await.unwrap_err().code(), "SD051");
        request::vote(&sup, number, true, "").await.unwrap();
        for other in [setting("threshold", "2500"), setting("enabled", "false")] {
            assert_eq!(rule::set(&world.officer, "refused_often", &other).await.unwrap_err().code(), "SD050");
        }
        assert_eq!(rule::set(&world.officer, "refused_often", &setting("threshold", "none")).await.unwrap_err().code(), "SD050");
        rule::set(&world.officer, "refused_often", &wanted).await.unwrap();
        assert_eq!(rule::set(&world.officer, "refused_often", &wanted).await.unwrap_err().code(), "SD050", "once");
        assert_eq!(world.count("select threshold::bigint from sealdesk.audit_rule where code = 'refused_often'").await, 25);
        watched(world, &eye).await;
        let raised = newest(world, "rules_changed", "officer").await;
        assert!(raised > 0);
        assert_eq!(alert::handle(&world.officer, raised, AlertState::Resolved, "mine", None).await.unwrap_err().code(), "SD133");
        for nonsense in [
            setting("threshold", "many"),
            setting("severity", "worst"),
            setting("zone", "Nowhere/Land"),
            setting("version", "7"),
            setting("code", "x"),
            setting("actions", "none"),
            setting("label_en", "a\u{202e}b"),
            setting("window_s", "99999999"),
        ] {
            let number =
                request::ask(&world.officer, &Asked::Rule { code: "refused_often".into(), settings: nonsense.clone() }, &why(), 60, 60)
                    .await
                    .unwrap();
            request::vote(&sup, number, true, "").await.unwrap();
            assert_eq!(rule::set(&world.officer, "refused_often", &nonsense).await.unwrap_err().code(), "SD130", "{nonsense:?}");
            request::withdraw(&world.officer, number).await.unwrap();
        }
        for login in ["deye", "dsup"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn trying_a_rule_reads_nothing_before_its_request_is_committed() {
    attack(async |world| {
        world.recruit("etry", &["supervisor"]).await;
        let who = world.raw("etry").await;
        who.client.batch_execute("begin").await.unwrap();
        let asked = ticket();
        let ask = "select sealdesk_api.request_rule_try($1, $2, 'bulk_reveal', '{threshold}', '{1}', now() - interval '1 day', now())";
        assert_eq!(outcome(&who.client, ask, &[&who.token, &asked]).await.unwrap(), "ok");
        let collect = "select subject from sealdesk_api.collect_rule_try($1, $2)";
        assert_eq!(rows(&who.client, collect, &[&who.token, &asked]).await.unwrap_err().code, "SD008");
        who.client.batch_execute("rollback").await.unwrap();
        assert_eq!(rows(&who.client, collect, &[&who.token, &asked]).await.unwrap_err().code, "SD008");
        let asked = ticket();
        assert_eq!(outcome(&who.client, ask, &[&who.token, &asked]).await.unwrap(), "ok");
        world.collect(&who.client, collect, &[&who.token, &asked]).await.unwrap();
        let ann = world.sign_in("ann").await;
        assert_eq!(rows(&ann.client, collect, &[&ann.token, &asked]).await.unwrap_err().code, "SD008", "another's ticket");
        staff::disable(&world.officer, "etry").await.unwrap();
    });
}

#[test]
fn the_release_of_a_legal_hold_rings() {
    attack(async |world| {
        let eye = world.recruit("aeye.hold", &["watch"]).await;
        world.recruit("a.holds", &["supervisor"]).await;
        let sue = world.raw("a.holds").await;
        let number: i64 =
            world.superuser.query_one("select number from sealdesk.record where id = $1", &[&world.records[1]]).await.unwrap().get(0);
        let put = "select sealdesk_api.hold_put($1, $2, 'case 12', null)";
        let release = "select sealdesk_api.hold_release($1, $2, 'settled', null)";
        assert_eq!(outcome(&sue.client, put, &[&sue.token, &number]).await.unwrap(), "ok");
        watched(world, &eye).await;
        assert_eq!(newest(world, "hold_released", "a.holds").await, 0, "to place one is no reason");
        assert_eq!(outcome(&sue.client, release, &[&sue.token, &number]).await.unwrap(), "ok");
        watched(world, &eye).await;
        let rung = newest(world, "hold_released", "a.holds").await;
        staff::disable(&world.officer, "a.holds").await.unwrap();
        assert!(rung > 0);
    });
}
