//! The demo: a private server, an installation, six people who really enrol, sample customers, and contracts with them.

mod afternoon;
mod under_way;
mod watching;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    sample::{self, Load, Records},
    server::{self, Cluster, ClusterOptions, ServerError},
};
use crate::{
    config::{Config, Glyphs, ThemeName, TlsConfig, TlsMode},
    crypto::secret::Secret,
    database::{connect, migrate},
    model::{
        catalogue::{Label, Language},
        id::InstallationId,
    },
    service::{Error, Origin, catalogue, install, staff, unlock},
};

/// (login, role), the officer first because everybody else is added by them.
const PEOPLE: [(&str, &str); 6] = [
    ("zhao.min", "security_officer"),
    ("chen.bo", "agent"),
    ("lin.mei", "senior_agent"),
    ("wu.jun", "supervisor"),
    ("he.qing", "auditor"),
    ("sun.li", "backup_operator"),
];
/// Who watches, where the demo does.
const WATCH: (&str, &str) = ("watch.one", "watch");
const DATABASE: &str = "sealdesk";
/// Contracts beside many customers; beside few there are as many as customers.
const CONTRACTS: u64 = 400;
/// Who is cleared for the labelled records, so that others do not find them.
const CLEARED: [&str; 2] = ["lin.mei", "wu.jun"];

/// Whether somebody in the demo has this role or login.
#[must_use]
pub fn has(role: &str) -> bool {
    PEOPLE.iter().any(|person| person.0 == role || person.1 == role)
}

/// The roles that people of the demo have.
#[must_use]
pub fn roles() -> Vec<&'static str> {
    PEOPLE.iter().map(|(_, role)| *role).collect()
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    pub records: u64,
    pub seed: u64,
    pub cluster: ClusterOptions,
    /// Install PostgreSQL when it is missing.
    pub install: bool,
    /// With contracts, labelled records, a second factor, a request, a review and a share, as on a working day.
    pub under_way: bool,
    /// With a running watch, which raises alerts and makes checkpoints.
    pub watch: bool,
}

/// Somebody to sign in as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPerson {
    pub user: String,
    pub passphrase: String,
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<DemoFactor>,
}

/// A second factor that somebody who tries the demo can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoFactor {
    /// In base32, for an authenticator application.
    pub secret: String,
    pub recovery_codes: Vec<String>,
}

/// What a kept demo remembers, in its own directory (mode 0700), and what `--serve --json` prints beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Remembered {
    installation: uuid::Uuid,
    root_fingerprint: String,
    people: Vec<DemoPerson>,
}

/// A running demo. Dropping it stops the watch and the server.
pub struct Demo {
    watching: Option<watching::Watching>,
    pub cluster: Cluster,
    pub people: Vec<DemoPerson>,
    pub config: Config,
    pub config_file: PathBuf,
    pub root_fingerprint: String,
}

