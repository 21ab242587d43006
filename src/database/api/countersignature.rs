//! Signing one's own chain, and reading what others have signed of theirs.

use tokio_postgres::Row;

use super::{audit, keys, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::countersign::{Countersignature, VouchedEntry},
    model::{
        audit::Event,
        id::{SessionId, Ticket},
    },
};

/// Events of the caller's own session after a number. Those of another actor come without content and with an empty actor.
pub async fn my_chain(client: &Connection, token: &[u8], after: i64, limit: i32) -> Result<Vec<Event>> {
    rows(client, "select * from sealdesk_api.my_chain($1, $2, $3)", &[&token, &after, &limit]).await?.iter().map(audit::event).collect()
}

pub async fn put_countersignature(client: &Connection, token: &[u8], seq: i64, hash: &[u8; 32], signature: &[u8]) -> Result<Outcome> {
    let sql = "select sealdesk_api.put_countersignature($1, $2, $3, $4)";
    outcome(client, sql, &[&token, &seq, &hash.as_slice(), &signature]).await
}

/// Says that the own session's chain is not what this client did: `altered`, `behind` or `unrecorded`.
pub async fn report_tampered(client: &Connection, token: &[u8], seq: Option<i64>, what: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.report_tampered($1, $2, $3)", &[&token, &seq, &what]).await
}

/// In chain order.
pub async fn collect_countersignatures(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    after: Option<(SessionId, i64)>,
    limit: i32,
) -> Result<Vec<Countersignature>> {
    let (session, seq) = after.map_or((None, None), |(session, seq)| (Some(session.0), Some(seq)));
    let sql = "select * from sealdesk_api.collect_countersignatures($1, $2, $3, $4, $5)";
    rows(client, sql, &[&token, &ticket.0, &session, &seq, &limit]).await?.iter().map(countersignature).collect()
}

pub async fn collect_signers(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<VouchedEntry>> {
    let sql = "select kind, name, generation, hpke_public, ed25519_public, signer, signature, id, root_public from sealdesk_api.collect_signers($1, $2)";
    let found = rows(client, sql, &[&token, &ticket.0]).await?;
    found.iter().map(|row| Ok(VouchedEntry { entry: keys::entry(row)?, id: row.try_get(7)?, root_public: row.try_get(8)? })).collect()
}

fn countersignature(row: &Row) -> Result<Countersignature> {
    Ok(Countersignature {
        session: SessionId(row.try_get(0)?),
        seq: row.try_get(1)?,
        hash: audit::hash(row.try_get(2)?),
        entry: row.try_get(3)?,
        signature: row.try_get(4)?,
    })
}
