//! What is under way in the demo, as on a working day: the officer has a second factor, an agent has asked for a role for a time, a review of
//! everybody's roles runs, a review of the audit is due, and a value is shared.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio_postgres::Client;

use super::{DemoError, DemoFactor, DemoPerson};
use crate::{
    config::Config,
    crypto::secret::Secret,
    database::error::DatabaseError,
    model::{
        audit_review::{NewPlan, Period},
        id::RecordId,
        request::{Asked, Why},
        review::Unanswered,
    },
    service::{
        Origin, SignedIn, audit, request,
        reveal::GivenReason,
        review::{self, NewCampaign},
        second_factor, share, unlock, view,
    },
};

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub async fn begin(superuser: &Client, config: &Config, people: &mut [DemoPerson]) -> Result<(), DemoError> {
    let who = |role: &str| people.iter().find(|person| person.role == role);
    if let Some(agent) = who("agent") {
        let signed_in = sign_in(config, agent).await?;
        let why = Why { text: "refund for a double charge".into(), reference: Some("TK-1042".into()) };
        request::ask(&signed_in, &Asked::Elevate { role: "payment_clerk".into() }, &why, 30, request::OPEN_MINUTES).await?;
        unlock::close(&signed_in).await?;
        share_with(superuser, config, who("senior_agent"), &agent.user).await?;
    }
    if let (Some(officer), Some(reviewer)) = (who("security_officer"), who("supervisor")) {
        let signed_in = sign_in(config, officer).await?;
        let campaign = NewCampaign {
            title: "Quarterly review of roles".into(),
            roles: Vec::new(),
            reviewers: vec![reviewer.user.clone()],
            due_at: Timestamp::now() + WEEK,
            unanswered: Unanswered::Escalate,
            every_days: Some(90),
        };
        review::start(&signed_in, &campaign).await?;
        unlock::close(&signed_in).await?;
    }
    if let (Some(officer), Some(reviewer), Some(auditor)) = (who("security_officer"), who("supervisor"), who("auditor")) {
        review_audit(config, officer, reviewer, auditor).await?;
    }
    // Last: from then on signing in as the officer takes a code.
    if let Some(officer) = people.iter_mut().find(|person| person.role == "security_officer") {
        officer.second_factor = Some(set_up_factor(superuser, config, officer).await?);
    }
    Ok(())
}

/// What was done so far is reviewed: the sample is drawn with a checkpoint of somebody who is no reviewer.
async fn review_audit(config: &Config, officer: &DemoPerson, reviewer: &DemoPerson, auditor: &DemoPerson) -> Result<(), DemoError> {
    let now = Timestamp::now().to_zoned(TimeZone::system());
    let Some(mut plan) = NewPlan::usual("First look at the audit", Period::Once, std::slice::from_ref(&reviewer.user), &now) else {
        return Ok(());
    };
    plan.scope.size = 16;
    let signed_in = sign_in(config, officer).await?;
    audit::review::plan(&signed_in, &plan).await?;
    unlock::close(&signed_in).await?;
    let signed_in = sign_in(config, auditor).await?;
    audit::review::list(&signed_in).await?;
    audit::checkpoint(&signed_in, &mut None).await?;
    audit::review::list(&signed_in).await?;
    unlock::close(&signed_in).await?;
    Ok(())
}

async fn sign_in(config: &Config, person: &DemoPerson) -> Result<SignedIn, DemoError> {
    Ok(unlock::unlock(config, &person.user, Secret::from(person.passphrase.as_str()), &Origin::default()).await?)
}

/// An identity number that the agent's role does not reveal, of the newest customer who has one.
async fn share_with(superuser: &Client, config: &Config, from: Option<&DemoPerson>, to: &str) -> Result<(), DemoError> {
    let newest = "select r.id from sealdesk.record r join sealdesk.field_value v on v.record = r.id
                   where v.field = 'id_number' and not r.labelled order by r.number desc limit 1";
    let found = superuser.query_opt(newest, &[]).await.map_err(DatabaseError::from)?;
    let (Some(from), Some(found)) = (from, found) else { return Ok(()) };
    let signed_in = sign_in(config, from).await?;
    let record = RecordId(found.try_get(0).map_err(DatabaseError::from)?);
    // As at a desk: what is shared without having been opened would ring.
    view::view(&signed_in, record).await?;
    let wanted = share::Wanted {
        record,
        field: "id_number".into(),
        to: to.to_owned(),
        lasts: SignedDuration::from_hours(24),
        reason: Some(GivenReason { code: "verify".into(), reference: None }),
    };
    share::add(&signed_in, &wanted).await?;
    unlock::close(&signed_in).await?;
    Ok(())
}

async fn set_up_factor(superuser: &Client, config: &Config, person: &DemoPerson) -> Result<DemoFactor, DemoError> {
    let set_up = second_factor::begin(config, &person.user, Secret::from(person.passphrase.as_str())).await?;
    // The step before this one, so that the present code is still good for signing in.
    let codes = set_up.confirm(&code(superuser, &person.user, -1).await?).await?;
    let factor = DemoFactor {
        secret: set_up.secret_text().expose().clone(),
        recovery_codes: codes.iter().take(2).map(|code| code.expose().clone()).collect(),
    };
    set_up.close().await?;
    Ok(factor)
}

/// What the authenticator shows, or showed so many steps of 30 seconds ago.
pub async fn code(superuser: &Client, login: &str, steps: i64) -> Result<Secret<String>, DemoError> {
    let sql = "select sealdesk.totp(f.secret, floor(extract(epoch from clock_timestamp()) / 30)::bigint + $2)
                 from sealdesk.second_factor f join sealdesk.person p on p.id = f.person where p.login = $1";
    let row = superuser.query_one(sql, &[&login, &steps]).await.map_err(DatabaseError::from)?;
    Ok(Secret::new(row.try_get(0).map_err(DatabaseError::from)?))
}
