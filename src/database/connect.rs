//! Connections: a unix socket, or TCP with TLS 1.2+ whose certificate is verified in full and SCRAM bound to the channel.

use std::{path::PathBuf, sync::Arc, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use tokio_postgres::{
    Client, Config, NoTls,
    config::{ChannelBinding, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    connection::Connection,
    error::{DatabaseError, Result},
    url::{self, ServerUrl},
};
use crate::{config::TlsMode, crypto::secret::Secret};

/// Most connections one desk holds, besides its listener.
const POOL_SIZE: usize = 2;

/// How the bytes are protected on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Certificate and host name verified, against a file of authorities or the system's.
    VerifyFull { authority: Option<PathBuf> },
    /// Nothing. Right for a unix socket; over TCP it must be asked for and is shown in red.
    Off,
}

/// Where and as whom to connect.
#[derive(Clone, Debug)]
pub struct Target {
    /// A name, an address, or the directory of a unix socket.
    pub host: String,
    pub port: u16,
    pub dbname: String,
    pub user: String,
    pub password: Secret<String>,
    pub tls: Tls,
}

impl Target {
    /// Where the configuration says, as a person.
    #[must_use]
    pub fn for_person(config: &crate::config::Config, user: &str, password: Secret<String>) -> Self {
        let tls = match config.tls.mode {
            TlsMode::VerifyFull => Tls::VerifyFull { authority: config.tls.ca.clone() },
            TlsMode::Off => Tls::Off,
        };
        Self { host: config.host.clone(), port: config.port, dbname: config.dbname.clone(), user: user.to_owned(), password, tls }
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.dbname)
            .user(&self.user)
            .password(self.password.expose())
            .application_name("sealdesk")
            .connect_timeout(Duration::from_secs(10))
            .keepalives_idle(Duration::from_mins(1))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(30));
        if self.encrypted() {
            config.ssl_mode(SslMode::Require).channel_binding(ChannelBinding::Require);
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        config
    }

    fn encrypted(&self) -> bool {
        !self.host.starts_with('/') && matches!(self.tls, Tls::VerifyFull { .. })
    }

    fn authority(&self) -> Option<&PathBuf> {
        match &self.tls {
            Tls::VerifyFull { authority } => authority.as_ref(),
            Tls::Off => None,
        }
    }
}

/// A pool of at most two connections, opened when first asked for.
///
/// # Errors
/// [`DatabaseError::Certificate`] when the authorities cannot be read.
pub fn pool(target: &Target) -> Result<Pool> {
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if target.encrypted() {
        Manager::from_config(target.config(), MakeRustlsConnect::new(tls_config(target)?), manager_config)
    } else {
        Manager::from_config(target.config(), NoTls, manager_config)
    };
    Pool::builder(manager)
        .max_size(POOL_SIZE)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_secs(30)))
        .create_timeout(Some(Duration::from_secs(10)))
        .post_create(Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute("set statement_timeout = '30s'").await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| DatabaseError::Unreachable { detail: error.to_string() })
}

/// Takes a connection from the pool.
///
/// # Errors
/// [`DatabaseError::AuthenticationFailed`], [`DatabaseError::Unreachable`], [`DatabaseError::Certificate`].
pub async fn get(pool: &Pool) -> Result<Connection> {
    Ok(Connection::new(pool.get().await?))
}

/// Closes what lies idle in a pool and asks the server to stop what it is still doing there for readers that have gone.
pub async fn abandon(pool: &Pool, target: &Target) {
    let mut tokens = Vec::new();
    pool.retain(|client, _| {
        tokens.push(client.cancel_token());
        false
    });
    for token in tokens {
        // Where the server does not answer there is nothing to stop.
        let _ = if target.encrypted() {
            match tls_config(target) {
                Ok(tls) => token.cancel_query(MakeRustlsConnect::new(tls)).await,
                Err(_) => return,
            }
        } else {
            token.cancel_query(NoTls).await
        };
    }
}

/// A single connection, driven by a task of its own.
///
/// # Errors
/// As [`get`].
pub async fn client(target: &Target) -> Result<Client> {
    if target.encrypted() {
        let (client, connection) = target.config().connect(MakeRustlsConnect::new(tls_config(target)?)).await?;
        tokio::spawn(connection);
        Ok(client)
    } else {
        let (client, connection) = target.config().connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

/// A connection from a URL (`postgresql://…`), for founding and migrating. Over TCP the certificate is verified unless `sslmode=disable` says otherwise.
///
/// # Errors
/// [`DatabaseError::Url`] when the URL cannot be read; otherwise as [`get`].
pub async fn from_url(url: &Secret<String>) -> Result<Client> {
    let ServerUrl { config, place } = url::parse(url)?;
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let authority = if let Tls::VerifyFull { authority } = &place.tls { authority.as_ref() } else { None };
    let (client, connection) = config.connect(MakeRustlsConnect::new(tls_config_for(authority)?)).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A single connection and the stream of its messages, for listening.
///
/// # Errors
/// As [`get`].
pub(super) async fn with_messages(target: &Target) -> Result<(Client, super::listen::Messages)> {
    if target.encrypted() {
        let (client, connection) = target.config().connect(MakeRustlsConnect::new(tls_config(target)?)).await?;
        Ok((client, super::listen::messages(connection)))
    } else {
        let (client, connection) = target.config().connect(NoTls).await?;
        Ok((client, super::listen::messages(connection)))
    }
}

fn tls_config(target: &Target) -> Result<ClientConfig> {
    tls_config_for(target.authority())
}

fn tls_config_for(authority: Option<&PathBuf>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = authority {
        let unreadable = |error: String| DatabaseError::Certificate { detail: format!("{}: {error}", path.display()) };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| DatabaseError::Certificate { detail: error.to_string() })
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
}
