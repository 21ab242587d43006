//! The second factor on the command line.

use crate::support::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn once_set_up_every_command_asks_for_a_code_and_none_is_taken_twice() {
    let database = fixture().fresh_database().await;
    let factor = database.program_as("senior_agent").set_up_second_factor();
    assert_eq!(factor.recovery_codes.len(), 10);
    let (code, _, err) = database.program_as("senior_agent").run_with_code(&factor.code(0), &["find", "C-000001"]);
    assert!(code == 3 && err.contains("used before"), "{code}: the code of the set-up is used up: {err}");
    let (code, out, err) = database.program_as("senior_agent").run_with_code(&factor.code(1), &["find", "C-000001"]);
    assert!(code == 0 && out.contains("C-000001"), "{err}");
    for (recovery, expected) in [(0, 0), (0, 3), (1, 0)] {
        let typed = factor.recovery_codes[recovery].to_uppercase();
        let (code, _, err) = database.program_as("senior_agent").run_with_code(&typed, &["second-factor", "status"]);
        assert_eq!(code, expected, "{err}");
    }
    let (code, out, err) =
        database.program_as("senior_agent").run_with_code(&factor.recovery_codes[2], &["second-factor", "status", "--json"]);
    assert_eq!(code, 0, "{err}");
    let state: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&state["set_up"], &state["recovery_codes_left"]), (&true.into(), &7.into()), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_asks_for_one_lets_nobody_in_without_and_an_officer_can_reset_it() {
    let database = fixture().fresh_database().await;
    let (code, _, err) = database.program_as("security_officer").run(&["role", "second-factor", "senior_agent", "on"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = database.program_as("senior_agent").run(&["find", "C-000001"]);
    assert!(code == 3 && err.contains("second-factor set-up"), "{err}");
    let first = database.program_as("senior_agent").set_up_second_factor();
    let (code, _, err) = database.program_as("senior_agent").run_with_code(&first.recovery_codes[0], &["find", "C-000001"]);
    assert_eq!(code, 0, "{err}");
    let user = &fixture().person("senior_agent").user;
    let (code, _, err) = database.program_as("security_officer").run(&["staff", "second-factor-reset", user]);
    assert_eq!(code, 0, "{err}");
    let second = database.program_as("senior_agent").set_up_second_factor();
    assert_ne!(first.secret, second.secret);
    let (code, _, err) = database.program_as("senior_agent").run_with_code(&first.recovery_codes[1], &["find", "C-000001"]);
    assert_eq!(code, 3, "recovery codes of before the reset are gone: {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_asks_for_a_fresh_code_gets_one_before_it_is_revealed() {
    let database = fixture().fresh_database().await;
    let (code, _, err) = database.program_as("security_officer").run(&["class", "fresh-code", "contact", "300"]);
    assert_eq!(code, 0, "{err}");
    let show = ["show", "C-000001", "--reveal", "phone", "--json"];
    let (code, _, err) = database.program_as("agent").run_with_code("123456", &show);
    assert!(code == 3 && err.contains("second-factor set-up"), "without a factor there is no fresh code: {err}");
    let factor = database.program_as("agent").set_up_second_factor();
    let (code, out, err) = database.program_as("agent").run_with_code(&factor.code(1), &show);
    assert!(code == 0, "the code of the sign-in is fresh: {err}");
    assert!(serde_json::from_str::<serde_json::Value>(&out).expect("JSON")["fields"]["phone"]["value"].is_string(), "{out}");
    let (code, _, err) = database.program_as("security_officer").run(&["class", "fresh-code", "contact", "7"]);
    assert!(code == 1 && err.contains("30 seconds"), "{err}");
}
