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
