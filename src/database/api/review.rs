//! Access reviews, duties and findings.

use tokio_postgres::Row;

use super::{outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        catalogue::Label,
        finding::{Finding, Kind, Severity},
        id::SessionId,
        review::{Campaign, Decision, Duty, Evidence, Item, ReviewEvent, Unanswered},
    },
};

/// What a campaign is begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCampaign {
    pub title: String,
    /// Empty for all roles.
    pub roles: Vec<String>,
    pub reviewers: Vec<String>,
    pub due_at: jiff::Timestamp,
    pub unanswered: Unanswered,
    pub every_days: Option<i32>,
}

/// Answers with the campaign's number where it was begun.
pub async fn review_start(client: &Connection, token: &[u8], new: &NewCampaign) -> Result<(Outcome, Option<i32>)> {
    let sql = "select outcome, number from sealdesk_api.review_start($1, $2, $3, $4, $5, $6, $7)";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&token, &new.title, &new.roles, &new.reviewers, &new.due_at, &new.unanswered.code(), &new.every_days];
    let row = row(client, sql, &parameters).await?;
    Ok((Outcome(row.try_get("outcome")?), row.try_get("number")?))
}

pub async fn review_stop(client: &Connection, token: &[u8], number: i32) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.review_stop($1, $2)", &[&token, &number]).await
}

pub async fn review_list(client: &Connection, token: &[u8]) -> Result<Vec<Campaign>> {
    let campaign = |row: &Row| -> Result<Campaign> {
        let unanswered: String = row.try_get("unanswered")?;
        Ok(Campaign {
            number: row.try_get("number")?,
            title: row.try_get("title")?,
            roles: row.try_get("roles")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            due_at: row.try_get("due_at")?,
            unanswered: Unanswered::from_code(&unanswered).ok_or_else(|| unknown("a campaign that does", &unanswered))?,
            every_days: row.try_get("every_days")?,
            closed_at: row.try_get("closed_at")?,
            reviewers: row.try_get("reviewers")?,
            reviewers_left: row.try_get("reviewers_left")?,
            items: row.try_get("items")?,
            answered: row.try_get("answered")?,
            waiting: row.try_get("waiting")?,
        })
    };
    rows(client, "select * from sealdesk_api.review_list($1)", &[&token]).await?.iter().map(campaign).collect()
}

pub async fn review_items(client: &Connection, token: &[u8], number: i32) -> Result<Vec<Item>> {
    let item = |row: &Row| -> Result<Item> {
        let decision: Option<String> = row.try_get("decision")?;
        let decision = decision.map(|code| Decision::from_code(&code).ok_or_else(|| unknown("a decision", &code))).transpose()?;
        Ok(Item {
            user: row.try_get("login")?,
            role: row.try_get("role")?,
            granted_at: row.try_get("granted_at")?,
            evidence: Evidence {
                used: row.try_get("used")?,
                last_used: row.try_get("last_used")?,
                peers_median: row.try_get("peers_median")?,
                would_fail: row.try_get("would_fail")?,
            },
            decision,
            new_role: row.try_get("new_role")?,
            comment: row.try_get("comment")?,
            decided_by: row.try_get("decided_by")?,
            decided_at: row.try_get("decided_at")?,
            display_name: row.try_get("display_name")?,
            answerable: row.try_get("answerable")?,
        })
    };
    rows(client, "select * from sealdesk_api.review_items($1, $2)", &[&token, &number]).await?.iter().map(item).collect()
}

#[allow(clippy::too_many_arguments, reason = "they are the columns of an answer")]
pub async fn review_decide(
    client: &Connection,
    token: &[u8],
    number: i32,
    login: &str,
    role: &str,
    decision: Decision,
    comment: &str,
    new_role: Option<&str>,
) -> Result<Outcome> {
    let sql = "select sealdesk_api.review_decide($1, $2, $3, $4, $5, $6, $7)";
    outcome(client, sql, &[&token, &number, &login, &role, &decision.code(), &comment, &new_role]).await
}

/// The audit events of a campaign; asking for them is one too.
pub async fn review_events(client: &Connection, token: &[u8], number: i32) -> Result<Vec<ReviewEvent>> {
    let event = |row: &Row| -> Result<ReviewEvent> {
        Ok(ReviewEvent {
            session: SessionId(row.try_get("session")?),
            seq: row.try_get("seq")?,
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            details: row.try_get("details")?,
            hash: row.try_get("hash")?,
        })
    };
    rows(client, "select * from sealdesk_api.review_events($1, $2)", &[&token, &number]).await?.iter().map(event).collect()
}

pub async fn duty_list(client: &Connection, token: &[u8]) -> Result<Vec<Duty>> {
    let duty = |row: &Row| -> Result<Duty> {
        Ok(Duty {
            capabilities: (row.try_get("capability_a")?, row.try_get("capability_b")?),
            reason: Label { en: row.try_get("reason_en")?, zh: row.try_get("reason_zh")? },
        })
    };
    rows(client, "select * from sealdesk_api.duty_list($1)", &[&token]).await?.iter().map(duty).collect()
}

pub async fn duty_add(client: &Connection, token: &[u8], duty: &Duty) -> Result<Outcome> {
    let (a, b) = &duty.capabilities;
    let sql = "select sealdesk_api.duty_add($1, $2, $3, $4, $5)";
    outcome(client, sql, &[&token, a, b, &duty.reason.en, &duty.reason.zh]).await
}

pub async fn duty_remove(client: &Connection, token: &[u8], a: &str, b: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.duty_remove($1, $2, $3)", &[&token, &a, &b]).await
}

pub async fn findings(client: &Connection, token: &[u8]) -> Result<Vec<Finding>> {
    let finding = |row: &Row| -> Result<Finding> {
        let (severity, kind): (String, String) = (row.try_get("severity")?, row.try_get("kind")?);
        Ok(Finding {
            severity: Severity::from_letter(&severity).ok_or_else(|| unknown("a severity", &severity))?,
            kind: Kind::from_code(&kind).ok_or_else(|| unknown("a finding", &kind))?,
            user: row.try_get("login")?,
            role: row.try_get("role")?,
            detail: row.try_get("detail")?,
            campaign: row.try_get("campaign")?,
            at: row.try_get("at")?,
        })
    };
    rows(client, "select * from sealdesk_api.findings($1)", &[&token]).await?.iter().map(finding).collect()
}

fn unknown(what: &str, code: &str) -> DatabaseError {
    DatabaseError::Answer(format!("{what} \"{code}\""))
}
