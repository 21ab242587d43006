//! Reviews of the audit.

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{audit, keys, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::{
        audit_review::{Frame, Marked, Place, SignedOff, Weight},
        checkpoint::{Checkpoint, Records},
        countersign::VouchedEntry,
    },
    model::{
        audit_review::{Drawn, Found, Item, Mark, NewPlan, Period, Plan, Review, Scope},
        id::{SessionId, Ticket},
    },
};

fn unknown(what: &str, code: &str) -> DatabaseError {
    DatabaseError::Answer(format!("{what} \"{code}\""))
}

fn scope(text: &str) -> Result<Scope> {
    serde_json::from_str(text).map_err(|_| unknown("a scope", text))
}

fn drawn(code: &str) -> Result<Drawn> {
    Drawn::from_code(code).ok_or_else(|| unknown("an event drawn as", code))
}

fn mark(code: &str) -> Result<Mark> {
    Mark::from_code(code).ok_or_else(|| unknown("a mark", code))
}

/// Answers with the plan's number where it was made.
pub async fn audit_review_plan(client: &Connection, token: &[u8], new: &NewPlan) -> Result<(Outcome, Option<i32>)> {
    let sql =
        "select outcome, number from sealdesk_api.audit_review_plan($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let NewPlan { title, period, from, until, due_days, scope } = new;
    let (size, bulk) = (i32::try_from(scope.size).unwrap_or(i32::MAX), i32::try_from(scope.bulk).unwrap_or(i32::MAX));
    let weekdays: Vec<i32> = scope.weekdays.iter().map(|day| i32::from(*day)).collect();
    let parameters: [&(dyn ToSql + Sync); 16] = [
        &token,
        title,
        &period.code(),
        from,
        until,
        &scope.actions,
        &scope.classes,
        &scope.people,
        &size,
        &bulk,
        &scope.zone,
        &weekdays,
        &scope.from,
        &scope.until,
        due_days,
        &scope.reviewers,
    ];
    let row = row(client, sql, &parameters).await?;
    Ok((Outcome(row.try_get("outcome")?), row.try_get("number")?))
}

pub async fn audit_review_stop(client: &Connection, token: &[u8], plan: i32) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.audit_review_stop($1, $2)", &[&token, &plan]).await
}

