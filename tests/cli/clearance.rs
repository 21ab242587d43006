//! Clearances and labels on the command line.

use serde_json::Value;

use crate::support::{Database, fixture};

const RECORD: &str = "C-000007";

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn cleared(database: &Database<'_>) {
    let senior = database.fixture.person("senior_agent").user.clone();
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let (code, _, error) = officer(&["staff", "clear", &senior, "sensitive", "--compartment", "vip"]);
    assert_eq!((code, error.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_record_is_there_for_who_is_cleared_and_for_nobody_else() {
    let database = fixture().fresh_database().await;
    cleared(&database);
    let senior = |arguments: &[&str]| database.program_as("senior_agent").run(arguments);
    let agent = |arguments: &[&str]| database.program_as("agent").run(arguments);
    assert_eq!(agent(&["show", RECORD]).0, 0);
    let (code, _, error) = senior(&["label", RECORD, "sensitive", "--compartment", "vip"]);
    assert_eq!((code, error.as_str()), (0, ""));
    let (code, shown, _) = senior(&["show", RECORD, "--json"]);
    assert_eq!((code, &json(&shown)[0]["label"]), (0, &serde_json::json!({"level": "sensitive", "compartments": ["vip"]})));
    let (_, shown, _) = senior(&["show", RECORD]);
    assert!(shown.contains("clearance: sensitive, VIP"), "{shown}");

    let (hidden, missing) = (agent(&["show", RECORD]), agent(&["show", "C-999999"]));
    assert_eq!((hidden.0, hidden.1), (missing.0, missing.1));
    assert_eq!(hidden.2.replace(RECORD, "RECORD"), missing.2.replace("C-999999", "RECORD"));
    let (code, found, _) = agent(&["find", RECORD, "--json"]);
    assert_eq!((code, found.as_str()), (0, ""));

    let (code, _, error) = senior(&["label", RECORD, "secret"]);
    assert!(code == 3 && error.contains("no such level"), "what one is not cleared for one does not hear of: {code} {error}");
    let (code, _, error) = senior(&["label", RECORD, "normal"]);
    assert!(code == 3 && error.contains("declassify"), "{code} {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clearances_are_listed_given_by_an_officer_and_never_to_oneself() {
    let database = fixture().fresh_database().await;
    cleared(&database);
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let senior = database.fixture.person("senior_agent").user.clone();
    let (_, listed, _) = officer(&["staff", "list", "--json"]);
    let listed = json(&listed);
    let person = listed.iter().find(|person| person["user"] == senior.as_str()).expect("the person");
    assert_eq!(person["clearance"], serde_json::json!({"level": "sensitive", "compartments": ["vip"]}));
    let (_, table, _) = officer(&["staff", "list"]);
    assert!(table.lines().any(|line| line.starts_with(&senior) && line.contains("sensitive, VIP")), "{table}");

    let codes = |role: &str| {
        let (code, listed, _) = database.program_as(role).run(&["clearance", "list", "--json"]);
        assert_eq!(code, 0);
        json(&listed).iter().map(|one| one["code"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes("security_officer"), "normal sensitive restricted secret staff vip");
    assert_eq!(codes("senior_agent"), "normal sensitive vip");
    assert_eq!(codes("agent"), "normal");

    assert_eq!(officer(&["clearance", "compartment", "press", "journalists", "--zh", "记者"]).0, 0);
    assert_eq!(officer(&["clearance", "level", "2", "restricted", "confidential"]).0, 0);
    let (_, table, _) = officer(&["clearance", "list"]);
    assert!(table.contains("journalists") && table.contains("confidential"), "{table}");
    let (code, _, error) = officer(&["clearance", "level", "3", "cosmic", "cosmic"]);
    assert!(code == 3 && error.contains("each has one level"), "{code} {error}");
    assert_eq!(database.program_as("supervisor").run(&["clearance", "compartment", "press", "press"]).0, 3);

    let own = database.fixture.person("security_officer").user.clone();
    let (code, _, error) = officer(&["staff", "clear", &own, "secret"]);
    assert!(code == 3 && error.contains("own account"), "{code} {error}");
    assert_eq!(officer(&["staff", "clear", &senior, "cosmic"]).0, 3);
    assert_eq!(officer(&["staff", "clear", &senior, "sensitive", "--compartment", "nobody"]).0, 3);
    assert_eq!(database.program_as("agent").run(&["staff", "clear", &senior, "normal"]).0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_records_that_nobody_is_cleared_for() {
    let database = fixture().fresh_database().await;
    let doctor = || database.doctor();
    assert!(doctor().contains("somebody is cleared for every label"));
    let superuser = database.superuser().await;
    let label = "update sealdesk.record set label = 1, compartments = '{vip}', labelled = true where number = 7";
    superuser.batch_execute(label).await.expect("a superuser");
    let found = doctor();
    assert!(found.contains("nobody is cleared for sensitive, vip: 1 records (C-000007)"), "{found}");
    cleared(&database);
    assert!(doctor().contains("somebody is cleared for every label"));
}
