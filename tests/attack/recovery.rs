//! Getting at what custodians can open, or at their place, without being allowed to.

use sealdesk::{
    crypto::hpke,
    keyring::recovery::{self as sets, RecoverySet},
    service::recovery,
};

use crate::world::{Parameters, World, attack, outcome, rows, ticket};

const PUT_SET: &str = "select sealdesk_api.put_recovery_set($1, $2, $3, $4, $5, $6, $7, $8, $9, $7)";

fn custodians(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn forget(world: &World) {
    world.superuser.batch_execute("delete from sealdesk.recovery_share; delete from sealdesk.recovery_set").await.unwrap();
}

#[test]
fn nobody_but_who_manages_people_sets_up_reads_renews_or_retires() {
    attack(async |world| {
        recovery::set_up(&world.officer, 2, &custodians(&["anna", "ben"])).await.unwrap();
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in [
                "select sealdesk_api.put_recovery_set($1, 2, 2, '', '{a,b}', '{}', '', 1, '', '')",
                "select sealdesk_api.put_recovery_deposit($1, 1, 1, '', '')",
                "select sealdesk_api.recovery_retire($1, 1)",
                "select sealdesk_api.recovery_drill($1, 1, true)",
                "select sealdesk_api.put_rotation_schedule($1, 'class', 'contact', null)",
            ] {
                assert_eq!(outcome(&who.client, call, &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            let ticket = ticket();
            let request = "select sealdesk_api.request_recovery($1, $2, 1)";
            assert_eq!(outcome(&who.client, request, &[&who.token, &ticket]).await.unwrap(), "SD003");
            let collect = "select sealed from sealdesk_api.collect_recovery($1, $2)";
            assert_eq!(world.collect(&who.client, collect, &[&who.token, &ticket]).await.unwrap_err().code, "SD003");
            // An auditor oversees custodians; whoever only works with records does not even see who they are.
            let may = login == "olga";
            let check = "select sealdesk_api.recovery_check($1, 1, 1, true)";
            assert_eq!(outcome(&who.client, check, &[&who.token]).await.unwrap(), if may { "ok" } else { "SD003" }, "{login}");
            for list in ["list_recovery", "list_rotation_schedule"] {
                let listed = rows(&who.client, &format!("select * from sealdesk_api.{list}($1)"), &[&who.token]).await;
                assert_eq!(
                    listed.map_err(|refused| refused.code).map(|rows| !rows.is_empty()),
                    if may { Ok(true) } else { Err("SD003".into()) }
                );
            }
        }
        forget(world).await;
    });
}

#[test]
fn what_is_sealed_is_not_read_without_its_recorded_request() {
    attack(async |world| {
        recovery::set_up(&world.officer, 2, &custodians(&["anna", "ben"])).await.unwrap();
        let officer = world.sign_in("officer").await;
        let (request, collect) =
            ("select sealdesk_api.request_recovery($1, $2, 1)", "select sealed from sealdesk_api.collect_recovery($1, $2)");
        let rolled_back = ticket();
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &rolled_back]).await.unwrap(), "ok");
        assert_eq!(rows(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        officer.client.batch_execute("rollback").await.unwrap();
        assert_eq!(world.collect(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        let recorded = ticket();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &recorded]).await.unwrap(), "ok");
        let sealed: Vec<u8> = world.collect(&officer.client, collect, &[&officer.token, &recorded]).await.unwrap()[0].get(0);
        assert_eq!(sealed.len(), 1200, "the honest way works");
        let listed = rows(&officer.client, "select * from sealdesk_api.list_recovery($1)", &[&officer.token]).await.unwrap();
        assert!(listed[0].columns().iter().all(|column| column.name() != "sealed"), "a list hands out nothing that is sealed");
        forget(world).await;
    });
}

#[test]
fn a_set_is_stored_only_whole_and_at_the_next_number_and_the_present_generation() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let (public, sealed, signature) = (vec![1_u8; 1216], vec![2_u8; 1200], vec![3_u8; 64]);
        for (number, threshold, names, count, generation, expected) in [
            (1, 1, vec!["a", "b"], 2, 1, "SD083"),
            (1, 3, vec!["a", "b"], 2, 1, "SD083"),
            (1, 2, vec!["a"], 1, 1, "SD083"),
            (1, 2, vec!["a", "A"], 2, 1, "SD083"),
            (1, 2, vec!["a", " "], 2, 1, "SD083"),
            (1, 2, vec!["a", "b"], 3, 1, "SD011"),
            (2, 2, vec!["a", "b"], 2, 1, "SD007"),
            (1, 2, vec!["a", "b"], 2, 2, "SD007"),
        ] {
            let commitments = vec![vec![4_u8; 32]; count];
            let given: Parameters<'_> =
                &[&officer.token, &number, &threshold, &public, &names, &commitments, &signature, &generation, &sealed];
            let put = outcome(&officer.client, PUT_SET, given);
            assert_eq!(put.await.unwrap(), expected, "{number} {threshold} {names:?} {count} {generation}");
        }
        assert_eq!(world.count("select count(*) from sealdesk.recovery_set").await, 0);
    });
}

#[test]
fn nothing_is_sealed_to_custodians_that_the_database_made_up() {
    attack(async |world| {
        let made = recovery::set_up(&world.officer, 2, &custodians(&["anna", "ben"])).await.unwrap();
        // A database operator puts their own key in the custodians' place, and waits for a rotation.
        let (_, own) = hpke::generate();
        world.superuser.execute("update sealdesk.recovery_set set public = $1", &[&own]).await.unwrap();
        let refused = recovery::renew(&world.officer).await.unwrap_err();
        assert_eq!(refused.code(), "recovery", "{refused}");
        let listed = recovery::list(&world.officer).await.unwrap();
        assert!(!listed[0].signed);
        let keyring = world.officer.keyring();
        let forged = RecoverySet { signer: "ann".into(), ..listed[0].set.clone() };
        assert!(sets::deposit(&keyring, &forged).is_err());
        let checked = recovery::check(&world.officer, &made.shares[0].1).await.unwrap_err();
        assert!(checked.to_string().contains("no valid officer's signature"), "{checked}");
        forget(world).await;
    });
}

