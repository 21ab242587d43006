//! A rotation killed at any moment: nothing is lost, nothing is half done, and running it again goes on.

use std::{io::Write as _, process::Stdio, time::Duration};

use tokio_postgres::Client;

use crate::{
    support::{Database, fixture, serve},
    world::{check, count},
};

/// Runs a command of the officer's and kills it after so long.
pub async fn kill_after(database: &Database<'_>, arguments: &[&str], moment: Duration) {
    let mut officer = database.program_as("security_officer");
    let mut child = officer.command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _ = writeln!(child.stdin.take().unwrap(), "{}", officer.passphrase);
    tokio::time::sleep(moment).await;
    let _ = child.kill();
    child.wait().unwrap();
}

/// What must hold at every moment: all of an item is under one epoch, one that there are keys of.
async fn whole(superuser: &Client) {
    for (what, sql) in [
        (
            "a value that is not under its own epoch",
            "select count(*) from sealdesk.field_value where sealdesk.epoch_of(value) <> epoch or sealdesk.epoch_of(masked) <> epoch",
        ),
        (
            "a value under an epoch whose keys are gone",
            "select count(*) from sealdesk.field_value v where not exists (
               select from sealdesk.wrapped_key w where w.content = 'value' and w.subject = v.class and w.subject_generation = v.epoch)",
        ),
        (
            "a class whose epoch has no keys",
            "select count(*) from sealdesk.class c where not exists (
               select from sealdesk.wrapped_key w where w.content = 'value' and w.subject = c.code and w.subject_generation = c.epoch)",
        ),
        (
            "a wrap to a role's generation that is not there",
            "select count(*) from sealdesk.wrapped_key w where w.recipient_kind = 'role' and w.recipient_generation <> (
               select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = w.recipient)",
        ),
    ] {
        assert_eq!(count(superuser, sql).await, 0, "{what}");
    }
}

/// Everybody's phone as the agent reads it: the same before and after.
fn phones(database: &Database<'_>) -> Vec<String> {
    ["C-000001", "C-000150", "C-000300"]
        .map(|record| {
            let (code, out, err) = database.program_as("agent").run(&["show", record, "--reveal", "phone", "--json"]);
            assert_eq!(code, 0, "{err}");
            let record: serde_json::Value = serde_json::from_str(&out).unwrap();
            record["fields"]["phone"]["value"].as_str().unwrap_or_else(|| panic!("{record}")).to_owned()
        })
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_at_any_moment_loses_nothing_and_is_gone_on_with() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let before = phones(&database);
    let old = "select count(*) from sealdesk.field_value v join sealdesk.class c on c.code = v.class where c.code = 'contact' and v.epoch < c.epoch";
    let mut partly = 0;
    // How long signing in takes depends on the machine: on until one has ended in the middle.
    for step in 0..60 {
        kill_after(&database, &["class", "rotate", "contact"], Duration::from_millis(150 + 60 * step)).await;
        whole(&superuser).await;
        partly += i64::from(count(&superuser, old).await > 0);
        if step >= 13 && partly > 0 {
            break;
        }
    }
    assert!(partly > 0, "some of these lives end in the middle");
    assert_eq!(phones(&database), before);
    let (code, out, err) = database.program_as("security_officer").run(&["class", "reencrypt", "contact"]);
    // The last of these lives may have done all of it.
    assert!(code == 0 && (out.contains("the old keys are withdrawn") || out.contains("nothing is under old keys")), "{out}{err}");
    let kept = "select count(*) from sealdesk.wrapped_key w join sealdesk.class c on c.code = w.subject
                 where w.content in ('value', 'mask', 'index') and c.code = 'contact' and w.subject_generation < c.epoch";
    assert_eq!((count(&superuser, old).await, count(&superuser, kept).await), (0, 0));
    whole(&superuser).await;
    assert_eq!(phones(&database), before);
    check(&database, &superuser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_moving_to_another_class_killed_at_any_moment_is_gone_on_with() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let numbers = |reason: &str| -> Vec<String> {
        ["C-000001", "C-000150", "C-000300"]
            .map(|record| {
                let shown = ["show", record, "--reveal", "phone", "--reason", reason, "--json"];
                let (code, out, err) = database.program_as("senior_agent").run(&shown);
                assert_eq!(code, 0, "{err}");
                let record: serde_json::Value = serde_json::from_str(&out).unwrap();
                record["fields"]["phone"]["value"].as_str().unwrap_or_else(|| panic!("{record}")).to_owned()
            })
            .into()
    };
    let before = numbers("verify");
    let (code, out, err) = database.program_as("security_officer").run(&["field", "change", "phone", "--class", "identity", "--later"]);
    assert_eq!(code, 0, "{out}{err}");
    let old = "select count(*) from sealdesk.field_value where field = 'phone' and class = 'contact'";
    let mut partly = 0;
    for step in 0..8 {
        kill_after(&database, &["field", "reindex", "phone"], Duration::from_millis(150 + 60 * step)).await;
        whole(&superuser).await;
        partly += i64::from(count(&superuser, old).await > 0);
    }
    assert!(partly > 0, "some of these lives end before all has moved");
    assert_eq!(numbers("verify"), before, "what has moved and what has not is read alike");
    let (code, out, err) = database.program_as("security_officer").run(&["field", "reindex", "phone"]);
    assert!(code == 0 && out.contains(" 0 left"), "{out}{err}");
    assert_eq!(count(&superuser, old).await, 0);
    whole(&superuser).await;
    assert_eq!(numbers("verify"), before);
    check(&database, &superuser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_killed_at_any_moment_is_finished_by_doing_it_again() {
    // A login is the whole server's: one of our own.
    let running = serve(&["--records", "300"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let superuser = database.superuser().await;
    let before = phones(&database);
    let user = running.fixture.person("senior_agent").user.clone();
    for step in 0..8 {
        kill_after(&database, &["staff", "leave", &user], Duration::from_millis(150 + 120 * step)).await;
        whole(&superuser).await;
    }
    let (code, out, err) = database.program_as("security_officer").run(&["staff", "leave", &user]);
    assert_eq!(code, 0, "{out}{err}");
    let state = format!("select count(*) from sealdesk.wrapped_key where recipient = '{user}'");
    assert_eq!(count(&superuser, &state).await, 0);
    let member = format!("select count(*) from sealdesk.membership m join sealdesk.person p on p.id = m.person where p.login = '{user}'");
    assert_eq!(count(&superuser, &member).await, 0);
    let old = "select count(*) from sealdesk.field_value v join sealdesk.class c on c.code = v.class where v.epoch < c.epoch";
    for class in ["basic", "contact", "identity", "payment", "notes"] {
        let (code, out, err) = database.program_as("security_officer").run(&["class", "reencrypt", class]);
        assert_eq!(code, 0, "{out}{err}");
    }
    assert_eq!(count(&superuser, old).await, 0);
    whole(&superuser).await;
    assert_eq!(phones(&database), before);
    check(&database, &superuser).await;
}
