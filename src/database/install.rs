//! Making an installation in an empty database: roles, hardening, schema, and its first rows.

use tokio_postgres::Client;

use super::{
    error::{DatabaseError, Result},
    migrate,
};
use crate::{
    keyring::{material::PersonKeys, officer::NewInstallation},
    model::{
        catalogue::{Catalogue, Rights},
        id::InstallationId,
        preset::{self, RolePreset},
    },
};

/// What the first rows are made of.
pub struct FirstRows<'a> {
    pub id: InstallationId,
    pub name: &'a str,
    pub officer: &'a str,
    pub officer_keys: &'a PersonKeys,
    pub officer_verifier: &'a str,
    pub keys: &'a NewInstallation,
    pub roles: &'a [RolePreset],
    pub rights: &'a [(String, String, Rights)],
    pub catalogue: &'a Catalogue,
}

/// Creates roles, schemas and functions, and the first rows, in one empty database. The connection is a superuser's, or that of the database's
/// owner with `CREATEROLE`. It may be run again after it failed.
///
/// # Errors
/// [`DatabaseError::Installed`] when there is an installation already; whatever the server refuses. Nothing of the first rows is left behind then.
pub async fn create(client: &mut Client, first: &FirstRows<'_>) -> Result<()> {
    let table: bool = client.query_one("select to_regclass('sealdesk.installation') is not null", &[]).await?.try_get(0)?;
    if table && client.query_one("select exists (select from sealdesk.installation)", &[]).await?.try_get(0)? {
        return Err(DatabaseError::Installed);
    }
    client.batch_execute(include_str!("../../assets/install/roles.sql")).await?;
    migrate::migrate(client).await?;
    let transaction = client.transaction().await?;
    first_rows(&transaction, first).await?;
    transaction.commit().await?;
    Ok(())
}

async fn first_rows(client: &tokio_postgres::Transaction<'_>, first: &FirstRows<'_>) -> Result<()> {
    client
        .execute(
            "insert into sealdesk.installation (id, name, root_public) values ($1, $2, $3)",
            &[&first.id.0, &first.name, &first.keys.root_public],
        )
        .await?;
    for role in first.roles {
        let capabilities: Vec<&str> = role.capabilities.to_vec();
        client
            .execute(
                "insert into sealdesk.application_role values ($1, $2, $3, $4)",
                &[&role.code, &role.label.en, &role.label.zh, &capabilities],
            )
            .await?;
    }
    catalogue_rows(client, first.catalogue).await?;
    for (role, class, rights) in first.rights {
        client
            .execute(
                "insert into sealdesk.role_right values ($1, $2, $3, $4, $5, $6)",
                &[role, class, &rights.search, &rights.masked, &rights.reveal, &rights.edit],
            )
            .await?;
    }
    for (role, target, max_minutes, break_glass) in preset::ELIGIBILITY {
        client.execute("insert into sealdesk.eligibility values ($1, $2, $3, $4)", &[&role, &target, &max_minutes, &break_glass]).await?;
    }
    officer_rows(client, first).await
}

async fn catalogue_rows(client: &tokio_postgres::Transaction<'_>, catalogue: &Catalogue) -> Result<()> {
    for class in &catalogue.classes {
        client
            .execute(
                "insert into sealdesk.class (code, label_en, label_zh, position, hide_after_s, reason_required, copy_allowed, quota_per_hour,
                   hide_on_focus_loss, share_allowed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                &[
                    &class.code,
                    &class.label.en,
                    &class.label.zh,
                    &class.position,
                    &class.hide_after_s,
                    &class.reason_required,
                    &class.copy_allowed,
                    &class.quota_per_hour,
                    &class.hide_on_focus_loss,
                    &class.share_allowed,
                ],
            )
            .await?;
    }
    for field in &catalogue.fields {
        let modes: Vec<String> = field.index.iter().map(crate::model::catalogue::code_of).collect();
        let choices = serde_json::to_string(&field.choices).unwrap_or_else(|_| "[]".into());
        client
            .execute(
                "insert into sealdesk.field values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                &[
                    &field.code,
                    &field.label.en,
                    &field.label.zh,
                    &field.section,
                    &field.section_label.en,
                    &field.section_label.zh,
                    &field.position,
                    &crate::model::catalogue::code_of(&field.kind),
                    &field.class,
                    &crate::model::catalogue::code_of(&field.mask),
                    &modes,
                    &field.summary,
                    &field.required,
                    &choices,
                ],
            )
            .await?;
    }
    for (position, reason) in (1_i32..).zip(&catalogue.reasons) {
        client
            .execute(
                "insert into sealdesk.reason values ($1, $2, $3, $4, $5, $6)",
                &[&reason.code, &reason.label.en, &reason.label.zh, &position, &reason.reference_required, &reason.classes],
            )
            .await?;
    }
    Ok(())
}

async fn officer_rows(client: &tokio_postgres::Transaction<'_>, first: &FirstRows<'_>) -> Result<()> {
    let row = client.query_one("insert into sealdesk.person (login, state) values ($1, 'active') returning id", &[&first.officer]).await?;
    let person: uuid::Uuid = row.get(0);
    client.execute("insert into sealdesk.membership values ($1, $2)", &[&person, &crate::keyring::officer::OFFICER_ROLE]).await?;
    client
        .execute(
            "insert into sealdesk.person_key values ($1, $2, $3, $4)",
            &[&person, &first.officer_keys.hpke_public, &first.officer_keys.ed25519_public, &first.officer_keys.wrapped_private],
        )
        .await?;
    client.execute("select sealdesk.derive_rights($1)", &[&person]).await?;
    for entry in &first.keys.directory {
        client
            .execute(
                "insert into sealdesk.directory_entry values ($1, $2, $3, $4, $5, $6, $7)",
                &[&entry.kind, &entry.name, &entry.generation, &entry.hpke_public, &entry.ed25519_public, &entry.signer, &entry.signature],
            )
            .await?;
    }
    for wrap in &first.keys.wraps {
        client
            .execute(
                "insert into sealdesk.wrapped_key values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &[
                    &wrap.recipient_kind,
                    &wrap.recipient,
                    &wrap.recipient_generation,
                    &wrap.content,
                    &wrap.subject,
                    &wrap.subject_generation,
                    &wrap.sealed,
                    &wrap.signer,
                    &wrap.signature,
                ],
            )
            .await?;
    }
    let catalogue = &first.keys.catalogue;
    let stored = client
        .execute(
            "insert into sealdesk.catalogue_statement (number, previous, body, signer, signature)
             select $1, $2, $3, $4, $5 where $3::text::jsonb = sealdesk.catalogue_body()",
            &[&catalogue.number, &catalogue.previous, &catalogue.body, &catalogue.signer, &catalogue.signature],
        )
        .await?;
    if stored != 1 {
        return Err(DatabaseError::Answer("the first rows are not what was signed".into()));
    }
    client.batch_execute("set local role sealdesk_lifecycle").await?;
    client.execute("select sealdesk_lifecycle.create_login($1, $2, 'infinity')", &[&first.officer, &first.officer_verifier]).await?;
    Ok(())
}
