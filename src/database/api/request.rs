//! Requests that somebody else approves.

use tokio_postgres::{Row, types::ToSql};

use super::{outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        catalogue::Label,
        request::{Asked, FourEyes, Request, RequestState, Vote, Why},
    },
};

/// Answers with the request's number. `minutes` is how long what is approved lasts or may be begun, `open_minutes` how long the request waits.
pub async fn request_put(client: &Connection, token: &[u8], asked: &Asked, why: &Why, minutes: i32, open_minutes: i32) -> Result<i64> {
    let sql = "select * from sealdesk_api.request_put($1, $2, $3, $4, $5, $6, $7, $8)";
    let parameters: [&(dyn ToSql + Sync); 8] =
        [&token, &asked.kind(), &asked.subject(), &why.text, &why.reference, &minutes, &open_minutes, &asked.change()];
    numbered(&row(client, sql, &parameters).await?)
}

/// The number, or the refusal.
pub(super) fn numbered(row: &Row) -> Result<i64> {
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(row.try_get("number")?)
}

pub async fn request_withdraw(client: &Connection, token: &[u8], number: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_withdraw($1, $2)", &[&token, &number]).await
}

pub async fn request_vote(client: &Connection, token: &[u8], number: i64, approve: bool, comment: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_vote($1, $2, $3, $4)", &[&token, &number, &approve, &comment]).await
}

pub async fn list_requests(client: &Connection, token: &[u8], all: bool) -> Result<Vec<Request>> {
    rows(client, "select * from sealdesk_api.list_requests($1, $2)", &[&token, &all]).await?.iter().map(request).collect()
}

fn request(row: &Row) -> Result<Request> {
    let (voters, approvals, comments): (Vec<String>, Vec<bool>, Vec<String>) =
        (row.try_get("voters")?, row.try_get("approvals")?, row.try_get("comments")?);
    let votes = voters.into_iter().zip(approvals).zip(comments).map(|((voter, approve), comment)| Vote { voter, approve, comment });
    Ok(Request {
        number: row.try_get("number")?,
        kind: row.try_get("kind")?,
        label: label(row)?,
        subject: row.try_get("subject")?,
        change: row.try_get("change")?,
        requester: row.try_get("requester")?,
        beneficiary: row.try_get("beneficiary")?,
        why: row.try_get("why")?,
        reference: row.try_get("reference")?,
        minutes: row.try_get("minutes")?,
        asked_at: row.try_get("asked_at")?,
        open_until: row.try_get("open_until")?,
        state: state(&row.try_get::<_, String>("state")?)?,
        decided_at: row.try_get("decided_at")?,
        good_until: row.try_get("good_until")?,
        votes: votes.collect(),
        used_at: row.try_get("used_at")?,
        own: row.try_get("own")?,
        may_vote: row.try_get("may_vote")?,
    })
}

pub(super) fn state(code: &str) -> Result<RequestState> {
    RequestState::from_code(code).ok_or_else(|| DatabaseError::Answer(format!("a request in state \"{code}\"")))
}

fn label(row: &Row) -> Result<Label> {
    Ok(Label { en: row.try_get("label_en")?, zh: row.try_get("label_zh")? })
}

pub async fn list_four_eyes(client: &Connection, token: &[u8]) -> Result<Vec<FourEyes>> {
    let kind = |row: &Row| -> Result<FourEyes> {
        Ok(FourEyes {
            kind: row.try_get("kind")?,
            label: label(row)?,
            required: row.try_get("required")?,
            by_itself: row.try_get("by_itself")?,
            approver: row.try_get("approver")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_four_eyes($1)", &[&token]).await?.iter().map(kind).collect()
}

/// `None` for by themselves.
pub async fn four_eyes_set(client: &Connection, token: &[u8], kind: &str, required: Option<bool>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.four_eyes_set($1, $2, $3)", &[&token, &kind, &required]).await
}
