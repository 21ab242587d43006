//! A review of the audit at a reviewer's desk, from the list to the signature.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sealdesk::{
    model::audit_review::{NewPlan, Period},
    service::audit::review,
};

use super::{ENTER, ESCAPE, desk, support};

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_looks_at_a_sample_and_signs_it_off() {
    let database = support::fixture().fresh_database().await;
    let agent = database.fixture.person("agent").user.clone();
    for _ in 0..2 {
        let (code, out, err) = database.program_as("agent").run(&["find", "zhang"]);
        assert!(code <= 1, "{out}{err}");
    }
    let officer = database.sign_in("security_officer").await;
    let now = Timestamp::now();
    let reviewer = database.fixture.person("supervisor").user.clone();
    let mut plan =
        NewPlan::usual("Agents, last hour", Period::Once, std::slice::from_ref(&reviewer), &now.to_zoned(TimeZone::UTC)).unwrap();
    (plan.from, plan.until) = (now - SignedDuration::from_hours(1), now);
    plan.scope.people = vec![agent.clone()];
    plan.scope.size = 8;
    review::plan(&officer, &plan).await.unwrap();
    let mut desk = desk(&database, "supervisor", 100, 30);
    desk.terminal.send("2");
    desk.terminal.wait_for("events");
    desk.terminal.send("v");
    desk.terminal.wait_for("not drawn yet");
    let (code, out, err) = database.program_as("auditor").run(&["audit", "checkpoint"]);
    assert_eq!(code, 0, "{out}{err}");
    desk.terminal.send("\u{12}");
    desk.terminal.wait_for("0/8");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("Event 1 - ");
    // Nothing is said of what was not looked at.
    desk.terminal.send("K");
    desk.terminal.wait_for("Look at it first");
    for item in 1..=8 {
        desk.terminal.send(ENTER);
        desk.terminal.wait("the event in full", |screen| screen.contains("j k next and previous") && screen.contains(&agent));
        desk.terminal.send(ESCAPE);
        desk.terminal.wait("that it was looked at", |screen| screen.contains("looked at") && !screen.contains("j k next"));
        if item == 1 {
            desk.terminal.send("x");
            desk.terminal.wait_for("Finding - event");
            desk.terminal.send("nobody asked for this");
            desk.terminal.send(ENTER);
        } else {
            desk.terminal.send("K");
        }
        desk.terminal.wait_for(&format!("{item}/8"));
    }
    desk.terminal.send("S");
    desk.terminal.wait_for("looked at 8 events and");
    desk.terminal.send("y");
    desk.terminal.wait_for("Signed. Nothing of it changes");
    let reviews = review::list(&database.sign_in("auditor").await).await.unwrap();
    assert!(reviews[0].done && reviews[0].findings == 1 && reviews[0].signed == [reviewer]);
}
