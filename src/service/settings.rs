//! Fields without code, what classes ask for, and reasons. Each change names the version that was read, so that of two officers who change the same
//! thing the second one is told.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    database::{
        api::{catalogue as api, settings},
        connection::Connection,
        error::{DatabaseError, Outcome},
    },
    model::{
        catalogue::{Class, Field, Label, Reason, Target},
        change::{Change, Proposal},
        id::Prefix,
        kind::RecordKind,
        retention::Kept,
    },
    service::{Error, Result, audit, catalogue, clearance, error::NotApproved, kind, retention, second_factor, session::SignedIn},
};

/// What became of a change. Where somebody else has to approve it, the error says what was tried, and what was approved instead.
pub(super) async fn settled(signed_in: &SignedIn, client: &Connection, of: &str, outcome: Outcome) -> Result<()> {
    let Err(error) = outcome.into_result() else { return Ok(()) };
    let DatabaseError::Refused(refusal) = error else { return Err(error.into()) };
    if !matches!(refusal.code(), "SD050" | "SD105") {
        return Err(refusal.into());
    }
    let Some(proposal) = settings::proposed_change(client, signed_in.token.expose(), of).await? else { return Err(refusal.into()) };
    let catalogue = &signed_in.policy().catalogue;
    let words = |change: &str| Change::parse(change).map(|change| change.label(catalogue)).unwrap_or_default();
    Err(Error::NotApproved(Box::new(NotApproved {
        refusal,
        wanted: words(&proposal.change),
        approved: proposal.approved.as_ref().map(|(number, change)| (*number, words(change))),
        proposal,
    })))
}

/// The change that this person tried last of something (`field phone`) without an approval for it.
///
/// # Errors
/// [`Error::Plain`] where there is none; lost connections.
pub async fn proposed(signed_in: &SignedIn, of: &str) -> Result<Proposal> {
    let client = signed_in.client().await?;
    let found = settings::proposed_change(&client, signed_in.token.expose(), of).await?;
    found.ok_or_else(|| crate::database::error::Refusal::NotTried.into())
}

/// The fields as they are now, in display order, retired ones too.
///
/// # Errors
/// Lost connections.
pub async fn fields(signed_in: &SignedIn) -> Result<Vec<Field>> {
    let client = signed_in.client().await?;
    Ok(api::list_fields(&client, signed_in.token.expose()).await?)
}

/// One field as it is now.
///
/// # Errors
/// [`Error::Plain`] names the ones there are.
pub async fn field(signed_in: &SignedIn, code: &str) -> Result<Field> {
    let all = fields(signed_in).await?;
    let known = || all.iter().map(|field| field.code.as_str()).collect::<Vec<_>>().join(", ");
    let missing = Error::Plain(format!("There is no field \"{code}\"; there are {}.", known()));
    all.iter().find(|field| field.code == code).cloned().ok_or(missing)
}

/// The classes as they are now.
///
/// # Errors
/// Lost connections.
pub async fn classes(signed_in: &SignedIn) -> Result<Vec<Class>> {
    let client = signed_in.client().await?;
    Ok(api::list_classes(&client, signed_in.token.expose()).await?)
}

/// The reasons as they are now, retired ones too.
///
/// # Errors
/// Lost connections.
pub async fn reasons(signed_in: &SignedIn) -> Result<Vec<Reason>> {
    let client = signed_in.client().await?;
    Ok(api::list_reasons(&client, signed_in.token.expose()).await?)
}

/// Makes a field, last in its section. An empty section label leaves it to a section that is there already.
///
/// # Errors
/// Refused without `manage_policy`; [`Error::Catalogue`] where what is stored is not as officers signed it;
/// [`crate::keyring::KeyringError::NotAnOfficer`] for whoever cannot sign; `SD070` for a code or label; `SD072` where kind, class, mask, index and choices do not go together.
pub async fn add_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let mut field = field.clone();
    if field.kinds.is_empty() {
        // What is signed names them, so it is not left to the database which.
        field.kinds = kind::kinds(signed_in).await?.into_iter().filter(|kind| !kind.retired).map(|kind| kind.code).collect();
    }
    let change = catalogue::Change::begin(signed_in).await?;
    let outcome = settings::field_add(change.client(), signed_in.token.expose(), &field).await?;
    let outcome = change.finish(outcome, |catalogue| catalogue.put_field(&field)).await?;
    settled(signed_in, &signed_in.client().await?, &format!("field {}", field.code), outcome).await
}

