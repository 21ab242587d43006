//! A superuser changes the audit and everything in it that they can compute, so that every chain fits itself. Signatures show it.

use sealdesk::service::{
    Error, SignedIn,
    audit::{self, Tampered},
    view,
};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, fixture};

/// What whoever holds the server can write themselves: the hash of an event after another.
const FORGERY: &str = "
create schema if not exists forgery;
create or replace function forgery.part(p bytea) returns bytea language sql immutable as $$
  select coalesce(int4send(octet_length(p)) || p, decode('ffffffff', 'hex')) $$;
create or replace function forgery.rewrite(p_session uuid) returns void language plpgsql as $$
declare
  e sealdesk.audit_event;
  previous bytea := (select sha256(convert_to('sealdesk/genesis/v1', 'UTF8') || uuid_send(i.id) || uuid_send(p_session)) from sealdesk.installation i);
  number bigint := 0;
begin
  for e in select * from sealdesk.audit_event x where x.session = p_session order by x.seq, x.at loop
    number := number + 1;
    previous := sha256(convert_to('sealdesk/event/v1', 'UTF8') || previous || forgery.part(uuid_send(p_session)) || forgery.part(int8send(number))
      || forgery.part(int8send((extract(epoch from e.at) * 1000000)::bigint)) || forgery.part(convert_to(e.actor, 'UTF8'))
      || forgery.part(convert_to(e.action, 'UTF8')) || forgery.part(convert_to(e.outcome, 'UTF8')) || forgery.part(uuid_send(e.record))
      || forgery.part(convert_to(e.field, 'UTF8')) || forgery.part(convert_to(e.class, 'UTF8')) || forgery.part(int8send(e.version))
      || forgery.part(convert_to(e.reason, 'UTF8')) || forgery.part(convert_to(e.reference, 'UTF8')) || forgery.part(convert_to(e.details, 'UTF8'))
      || forgery.part(uuid_send(e.ticket)));
    update sealdesk.audit_event set seq = number, hash = previous where session = e.session and seq = e.seq and at = e.at;
  end loop;
  update sealdesk.session_head set seq = number, hash = previous where session = p_session;
end $$;";

/// As if no checkpoint had ever been made.
pub const NO_CHECKPOINTS: &str =
    "delete from sealdesk.checkpoint_leaf; delete from sealdesk.record_leaf; delete from sealdesk.record_chain;
  delete from sealdesk.record_node; update sealdesk.record_tree set begun = null, root = decode(repeat('00', 32), 'hex');
  delete from sealdesk.checkpoint; delete from sealdesk.checkpoint_reach";

/// As the superuser, with the triggers that refuse changes switched off.
pub async fn forge(superuser: &Client, sql: &str) {
    superuser.batch_execute(FORGERY).await.unwrap();
    superuser.batch_execute(&format!("set session_replication_role = replica; {sql}; reset session_replication_role")).await.unwrap();
}

/// Somebody who has viewed three customers, one after the other.
async fn worked(database: &Database<'_>) -> SignedIn {
    let signed_in = database.sign_in("senior_agent").await;
    look(database, &signed_in).await;
    signed_in
}

async fn look(database: &Database<'_>, signed_in: &SignedIn) {
    for row in database.superuser().await.query("select id from sealdesk.record order by number limit 3", &[]).await.unwrap() {
        view::view(signed_in, sealdesk::model::id::RecordId(row.get::<_, Uuid>(0))).await.unwrap();
    }
}

