//! Custodians: shares are made, checked and tried, and bring back an installation whose officers are gone.

use std::path::{Path, PathBuf};

use sealdesk::service::{edit, edit::Draft, reveal};

use crate::support::{Database, PersonCommand, fixture, program, serve};

const PASSPHRASE: &str = "anchor velvet mosquito piano";

/// Sets up recovery among anna, ben and carl; answers with their shares.
fn set_up(database: &Database<'_>, threshold: &str) -> Vec<String> {
    let arguments = ["recovery", "set-up", "--threshold", threshold, "--custodian", "anna", "--custodian", "ben", "--custodian", "carl"];
    let (code, out, err) = database.program_as("security_officer").run(&arguments);
    assert_eq!(code, 0, "{out}{err}");
    let shares: Vec<String> = out.lines().filter(|line| line.starts_with("sealdesk-share-1 ")).map(str::to_owned).collect();
    assert_eq!(shares.len(), 3, "{out}");
    assert!(out.contains("for anna") && out.contains("for carl"), "{out}");
    shares
}

fn with_shares(database: &Database<'_>, verb: &str, shares: &[&str]) -> (i32, String, String) {
    let PersonCommand { command, passphrase } = database.program_as("security_officer");
    let passphrase = std::iter::once(passphrase.as_str()).chain(shares.iter().copied()).collect::<Vec<_>>().join("\n");
    PersonCommand { command, passphrase }.run(&["recovery", verb, "--share-file", "-"])
}

fn mistyped(share: &str) -> String {
    let last = if share.ends_with('7') { "8" } else { "7" };
    format!("{}{last}", &share[..share.len() - 1])
}

