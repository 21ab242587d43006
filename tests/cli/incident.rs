//! Incidents on the command line.

use serde_json::Value;

use crate::support::fixture;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_opened_followed_reported_and_closed() {
    let database = fixture().fresh_database().await;
    let supervisor = |arguments: &[&str]| database.program_as("supervisor").run(arguments);
    let agent = database.fixture.person("agent").user.clone();
    let officer = database.fixture.person("security_officer").user.clone();
    let revealed = database.program_as("agent").run(&["show", "C-000001", "--reveal", "phone", "--reason", "callback"]);
    assert_eq!(revealed.0, 0, "{}", revealed.2);
    assert_eq!(database.program_as("agent").run(&["incident", "list"]).0, 3);
    let (code, number, error) = supervisor(&[
        "incident",
        "open",
        "bulk reveals",
        "--severity",
        "high",
        "--person",
        &agent,
        "--class",
        "contact",
        "--known",
        "-1h",
        "--from",
        "-2h",
    ]);
    assert_eq!(code, 0, "{error}");
    let number = number.trim();
    assert_eq!(supervisor(&["incident", "note", number, "called the team lead"]).0, 0);
    let (_, task, _) = supervisor(&["incident", "task", number, "rotate contact"]);
    assert_eq!(supervisor(&["incident", "done", number, task.trim()]).0, 0);
    assert_eq!(supervisor(&["incident", "done", number, task.trim()]).0, 3, "once");
    assert_eq!(supervisor(&["incident", "hand-over", number, &officer, "my shift ends"]).0, 0);
    let (_, listed, _) = supervisor(&["incident", "list", "--json"]);
    let listed = json(&listed);
    assert!(listed[0]["owner"] == officer && listed[0]["open_tasks"] == 0 && listed[0]["clock_until"].is_string(), "{listed:?}");
    let (_, shown, _) = supervisor(&["incident", "show", number]);
    assert!(shown.contains("called the team lead") && shown.contains("hand-over"), "{shown}");
    let (code, saw, error) = supervisor(&["audit", "saw", &agent, "--from", "-2h", "--json"]);
    assert_eq!(code, 0, "{error}");
    assert!(json(&saw).iter().any(|line| line["list"] == "revealed" && line["field"] == "phone" && line["record"] == "C-000001"), "{saw}");
    for (lang, wanted) in [
        ("en", ["SUPERVISORY AUTHORITY", "PERSONS CONCERNED", "C-000001", "to be notified by"]),
        ("zh", ["监管部门", "向个人的通知", "C-000001", "报告时限"]),
    ] {
        let (code, report, error) = supervisor(&["incident", "report", number, "--lang", lang]);
        assert_eq!(code, 0, "{error}");
        assert!(wanted.iter().all(|text| report.contains(text)), "{report}");
        assert!(!report.contains("138"), "no value is in it");
    }
    assert_eq!(supervisor(&["incident", "close", number, "an account was misused", "--lesson", "fresh codes"]).0, 0);
    let (code, _, error) = supervisor(&["incident", "note", number, "late"]);
    assert!(code == 3 && error.contains("closed"), "{error}");
}
