//! Gathering evidence, and checking a file of it without a server.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;

use super::{checkpoint, checkpoint::Memory, older, open};
use crate::{
    crypto::merkle::{self, Prover},
    database::api::{
        checkpoint as log,
        countersignature::{self, collect_countersignatures},
        evidence as api, root,
    },
    keyring::evidence::{Chain, Evidence, Hex, Item, Material, Signed},
    model::{
        audit::{Event, Filter},
        id::SessionId,
    },
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

pub use crate::keyring::evidence::Checked;

/// Most events of one file.
const MOST: usize = 10_000;
const PIECE: i32 = 10_000;

/// A file, and what it holds.
#[derive(Clone, Debug)]
pub struct Made {
    pub text: String,
    pub events: usize,
    pub chains: usize,
    /// Events that nothing in the file proves, since what follows them is above the clearance of who made it.
    pub unproven: usize,
}

/// Gathers the events of a filter with what proves them: a checkpoint that covers them is made first.
///
/// # Errors
/// Refused without `audit_all`; [`Error::Plain`] where there is nothing, or more than 10,000 events; as [`super::checkpoint()`].
pub async fn evidence(signed_in: &SignedIn, filter: &Filter, memory: &mut Option<Memory>) -> Result<Made> {
    let asked = describe(filter);
    let wanted = gather(signed_in, filter).await?;
    // A chain's newest event that is wanted must be at or before a leaf.
    let mut spans: BTreeMap<SessionId, (i64, i64)> = BTreeMap::new();
    for event in &wanted {
        let span = spans.entry(event.session).or_insert((event.seq, event.seq));
        *span = (span.0.min(event.seq), span.1.max(event.seq));
    }
    let sealed = checkpoint(signed_in, memory).await?;
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    api::request_evidence(&client, token, ticket).await?.into_result()?;
    signed_in.witness.note(ticket, None, None);

    let mut leaves = Vec::new();
    while u64::try_from(leaves.len()).unwrap_or(u64::MAX) < sealed.size {
        let more = log::collect_leaves(&client, token, ticket, u64::try_from(leaves.len()).unwrap_or(u64::MAX), PIECE).await?;
        if more.is_empty() {
            return Err(Error::Plain("The leaves of the checkpoint are not all there. Run `sealdesk audit verify`.".to_owned()));
        }
        leaves.extend(more);
    }
    leaves.truncate(usize::try_from(sealed.size).unwrap_or(usize::MAX));
    let mut ends = BTreeMap::new();
    for leaf in &leaves {
        if spans.get(&leaf.session).is_some_and(|(_, last)| leaf.seq >= *last) {
            ends.entry(leaf.session).or_insert(*leaf);
        }
    }
    let mut prover = Prover::new(ends.values().map(|leaf| leaf.place));
    for leaf in &leaves {
        prover.push(merkle::leaf(leaf.session, leaf.seq, &leaf.hash));
    }
    let (_, paths) = prover.finish();
    let paths: BTreeMap<u64, Vec<merkle::Hash>> = paths.into_iter().collect();

    let mut chains = Vec::new();
    for (session, (first, _)) in &spans {
        let Some(leaf) = ends.get(session) else {
            return Err(Error::Plain(format!("Session {session} is in no checkpoint. Run `sealdesk audit verify`.")));
        };
        let mut events = api::collect_span(&client, token, ticket, *session, first - 1, leaf.seq).await?;
        let before = if *first == 1 {
            crate::crypto::event::genesis(signed_in.keyring().installation(), *session)
        } else if events.is_empty() {
            return Err(Error::Plain(format!("Session {session} is not whole. Run `sealdesk audit verify`.")));
        } else {
            events.remove(0).hash
        };
        let is_wanted = |event: &Event| wanted.iter().any(|wanted| wanted.key() == event.key());
        let signed = collect_countersignatures(&client, token, ticket, Some((*session, first - 1)), 1_000).await?;
        chains.push(Chain {
            session: *session,
            before: Hex(before),
            events: events.iter().map(|event| Item::of(event, is_wanted(event))).collect(),
            place: leaf.place,
            path: paths.get(&leaf.place).into_iter().flatten().map(|beside| Hex(*beside)).collect(),
            countersignatures: signed
                .into_iter()
                .filter(|signed| signed.session == *session && signed.seq <= leaf.seq)
                .map(|signed| Signed { seq: signed.seq, entry: signed.entry, signature: signed.signature })
                .collect(),
        });
    }
    let entries = countersignature::collect_signers(&client, token, ticket).await?;
    let transitions = root::list_root_transitions(&client, token).await?;
    // The checkpoint as it is stored names its entry.
    let stored = log::collect_checkpoints(&client, token, ticket, sealed.number - 1, 1).await?.into_iter().next().unwrap_or(sealed);
    let made_at = Timestamp::now();
    let (summary_en, summary_zh) = summary(signed_in, &wanted, &asked, stored.number, made_at);
    let material = Material {
        made_at: Timestamp::from_microsecond(made_at.as_microsecond()).unwrap_or(made_at),
        asked,
        summary_en,
        summary_zh,
        checkpoint: stored,
        chains,
        absence: None,
        entries,
        transitions,
    };
    let keyring = signed_in.keyring();
    let evidence = keyring.sign_evidence(material)?;
    // What nobody could check is not handed out.
    let checked = evidence.verify(&keyring.root_fingerprint())?;
    Ok(Made {
        text: evidence.to_text()?,
        events: checked.asked,
        chains: evidence.chains.len(),
        unproven: checked.asked.saturating_sub(checked.proven),
    })
}

/// Every event of the filter, oldest first.
async fn gather(signed_in: &SignedIn, filter: &Filter) -> Result<Vec<Event>> {
    let (opened, mut page) = open(signed_in, filter, None).await?;
    let mut found: Vec<Event> = Vec::new();
    loop {
        let next = page.next();
        found.append(&mut page.events);
        if found.len() > MOST {
            return Err(Error::Plain(format!("That is more than {MOST} events. Narrow the filter, by a time for example.")));
        }
        let Some(place) = next else { break };
        page = older(signed_in, &opened, place, u64::MAX).await?;
    }
    if found.is_empty() {
        return Err(Error::Plain("No event fits the filter, so there is nothing to prove.".to_owned()));
    }
    found.reverse();
    Ok(found)
}

/// A filter as it is typed on the command line.
fn describe(filter: &Filter) -> String {
    let parts = [
        ("actor", filter.actor.clone()),
        ("action", filter.action.clone()),
        ("record", filter.number.map(|number| number.to_string()).or_else(|| filter.record.map(|record| record.to_string()))),
        ("class", filter.class.clone()),
        ("outcome", filter.outcome.clone()),
        ("reason", filter.reason.clone()),
        ("searched", filter.searched.as_ref().map(|searched| searched.number.to_string())),
        ("text", filter.text.clone()),
        ("from", filter.from.map(|at| at.to_string())),
        ("until", filter.until.map(|at| at.to_string())),
    ];
    let set: Vec<String> = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
    if set.is_empty() { "everything".to_owned() } else { set.join(" ") }
}

/// For who reads the file without the program.
fn summary(signed_in: &SignedIn, events: &[Event], asked: &str, checkpoint: i64, at: Timestamp) -> (String, String) {
    let (user, name) = (signed_in.user(), signed_in.installation_name());
    let (first, last) = (events.first().map(|event| event.at), events.last().map(|event| event.at));
    let span = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let mut actors: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *actors.entry(event.actor.as_str()).or_default() += 1;
    }
    let mut who = String::new();
    for (actor, count) in actors {
        let _ = write!(who, "{}{actor} {count}", if who.is_empty() { "" } else { ", " });
    }
    let (count, from, until) = (events.len(), span(first), span(last));
    (
        format!(
            "Evidence from the audit of {name}, made by {user} at {at}. Asked for: {asked}. {count} events from {from} to {until}, by actor: {who}. They are proved up to checkpoint {checkpoint}. Check with: sealdesk audit verify --bundle FILE --root FINGERPRINT, with the fingerprint from somebody you trust."
        ),
        format!(
            "{name} 的审计证据，由 {user} 于 {at} 生成。查询条件：{asked}。共 {count} 条事件，时间 {from} 至 {until}，按人员：{who}。证明至第 {checkpoint} 个检查点。校验：sealdesk audit verify --bundle 文件 --root 指纹，指纹须来自您信任的人。"
        ),
    )
}

/// Checks a file, with nothing but the fingerprint of the root that is trusted.
///
/// # Errors
/// [`crate::keyring::evidence::EvidenceError`].
pub fn verify_evidence(text: &str, root: &str) -> Result<(Evidence, Checked)> {
    let evidence = Evidence::parse(text)?;
    let checked = evidence.verify(root)?;
    Ok((evidence, checked))
}