/// Changes labels, section, class, mask, index, list row, requirement or choices. Where class, mask, index or list row change, what is stored follows by
/// [`crate::service::rewrite::rewrite`]; what is written from now on is written so at once.
///
/// # Errors
/// As [`add_field`]; `SD071` where a new index mode would tell too much or was not measured; `SD007` when somebody changed it meanwhile; `SD073` for the name; `SD076` for a retired field.
pub async fn change_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let change = catalogue::Change::begin(signed_in).await?;
    let outcome = settings::field_change(change.client(), signed_in.token.expose(), field).await?;
    let outcome = change.finish(outcome, |catalogue| catalogue.put_field(field)).await?;
    settled(signed_in, &signed_in.client().await?, &format!("field {}", field.code), outcome).await
}

/// Puts a field behind another one of its section, or first in it.
///
/// # Errors
/// As [`change_field`]; `SD011` where `after` is not in the section.
pub async fn move_field(signed_in: &SignedIn, field: &Field, after: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::field_move(&client, signed_in.token.expose(), &field.code, field.version, after).await?;
    settled(signed_in, &client, &format!("field {}", field.code), outcome).await
}

/// Asks for a field nowhere any more. Its values stay as they are, with their search tokens, until somebody removes them.
///
/// # Errors
/// As [`change_field`].
pub async fn retire_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::field_retire(&client, signed_in.token.expose(), &field.code, field.version).await?;
    settled(signed_in, &client, &format!("field {}", field.code), outcome).await
}

/// Brings a retired field back, with the values it had.
///
/// # Errors
/// As [`change_field`]; `SD076` for one that is not retired.
pub async fn restore_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::field_restore(&client, signed_in.token.expose(), &field.code, field.version).await?;
    settled(signed_in, &client, &format!("field {}", field.code), outcome).await
}

/// Changes what a class asks for.
///
/// # Errors
/// As [`add_field`]; `SD007`; `SD075` for a number out of range.
pub async fn change_class(signed_in: &SignedIn, class: &Class) -> Result<()> {
    let change = catalogue::Change::begin(signed_in).await?;
    let outcome = settings::class_change(change.client(), signed_in.token.expose(), class).await?;
    let outcome = change.finish(outcome, |catalogue| catalogue.put_class_label(&class.code, &class.label)).await?;
    settled(signed_in, &signed_in.client().await?, &format!("class {}", class.code), outcome).await
}

/// Makes a reason.
///
/// # Errors
/// Refused without `manage_policy`; `SD070` for a code that is taken; `SD011` for an unknown class.
pub async fn add_reason(signed_in: &SignedIn, reason: &Reason) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::reason_put(&client, signed_in.token.expose(), reason, None).await?;
    settled(signed_in, &client, &format!("reason {}", reason.code), outcome).await
}

/// Changes a reason.
///
/// # Errors
/// As [`add_reason`]; `SD007` when somebody changed it meanwhile.
pub async fn change_reason(signed_in: &SignedIn, reason: &Reason) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::reason_put(&client, signed_in.token.expose(), reason, Some(reason.version)).await?;
    settled(signed_in, &client, &format!("reason {}", reason.code), outcome).await
}

/// Lets a reason be given no longer, or again.
///
/// # Errors
/// As [`change_reason`]; `SD076` where it is so already.
pub async fn retire_reason(signed_in: &SignedIn, reason: &Reason, retired: bool) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = settings::reason_retire(&client, signed_in.token.expose(), &reason.code, reason.version, retired).await?;
    settled(signed_in, &client, &format!("reason {}", reason.code), outcome).await
}

