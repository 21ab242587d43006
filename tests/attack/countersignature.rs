//! Signing a chain: only one's own, only what is there, and never again otherwise.

use sealdesk::service::{audit, unlock};
use uuid::Uuid;

use crate::world::{Attacker, attack, outcome, rows, ticket};

const PUT: &str = "select sealdesk_api.put_countersignature($1, $2, $3, $4)";

/// Number and hash of the newest event of a session.
async fn head(world: &crate::world::World, session: Uuid) -> (i64, Vec<u8>) {
    let row = world.superuser.query_one("select seq, hash from sealdesk.session_head where session = $1", &[&session]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn put(attacker: &Attacker, seq: i64, hash: &[u8], signature: &[u8]) -> String {
    outcome(&attacker.client, PUT, &[&attacker.token, &seq, &hash, &signature]).await.unwrap()
}

#[test]
fn a_signature_is_taken_for_an_event_of_ones_own_session_only() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let (seq, hash) = head(world, sam.session).await;
        assert_eq!(put(&ann, seq, &hash, &[1; 64]).await, "SD120", "sam's event");
        let (seq, mut hash) = head(world, ann.session).await;
        hash[0] ^= 1;
        assert_eq!(put(&ann, seq, &hash, &[1; 64]).await, "SD120", "another hash");
        assert_eq!(put(&ann, seq + 90, &hash, &[1; 64]).await, "SD120", "no such number");
        assert_eq!(put(&ann, seq, &hash, &[1; 63]).await, "SD011");
        // With another's token nobody gets in at all.
        let refused = outcome(&ann.client, PUT, &[&sam.token, &seq, &hash, &[1_u8; 64].as_slice()]).await.unwrap_err();
        assert_eq!(refused.code, "SD002");
        let recorded = "select count(*) from sealdesk.audit_event where action = 'countersign' and outcome = 'SD120' and session = $1";
        let recorded: i64 = world.superuser.query_one(recorded, &[&ann.session]).await.unwrap().get(0);
        assert_eq!(recorded, 3, "refusals are events");
    });
}

#[test]
fn what_is_signed_is_not_signed_again_otherwise_and_nothing_behind_it() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let (early, early_hash) = head(world, ann.session).await;
        assert_eq!(ann.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        let (seq, hash) = head(world, ann.session).await;
        assert_eq!(put(&ann, seq, &hash, &[1; 64]).await, "ok");
        assert_eq!(put(&ann, seq, &hash, &[2; 64]).await, "ok", "as after a lost answer");
        assert_eq!(put(&ann, early, &early_hash, &[2; 64]).await, "SD121");
        let stored: Vec<u8> = world
            .superuser
            .query_one("select signature from sealdesk.countersignature where session = $1", &[&ann.session])
            .await
            .unwrap()
            .get(0);
        assert_eq!(stored, [1; 64], "the first one stays");
        for sql in [
            "update sealdesk.countersignature set hash = hash",
            "delete from sealdesk.countersignature",
            "insert into sealdesk.countersignature select * from sealdesk.countersignature",
            "select * from sealdesk.vouched_entry",
            "select sealdesk.keep_entry(gen_random_uuid())",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some("42501"), "{sql}");
        }
        for table in ["countersignature", "vouched_entry"] {
            // Not even the owner, by mistake.
            let owner = format!("set role sealdesk_owner; delete from sealdesk.{table}");
            assert!(world.superuser.batch_execute(&owner).await.is_err(), "{table}");
            world.superuser.batch_execute("reset role").await.unwrap();
        }
    });
}

#[test]
fn ones_own_chain_is_read_by_nobody_else_and_tells_nothing_that_others_did() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let sql = "select session, actor, details, hash from sealdesk_api.my_chain($1, 0, 1000)";
        assert_eq!(rows(&ann.client, sql, &[&sam.token]).await.unwrap_err().code, "SD002");
        world
            .superuser
            .execute("select sealdesk.append_act($1, 'system', 'review_close', 'ok', '{\"secret\":1}')", &[&ann.session])
            .await
            .unwrap();
        let found = rows(&ann.client, sql, &[&ann.token]).await.unwrap();
        assert!(found.iter().all(|row| row.get::<_, Uuid>(0) == ann.session));
        let last = found.last().unwrap();
        assert_eq!((last.get::<_, &str>(1), last.get::<_, Option<&str>>(2), last.get::<_, &[u8]>(3).len()), ("", None, 32));
    });
}

