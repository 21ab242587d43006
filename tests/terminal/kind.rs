//! Kinds of record at real terminals: an officer makes one with a field, and an agent's open desk follows.

use crate::{CLEAR_LINE, Desk, ENTER, ESCAPE, SAVE, desk, support::fixture};

/// Fills the boxes of a small form in their order; `None` leaves one as it is.
fn fill(desk: &mut Desk, boxes: &[Option<&str>]) {
    for text in boxes {
        if let Some(text) = text {
            desk.terminal.send(CLEAR_LINE);
            desk.terminal.send(text);
        }
        desk.terminal.send(ENTER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_open_desk_has_a_kind_that_an_officer_makes_and_its_field() {
    let database = fixture().fresh_database().await;
    let mut agent = desk(&database, "agent", 120, 40);
    agent.terminal.wait_for("C-000300");
    agent.terminal.send("K");
    agent.terminal.wait_for("There is only one kind of record");

    let mut officer = desk(&database, "security_officer", 80, 24);
    officer.terminal.send("6");
    officer.terminal.wait("the settings", |screen| screen.contains("Settings - 9 fields"));
    // Behind nine fields.
    officer.terminal.send("jjjjjjjjj");
    officer.terminal.wait("the cursor on customers", |screen| screen.contains("+ customer"));
    officer.terminal.send("a");
    officer.terminal.wait_for("Add a kind of record");
    fill(&mut officer, &[Some("contract"), Some("K"), Some("Contract"), Some("合同"), Some("Title"), Some("名称"), None]);
    officer.terminal.wait_for("Added. Open desks offer it at once.");
    officer.terminal.wait("the kind", |screen| screen.contains("Contract") && screen.contains("K-"));

    // The agent's desk shows what each record is, and asks from now on.
    agent.terminal.wait("the column of kinds", |screen| screen.contains("ID         Kind"));
    agent.terminal.send("a");
    agent.terminal.wait("which kind", |screen| screen.contains("Contract") && screen.contains("Customer"));
    agent.terminal.send(ESCAPE);

    officer.terminal.send("g");
    officer.terminal.wait("the cursor on the name", |screen| screen.contains("+ name"));
    officer.terminal.send("a");
    officer.terminal.wait_for("Add a field");
    let boxes = [
        Some("signed_on"),
        Some("date"),
        Some("Signed on"),
        Some("签署日期"),
        None,
        Some("basic"),
        Some("open"),
        None,
        None,
        Some("contract"),
    ];
    fill(&mut officer, &boxes);
    officer.terminal.wait("the field", |screen| screen.contains("Signed on") && !screen.contains("Add a field"));

    // A form has the fields of when it was opened; one that is opened a moment later has the new one.
    for attempt in 1.. {
        agent.terminal.send("a");
        agent.terminal.wait("which kind", |screen| screen.contains("Contract") && screen.contains("Customer"));
        agent.terminal.send("2");
        let form = agent.terminal.wait("the form of a contract", |screen| screen.contains("New contract") && screen.contains("Title"));
        if form.contains("Signed on") {
            break;
        }
        assert!(attempt < 20, "{form}\n{}", officer.terminal.text());
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        agent.terminal.send(ESCAPE);
        agent.terminal.wait_gone("New contract");
    }
    agent.terminal.send("Maintenance 2026\t2026-02-03");
    agent.terminal.send(SAVE);
    agent.terminal.wait_for("Maintenance 2026");
    agent.terminal.send(ENTER);
    agent.terminal.wait("the contract", |screen| screen.contains("K-000301") && screen.contains("2026-02-03"));
}
