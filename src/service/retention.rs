//! How long data is kept. The database chooses what is due and purges it batch by batch, each a transaction and an event of its own, so a run that was
//! killed is gone on with by another.

use uuid::Uuid;

use crate::{
    database::api::retention,
    model::{
        audit::Progress,
        id::{RecordId, RecordNumber},
        retention::{Due, HeldRecord, Kept, Purged, Rule},
    },
    service::{Result, session::SignedIn, settings::settled},
};

/// Records of one batch.
const BATCH: i32 = 100;

/// Every kind of retention with its rule, and what is due by it now.
///
/// # Errors
/// Refused without `manage_policy`, `watch` or `audit_all`; lost connections.
pub async fn rules(signed_in: &SignedIn) -> Result<Vec<Rule>> {
    let client = signed_in.client().await?;
    Ok(retention::list_retention(&client, signed_in.token.expose()).await?)
}

/// What a rule of so many days would purge, or mark as due, today.
///
/// # Errors
/// Refused without `manage_policy`; `SD107` for fewer than one day or more than 36500, and for a class that there is not.
pub async fn try_days(signed_in: &SignedIn, of: &Kept, days: i32) -> Result<Due> {
    let client = signed_in.client().await?;
    Ok(retention::retention_try(&client, signed_in.token.expose(), of, days).await?)
}

/// Makes a rule, changes it, or, without days, takes it away. `shown` is what [`try_days`] has told.
///
/// # Errors
/// As [`try_days`]; `SD109` when more is due by now than was shown; `SD007` when somebody changed the rule meanwhile; `SD050` and `SD105` where somebody
/// else has to approve it.
pub async fn set(signed_in: &SignedIn, rule: &Rule, shown: Option<Due>) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = retention::retention_set(&client, signed_in.token.expose(), rule, shown.map(|due| due.records)).await?;
    settled(signed_in, &client, &format!("retention {}", rule.of.name()), outcome).await
}

/// Purges what is due by one rule. Held records, and those that somebody is writing just now, stay.
///
/// # Errors
/// Refused without `manage_policy` or `watch`; `SD107` where no rule purges; lost connections. What was purged until then is gone.
pub async fn run(signed_in: &SignedIn, of: &Kept, mut progress: impl FnMut(Progress)) -> Result<Purged> {
    let known = rules(signed_in).await?.into_iter().find(|rule| rule.of == *of);
    let total = known.map_or(0, |rule| u64::try_from(rule.due.records).unwrap_or(0));
    let mut done = Purged::default();
    let mut after = RecordId(Uuid::nil());
    loop {
        progress(Progress { done: done.records, total });
        let client = signed_in.client().await?;
        let batch = retention::retention_run(&client, signed_in.token.expose(), of, after, BATCH).await?;
        done.records += batch.purged.records;
        done.items += batch.purged.items;
        let Some(last) = batch.last else { return Ok(done) };
        after = last;
    }
}

/// Purges what is due by every rule that purges; answers with each that purged something.
///
/// # Errors
/// As [`rules`] and [`run`].
pub async fn run_all(signed_in: &SignedIn, mut progress: impl FnMut(&Kept, Progress)) -> Result<Vec<(Kept, Purged)>> {
    let mut done = Vec::new();
    for rule in rules(signed_in).await?.into_iter().filter(|rule| rule.days.is_some() && rule.purges) {
        let purged = run(signed_in, &rule.of, |made| progress(&rule.of, made)).await?;
        if purged.records > 0 {
            done.push((rule.of, purged));
        }
    }
    Ok(done)
}

/// The numbers of records of which something is due by a rule, at most 1000.
///
/// # Errors
/// Refused without `manage_policy`.
pub async fn due(signed_in: &SignedIn, of: &Kept) -> Result<Vec<RecordNumber>> {
    let client = signed_in.client().await?;
    Ok(retention::list_due(&client, signed_in.token.expose(), of, 1_000).await?)
}

/// Nothing of the record is purged from now on.
///
/// # Errors
/// Refused without `legal_hold`; `SD011` without a reason of at most 200 characters; `SD108` when it is on hold already.
pub async fn hold(signed_in: &SignedIn, record: RecordNumber, reason: &str, reference: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(retention::hold_put(&client, signed_in.token.expose(), record, reason, reference).await?.into_result()?)
}

/// Takes a legal hold off a record.
///
/// # Errors
/// As [`hold`]; `SD108` when there is none.
pub async fn release(signed_in: &SignedIn, record: RecordNumber, reason: &str, reference: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(retention::hold_release(&client, signed_in.token.expose(), record, reason, reference).await?.into_result()?)
}

/// Records on hold, newest first.
///
/// # Errors
/// Refused without `legal_hold`, `manage_policy` or `audit_all`.
pub async fn holds(signed_in: &SignedIn) -> Result<Vec<HeldRecord>> {
    let client = signed_in.client().await?;
    Ok(retention::list_holds(&client, signed_in.token.expose()).await?)
}
