//! Program and database of different versions.

use crate::{ENTER, locked_desk, support::fixture};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_version_is_told_before_anything_is_asked_of_it() {
    for (change, told) in [
        (
            "delete from sealdesk.schema_migration where version = (select max(version) from sealdesk.schema_migration)",
            "older than this program",
        ),
        (
            "insert into sealdesk.schema_migration (version, name, applied_on, checksum) values (999, 'later', now()::text, '1')",
            "newer than this program",
        ),
        ("drop function sealdesk_api.schema_version()", "older than this program"),
    ] {
        let database = fixture().fresh_database().await;
        database.superuser().await.batch_execute(change).await.unwrap();
        let mut desk = locked_desk(&database, "agent", 80, 24);
        let passphrase = desk.passphrase.clone();
        desk.terminal.send(&passphrase);
        desk.terminal.send(ENTER);
        desk.terminal.wait(told, |screen| screen.split_whitespace().collect::<Vec<_>>().join(" ").contains(told));
        let (code, _, error) = database.program_as("agent").run(&["find", "li"]);
        assert!(code == 1 && error.contains(told), "{code}: {error}");
        let sessions =
            "select count(*) from sealdesk.session where submitted_at > now() - interval '1 min' and login = 'chen.bo' and program <> ''";
        let submitted: i64 = database.superuser().await.query_one(sessions, &[]).await.unwrap().get(0);
        assert_eq!(submitted, 0, "nothing was asked of it");
    }
}
