//! What a transaction that is left open, or rolled back, must not give: a right without a trace, a role beside its loss, a hold on what others do.

use std::time::Duration;

use sealdesk::{
    model::{
        id::RecordId,
        request::{Asked, Why},
    },
    service::{edit, request, rotation, staff},
};
use tokio::time::timeout;

use crate::world::{Attacker, World, attack, outcome, rows, ticket};

const SOON: Duration = Duration::from_secs(8);
const GLASS: &str = "select outcome from sealdesk_api.break_glass($1, $2, 'now', null, 15)";

fn clerk() -> Asked {
    Asked::Elevate { role: "payment_clerk".into() }
}

fn why() -> Why {
    Why { text: "refund".into(), reference: None }
}

async fn begin(who: &Attacker, sql: &str) -> String {
    who.client.batch_execute("begin").await.unwrap();
    outcome(&who.client, sql, &[&who.token]).await.unwrap()
}

/// The outcome of an officer's act, which nobody may hold up.
async fn at_once(officer: &Attacker, sql: &str, login: &str) -> String {
    let done = timeout(SOON, outcome(&officer.client, sql, &[&officer.token, &login])).await;
    done.unwrap_or_else(|_| panic!("{sql} is held up")).unwrap()
}

async fn is_free(world: &World, row: &str) -> bool {
    world.superuser.batch_execute(&format!("select from sealdesk.{row} for no key update nowait")).await.is_ok()
}

#[test]
fn a_glass_that_is_broken_and_rolled_back_shows_no_masked_form() {
    attack(async |world| {
        let record = RecordId(uuid::Uuid::now_v7());
        let sally = world.recruit("o.rolf.clerk", &["agent", "payment_clerk"]).await;
        let values = [("name", "Rolled Back"), ("card", "4111111111111111")].map(|(field, value)| (field.to_owned(), value.to_owned()));
        edit::create(&sally, record, "customer", &edit::Draft { values: values.into() }).await.unwrap();
        world.recruit("o.rolf", &["agent"]).await;
        let raw = world.raw("o.rolf").await;
        let view = ticket();
        assert_eq!(raw.request_view(view, record.0).await.unwrap(), "ok");
        let fields = "select field from sealdesk_api.collect_view_fields($1, $2)";
        let shown = world.collect(&raw.client, fields, &[&raw.token, &view]).await.unwrap();
        assert!(shown.iter().all(|row| row.get::<_, &str>(0) != "card"), "no right on its class");
        // So that nothing has to be waited for.
        raw.client.batch_execute("select sealdesk_api.nudge()").await.unwrap();
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, GLASS, &[&raw.token, &"payment_clerk"]).await.unwrap(), "ok");
        let shown = rows(&raw.client, fields, &[&raw.token, &view]).await;
        raw.client.batch_execute("rollback").await.unwrap();
        assert!(shown.is_err() || shown.is_ok_and(|shown| shown.iter().all(|row| row.get::<_, &str>(0) != "card")));
        for login in ["o.rolf", "o.rolf.clerk"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn two_glasses_broken_in_one_transaction_bring_no_duties_together_that_are_kept_apart() {
    attack(async |world| {
        let lend = "insert into sealdesk.eligibility values ('agent', 'auditor', 60, true), ('agent', 'backup_operator', 60, true)";
        world.superuser.batch_execute(lend).await.unwrap();
        world.recruit("o.duo", &["agent"]).await;
        let raw = world.raw("o.duo").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, GLASS, &[&raw.token, &"auditor"]).await.unwrap(), "ok");
        let second = outcome(&raw.client, GLASS, &[&raw.token, &"backup_operator"]).await.unwrap();
        raw.client.batch_execute("rollback").await.unwrap();
        world.superuser.batch_execute("delete from sealdesk.eligibility where target <> 'payment_clerk'").await.unwrap();
        staff::disable(&world.officer, "o.duo").await.unwrap();
        assert_eq!(second, "SD092");
    });
}

