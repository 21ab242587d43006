//! Four eyes and roles for a time: what nobody may do alone, and what ends by itself.

use sealdesk::{
    model::{
        catalogue::{Choice, Class, Field, FieldKind, IndexMode, Label, Language, Mask, Reason},
        change::Change,
        id::RecordId,
        request::{Asked, RequestState, Why},
    },
    service::{Error, SignedIn, clearance, edit, people, request, reveal, reveal::GivenReason, second_factor, settings, staff},
};

use crate::world::{Attacker, Parameters, World, attack, outcome, rows, ticket};

const CARD: &str = "card";

fn why() -> Why {
    Why { text: "refund".into(), reference: Some("TK-1".into()) }
}

fn clerk() -> Asked {
    Asked::Elevate { role: "payment_clerk".into() }
}

/// A record whose card is filled in.
async fn record_with_account(world: &World) -> RecordId {
    let record = RecordId(uuid::Uuid::now_v7());
    let login = format!("sally.{}", world.count("select count(*) from sealdesk.person").await);
    let sally = world.recruit(&login, &["agent", "payment_clerk"]).await;
    let values = [("name", "Refund Case"), (CARD, "4111111111111111")];
    let draft = edit::Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() };
    edit::create(&sally, record, "customer", &draft).await.unwrap();
    staff::disable(&world.officer, &login).await.unwrap();
    record
}

async fn shows_account(who: &SignedIn, record: RecordId) -> Result<String, &'static str> {
    let reason = GivenReason { code: "callback".into(), reference: None };
    let found = reveal::reveal(who, record, &[CARD.to_owned()], Some(&reason)).await.pop().unwrap().1;
    found.map(|value| value.expose().clone()).map_err(|error| error.code())
}

async fn role_keys(world: &World, raw: &Attacker) -> i64 {
    let sql = "select count(*) from sealdesk_api.list_wraps($1) where recipient_kind = 'role' and content = 'role_key'";
    world.collect(&raw.client, sql, &[&raw.token]).await.unwrap()[0].get(0)
}

/// As if the time had passed.
async fn let_end(world: &World, login: &str) {
    let end = format!(
        "update sealdesk.elevation e set until_at = clock_timestamp() from sealdesk.person p where p.id = e.person and p.login = '{login}' and e.until_at > clock_timestamp();
         update sealdesk.right_slice s set until_at = clock_timestamp() from sealdesk.person p
          where p.id = s.person and p.login = '{login}' and s.until_at > clock_timestamp() and s.until_at < 'infinity';
         update sealdesk.right_slice s set from_at = clock_timestamp() from sealdesk.person p
          where p.id = s.person and p.login = '{login}' and s.from_at > clock_timestamp()"
    );
    world.superuser.batch_execute(&end).await.unwrap();
}

#[test]
fn a_role_for_a_time_comes_with_its_keys_on_approval_and_goes_by_itself() {
    attack(async |world| {
        let record = record_with_account(world).await;
        let jia = world.recruit("jia", &["agent"]).await;
        let raw = world.raw("jia").await;
        assert_eq!(shows_account(&jia, record).await, Err("SD003"));
        assert_eq!(role_keys(world, &raw).await, 0);
        let number = request::ask(&jia, &clerk(), &why(), 30, 60).await.unwrap();
        assert_eq!(shows_account(&jia, record).await, Err("SD003"), "asking gives nothing");
        request::vote(&world.officer, number, true, "go on").await.unwrap();
        assert!(jia.renew_policy().await.unwrap(), "the desk learns of it");
        assert_eq!(jia.policy().standing.lent.len(), 1);
        assert_eq!(shows_account(&jia, record).await.as_deref(), Ok("4111111111111111"));
        let told = request::list(&world.officer, true).await.unwrap().into_iter().find(|found| found.number == number).unwrap();
        assert_eq!((told.state, told.used_at.is_some(), told.votes[0].voter.as_str()), (RequestState::Used, true, "officer"));
        let_end(world, "jia").await;
        assert_eq!(shows_account(&jia, record).await, Err("SD003"));
        assert_eq!(role_keys(world, &raw).await, 0, "the key is not handed out any more");
        jia.renew_policy().await.unwrap();
        assert!(jia.policy().standing.lent.is_empty() && !jia.policy().rights("payment").reveal);
        staff::disable(&world.officer, "jia").await.unwrap();
    });
}