pub fn verify(database: &Database<'_>) -> (i32, String) {
    let (code, out, err) = database.program_as("auditor").run(&["audit", "verify"]);
    (code, out + &err)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_audit_holds_and_its_signatures_check() {
    let database = fixture().fresh_database().await;
    let signed_in = worked(&database).await;
    assert!(audit::countersign(&signed_in).await.unwrap() >= 5);
    let (code, said) = verify(&database);
    assert_eq!(code, 0, "{said}");
    assert!(!said.starts_with("0 ") && said.contains("every chain holds"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_recomputed_whole_is_named_by_what_the_person_signed() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    let session = signed_in.session_id();
    forge(
        &superuser,
        &format!(
            "update sealdesk.audit_event set record = (select id from sealdesk.record where number = 9) where session = '{session}' and seq = 4;
             select forgery.rewrite('{session}')"
        ),
    )
    .await;
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&format!("{session} #1: rewritten")), "{said}");
    assert_eq!(said.matches("broken: ").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_cut_off_with_its_head_is_named() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    let session = signed_in.session_id();
    forge(
        &superuser,
        &format!("delete from sealdesk.audit_event where session = '{session}' and seq > 3; select forgery.rewrite('{session}')"),
    )
    .await;
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&format!("{session} #4: truncated")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_deleted_whole_is_named() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    let session = signed_in.session_id();
    forge(
        &superuser,
        &format!(
            "delete from sealdesk.audit_event where session = '{session}'; delete from sealdesk.session_head where session = '{session}';
             delete from sealdesk.session where id = '{session}'"
        ),
    )
    .await;
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&format!("{session} #1: deleted")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_was_changed_or_whose_key_was_exchanged_is_named() {
    for change in [
        "update sealdesk.countersignature set signature = set_byte(signature, 3, get_byte(signature, 3) # 1) where session = '{session}'",
        "update sealdesk.vouched_entry set ed25519_public = set_byte(ed25519_public, 3, get_byte(ed25519_public, 3) # 1)
          where id = (select entry from sealdesk.countersignature where session = '{session}')",
        "update sealdesk.vouched_entry set signature = set_byte(signature, 3, get_byte(signature, 3) # 1)
          where id = (select entry from sealdesk.countersignature where session = '{session}')",
    ] {
        let database = fixture().fresh_database().await;
        let superuser = database.superuser().await;
        let signed_in = worked(&database).await;
        let seq = audit::countersign(&signed_in).await.unwrap();
        let session = signed_in.session_id();
        forge(&superuser, &change.replace("{session}", &session.to_string())).await;
        let (code, said) = verify(&database);
        assert_eq!(code, 5, "{said}");
        assert!(said.contains(&format!("{session} #{seq}: forged")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_itself_notices_that_its_past_was_rewritten_or_cut() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    for (forgery, expected) in [
        (
            "update sealdesk.audit_event set reason = 'fraud' where session = '{s}' and seq = 4; select forgery.rewrite('{s}')",
            Tampered::Altered { seq: 5 },
        ),
        ("delete from sealdesk.audit_event where session = '{s}' and seq > 3; select forgery.rewrite('{s}')", Tampered::Behind { seq: 5 }),
    ] {
        let signed_in = worked(&database).await;
        assert_eq!(audit::countersign(&signed_in).await.unwrap(), 5);
        forge(&superuser, &forgery.replace("{s}", &signed_in.session_id().to_string())).await;
        let found = audit::countersign(&signed_in).await;
        assert!(matches!(found, Err(Error::Tampered(harm)) if harm == expected), "{found:?}");
        // It does not go away by trying again, and nothing is signed any more.
        let told = format!(
            "select count(*) from sealdesk.audit_event where action = 'chain_broken' and session = '{}' and actor = reference",
            signed_in.session_id()
        );
        assert_eq!(crate::world::count(&superuser, &told).await, 1, "supervisors hear of it");
        let again = audit::countersign(&signed_in).await;
        assert!(matches!(again, Err(Error::Tampered(harm)) if harm == expected), "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_notices_that_it_reads_without_being_recorded() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    look(&database, &signed_in).await;
    let session = signed_in.session_id();
    forge(
        &superuser,
        &format!("delete from sealdesk.audit_event where session = '{session}' and seq = 7; select forgery.rewrite('{session}')"),
    )
    .await;
    let found = audit::countersign(&signed_in).await;
    assert!(matches!(found, Err(Error::Tampered(Tampered::Unrecorded))), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_before_the_root_was_exchanged_stays_checkable_and_an_invented_root_vouches_for_nobody() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    drop(signed_in);
    let old = fixture().root_fingerprint.as_str();
    let (code, out, err) = database.program_as("security_officer").run(&["key", "exchange-root", "--old", old]);
    assert_eq!(code, 0, "{out}{err}");
    let root = out.split('"').nth(1).unwrap().to_owned();
    let verify = |what: &str| {
        let mut auditor = database.program_as("auditor");
        auditor.command.env("SEALDESK_ROOT_FINGERPRINT", &root);
        let (code, out, err) = auditor.run(&["audit", "verify"]);
        assert!(out.contains("events in"), "{what}: {out}{err}");
        (code, out)
    };
    let (code, said) = verify("exchanged");
    assert_eq!(code, 0, "{said}");
    // Without the new root's word the old root is nobody's.
    forge(&superuser, "update sealdesk.root_transition set acceptance = set_byte(acceptance, 3, get_byte(acceptance, 3) # 1)").await;
    let (code, said) = verify("not accepted");
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("forged"), "{said}");
}

/// A directory of its own for what a person remembers.
struct Auditor<'d> {
    database: &'d Database<'d>,
    home: tempfile::TempDir,
}

impl<'d> Auditor<'d> {
    fn of(database: &'d Database<'d>) -> Self {
        Self { database, home: tempfile::tempdir().unwrap() }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut program = self.database.program_as("auditor");
        program.command.env("XDG_STATE_HOME", self.home.path());
        let (code, out, err) = program.run(&[&["audit"], arguments].concat());
        (code, out + &err)
    }

    fn anchor_file(&self) -> String {
        self.home.path().join("anchors").display().to_string()
    }

    /// A checkpoint, written down outside the database.
    fn anchor(&self) {
        let (code, said) = self.run(&["checkpoint"]);
        assert_eq!(code, 0, "{said}");
        let (code, said) = self.run(&["anchor", "--to", &format!("file:{}", self.anchor_file())]);
        assert_eq!(code, 0, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_audit_holds_against_its_checkpoints_and_anchors() {
    let database = fixture().fresh_database().await;
    let auditor = Auditor::of(&database);
    let signed_in = worked(&database).await;
    auditor.anchor();
    look(&database, &signed_in).await;
    auditor.anchor();
    let (code, said) = auditor.run(&["verify", "--anchor", &auditor.anchor_file()]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("2 checkpoints") && said.contains("the anchor holds up to checkpoint 2") && said.contains("every chain holds"),
        "{said}"
    );
    // One chain, one record, a time.
    let session = signed_in.session_id().to_string();
    for arguments in [["verify", "--session", &session], ["verify", "--record", "C-000001"], ["verify", "--from", "-1h"]] {
        let (code, said) = auditor.run(&arguments);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains(" in 0 chains"), "{said}");
    }
    let (code, said) = auditor.run(&["verify", "--session", &session]);
    assert!(code == 0 && said.contains(" in 1 chains"), "{said}");
    assert_eq!(auditor.run(&["verify", "--record", "C-999999"]).0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_or_tail_that_is_deleted_with_its_signatures_is_named_by_a_checkpoint() {
    for (forgery, said_of_it) in [
        ("delete from sealdesk.audit_event where session = '{s}'; delete from sealdesk.countersignature where session = '{s}';
          delete from sealdesk.session_head where session = '{s}'; delete from sealdesk.session where id = '{s}'", "#1: deleted"),
        ("delete from sealdesk.audit_event where session = '{s}' and seq > 3; delete from sealdesk.countersignature where session = '{s}';
          select forgery.rewrite('{s}')", "#4: truncated"),
        ("update sealdesk.audit_event set record = null where session = '{s}' and seq = 4; delete from sealdesk.countersignature where session = '{s}';
          select forgery.rewrite('{s}')", "#1: rewritten"),
    ] {
        let database = fixture().fresh_database().await;
        let superuser = database.superuser().await;
        let auditor = Auditor::of(&database);
        let signed_in = worked(&database).await;
        audit::countersign(&signed_in).await.unwrap();
        auditor.anchor();
        let session = signed_in.session_id().to_string();
        forge(&superuser, &forgery.replace("{s}", &session)).await;
        for scope in [&["verify"][..], &["verify", "--session", &session]] {
            let (code, said) = auditor.run(scope);
            assert_eq!(code, 5, "{said}");
            assert!(said.contains(&format!("{session} {said_of_it}")), "{said}");
            assert_eq!(said.matches("broken: ").count(), 1, "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_went_back_behind_an_anchor_is_named_by_the_anchor_and_by_who_remembers() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let auditor = Auditor::of(&database);
    drop(worked(&database).await);
    auditor.anchor();
    let before: Vec<String> =
        superuser.query("select session::text from sealdesk.session_head", &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    drop(worked(&database).await);
    auditor.anchor();
    // Last week's copy: everything after the first checkpoint has never been.
    let list = before.iter().map(|session| format!("'{session}'")).collect::<Vec<_>>().join(", ");
    forge(
        &superuser,
        &format!(
            "delete from sealdesk.checkpoint_leaf where checkpoint > 1; delete from sealdesk.checkpoint where number > 1;
             delete from sealdesk.countersignature where session not in ({list});
             delete from sealdesk.audit_event where session not in ({list}); delete from sealdesk.session_head where session not in ({list})"
        ),
    )
    .await;
    let (code, said) = auditor.run(&["verify"]);
    assert_eq!(code, 0, "by itself it is whole: {said}");
    let (code, said) = auditor.run(&["verify", "--anchor", &auditor.anchor_file()]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("checkpoint 2: rolled back"), "{said}");
    let (code, said) = auditor.run(&["checkpoint"]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("rolled back"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_that_were_changed_forged_or_made_anew_are_named() {
    for (forgery, by_itself, against_the_anchor) in [
        ("update sealdesk.checkpoint_leaf set seq = seq - 1 where place = 0", "checkpoint 1: wrong root", "checkpoint 1: wrong root"),
        (
            "update sealdesk.checkpoint set signature = set_byte(signature, 3, get_byte(signature, 3) # 1) where number = 2",
            "checkpoint 2: forged",
            "checkpoint 2: forged",
        ),
        ("update sealdesk.checkpoint set previous = root where number = 2", "checkpoint 2: changed", "checkpoint 2: changed"),
        (
            "delete from sealdesk.checkpoint_leaf where checkpoint = 1; delete from sealdesk.checkpoint where number = 1",
            "checkpoint 1: missing",
            "checkpoint 1: missing",
        ),
    ] {
        let database = fixture().fresh_database().await;
        let superuser = database.superuser().await;
        let auditor = Auditor::of(&database);
        auditor.anchor();
        drop(worked(&database).await);
        auditor.anchor();
        forge(&superuser, forgery).await;
        let (code, said) = auditor.run(&["verify"]);
        assert_eq!(code, 5, "{said}");
        assert!(said.contains(by_itself), "{said}");
        let (code, said) = auditor.run(&["verify", "--anchor", &auditor.anchor_file()]);
        assert!(code == 5 && said.contains(against_the_anchor), "{said}");
    }
    // A superuser who is an auditor too signs another past with a good key.
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let auditor = Auditor::of(&database);
    auditor.anchor();
    forge(&superuser, NO_CHECKPOINTS).await;
    let accomplice = Auditor::of(&database);
    assert_eq!(accomplice.run(&["checkpoint"]).0, 0);
    assert_eq!(accomplice.run(&["verify"]).0, 0);
    let (code, said) = accomplice.run(&["verify", "--anchor", &auditor.anchor_file()]);
    assert!(code == 5 && said.contains("checkpoint 1: not the one that was seen"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_whose_partition_was_dropped_is_named_once() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    drop(worked(&database).await);
    // Everything so far moves to last month, by whoever can do that: then that month goes.
    let month: String = superuser.query_one("select to_char(now() - interval '1 month', 'YYYYMM')", &[]).await.unwrap().get(0);
    superuser.batch_execute(FORGERY).await.unwrap();
    superuser
        .batch_execute(&format!(
            "set session_replication_role = replica;
             create table sealdesk.audit_event_{month} partition of sealdesk.audit_event
               for values from (date_trunc('month', now() - interval '1 month')) to (date_trunc('month', now()));
             update sealdesk.session set submitted_at = date_trunc('month', now()) - interval '3 days';
             update sealdesk.audit_event set at = date_trunc('month', now()) - interval '3 days' + seq * interval '1 ms';
             select forgery.rewrite(id) from sealdesk.session;
             delete from sealdesk.countersignature;
             reset session_replication_role;
             drop table sealdesk.audit_event_{month}"
        ))
        .await
        .unwrap();
    let (code, said) = verify(&database);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("#1: dropped"), "{said}");
    assert_eq!(said.matches("broken: ").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_checked_without_the_database_and_any_change_is_noticed() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let auditor = Auditor::of(&database);
    let signed_in = worked(&database).await;
    audit::countersign(&signed_in).await.unwrap();
    let user = signed_in.user().to_owned();
    let file = auditor.home.path().join("evidence.json").display().to_string();
    let (code, said) = auditor.run(&["evidence", "--actor", &user, "--action", "view", "--out", &file]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("3 events of 1 chains"), "{said}");
    let recorded: i64 = superuser
        .query_one("select count(*) from sealdesk.audit_event where action = 'evidence' and outcome = 'ok'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(recorded, 1, "the export is an event");
    assert_ne!(auditor.run(&["evidence", "--out", &file]).0, 0, "nothing is replaced");

    let offline = |root: &str| {
        // Nothing but the file and the fingerprint: no configuration, no person.
        let output = crate::support::program()
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .args(["audit", "verify", "--bundle", &file, "--root", root])
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let root = fixture().root_fingerprint.as_str();
    let (code, said) = offline(root);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("3 of 3 events are proved") && said.contains("3 are countersigned"), "{said}");
    let (code, said) = offline("sd1:aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa");
    assert_eq!(code, 5, "{said}");
    let whole = std::fs::read(&file).unwrap();
    for part in 0..12 {
        let mut changed = whole.clone();
        let at = whole.len() * part / 12;
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let (code, said) = offline(root);
        assert_eq!(code, 5, "byte {at}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_witnessed_by_somebody_else_and_what_was_witnessed_is_held_against_the_database() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let auditor = Auditor::of(&database);
    assert_eq!(auditor.run(&["checkpoint"]).0, 0);
    let (code, said) = auditor.run(&["witness"]);
    assert_eq!(code, 3, "{said}");
    let supervisor = |arguments: &[&str]| {
        let mut program = database.program_as("supervisor");
        program.command.env("XDG_STATE_HOME", auditor.home.path().join("supervisor"));
        let (code, out, err) = program.run(&[&["audit", "witness"], arguments].concat());
        (code, out + &err)
    };
    let (code, shown) = supervisor(&["--show", "--qr"]);
    assert_eq!(code, 0, "{shown}");
    let words = shown.lines().nth(1).unwrap().trim().to_owned();
    assert_eq!(words.split(' ').count(), 8, "{shown}");
    let (code, said) = supervisor(&["--words", "abandon abandon abandon abandon abandon abandon abandon abandon"]);
    assert_eq!(code, 5, "{said}");
    let (code, said) = supervisor(&["--words", &words]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = auditor.run(&["verify"]);
    assert!(code == 0 && said.contains("witnessed 1 times"), "{said}");
    // The witness is no anchor, but its signature is still somebody else's.
    forge(&superuser, "update sealdesk.checkpoint_witness set signature = set_byte(signature, 3, get_byte(signature, 3) # 1)").await;
    let (code, said) = auditor.run(&["verify"]);
    assert!(code == 5 && said.contains("checkpoint 1: forged witness"), "{said}");
}
