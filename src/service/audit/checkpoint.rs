//! Making checkpoints, and remembering the last one outside the database.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::{
        hex,
        merkle::{self, Frontier, Hash},
    },
    database::{
        api::{audit::Head, checkpoint as api, evidence},
        error::Refusal,
    },
    keyring::checkpoint::{Checkpoint, Records, genesis},
    model::id::InstallationId,
    service::{
        Error, Result,
        audit::log::{Log, Walk},
        session::{SignedIn, new_ticket},
    },
};

/// How often a checkpoint is tried again when somebody else's came first, or something was committed late.
const TRIES: usize = 3;
/// Checkpoints in a row, where more has happened than one of them takes.
const MOST: usize = 5_000;

/// The newest checkpoint that was seen here, with what further leaves are added to. Kept in a file of the person's own, it tells a database that has gone
/// back; without it every leaf is read once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub installation: InstallationId,
    pub number: i64,
    /// Hexadecimal, as the peaks.
    pub hash: String,
    pub size: u64,
    peaks: Vec<String>,
}

impl Memory {
    /// What was remembered of an installation; `None` where nothing was.
    ///
    /// # Errors
    /// A file that is there and cannot be read: it is not silently begun anew, since it is what a rollback is known by.
    pub fn load(path: &Path, installation: InstallationId) -> Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error.to_string())),
        };
        let memory: Self = serde_json::from_str(&text).map_err(|error| unreadable(path, &error.to_string()))?;
        if memory.frontier().is_none() {
            return Err(unreadable(path, "it does not fit itself"));
        }
        Ok(Some(memory).filter(|memory| memory.installation == installation))
    }

    /// # Errors
    /// Where it cannot be written.
    pub fn store(&self, path: &Path) -> Result<()> {
        let failed = |error: std::io::Error| Error::Plain(format!("{} cannot be written: {error}.", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let text = serde_json::to_string(self).map_err(|error| Error::Plain(error.to_string()))?;
        // Whole or not at all.
        let beside = path.with_extension("new");
        std::fs::write(&beside, text).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    }

    pub(super) fn of(installation: InstallationId, walk: &Walk) -> Self {
        let peaks = walk.frontier.peaks().iter().map(|peak| hex(peak)).collect();
        Self { installation, number: walk.number, hash: hex(&walk.hash), size: walk.frontier.size(), peaks }
    }

    fn frontier(&self) -> Option<Frontier> {
        Frontier::from_parts(self.size, self.peaks.iter().map(|peak| from_hex(peak)).collect::<Option<_>>()?)
    }

    pub(super) fn walk(&self) -> Option<Walk> {
        Some(Walk { number: self.number, hash: from_hex(&self.hash)?, frontier: self.frontier()? })
    }
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::Plain(format!(
        "{} cannot be read ({why}). It tells whether the database has gone back; find out who changed it before you delete it.",
        path.display()
    ))
}

/// 32 bytes in hexadecimal.
pub(super) fn from_hex(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    let mut hash = Hash::default();
    if digits.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Signs the heads of all chains that have grown since the last checkpoint, and stores that. What lies between the remembered checkpoint and the newest is
/// checked first. Answers with the newest checkpoint, which is an earlier one where no chain has grown.
///
/// # Errors
/// [`Error::Checkpoints`] when the stored checkpoints do not go on from the remembered one: nothing is signed then. Refused without `watch` or
/// `audit_all`; lost connections.
pub async fn checkpoint(signed_in: &SignedIn, memory: &mut Option<Memory>) -> Result<Checkpoint> {
    for _ in 1..MOST {
        let made = checkpoint_at_last(signed_in, memory).await?;
        if made.records.is_none_or(|records| records.covers.is_some()) {
            return Ok(made);
        }
    }
    checkpoint_at_last(signed_in, memory).await
}

async fn checkpoint_at_last(signed_in: &SignedIn, memory: &mut Option<Memory>) -> Result<Checkpoint> {
    for _ in 1..TRIES {
        match checkpoint_once(signed_in, memory).await {
            Err(error) if matches!(error.code(), "SD123" | "SD172" | "SD176") => {}
            done => return done,
        }
    }
    checkpoint_once(signed_in, memory).await
}

async fn checkpoint_once(signed_in: &SignedIn, memory: &mut Option<Memory>) -> Result<Checkpoint> {
    let installation = signed_in.keyring().installation();
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, grown) =
        tokio::join!(biased; api::request_checkpoint(&client, token, ticket), api::collect_grown(&client, token, ticket));
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let (grown, covers): (Vec<Head>, Option<Timestamp>) = grown?;

    let mut log = Log::begin(installation, memory.as_ref().and_then(Memory::walk));
    let newest = log.read(&client, token, ticket).await?;
    log.whole()?;
    *memory = Some(Memory::of(installation, &log.walk));
    let Walk { number, hash, mut frontier } = log.walk;
    for head in &grown {
        frontier.push(merkle::leaf(head.session, head.seq, &head.hash));
    }
    if grown.is_empty() {
        // The request itself is an event, so a chain has grown at the first one at least.
        return newest.ok_or_else(|| Refusal::NoSuchEvent.into());
    }
    // Whoever makes checkpoints reads no events: the database computes this root, and `audit verify` computes it again from the events.
    let (record_root, from) = api::collect_record_root(&client, token, ticket, number + 1, &grown).await?;
    let mut next = Checkpoint {
        number: number + 1,
        at: now(),
        size: frontier.size(),
        root: frontier.root(),
        previous: hash,
        records: Some(Records { covers, from, root: record_root }),
        login: String::new(),
        entry: 0,
        signature: Vec::new(),
    };
    signed_in.keyring().sign_checkpoint(&mut next);
    api::put_checkpoint(&client, token, &next, &grown).await?.into_result()?;
    *memory = Some(Memory::of(installation, &Walk { number: next.number, hash: next.hash(installation), frontier }));
    Ok(next)
}

/// The newest stored checkpoint, held against what is remembered.
///
/// # Errors
/// As [`checkpoint`]; `None` where there is none yet.
pub async fn newest(signed_in: &SignedIn, memory: &mut Option<Memory>) -> Result<Option<Checkpoint>> {
    let installation = signed_in.keyring().installation();
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    api::request_checkpoint(&client, token, ticket).await?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let mut log = Log::begin(installation, memory.as_ref().and_then(Memory::walk));
    let newest = log.read(&client, token, ticket).await?;
    log.whole()?;
    if newest.is_some() {
        *memory = Some(Memory::of(installation, &log.walk));
    }
    match (newest, memory.as_ref()) {
        (None, Some(known)) if known.number > 0 => {
            // The remembered one is still the newest: it is read for itself.
            let found = api::collect_checkpoints(&client, token, ticket, known.number - 1, 1).await?;
            Ok(found.into_iter().next())
        }
        (newest, _) => Ok(newest),
    }
}

/// What a QR code of a checkpoint says: short enough for 33 modules a side, which fits 24 lines where half blocks can be drawn.
#[must_use]
pub fn code(number: i64, installation: InstallationId, hash: &Hash) -> String {
    let short: String = installation.to_string().chars().take(4).collect();
    format!("SD:{short}:{number}:{}", hex(hash)).to_uppercase()
}

/// Signs that this person has held a checkpoint against what they had seen before.
///
/// # Errors
/// `SD125` for one's own, `SD126` for one that is not there; refused without `audit_all`.
pub async fn witness(signed_in: &SignedIn, checkpoint: &Checkpoint) -> Result<()> {
    let keyring = signed_in.keyring();
    let hash = checkpoint.hash(keyring.installation());
    let client = signed_in.client().await?;
    let signature = keyring.witness(checkpoint.number, &hash);
    Ok(evidence::put_witness(&client, signed_in.token.expose(), checkpoint.number, &hash, &signature).await?.into_result()?)
}

/// To the microsecond, as it is stored and signed.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// What a log begins with.
pub(super) fn first(installation: InstallationId) -> Walk {
    Walk { number: 0, hash: genesis(installation), frontier: Frontier::default() }
}
