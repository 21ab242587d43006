//! An alert, from what an agent does to the bell of a supervisor's desk.

use std::time::{Duration, Instant};

use sealdesk::{
    crypto::secret::Secret,
    service::{Origin, reveal, search, search::ListRequest, unlock, view, watch},
};

use super::{ENTER, desk, support};

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_reveal_rings_at_the_supervisors_desk_within_a_second_of_the_watchs_round() {
    let database = support::fixture().fresh_database().await;
    let account = database.recruit("ring.eye", "watch").await;
    let eye =
        unlock::unlock(&database.configuration(), "ring.eye", Secret::from(account.passphrase.as_str()), &Origin::default()).await.unwrap();
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    supervisor.terminal.wait_for("supervisor");
    while watch::round(&eye).await.unwrap().events > 0 {}
    let agent = database.sign_in("agent").await;
    let reason = reveal::GivenReason { code: "callback".into(), reference: None };
    let page = search::list(&agent, &ListRequest { limit: 25, ..ListRequest::default() }).await.unwrap();
    for row in page.rows {
        view::view(&agent, row.id).await.unwrap();
        let shown = reveal::reveal(&agent, row.id, &["phone".to_owned()], Some(&reason)).await;
        assert!(shown.iter().all(|(_, value)| value.is_ok()));
    }
    let before = supervisor.terminal.bells();
    let rung = watch::round(&eye).await.unwrap();
    let began = Instant::now();
    assert!(rung.alerts >= 1);
    supervisor.terminal.wait_for("critical: values revealed in bulk: chen.bo");
    let took = began.elapsed();
    eprintln!("the desk rang after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(supervisor.terminal.bells() > before, "the bell sounded");
    supervisor
        .terminal
        .wait("the title counts it", |screen| screen.lines().next().is_some_and(|title| title.contains("alerts") && title.contains('C')));
    supervisor.terminal.send("!");
    supervisor.terminal.wait_for("caused by");
    supervisor.terminal.send("A");
    supervisor.terminal.wait_for("Acknowledge: alert");
    supervisor.terminal.send(ENTER);
    supervisor.terminal.wait_for("it is yours now");
    supervisor.terminal.send(ENTER);
    supervisor
        .terminal
        .wait("its events", |screen| screen.contains("Audit - ") && screen.contains("[person chen.bo]") && screen.contains("reveal"));
}
