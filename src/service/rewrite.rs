//! Work on all values of a field: measuring what an index would tell, and writing them again after their class, mask, index or place in the list row
//! has changed.
//!
//! An officer's client opens the values with the role keys that officers keep for others, as in a rotation: one batch of records at a time, each an
//! event before it is handed out. What is left to write again is what an older layout wrote, so a run that was stopped is gone on with by another.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use uuid::Uuid;

use crate::{
    database::api::{
        rewrite::{self, Outdated, Rewritten, RewrittenRecord},
        rotation,
    },
    keyring::{Keyring, KeyringError, Purpose},
    model::{
        audit::Progress,
        catalogue::{Field, IndexMode, Mask},
        id::RecordId,
        rotation::SealedKind,
    },
    service::{
        Error, Result,
        batches::{self, Steps, Stored},
        edit::seal_field,
        session::{SignedIn, new_ticket},
        settings,
    },
    text::{
        leak::{Measured, Meter},
        mask::mask,
    },
};

/// Records of one batch of values to be measured.
const MEASURED: i32 = 500;
/// How often what somebody else was writing meanwhile is tried again.
const ROUNDS: usize = 3;

/// What writing again has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Values and earlier values.
    pub changed: u64,
    /// What does not open, by record; it was left as it is.
    pub damaged: Vec<String>,
    /// How much is left.
    pub left: u64,
}

/// Measures index modes of a field on its real values, and keeps the result: for an hour it lets this officer index the field so.
///
/// # Errors
/// Refused without `manage_policy` and `manage_people`; [`Error::Plain`] for a mode that the field's kind does not have; a value that does not open.
pub async fn measure(signed_in: &SignedIn, code: &str, modes: &[IndexMode], mut progress: impl FnMut(Progress)) -> Result<Vec<Measured>> {
    let field = settings::field(signed_in, code).await?;
    if let Some(mode) = modes.iter().find(|mode| !field.kind.index_modes().contains(mode)) {
        return Err(Error::Plain(format!("A field of this kind has no index mode {}.", crate::model::catalogue::code_of(mode))));
    }
    let custody = custody(signed_in).await?;
    let mut meter = Meter::new(&field, modes);
    let mut after = RecordId(Uuid::nil());
    let mut done = 0;
    loop {
        let ticket = new_ticket();
        let client = signed_in.client().await?;
        let token = signed_in.token.expose();
        let (outcome, values) = tokio::join!(
            biased;
            rewrite::request_measure(&client, token, ticket, code, after, MEASURED),
            rewrite::collect_measure(&client, token, ticket)
        );
        outcome?.into_result()?;
        signed_in.witness.note(ticket, None, None);
        let values = values?;
        let Some((last, ..)) = values.last() else { break };
        after = *last;
        for (record, class, value) in &values {
            meter.take(custody.open(Purpose::Value, *record, code, class, value)?.expose());
        }
        done += u64::try_from(values.len()).unwrap_or(0);
        progress(Progress { done, total: done });
    }
    let measured = meter.results();
    let client = signed_in.client().await?;
    rewrite::put_measurement(&client, signed_in.token.expose(), code, &measured).await?.into_result()?;
    Ok(measured)
}

/// How many values an older layout of a field still holds.
///
/// # Errors
/// Refused without `manage_policy`.
pub async fn outdated(signed_in: &SignedIn) -> Result<BTreeMap<String, u64>> {
    let client = signed_in.client().await?;
    let found = rewrite::count_outdated(&client, signed_in.token.expose()).await?;
    Ok(found.into_iter().map(|(field, count)| (field, u64::try_from(count).unwrap_or(0))).collect())
}

/// Writes again what an older layout of a field wrote: under its present class's keys, with its mask, its tokens and its place in the list row.
///
/// # Errors
/// Refused without `manage_policy` and `manage_people`; [`Error::Catalogue`]; `SD074` when the field changed again meanwhile; [`KeyringError::NoKey`] when no role holds a
/// key that is needed; lost connections. What was done until then is done.
pub async fn rewrite(signed_in: &SignedIn, code: &str, mut progress: impl FnMut(Progress)) -> Result<Done> {
    signed_in.renew_keys().await?;
    signed_in.renew_policy().await?;
    signed_in.ready_to_seal().await?;
    // As it was checked, not as the database might tell it now.
    let checked = signed_in.policy().catalogue.field(code).cloned();
    let field = Arc::new(match checked {
        Some(field) => field,
        None => settings::field(signed_in, code).await?,
    });
    let total = outdated(signed_in).await?.get(code).copied().unwrap_or(0);
    let writing = Writing { signed_in, field, custody: Arc::new(custody(signed_in).await?) };
    let mut done = Done::default();
    for _ in 0..ROUNDS {
        done.damaged.clear();
        batches::run(&writing, |stored| {
            done.changed += stored.changed;
            done.damaged.extend(stored.damaged);
            progress(Progress { done: done.changed, total });
        })
        .await?;
        done.left = outdated(signed_in).await?.get(code).copied().unwrap_or(0);
        if done.left <= u64::try_from(done.damaged.len()).unwrap_or(0) {
            break;
        }
    }
    Ok(done)
}

