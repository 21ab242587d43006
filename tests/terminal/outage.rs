//! The server goes away under an open desk, and comes back.

use crate::{
    ENTER, ESCAPE, SAVE, desk, open_phone_of,
    support::{Database, serve},
};

const RECORDS: [&str; 2] = ["--records", "20"];

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_killed_server_hides_what_was_revealed_and_the_desk_works_on_when_it_is_back() {
    let folder = directory();
    let place = folder.path().join("server").display().to_string();
    let arguments = [&RECORDS[..], &["--dir", &place, "--keep"]].concat();
    let running = serve(&arguments);
    let name = running.fixture.dbname.clone();
    let mut desk = desk(&Database { fixture: &running.fixture, name }, "agent", 120, 40);
    open_phone_of(&mut desk, "C-000020");
    desk.terminal.send("r");
    desk.terminal.wait_for("s revealed");
    running.kill();
    let screen = desk.terminal.wait_for("cannot be reached");
    assert!(!screen.contains("s revealed"), "{screen}");
    assert!(screen.contains("C-000020"), "what is on the screen stays, masked: {screen}");
    desk.terminal.send("?");
    desk.terminal.wait_for("Help");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("Help");
    let again = serve(&arguments);
    desk.terminal.wait_for("Back again");
    desk.terminal.send("/C-000007");
    desk.terminal.wait("the record asked for", |screen| screen.contains("C-000007") && !screen.contains("C-000019"));
    drop(again);
}

#[test]
fn what_was_typed_outlives_the_server_and_can_be_saved_when_it_is_back() {
    let folder = directory();
    let place = folder.path().join("server").display().to_string();
    let arguments = [&RECORDS[..], &["--dir", &place, "--keep"]].concat();
    let running = serve(&arguments);
    let name = running.fixture.dbname.clone();
    let mut desk = desk(&Database { fixture: &running.fixture, name }, "senior_agent", 120, 40);
    open_phone_of(&mut desk, "C-000020");
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send("\t\x15Reykjavik");
    running.kill();
    desk.terminal.wait_for("cannot be reached");
    let again = serve(&arguments);
    let screen = desk.terminal.wait_gone("cannot be reached");
    assert!(screen.contains("Reykjavik"), "{screen}");
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the saved city", |screen| screen.contains("Reykjavik") && screen.contains("v2"));
    drop(again);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_stops_in_the_server_too_and_the_desk_works_on() {
    let database = crate::support::fixture().fresh_database().await;
    let mut desk = desk(&database, "agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    let superuser = database.superuser().await;
    superuser.batch_execute("begin; lock table sealdesk.record in access exclusive mode").await.unwrap();
    let waiting = "select count(*) from pg_locks l join pg_stat_activity a using (pid)
                    where not l.granted and l.relation = 'sealdesk.record'::regclass and a.datname = current_database()";
    let watch = database.superuser().await;
    let count = async || watch.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0);
    desk.terminal.send("\x12");
    while count().await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_for("Cancelled");
    let began = std::time::Instant::now();
    while count().await > 0 {
        assert!(began.elapsed().as_secs() < 10, "the server still works for nobody");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    superuser.batch_execute("rollback").await.unwrap();
    desk.terminal.send("/C-000007");
    desk.terminal.wait("the record asked for", |screen| screen.contains("C-000007") && !screen.contains("C-000300"));
}
