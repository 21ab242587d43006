//! Ways around the second pair of eyes, and around the second factor of a role for a time.

use sealdesk::{
    model::{
        clearance::Clearance,
        freeze::Target,
        request::{Asked, Why},
    },
    service::{clearance, freeze, request, review, second_factor, staff},
};

use crate::world::{World, attack, outcome, rows, ticket};

const GLASS: &str = "select outcome from sealdesk_api.break_glass($1, $2, 'now', null, 15)";
const VOTE: &str = "select sealdesk_api.request_vote($1, $2, true, '')";

fn why() -> Why {
    Why { text: "refund".into(), reference: None }
}

fn clerk() -> Asked {
    Asked::Elevate { role: "payment_clerk".into() }
}

async fn require(world: &World, kind: &str, on: bool) {
    let set = "update sealdesk.four_eyes set required = $2 where kind = $1";
    world.superuser.execute(set, &[&kind, &on]).await.unwrap();
}

async fn lend(world: &World, role: &str, target: &str) {
    let lend = "insert into sealdesk.eligibility values ($1, $2, 60, true)";
    world.superuser.execute(lend, &[&role, &target]).await.unwrap();
}

async fn forget_lent(world: &World) {
    world
        .superuser
        .batch_execute("delete from sealdesk.eligibility where target <> 'payment_clerk' or role = 'security_officer'")
        .await
        .unwrap();
}

async fn leave(world: &World, logins: &[&str]) {
    for login in logins {
        staff::disable(&world.officer, login).await.unwrap();
    }
}

#[test]
fn who_is_added_after_a_role_was_asked_for_them_does_not_decide_on_it() {
    attack(async |world| {
        let asked = Asked::RoleGrant { login: "f.later".into(), role: "auditor".into() };
        let number = request::ask(&world.officer, &asked, &why(), 60, 60).await.unwrap();
        world.recruit("f.later", &["supervisor"]).await;
        let later = world.raw("f.later").await;
        assert_eq!(outcome(&later.client, VOTE, &[&later.token, &number]).await.unwrap(), "SD051");
        request::withdraw(&world.officer, number).await.unwrap();
        leave(world, &["f.later"]).await;
    });
}

#[test]
fn a_subject_in_other_letters_or_with_more_spaces_is_another_subject_or_none() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let ask = "select outcome from sealdesk_api.request_put($1, 'role_grant', $2, 'why', null, 60, 60)";
        for subject in ["ann  supervisor", " ann supervisor", "ann supervisor ", "ann\tsupervisor", "ann SUPERVISOR", "ann"] {
            assert_eq!(outcome(&officer.client, ask, &[&officer.token, &subject]).await.unwrap(), "SD011", "{subject:?}");
        }
        assert_eq!(outcome(&officer.client, ask, &[&officer.token, &"ann agent"]).await.unwrap(), "SD111", "given without asking");
    });
}

#[test]
fn a_new_code_for_somebody_with_capabilities_needs_whoever_a_grant_would_need() {
    attack(async |world| {
        world.recruit("f.capa", &["supervisor"]).await;
        world.recruit("f.plain", &["agent"]).await;
        require(world, "role_grant", true).await;
        let taken = staff::new_invitation(&world.officer, "f.capa").await.map(|_| ());
        leave(world, &["f.capa", "f.plain"]).await;
        let enabled = staff::enable(&world.officer, "f.capa").await.map(|_| ());
        let plain = staff::enable(&world.officer, "f.plain").await.map(|_| ());
        require(world, "role_grant", false).await;
        assert_eq!(taken.unwrap_err().code(), "SD050", "whoever has the code votes as they do");
        assert_eq!(enabled.unwrap_err().code(), "SD050", "the roles come back with the person");
        plain.unwrap();
        leave(world, &["f.plain"]).await;
    });
}

