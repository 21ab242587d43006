//! Writing a record: values, masks, tokens and the list row change in one statement, under an optimistic version.

use std::{collections::BTreeMap, fmt};

use uuid::Uuid;
use zeroize::Zeroize;

use crate::{
    database::api::record::{self, SealedField},
    keyring::{Keyring, KeyringError, Purpose},
    model::{
        catalogue::{Field, FieldKind, IndexMode, Mask},
        id::{RecordId, RecordNumber},
        record::{HELD_BACK, ListRow, Summary},
    },
    service::{
        Error, Result,
        search::{self, ListRequest},
        session::SignedIn,
        view,
    },
    text::{
        mask::mask,
        validate::{Invalid, validate},
    },
};

/// Records with one and the same value that are named; more would only say that the value is no identity.
const MOST_DUPLICATES: u16 = 5;

/// What was typed: field code → new value, only for fields that changed. An empty value removes the field.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub values: BTreeMap<String, String>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.values.values_mut().for_each(Zeroize::zeroize);
    }
}

/// A record that may be the same one.
#[derive(Clone, Debug)]
pub struct Duplicate {
    pub row: ListRow,
    /// Codes of the fields that are the same.
    pub fields: Vec<String>,
}

/// Whether two records with the same value in this field are likely one and the same, and whether the index can tell.
#[must_use]
pub fn identifies(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Phone | FieldKind::Email | FieldKind::IdNumber)
        && field.index.iter().any(|mode| matches!(mode, IndexMode::Exact | IndexMode::Email))
}

/// Creates a record of a kind, by its code, under an id chosen by the caller (UUID version 7). Calling again with the same id after a lost answer finds the record instead of
/// making a second one.
///
/// # Errors
/// [`Error::Invalid`] names the first field that cannot be saved; [`Error::Catalogue`] where fields are not as officers signed them; `SD101` for a kind that is not in use; other refusals and lost connections.
pub async fn create(signed_in: &SignedIn, record: RecordId, kind: &str, draft: &Draft) -> Result<(RecordId, RecordNumber)> {
    for field in signed_in.policy().catalogue.fields_of(kind).filter(|field| field.required) {
        if draft.values.get(&field.code).is_none_or(|value| value.trim().is_empty()) {
            return Err(Error::Invalid { field: field.code.clone(), why: Invalid::Required });
        }
    }
    check_references(signed_in, draft).await?;
    let once = || Box::pin(create_once(signed_in, record, kind, draft));
    let done = once().await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { once().await } else { done }
}

/// A record that is referred to anew is there as far as the person knows, and of the kind that its field accepts. Each is an audited search. It is the client's
/// to see to, as is the form of every value: the database cannot read what is sealed.
async fn check_references(signed_in: &SignedIn, draft: &Draft) -> Result<()> {
    for (code, typed) in draft.values.iter().filter(|(_, typed)| !typed.trim().is_empty()) {
        let policy = signed_in.policy();
        let Some(field) = policy.catalogue.field(code).filter(|field| field.kind == FieldKind::Record) else { continue };
        let invalid = |why| Error::Invalid { field: code.clone(), why };
        let value = validate(field, typed).map_err(invalid)?;
        let Some(number) = RecordNumber::parse(&value) else { continue };
        if search::by_number(signed_in, number).await?.is_none() {
            return Err(invalid(Invalid::NoRecord(number)));
        }
    }
    Ok(())
}

async fn create_once(signed_in: &SignedIn, record: RecordId, kind: &str, draft: &Draft) -> Result<(RecordId, RecordNumber)> {
    signed_in.ready_to_seal().await?;
    let mut summary = Summary::new();
    let sealed = seal(signed_in, record, draft, &mut summary)?;
    let summary = signed_in.keyring().seal_summary(record, &summary)?;
    let client = signed_in.client().await?;
    let written = record::put_record(&client, signed_in.token.expose(), record, kind, &summary, &sealed.fields).await?;
    if written.outcome.is_conflict() {
        drop(client);
        return Ok((record, view::view(signed_in, record).await?.number));
    }
    written.outcome.into_result()?;
    let prefix = signed_in.policy().catalogue.kind(kind).map(|kind| kind.prefix.clone()).unwrap_or_default();
    Ok((record, RecordNumber::new(&prefix, written.number)))
}

/// Saves changed fields if the record still has `version`; answers with the new version.
///
/// # Errors
/// [`Error::Conflict`] when somebody else was faster; [`Error::Invalid`]; [`Error::Catalogue`]; refusals and lost connections. On error nothing was written.
pub async fn save(signed_in: &SignedIn, record: RecordId, version: i64, draft: &Draft) -> Result<i64> {
    check_references(signed_in, draft).await?;
    let once = || Box::pin(save_once(signed_in, record, version, draft));
    let done = once().await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { once().await } else { done }
}

