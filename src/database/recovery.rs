//! The recovery ceremony's side of the database, through the connection of whoever administers it: nobody else is left to sign in.

use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    api::recovery as api,
    error::{DatabaseError, Result},
    migrate,
};
use crate::keyring::{
    enrol::NewPersonKeys,
    recovery::{Deposit, NewOfficer, RecoverySet},
};

/// Opens the ceremony's chain of audit events, and acts as the owner from then on. Answers with the chain.
///
/// # Errors
/// [`DatabaseError::Older`] when the database was not migrated; whatever the server refuses.
pub async fn begin(client: &Client, login: &str, program: &str) -> Result<Uuid> {
    client.batch_execute("set role sealdesk_owner").await?;
    let applied: i32 = client.query_one("select coalesce(max(version), 0) from sealdesk.schema_migration", &[]).await?.try_get(0)?;
    if applied != migrate::newest() {
        return Err(DatabaseError::Older { detail: format!("migration {applied}; this program knows {}", migrate::newest()) });
    }
    Ok(client.query_one("select sealdesk.begin_recovery($1, $2)", &[&login, &program]).await?.try_get(0)?)
}

/// Whether a login may be given to the new officer.
///
/// # Errors
/// Whatever the server refuses.
pub async fn is_free(client: &Client, login: &str) -> Result<bool> {
    Ok(client.query_one("select sealdesk.is_login_free($1)", &[&login]).await?.try_get(0)?)
}

/// The sets that are not retired, with what is sealed to each.
///
/// # Errors
/// Whatever the server refuses.
pub async fn sets(client: &Client) -> Result<Vec<(RecoverySet, Deposit)>> {
    let sql = "select r.number, r.threshold, r.public, r.created_by, r.signature, r.generation, r.sealed, r.sealed_by, r.sealed_signature,
                      array_agg(h.custodian order by h.index) as custodians, array_agg(h.commitment order by h.index) as commitments
                 from sealdesk.recovery_set r join sealdesk.recovery_share h on h.set = r.number
                where r.retired_at is null and r.sealed is not null
                group by r.number order by r.number";
    let found = client.query(sql, &[]).await?;
    found
        .iter()
        .map(|row| {
            let deposit = Deposit {
                generation: row.try_get("generation")?,
                sealed: row.try_get("sealed")?,
                signer: row.try_get("sealed_by")?,
                signature: row.try_get("sealed_signature")?,
            };
            Ok((api::set(row)?, deposit))
        })
        .collect()
}

/// Records that the ceremony failed.
///
/// # Errors
/// Whatever the server refuses.
pub async fn refuse(client: &Client, chain: Uuid, number: Option<i32>, outcome: &str) -> Result<()> {
    client.execute("select sealdesk.refuse_recovery($1, $2, $3)", &[&chain, &number, &outcome]).await?;
    Ok(())
}

/// Makes the new officer, in one transaction with the event that says so.
///
/// # Errors
/// [`super::error::Refusal::LoginName`] for a taken login; whatever the server refuses.
pub async fn complete(
    client: &Client,
    chain: Uuid,
    (number, indexes): (i32, &[i32]),
    verifier: &str,
    keys: &NewPersonKeys,
    officer: &NewOfficer,
) -> Result<()> {
    client
        .execute(
            "select sealdesk.complete_recovery($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                &chain,
                &number,
                &indexes,
                &officer.entry.name,
                &verifier,
                &keys.hpke_public,
                &keys.ed25519_public,
                &keys.wrapped_private,
                &officer.entry.signature,
                &officer.wrap.subject_generation,
                &officer.wrap.sealed,
                &officer.wrap.signature,
            ],
        )
        .await?;
    Ok(())
}