#[test]
fn only_who_reads_the_whole_audit_collects_signatures() {
    attack(async |world| {
        let (ann, olga) = (world.sign_in("ann").await, world.sign_in("olga").await);
        let request = "select sealdesk_api.request_verify($1, $2)";
        for sql in [
            "select * from sealdesk_api.collect_countersignatures($1, $2, null, null, 10)",
            "select * from sealdesk_api.collect_signers($1, $2)",
        ] {
            let asked = ticket();
            assert_eq!(outcome(&ann.client, request, &[&ann.token, &asked]).await.unwrap(), "SD003");
            assert_eq!(world.collect(&ann.client, sql, &[&ann.token, &asked]).await.unwrap_err().code, "SD003");
            assert_eq!(world.collect(&olga.client, sql, &[&olga.token, &ticket()]).await.unwrap_err().code, "SD008", "no ticket");
            let asked = ticket();
            assert_eq!(outcome(&olga.client, request, &[&olga.token, &asked]).await.unwrap(), "ok");
            world.collect(&olga.client, sql, &[&olga.token, &asked]).await.unwrap();
        }
    });
}

#[test]
fn a_session_signs_how_it_ended_and_only_for_a_moment() {
    attack(async |world| {
        let signed_in = world.recruit("sign.end", &["agent"]).await;
        let session = signed_in.session_id().0;
        audit::countersign(&signed_in).await.unwrap();
        unlock::close(&signed_in).await.unwrap();
        let (seq, _) = head(world, session).await;
        let last = "select max(seq) from sealdesk.countersignature where session = $1";
        let signed: Option<i64> = world.superuser.query_one(last, &[&session]).await.unwrap().get(0);
        assert_eq!(signed, Some(seq), "session_close is signed too");
        world
            .superuser
            .execute("update sealdesk.session set closed_at = clock_timestamp() - interval '3 min' where id = $1", &[&session])
            .await
            .unwrap();
        assert!(audit::countersign(&signed_in).await.is_err_and(|error| error.code() == "SD002"));
    });
}

#[test]
fn a_signature_held_in_an_open_transaction_keeps_nobody_else_from_signing() {
    attack(async |world| {
        let (ann, other) = (world.recruit("sign.first", &["agent"]).await, world.recruit("sign.second", &["agent"]).await);
        let raw = world.raw("sign.first").await;
        let (seq, hash) = head(world, raw.session).await;
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(put(&raw, seq, &hash, &[1; 64]).await, "ok");
        let signing = tokio::time::timeout(std::time::Duration::from_secs(5), audit::countersign(&other)).await;
        assert!(signing.is_ok_and(|signed| signed.is_ok()), "it waited for somebody else's transaction");
        raw.client.batch_execute("rollback").await.unwrap();
        audit::countersign(&ann).await.unwrap();
    });
}

#[test]
fn only_who_manages_people_says_that_a_root_stands_by_the_one_before_and_once() {
    attack(async |world| {
        world
            .superuser
            .batch_execute("insert into sealdesk.root_transition (number, old_public, new_public, by, signature) values (77, '\\x01', '\\x02', 'x', '\\x03')")
            .await
            .unwrap();
        let (ann, officer) = (world.sign_in("ann").await, world.sign_in("officer").await);
        let put = "select sealdesk_api.put_root_acceptance($1, 77, $2)";
        let answer = async |who: &Attacker| outcome(&who.client, put, &[&who.token, &[1_u8; 64].as_slice()]).await.unwrap();
        assert_eq!(answer(&ann).await, "SD003");
        assert_eq!(answer(&officer).await, "ok");
        assert_eq!(answer(&officer).await, "SD007", "what stands is not replaced");
        world.superuser.batch_execute("delete from sealdesk.root_transition where number = 77").await.unwrap();
    });
}
