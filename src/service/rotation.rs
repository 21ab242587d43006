//! Changing keys: new epochs of classes, new generations of roles, re-encryption of what lies under old ones, and what follows when somebody leaves.
//!
//! An officer's client re-encrypts: it opens the class's keys with the role keys that officers keep for others, holds them for as long as that takes, and
//! asks the database for one batch of records at a time, each an event before it is handed out. What is left is simply what an older epoch still seals,
//! so a run that was killed at any moment is gone on with by running it again.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    database::api::{
        elevation,
        rotation::{self, SealedItem},
    },
    keyring::{
        Keyring, KeyringError, Purpose,
        officer::OFFICER_ROLE,
        rotate::{self, NewRoleKey},
    },
    model::{
        audit::Progress,
        catalogue::Field,
        id::RecordId,
        person::PersonState,
        rotation::{Epoch, Rotated, Schedule, SealedKind},
    },
    service::{
        Error, Result, recovery,
        session::{SignedIn, new_ticket},
        staff as people,
    },
};

/// Records of one batch.
const BATCH: i32 = 50;

/// What a re-encryption has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reencrypted {
    /// Values, earlier values, notes and list rows sealed again.
    pub changed: u64,
    /// What does not open, by record and field; it was left as it is.
    pub damaged: Vec<String>,
    /// Whether nothing is left under older epochs, and their keys are withdrawn.
    pub retired: bool,
}

/// Each class's epochs.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn epochs(signed_in: &SignedIn) -> Result<Vec<Epoch>> {
    let client = signed_in.client().await?;
    Ok(rotation::list_epochs(&client, signed_in.token.expose()).await?)
}

/// Gives a class new keys; answers with their epoch. Everything written from now on is sealed under it.
///
/// # Errors
/// Refused without `manage_people`; [`Error::Keyring`] where this person cannot sign; `SD007` when somebody else rotated meanwhile.
pub async fn rotate_class(signed_in: &SignedIn, class: &str) -> Result<i32> {
    known_class(signed_in, class)?;
    signed_in.renew_keys().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let wraps = rotation::list_wraps_of(&client, token, "class", class).await?;
    let (epoch, made) = rotate::rotate_class(&signed_in.keyring(), class, &wraps)?;
    rotation::rotate_class(&client, token, class, epoch, &made).await?.into_result()?;
    drop(client);
    signed_in.renew_keys().await?;
    Ok(epoch)
}

/// Gives a role a new key pair; answers with its generation.
///
/// # Errors
/// As [`rotate_class`].
pub async fn rotate_role(signed_in: &SignedIn, role: &str) -> Result<i32> {
    Ok(rotate_role_without(signed_in, role, None).await?.entry.generation)
}

async fn rotate_role_without(signed_in: &SignedIn, role: &str, leaving: Option<&str>) -> Result<NewRoleKey> {
    signed_in.renew_keys().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let wraps = rotation::list_wraps_of(&client, token, "role", role).await?;
    let new = rotate::rotate_role(&signed_in.keyring(), role, &wraps, leaving)?;
    rotation::rotate_role(&client, token, &new).await?.into_result()?;
    drop(client);
    signed_in.renew_keys().await?;
    if role == OFFICER_ROLE
        && let Err(error) = recovery::renew(signed_in).await
    {
        // The role has its new key. A set that lacks it is named by the list of sets and by the doctor, and does not stop somebody from leaving.
        tracing::warn!(code = error.code(), "recovery sets were not renewed");
    }
    Ok(new)
}

/// How old the keys of each class and role are, and how old they may become.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn schedule(signed_in: &SignedIn) -> Result<Vec<Schedule>> {
    let client = signed_in.client().await?;
    Ok(rotation::list_rotation_schedule(&client, signed_in.token.expose()).await?)
}

/// Sets how old keys may become, in days; `None` for no limit.
///
/// # Errors
/// Refused without `manage_people`; `SD085` outside of 1 to 3650 days; an unknown class or role.
pub async fn rotate_every(signed_in: &SignedIn, kind: Rotated, name: &str, days: Option<i32>) -> Result<()> {
    if kind == Rotated::Class {
        known_class(signed_in, name)?;
    }
    let client = signed_in.client().await?;
    Ok(rotation::put_rotation_schedule(&client, signed_in.token.expose(), kind, name, days).await?.into_result()?)
}

/// Classes or roles whose keys are older than they may be.
///
/// # Errors
/// As [`schedule`].
pub async fn due(signed_in: &SignedIn, kind: Rotated) -> Result<Vec<String>> {
    let all = schedule(signed_in).await?.into_iter();
    Ok(all.filter(|schedule| schedule.kind == kind && schedule.overdue).map(|schedule| schedule.name).collect())
}

/// Seals again under a class's current keys whatever lies under older ones, then withdraws those.
///
/// # Errors
/// Refused without `manage_people`; [`KeyringError::NoKey`] when no role holds the class's value key; lost connections. What was done until then is done.
pub async fn reencrypt(signed_in: &SignedIn, class: &str, mut progress: impl FnMut(Progress)) -> Result<Reencrypted> {
    known_class(signed_in, class)?;
    let old = epochs(signed_in).await?.into_iter().filter(|epoch| epoch.class == class && !epoch.is_current);
    let total = old.map(|epoch| u64::try_from(epoch.sealed).unwrap_or(0)).sum();
    let custody = custody(signed_in, class).await?;
    let mut done = Reencrypted::default();
    let mut after = RecordId(Uuid::nil());
    loop {
        progress(Progress { done: done.changed, total });
        let batch = next_batch(signed_in, class, after).await?;
        let Some(last) = batch.iter().map(|item| item.record).max() else { break };
        after = last;
        let mut again = Vec::with_capacity(batch.len());
        for item in batch {
            let named = name_of(&item);
            match reseal(signed_in, &custody, class, item) {
                Ok(item) => again.push(item),
                Err(error @ KeyringError::NoKey { .. }) => return Err(error.into()),
                Err(error) => done.damaged.push(format!("{named}: {error}")),
            }
        }
        let client = signed_in.client().await?;
        let changed = rotation::put_reencrypt(&client, signed_in.token.expose(), class, &again).await?;
        done.changed += u64::try_from(changed).unwrap_or(0);
    }
    let client = signed_in.client().await?;
    let retired = rotation::retire_epochs(&client, signed_in.token.expose(), class).await?;
    drop(client);
    // Something is left: it is damaged, or was written under the old keys at the last moment.
    done.retired = !retired.is_conflict();
    if done.retired {
        retired.into_result()?;
        signed_in.renew_keys().await?;
    }
    Ok(done)
}

