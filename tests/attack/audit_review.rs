//! Reviews of the audit: no reviewer chooses a sample or foresees it, signs off unseen, judges what they did themselves, or changes a mark afterwards.

use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    model::audit_review::{Mark, NewPlan, Period, Review},
    service::{
        SignedIn,
        audit::{self, checkpoint::checkpoint, review},
    },
};

use crate::world::{World, attack, outcome, ticket};

/// What was done within the last hour, by somebody or by everybody.
fn plan(reviewers: &[&str], people: &[&str]) -> NewPlan {
    let reviewers: Vec<String> = reviewers.iter().map(|login| (*login).to_owned()).collect();
    let now = Timestamp::now();
    let mut plan = NewPlan::usual("last hour", Period::Once, &reviewers, &now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    (plan.from, plan.until) = (now - SignedDuration::from_hours(1), now);
    plan.scope.people = people.iter().map(|login| (*login).to_owned()).collect();
    plan.scope.size = 8;
    plan
}

async fn newest(signed_in: &SignedIn) -> Review {
    review::list(signed_in).await.unwrap().into_iter().max_by_key(|review| review.number).unwrap()
}

/// Drawn, with a checkpoint of somebody who neither reviews nor planned it.
async fn due(world: &World, reviewer: &SignedIn, new: &NewPlan) -> i64 {
    review::plan(&world.officer, new).await.unwrap();
    let begun = newest(reviewer).await;
    assert!(begun.drawn.is_none(), "not with what is there already");
    checkpoint(&world.with_keys("olga").await, &mut None).await.unwrap();
    let drawn = newest(reviewer).await;
    assert!(drawn.number == begun.number && drawn.drawn.is_some());
    drawn.number
}

#[test]
fn who_does_not_manage_people_plans_no_review_and_who_does_not_read_the_audit_sees_none() {
    attack(async |world| {
        let plan = "select outcome from sealdesk_api.audit_review_plan($1, 'x', 'once', now() - interval '1 h', now(), '{}', '{}', '{}', 8, 20, 'UTC', '{1}', '07:00', '20:00', 7, '{olga}')";
        for (login, reads) in [("ann", false), ("sam", false), ("olga", true)] {
            let who = world.sign_in(login).await;
            assert_eq!(outcome(&who.client, plan, &[&who.token]).await.unwrap(), "SD003", "{login}");
            assert_eq!(outcome(&who.client, "select sealdesk_api.audit_review_stop($1, 1)", &[&who.token]).await.unwrap(), "SD003");
            let listed = world.collect(&who.client, "select number from sealdesk_api.list_audit_reviews($1)", &[&who.token]).await;
            assert_eq!(listed.is_ok(), reads, "{login}");
            for call in [
                "select sealdesk_api.audit_review_look($1, 1, 1)",
                "select sealdesk_api.audit_review_mark($1, 1, 1, 'in_order', '')",
                "select sealdesk_api.audit_review_sign($1, 1, now(), sha256('x'), decode(repeat('00', 64), 'hex'))",
            ] {
                let refused = outcome(&who.client, call, &[&who.token]).await.unwrap();
                assert!(if reads { refused != "ok" } else { refused == "SD003" }, "{login}: {call}: {refused}");
            }
            let asked = ticket();
            let request = "select sealdesk_api.request_audit_review($1, $2, 1)";
            assert!(reads || outcome(&who.client, request, &[&who.token, &asked]).await.unwrap() == "SD003");
            for collect in
                ["collect_audit_review", "collect_audit_review_items", "collect_audit_review_marks", "collect_audit_review_frames"]
            {
                let sql = format!("select * from sealdesk_api.{collect}($1, $2, 1)");
                let refused = world.collect(&who.client, &sql, &[&who.token, &asked]).await.unwrap_err();
                assert!(matches!(refused.code.as_str(), "SD003" | "SD008"), "{login}: {collect}: {}", refused.code);
            }
            for sql in [
                "select * from sealdesk.audit_review_item",
                "insert into sealdesk.audit_review_item select",
                "delete from sealdesk.audit_review_mark",
                "select sealdesk.audit_reviews_advance(gen_random_uuid())",
                "select sealdesk.audit_review_statement(1, gen_random_uuid(), '', now())",
            ] {
                assert_eq!(who.refusal(sql).await.as_deref(), Some("42501"), "{login}: {sql}");
            }
        }
        // An agent is no reviewer, whoever plans it.
        assert_eq!(review::plan(&world.officer, &plan_of(&["ann"])).await.unwrap_err().code(), "SD187");
        assert_eq!(review::plan(&world.officer, &self::plan(&["olga"], &["nobody"])).await.unwrap_err().code(), "SD146");
    });
}

fn plan_of(reviewers: &[&str]) -> NewPlan {
    plan(reviewers, &[])
}

#[test]
fn a_sample_is_drawn_with_nobodys_checkpoint_who_reviews_it_and_cannot_be_chosen() {
    attack(async |world| {
        let reviewer = world.recruit("rev.draw", &["auditor"]).await;
        review::plan(&world.officer, &plan(&["rev.draw"], &[])).await.unwrap();
        let begun = newest(&reviewer).await;
        // A reviewer could try until the sample pleases them; so could who planned it.
        for _ in 0..2 {
            checkpoint(&reviewer, &mut None).await.unwrap();
            checkpoint(&world.officer, &mut None).await.unwrap();
            assert!(newest(&reviewer).await.drawn.is_none());
        }
        checkpoint(&world.with_keys("olga").await, &mut None).await.unwrap();
        // Nor is there anything to choose between this one and the next.
        let drawn = newest(&reviewer).await.drawn;
        checkpoint(&world.with_keys("olga").await, &mut None).await.unwrap();
        let again = newest(&reviewer).await;
        assert_eq!((again.number, again.drawn), (begun.number, drawn));
        let items = review::open(&reviewer, begun.number).await.unwrap();
        assert_eq!(items.len(), 8);
        for change in [
            "update sealdesk.audit_review_item set seq = seq + 1",
            "delete from sealdesk.audit_review_draw",
            "truncate sealdesk.audit_review cascade",
        ] {
            assert!(world.superuser.batch_execute(change).await.is_err(), "{change}");
        }
        let found = audit::verify(&reviewer, |_| {}).await.unwrap();
        assert!(found.reviews >= 1 && found.review_breaks.is_empty(), "{:?}", found.review_breaks);
    });
}

#[test]
fn nobody_signs_off_what_they_have_not_looked_at_or_changes_it_afterwards() {
    attack(async |world| {
        let reviewer = world.recruit("rev.sign", &["auditor"]).await;
        let number = due(world, &reviewer, &plan(&["rev.sign"], &["officer"])).await;
        let raw = world.raw("rev.sign").await;
        let look = "select sealdesk_api.audit_review_look($1, $2, 1)";
        let mark = "select sealdesk_api.audit_review_mark($1, $2, 1, 'in_order', '')";
        assert_eq!(outcome(&raw.client, look, &[&raw.token, &number]).await.unwrap(), "SD189", "what was not handed out");
        let items = review::open(&reviewer, number).await.unwrap();
        assert!(!items.is_empty() && items.iter().all(|item| item.may_mark && !item.looked));
        assert_eq!(outcome(&raw.client, mark, &[&raw.token, &number]).await.unwrap(), "SD189", "before it was opened");
        // Looking in a transaction that is rolled back is no looking.
        let request = "select sealdesk_api.request_audit_review($1, $2, $3)";
        assert_eq!(outcome(&raw.client, request, &[&raw.token, &ticket(), &number]).await.unwrap(), "ok");
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, look, &[&raw.token, &number]).await.unwrap(), "ok");
        assert_eq!(outcome(&raw.client, mark, &[&raw.token, &number]).await.unwrap(), "SD189");
        raw.client.batch_execute("rollback").await.unwrap();
        assert_eq!(outcome(&raw.client, mark, &[&raw.token, &number]).await.unwrap(), "SD189");
        assert_eq!(review::sign(&reviewer, number).await.unwrap_err().code(), "SD189");
        for item in &items {
            review::look(&reviewer, number, item.item).await.unwrap();
            let last = item.item == i32::try_from(items.len()).unwrap();
            if last {
                assert_eq!(review::sign(&reviewer, number).await.unwrap_err().code(), "SD189", "one is left");
                assert_eq!(review::mark(&reviewer, number, item.item, Mark::Finding, " ").await.unwrap_err().code(), "SD005");
                review::mark(&reviewer, number, item.item, Mark::Finding, "no ticket").await.unwrap();
            } else {
                review::mark(&reviewer, number, item.item, Mark::InOrder, "").await.unwrap();
            }
        }
        // What is signed must be what stands there.
        let forged = "select sealdesk_api.audit_review_sign($1, $2, clock_timestamp(), sha256('x'), decode(repeat('00', 64), 'hex'))";
        assert_eq!(outcome(&raw.client, forged, &[&raw.token, &number]).await.unwrap(), "SD007");
        review::sign(&reviewer, number).await.unwrap();
        let review = newest(&reviewer).await;
        assert!(review.done && review.findings == 1 && review.signed == ["rev.sign"]);
        assert_eq!(review::mark(&reviewer, number, 1, Mark::Finding, "after all").await.unwrap_err().code(), "SD188");
        assert_eq!(review::sign(&reviewer, number).await.unwrap_err().code(), "SD188");
        for change in ["update sealdesk.audit_review_mark set note = ''", "delete from sealdesk.audit_review_sign"] {
            assert!(world.superuser.batch_execute(change).await.is_err(), "{change}");
        }
    });
}

