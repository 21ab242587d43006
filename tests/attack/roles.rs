//! What roles may is changed by officers only, never for oneself, and what is taken is gone at once, keys included.

use sealdesk::{
    model::{
        catalogue::{Label, Rights},
        id::RecordId,
    },
    service::{reveal, role, staff},
};

use crate::world::{attack, outcome, rows, ticket};

const READ: Rights = Rights { search: true, masked: true, reveal: true, edit: false };

fn label() -> Label {
    Label { en: "night shift".into(), zh: "夜班".into() }
}

#[test]
fn a_right_that_is_taken_is_gone_at_once_and_its_keys_open_nothing_new() {
    attack(async |world| {
        world.forget_quota().await;
        role::add(&world.officer, "night_shift", &label()).await.unwrap();
        for class in ["basic", "contact"] {
            role::set(&world.officer, "night_shift", class, READ).await.unwrap();
        }
        let nan = world.recruit("nan", &["night_shift"]).await;
        let record = RecordId(world.records[0]);
        assert!(reveal::reveal(&nan, record, &["phone".to_owned()], None).await.pop().unwrap().1.is_ok());
        let found = role::replay(&world.officer, "night_shift", "contact", Rights { reveal: false, ..READ }).await.unwrap();
        assert_eq!((found[0].login.as_str(), found[0].reveals, found[0].records), ("nan", 1, 1), "what the change would have refused");
        let epoch = role::set(&world.officer, "night_shift", "contact", Rights { reveal: false, ..READ }).await.unwrap();
        assert!(epoch.is_some(), "the keys are known, so there are new ones");
        let raw = world.raw("nan").await;
        assert_eq!(raw.request_reveal(ticket(), record.0, "phone").await.unwrap(), "SD003");
        let keys = "select count(*) from sealdesk_api.list_wraps($1) where subject = 'contact' and content = 'value'";
        assert_eq!(rows(&raw.client, keys, &[&raw.token]).await.unwrap()[0].get::<_, i64>(0), 0);
        assert_eq!(role::remove(&world.officer, "night_shift").await.unwrap_err().code(), "SD057", "somebody has it");
        staff::revoke(&world.officer, "nan", "night_shift").await.unwrap();
        role::remove(&world.officer, "night_shift").await.unwrap();
        assert_eq!(role::add(&world.officer, "night_shift", &label()).await.unwrap_err().code(), "SD056", "the audit speaks of it");
        staff::disable(&world.officer, "nan").await.unwrap();
    });
}

#[test]
fn two_officers_who_change_the_same_cell_do_not_undo_each_other_unseen() {
    attack(async |world| {
        role::add(&world.officer, "day_shift", &label()).await.unwrap();
        role::set(&world.officer, "day_shift", "basic", READ).await.unwrap();
        let olive = world.recruit("olive", &["security_officer"]).await;
        let more = Rights { edit: true, ..READ };
        let (one, other) =
            tokio::join!(role::set(&world.officer, "day_shift", "basic", more), role::set(&olive, "day_shift", "basic", more));
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        let fewer = Rights { search: false, ..more };
        role::set(&olive, "day_shift", "basic", fewer).await.unwrap();
        // What the first officer still sees is not what is there: nothing of it is done.
        let sql = "select sealdesk_api.role_deny($1, 'day_shift', 'basic', true, true, true, false)";
        let officer = world.sign_in("officer").await;
        assert_eq!(outcome(&officer.client, sql, &[&officer.token]).await.unwrap(), "SD011");
        role::remove(&world.officer, "day_shift").await.unwrap();
        staff::revoke(&world.officer, "olive", "security_officer").await.unwrap();
        staff::disable(&world.officer, "olive").await.unwrap();
    });
}

#[test]
fn nobody_but_an_officer_changes_roles() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let raw = world.sign_in(login).await;
            for sql in [
                "select sealdesk_api.role_deny($1, 'agent', 'contact', false, false, false, false)",
                "select sealdesk_api.role_remove($1, 'backup_operator')",
                "select sealdesk_api.role_add($1, 'mine', 'mine', 'mine', '', '', 1, '', '')",
                "select sealdesk_api.eligibility_put($1, 'agent', 'senior_agent', 60, true, 1, 1, '', '')",
                "select sealdesk_api.eligibility_remove($1, 'agent', 'payment_clerk')",
                "select sealdesk_api.four_eyes_set($1, 'role_grant', true)",
            ] {
                assert_eq!(outcome(&raw.client, sql, &[&raw.token]).await.unwrap(), "SD003", "{login}: {sql}");
            }
        }
        let ann = world.sign_in("ann").await;
        for sql in [
            "select count(*) from sealdesk_api.replay_rights($1, 'agent', 'contact', true, true, false, false)",
            "select count(*) from sealdesk_api.elevated_roles($1, 'sam')",
        ] {
            assert_eq!(rows(&ann.client, sql, &[&ann.token]).await.unwrap_err().code, "SD003", "{sql}");
        }
        let officer = world.sign_in("officer").await;
        let own = "select sealdesk_api.role_deny($1, 'security_officer', 'basic', false, false, false, false)";
        assert_eq!(outcome(&officer.client, own, &[&officer.token]).await.unwrap(), "SD041");
        let lend = "select sealdesk_api.eligibility_put($1, 'security_officer', 'payment_clerk', 60, true, 1, 1, '\\x00', '\\x00')";
        assert_eq!(outcome(&officer.client, lend, &[&officer.token]).await.unwrap(), "SD041");
        let lend = "select sealdesk_api.eligibility_put($1, 'agent', 'security_officer', 60, true, 1, 1, '\\x00', '\\x00')";
        assert_eq!(outcome(&officer.client, lend, &[&officer.token]).await.unwrap(), "SD011", "officers' keys are never lent");
    });
}
