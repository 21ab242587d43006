//! The watch, killed, started twice, without a database, and told by the service manager's signals.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use sealdesk::{
    crypto::secret::Secret,
    operations::demo::DemoPerson,
    service::{Origin, SignedIn, unlock, watch},
};

use crate::{
    support::{Database, fixture, program, serve},
    world::count,
};

/// A running watch and what it has said.
pub struct Watching {
    pub child: Child,
    said: Arc<Mutex<Vec<String>>>,
    /// Holds the passphrase, and what the watch remembers.
    folder: tempfile::TempDir,
}

impl Watching {
    pub fn start(database: &Database<'_>, account: &DemoPerson, manager: Option<&Path>) -> Self {
        Self::start_with(database, account, manager, None)
    }

    pub fn start_with(database: &Database<'_>, account: &DemoPerson, manager: Option<&Path>, sinks: Option<&Path>) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), database, account, manager, sinks, &[])
    }

    /// With more in its environment.
    pub fn start_among(database: &Database<'_>, account: &DemoPerson, environment: &[(&str, &Path)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), database, account, None, None, environment)
    }

    /// With these anchors.
    pub fn start_anchored(database: &Database<'_>, account: &DemoPerson, anchors: &[String]) -> Self {
        let anchors = anchors.iter().map(|anchor| format!("\"{anchor}\"")).collect::<Vec<_>>().join(", ");
        Self::start_set(database, account, &format!("[watch]\nanchors = [{anchors}]\n"))
    }

    /// With further settings.
    pub fn start_set(database: &Database<'_>, account: &DemoPerson, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = std::fs::read_to_string(&database.fixture.config).unwrap();
        std::fs::write(folder.path().join("config.toml"), format!("{config}{settings}")).unwrap();
        Self::start_in(folder, database, account, None, None, &[])
    }

    /// Another one with what this one remembers.
    pub fn again(&mut self, database: &Database<'_>, account: &DemoPerson) -> Self {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Self::start_in(folder, database, account, None, None, &[])
    }

