//! What roles may.

use tokio_postgres::{Row, types::ToSql};

use super::{outcome, rows, staff::rights};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::material::{DirectoryEntry, WrappedKey},
    model::{
        catalogue::{Label, Rights},
        id::RecordNumber,
        person::Seer,
        request::Replayed,
    },
};

/// (role, class, rights) of every role that has any.
pub async fn role_grid(client: &Connection, token: &[u8]) -> Result<Vec<(String, String, Rights)>> {
    let cell = |row: &Row| -> Result<(String, String, Rights)> { Ok((row.try_get("role")?, row.try_get("class")?, rights(row)?)) };
    rows(client, "select * from sealdesk_api.role_grid($1)", &[&token]).await?.iter().map(cell).collect()
}

/// More rights on a class for a role, with the wraps that they need.
pub async fn role_allow(
    client: &Connection,
    token: &[u8],
    (role, generation): (&str, i32),
    class: &str,
    rights: Rights,
    wraps: &[WrappedKey],
) -> Result<Outcome> {
    let contents: Vec<&str> = wraps.iter().map(|wrap| wrap.content.as_str()).collect();
    let epochs: Vec<i32> = wraps.iter().map(|wrap| wrap.subject_generation).collect();
    let sealed: Vec<&[u8]> = wraps.iter().map(|wrap| wrap.sealed.as_slice()).collect();
    let signatures: Vec<&[u8]> = wraps.iter().map(|wrap| wrap.signature.as_slice()).collect();
    outcome(
        client,
        "select sealdesk_api.role_allow($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &token,
            &role,
            &class,
            &rights.search,
            &rights.masked,
            &rights.reveal,
            &rights.edit,
            &generation,
            &contents,
            &epochs,
            &sealed,
            &signatures,
        ],
    )
    .await
}

/// Takes rights on a class from a role: `rights` is what stays.
pub async fn role_deny(client: &Connection, token: &[u8], role: &str, class: &str, rights: Rights) -> Result<Outcome> {
    let sql = "select sealdesk_api.role_deny($1, $2, $3, $4, $5, $6, $7)";
    outcome(client, sql, &[&token, &role, &class, &rights.search, &rights.masked, &rights.reveal, &rights.edit]).await
}

/// What `rights` in place of the present ones would mean for each member.
pub async fn replay_rights(client: &Connection, token: &[u8], role: &str, class: &str, rights: Rights) -> Result<Vec<Replayed>> {
    let replayed = |row: &Row| -> Result<Replayed> {
        Ok(Replayed {
            login: row.try_get("login")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            reveals: row.try_get("reveals")?,
            records: row.try_get("records")?,
            last_at: row.try_get("last_at")?,
        })
    };
    let sql = "select * from sealdesk_api.replay_rights($1, $2, $3, $4, $5, $6, $7)";
    let parameters: [&(dyn ToSql + Sync); 7] = [&token, &role, &class, &rights.search, &rights.masked, &rights.reveal, &rights.edit];
    rows(client, sql, &parameters).await?.iter().map(replayed).collect()
}

/// A new role, with its key wrapped to the officers' role.
pub async fn role_add(client: &Connection, token: &[u8], entry: &DirectoryEntry, label: &Label, wrap: &WrappedKey) -> Result<Outcome> {
    let sql = "select sealdesk_api.role_add($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let parameters: [&(dyn ToSql + Sync); 9] = [
        &token,
        &entry.name,
        &label.en,
        &label.zh,
        &entry.hpke_public,
        &entry.signature,
        &wrap.recipient_generation,
        &wrap.sealed,
        &wrap.signature,
    ];
    outcome(client, sql, &parameters).await
}

/// The first key of a role that a migration brought, wrapped to the officers' role.
pub async fn role_key_put(client: &Connection, token: &[u8], entry: &DirectoryEntry, wrap: &WrappedKey) -> Result<Outcome> {
    let sql = "select sealdesk_api.role_key_put($1, $2, $3, $4, $5, $6, $7)";
    let parameters: [&(dyn ToSql + Sync); 7] =
        [&token, &entry.name, &entry.hpke_public, &entry.signature, &wrap.recipient_generation, &wrap.sealed, &wrap.signature];
    outcome(client, sql, &parameters).await
}

pub async fn role_remove(client: &Connection, token: &[u8], role: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_remove($1, $2)", &[&token, &role]).await
}

/// Nobody where there is no such record.
pub async fn who_can_see(client: &Connection, token: &[u8], number: RecordNumber) -> Result<Vec<Seer>> {
    let seer = |row: &Row| -> Result<Seer> {
        let (classes, letters): (Vec<String>, Vec<String>) = (row.try_get("classes")?, row.try_get("rights")?);
        let rights = classes.into_iter().zip(letters).map(|(class, letters)| {
            let rights = Rights::from_letters(&letters).ok_or_else(|| DatabaseError::Answer(format!("rights \"{letters}\"")))?;
            Ok((class, rights))
        });
        Ok(Seer {
            login: row.try_get("login")?,
            display_name: row.try_get("display_name")?,
            roles: row.try_get("roles")?,
            lent: row.try_get("lent")?,
            rights: rights.collect::<Result<_>>()?,
            shared: row.try_get("shared")?,
        })
    };
    rows(client, "select * from sealdesk_api.who_can_see($1, $2, $3)", &[&token, &number.value, &number.letters()])
        .await?
        .iter()
        .map(seer)
        .collect()
}
