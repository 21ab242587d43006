//! Ctrl-z on every screen: the terminal is given back, the desk is locked, and what was being typed waits.

use crate::{
    Desk, ENTER,
    driver::Terminal,
    open_phone,
    support::{Database, fixture},
};

/// An unlocked desk that is a job of a shell.
fn desk(database: &Database<'_>, role: &str) -> Desk {
    let home = tempfile::tempdir().unwrap();
    let person = database.fixture.person(role);
    let terminal = Terminal::start_as_job(&database.fixture.config, &database.name, home.path(), &["--user", &person.user], 120, 40);
    terminal.wait_for("assphrase");
    let mut desk = Desk { terminal, home, passphrase: person.passphrase.clone() };
    unlock(&mut desk);
    desk
}

/// Suspends, and comes back to a locked desk.
fn suspend(desk: &mut Desk, shown: &str) {
    desk.terminal.send("\x1a");
    let screen = desk.terminal.wait_for("back at the shell");
    assert!(!desk.terminal.alternate_screen() && !screen.contains(shown), "{screen}");
    desk.terminal.send("\n");
    let screen = desk.terminal.wait_for("assphrase");
    assert!(!screen.contains(shown), "{screen}");
}

fn unlock(desk: &mut Desk) {
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    desk.terminal.wait_gone("assphrase");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_desk_is_locked_whatever_it_showed() {
    let database = fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent");
    desk.terminal.wait_for("C-000300");
    suspend(&mut desk, "C-000300");
    unlock(&mut desk);
    // Keys that open something over the desk, and a word of it.
    for (keys, opened) in [("?", "Help"), (":", "Command"), ("v", "Saved views"), ("s", "Order by")] {
        desk.terminal.wait_for("C-000");
        desk.terminal.send(keys);
        desk.terminal.wait_for(opened);
        suspend(&mut desk, opened);
        unlock(&mut desk);
    }
    open_phone(&mut desk);
    desk.terminal.send("r");
    desk.terminal.wait_for("s revealed");
    suspend(&mut desk, "s revealed");
    unlock(&mut desk);
    open_phone(&mut desk);
    desk.terminal.send("jjjr");
    desk.terminal.wait_for("Call the customer back");
    suspend(&mut desk, "Call the customer back");
    unlock(&mut desk);
    desk.terminal.send("2");
    desk.terminal.wait_for("Audit - live");
    suspend(&mut desk, "Audit - live");
    unlock(&mut desk);
    desk.terminal.send("/li");
    desk.terminal.wait_for("search: li");
    suspend(&mut desk, "search: li");
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_outlives_a_suspension_behind_the_lock() {
    let database = fixture().fresh_database().await;
    let mut desk = desk(&database, "senior_agent");
    open_phone(&mut desk);
    desk.terminal.send("e");
    desk.terminal.wait_for("Edit");
    desk.terminal.send("\t\x15Reykjavik");
    desk.terminal.wait_for("Reykjavik");
    suspend(&mut desk, "Reykjavik");
    unlock(&mut desk);
    desk.terminal.wait_for("Reykjavik");
}
