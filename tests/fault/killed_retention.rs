//! A purge killed at any moment: a record is whole or gone, and running it again goes on.

use std::time::Duration;

use crate::{
    killed_rotation::kill_after,
    support::fixture,
    world::{check, count},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_killed_at_any_moment_leaves_each_record_whole_or_gone_and_is_gone_on_with() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let age = "update sealdesk.record set deleted_at = now() - interval '40 days';
               insert into sealdesk.retention_rule (kind, days, purges) values ('erased', 30, true)";
    superuser.batch_execute(age).await.unwrap();
    let (all, left) = ("select count(*) from sealdesk.record", "select count(*) from sealdesk.record where purged_at is null");
    let halves = "select count(*) from sealdesk.record r where (r.purged_at is null) <> exists (select from sealdesk.field_value v where v.record = r.id)
                     or (r.purged_at is null) <> (octet_length(r.summary) > 0)";
    let named = "select count(*) from (select json_array_elements_text(details::json -> 'records') from sealdesk.audit_event
                  where action = 'retention_run' and outcome = 'ok') x";
    let records = count(&superuser, all).await;
    let mut partly = 0;
    for step in 0..40 {
        kill_after(&database, &["retention", "run", "erased"], Duration::from_millis(150 + 40 * step)).await;
        assert_eq!(count(&superuser, halves).await, 0, "neither whole nor gone");
        let now = count(&superuser, left).await;
        assert_eq!(count(&superuser, named).await, records - now, "what is gone is named, and nothing else");
        partly += i64::from(now > 0 && now < records);
        if partly > 0 || now == 0 {
            break;
        }
    }
    let (code, out, err) = database.program_as("security_officer").run(&["retention", "run"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!((count(&superuser, left).await, count(&superuser, halves).await), (0, 0));
    assert_eq!(count(&superuser, named).await, records, "each of them once");
    check(&database, &superuser).await;
}
