//! A month of the audit is dropped with a statement, and only so. A superuser who drops one otherwise, or touches a statement, is named.

use tokio_postgres::Client;

use crate::{
    proof::{NO_CHECKPOINTS, forge, verify},
    support::{Database, fixture},
};

/// Runs the program as somebody: exit code and all that it said.
fn run(database: &Database<'_>, who: &str, arguments: &[&str]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut program = database.program_as(who);
    program.command.env("XDG_STATE_HOME", home.path());
    let (code, out, err) = program.run(arguments);
    (code, out + &err)
}

/// Everything so far happened 14 months ago, but for the end of one chain; answers with that month.
async fn aged(database: &Database<'_>, superuser: &Client) -> String {
    drop(database.sign_in("senior_agent").await);
    let (code, said) = run(database, "senior_agent", &["find", "zhang"]);
    assert!(code == 0 || code == 1, "{said}");
    let month: String = superuser.query_one("select to_char(now() - interval '14 months', 'YYYY-MM')", &[]).await.unwrap().get(0);
    let name = month.replace('-', "");
    forge(
        superuser,
        &format!(
            "create table sealdesk.audit_event_{name} partition of sealdesk.audit_event
               for values from (date_trunc('month', now() - interval '14 months')) to (date_trunc('month', now() - interval '13 months'));
             alter table sealdesk.audit_event_{name} owner to sealdesk_owner;
             update sealdesk.session set submitted_at = date_trunc('month', now() - interval '14 months') + interval '3 days';
             update sealdesk.audit_event e set at = date_trunc('month', now() - interval '14 months') + interval '3 days' + seq * interval '1 ms'
              where not exists (
                select from (select h.session, h.seq from sealdesk.session_head h where h.seq > 2 order by h.session limit 1) last
                 where last.session = e.session and last.seq = e.seq);
             select forgery.rewrite(id) from sealdesk.session;
             delete from sealdesk.countersignature"
        ),
    )
    .await;
    month
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_dropped_only_when_it_is_due_covered_free_and_approved_and_verification_says_so() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let month = aged(&database, &superuser).await;
    let officer = |arguments: &[&str]| run(&database, "security_officer", arguments);
    let supervisor = |arguments: &[&str]| run(&database, "supervisor", arguments);
    let drop_it = || officer(&["audit", "drop", &month]);
    let refused = |(code, said): (i32, String), part: &str| assert!(code == 3 && said.contains(part), "{code}: {said}");

    refused(run(&database, "auditor", &["audit", "drop", &month]), "do not permit");
    refused(drop_it(), "still kept");
    refused(officer(&["audit", "keep", "--months", "11"]), "at least 12 months");
    assert_eq!(officer(&["audit", "keep", "--months", "12"]).0, 0);
    refused(drop_it(), "No checkpoint covers");
    assert_eq!(run(&database, "auditor", &["audit", "checkpoint"]).0, 0);
    let now: String = superuser.query_one("select to_char(now(), 'YYYY-MM')", &[]).await.unwrap().get(0);
    refused(officer(&["audit", "drop", &now]), "still kept");
    refused(officer(&["audit", "drop", "2001-01"]), "no such month");
    refused(officer(&["audit", "drop", "x'; drop table"]), "no such month");

    // A hold on a record that the month speaks of.
    forge(
        &superuser,
        &format!(
            "update sealdesk.audit_event set record = (select id from sealdesk.record order by number limit 1)
              where (session, seq, at) = (select session, seq, at from sealdesk.audit_event_{} order by session desc, seq limit 1);
             select forgery.rewrite(id) from sealdesk.session;
             delete from sealdesk.countersignature; {NO_CHECKPOINTS}",
            month.replace('-', "")
        ),
    )
    .await;
    assert_eq!(run(&database, "auditor", &["audit", "checkpoint"]).0, 0);
    superuser
        .batch_execute(
            "insert into sealdesk.legal_hold (record, reason, by) select id, 'case', 'test' from sealdesk.record order by number limit 1",
        )
        .await
        .unwrap();
    refused(drop_it(), "legal hold");
    superuser.batch_execute("delete from sealdesk.legal_hold").await.unwrap();
    let (code, incident) = supervisor(&["incident", "open", "odd reveals"]);
    assert_eq!(code, 0, "{incident}");
    refused(drop_it(), "incident is open");
    forge(&superuser, "delete from sealdesk.incident_item; delete from sealdesk.incident").await;

    // Four eyes, although nothing else here asks for them.
    refused(drop_it(), "Somebody else has to approve exactly this: drop the audit of");
    let (code, number) = officer(&["request", "settings", "audit", &month, "--why", "kept for 12 months"]);
    assert_eq!(code, 0, "{number}");
    let number = number.lines().next().unwrap().trim().to_owned();
    refused(officer(&["approve", &number]), "");
    let (code, said) = supervisor(&["approve", &number]);
    assert_eq!(code, 0, "{number}: {said}");
    let (code, said) = drop_it();
    assert!(code == 0 && said.contains("was dropped under request"), "{code}: {said}");
    refused(drop_it(), "no such month");

    let (code, said) = verify(&database);
    assert!(code == 0 && said.contains(&format!("dropped with a statement: {month}, ")) && said.contains("every chain holds"), "{said}");
    let (code, said) = run(&database, "auditor", &["audit", "months"]);
    assert!(code == 0 && said.contains("kept for 12 months") && said.contains("dropped by"), "{said}");

    // Of a record that the month spoke of nobody can show any more what happened to it then; of others it is proved as before.
    let absence = |record: &str| run(&database, "auditor", &["audit", "absence", record, "--since", "2000-01-01"]);
    let (code, said) = absence("C-000001");
    assert!(code == 1 && said.contains("1 of the") && said.contains(&format!("were dropped ({month})")), "{code}: {said}");
    let (code, said) = absence("C-000005");
    assert!(code == 0 && said.contains("absent: "), "{code}: {said}");

    // What is left of the chain that was cut still hangs on what was dropped.
    let cut = "select l.session from sealdesk.audit_drop_leaf l join sealdesk.session_head h on h.session = l.session and h.seq > l.seq";
    forge(&superuser, &format!("create table forgery.kept as select * from sealdesk.audit_event where session in ({cut})")).await;
    forge(&superuser, &format!("update sealdesk.audit_event set actor = 'somebody' where session in ({cut})")).await;
    let (code, said) = verify(&database);
    assert!(code == 5 && said.contains("changed: it does not follow"), "{said}");
    forge(&superuser, &format!("delete from sealdesk.audit_event where session in ({cut})")).await;
    let (code, said) = verify(&database);
    assert!(code == 5 && said.contains("truncated"), "{said}");
    forge(&superuser, "insert into sealdesk.audit_event select * from forgery.kept").await;
    assert_eq!(verify(&database).0, 0);

    // Nobody makes a statement say something else, and without it the month is missing.
    forge(&superuser, "create table forgery.statement as select * from sealdesk.audit_drop; create table forgery.leaf as select * from sealdesk.audit_drop_leaf").await;
    for harm in [
        "update sealdesk.audit_drop set events = events + 1",
        "update sealdesk.audit_drop set login = 'somebody.else'",
        "update sealdesk.audit_drop set request = request + 1",
        "update sealdesk.audit_drop set signature = set_byte(signature, 3, get_byte(signature, 3) # 1)",
        "update sealdesk.audit_drop_leaf set seq = seq + 1",
        "delete from sealdesk.audit_drop_leaf; delete from sealdesk.audit_drop",
    ] {
        forge(&superuser, harm).await;
        let (code, said) = verify(&database);
        assert!(code == 5 && said.contains("dropped: no event is left") && !said.contains("with a statement"), "{harm}: {said}");
        forge(
            &superuser,
            "delete from sealdesk.audit_drop_leaf; delete from sealdesk.audit_drop;
             insert into sealdesk.audit_drop select * from forgery.statement; insert into sealdesk.audit_drop_leaf select * from forgery.leaf",
        )
        .await;
    }
    assert_eq!(verify(&database).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_drop_takes_events_away_and_an_event_finds_its_place_without_a_partition() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    // A database administrator who is no superuser, and reads and maintains everything.
    superuser
        .batch_execute("do $$ begin if not exists (select from pg_roles where rolname = 'audit_dba') then
             create role audit_dba createrole createdb; grant pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend to audit_dba; end if; end $$")
        .await
        .unwrap();
    let now: String = superuser.query_one("select to_char(now(), 'YYYYMM')", &[]).await.unwrap().get(0);
    let attempts = [
        "delete from sealdesk.audit_event".to_owned(),
        format!("delete from sealdesk.audit_event_{now}"),
        "update sealdesk.audit_event set actor = 'x'".to_owned(),
        "truncate sealdesk.audit_event".to_owned(),
        format!("truncate sealdesk.audit_event_{now}"),
        format!("drop table sealdesk.audit_event_{now}"),
        format!("alter table sealdesk.audit_event detach partition sealdesk.audit_event_{now}"),
        "alter table sealdesk.audit_event disable trigger all".to_owned(),
        "delete from sealdesk.audit_drop".to_owned(),
        "delete from sealdesk.audit_drop_leaf".to_owned(),
    ];
    for role in ["audit_dba", "sealdesk_people", "sealdesk_lifecycle"] {
        // The statements are rows that are refused one by one, and there are none here yet.
        for sql in &attempts[..if role == "audit_dba" { 8 } else { 10 }] {
            let error = superuser.batch_execute(&format!("begin; set local role {role}; {sql}")).await.expect_err(sql);
            superuser.batch_execute("rollback").await.unwrap();
            let code = error.code().map(|code| code.code().to_owned());
            assert_eq!(code.as_deref(), Some("42501"), "{role}: {sql}");
        }
    }
    // The owner of the functions cannot change or empty it by mistake.
    for sql in &attempts[..5] {
        let error = superuser.batch_execute(&format!("begin; set local role sealdesk_owner; {sql}")).await.expect_err(sql);
        superuser.batch_execute("rollback").await.unwrap();
        assert_eq!(error.code().map(|code| code.code().to_owned()).as_deref(), Some("42501"), "{sql}");
    }

    // Every month ahead is gone, this one too: whoever signs in is recorded all the same, and the watch makes the others anew.
    superuser
        .batch_execute(
            "do $$ declare t record; begin for t in select inhrelid::regclass as part from pg_inherits where inhparent = 'sealdesk.audit_event'::regclass
               and inhrelid <> 'sealdesk.audit_event_other'::regclass loop execute format('drop table %s', t.part); end loop; end $$",
        )
        .await
        .unwrap();
    drop(database.sign_in("senior_agent").await);
    let made = "set role sealdesk_owner; set timezone = 'Asia/Shanghai'";
    superuser.batch_execute(made).await.unwrap();
    let count: i32 = superuser.query_one("select sealdesk.ensure_partitions()", &[]).await.unwrap().get(0);
    assert_eq!(count, 14, "this month's events are in the default partition, and stay there");
    let again: i32 = superuser.query_one("select sealdesk.ensure_partitions()", &[]).await.unwrap().get(0);
    assert_eq!(again, 0);
    superuser.batch_execute("reset role").await.unwrap();
    let last = "select count(distinct c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'sealdesk.audit_event'::regclass";
    assert_eq!(superuser.query_one(last, &[]).await.unwrap().get::<_, i64>(0), 15);

    // A transaction that somebody leaves open does not hold everybody up for this.
    let officer = fixture().person("security_officer").user.clone();
    let keeper = database.superuser().await;
    superuser
        .batch_execute(
            "drop table sealdesk.audit_event_other; create table sealdesk.audit_event_other partition of sealdesk.audit_event default",
        )
        .await
        .unwrap();
    keeper.batch_execute("begin; select count(*) from sealdesk.audit_event").await.unwrap();
    let held: bool = superuser.query_one("select held from sealdesk.hold_audit()", &[]).await.unwrap().get(0);
    assert!(!held, "{officer}");
}
