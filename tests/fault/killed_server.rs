//! The whole server, killed under load and started again on what it left.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sealdesk::{
    model::id::RecordId,
    service::{
        edit::{self, Draft},
        reveal,
        search::{self, ListRequest},
        view,
    },
};

use crate::{
    support::{Database, serve},
    world::{check, count},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_the_server_was_killed_is_there_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("server").display().to_string();
    let arguments = ["--records", "20", "--dir", &place, "--keep"];
    let running = serve(&arguments);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let person = Arc::new(database.sign_in("senior_agent").await);
    let page = search::list(&person, &ListRequest { limit: 8, ..ListRequest::default() }).await.unwrap();
    let (stop, saved, shown) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0_i64)));
    let tasks: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            let (person, stop, saved, shown, record) =
                (Arc::clone(&person), Arc::clone(&stop), Arc::clone(&saved), Arc::clone(&shown), row.id);
            tokio::spawn(async move {
                let reason = reveal::GivenReason { code: "callback".into(), reference: None };
                let mut version = view::view(&person, record).await.unwrap().version;
                while !stop.load(Ordering::Relaxed) {
                    let draft = Draft { values: [("city".to_owned(), format!("City {version}").as_str().into())].into() };
                    match edit::save(&person, record, version, &draft).await {
                        Ok(next) => version = next,
                        Err(_) => return,
                    }
                    saved.lock().unwrap().push((record, version));
                    let values = reveal::reveal(&person, record, &["phone".to_owned()], Some(&reason)).await;
                    *shown.lock().unwrap() += i64::from(values.iter().all(|(_, value)| value.is_ok()));
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let name = running.fixture.dbname.clone();
    running.kill();
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        let _ = tokio::time::timeout(Duration::from_secs(40), task).await;
    }

    let again = serve(&arguments);
    let database = Database { fixture: &again.fixture, name };
    let superuser = database.superuser().await;
    let saved: Vec<(RecordId, i64)> = saved.lock().unwrap().clone();
    assert!(saved.len() > 8, "there was something to lose");
    for (record, version) in saved {
        let now: i64 = superuser.query_one("select version from sealdesk.record where id = $1", &[&record.0]).await.unwrap().get(0);
        assert!(now >= version, "{record}: saved as {version}, now {now}");
    }
    let recorded = count(&superuser, "select count(*) from sealdesk.audit_event where action = 'reveal' and outcome = 'ok'").await;
    assert!(recorded >= *shown.lock().unwrap());
    check(&database, &superuser).await;
}
