//! How long data is kept: rules that are tried first, purging, and legal holds.

use sealdesk::service::{edit, search, search::ListRequest, view};

use crate::support::{Database, fixture};

fn json(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn rule(database: &Database<'_>, kind: &str) -> serde_json::Value {
    let (code, out, err) = database.program_as("security_officer").run(&["retention", "list", "--json"]);
    assert_eq!(code, 0, "{err}");
    json(&out).into_iter().find(|rule| rule["kind"] == kind).expect("the kind is listed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_confirmed_and_purges_what_is_due_but_not_what_is_held() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let agent = database.sign_in("senior_agent").await;
    let rows = search::list(&agent, &ListRequest { limit: 3, ..ListRequest::default() }).await.expect("a page").rows;
    for row in &rows {
        edit::delete(&agent, row.id, row.version).await.expect("a deletion");
    }
    let age = "update sealdesk.record set deleted_at = deleted_at - interval '40 days' where deleted_at is not null";
    database.superuser().await.batch_execute(age).await.expect("a superuser");
    let (held, gone) = (rows[0].number.to_string(), rows[1].number.to_string());

    // Tried only, until it is confirmed.
    let (code, out, err) = officer(&["retention", "set", "erased", "--days", "30"]);
    assert!(code == 0 && out.contains("would purge 3 records: ") && err.contains("--confirm"), "{out}{err}");
    assert_eq!(rule(&database, "erased")["days"], serde_json::Value::Null);
    let (_, out, _) = officer(&["retention", "try", "erased", "--days", "60"]);
    assert!(out.contains("would purge 0 records"), "{out}");
    let (code, _, err) = officer(&["retention", "run", "erased"]);
    assert!(code == 3 && err.contains("no such rule"), "{err}");
    assert_eq!(officer(&["retention", "set", "erased", "--days", "30", "--confirm"]).0, 0);
    assert_eq!((&rule(&database, "erased")["days"], &rule(&database, "erased")["due"]["records"]), (&30.into(), &3.into()));
    let (_, out, _) = officer(&["retention", "due", "erased"]);
    assert!(out.contains(&held) && out.lines().count() == 3, "{out}");

    let supervisor = |arguments: &[&str]| database.program_as("supervisor").run(arguments);
    assert_eq!(database.program_as("agent").run(&["retention", "hold", &held, "--why", "mine"]).0, 3);
    assert_eq!(supervisor(&["retention", "hold", &held, "--why", "case 12 O 44/26", "--reference", "TK-9"]).0, 0);
    let (code, _, err) = supervisor(&["retention", "hold", &held, "--why", "again"]);
    assert!(code == 3 && err.contains("on legal hold already"), "{err}");
    let (_, out, _) = supervisor(&["retention", "holds", "--json"]);
    assert_eq!(json(&out)[0]["why"], "case 12 O 44/26");

    let (code, out, err) = officer(&["retention", "run"]);
    assert!(code == 0 && out.contains("erased: purged ") && out.contains("of 2 records"), "{out}{err}");
    assert!(view::view(&agent, rows[1].id).await.is_err_and(|error| error.code() == "SD006"), "{gone} is gone");
    let seen = view::view(&agent, rows[0].id).await.expect("the held one stays");
    assert_eq!(seen.hold.map(|hold| hold.reference), Some(Some("TK-9".to_owned())));
    let sealed = "select count(*) from sealdesk.field_value v join sealdesk.record r on r.id = v.record where r.purged_at is not null";
    assert_eq!(database.superuser().await.query_one(sealed, &[]).await.expect("a superuser").get::<_, i64>(0), 0);

    assert_eq!(supervisor(&["retention", "release", &held, "--why", "closed"]).0, 0);
    let (_, out, _) = officer(&["retention", "run", "erased"]);
    assert!(out.contains("of 1 records"), "{out}");
    let (_, out, _) = officer(&["retention", "run"]);
    assert_eq!(out.trim(), "nothing is due");
    assert_eq!(officer(&["retention", "set", "erased", "--for-ever"]).0, 0);
    assert_eq!(rule(&database, "erased")["days"], serde_json::Value::Null);
    let (code, _, _) = database.program_as("security_officer").run(&["audit", "verify"]);
    assert_eq!(code, 0, "the chains hold");
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_values_of_one_class_are_purged_and_nothing_else() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let agent = database.sign_in("agent").await;
    let row = search::list(&agent, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows.remove(0);
    let values = [("phone", "13800138000"), ("city", "Reykjavik")];
    let draft = edit::Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() };
    edit::save(&agent, row.id, row.version, &draft).await.expect("a save");
    database
        .superuser()
        .await
        .batch_execute("update sealdesk.value_history set replaced_at = now() - interval '400 days'")
        .await
        .expect("aged");
    for wrong in [&["retention", "set", "history", "--days", "365"][..], &["retention", "set", "notes", "contact", "--days", "365"]] {
        assert_eq!(officer(wrong).0, 2, "{wrong:?}");
    }
    let (code, out, err) = officer(&["retention", "set", "history", "contact", "--days", "365", "--confirm"]);
    assert!(code == 0 && out.contains("1 record: 1 earlier values"), "{out}{err}");
    let (_, out, _) = officer(&["retention", "run", "history", "contact"]);
    assert!(out.contains("history contact: purged 1 items of 1 records"), "{out}");
    let left = "select string_agg(distinct field, ',') from sealdesk.value_history";
    assert_eq!(database.superuser().await.query_one(left, &[]).await.expect("a superuser").get::<_, String>(0), "city");
    assert!(view::view(&agent, row.id).await.is_ok());
}