    fn start_in(
        folder: tempfile::TempDir,
        database: &Database<'_>,
        account: &DemoPerson,
        manager: Option<&Path>,
        sinks: Option<&Path>,
        environment: &[(&str, &Path)],
    ) -> Self {
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, format!("{}\n", account.passphrase)).unwrap();
        let mut command = program();
        let own = folder.path().join("config.toml");
        command.env("SEALDESK_CONFIG", if own.exists() { &own } else { &database.fixture.config });
        command.env("SEALDESK_DBNAME", &database.name).env("LC_ALL", "C.UTF-8");
        // Every test's database is of the same installation, and each has checkpoints of its own.
        command.env("XDG_STATE_HOME", folder.path().join("state"));
        command.envs(environment.iter().copied());
        if let Some(socket) = manager {
            command.env("NOTIFY_SOCKET", socket);
        }
        if let Some(sinks) = sinks {
            command.arg("watch").arg("--sinks").arg(sinks);
        } else {
            command.arg("watch");
        }
        let mut child = command
            .args(["--user", &account.user, "--passphrase-file"])
            .arg(&passphrase)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        Self { child, said, folder }
    }

    fn has_said(&self, text: &str) -> bool {
        self.said.lock().unwrap().iter().any(|line| line.contains(text))
    }

    pub async fn until_it_says(&self, text: &str, within: Duration) -> Duration {
        let began = Instant::now();
        while !self.has_said(text) {
            assert!(began.elapsed() < within, "\"{text}\" was not said within {within:?}: {:?}", self.said.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        began.elapsed()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub async fn end(mut self) -> i32 {
        self.signal(Signal::TERM);
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(began.elapsed() < Duration::from_secs(10), "it does not end: {:?}", self.said.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.folder.path();
    }
}

pub const SOON: Duration = Duration::from_secs(20);

pub async fn sign_in(database: &Database<'_>, account: &DemoPerson) -> SignedIn {
    let passphrase = Secret::from(account.passphrase.as_str());
    unlock::unlock(&database.configuration(), &account.user, passphrase, &Origin::default()).await.unwrap()
}

/// Events that no round has evaluated.
const LEFT: &str = "select count(*) from sealdesk.audit_event e, sealdesk.watch w where not pg_visible_in_snapshot(e.xid, w.place)";
const EVALUATED: &str = "select evaluated from sealdesk.watch";

#[tokio::test(flavor = "multi_thread")]
async fn of_two_watches_one_leads_and_the_other_takes_over_within_ten_seconds_of_its_death() {
    let database = fixture().fresh_database().await;
    let (one, two) = (database.recruit("watch.one", "watch").await, database.recruit("watch.two", "watch").await);
    let mut first = Watching::start(&database, &one, None);
    first.until_it_says("leads", SOON).await;
    let second = Watching::start(&database, &two, None);
    second.until_it_says("stands by: watch.one leads", SOON).await;
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let took = second.until_it_says("leads: the audit", Duration::from_secs(10)).await;
    eprintln!("taken over after {took:?}");
    // Given up in order, it is taken at once.
    let third = Watching::start(&database, &one, None);
    third.until_it_says("stands by: watch.two leads", SOON).await;
    assert_eq!(second.end().await, 0);
    third.until_it_says("leads: the audit", Duration::from_secs(4)).await;
    assert_eq!(third.end().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_whose_database_is_killed_says_so_and_loses_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("server").display().to_string();
    let arguments = ["--records", "5", "--dir", &place, "--keep"];
    let running = serve(&arguments);
    let name = running.fixture.dbname.clone();
    let database = Database { fixture: &running.fixture, name: name.clone() };
    let account = database.recruit("watch.lone", "watch").await;
    let anchor = folder.path().join("anchors");
    let watching = Watching::start_anchored(&database, &account, &[format!("file:{}", anchor.display())]);
    watching.until_it_says("leads", SOON).await;
    let lines = || std::fs::read_to_string(&anchor).unwrap_or_default().lines().count();
    let began = Instant::now();
    while lines() == 0 {
        assert!(began.elapsed() < SOON, "no checkpoint: {:?}", watching.said.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let before = lines();
    running.kill();
    watching.until_it_says("no database; trying again", SOON).await;

    let again = serve(&arguments);
    let database = Database { fixture: &again.fixture, name };
    let superuser = database.superuser().await;
    let agent = database.sign_in("agent").await;
    unlock::close(&agent).await.unwrap();
    let began = Instant::now();
    // Its own sign-in is evaluated too, so nothing at all is left in the end.
    while count(&superuser, LEFT).await > 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", watching.said.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(lines() > before, "checkpoints go on where they were");
    assert!(!watching.has_said("THE AUDIT WAS CHANGED"), "{:?}", watching.said.lock().unwrap());
    assert_eq!(watching.end().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_is_told_when_the_watch_is_ready_reads_again_and_stops() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.told", "watch").await;
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut told = Vec::new();
    let mut until = |what: &str| {
        let mut buffer = [0; 4096];
        loop {
            let length = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("no {what} ({error}) in {told:?}"));
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            told.push(text.clone());
            if text.contains(what) {
                return text;
            }
        }
    };
    let watching = Watching::start(&database, &account, Some(&socket));
    until("READY=1");
    until("STATUS=leads");
    until("WATCHDOG=1");
    watching.signal(Signal::HUP);
    assert!(until("RELOADING=1").contains("MONOTONIC_USEC="));
    until("READY=1");
    until("STATUS=leads");
    watching.signal(Signal::TERM);
    until("STOPPING=1");
    assert_eq!(watching.end().await, 0);
    let superuser = database.superuser().await;
    assert_eq!(
        count(&superuser, "select count(*) from sealdesk.watch where until_at > clock_timestamp()").await,
        0,
        "the lead is given up"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_ends_the_watch_instead_of_being_tried_for_ever() {
    let database = fixture().fresh_database().await;
    let mut account = database.recruit("watch.typo", "watch").await;
    account.passphrase = "not-what-it-was".into();
    let mut watching = Watching::start(&database, &account, None);
    assert_eq!(watching.child.wait().unwrap().code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_evaluated_once_however_long_its_transaction_stays_open() {
    let database = fixture().fresh_database().await;
    let account = database.recruit("watch.exact", "watch").await;
    let (superuser, late) = (database.superuser().await, database.superuser().await);
    let signed_in = sign_in(&database, &account).await;
    while watch::round(&signed_in).await.unwrap().events > 0 {}
    let (chain, other) = (chain_of(&superuser).await, chain_of(&superuser).await);
    let append = |chain: &str, times: i32| {
        format!(
            "select sealdesk.append('{chain}', 'late.test', 'view', 'ok', null, null, null, null, null, null, null, null) from generate_series(1, {times})"
        )
    };
    let before = count(&superuser, EVALUATED).await;
    late.batch_execute("begin").await.unwrap();
    late.batch_execute(&append(&chain, 3)).await.unwrap();
    superuser.batch_execute(&append(&other, 5)).await.unwrap();
    assert_eq!(watch::round(&signed_in).await.unwrap().events, 5, "the open transaction holds nobody up");
    assert_eq!(watch::round(&signed_in).await.unwrap().events, 0);
    superuser.batch_execute(&append(&other, 4_500)).await.unwrap();
    late.batch_execute("commit").await.unwrap();
    let mut caught_up = 0;
    loop {
        let round = watch::round(&signed_in).await.unwrap();
        // One transaction of 4,500 events is evaluated in parts, so that nobody can write one that no round gets through.
        assert!(round.events <= 2_000);
        caught_up += round.events;
        if round.events == 0 {
            break;
        }
    }
    assert_eq!(caught_up, 4_503);
    assert_eq!(count(&superuser, EVALUATED).await, before + 4_508);
    assert_eq!(count(&superuser, LEFT).await, 0);
}

async fn chain_of(superuser: &tokio_postgres::Client) -> String {
    let chain = "with id as (select gen_random_uuid() as id) select id::text, sealdesk.start_chain(id, null, 'late.test', 'test', 'test') is null from id";
    superuser.query_one(chain, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_from_before_the_watch_makes_the_roles_key_when_it_is_first_given() {
    let database = fixture().fresh_database().await;
    let superuser = database.superuser().await;
    superuser
        .batch_execute(
            "delete from sealdesk.directory_entry where kind = 'role' and name = 'watch';
             delete from sealdesk.wrapped_key where subject = 'watch' or recipient = 'watch'",
        )
        .await
        .unwrap();
    let account = database.recruit("watch.first", "watch").await;
    let signed_in = sign_in(&database, &account).await;
    assert!(signed_in.problems().is_empty(), "{:?}", signed_in.problems());
    assert!(watch::round(&signed_in).await.unwrap().leads);
}
