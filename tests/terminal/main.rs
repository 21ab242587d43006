//! The desk as a person meets it: the real binary on a pseudo-terminal against a real server, its screen read through a terminal emulation.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod audit;
mod audit_review;
mod clearance;
mod clipboard;
mod driver;
mod editing;
mod freeze;
mod incident;
mod kind;
mod outage;
mod people;
mod replay;
mod reviews;
mod rotation;
mod second_factor;
mod secrets;
mod settings;
mod share;
mod story;
mod suspend;
mod transport;
mod version;

use driver::Terminal;
use sealdesk::service::{edit, edit::Draft, search, search::ListRequest};
use support::Database;

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const SAVE: &str = "\x13";
const CLEAR_LINE: &str = "\x15";

struct Desk {
    terminal: Terminal,
    home: tempfile::TempDir,
    passphrase: String,
}

/// Opens the desk and unlocks it.
fn desk(database: &Database<'_>, role: &str, columns: u16, rows: u16) -> Desk {
    desk_with(database, role, &[], columns, rows)
}

fn desk_with(database: &Database<'_>, role: &str, more: &[&str], columns: u16, rows: u16) -> Desk {
    let mut desk = locked_desk_with(database, role, more, columns, rows);
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_gone("assphrase");
    desk
}

fn locked_desk(database: &Database<'_>, role: &str, columns: u16, rows: u16) -> Desk {
    locked_desk_with(database, role, &[], columns, rows)
}

fn locked_desk_with(database: &Database<'_>, role: &str, more: &[&str], columns: u16, rows: u16) -> Desk {
    locked_desk_in(database, role, &[], more, columns, rows)
}

/// A locked desk with more in its environment.
fn locked_desk_in(database: &Database<'_>, role: &str, environment: &[(&str, &str)], more: &[&str], columns: u16, rows: u16) -> Desk {
    let home = tempfile::tempdir().unwrap();
    let person = database.fixture.person(role);
    let arguments = [&["--user", &person.user], more].concat();
    let config = &database.fixture.config;
    let terminal = Terminal::start(environment, config, &database.name, home.path(), &arguments, columns, rows);
    terminal.wait_for("assphrase");
    Desk { terminal, home, passphrase: person.passphrase.clone() }
}

/// Opens the record at the top of the list and puts the cursor on the phone.
fn open_phone(desk: &mut Desk) {
    open_phone_of(desk, "C-000300");
}

fn open_phone_of(desk: &mut Desk, newest: &str) {
    desk.terminal.wait_for(newest);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("E-mail");
    desk.terminal.send("jjj");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_is_refused_and_the_right_one_opens_the_desk() {
    let database = support::fixture().shared();
    let mut desk = locked_desk(&database, "senior_agent", 80, 24);
    desk.terminal.send("not the passphrase\r");
    desk.terminal.wait_for("wrong");
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("C-000300");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_narrows_the_list_and_escape_goes_back() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send("/C-000007");
    desk.terminal.wait("only the record asked for", |screen| screen.contains("C-000007") && !screen.contains("C-000300"));
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_for("C-000300");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_masked_until_it_is_revealed_and_after_escape() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 120, 40);
    open_phone(&mut desk);
    desk.terminal.wait_for("****");
    desk.terminal.send("r");
    desk.terminal.wait_for("s revealed");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("s revealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_may_not_reveal_is_said_not_shown() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 120, 40);
    open_phone(&mut desk);
    desk.terminal.send("jjjr");
    desk.terminal.wait_for("Your role may not reveal Identity; ask a supervisor");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_reviewed_saved_and_seen() {
    let database = support::fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("E-mail");
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send("\t");
    desk.terminal.send(CLEAR_LINE);
    desk.terminal.send("Reykjavik");
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the saved city", |screen| screen.contains("Reykjavik") && screen.contains("v2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflicting_save_loses_nothing_that_was_typed() {
    let database = support::fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("E-mail");
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send("\t");
    desk.terminal.send(CLEAR_LINE);
    desk.terminal.send("Reykjavik");

    let other = database.sign_in("agent").await;
    let page = search::list(&other, &ListRequest { limit: 1, ..ListRequest::default() }).await.unwrap();
    let draft = Draft { values: [("city".to_owned(), "Oslo".to_owned())].into() };
    edit::save(&other, page.rows[0].id, page.rows[0].version, &draft).await.unwrap();

    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the conflict and what was typed", |screen| screen.contains("somebody else") && screen.contains("Reykjavik"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_made_elsewhere_appears_without_a_key() {
    let database = support::fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("E-mail");
    let other = database.sign_in("agent").await;
    let page = search::list(&other, &ListRequest { limit: 1, ..ListRequest::default() }).await.unwrap();
    let draft = Draft { values: [("city".to_owned(), "Oslo".to_owned())].into() };
    edit::save(&other, page.rows[0].id, page.rows[0].version, &draft).await.unwrap();
    desk.terminal.wait("the other's change", |screen| screen.contains("Oslo") && screen.contains("v2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_a_reveal_arrive() {
    let database = support::fixture().fresh_database().await;
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    supervisor.terminal.wait_for("C-000300");
    supervisor.terminal.send("2");
    supervisor.terminal.wait_for("Audit - live");
    let mut agent = desk(&database, "agent", 80, 24);
    open_phone(&mut agent);
    agent.terminal.send("r");
    agent.terminal.wait_for("s revealed");
    supervisor.terminal.wait("the agent's reveal", |screen| screen.lines().any(|line| line.contains("chen.bo") && line.contains("reveal")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_only_their_own_events() {
    let database = support::fixture().fresh_database().await;
    drop(database.sign_in("senior_agent").await);
    let mut desk = desk(&database, "agent", 120, 40);
    desk.terminal.send("2");
    desk.terminal.wait("the agent's events alone", |screen| screen.contains("your own events only") && screen.contains("signed in"));
    assert!(!desk.terminal.text().lines().any(|line| line.contains("lin.mei")));
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_hides_the_customers_until_the_passphrase_is_given_again() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "senior_agent", 120, 40);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send("L");
    desk.terminal.wait_for("assphrase");
    assert!(!desk.terminal.text().contains("C-000300"));
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("C-000300");
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_gives_the_terminal_back() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    assert!(desk.terminal.alternate_screen());
    desk.terminal.send("Q");
    assert_eq!(desk.terminal.wait_exit(), 0);
    assert!(!desk.terminal.alternate_screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_gives_the_terminal_back() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    desk.terminal.hang_up();
    desk.terminal.wait_exit();
    assert!(!desk.terminal.alternate_screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redraw_paints_the_whole_screen_again() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send("\x0c?");
    desk.terminal.wait_for("Help");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("Help");
    desk.terminal.wait_for("C-000300");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_too_small_says_so_and_recovers() {
    let database = support::fixture().shared();
    let desk = desk(&database, "agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    desk.terminal.resize(20, 5);
    desk.terminal.wait("the notice", |screen| screen.split_whitespace().collect::<Vec<_>>().join(" ").contains("too small"));
    desk.terminal.resize(80, 24);
    desk.terminal.wait_for("C-000300");
}
