//! Making checkpoints: only by whom the audit is open to, only what the database computes too, and never in another's place.

use jiff::Timestamp;
use sealdesk::{
    crypto::{
        merkle::{self, Frontier},
        record_tree::{self, End, Entry, Key, Tree},
    },
    model::id::{InstallationId, RecordId, SessionId},
    service::{
        audit::checkpoint::{Memory, checkpoint},
        unlock,
    },
};
use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, ticket};

const PUT: &str = "select sealdesk_api.put_checkpoint($1, $2, clock_timestamp(), $3, $4, $5, $6, $7, $9, $10, $11, $8)";

struct Leaf {
    session: Uuid,
    seq: i64,
    hash: Vec<u8>,
}

/// What is said of the tree of records.
struct Said {
    covers: Option<Timestamp>,
    from: i64,
    root: Vec<u8>,
}

async fn put(who: &Attacker, number: i64, root: &[u8], previous: &[u8], leaf: &Leaf, signature: &[u8]) -> String {
    put_saying(who, number, root, previous, leaf, signature, &Said { covers: None, from: 1, root: vec![7; 32] }).await
}

async fn put_saying(who: &Attacker, number: i64, root: &[u8], previous: &[u8], leaf: &Leaf, signature: &[u8], said: &Said) -> String {
    let (sessions, seqs, hashes) = (vec![leaf.session], vec![leaf.seq], vec![leaf.hash.as_slice()]);
    let Said { covers, from, root: records } = said;
    outcome(&who.client, PUT, &[&who.token, &number, &root, &previous, &sessions, &seqs, &hashes, &signature, covers, from, records])
        .await
        .unwrap()
}

/// What the database would compute of the tree of records for one more leaf.
async fn records_with(world: &World, number: i64, leaf: &Leaf) -> Said {
    let sql = "select root, begun from sealdesk.next_record_root($1, $2, $3)";
    let row = world.superuser.query_one(sql, &[&number, &vec![leaf.session], &vec![leaf.seq]]).await.unwrap();
    Said { covers: None, from: row.get(1), root: row.get(0) }
}

/// The newest checkpoint's number and hash, and an event that is not in the tree.
async fn state(world: &World, session: Uuid) -> (i64, Vec<u8>, Leaf) {
    let newest = "select number, hash from sealdesk.checkpoint order by number desc limit 1";
    let newest = world.superuser.query_one(newest, &[]).await.unwrap();
    let head = "select seq, hash from sealdesk.session_head where session = $1";
    let head = world.superuser.query_one(head, &[&session]).await.unwrap();
    (newest.get(0), newest.get(1), Leaf { session, seq: head.get(0), hash: head.get(1) })
}

/// What the database would compute for one more leaf.
async fn root_with(world: &World, leaf: &Leaf) -> Vec<u8> {
    let sql = "select sealdesk.tree_root(sealdesk.tree_append(c.size, c.peaks, sealdesk.tree_leaf($1, $2, $3)))
                 from sealdesk.checkpoint c order by number desc limit 1";
    world.superuser.query_one(sql, &[&leaf.session, &leaf.seq, &leaf.hash]).await.unwrap().get(0)
}

#[test]
fn who_does_not_read_the_audit_neither_reads_the_heads_nor_signs_them() {
    attack(async |world| {
        let (ann, olga) = (world.sign_in("ann").await, world.sign_in("olga").await);
        let mut memory = None;
        checkpoint(&world.with_keys("olga").await, &mut memory).await.unwrap();
        let asked = ticket();
        assert_eq!(outcome(&ann.client, "select sealdesk_api.request_checkpoint($1, $2)", &[&ann.token, &asked]).await.unwrap(), "SD003");
        for sql in [
            "select * from sealdesk_api.collect_grown($1, $2)",
            "select * from sealdesk_api.collect_checkpoints($1, $2, 0, 10)",
            "select * from sealdesk_api.collect_leaves($1, $2, 0, 10)",
            "select * from sealdesk_api.collect_record_root($1, $2, 1, array[gen_random_uuid()], array[1::bigint])",
        ] {
            assert_eq!(world.collect(&ann.client, sql, &[&ann.token, &asked]).await.unwrap_err().code, "SD003", "{sql}");
            assert_eq!(world.collect(&olga.client, sql, &[&olga.token, &ticket()]).await.unwrap_err().code, "SD008", "{sql}");
        }
        for sql in ["select * from sealdesk_api.verify_scope($1, $2, null, null, null)", "select * from sealdesk_api.lost_months($1, $2)"] {
            assert_eq!(world.collect(&ann.client, sql, &[&ann.token, &asked]).await.unwrap_err().code, "SD008", "{sql}");
        }
        let (number, previous, leaf) = state(world, ann.session).await;
        let root = root_with(world, &leaf).await;
        assert_eq!(put(&ann, number + 1, &root, &previous, &leaf, &[1; 64]).await, "SD003");
        for table in ["checkpoint", "checkpoint_leaf", "checkpoint_reach", "record_tree", "record_chain", "record_node", "record_leaf"] {
            assert_eq!(ann.refusal(&format!("select * from sealdesk.{table}")).await.as_deref(), Some("42501"), "{table}");
        }
    });
}

