//! A superuser has changed one thing in the database. It is named exactly, and everything else works.

use serde_json::Value;

use crate::support::{Database, fixture};

/// Flips the last bit of a `bytea` column.
fn flip(column: &str) -> String {
    format!("{column} = set_byte({column}, octet_length({column}) - 1, get_byte({column}, octet_length({column}) - 1) # 1)")
}

async fn tampered(sql: &str) -> Database<'static> {
    let database = fixture().fresh_database().await;
    let changed = database.superuser().await.execute(sql, &[]).await.unwrap();
    assert!(changed > 0, "{sql}");
    database
}

const FIRST: &str = "(select id from sealdesk.record where number = 1)";

fn show(database: &Database<'_>, record: &str, more: &[&str]) -> (i32, Value, String) {
    let arguments = [&["show", record, "--json"], more].concat();
    let (code, out, err) = database.program_as("senior_agent").run(&arguments);
    (code, serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

const REVEAL: [&str; 6] = ["--reveal", "phone", "--reveal", "email", "--reason", "callback"];

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_value_is_named_by_its_field_and_the_others_open() {
    let database = tampered(&format!("update sealdesk.field_value set {} where record = {FIRST} and field = 'phone'", flip("value"))).await;
    let (code, record, err) = show(&database, "C-000001", &REVEAL);
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("\"phone\" of record C-000001") && err.contains("altered"), "{err}");
    assert!(record["fields"]["phone"]["value"].is_null() && record["fields"]["email"]["value"].is_string(), "{record}");
    let (code, _, err) = show(&database, "C-000002", &REVEAL);
    assert_eq!(code, 0, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_moved_from_another_record_or_field_does_not_open() {
    for from in [
        "record = (select id from sealdesk.record where number = 2) and field = 'phone'",
        "record = (select id from sealdesk.record where number = 1) and field = 'email'",
    ] {
        let sql = format!(
            "update sealdesk.field_value set value = (select value from sealdesk.field_value where {from}) where record = {FIRST} and field = 'phone'"
        );
        let database = tampered(&sql).await;
        let (code, record, err) = show(&database, "C-000001", &REVEAL);
        assert_eq!(code, 5, "{err}");
        assert!(err.contains("\"phone\""), "{err}");
        assert!(record["fields"]["email"]["value"].is_string(), "{record}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_mask_is_named_in_its_place() {
    let database =
        tampered(&format!("update sealdesk.field_value set {} where record = {FIRST} and field = 'phone'", flip("masked"))).await;
    let (code, record, err) = show(&database, "C-000001", &[]);
    assert_eq!(code, 0, "{err}");
    let masked = |field: &str| record["fields"][field]["masked"].as_str().unwrap_or_default().to_owned();
    assert!(masked("phone").starts_with("! phone mask"), "{record}");
    assert!(masked("email").contains('@'), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_list_row_says_so_and_the_others_are_read() {
    let database = tampered(&format!("update sealdesk.record set {} where number = 300", flip("summary"))).await;
    let (code, out, err) = database.program_as("agent").run(&["find", "C-000300"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("! C-000300: summary"), "{out}");
    let (code, out, err) = database.program_as("agent").run(&["find", "C-000299"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("C-000299") && !out.contains('!'), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_records_tokens_bring_no_stranger_into_a_search() {
    let sql = format!("update sealdesk.record set tokens = (select tokens from sealdesk.record where id = {FIRST}) where number = 2");
    let database = tampered(&sql).await;
    let (_, record, err) = show(&database, "C-000001", &[]);
    let name = record["fields"]["name"]["masked"].as_str().unwrap_or_else(|| panic!("{record}{err}")).to_owned();
    let (code, out, err) = database.program_as("agent").run(&["find", &name, "--limit", "200"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("C-000001"), "{out}");
    assert!(!out.contains("C-000002"), "a false positive is dropped: {out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_class_key_is_named_and_the_other_classes_work() {
    let sql = format!(
        "update sealdesk.wrapped_key set {} where recipient_kind = 'role' and recipient = 'senior_agent' and subject = 'contact'",
        flip("sealed")
    );
    let database = tampered(&sql).await;
    let (code, record, err) = show(&database, "C-000001", &[]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("contact") && err.contains("senior_agent"), "{err}");
    assert!(record["fields"]["city"]["masked"].as_str().is_some_and(|city| !city.starts_with('!')), "{record}");
    assert!(record["fields"]["id_number"]["masked"].as_str().is_some_and(|mask| mask.starts_with("****")), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_role_key_or_signature_is_named_by_role_and_opens_nothing() {
    let person = fixture().person("senior_agent").user.clone();
    for sql in [
        format!("update sealdesk.wrapped_key set {} where recipient_kind = 'person' and recipient = '{person}'", flip("sealed")),
        format!("update sealdesk.wrapped_key set {} where recipient_kind = 'person' and recipient = '{person}'", flip("signature")),
        format!("update sealdesk.directory_entry set {} where kind = 'role' and name = 'senior_agent'", flip("signature")),
    ] {
        let database = tampered(&sql).await;
        let (_, record, err) = show(&database, "C-000001", &REVEAL);
        assert!(err.contains("senior_agent"), "{sql}: {err}");
        assert!(record["fields"]["phone"]["value"].is_null(), "{sql}: {record}");
        let (code, out, err) = database.program_as("agent").run(&["find", "C-000001"]);
        assert_eq!(code, 0, "others work: {out}{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_officer_or_root_makes_the_desk_trust_nothing_it_signed() {
    for sql in [
        format!("update sealdesk.directory_entry set {} where kind = 'officer'", flip("signature")),
        format!("update sealdesk.installation set {}", flip("root_public")),
    ] {
        let database = tampered(&sql).await;
        let (code, record, err) = show(&database, "C-000001", &REVEAL);
        assert!(code != 0 || record["fields"]["phone"]["value"].is_null(), "{sql}: {record}");
        assert!(!err.is_empty(), "{sql}");
    }
}
