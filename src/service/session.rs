//! A signed-in person: connections, session token, keys and what is configured.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use deadpool_postgres::Pool;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    crypto::secret::Secret,
    database::{
        api::{elevation, keys},
        connect::Target,
        connection::Connection,
    },
    keyring::Keyring,
    model::id::{RecordId, SessionId, Ticket},
    service::{Error, Result, audit::Witness, policy::Policy},
};

/// Where the person sits, for the session's first audit event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `sshd from 10.0.0.7`, the terminal's name: what the environment tells. Not proof of anything.
    pub description: String,
}

impl Origin {
    /// Reads `SSH_CONNECTION` and `SSH_TTY`.
    #[must_use]
    pub fn from_environment() -> Self {
        let client = std::env::var("SSH_CONNECTION").ok().and_then(|value| value.split(' ').next().map(|ip| format!("ssh from {ip}")));
        let terminal = std::env::var("SSH_TTY").ok();
        let parts: Vec<String> = [client, terminal].into_iter().flatten().collect();
        let description = if parts.is_empty() { "local".to_owned() } else { parts.join(" ") };
        Self { description: description.chars().filter(|c| !c.is_control()).take(200).collect() }
    }
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    LocalSocket,
    VerifiedTls,
    /// Asked for in the configuration; shown in red.
    Plain,
}

/// What is left of the person's reveals, and of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub used: i64,
    pub limit: i64,
    pub expires_at: Timestamp,
}

/// A signed-in person. Dropping it wipes the keys.
pub struct SignedIn {
    pub(super) pool: Pool,
    pub(super) target: Target,
    pub(super) token: Secret<Vec<u8>>,
    /// Exchanged as a whole when keys have changed.
    pub(super) keys: RwLock<Arc<Keyring>>,
    /// Exchanged as a whole when what is configured, or what the person may, has changed.
    pub(super) policy: RwLock<Arc<Policy>>,
    pub(super) user: String,
    pub(super) session: SessionId,
    pub(super) expires_at: Timestamp,
    pub(super) starred: Vec<RecordId>,
    pub(super) transport: Transport,
    pub(super) installation_name: String,
    pub(super) witness: Witness,
    /// Where the newest statement of the catalogue that was seen is remembered.
    pub(super) seen: Option<PathBuf>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("user", &self.user).field("session", &self.session).finish_non_exhaustive()
    }
}

impl SignedIn {
    /// What is configured and what this person may, as last read.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session
    }

    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What the person had starred when the session was opened.
    #[must_use]
    pub fn starred(&self) -> &[RecordId] {
        &self.starred
    }

    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    #[must_use]
    pub fn installation_name(&self) -> &str {
        &self.installation_name
    }

    /// The keys held now.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        // Whoever held the lock only cloned or replaced the pointer, so what is behind it is whole even after a panic.
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches the keys again, after a rotation or a grant.
    ///
    /// # Errors
    /// Refusals and lost connections; [`crate::keyring::KeyringError`] when the root or the own keys are others than before.
    pub async fn renew_keys(&self) -> Result<()> {
        let client = self.client().await?;
        let material = keys::my_key_material(&client, self.token.expose(), &self.user).await?;
        let renewed = Arc::new(self.keyring().renew(material)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// Reads anew all that is configured, and the keys.
    ///
    /// # Errors
    /// As [`Self::renew_keys`].
    pub(super) async fn read_again(&self) -> Result<()> {
        let client = self.client().await?;
        let policy = Policy::read(&client, self.token.expose()).await?;
        drop(client);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        self.renew_keys().await
    }

    /// Reads anew where the person stands; what is configured and the keys too, where they have changed since. Answers whether they had.
    ///
    /// # Errors
    /// As [`Self::renew_keys`].
    pub async fn renew_policy(&self) -> Result<bool> {
        let client = self.client().await?;
        let standing = elevation::my_standing(&client, self.token.expose()).await?;
        let before = self.policy();
        let changed = standing.catalogue_version != before.standing.catalogue_version;
        let rights_changed = !standing.has_keys || standing.roles != before.standing.roles;
        let renewed = if changed || rights_changed {
            Policy::read(&client, self.token.expose()).await?
        } else {
            Policy { standing, ..(*before).clone() }
        };
        drop(client);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
        if rights_changed {
            self.renew_keys().await?;
        }
        Ok(changed || rights_changed)
    }

    /// Where something failed because the keys or the fields have changed: fetches them, and answers that it is worth doing once more.
    pub(super) async fn has_newer_keys(&self, failed: Option<&Error>) -> Result<bool> {
        match failed.map(Error::code) {
            Some("SD030") => self.renew_keys().await?,
            Some("SD074") => drop(self.renew_policy().await?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Keys and signatures that did not check, each named. Everything else works.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.keyring().problems().to_vec()
    }

    /// Stops what the server is still doing for readings that were given up. Writes hold their connections and are not touched.
    pub async fn abandon_readings(&self) {
        crate::database::connect::abandon(&self.pool, &self.target).await;
    }

    pub(super) async fn client(&self) -> Result<Connection> {
        self.witness.count();
        Ok(crate::database::connect::get(&self.pool).await?)
    }
}

/// A fresh ticket: 128 random bits.
pub(super) fn new_ticket() -> Ticket {
    Ticket(Uuid::from_bytes(rand::random()))
}