struct Writing<'a> {
    signed_in: &'a SignedIn,
    field: Arc<Field>,
    custody: Arc<Keyring>,
}

impl Steps for Writing<'_> {
    type Item = Outdated;
    type Made = Again;

    async fn fetch(&self, after: RecordId, records: i32) -> Result<Vec<Outdated>> {
        let client = self.signed_in.client().await?;
        let ticket = new_ticket();
        let noted = || self.signed_in.witness.note(ticket, None, None);
        Ok(rewrite::outdated(&client, self.signed_in.token.expose(), ticket, &self.field.code, (after, records), noted).await?)
    }

    fn record(item: &Outdated) -> RecordId {
        item.record
    }

    fn work(&self) -> impl FnOnce(Vec<Outdated>) -> Result<Again> + Send + 'static {
        let (custody, field) = (Arc::clone(&self.custody), Arc::clone(&self.field));
        move |batch| again(&custody, &field, batch)
    }

    async fn store(&self, made: Again) -> Result<Stored> {
        let client = self.signed_in.client().await?;
        let of = (self.field.code.as_str(), self.field.layout);
        let changed = rewrite::put_rewrite(&client, self.signed_in.token.expose(), of, &made.records, &made.items).await?;
        Ok(Stored { changed: u64::try_from(changed).unwrap_or(0), damaged: made.damaged })
    }
}

/// All class keys that any role holds: a value may be stored under another class than its field has, and list rows under `basic`.
async fn custody(signed_in: &SignedIn) -> Result<Keyring> {
    let classes = settings::classes(signed_in).await?;
    let client = signed_in.client().await?;
    let mut wraps = Vec::new();
    for class in &classes {
        wraps.extend(rotation::list_wraps_of(&client, signed_in.token.expose(), "class", &class.code).await?);
    }
    let classes: BTreeSet<&str> = classes.iter().map(|class| class.code.as_str()).collect();
    Ok(signed_in.keyring().for_reencryption(&classes, wraps))
}

/// A batch as it is to be stored.
#[derive(Default)]
struct Again {
    records: Vec<RewrittenRecord>,
    items: Vec<Rewritten>,
    /// What does not open, named; it is left out.
    damaged: Vec<String>,
}

fn again(custody: &Keyring, field: &Field, batch: Vec<Outdated>) -> Result<Again> {
    let mut made = Again::default();
    for item in batch {
        match rewritten(custody, field, &item) {
            Ok((summary, again)) => {
                // A record's values come one after the other.
                match made.records.last_mut().filter(|known| known.record == item.record) {
                    Some(known) => known.summary = known.summary.take().or(summary),
                    None => made.records.push(RewrittenRecord { record: item.record, version: item.record_version, summary }),
                }
                made.items.push(again);
            }
            Err(error @ KeyringError::NoKey { .. }) => return Err(error.into()),
            Err(error) => made.damaged.push(format!("{} {}: {error}", item.number, field.code)),
        }
    }
    Ok(made)
}

/// The value as the field asks for it now, and the list row where that changes.
fn rewritten(custody: &Keyring, field: &Field, item: &Outdated) -> std::result::Result<(Option<Vec<u8>>, Rewritten), KeyringError> {
    let value = custody.open(Purpose::Value, item.record, &field.code, &item.class, &item.value)?;
    if item.kind == SealedKind::Value {
        let sealed = seal_field(custody, item.record, field, value.expose())?;
        let before = custody.open_summary(item.record, &item.summary)?;
        let mut row = before.clone();
        if field.summary {
            row.insert(field.code.clone(), mask(field.mask, value.expose()));
        } else {
            row.remove(&field.code);
        }
        let summary = if row == before { None } else { Some(custody.seal_summary(item.record, &row)?) };
        let Outdated { kind, record, version, .. } = *item;
        return Ok((summary, Rewritten { kind, record, version, value: sealed.value, masked: sealed.masked, tokens: sealed.tokens }));
    }
    let masked = match field.mask {
        Mask::Open => None,
        rule => Some(custody.seal(Purpose::Mask, item.record, &field.code, &field.class, &mask(rule, value.expose()))?),
    };
    let value = custody.seal(Purpose::Value, item.record, &field.code, &field.class, value.expose())?;
    Ok((None, Rewritten { kind: item.kind, record: item.record, version: item.version, value, masked, tokens: Vec::new() }))
}
