//! Changing keys without being allowed to, for others than the rights name, or writing under keys that are no longer current.

use sealdesk::service::{rotation, staff};
use uuid::Uuid;

use crate::{
    insider::{at_once, left_open, made},
    world::{Parameters, attack, outcome, rows, ticket},
};

const ROTATE_CLASS: &str = "select sealdesk_api.rotate_class($1, 'notes', $2, $3, $4, $5, $6, $6)";

#[test]
fn nobody_but_who_manages_people_changes_keys_or_reads_for_reencryption() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            let ticket = ticket();
            for call in [
                "select sealdesk_api.rotate_class($1, 'contact', 2, '{}', '{}', '{}', '{}', '{}')",
                "select sealdesk_api.rotate_role($1, 'agent', 2, '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
                "select sealdesk_api.retire_epochs($1, 'contact')",
                "select outcome from sealdesk_api.put_reencrypt($1, 'contact', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
            ] {
                assert_eq!(outcome(&who.client, call, &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            let request = "select sealdesk_api.request_reencrypt($1, $2, 'contact', $3, 50)";
            assert_eq!(outcome(&who.client, request, &[&who.token, &ticket, &Uuid::nil()]).await.unwrap(), "SD003");
            let collect = "select value from sealdesk_api.collect_reencrypt($1, $2)";
            assert_eq!(world.collect(&who.client, collect, &[&who.token, &ticket]).await.unwrap_err().code, "SD003");
            let listed = "select sealed from sealdesk_api.list_wraps_of($1, 'class', 'payment')";
            assert_eq!(rows(&who.client, listed, &[&who.token]).await.unwrap_err().code, "SD003");
        }
    });
}

#[test]
fn a_batch_for_reencryption_is_not_read_without_its_recorded_request() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        world.superuser.batch_execute("update sealdesk.class set epoch = epoch + 1 where code = 'contact'").await.unwrap();
        let (request, collect) = (
            "select sealdesk_api.request_reencrypt($1, $2, 'contact', '00000000-0000-0000-0000-000000000000', 50)",
            "select value from sealdesk_api.collect_reencrypt($1, $2)",
        );
        let rolled_back = ticket();
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &rolled_back]).await.unwrap(), "ok");
        assert_eq!(rows(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        officer.client.batch_execute("rollback").await.unwrap();
        assert_eq!(world.collect(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        let recorded = ticket();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &recorded]).await.unwrap(), "ok");
        assert!(!world.collect(&officer.client, collect, &[&officer.token, &recorded]).await.unwrap().is_empty(), "the honest way works");
        world.superuser.batch_execute("update sealdesk.class set epoch = epoch - 1 where code = 'contact'").await.unwrap();
    });
}

#[test]
fn a_class_gets_keys_for_exactly_whom_the_rights_name_and_only_at_its_next_epoch() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let expected = "select r.role, k.content from sealdesk.role_right r join (values ('value'), ('mask'), ('index')) k (content)
                          on r.may_edit or case k.content when 'value' then r.may_reveal when 'mask' then r.may_masked else r.may_search end
                         where r.class = 'notes'";
        let right: Vec<(String, String)> =
            world.superuser.query(expected, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
        let epoch: i32 = world.superuser.query_one("select epoch from sealdesk.class where code = 'notes'", &[]).await.unwrap().get(0);
        let try_with = async |epoch: i32, wraps: &[(String, String)], generation: i32| {
            let roles: Vec<&str> = wraps.iter().map(|(role, _)| role.as_str()).collect();
            let contents: Vec<&str> = wraps.iter().map(|(_, content)| content.as_str()).collect();
            let (generations, sealed) = (vec![generation; wraps.len()], vec![vec![0_u8; 40]; wraps.len()]);
            outcome(&officer.client, ROTATE_CLASS, &[&officer.token, &epoch, &roles, &generations, &contents, &sealed]).await.unwrap()
        };
        let more = [right.clone(), vec![("auditor".into(), "value".into())]].concat();
        assert_eq!(try_with(epoch + 1, &more, 1).await, "SD031", "one too many");
        assert_eq!(try_with(epoch + 1, &right[1..], 1).await, "SD031", "one too few");
        assert_eq!(try_with(epoch + 1, &right, 2).await, "SD031", "a generation that is not there");
        assert_eq!(try_with(epoch, &right, 1).await, "SD007", "the epoch that is");
        assert_eq!(try_with(epoch + 2, &right, 1).await, "SD007", "an epoch left out");
        let unchanged: i32 = world.superuser.query_one("select epoch from sealdesk.class where code = 'notes'", &[]).await.unwrap().get(0);
        assert_eq!(unchanged, epoch);
    });
}

