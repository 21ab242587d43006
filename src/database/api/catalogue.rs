//! What is configured, and the caller's rights.

use serde::de::DeserializeOwned;
use tokio_postgres::Row;

use super::{kind::prefix, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        catalogue::{Class, Field, Label, Reason, Rights, Role, Target, of_code},
        clearance::{Clearances, Compartment, Level},
    },
};

#[allow(clippy::needless_pass_by_value, reason = "`map` hands it over")]
fn from_code<T: DeserializeOwned>(code: String) -> Result<T> {
    of_code(&code).ok_or_else(|| DatabaseError::Answer(format!("\"{code}\" is not known to this program")))
}

pub async fn list_classes(client: &Connection, token: &[u8]) -> Result<Vec<Class>> {
    let class = |row: &Row| -> Result<Class> {
        Ok(Class {
            code: row.try_get("code")?,
            label: label(row, "label_en", "label_zh")?,
            position: row.try_get("position")?,
            hide_after_s: row.try_get("hide_after_s")?,
            reason_required: row.try_get("reason_required")?,
            copy_allowed: row.try_get("copy_allowed")?,
            quota_per_hour: row.try_get("quota_per_hour")?,
            hide_on_focus_loss: row.try_get("hide_on_focus_loss")?,
            fresh_code_s: row.try_get("fresh_code_s")?,
            share_allowed: row.try_get("share_allowed")?,
            version: row.try_get("version")?,
            epoch: row.try_get("epoch")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_classes($1)", &[&token]).await?.iter().map(class).collect()
}

pub async fn list_fields(client: &Connection, token: &[u8]) -> Result<Vec<Field>> {
    let field = |row: &Row| -> Result<Field> {
        let modes: Vec<String> = row.try_get("index_modes")?;
        let choices: String = row.try_get("choices")?;
        Ok(Field {
            code: row.try_get("code")?,
            label: label(row, "label_en", "label_zh")?,
            section: row.try_get("section")?,
            section_label: label(row, "section_en", "section_zh")?,
            position: row.try_get("position")?,
            kind: from_code(row.try_get("kind")?)?,
            class: row.try_get("class")?,
            mask: from_code(row.try_get("mask")?)?,
            index: modes.into_iter().map(from_code).collect::<Result<_>>()?,
            summary: row.try_get("summary")?,
            required: row.try_get("required")?,
            choices: serde_json::from_str(&choices).map_err(|error| DatabaseError::Answer(error.to_string()))?,
            version: row.try_get("version")?,
            layout: row.try_get("layout")?,
            retired: row.try_get("retired")?,
            kinds: row.try_get("kinds")?,
            of: target(row)?,
        })
    };
    rows(client, "select * from sealdesk_api.list_fields($1)", &[&token]).await?.iter().map(field).collect()
}

pub async fn list_reasons(client: &Connection, token: &[u8]) -> Result<Vec<Reason>> {
    let reason = |row: &Row| -> Result<Reason> {
        Ok(Reason {
            code: row.try_get("code")?,
            label: label(row, "label_en", "label_zh")?,
            reference_required: row.try_get("reference_required")?,
            classes: row.try_get("classes")?,
            version: row.try_get("version")?,
            retired: row.try_get("retired")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_reasons($1)", &[&token]).await?.iter().map(reason).collect()
}

pub async fn list_roles(client: &Connection, token: &[u8]) -> Result<Vec<Role>> {
    let role = |row: &Row| -> Result<Role> {
        Ok(Role {
            code: row.try_get("code")?,
            label: label(row, "label_en", "label_zh")?,
            capabilities: row.try_get("capabilities")?,
            generation: row.try_get("generation")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_roles($1)", &[&token]).await?.iter().map(role).collect()
}

/// Adds or renames a level, or a compartment without a rank.
pub async fn clearance_put(client: &Connection, token: &[u8], code: &str, rank: Option<i16>, label: &Label) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.clearance_put($1, $2, $3, $4, $5)", &[&token, &code, &rank, &label.en, &label.zh]).await
}

/// Levels and compartments that the caller may hear of.
pub async fn list_clearances(client: &Connection, token: &[u8]) -> Result<Clearances> {
    let mut clearances = Clearances::default();
    for row in rows(client, "select * from sealdesk_api.list_clearances($1)", &[&token]).await? {
        let (code, label, held) = (row.try_get("code")?, label(&row, "label_en", "label_zh")?, row.try_get("held")?);
        match row.try_get("rank")? {
            Some(rank) => clearances.levels.push(Level { code, rank, label, held }),
            None => clearances.compartments.push(Compartment { code, label, held }),
        }
    }
    Ok(clearances)
}

pub async fn list_rights(client: &Connection, token: &[u8]) -> Result<Vec<(String, Rights)>> {
    let rights = |row: &Row| -> Result<(String, Rights)> {
        Ok((
            row.try_get("class")?,
            Rights {
                search: row.try_get("may_search")?,
                masked: row.try_get("may_masked")?,
                reveal: row.try_get("may_reveal")?,
                edit: row.try_get("may_edit")?,
            },
        ))
    };
    rows(client, "select * from sealdesk_api.list_rights($1)", &[&token]).await?.iter().map(rights).collect()
}

/// What a field refers to, where it refers to records.
fn target(row: &Row) -> Result<Option<Target>> {
    let prefix = prefix(row.try_get("of_prefix")?);
    Ok(row.try_get::<_, Option<String>>("of_kind")?.map(|kind| Target { kind, prefix }))
}

pub(super) fn label(row: &Row, en: &str, zh: &str) -> Result<Label> {
    Ok(Label { en: row.try_get(en)?, zh: row.try_get(zh)? })
}
