//! Reviews of the audit: what a superuser changes of one is named, and one that nobody signs off rings.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    model::audit_review::{Mark, NewPlan, Period},
    service::{audit::review, view},
};
use uuid::Uuid;

use crate::{
    proof::{forge, verify},
    support::{Database, fixture},
    watch::{SOON, Watching},
    world::count,
};

fn plan(reviewer: &str) -> NewPlan {
    let now = Timestamp::now();
    let mut plan = NewPlan::usual("last hours", Period::Once, &[reviewer.to_owned()], &now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    (plan.from, plan.until) = (now - SignedDuration::from_hours(6), now);
    plan.scope.size = 12;
    plan
}

/// Reviewed by the supervisor, with a finding, and signed off.
async fn reviewed() -> Database<'static> {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("senior_agent").await;
    for row in database.superuser().await.query("select id from sealdesk.record order by number limit 20", &[]).await.unwrap() {
        view::view(&agent, sealdesk::model::id::RecordId(row.get::<_, Uuid>(0))).await.unwrap();
    }
    let officer = database.sign_in("security_officer").await;
    review::plan(&officer, &plan(&database.fixture.person("supervisor").user)).await.unwrap();
    let supervisor = database.sign_in("supervisor").await;
    assert!(review::list(&supervisor).await.unwrap()[0].drawn.is_none());
    let (code, out, err) = database.program_as("auditor").run(&["audit", "checkpoint"]);
    assert_eq!(code, 0, "{out}{err}");
    let number = review::list(&supervisor).await.unwrap()[0].number;
    let items = review::open(&supervisor, number).await.unwrap();
    assert_eq!(items.len(), 12);
    // What the supervisor did is nobody's to mark here.
    for (index, item) in items.iter().filter(|item| item.may_mark).enumerate() {
        review::look(&supervisor, number, item.item).await.unwrap();
        let (mark, note) = if index == 0 { (Mark::Finding, "no ticket") } else { (Mark::InOrder, "") };
        review::mark(&supervisor, number, item.item, mark, note).await.unwrap();
    }
    review::sign(&supervisor, number).await.unwrap();
    for signed_in in [&agent, &officer, &supervisor] {
        sealdesk::service::unlock::close(signed_in).await.unwrap();
    }
    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains("samples of audit reviews drawn again: 1"), "{code}: {said}");
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_superuser_changes_of_a_review_is_named() {
    let database = Box::pin(reviewed()).await;
    let superuser = database.superuser().await;
    let undo = "set session_replication_role = replica;
        truncate sealdesk.audit_review_mark, sealdesk.audit_review_sign, sealdesk.audit_review_item, sealdesk.audit_review_draw, sealdesk.audit_review_weight, sealdesk.audit_review, sealdesk.audit_review_look;
        insert into sealdesk.audit_review overriding system value select * from keep_review; insert into sealdesk.audit_review_mark overriding system value select * from keep_mark;
        insert into sealdesk.audit_review_sign select * from keep_sign; insert into sealdesk.audit_review_item select * from keep_item;
        insert into sealdesk.audit_review_draw select * from keep_draw; insert into sealdesk.audit_review_weight select * from keep_weight;
        reset session_replication_role";
    for table in ["mark", "sign", "item", "draw", "weight"] {
        superuser.batch_execute(&format!("create table keep_{table} as select * from sealdesk.audit_review_{table}")).await.unwrap();
    }
    superuser.batch_execute("create table keep_review as select * from sealdesk.audit_review").await.unwrap();
    // Another event of the same chains in place of one that was drawn, and everything that follows from it computed anew.
    let exchanged = "update sealdesk.audit_review_item i set seq = e.seq, hash = e.hash
       from (select x.session, x.seq, x.hash from sealdesk.audit_event x where x.action = 'view' and not exists (
               select from sealdesk.audit_review_item y where y.session = x.session and y.seq = x.seq) limit 1) e
      where i.item = (select min(z.item) from sealdesk.audit_review_item z where z.session = e.session) and i.session = e.session";
    for (what, sql, named) in [
        (
            "a finding becomes in order",
            "update sealdesk.audit_review_mark set mark = 'in_order' where mark = 'finding'",
            "a mark was changed",
        ),
        ("its words", "update sealdesk.audit_review_mark set note = 'nothing' where mark = 'finding'", "a mark was changed"),
        ("it is taken away", "delete from sealdesk.audit_review_mark where mark = 'finding'", "gone: the audit says"),
        ("the signature is", "delete from sealdesk.audit_review_sign", "gone: the audit says"),
        ("or another's", "update sealdesk.audit_review_sign set by = 'he.qing'", "signed for something else"),
        ("another event", exchanged, "another sample follows"),
        ("one event fewer", "delete from sealdesk.audit_review_item where item = 12", "another sample follows"),
        ("another checkpoint", "update sealdesk.audit_review set after_checkpoint = after_checkpoint - 1", "drawn with another checkpoint"),
        (
            "all of it",
            "truncate sealdesk.audit_review_mark, sealdesk.audit_review_sign, sealdesk.audit_review_item, sealdesk.audit_review_draw, sealdesk.audit_review_look, sealdesk.audit_review_weight",
            "gone: the audit says",
        ),
    ] {
        forge(&superuser, sql).await;
        let (code, said) = verify(&database);
        assert!(code == 5 && said.contains("audit review 1") && said.contains(named), "{what}: {code}: {said}");
        superuser.batch_execute(undo).await.unwrap();
    }
    let (code, said) = verify(&database);
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_begins_a_review_draws_its_sample_and_rings_when_nobody_signs_it_off() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.reviews", "watch").await;
    let officer = database.sign_in("security_officer").await;
    review::plan(&officer, &plan(&database.fixture.person("supervisor").user)).await.unwrap();
    let superuser = database.superuser().await;
    let due = "update sealdesk.audit_review_plan set created_at = now() - interval '20 days', first_from = now() - interval '21 days', first_until = now() - interval '20 days'";
    forge(&superuser, due).await;
    let watching = Watching::start(&database, &account, None);
    watching.until_it_says("leads", SOON).await;
    let began = Instant::now();
    while count(&superuser, "select count(*) from sealdesk.alert where rule = 'audit_review' and subject = 'audit review 1'").await == 0 {
        assert!(began.elapsed() < Duration::from_mins(2), "overdue, and nobody is told");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    while count(&superuser, "select count(*) from sealdesk.audit_review_draw").await == 0 {
        assert!(began.elapsed() < Duration::from_mins(3), "not drawn");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // It rings again, louder, when nobody acknowledges it.
    forge(&superuser, "update sealdesk.alert set opened_at = now() - interval '5 hours' where rule = 'audit_review'").await;
    while count(&superuser, "select count(*) from sealdesk.alert_notice n join sealdesk.alert a on a.number = n.alert where a.rule = 'audit_review' and n.what = 'escalated'").await == 0 {
        assert!(began.elapsed() < Duration::from_mins(4), "not escalated");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(watching.end().await, 0);
}
