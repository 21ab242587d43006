//! Making and reading checkpoints, and what a verification is about.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{audit::Head, one, outcome, rows};
use crate::{
    database::{
        api::audit,
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::checkpoint::{Checkpoint, Records},
    model::id::{RecordNumber, SessionId, Ticket},
};

/// A leaf of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub place: u64,
    pub session: SessionId,
    pub seq: i64,
    pub hash: [u8; 32],
}

pub async fn request_checkpoint(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_checkpoint($1, $2)", &[&token, &ticket.0]).await
}

/// Heads that have grown since the newest checkpoint, in the order of the leaves that they become, and the moment up to which that is all.
pub async fn collect_grown(client: &Connection, token: &[u8], ticket: Ticket) -> Result<(Vec<Head>, Option<Timestamp>)> {
    let found = rows(client, "select * from sealdesk_api.collect_grown($1, $2)", &[&token, &ticket.0]).await?;
    let covers = found.first().map(|row| row.try_get::<_, Option<Timestamp>>(3)).transpose()?.flatten();
    let heads = found
        .iter()
        .map(|row| Ok(Head { session: SessionId(row.try_get(0)?), seq: row.try_get(1)?, hash: audit::hash(row.try_get(2)?) }))
        .collect::<Result<_>>()?;
    Ok((heads, covers))
}

/// The root that the tree of records has with these leaves, and the first checkpoint that has such a tree.
pub async fn collect_record_root(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    number: i64,
    leaves: &[Head],
) -> Result<([u8; 32], i64)> {
    let sessions: Vec<uuid::Uuid> = leaves.iter().map(|leaf| leaf.session.0).collect();
    let seqs: Vec<i64> = leaves.iter().map(|leaf| leaf.seq).collect();
    let sql = "select * from sealdesk_api.collect_record_root($1, $2, $3, $4, $5)";
    let row = one(rows(client, sql, &[&token, &ticket.0, &number, &sessions, &seqs]).await?)?;
    Ok((audit::hash(row.try_get(0)?), row.try_get(1)?))
}

pub async fn collect_checkpoints(client: &Connection, token: &[u8], ticket: Ticket, after: i64, limit: i32) -> Result<Vec<Checkpoint>> {
    let sql = "select * from sealdesk_api.collect_checkpoints($1, $2, $3, $4)";
    rows(client, sql, &[&token, &ticket.0, &after, &limit]).await?.iter().map(checkpoint).collect()
}

pub async fn collect_leaves(client: &Connection, token: &[u8], ticket: Ticket, from: u64, limit: i32) -> Result<Vec<Leaf>> {
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let sql = "select * from sealdesk_api.collect_leaves($1, $2, $3, $4)";
    let found = rows(client, sql, &[&token, &ticket.0, &from, &limit]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Leaf {
                place: u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default(),
                session: SessionId(row.try_get(1)?),
                seq: row.try_get(2)?,
                hash: audit::hash(row.try_get(3)?),
            })
        })
        .collect()
}

pub async fn put_checkpoint(client: &Connection, token: &[u8], checkpoint: &Checkpoint, leaves: &[Head]) -> Result<Outcome> {
    let sessions: Vec<uuid::Uuid> = leaves.iter().map(|leaf| leaf.session.0).collect();
    let seqs: Vec<i64> = leaves.iter().map(|leaf| leaf.seq).collect();
    let hashes: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.hash.as_slice()).collect();
    let records = checkpoint.records;
    outcome(
        client,
        "select sealdesk_api.put_checkpoint($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &token,
            &checkpoint.number,
            &checkpoint.at,
            &checkpoint.root.as_slice(),
            &checkpoint.previous.as_slice(),
            &sessions,
            &seqs,
            &hashes,
            &records.and_then(|records| records.covers),
            &records.map(|records| records.from),
            &records.as_ref().map(|records| records.root.as_slice()),
            &checkpoint.signature,
        ],
    )
    .await
}

/// The chains that speak of a record or of a time.
pub async fn verify_scope(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    number: Option<RecordNumber>,
    (from, until): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Vec<SessionId>> {
    let sql = "select * from sealdesk_api.verify_scope($1, $2, $3, $4, $5, $6)";
    let (letters, number) = (number.and_then(RecordNumber::letters), number.map(|number| number.value));
    let found = rows(client, sql, &[&token, &ticket.0, &number, &from, &until, &letters]).await?;
    found.iter().map(|row| Ok(SessionId(row.try_get(0)?))).collect()
}

/// Sessions that began in a month of which no event is left, by month.
pub async fn lost_months(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<(Timestamp, SessionId)>> {
    let found = rows(client, "select * from sealdesk_api.lost_months($1, $2)", &[&token, &ticket.0]).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, SessionId(row.try_get(1)?)))).collect()
}

fn checkpoint(row: &Row) -> Result<Checkpoint> {
    Ok(Checkpoint {
        number: row.try_get(0)?,
        at: row.try_get(1)?,
        size: u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default(),
        root: audit::hash(row.try_get(3)?),
        previous: audit::hash(row.try_get(4)?),
        login: row.try_get(5)?,
        entry: row.try_get(6)?,
        signature: row.try_get(7)?,
        records: match row.try_get::<_, Option<i64>>(9)? {
            None => None,
            Some(from) => Some(Records { covers: row.try_get(8)?, from, root: audit::hash(row.try_get(10)?) }),
        },
    })
}
