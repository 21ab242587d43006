//! People, roles and the passphrase on the command line.

use std::io::Write as _;

use sealdesk::service::staff;
use serde_json::Value;

use crate::support::{Database, fixture};

fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A person of the test's own, since logins belong to the whole server.
async fn recruit(database: &Database<'_>, login: &str, passphrase: &str) {
    let secret = sealdesk::crypto::secret::Secret::from(passphrase);
    let officer = database.sign_in("security_officer").await;
    let code = staff::add(&officer, login, "", &["agent".to_owned()]).await.expect("an invitation");
    let fingerprint = staff::enrol(&database.configuration(), login, code, secret).await.expect("an enrolment");
    staff::confirm(&officer, login, &fingerprint).await.expect("a confirmation");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_renamed_signed_out_disabled_and_enabled() {
    let database = fixture().fresh_database().await;
    recruit(&database, "cli.person", "lantern-orbit-velvet-cactus-91").await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    assert_eq!(officer(&["staff", "rename", "cli.person", "Cleo 克"]).0, 0);
    let (code, listed, _) = officer(&["staff", "list", "--json"]);
    let listed = json(&listed);
    let person = listed.iter().find(|person| person["user"] == "cli.person").expect("the person");
    assert_eq!(
        (code, &person["name"], &person["state"], &person["finding"]),
        (0, &Value::from("Cleo 克"), &Value::from("active"), &Value::Null)
    );
    let (_, table, _) = officer(&["staff", "list"]);
    assert!(table.lines().any(|line| line.starts_with("cli.person") && line.contains("Cleo 克")), "{table}");

    let agent = database.sign_in("agent").await;
    let (code, open, _) = officer(&["staff", "sessions", agent.user(), "--json"]);
    assert!(code == 0 && json(&open).iter().any(|session| session["session"] == agent.session_id().to_string()), "{open}");
    assert_eq!(officer(&["staff", "sign-out", agent.user(), "--session", &agent.session_id().to_string()]).0, 0);
    assert_eq!(sealdesk::service::heartbeat(&agent).await.expect_err("it has ended").code(), "SD002");

    assert_eq!(officer(&["staff", "disable", "cli.person"]).0, 0);
    let (code, _, error) = officer(&["staff", "disable", "cli.person"]);
    assert!(code == 3 && error.contains("not in a state"), "{code} {error}");
    let (code, printed, _) = officer(&["staff", "enable", "cli.person"]);
    assert_eq!((code, printed.trim().len()), (0, 19), "{printed}");
    assert_eq!(officer(&["staff", "disable", "cli.person"]).0, 0);
    let own = database.fixture.person("security_officer").user.clone();
    let (code, _, error) = officer(&["staff", "disable", &own]);
    assert!(code == 3 && error.contains("their own account"), "{code} {error}");
}

#[test]
fn roles_are_listed_with_what_they_permit() {
    let database = fixture().shared();
    let (code, listed, _) = database.program_as("auditor").run(&["role", "list", "--json"]);
    let listed = json(&listed);
    let agent = listed.iter().find(|role| role["role"] == "agent").expect("the role");
    assert_eq!((code, &agent["rights"]["identity"], &agent["rights"]["payment"]), (0, &Value::from("SM--"), &Value::from("----")));
    let (_, table, _) = database.program_as("auditor").run(&["role", "list"]);
    assert!(table.contains("S search, M masked, R reveal, E edit") && table.contains("manage_people"), "{table}");
    assert_eq!(database.program_as("agent").run(&["role", "list"]).0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_more_rights_and_never_ones_own() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let (code, _, error) = officer(&["role", "allow", "backup_operator", "contact", "masked", "search"]);
    assert_eq!((code, error.as_str()), (0, ""));
    let (_, table, _) = officer(&["role", "list"]);
    assert!(table.lines().any(|line| line.starts_with("backup_operator") && line.contains("SM--")), "{table}");
    let (code, _, error) = officer(&["role", "allow", "security_officer", "contact", "reveal"]);
    assert!(code == 3 && error.contains("own account"), "{code} {error}");
    assert_eq!(officer(&["role", "allow", "agent", "contact", "everything"]).0, 2);
    assert_eq!(database.program_as("supervisor").run(&["role", "allow", "agent", "payment", "reveal"]).0, 3);
}

#[test]
fn an_agent_asks_about_themselves_and_an_auditor_about_everybody() {
    let database = fixture().shared();
    let agent = database.fixture.person("agent").user.clone();
    for role in ["agent", "auditor"] {
        let (code, told, _) = database.program_as(role).run(&["role", "explain", &agent, "C-000007", "id_number", "--json"]);
        let told = json(&told);
        assert_eq!((code, &told[0]["class"], &told[0]["outcome"]), (0, &Value::from("identity"), &Value::from("SD003")), "{role}");
    }
    let (_, table, _) = database.program_as("agent").run(&["role", "explain", &agent]);
    assert!(table.contains("may reveal") && table.contains("the roles did not permit it"), "{table}");
    let other = database.fixture.person("senior_agent").user.clone();
    assert_eq!(database.program_as("agent").run(&["role", "explain", &other]).0, 3);
    assert_eq!(database.program_as("agent").run(&["role", "explain", &agent, "not-a-number"]).0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_changed_from_files() {
    let database = fixture().fresh_database().await;
    let (old, new) = ("lantern-orbit-velvet-cactus-91", "marble-thunder-willow-quiet-55");
    recruit(&database, "cli.changer", old).await;
    let file = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "{text}").expect("it is written");
        file
    };
    let run = |with: &str, arguments: &[&str]| {
        let present = file(with);
        let mut command = crate::support::program();
        command.env("SEALDESK_CONFIG", &database.fixture.config).env("SEALDESK_DBNAME", &database.name).env("LC_ALL", "C.UTF-8");
        command.args(["--user", "cli.changer", "--passphrase-file"]).arg(present.path()).args(arguments);
        command.output().expect("the program runs").status.code()
    };
    let (weak, strong) = (file("short"), file(new));
    let change = |to: &tempfile::NamedTempFile| to.path().display().to_string();
    assert_eq!(run(old, &["passphrase", "--new-passphrase-file", &change(&weak)]), Some(1));
    assert_eq!(run("wrong", &["passphrase", "--new-passphrase-file", &change(&strong)]), Some(1));
    assert_eq!(run(old, &["passphrase", "--new-passphrase-file", &change(&strong)]), Some(0));
    assert_eq!(run(old, &["staff", "sessions"]), Some(1));
    assert_eq!(run(new, &["staff", "sessions"]), Some(0));
}
