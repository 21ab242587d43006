//! What is recorded: nobody switches off what always is, nobody the rest without the right and somebody else's approval, and a chain stays whole where an
//! event is left out.

use sealdesk::{
    model::{
        action,
        id::RecordId,
        request::{Asked, Why},
    },
    service::{audit, people, request, reveal, settings, staff, star, view},
};
use uuid::Uuid;

use crate::world::{World, attack, outcome, rows};

const SET: &str = "select sealdesk_api.audit_scope_set($1, $2, $3, $4, 0)";
const COPY: &str = "select sealdesk_api.record_copy($1, $2, $3)";
const STAR: &str = "select sealdesk_api.put_star($1, $2, $3)";
const REPORT: &str = "select sealdesk_api.report_act($1, $2, $3, $4)";

async fn forget(world: &World) {
    world.superuser.batch_execute("delete from sealdesk.audit_scope").await.unwrap();
}

async fn preset(world: &World, action: &str, class: &str, recorded: bool) {
    let sql = "insert into sealdesk.audit_scope (action, class, recorded) values ($1, $2, $3)";
    world.superuser.execute(sql, &[&action, &class, &recorded]).await.unwrap();
}

async fn events(world: &World, session: Uuid, action: &str, outcome: &str) -> i64 {
    let sql = "select count(*) from sealdesk.audit_event where session = $1 and action = $2 and outcome = $3";
    world.superuser.query_one(sql, &[&session, &action, &outcome]).await.unwrap().get(0)
}

#[test]
fn who_does_not_manage_policy_changes_nothing_of_what_is_recorded() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for action in ["star", "copy", "hide", "reveal"] {
                let set = outcome(&who.client, SET, &[&who.token, &action, &"", &false]).await.unwrap();
                assert_eq!(set, "SD003", "{login}: {action}");
            }
            assert_eq!(events(world, who.session, "audit_scope_set", "SD003").await, 4, "each attempt is an event");
            for sql in [
                "insert into sealdesk.audit_scope values ('star', '', false, 1)",
                "select * from sealdesk.audit_scope",
                "delete from sealdesk.audit_scope",
                "select sealdesk.is_recorded('star', null)",
                "select * from sealdesk.optional_acts()",
                "create or replace function sealdesk.is_recorded(text, text) returns boolean language sql as 'select false'",
                "select sealdesk.append_optional(null, 'ann', 'star', 'ok')",
            ] {
                assert_eq!(who.refusal(sql).await.as_deref(), Some("42501"), "{login}: {sql}");
            }
        }
        // What is recorded is told to who answers for it, and to nobody else.
        let (ann, olga) = (world.sign_in("ann").await, world.sign_in("olga").await);
        let list = "select action from sealdesk_api.list_audit_scope($1)";
        assert_eq!(rows(&ann.client, list, &[&ann.token]).await.unwrap_err().code, "SD003");
        assert!(rows(&olga.client, list, &[&olga.token]).await.unwrap().len() > 8);
    });
}

#[test]
fn what_is_always_recorded_is_switched_off_by_no_officer_and_by_no_row_of_the_table() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let choice = ["copy", "explain", "star", "unstar", "filter_save", "filter_drop", "hide", "focus"];
        let listed =
            rows(&officer.client, "select distinct action from sealdesk_api.list_audit_scope($1)", &[&officer.token]).await.unwrap();
        let mut listed: Vec<String> = listed.iter().map(|row| row.get(0)).collect();
        listed.sort();
        let mut sorted = choice.map(str::to_owned);
        sorted.sort();
        assert_eq!(listed, sorted, "whoever adds one says in ARCHITECTURE.md why nothing is lost by it");
        let always = action::codes().filter(|code| !choice.contains(code)).chain(["", "Reveal", "reveal ", "*"]);
        let mut tried = 0;
        for action in always {
            let set = outcome(&officer.client, SET, &[&officer.token, &action, &"", &false]).await.unwrap();
            assert_eq!(set, "SD182", "{action}");
            tried += 1;
        }
        assert!(tried > 100);
        assert_eq!(events(world, officer.session, "audit_scope_set", "SD182").await, tried);
        for (action, class) in [("star", "contact"), ("focus", "basic"), ("hide", "nothing"), ("copy", "Contact")] {
            let set = outcome(&officer.client, SET, &[&officer.token, &action, &class, &true]).await.unwrap();
            assert_eq!(set, "SD183", "{action} {class}");
        }
        // A row that somebody with the whole database puts there says nothing either.
        let sam = world.sign_in("sam").await;
        for action in ["view", "reveal", "session_close", "audit_scope_set"] {
            preset(world, action, "", false).await;
        }
        let (view, reveal) = (crate::world::ticket(), crate::world::ticket());
        assert_eq!(sam.request_view(view, world.records[0]).await.unwrap(), "ok");
        assert_eq!(sam.request_reveal(reveal, world.records[0], "phone").await.unwrap(), "ok");
        sam.collect_reveal(world, reveal).await.unwrap();
        forget(world).await;
        assert_eq!((events(world, sam.session, "view", "ok").await, events(world, sam.session, "reveal", "ok").await), (1, 1));
    });
}

