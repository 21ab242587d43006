//! The whole life of a member of staff, at real terminals: added, enrolled, confirmed, given a role for a time, and gone.

use std::time::{Duration, Instant};

use crate::{
    ENTER, desk,
    people::{PASSPHRASE, enrol, sign_in},
    support::{Database, serve},
};

const LOGIN: &str = "eve.novak";

/// As if the time had passed, for the desk as for the database.
const LET_END: &str = "update sealdesk.elevation set until_at = clock_timestamp() where until_at > clock_timestamp();
    update sealdesk.right_slice set until_at = clock_timestamp() where until_at > clock_timestamp() and until_at < 'infinity';
    update sealdesk.right_slice set from_at = clock_timestamp() where from_at > clock_timestamp();
    select pg_notify('sealdesk', 'policy')";

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_gets_a_role_for_a_time_reveals_loses_it_and_leaves() {
    // Logins are the whole server's: one of our own.
    let running = serve(&["--records", "300"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let superuser = database.superuser().await;

    // Two terminals: the officer's commands and the newcomer's own.
    let officer = |arguments: &[&str]| database.program_as("security_officer").run(arguments);
    let (code, invitation, error) = officer(&["staff", "add", LOGIN, "--role", "agent", "--name", "Eve Novak"]);
    assert_eq!(code, 0, "{error}");
    let fingerprint = enrol(&database, LOGIN, invitation.trim());
    assert_eq!(officer(&["staff", "confirm", LOGIN, "--fingerprint", &fingerprint]).0, 0);

    // A customer with a card, which an agent may not see.
    let number: i64 = superuser
        .query_one("select r.number from sealdesk.record r join sealdesk.field_value v on v.record = r.id where v.field = 'card' and r.label = 0 order by r.number desc limit 1", &[])
        .await
        .unwrap()
        .get(0);
    let mut eve = sign_in(&database, LOGIN, PASSPHRASE);
    eve.terminal.wait_for("C-000300");
    eve.terminal.send(&format!(":C-{number:06}\r"));
    eve.terminal.wait_for("Phone");
    eve.terminal.send("z");
    eve.terminal.wait_for("Card");
    eve.terminal.send("G");
    let card = |screen: &str| {
        screen
            .lines()
            .any(|line| line.contains("Card") && !line.contains("****") && line.chars().filter(char::is_ascii_digit).count() >= 12)
    };

    // She asks; the supervisor's desk says so and approves.
    let mut supervisor = desk(&database, "supervisor", 120, 40);
    supervisor.terminal.wait_for("C-000300");
    eve.terminal.send(":request payment 30m \"refund TK-1042\"\r");
    eve.terminal.wait_for("You may have: payment_clerk");
    eve.terminal.send(ENTER);
    eve.terminal.wait_for("Asked. Somebody else decides");
    supervisor.terminal.wait_for("approvals 1");
    supervisor.terminal.send("i");
    supervisor.terminal.wait_for("refund TK-1042");
    supervisor.terminal.send("a");
    supervisor.terminal.wait_for("Approve 1");
    supervisor.terminal.send(ENTER);
    supervisor.terminal.wait("the role running", |screen| screen.contains("runs until") && !screen.contains("approvals 1"));

    // Her open desk has the role, keys included.
    eve.terminal.wait_for("You are payment clerk until");
    eve.terminal.wait_for("payment clerk 30m");
    eve.terminal.wait("the card by its mask", |screen| screen.lines().any(|line| line.contains("Card") && line.contains("****")));
    eve.terminal.send("Gr");
    eve.terminal.wait_for("Refund or payment question");
    eve.terminal.send(ENTER);
    eve.terminal.wait("the card in full", card);

    // It goes by itself, and what it showed with it.
    superuser.batch_execute(LET_END).await.unwrap();
    eve.terminal.wait("the card hidden", |screen| screen.contains("You are no longer payment clerk") && !card(screen));
    eve.terminal.wait("the card out of sight", |screen| screen.lines().any(|line| line.contains("Card") && line.contains("not permitted")));
    eve.terminal.send("r");
    eve.terminal.wait_for("You may ask for it");

    // She leaves: the desk closes at once, and everything she held a key of gets new ones.
    let (code, printed, error) = officer(&["staff", "leave", LOGIN]);
    assert_eq!(code, 0, "{printed}{error}");
    let began = Instant::now();
    eve.terminal.wait("the lock", |screen| screen.contains("assphrase") || screen.contains("cannot be reached"));
    assert!(began.elapsed() < Duration::from_secs(2));
    for done in ["role agent: new key pair", "role payment_clerk: new key pair", "class contact: new keys", "class payment: new keys"] {
        assert!(printed.contains(done), "{done} is missing in {printed}");
    }
    let left = "select count(*) from sealdesk.field_value v join sealdesk.field f on f.code = v.field where f.class = 'payment' and sealdesk.epoch_of(v.value) < 2";
    assert_eq!(superuser.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0, "nothing is left under keys that she had");
}
