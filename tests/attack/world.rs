//! One installation with an officer, an agent, a senior agent and an auditor, and raw connections as each of them.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sealdesk::{
    config::{Config, Glyphs, ThemeName, TlsConfig, TlsMode},
    crypto::{
        kdf::{KdfProfile, derive},
        secret::Secret,
    },
    model::{catalogue::Language, id::InstallationId},
    service::{Origin, SignedIn, catalogue, edit, install, staff, unlock},
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row, types::ToSql};
use uuid::Uuid;

use crate::server::Server;

pub const PASSPHRASE: &str = "lantern-orbit-velvet-cactus-91";

/// SQLSTATE and message.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub message: String,
}

pub type Answer<T> = Result<T, Refused>;
pub type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

pub struct World {
    pub server: Server,
    pub superuser: Client,
    pub officer: SignedIn,
    pub records: Vec<Uuid>,
    pub config: Config,
    passwords: BTreeMap<String, Secret<String>>,
}

/// A login role's own connection, with a session's token.
pub struct Attacker {
    pub client: Client,
    pub token: Vec<u8>,
    pub session: Uuid,
}

/// Runs an attack in an installation that no other attack is in meanwhile: some count, some take rights away for a moment. There are two, for the two
/// that may run at once; either may have seen any of the others before.
pub fn attack(test: impl AsyncFnOnce(&World)) {
    static WORLDS: [Mutex<Option<World>>; 2] = [const { Mutex::new(None) }; 2];
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().unwrap());
    let turn = || &WORLDS[NEXT.fetch_add(1, Ordering::Relaxed) % WORLDS.len()];
    let free = WORLDS.iter().find_map(|world| match world.try_lock() {
        Ok(world) => Some(world),
        // An attack that failed leaves nothing behind that the others do not expect of each other.
        Err(TryLockError::Poisoned(world)) => Some(world.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    });
    let mut world = free.unwrap_or_else(|| turn().lock().unwrap_or_else(PoisonError::into_inner));
    let world = world.get_or_insert_with(|| runtime.block_on(World::make()));
    runtime.block_on(world.sign_catalogue());
    runtime.block_on(test(world));
}

pub fn ticket() -> Uuid {
    Uuid::from_bytes(rand::random())
}

impl World {
    /// Has the officer stand by fields and kinds that were changed past their client, as attacks by raw SQL do and put back.
    pub async fn sign_catalogue(&self) {
        let newest = "select coalesce((select body::jsonb = sealdesk.catalogue_body() from sealdesk.catalogue_statement order by number desc limit 1), false)";
        if self.superuser.query_one(newest, &[]).await.unwrap().get(0) {
            return;
        }
        catalogue::sign(&self.officer, &catalogue::standing(&self.officer).await.unwrap()).await.unwrap();
    }

    async fn make() -> Self {
        let server = Server::start();
        let host = server.socket.display().to_string();
        connect(&host, "postgres", "postgres", "").await.unwrap().batch_execute("create database desk").await.unwrap();
        let mut superuser = connect(&host, "desk", "postgres", "").await.unwrap();
        superuser.batch_execute("create table public.nudge (at timestamptz)").await.unwrap();
        let secret = || Secret::new(PASSPHRASE.to_owned());
        let founded = install::init(&mut superuser, "Attack", "officer", secret()).await.unwrap();
        // The tests say themselves where they ask for four eyes.
        superuser.batch_execute("update sealdesk.four_eyes set required = false where required is null").await.unwrap();
        let config = config(&host, founded.installation);
        let officer = sign_in(&config, "officer").await;
        for (login, role) in [("ann", "agent"), ("sam", "senior_agent"), ("olga", "auditor")] {
            let code = staff::add(&officer, login, "", &[role.to_owned()]).await.unwrap();
            let fingerprint = staff::enrol(&config, login, code, secret()).await.unwrap();
            staff::confirm(&officer, login, &fingerprint).await.unwrap();
        }
        let sam = sign_in(&config, "sam").await;
        // Once more, now that the directory names everybody.
        let officer = sign_in(&config, "officer").await;
        let mut records = Vec::new();
        for (name, phone) in [("Li Wei", "13800138000"), ("Ana Souza", "13900139000"), ("Kim Min", "13700137000")] {
            let values = [("name", name), ("phone", phone), ("id_number", "11010519491231002X")];
            let draft = edit::Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() };
            records.push(edit::create(&sam, sealdesk::model::id::RecordId(uuid::Uuid::now_v7()), "customer", &draft).await.unwrap().0.0);
        }
        let passwords = ["officer", "ann", "sam", "olga"]
            .map(|login| (login.to_owned(), derive(login, founded.installation, &secret(), KdfProfile::Standard).unwrap().scram_password));
        Self { server, superuser, officer, records, config, passwords: passwords.into() }
    }

    /// A new person, enrolled and confirmed, signed in as the program does it.
    pub async fn recruit(&self, login: &str, roles: &[&str]) -> SignedIn {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let code = staff::add(&self.officer, login, "", &roles).await.unwrap();
        self.enrol(login, code).await
    }

    /// Enrols with a code, and has the officer confirm it.
    pub async fn enrol(&self, login: &str, code: Secret<String>) -> SignedIn {
        let fingerprint = staff::enrol(&self.config, login, code, Secret::new(PASSPHRASE.to_owned())).await.unwrap();
        staff::confirm(&self.officer, login, &fingerprint).await.unwrap();
        sign_in(&self.config, login).await
    }

    /// A raw connection and session of somebody who was recruited.
    pub async fn raw(&self, login: &str) -> Attacker {
        let derived = derive(login, self.config.installation, &Secret::new(PASSPHRASE.to_owned()), KdfProfile::Standard).unwrap();
        let host = self.server.socket.display().to_string();
        self.open(connect(&host, "desk", login, derived.scram_password.expose()).await.unwrap()).await
    }

    pub async fn connect(&self, login: &str, password: &Secret<String>) -> Client {
        connect(&self.server.socket.display().to_string(), "desk", login, password.expose()).await.unwrap()
    }

    /// A connection without a session.
    pub async fn login(&self, login: &str) -> Client {
        self.login_to("desk", login).await.unwrap()
    }

    pub async fn login_to(&self, database: &str, login: &str) -> Answer<Client> {
        let host = self.server.socket.display().to_string();
        for _ in 0..100 {
            match connect(&host, database, login, self.passwords[login].expose()).await {
                // The connections of the attack before this one are still closing.
                Err(refused) if refused.code == "53300" => tokio::time::sleep(Duration::from_millis(50)).await,
                answer => return answer,
            }
        }
        panic!("{login} has too many connections");
    }

    pub async fn sign_in(&self, login: &str) -> Attacker {
        self.open(self.login(login).await).await
    }

    async fn open(&self, client: Client) -> Attacker {
        let session = ticket();
        assert_eq!(outcome(&client, "select sealdesk_api.session_submit($1, null, 'test', 'test')", &[&session]).await.unwrap(), "ok");
        let token = self.collect(&client, "select token from sealdesk_api.session_open($1)", &[&session]).await.unwrap()[0].get(0);
        Attacker { client, token, session }
    }

    /// Collects, asking again while the request is not on disk; something else has to be written for that on an idle server.
    pub async fn collect(&self, client: &Client, sql: &str, parameters: Parameters<'_>) -> Answer<Vec<Row>> {
        for _ in 0..50 {
            match rows(client, sql, parameters).await {
                Err(refused) if refused.code == "SD001" => nudge(&self.superuser).await,
                answer => return answer,
            }
        }
        panic!("never on disk");
    }

    /// With their keys, as the program signs in.
    pub async fn with_keys(&self, login: &str) -> SignedIn {
        sign_in(&self.config, login).await
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.superuser.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn forget_quota(&self) {
        self.superuser.batch_execute("delete from sealdesk.quota_use").await.unwrap();
    }
}

