//! Fields, class settings and reasons without code.

use sealdesk::service::{Error, edit, edit::Draft, reveal, reveal::GivenReason, search, search::ListRequest, view};

use crate::support::{Database, fixture};

/// Runs as the security officer; it must succeed.
fn officer(database: &Database<'_>, arguments: &[&str]) -> String {
    let (code, out, err) = database.program_as("security_officer").run(arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

fn listed(database: &Database<'_>) -> Vec<serde_json::Value> {
    officer(database, &["field", "list", "--json"]).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn field(database: &Database<'_>, code: &str) -> serde_json::Value {
    listed(database).into_iter().find(|field| field["code"] == code).expect("the field is listed")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_field_takes_values_is_found_by_them_and_stays_when_it_is_retired() {
    let database = fixture().fresh_database().await;
    officer(
        &database,
        &[
            "field",
            "add",
            "branch",
            "--kind",
            "choice",
            "--class",
            "basic",
            "--mask",
            "open",
            "--section",
            "service",
            "--section-en",
            "Service",
            "--section-zh",
            "服务",
            "--en",
            "Branch",
            "--zh",
            "网点",
            "--index",
            "exact",
            "--choice",
            "bj=Beijing/北京",
            "--choice",
            "sh=Shanghai/上海",
        ],
    );
    let agent = database.sign_in("agent").await;
    let row = search::list(&agent, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows.remove(0);
    let draft = |value: &str| Draft { values: [("branch".to_owned(), value.to_owned())].into() };
    assert!(matches!(edit::save(&agent, row.id, row.version, &draft("Guangzhou")).await, Err(Error::Invalid { .. })));
    edit::save(&agent, row.id, row.version, &draft("上海")).await.expect("a save");
    let query = search::parse(&agent.policy().catalogue, "branch:Shanghai").expect("a query");
    let found = search::list(&agent, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [row.id]);

    let out = officer(&database, &["field", "retire", "branch"]);
    assert!(out.contains("stay until they are removed"), "{out}");
    let agent = database.sign_in("agent").await;
    let seen = view::view(&agent, row.id).await.expect("a view");
    let kept = seen.fields.iter().find(|field| field.field == "branch").expect("a retired value is shown");
    assert_eq!(kept.masked, Some(Ok("sh".into())));
    // It can still be removed, which takes its tokens along.
    edit::save(&agent, row.id, seen.version, &draft("")).await.expect("a removal");
    assert!(!view::view(&agent, row.id).await.expect("a view").fields.iter().any(|field| field.field == "branch"));
    officer(&database, &["field", "restore", "branch"]);
    assert_eq!(field(&database, "branch")["retired"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_relabelled_moved_and_put_into_another_section() {
    let database = fixture().fresh_database().await;
    officer(&database, &["field", "change", "city", "--en", "Town", "--zh", "城镇"]);
    assert_eq!(field(&database, "city")["label"], serde_json::json!({"en": "Town", "zh": "城镇"}));
    officer(&database, &["field", "move", "status", "--after", "name"]);
    officer(&database, &["field", "change", "email", "--section", "customer"]);
    officer(&database, &["field", "move", "card", "--first"]);
    let order: Vec<String> = listed(&database).iter().map(|field| field["code"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(order, ["name", "status", "city", "email", "phone", "address", "id_number", "birth_date", "card"]);
    assert_eq!(field(&database, "email")["section_label"]["zh"], "客户", "a section has one label");
    officer(&database, &["field", "change", "email", "--section-en", "Person", "--section-zh", "个人"]);
    assert_eq!(field(&database, "name")["section_label"]["en"], "Person");
    for (wrong, code, part) in [
        (&["field", "move", "city", "--after", "phone"][..], 3, "does not accept"),
        (&["field", "change", "city", "--mask", "year"], 3, "do not go together"),
        (&["field", "change", "city", "--en", ""], 3, "labels have 1 to 60 characters"),
        (&["field", "change", "town", "--en", "Town"], 1, "There is no field \"town\""),
        (&["field", "change", "city", "--mask", "half"], 2, "field kinds"),
        (&["field", "retire", "name"], 3, "called by their name"),
    ] {
        let (exit, out, err) = database.program_as("security_officer").run(wrong);
        assert_eq!((exit, err.contains(part)), (code, true), "{wrong:?}: {out}{err}");
    }
    let (exit, _, err) = database.program_as("agent").run(&["field", "change", "city", "--en", "X"]);
    assert_eq!(exit, 3, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_class_asks_for_holds_for_the_next_reveal() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("agent").await;
    let record = search::list(&agent, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows[0].id;
    let phone = async |reason: Option<&GivenReason>| reveal::reveal(&agent, record, &["phone".to_owned()], reason).await.remove(0).1;
    assert!(phone(None).await.is_ok());
    let out = officer(&database, &["class", "settings", "contact", "--reason", "on", "--hide-after", "45", "--json"]);
    let now: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&now["reason_required"], &now["hide_after_s"], &now["quota_per_hour"]), (&true.into(), &45.into(), &200.into()));
    assert_eq!(phone(None).await.expect_err("no reason").code(), "SD005");
    officer(&database, &["reason", "add", "survey", "--en", "Survey", "--zh", "调查", "--class", "contact"]);
    let survey = GivenReason { code: "survey".into(), reference: None };
    assert!(phone(Some(&survey)).await.is_ok());
    officer(&database, &["reason", "change", "survey", "--reference", "on"]);
    assert_eq!(phone(Some(&survey)).await.expect_err("no reference").code(), "SD005");
    officer(&database, &["reason", "retire", "survey"]);
    let full = GivenReason { reference: Some("TK-1".into()), ..survey };
    assert_eq!(phone(Some(&full)).await.expect_err("retired").code(), "SD005");
    let out = officer(&database, &["reason", "list"]);
    assert!(out.lines().any(|line| line.starts_with("survey") && line.ends_with("retired")), "{out}");
    let (exit, _, err) = database.program_as("security_officer").run(&["class", "settings", "contact", "--hide-after", "1"]);
    assert_eq!((exit, err.contains("5 to 3600")), (3, true), "{err}");
}

#[test]
fn the_kinds_say_what_fits_and_what_each_index_tells() {
    let database = fixture().shared();
    let (code, out, err) = database.program_as("agent").run(&["field", "kinds"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("which records have the same value") && out.contains("date_parts"), "{out}");
}

/// What is stored of a field, as a superuser sees it: classes, and whether there are masks and tokens.
async fn stored(database: &Database<'_>, code: &str) -> Vec<(String, bool, bool)> {
    let sql = "select distinct v.class, v.masked is not null, cardinality(v.tokens) > 0 from sealdesk.field_value v where v.field = $1
               union select h.class, h.masked is not null, null from sealdesk.value_history h where h.field = $1 and false";
    database
        .superuser()
        .await
        .query(sql, &[&code])
        .await
        .expect("a superuser")
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_changes_its_class_moves_there_with_its_history_and_is_read_and_found_as_before() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("agent").await;
    let senior = database.sign_in("senior_agent").await;
    let row = search::list(&agent, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows.remove(0);
    let draft = Draft { values: [("phone".to_owned(), "13800138000".to_owned())].into() };
    edit::save(&agent, row.id, row.version, &draft).await.expect("a save");
    let out = officer(&database, &["field", "change", "phone", "--class", "identity", "--mask", "last_four"]);
    assert!(out.contains("phone: ") && out.contains(" 0 left"), "{out}");
    assert_eq!(stored(&database, "phone").await, [("identity".to_owned(), true, true)]);
    let classes = "select count(*) from sealdesk.value_history where field = 'phone' and class <> 'identity'";
    assert_eq!(
        database.superuser().await.query_one(classes, &[]).await.expect("a superuser").get::<_, i64>(0),
        0,
        "the history went along"
    );

    // Who may reveal contacts but not identities reads it no more; the list row has the new mask.
    let reason = GivenReason { code: "verify".into(), reference: None };
    let phone = ["phone".to_owned()];
    assert_eq!(reveal::reveal(&agent, row.id, &phone, Some(&reason)).await.remove(0).1.expect_err("another class").code(), "SD003");
    assert_eq!(*reveal::reveal(&senior, row.id, &phone, Some(&reason)).await.remove(0).1.expect("a value").expose(), "13800138000");
    let senior = database.sign_in("senior_agent").await;
    let seen = view::view(&senior, row.id).await.expect("a view");
    assert_eq!(seen.summary.as_ref().expect("it opens")["phone"], "**** 8000");
    let query = search::parse(&senior.policy().catalogue, "phone:13800138000").expect("a query");
    let found = search::list(&senior, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [row.id]);
    let history = sealdesk::service::history::history(&senior, row.id, "phone", Some(&reason)).await.expect("the history");
    assert!(history[0].1.as_ref().expect("it may be revealed").is_ok(), "it opens under the new keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_with_the_old_fields_stores_under_the_new_class_and_loses_nothing() {
    let database = fixture().fresh_database().await;
    let senior = database.sign_in("senior_agent").await;
    let row = search::list(&senior, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows.remove(0);
    officer(&database, &["field", "change", "phone", "--class", "identity", "--later"]);
    let draft = Draft { values: [("phone".to_owned(), "13800138000".to_owned())].into() };
    edit::save(&senior, row.id, row.version, &draft).await.expect("it reads the fields again and seals for the new class");
    let wrong = format!(
        "select count(*) from sealdesk.field_value where record = '{}' and field = 'phone' and class <> 'identity' and version > {}",
        row.id.0, row.version
    );
    assert_eq!(database.superuser().await.query_one(&wrong, &[]).await.expect("a superuser").get::<_, i64>(0), 0);
    let reason = GivenReason { code: "verify".into(), reference: None };
    let stored = reveal::reveal(&senior, row.id, &["phone".to_owned()], Some(&reason)).await.remove(0).1.expect("a value");
    assert_eq!(*stored.expose(), "13800138000");
    // What has not moved yet is read by who has the old class and the new one, and by nobody else.
    let agent = database.sign_in("agent").await;
    let other = search::list(&agent, &ListRequest { limit: 5, ..ListRequest::default() }).await.expect("a page").rows.remove(4);
    let mut refused = reveal::reveal(&agent, other.id, &["phone".to_owned()], Some(&reason)).await;
    assert_eq!(refused.remove(0).1.expect_err("the new class asks for more").code(), "SD003");
    assert!(reveal::reveal(&senior, other.id, &["phone".to_owned()], Some(&reason)).await.remove(0).1.is_ok());
    assert!(officer(&database, &["field", "reindex", "phone"]).contains(" 0 left"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_would_tell_too_much_is_refused_and_a_measured_good_one_is_built() {
    let database = fixture().fresh_database().await;
    let change = |modes: &str| database.program_as("security_officer").run(&["field", "change", "address", "--index", modes]);
    let (code, _, err) = change("cjk");
    assert_eq!((code, err.contains("field measure")), (3, true), "not measured: {err}");
    let out = officer(&database, &["field", "measure", "city", "--modes", "exact", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert!(found["records"].as_u64() >= Some(100) && found["largest_share"].as_f64() > Some(0.0), "{found}");
    let out = officer(&database, &["field", "measure", "status"]);
    assert!(out.contains("REFUSED") && out.contains("which records have the same value"), "a status has few values: {out}");

    // The birth date loses its index and gets it back, which needs a measurement.
    officer(&database, &["field", "change", "birth_date", "--index", "none"]);
    assert_eq!(stored(&database, "birth_date").await, [("identity".to_owned(), true, false)]);
    let (code, _, err) = database.program_as("security_officer").run(&["field", "change", "birth_date", "--index", "date_parts"]);
    assert_eq!((code, err.contains("field measure")), (3, true), "{err}");
    officer(&database, &["field", "measure", "birth_date"]);
    officer(&database, &["field", "change", "birth_date", "--index", "date_parts"]);
    assert_eq!(stored(&database, "birth_date").await, [("identity".to_owned(), true, true)]);
    let senior = database.sign_in("senior_agent").await;
    let record = search::list(&senior, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows[0].id;
    let reason = GivenReason { code: "verify".into(), reference: None };
    let born = reveal::reveal(&senior, record, &["birth_date".to_owned()], Some(&reason)).await.remove(0).1.expect("a value");
    let query = search::parse(&senior.policy().catalogue, &format!("birth_date:{}", *born.expose())).expect("a query");
    let found = search::list(&senior, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
    assert!(found.rows.iter().any(|row| row.id == record));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_while_a_field_is_between_two_classes() {
    let database = fixture().fresh_database().await;
    officer(&database, &["field", "change", "phone", "--class", "identity", "--later"]);
    for class in ["contact", "identity", "basic"] {
        let out = officer(&database, &["class", "rotate", class]);
        assert!(out.contains("the old keys are withdrawn"), "{out}");
    }
    assert!(officer(&database, &["field", "reindex", "phone"]).contains(" 0 left"));
    assert_eq!(stored(&database, "phone").await, [("identity".to_owned(), true, true)]);
    // Nothing is left, and that is remembered; a further change counts again.
    let settled = "select (settled = layout)::int::bigint from sealdesk.field where code = 'phone'";
    let is_settled = async || database.superuser().await.query_one(settled, &[]).await.expect("a superuser").get::<_, i64>(0) == 1;
    assert!(is_settled().await);
    officer(&database, &["field", "change", "phone", "--mask", "hidden", "--later"]);
    assert!(!is_settled().await);
    let out = officer(&database, &["field", "reindex", "phone"]);
    assert!(out.contains(" 0 left") && !out.contains(": 0 values"), "{out}");
    let senior = database.sign_in("senior_agent").await;
    let row = search::list(&senior, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows.remove(0);
    assert_eq!(row.summary.expect("it opens")["phone"], "****");
    let reason = GivenReason { code: "verify".into(), reference: None };
    let value = reveal::reveal(&senior, row.id, &["phone".to_owned()], Some(&reason)).await.remove(0).1.expect("a value");
    let query = search::parse(&senior.policy().catalogue, &format!("phone:{}", *value.expose())).expect("a query");
    let found = search::list(&senior, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
    assert!(found.rows.iter().any(|found| found.id == row.id));
}