pub async fn list_audit_review_plans(client: &Connection, token: &[u8]) -> Result<Vec<Plan>> {
    let plan = |row: &Row| -> Result<Plan> {
        let period: String = row.try_get("period")?;
        let by: Option<String> = row.try_get("stopped_by")?;
        let at: Option<Timestamp> = row.try_get("stopped_at")?;
        Ok(Plan {
            number: row.try_get("number")?,
            title: row.try_get("title")?,
            period: Period::from_code(&period).ok_or_else(|| unknown("a period", &period))?,
            first_from: row.try_get("first_from")?,
            first_until: row.try_get("first_until")?,
            due_days: row.try_get("due_days")?,
            scope: scope(row.try_get("scope")?)?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            stopped: by.zip(at),
            reviews: row.try_get("reviews")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_audit_review_plans($1)", &[&token]).await?.iter().map(plan).collect()
}

pub async fn list_audit_reviews(client: &Connection, token: &[u8]) -> Result<Vec<Review>> {
    let review = |row: &Row| -> Result<Review> {
        let checkpoint: Option<i64> = row.try_get("checkpoint")?;
        let population: Option<i64> = row.try_get("population")?;
        Ok(Review {
            number: row.try_get("number")?,
            plan: row.try_get("plan")?,
            title: row.try_get("title")?,
            from: row.try_get("from_at")?,
            until: row.try_get("until_at")?,
            due_at: row.try_get("due_at")?,
            scope: scope(row.try_get("scope")?)?,
            drawn: checkpoint.zip(population),
            items: row.try_get("items")?,
            marked: row.try_get("marked")?,
            findings: row.try_get("findings")?,
            waiting: row.try_get("waiting")?,
            signed: row.try_get("signed")?,
            done: row.try_get("done")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_audit_reviews($1)", &[&token]).await?.iter().map(review).collect()
}

pub async fn request_audit_review(client: &Connection, token: &[u8], ticket: Ticket, review: i64, export: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_audit_review($1, $2, $3, $4)", &[&token, &ticket.0, &review, &export]).await
}

pub async fn collect_audit_review(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<Item>> {
    let item = |row: &Row| -> Result<Item> {
        let present = row.try_get::<_, Option<uuid::Uuid>>("session")?.is_some();
        let marked: Option<String> = row.try_get("mark")?;
        let found = match marked {
            None => None,
            Some(code) => Some(Found {
                by: row.try_get("marked_by")?,
                at: row.try_get("marked_at")?,
                mark: mark(&code)?,
                note: row.try_get("note")?,
                signed: row.try_get("signed")?,
            }),
        };
        Ok(Item {
            item: row.try_get("item")?,
            drawn: drawn(row.try_get("kind")?)?,
            session: SessionId(row.try_get("item_session")?),
            seq: row.try_get("item_seq")?,
            event: present.then(|| audit::event(row)).transpose()?,
            found,
            looked: row.try_get("looked")?,
            own: row.try_get("own")?,
            may_mark: row.try_get("may_mark")?,
        })
    };
    rows(client, "select * from sealdesk_api.collect_audit_review($1, $2, $3)", &[&token, &ticket.0, &review])
        .await?
        .iter()
        .map(item)
        .collect()
}

/// Of one review, or with a ticket to verify, of all.
pub async fn collect_frames(client: &Connection, token: &[u8], ticket: Ticket, review: Option<i64>) -> Result<Vec<Frame>> {
    let frame = |row: &Row| -> Result<Frame> {
        let (previous, previous_from): (i64, Option<Timestamp>) = (row.try_get("previous")?, row.try_get("previous_from")?);
        Ok(Frame {
            review: row.try_get("review")?,
            title: row.try_get("title")?,
            from: row.try_get("from_at")?,
            until: row.try_get("until_at")?,
            due_at: row.try_get("due_at")?,
            scope: row.try_get("scope")?,
            after_checkpoint: row.try_get("after_checkpoint")?,
            excluded: row.try_get("excluded")?,
            previous: previous_from.map(|from| (previous, from)),
            population: row.try_get("population")?,
            digest: audit::hash(row.try_get("digest")?),
            checkpoint: Checkpoint {
                number: row.try_get("number")?,
                at: row.try_get("at")?,
                size: u64::try_from(row.try_get::<_, i64>("size")?).unwrap_or_default(),
                root: audit::hash(row.try_get("root")?),
                previous: audit::hash(row.try_get("before")?),
                records: match row.try_get::<_, Option<i64>>("records_from")? {
                    None => None,
                    Some(from) => Some(Records { covers: row.try_get("covers")?, from, root: audit::hash(row.try_get("record_root")?) }),
                },
                login: row.try_get("login")?,
                entry: row.try_get("entry")?,
                signature: row.try_get("signature")?,
            },
        })
    };
    let sql = "select * from sealdesk_api.collect_audit_review_frames($1, $2, $3)";
    rows(client, sql, &[&token, &ticket.0, &review]).await?.iter().map(frame).collect()
}

pub async fn collect_weights(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<Weight>> {
    let weight = |row: &Row| -> Result<Weight> {
        Ok(Weight { kind: row.try_get(0)?, actor: row.try_get(1)?, record: row.try_get(2)?, from: row.try_get(3)?, until: row.try_get(4)? })
    };
    let sql = "select * from sealdesk_api.collect_audit_review_weights($1, $2, $3)";
    rows(client, sql, &[&token, &ticket.0, &review]).await?.iter().map(weight).collect()
}

pub async fn collect_places(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<Place>> {
    let place = |row: &Row| -> Result<Place> {
        Ok(Place {
            drawn: drawn(row.try_get(0)?)?,
            session: SessionId(row.try_get(1)?),
            seq: row.try_get(2)?,
            hash: audit::hash(row.try_get(3)?),
        })
    };
    let sql = "select * from sealdesk_api.collect_audit_review_items($1, $2, $3)";
    rows(client, sql, &[&token, &ticket.0, &review]).await?.iter().map(place).collect()
}

pub async fn collect_marks(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<Marked>> {
    let marked = |row: &Row| -> Result<Marked> {
        let code: String = row.try_get(3)?;
        Ok(Marked { item: row.try_get(0)?, by: row.try_get(1)?, at: row.try_get(2)?, mark: mark(&code)?, note: row.try_get(4)? })
    };
    let sql = "select * from sealdesk_api.collect_audit_review_marks($1, $2, $3)";
    rows(client, sql, &[&token, &ticket.0, &review]).await?.iter().map(marked).collect()
}

pub async fn collect_signs(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<SignedOff>> {
    let signed = |row: &Row| -> Result<SignedOff> {
        Ok(SignedOff { by: row.try_get(0)?, at: row.try_get(1)?, entry: row.try_get(2)?, signature: row.try_get(3)? })
    };
    let sql = "select * from sealdesk_api.collect_audit_review_signs($1, $2, $3)";
    rows(client, sql, &[&token, &ticket.0, &review]).await?.iter().map(signed).collect()
}

pub async fn collect_signers(client: &Connection, token: &[u8], ticket: Ticket, review: i64) -> Result<Vec<VouchedEntry>> {
    let sql = "select kind, name, generation, hpke_public, ed25519_public, signer, signature, id, root_public
                 from sealdesk_api.collect_audit_review_signers($1, $2, $3)";
    let found = rows(client, sql, &[&token, &ticket.0, &review]).await?;
    found.iter().map(|row| Ok(VouchedEntry { entry: keys::entry(row)?, id: row.try_get(7)?, root_public: row.try_get(8)? })).collect()
}

pub async fn audit_review_look(client: &Connection, token: &[u8], review: i64, item: i32) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.audit_review_look($1, $2, $3)", &[&token, &review, &item]).await
}

pub async fn audit_review_mark(client: &Connection, token: &[u8], review: i64, item: i32, mark: Mark, note: &str) -> Result<Outcome> {
    let sql = "select sealdesk_api.audit_review_mark($1, $2, $3, $4, $5)";
    outcome(client, sql, &[&token, &review, &item, &mark.code(), &note]).await
}

pub async fn audit_review_sign(
    client: &Connection,
    token: &[u8],
    review: i64,
    at: Timestamp,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<Outcome> {
    let sql = "select sealdesk_api.audit_review_sign($1, $2, $3, $4, $5)";
    outcome(client, sql, &[&token, &review, &at, &digest.as_slice(), &signature]).await
}