#[test]
fn a_broken_glass_is_no_second_pair_of_eyes() {
    attack(async |world| {
        lend(world, "agent", "supervisor").await;
        let asking = world.recruit("f.yan", &["agent"]).await;
        world.recruit("f.xiu", &["agent"]).await;
        let number = request::ask(&asking, &clerk(), &why(), 30, 60).await.unwrap();
        let xiu = world.raw("f.xiu").await;
        assert_eq!(outcome(&xiu.client, GLASS, &[&xiu.token, &"supervisor"]).await.unwrap(), "ok");
        let vote = outcome(&xiu.client, VOTE, &[&xiu.token, &number]).await.unwrap();
        let broken = request::break_glass(&asking, "payment_clerk", &why(), 15).await.unwrap();
        let review = outcome(&xiu.client, "select sealdesk_api.elevation_review($1, $2, 'fine')", &[&xiu.token, &broken]).await.unwrap();
        let waits = "select waiting + to_review from sealdesk_api.my_standing($1)";
        let waits: i64 = rows(&xiu.client, waits, &[&xiu.token]).await.unwrap()[0].get(0);
        forget_lent(world).await;
        leave(world, &["f.yan", "f.xiu"]).await;
        assert_eq!((vote.as_str(), review.as_str(), waits), ("SD003", "SD003", 0));
    });
}

#[test]
fn nobody_gives_more_to_a_role_that_they_have_for_a_time() {
    attack(async |world| {
        lend(world, "security_officer", "payment_clerk").await;
        world.recruit("f.offa", &["security_officer"]).await;
        let offa = world.raw("f.offa").await;
        assert_eq!(outcome(&offa.client, GLASS, &[&offa.token, &"payment_clerk"]).await.unwrap(), "ok");
        let allow = "select sealdesk_api.role_allow($1, 'payment_clerk', 'payment', true, true, true, true, 1, '{}', '{}', '{}', '{}')";
        let allowed = outcome(&offa.client, allow, &[&offa.token]).await.unwrap();
        forget_lent(world).await;
        leave(world, &["f.offa"]).await;
        assert_eq!(allowed, "SD041");
    });
}

#[test]
fn an_approved_eligibility_is_for_so_long_and_with_a_glass_or_without_as_it_was_asked() {
    attack(async |world| {
        world.recruit("f.supo", &["supervisor"]).await;
        let supo = world.raw("f.supo").await;
        require(world, "role_rights", true).await;
        let asked = Asked::Eligible { role: "senior_agent".into(), target: "payment_clerk".into(), max_minutes: 30, break_glass: false };
        let number = request::ask(&world.officer, &asked, &why(), 60, 60).await.unwrap();
        assert_eq!(outcome(&supo.client, VOTE, &[&supo.token, &number]).await.unwrap(), "ok");
        let longer = request::make_eligible(&world.officer, "senior_agent", "payment_clerk", 1440, false).await;
        let glass = request::make_eligible(&world.officer, "senior_agent", "payment_clerk", 30, true).await;
        let as_asked = request::make_eligible(&world.officer, "senior_agent", "payment_clerk", 30, false).await;
        require(world, "role_rights", false).await;
        // A role with capabilities is no less given by lending it.
        require(world, "role_grant", true).await;
        let lent = request::make_eligible(&world.officer, "senior_agent", "supervisor", 30, true).await;
        require(world, "role_grant", false).await;
        forget_lent(world).await;
        request::make_ineligible(&world.officer, "senior_agent", "payment_clerk").await.unwrap();
        leave(world, &["f.supo"]).await;
        assert_eq!(longer.unwrap_err().code(), "SD050");
        assert_eq!(glass.unwrap_err().code(), "SD050");
        as_asked.unwrap();
        assert_eq!(lent.unwrap_err().code(), "SD050");
    });
}