#[test]
fn a_glass_that_is_broken_and_rolled_back_gives_neither_key_nor_value() {
    attack(async |world| {
        let record = record_with_account(world).await;
        world.recruit("bo", &["agent"]).await;
        let raw = world.raw("bo").await;
        raw.client.batch_execute("begin").await.unwrap();
        let broken = "select outcome from sealdesk_api.break_glass($1, 'payment_clerk', 'now', null, 15)";
        assert_eq!(outcome(&raw.client, broken, &[&raw.token]).await.unwrap(), "ok");
        let wraps = "select count(*) from sealdesk_api.list_wraps($1) where recipient_kind = 'role' and content = 'role_key'";
        let early = rows(&raw.client, wraps, &[&raw.token]).await.map(|found| found[0].get::<_, i64>(0));
        assert!(early.as_ref().is_ok_and(|keys| *keys == 0) || early.as_ref().is_err_and(|refused| refused.code == "SD001"), "{early:?}");
        raw.client.batch_execute("rollback; begin").await.unwrap();
        assert_eq!(outcome(&raw.client, broken, &[&raw.token]).await.unwrap(), "ok");
        let asked = ticket();
        let requested = raw.request_reveal(asked, record.0, CARD).await;
        assert!(requested.is_ok());
        let collect = "select value from sealdesk_api.collect_reveal($1, $2)";
        assert!(rows(&raw.client, collect, &[&raw.token, &asked]).await.is_err());
        raw.client.batch_execute("rollback").await.unwrap();
        assert_eq!(role_keys(world, &raw).await, 0);
        assert_eq!(
            world.count("select count(*) from sealdesk.elevation e join sealdesk.person p on p.id = e.person where p.login = 'bo'").await,
            0
        );
        staff::disable(&world.officer, "bo").await.unwrap();
    });
}

