//! One private server a test binary: `sealdesk demo --serve --json`, started when first asked for. It ends when this process does, however it
//! ends, because its standard input then does. Tests that write take a database of their own, copied from a closed template.

// Each test binary uses its part of this, and a fixture that cannot be had has failed the test.
#![allow(dead_code, clippy::expect_used, clippy::missing_panics_doc)]

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sealdesk::{
    config::{self, Config, Overrides},
    crypto::{
        kdf::{self, KdfProfile},
        secret::Secret,
    },
    database::{
        connect::{self, Target},
        migrate,
    },
    operations::demo::DemoPerson,
    service::{Origin, SignedIn, staff, unlock},
};
use serde::Deserialize;
use tokio_postgres::Client;

/// Customers in the template: enough for several pages, few enough to be there at once.
const RECORDS: &str = "300";
const TEMPLATE: &str = "sealdesk_template";

/// What `sealdesk demo --serve --json` says.
#[derive(Debug, Deserialize)]
pub struct Fixture {
    pub config: PathBuf,
    pub dir: PathBuf,
    pub host: String,
    pub port: u16,
    pub dbname: String,
    pub superuser_url: String,
    pub people: Vec<DemoPerson>,
    pub root_fingerprint: String,
}

/// A server that lives as long as this.
pub struct Running {
    pub fixture: Fixture,
    /// Holds the pipe whose end ends the server.
    demo: Child,
}

impl Running {
    /// Kills the server and the program that started it, as a loss of power would.
    pub fn kill(mut self) {
        let pid = std::fs::read_to_string(self.fixture.dir.join("data/postmaster.pid")).expect("a server that runs");
        let pid = pid.lines().next().and_then(|pid| pid.parse().ok()).and_then(rustix::process::Pid::from_raw).expect("its process");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is killed");
        self.demo.kill().expect("the program is killed");
        self.demo.wait().expect("the program is gone");
        // The next server takes the directory over; the old one's processes must have noticed that they are alone.
        while rustix::process::test_kill_process(pid).is_ok() {
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
    }
}

/// The server of this test binary. Call it from a test; the first call starts it.
pub fn fixture() -> &'static Fixture {
    static RUNNING: OnceLock<Running> = OnceLock::new();
    &RUNNING.get_or_init(start).fixture
}

/// The program under test.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sealdesk"))
}

fn start() -> Running {
    let running = serve(&["--records", RECORDS]);
    // The caller may be inside a runtime of its own.
    std::thread::scope(|scope| {
        let made = scope.spawn(|| tokio::runtime::Runtime::new().expect("a runtime").block_on(make_template(&running.fixture)));
        made.join().expect("the template is made");
    });
    running
}

/// A server of a test's own.
pub fn serve(arguments: &[&str]) -> Running {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let log_path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{}-{number}.log", std::process::id()));
    let mut demo = program()
        .args(["demo", "--serve", "--json", "--until-eof"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&log_path).expect("the log of the demo"))
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(demo.stdout.take().expect("a pipe was asked for")).read_line(&mut line).expect("standard output of the demo");
    let log = std::fs::read_to_string(&log_path).unwrap_or_default();
    let fixture: Fixture = serde_json::from_str(&line).unwrap_or_else(|error| panic!("the demo did not start ({error}): {line}{log}"));
    let _ = std::fs::remove_file(log_path);
    Running { fixture, demo }
}

/// A copy that nobody can connect to, because a database in use cannot be copied.
async fn make_template(fixture: &Fixture) {
    let superuser = fixture.superuser_of("postgres").await;
    superuser.batch_execute(&format!("create database {TEMPLATE} template {}", fixture.dbname)).await.expect("the template is copied");
    // The tests say themselves where they ask for four eyes.
    let template = fixture.superuser_of(TEMPLATE).await;
    template.batch_execute("update sealdesk.four_eyes set required = false where required is null").await.expect("four eyes are off");
    drop(template);
    superuser
        .batch_execute(&format!("alter database {TEMPLATE} is_template true allow_connections false"))
        .await
        .expect("the template is closed");
}

