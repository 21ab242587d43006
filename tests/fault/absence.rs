//! Proofs that nothing was revealed: made, checked without the database, and not to be had from a database whose superuser helps.

use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    keyring::checkpoint::{Checkpoint, Records},
    service::audit,
};
use tokio_postgres::Client;

use crate::{
    proof::{forge, verify},
    support::{Database, fixture},
};

/// Runs the program as the auditor: exit code and all that it said.
fn auditor(database: &Database<'_>, arguments: &[&str]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut program = database.program_as("auditor");
    program.command.env("XDG_STATE_HOME", home.path());
    let (code, out, err) = program.run(arguments);
    (code, out + &err)
}

fn absence(database: &Database<'_>, more: &[&str]) -> (i32, String) {
    auditor(database, &[&["audit", "absence"], more].concat())
}

const REVEAL: [&str; 6] = ["show", "C-000001", "--reveal", "phone", "--reason", "callback"];

/// All that happened so far, ten minutes earlier, with every chain as whoever wrote it then would have written it.
const AGED: &str = "update sealdesk.audit_event set at = at - interval '10 min'; select forgery.rewrite(id) from sealdesk.session; delete from sealdesk.countersignature";

/// Somebody has revealed the telephone number of the first customer, ten minutes ago; no checkpoint was made since.
async fn revealed() -> (Database<'static>, Client) {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let (code, _, err) = database.program_as("senior_agent").run(&REVEAL);
    assert_eq!(code, 0, "{err}");
    forge(&superuser, AGED).await;
    (database, superuser)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revealed_is_named_and_what_was_not_is_proved_without_the_database() {
    let (database, _superuser) = revealed().await;
    let person = database.fixture.person("senior_agent").user.clone();
    for field in [&["phone"][..], &[]] {
        let (code, said) = absence(&database, &[&["C-000001"], field, &["--since", "-1h"]].concat());
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(&person) && said.contains("phone") && said.contains("audit evidence --record C-000001"), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("absence.json");
    let out = file.to_str().unwrap();
    let (code, said) = absence(&database, &["C-000001", "email", "--since", "-1h", "--out", out]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("absent: no value of email of C-000001"), "{said}");
    let root = said.split("--root ").nth(1).unwrap().trim().to_owned();
    let (code, said) = absence(&database, &["C-000002", "--since", "-1h"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(absence(&database, &["C-000001", "no_such", "--since", "-1h"]).0, 3);
    assert_eq!(absence(&database, &["C-999999", "--since", "-1h"]).0, 3);
    let (code, said) = absence(&database, &["C-000001", "--since", "-10s"]);
    assert!(code == 1 && said.contains("less than a minute old"), "{said}");
    let (code, _, err) = database.program_as("agent").run(&["audit", "absence", "C-000001", "--since", "-1h"]);
    assert_eq!(code, 3, "{err}");

    // Nothing but the file and the fingerprint.
    let check = |path: &str, root: &str| auditor(&database, &["audit", "verify", "--bundle", path, "--root", root]);
    let (code, said) = check(out, &root);
    assert!(code == 0 && said.contains("holds: checkpoint") && said.contains("absent: no value of email"), "{code}: {said}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&person), "who did something else with the record is not told");
    for (from, to) in [("\"email\"", "\"phone\""), ("\"length\": ", "\"length\": 1"), ("\"action\": \"reveal\"", "\"action\": \"view\"")] {
        assert!(text.contains(from), "{from}");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let (code, said) = check(out, &root);
        assert_eq!(code, 5, "{from}: {said}");
    }
    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains("every chain holds"), "{said}");
}

/// Changes what a checkpoint says, and signs it again as whoever made it.
async fn restate(database: &Database<'_>, superuser: &Client, number: i64, records: impl Fn(Records) -> Option<Records>) {
    let signed_in = database.sign_in("auditor").await;
    let row = superuser
        .query_one(
            "select at, size, root, previous, covers, records_from, record_root from sealdesk.checkpoint where number = $1",
            &[&number],
        )
        .await
        .unwrap();
    let hash = |at: usize| <[u8; 32]>::try_from(row.get::<_, Vec<u8>>(at)).unwrap();
    let said = Records { covers: row.get(4), from: row.get(5), root: hash(6) };
    let mut checkpoint = Checkpoint {
        number,
        at: row.get(0),
        size: u64::try_from(row.get::<_, i64>(1)).unwrap(),
        root: hash(2),
        previous: hash(3),
        records: records(said),
        login: String::new(),
        entry: 0,
        signature: Vec::new(),
    };
    signed_in.keyring().sign_checkpoint(&mut checkpoint);
    let records = checkpoint.records;
    superuser.batch_execute("set session_replication_role = replica").await.unwrap();
    superuser
        .execute(
            "update sealdesk.checkpoint set covers = $2, records_from = $3, record_root = $4, signature = $5, hash = $6 where number = $1",
            &[
                &number,
                &records.and_then(|records| records.covers),
                &records.map(|records| records.from),
                &records.map(|records| records.root.to_vec()),
                &checkpoint.signature,
                &checkpoint.hash(signed_in.keyring().installation()).to_vec(),
            ],
        )
        .await
        .unwrap();
    superuser.batch_execute("reset session_replication_role").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_checkpoints_only_what_lies_between_them_is_listed() {
    let (database, superuser) = revealed().await;
    let checkpoint = || auditor(&database, &["audit", "checkpoint"]);
    assert_eq!(checkpoint().0, 0);
    let eight = Timestamp::now() - SignedDuration::from_mins(8);
    restate(&database, &superuser, 1, |records| Some(Records { covers: Some(eight), ..records })).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("absence.json");
    let (code, said) = absence(&database, &["C-000001", "phone", "--since", "-5m", "--out", file.to_str().unwrap()]);
    assert_eq!(code, 0, "the reveal lies before: {said}");
    assert!(said.contains("between checkpoints 1 and 2"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("\"reveal\""), "and is not listed: {text}");
    let root = said.split("--root ").nth(1).unwrap().trim().to_owned();
    let (code, said) = auditor(&database, &["audit", "verify", "--bundle", file.to_str().unwrap(), "--root", &root]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = absence(&database, &["C-000001", "phone", "--since", "-1h"]);
    assert_eq!(code, 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_checkpoints_knew_no_records_begins_to_and_says_from_when_on_it_can_prove() {
    let (database, superuser) = revealed().await;
    let checkpoint = || auditor(&database, &["audit", "checkpoint"]);
    assert_eq!(checkpoint().0, 0);
    restate(&database, &superuser, 1, |_| None).await;
    forge(
        &superuser,
        "delete from sealdesk.record_leaf; delete from sealdesk.record_chain; delete from sealdesk.record_node;
         update sealdesk.record_tree set begun = null, root = decode(repeat('00', 32), 'hex')",
    )
    .await;
    let (code, said) = verify(&database);
    assert_eq!(code, 0, "old checkpoints hold: {said}");
    assert_eq!(checkpoint().0, 0);
    // As if some time had passed since, before anything follows it.
    let eight = Timestamp::now() - SignedDuration::from_mins(8);
    restate(&database, &superuser, 2, |records| Some(Records { covers: Some(eight), ..records })).await;
    let (code, said) = absence(&database, &["C-000001", "email", "--since", "-1h"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("Only what happened from") && said.contains("can be proved"), "{said}");
    let (code, said) = absence(&database, &["C-000001", "phone", "--since", "-5m"]);
    assert!(code == 0 && said.contains("between checkpoints 2 and"), "{said}");
    // A record that nothing has happened to since has no place in the tree at all.
    let (code, said) = absence(&database, &["C-000007", "--since", "-5m"]);
    assert!(code == 0 && said.contains("the record has 0 events"), "{said}");
    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains("every chain holds"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_left_out_of_a_records_chain_is_named_and_nothing_is_said_to_be_absent() {
    let (database, superuser) = revealed().await;
    let record: String = superuser.query_one("select id::text from sealdesk.record where number = 1", &[]).await.unwrap().get(0);
    // The checkpoint is made while the reveal seems to be about nothing.
    let hide = "create table public.hidden as select session, seq from sealdesk.audit_event where action = 'reveal';
                update sealdesk.audit_event set record = null where action = 'reveal'";
    forge(&superuser, hide).await;
    assert_eq!(auditor(&database, &["audit", "checkpoint"]).0, 0);
    forge(
        &superuser,
        &format!(
            "update sealdesk.audit_event e set record = '{record}' from public.hidden h where e.session = h.session and e.seq = h.seq"
        ),
    )
    .await;
    let (code, said) = absence(&database, &["C-000001", "phone", "--since", "-1h"]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&record) && said.contains("left out of its chain"), "{said}");
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&format!("record {record} at checkpoint 1: an event of it was left out")), "{said}");
    assert_eq!(said.matches("broken: ").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_that_is_taken_away_afterwards_is_missed_by_its_record() {
    let (database, superuser) = revealed().await;
    let record: String = superuser.query_one("select id::text from sealdesk.record where number = 1", &[]).await.unwrap().get(0);
    assert_eq!(auditor(&database, &["audit", "checkpoint"]).0, 0);
    forge(
        &superuser,
        "delete from sealdesk.audit_event where action = 'reveal'; select forgery.rewrite(id) from sealdesk.session; delete from sealdesk.countersignature",
    )
    .await;
    let (code, said) = absence(&database, &["C-000001", "phone", "--since", "-1h"]);
    assert_eq!(code, 5, "{said}");
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&format!("record {record} at checkpoint 1: an event of it was taken")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_was_edited_is_named_at_the_next_checkpoint() {
    for edit in [
        "update sealdesk.record_node set hash = sha256(hash)",
        "update sealdesk.record_leaf set head = sha256(head), stub = sha256(stub) where path = sealdesk.record_path((select id from sealdesk.record where number = 1))",
        "update sealdesk.record_chain set head = sha256(head), length = length - 1",
    ] {
        let (database, superuser) = revealed().await;
        let look = || database.program_as("senior_agent").run(&["show", "C-000002"]);
        // Enough of them that the tree has nodes beside the way to any one.
        superuser
            .execute(
                "select sealdesk.append(h.session, 'load', 'view', 'ok', r.id, null, null, null, null, null, null, null)
                   from sealdesk.record r, (select session from sealdesk.session_head limit 1) h where r.number <= 20",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(auditor(&database, &["audit", "checkpoint"]).0, 0);
        forge(&superuser, edit).await;
        assert_eq!(look().0, 0);
        assert_eq!(auditor(&database, &["audit", "checkpoint"]).0, 0);
        let (code, said) = verify(&database);
        assert_eq!(code, 5, "{edit}: {said}");
        assert!(said.contains("broken: record"), "{edit}: {said}");
        let (code, said) = absence(&database, &["C-000002", "--since", "-1h"]);
        assert_eq!(code, 5, "{edit}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maker_who_dies_between_computing_and_storing_leaves_nothing_behind() {
    let (database, superuser) = revealed().await;
    let signed_in = database.sign_in("auditor").await;
    let made = audit::checkpoint(&signed_in, &mut None).await.unwrap();
    let before: i64 = superuser.query_one("select count(*) from sealdesk.record_leaf", &[]).await.unwrap().get(0);
    // As far as a maker comes that is killed then.
    let root =
        "select n.root from sealdesk.session_head h, sealdesk.next_record_root($1, array[h.session], array[h.seq]) n where h.session = $2";
    let session = signed_in.session_id();
    let root: Vec<u8> = superuser.query_one(root, &[&(made.number + 1), &session.0]).await.unwrap().get(0);
    assert_eq!(root.len(), 32);
    let after: i64 = superuser.query_one("select count(*) from sealdesk.record_leaf", &[]).await.unwrap().get(0);
    let kept: Vec<u8> = superuser.query_one("select root from sealdesk.record_tree", &[]).await.unwrap().get(0);
    assert_eq!((after, kept.as_slice()), (before, &made.records.unwrap().root[..]));
    assert_eq!(audit::checkpoint(&signed_in, &mut None).await.unwrap().number, made.number + 1);
    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains("every chain holds"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_more_than_a_checkpoint_takes_is_taken_by_the_next_ones_and_only_the_last_covers_all() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    // One long chain, as of somebody who imports.
    superuser
        .execute(
            "select sealdesk.append(h.session, 'load', 'view', 'ok', r.id, null, null, null, null, null, null, null)
               from (select id from sealdesk.record order by number limit 100) r, generate_series(1, 90) n, (select session from sealdesk.session_head limit 1) h",
            &[],
        )
        .await
        .unwrap();
    let (code, said) = auditor(&database, &["audit", "checkpoint"]);
    assert!(code == 0 && said.contains("checkpoint 3 of"), "{said}");
    let covers = superuser.query("select covers is not null from sealdesk.checkpoint order by number", &[]).await.unwrap();
    assert_eq!(covers.iter().map(|row| row.get(0)).collect::<Vec<bool>>(), [false, false, true]);
    let (code, said) = absence(&database, &["C-000001", "--since", "-1h"]);
    assert!(code == 0 && said.contains("absent: "), "{said}");
    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains("every chain holds"), "{said}");
}
