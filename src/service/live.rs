//! What keeps a desk current: heartbeats, notifications and cheap version checks.

use futures::Stream;

use crate::{
    database::{
        api::{record, session},
        listen,
    },
    model::id::RecordId,
    service::{
        Result,
        session::{Quota, SignedIn},
    },
};

pub use crate::database::listen::Hint;

/// Leaves a heartbeat in the session's chain and learns what is left of quota and session.
///
/// # Errors
/// `SD002` when the session has ended; lost connections.
pub async fn heartbeat(signed_in: &SignedIn) -> Result<Quota> {
    let client = signed_in.client().await?;
    let state = session::session_heartbeat(&client, signed_in.token.expose()).await?;
    Ok(Quota { used: state.quota_used, limit: state.quota_limit, expires_at: state.expires_at })
}

/// Listens on a connection of its own until the stream is dropped. The stream ends when the connection does.
///
/// # Errors
/// Lost connections.
pub async fn listen(signed_in: &SignedIn) -> Result<impl Stream<Item = Hint> + Send + Unpin + use<>> {
    Ok(listen::listen(&signed_in.target).await?)
}

/// The current versions of records on the screen. Numbers only, so no ticket is needed.
///
/// # Errors
/// Refusals and lost connections.
pub async fn peek(signed_in: &SignedIn, records: &[RecordId]) -> Result<Vec<(RecordId, i64)>> {
    let client = signed_in.client().await?;
    Ok(record::peek(&client, signed_in.token.expose(), records).await?)
}