/// Somebody leaves for good: their sessions end, their login closes, their wraps go, and whatever they held a key of gets new keys. Answers with the
/// classes whose values are yet to be re-encrypted. `told` hears of each step.
///
/// # Errors
/// As [`rotate_class`]; for oneself. What was done until then is done, and doing it again goes on.
pub async fn leave(signed_in: &SignedIn, login: &str, mut told: impl FnMut(Step<'_>)) -> Result<BTreeSet<String>> {
    let person = people::person(signed_in, login).await?;
    if person.state != PersonState::Disabled {
        people::disable(signed_in, login).await?;
    }
    told(Step::Closed);
    let mut classes = BTreeSet::new();
    let client = signed_in.client().await?;
    let lent = elevation::elevated_roles(&client, signed_in.token.expose(), login).await?;
    drop(client);
    // What they had for a time they have held the key of, too.
    let held: BTreeSet<&String> = person.roles.iter().chain(&lent).collect();
    for role in held {
        let new = rotate_role_without(signed_in, role, Some(login)).await?;
        classes.extend(new.wraps.iter().filter(|wrap| wrap.is_class_key()).map(|wrap| wrap.subject.clone()));
        told(Step::Role(role, new.entry.generation));
    }
    for class in &classes {
        told(Step::Class(class, rotate_class(signed_in, class).await?));
    }
    for role in &person.roles {
        people::revoke(signed_in, login, role).await?;
    }
    told(Step::Revoked(&person.roles));
    Ok(classes)
}

/// A step of [`leave`] that is done.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    Closed,
    /// The role has a new key pair of this generation.
    Role(&'a str, i32),
    /// The class has new keys of this epoch.
    Class(&'a str, i32),
    Revoked(&'a [String]),
}

/// Classes of which something lies under older keys, or whose older keys are still wrapped.
///
/// # Errors
/// As [`epochs`].
pub async fn unfinished(signed_in: &SignedIn) -> Result<BTreeSet<String>> {
    Ok(epochs(signed_in).await?.into_iter().filter(|epoch| !epoch.is_current).map(|epoch| epoch.class).collect())
}

pub(super) fn known_class(signed_in: &SignedIn, class: &str) -> Result<()> {
    let policy = signed_in.policy();
    if policy.catalogue.class(class).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = policy.catalogue.classes.iter().map(|class| class.code.as_str()).collect();
    Err(Error::Plain(format!("There is no class \"{class}\"; there are {}.", known.join(", "))))
}

async fn custody(signed_in: &SignedIn, class: &str) -> Result<Keyring> {
    let client = signed_in.client().await?;
    let wraps = rotation::list_wraps_of(&client, signed_in.token.expose(), "class", class).await?;
    Ok(signed_in.keyring().for_reencryption(&[class].into(), wraps))
}

async fn next_batch(signed_in: &SignedIn, class: &str, after: RecordId) -> Result<Vec<SealedItem>> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, items) = tokio::join!(
        biased;
        rotation::request_reencrypt(&client, token, ticket, class, after, BATCH),
        rotation::collect_reencrypt(&client, token, ticket)
    );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    Ok(items?)
}

fn name_of(item: &SealedItem) -> String {
    match item.kind {
        SealedKind::Value => format!("{} {}", item.number, item.item),
        SealedKind::History => format!("{} {} v{}", item.number, item.item, item.version),
        SealedKind::Note => format!("{} note {}", item.number, item.item),
        SealedKind::Summary => format!("{} summary", item.number),
    }
}

/// The same content under the newest keys, with the tokens of the newest index key.
fn reseal(signed_in: &SignedIn, custody: &Keyring, class: &str, mut item: SealedItem) -> std::result::Result<SealedItem, KeyringError> {
    let (purpose, place) = match item.kind {
        SealedKind::Value | SealedKind::History => (Purpose::Value, item.item.clone()),
        SealedKind::Note => (Purpose::Note, item.item.clone()),
        SealedKind::Summary => (Purpose::Summary, String::new()),
    };
    let text = custody.open(purpose, item.record, &place, class, &item.value)?;
    item.value = custody.seal(purpose, item.record, &place, class, text.expose())?;
    if let Some(masked) = &item.masked {
        let shown = custody.open(Purpose::Mask, item.record, &place, class, masked)?;
        item.masked = Some(custody.seal(Purpose::Mask, item.record, &place, class, shown.expose())?);
    }
    if let (SealedKind::Value, Some(field)) = (item.kind, signed_in.policy().catalogue.field(&item.item)) {
        // The field may have another class by now, and the value is yet to follow.
        let field = Field { class: class.to_owned(), ..field.clone() };
        item.tokens = custody.tokens_for_value(&field, text.expose())?;
    }
    Ok(item)
}
