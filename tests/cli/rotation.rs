//! New keys: for a class, for a role, and when somebody leaves.

use std::collections::BTreeSet;

use sealdesk::service::{edit, edit::Draft, note, reveal, reveal::GivenReason, rotation, search, search::ListRequest, view};

use crate::support::{Database, fixture, serve};

/// Epochs of a class under which anything is sealed, as a superuser reads them off the ciphertexts.
async fn epochs_in_use(database: &Database<'_>, class: &str) -> BTreeSet<i32> {
    let sql = "select sealdesk.epoch_of(value) from sealdesk.field_value where class = $1
               union select sealdesk.epoch_of(masked) from sealdesk.field_value where class = $1 and masked is not null
               union select sealdesk.epoch_of(value) from sealdesk.value_history where class = $1
               union select sealdesk.epoch_of(value) from sealdesk.note where $1 = 'notes'
               union select sealdesk.epoch_of(summary) from sealdesk.record where $1 = 'basic'";
    database.superuser().await.query(sql, &[&class]).await.expect("a superuser").iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_class_is_sealed_under_new_keys_and_reads_and_searches_as_before() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("agent").await;
    let before = search::list(&agent, &ListRequest { limit: 200, ..ListRequest::default() }).await.expect("a page");
    let record = before.rows[0].id;
    let phone = async |who| {
        let values = reveal::reveal(who, record, &["phone".to_owned()], None).await;
        values.into_iter().next().and_then(|(_, value)| value.ok()).map(|value| value.expose().clone())
    };
    let known = phone(&agent).await.expect("the phone");
    // An earlier value too, so that the history is sealed again.
    let draft = Draft { values: [("phone".to_owned(), "13800138000".to_owned())].into() };
    edit::save(&agent, record, before.rows[0].version, &draft).await.expect("a save");
    let changed_before = view::view(&agent, record).await.expect("a view");

    for class in ["basic", "contact"] {
        let (code, out, err) = database.program_as("security_officer").run(&["class", "rotate", class]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("epoch 2") && out.contains("the old keys are withdrawn"), "{out}");
        assert_eq!(epochs_in_use(&database, class).await, BTreeSet::from([2]), "{class}");
    }

    // The session that was open before goes on by itself.
    assert_eq!(phone(&agent).await.as_deref(), Some("13800138000"));
    let after = search::list(&agent, &ListRequest { limit: 200, ..ListRequest::default() }).await.expect("a page");
    let names = |page: &sealdesk::model::record::ListPage| page.rows.iter().map(|row| row.summary.clone()).collect::<Vec<_>>();
    assert_eq!(names(&after)[1..], names(&before)[1..]);
    let query = search::parse(&agent.policy().catalogue, "13800138000").expect("a query");
    let found = search::list(&agent, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [record]);
    let changed_after = view::view(&agent, record).await.expect("a view");
    assert_eq!((changed_after.version, changed_after.updated_at), (changed_before.version, changed_before.updated_at));
    let history = sealdesk::service::history::history(&agent, record, "phone", None).await.expect("the history");
    let earlier = history[0].1.as_ref().expect("it may be revealed").as_ref().expect("it opens");
    assert_eq!(*earlier.expose(), known);

    let (code, out, err) = database.program_as("security_officer").run(&["class", "list"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.lines().any(|line| line.split_whitespace().take(3).eq(["contact", "2", "current"])), "{out}");
    assert!(!out.lines().any(|line| line.split_whitespace().take(2).eq(["contact", "1"])), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn until_everything_is_reencrypted_both_epochs_are_read_and_searched() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("senior_agent").await;
    let officer = database.sign_in("security_officer").await;
    assert_eq!(rotation::rotate_class(&officer, "identity").await.expect("a rotation"), 2);
    let page = search::list(&agent, &ListRequest { limit: 2, ..ListRequest::default() }).await.expect("a page");
    let number = "11010519491231002X";
    let draft = Draft { values: [("id_number".to_owned(), number.to_owned())].into() };
    edit::save(&agent, page.rows[0].id, page.rows[0].version, &draft).await.expect("a save under the new keys");
    assert_eq!(epochs_in_use(&database, "identity").await, BTreeSet::from([1, 2]));
    let reason = GivenReason { code: "verify".into(), reference: None };
    for row in &page.rows {
        let values = reveal::reveal(&agent, row.id, &["id_number".to_owned()], Some(&reason)).await;
        let value = values[0].1.as_ref().expect("old and new open").expose().clone();
        let query = search::parse(&agent.policy().catalogue, &format!("id_number:{value}")).expect("a query");
        let found = search::list(&agent, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
        assert!(found.rows.iter().any(|found| found.id == row.id), "{value}");
    }
    let done = rotation::reencrypt(&officer, Some("identity"), |_| {}).await.expect("a re-encryption");
    assert!(done.left.is_empty() && done.damaged.is_empty() && done.changed > 300, "{done:?}");
    assert_eq!(epochs_in_use(&database, "identity").await, BTreeSet::from([2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_sealed_again_too() {
    let database = fixture().fresh_database().await;
    let (agent, officer) = (database.sign_in("agent").await, database.sign_in("security_officer").await);
    let record = search::list(&agent, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows[0].id;
    note::add(&agent, record, uuid::Uuid::now_v7(), "under the first keys").await.expect("a note");
    rotation::rotate_class(&officer, "notes").await.expect("a rotation");
    note::add(&agent, record, uuid::Uuid::now_v7(), "under the second keys").await.expect("a note");
    rotation::reencrypt(&officer, Some("notes"), |_| {}).await.expect("a re-encryption");
    assert_eq!(epochs_in_use(&database, "notes").await, BTreeSet::from([2]));
    let notes = note::list(&agent, record).await.expect("the notes");
    let texts: Vec<&str> = notes.iter().filter_map(|note| note.text.as_ref().ok()).map(|text| text.expose().as_str()).collect();
    assert!(texts.starts_with(&["under the second keys", "under the first keys"]), "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_value_is_named_and_left_and_everything_else_is_done() {
    let database = fixture().fresh_database().await;
    let damage = "update sealdesk.field_value set value = set_byte(value, 40, get_byte(value, 40) # 1)
                   where field = 'card' and record = (select id from sealdesk.record where number = 7)";
    assert_eq!(database.superuser().await.execute(damage, &[]).await.expect("a superuser"), 1);
    let (code, out, err) = database.program_as("security_officer").run(&["class", "rotate", "payment"]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("! C-000007 card") && out.contains("something is left under old keys"), "{out}");
    let left = "select count(*) from sealdesk.field_value where class = 'payment' and epoch = 1";
    assert_eq!(database.superuser().await.query_one(left, &[]).await.expect("a superuser").get::<_, i64>(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_opens_nothing_that_is_written_afterwards() {
    // A login is the whole server's: one of our own.
    let running = serve(&["--records", "300"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let leaver = database.sign_in("agent").await;
    let record = search::list(&leaver, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows[0].id;
    // All that the leaver could have kept: their keys, as they were.
    let kept = leaver.keyring();
    let user = running.fixture.person("agent").user.clone();
    let (code, out, err) = database.program_as("security_officer").run(&["staff", "leave", &user]);
    assert_eq!(code, 0, "{out}{err}");
    for told in [
        "login closed",
        "role agent: new key pair, generation 2",
        "class contact: new keys, epoch 2",
        "no longer agent",
        "the old keys are withdrawn",
    ] {
        assert!(out.contains(told), "{told} is missing in {out}");
    }
    let superuser = database.superuser().await;
    let sealed = "select value from sealdesk.field_value where record = $1 and field = 'phone'";
    let value: Vec<u8> = superuser.query_one(sealed, &[&record.0]).await.expect("a superuser").get(0);
    assert!(kept.open(sealdesk::keyring::Purpose::Value, record, "phone", "contact", &value).is_err(), "old keys open nothing new");
    let wraps = "select count(*) from sealdesk.wrapped_key where recipient = $1";
    assert_eq!(superuser.query_one(wraps, &[&user]).await.expect("a superuser").get::<_, i64>(0), 0);
    assert!(search::list(&leaver, &ListRequest::default()).await.is_err(), "the session is over");
    // Nobody else is harmed.
    let other = database.sign_in("senior_agent").await;
    let values = reveal::reveal(&other, record, &["phone".to_owned()], None).await;
    assert!(values[0].1.is_ok());
    let (code, out, err) = database.program_as("senior_agent").run(&["find", "C-000300"]);
    assert!(code == 0 && out.contains("C-000300"), "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_role_goes_on_with_its_members_and_officers() {
    let database = fixture().fresh_database().await;
    for role in ["senior_agent", "security_officer"] {
        let (code, out, err) = database.program_as("security_officer").run(&["role", "rotate", role]);
        assert_eq!(code, 0, "{out}{err}");
    }
    let member = database.sign_in("senior_agent").await;
    assert_eq!(member.problems(), Vec::<String>::new());
    let record = search::list(&member, &ListRequest { limit: 1, ..ListRequest::default() }).await.expect("a page").rows[0].id;
    assert!(reveal::reveal(&member, record, &["phone".to_owned()], None).await[0].1.is_ok());
    // The officer still holds every role's key: the class can be rotated and re-encrypted.
    let (code, out, err) = database.program_as("security_officer").run(&["class", "rotate", "payment"]);
    assert!(code == 0 && out.contains("the old keys are withdrawn"), "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_is_not_there_is_named_with_those_that_are() {
    let (code, _, err) = fixture().shared().program_as("security_officer").run(&["class", "rotate", "paymnt"]);
    assert!(code == 1 && err.contains("\"paymnt\"") && err.contains("payment"), "{err}");
    let (code, _, err) = fixture().shared().program_as("agent").run(&["class", "rotate", "contact"]);
    assert_eq!(code, 3, "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_classes_are_sealed_again_in_one_pass_and_their_values_found_under_the_new_tokens() {
    let database = fixture().fresh_database().await;
    let agent = database.sign_in("senior_agent").await;
    let classes = ["basic", "contact", "identity", "payment", "notes"];
    for class in classes {
        let (code, out, err) = database.program_as("security_officer").run(&["class", "rotate", class, "--later"]);
        assert_eq!(code, 0, "{out}{err}");
    }
    let (code, out, err) = database.program_as("security_officer").run(&["class", "reencrypt"]);
    assert!(
        code == 0 && out.starts_with("basic, contact, identity, notes, payment: ") && out.contains("the old keys are withdrawn"),
        "{out}{err}"
    );
    for class in classes {
        assert_eq!(epochs_in_use(&database, class).await, BTreeSet::from([2]), "{class}");
    }
    // Each batch is an event that names no single class, and the one that stores it names its records.
    let events =
        "select count(*), count(*) filter (where class is null), bool_and(outcome = 'ok') from sealdesk.audit_event where action = $1";
    let superuser = database.superuser().await;
    for action in ["reencrypt", "reencrypt_put"] {
        let row = superuser.query_one(events, &[&action]).await.expect("a superuser");
        let (all, of_no_class): (i64, i64) = (row.get(0), row.get(1));
        assert!(all > 1 && all == of_no_class && row.get::<_, bool>(2), "{action}: {all}, {of_no_class}");
    }
    let named = "select count(distinct x) from sealdesk.audit_event e, jsonb_array_elements_text(e.details::jsonb -> 'records') x where e.action = 'reencrypt_put'";
    let records = "select count(*) from sealdesk.record";
    let count = async |sql: &str| superuser.query_one(sql, &[]).await.expect("a superuser").get::<_, i64>(0);
    assert_eq!(count(named).await, count(records).await);
    let reason = GivenReason { code: "verify".into(), reference: None };
    let page = search::list(&agent, &ListRequest { limit: 3, ..ListRequest::default() }).await.expect("a page");
    for row in &page.rows {
        for field in ["phone", "id_number", "card"] {
            let values = reveal::reveal(&agent, row.id, &[field.to_owned()], Some(&reason)).await;
            let value = values[0].1.as_ref().expect("it opens").expose().clone();
            let query = search::parse(&agent.policy().catalogue, &format!("{field}:{value}")).expect("a query");
            let found = search::list(&agent, &ListRequest { query, ..ListRequest::default() }).await.expect("a page");
            assert!(found.rows.iter().any(|found| found.id == row.id), "{field} {value}");
        }
    }
    let (code, out, _) = database.program_as("security_officer").run(&["class", "reencrypt"]);
    assert!(code == 0 && out.contains("nothing is under old keys"), "{out}");
}