impl Fixture {
    /// The person who has a role.
    pub fn person(&self, role: &str) -> &DemoPerson {
        self.people.iter().find(|person| person.role == role || person.user == role).expect("the demo has the role")
    }

    pub fn configuration(&self) -> Config {
        config::resolve(&Overrides { file: Some(self.config.clone()), ..Overrides::default() }).expect("the demo's configuration")
    }

    /// The shared database: for tests that only read.
    pub fn shared(&self) -> Database<'_> {
        Database { fixture: self, name: self.dbname.clone() }
    }

    /// A database of the test's own, with the same people and customers.
    pub async fn fresh_database(&self) -> Database<'_> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let superuser = self.superuser_of("postgres").await;
        superuser.batch_execute(&format!("create database {name} template {TEMPLATE}")).await.expect("a copy of the template");
        let database = Database { fixture: self, name };
        // Privileges on the database itself are not copied.
        migrate::close_database(&database.superuser().await).await.expect("CONNECT is granted");
        database
    }

    async fn superuser_of(&self, dbname: &str) -> Client {
        let (server, _) = self.superuser_url.rsplit_once('/').expect("the URL ends in a database");
        connect::from_url(&Secret::new(format!("{server}/{dbname}"))).await.expect("the superuser connects")
    }
}

/// One database of the server.
pub struct Database<'a> {
    pub fixture: &'a Fixture,
    pub name: String,
}

