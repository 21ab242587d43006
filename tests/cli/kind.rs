//! Kinds of record without code.

use sealdesk::{
    model::id::RecordId,
    service::{edit, edit::Draft},
};

use crate::support::{Database, fixture};

/// Runs as the security officer; it must succeed.
fn officer(database: &Database<'_>, arguments: &[&str]) -> String {
    let (code, out, err) = database.program_as("security_officer").run(arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn json(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_kind_has_letters_and_fields_of_its_own_and_is_found_by_both() {
    let database = fixture().fresh_database().await;
    officer(&database, &words("kind add contract --prefix K --en Contract --zh 合同 --name-en Title --name-zh 名称 --fields status"));
    officer(
        &database,
        &words(
            "field add signed_on --kind date --class basic --mask open --list --section contract --section-en Contract --section-zh 合同 --en Signed --zh 签署 --for contract",
        ),
    );
    let kinds = json(&officer(&database, &["kind", "list", "--json"]));
    assert_eq!((kinds[0]["code"].as_str(), kinds[1]["prefix"].as_str()), (Some("customer"), Some("K")));
    assert_eq!(kinds[1]["fields"], serde_json::json!(["name", "status", "signed_on"]));

    let agent = database.sign_in("agent").await;
    let values = [("name", "Maintenance 2026"), ("signed_on", "2026-02-03")].map(|(field, value)| (field.to_owned(), value.to_owned()));
    let made = edit::create(&agent, RecordId(uuid::Uuid::now_v7()), "contract", &Draft { values: values.into() }).await.expect("a record");
    let number = made.1.to_string();
    assert!(number.starts_with("K-"), "{number}");

    let run = |arguments: &[&str]| database.program_as("agent").run(arguments);
    let (_, out, _) = run(&["find", "maintenance", "--kind", "contract"]);
    assert!(out.contains("Title") && out.contains("Signed") && out.contains(&number) && !out.contains("Phone"), "{out}");
    let (_, out, err) = run(&["find", "maintenance", "--kind", "customer"]);
    assert!(out.is_empty() && err.contains("nothing was found"), "{out}{err}");
    let (code, out, _) = run(&["show", &number]);
    assert!(code == 0 && out.contains("Contract  version 1") && out.contains("2026-02-03") && !out.contains("Phone"), "{out}");
    let (code, _, err) = run(&["show", &format!("C-{}", made.1.value)]);
    assert!(code == 1 && err.contains("there is no record C-"), "{err}");
    let (code, _, err) = run(&["find", "x", "--kind", "order"]);
    assert!(code == 1 && err.contains("there are customer, contract"), "{code} {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_is_relabelled_moved_and_retired_by_saying_that_its_records_stay() {
    let database = fixture().fresh_database().await;
    officer(&database, &words("kind add branch --prefix B --en Branch --zh 网点"));
    officer(&database, &words("kind relabel branch --en Office --fields city"));
    officer(&database, &words("kind move branch --first"));
    let kinds = json(&officer(&database, &["kind", "list", "--json"]));
    assert_eq!((kinds[0]["label"]["en"].as_str(), &kinds[0]["fields"]), (Some("Office"), &serde_json::json!(["name", "city"])));

    let (code, _, err) = database.program_as("security_officer").run(&words("kind retire customer"));
    assert!(code == 3 && err.contains("--records-stay"), "{code} {err}");
    let out = officer(&database, &words("kind retire customer --records-stay"));
    assert!(out.contains("can still be read, changed and found"), "{out}");
    let (code, out, _) = database.program_as("agent").run(&["show", "C-000001"]);
    assert!(code == 0 && out.contains("Phone"), "{out}");
    let agent = database.sign_in("agent").await;
    let draft = Draft { values: [("name".to_owned(), "Nobody".to_owned())].into() };
    let refused = edit::create(&agent, RecordId(uuid::Uuid::now_v7()), "customer", &draft).await.expect_err("no more customers");
    assert_eq!(refused.code(), "SD101");
    officer(&database, &words("kind restore customer"));
    for (arguments, told) in [
        ("kind add order --prefix C --en Order --zh 订单", "one to three capitals"),
        ("kind add 1st --prefix O --en Order --zh 订单", "Codes have"),
        ("kind relabel order --en Order", "there are branch, customer"),
    ] {
        let (code, _, err) = database.program_as("security_officer").run(&words(arguments));
        assert!(code != 0 && err.contains(told), "{arguments}: {err}");
    }
    let (code, _, err) = database.program_as("agent").run(&words("kind add order --prefix O --en Order --zh 订单"));
    assert!(code == 3, "{err}");
}

/// Numbers run through all kinds, so that letters say which kind is meant and another kind's name nothing.
#[tokio::test(flavor = "multi_thread")]
async fn letters_of_another_kind_find_nothing_wherever_a_number_is_typed_and_the_right_ones_are_shown() {
    let database = fixture().fresh_database().await;
    officer(&database, &words("kind add contract --prefix K --en Contract --zh 合同"));
    let agent = database.sign_in("agent").await;
    let draft = Draft { values: [("name".to_owned(), "Maintenance".to_owned())].into() };
    let (_, number) = edit::create(&agent, RecordId(uuid::Uuid::now_v7()), "contract", &draft).await.expect("a record");
    let (right, wrong, bare) = (number.to_string(), format!("C-{:06}", number.value), number.value.to_string());
    let run = |role: &str, line: &str| database.program_as(role).run(&words(line));

    // role, what is typed, what shows the number afterwards
    for (role, line, shown) in [
        ("supervisor", "retention hold {} --why case", Some("retention holds")),
        ("supervisor", "retention release {} --why over", None),
        ("security_officer", "rule honeytoken {}", Some("rule honeytoken")),
        ("supervisor", "audit tail --record {}", Some("audit tail --action create")),
        ("auditor", "audit verify --record {}", None),
        ("agent", "show {}", Some("find kind:contract")),
    ] {
        let (code, out, err) = run(role, &line.replace("{}", &wrong));
        assert_ne!(code, 0, "{line} with {wrong}: {out}{err}");
        for typed in [&right, &bare] {
            // A hold is placed once.
            if line.contains("retention") && typed == &bare {
                continue;
            }
            let (code, out, err) = run(role, &line.replace("{}", typed));
            assert_eq!(code, 0, "{line} with {typed}: {out}{err}");
        }
        if let Some(shown) = shown {
            let (_, out, _) = run(role, shown);
            assert!(out.contains(&right), "{shown}: {out}");
        }
    }
    for (line, told) in [("role who {} --json", "chen.bo"), ("role explain chen.bo {} name --json", "\"ok\"")] {
        let (_, out, _) = run("supervisor", &line.replace("{}", &wrong));
        assert!(!out.contains(told), "{line} with {wrong}: {out}");
        for typed in [&right, &bare] {
            let (_, out, err) = run("supervisor", &line.replace("{}", typed));
            assert!(out.contains(told), "{line} with {typed}: {out}{err}");
        }
    }
    officer(&database, &words(&format!("incident open leak --record {right} --record 7")));
    let out = officer(&database, &words("incident list --json"));
    assert!(out.contains(&format!("[\"{right}\",\"000007\"]")), "as they were given: {out}");
    let found = json(&database.program_as("agent").run(&words("audit tail --action create --json")).1);
    assert!(found.iter().any(|event| event["sealdesk"]["number"] == right.as_str()), "{found:?}");
}