/// Does what was approved: the change as it stands in a request, on what is configured now.
///
/// # Errors
/// As the act itself; `SD007` where something is not as it was when it was asked.
pub async fn perform(signed_in: &SignedIn, change: &Change) -> Result<()> {
    let code = change.code();
    let retired = || change.after("retired").and_then(Value::as_bool).unwrap_or_default();
    match change.action.as_str() {
        "field_add" => {
            let mut field = blank(code);
            put_field(change, &mut field);
            add_field(signed_in, &field).await
        }
        "field_change" => {
            let mut field = self::field(signed_in, code).await?;
            put_field(change, &mut field);
            change_field(signed_in, &field).await
        }
        "field_move" => move_field(signed_in, &self::field(signed_in, code).await?, text(change, "after").as_deref()).await,
        "field_retire" => retire_field(signed_in, &self::field(signed_in, code).await?).await,
        "field_restore" => restore_field(signed_in, &self::field(signed_in, code).await?).await,
        "class_change" => {
            let found = classes(signed_in).await?.into_iter().find(|class| class.code == code);
            let mut class = found.ok_or(crate::database::error::Refusal::Argument)?;
            put_class(change, &mut class);
            change_class(signed_in, &class).await
        }
        "class_fresh_code" => second_factor::fresh_code(signed_in, code, number(change, "fresh_code_s")).await,
        "reason_put" | "reason_retire" | "reason_restore" => {
            let known = reasons(signed_in).await?.into_iter().find(|reason| reason.code == code);
            let is_new = known.is_none();
            let mut reason = known.unwrap_or(Reason {
                code: code.to_owned(),
                label: Label::default(),
                reference_required: false,
                classes: Vec::new(),
                version: 0,
                retired: false,
            });
            if change.action != "reason_put" {
                return retire_reason(signed_in, &reason, retired()).await;
            }
            put_label(change, &mut reason.label);
            set(change, "reference_required", &mut reason.reference_required);
            set(change, "classes", &mut reason.classes);
            if is_new { add_reason(signed_in, &reason).await } else { change_reason(signed_in, &reason).await }
        }
        "kind_put" | "kind_retire" | "kind_restore" | "kind_move" => perform_on_kind(signed_in, change).await,
        "audit_retention_set" => audit::keep(signed_in, number(change, "months")).await,
        "audit_drop" => audit::drop_month(signed_in, code).await.map(drop),
        "audit_scope_set" => {
            let (act, class) = code.split_once(' ').map_or((code, None), |(act, class)| (act, Some(class)));
            audit::set_scope(signed_in, act, class, change.after("recorded").and_then(Value::as_bool)).await
        }
        "retention_set" => {
            let (kind, class) = code.split_once(' ').unwrap_or((code, ""));
            let of = Kept::from_parts(kind, class).ok_or(crate::database::error::Refusal::Argument)?;
            let known = retention::rules(signed_in).await?.into_iter().find(|rule| rule.of == of);
            let mut rule = known.ok_or(crate::database::error::Refusal::Argument)?;
            set(change, "days", &mut rule.days);
            set(change, "purges", &mut rule.purges);
            // What was approved is done whatever is due by now; the act tells how much that was.
            let shown = match rule.days {
                Some(days) => Some(retention::try_days(signed_in, &of, days).await?),
                None => None,
            };
            retention::set(signed_in, &rule, shown).await
        }
        "clearance_put" => {
            let clearances = &signed_in.policy().catalogue.clearances;
            let levels = clearances.levels.iter().map(|level| (&level.code, &level.label, Some(level.rank)));
            let compartments = clearances.compartments.iter().map(|one| (&one.code, &one.label, None));
            let known = levels.chain(compartments).find(|(known, ..)| *known == code);
            let (mut label, mut rank) = known.map(|(_, label, rank)| (label.clone(), rank)).unwrap_or_default();
            put_label(change, &mut label);
            set(change, "rank", &mut rank);
            clearance::define(signed_in, code, rank, &label).await
        }
        other => Err(Error::Plain(format!("This program does not know how to do \"{other}\"; do it where it was refused."))),
    }
}

