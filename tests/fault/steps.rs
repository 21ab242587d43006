//! The death of the server process or of the client between any two steps of a reveal and of a write.

use std::sync::OnceLock;

use tokio::{runtime::Runtime, sync::Mutex};
use uuid::Uuid;

use crate::{
    support::{Database, Running, serve},
    world::{Person, check, collect_with, count, is_recorded, superuser_again, ticket},
};

/// Which side dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dies {
    Backend,
    Client,
}

const SIDES: [Dies; 2] = [Dies::Backend, Dies::Client];

/// A killed backend ends every connection of the server: one of our own, and one test at a time.
async fn with_server(test: impl AsyncFnOnce(&Database<'_>)) {
    static RUNNING: OnceLock<Running> = OnceLock::new();
    static ONE: Mutex<()> = Mutex::const_new(());
    let _one = ONE.lock().await;
    let running = RUNNING.get_or_init(|| serve(&["--records", "20"]));
    test(&Database { fixture: &running.fixture, name: running.fixture.dbname.clone() }).await;
}

/// Runs a person's steps in a world of its own and ends that side without a goodbye; answers with the person's token.
fn until_death(database: &Database<'_>, dies: Dies, steps: impl AsyncFnOnce(&Person) + Send) -> Vec<u8> {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let runtime = Runtime::new().unwrap();
            let person = runtime.block_on(async {
                let person = Person::sign_in(database, "senior_agent").await;
                steps(&person).await;
                person
            });
            if dies == Dies::Backend {
                runtime.block_on(async {
                    let witness = superuser_again(database).await;
                    person.kill_backend();
                    // The server ends every connection once it has noticed.
                    while witness.query_one("select 1", &[]).await.is_ok() {
                        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                    }
                });
            }
            let token = person.token.clone();
            // The socket closes as it does when a process is killed: nothing more is sent.
            std::mem::forget(person);
            runtime.shutdown_background();
            token
        });
        run.join().unwrap()
    })
}

async fn some_record(database: &Database<'_>) -> Uuid {
    superuser_again(database).await.query_one("select id from sealdesk.record order by number limit 1", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_dies_before_its_commit_is_as_if_it_had_never_been_and_hands_out_nothing() {
    with_server(async |database| {
        let record = some_record(database).await;
        for dies in SIDES {
            let ticket = ticket();
            let token = until_death(database, dies, async |person: &Person| {
                person.client.batch_execute("begin").await.unwrap();
                assert_eq!(person.request_reveal(ticket, record).await.as_deref(), Ok("ok"));
            });
            let superuser = superuser_again(database).await;
            let again = database.connect_as("senior_agent").await;
            assert_eq!(collect_with(&again, &token, ticket).await, Err("SD008".into()), "{dies:?}");
            assert!(!is_recorded(&superuser, ticket).await, "{dies:?}");
            check(database, &superuser).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_dies_after_its_commit_stays_recorded_and_counted_whether_or_not_it_is_collected() {
    with_server(async |database| {
        let record = some_record(database).await;
        for dies in SIDES {
            let ticket = ticket();
            let used = "select coalesce(sum(used), 0)::bigint from sealdesk.quota_use";
            let before = count(&superuser_again(database).await, used).await;
            let token = until_death(database, dies, async |person: &Person| {
                assert_eq!(person.request_reveal(ticket, record).await.as_deref(), Ok("ok"));
            });
            let superuser = superuser_again(database).await;
            assert!(is_recorded(&superuser, ticket).await, "{dies:?}");
            assert_eq!(count(&superuser, used).await, before + 1, "{dies:?}");
            let again = database.connect_as("senior_agent").await;
            assert!(collect_with(&again, &token, ticket).await.is_ok(), "{dies:?}: what is recorded may be read");
            check(database, &superuser).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_dies_under_way_has_its_event_whatever_arrived() {
    with_server(async |database| {
        let record = some_record(database).await;
        for dies in SIDES {
            for wait_us in [0, 100, 300, 1_000] {
                let ticket = ticket();
                until_death(database, dies, async |person: &Person| {
                    assert_eq!(person.request_reveal(ticket, record).await.as_deref(), Ok("ok"));
                    // Sent; the answer is not waited for any longer than this.
                    let waited = std::time::Duration::from_micros(wait_us);
                    let _ = tokio::time::timeout(waited, person.collect_reveal(ticket)).await;
                });
                let superuser = superuser_again(database).await;
                assert!(is_recorded(&superuser, ticket).await, "{dies:?} after {wait_us} us");
            }
        }
        check(database, &superuser_again(database).await).await;
    })
    .await;
}

/// An edit of the city and a note, as SQL that any client could send.
async fn write(person: &Person, record: Uuid, note: Uuid, version: i64) {
    // Under epoch 1.
    let sealed = [&[0_u8, 0, 0, 1][..], &[7; 56]].concat();
    let edit = "select outcome from sealdesk_api.put_edit($1, $2, $3, $4, '{city}', '{1}', '{1}', array[$4::bytea], array[null::bytea], '{city,city}', '{11,12}', '{}')";
    let outcome: String = person.client.query_one(edit, &[&person.token, &record, &version, &sealed]).await.unwrap().get(0);
    assert_eq!(outcome, "ok");
    let put = "select sealdesk_api.put_note($1, $2, $3, $4)";
    let outcome: String = person.client.query_one(put, &[&person.token, &record, &note, &sealed]).await.unwrap().get(0);
    assert_eq!(outcome, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_dies_before_its_commit_leaves_no_trace_and_after_it_everything() {
    with_server(async |database| {
        for dies in SIDES {
            for commits in [false, true] {
                let superuser = superuser_again(database).await;
                let row = superuser.query_one("select id, version from sealdesk.record order by number desc limit 1", &[]).await.unwrap();
                let (record, version): (Uuid, i64) = (row.get(0), row.get(1));
                let note = ticket();
                until_death(database, dies, async |person: &Person| {
                    person.client.batch_execute("begin").await.unwrap();
                    write(person, record, note, version).await;
                    if commits {
                        person.client.batch_execute("commit").await.unwrap();
                    }
                });
                let superuser = superuser_again(database).await;
                let now: i64 = superuser.query_one("select version from sealdesk.record where id = $1", &[&record]).await.unwrap().get(0);
                assert_eq!(now, version + i64::from(commits), "{dies:?}, committed: {commits}");
                let noted: bool =
                    superuser.query_one("select exists (select from sealdesk.note where id = $1)", &[&note]).await.unwrap().get(0);
                assert_eq!(noted, commits, "{dies:?}");
                check(database, &superuser).await;
            }
        }
    })
    .await;
}