#[test]
fn a_broken_glass_opens_at_once_is_told_and_is_reviewed_by_somebody_else() {
    attack(async |world| {
        let record = record_with_account(world).await;
        let mia = world.recruit("mia", &["agent"]).await;
        let supa = world.recruit("supe", &["supervisor"]).await;
        // What others left to be reviewed is counted too.
        let reviewed = "update sealdesk.elevation set reviewed_at = now(), reviewed_by = 'officer', review = 'fine' where break_glass and reviewed_at is null";
        world.superuser.batch_execute(reviewed).await.unwrap();
        let number = request::break_glass(&mia, "payment_clerk", &why(), 15).await.unwrap();
        assert!(shows_account(&mia, record).await.is_ok());
        supa.renew_policy().await.unwrap();
        assert_eq!((supa.policy().standing.broken, supa.policy().standing.to_review), (1, 1));
        for (login, code) in [("mia", "SD003"), ("ann", "SD003")] {
            let raw = world.raw(login).await;
            let review = "select sealdesk_api.elevation_review($1, $2, 'fine')";
            assert_eq!(outcome(&raw.client, review, &[&raw.token, &number]).await.unwrap(), code, "{login}");
        }
        let ann = world.sign_in("ann").await;
        assert_eq!(outcome(&ann.client, "select sealdesk_api.elevation_end($1, $2)", &[&ann.token, &number]).await.unwrap(), "SD003");
        request::end_elevation(&supa, number).await.unwrap();
        assert_eq!(shows_account(&mia, record).await, Err("SD003"), "ended before its time");
        request::review(&supa, number, "it was an emergency").await.unwrap();
        assert_eq!(request::review(&supa, number, "again").await.unwrap_err().code(), "SD052");
        // A supervisor's own is for somebody else.
        let own = request::break_glass(&supa, "payment_clerk", &why(), 15).await.unwrap();
        assert_eq!(request::review(&supa, own, "fine").await.unwrap_err().code(), "SD051");
        request::review(&world.officer, own, "fine").await.unwrap();
        for login in ["mia", "supe"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn nobody_decides_on_what_they_asked_for_or_gain_by_under_any_account() {
    attack(async |world| {
        let supa = world.recruit("supb", &["supervisor"]).await;
        world.recruit("twin", &["supervisor"]).await;
        let number = request::ask(&supa, &clerk(), &why(), 30, 60).await.unwrap();
        assert_eq!(request::vote(&supa, number, true, "").await.unwrap_err().code(), "SD051");
        // The same person under a second account.
        let same = "update sealdesk.person_key k set ed25519_public = o.ed25519_public from sealdesk.person_key o, sealdesk.person p, sealdesk.person q
                     where p.id = k.person and p.login = 'twin' and q.id = o.person and q.login = 'supb'";
        let twin = world.raw("twin").await;
        world.superuser.batch_execute(same).await.unwrap();
        let vote = "select sealdesk_api.request_vote($1, $2, true, '')";
        assert_eq!(outcome(&twin.client, vote, &[&twin.token, &number]).await.unwrap(), "SD051");
        for (login, code) in [("ann", "SD003"), ("sam", "SD003"), ("olga", "SD003")] {
            let raw = world.sign_in(login).await;
            assert_eq!(outcome(&raw.client, vote, &[&raw.token, &number]).await.unwrap(), code, "{login}");
        }
        request::vote(&world.officer, number, false, "ask me first").await.unwrap();
        assert_eq!(request::vote(&world.officer, number, true, "").await.unwrap_err().code(), "SD052", "decided");
        for login in ["supb", "twin"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_request_is_seen_by_who_asked_and_who_decides_and_waits_no_longer_than_it_says() {
    attack(async |world| {
        let zoe = world.recruit("zara", &["agent"]).await;
        let number = request::ask(&zoe, &clerk(), &why(), 30, 60).await.unwrap();
        let ann = world.sign_in("ann").await;
        let seen = "select count(*) from sealdesk_api.list_requests($1, true) where number = $2";
        assert_eq!(rows(&ann.client, seen, &[&ann.token, &number]).await.unwrap()[0].get::<_, i64>(0), 0);
        assert_eq!(outcome(&ann.client, "select sealdesk_api.request_withdraw($1, $2)", &[&ann.token, &number]).await.unwrap(), "SD052");
        world
            .superuser
            .batch_execute(&format!("update sealdesk.request set open_until = clock_timestamp() where number = {number}"))
            .await
            .unwrap();
        assert_eq!(request::vote(&world.officer, number, true, "").await.unwrap_err().code(), "SD052", "too late");
        let told = request::list(&zoe, true).await.unwrap().into_iter().find(|found| found.number == number).unwrap();
        assert_eq!(told.state, RequestState::Expired);
        staff::disable(&world.officer, "zara").await.unwrap();
    });
}

#[test]
fn only_what_a_role_is_eligible_for_can_be_asked_for_and_not_for_longer() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let ask = "select outcome from sealdesk_api.request_put($1, 'elevate', $2, 'why', null, $3, 60)";
        for (role, minutes, code) in [
            ("security_officer", 30, "SD053"),
            ("senior_agent", 30, "SD053"),
            ("payment_clerk", 61, "SD054"),
            ("payment_clerk", 4, "SD054"),
            ("nobody", 30, "SD011"),
        ] {
            assert_eq!(outcome(&ann.client, ask, &[&ann.token, &role, &minutes]).await.unwrap(), code, "{role} {minutes}");
        }
        let broken = "select outcome from sealdesk_api.break_glass($1, $2, 'why', null, 30)";
        assert_eq!(outcome(&ann.client, broken, &[&ann.token, &"security_officer"]).await.unwrap(), "SD053");
        assert_eq!(outcome(&ann.client, broken, &[&ann.token, &"senior_agent"]).await.unwrap(), "SD053");
        // What only officers may ask for.
        let ask = "select outcome from sealdesk_api.request_put($1, $2, $3, 'why', null, 60, 60)";
        for (kind, subject) in [
            ("role_grant", "ann supervisor"),
            ("role_rights", "agent payment SMRE"),
            ("second_factor_reset", "sam"),
            ("four_eyes", "elevate"),
        ] {
            assert_eq!(outcome(&ann.client, ask, &[&ann.token, &kind, &subject]).await.unwrap(), "SD003", "{kind}");
        }
    });
}

#[test]
fn an_act_for_four_eyes_needs_an_approval_and_uses_it_up() {
    attack(async |world| {
        request::set_four_eyes(&world.officer, "role_grant", Some(true)).await.unwrap();
        request::set_four_eyes(&world.officer, "second_factor_reset", Some(true)).await.unwrap();
        let code = staff::add(&world.officer, "nyx", "", &["agent".to_owned()]).await.unwrap();
        world.enrol("nyx", code).await;
        assert_eq!(staff::grant(&world.officer, "nyx", "supervisor").await.unwrap_err().code(), "SD050");
        assert_eq!(staff::add(&world.officer, "boss", "", &["supervisor".to_owned()]).await.unwrap_err().code(), "SD050");
        assert!(staff::grant(&world.officer, "nyx", "senior_agent").await.is_ok(), "a role without capabilities needs nobody");
        let asked = Asked::RoleGrant { login: "nyx".into(), role: "supervisor".into() };
        let number = request::ask(&world.officer, &asked, &why(), 60, 60).await.unwrap();
        assert_eq!(request::vote(&world.officer, number, true, "").await.unwrap_err().code(), "SD051");
        // Who approves is there already: made before four eyes were asked for.
        world.superuser.batch_execute("update sealdesk.four_eyes set required = false where kind = 'role_grant'").await.unwrap();
        let supa = world.recruit("supc", &["supervisor"]).await;
        world.superuser.batch_execute("update sealdesk.four_eyes set required = true where kind = 'role_grant'").await.unwrap();
        request::vote(&supa, number, true, "").await.unwrap();
        assert_eq!(staff::grant(&world.officer, "supc", "auditor").await.unwrap_err().code(), "SD050", "for this person and role only");
        staff::grant(&world.officer, "nyx", "supervisor").await.unwrap();
        staff::revoke(&world.officer, "nyx", "supervisor").await.unwrap();
        assert_eq!(staff::grant(&world.officer, "nyx", "supervisor").await.unwrap_err().code(), "SD050", "for one time only");
        let told = request::list(&world.officer, true).await.unwrap().into_iter().find(|found| found.number == number).unwrap();
        assert!(told.state == RequestState::Used && told.used_at.is_some());
        assert_eq!(second_factor::reset(&world.officer, "nyx").await.unwrap_err().code(), "SD024", "there is none to take");
        let factor = "insert into sealdesk.second_factor (person, secret, confirmed_at)
                      select id, decode(repeat('5a', 20), 'hex'), clock_timestamp() from sealdesk.person where login = 'nyx'";
        world.superuser.batch_execute(factor).await.unwrap();
        assert_eq!(second_factor::reset(&world.officer, "nyx").await.unwrap_err().code(), "SD050");
        // Doing without is an act for four eyes, too.
        assert_eq!(request::set_four_eyes(&world.officer, "role_grant", Some(false)).await.unwrap_err().code(), "SD050");
        for kind in ["role_grant", "second_factor_reset"] {
            let number = request::ask(&world.officer, &Asked::FourEyesOff { kind: kind.into() }, &why(), 60, 60).await.unwrap();
            request::vote(&supa, number, true, "").await.unwrap();
            request::set_four_eyes(&world.officer, kind, Some(false)).await.unwrap();
        }
        for kind in ["elevate", "four_eyes"] {
            assert!(request::set_four_eyes(&world.officer, kind, Some(false)).await.is_err(), "{kind} always needs them");
        }
        for login in ["nyx", "supc"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn requests_and_votes_are_kept_for_ever() {
    attack(async |world| {
        let ivy = world.recruit("ivy", &["agent"]).await;
        let number = request::ask(&ivy, &clerk(), &why(), 30, 60).await.unwrap();
        request::vote(&world.officer, number, false, "no").await.unwrap();
        for sql in [
            "delete from sealdesk.request",
            "delete from sealdesk.request_vote",
            "update sealdesk.request_vote set approve = true",
            "truncate sealdesk.request_vote",
            "truncate sealdesk.request cascade",
        ] {
            assert!(world.superuser.batch_execute(sql).await.is_err(), "{sql}");
        }
        staff::disable(&world.officer, "ivy").await.unwrap();
    });
}

#[test]
fn who_loses_the_role_or_the_account_loses_what_they_had_through_it() {
    attack(async |world| {
        let record = record_with_account(world).await;
        let lea = world.recruit("lea", &["agent", "senior_agent"]).await;
        staff::revoke(&world.officer, "lea", "senior_agent").await.unwrap();
        request::break_glass(&lea, "payment_clerk", &why(), 15).await.unwrap();
        assert!(shows_account(&lea, record).await.is_ok());
        staff::revoke(&world.officer, "lea", "agent").await.unwrap();
        assert_eq!(shows_account(&lea, record).await, Err("SD003"));
        staff::grant(&world.officer, "lea", "agent").await.unwrap();
        lea.renew_policy().await.unwrap();
        request::break_glass(&lea, "payment_clerk", &why(), 15).await.unwrap();
        request::make_ineligible(&world.officer, "agent", "payment_clerk").await.unwrap();
        assert_eq!(shows_account(&lea, record).await, Err("SD003"));
        request::make_eligible(&world.officer, "agent", "payment_clerk", 60, true).await.unwrap();
        request::break_glass(&lea, "payment_clerk", &why(), 15).await.unwrap();
        assert!(shows_account(&lea, record).await.is_ok(), "its key was wrapped again");
        staff::disable(&world.officer, "lea").await.unwrap();
        assert_eq!(world.count("select count(*) from sealdesk.active_role a join sealdesk.person p on p.id = a.person where p.login = 'lea' and a.role = 'payment_clerk'").await, 0);
    });
}

#[test]
fn a_rotated_role_goes_on_being_lent() {
    attack(async |world| {
        let record = record_with_account(world).await;
        sealdesk::service::rotation::rotate_role(&world.officer, "payment_clerk").await.unwrap();
        sealdesk::service::rotation::rotate_role(&world.officer, "supervisor").await.unwrap();
        let ron = world.recruit("ron", &["supervisor"]).await;
        request::break_glass(&ron, "payment_clerk", &why(), 15).await.unwrap();
        assert!(shows_account(&ron, record).await.is_ok());
        staff::disable(&world.officer, "ron").await.unwrap();
    });
}

#[test]
fn who_can_see_a_record_is_told_to_who_oversees_and_counts_roles_for_a_time() {
    attack(async |world| {
        let kai = world.recruit("kai", &["agent"]).await;
        request::break_glass(&kai, "payment_clerk", &why(), 15).await.unwrap();
        let number =
            sealdesk::model::id::RecordNumber::new("C", world.count("select number from sealdesk.record order by number limit 1").await);
        let found = people::seers(&world.officer, number).await.unwrap();
        let kai_sees = found.iter().find(|seer| seer.login == "kai").unwrap();
        assert_eq!(kai_sees.lent, ["payment_clerk"]);
        assert_eq!(kai_sees.rights["payment"].letters(), "SMRE");
        assert!(found.iter().all(|seer| seer.login != "olga"), "an auditor sees no customer");
        let ann = world.sign_in("ann").await;
        let sql = "select count(*) from sealdesk_api.who_can_see($1, $2)";
        assert_eq!(rows(&ann.client, sql, &[&ann.token, &number.value]).await.unwrap_err().code, "SD003");
        assert!(people::seers(&world.officer, sealdesk::model::id::RecordNumber::new("C", 999_999)).await.unwrap().is_empty());
        staff::disable(&world.officer, "kai").await.unwrap();
    });
}

#[test]
fn a_change_of_settings_waits_for_somebody_else_where_four_eyes_are_asked_for() {
    attack(async |world| {
        let supa = world.recruit("supd", &["supervisor"]).await;
        request::set_four_eyes(&world.officer, "settings", Some(true)).await.unwrap();
        let officer = world.sign_in("officer").await;
        let version = "select version from sealdesk.reason where code = 'callback'";
        let retire = "select sealdesk_api.reason_retire($1, 'callback', $2, $3)";
        let now = world.count(version).await;
        assert_eq!(outcome(&officer.client, retire, &[&officer.token, &now, &true]).await.unwrap(), "SD050");
        let number = request::ask(&world.officer, &tried(world, "reason callback").await, &why(), 60, 60).await.unwrap();
        request::vote(&supa, number, true, "").await.unwrap();
        // An approval that is not used by a refused act is not used up.
        assert_eq!(outcome(&officer.client, retire, &[&officer.token, &(now + 7), &true]).await.unwrap(), "SD007");
        assert_eq!(outcome(&officer.client, retire, &[&officer.token, &now, &true]).await.unwrap(), "ok");
        assert_eq!(outcome(&officer.client, retire, &[&officer.token, &(now + 1), &false]).await.unwrap(), "SD050", "for one act");
        let number = request::ask(&world.officer, &Asked::FourEyesOff { kind: "settings".into() }, &why(), 60, 60).await.unwrap();
        request::vote(&supa, number, true, "").await.unwrap();
        request::set_four_eyes(&world.officer, "settings", Some(false)).await.unwrap();
        assert_eq!(outcome(&officer.client, retire, &[&officer.token, &(now + 1), &false]).await.unwrap(), "ok");
        staff::disable(&world.officer, "supd").await.unwrap();
    });
}

/// What the officer tried last of something.
async fn tried(world: &World, of: &str) -> Asked {
    let found = settings::proposed(&world.officer, of).await.unwrap();
    Asked::Settings { of: found.of, change: found.change }
}

/// `settings` asks for four eyes while this runs; a supervisor of its own decides.
async fn with_four_eyes(world: &World, supervisor: &str, body: impl AsyncFnOnce(&SignedIn)) {
    let supa = world.recruit(supervisor, &["supervisor"]).await;
    world.superuser.batch_execute("update sealdesk.four_eyes set required = true where kind = 'settings'").await.unwrap();
    body(&supa).await;
    world.superuser.batch_execute("update sealdesk.four_eyes set required = false where kind = 'settings'").await.unwrap();
    staff::disable(&world.officer, supervisor).await.unwrap();
}

#[test]
fn what_is_approved_is_a_change_and_no_other_change_of_the_same_thing_is_done_under_it() {
    attack(async |world| {
        with_four_eyes(world, "sup.exact", async |supa| {
            let before = settings::field(&world.officer, "email").await.unwrap();
            let mut label = before.clone();
            label.label.en = "Mail".into();
            let error = settings::change_field(&world.officer, &label).await.unwrap_err();
            assert_eq!(error.code(), "SD050");
            assert!(error.message(Language::English).contains("exactly this: change field email: English: E-mail -> Mail."), "{error}");
            let number = request::ask(&world.officer, &tried(world, "field email").await, &why(), 60, 60).await.unwrap();
            // The approver reads the change, not the name of the field.
            let seen = request::list(supa, false).await.unwrap();
            let change = seen.iter().find(|found| found.number == number).and_then(|found| found.change.clone()).unwrap();
            let catalogue = &supa.policy().catalogue;
            assert_eq!(
                Change::parse(&change).unwrap().in_words(catalogue, Language::Chinese),
                "更改字段 email（英文名称：E-mail -> Mail）"
            );
            request::vote(supa, number, true, "").await.unwrap();

            let mut other = label.clone();
            other.class = "basic".into();
            other.mask = Mask::Open;
            let error = settings::change_field(&world.officer, &other).await.unwrap_err();
            assert_eq!(error.code(), "SD105");
            assert!(error.message(Language::English).starts_with(&format!("Request {number} approves another change: change field email")));
            let raw = world.sign_in("officer").await;
            let retire = "select sealdesk_api.field_retire($1, 'email', $2)";
            assert_eq!(outcome(&raw.client, retire, &[&raw.token, &before.version]).await.unwrap(), "SD105");
            let now = settings::field(&world.officer, "email").await.unwrap();
            assert_eq!((now.version, &now.class, now.retired), (before.version, &before.class, false));
            // Not even the same one from another state.
            world.superuser.batch_execute("update sealdesk.field set label_en = 'Post' where code = 'email'").await.unwrap();
            world.sign_catalogue().await;
            assert_eq!(settings::change_field(&world.officer, &label).await.unwrap_err().code(), "SD105");
            world.superuser.batch_execute("update sealdesk.field set label_en = 'E-mail' where code = 'email'").await.unwrap();
            world.sign_catalogue().await;

            settings::change_field(&world.officer, &label).await.unwrap();
            let now = settings::field(&world.officer, "email").await.unwrap();
            let back = Field { version: now.version, ..before.clone() };
            assert_eq!(settings::change_field(&world.officer, &back).await.unwrap_err().code(), "SD050", "for one act");
            world.superuser.batch_execute("update sealdesk.field set label_en = 'E-mail' where code = 'email'").await.unwrap();
        })
        .await;
    });
}

#[test]
fn nobody_asks_for_a_change_in_words_of_their_own() {
    attack(async |world| {
        with_four_eyes(world, "sup.words", async |_| {
            let officer = world.sign_in("officer").await;
            let version = world.count("select version from sealdesk.class where code = 'contact'").await;
            let change =
                "select sealdesk_api.class_change($1, 'contact', $2, 'Contact', '联系方式', 300, false, true, true, 200, false, null)";
            assert_eq!(outcome(&officer.client, change, &[&officer.token, &version]).await.unwrap(), "SD050");
            let Asked::Settings { of, change } = tried(world, "class contact").await else { panic!("settings") };
            let ask = "select outcome from sealdesk_api.request_put($1, $2, $3, 'why', null, 60, 60, $4)";
            let lies = change.replace("300", "30");
            let none: Option<&str> = None;
            for (kind, of, change, code) in [
                ("settings", of.as_str(), Some(lies.as_str()), "SD106"),
                ("settings", of.as_str(), Some("{}"), "SD106"),
                ("settings", "class payment", Some(change.as_str()), "SD106"),
                ("settings", of.as_str(), none, "SD011"),
                ("four_eyes", "settings", Some(change.as_str()), "SD011"),
            ] {
                assert_eq!(
                    outcome(&officer.client, ask, &[&officer.token, &kind, &of, &change]).await.unwrap(),
                    code,
                    "{kind} {of} {change:?}"
                );
            }
            // Another officer has not tried it.
            world.recruit("off.other", &["security_officer"]).await;
            let other = world.raw("off.other").await;
            let parameters: Parameters<'_> = &[&other.token, &"settings", &of, &Some(&change)];
            assert_eq!(outcome(&other.client, ask, parameters).await.unwrap(), "SD106");
            let proposed = "select change from sealdesk_api.proposed_change($1, $2)";
            assert!(rows(&other.client, proposed, &[&other.token, &of]).await.unwrap().is_empty());
            staff::disable(&world.officer, "off.other").await.unwrap();
        })
        .await;
    });
}

#[test]
fn a_change_that_waits_for_an_approval_holds_nobody_up_in_an_open_transaction() {
    attack(async |world| {
        with_four_eyes(world, "sup.held", async |_| {
            let officer = world.sign_in("officer").await;
            let version = world.count("select version from sealdesk.reason where code = 'callback'").await;
            officer.client.batch_execute("begin").await.unwrap();
            let retire = "select sealdesk_api.reason_retire($1, 'callback', $2, true)";
            assert_eq!(outcome(&officer.client, retire, &[&officer.token, &version]).await.unwrap(), "SD050");
            let write = "begin; lock table sealdesk.field in row share mode nowait; select from sealdesk.reason where code = 'callback' for update nowait; rollback";
            let free = world.superuser.batch_execute(write).await;
            officer.client.batch_execute("rollback").await.unwrap();
            free.expect("it holds what others write");
        })
        .await;
    });
}

#[test]
fn every_change_of_settings_is_told_in_words_and_done_as_it_was_approved() {
    attack(async |world| {
        with_four_eyes(world, "sup.every", async |supa| {
            let officer = &world.officer;
            let field = async |code: &str| settings::field(officer, code).await.unwrap();
            let reason = async || settings::reasons(officer).await.unwrap().into_iter().find(|reason| reason.code == "quiz").unwrap();
            let label = Label { en: "Quiz".into(), zh: "测验".into() };
            let tag = Choice { code: "a".into(), label: Label { en: "A".into(), zh: "甲".into() } };
            for nth in 0..12 {
                let done = match nth {
                    0 => {
                        let perk = Field {
                            code: "perk".into(),
                            label: label.clone(),
                            kind: FieldKind::Choice,
                            choices: vec![tag.clone()],
                            index: vec![IndexMode::Exact],
                            version: 0,
                            layout: 0,
                            ..field("city").await
                        };
                        settings::add_field(officer, &perk).await
                    }
                    1 => {
                        let more = Choice { code: "b".into(), ..tag.clone() };
                        settings::change_field(officer, &Field { choices: vec![tag.clone(), more], required: false, ..field("perk").await }).await
                    }
                    2 => settings::move_field(officer, &field("perk").await, None).await,
                    3 => settings::retire_field(officer, &field("perk").await).await,
                    4 => settings::restore_field(officer, &field("perk").await).await,
                    5 => {
                        let class = settings::classes(officer).await.unwrap().into_iter().find(|class| class.code == "notes").unwrap();
                        settings::change_class(officer, &Class { hide_after_s: 61, ..class }).await
                    }
                    6 => second_factor::fresh_code(officer, "notes", Some(600)).await,
                    7 => {
                        let quiz = Reason { code: "quiz".into(), label: label.clone(), reference_required: true, classes: vec![], version: 0, retired: false };
                        settings::add_reason(officer, &quiz).await
                    }
                    8 => settings::change_reason(officer, &Reason { classes: vec!["notes".into()], ..reason().await }).await,
                    9 => settings::retire_reason(officer, &reason().await, true).await,
                    10 => clearance::define(officer, "quiz", None, &label).await,
                    _ => clearance::define(officer, "quiz_level", Some(77), &label).await,
                };
                let Err(Error::NotApproved(what)) = done else { panic!("{nth}: {done:?}") };
                let change = Change::parse(&what.proposal.change).unwrap();
                for told in [&what.wanted.en, &what.wanted.zh] {
                    assert!(!told.contains(&change.action) && !told.contains("_en") && !told.contains('{'), "{told}");
                }
                let asked = Asked::Settings { of: what.proposal.of.clone(), change: what.proposal.change.clone() };
                let number = request::ask(officer, &asked, &why(), 60, 60).await.unwrap();
                request::vote(supa, number, true, "").await.unwrap();
                settings::perform(officer, &change).await.unwrap_or_else(|error| panic!("{}: {error}", what.wanted.en));
                let used = format!("select count(*) from sealdesk.request where number = {number} and state = 'used'");
                assert_eq!(world.count(&used).await, 1, "{}", what.wanted.en);
            }
            let now = field("perk").await;
            assert_eq!((now.choices.len(), now.position, now.retired), (2, 1, false));
            let put_back = "delete from sealdesk.field where code = 'perk'; delete from sealdesk.reason where code = 'quiz';
                            delete from sealdesk.compartment where code = 'quiz'; delete from sealdesk.clearance_level where code = 'quiz_level';
                            update sealdesk.class set hide_after_s = 120, fresh_code_s = null where code = 'notes'";
            world.superuser.batch_execute(put_back).await.unwrap();
        })
        .await;
    });
}
