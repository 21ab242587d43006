//! The life of an account at three terminals: an officer's, the newcomer's, and the newcomer's desk.

use std::time::{Duration, Instant};

use super::{Desk, ENTER, ESCAPE, Terminal, desk, open_phone, support};

pub const PASSPHRASE: &str = "lantern-orbit-velvet-cactus-91";
const NEW_PASSPHRASE: &str = "marble-thunder-willow-quiet-55";

/// The text between two pieces of the screen.
fn between(screen: &str, before: &str, after: &str) -> String {
    let rest = screen.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0.trim().to_owned()
}

pub fn sign_in(database: &support::Database<'_>, login: &str, passphrase: &str) -> Desk {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], &database.fixture.config, &database.name, home.path(), &["--user", login], 80, 24);
    terminal.wait_for("assphrase");
    terminal.send(passphrase);
    terminal.send(ENTER);
    Desk { terminal, home, passphrase: passphrase.to_owned() }
}

/// The newcomer's own terminal: code and passphrase in, a fingerprint out.
pub fn enrol(database: &support::Database<'_>, login: &str, code: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], &database.fixture.config, &database.name, home.path(), &["enrol", "--user", login], 100, 24);
    terminal.wait_for("One-time code:");
    terminal.send(code);
    terminal.send(ENTER);
    terminal.wait_for(&format!("New passphrase of {login}:"));
    terminal.send("sealdesk");
    terminal.send(ENTER);
    terminal.wait_for("too easy to guess");
    terminal.send(PASSPHRASE);
    terminal.send(ENTER);
    terminal.wait_for("once more:");
    terminal.send(PASSPHRASE);
    terminal.send(ENTER);
    let screen = terminal.wait_for("read this fingerprint");
    format!("sd1:{}", between(&screen, "sd1:", "\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_added_enrols_is_confirmed_works_is_signed_out_and_disabled() {
    let database = support::fixture().fresh_database().await;
    let mut officer = desk(&database, "security_officer", 100, 30);
    officer.terminal.send("3");
    officer.terminal.wait_for("People - 6");
    officer.terminal.send("a");
    officer.terminal.wait_for("Add a person");
    // Login, name, then the second role of the list by its name.
    officer.terminal.send("eve.novak\tEve Novak\t");
    let role = officer.terminal.wait_for("[ ] agent");
    let at = role.lines().filter(|line| line.contains("[ ]")).position(|line| line.contains("[ ] agent")).unwrap();
    officer.terminal.send(&"j".repeat(at));
    officer.terminal.send(" ");
    officer.terminal.wait_for("[x] agent");
    officer.terminal.send("\x13");
    let screen = officer.terminal.wait_for("Tell eve.novak this code");
    let looks_like_a_code =
        |word: &&str| word.len() == 19 && word.split('-').all(|group| group.len() == 4) && word.to_uppercase() == **word;
    let code = screen.split_whitespace().find(looks_like_a_code).unwrap().to_owned();
    officer.terminal.send(ENTER);
    officer.terminal.wait("the newcomer in the list", |screen| screen.contains("I invited") && screen.contains("People - 7"));

    let fingerprint = enrol(&database, "eve.novak", &code);
    // The officer's screen notices without a key.
    officer.terminal.wait_for("E enrolled");
    officer.terminal.wait_for("keys          sd1:");
    officer.terminal.send("c");
    officer.terminal.wait_for("Confirm - eve.novak");
    officer.terminal.send(&fingerprint);
    officer.terminal.send(ENTER);
    officer.terminal.wait_for("chain checked");

    let mut eve = sign_in(&database, "eve.novak", PASSPHRASE);
    open_phone(&mut eve);
    eve.terminal.send("r");
    eve.terminal.wait_for("s revealed");

    officer.terminal.wait_for("Open sessions (1)");
    officer.terminal.send("O");
    officer.terminal.wait_for("End the open sessions");
    let began = Instant::now();
    officer.terminal.send("y");
    // Half a picture would do for the first of these alone.
    eve.terminal.wait("her desk locks", |screen| {
        screen.contains("session has ended") && !screen.contains("s revealed") && !screen.contains("C-000300")
    });
    let took = began.elapsed();
    eprintln!("a desk closes after {took:?} when its person is signed out");
    assert!(took < Duration::from_secs(3), "{took:?}");
    officer.terminal.wait_for("Their sessions have ended");
    officer.terminal.wait_for("Open sessions (0)");

    // A sign-out is not a farewell.
    let passphrase = eve.passphrase.clone();
    eve.terminal.send(&passphrase);
    eve.terminal.send(ENTER);
    eve.terminal.wait_for("C-000300");
    officer.terminal.wait_for("Open sessions (1)");
    officer.terminal.send("d");
    officer.terminal.wait_for("Disable?");
    officer.terminal.send("y");
    officer.terminal.wait_for("D disabled");
    eve.terminal.wait("her desk says so", |screen| screen.contains("login was closed") && !screen.contains("C-000300"));
    officer.terminal.send("u");
    officer.terminal.wait_for("[person eve.novak]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_changed_at_the_desk_and_the_old_one_opens_nothing() {
    let database = support::fixture().fresh_database().await;
    let officer = database.sign_in("security_officer").await;
    let code = sealdesk::service::staff::add(&officer, "pia.berg", "", &["agent".to_owned()]).await.unwrap();
    let fingerprint = enrol(&database, "pia.berg", code.expose());
    sealdesk::service::staff::confirm(&officer, "pia.berg", &fingerprint).await.unwrap();
    let mut pia = sign_in(&database, "pia.berg", PASSPHRASE);
    pia.terminal.wait_for("C-000300");
    pia.terminal.send(":passphrase\r");
    pia.terminal.wait_for("Change the passphrase");
    for text in [PASSPHRASE, NEW_PASSPHRASE, NEW_PASSPHRASE] {
        pia.terminal.send(text);
        pia.terminal.send(ENTER);
    }
    let screen = pia.terminal.wait_for("Sign in with the new one");
    assert!(!screen.contains("lantern") && !screen.contains("marble") && !screen.contains("C-000300"), "{screen}");
    pia.terminal.send(PASSPHRASE);
    pia.terminal.send(ENTER);
    pia.terminal.wait_for("wrong");
    pia.terminal.send(NEW_PASSPHRASE);
    pia.terminal.send(ENTER);
    open_phone(&mut pia);
    pia.terminal.send("x");
    pia.terminal.wait_for("You may reveal it");
    pia.terminal.send(ESCAPE);
}
