//! Searching and browsing.

use jiff::Timestamp;
use uuid::Uuid;

use super::{kind::number, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        id::{RecordId, RecordNumber, Ticket},
        query::{Cursor, Direction, SavedView, Sort},
    },
};

/// What is asked for: tokens of one group are alternatives, groups are AND-ed, numbers are alternatives to all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    pub tokens: Vec<i64>,
    /// The group of each token.
    pub groups: Vec<i32>,
    pub numbers: Vec<i64>,
    /// The code of the kind that each number must be of.
    pub number_kinds: Vec<Option<String>>,
    /// Only records of this kind.
    pub kind: Option<String>,
    pub view: SavedView,
    pub search_box: Uuid,
}

/// A row, its summary still sealed.
pub struct SealedRow {
    pub id: RecordId,
    pub kind: String,
    pub number: RecordNumber,
    pub version: i64,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub deleted: bool,
    /// `None` while it holds what has left class `basic` for one that the person may not reveal.
    pub summary: Option<Vec<u8>>,
}

/// A page in display order.
#[derive(Default)]
pub struct SealedPage {
    pub rows: Vec<SealedRow>,
    pub total: i64,
    pub total_exact: bool,
    /// Whether there is more in the direction read.
    pub has_more: bool,
}

/// The one page a request is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAsked {
    pub sort: Sort,
    pub direction: Direction,
    pub cursor: Option<Cursor>,
    pub limit: u16,
}

/// In a transaction of its own, since it chooses the page.
pub async fn request_list(client: &Connection, token: &[u8], ticket: Ticket, query: &ListQuery, page: PageAsked) -> Result<Outcome> {
    let sort = if page.sort == Sort::Number { "number" } else { "recent" };
    let way = if page.direction == Direction::Before { "before" } else { "after" };
    outcome(
        client,
        "call sealdesk_api.ask_list($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &[
            &token,
            &ticket.0,
            &query.tokens,
            &query.groups,
            &query.numbers,
            &query.view.code(),
            &query.search_box,
            &sort,
            &way,
            &page.cursor.map(|cursor| cursor.updated_at_us),
            &page.cursor.map(|cursor| cursor.number.value),
            &i32::from(page.limit),
            &query.kind,
            &query.number_kinds,
        ],
    )
    .await
}

pub async fn put_star(client: &Connection, token: &[u8], record: RecordId, on: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_star($1, $2, $3)", &[&token, &record.0, &on]).await
}

pub async fn list_stars(client: &Connection, token: &[u8]) -> Result<Vec<RecordId>> {
    let found = rows(client, "select record from sealdesk_api.list_stars($1)", &[&token]).await?;
    found.iter().map(|row| Ok(RecordId(row.try_get(0)?))).collect()
}

pub async fn collect_list(client: &Connection, token: &[u8], ticket: Ticket, direction: Direction) -> Result<SealedPage> {
    let found = rows(client, "select * from sealdesk_api.collect_list($1, $2)", &[&token, &ticket.0]).await?;
    let mut page = SealedPage { total_exact: true, ..SealedPage::default() };
    for row in found {
        page.total = row.try_get("total")?;
        page.total_exact = row.try_get("total_exact")?;
        page.has_more = row.try_get("has_more")?;
        page.rows.push(SealedRow {
            id: RecordId(row.try_get("id")?),
            kind: row.try_get("kind")?,
            number: number(&row)?,
            version: row.try_get("version")?,
            updated_at: row.try_get("updated_at")?,
            updated_by: row.try_get("updated_by")?,
            deleted: row.try_get("deleted")?,
            summary: row.try_get("summary")?,
        });
    }
    if direction == Direction::Before {
        page.rows.reverse();
    }
    Ok(page)
}
