//! People.

use deadpool_postgres::ClientWrapper;
use jiff::Timestamp;
use tokio_postgres::Client;

use super::{outcome, outcome_once, row, rows};
use crate::{
    database::error::{DatabaseError, Outcome, Result},
    keyring::material::{DirectoryEntry, PublicKeys, WrappedKey},
    model::{
        id::PersonId,
        person::{Person, PersonState},
    },
};

pub async fn staff_add(
    client: &ClientWrapper,
    token: &[u8],
    login: &str,
    verifier: &str,
    expires: Timestamp,
    roles: &[String],
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_add($1, $2, $3, $4, $5)", &[&token, &login, &verifier, &expires, &roles]).await
}

pub async fn staff_set_code(client: &ClientWrapper, token: &[u8], login: &str, verifier: &str, expires: Timestamp) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_set_code($1, $2, $3, $4)", &[&token, &login, &verifier, &expires]).await
}

pub async fn staff_list(client: &ClientWrapper, token: &[u8]) -> Result<Vec<Person>> {
    let found = rows(client, "select * from sealdesk_api.staff_list($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            let state: String = row.try_get(2)?;
            Ok(Person {
                id: PersonId(row.try_get(0)?),
                user: row.try_get(1)?,
                state: match state.as_str() {
                    "invited" => PersonState::Invited,
                    "enrolled" => PersonState::Enrolled,
                    "active" => PersonState::Active,
                    "disabled" => PersonState::Disabled,
                    _ => return Err(DatabaseError::Answer(format!("a person in state \"{state}\""))),
                },
                roles: row.try_get(3)?,
                last_seen: row.try_get(4)?,
            })
        })
        .collect()
}

pub async fn staff_disable(client: &ClientWrapper, token: &[u8], login: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_disable($1, $2)", &[&token, &login]).await
}

pub async fn role_grant(client: &ClientWrapper, token: &[u8], login: &str, role: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_grant($1, $2, $3)", &[&token, &login, &role]).await
}

pub async fn role_revoke(client: &ClientWrapper, token: &[u8], login: &str, role: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_revoke($1, $2, $3)", &[&token, &login, &role]).await
}

pub async fn person_keys(client: &ClientWrapper, token: &[u8], login: &str) -> Result<Option<PublicKeys>> {
    let row = row(client, "select * from sealdesk_api.person_keys($1, $2)", &[&token, &login]).await?;
    let hpke_public: Option<Vec<u8>> = row.try_get(0)?;
    let ed25519_public: Option<Vec<u8>> = row.try_get(1)?;
    Ok(hpke_public.zip(ed25519_public).map(|(hpke_public, ed25519_public)| PublicKeys { hpke_public, ed25519_public }))
}

pub async fn staff_confirm(client: &ClientWrapper, token: &[u8], login: &str, entry: &DirectoryEntry) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.staff_confirm($1, $2, $3, $4, $5, $6, $7)",
        &[&token, &login, &entry.generation, &entry.hpke_public, &entry.ed25519_public, &entry.signer, &entry.signature],
    )
    .await
}

pub async fn put_wrap(client: &ClientWrapper, token: &[u8], wrap: &WrappedKey) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.put_wrap($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &token,
            &wrap.recipient,
            &wrap.recipient_generation,
            &wrap.subject,
            &wrap.subject_generation,
            &wrap.sealed,
            &wrap.signer,
            &wrap.signature,
        ],
    )
    .await
}

pub async fn enrol_state(client: &Client) -> Result<Outcome> {
    outcome_once(client, "select sealdesk_api.enrol_state()", &[]).await
}

pub async fn enrol_complete(
    client: &Client,
    hpke_public: &[u8],
    ed25519_public: &[u8],
    wrapped_private: &[u8],
    verifier: &str,
) -> Result<Outcome> {
    outcome_once(
        client,
        "select sealdesk_api.enrol_complete($1, $2, $3, $4)",
        &[&hpke_public, &ed25519_public, &wrapped_private, &verifier],
    )
    .await
}
