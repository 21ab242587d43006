//! Installing for a team: found, check, invite, enrol, confirm, disable.

use std::{path::Path, process::Stdio};

use crate::support::{Database, fixture, program};

const PASSPHRASE: &str = "anchor velvet mosquito piano";

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_table_privilege_that_a_person_holds() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let url = url_file(&database, folder.path());
    let (code, out) = doctor(&database, &url);
    assert_eq!(code, 0, "{out}");
    let superuser = database.superuser().await;
    superuser.batch_execute("grant select on sealdesk.field_value to \"chen.bo\"").await.expect("a superuser can do this");
    let (code, out) = doctor(&database, &url);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("chen.bo on sealdesk.field_value"), "{out}");
    assert!(out.contains("mend: revoke"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_enrols_with_a_code_that_works_once() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let code_file = folder.path().join("code");
    let passphrase_file = folder.path().join("passphrase");
    std::fs::write(&passphrase_file, PASSPHRASE).expect("a file");

    let (code, one_time_code, err) = database.program_as("security_officer").run(&["staff", "add", "ma.li", "--role", "agent"]);
    assert_eq!(code, 0, "{err}");
    std::fs::write(&code_file, &one_time_code).expect("a file");
    let (code, fingerprint, err) = enrol(&database, &code_file, &passphrase_file);
    assert_eq!(code, 0, "{err}");
    let fingerprint = fingerprint.trim();
    assert!(fingerprint.starts_with("sd1:"), "{fingerprint}");
    let (code, _, err) = enrol(&database, &code_file, &passphrase_file);
    assert_ne!(code, 0, "the code was used up");
    assert!(err.contains("wrong"), "{err}");

    let (code, _, err) = database.program_as("security_officer").run(&["staff", "confirm", "ma.li", "--fingerprint", "sd1:other"]);
    assert_ne!(code, 0, "another fingerprint is not confirmed");
    assert!(err.contains("tampered"), "{err}");
    let (code, _, err) = database.program_as("security_officer").run(&["staff", "confirm", "ma.li", "--fingerprint", fingerprint]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = as_newcomer(&database, &passphrase_file, &["find", "C-000001"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("C-000001"), "{out}");

    let (code, _, err) = database.program_as("security_officer").run(&["staff", "disable", "ma.li"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, _) = as_newcomer(&database, &passphrase_file, &["find", "C-000001"]);
    assert_ne!(code, 0, "the login is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn init_founds_an_installation_in_an_empty_database_whose_officer_can_work() {
    let folder = tempfile::tempdir().expect("a directory");
    let shared = fixture().shared();
    shared.superuser().await.batch_execute("create database founded template template0").await.expect("an empty database");
    let database = Database { fixture: fixture(), name: "founded".into() };
    let url = url_file(&database, folder.path());
    let passphrase_file = folder.path().join("passphrase");
    std::fs::write(&passphrase_file, PASSPHRASE).expect("a file");
    let output = program()
        .args(["init", "--name", "acme", "--officer", "first.officer", "--url-file"])
        .arg(&url)
        .arg("--passphrase-file")
        .arg(&passphrase_file)
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let config = folder.path().join("config.toml");
    let printed = String::from_utf8_lossy(&output.stdout);
    std::fs::write(&config, printed.as_bytes()).expect("a file");
    let output = program()
        .args(["staff", "list", "--user", "first.officer", "--config"])
        .arg(&config)
        .arg("--passphrase-file")
        .arg(&passphrase_file)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("first.officer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_owner_with_createrole_founds_and_the_doctor_says_what_a_superuser_must_still_close() {
    let folder = tempfile::tempdir().expect("a directory");
    let superuser = fixture().shared().superuser().await;
    superuser.batch_execute("create role founder login createrole password 'founders-secret'").await.expect("a role");
    // From PostgreSQL 16 on CREATEROLE alone gives no way to roles that somebody else has made.
    superuser.batch_execute("grant sealdesk_owner, sealdesk_lifecycle to founder").await.expect("a superuser can do this");
    superuser.batch_execute("create database founded_by_owner owner founder template template0").await.expect("an empty database");
    let database = Database { fixture: fixture(), name: "founded_by_owner".into() };
    let passphrase_file = folder.path().join("passphrase");
    std::fs::write(&passphrase_file, PASSPHRASE).expect("a file");
    let by_superuser = url_file(&database, folder.path());
    let by_founder = folder.path().join("founder");
    let url = std::fs::read_to_string(&by_superuser).expect("a URL");
    let (_, address) = url.split_once('@').expect("a URL with a user");
    std::fs::write(&by_founder, format!("postgresql://founder:founders-secret@{address}")).expect("a file");
    let init = |url: &Path| {
        let arguments = ["init", "--name", "owned", "--officer", "owned.officer", "--url-file"];
        program().args(arguments).arg(url).arg("--passphrase-file").arg(&passphrase_file).output().expect("the program runs")
    };
    let output = init(&by_founder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = init(&by_founder);
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds an installation already"), "a second founding is refused");

    let (code, out) = doctor(&database, &by_founder);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("people can run plpgsql, sql"), "{out}");
    let migrated = program().args(["migrate", "--url-file"]).arg(&by_superuser).output().expect("the program runs");
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let (code, out) = doctor(&database, &by_founder);
    assert_eq!(code, 0, "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_newer_than_the_program_is_refused_by_migrate_and_named_by_the_doctor() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let url = url_file(&database, folder.path());
    let newer = "insert into sealdesk.schema_migration (version, name, applied_on, checksum) values (999, 'later', now()::text, '1')";
    database.superuser().await.batch_execute(newer).await.expect("a superuser can do this");
    let output = program().args(["migrate", "--url-file"]).arg(&url).output().expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("newer than this program"), "{told}");
    let (code, out) = doctor(&database, &url);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("999 of"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_a_key_without_a_chain_and_a_rotation_left_half_way() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let url = url_file(&database, folder.path());
    let (code, out) = doctor(&database, &url);
    assert!(code == 0 && out.contains("lead to the root") && out.contains("nothing is under old keys"), "{out}");
    let (code, out, err) = database.program_as("security_officer").run(&["class", "rotate", "payment", "--later"]);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out) = doctor(&database, &url);
    assert!(code == 1 && out.contains("payment (epoch 1 of 2)") && out.contains("class reencrypt"), "{out}");
    let forged = "update sealdesk.wrapped_key set sealed = set_byte(sealed, 7, get_byte(sealed, 7) # 1)
                   where recipient = 'senior_agent' and content = 'value' and subject = 'contact'";
    assert_eq!(database.superuser().await.execute(forged, &[]).await.expect("a superuser"), 1);
    let (code, out) = doctor(&database, &url);
    assert!(code == 1 && out.contains("value key of \"contact\" (1) wrapped for role \"senior_agent\" has no valid"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bookkeeping_of_migrations_that_makes_no_sense_is_named_and_nothing_is_migrated() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let url = url_file(&database, folder.path());
    let spoilt = "update sealdesk.schema_migration set applied_on = 'yesterday' where version = 2";
    database.superuser().await.batch_execute(spoilt).await.expect("a superuser can do this");
    let output = program().args(["migrate", "--url-file"]).arg(&url).output().expect("the program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("migration 2") && told.contains("yesterday"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_expired_enrols_nobody() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let (code_file, passphrase_file) = (folder.path().join("code"), folder.path().join("passphrase"));
    std::fs::write(&passphrase_file, PASSPHRASE).expect("a file");
    let (code, one_time_code, err) = database.program_as("security_officer").run(&["staff", "add", "late.comer", "--role", "agent"]);
    assert_eq!(code, 0, "{err}");
    std::fs::write(&code_file, &one_time_code).expect("a file");
    let expired = "update sealdesk.person set code_expires_at = now() - interval '1 minute' where login = 'late.comer'";
    database.superuser().await.batch_execute(expired).await.expect("a superuser can do this");
    let (code, _, err) = as_person(&database, "late.comer", &passphrase_file, &["enrol", "--code-file", &code_file.display().to_string()]);
    database.superuser().await.batch_execute("drop role \"late.comer\"").await.expect("the login goes");
    assert_ne!(code, 0, "{err}");
    assert!(err.contains("expired"), "{err}");
}

fn url_file(database: &Database<'_>, folder: &Path) -> std::path::PathBuf {
    let file = folder.join("url");
    let (server, _) = database.fixture.superuser_url.rsplit_once('/').expect("the URL ends in a database");
    std::fs::write(&file, format!("{server}/{}\n", database.name)).expect("a file");
    file
}

fn doctor(database: &Database<'_>, url: &Path) -> (i32, String) {
    let output = program()
        .env("SEALDESK_CONFIG", &database.fixture.config)
        .env("SEALDESK_DBNAME", &database.name)
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .args(["doctor", "--url-file"])
        .arg(url)
        .output()
        .expect("the program runs");
    (output.status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

fn enrol(database: &Database<'_>, code: &Path, passphrase: &Path) -> (i32, String, String) {
    as_newcomer(database, passphrase, &["enrol", "--code-file", &code.display().to_string()])
}

fn as_newcomer(database: &Database<'_>, passphrase: &Path, arguments: &[&str]) -> (i32, String, String) {
    as_person(database, "ma.li", passphrase, arguments)
}

fn as_person(database: &Database<'_>, user: &str, passphrase: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = program()
        .env("SEALDESK_CONFIG", &database.fixture.config)
        .env("SEALDESK_DBNAME", &database.name)
        .env("LC_ALL", "C.UTF-8")
        .args(["--user", user, "--passphrase-file"])
        .arg(passphrase)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