#[test]
fn a_checkpoint_is_taken_only_after_the_last_one_and_with_the_root_that_the_database_computes() {
    attack(async |world| {
        let olga = world.sign_in("olga").await;
        let mut memory: Option<Memory> = None;
        checkpoint(&world.with_keys("olga").await, &mut memory).await.unwrap();
        // Her chain has grown since.
        olga.request_view(ticket(), world.records[0]).await.unwrap();
        let (number, previous, leaf) = state(world, olga.session).await;
        let root = root_with(world, &leaf).await;
        assert_eq!(put(&olga, number, &root, &previous, &leaf, &[1; 64]).await, "SD123", "a number that is taken");
        assert_eq!(put(&olga, number + 2, &root, &previous, &leaf, &[1; 64]).await, "SD123", "a number further on");
        assert_eq!(put(&olga, number + 1, &root, &[7; 32], &leaf, &[1; 64]).await, "SD123", "after something else");
        assert_eq!(put(&olga, number + 1, &[7; 32], &previous, &leaf, &[1; 64]).await, "SD124", "another root");
        assert_eq!(put(&olga, number + 1, &root, &previous, &leaf, &[1; 9]).await, "SD011");
        let invented = Leaf { hash: vec![7; 32], ..leaf };
        assert_eq!(put(&olga, number + 1, &root_with(world, &invented).await, &previous, &invented, &[1; 64]).await, "SD120");
        // Of the tree of records neither another root is taken, nor another beginning, nor that it covers what is not in it.
        let said = records_with(world, number + 1, &leaf).await;
        let put_said = async |said: &Said| put_saying(&olga, number + 1, &root, &previous, &leaf, &[1; 64], said).await;
        assert_eq!(put_said(&Said { root: vec![7; 32], ..said }).await, "SD172");
        let said = records_with(world, number + 1, &leaf).await;
        assert_eq!(put_said(&Said { from: number + 1, root: said.root.clone(), covers: None }).await, "SD172");
        let old: Timestamp = world.superuser.query_one("select clock_timestamp() - interval '2 min'", &[]).await.unwrap().get(0);
        assert_eq!(
            put_said(&Said { covers: Some(old), from: said.from, root: said.root.clone() }).await,
            "SD011",
            "a moment that is long past"
        );
        let left_out = "update sealdesk.audit_event set at = at - interval '1 hour' where session = $1";
        let ann = world.sign_in("ann").await;
        world.superuser.batch_execute("begin; set local session_replication_role = replica").await.unwrap();
        world.superuser.execute(left_out, &[&ann.session]).await.unwrap();
        world.superuser.batch_execute("commit").await.unwrap();
        let now: Timestamp = world.superuser.query_one("select clock_timestamp()", &[]).await.unwrap().get(0);
        let covers = put_said(&Said { covers: Some(now), from: said.from, root: said.root.clone() }).await;
        world.superuser.batch_execute("begin; set local session_replication_role = replica").await.unwrap();
        world.superuser.execute(&left_out.replace("- interval", "+ interval"), &[&ann.session]).await.unwrap();
        world.superuser.batch_execute("commit").await.unwrap();
        assert_eq!(covers, "SD176", "what was committed an hour before is not in it");
        for table in ["checkpoint", "checkpoint_leaf", "record_leaf"] {
            let owner = format!("set role sealdesk_owner; delete from sealdesk.{table}");
            assert!(world.superuser.batch_execute(&owner).await.is_err(), "{table}");
            world.superuser.batch_execute("reset role").await.unwrap();
        }
        // What was remembered is gone on from, and two makers do not get into each other's way.
        let signed_in = world.with_keys("olga").await;
        let again = checkpoint(&signed_in, &mut memory).await.unwrap();
        assert_eq!(again.number, number + 1);
        let mut fresh = None;
        assert_eq!(checkpoint(&signed_in, &mut fresh).await.unwrap().number, number + 2);
        assert_eq!(checkpoint(&signed_in, &mut memory).await.unwrap().number, number + 3);
        unlock::close(&signed_in).await.unwrap();
    });
}

