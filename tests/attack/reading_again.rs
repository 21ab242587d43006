//! Reading anew what is open, leaving for good, and seeing who a label shuts out: what nobody may make of them.

use sealdesk::{
    model::{clearance::Clearance, person::PersonState, request::Asked},
    service::{clearance, people, request, staff, view},
};
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, ticket};

async fn again(who: &Attacker, record: Uuid) -> String {
    let request = "select sealdesk_api.request_view($1, $2, $3, true)";
    outcome(&who.client, request, &[&who.token, &ticket(), &record]).await.unwrap()
}

async fn last_action(world: &World, who: &Attacker) -> String {
    let newest = "select action from sealdesk.audit_event where session = $1 order by seq desc limit 1";
    world.superuser.query_one(newest, &[&who.session]).await.unwrap().get(0)
}

#[test]
fn a_look_up_is_never_told_as_reading_anew() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        // Not before this session has opened the record; whatever another person or another record says.
        assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        assert_eq!(again(&ann, world.records[0]).await, "ok");
        assert_eq!(last_action(world, &ann).await, "view");
        assert_eq!(again(&ann, world.records[0]).await, "ok");
        assert_eq!(last_action(world, &ann).await, "view_again");
        assert_eq!(again(&ann, world.records[1]).await, "ok");
        assert_eq!(last_action(world, &ann).await, "view");
        // Nor with a look-up that is yet to be taken back.
        let other = world.sign_in("ann").await;
        other.client.batch_execute("begin").await.unwrap();
        assert_eq!(other.request_view(ticket(), world.records[2]).await.unwrap(), "ok");
        assert_eq!(again(&other, world.records[2]).await, "ok");
        other.client.batch_execute("commit").await.unwrap();
        let sql = "select count(*) from sealdesk.audit_event where session = $1 and action = $2";
        for (action, times) in [("view", 2_i64), ("view_again", 0)] {
            let told: i64 = world.superuser.query_one(sql, &[&other.session, &action]).await.unwrap().get(0);
            assert_eq!(told, times, "{action}");
        }
        assert_eq!(again(&ann, Uuid::nil()).await, "SD006");
    });
}

#[test]
fn reading_anew_hands_out_what_a_look_up_does_and_is_an_event() {
    attack(async |world| {
        let rita = world.recruit("rita.again", &["agent"]).await;
        let record = sealdesk::model::id::RecordId(world.records[0]);
        let first = view::view(&rita, record).await.unwrap();
        assert_eq!(view::again(&rita, record).await.unwrap().fields, first.fields);
        let told = world
            .count("select count(*) from sealdesk.audit_event where actor = 'rita.again' and action = 'view_again' and outcome = 'ok'")
            .await;
        assert_eq!(told, 1);
        staff::disable(&world.officer, "rita.again").await.unwrap();
    });
}

#[test]
fn nobody_is_noted_as_gone_but_who_is_shut_out_without_a_role_and_by_an_officer() {
    attack(async |world| {
        world.recruit("gil.gone", &["agent"]).await;
        let leave = "select sealdesk_api.staff_leave($1, $2)";
        let (ann, olga, officer) = (world.sign_in("ann").await, world.sign_in("olga").await, world.sign_in("officer").await);
        for (who, whom, answer) in [
            (&ann, "gil.gone", "SD003"),
            (&olga, "gil.gone", "SD003"),
            (&officer, "gil.gone", "SD043"),
            (&officer, "officer", "SD041"),
            (&officer, "nobody.here", "SD011"),
        ] {
            assert_eq!(outcome(&who.client, leave, &[&who.token, &whom]).await.unwrap(), answer, "{whom}");
        }
        staff::disable(&world.officer, "gil.gone").await.unwrap();
        assert_eq!(outcome(&officer.client, leave, &[&officer.token, &"gil.gone"]).await.unwrap(), "SD043", "with a role still");
        staff::revoke(&world.officer, "gil.gone", "agent").await.unwrap();
        staff::left(&world.officer, "gil.gone").await.unwrap();
        let state = async || {
            let found = people::overview(&world.officer).await.unwrap().entries;
            found.into_iter().find(|entry| entry.person.user == "gil.gone").unwrap().person.state
        };
        assert_eq!(state().await, PersonState::Left);
        // Who comes back begins anew.
        staff::enable(&world.officer, "gil.gone").await.unwrap();
        assert_eq!(state().await, PersonState::Invited);
        staff::disable(&world.officer, "gil.gone").await.unwrap();
        assert_eq!(state().await, PersonState::Disabled);
    });
}

