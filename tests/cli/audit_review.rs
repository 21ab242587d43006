//! Reviews of the audit on the command line, from the plan to a file that checks without a server.

use serde_json::Value;

use crate::support::fixture;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_planned_looked_at_signed_off_and_exported_and_the_export_checks() {
    let database = fixture().fresh_database().await;
    let as_role = |role: &str, arguments: &[&str]| database.program_as(role).run(&[&["audit", "review"], arguments].concat());
    let reviewer = database.fixture.person("supervisor").user.clone();
    assert!(as_role("senior_agent", &["list"]).0 == 3 && database.program_as("senior_agent").run(&["find", "zhang"]).0 <= 1);
    let plan =
        ["plan", "--title", "Weekly look", "--period", "once", "--from", "-3h", "--reviewer", &reviewer, "--size", "8", "--zone", "UTC"];
    assert_eq!(as_role("auditor", &plan).0, 3);
    let (code, told, error) = as_role("security_officer", &plan);
    assert_eq!((code, told.as_str()), (0, "plan 1\n"), "{error}");
    assert_eq!(as_role("security_officer", &["plan", "--title", "x", "--reviewer", "nobody"]).0, 3);
    assert_eq!(as_role("security_officer", &["plan", "--title", "x", "--reviewer", &reviewer, "--hours", "7"]).0, 2);
    let (_, listed, _) = as_role("security_officer", &["plans"]);
    assert!(listed.contains("Weekly look") && listed.contains(&reviewer), "{listed}");

    let (_, listed, _) = as_role("supervisor", &["list"]);
    assert!(listed.contains("not drawn yet"), "{listed}");
    assert_eq!(as_role("supervisor", &["show", "1"]).0, 3);
    assert_eq!(database.program_as("auditor").run(&["audit", "checkpoint"]).0, 0);
    let (code, listed, error) = as_role("supervisor", &["list", "--json"]);
    assert_eq!((code, &json(&listed)[0]["items"]), (0, &8.into()), "{listed}{error}");
    let (_, shown, _) = as_role("supervisor", &["show", "1", "--json"]);
    let shown = json(&shown);
    assert_eq!(shown.len(), 8);
    let (code, _, error) = as_role("supervisor", &["mark", "1", "1", "in-order"]);
    assert!(code == 3 && error.contains("not looked at"), "{code} {error}");
    assert_eq!(as_role("supervisor", &["mark", "1", "1", "finding"]).0, 2);
    for item in shown.iter().filter(|item| item["may_mark"] == true) {
        let number = item["item"].to_string();
        let (code, looked, error) = as_role("supervisor", &["look", "1", &number]);
        assert!(code == 0 && looked.contains("who: "), "{looked}{error}");
        let mark: &[&str] = if item["item"] == 1 { &["finding", "--note", "no ticket for this"] } else { &["in-order"] };
        let (code, _, error) = as_role("supervisor", &[&["mark", "1", number.as_str()], mark].concat());
        assert_eq!(code, 0, "{error}");
    }
    let (code, told, error) = as_role("supervisor", &["sign", "1"]);
    assert_eq!((code, told.as_str()), (0, "review 1 is signed\n"), "{error}");
    assert_eq!(as_role("supervisor", &["mark", "1", "1", "in-order"]).0, 3);

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("review.json").display().to_string();
    let (code, _, error) = as_role("auditor", &["export", "1", "--out", &file]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(as_role("auditor", &["export", "1", "--out", &file]).0, 1);
    let (code, told, error) = as_role("agent", &["verify", &file]);
    assert!(
        code == 0 && error.is_empty() && told.contains(&format!("signed by {reviewer}")) && told.contains("no ticket for this"),
        "{told}{error}"
    );
    assert!(told.contains(&database.fixture.root_fingerprint), "{told}");
    let text = std::fs::read_to_string(&file).expect("the file");
    whatever_is_changed_is_noticed(&text);
    std::fs::write(&file, text.replace("no ticket for this", "a ticket for that")).expect("it is written");
    assert_eq!(as_role("agent", &["verify", &file]).0, 5);
    let elsewhere = sealdesk::config::Config { root_fingerprint: Some("sd1:aaaa".into()), ..database.configuration() };
    assert_eq!(sealdesk::service::audit::review::verify(&text, Some(&elsewhere)).expect_err("another root").code(), "keyring");

    let (code, told, error) = database.program_as("auditor").run(&["audit", "verify"]);
    assert!(code == 0 && told.contains("samples of audit reviews drawn again: 1"), "{told}{error}");
    assert_eq!(as_role("security_officer", &["stop", "1"]).0, 3);
}

/// Every value in the file, changed by itself; anything added; and another rendering.
fn whatever_is_changed_is_noticed(text: &str) {
    let whole: Value = serde_json::from_str(text).expect("JSON");
    let mut places = Vec::new();
    leaves(&whole, String::new(), &mut places);
    assert!(places.len() > 60);
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((name, value)) = line.split_once(": ").filter(|(_, value)| !value.starts_with(['[', '{'])) else { continue };
        let end = if value.ends_with(',') { "," } else { "" };
        let value = value.trim_end_matches(',');
        let other = match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => {
                let last = if text.ends_with('b') { 'c' } else { 'b' };
                format!("\"{}{last}\"", text.chars().take(text.chars().count().saturating_sub(1)).collect::<String>())
            }
            None if value == "null" => "1".to_owned(),
            None => format!("{}1", value.trim_end_matches(']')),
        };
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[index] = format!("{name}: {other}{end}");
        let changed = changed.join("\n") + "\n";
        assert!(sealdesk::service::audit::review::verify(&changed, None).is_err(), "{line}");
    }
    let mut more = whole.clone();
    more["remark"] = "approved".into();
    for other in [more.to_string(), whole.to_string(), text.trim_end().to_owned()] {
        assert!(sealdesk::service::audit::review::verify(&other, None).is_err());
    }
}

fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(value, format!("{place}/{name}"), found)),
        Value::Array(members) if !members.is_empty() => {
            members.iter().enumerate().for_each(|(index, value)| leaves(value, format!("{place}/{index}"), found));
        }
        _ => found.push(place),
    }
}
