//! An open desk goes on across a rotation, without a restart and without a word.

use sealdesk::service::rotation;

use crate::{
    CLEAR_LINE, ENTER, ESCAPE, SAVE, desk, open_phone,
    support::{Database, fixture, serve},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_open_desk_reads_searches_and_saves_across_a_rotation() {
    let database = fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 120, 40);
    open_phone(&mut desk);
    let officer = database.sign_in("security_officer").await;
    for class in ["basic", "contact"] {
        rotation::rotate_class(&officer, class).await.unwrap();
    }
    desk.terminal.send("r");
    desk.terminal.wait_for("s revealed");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("s revealed");
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send("\t");
    desk.terminal.send(CLEAR_LINE);
    desk.terminal.send("Reykjavik");
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the city saved under the new keys", |screen| screen.contains("Reykjavik") && screen.contains("v2"));
    for class in ["basic", "contact"] {
        assert!(rotation::reencrypt(&officer, Some(class), |_| {}).await.unwrap().left.is_empty());
    }
    desk.terminal.send("/city:Reykjavik");
    desk.terminal.wait("the record by its new city", |screen| screen.contains("C-000300") && !screen.contains("C-000299"));
    // The first closes the box, the second opens the record.
    desk.terminal.send(ENTER);
    desk.terminal.send(ENTER);
    desk.terminal.send("4Gr");
    desk.terminal.wait_for("s revealed");
    let city = "select sealdesk.epoch_of(value) from sealdesk.field_value v join sealdesk.record r on r.id = v.record where r.number = 300 and v.field = 'city'";
    assert_eq!(database.superuser().await.query_one(city, &[]).await.unwrap().get::<_, i32>(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_of_somebody_who_leaves_closes_at_once() {
    // A login is the whole server's: one of our own.
    let running = serve(&["--records", "300"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let mut desk = desk(&database, "agent", 120, 40);
    open_phone(&mut desk);
    desk.terminal.send("r");
    desk.terminal.wait_for("s revealed");
    let user = running.fixture.person("agent").user.clone();
    let (code, out, err) = database.program_as("security_officer").run(&["staff", "leave", &user, "--later"]);
    assert_eq!(code, 0, "{out}{err}");
    let began = std::time::Instant::now();
    let screen = desk.terminal.wait("the lock", |screen| screen.contains("assphrase") || screen.contains("cannot be reached"));
    assert!(began.elapsed() < std::time::Duration::from_secs(2) && !screen.contains("s revealed"), "{screen}");
}