#[test]
fn nothing_is_written_under_keys_that_are_not_current() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let version = world.count(&format!("select version from sealdesk.record where id = '{}'", world.records[1])).await;
        let edit =
            "select outcome from sealdesk_api.put_edit($1, $2, $3, decode($4 || repeat('00', 56), 'hex'), '{phone}', '{1}', array[$5::int],
                      array[decode($6 || repeat('00', 56), 'hex')], array[decode($7 || repeat('00', 56), 'hex')], '{}', '{}', '{}')";
        let (one, two) = ("00000001", "00000002");
        for (summary, epoch, value, mask) in
            [(two, 1, one, one), (one, 2, two, two), (one, 2, one, one), (one, 1, two, one), (one, 1, one, two), (one, 1, "ffffffff", one)]
        {
            let parameters: Parameters<'_> = &[&sam.token, &world.records[1], &version, &summary, &epoch, &value, &mask];
            assert_eq!(outcome(&sam.client, edit, parameters).await.unwrap(), "SD030", "{summary} {epoch} {value} {mask}");
        }
        let note = "select sealdesk_api.put_note($1, $2, $3, decode('00000002' || repeat('00', 56), 'hex'))";
        assert_eq!(outcome(&sam.client, note, &[&sam.token, &world.records[1], &ticket()]).await.unwrap(), "SD030");
    });
}

#[test]
fn a_session_with_old_keys_is_told_before_anything_is_handed_out() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        world.superuser.batch_execute("select sealdesk.keys_changed()").await.unwrap();
        let record = world.records[1];
        let list = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', $2, 'recent', 'after', null, null, 50)";
        assert_eq!(outcome(&sam.client, list, &[&sam.token, &ticket()]).await.unwrap(), "SD030");
        assert_eq!(sam.request_view(ticket(), record).await.unwrap(), "SD030");
        let reveal = ticket();
        assert_eq!(sam.request_reveal(reveal, record, "phone").await.unwrap(), "SD030");
        assert_eq!(sam.collect_reveal(world, reveal).await.unwrap_err().code, "SD030");
        rows(&sam.client, "select * from sealdesk_api.list_wraps($1)", &[&sam.token]).await.unwrap();
        assert_eq!(sam.request_view(ticket(), record).await.unwrap(), "ok");
    });
}

#[test]
fn two_officers_who_rotate_at_once_do_it_once() {
    attack(async |world| {
        // Both have read the same epoch: the second one meets a class that has moved on.
        let before: i32 = world.superuser.query_one("select epoch from sealdesk.class where code = 'payment'", &[]).await.unwrap().get(0);
        let (first, second) =
            tokio::join!(rotation::rotate_class(&world.officer, "payment"), rotation::rotate_class(&world.officer, "payment"));
        let after: i32 = world.superuser.query_one("select epoch from sealdesk.class where code = 'payment'", &[]).await.unwrap().get(0);
        let done = [&first, &second].into_iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(after - before, i32::try_from(done).unwrap(), "{first:?} {second:?}");
        assert!(done >= 1 && [first, second].into_iter().filter_map(Result::err).all(|error| error.code() == "SD007"));
    });
}

#[test]
fn a_role_key_of_before_a_rotation_is_wrapped_to_nobody() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let generation: i32 = world
            .superuser
            .query_one("select max(generation) from sealdesk.directory_entry where kind = 'role' and name = 'agent'", &[])
            .await
            .unwrap()
            .get(0);
        let put = "select sealdesk_api.put_wrap($1, 'ann', 1, 'agent', $2, '', 'officer', '')";
        for outdated in [generation - 1, generation + 1] {
            assert_eq!(outcome(&officer.client, put, &[&officer.token, &outdated]).await.unwrap(), "SD007");
        }
    });
}

#[test]
fn a_forged_entry_of_the_directory_is_named_and_gets_no_key() {
    attack(async |world| {
        // The database's superuser exchanges a role's public key for one of their own, under the officer's old signature.
        let (_, forged) = sealdesk::crypto::hpke::generate();
        let kept: Vec<u8> = world
            .superuser
            .query_one("select hpke_public from sealdesk.directory_entry where kind = 'role' and name = 'agent'", &[])
            .await
            .unwrap()
            .get(0);
        let change = "update sealdesk.directory_entry set hpke_public = $1 where kind = 'role' and name = 'agent'";
        world.superuser.execute(change, &[&forged]).await.unwrap();
        let refused = rotation::rotate_class(&world.officer, "contact").await.unwrap_err().to_string();
        assert!(refused.contains("role \"agent\"") && refused.contains("signed directory"), "{refused}");
        assert!(world.officer.problems().iter().any(|problem| problem.contains("directory entry of role \"agent\"")));
        world.superuser.execute(change, &[&kept]).await.unwrap();
        world.officer.renew_keys().await.unwrap();
        assert!(world.officer.problems().is_empty());
    });
}

#[test]
fn what_somebody_holds_in_an_open_transaction_is_sealed_again_or_its_old_key_would_never_be_withdrawn() {
    attack(async |world| {
        let holds = world.recruit("n.seals", &["agent"]).await;
        let record = made(&holds, "Held While Sealed").await;
        rotation::rotate_class(&world.officer, "contact").await.unwrap();
        let raw = left_open(world, "n.seals", record).await;
        at_once(Box::pin(rotation::reencrypt(&world.officer, Some("contact"), |_| ())), "sealing again").await.unwrap();
        drop(raw);
        staff::disable(&world.officer, "n.seals").await.unwrap();
    });
}
