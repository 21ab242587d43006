//! Changing keys: new epochs of classes, new generations of roles, re-encryption of what lies under old ones, and what follows when somebody leaves.
//!
//! An officer's client re-encrypts: it opens the classes' keys with the role keys that officers keep for others, holds them for as long as that takes, and
//! asks the database for one batch of records at a time, each an event before it is handed out. What is left is simply what an older epoch still seals,
//! so a run that was killed at any moment is gone on with by running it again. Several classes go in one pass: a record's row and its index entries are
//! then written once.

use std::{collections::BTreeSet, sync::Arc};

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
        catalogue::{Catalogue, Field},
        id::{RecordId, RecordNumber},
        rotation::{Epoch, Rotated, Schedule, SealedKind},
    },
    service::{
        Error, Result,
        batches::{self, Steps, Stored},
        catalogue::Change,
        policy::Policy,
        recovery,
        session::{SignedIn, new_ticket},
        staff as people,
    },
};

/// What a re-encryption has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reencrypted {
    /// Values, earlier values, notes and list rows sealed again.
    pub changed: u64,
    /// What does not open, by record and field; it was left as it is.
    pub damaged: Vec<String>,
    /// Classes of which nothing is left under older epochs, and whose older keys are withdrawn.
    pub retired: BTreeSet<String>,
    /// Classes of which something is left, so that their older keys stay.
    pub left: BTreeSet<String>,
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
/// Refused without `manage_people`; [`Error::Keyring`] where this person cannot sign; [`Error::Catalogue`] where a newer key is withheld; `SD007` when somebody else rotated meanwhile.
pub async fn rotate_class(signed_in: &SignedIn, class: &str) -> Result<i32> {
    known_class(signed_in, class)?;
    signed_in.renew_keys().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let wraps = rotation::list_wraps_of(&client, token, "class", class).await?;
    drop(client);
    let change = Change::of_keys(signed_in).await?;
    let (epoch, made) = rotate::rotate_class(&signed_in.keyring(), class, &wraps)?;
    let outcome = rotation::rotate_class(change.client(), token, class, epoch, &made).await?;
    change.finish(outcome, |catalogue| catalogue.put_epoch(class, epoch)).await?.into_result()?;
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
    drop(client);
    let new = rotate::rotate_role(&signed_in.keyring(), role, &wraps, leaving)?;
    let change = Change::of_keys(signed_in).await?;
    let outcome = rotation::rotate_role(change.client(), token, &new).await?;
    change.finish(outcome, |catalogue| catalogue.put_role(role, new.entry.generation)).await?.into_result()?;
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

/// Seals again under current keys whatever lies under older ones of a class, or of every class, then withdraws those.
///
/// # Errors
/// Refused without `manage_people`; [`Error::Catalogue`]; [`KeyringError::NoKey`] when no role holds a class's value key; lost connections. What was done until then is done.
pub async fn reencrypt(signed_in: &SignedIn, class: Option<&str>, mut progress: impl FnMut(Progress)) -> Result<Reencrypted> {
    if let Some(class) = class {
        known_class(signed_in, class)?;
    }
    signed_in.ready_to_seal().await?;
    let old: Vec<Epoch> =
        epochs(signed_in).await?.into_iter().filter(|epoch| !epoch.is_current && class.is_none_or(|class| class == epoch.class)).collect();
    let total = old.iter().map(|epoch| u64::try_from(epoch.sealed).unwrap_or(0)).sum();
    let classes: BTreeSet<String> = old.into_iter().map(|epoch| epoch.class).collect();
    let mut done = Reencrypted::default();
    let sealing = Sealing { signed_in, class, policy: signed_in.policy(), custody: Arc::new(custody(signed_in, &classes).await?) };
    batches::run(&sealing, |stored| {
        done.changed += stored.changed;
        done.damaged.extend(stored.damaged);
        progress(Progress { done: done.changed, total });
    })
    .await?;
    drop(sealing);
    for class in classes {
        let client = signed_in.client().await?;
        let retired = rotation::retire_epochs(&client, signed_in.token.expose(), &class).await?;
        if retired.is_conflict() {
            // Something is left: it is damaged, or was written under the old keys at the last moment.
            done.left.insert(class);
        } else {
            retired.into_result()?;
            done.retired.insert(class);
        }
    }
    signed_in.renew_keys().await?;
    Ok(done)
}

/// Somebody leaves for good: their sessions end, their login closes, their wraps go, and whatever they held a key of gets new keys. Answers with the
/// classes whose values are yet to be re-encrypted. `told` hears of each step.
///
/// # Errors
/// As [`rotate_class`]; for oneself. What was done until then is done, and doing it again goes on.
pub async fn leave(signed_in: &SignedIn, login: &str, mut told: impl FnMut(Step<'_>)) -> Result<BTreeSet<String>> {
    let person = people::person(signed_in, login).await?;
    if !person.state.is_closed() {
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
    people::left(signed_in, login).await?;
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

struct Sealing<'a> {
    signed_in: &'a SignedIn,
    class: Option<&'a str>,
    policy: Arc<Policy>,
    custody: Arc<Keyring>,
}

impl Steps for Sealing<'_> {
    type Item = SealedItem;
    type Made = (Vec<SealedItem>, Vec<String>);

    async fn fetch(&self, after: RecordId, records: i32) -> Result<Vec<SealedItem>> {
        let client = self.signed_in.client().await?;
        let ticket = new_ticket();
        let noted = || self.signed_in.witness.note(ticket, None, None);
        Ok(rotation::reencrypt(&client, self.signed_in.token.expose(), ticket, self.class, (after, records), noted).await?)
    }

    fn record(item: &SealedItem) -> RecordId {
        item.record
    }

    fn work(&self) -> impl FnOnce(Vec<SealedItem>) -> Result<Self::Made> + Send + 'static {
        let (policy, custody) = (Arc::clone(&self.policy), Arc::clone(&self.custody));
        move |batch| {
            let (mut again, mut damaged) = (Vec::with_capacity(batch.len()), Vec::new());
            for item in batch {
                let named = (item.kind, item.number, item.item.clone(), item.version);
                match reseal(&policy.catalogue, &custody, item) {
                    Ok(item) => again.push(item),
                    Err(error @ KeyringError::NoKey { .. }) => return Err(error.into()),
                    Err(error) => damaged.push(format!("{}: {error}", name_of(&named))),
                }
            }
            Ok((again, damaged))
        }
    }

    async fn store(&self, (again, damaged): Self::Made) -> Result<Stored> {
        let client = self.signed_in.client().await?;
        let changed = rotation::put_reencrypt(&client, self.signed_in.token.expose(), self.class, &again).await?;
        Ok(Stored { changed: u64::try_from(changed).unwrap_or(0), damaged })
    }
}

async fn custody(signed_in: &SignedIn, classes: &BTreeSet<String>) -> Result<Keyring> {
    let client = signed_in.client().await?;
    let mut wraps = Vec::new();
    for class in classes {
        wraps.extend(rotation::list_wraps_of(&client, signed_in.token.expose(), "class", class).await?);
    }
    let classes: BTreeSet<&str> = classes.iter().map(String::as_str).collect();
    Ok(signed_in.keyring().for_reencryption(&classes, wraps))
}

fn name_of((kind, number, item, version): &(SealedKind, RecordNumber, String, i64)) -> String {
    match kind {
        SealedKind::Value => format!("{number} {item}"),
        SealedKind::History => format!("{number} {item} v{version}"),
        SealedKind::Note => format!("{number} note {item}"),
        SealedKind::Summary => format!("{number} summary"),
    }
}

/// The same content under the newest keys, with the tokens of the newest index key.
fn reseal(catalogue: &Catalogue, custody: &Keyring, mut item: SealedItem) -> std::result::Result<SealedItem, KeyringError> {
    let (purpose, place) = match item.kind {
        SealedKind::Value | SealedKind::History => (Purpose::Value, item.item.as_str()),
        SealedKind::Note => (Purpose::Note, item.item.as_str()),
        SealedKind::Summary => (Purpose::Summary, ""),
    };
    let text = custody.open(purpose, item.record, place, &item.class, &item.value)?;
    item.value = custody.seal(purpose, item.record, place, &item.class, text.expose())?;
    if let Some(masked) = &item.masked {
        let shown = custody.open(Purpose::Mask, item.record, place, &item.class, masked)?;
        item.masked = Some(custody.seal(Purpose::Mask, item.record, place, &item.class, shown.expose())?);
    }
    if let (SealedKind::Value, Some(field)) = (item.kind, catalogue.field(&item.item)) {
        item.tokens = if field.class == item.class {
            custody.tokens_for_value(field, text.expose())?
        } else {
            // The field may have another class by now, and the value is yet to follow.
            custody.tokens_for_value(&Field { class: item.class.clone(), ..field.clone() }, text.expose())?
        };
    }
    Ok(item)
}
