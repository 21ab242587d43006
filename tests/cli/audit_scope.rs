//! `sealdesk audit scope`, and `sealdesk audit searched`.

use serde_json::Value;

use crate::support::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_shown_and_set_and_what_always_is_stays() {
    let database = fixture().fresh_database().await;
    let run = |who: &str, arguments: &[&str]| {
        let (code, out, err) = database.program_as(who).run(arguments);
        (code, out + &err)
    };
    let (code, said) = run("security_officer", &["audit", "scope", "show"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("counted by bulk_reveal") && said.contains("Everything else is always recorded"), "{said}");
    for (action, class, part) in [
        ("reveal", None, "always recorded"),
        ("revealed", None, "always recorded"),
        ("copy", None, "A rule counts this"),
        ("copy", Some("nothing"), "no such choice"),
        ("star", Some("contact"), "no such choice"),
        ("unstar", None, ""),
    ] {
        let class: Vec<&str> = class.map(|class| vec!["--class", class]).unwrap_or_default();
        let (code, said) = run("security_officer", &[&["audit", "scope", "set", action, "off"], class.as_slice()].concat());
        let wanted = if part.is_empty() { 0 } else { 3 };
        assert!(code == wanted && said.contains(part), "{action} {class:?}: {code}: {said}");
    }
    assert_eq!(run("security_officer", &["audit", "scope", "set", "unstar", "off"]).0, 3, "it is so already");
    assert_eq!(run("security_officer", &["audit", "scope", "set", "hide", "on", "--class", "contact"]).0, 0);
    for who in ["agent", "supervisor", "auditor"] {
        let (code, said) = run(who, &["audit", "scope", "set", "star", "off"]);
        assert!(code == 3 && said.contains("do not permit"), "{who}: {said}");
    }
    assert_eq!(run("agent", &["audit", "scope", "show"]).0, 3);
    let (code, out) = run("auditor", &["audit", "scope", "show", "--json"]);
    assert_eq!(code, 0, "{out}");
    let all: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |action: &str, class: Option<&str>| {
        all.iter()
            .find(|one| one["action"] == action && one["class"].as_str() == class)
            .map(|one| one["recorded"].as_bool())
            .expect("a line")
    };
    assert_eq!((of("star", None), of("unstar", None)), (Some(true), Some(false)));
    assert_eq!((of("hide", None), of("hide", Some("contact")), of("hide", Some("identity"))), (Some(false), Some(true), Some(false)));
    let (code, out) = run("auditor", &["audit", "tail", "--action", "audit_scope_set", "--outcome", "ok", "--json"]);
    assert_eq!((code, out.lines().count()), (0, 2), "each change is recorded: {out}");
    let (code, said) = run("security_officer", &["audit", "scope", "set", "unstar", "default"]);
    assert!(code == 0 && said.contains("recorded, by default"), "{said}");

    let mut person = database.program_as("security_officer");
    person.command.env("LC_ALL", "zh_CN.UTF-8");
    let (code, said, _) = person.run(&["audit", "scope", "show"]);
    assert!(code == 0 && said.contains("规则 bulk_reveal") && said.contains("始终记录"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_searched_for_a_record_is_told_to_who_holds_its_index_keys() {
    let database = fixture().fresh_database().await;
    let run = |who: &str, arguments: &[&str]| database.program_as(who).run(arguments);
    let (code, out, err) = run("senior_agent", &["show", "C-000012", "--json", "--reveal", "phone", "--reason", "callback"]);
    assert_eq!(code, 0, "{err}");
    let shown: Value = serde_json::from_str(&out).expect("JSON");
    let name = shown["fields"]["name"]["masked"].as_str().expect("a name").to_owned();
    let phone = shown["fields"]["phone"]["value"].as_str().expect("a number").to_owned();
    assert_eq!(run("agent", &["find", &name]).0, 0);
    assert_eq!(run("senior_agent", &["find", &phone]).0, 0);
    let user = |role: &str| database.fixture.person(role).user.clone();

    let (code, out, err) = run("supervisor", &["audit", "searched", "C-000012"]);
    assert_eq!(code, 0, "{err}");
    let last = out.lines().last().expect("a summary").to_owned();
    assert!(last.contains(&format!("{} 1", user("agent"))), "by name: {out}");
    // By number: the one that showed it. Not this command's own look-up.
    assert!(last.contains(&format!("{} 1", user("senior_agent"))) && !last.contains(&user("supervisor")), "{out}");

    let (code, out, err) = run("supervisor", &["audit", "searched", "C-000012", "--reveal", "phone", "--reason", "callback"]);
    assert!(code == 3 && out.is_empty() && err.contains("phone"), "a supervisor reveals no telephone number: {code} {out}{err}");
    let (code, out, err) = run("supervisor", &["audit", "searched", "C-000012", "--json"]);
    assert_eq!(code, 0, "{err}");
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(events.iter().all(|event| event["event"]["action"] == "search"), "{out}");
    let of = |role: &str| events.iter().filter(|event| event["user"]["name"] == user(role)).count();
    assert_eq!((of("agent"), of("senior_agent"), of("supervisor")), (1, 1, 2), "with the look-ups of before: {out}");
    assert!(!out.contains(&phone), "no value stands in it");

    for (who, reason) in [("agent", "the whole audit is not theirs"), ("auditor", "no index key")] {
        let (code, out, err) = run(who, &["audit", "searched", "C-000012"]);
        assert!(code != 0 && out.is_empty(), "{reason}: {out}{err}");
    }
    assert_eq!(run("supervisor", &["audit", "searched", "Zhang"]).0, 2);
    assert_eq!(run("supervisor", &["audit", "searched", "C-999999"]).0, 1);
}
