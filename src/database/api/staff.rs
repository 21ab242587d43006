//! People.

use jiff::Timestamp;
use tokio_postgres::Client;

use super::{outcome, outcome_once, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::material::{DirectoryEntry, PublicKeys, WrappedKey},
    model::{
        catalogue::Rights,
        clearance::Clearance,
        id::{PersonId, RecordNumber, SessionId},
        person::{Access, OpenSession, Person, PersonState},
    },
};

pub async fn staff_add(
    client: &Connection,
    token: &[u8],
    login: &str,
    verifier: &str,
    expires: Timestamp,
    roles: &[String],
    display_name: &str,
) -> Result<Outcome> {
    let sql = "select sealdesk_api.staff_add($1, $2, $3, $4, $5, $6)";
    outcome(client, sql, &[&token, &login, &verifier, &expires, &roles, &display_name]).await
}

/// As [`staff_set_code`], for somebody who was disabled.
pub async fn staff_enable(client: &Connection, token: &[u8], login: &str, verifier: &str, expires: Timestamp) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_enable($1, $2, $3, $4)", &[&token, &login, &verifier, &expires]).await
}

pub async fn staff_set_code(client: &Connection, token: &[u8], login: &str, verifier: &str, expires: Timestamp) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_set_code($1, $2, $3, $4)", &[&token, &login, &verifier, &expires]).await
}

pub async fn staff_list(client: &Connection, token: &[u8]) -> Result<Vec<Person>> {
    let found = rows(client, "select * from sealdesk_api.staff_list($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Person {
                id: PersonId(row.try_get("id")?),
                user: row.try_get("login")?,
                display_name: row.try_get("display_name")?,
                state: state(&row.try_get::<_, String>("state")?)?,
                roles: row.try_get("roles")?,
                last_seen: row.try_get("last_seen")?,
                open_sessions: row.try_get("open_sessions")?,
                code_expires_at: row.try_get("code_expires_at")?,
                unwrapped: row.try_get("unwrapped")?,
                clearance: Clearance { level: row.try_get("clearance")?, compartments: row.try_get("compartments")? },
                frozen: row.try_get("frozen")?,
            })
        })
        .collect()
}

fn state(code: &str) -> Result<PersonState> {
    PersonState::from_code(code).ok_or_else(|| DatabaseError::Answer(format!("a person in state \"{code}\"")))
}

pub async fn staff_sessions(client: &Connection, token: &[u8], login: &str) -> Result<Vec<OpenSession>> {
    let session = |row: &tokio_postgres::Row| -> Result<OpenSession> {
        Ok(OpenSession {
            id: SessionId(row.try_get("id")?),
            origin: row.try_get("origin")?,
            program: row.try_get("program")?,
            opened_at: row.try_get("opened_at")?,
            last_heard: row.try_get("last_heard")?,
            own: row.try_get("own")?,
        })
    };
    rows(client, "select * from sealdesk_api.staff_sessions($1, $2)", &[&token, &login]).await?.iter().map(session).collect()
}

pub async fn staff_clear(client: &Connection, token: &[u8], login: &str, rank: i16, compartments: &[String]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_clear($1, $2, $3, $4)", &[&token, &login, &rank, &compartments]).await
}

pub async fn staff_rename(client: &Connection, token: &[u8], login: &str, display_name: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_rename($1, $2, $3)", &[&token, &login, &display_name]).await
}

/// Ends one session of a person, or all but the caller's own.
pub async fn staff_sign_out(client: &Connection, token: &[u8], login: &str, target: Option<SessionId>) -> Result<Outcome> {
    let target = target.map(|target| target.0);
    outcome(client, "select sealdesk_api.staff_sign_out($1, $2, $3)", &[&token, &login, &target]).await
}

pub async fn staff_disable(client: &Connection, token: &[u8], login: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_disable($1, $2)", &[&token, &login]).await
}

/// Notes that a disabled person without roles has left for good.
pub async fn staff_leave(client: &Connection, token: &[u8], login: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.staff_leave($1, $2)", &[&token, &login]).await
}

pub async fn role_grant(client: &Connection, token: &[u8], login: &str, role: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_grant($1, $2, $3)", &[&token, &login, &role]).await
}

pub async fn role_revoke(client: &Connection, token: &[u8], login: &str, role: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_revoke($1, $2, $3)", &[&token, &login, &role]).await
}

/// By class, in the classes' order; of one field only where one is named.
pub async fn explain_access(
    client: &Connection,
    token: &[u8],
    login: &str,
    number: Option<RecordNumber>,
    field: Option<&str>,
) -> Result<Vec<Access>> {
    let (letters, number) = (number.and_then(RecordNumber::letters), number.map(|number| number.value));
    let access = |row: &tokio_postgres::Row| -> Result<Access> {
        Ok(Access {
            class: row.try_get("class")?,
            state: state(&row.try_get::<_, String>("state")?)?,
            roles: row.try_get("roles")?,
            rights: rights(row)?,
            reason_required: row.try_get("reason_required")?,
            quota_used: row.try_get("quota_used")?,
            quota_limit: row.try_get("quota_limit")?,
            outcome: row.try_get("outcome")?,
        })
    };
    let sql = "select * from sealdesk_api.explain_access($1, $2, $3, $4, $5)";
    rows(client, sql, &[&token, &login, &number, &field, &letters]).await?.iter().map(access).collect()
}

pub(super) fn rights(row: &tokio_postgres::Row) -> Result<Rights> {
    Ok(Rights {
        search: row.try_get("may_search")?,
        masked: row.try_get("may_masked")?,
        reveal: row.try_get("may_reveal")?,
        edit: row.try_get("may_edit")?,
    })
}

pub async fn passphrase_change(client: &Connection, token: &[u8], old: &[u8], new: &[u8], verifier: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.passphrase_change($1, $2, $3, $4)", &[&token, &old, &new, &verifier]).await
}

pub async fn put_officer(client: &Connection, token: &[u8], login: &str, entry: &DirectoryEntry) -> Result<Outcome> {
    let sql = "select sealdesk_api.put_officer($1, $2, $3, $4, $5, $6)";
    outcome(client, sql, &[&token, &login, &entry.generation, &entry.hpke_public, &entry.ed25519_public, &entry.signature]).await
}

pub async fn person_keys(client: &Connection, token: &[u8], login: &str) -> Result<Option<PublicKeys>> {
    let row = row(client, "select * from sealdesk_api.person_keys($1, $2)", &[&token, &login]).await?;
    let hpke_public: Option<Vec<u8>> = row.try_get(0)?;
    let ed25519_public: Option<Vec<u8>> = row.try_get(1)?;
    Ok(hpke_public.zip(ed25519_public).map(|(hpke_public, ed25519_public)| PublicKeys { hpke_public, ed25519_public }))
}

pub async fn staff_confirm(client: &Connection, token: &[u8], login: &str, entry: &DirectoryEntry) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.staff_confirm($1, $2, $3, $4, $5, $6, $7)",
        &[&token, &login, &entry.generation, &entry.hpke_public, &entry.ed25519_public, &entry.signer, &entry.signature],
    )
    .await
}

pub async fn put_wrap(client: &Connection, token: &[u8], wrap: &WrappedKey) -> Result<Outcome> {
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