#[test]
fn what_is_recorded_changes_only_under_somebody_elses_approval_of_just_that() {
    attack(async |world| {
        let eyes = async |on: bool| {
            world.superuser.execute("update sealdesk.four_eyes set required = $1 where kind = 'settings'", &[&on]).await.unwrap();
        };
        let vera = world.recruit("sc.vera", &["supervisor"]).await;
        eyes(true).await;
        let refused = audit::set_scope(&world.officer, "star", None, Some(false)).await.unwrap_err();
        let proposed = settings::proposed(&world.officer, "recording star").await.unwrap();
        let why = Why { text: "too much".into(), reference: None };
        let asked = Asked::Settings { of: proposed.of, change: proposed.change.clone() };
        let number = request::ask(&world.officer, &asked, &why, 60, 60).await.unwrap();
        let own = request::vote(&world.officer, number, true, "").await.unwrap_err();
        let early = audit::set_scope(&world.officer, "star", None, Some(false)).await.unwrap_err();
        request::vote(&vera, number, true, "").await.unwrap();
        let other = audit::set_scope(&world.officer, "star", None, Some(true)).await.unwrap_err();
        let elsewhere = audit::set_scope(&world.officer, "unstar", None, Some(false)).await.unwrap_err();
        let done = audit::set_scope(&world.officer, "star", None, Some(false)).await;
        let again = audit::set_scope(&world.officer, "star", None, None).await.unwrap_err();
        eyes(false).await;
        forget(world).await;
        staff::disable(&world.officer, "sc.vera").await.unwrap();
        assert_eq!(
            [refused.code(), early.code(), other.code(), elsewhere.code(), again.code()],
            ["SD050", "SD050", "SD105", "SD050", "SD050"]
        );
        assert!(matches!(own.code(), "SD003" | "SD051"), "{own}");
        done.unwrap();
        let event = format!(
            "select details from sealdesk.audit_event where action = 'audit_scope_set' and outcome = 'ok' and details::jsonb ->> 'request' = '{number}'"
        );
        let details: String = world.superuser.query_one(&event, &[]).await.unwrap().get(0);
        assert!(details.contains(r#""recorded": [null, false]"#) && details.contains(r#""act": "star""#), "{details}");
    });
}

#[test]
fn a_chain_stays_whole_where_an_event_is_left_out_and_refusals_stay_in_it() {
    attack(async |world| {
        let sam = world.with_keys("sam").await;
        let raw = world.sign_in("sam").await;
        let record = RecordId(world.records[0]);
        star::put(&sam, record, true).await.unwrap();
        for action in ["star", "unstar", "explain"] {
            preset(world, action, "", false).await;
        }
        view::view(&sam, record).await.unwrap();
        star::put(&sam, record, false).await.unwrap();
        star::put(&sam, record, true).await.unwrap();
        people::explain(&sam, "sam", None, None).await.unwrap();
        view::view(&sam, record).await.unwrap();
        star::put(&sam, record, false).await.unwrap();
        let signed = audit::countersign(&sam).await;
        assert_eq!(outcome(&raw.client, STAR, &[&raw.token, &record.0, &true]).await.unwrap(), "ok");
        assert_eq!(outcome(&raw.client, STAR, &[&raw.token, &record.0, &false]).await.unwrap(), "ok");
        assert_eq!(outcome(&raw.client, STAR, &[&raw.token, &Uuid::nil(), &true]).await.unwrap(), "SD006");
        people::explain(&world.officer, "sam", None, None).await.unwrap();
        forget(world).await;
        signed.unwrap();
        let counts = [("star", "ok"), ("unstar", "ok"), ("star", "SD006")];
        let mut found = Vec::new();
        for (action, outcome) in counts {
            found.push(events(world, raw.session, action, outcome).await);
        }
        assert_eq!(found, [0, 0, 1], "the refusal is recorded");
        let whole =
            "select coalesce(max(seq), 0) = count(*) and (select h.seq from sealdesk.session_head h where h.session = $1) = count(*)
                       from sealdesk.audit_event where session = $1";
        assert!(world.superuser.query_one(whole, &[&raw.session]).await.unwrap().get::<_, bool>(0), "no number is missing");
        let others = "select count(*) from sealdesk.audit_event where action = 'explain' and actor = 'officer' and details like '%sam%'";
        assert!(world.count(others).await >= 1, "asking about somebody else is always recorded");
        let own = "select count(*) from sealdesk.audit_event where action = 'explain' and actor = 'sam'";
        let before = world.count(own).await;
        people::explain(&sam, "sam", None, None).await.unwrap();
        assert_eq!(world.count(own).await, before + 1, "and one's own again from now on");
    });
}

#[test]
fn what_a_rule_counts_is_recorded_whatever_is_set() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        for class in ["", "contact"] {
            let set = outcome(&officer.client, SET, &[&officer.token, &"copy", &class, &false]).await.unwrap();
            assert_eq!(set, "SD184", "bulk_reveal counts copies");
        }
        let sam = world.sign_in("sam").await;
        let copy = async || outcome(&sam.client, COPY, &[&sam.token, &world.records[0], &"phone"]).await.unwrap();
        // As if a rule had been switched on after it was set.
        preset(world, "copy", "", false).await;
        assert_eq!(copy().await, "ok");
        assert_eq!(events(world, sam.session, "copy", "ok").await, 1);
        let rules = "update sealdesk.audit_rule set enabled = $1 where enabled <> $1 and code in ('bulk_reveal', 'honeytoken', 'out_of_order', 'vip')";
        world.superuser.execute(rules, &[&false]).await.unwrap();
        assert_eq!(copy().await, "ok");
        let without = events(world, sam.session, "copy", "ok").await;
        preset(world, "copy", "contact", true).await;
        assert_eq!(copy().await, "ok");
        let with = events(world, sam.session, "copy", "ok").await;
        world.superuser.execute(rules, &[&true]).await.unwrap();
        forget(world).await;
        assert_eq!((without, with), (1, 2), "the class has a choice of its own");
    });
}

