//! Sharing a value, from one person's terminal to another's.

use crate::support::{Database, fixture};

fn json(out: &str) -> Vec<serde_json::Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The first customer whose field is filled.
fn filled(database: &Database<'_>, role: &str, field: &str) -> String {
    for number in 1..40 {
        let number = format!("C-{number:06}");
        let (code, out, err) = database.program_as(role).run(&["show", &number, "--json"]);
        assert_eq!(code, 0, "{err}");
        if !json(&out)[0]["fields"][field].is_null() {
            return number;
        }
    }
    panic!("nobody has {field}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_shares_another_reads_until_it_is_withdrawn() {
    let database = fixture().fresh_database().await;
    let to = fixture().person("agent").user.clone();
    let number = filled(&database, "senior_agent", "id_number");
    let revealed = database.program_as("senior_agent").run(&["show", &number, "--reveal", "id_number", "--reason", "callback", "--json"]).1;
    let value = json(&revealed)[0]["fields"]["id_number"]["value"].clone();
    let add = ["share", "add", &number, "id_number", &to, "--for", "2h", "--reason", "callback", "--json"];
    let (code, out, err) = database.program_as("senior_agent").run(&add);
    assert_eq!(code, 0, "{err}");
    let id = json(&out)[0]["id"].as_str().expect("an id").to_owned();

    let (code, out, err) = database.program_as("agent").run(&["share", "list", "--with-me", "--json"]);
    assert_eq!(code, 0, "{err}");
    let listed = &json(&out)[0];
    assert_eq!((&listed["id"], &listed["record"], &listed["state"]), (&id.clone().into(), &number.clone().into(), &"open".into()));
    let (code, out, err) = database.program_as("agent").run(&["share", "show", &id, "--json"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(json(&out)[0]["value"], value);
    let (code, out, err) = database.program_as("agent").run(&["share", "show", &id]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("ID number") && out.contains(value.as_str().expect("a value")), "{out}");

    let (code, _, err) = database.program_as("agent").run(&["share", "withdraw", &id]);
    assert_eq!(code, 3, "not by the recipient: {err}");
    let (code, _, err) = database.program_as("senior_agent").run(&["share", "withdraw", &id]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = database.program_as("agent").run(&["share", "show", &id]);
    assert_eq!((code, out.as_str()), (3, ""), "{err}");
    let (_, out, _) = database.program_as("senior_agent").run(&["share", "list"]);
    assert!(out.contains("withdrawn"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shared_is_told_and_ends_with_its_exit_code() {
    let database = fixture().shared();
    let (agent, senior) = (fixture().person("agent").user.clone(), fixture().person("senior_agent").user.clone());
    let number = filled(&database, "senior_agent", "phone");
    for (arguments, code, told) in [
        (vec!["phone", senior.as_str()], 3, "not with oneself"),
        (vec!["phone", "nobody.here"], 3, "Check the login name"),
        (vec!["card", agent.as_str(), "--reason", "callback"], 3, "are not shared"),
        (vec!["phone", agent.as_str(), "--for", "2 weeks"], 2, "five minutes to thirty days"),
    ] {
        let arguments = [vec!["share", "add", number.as_str()], arguments].concat();
        let (found, out, err) = database.program_as("senior_agent").run(&arguments);
        assert_eq!(found, code, "{arguments:?}: {out}{err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
    let (code, _, _) = database.program_as("agent").run(&["share", "show", "42"]);
    assert_eq!(code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_handed_to_another_owner_and_says_so() {
    let database = fixture().fresh_database().await;
    let to = fixture().person("agent").user.clone();
    let (code, _, err) = database.program_as("agent").run(&["owner", "C-000001", &to]);
    assert_eq!(code, 3, "not by who does not own it: {err}");
    assert!(err.contains("belongs to somebody else"), "{err}");
    let (code, _, err) = database.program_as("senior_agent").run(&["owner", "C-000001", &to]);
    assert_eq!(code, 0, "{err}");
    let (_, out, _) = database.program_as("agent").run(&["show", "C-000001", "--json"]);
    assert_eq!(json(&out)[0]["owner"], to.clone());
    let (_, out, _) = database.program_as("agent").run(&["show", "C-000001"]);
    assert!(out.contains(&format!("owner: {to}")), "{out}");
}