impl Attacker {
    /// States the intent to see a record or a value. Answers with the outcome.
    pub async fn request_view(&self, ticket: Uuid, record: Uuid) -> Answer<String> {
        outcome(&self.client, "select sealdesk_api.request_view($1, $2, $3)", &[&self.token, &ticket, &record]).await
    }

    pub async fn request_reveal(&self, ticket: Uuid, record: Uuid, field: &str) -> Answer<String> {
        outcome(
            &self.client,
            "select sealdesk_api.request_reveal($1, $2, $3, $4, 'callback', null)",
            &[&self.token, &ticket, &record, &field],
        )
        .await
    }

    pub async fn collect_reveal(&self, world: &World, ticket: Uuid) -> Answer<Vec<u8>> {
        let found = world.collect(&self.client, "select value from sealdesk_api.collect_reveal($1, $2)", &[&self.token, &ticket]).await?;
        Ok(found[0].get(0))
    }

    /// The code with which a statement is refused, or `None` if it is not.
    pub async fn refusal(&self, sql: &str) -> Option<String> {
        self.client.batch_execute(sql).await.err().map(|error| refused(error).code)
    }
}

pub async fn rows(client: &Client, sql: &str, parameters: Parameters<'_>) -> Answer<Vec<Row>> {
    client.query(sql, parameters).await.map_err(refused)
}

pub async fn outcome(client: &Client, sql: &str, parameters: Parameters<'_>) -> Answer<String> {
    Ok(rows(client, sql, parameters).await?[0].get(0))
}

// `map_err` hands it over.
#[allow(clippy::needless_pass_by_value)]
pub fn refused(error: tokio_postgres::Error) -> Refused {
    match error.as_db_error() {
        Some(error) => Refused { code: error.code().code().to_owned(), message: error.message().to_owned() },
        None => Refused { code: String::new(), message: error.to_string() },
    }
}

async fn nudge(superuser: &Client) {
    superuser.batch_execute("insert into public.nudge values (now())").await.unwrap();
}

async fn connect(host: &str, database: &str, user: &str, password: &str) -> Answer<Client> {
    let mut config = tokio_postgres::Config::new();
    config.host(host).dbname(database).user(user).password(password);
    let (client, connection) = config.connect(NoTls).await.map_err(refused)?;
    tokio::spawn(connection);
    Ok(client)
}

/// With the person's keys, as the program signs in.
pub async fn sign_in(config: &Config, login: &str) -> SignedIn {
    unlock::unlock(config, login, Secret::new(PASSPHRASE.to_owned()), &Origin::default()).await.unwrap()
}

fn config(host: &str, installation: InstallationId) -> Config {
    Config {
        installation,
        name: "Attack".into(),
        host: host.to_owned(),
        port: 5432,
        dbname: "desk".into(),
        user: None,
        tls: TlsConfig { mode: TlsMode::Off, ca: None },
        root_fingerprint: None,
        language: Language::English,
        theme: ThemeName::Dark,
        glyphs: Glyphs::Ascii,
        mouse: false,
        bell: true,
        idle_lock_minutes: 5,
        log_level: "error".into(),
        watch: sealdesk::config::Watch::default(),
    }
}
