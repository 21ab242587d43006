//! Changing fields, classes and reasons.

use super::{outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        catalogue::{Class, Field, Reason, code_of},
        change::Proposal,
    },
};

/// What an array parameter each is made of.
struct Arrays<'a> {
    modes: Vec<String>,
    codes: Vec<&'a str>,
    en: Vec<&'a str>,
    zh: Vec<&'a str>,
}

impl<'a> Arrays<'a> {
    fn of(field: &'a Field) -> Self {
        Self {
            modes: field.index.iter().map(code_of).collect(),
            codes: field.choices.iter().map(|choice| choice.code.as_str()).collect(),
            en: field.choices.iter().map(|choice| choice.label.en.as_str()).collect(),
            zh: field.choices.iter().map(|choice| choice.label.zh.as_str()).collect(),
        }
    }
}

/// An empty label of the section leaves it to a section that is there already.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// No kind named leaves the choice to the database: all for a new field, those it has for another.
fn kinds_of(field: &Field) -> Option<&[String]> {
    Some(field.kinds.as_slice()).filter(|kinds| !kinds.is_empty())
}

pub async fn field_add(client: &Connection, token: &[u8], field: &Field) -> Result<Outcome> {
    let arrays = Arrays::of(field);
    outcome(
        client,
        "select sealdesk_api.field_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        &[
            &token,
            &field.code,
            &field.label.en,
            &field.label.zh,
            &field.section,
            &given(&field.section_label.en),
            &given(&field.section_label.zh),
            &code_of(&field.kind),
            &field.class,
            &code_of(&field.mask),
            &arrays.modes,
            &field.summary,
            &field.required,
            &arrays.codes,
            &arrays.en,
            &arrays.zh,
            &kinds_of(field),
            &field.of.as_ref().map(|of| &of.kind),
        ],
    )
    .await
}

pub async fn field_change(client: &Connection, token: &[u8], field: &Field) -> Result<Outcome> {
    let arrays = Arrays::of(field);
    outcome(
        client,
        "select sealdesk_api.field_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &[
            &token,
            &field.code,
            &field.version,
            &field.label.en,
            &field.label.zh,
            &field.section,
            &given(&field.section_label.en),
            &given(&field.section_label.zh),
            &field.class,
            &code_of(&field.mask),
            &arrays.modes,
            &field.summary,
            &field.required,
            &arrays.codes,
            &arrays.en,
            &arrays.zh,
            &kinds_of(field),
        ],
    )
    .await
}

pub async fn field_move(client: &Connection, token: &[u8], code: &str, version: i64, after: Option<&str>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.field_move($1, $2, $3, $4)", &[&token, &code, &version, &after]).await
}

pub async fn field_retire(client: &Connection, token: &[u8], code: &str, version: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.field_retire($1, $2, $3)", &[&token, &code, &version]).await
}

pub async fn field_restore(client: &Connection, token: &[u8], code: &str, version: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.field_restore($1, $2, $3)", &[&token, &code, &version]).await
}

pub async fn class_change(client: &Connection, token: &[u8], class: &Class) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.class_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &token,
            &class.code,
            &class.version,
            &class.label.en,
            &class.label.zh,
            &class.hide_after_s,
            &class.reason_required,
            &class.copy_allowed,
            &class.share_allowed,
            &class.quota_per_hour,
            &class.hide_on_focus_loss,
            &class.fresh_code_s,
        ],
    )
    .await
}

/// A new reason has no version.
pub async fn reason_put(client: &Connection, token: &[u8], reason: &Reason, version: Option<i64>) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.reason_put($1, $2, $3, $4, $5, $6, $7)",
        &[&token, &reason.code, &version, &reason.label.en, &reason.label.zh, &reason.reference_required, &reason.classes],
    )
    .await
}

pub async fn reason_retire(client: &Connection, token: &[u8], code: &str, version: i64, retired: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.reason_retire($1, $2, $3, $4)", &[&token, &code, &version, &retired]).await
}

/// The change that the caller tried last of something without an approval for it.
pub async fn proposed_change(client: &Connection, token: &[u8], of: &str) -> Result<Option<Proposal>> {
    let found = rows(client, "select * from sealdesk_api.proposed_change($1, $2)", &[&token, &of]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let (number, approved): (Option<i64>, Option<String>) = (row.try_get("request")?, row.try_get("approved")?);
    Ok(Some(Proposal { of: of.to_owned(), change: row.try_get("change")?, approved: number.zip(approved) }))
}
