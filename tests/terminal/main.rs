//! The desk as a person meets it: the real binary on a pseudo-terminal against a real server.

#[path = "../support/mod.rs"]
mod support;

mod driver;

use driver::Terminal;
use support::Fixture;

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

fn desk(fixture: &Fixture, user: &str, columns: u16, rows: u16) -> (Terminal, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&fixture.config, home.path(), &["--user", user], columns, rows);
    terminal.wait_for("assphrase");
    terminal.send(&fixture.passphrase(user));
    terminal.send(ENTER);
    (terminal, home)
}

fn agent_desk(fixture: &Fixture) -> (Terminal, tempfile::TempDir) {
    let (terminal, home) = desk(fixture, "lin.mei", 120, 40);
    terminal.wait_for("C-0000");
    (terminal, home)
}

#[test]
fn a_wrong_passphrase_is_refused_and_the_right_one_opens_the_desk() {
    let fixture = support::fixture();
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&fixture.config, home.path(), &["--user", "lin.mei"], 80, 24);
    terminal.wait_for("assphrase");
    terminal.send("not the passphrase\r");
    terminal.wait_for("wrong");
    terminal.send(&fixture.passphrase("lin.mei"));
    terminal.send(ENTER);
    terminal.wait_for("C-0000");
}

#[test]
fn an_idle_desk_sends_no_byte() {
    let fixture = support::fixture();
    let (terminal, _home) = agent_desk(&fixture);
    terminal.wait_quiet();
    let before = terminal.bytes();
    terminal.pause_and_watch();
    assert_eq!(terminal.bytes(), before);
}

#[test]
fn quitting_gives_the_terminal_back() {
    let fixture = support::fixture();
    let (mut terminal, _home) = agent_desk(&fixture);
    assert!(terminal.alternate_screen());
    terminal.send("Q");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!terminal.alternate_screen());
}

#[test]
fn hanging_up_gives_the_terminal_back_and_ends_the_session() {
    let fixture = support::fixture();
    let (mut terminal, _home) = agent_desk(&fixture);
    support::signal(terminal.child.process_id().unwrap(), "HUP");
    terminal.wait_exit();
    assert!(!terminal.alternate_screen());
}

#[test]
fn locking_hides_the_customers_until_the_passphrase_is_given_again() {
    let fixture = support::fixture();
    let (mut terminal, _home) = agent_desk(&fixture);
    terminal.send("L");
    terminal.wait_for("assphrase");
    terminal.wait_gone("C-0000");
    terminal.send(&fixture.passphrase("lin.mei"));
    terminal.send(ENTER);
    terminal.wait_for("C-0000");
    let _ = ESCAPE;
}
