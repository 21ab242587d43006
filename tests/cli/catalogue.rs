//! What officers signed of the catalogue, on the command line.

use crate::support::fixture;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_in_the_history_and_what_was_changed_past_officers_is_named_until_one_signs_it() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let agent = |arguments: &[&str]| database.program_as("agent").run(arguments);
    let (code, out, err) = agent(&["catalogue", "check"]);
    assert!(code == 0 && out.contains("as zhao.min signed them (statement "), "{out}{err}");

    let (code, _, err) = officer(&["field", "change", "email", "--en", "Mail", "--zh", "邮件"]);
    assert_eq!(code, 0, "{err}");
    let (_, out, _) = officer(&["catalogue", "history"]);
    assert!(out.contains("field email, label:") && out.contains("Mail") && !out.contains("NOT GOOD"), "{out}");

    // Past every officer, by whoever administers the server.
    let superuser = database.superuser().await;
    superuser.batch_execute("update sealdesk.field set mask = 'hidden' where code = 'phone'").await.expect("a superuser may");
    let (code, out, err) = agent(&["catalogue", "check"]);
    assert!(
        code == 5 && out.contains(r#"field phone, mask: signed "phone", stored "hidden""#) && err.contains("Tell a security officer"),
        "{out}{err}"
    );
    let (_, out, _) = officer(&["catalogue", "check", "--json"]);
    let check: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((check["good"].as_bool(), check["differences"][0]["what"].as_str()), (Some(false), Some("mask")));
    let out = database.doctor();
    assert!(out.contains(r#"field phone, mask: signed "phone", stored "hidden""#), "{out}");

    // Nobody signs without having seen it, nor who is no officer.
    let (code, _, err) = officer(&["catalogue", "sign"]);
    assert!(code == 1 && err.contains("--yes"), "{err}");
    let (code, _, err) = agent(&["catalogue", "sign", "--yes"]);
    assert!(code == 5 && err.contains("only a security officer can sign"), "{err}");
    let (code, out, err) = officer(&["catalogue", "sign", "--yes"]);
    assert!(code == 0 && out.contains("field phone, mask") && out.contains("Signed as statement"), "{out}{err}");
    let (code, ..) = agent(&["catalogue", "check"]);
    assert_eq!(code, 0);
    let (code, out, _) = officer(&["catalogue", "sign"]);
    assert!(code == 0 && out.contains("nothing to do"), "{out}");
}
