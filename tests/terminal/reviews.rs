//! An access review at a reviewer's desk, from the finding to the answer.

use jiff::{SignedDuration, Timestamp};
use sealdesk::{model::review::Unanswered, service::review};

use super::{ENTER, desk, support};

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_keeps_one_role_and_revokes_another() {
    let database = support::fixture().fresh_database().await;
    let officer = database.sign_in("security_officer").await;
    let reviewer = database.fixture.person("supervisor").user.clone();
    let new = review::NewCampaign {
        title: "Agents, autumn".into(),
        roles: vec!["agent".into(), "senior_agent".into()],
        reviewers: vec![reviewer],
        due_at: Timestamp::now() + SignedDuration::from_hours(48),
        unanswered: Unanswered::Revoke,
        every_days: None,
    };
    review::start(&officer, &new).await.unwrap();
    let mut desk = desk(&database, "supervisor", 100, 30);
    desk.terminal.send("3");
    desk.terminal.wait_for("findings ");
    desk.terminal.send("f");
    desk.terminal.wait_for("Agents, autumn: due");
    desk.terminal.send("v");
    desk.terminal.wait_for("[----------] 0/2");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the grants", |screen| screen.matches("for you").count() >= 2);
    desk.terminal.send("K");
    desk.terminal.wait_for("Agents, autumn - [#####-----] 1/2");
    desk.terminal.send("jx");
    desk.terminal.wait_for("Revoke a role");
    desk.terminal.send("left the team");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("Agents, autumn - [##########] 2/2");
    desk.terminal.wait_for("left the team");

    let items = review::items(&officer, 1).await.unwrap();
    let codes: Vec<&str> = items.iter().filter_map(|item| item.decision.map(sealdesk::model::review::Decision::code)).collect();
    assert_eq!(codes, ["keep", "revoke"]);
    let gone = &items[1];
    let people = sealdesk::service::staff::list(&officer).await.unwrap();
    assert!(people.iter().find(|person| person.user == gone.user).unwrap().roles.is_empty());
}
