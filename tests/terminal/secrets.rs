//! What a desk leaves behind: no value, no search, no note and no passphrase in any file, and a terminal that is as it was.

use std::path::Path;

use crate::{ENTER, ESCAPE, SAVE, desk_with, open_phone_of, support::fixture};

const NAME: &str = "Zyxmarkername";
const NOTE: &str = "qwvmarkernote";
const SEARCH: &str = "zyxmarker";

/// Every file below a directory that holds one of the words.
fn holding(folder: &Path, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, words));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).to_lowercase();
            found.extend(
                words.iter().filter(|word| text.contains(&word.to_lowercase())).map(|word| format!("{word} in {}", path.display())),
            );
        }
    }
    found
}

/// The eleven digits of the revealed phone on the screen.
fn phone_on(screen: &str) -> String {
    let line = screen.lines().find(|line| line.contains("s revealed")).unwrap();
    let digits = line.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 11);
    digits.unwrap_or_else(|| panic!("no phone in {line}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_at_the_desk_leaves_no_customer_and_no_secret_in_any_file() {
    let database = fixture().fresh_database().await;
    // The server writes down all it can: every statement with every parameter, and the plans.
    for setting in [
        "log_statement = 'all'",
        "log_min_duration_statement = 0",
        "log_parameter_max_length = -1",
        "log_parameter_max_length_on_error = -1",
        "debug_print_parse = on",
        "debug_print_plan = on",
    ] {
        database.superuser().await.batch_execute(&format!("alter database {} set {setting}", database.name)).await.unwrap();
    }
    let mut desk = desk_with(&database, "senior_agent", &["--log-level", "trace"], 120, 40);
    open_phone_of(&mut desk, "C-000300");
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send(&format!("\x15{NAME}"));
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("What will change");
    desk.terminal.send(ENTER);
    desk.terminal.wait("the saved name", |screen| screen.contains(NAME) && screen.contains("v2"));
    desk.terminal.send(&format!("/{SEARCH}"));
    desk.terminal.send(ENTER);
    desk.terminal.wait("the record by its new name", |screen| screen.contains("C-000300") && !screen.contains("C-000299"));
    // It is open already, with the cursor on the phone.
    desk.terminal.send("\tr");
    let phone = phone_on(&desk.terminal.wait_for("s revealed"));
    desk.terminal.send("y");
    desk.terminal.wait_for("Copied");
    desk.terminal.send("n");
    desk.terminal.wait_for("note");
    desk.terminal.send(NOTE);
    desk.terminal.send(SAVE);
    desk.terminal.wait_for("saved");
    desk.terminal.send("h");
    desk.terminal.wait_for("Earlier values");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_gone("Earlier values");
    desk.terminal.send("2");
    desk.terminal.wait_for("Audit - live");
    desk.terminal.send("L");
    desk.terminal.wait_for("assphrase");
    desk.terminal.send("not-the-passphrase\r");
    desk.terminal.wait_for("wrong");
    desk.terminal.send(ESCAPE);
    desk.terminal.wait_exit();

    let words = [NAME, NOTE, SEARCH, &phone, &desk.passphrase, "not-the-passphrase"].map(str::to_owned);
    assert!(std::fs::read_dir(desk.home.path().join("state/sealdesk")).unwrap().count() > 0, "there is a log to look into");
    assert_eq!(holding(desk.home.path(), &words), Vec::<String>::new());
    let log = std::fs::read_to_string(fixture().dir.join("server.log")).unwrap();
    assert!(log.contains("sealdesk_api.put_edit") && log.contains("PLANNEDSTMT"), "the server did write down what it was asked");
    let server_log = log.to_lowercase();
    for word in words {
        assert!(!server_log.contains(&word.to_lowercase()), "{word} is in the server's log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_desk_gives_the_terminal_back_and_leaves_nothing_revealed_behind() {
    let database = fixture().shared();
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let mut desk = desk_with(&database, "agent", &["--log-level", "trace"], 120, 40);
        open_phone_of(&mut desk, "C-000300");
        desk.terminal.send("r");
        let phone = phone_on(&desk.terminal.wait_for("s revealed"));
        desk.terminal.signal(signal);
        desk.terminal.wait_exit();
        assert!(!desk.terminal.alternate_screen(), "{signal:?}");
        assert!(!desk.terminal.text().contains(&phone), "{signal:?}");
        assert_eq!(holding(desk.home.path(), &[phone]), Vec::<String>::new(), "{signal:?}");
    }
}