#[test]
fn a_role_for_a_time_goes_on_asking_for_the_second_factor_it_asks_for() {
    attack(async |world| {
        world.recruit("f.zed", &["agent"]).await;
        let zed = world.raw("f.zed").await;
        let factor = "insert into sealdesk.second_factor (person, secret, confirmed_at) select id, '12345678901234567890', now() from sealdesk.person where login = 'f.zed';
                      update sealdesk.application_role set second_factor = true where code = 'payment_clerk'";
        world.superuser.batch_execute(factor).await.unwrap();
        assert_eq!(outcome(&zed.client, GLASS, &[&zed.token, &"payment_clerk"]).await.unwrap(), "ok");
        second_factor::reset(&world.officer, "f.zed").await.unwrap();
        let zed = world.raw("f.zed").await;
        let viewed = zed.request_view(ticket(), world.records[0]).await;
        // Nor does a session that is open already go on with a role that asks for one.
        world.superuser.batch_execute("update sealdesk.elevation set ended_at = now() where ended_at is null").await.unwrap();
        let zed = world.raw("f.zed").await;
        assert_eq!(zed.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        staff::grant(&world.officer, "f.zed", "payment_clerk").await.unwrap();
        let granted = zed.request_view(ticket(), world.records[0]).await;
        world.superuser.batch_execute("update sealdesk.application_role set second_factor = false").await.unwrap();
        leave(world, &["f.zed"]).await;
        assert_eq!(viewed.unwrap_err().code, "SD021");
        assert_eq!(granted.unwrap_err().code, "SD021");
    });
}

#[test]
fn how_fresh_a_code_a_class_asks_for_is_a_setting_for_four_eyes_too() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let loosen = "select sealdesk_api.class_fresh_code($1, 'payment', null)";
        require(world, "settings", true).await;
        let refused = outcome(&officer.client, loosen, &[&officer.token]).await;
        require(world, "settings", false).await;
        assert_eq!(refused.unwrap(), "SD050");
        assert_eq!(outcome(&officer.client, loosen, &[&officer.token]).await.unwrap(), "ok");
    });
}

/// Four eyes by themselves, as a new installation has them.
async fn by_itself(world: &World, on: bool) {
    let kinds = "('role_grant', 'role_rights', 'second_factor_reset', 'settings', 'duty', 'role_second_factor')";
    let value = if on { "null" } else { "false" };
    world.superuser.batch_execute(&format!("update sealdesk.four_eyes set required = {value} where kind in {kinds}")).await.unwrap();
}

#[test]
fn four_eyes_begin_by_themselves_with_the_second_who_may_approve_and_what_was_done_alone_is_found() {
    attack(async |world| {
        by_itself(world, true).await;
        // Nobody else may approve: a founder is not locked out, and is seen.
        world.recruit("f.first", &["agent"]).await;
        let alone = staff::grant(&world.officer, "f.first", "supervisor").await;
        let found = review::findings(&world.officer).await.unwrap();
        let seen = |found: &[sealdesk::model::finding::Finding]| {
            found.iter().any(|one| {
                one.kind.code() == "alone_grant" && one.user.as_deref() == Some("f.first") && one.detail.as_deref() == Some("officer")
            })
        };
        let told = seen(&found);
        let erased = world.superuser.batch_execute("set role sealdesk_owner; delete from sealdesk.alone_act").await;
        world.superuser.batch_execute("reset role").await.unwrap();
        // From the second on it takes both.
        world.recruit("f.plainer", &["agent"]).await;
        let second = staff::grant(&world.officer, "f.plainer", "supervisor").await;
        let added = staff::add(&world.officer, "f.puppet", "", &["auditor".to_owned()]).await.map(|_| ());
        let duty = review::let_meet(&world.officer, "audit_all", "run_backups").await;
        let factor = second_factor::require(&world.officer, "agent", true).await;
        // Freezing who approves is no way to do without them.
        freeze::put(&world.officer, &Target::Person("f.first".into()), &why()).await.unwrap();
        let frozen = staff::grant(&world.officer, "f.plainer", "supervisor").await;
        let lift =
            "update sealdesk.freeze set lifted_at = now(), lifted_by = 'test', lifted_xid = pg_current_xact_id() where lifted_at is null";
        world.superuser.batch_execute(lift).await.unwrap();
        // Nor putting them out: what is done alone then is found again.
        staff::disable(&world.officer, "f.first").await.unwrap();
        let again = staff::grant(&world.officer, "f.plainer", "supervisor").await;
        let found_again = review::findings(&world.officer).await.unwrap();
        by_itself(world, false).await;
        leave(world, &["f.plainer"]).await;
        alone.unwrap();
        again.unwrap();
        assert!(told && erased.is_err(), "it stands as long as the grant does");
        assert!(found_again.iter().any(|one| one.kind.code() == "alone_grant" && one.user.as_deref() == Some("f.plainer")));
        for (what, refused) in [("grant", second), ("add", added), ("duty", duty), ("second factor", factor), ("frozen", frozen)] {
            assert_eq!(refused.map_err(|error| error.code()), Err("SD050"), "{what}");
        }
    });
}

