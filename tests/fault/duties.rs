//! What the watch does each minute: checkpoints and anchors that fail and catch up, chains that are not whole, sessions that fall silent, logins that the
//! server refused.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use sealdesk::{
    crypto::secret::Secret,
    model::id::InstallationId,
    service::{
        Origin,
        audit::{
            self,
            anchor::{self, Note},
        },
        unlock, watch,
    },
};
use tokio_postgres::Client;

use crate::{
    proof::forge,
    support::{Database, fixture, serve},
    watch::{SOON, Watching, sign_in},
    world::count,
};

fn notes(path: &Path, installation: InstallationId) -> Vec<Note> {
    std::fs::read_to_string(path).ok().and_then(|text| anchor::read(&text, installation).ok()).unwrap_or_default()
}

fn numbers(path: &Path, installation: InstallationId) -> Vec<i64> {
    notes(path, installation).iter().map(|note| note.number).collect()
}

async fn until(what: &str, within: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < within, "{what} not within {within:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const CHECKPOINTS: &str = "select count(*) from sealdesk.checkpoint";

async fn alerts(superuser: &Client, rule: &str) -> Vec<String> {
    let sql = "select subject from sealdesk.alert where rule = $1 order by number";
    superuser.query(sql, &[&rule]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_checkpoint_reaches_every_anchor_and_one_that_is_full_or_hangs_holds_up_no_other_and_catches_up() {
    let database = fixture().fresh_database().await;
    let installation = database.configuration().installation;
    let account = database.recruit("watch.anchors", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("/dev/full", at("full")).unwrap();
    let go_on = at("go_on");
    let hangs = format!(
        "#!/bin/sh\nread line\nwhile [ ! -e {} ]; do sleep 0.2; done\necho \"$line\" >> {}\n",
        go_on.display(),
        at("late").display()
    );
    std::fs::write(at("hangs"), hangs).unwrap();
    std::fs::set_permissions(at("hangs"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let file = |name: &str| format!("file:{}", at(name).display());
    let anchors = [file("plain"), file("full"), file("not/there"), format!("exec:{}", at("hangs").display())];
    let watching = Watching::start_anchored(&database, &account, &anchors);
    watching.until_it_says("leads", SOON).await;
    let superuser = database.superuser().await;
    // The first at once, further ones when they are asked for; another each minute.
    for made in 1..=3 {
        until("a checkpoint", SOON, async || count(&superuser, CHECKPOINTS).await >= made).await;
        until("its anchor", SOON, async || numbers(&at("plain"), installation).len() >= usize::try_from(made).unwrap()).await;
        watching.signal(Signal::USR1);
    }
    watching.until_it_says(&format!("the anchor {} cannot be written", file("full")), SOON).await;
    watching.until_it_says(&format!("the anchor {} cannot be written", file("not/there")), SOON).await;
    watching.until_it_says("hangs cannot be written", Duration::from_mins(1)).await;
    let about = alerts(&superuser, "audit_proof").await;
    assert!(about.iter().any(|subject| subject.starts_with("file:")), "that an anchor fails is an alert: {about:?}");
    let failing = "select count(*) from sealdesk.anchor_state where failing_since is not null";
    until("which of them fail", SOON, async || count(&superuser, failing).await == 3).await;

    std::fs::remove_file(at("full")).unwrap();
    std::fs::create_dir_all(at("not")).unwrap();
    std::fs::write(&go_on, "").unwrap();
    for name in ["full", "not/there", "late"] {
        until(name, Duration::from_mins(2), async || {
            let all = numbers(&at("plain"), installation);
            all.len() >= 3 && numbers(&at(name), installation) == all
        })
        .await;
    }
    watching.until_it_says(&format!("the anchor {} is written again", file("full")), SOON).await;
    until("none of them", SOON, async || count(&superuser, failing).await == 0).await;
    assert_eq!(watching.end().await, 0);
    let (code, out, err) = database.program_as("auditor").run(&["audit", "verify", "--anchor", &at("late").display().to_string()]);
    assert_eq!(code, 0, "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_watch_had_not_anchored_the_next_one_anchors() {
    let database = fixture().fresh_database().await;
    let installation = database.configuration().installation;
    let account = database.recruit("watch.killed.anchor", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("later/anchors");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let anchors = [format!("file:{}", file.display())];
    let mut first = Watching::start_anchored(&database, &account, &anchors);
    until("the first", SOON, async || numbers(&file, installation) == [1]).await;
    std::fs::rename(file.parent().unwrap(), folder.path().join("away")).unwrap();
    let superuser = database.superuser().await;
    for made in 2..=4 {
        first.signal(Signal::USR1);
        until("a checkpoint", SOON, async || count(&superuser, CHECKPOINTS).await >= made).await;
    }
    first.until_it_says("cannot be written", SOON).await;
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    std::fs::rename(folder.path().join("away"), file.parent().unwrap()).unwrap();
    let second = first.again(&database, &account);
    second.until_it_says("leads", SOON).await;
    until("what waited", SOON, async || numbers(&file, installation).len() >= 5).await;
    let found = numbers(&file, installation);
    assert!(found.iter().zip(1..).all(|(found, wanted)| *found == wanted), "none is left out: {found:?}");
    assert_eq!(second.end().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_back_is_named_and_gets_no_further_checkpoint() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.back", "watch").await;
    let watching = Watching::start_anchored(&database, &account, &[]);
    let superuser = database.superuser().await;
    until("a checkpoint", SOON, async || count(&superuser, CHECKPOINTS).await >= 1).await;
    watching.signal(Signal::USR1);
    until("another", SOON, async || count(&superuser, CHECKPOINTS).await >= 2).await;
    let back = "delete from sealdesk.checkpoint_leaf where checkpoint >= 2; delete from sealdesk.checkpoint where number >= 2";
    forge(&superuser, back).await;
    watching.signal(Signal::USR1);
    watching.until_it_says("THE AUDIT WAS CHANGED", SOON).await;
    until("an alert", SOON, async || alerts(&superuser, "audit_proof").await.contains(&"checkpoints".to_owned())).await;
    assert_eq!(count(&superuser, CHECKPOINTS).await, 1, "nothing is signed over it");
    assert_eq!(watching.end().await, 0);
}

/// A chain of somebody's with so many events.
async fn chain(superuser: &Client, login: &str, events: i32) -> String {
    let sql = format!(
        "with id as (select gen_random_uuid() as id) select id::text, sealdesk.start_chain(id, null, '{login}', 'test', 'test') is null from id"
    );
    let session: String = superuser.query_one(&sql, &[]).await.unwrap().get(0);
    let append = format!(
        "select sealdesk.append('{session}', '{login}', 'view', 'ok', null, null, null, null, null, null, null, null) from generate_series(1, {events})"
    );
    superuser.batch_execute(&append).await.unwrap();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_edited_deleted_or_cut_off_rings_within_a_minute() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let account = database.recruit("watch.chains", "watch").await;
    let signed_in = sign_in(&database, &account).await;
    let look = format!("select sealdesk.report_chains('{}')", signed_in.session_id());
    let old = chain(&superuser, "old.edit", 9).await;
    audit::checkpoint(&signed_in, &mut None).await.unwrap();
    let (edited, deleted, cut) =
        (chain(&superuser, "new.edit", 9).await, chain(&superuser, "new.gap", 9).await, chain(&superuser, "new.cut", 9).await);
    let found = "select e.reference || ' ' || e.version || ' ' || (e.details::json ->> 'what') from sealdesk.audit_event e where e.action = 'chain_broken' order by 1";
    let broken = async || -> Vec<String> {
        superuser.batch_execute(&look).await.unwrap();
        superuser.query(found, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(broken().await, Vec::<String>::new(), "as it was written");
    forge(&superuser, &format!("update sealdesk.audit_event set actor = 'somebody.else' where session = '{old}' and seq = 4")).await;
    forge(&superuser, &format!("update sealdesk.audit_event set reference = 'x' where session = '{edited}' and seq = 5")).await;
    forge(&superuser, &format!("delete from sealdesk.audit_event where session = '{deleted}' and seq = 6")).await;
    forge(&superuser, &format!("delete from sealdesk.audit_event where session = '{cut}' and seq > 7")).await;
    let mut seen = broken().await;
    // The sweep goes round; the rest is found where it has grown.
    for _ in 0..3 {
        seen = broken().await;
    }
    assert_eq!(seen, ["new.cut 9 cut", "new.edit 5 altered", "new.gap 6 missing", "old.edit 4 altered"], "each once");
    while watch::round(&signed_in).await.unwrap().events > 0 {}
    let mut about = alerts(&superuser, "audit_proof").await;
    about.sort();
    assert_eq!(about, ["new.cut", "new.edit", "new.gap", "old.edit"]);
    unlock::close(&signed_in).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_falls_silent_is_named_once_and_one_that_beats_or_has_left_is_not() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let account = database.recruit("watch.silence", "watch").await;
    let eye = sign_in(&database, &account).await;
    let (agent, senior, auditor) =
        (database.sign_in("agent").await, database.sign_in("senior_agent").await, database.sign_in("auditor").await);
    for desk in [&agent, &senior, &auditor] {
        sealdesk::service::heartbeat(desk).await.unwrap();
    }
    let quiet = |who: &sealdesk::service::SignedIn| {
        format!(
            "update sealdesk.session set opened_at = clock_timestamp() - interval '30 min' where id = '{0}';
             update sealdesk.session_head set last_at = clock_timestamp() - interval '12 min' where session = '{0}';
             update sealdesk.audit_event set at = clock_timestamp() - interval '20 min' where session = '{0}' and action = 'heartbeat'",
            who.session_id()
        )
    };
    unlock::close(&auditor).await.unwrap();
    for desk in [&agent, &senior, &auditor] {
        forge(&superuser, &quiet(desk)).await;
    }
    sealdesk::service::heartbeat(&senior).await.unwrap();
    for _ in 0..2 {
        superuser.batch_execute(&format!("select sealdesk.report_silence('{}')", eye.session_id())).await.unwrap();
    }
    let silent = "select e.reference, e.version from sealdesk.audit_event e where e.action = 'session_silent'";
    let found: Vec<(String, i64)> = superuser.query(silent, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(found, [(agent.user().to_owned(), 12)]);
    while watch::round(&eye).await.unwrap().events > 0 {}
    assert_eq!(alerts(&superuser, "silent_session").await, [agent.user()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_no_checkpoint_is_made_rings_although_somebody_watches() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let account = database.recruit("watch.late", "watch").await;
    let eye = sign_in(&database, &account).await;
    audit::checkpoint(&eye, &mut None).await.unwrap();
    let look = format!("select sealdesk.report_late_checkpoint('{}')", eye.session_id());
    let late = "select count(*) from sealdesk.audit_event where action = 'checkpoint_failed' and reference = 'overdue'";
    superuser.batch_execute(&look).await.unwrap();
    assert_eq!(count(&superuser, late).await, 0);
    forge(&superuser, "update sealdesk.checkpoint set at = at - interval '6 min'").await;
    for _ in 0..2 {
        superuser.batch_execute(&look).await.unwrap();
    }
    assert_eq!(count(&superuser, late).await, 1);
    while watch::round(&eye).await.unwrap().events > 0 {}
    assert_eq!(alerts(&superuser, "audit_proof").await, ["overdue"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passphrases_that_are_guessed_at_the_servers_door_ring() {
    let running = serve(&["--records", "5", "--watch"]);
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    let superuser = database.superuser().await;
    let led = "select count(*) from sealdesk.watch where until_at > clock_timestamp()";
    until("a watch", SOON, async || count(&superuser, led).await == 1).await;
    let login = running.fixture.person("agent").user.clone();
    let configuration = database.configuration();
    for _ in 0..6 {
        let guess = Secret::from("not-what-it-is-at-all");
        let refused = unlock::unlock(&configuration, &login, guess, &Origin::default()).await;
        assert!(refused.is_err_and(|error| error.code() == "wrong_passphrase"));
    }
    until("an alert", SOON, async || alerts(&superuser, "failed_sign_in").await == [login.clone()]).await;
    let from = "select count(*) from sealdesk.audit_event where action = 'login_failed' and actor = 'system'";
    assert_eq!(count(&superuser, from).await, 6, "each of them, once");
}

/// Makes the clock of a program a quarter of an hour fast while a file is there.
const FAST: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(id, at);
  const char *file = getenv("FAST_WHILE");
  if (id == CLOCK_REALTIME && file && access(file, F_OK) == 0) at->tv_sec += 900;
  return done;
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_rings_and_checkpoints_go_on_once_it_is_right_again() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    let account = database.recruit("watch.fast", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let (source, library, fast) = (folder.path().join("fast.c"), folder.path().join("fast.so"), folder.path().join("fast"));
    std::fs::write(&source, FAST).unwrap();
    let made = std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status().unwrap();
    assert!(made.success(), "a linker is there, since this was linked");
    let watching = Watching::start_among(&database, &account, &[("LD_PRELOAD", &library), ("FAST_WHILE", &fast)]);
    until("a checkpoint", SOON, async || count(&superuser, CHECKPOINTS).await == 1).await;
    std::fs::write(&fast, "").unwrap();
    watching.until_it_says("this machine's clock jumped by", SOON).await;
    watching.signal(Signal::USR1);
    watching.until_it_says("no checkpoint can be made", SOON).await;
    until("an alert about the clock", SOON, async || !alerts(&superuser, "clock_jump").await.is_empty()).await;
    assert_eq!(count(&superuser, CHECKPOINTS).await, 1, "none is of a time that is not");
    std::fs::remove_file(&fast).unwrap();
    watching.signal(Signal::USR1);
    watching.until_it_says("checkpoints are made again", SOON).await;
    assert_eq!(watching.end().await, 0);
}
