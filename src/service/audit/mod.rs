//! Reading and verifying the audit. Opening it, filtering it and verifying it are events too.

pub mod absence;
pub mod anchor;
pub mod checkpoint;
mod classify;
mod countersign;
mod draw;
mod evidence;
mod export;
pub mod feed;
mod log;
mod records;
mod replay;
mod retention;
pub mod review;
mod saved;
mod scope;
mod searched;
mod verifier;
mod verify;

use jiff::Timestamp;

use crate::{
    database::{api::audit, connection::Connection},
    model::{
        audit::{AuditPage, Event, Filter, Position, SessionInfo, Within},
        id::{RecordId, SessionId, Ticket},
    },
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

pub use absence::absence;
pub use checkpoint::{checkpoint, witness};
pub(super) use countersign::Witness;
pub use countersign::{Tampered, countersign, keep_countersigning};
pub use evidence::{Made, evidence, verify_evidence};
pub use export::export;
pub use replay::replay;
pub use retention::{drop_month, keep, months};
pub use saved::{drop_filter, save_filter, saved_filters};
pub use scope::{report, scope, set_scope, set_scope_from};
pub use searched::searched;
pub use verifier::Verifier;
pub use verify::{Scope, verify, verify_against};

/// Rows of one page.
const PAGE: i32 = 200;
/// Events that are looked through for a text at a time: at first few, so that what is often there is shown at once.
const FIRST_SLICE: i32 = 5_000;
const LARGEST_SLICE: i32 = 40_000;
/// Rows of one page that nobody looks at.
const FULL_PAGE: i32 = 1_000;

/// An opened view of the audit: good for paging and following until the database asks for a new one (15 minutes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTicket {
    pub ticket: Ticket,
    pub filter: Filter,
    /// Following is refused, rather than goes on with less, once the person does not read everybody's events any more.
    pub everything: bool,
}

/// Opens the audit with a filter and reads the newest page, or the page that ends with a moment.
///
/// # Errors
/// Refusals (`SD006` when the filter names a record that does not exist) and lost connections.
pub async fn open(signed_in: &SignedIn, filter: &Filter, at: Option<Timestamp>) -> Result<(AuditTicket, AuditPage)> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    // Up to and with the moment: what is before the least event of the next microsecond.
    let before = at.map(|at| (at.saturating_add(jiff::SignedDuration::from_micros(1)).unwrap_or(at), SessionId(uuid::Uuid::nil()), 0));
    let (outcome, page) =
        tokio::join!(biased; audit::request_audit(&client, token, ticket, filter, None), page(&client, token, ticket, filter, before, 0));
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    Ok((AuditTicket { ticket, filter: filter.clone(), everything: false }, page?))
}

/// A page that ends before a place. One for a text ends, too, where so many events were looked through.
async fn page(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    filter: &Filter,
    before: Option<(Timestamp, SessionId, i64)>,
    looked: u64,
) -> crate::database::error::Result<AuditPage> {
    if filter.text.is_none() || filter.searched.is_some() {
        return audit::collect_audit(client, token, ticket, before, PAGE).await;
    }
    let slice = i32::try_from(looked).unwrap_or(LARGEST_SLICE).clamp(FIRST_SLICE, LARGEST_SLICE);
    audit::collect_audit_slice(client, token, ticket, before, PAGE, slice).await
}

/// Reads the page that ends before a place: an event's, or where [`AuditPage::looked`] has come. `looked` is how many events were looked through for a
/// text since the last that was found: the more, the more at once.
///
/// # Errors
/// Refusals and lost connections; `SD008` when the view is older than 15 minutes: open it again.
pub async fn older(signed_in: &SignedIn, opened: &AuditTicket, before: (Timestamp, SessionId, i64), looked: u64) -> Result<AuditPage> {
    let client = signed_in.client().await?;
    Ok(page(&client, signed_in.token.expose(), opened.ticket, &opened.filter, Some(before), looked).await?)
}

/// Reads the page that begins after an event's place.
///
/// # Errors
/// As [`older`].
pub async fn newer(signed_in: &SignedIn, opened: &AuditTicket, after: (Timestamp, SessionId, i64)) -> Result<AuditPage> {
    let client = signed_in.client().await?;
    Ok(audit::collect_audit_newer(&client, signed_in.token.expose(), opened.ticket, after, PAGE).await?)
}

/// Reads the page that begins after a place, which need not be an event's.
///
/// # Errors
/// As [`older`].
pub async fn after(signed_in: &SignedIn, opened: &AuditTicket, place: (Timestamp, SessionId, i64)) -> Result<AuditPage> {
    let client = signed_in.client().await?;
    Ok(audit::collect_audit_newer(&client, signed_in.token.expose(), opened.ticket, place, FULL_PAGE).await?)
}

/// Reads one page of what has been committed since a position, and says where to go on: until `has_more` is false, the round is not over. Events whose
/// transaction was open in the round before may come again; [`Rounds`](crate::model::audit::Rounds) tells them apart.
///
/// # Errors
/// Refusals and lost connections; `SD008` when the view is older than 15 minutes: open it again.
pub async fn follow(signed_in: &SignedIn, opened: &AuditTicket, position: Position) -> Result<(AuditPage, Position)> {
    let client = signed_in.client().await?;
    let page = audit::follow_audit(&client, signed_in.token.expose(), opened.ticket, &position, opened.everything).await?;
    // The horizon of the round's first page: a transaction that was open then may commit between the pages.
    let next_horizon = position.within.map_or(page.horizon, |within| within.next_horizon);
    let next = match page.events.last().filter(|_| page.has_more) {
        Some(last) => Position { horizon: position.horizon, within: Some(Within { session: last.session, seq: last.seq, next_horizon }) },
        None => Position { horizon: next_horizon.max(position.horizon), within: None },
    };
    Ok((page, next))
}

/// Who the sessions of events on the screen are.
///
/// # Errors
/// Refusals and lost connections; `SD008` when the view is older than 15 minutes.
pub async fn sessions(signed_in: &SignedIn, opened: &AuditTicket, of: &[SessionId]) -> Result<Vec<SessionInfo>> {
    let client = signed_in.client().await?;
    Ok(audit::audit_sessions(&client, signed_in.token.expose(), opened.ticket, of).await?)
}

/// The newest events about one record: all of them with `audit_all`, the person's own otherwise.
///
/// # Errors
/// Refusals and lost connections.
pub async fn strip(signed_in: &SignedIn, record: RecordId) -> Result<Vec<Event>> {
    let client = signed_in.client().await?;
    Ok(audit::record_events(&client, signed_in.token.expose(), record, 50).await?)
}
