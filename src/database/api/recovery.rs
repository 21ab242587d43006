//! Recovery sets.

use tokio_postgres::Row;

use super::{outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::recovery::{Deposit, RecoverySet},
    model::{
        id::Ticket,
        recovery::{SetState, ShareState},
    },
};

pub async fn put_recovery_set(client: &Connection, token: &[u8], set: &RecoverySet, deposit: &Deposit) -> Result<Outcome> {
    let custodians: Vec<&str> = set.custodians.iter().map(|(custodian, _)| custodian.as_str()).collect();
    let commitments: Vec<&[u8]> = set.custodians.iter().map(|(_, commitment)| commitment.as_slice()).collect();
    outcome(
        client,
        "select sealdesk_api.put_recovery_set($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &token,
            &set.number,
            &i32::from(set.threshold),
            &set.public,
            &custodians,
            &commitments,
            &set.signature,
            &deposit.generation,
            &deposit.sealed,
            &deposit.signature,
        ],
    )
    .await
}

pub async fn put_recovery_deposit(client: &Connection, token: &[u8], number: i32, deposit: &Deposit) -> Result<Outcome> {
    let sql = "select sealdesk_api.put_recovery_deposit($1, $2, $3, $4, $5)";
    outcome(client, sql, &[&token, &number, &deposit.generation, &deposit.sealed, &deposit.signature]).await
}

pub async fn recovery_retire(client: &Connection, token: &[u8], number: i32) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.recovery_retire($1, $2)", &[&token, &number]).await
}

/// Every set and the state it is in. Nothing is checked here.
pub async fn list_recovery(client: &Connection, token: &[u8]) -> Result<Vec<(RecoverySet, SetState)>> {
    let found = rows(client, "select * from sealdesk_api.list_recovery($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            let checked_at: Vec<Option<jiff::Timestamp>> = row.try_get("checked_at")?;
            let checked_by: Vec<Option<String>> = row.try_get("checked_by")?;
            let shares = checked_at.into_iter().zip(checked_by).map(|(checked_at, checked_by)| ShareState { checked_at, checked_by });
            let state = SetState {
                created_at: row.try_get("created_at")?,
                generation: row.try_get("generation")?,
                newest: row.try_get("newest")?,
                drilled_at: row.try_get("drilled_at")?,
                retired_at: row.try_get("retired_at")?,
                shares: shares.collect(),
            };
            Ok((set(row)?, state))
        })
        .collect()
}

pub async fn recovery_check(client: &Connection, token: &[u8], number: i32, index: i32, fits: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.recovery_check($1, $2, $3, $4)", &[&token, &number, &index, &fits]).await
}

pub async fn request_recovery(client: &Connection, token: &[u8], ticket: Ticket, number: i32) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_recovery($1, $2, $3)", &[&token, &ticket.0, &number]).await
}

pub async fn collect_recovery(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Deposit> {
    let found = row(client, "select * from sealdesk_api.collect_recovery($1, $2)", &[&token, &ticket.0]).await?;
    Ok(Deposit { generation: found.try_get(0)?, sealed: found.try_get(1)?, signer: found.try_get(2)?, signature: found.try_get(3)? })
}

pub async fn recovery_drill(client: &Connection, token: &[u8], number: i32, opened: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.recovery_drill($1, $2, $3)", &[&token, &number, &opened]).await
}

/// A set from a row that names its columns as the table does, with `custodians` and `commitments` by index.
pub(in crate::database) fn set(row: &Row) -> Result<RecoverySet> {
    let threshold: i32 = row.try_get("threshold")?;
    let custodians: Vec<String> = row.try_get("custodians")?;
    let commitments: Vec<Vec<u8>> = row.try_get("commitments")?;
    Ok(RecoverySet {
        number: row.try_get("number")?,
        threshold: u8::try_from(threshold).map_err(|_| DatabaseError::Answer(format!("a threshold of {threshold}")))?,
        public: row.try_get("public")?,
        custodians: custodians.into_iter().zip(commitments).collect(),
        signer: row.try_get("created_by")?,
        signature: row.try_get("signature")?,
    })
}