async fn save_once(signed_in: &SignedIn, record: RecordId, version: i64, draft: &Draft) -> Result<i64> {
    signed_in.ready_to_seal().await?;
    // The list row is one sealed blob, so it is read, changed and sealed again; the version check covers it too.
    let current = view::view(signed_in, record).await?;
    if current.version != version {
        return Err(Error::Conflict { current: current.version });
    }
    let mut summary = current.summary.map_err(|what| if what == HELD_BACK { Error::HeldBack } else { Error::BadCiphertext { what } })?;
    let sealed = seal(signed_in, record, draft, &mut summary)?;
    let summary = signed_in.keyring().seal_summary(record, &summary)?;
    let client = signed_in.client().await?;
    let written = record::put_edit(&client, signed_in.token.expose(), record, version, &summary, &sealed.fields, &sealed.removed).await?;
    if written.outcome.is_conflict() {
        return Err(Error::Conflict { current: written.version });
    }
    written.outcome.into_result()?;
    Ok(written.version)
}

/// Marks a record deleted. It stays restorable with [`undelete`].
///
/// # Errors
/// [`Error::Conflict`]; refusals and lost connections.
pub async fn delete(signed_in: &SignedIn, record: RecordId, version: i64) -> Result<i64> {
    let client = signed_in.client().await?;
    finish(record::put_delete(&client, signed_in.token.expose(), record, version).await?)
}

/// Takes a deletion back.
///
/// # Errors
/// [`Error::Conflict`]; refusals and lost connections.
pub async fn undelete(signed_in: &SignedIn, record: RecordId, version: i64) -> Result<i64> {
    let client = signed_in.client().await?;
    finish(record::put_undelete(&client, signed_in.token.expose(), record, version).await?)
}

/// Records of a kind that may be the same one: the same phone, e-mail or identity number, by blind index. Each look-up is a recorded search; those of one
/// `search_box` are one line of the audit.
///
/// # Errors
/// Refusals and lost connections.
pub async fn duplicates(signed_in: &SignedIn, kind: &str, draft: &Draft, search_box: Uuid) -> Result<Vec<Duplicate>> {
    let mut found: Vec<Duplicate> = Vec::new();
    let policy = signed_in.policy();
    for field in policy.catalogue.fields_of(kind).filter(|field| identifies(field)) {
        let typed = draft.values.get(&field.code).map(|typed| validate(field, typed));
        let Some(Ok(value)) = typed else { continue };
        if value.is_empty() {
            continue;
        }
        let Ok(query) = search::parse(&policy.catalogue, &format!("{}:\"{value}\"", field.code)) else { continue };
        let request = ListRequest { query, kind: Some(kind.to_owned()), limit: MOST_DUPLICATES, search_box, ..ListRequest::default() };
        for row in search::list(signed_in, &request).await?.rows {
            match found.iter_mut().find(|known| known.row.id == row.id) {
                Some(known) => known.fields.push(field.code.clone()),
                None => found.push(Duplicate { row, fields: vec![field.code.clone()] }),
            }
        }
    }
    found.sort_by_key(|duplicate| std::cmp::Reverse(duplicate.fields.len()));
    Ok(found)
}

struct Sealed {
    fields: Vec<SealedField>,
    removed: Vec<String>,
}

/// Seals what changed and brings the list row up to date.
fn seal(signed_in: &SignedIn, record: RecordId, draft: &Draft, summary: &mut Summary) -> Result<Sealed> {
    let mut sealed = Sealed { fields: Vec::new(), removed: Vec::new() };
    let policy = signed_in.policy();
    for (code, typed) in &draft.values {
        let field =
            policy.catalogue.field(code).ok_or_else(|| Error::Plain(format!("There is no field \"{code}\". Reload the record.")))?;
        if typed.trim().is_empty() {
            if field.required && !field.retired {
                return Err(Error::Invalid { field: code.clone(), why: Invalid::Required });
            }
            summary.remove(code);
            sealed.removed.push(code.clone());
            continue;
        }
        let value = validate(field, typed).map_err(|why| Error::Invalid { field: code.clone(), why })?;
        sealed.fields.push(seal_field(&signed_in.keyring(), record, field, &value)?);
        if field.summary {
            summary.insert(code.clone(), mask(field.mask, &value));
        }
    }
    Ok(sealed)
}

/// Seals one validated value: the value itself, its masked form, and its tokens.
pub(crate) fn seal_field(
    keyring: &Keyring,
    record: RecordId,
    field: &Field,
    value: &str,
) -> std::result::Result<SealedField, KeyringError> {
    let masked = match field.mask {
        Mask::Open => None,
        rule => Some(keyring.seal(Purpose::Mask, record, &field.code, &field.class, &mask(rule, value))?),
    };
    Ok(SealedField {
        field: field.code.clone(),
        layout: field.layout,
        epoch: keyring.newest_epoch(&field.class)?,
        value: keyring.seal(Purpose::Value, record, &field.code, &field.class, value)?,
        masked,
        tokens: keyring.tokens_for_value(field, value)?,
    })
}

fn finish(written: record::Written) -> Result<i64> {
    if written.outcome.is_conflict() {
        return Err(Error::Conflict { current: written.version });
    }
    written.outcome.into_result()?;
    Ok(written.version)
}
