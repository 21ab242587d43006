//! Nobody drops a month of the audit, or says how long it is kept, without the capability, and nobody alone.

use crate::world::{attack, outcome, ticket};

const DROP: &str = "select sealdesk_api.audit_drop($1, 1, '2020-01', now(), sha256('x'), 1, 1, decode(repeat('00', 64), 'hex'))";

#[test]
fn who_does_not_manage_policy_neither_drops_a_month_nor_changes_how_long_it_is_kept() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in [
                DROP,
                "select sealdesk_api.audit_retention_set($1, 12, 1)",
                "select outcome from sealdesk_api.audit_month_root($1, '2020-01')",
            ] {
                assert_eq!(outcome(&who.client, call, &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            for sql in [
                "drop table sealdesk.audit_event_other",
                "truncate sealdesk.audit_event",
                "delete from sealdesk.audit_drop",
                "insert into sealdesk.audit_drop_leaf select",
                "select sealdesk.ensure_partitions()",
                "select sealdesk.hold_audit()",
                "select * from sealdesk.audit_month('2020-01')",
            ] {
                assert_eq!(who.refusal(sql).await.as_deref(), Some("42501"), "{login}: {sql}");
            }
        }
        // Statements are read by who may verify, and by nobody else.
        let ann = world.sign_in("ann").await;
        for sql in
            ["select * from sealdesk_api.collect_drops($1, $2)", "select * from sealdesk_api.collect_drop_leaves($1, $2, 1, null, 10)"]
        {
            let refused = world.collect(&ann.client, sql, &[&ann.token, &ticket()]).await.unwrap_err();
            assert_eq!(refused.code, "SD008", "{sql}");
        }
        let refused = world.collect(&ann.client, "select * from sealdesk_api.list_audit_months($1)", &[&ann.token]).await.unwrap_err();
        assert_eq!(refused.code, "SD003");
    });
}

#[test]
fn who_manages_policy_drops_nothing_that_is_kept_and_no_month_that_is_none() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let now: String = world.superuser.query_one("select to_char(now(), 'YYYY-MM')", &[]).await.unwrap().get(0);
        for month in [now.as_str(), "2020-01", "other", "", "202601; drop table x", "2020-13"] {
            let sql =
                format!("select sealdesk_api.audit_drop($1, 1, '{month}', now(), sha256('x'), 1, 1, decode(repeat('00', 64), 'hex'))");
            let refused = outcome(&officer.client, &sql, &[&officer.token]).await.unwrap();
            assert!(matches!(refused.as_str(), "SD160" | "SD161"), "{month}: {refused}");
        }
        for months in [0, 11, -1, 1_201] {
            let sql = "select sealdesk_api.audit_retention_set($1, $2, (select version from sealdesk_api.list_audit_months($1) limit 1))";
            assert_eq!(outcome(&officer.client, sql, &[&officer.token, &months]).await.unwrap(), "SD165", "{months}");
        }
        let recorded = "select count(*) from sealdesk.audit_event where action = 'audit_drop' and outcome <> 'ok' and actor = 'officer'";
        assert!(world.count(recorded).await >= 6, "each attempt is an event");
    });
}