#[test]
fn nothing_that_somebody_leaves_open_keeps_an_officer_from_acting_on_them() {
    attack(async |world| {
        world.recruit("o.hana", &["agent", "senior_agent"]).await;
        let officer = world.sign_in("officer").await;
        let heartbeat = "select expires_at::text from sealdesk_api.session_heartbeat($1)";
        let code = "select sealdesk_api.step_up_submit($1, gen_random_uuid(), '123456')";
        let glass = "select outcome from sealdesk_api.break_glass($1, 'payment_clerk', 'now', null, 15)";
        for (hold, act) in [
            (code, "select sealdesk_api.staff_sign_out($1, $2)"),
            (glass, "select sealdesk_api.role_revoke($1, $2, 'senior_agent')"),
            (glass, "select sealdesk_api.role_grant($1, $2, 'senior_agent')"),
            (code, "select sealdesk_api.second_factor_reset($1, $2)"),
            (heartbeat, "select sealdesk_api.staff_clear($1, $2, 0::smallint, '{}')"),
        ] {
            let raw = world.raw("o.hana").await;
            if act.contains("second_factor_reset") {
                let factor = "insert into sealdesk.second_factor (person, secret, confirmed_at)
                              select id, decode(repeat('5a', 20), 'hex'), clock_timestamp() from sealdesk.person where login = 'o.hana'";
                world.superuser.batch_execute(factor).await.unwrap();
            }
            begin(&raw, hold).await;
            assert_eq!(at_once(&officer, act, "o.hana").await, "ok", "{act}");
        }
        let raw = world.raw("o.hana").await;
        begin(&raw, heartbeat).await;
        assert_eq!(at_once(&officer, "select sealdesk_api.staff_disable($1, $2)", "o.hana").await, "ok");
        assert!(raw.client.batch_execute("commit").await.is_err(), "the connection is gone");
    });
}

#[test]
fn a_role_is_not_taken_and_a_glass_broken_over_it_at_the_same_moment() {
    attack(async |world| {
        world.recruit("o.rex", &["agent"]).await;
        let raw = world.raw("o.rex").await;
        let officer = world.sign_in("officer").await;
        officer.client.batch_execute("begin").await.unwrap();
        let revoke = "select sealdesk_api.role_revoke($1, 'o.rex', 'agent')";
        assert_eq!(outcome(&officer.client, revoke, &[&officer.token]).await.unwrap(), "ok");
        let broken = async { outcome(&raw.client, GLASS, &[&raw.token, &"payment_clerk"]).await };
        let committed = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            officer.client.batch_execute("commit").await.unwrap();
        };
        let (broken, ()) = tokio::join!(broken, committed);
        let left = "select count(*) from sealdesk.active_role a join sealdesk.person p on p.id = a.person where p.login = 'o.rex'";
        assert_eq!((broken, world.count(left).await), (Ok("SD053".to_owned()), 0));
        // Nor with an eligibility that is taken back.
        staff::grant(&world.officer, "o.rex", "agent").await.unwrap();
        officer.client.batch_execute("begin").await.unwrap();
        let remove = "select sealdesk_api.eligibility_remove($1, 'agent', 'payment_clerk')";
        assert_eq!(outcome(&officer.client, remove, &[&officer.token]).await.unwrap(), "ok");
        let broken = async { outcome(&raw.client, GLASS, &[&raw.token, &"payment_clerk"]).await };
        let committed = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            officer.client.batch_execute("commit").await.unwrap();
        };
        let (broken, ()) = tokio::join!(broken, committed);
        request::make_eligible(&world.officer, "agent", "payment_clerk", 60, true).await.unwrap();
        assert_eq!(broken, Ok("SD053".to_owned()));
        staff::disable(&world.officer, "o.rex").await.unwrap();
    });
}

