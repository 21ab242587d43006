//! A record is labelled while somebody else has it open.

use std::time::{Duration, Instant};

use sealdesk::{
    model::clearance::Clearance,
    service::{
        clearance,
        search::{self, ListRequest},
    },
};

use super::{desk, open_phone, support};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_labelled_leaves_the_desk_of_who_is_not_cleared() {
    let database = support::fixture().fresh_database().await;
    let sensitive = Clearance::new("sensitive", &[]);
    let officer = database.sign_in("security_officer").await;
    clearance::clear(&officer, &database.fixture.person("senior_agent").user, &sensitive).await.unwrap();
    let senior = database.sign_in("senior_agent").await;

    let mut agent = desk(&database, "agent", 100, 30);
    open_phone(&mut agent);
    agent.terminal.send("r");
    agent.terminal.wait_for("s revealed");
    let page = search::list(&senior, &ListRequest::default()).await.unwrap();
    let row = &page.rows[0];
    let number = row.number.to_string();
    assert!(agent.terminal.text().contains(&format!("{number} - v")), "{}", agent.terminal.text());

    let began = Instant::now();
    clearance::label(&senior, row.id, row.version, &sensitive).await.unwrap();
    agent.terminal.wait("the record goes", |screen| {
        screen.contains("not there any more") && !screen.contains(&number) && !screen.contains("s revealed")
    });
    let took = began.elapsed();
    eprintln!("a labelled record leaves another desk after {took:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");

    // And is there again for who is cleared, without a key.
    clearance::clear(&officer, &database.fixture.person("agent").user, &sensitive).await.unwrap();
    agent.terminal.wait_for(&number);
}
