//! Searching and browsing: one audited, paged read of list rows.

mod query;

use uuid::Uuid;

pub use query::{Alternative, Highlight, MAX_LENGTH, MAX_WORDS, Query, QueryError, Word, parse};

use crate::{
    database::api::list::{self, ListQuery, PageAsked},
    keyring::KeyUse,
    model::{
        catalogue::Catalogue,
        id::{Prefix, RecordNumber},
        query::{Cursor, Direction, SavedView, Sort},
        record::{HELD_BACK, ListPage, ListRow},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// One page asked for.
#[derive(Clone, Debug)]
pub struct ListRequest {
    pub query: Query,
    /// Only records of this kind, by its code; what the search itself says of kinds comes first.
    pub kind: Option<String>,
    pub view: SavedView,
    pub sort: Sort,
    pub direction: Direction,
    pub cursor: Option<Cursor>,
    /// Rows; at most 200.
    pub limit: u16,
    /// The same for every keystroke in one search box, so that the audit can show them as one line.
    pub search_box: Uuid,
}

impl Default for ListRequest {
    fn default() -> Self {
        Self {
            query: Query::default(),
            kind: None,
            view: SavedView::default(),
            sort: Sort::default(),
            direction: Direction::default(),
            cursor: None,
            limit: 50,
            search_box: Uuid::nil(),
        }
    }
}

/// Reads one page of the list; the search or listing is an audit event before the first row leaves the database.
///
/// # Errors
/// [`crate::service::Error::Database`] when refused or unreachable. A row whose summary does not open stays in the page and names what is wrong.
pub async fn list(signed_in: &SignedIn, request: &ListRequest) -> Result<ListPage> {
    let done = list_once(signed_in, request).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { list_once(signed_in, request).await } else { done }
}

async fn list_once(signed_in: &SignedIn, request: &ListRequest) -> Result<ListPage> {
    let ticket = new_ticket();
    let wanted = tokens(signed_in, request)?;
    let page = PageAsked { sort: request.sort, direction: request.direction, cursor: request.cursor, limit: request.limit };
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, rows) = tokio::join!(
    biased;
           list::request_list(&client, token, ticket, &wanted, page),
           list::collect_list(&client, token, ticket, request.direction),
       );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let collected = rows?;

    let keyring = signed_in.keyring();
    let mut rows: Vec<ListRow> = Vec::with_capacity(collected.rows.len());
    for row in collected.rows {
        let summary = match &row.summary {
            Some(sealed) => keyring.open_summary(row.id, sealed).map_err(|error| format!("{}: summary: {error}", row.number)),
            None => Err(HELD_BACK.to_owned()),
        };
        rows.push(ListRow {
            id: row.id,
            kind: row.kind,
            number: row.number,
            version: row.version,
            updated_at: row.updated_at,
            updated_by: row.updated_by,
            deleted: row.deleted,
            summary,
        });
    }
    let cursor = |row: &ListRow| Cursor { updated_at_us: row.updated_at.as_microsecond(), number: row.number };
    // Cursors are taken before false positives go, or paging would read them again.
    let (first, last) = (rows.first().map(cursor), rows.last().map(cursor));
    if !request.query.is_empty() {
        rows.retain(|row| match &row.summary {
            Ok(summary) => request.query.matches(&signed_in.policy().catalogue, row.number, summary),
            Err(_) => true,
        });
    }
    let (has_before, has_after) = match request.direction {
        Direction::After => (request.cursor.is_some(), collected.has_more),
        Direction::Before => (collected.has_more, request.cursor.is_some()),
    };
    Ok(ListPage { rows, first, last, has_before, has_after, total: collected.total, total_exact: collected.total_exact })
}

/// Turns words into groups of blind-index tokens. A class whose index key the person does not hold simply offers no alternative.
fn tokens(signed_in: &SignedIn, request: &ListRequest) -> Result<ListQuery> {
    let (keyring, policy) = (signed_in.keyring(), signed_in.policy());
    let kind = request.query.kind.clone().or_else(|| request.kind.clone());
    let mut wanted = ListQuery { kind, view: request.view, search_box: request.search_box, ..ListQuery::default() };
    let mut number = 0;
    for word in &request.query.words {
        // A word that is a record number may match by number or by token; the database takes numbers as an alternative to the first group.
        if let Some(number) = word.number {
            wanted.numbers.push(number.value);
            wanted.number_kinds.push(policy.catalogue.kind_with(number.prefix).map(|kind| kind.code.clone()));
        }
        for group in &word.groups {
            let before = wanted.tokens.len();
            for alternative in group {
                let Some(field) = policy.catalogue.field(&alternative.field) else { continue };
                if !keyring.has(&field.class, KeyUse::Index) {
                    continue;
                }
                for token in keyring.tokens_for_term(field, alternative.mode, &alternative.term)? {
                    wanted.tokens.push(token);
                    wanted.groups.push(number);
                }
            }
            if wanted.tokens.len() == before && word.number.is_none() {
                // Nothing this person may search can match: a token of nobody keeps the group, so that the search stays an AND.
                wanted.tokens.push(i64::from_be_bytes(rand::random()));
                wanted.groups.push(number);
            }
            number += 1;
        }
    }
    Ok(wanted)
}

/// The list row of a record by its number, which is an audited search; `None` where there is none, it is deleted, of another kind than the letters
/// say, or above the person's clearance.
///
/// # Errors
/// As [`list`].
pub async fn by_number(signed_in: &SignedIn, number: RecordNumber) -> Result<Option<ListRow>> {
    let word = Word { text: number.to_string(), folded: String::new(), number: Some(number), groups: Vec::new() };
    let query = Query { words: vec![word], ..Query::default() };
    let page = list(signed_in, &ListRequest { query, limit: 1, search_box: Uuid::now_v7(), ..ListRequest::default() }).await?;
    Ok(page.rows.into_iter().next())
}

/// A record's number as typed; `None` for anything else, and for letters that no kind has.
#[must_use]
pub fn number_of(catalogue: &Catalogue, text: &str) -> Option<RecordNumber> {
    RecordNumber::parse(text).filter(|number| number.prefix == Prefix::NONE || catalogue.kind_with(number.prefix).is_some())
}
