//! Witnesses of checkpoints, and what evidence is made of.

use super::{audit, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::checkpoint::Witnessed,
    model::{
        audit::Event,
        id::{SessionId, Ticket},
    },
};

pub async fn put_witness(client: &Connection, token: &[u8], number: i64, hash: &[u8; 32], signature: &[u8]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_witness($1, $2, $3, $4)", &[&token, &number, &hash.as_slice(), &signature]).await
}

pub async fn collect_witnesses(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Witnessed>> {
    let found = rows(client, "select * from sealdesk_api.collect_witnesses($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Witnessed {
                number: row.try_get(0)?,
                login: row.try_get(1)?,
                hash: audit::hash(row.try_get(2)?),
                entry: row.try_get(3)?,
                signature: row.try_get(4)?,
            })
        })
        .collect()
}

pub async fn request_evidence(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_evidence($1, $2)", &[&token, &ticket.0]).await
}

/// Events of one chain from one number to another, as the caller may see them.
pub async fn collect_span(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    session: SessionId,
    from: i64,
    until: i64,
) -> Result<Vec<Event>> {
    let sql = "select * from sealdesk_api.collect_span($1, $2, $3, $4, $5)";
    rows(client, sql, &[&token, &ticket.0, &session.0, &from, &until]).await?.iter().map(audit::event).collect()
}
