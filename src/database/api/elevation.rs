//! Roles for a time, and where a person stands.

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{
    freeze, outcome,
    request::{numbered, state},
    row, rows,
};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::material::WrappedKey,
    model::{
        freeze::Freeze,
        request::{Elevation, Eligibility, Standing, Why},
    },
};

/// Answers with the elevation's number.
pub async fn break_glass(client: &Connection, token: &[u8], role: &str, why: &Why, minutes: i32) -> Result<i64> {
    let sql = "select * from sealdesk_api.break_glass($1, $2, $3, $4, $5)";
    numbered(&row(client, sql, &[&token, &role, &why.text, &why.reference, &minutes]).await?)
}

pub async fn elevation_end(client: &Connection, token: &[u8], number: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.elevation_end($1, $2)", &[&token, &number]).await
}

pub async fn elevation_review(client: &Connection, token: &[u8], number: i64, review: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.elevation_review($1, $2, $3)", &[&token, &number, &review]).await
}

pub async fn list_elevations(client: &Connection, token: &[u8]) -> Result<Vec<Elevation>> {
    let elevation = |row: &Row| -> Result<Elevation> {
        Ok(Elevation {
            number: row.try_get("number")?,
            login: row.try_get("login")?,
            role: row.try_get("role")?,
            request: row.try_get("request")?,
            break_glass: row.try_get("break_glass")?,
            why: row.try_get("why")?,
            reference: row.try_get("reference")?,
            from: row.try_get("from_at")?,
            until: row.try_get("until_at")?,
            ended_by: row.try_get("ended_by")?,
            running: row.try_get("running")?,
            reviewed_by: row.try_get("reviewed_by")?,
            review: row.try_get("review")?,
            own: row.try_get("own")?,
            may_review: row.try_get("may_review")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_elevations($1)", &[&token]).await?.iter().map(elevation).collect()
}

pub async fn list_eligibility(client: &Connection, token: &[u8]) -> Result<Vec<Eligibility>> {
    let eligibility = |row: &Row| -> Result<Eligibility> {
        Ok(Eligibility {
            role: row.try_get("role")?,
            target: row.try_get("target")?,
            max_minutes: row.try_get("max_minutes")?,
            break_glass: row.try_get("break_glass")?,
            classes: row.try_get("classes")?,
            mine: row.try_get("mine")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_eligibility($1)", &[&token]).await?.iter().map(eligibility).collect()
}

/// With the target's key wrapped to the role.
pub async fn eligibility_put(client: &Connection, token: &[u8], max_minutes: i32, break_glass: bool, wrap: &WrappedKey) -> Result<Outcome> {
    let sql = "select sealdesk_api.eligibility_put($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let parameters: [&(dyn ToSql + Sync); 9] = [
        &token,
        &wrap.recipient,
        &wrap.subject,
        &max_minutes,
        &break_glass,
        &wrap.recipient_generation,
        &wrap.subject_generation,
        &wrap.sealed,
        &wrap.signature,
    ];
    outcome(client, sql, &parameters).await
}

pub async fn eligibility_remove(client: &Connection, token: &[u8], role: &str, target: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.eligibility_remove($1, $2, $3)", &[&token, &role, &target]).await
}

/// Every role the person ever had for a time.
pub async fn elevated_roles(client: &Connection, token: &[u8], login: &str) -> Result<Vec<String>> {
    let found = rows(client, "select * from sealdesk_api.elevated_roles($1, $2)", &[&token, &login]).await?;
    found.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn freezes(row: &Row) -> Result<Vec<Freeze>> {
    let (numbers, kinds, subjects): (Vec<i64>, Vec<String>, Vec<String>) =
        (row.try_get("freezes")?, row.try_get("freeze_kinds")?, row.try_get("freeze_subjects")?);
    let (by, at, why): (Vec<String>, Vec<Timestamp>, Vec<String>) =
        (row.try_get("freeze_by")?, row.try_get("freeze_at")?, row.try_get("freeze_why")?);
    let each = numbers.into_iter().zip(kinds).zip(subjects).zip(by).zip(at).zip(why);
    each.map(|(((((number, kind), subject), by), at), why)| {
        let target = freeze::target(&kind, &subject)?;
        Ok(Freeze { number, target, why, reference: None, at, by, lifted_at: None, lifted_by: None, asked_by: None })
    })
    .collect()
}

pub async fn my_standing(client: &Connection, token: &[u8]) -> Result<Standing> {
    let row = row(client, "select * from sealdesk_api.my_standing($1)", &[&token]).await?;
    let lent: Vec<String> = row.try_get("lent")?;
    let until: Vec<Timestamp> = row.try_get("lent_until")?;
    let answered: Option<i64> = row.try_get("answered")?;
    let answered_state: Option<String> = row.try_get("answered_state")?;
    let (clock_incident, clock_until): (Option<i64>, Option<Timestamp>) = (row.try_get("clock_incident")?, row.try_get("clock_until")?);
    Ok(Standing {
        roles: row.try_get("roles")?,
        capabilities: row.try_get("capabilities")?,
        lent: lent.into_iter().zip(until).collect(),
        waiting: row.try_get("waiting")?,
        to_review: row.try_get("to_review")?,
        broken: row.try_get("broken")?,
        answered: answered.zip(answered_state).map(|(number, code)| Ok::<_, DatabaseError>((number, state(&code)?))).transpose()?,
        answered_comment: row.try_get::<_, Option<String>>("answered_comment")?.unwrap_or_default(),
        has_keys: row.try_get("has_keys")?,
        catalogue_version: row.try_get("catalogue_version")?,
        freezes: freezes(&row)?,
        clock: clock_incident.zip(clock_until),
    })
}
