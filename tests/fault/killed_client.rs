//! The program itself, killed at any moment of a reveal.

use std::{
    io::{Read as _, Write as _},
    process::Stdio,
    time::Duration,
};

use crate::{
    support::fixture,
    world::{check, count},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_killed_at_any_moment_has_shown_nothing_that_was_not_recorded() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let events = "select count(*) from sealdesk.audit_event where action = 'reveal' and outcome = 'ok' and field = 'phone'";
    let mut shown = 0;
    for step in 0..150 {
        // As long as it takes on this machine for one to live to its end.
        if step >= 24 && shown > 0 {
            break;
        }
        let mut agent = database.program_as("agent");
        let mut child = agent
            .command
            .args(["show", "C-000001", "--reveal", "phone", "--reason", "callback", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _ = writeln!(child.stdin.take().unwrap(), "{}", agent.passphrase);
        tokio::time::sleep(Duration::from_millis(20 * step)).await;
        let _ = child.kill();
        child.wait().unwrap();
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let value = serde_json::from_str::<serde_json::Value>(&out).map(|record| record["fields"]["phone"]["value"].is_string());
        shown += i64::from(value.unwrap_or(false));
        assert!(count(&superuser, events).await >= shown, "{out}");
    }
    assert!(shown > 0, "one of these lives was long enough");
    check(&database, &superuser).await;
}