impl Database<'_> {
    pub fn configuration(&self) -> Config {
        Config { dbname: self.name.clone(), ..self.fixture.configuration() }
    }

    pub async fn superuser(&self) -> Client {
        self.fixture.superuser_of(&self.name).await
    }

    /// The superuser, unless the server is not there just now.
    pub async fn try_superuser(&self) -> Option<Client> {
        let (server, _) = self.fixture.superuser_url.rsplit_once('/')?;
        let client = connect::from_url(&Secret::new(format!("{server}/{}", self.name))).await.ok()?;
        client.query_one("select 1", &[]).await.ok()?;
        Some(client)
    }

    /// Signs in the person who has a role, as the desk does.
    pub async fn sign_in(&self, role: &str) -> SignedIn {
        let person = self.fixture.person(role);
        unlock::unlock(&self.configuration(), &person.user, Secret::from(person.passphrase.as_str()), &Origin::default())
            .await
            .expect("the person signs in")
    }

    /// Somebody new with a role, enrolled and confirmed by the officer. A login is the whole server's, so it must be unlike every other test's.
    pub async fn recruit(&self, login: &str, role: &str) -> DemoPerson {
        let alone = "update sealdesk.four_eyes set required = false where required is null";
        self.superuser().await.batch_execute(alone).await.expect("four eyes are off");
        let officer = self.sign_in("security_officer").await;
        let passphrase = "lantern-orbit-velvet-cactus-91";
        let code = staff::add(&officer, login, "", &[role.to_owned()]).await.expect("the person is added");
        let config = self.configuration();
        let fingerprint = staff::enrol(&config, login, code, Secret::from(passphrase)).await.expect("the person enrols");
        staff::confirm(&officer, login, &fingerprint).await.expect("the person is confirmed");
        unlock::close(&officer).await.expect("the officer leaves");
        DemoPerson { user: login.to_owned(), passphrase: passphrase.to_owned(), role: role.to_owned(), second_factor: None }
    }

    /// What that person has with `psql`: a bare connection with their own login.
    pub async fn connect_as(&self, role: &str) -> Client {
        let config = self.configuration();
        let person = self.fixture.person(role);
        let passphrase = Secret::from(person.passphrase.as_str());
        let derived = kdf::derive(&person.user, config.installation, &passphrase, KdfProfile::Standard).expect("the passphrase's keys");
        connect::client(&Target::for_person(&config, &person.user, derived.scram_password)).await.expect("the person connects")
    }

    /// What the doctor says of this database, as whoever administers it.
    pub fn doctor(&self) -> String {
        let folder = tempfile::tempdir().expect("a directory");
        let url = folder.path().join("url");
        let (server, _) = self.fixture.superuser_url.rsplit_once('/').expect("the URL ends in a database");
        std::fs::write(&url, format!("{server}/{}\n", self.name)).expect("a file");
        let mut command = program();
        command.env("SEALDESK_CONFIG", &self.fixture.config).env("SEALDESK_DBNAME", &self.name).env("LC_ALL", "C.UTF-8");
        let output = command.args(["doctor", "--url-file"]).arg(url).output().expect("the program runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The program as that person with this database; the passphrase is piped in when it runs.
    pub fn program_as(&self, role: &str) -> PersonCommand {
        let mut command = program();
        let person = self.fixture.person(role);
        // What is remembered of one database is not held against its copies, which have the same installation in them.
        command.env("XDG_STATE_HOME", self.fixture.dir.join(format!("state-{}", self.name)));
        command.env("SEALDESK_CONFIG", &self.fixture.config).env("SEALDESK_DBNAME", &self.name).env("LC_ALL", "C.UTF-8").args([
            "--user",
            &person.user,
            "--passphrase-file",
            "-",
        ]);
        PersonCommand { command, passphrase: person.passphrase.clone() }
    }
}

/// The code that an authenticator shows at a moment, in seconds since 1970 (RFC 6238).
pub fn totp(secret: &str, seconds: i64) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in secret.bytes().filter(|letter| *letter != b' ') {
        let value = b"abcdefghijklmnopqrstuvwxyz234567".iter().position(|known| *known == letter).expect("base32");
        bits = (bits << 5) | u32::try_from(value).expect("five bits");
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).expect("a byte"));
        }
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&bytes).expect("any length");
    mac.update(&(seconds / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes([mac[at] & 127, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// A person's second factor, set up by the program itself.
pub struct SecondFactor {
    pub secret: String,
    pub recovery_codes: Vec<String>,
    /// When the first code was given; later ones must be of later time steps.
    pub confirmed: i64,
}

impl SecondFactor {
    /// The code of so many time steps after the first.
    pub fn code(&self, steps: i64) -> String {
        totp(&self.secret, self.confirmed + 30 * steps)
    }
}

/// A command that reads a passphrase.
pub struct PersonCommand {
    pub command: Command,
    pub passphrase: String,
}

impl PersonCommand {
    /// Sets up a second factor, as a script does it: the secret comes out, a first code goes in, recovery codes come out.
    pub fn set_up_second_factor(mut self) -> SecondFactor {
        use std::io::Write as _;
        let mut child = self
            .command
            .args(["second-factor", "set-up", "--json", "--code-file", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut input = child.stdin.take().expect("a pipe was asked for");
        writeln!(input, "{}", self.passphrase).expect("it reads");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe was asked for")).lines();
        let mut next = || -> serde_json::Value { serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON") };
        let secret = next()["secret"].as_str().expect("a secret").to_owned();
        let confirmed = jiff::Timestamp::now().as_second();
        writeln!(input, "{}", totp(&secret, confirmed)).expect("it reads");
        let codes =
            next()["recovery_codes"].as_array().expect("codes").iter().filter_map(|code| code.as_str().map(str::to_owned)).collect();
        assert!(child.wait().expect("it ends").success());
        SecondFactor { secret, recovery_codes: codes, confirmed }
    }

    /// As [`PersonCommand::run`], with a one-time code.
    pub fn run_with_code(mut self, code: &str, arguments: &[&str]) -> (i32, String, String) {
        self.command.args(["--code-file", "-"]);
        self.passphrase = format!("{}\n{code}", self.passphrase);
        self.run(arguments)
    }

    /// Runs to the end: exit code, standard output, standard error.
    pub fn run(mut self, arguments: &[&str]) -> (i32, String, String) {
        use std::io::Write as _;
        let mut child = self
            .command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut input = child.stdin.take().expect("a pipe was asked for");
        // A program that ends before reading is judged by its exit code.
        let _ = writeln!(input, "{}", self.passphrase);
        drop(input);
        let output = child.wait_with_output().expect("the program ends");
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }
}
