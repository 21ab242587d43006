//! The caller's keys, the directory, and what is wrapped for the caller.

use tokio_postgres::{Client, Row};

use super::{root, row, rows};
use crate::{
    database::{connection::Connection, error::Result},
    keyring::material::{DirectoryEntry, KeyMaterial, PersonKeys, WrappedKey},
    model::id::InstallationId,
};

/// Everything needed to unlock, in one round trip.
pub async fn my_key_material(client: &Connection, token: &[u8], user: &str) -> Result<KeyMaterial> {
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&token];
    let (own, directory, wraps, transitions) = tokio::try_join!(
        row(client, "select * from sealdesk_api.my_key($1)", &parameters),
        rows(client, "select * from sealdesk_api.list_directory($1)", &parameters),
        rows(client, "select * from sealdesk_api.list_wraps($1)", &parameters),
        Box::pin(root::list_root_transitions(client, token)),
    )?;
    Ok(KeyMaterial {
        user: user.to_owned(),
        person: PersonKeys { hpke_public: own.try_get(0)?, ed25519_public: own.try_get(1)?, wrapped_private: own.try_get(2)? },
        root_public: own.try_get(3)?,
        directory: directory.iter().map(entry).collect::<Result<_>>()?,
        wraps: wraps.iter().map(wrap).collect::<Result<_>>()?,
        transitions,
    })
}

/// The signed directory, as far as the caller may see it. Nothing is checked here.
pub async fn list_directory(client: &Connection, token: &[u8]) -> Result<Vec<DirectoryEntry>> {
    rows(client, "select * from sealdesk_api.list_directory($1)", &[&token]).await?.iter().map(entry).collect()
}

/// The caller's own keys as they are stored now.
pub async fn my_keys(client: &Connection, token: &[u8]) -> Result<PersonKeys> {
    let own = row(client, "select * from sealdesk_api.my_key($1)", &[&token]).await?;
    Ok(PersonKeys { hpke_public: own.try_get(0)?, ed25519_public: own.try_get(1)?, wrapped_private: own.try_get(2)? })
}

/// Everything that carries a signature, for an owner or a superuser: the installation, its root's public key, the directory and the wraps.
///
/// # Errors
/// Whatever the server refuses.
pub async fn all_signed(client: &Client) -> Result<(InstallationId, Vec<u8>, Vec<DirectoryEntry>, Vec<WrappedKey>)> {
    let installation = client.query_one("select id, root_public from sealdesk.installation", &[]).await?;
    let directory = "select kind, name, generation, hpke_public, ed25519_public, signer, signature from sealdesk.directory_entry";
    let wraps = "select recipient_kind, recipient, recipient_generation, content, subject, subject_generation, sealed, signer, signature
                   from sealdesk.wrapped_key";
    Ok((
        InstallationId(installation.try_get(0)?),
        installation.try_get(1)?,
        client.query(directory, &[]).await?.iter().map(entry).collect::<Result<_>>()?,
        client.query(wraps, &[]).await?.iter().map(wrap).collect::<Result<_>>()?,
    ))
}

pub(super) fn entry(row: &Row) -> Result<DirectoryEntry> {
    Ok(DirectoryEntry {
        kind: row.try_get(0)?,
        name: row.try_get(1)?,
        generation: row.try_get(2)?,
        hpke_public: row.try_get(3)?,
        ed25519_public: row.try_get(4)?,
        signer: row.try_get(5)?,
        signature: row.try_get(6)?,
    })
}

pub(super) fn wrap(row: &Row) -> Result<WrappedKey> {
    Ok(WrappedKey {
        recipient_kind: row.try_get(0)?,
        recipient: row.try_get(1)?,
        recipient_generation: row.try_get(2)?,
        content: row.try_get(3)?,
        subject: row.try_get(4)?,
        subject_generation: row.try_get(5)?,
        sealed: row.try_get(6)?,
        signer: row.try_get(7)?,
        signature: row.try_get(8)?,
    })
}