#[test]
fn a_vote_that_is_not_committed_ends_with_the_right_to_it() {
    attack(async |world| {
        let asking = world.recruit("o.vera", &["agent"]).await;
        world.recruit("o.held", &["supervisor"]).await;
        let number = request::ask(&asking, &clerk(), &why(), 30, 60).await.unwrap();
        let raw = world.raw("o.held").await;
        raw.client.batch_execute("begin").await.unwrap();
        let vote = "select sealdesk_api.request_vote($1, $2, true, '')";
        assert_eq!(outcome(&raw.client, vote, &[&raw.token, &number]).await.unwrap(), "ok");
        timeout(SOON, staff::revoke(&world.officer, "o.held", "supervisor")).await.expect("held up").unwrap();
        assert!(raw.client.batch_execute("commit").await.is_err());
        assert_eq!(world.count(&format!("select count(*) from sealdesk.request where number = {number} and state = 'open'")).await, 1);
        for login in ["o.vera", "o.held"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_refused_call_in_an_open_transaction_holds_nothing_that_others_decide_on() {
    attack(async |world| {
        let asking = world.recruit("o.wim", &["agent"]).await;
        let number = request::ask(&asking, &clerk(), &why(), 30, 60).await.unwrap();
        let glass = request::break_glass(&asking, "payment_clerk", &why(), 15).await.unwrap();
        let officer = world.sign_in("officer").await;
        let start =
            "select number from sealdesk_api.review_start($1, 'Held', '{agent}', '{officer}', now() + interval '1 day', 'escalate', null)";
        let campaign: i32 = rows(&officer.client, start, &[&officer.token]).await.unwrap()[0].get(0);
        let ann = world.sign_in("ann").await;
        for (call, refusal, row) in [
            (format!("request_vote($1, {number}, false, '')"), "SD003", format!("request where number = {number}")),
            (format!("elevation_end($1, {glass})"), "SD003", format!("elevation where number = {glass}")),
            (format!("elevation_review($1, {glass}, 'fine')"), "SD003", format!("elevation where number = {glass}")),
            (
                format!("review_decide($1, {campaign}, 'o.wim', 'agent', 'keep', '')"),
                "SD094",
                format!("review_campaign where number = {campaign}"),
            ),
            (
                format!("review_decide($1, {campaign}, 'o.wim', 'agent', 'keep', '')"),
                "SD094",
                format!("review_item where campaign = {campaign}"),
            ),
            ("retire_epochs($1, 'contact')".to_owned(), "SD003", "class where code = 'contact'".to_owned()),
        ] {
            assert_eq!(begin(&ann, &format!("select sealdesk_api.{call}")).await, refusal, "{call}");
            let free = is_free(world, &row).await;
            ann.client.batch_execute("rollback").await.unwrap();
            assert!(free, "{call} holds {row}");
        }
        let clean = format!(
            "delete from sealdesk.review_event; delete from sealdesk.review_item; delete from sealdesk.review_reviewer; delete from sealdesk.review_campaign where number = {campaign}"
        );
        world.superuser.batch_execute(&clean).await.unwrap();
        staff::disable(&world.officer, "o.wim").await.unwrap();
    });
}

#[test]
fn an_edit_in_an_open_transaction_holds_up_no_change_of_settings() {
    attack(async |world| {
        world.recruit("o.ed", &["senior_agent"]).await;
        let raw = world.raw("o.ed").await;
        let edit =
            "select outcome from sealdesk_api.put_edit($1, gen_random_uuid(), 1, decode(repeat('00', 60), 'hex'), '{phone}', '{0}', '{1}',
                      array[decode(repeat('00', 60), 'hex')], array[null::bytea], '{}', '{}', '{}')";
        assert_eq!(begin(&raw, edit).await, "SD074");
        let officer = world.sign_in("officer").await;
        let change = "select sealdesk_api.field_move($1, $2, 0, null)";
        assert_eq!(at_once(&officer, change, "phone").await, "SD007");
        staff::disable(&world.officer, "o.ed").await.unwrap();
    });
}

#[test]
fn a_glass_broken_in_an_open_transaction_holds_up_no_rotation() {
    attack(async |world| {
        world.recruit("o.rota", &["agent"]).await;
        let raw = world.raw("o.rota").await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, GLASS, &[&raw.token, &"payment_clerk"]).await.unwrap(), "ok");
        let rotated = timeout(SOON, rotation::rotate_role(&world.officer, "payment_clerk")).await;
        raw.client.batch_execute("rollback").await.unwrap();
        rotated.expect("held up").unwrap();
        staff::disable(&world.officer, "o.rota").await.unwrap();
    });
}
