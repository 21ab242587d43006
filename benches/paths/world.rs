//! An installation to measure in: an officer, as many senior agents as wanted, and generated customers.

use sealdesk::{
    config::{Config, Glyphs, ThemeName, TlsConfig, TlsMode},
    crypto::secret::Secret,
    database::connect::{self, Target, Tls},
    model::catalogue::Language,
    operations::sample::{self, Load, Records},
    service::{Origin, SignedIn, install, staff, unlock},
};
use tokio_postgres::Client;

use super::Failure;

pub const PASSPHRASE: &str = "ferry oatmeal lantern quartz bicycle";
pub const SEED: u64 = 2026;

pub struct World {
    pub config: Config,
    /// A superuser's connection to the installation's database.
    pub owner: Client,
    pub officer: SignedIn,
}

pub fn superuser(host: &str, password: &str, dbname: &str) -> Target {
    Target {
        host: host.into(),
        port: 5432,
        dbname: dbname.into(),
        user: "postgres".into(),
        password: Secret::from(password),
        tls: Tls::Off,
    }
}

impl World {
    /// Founds a new installation in a new database. The login roles of an earlier run go first: they belong to the cluster.
    pub async fn found(host: &str, password: &str) -> Result<Self, Failure> {
        let dbname = "sealdesk_bench";
        let first = connect::client(&superuser(host, password, "postgres")).await?;
        first.batch_execute("drop database if exists sealdesk_bench with (force)").await?;
        for row in first.query("select rolname from pg_roles where rolname like 'bench.%'", &[]).await? {
            first.batch_execute(&format!("drop role \"{}\"", row.get::<_, String>(0))).await?;
        }
        first.batch_execute("create database sealdesk_bench template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'").await?;
        let mut owner = connect::client(&superuser(host, password, dbname)).await?;
        let founded = install::init(&mut owner, "bench", "bench.officer", Secret::from(PASSPHRASE)).await?;
        // The figure is the machine's, not the policy's.
        owner.batch_execute("update sealdesk.class set quota_per_hour = 1000000000").await?;
        let config = Config {
            installation: founded.installation,
            name: founded.name,
            host: host.into(),
            port: 5432,
            dbname: dbname.into(),
            user: None,
            tls: TlsConfig { mode: TlsMode::VerifyFull, ca: None },
            root_fingerprint: Some(founded.root_fingerprint),
            language: Language::English,
            theme: ThemeName::default(),
            glyphs: Glyphs::default(),
            mouse: false,
            bell: true,
            idle_lock_minutes: 10,
            log_level: "warn".into(),
            watch: sealdesk::config::Watch::default(),
        };
        let officer = unlock::unlock(&config, "bench.officer", Secret::from(PASSPHRASE), &Origin::from_environment()).await?;
        Ok(Self { config, owner, officer })
    }

    /// Enrols one more senior agent, who holds the keys of every class, and signs them in.
    pub async fn senior_agent(&self, number: usize) -> Result<SignedIn, Failure> {
        let login = format!("bench.agent{number}");
        let code = staff::add(&self.officer, &login, "", &["senior_agent".to_owned()]).await?;
        let fingerprint = staff::enrol(&self.config, &login, code, Secret::from(PASSPHRASE)).await?;
        staff::confirm(&self.officer, &login, &fingerprint).await?;
        Ok(unlock::unlock(&self.config, &login, Secret::from(PASSPHRASE), &Origin::from_environment()).await?)
    }

    /// Loads customers and says how fast; answers with customers a second.
    pub async fn load(&mut self, agent: &SignedIn, count: u64) -> Result<f64, Failure> {
        let began = std::time::Instant::now();
        sample::load(&mut self.owner, agent, Load { records: Records::Customers, count, seed: SEED, labelled: false }, |done| {
            if done % 100_000 == 0 {
                eprintln!("  {done} of {count} loaded");
            }
        })
        .await?;
        let took = began.elapsed().as_secs_f64();
        println!("load: {count} customers in {took:.1} s, {:.0} a second", count as f64 / took);
        Ok(count as f64 / took)
    }
}