#[test]
fn a_desk_says_of_itself_only_what_it_may_know_and_only_where_that_is_recorded() {
    attack(async |world| {
        let (sam, olga) = (world.with_keys("sam").await, world.sign_in("olga").await);
        let record = RecordId(world.records[1]);
        let all = async |action: &str| {
            let sql = "select count(*) from sealdesk.audit_event where actor = 'sam' and action = $1 and outcome = 'ok'";
            world.superuser.query_one(sql, &[&action]).await.unwrap().get::<_, i64>(0)
        };
        view::view(&sam, record).await.unwrap();
        let (hide, focus) = (all("hide").await, all("focus").await);
        let revealed = reveal::reveal(&sam, record, &["phone".to_owned()], None).await;
        assert!(revealed.iter().all(|(_, value)| value.is_ok()));
        audit::report(&sam, record, Some("phone")).await.unwrap();
        audit::report(&sam, record, None).await.unwrap();
        assert_eq!((all("hide").await, all("focus").await), (hide, focus), "not by default");
        preset(world, "hide", "contact", true).await;
        preset(world, "focus", "", true).await;
        let asked =
            rows(&olga.client, "select action, class from sealdesk_api.list_reported($1) order by 1", &[&olga.token]).await.unwrap();
        audit::report(&sam, record, Some("phone")).await.unwrap();
        audit::report(&sam, record, None).await.unwrap();
        let counted = (all("hide").await, all("focus").await);
        let raw = world.sign_in("sam").await;
        let report = async |action: Option<&str>, record: Uuid, field: Option<&str>| {
            outcome(&raw.client, REPORT, &[&raw.token, &action, &record, &field]).await.unwrap()
        };
        let refused = [
            report(Some("hide"), world.records[1], Some("phone")).await,
            report(Some("hide"), world.records[1], None).await,
            report(Some("reveal"), world.records[1], Some("phone")).await,
            report(None, world.records[1], None).await,
            report(Some("focus"), Uuid::nil(), None).await,
            outcome(&olga.client, REPORT, &[&olga.token, &"focus", &world.records[0], &None::<&str>]).await.unwrap(),
            outcome(&olga.client, REPORT, &[&olga.token, &"focus", &Uuid::nil(), &None::<&str>]).await.unwrap(),
        ];
        forget(world).await;
        let asked: Vec<(String, Option<String>)> = asked.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(asked, [("focus".into(), None), ("hide".into(), Some("contact".into()))]);
        assert_eq!(counted, (hide + 1, focus + 1));
        assert_eq!(
            refused,
            ["SD006", "SD011", "SD011", "SD011", "SD006", "SD003", "SD003"],
            "what this session has not revealed it does not hide"
        );
        assert_eq!(events(world, raw.session, "hide", "SD006").await, 1);
    });
}
