//! Opening a record: masked values, and what the person may do with each field.

use crate::{
    database::api::{retention, view},
    keyring::{KeyUse, Purpose},
    model::{
        catalogue::Field,
        id::RecordId,
        record::{Denied, FieldView, HELD_BACK, RecordView},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// Reads one record. The view is an audit event before anything leaves the database.
///
/// # Errors
/// Refusals and lost connections. A ciphertext that does not open is named in its field; the others are not affected.
pub async fn view(signed_in: &SignedIn, record: RecordId) -> Result<RecordView> {
    with_newer_keys(signed_in, record, false).await
}

/// Reads a record anew that this session has opened and still shows. It is an access and recorded as one, but told from a look-up.
///
/// # Errors
/// As [`view`].
pub async fn again(signed_in: &SignedIn, record: RecordId) -> Result<RecordView> {
    with_newer_keys(signed_in, record, true).await
}

async fn with_newer_keys(signed_in: &SignedIn, record: RecordId, again: bool) -> Result<RecordView> {
    let done = view_once(signed_in, record, again).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { view_once(signed_in, record, again).await } else { done }
}

async fn view_once(signed_in: &SignedIn, record: RecordId, again: bool) -> Result<RecordView> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, head, fields, hold) = tokio::join!(
    biased;
           view::request_view(&client, token, ticket, record, again),
           view::collect_view(&client, token, ticket),
           view::collect_view_fields(&client, token, ticket),
           retention::collect_view_hold(&client, token, ticket),
       );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, Some(record), None);
    let head = head?;
    let mut stored = fields?;

    let fields = signed_in
        .policy()
        .catalogue
        .fields
        .iter()
        .filter_map(|field| match stored.iter().position(|row| row.field == field.code) {
            Some(index) => Some(field_view(signed_in, head.id, field, stored.swap_remove(index))),
            None => field.is_of(&head.kind).then(|| absent(signed_in, field)),
        })
        .collect();
    Ok(RecordView {
        id: head.id,
        kind: head.kind,
        number: head.number,
        version: head.version,
        summary: match &head.summary {
            Some(sealed) => signed_in.keyring().open_summary(head.id, sealed).map_err(|error| format!("{}: summary: {error}", head.number)),
            None => Err(HELD_BACK.to_owned()),
        },
        created_at: head.created_at,
        created_by: head.created_by,
        updated_at: head.updated_at,
        updated_by: head.updated_by,
        deleted: head.deleted,
        label: head.label,
        hold: hold?,
        owner: head.owner,
        fields,
        note_count: head.note_count,
        newest_note: head.newest_note,
    })
}

fn field_view(signed_in: &SignedIn, record: RecordId, field: &Field, row: view::FieldRow) -> FieldView {
    let masked = row.masked.as_deref().map(|sealed| {
        let (purpose, name) = if row.is_open { (Purpose::Value, "value") } else { (Purpose::Mask, "mask") };
        signed_in
            .keyring()
            .open(purpose, record, &field.code, &row.class, sealed)
            .map(|text| text.expose().clone())
            .map_err(|error| format!("{} {name}: {error}", field.code))
    });
    FieldView {
        field: field.code.clone(),
        reveal: permission(signed_in, &row.class, row.may_reveal),
        edit: permission(signed_in, &field.class, row.may_edit && signed_in.policy().rights(&field.class).edit),
        class: row.class,
        present: true,
        withheld: false,
        version: row.version,
        epoch: row.epoch,
        changed_at: row.changed_at,
        changed_by: row.changed_by,
        masked,
        open: row.is_open,
    }
}

fn absent(signed_in: &SignedIn, field: &Field) -> FieldView {
    let rights = signed_in.policy().rights(&field.class);
    FieldView {
        field: field.code.clone(),
        class: field.class.clone(),
        present: false,
        withheld: rights == crate::model::catalogue::Rights::default(),
        version: 0,
        epoch: 0,
        changed_at: None,
        changed_by: None,
        masked: None,
        open: false,
        reveal: permission(signed_in, &field.class, rights.reveal),
        edit: permission(signed_in, &field.class, rights.edit),
    }
}

fn permission(signed_in: &SignedIn, class: &str, permitted: bool) -> std::result::Result<(), Denied> {
    match (permitted, signed_in.keyring().has(class, KeyUse::Value)) {
        (false, _) => Err(Denied::NotPermitted),
        (true, false) => Err(Denied::NoKey),
        (true, true) => Ok(()),
    }
}