#[test]
fn nobody_reviews_their_own_events_and_another_does_where_no_reviewer_is_left() {
    attack(async |world| {
        let reviewer = world.recruit("rev.own", &["auditor"]).await;
        let number = due(world, &reviewer, &plan(&["rev.own"], &["rev.own"])).await;
        let items = review::open(&reviewer, number).await.unwrap();
        assert!(!items.is_empty() && items.iter().all(|item| item.own && !item.may_mark));
        review::look(&reviewer, number, 1).await.unwrap();
        assert_eq!(review::mark(&reviewer, number, 1, Mark::InOrder, "").await.unwrap_err().code(), "SD187");
        let olga = world.with_keys("olga").await;
        let items = review::open(&olga, number).await.unwrap();
        assert!(items.iter().all(|item| item.may_mark));
        for item in &items {
            review::look(&olga, number, item.item).await.unwrap();
            review::mark(&olga, number, item.item, Mark::InOrder, "").await.unwrap();
        }
        assert_eq!(review::sign(&reviewer, number).await.unwrap_err().code(), "SD189", "who looked at nothing has nothing to sign");
        review::sign(&olga, number).await.unwrap();
        assert!(review::list(&olga).await.unwrap().iter().any(|review| review.number == number && review.done));
        // Where there is a reviewer who may, nobody else does.
        let number = due(world, &reviewer, &plan(&["rev.own"], &["officer"])).await;
        review::open(&olga, number).await.unwrap();
        review::look(&olga, number, 1).await.unwrap();
        assert_eq!(review::mark(&olga, number, 1, Mark::InOrder, "").await.unwrap_err().code(), "SD187");
    });
}

#[test]
fn a_reviewer_who_keeps_a_transaction_open_holds_no_review_up() {
    attack(async |world| {
        let reviewer = world.recruit("rev.open", &["auditor"]).await;
        let watch = world.recruit("rev.watch", &["watch"]).await;
        let mut ended = plan(&["rev.open"], &["officer"]);
        ended.until = Timestamp::now() - SignedDuration::from_mins(3);
        review::plan(&world.officer, &ended).await.unwrap();
        let raw = world.raw("rev.open").await;
        raw.client.batch_execute("begin").await.unwrap();
        world.collect(&raw.client, "select number from sealdesk_api.list_audit_reviews($1)", &[&raw.token]).await.unwrap();
        // Begun by the reviewer and not committed: nobody sees it.
        let client = world.raw("rev.watch").await;
        let duty = "select sealdesk_api.watch_duty($1, 'audit_reviews')";
        for _ in 0..2 {
            assert_eq!(outcome(&client.client, duty, &[&client.token]).await.unwrap(), "ok");
        }
        let begun = newest(&reviewer).await;
        assert!(begun.title == "last hour" && begun.drawn.is_none());
        assert!(raw.client.batch_execute("select 1").await.is_err(), "it was ended");
        drop(watch);
    });
}