/// What `--serve --json` prints, on one line.
#[derive(Serialize)]
pub struct Announcement<'a> {
    pub config: &'a Path,
    pub dir: &'a Path,
    pub host: &'a str,
    pub port: u16,
    pub dbname: &'a str,
    pub superuser_url: String,
    pub people: &'a [DemoPerson],
    pub root_fingerprint: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Service(#[from] Error),
    #[error("The sample customers could not be loaded: {0}")]
    Load(#[from] sample::LoadError),
    #[error("{path}: {detail}")]
    File { path: String, detail: String },
}

impl From<crate::database::error::DatabaseError> for DemoError {
    fn from(error: crate::database::error::DatabaseError) -> Self {
        Self::Service(error.into())
    }
}

impl Demo {
    /// Starts a demo. `progress` is told in short sentences what is being done.
    ///
    /// # Errors
    /// [`DemoError`] says what failed and the way out.
    pub async fn start(options: &DemoOptions, progress: &(dyn Fn(&str) + Sync)) -> Result<Self, DemoError> {
        let programs = server::find_or_install(options.install, progress)?;
        progress(&format!("starting a private PostgreSQL {}", programs.major));
        let cluster = Cluster::start(&programs, &options.cluster)?;
        let memory = cluster.root.join(server::FOUNDED);
        let remembered = if cluster.reused {
            progress("using the customers and people already there");
            read(&memory)?
        } else {
            let made = Box::pin(found(&cluster, options, progress)).await?;
            write(&memory, &serde_json::to_string(&made).unwrap_or_default())?;
            made
        };
        let config = config(&cluster, &remembered);
        let config_file = cluster.root.join("config.toml");
        write(&config_file, &config_text(&config))?;
        let watching = remembered.people.iter().find(|person| person.role == WATCH.1 && options.watch);
        let watching = watching.map(|account| watching::Watching::begin(&config, account, &cluster.root.join("watch"))).transpose()?;
        Ok(Self { watching, cluster, people: remembered.people, config, config_file, root_fingerprint: remembered.root_fingerprint })
    }

    /// Whether alerts are raised.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watching.is_some()
    }

    /// A bad afternoon: after a while the agent reads phone numbers in bulk, until somebody stops it. Dropping the answer ends it.
    #[must_use]
    pub fn bad_afternoon(&self) -> Option<afternoon::Afternoon> {
        Some(afternoon::Afternoon::begin(&self.config, self.person(afternoon::WHO)?))
    }

    /// What to do in it, in a few steps.
    #[must_use]
    pub fn steps() -> &'static [Label] {
        afternoon::STEPS.as_slice()
    }

    /// The person who has a role.
    #[must_use]
    pub fn person(&self, role: &str) -> Option<&DemoPerson> {
        self.people.iter().find(|person| person.role == role || person.user == role)
    }

    /// The one-time code that the person's authenticator would show now, where there is a second factor.
    ///
    /// # Errors
    /// Lost connections.
    pub async fn code(&self, person: &DemoPerson) -> Result<Option<Secret<String>>, DemoError> {
        if person.second_factor.is_none() {
            return Ok(None);
        }
        let superuser = connect::client(&self.cluster.superuser(DATABASE)).await?;
        Ok(Some(under_way::code(&superuser, &person.user, 0).await?))
    }

    #[must_use]
    pub fn announcement(&self) -> Announcement<'_> {
        Announcement {
            config: &self.config_file,
            dir: &self.cluster.root,
            host: &self.config.host,
            port: self.config.port,
            dbname: DATABASE,
            superuser_url: self.cluster.superuser_url(DATABASE),
            people: &self.people,
            root_fingerprint: &self.root_fingerprint,
        }
    }
}

async fn found(cluster: &Cluster, options: &DemoOptions, progress: &(dyn Fn(&str) + Sync)) -> Result<Remembered, DemoError> {
    let admin = connect::client(&cluster.superuser("postgres")).await?;
    admin
        .batch_execute(&format!("create database {DATABASE} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"))
        .await
        .map_err(crate::database::error::DatabaseError::from)?;
    progress("founding the installation");
    let people: Vec<DemoPerson> = PEOPLE
        .iter()
        .chain(options.watch.then_some(&WATCH))
        .map(|(user, role)| DemoPerson {
            user: (*user).to_owned(),
            passphrase: passphrase(),
            role: (*role).to_owned(),
            second_factor: None,
        })
        .collect();
    let mut superuser = connect::client(&cluster.superuser(DATABASE)).await?;
    let officer = &people[0];
    let founded = install::init(&mut superuser, "demo", &officer.user, Secret::from(officer.passphrase.as_str())).await?;
    let mut remembered = Remembered { installation: founded.installation.0, root_fingerprint: founded.root_fingerprint, people };
    let config = config(cluster, &remembered);

    if options.under_way {
        sample::define_contracts(&superuser).await?;
    }
    progress("enrolling six people");
    let officer = &remembered.people[0];
    let signed_in = unlock::unlock(&config, &officer.user, Secret::from(officer.passphrase.as_str()), &Origin::default()).await?;
    if options.under_way {
        // Contracts were defined past the officer's client, who stands by them now.
        catalogue::sign(&signed_in, &catalogue::standing(&signed_in).await?).await?;
    }
    // All are invited before anybody is there who could approve: from the first on, a role with capabilities would wait for them.
    let mut codes = Vec::new();
    for person in &remembered.people[1..] {
        codes.push(staff::add(&signed_in, &person.user, &display_name(&person.user), std::slice::from_ref(&person.role)).await?);
    }
    let others = remembered.people[1..].iter().zip(codes).map(|(person, code)| enrol(&config, &signed_in, person, code));
    for enrolled in futures::future::join_all(others).await {
        enrolled?;
    }
    staff::rename(&signed_in, &officer.user, &display_name(&officer.user)).await?;
    if options.under_way {
        superuser
            .execute("update sealdesk.person set clearance = 1 where login = any ($1)", &[&CLEARED.as_slice()])
            .await
            .map_err(crate::database::error::DatabaseError::from)?;
    }
    unlock::close(&signed_in).await?;

    if options.records > 0 {
        let loader = remembered.people.iter().find(|person| person.role == "senior_agent").unwrap_or(officer);
        let holder = unlock::unlock(&config, &loader.user, Secret::from(loader.passphrase.as_str()), &Origin::default()).await?;
        let customers = Load { records: Records::Customers, count: options.records, seed: options.seed, labelled: options.under_way };
        let contracts =
            Load { records: Records::Contracts { customers: options.records }, count: options.records.min(CONTRACTS), ..customers };
        progress(&format!("encrypting {} customers", customers.count));
        let report = |written: u64| {
            if written.is_multiple_of(50_000) {
                progress(&format!("{written} customers written"));
            }
        };
        sample::load(&mut superuser, &holder, customers, report).await?;
        if options.under_way {
            progress(&format!("encrypting {} contracts", contracts.count));
            sample::load(&mut superuser, &holder, contracts, |_| {}).await?;
        }
        unlock::close(&holder).await?;
    }
    migrate::migrate(&mut superuser).await?;
    if options.under_way {
        progress("putting work under way");
        Box::pin(under_way::begin(&superuser, &config, &mut remembered.people)).await?;
    }
    Ok(remembered)
}