async fn perform_on_kind(signed_in: &SignedIn, change: &Change) -> Result<()> {
    let known = kind::kinds(signed_in).await?.into_iter().find(|kind| kind.code == change.code());
    let is_new = known.is_none();
    let blank = RecordKind {
        code: change.code().to_owned(),
        label: Label::default(),
        prefix: String::new(),
        name: None,
        version: 0,
        retired: false,
    };
    let mut subject = known.unwrap_or(blank);
    match change.action.as_str() {
        "kind_move" => return kind::move_after(signed_in, &subject, text(change, "after").as_deref()).await,
        // Whoever approved it read that the records stay: it says so of every kind.
        "kind_retire" | "kind_restore" => return kind::retire(signed_in, &subject, change.action == "kind_retire", true).await,
        _ => {}
    }
    put_label(change, &mut subject.label);
    set(change, "prefix", &mut subject.prefix);
    let mut name = subject.name.take().unwrap_or_default();
    for (column, to) in [("name_en", &mut name.en), ("name_zh", &mut name.zh)] {
        if change.after(column).is_some() {
            *to = text(change, column).unwrap_or_default();
        }
    }
    subject.name = Some(name).filter(|name| !name.en.is_empty());
    let mut fields: Option<Vec<String>> = None;
    set(change, "fields", &mut fields);
    if is_new {
        kind::add(signed_in, &subject, &fields.unwrap_or_default()).await
    } else {
        kind::change(signed_in, &subject, fields.as_deref()).await
    }
}

fn text(change: &Change, name: &str) -> Option<String> {
    change.after(name).and_then(Value::as_str).map(str::to_owned)
}

fn number(change: &Change, name: &str) -> Option<i32> {
    change.after(name).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
}

/// Takes a column's new value over, where it changes.
fn set<T: DeserializeOwned>(change: &Change, name: &str, to: &mut T) {
    if let Some(value) = change.after(name).and_then(|value| serde_json::from_value(value.clone()).ok()) {
        *to = value;
    }
}

fn put_label(change: &Change, label: &mut Label) {
    set(change, "label_en", &mut label.en);
    set(change, "label_zh", &mut label.zh);
}

fn blank(code: &str) -> Field {
    use crate::model::catalogue::{FieldKind, Mask};
    Field {
        code: code.to_owned(),
        label: Label::default(),
        section: String::new(),
        section_label: Label::default(),
        position: 0,
        kind: FieldKind::Text,
        class: String::new(),
        mask: Mask::Hidden,
        index: Vec::new(),
        summary: false,
        required: false,
        choices: Vec::new(),
        version: 0,
        layout: 0,
        retired: false,
        kinds: Vec::new(),
        of: None,
    }
}

fn put_field(change: &Change, field: &mut Field) {
    put_label(change, &mut field.label);
    set(change, "section", &mut field.section);
    set(change, "section_en", &mut field.section_label.en);
    set(change, "section_zh", &mut field.section_label.zh);
    set(change, "kind", &mut field.kind);
    set(change, "class", &mut field.class);
    set(change, "mask", &mut field.mask);
    set(change, "index_modes", &mut field.index);
    set(change, "summary", &mut field.summary);
    set(change, "required", &mut field.required);
    set(change, "choices", &mut field.choices);
    set(change, "kinds", &mut field.kinds);
    if let Some(Value::String(kind)) = change.after("of_kind") {
        // The letters are the database's to know.
        field.of = Some(Target { kind: kind.clone(), prefix: Prefix::NONE });
    }
}

fn put_class(change: &Change, class: &mut Class) {
    put_label(change, &mut class.label);
    set(change, "hide_after_s", &mut class.hide_after_s);
    set(change, "hide_on_focus_loss", &mut class.hide_on_focus_loss);
    set(change, "reason_required", &mut class.reason_required);
    set(change, "copy_allowed", &mut class.copy_allowed);
    set(change, "share_allowed", &mut class.share_allowed);
    set(change, "quota_per_hour", &mut class.quota_per_hour);
    set(change, "fresh_code_s", &mut class.fresh_code_s);
}