async fn events(database: &Database<'_>, action: &str) -> Vec<(String, String)> {
    let sql = "select actor, outcome from sealdesk.audit_event where action = $1 order by at";
    let found = database.superuser().await.query(sql, &[&action]).await.expect("a superuser");
    found.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn files(folder: &Path, database: &Database<'_>, shares: &[&str]) -> (PathBuf, PathBuf, PathBuf) {
    let (url, passphrase, typed) = (folder.join("url"), folder.join("passphrase"), folder.join("shares"));
    let (server, _) = database.fixture.superuser_url.rsplit_once('/').expect("the URL ends in a database");
    std::fs::write(&url, format!("{server}/{}\n", database.name)).expect("a file");
    std::fs::write(&passphrase, PASSPHRASE).expect("a file");
    std::fs::write(&typed, shares.join("\n")).expect("a file");
    (url, passphrase, typed)
}

fn perform(folder: &Path, database: &Database<'_>, officer: &str, shares: &[&str]) -> (i32, String, String) {
    let (url, passphrase, typed) = files(folder, database, shares);
    let output = program()
        .env("SEALDESK_CONFIG", &database.fixture.config)
        .env("LC_ALL", "C.UTF-8")
        .args(["recovery", "perform", "--officer", officer, "--url-file"])
        .arg(url)
        .arg("--passphrase-file")
        .arg(passphrase)
        .arg("--share-file")
        .arg(typed)
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn doctor(folder: &Path, database: &Database<'_>) -> (i32, String) {
    let (url, ..) = files(folder, database, &[]);
    let mut command = program();
    command.env("SEALDESK_CONFIG", &database.fixture.config).env("SEALDESK_DBNAME", &database.name);
    command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
    let output = command.args(["doctor", "--url-file"]).arg(url).output().expect("the program runs");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Rotates the officers' key as a client does that cannot reach the set: what is sealed to it is whole, and of no use.
async fn leave_behind(database: &Database<'_>) {
    let superuser = database.superuser().await;
    let keep = "create table public.kept as select number, generation, sealed, sealed_by, sealed_signature from sealdesk.recovery_set";
    superuser.batch_execute(keep).await.expect("a superuser");
    assert_eq!(database.program_as("security_officer").run(&["role", "rotate", "security_officer"]).0, 0);
    let back = "update sealdesk.recovery_set r set generation = k.generation, sealed = k.sealed, sealed_by = k.sealed_by,
                sealed_signature = k.sealed_signature from public.kept k where k.number = r.number; drop table public.kept";
    superuser.batch_execute(back).await.expect("a superuser");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_checked_alone_and_the_check_is_recorded() {
    let database = fixture().fresh_database().await;
    let shares = set_up(&database, "2");
    let (code, out, err) = with_shares(&database, "check", &[&shares[1].to_lowercase()]);
    assert!(code == 0 && out.contains("share 2 of set 1, ben"), "{out}{err}");
    let (code, _, err) = with_shares(&database, "check", &[&mistyped(&shares[1])]);
    assert!(code == 1 && err.contains("mistyped"), "{code} {err}");
    // A share of an earlier set that somebody kept: well formed, and not one of these.
    let other = fixture().fresh_database().await;
    let foreign = set_up(&other, "2");
    let (code, _, err) = with_shares(&database, "check", &[&foreign[0]]);
    assert!(code == 5 && err.contains("not the one that was made"), "{code} {err}");
    let outcomes: Vec<String> = events(&database, "recovery_check").await.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["ok", "SD081"]);
    let (code, out, err) = database.program_as("security_officer").run(&["recovery", "list", "--json"]);
    assert_eq!(code, 0, "{err}");
    let listed: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(listed.len(), 3);
    assert!(listed[0]["checked_at"].is_null() && listed[1]["checked_at"].is_string() && listed[1]["state"] == "never tried", "{out}");
    assert_eq!(listed[1]["checked_by"], fixture().person("security_officer").user.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_opens_what_is_stored_with_any_two_shares_and_with_one_says_so() {
    let database = fixture().fresh_database().await;
    let shares = set_up(&database, "2");
    let (code, _, err) = with_shares(&database, "drill", &[&shares[2]]);
    assert!(code == 1 && err.contains("1 of 2 shares are too few"), "{code} {err}");
    let (code, _, err) = with_shares(&database, "drill", &[&shares[2], &shares[2]]);
    assert!(code == 1 && err.contains("given already"), "{code} {err}");
    assert_eq!(events(&database, "recovery_drill").await.iter().map(|(_, outcome)| outcome.as_str()).collect::<Vec<_>>(), ["SD082"]);
    for pair in [[0, 1], [2, 0]] {
        let (code, out, err) = with_shares(&database, "drill", &[&shares[pair[0]], &shares[pair[1]]]);
        assert!(code == 0 && out.contains("set 1: these shares open it"), "{out}{err}");
    }
    // What is stored was exchanged: the shares are right, and still nothing is taken for good.
    let forged = "update sealdesk.recovery_set set sealed = set_byte(sealed, 7, get_byte(sealed, 7) # 1)";
    database.superuser().await.batch_execute(forged).await.expect("a superuser");
    let (code, _, err) = with_shares(&database, "drill", &[&shares[0], &shares[1]]);
    assert!(code == 5 && err.contains("no valid officer's signature"), "{code} {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_of_the_officers_key_the_old_shares_open_the_new_key() {
    let database = fixture().fresh_database().await;
    let shares = set_up(&database, "2");
    let (code, out, err) = database.program_as("security_officer").run(&["role", "rotate", "security_officer"]);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = with_shares(&database, "drill", &[&shares[0], &shares[1]]);
    assert_eq!(code, 0, "{out}{err}");
    // Custodians whom nobody signed get nothing.
    let forged = "update sealdesk.recovery_share set custodian = 'mallory' where index = 2";
    let superuser = database.superuser().await;
    superuser.batch_execute(forged).await.expect("a superuser");
    let before: Vec<u8> = superuser.query_one("select sealed from sealdesk.recovery_set", &[]).await.expect("a superuser").get(0);
    let (code, _, err) = database.program_as("security_officer").run(&["recovery", "renew"]);
    assert!(code == 5 && err.contains("no valid officer's signature"), "{code} {err}");
    let after: Vec<u8> = superuser.query_one("select sealed from sealdesk.recovery_set", &[]).await.expect("a superuser").get(0);
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_set_is_retired_only_when_a_later_one_was_tried() {
    let database = fixture().fresh_database().await;
    let old = set_up(&database, "2");
    let new = set_up(&database, "3");
    let retire = || database.program_as("security_officer").run(&["recovery", "retire", "1"]);
    let (code, _, err) = retire();
    assert!(code == 3 && err.contains("passed a drill"), "{code} {err}");
    let (code, out, err) = with_shares(&database, "drill", &[&new[0], &new[1], &new[2]]);
    assert!(code == 0 && out.contains("set 2"), "{out}{err}");
    assert_eq!(retire().0, 0);
    let (code, _, err) = with_shares(&database, "drill", &[&old[0], &old[1]]);
    assert!(code == 3 && err.contains("retired"), "{code} {err}");
    let kept = "select count(*) from sealdesk.recovery_set where number = 1 and sealed is not null";
    assert_eq!(database.superuser().await.query_one(kept, &[]).await.expect("a superuser").get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn custodians_must_be_at_least_two_and_different() {
    let database = fixture().fresh_database().await;
    for (threshold, custodians) in [("1", ["anna", "ben"]), ("3", ["anna", "ben"]), ("2", ["anna", "Anna"])] {
        let arguments = ["recovery", "set-up", "--threshold", threshold, "--custodian", custodians[0], "--custodian", custodians[1]];
        let (code, out, err) = database.program_as("security_officer").run(&arguments);
        assert!(code != 0 && err.contains("custodians") && !out.contains("sealdesk-share"), "{code} {out}{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_missing_untried_outdated_and_forgotten_sets_and_overdue_keys() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 0 && out.contains("warn recovery") && out.contains("no custodians"), "{out}");
    let shares = set_up(&database, "2");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 0 && out.contains("never tried: set 1"), "{out}");
    assert_eq!(with_shares(&database, "drill", &[&shares[0], &shares[1]]).0, 0);
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 0 && out.contains("tried, and up to date"), "{out}");
    let superuser = database.superuser().await;
    let long_ago = "update sealdesk.recovery_set set created_at = now() - interval '181 days';
                    update sealdesk.class set rotate_every_days = 30, rotated_at = now() - interval '31 days' where code = 'payment'";
    superuser.batch_execute(long_ago).await.expect("a superuser");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 0 && out.contains("share 3 of set 1 (carl)") && out.contains("class payment"), "{out}");
    leave_behind(&database).await;
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 1 && out.contains("no longer used") && out.contains("recovery renew"), "{out}");
    let (code, _, err) = with_shares(&database, "drill", &[&shares[0], &shares[1]]);
    assert!(code == 5 && err.contains("generation 1, and the newest is 2") && err.contains("recovery renew"), "{code} {err}");
    assert_eq!(database.program_as("security_officer").run(&["recovery", "renew"]).0, 0);
    let flipped = "update sealdesk.recovery_set set sealed = set_byte(sealed, 7, get_byte(sealed, 7) # 1)";
    superuser.batch_execute(flipped).await.expect("a superuser");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 1 && out.contains("what is sealed to it, has no valid officer's signature"), "{out}");
    assert_eq!(database.program_as("security_officer").run(&["recovery", "renew"]).0, 0);
    superuser.batch_execute("update sealdesk.recovery_share set custodian = 'mallory' where index = 2").await.expect("a superuser");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 1 && out.contains("set 1, or what is sealed to it, has no valid officer's signature"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_every_officer_is_gone_two_custodians_make_a_new_one_who_can_do_everything() {
    // A login is the whole server's: one of our own.
    let running = serve(&["--records", "30"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let folder = tempfile::tempdir().expect("a directory");
    let shares = set_up(&database, "2");
    let gone = running.fixture.person("security_officer").user.clone();
    let superuser = database.superuser().await;
    superuser.batch_execute(&format!("alter role \"{gone}\" nologin")).await.expect("a superuser");

    let one = perform(folder.path(), &database, "new.officer", &[&shares[0]]);
    assert!(one.0 == 1 && one.2.contains("too few"), "{one:?}");
    let wrong = perform(folder.path(), &database, "new.officer", &[&shares[0], &mistyped(&shares[2])]);
    assert!(wrong.0 == 1 && wrong.2.contains("mistyped"), "{wrong:?}");
    let taken = perform(folder.path(), &database, &gone, &[&shares[0], &shares[2]]);
    assert!(taken.0 == 3 && taken.2.contains("taken"), "{taken:?}");
    let nobody = "select count(*) from pg_roles where rolname = 'new.officer'";
    assert_eq!(superuser.query_one(nobody, &[]).await.expect("a superuser").get::<_, i64>(0), 0);

    let (code, out, err) = perform(folder.path(), &database, "new.officer", &[&shares[2], &shares[0]]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("new.officer is a security officer") && out.contains("carl, anna"), "{out}");
    assert!(err.contains("RECOVERY") && err.contains(&running.fixture.root_fingerprint), "{err}");
    let recorded = events(&database, "recovery_perform").await;
    assert_eq!(recorded.iter().map(|(_, outcome)| outcome.as_str()).collect::<Vec<_>>(), ["SD082", "SD081", "SD042", "ok"]);
    assert_eq!(events(&database, "recovery_begin").await.len(), 4);

    let as_new = |arguments: &[&str]| {
        let output = program()
            .env("SEALDESK_CONFIG", &running.fixture.config)
            .env("LC_ALL", "C.UTF-8")
            .args(["--user", "new.officer", "--passphrase-file"])
            .arg(folder.path().join("passphrase"))
            .args(arguments)
            .output()
            .expect("the program runs");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&told).into_owned())
    };
    // The pinned root still is the root; keys rotate, old data is read, a new officer can be signed, whoever is gone can be let go.
    for (arguments, told) in [
        (&["class", "rotate", "payment"][..], "the old keys are withdrawn"),
        (&["staff", "leave", &gone], "role security_officer: new key pair, generation 2"),
        (&["recovery", "set-up", "--threshold", "2", "--custodian", "dora", "--custodian", "emil"], "for emil"),
        (&["audit", "verify"], ""),
    ] {
        let (code, out) = as_new(arguments);
        assert!(code == 0 && out.contains(told), "{arguments:?}: {code} {out}");
    }
    let agent = database.sign_in("agent").await;
    assert_eq!(agent.problems(), Vec::<String>::new());
    let id = sealdesk::model::id::RecordId(uuid::Uuid::now_v7());
    let draft = Draft { values: [("name", "Li Wei"), ("phone", "13800138000")].map(|(f, v)| (f.to_owned(), v.to_owned())).into() };
    edit::create(&agent, id, "customer", &draft).await.expect("a record");
    assert!(reveal::reveal(&agent, id, &["phone".to_owned()], None).await[0].1.is_ok());
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 0 && out.contains("lead to the root"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_rotated_by_one_command_and_nothing_else() {
    let database = fixture().fresh_database().await;
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    assert_eq!(officer(&["class", "rotate-every", "payment", "90"]).0, 0);
    assert_eq!(officer(&["role", "rotate-every", "auditor", "365"]).0, 0);
    let (code, _, err) = officer(&["class", "rotate-every", "payment", "4000"]);
    assert!(code == 3 && err.contains("3650"), "{code} {err}");
    let (code, out, err) = officer(&["class", "rotate", "--due"]);
    assert!(code == 0 && out.is_empty(), "nothing is due: {out}{err}");
    let old = "update sealdesk.class set rotated_at = now() - interval '91 days' where code in ('payment', 'contact');
               update sealdesk.application_role set rotated_at = now() - interval '366 days' where code in ('auditor', 'agent')";
    database.superuser().await.batch_execute(old).await.expect("a superuser");
    let (_, out, _) = officer(&["class", "list"]);
    assert!(out.lines().any(|line| line.starts_with("payment") && line.contains("91 days") && line.ends_with("overdue")), "{out}");
    let (code, out, err) = officer(&["class", "rotate", "--due"]);
    assert!(code == 0 && out.contains("payment has new keys: epoch 2") && !out.contains("contact"), "{out}{err}");
    let (code, out, err) = officer(&["role", "rotate", "--due"]);
    assert!(code == 0 && out.contains("role auditor: new key pair, generation 2") && !out.contains("role agent"), "{out}{err}");
    // What an earlier run left is gone on with.
    assert_eq!(officer(&["class", "rotate", "contact", "--later"]).0, 0);
    let (code, out, err) = officer(&["class", "rotate", "--due"]);
    assert!(code == 0 && out.starts_with("contact:") && out.contains("the old keys are withdrawn"), "{out}{err}");
    assert_eq!(officer(&["class", "rotate-every", "payment", "off"]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_exchange_of_the_root_a_client_is_told_and_goes_on_once_it_pins_the_new_one() {
    let database = fixture().fresh_database().await;
    let folder = tempfile::tempdir().expect("a directory");
    let shares = set_up(&database, "2");
    leave_behind(&database).await;
    let agent = database.sign_in("agent").await;
    let old = fixture().root_fingerprint.as_str();
    let exchange = |arguments: &[&str]| database.program_as("security_officer").run(&[&["key", "exchange-root"], arguments].concat());
    let (code, out, err) = exchange(&[]);
    assert!(code == 2 && out.trim() == old && err.contains("--old"), "{code} {out}{err}");
    assert_eq!(exchange(&["--old", "sd1:other"]).0, 2);
    let (code, line, err) = exchange(&["--old", old]);
    assert!(code == 0 && line.starts_with("root_fingerprint = \"sd1:"), "{code} {line}{err}");
    let new = line.trim().trim_start_matches("root_fingerprint = ").trim_matches('"').to_owned();

    // Told by name, and let no further; an open desk likewise when it fetches its keys.
    let (code, out, err) = database.program_as("agent").run(&["find", "C-000001"]);
    assert!(code == 5 && out.is_empty() && err.contains("exchanged by") && err.contains(&new) && err.contains(old), "{code} {err}");
    let refused = agent.renew_keys().await.expect_err("another root").to_string();
    assert!(refused.contains("exchanged by") && refused.contains(&new), "{refused}");
    let (code, out) = doctor(folder.path(), &database);
    assert!(code == 1 && out.contains("BAD  root") && out.contains(&new), "{out}");

    let pinned = std::fs::read_to_string(&database.fixture.config).expect("the configuration").replace(old, &new);
    let config = folder.path().join("config.toml");
    std::fs::write(&config, pinned).expect("a file");
    let with_new = |role: &str, arguments: &[&str]| {
        let mut person = database.program_as(role);
        person.command.env("SEALDESK_CONFIG", &config);
        person.run(arguments)
    };
    let (code, out, err) = with_new("agent", &["show", "C-000001", "--reveal", "phone"]);
    assert!(code == 0 && !err.contains("does not"), "{code} {out}{err}");
    for arguments in [&["class", "rotate", "payment"][..], &["role", "rotate", "security_officer"], &["recovery", "renew"]] {
        let (code, out, err) = with_new("security_officer", arguments);
        assert_eq!(code, 0, "{arguments:?} {out}{err}");
    }
    // The custodians' shares open the new root.
    let PersonCommand { mut command, passphrase } = database.program_as("security_officer");
    command.env("SEALDESK_CONFIG", &config);
    let passphrase = format!("{passphrase}\n{}\n{}", shares[0], shares[2]);
    let (code, out, err) = PersonCommand { command, passphrase }.run(&["recovery", "drill", "--share-file", "-"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(events(&database, "root_exchange").await.len(), 1);
}
