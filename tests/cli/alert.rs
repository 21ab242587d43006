//! Alerts and rules on the command line.

use sealdesk::{
    crypto::secret::Secret,
    service::{Origin, unlock, watch},
};

use crate::support::{Database, fixture};

fn run(database: &Database<'_>, role: &str, arguments: &[&str]) -> (i32, String, String) {
    database.program_as(role).run(arguments)
}

/// Twenty-five reveals by an agent, and a round of the watch.
async fn bulk_reveal(database: &Database<'_>, login: &str) {
    let sql = "do $$ declare chain uuid := gen_random_uuid(); seen uuid := (select id from sealdesk.record where number = 1); begin
                 perform sealdesk.start_chain(chain, null, 'chen.bo', 'test', 'test');
                 perform sealdesk.append(chain, 'chen.bo', 'view', 'ok', seen, null, null, null, null, null, null, null);
                 perform sealdesk.append(chain, 'chen.bo', 'reveal', 'ok', seen, 'phone', 'contact', 1, 'callback', null, null, null) from generate_series(1, 25);
               end $$";
    database.superuser().await.batch_execute(sql).await.expect("events");
    let account = database.recruit(login, "watch").await;
    let eye = unlock::unlock(&database.configuration(), login, Secret::from(account.passphrase.as_str()), &Origin::default())
        .await
        .expect("the watch");
    while watch::round(&eye).await.expect("a round").events > 0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_listed_shown_acknowledged_and_put_away_with_a_note() {
    let database = fixture().fresh_database().await;
    bulk_reveal(&database, "cli.eye").await;
    let (code, out, error) = run(&database, "supervisor", &["alert", "list"]);
    assert_eq!(code, 0, "{error}");
    let line = out.lines().find(|line| line.contains("values revealed in bulk")).expect("the alert");
    assert!(line.contains("!!") && line.contains("critical") && line.contains("chen.bo") && line.contains("open"), "{out}");
    let number = line.split_whitespace().next().expect("a number").to_owned();
    let shown = run(&database, "auditor", &["alert", "show", &number, "--json"]).1;
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (shown["events"].as_i64(), shown["peak"].as_i64(), shown["event_ids"].as_array().map(Vec::len)),
        (Some(6), Some(25), Some(6))
    );
    assert_eq!(run(&database, "auditor", &["alert", "acknowledge", &number]).0, 3, "an auditor reads");
    assert_eq!(run(&database, "agent", &["alert", "list"]).0, 3);
    assert_eq!(run(&database, "supervisor", &["alert", "acknowledge", &number]).0, 0);
    assert_eq!(run(&database, "supervisor", &["alert", "resolve", &number]).0, 2, "without a note it is not put away");
    assert_eq!(run(&database, "supervisor", &["alert", "resolve", &number, "--note", "address migration", "--false-positive"]).0, 0);
    assert_eq!(run(&database, "supervisor", &["alert", "resolve", &number, "--note", "again"]).0, 3);
    assert!(!run(&database, "supervisor", &["alert", "list"]).1.contains("values revealed in bulk"));
    let all = run(&database, "supervisor", &["alert", "list", "--all"]).1;
    assert!(
        all.lines().any(|line| line.contains("values revealed in bulk") && line.contains("false positive") && line.contains("wu.jun")),
        "{all}"
    );
    let shown = run(&database, "supervisor", &["alert", "show", &number]).1;
    assert!(shown.contains("address migration"), "{shown}");
    let (code, suppression, _) =
        run(&database, "supervisor", &["alert", "suppress", "bulk_reveal", "--subject", "chen.bo", "--for", "2h", "--why", "migration"]);
    assert_eq!(code, 0);
    assert!(run(&database, "supervisor", &["alert", "suppressions"]).1.contains("running"));
    assert_eq!(run(&database, "supervisor", &["alert", "unsuppress", suppression.trim()]).0, 0);
    let (code, _, error) = run(&database, "supervisor", &["alert", "show", "99999"]);
    assert!(code == 3 && error.contains("no such alert"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_asked_for_approved_and_set() {
    let database = fixture().fresh_database().await;
    bulk_reveal(&database, "cli.rule").await;
    let (code, out, error) = run(&database, "supervisor", &["rule", "try", "bulk_reveal", "--from", "-2h"]);
    assert!(code == 0 && out.contains("chen.bo") && out.contains("would have raised an alert 1 time"), "{out}{error}");
    let none = run(&database, "supervisor", &["rule", "try", "bulk_reveal", "threshold=26", "--from", "-2h"]).1;
    assert!(none.contains("0 time"), "{none}");
    let listed = run(&database, "security_officer", &["rule", "list"]).1;
    assert!(listed.lines().any(|line| line.starts_with("bulk_reveal") && line.contains("count 20 in 60s by actor")), "{listed}");
    let change = ["threshold=26", "window=2m"];
    let (code, _, error) = run(&database, "security_officer", &[&["rule", "set", "bulk_reveal"], &change[..]].concat());
    assert!(code == 3 && error.contains("approval"), "{error}");
    let (code, number, error) =
        run(&database, "security_officer", &[&["request", "rule", "bulk_reveal"], &change[..], &["--why", "too many calls"]].concat());
    assert_eq!(code, 0, "{error}");
    let waiting = run(&database, "supervisor", &["request", "list"]).1;
    assert!(waiting.contains("bulk_reveal threshold=26 window_s=120"), "who approves reads just what is to change: {waiting}");
    assert_eq!(run(&database, "supervisor", &["approve", number.trim()]).0, 0);
    assert_eq!(run(&database, "security_officer", &[&["rule", "set", "bulk_reveal"], &change[..]].concat()).0, 0);
    let listed = run(&database, "security_officer", &["rule", "list"]).1;
    assert!(listed.contains("count 26 in 120s by actor"), "{listed}");
    assert_eq!(run(&database, "security_officer", &["rule", "set", "bulk_reveal", "threshold"]).0, 2);
    let honey = |arguments: &[&str]| run(&database, "security_officer", &[&["rule", "honeytoken"], arguments].concat());
    assert_eq!(honey(&["C-000007", "--note", "nobody calls here"]).0, 0);
    assert!(honey(&[]).1.contains("C-000007"));
    assert_eq!(honey(&["C-000007", "--remove"]).0, 0);
    assert!(!honey(&[]).1.contains("C-000007"));
}