#[test]
fn duties_second_factors_of_roles_and_higher_clearances_wait_for_somebody_else_where_that_is_asked_for() {
    attack(async |world| {
        world.recruit("f.supa", &["supervisor"]).await;
        world.recruit("f.clear", &["agent"]).await;
        let supa = world.raw("f.supa").await;
        for kind in ["duty", "role_second_factor", "clearance"] {
            require(world, kind, true).await;
        }
        let higher = Clearance::new("sensitive", &["vip".to_owned()]);
        let acts = async || {
            [
                review::let_meet(&world.officer, "audit_all", "run_backups").await,
                second_factor::require(&world.officer, "senior_agent", true).await,
                clearance::clear(&world.officer, "f.clear", &higher).await,
            ]
            .map(|done| done.map_err(|error| error.code()))
        };
        let refused = acts().await;
        let capabilities = ("run_backups".to_owned(), "audit_all".to_owned());
        for asked in [
            Asked::Duty { add: false, capabilities: capabilities.clone() },
            Asked::RoleSecondFactor { role: "senior_agent".into(), on: true },
            Asked::Clearance { login: "f.clear".into(), clearance: higher.clone() },
        ] {
            let number = request::ask(&world.officer, &asked, &why(), 60, 60).await.unwrap();
            assert_eq!(outcome(&supa.client, VOTE, &[&supa.token, &number]).await.unwrap(), "ok", "{asked:?}");
        }
        let other = clearance::clear(&world.officer, "f.clear", &Clearance::new("restricted", &[])).await.map_err(|error| error.code());
        let approved = acts().await;
        let taking = clearance::clear(&world.officer, "f.clear", &Clearance::new("normal", &[])).await;
        let once = acts().await;
        for kind in ["duty", "role_second_factor", "clearance"] {
            require(world, kind, false).await;
        }
        world.superuser.batch_execute("update sealdesk.application_role set second_factor = false").await.unwrap();
        let back = "insert into sealdesk.duty_conflict values ('audit_all', 'run_backups', 'apart', '分开') on conflict do nothing";
        world.superuser.batch_execute(back).await.unwrap();
        leave(world, &["f.supa", "f.clear"]).await;
        assert_eq!(refused, [Err("SD050"); 3]);
        assert_eq!(other, Err("SD050"), "to the letter");
        assert_eq!(approved, [Ok(()); 3]);
        taking.unwrap();
        assert_eq!(once, [Err("SD011"), Err("SD050"), Err("SD050")], "an approval is for one act");
    });
}

#[test]
fn a_second_factor_is_called_the_same_everywhere() {
    attack(async |world| {
        let old = "select count(*) from sealdesk.four_eyes where label_zh like '%第二因素%'";
        assert_eq!(world.count(old).await, 0);
        let new = "select count(*) from sealdesk.four_eyes where kind in ('role_second_factor', 'second_factor_reset') and label_zh like '%双因素验证%'";
        assert_eq!(world.count(new).await, 2);
    });
}
