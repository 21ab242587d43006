//! A freeze, at two terminals: the supervisor's and that of who is frozen.

use std::time::{Duration, Instant};

use super::{ENTER, desk, open_phone, support};

/// From the last key of the freeze until the other desk has hidden its value: a second, and what the terminals take to type and to paint.
const AT_ONCE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
async fn an_open_desk_loses_what_it_shows_within_a_second_of_a_freeze() {
    let database = support::fixture().fresh_database().await;
    let mut supervisor = desk(&database, "supervisor", 100, 30);
    let mut agent = desk(&database, "agent", 100, 30);
    open_phone(&mut agent);
    agent.terminal.send("r");
    agent.terminal.wait_for("s revealed");

    // Every reveal: the value goes, the desk stays and says by whom and why.
    supervisor.terminal.send(":freeze all until we know what was copied");
    supervisor.terminal.send(ENTER);
    supervisor.terminal.wait_for("people to lift it");
    supervisor.terminal.send(ENTER);
    let began = Instant::now();
    supervisor.terminal.send(ENTER);
    let screen = agent.terminal.wait("the freeze", |screen| !screen.contains("s revealed") && screen.contains("has frozen all reveals"));
    let took = began.elapsed();
    assert!(screen.contains("until we know what was copied") && screen.contains("FROZEN"), "{screen}");
    assert!(took < AT_ONCE, "{took:?}");
    agent.terminal.send("r");
    agent.terminal.wait("the refusal", |screen| screen.contains("Frozen by wu.jun"));

    // The person: the desk locks, says so, and lets them in no more.
    let agent_login = database.fixture.person("agent").user.clone();
    supervisor.terminal.send(&format!(":freeze person {agent_login} copied ids"));
    supervisor.terminal.send(ENTER);
    supervisor.terminal.wait_for("cannot sign in");
    supervisor.terminal.send(ENTER);
    let began = Instant::now();
    supervisor.terminal.send(ENTER);
    let screen = agent.terminal.wait("the lock", |screen| screen.contains("has frozen this account") && !screen.contains("C-0"));
    let took = began.elapsed();
    // The reason is broken over two lines.
    assert!(screen.contains(": copied") && screen.contains("ids.") && screen.contains("assphrase") && !screen.contains("C-0"), "{screen}");
    assert!(took < AT_ONCE, "{took:?}");
    agent.terminal.send(&agent.passphrase.clone());
    agent.terminal.send(ENTER);
    agent.terminal.wait("the refusal", |screen| screen.contains("has frozen this account") && !screen.contains("Records"));
}