#[test]
fn who_a_label_shuts_out_is_told_by_name_only_to_who_may_look_at_people() {
    attack(async |world| {
        let record = world.records[0];
        let preview = "select outcome || ' ' || coalesce(people::text, '-') || ' ' || coalesce(array_length(logins, 1)::text, '-')
                         from sealdesk_api.label_preview($1, $2, $3::text::smallint, '{}')";
        let ask =
            async |who: &Attacker, record: Uuid, rank: &str| outcome(&who.client, preview, &[&who.token, &record, &rank]).await.unwrap();
        let sensitive = Clearance::new("sensitive", &[]);
        world.recruit("lara.label", &["agent"]).await;
        clearance::clear(&world.officer, "lara.label", &sensitive).await.unwrap();
        let (lara, ann, olga) = (world.raw("lara.label").await, world.sign_in("ann").await, world.sign_in("olga").await);
        let told = ask(&lara, record, "1").await;
        assert!(told.starts_with("ok ") && told.ends_with(" -") && told != "ok 0 -", "{told}");
        // Not above one's own clearance, not without the right to label, and nothing of a record that is not there.
        assert_eq!(ask(&ann, record, "1").await, "SD060 - -");
        assert_eq!(ask(&olga, record, "1").await.split(' ').next(), Some("SD003"));
        assert_eq!(ask(&lara, Uuid::nil(), "1").await, "SD006 - -");
        let asked = world.count("select count(*) from sealdesk.audit_event where actor = 'lara.label' and action = 'label_preview'").await;
        assert_eq!(asked, 2);
        staff::disable(&world.officer, "lara.label").await.unwrap();
    });
}

#[test]
fn a_role_that_needs_no_approval_says_so() {
    attack(async |world| {
        let why = sealdesk::model::request::Why { text: "new".into(), reference: None };
        let asked = Asked::RoleGrant { login: "ann".into(), role: "agent".into() };
        let refused = request::ask(&world.officer, &asked, &why, 60, 60).await.unwrap_err();
        assert_eq!(refused.code(), "SD111");
        let asked = Asked::RoleGrant { login: "ann".into(), role: "no_such_role".into() };
        assert_eq!(request::ask(&world.officer, &asked, &why, 60, 60).await.unwrap_err().code(), "SD011");
    });
}

#[test]
fn a_desk_that_was_left_open_binds_nobody_elses_telephone() {
    attack(async |world| {
        world.recruit("tess.phone", &["agent"]).await;
        let tess = world.raw("tess.phone").await;
        let begin = "select sealdesk_api.second_factor_begin($1, decode(repeat('ab', 20), 'hex'))";
        world
            .superuser
            .execute("update sealdesk.session set opened_at = opened_at - interval '11 min' where id = $1", &[&tess.session])
            .await
            .unwrap();
        assert_eq!(outcome(&tess.client, begin, &[&tess.token]).await.unwrap(), "SD110");
        let bound = "select count(*) from sealdesk.second_factor f join sealdesk.person p on p.id = f.person where p.login = 'tess.phone'";
        assert_eq!(world.count(bound).await, 0);
        let fresh = world.raw("tess.phone").await;
        assert_eq!(outcome(&fresh.client, begin, &[&fresh.token]).await.unwrap(), "ok");
        staff::disable(&world.officer, "tess.phone").await.unwrap();
    });
}
