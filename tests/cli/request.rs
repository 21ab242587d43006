//! Requests, roles for a time and broken glasses on the command line.

use serde_json::Value;

use crate::support::fixture;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_a_time_is_asked_for_approved_ended_and_told() {
    let database = fixture().fresh_database().await;
    let agent = |arguments: &[&str]| database.program_as("agent").run(arguments);
    let supervisor = |arguments: &[&str]| database.program_as("supervisor").run(arguments);
    let (code, _, error) = agent(&["request", "role", "identity", "30m", "--why", "x"]);
    assert!(code == 1 && error.contains("may have: payment_clerk"), "{code} {error}");
    let (code, _, error) = agent(&["request", "role", "payment", "soon", "--why", "x"]);
    assert!(code == 2 && error.contains("not a time"), "{code} {error}");
    let (code, number, error) = agent(&["request", "role", "payment", "30m", "--why", "refund", "--reference", "TK-1"]);
    assert!(code == 0 && error.contains("somebody else decides"), "{code} {error}");
    let number = number.trim();
    assert_eq!(agent(&["approve", number]).0, 3);
    let (_, listed, _) = supervisor(&["request", "list", "--json"]);
    let listed = json(&listed);
    assert!(
        listed
            .iter()
            .any(|request| request["number"].as_i64() == number.parse().ok() && request["may_vote"] == true && request["why"] == "refund")
    );
    assert_eq!(supervisor(&["approve", number, "--comment", "go on"]).0, 0);
    let (code, _, error) = supervisor(&["approve", number]);
    assert!(code == 3 && error.contains("decided"), "{error}");
    let (_, shown, _) = agent(&["request", "show", number]);
    assert!(shown.contains("refund") && shown.contains("go on"), "{shown}");
    let (_, running, _) = supervisor(&["elevation", "list", "--json"]);
    let running = json(&running);
    assert!(running[0]["running"] == true && running[0]["role"] == "payment_clerk" && running[0]["break_glass"] == false);
    let (_, table, _) = supervisor(&["role", "who", "C-000001"]);
    assert!(table.contains("payment_clerk (for a time)"), "{table}");
    assert_eq!(agent(&["role", "who", "C-000001"]).0, 3);
    assert_eq!(supervisor(&["elevation", "end", &running[0]["number"].to_string()]).0, 0);
    let (_, table, _) = agent(&["elevation", "list"]);
    assert!(table.contains("ended"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glass_is_broken_at_once_and_reviewed_by_somebody_else() {
    let database = fixture().fresh_database().await;
    let (code, number, error) = database.program_as("agent").run(&["break-glass", "payment", "15m", "--why", "charged twice right now"]);
    assert_eq!(code, 0, "{error}");
    let number = number.trim();
    let (_, table, _) = database.program_as("supervisor").run(&["elevation", "list"]);
    assert!(table.contains("GLASS BROKEN") && table.contains("charged twice"), "{table}");
    assert_eq!(database.program_as("agent").run(&["elevation", "review", number, "--comment", "fine"]).0, 3);
    assert_eq!(database.program_as("supervisor").run(&["elevation", "review", number, "--comment", "fine"]).0, 0);
    assert_eq!(database.program_as("agent").run(&["elevation", "end", number]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_eyes_are_asked_for_and_a_grant_waits_for_them() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let agent = database.fixture.person("agent").user.clone();
    assert_eq!(officer(&["four-eyes", "on", "role_grant"]).0, 0);
    let (_, listed, _) = officer(&["four-eyes", "list", "--json"]);
    assert!(json(&listed).iter().any(|kind| kind["kind"] == "role_grant" && kind["required"] == true), "{listed}");
    let (code, _, error) = officer(&["role", "grant", &agent, "supervisor"]);
    assert!(code == 3 && error.contains("somebody else's approval"), "{error}");
    let (_, number, _) = officer(&["request", "grant", &agent, "supervisor", "--why", "leads the team now"]);
    assert_eq!(officer(&["approve", number.trim()]).0, 3, "never one's own");
    assert_eq!(database.program_as("supervisor").run(&["approve", number.trim()]).0, 0);
    assert_eq!(officer(&["role", "grant", &agent, "supervisor"]).0, 0);
    assert_eq!(officer(&["four-eyes", "off", "role_grant"]).0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_given_rights_loses_some_and_is_removed() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    assert_eq!(officer(&["role", "add", "night_shift", "--en", "night shift", "--zh", "夜班"]).0, 0);
    assert_eq!(officer(&["role", "add", "Night", "--en", "x", "--zh", "y"]).0, 3);
    assert_eq!(officer(&["role", "allow", "night_shift", "contact", "search", "masked", "reveal"]).0, 0);
    let (code, told, _) = officer(&["role", "deny", "agent", "contact", "reveal", "--dry-run"]);
    assert!(code == 0 && told.contains("SMRE") && told.contains("it would have refused"), "{told}");
    let (code, told, error) = officer(&["role", "deny", "night_shift", "contact", "reveal"]);
    assert!(code == 0 && told.contains("class contact: new keys, epoch 2"), "{told}{error}");
    let (_, table, _) = officer(&["role", "list"]);
    assert!(table.lines().any(|line| line.starts_with("night_shift") && line.contains("SM--")), "{table}");
    assert_eq!(officer(&["role", "eligible", "agent", "night_shift", "--minutes", "120"]).0, 0);
    let (_, table, _) = officer(&["role", "eligible"]);
    assert!(table.lines().any(|line| line.contains("night_shift") && line.contains("120")), "{table}");
    assert_eq!(officer(&["role", "eligible", "agent", "night_shift", "--no"]).0, 0);
    assert_eq!(officer(&["role", "remove", "night_shift"]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_settings_is_tried_asked_for_to_the_letter_read_by_the_approver_and_done() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    assert_eq!(officer(&["four-eyes", "on", "settings"]).0, 0);
    let change = ["field", "change", "phone", "--mask", "last_four"];
    let (code, _, error) = officer(&change);
    assert!(code == 3 && error.contains("exactly this: change field phone: mask: phone -> last_four"), "{code} {error}");
    assert!(error.contains("sealdesk request settings field phone --why"), "{error}");
    let (code, _, error) = officer(&["request", "settings", "field", "city", "--why", "x"]);
    assert!(code == 3 && error.contains("No such change was tried"), "{error}");
    let (code, number, error) = officer(&["request", "settings", "field", "phone", "--why", "callers read the number out"]);
    assert!(code == 0 && error.contains("change field phone: mask: phone -> last_four"), "{error}");
    let (_, shown, _) = database.program_as("supervisor").run(&["request", "show", number.trim()]);
    assert!(shown.contains("change field phone: mask: phone -> last_four"), "{shown}");
    let (code, _, error) = database.program_as("supervisor").run(&["approve", number.trim()]);
    assert!(code == 0 && error.contains("change field phone: mask: phone -> last_four"), "{error}");
    let (code, _, error) = officer(&["field", "change", "phone", "--class", "basic", "--mask", "open"]);
    assert!(code == 3 && error.contains("approves another change: change field phone: mask: phone -> last_four"), "{code} {error}");
    let (code, out, error) = officer(&change);
    assert!(code == 0 && out.contains(" 0 left"), "{out}{error}");
}