/// The same steps as two people at two terminals: invite, enrol, compare the fingerprint, confirm.
async fn enrol(config: &Config, officer: &crate::service::SignedIn, person: &DemoPerson, code: Secret<String>) -> Result<(), DemoError> {
    let fingerprint = staff::enrol(config, &person.user, code, Secret::from(person.passphrase.as_str())).await?;
    staff::confirm(officer, &person.user, &fingerprint).await?;
    Ok(())
}

/// `lin.mei` is called Lin Mei.
fn display_name(login: &str) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    login.split('.').map(capital).collect::<Vec<_>>().join(" ")
}

/// Four made-up words, about 49 random bits, easy to type once.
fn passphrase() -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut text = String::new();
    for word in 0..4 {
        if word > 0 {
            text.push('-');
        }
        for _ in 0..2 {
            let [c, v]: [u8; 2] = rand::random();
            text.push(char::from(CONSONANTS[usize::from(c) % CONSONANTS.len()]));
            text.push(char::from(VOWELS[usize::from(v) % VOWELS.len()]));
        }
    }
    text
}

fn config(cluster: &Cluster, remembered: &Remembered) -> Config {
    Config {
        installation: InstallationId(remembered.installation),
        name: "demo".into(),
        host: if cluster.tcp { "localhost".into() } else { cluster.socket.display().to_string() },
        port: cluster.port,
        dbname: DATABASE.into(),
        user: None,
        tls: TlsConfig { mode: if cluster.tcp { TlsMode::VerifyFull } else { TlsMode::Off }, ca: cluster.tcp.then(|| cluster.authority()) },
        root_fingerprint: Some(remembered.root_fingerprint.clone()),
        language: Language::English,
        theme: ThemeName::default(),
        glyphs: Glyphs::default(),
        mouse: true,
        bell: true,
        idle_lock_minutes: 15,
        log_level: "info".into(),
        watch: if remembered.people.iter().any(|person| person.role == WATCH.1) {
            crate::config::Watch {
                anchors: vec![format!("file:{}", cluster.root.join("anchors").display())],
                server_log: Some(cluster.json_log()),
            }
        } else {
            crate::config::Watch::default()
        },
    }
}

fn config_text(config: &Config) -> String {
    let tls = match &config.tls.ca {
        Some(ca) => format!("tls = \"verify_full\"\ntls_ca = \"{}\"\n", ca.display()),
        None => "tls = \"off\"\n".into(),
    };
    let watch = match (config.watch.anchors.first(), &config.watch.server_log) {
        (Some(anchor), Some(log)) => format!("[watch]\nanchors = [\"{anchor}\"]\nserver_log = \"{}\"\n", log.display()),
        _ => String::new(),
    };
    format!(
        "installation = \"{}\"\nname = \"{}\"\nroot_fingerprint = \"{}\"\nhost = \"{}\"\nport = {}\ndbname = \"{}\"\nidle_lock_minutes = {}\n{tls}{watch}",
        config.installation,
        config.name,
        config.root_fingerprint.as_deref().unwrap_or_default(),
        config.host,
        config.port,
        config.dbname,
        config.idle_lock_minutes
    )
}

fn read(path: &Path) -> Result<Remembered, DemoError> {
    let failed = |detail: String| DemoError::File { path: path.display().to_string(), detail };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

fn write(path: &Path, text: &str) -> Result<(), DemoError> {
    std::fs::write(path, text).map_err(|error| DemoError::File { path: path.display().to_string(), detail: error.to_string() })
}