#[test]
fn the_database_hashes_the_tree_as_the_program_does() {
    attack(async |world| {
        let mut frontier = Frontier::default();
        let mut peaks: Vec<Vec<u8>> = Vec::new();
        for size in 0..40_i64 {
            let (session, hash) = (SessionId(Uuid::from_u128(u128::from(size.unsigned_abs()) * 77)), [u8::try_from(size).unwrap(); 32]);
            let sql = "select sealdesk.tree_append($1, $2, sealdesk.tree_leaf($3, $5, $4))";
            peaks = world.superuser.query_one(sql, &[&size, &peaks, &session.0, &hash.as_slice(), &(size * 5)]).await.unwrap().get(0);
            frontier.push(merkle::leaf(session, size * 5, &hash));
            assert_eq!(peaks, frontier.peaks().iter().map(|peak| peak.to_vec()).collect::<Vec<_>>(), "{size}");
            let root: Vec<u8> = world.superuser.query_one("select sealdesk.tree_root($1)", &[&peaks]).await.unwrap().get(0);
            assert_eq!(root, frontier.root(), "{size}");
        }
        let mut memory = None;
        let made = checkpoint(&world.with_keys("olga").await, &mut memory).await.unwrap();
        let sql = "select hash from sealdesk.checkpoint where number = $1";
        let stored: Vec<u8> = world.superuser.query_one(sql, &[&made.number]).await.unwrap().get(0);
        let installation: Uuid = world.superuser.query_one("select id from sealdesk.installation", &[]).await.unwrap().get(0);
        assert_eq!(stored, made.hash(InstallationId(installation)));
    });
}

#[test]
fn the_database_keeps_the_chains_of_records_as_the_program_does() {
    attack(async |world| {
        let installation: Uuid = world.superuser.query_one("select id from sealdesk.installation", &[]).await.unwrap().get(0);
        let installation = InstallationId(installation);
        let signed_in = world.with_keys("olga").await;
        let looker = world.sign_in("sam").await;
        // The tree as it grows, with what each checkpoint says.
        for round in 0..3 {
            for record in &world.records {
                looker.request_view(ticket(), *record).await.unwrap();
            }
            // Records that are not there have a place too, once somebody asks for them.
            for _ in 0..round * 20 {
                looker.request_view(ticket(), Uuid::now_v7()).await.unwrap();
            }
            let made = checkpoint(&signed_in, &mut None).await.unwrap();
            let mut tree = Tree::default();
            let ends = "select substr(varbit_send(path), 5), length, head, stub from sealdesk.record_chain";
            for row in world.superuser.query(ends, &[]).await.unwrap() {
                let key: Key = row.get::<_, Vec<u8>>(0).try_into().unwrap();
                let end = End { length: row.get(1), head: row.get::<_, Vec<u8>>(2).try_into().unwrap() };
                assert_eq!(end.stub(&key).as_slice(), row.get::<_, Vec<u8>>(3));
                tree.put(key, end.stub(&key));
            }
            assert_eq!(tree.root(), made.records.unwrap().root, "round {round}");
        }
        // One record's chain from its events, in the order of the leaves.
        let record = world.records[0];
        let sql = "select session, seq, at, action, outcome, field, hash from sealdesk.record_events($1, 0, 1000000) order by place, seq";
        let mut end = End::genesis(installation, RecordId(record));
        for row in world.superuser.query(sql, &[&record]).await.unwrap() {
            let entry = Entry {
                session: SessionId(row.get(0)),
                seq: row.get(1),
                at: row.get(2),
                action: row.get(3),
                outcome: row.get(4),
                field: row.get(5),
                hash: row.get::<_, Vec<u8>>(6).try_into().unwrap(),
            };
            end = end.then(&entry.digest());
        }
        let stored =
            "select substr(varbit_send(c.path), 5), c.length, c.head from sealdesk.record_chain c where c.path = sealdesk.record_path($1)";
        let stored = world.superuser.query_one(stored, &[&record]).await.unwrap();
        assert_eq!(stored.get::<_, Vec<u8>>(0), record_tree::key(installation, RecordId(record)));
        assert_eq!((stored.get::<_, i64>(1), stored.get::<_, Vec<u8>>(2)), (end.length, end.head.to_vec()));
        assert!(end.length >= 3);
        unlock::close(&signed_in).await.unwrap();
    });
}
