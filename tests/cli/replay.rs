//! Replaying a session on the command line.

use serde_json::Value;

use crate::support::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_replayed_masked_and_by_who_may_read_its_audit_only() {
    let database = fixture().fresh_database().await;
    let agent = database.fixture.person("agent").user.clone();
    let (code, shown, error) =
        database.program_as("agent").run(&["show", "C-000001", "--reveal", "phone", "--reason", "callback", "--json"]);
    assert_eq!(code, 0, "{error}");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let (phone, masked) =
        (shown["fields"]["phone"]["value"].as_str().expect("a phone"), shown["fields"]["phone"]["masked"].as_str().expect("its mask"));
    let (_, tail, _) = database.program_as("supervisor").run(&["audit", "tail", "--actor", &agent, "--action", "reveal", "--json"]);
    let event: Value = serde_json::from_str(tail.lines().last().expect("a reveal")).expect("JSON");
    let session = event["sealdesk"]["session"].as_str().expect("a session").to_owned();
    let replay = |role: &str, more: &[&str]| database.program_as(role).run(&[&["audit", "replay", &session], more].concat());
    let (code, text, error) = replay("supervisor", &[]);
    assert_eq!(code, 0, "{error}");
    assert!(text.contains(masked) && text.contains("stood in clear") && text.contains("C-000001"), "{text}");
    assert!(!text.contains(phone), "{text}");
    let (_, json, _) = replay("supervisor", &["--only", "reveal", "--json"]);
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(
        lines.len() == 1
            && lines[0]["screen"]["fields"]["phone"]["in_clear"] == true
            && lines[0]["screen"]["fields"]["phone"]["masked"] == masked,
        "{json}"
    );
    let (_, found, _) = replay("supervisor", &["--text", "callback"]);
    assert_eq!(found.lines().filter(|line| line.starts_with('#')).count(), 1, "{found}");
    let (code, names, error) = replay("auditor", &[]);
    assert_eq!(code, 0, "{error}");
    assert!(!names.contains(masked) && names.contains("not permitted for your role") && names.contains("C-000001"), "{names}");
    assert_eq!(replay("senior_agent", &[]).0, 3, "somebody else's");
    assert_eq!(replay("agent", &[]).0, 0, "one's own");
    let (code, _, error) = database.program_as("supervisor").run(&["audit", "replay", "00000000-0000-0000-0000-000000000000"]);
    assert!(code == 3 && error.contains("no such events"), "{error}");
    let (_, tail, _) = database.program_as("supervisor").run(&["audit", "tail", "--action", "replay_session"]);
    assert!(tail.contains("replayed a session") && tail.contains("refused"), "{tail}");
}
