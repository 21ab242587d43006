//! From a passphrase to a signed-in person: derive, sign in, open a session, check and unwrap the keys.

use std::sync::{Arc, RwLock};

use deadpool_postgres::Pool;

use crate::{
    config::{Config, TlsMode as ConfiguredTls},
    crypto::{kdf::Derived, secret::Secret},
    database::{
        api::{
            freeze, keys, list,
            session::{self, Opened},
        },
        connect::{self, Target},
        error::{DatabaseError, Refusal},
    },
    keyring::Keyring,
    service::{
        Error, Result,
        audit::{self, Witness},
        derive,
        policy::Policy,
        session::{Origin, SignedIn, Transport, new_ticket},
    },
};

/// Signs a person in who has no second factor.
///
/// # Errors
/// As [`unlock_with_code`].
pub async fn unlock(config: &Config, user: &str, passphrase: Secret<String>, origin: &Origin) -> Result<SignedIn> {
    unlock_with_code(config, user, passphrase, None, origin).await
}

/// Signs a person in, with a one-time code where there is a second factor.
///
/// # Errors
/// [`Error::WrongPassphrase`] for a wrong passphrase and an unknown user alike; [`Refusal::CodeRequired`], [`Refusal::WrongCode`] and
/// [`Refusal::SetUpSecondFactor`] once the passphrase was right; a database error when the server cannot be reached, its certificate does not match,
/// or it refuses the session; a keyring error when the pinned root fingerprint does not match.
pub async fn unlock_with_code(
    config: &Config,
    user: &str,
    passphrase: Secret<String>,
    code: Option<Secret<String>>,
    origin: &Origin,
) -> Result<SignedIn> {
    let NewSession { pool, target, derived, opened } = enter(config, user, passphrase, code, origin).await?;
    let client = connect::get(&pool).await?;
    let token = Secret::new(opened.token);
    if opened.limited {
        session::session_close(&client, token.expose()).await?;
        return Err(Refusal::SetUpSecondFactor.into());
    }
    let (material, policy, starred) = tokio::try_join!(
        Box::pin(async { keys::my_key_material(&client, token.expose(), user).await.map_err(Error::from) }),
        Box::pin(Policy::read(&client, token.expose())),
        async { list::list_stars(&client, token.expose()).await.map_err(Error::from) },
    )?;
    drop(client);
    let keyring = Keyring::unlock(config.installation, config.root_fingerprint.as_deref(), &derived.kek, material)?;

    Ok(SignedIn {
        pool,
        target,
        token,
        keys: RwLock::new(Arc::new(keyring)),
        policy: RwLock::new(Arc::new(policy)),
        user: user.to_owned(),
        session: opened.session,
        expires_at: opened.expires_at,
        starred,
        transport: transport(config),
        installation_name: config.name.clone(),
        witness: Witness::new(config.installation, opened.session, user),
        seen: None,
    })
}

/// An open session before any key is fetched.
pub(super) struct NewSession {
    pub pool: Pool,
    pub target: Target,
    pub derived: Derived,
    pub opened: Opened,
}

/// Derives, connects, submits and opens.
pub(super) async fn enter(
    config: &Config,
    user: &str,
    passphrase: Secret<String>,
    code: Option<Secret<String>>,
    origin: &Origin,
) -> Result<NewSession> {
    let derived = derive::from_passphrase(user, config.installation, passphrase).await?;
    let target = Target::for_person(config, user, derived.scram_password.clone());
    let pool = connect::pool(&target)?;
    let client = connect::get(&pool).await?;
    session::check_version(&client).await?;
    let ticket = new_ticket();
    let program = concat!("sealdesk ", env!("CARGO_PKG_VERSION"));
    let code = code.as_ref().map(|code| code.expose().as_str());
    let (submitted, opened) = tokio::join!(biased; session::session_submit(&client, ticket, code, &origin.description, program), session::session_open(&client, ticket),);
    if let Err(refused) = submitted?.into_result() {
        if matches!(refused, DatabaseError::Refused(Refusal::AccountFrozen))
            && let Some(frozen) = freeze::my_freeze(&client).await?
        {
            return Err(DatabaseError::from(frozen).into());
        }
        return Err(refused.into());
    }
    let opened = opened?;
    drop(client);
    Ok(NewSession { pool, target, derived, opened })
}

/// Ends the session in the database, and signs how it ended. The keys go when the value is dropped.
///
/// # Errors
/// A database error when the server cannot be reached; the session then ends by its own expiry. [`Error::Tampered`] when the session's chain is not what
/// was done in it.
pub async fn close(signed_in: &SignedIn) -> Result<()> {
    let closed = async {
        let client = signed_in.client().await?;
        Ok(session::session_close(&client, signed_in.token.expose()).await?)
    };
    let closed = closed.await;
    match audit::countersign(signed_in).await {
        Err(Error::Tampered(harm)) => return Err(Error::Tampered(harm)),
        // Whoever reads the audit sees that the end is not signed.
        Err(error) => tracing::warn!(code = error.code(), "the end of the chain is not countersigned"),
        Ok(_) => {}
    }
    closed
}

fn transport(config: &Config) -> Transport {
    if config.host.starts_with('/') {
        return Transport::LocalSocket;
    }
    match config.tls.mode {
        ConfiguredTls::VerifyFull => Transport::VerifiedTls,
        ConfiguredTls::Off => Transport::Plain,
    }
}
