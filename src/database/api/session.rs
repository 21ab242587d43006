//! Signing in and staying in.

use std::cmp::Ordering;

use jiff::Timestamp;
use tokio_postgres::error::SqlState;

use super::{outcome, row};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
        migrate,
    },
    model::id::{InstallationId, SessionId, Ticket},
};

/// An opened session.
pub struct Opened {
    /// 32 random bytes, the bearer token of every later call.
    pub token: Vec<u8>,
    pub session: SessionId,
    pub installation: InstallationId,
    pub name: String,
    pub expires_at: Timestamp,
    pub server_time: Timestamp,
    /// Good for setting up a second factor and for nothing else.
    pub limited: bool,
}

/// What a heartbeat answers.
pub struct State {
    pub quota_used: i64,
    pub quota_limit: i64,
    pub expires_at: Timestamp,
}

/// Whether database and program know the same migrations.
///
/// # Errors
/// [`DatabaseError::Newer`] or [`DatabaseError::Older`].
pub async fn check_version(client: &Connection) -> Result<()> {
    let program = migrate::newest();
    let older = |what: &str| DatabaseError::Older { detail: format!("{what}; this program needs migration {program}") };
    let version = match row(client, "select sealdesk_api.schema_version()", &[]).await {
        // Before there was such a function.
        Err(DatabaseError::Server { code, .. }) if code == SqlState::UNDEFINED_FUNCTION.code() => {
            return Err(older("it does not tell its version"));
        }
        answer => answer?.try_get::<_, Option<i32>>(0)?.unwrap_or_default(),
    };
    match version.cmp(&program) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(older(&format!("migration {version}"))),
        Ordering::Greater => Err(DatabaseError::Newer { detail: format!("migration {version}; this program knows {program}") }),
    }
}

pub async fn session_submit(client: &Connection, ticket: Ticket, code: Option<&str>, origin: &str, program: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.session_submit($1, $2, $3, $4)", &[&ticket.0, &code, &origin, &program]).await
}

pub async fn session_open(client: &Connection, ticket: Ticket) -> Result<Opened> {
    let row = row(client, "select * from sealdesk_api.session_open($1)", &[&ticket.0]).await?;
    // The verdict on a code is answered, not raised, so that it stays recorded.
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(Opened {
        token: row.try_get("token")?,
        session: SessionId(row.try_get("session")?),
        installation: InstallationId(row.try_get("installation")?),
        name: row.try_get("name")?,
        expires_at: row.try_get("expires_at")?,
        server_time: row.try_get("server_time")?,
        limited: row.try_get("limited")?,
    })
}

pub async fn session_close(client: &Connection, token: &[u8]) -> Result<()> {
    row(client, "select sealdesk_api.session_close($1)", &[&token]).await?;
    Ok(())
}

pub async fn session_heartbeat(client: &Connection, token: &[u8]) -> Result<State> {
    let row = row(client, "select * from sealdesk_api.session_heartbeat($1)", &[&token]).await?;
    Ok(State { quota_used: row.try_get(0)?, quota_limit: row.try_get(1)?, expires_at: row.try_get(2)? })
}
