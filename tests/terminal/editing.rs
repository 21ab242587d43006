//! Editing as a person does it: conflict, duplicate, note, history, and what waits behind the lock.

use sealdesk::{
    model::id::RecordId,
    service::{edit, edit::Draft, note, search, search::ListRequest, view},
};
use support::Database;

use super::{CLEAR_LINE, Desk, ENTER, ESCAPE, SAVE, desk, support};

fn open_first(desk: &mut Desk) {
    desk.terminal.wait_for("C-000300");
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("E-mail");
}

async fn newest(database: &Database<'_>) -> (sealdesk::service::SignedIn, RecordId, i64) {
    let other = database.sign_in("agent").await;
    let page = search::list(&other, &ListRequest { limit: 1, ..ListRequest::default() }).await.unwrap();
    let (record, version) = (page.rows[0].id, page.rows[0].version);
    (other, record, version)
}

fn draft<const N: usize>(values: [(&str, &str); N]) -> Draft {
    Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_settled_field_by_field() {
    let database = support::fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 80, 24);
    open_first(&mut desk);
    desk.terminal.send("e\t");
    desk.terminal.send(CLEAR_LINE);
    desk.terminal.send("Reykjavik\t2\t\t");
    desk.terminal.send("li.na@example.com");
    let (other, record, version) = newest(&database).await;
    edit::save(&other, record, version, &draft([("city", "Oslo"), ("email", "wang@example.org")])).await.unwrap();
    desk.terminal.wait_for("Somebody else changed this record");

    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("mine and theirs", |screen| {
        ["Reykjavik", "Oslo", "li.na@example.com", "w***@example.org"].iter().all(|value| screen.contains(value))
    });
    desk.terminal.send("mt\r");
    desk.terminal
        .wait("the review", |screen| screen.contains("What will change") && screen.contains("- Oslo") && !screen.contains("li.na"));
    desk.terminal.send(ENTER);
    desk.terminal.wait("the saved city and the other's address", |screen| screen.contains("v3") && screen.contains("Reykjavik"));
    let seen = view::view(&other, record).await.unwrap();
    assert!(seen.fields.iter().any(|field| field.masked == Some(Ok("w***@example.org".into()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_with_a_known_phone_is_named_before_it_is_saved() {
    let database = support::fixture().fresh_database().await;
    let (other, record, version) = newest(&database).await;
    edit::save(&other, record, version, &draft([("phone", "13800138000")])).await.unwrap();
    let mut desk = desk(&database, "senior_agent", 80, 24);
    desk.terminal.wait_for("C-000300");
    desk.terminal.send("a");
    desk.terminal.wait_for("New customer");
    desk.terminal.send("Somebody Else\t\t\t138 0013 8000\t");
    desk.terminal.wait_for("likely the same: C-000300");
    desk.terminal.send(SAVE);
    desk.terminal.wait("the one it may be", |screen| screen.contains("1 C-000300") && screen.contains("same Phone"));
    desk.terminal.send("1");
    desk.terminal.wait_for("open that record?");
    desk.terminal.send("y");
    desk.terminal.wait("the record instead", |screen| screen.contains("- C-000300 - v2") && !screen.contains("Somebody Else"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_still_there_after_the_lock() {
    let database = support::fixture().shared();
    let mut desk = desk(&database, "senior_agent", 80, 24);
    open_first(&mut desk);
    desk.terminal.send("e\tXanadu");
    desk.terminal.wait_for("Xanadu");
    // Suspending locks first; the desk goes on when it is continued.
    desk.terminal.send("\x1a");
    desk.terminal.wait_gone("Xanadu");
    desk.terminal.continue_stopped();
    desk.terminal.wait_for("What you typed waits here");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_for("y quit and throw away");
    desk.terminal.send("n");
    desk.terminal.wait_gone("throw away");
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_for("Xanadu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_and_read_and_hides_with_escape() {
    let database = support::fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent", 80, 24);
    open_first(&mut desk);
    desk.terminal.send("N");
    desk.terminal.wait_for("No notes yet");
    desk.terminal.send("n");
    desk.terminal.wait_for("New note");
    desk.terminal.send("Called back.\rWants a new card.");
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("The note is saved");
    desk.terminal.send("N");
    desk.terminal.wait("the note, who and how long", |screen| {
        screen.contains("Wants a new card.") && screen.contains("lin.mei") && screen.contains("hides in")
    });
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("Wants a new card.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_phone_is_shown_with_its_countdown() {
    let database = support::fixture().fresh_database().await;
    let policy = "update sealdesk.class set hide_on_focus_loss = true where code = 'contact'";
    database.superuser().await.batch_execute(policy).await.unwrap();
    let (other, record, version) = newest(&database).await;
    edit::save(&other, record, version, &draft([("phone", "13800138000")])).await.unwrap();
    edit::save(&other, record, version + 1, &draft([("phone", "13900139000")])).await.unwrap();
    let mut desk = desk(&database, "senior_agent", 80, 24);
    open_first(&mut desk);
    desk.terminal.send("jjjh");
    desk.terminal.wait("the earlier phone", |screen| screen.contains("13800138000") && screen.contains("hides in"));
    // The terminal tells that it has lost the focus.
    desk.terminal.send("\x1b[O");
    desk.terminal.wait_gone("13800138000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_sent_twice_is_one_note() {
    let database = support::fixture().fresh_database().await;
    let (agent, record, _) = newest(&database).await;
    let id = uuid::Uuid::now_v7();
    note::add(&agent, record, id, "Called back.").await.unwrap();
    note::add(&agent, record, id, "Called back.").await.unwrap();
    assert_eq!(note::list(&agent, record).await.unwrap().len(), 1);
}