#[test]
fn the_ceremony_is_closed_to_people() {
    attack(async |world| {
        for login in ["ann", "officer"] {
            let who = world.sign_in(login).await;
            for call in [
                "select sealdesk.begin_recovery('mallory', '')",
                "select sealdesk.refuse_recovery(gen_random_uuid(), 1, 'ok')",
                "select sealdesk.complete_recovery(gen_random_uuid(), 1, '{}', 'mallory', '', '', '', '', '', 1, '', '')",
            ] {
                assert_eq!(who.refusal(call).await.as_deref(), Some("42501"), "{login}: {call}");
            }
        }
    });
}

#[test]
fn the_root_is_exchanged_by_an_officer_and_only_with_everything_signed_again() {
    attack(async |world| {
        let present: Vec<u8> = world.superuser.query_one("select root_public from sealdesk.installation", &[]).await.unwrap().get(0);
        let exchange = "select sealdesk_api.exchange_root($1, $2, $3, decode(repeat('07', 32), 'hex'), decode(repeat('07', 64), 'hex'),
            '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";
        for (login, number, root, expected) in [
            ("ann", 1, &present, "SD003"),
            ("olga", 1, &present, "SD003"),
            ("officer", 2, &present, "SD007"),
            ("officer", 1, &vec![9; 32], "SD007"),
            ("officer", 1, &present, "SD007"),
        ] {
            let who = world.sign_in(login).await;
            assert_eq!(outcome(&who.client, exchange, &[&who.token, &number, root]).await.unwrap(), expected, "{login} {number}");
            let wraps = rows(&who.client, "select sealed from sealdesk_api.list_all_wraps($1)", &[&who.token]).await;
            assert_eq!(wraps.is_ok(), login == "officer");
        }
        // All as it is, but the root key for nobody, or, further down, somebody for an officer who is none.
        let officer = world.sign_in("officer").await;
        let with = |entries: &str, wraps: &str| {
            format!(
                "with d as (select * from (values {entries}) x (kind, name, generation, hpke, ed25519)),
                      w as (select * from (values {wraps}) x (kind, recipient, generation, content, subject, subject_generation, sealed))
                 select sealdesk_api.exchange_root($1, 1, $2, decode(repeat('07', 32), 'hex'), decode(repeat('07', 64), 'hex'),
                   array(select kind from d), array(select name from d), array(select generation from d), array(select hpke from d), array(select ed25519 from d),
                   array(select decode(repeat('07', 64), 'hex') from d),
                   array(select kind from w), array(select recipient from w), array(select generation from w), array(select content from w),
                   array(select subject from w), array(select subject_generation from w), array(select sealed from w),
                   array(select decode(repeat('07', 64), 'hex') from w), '{{}}', '{{}}', '{{}}', '{{}}')"
            )
        };
        let all_entries = "select string_agg(format('(%L, %L, %s, decode(%L, ''hex''), decode(%L, ''hex''))', kind, name, generation, encode(hpke_public, 'hex'),
                                            encode(ed25519_public, 'hex')), ', ') from sealdesk.directory_entry";
        let entries: String = world.superuser.query_one(all_entries, &[]).await.unwrap().get(0);
        let all = "select string_agg(format('(%L, %L, %s, %L, %L, %s, decode(%L, ''hex''))', recipient_kind, recipient, recipient_generation, content, subject,
                                            subject_generation, encode(sealed, 'hex')), ', ') from sealdesk.wrapped_key where content <> 'root_key'";
        let wraps: String = world.superuser.query_one(all, &[]).await.unwrap().get(0);
        let root_for = |kind: &str, name: &str| format!("{wraps}, ('{kind}', '{name}', 1, 'root_key', 'root', 2, '')");
        for (sent, why) in [
            (with(&entries, &wraps), "the root key for nobody"),
            (with(&entries, &root_for("role", "agent")), "the root key for agents"),
            (with(&entries, &root_for("person", "officer")), "the root key for one person"),
        ] {
            let answer = outcome(&officer.client, &sent, &[&officer.token, &present]).await.unwrap();
            assert_eq!(answer, "SD031", "{why}");
        }
        let generation: i32 = world.superuser.query_one("select sealdesk.officers_generation()", &[]).await.unwrap().get(0);
        let root_for_officers = format!("{wraps}, ('role', 'security_officer', {generation}, 'root_key', 'root', 2, '')");
        let appoint = "insert into sealdesk.directory_entry
                       select 'officer', name, 1, hpke_public, ed25519_public, 'root', '' from sealdesk.directory_entry where kind = 'person' and name = 'ann'";
        world.superuser.batch_execute(appoint).await.unwrap();
        let forged: String = world.superuser.query_one(all_entries, &[]).await.unwrap().get(0);
        let answer = outcome(&officer.client, &with(&forged, &root_for_officers), &[&officer.token, &present]).await;
        world.superuser.batch_execute("delete from sealdesk.directory_entry where kind = 'officer' and name = 'ann'").await.unwrap();
        assert_eq!(answer.unwrap(), "SD031", "an officer who is none");
        let after: Vec<u8> = world.superuser.query_one("select root_public from sealdesk.installation", &[]).await.unwrap().get(0);
        assert_eq!(present, after);
    });
}
