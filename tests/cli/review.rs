//! Access reviews, duties and findings on the command line.

use sealdesk::service::review;
use serde_json::Value;

use crate::support::fixture;

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_begun_answered_and_exported_and_the_export_checks() {
    let database = fixture().fresh_database().await;
    let user = |role: &str| database.fixture.person(role).user.clone();
    let as_role = |role: &str, arguments: &[&str]| database.program_as(role).run(arguments);
    let (reviewer, agent, senior) = (user("supervisor"), user("agent"), user("senior_agent"));
    let begin = ["review", "start", "--title", "Agents, autumn", "--due", "14d", "--reviewer", &reviewer, "--role", "agent", "--role"];
    let (code, told, error) = as_role("security_officer", &[&begin[..], &["senior_agent", "--every", "90d"]].concat());
    assert_eq!((code, told.as_str()), (0, "review 1 has begun\n"), "{error}");
    assert_eq!(as_role("agent", &[&begin[..], &["senior_agent"]].concat()).0, 3);
    assert_eq!(as_role("security_officer", &[&begin[..], &["senior_agent", "--every", "3d"]].concat()).0, 3);

    let (code, listed, _) = as_role("supervisor", &["review", "list", "--json"]);
    let listed = json(&listed);
    assert_eq!((code, &listed[0]["items"], &listed[0]["waiting"], &listed[0]["answered"]), (0, &2.into(), &2.into(), &0.into()));
    assert_eq!(as_role("agent", &["review", "list"]).1.lines().count(), 1);
    assert_eq!(as_role("agent", &["review", "show", "1"]).0, 3);

    let (code, _, error) = as_role("supervisor", &["review", "decide", "1", &agent, "agent", "keep"]);
    assert_eq!(code, 0, "{error}");
    let (code, _, error) = as_role("supervisor", &["review", "decide", "1", &agent, "agent", "keep"]);
    assert!(code == 3 && error.contains("answered already"), "{code} {error}");
    assert_eq!(as_role("supervisor", &["review", "decide", "1", &senior, "senior_agent", "revoke"]).0, 2);
    assert_eq!(as_role("supervisor", &["review", "decide", "1", &senior, "senior_agent", "change", "--comment", "x"]).0, 2);
    let revoke = ["review", "decide", "1", &senior, "senior_agent", "revoke", "--comment", "moved to another team"];
    let (code, _, error) = as_role("supervisor", &revoke);
    assert!(code == 0 && error.contains("sealdesk role rotate senior_agent"), "{code} {error}");
    let (_, shown, _) = as_role("supervisor", &["review", "show", "1"]);
    assert!(shown.contains("moved to another team") && shown.contains("kept") && shown.contains("revoked"), "{shown}");
    let (_, listed, _) = as_role("security_officer", &["review", "list"]);
    assert!(listed.contains("[####################] 2/2") && listed.contains("every 90d"), "{listed}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("review.json").display().to_string();
    let (code, _, error) = as_role("supervisor", &["review", "export", "1", "--out", &file]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(as_role("supervisor", &["review", "export", "1", "--out", &file]).0, 1);
    let (code, told, error) = as_role("agent", &["review", "verify", &file]);
    assert!(code == 0 && error.is_empty() && told.contains(&format!("unchanged since {reviewer} signed it")), "{told}{error}");
    assert!(told.contains(&database.fixture.root_fingerprint), "{told}");
    let text = std::fs::read_to_string(&file).expect("the file");
    let exported: Value = serde_json::from_str(&text).expect("JSON");
    let actions: Vec<&str> = exported["events"].as_array().expect("events").iter().filter_map(|event| event["action"].as_str()).collect();
    assert_eq!(actions, ["review_start", "review_decide", "review_decide"]);
    assert!(review::verify(&text, None).is_ok());
    whatever_is_changed_is_noticed(&exported);
    std::fs::write(&file, text.replace("moved to another team", "moved to the other team")).expect("it is written");
    assert_eq!(as_role("agent", &["review", "verify", &file]).0, 5);
    let elsewhere = sealdesk::config::Config { root_fingerprint: Some("sd1:aaaa".into()), ..database.configuration() };
    assert_eq!(review::verify(&text, Some(&elsewhere)).expect_err("another root").code(), "keyring");
}

/// Every value in the file, changed by itself; and anything added.
fn whatever_is_changed_is_noticed(exported: &Value) {
    let mut places = Vec::new();
    leaves(exported, String::new(), &mut places);
    assert!(places.len() > 60);
    for place in places {
        let mut changed = exported.clone();
        let value = changed.pointer_mut(&place).expect("a value");
        *value = match value.take() {
            Value::String(text) => {
                let last = if text.ends_with('b') { 'c' } else { 'b' };
                Value::String(text.chars().take(text.chars().count().saturating_sub(1)).chain([last]).collect())
            }
            Value::Number(number) => (number.as_i64().expect("a whole number") + 1).into(),
            // An empty list gets a member, an absent value a value.
            Value::Array(_) => serde_json::json!(["agent"]),
            _ => 1.into(),
        };
        assert!(review::verify(&changed.to_string(), None).is_err(), "{place}");
    }
    let mut more = exported.clone();
    more["remark"] = "approved".into();
    assert!(review::verify(&more.to_string(), None).is_err());
}

fn leaves(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, format!("{place}/{name}"), found);
            }
        }
        Value::Array(members) if !members.is_empty() => {
            for (index, value) in members.iter().enumerate() {
                leaves(value, format!("{place}/{index}"), found);
            }
        }
        _ => found.push(place),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_system_revoked_at_the_due_date_stands_in_chains_that_verify() {
    let database = fixture().fresh_database().await;
    let user = |role: &str| database.fixture.person(role).user.clone();
    let as_role = |role: &str, arguments: &[&str]| database.program_as(role).run(arguments);
    let reviewer = user("supervisor");
    let begin = ["review", "start", "--title", "x", "--due", "1d", "--reviewer", &reviewer, "--role", "senior_agent"];
    assert_eq!(as_role("security_officer", &begin).0, 0);
    let past = "update sealdesk.review_campaign set due_at = now() - interval '1 min'";
    database.superuser().await.batch_execute(past).await.expect("time passes");
    let (code, _, error) = as_role("supervisor", &["review", "decide", "1", &user("senior_agent"), "senior_agent", "keep"]);
    assert!(code == 3 && error.contains("closed"), "{code} {error}");
    let (_, shown, _) = as_role("supervisor", &["review", "show", "1"]);
    assert!(shown.contains("revoked, unanswered"), "{shown}");
    let (code, _, error) = as_role("security_officer", &["review", "show", "2"]);
    assert!(code == 3 && error.contains("no such campaign"), "{code} {error}");
    let (_, found, _) = as_role("auditor", &["staff", "findings"]);
    assert!(found.contains("sealdesk role rotate senior_agent"), "{found}");
    let (code, told, error) = as_role("auditor", &["audit", "verify"]);
    assert_eq!(code, 0, "{told}{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_grant_is_given_its_new_role_by_an_officer_with_the_key() {
    let database = fixture().fresh_database().await;
    let agent = database.fixture.person("agent").user.clone();
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let own = database.fixture.person("security_officer").user.clone();
    let begin = ["review", "start", "--title", "x", "--due", "14d", "--reviewer", &own, "--role", "agent", "--unanswered", "escalate"];
    assert_eq!(officer(&begin).0, 0);
    let change = ["review", "decide", "1", &agent, "agent", "change", "--to", "senior_agent", "--comment", "promoted"];
    let (code, _, error) = officer(&change);
    assert_eq!(code, 0, "{error}");
    let signed_in = database.sign_in("agent").await;
    assert_eq!(signed_in.policy().standing.roles, ["senior_agent"]);
    assert!(signed_in.problems().is_empty() && signed_in.policy().rights("identity").reveal, "{:?}", signed_in.problems());

    // Where somebody else approves roles with capabilities, the new one waits; the old one is taken all the same.
    assert_eq!(officer(&["four-eyes", "on", "role_grant"]).0, 0);
    let begin = ["review", "start", "--title", "y", "--due", "14d", "--reviewer", &own, "--role", "senior_agent"];
    assert_eq!(officer(&begin).0, 0);
    let change = ["review", "decide", "2", &agent, "senior_agent", "change", "--to", "supervisor", "--comment", "leads the team"];
    let (code, _, error) = officer(&change);
    assert!(code == 0 && error.contains(&format!("sealdesk role grant {agent} supervisor")), "{code} {error}");
    let (_, found, _) = officer(&["staff", "findings"]);
    assert!(found.contains("supervisor is to come in place of senior_agent"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn duties_are_kept_apart_and_findings_are_listed_with_their_ways_out() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let auditor = database.fixture.person("auditor").user.clone();
    let (code, listed, _) = officer(&["duty", "list"]);
    assert!(code == 0 && listed.contains("audit_all") && listed.contains("run_backups"), "{listed}");
    assert_eq!(database.program_as("agent").run(&["duty", "list"]).0, 3);
    let (code, _, error) = officer(&["role", "grant", &auditor, "backup_operator"]);
    assert!(code == 3 && error.contains("sealdesk duty list"), "{code} {error}");
    assert_eq!(officer(&["duty", "remove", "run_backups", "audit_all"]).0, 0);
    assert_eq!(officer(&["role", "grant", &auditor, "backup_operator"]).0, 0);
    assert_eq!(officer(&["duty", "add", "run_backups", "audit_all", "--reason", "Apart."]).0, 0);
    let (code, found, _) = database.program_as("auditor").run(&["staff", "findings", "--json"]);
    let found = json(&found);
    let of = |kind: &str| found.iter().find(|finding| finding["kind"] == kind && finding["user"] == auditor.as_str());
    let conflict = of("duty_conflict").expect("the finding");
    assert_eq!((code, &conflict["severity"], &conflict["detail"]), (0, &Value::from("H"), &Value::from("audit_all + run_backups")));
    assert_eq!(conflict["way_out"], format!("sealdesk role revoke {auditor} ROLE"));
    assert!(of("no_second_factor").is_some());
    let (_, table, _) = officer(&["staff", "findings"]);
    assert!(table.lines().nth(1).is_some_and(|line| line.starts_with("H high")), "{table}");
    assert_eq!(database.program_as("agent").run(&["staff", "findings"]).0, 3);
}
