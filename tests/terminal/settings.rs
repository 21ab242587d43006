//! Settings change while desks are open: they follow without a restart, and nothing that is being typed is lost.

use sealdesk::service::{rewrite, settings};

use crate::{CLEAR_LINE, ENTER, SAVE, desk, open_phone, support::fixture};

#[tokio::test(flavor = "multi_thread")]
async fn an_open_desk_shows_a_field_that_an_officer_relabels_on_the_settings_screen() {
    let database = fixture().fresh_database().await;
    let mut agent = desk(&database, "agent", 120, 40);
    open_phone(&mut agent);
    agent.terminal.wait_for("City");
    let mut officer = desk(&database, "security_officer", 120, 40);
    officer.terminal.send("6");
    officer.terminal.wait("the settings", |screen| screen.contains("Settings - ") && screen.contains("Payment"));
    officer.terminal.send("je");
    officer.terminal.wait_for("Field - city");
    officer.terminal.send(CLEAR_LINE);
    officer.terminal.send("Town");
    for _ in 0..6 {
        officer.terminal.send(ENTER);
    }
    officer.terminal.wait_for("Changed. Open desks follow.");
    agent.terminal.wait("the new label on the agent's desk", |screen| screen.contains("Town") && !screen.contains("City"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_a_field_that_moves_to_another_class_meanwhile_is_saved_there() {
    let database = fixture().fresh_database().await;
    let mut senior = desk(&database, "senior_agent", 120, 40);
    open_phone(&mut senior);
    senior.terminal.send("e");
    senior.terminal.wait_for("Edit");
    // Name, city, status, phone.
    senior.terminal.send("\t\t\t");
    senior.terminal.send("13912345678");
    let officer = database.sign_in("security_officer").await;
    let mut phone = settings::field(&officer, "phone").await.unwrap();
    phone.class = "identity".into();
    settings::change_field(&officer, &phone).await.unwrap();
    senior.terminal.send(SAVE);
    senior.terminal.wait_for("What will change");
    senior.terminal.send(ENTER);
    senior.terminal.wait("the phone saved", |screen| screen.contains("139****5678") && screen.contains("v2"));
    let stored =
        "select class from sealdesk.field_value v join sealdesk.record r on r.id = v.record where r.number = 300 and v.field = 'phone'";
    assert_eq!(database.superuser().await.query_one(stored, &[]).await.unwrap().get::<_, String>(0), "identity");
    let done = rewrite::rewrite(&officer, "phone", |_| {}).await.unwrap();
    assert!(done.damaged.is_empty() && done.left == 0 && done.changed > 200, "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_records_are_purged_from_the_settings_screen_after_the_rule_was_tried() {
    let database = fixture().fresh_database().await;
    let age = "update sealdesk.record set deleted_at = now() - interval '40 days' where number <= 20";
    database.superuser().await.batch_execute(age).await.unwrap();
    let mut officer = desk(&database, "security_officer", 120, 40);
    officer.terminal.send("6");
    officer.terminal.wait_for("Untouched records");
    officer.terminal.send("G");
    officer.terminal.wait_for("stayed on a row ---");
    // What is recorded in the audit stands behind it.
    let title = |screen: &str| screen.lines().nth(1).and_then(|line| line.split("++").nth(1)).unwrap_or_default().to_owned();
    loop {
        let before = title(&officer.terminal.text());
        if before.contains("Retention - Untouched records") {
            break;
        }
        officer.terminal.send("k");
        officer.terminal.wait("the row above", |screen| title(screen) != before);
    }
    officer.terminal.send("kkkkkk");
    officer.terminal.wait_for("Retention - Deleted records");
    officer.terminal.send("e");
    officer.terminal.wait_for("for how many days");
    officer.terminal.send("30");
    officer.terminal.send(ENTER);
    officer.terminal.wait_for("It would purge 20 records");
    officer.terminal.send(ENTER);
    officer.terminal.wait_for("! 20 due");
    officer.terminal.send("P");
    officer.terminal.wait_for("nobody brings it back");
    officer.terminal.send("y");
    officer.terminal.wait_for("of 20 records are gone for good");
    let left = "select count(*) from sealdesk.field_value v join sealdesk.record r on r.id = v.record where r.number <= 20";
    assert_eq!(database.superuser().await.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}
