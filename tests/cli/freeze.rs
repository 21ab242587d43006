//! Freezing and signing everybody out on the command line.

use serde_json::Value;

use crate::support::fixture;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_frozen_by_one_told_why_and_lifted_by_two() {
    let database = fixture().fresh_database().await;
    let agent = |arguments: &[&str]| database.program_as("agent").run(arguments);
    let supervisor = |arguments: &[&str]| database.program_as("supervisor").run(arguments);
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let login = database.fixture.person("agent").user.clone();
    let (code, _, error) = agent(&["freeze", "person", "wu.jun", "--why", "x"]);
    assert!(code == 3, "{error}");
    let (code, _, error) = supervisor(&["freeze", "person", "nobody", "--why", "x"]);
    assert!(code == 3 && error.contains("no such person"), "{error}");
    let (code, number, error) = supervisor(&["freeze", "person", &login, "--why", "41 ids in a minute", "--reference", "INC-7"]);
    assert_eq!(code, 0, "{error}");
    let number = number.trim();
    let (code, _, error) = agent(&["find", "zhang"]);
    assert!(code == 3 && error.contains("wu.jun has frozen this account") && error.contains("41 ids in a minute"), "{error}");
    let (_, listed, _) = officer(&["freeze", "list", "--json"]);
    let listed = json(&listed);
    assert!(listed[0]["subject"] == login && listed[0]["why"] == "41 ids in a minute" && listed[0]["reference"] == "INC-7", "{listed:?}");
    let (_, staff, _) = officer(&["staff", "list"]);
    assert!(staff.lines().any(|line| line.contains(&login) && line.contains("FROZEN")), "{staff}");

    let (code, asked, error) = supervisor(&["freeze", "lift", number, "--why", "it was the nightly check"]);
    assert!(code == 0 && error.contains("somebody else approves"), "{error}");
    assert_eq!(supervisor(&["approve", asked.trim()]).0, 3, "never one's own");
    let (code, _, error) = officer(&["approve", asked.trim()]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(agent(&["find", "zhang"]).0, 0);
    let (_, listed, _) = supervisor(&["freeze", "list"]);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    let (_, listed, _) = supervisor(&["freeze", "list", "--all"]);
    assert!(listed.contains("wu.jun") && listed.contains("zhao.min"), "{listed}");
    let (code, _, error) = supervisor(&["freeze", "lift", number, "--why", "again"]);
    assert!(code == 3 && error.contains("lifted already"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_and_every_reveal_are_frozen_for_everybody() {
    let database = fixture().fresh_database().await;
    let supervisor = |arguments: &[&str]| database.program_as("supervisor").run(arguments);
    let show = || database.program_as("senior_agent").run(&["show", "C-000001", "--reveal", "phone", "--reason", "callback"]);
    assert_eq!(show().0, 0);
    assert_eq!(supervisor(&["freeze", "class", "identity", "--why", "until we know"]).0, 0);
    assert_eq!(show().0, 0, "another class");
    assert_eq!(supervisor(&["freeze", "all", "--why", "until we know"]).0, 0);
    let (code, _, error) = show();
    assert!(code != 0 && error.contains("frozen"), "{code} {error}");
    assert_eq!(database.program_as("senior_agent").run(&["find", "zhang"]).0, 0, "lists go on");
    let (code, _, error) = supervisor(&["freeze", "all", "--why", "again"]);
    assert!(code == 3 && error.contains("frozen already"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_signed_out_with_a_reason() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("agent").await;
    let (code, _, _) = database.program_as("supervisor").run(&["staff", "sign-out", "--everybody"]);
    assert_eq!(code, 2, "a reason is needed");
    assert_eq!(database.program_as("agent").run(&["staff", "sign-out", "--everybody", "--why", "x"]).0, 3);
    let (code, _, error) = database.program_as("supervisor").run(&["staff", "sign-out", "--everybody", "--why", "a laptop is lost"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(sealdesk::service::heartbeat(&agent).await.unwrap_err().code(), "SD002");
}
