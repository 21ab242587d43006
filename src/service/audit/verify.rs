//! Verification against the database: reads chains, countersignatures and checkpoints piece by piece, and has the verifier walk them.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{
    anchor::Note,
    draw::Reviews,
    log::Log,
    records::Records,
    retention,
    verifier::{Heads, Verifier},
};
use crate::{
    database::api::{
        audit::{self, ChainPiece},
        checkpoint, countersignature, evidence,
    },
    database::connection::Connection,
    keyring::countersign::Countersignature,
    model::{
        audit::{Harm, LogBreak, LogHarm, Progress, RecordHarm, Verification},
        id::{RecordNumber, SessionId, Ticket},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// Events of one piece of a chain being verified.
const PIECE: i32 = 10_000;

/// What is verified: everything, or the chains that one of these speaks of. Each chain is verified whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub session: Option<SessionId>,
    pub record: Option<RecordNumber>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Scope {
    fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// Recomputes every chain from the stored values and compares it with the stored hashes and heads, with what people signed of their own chains, and with
/// the checkpoints.
///
/// # Errors
/// Refusals and lost connections. What is broken is an answer, not an error.
pub async fn verify(signed_in: &SignedIn, progress: impl FnMut(Progress)) -> Result<Verification> {
    verify_against(signed_in, &Scope::default(), &[], progress).await
}

/// As [`verify`], for some chains, and with checkpoints that were written down outside the database.
///
/// # Errors
/// As [`verify`]; `SD006` for a record that is not there.
pub async fn verify_against(
    signed_in: &SignedIn,
    scope: &Scope,
    anchors: &[Note],
    mut progress: impl FnMut(Progress),
) -> Result<Verification> {
    let began = Timestamp::now();
    let installation = signed_in.keyring().installation();
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, heads) =
        tokio::join!(biased; audit::request_verify(&client, token, ticket), audit::collect_heads(&client, token, ticket));
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let mut heads: Heads = heads?.into_iter().map(|head| (head.session, (head.seq, head.hash))).collect();
    let wanted = wanted(&client, token, ticket, scope).await?;
    if let Some(wanted) = &wanted {
        heads.retain(|session, _| wanted.contains(session));
    }
    let total = heads.values().map(|(seq, _)| u64::try_from(*seq).unwrap_or(0)).sum();
    let signers = signed_in.keyring().signers(&countersignature::collect_signers(&client, token, ticket).await?);

    let mut log = Log::begin(installation, None);
    log.signers = Some(signers.clone());
    let witnesses = evidence::collect_witnesses(&client, token, ticket).await?;
    log.wanted =
        anchors.iter().map(|note| note.number).chain(witnesses.iter().map(|seen| seen.number)).map(|number| (number, None)).collect();
    // Each chain is drawn from, so that only who reads all of them can draw again.
    let mut reviews = if scope.is_everything() { Reviews::read(&client, token, ticket, installation).await? } else { Reviews::default() };
    log.reached.of = reviews.checkpoints();
    if scope.is_everything() {
        log.places = Some(HashMap::new());
    }
    log.read(&client, token, ticket).await?;
    let log_holds = log.broken.is_empty();
    reviews.reached = std::mem::take(&mut log.reached);
    log.compare(anchors.iter().map(|note| (note.number, note.hash())));
    let forged = witnesses.iter().filter(|seen| !signers.witnessed(seen, installation));
    log.broken.extend(forged.map(|seen| LogBreak { number: seen.number, harm: LogHarm::ForgedWitness }));
    if log.broken.is_empty() {
        log.compare(witnesses.iter().map(|seen| (seen.number, Some(seen.hash))));
    }
    if let Some(wanted) = &wanted {
        log.heads.retain(|session, _| wanted.contains(session));
    }

    let gone = retention::read(&client, token, ticket, &signers, installation).await?;
    let mut verifier = Verifier::new(installation, heads, signers.clone());
    verifier.logged = std::mem::take(&mut log.heads);
    verifier.gone.clone_from(&gone.ends);
    let mut records = Records::begin(installation, &mut log);
    verifier.covers_all = scope.is_everything() && log.broken.is_empty();
    let walks: Vec<Option<SessionId>> = wanted.map_or_else(|| vec![None], |wanted| wanted.into_iter().map(Some).collect());
    for only in walks {
        let start = only.map(|session| (session, 0));
        let mut signatures = Signatures { client: &client, token, ticket, only, last: start, done: false };
        let place = start.map(|(session, seq)| (session, seq, Timestamp::UNIX_EPOCH));
        let mut piece = audit::collect_chain(&client, token, ticket, place, PIECE).await?;
        while let Some(end) = piece.end()? {
            signatures.read_to(Some((end.0, end.1)), &mut verifier).await?;
            let is_last = only.is_some_and(|session| session != end.0);
            // The server reads the next piece while this one is hashed.
            let next = async {
                if is_last { Ok(ChainPiece::default()) } else { audit::collect_chain(&client, token, ticket, Some(end), PIECE).await }
            };
            let (next, checked) = tokio::join!(biased; next, async {
                tokio::task::yield_now().await;
                piece.events().try_for_each(|event| {
                    event.map(|(event, page)| {
                        if only.is_none_or(|session| session == event.session) {
                            verifier.check_page(&event, page.as_deref());
                            reviews.offer(&event);
                            if let Some(records) = &mut records {
                                records.note(&event);
                            }
                            verifier.check(event);
                        }
                    })
                })
            });
            checked?;
            piece = next?;
            progress(Progress { done: verifier.found.events, total });
        }
        signatures.read_to(None, &mut verifier).await?;
    }
    let lost = if scope.is_everything() { checkpoint::lost_months(&client, token, ticket).await? } else { Vec::new() };
    let heads = audit::collect_heads(&client, token, ticket).await?.into_iter().map(|head| (head.session, head.seq)).collect();
    let found = verifier.finish(&heads, &lost, began);
    let (reviews, review_breaks) = reviews.finish(installation, &signers, &gone.statements, log_holds, &log.made_by);
    let mut of_records = match records {
        Some(records) => records.check(&client, token, ticket, &gone.ends).await?,
        None => Vec::new(),
    };
    if found.broken.iter().any(|broken| broken.harm == Harm::PartitionDropped) {
        // What is lost with a month is one act.
        of_records.retain(|broken| broken.harm != RecordHarm::EventGone);
    }
    Ok(Verification {
        at: Some(began),
        checkpoints: log.checked,
        witnesses: u64::try_from(witnesses.len()).unwrap_or(0),
        log: log.broken,
        reviews,
        review_breaks,
        records: of_records,
        dropped: gone.statements,
        ..found
    })
}

/// The chains that a scope means; `None` for all.
async fn wanted(client: &Connection, token: &[u8], ticket: Ticket, scope: &Scope) -> Result<Option<BTreeSet<SessionId>>> {
    if scope.is_everything() {
        return Ok(None);
    }
    let mut wanted: Option<BTreeSet<SessionId>> = scope.session.map(|session| [session].into());
    if scope.record.is_some() || scope.from.is_some() || scope.until.is_some() {
        let found = checkpoint::verify_scope(client, token, ticket, scope.record, (scope.from, scope.until)).await?;
        let found: BTreeSet<SessionId> = found.into_iter().collect();
        wanted = Some(wanted.map_or(found.clone(), |wanted| wanted.intersection(&found).copied().collect()));
    }
    Ok(wanted)
}

/// Reads countersignatures along with the chains, which stand in the same order.
struct Signatures<'c> {
    client: &'c Connection,
    token: &'c [u8],
    ticket: Ticket,
    only: Option<SessionId>,
    last: Option<(SessionId, i64)>,
    done: bool,
}

impl Signatures<'_> {
    /// Hands over those up to a place at least; all that are left for `None`.
    async fn read_to(&mut self, place: Option<(SessionId, i64)>, verifier: &mut Verifier) -> Result<()> {
        while !self.done && (place.is_none() || self.last < place) {
            let page = countersignature::collect_countersignatures(self.client, self.token, self.ticket, self.last, PIECE).await?;
            let is_past = |signed: &Countersignature| self.only.is_some_and(|session| session != signed.session);
            self.done = page.len() < usize::try_from(PIECE).unwrap_or_default() || page.last().is_some_and(is_past);
            self.last = page.last().map(|signed| (signed.session, signed.seq)).or(self.last);
            let only = self.only;
            verifier.expect(page.into_iter().filter(|signed| only.is_none_or(|session| session == signed.session)));
        }
        Ok(())
    }
}
