//! Levels and compartments, clearing people for them, and labelling records.

use crate::{
    database::{
        api::{catalogue, record, staff},
        error::Refusal,
    },
    model::{
        catalogue::Label,
        clearance::{Clearance, Losing},
        id::RecordId,
    },
    service::{Error, Result, SignedIn},
};

/// Clears a person to a level and for compartments. Whoever loses something of it is signed out.
///
/// # Errors
/// Refused without `manage_people`, and for oneself; an unknown person, level or compartment.
pub async fn clear(signed_in: &SignedIn, login: &str, clearance: &Clearance) -> Result<()> {
    let rank = rank(signed_in, clearance)?;
    let client = signed_in.client().await?;
    staff::staff_clear(&client, signed_in.token.expose(), login, rank, &clearance.compartments).await?.into_result()?;
    Ok(())
}

/// Adds or renames a level of a rank, or a compartment where there is no rank.
///
/// # Errors
/// Refused without `manage_policy`; [`Refusal::ClearanceRank`] for a rank that another level has; a code or name that is not acceptable.
pub async fn define(signed_in: &SignedIn, code: &str, rank: Option<i16>, label: &Label) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = catalogue::clearance_put(&client, signed_in.token.expose(), code, rank, label).await?;
    let noun = if rank.is_some() { "level" } else { "compartment" };
    super::settings::settled(signed_in, &client, &format!("{noun} {code}"), outcome).await
}

/// Labels a record; answers with its new version. Whoever is not cleared for the label does not find the record from then on.
///
/// # Errors
/// [`Error::Conflict`]; [`Refusal::AboveClearance`] for a label above one's own clearance, [`Refusal::LoweredLabel`] without the capability to lower
/// one, [`Refusal::UnknownLabel`]; refusals and lost connections.
pub async fn label(signed_in: &SignedIn, record: RecordId, version: i64, label: &Clearance) -> Result<i64> {
    let rank = rank(signed_in, label)?;
    let client = signed_in.client().await?;
    let written = record::put_label(&client, signed_in.token.expose(), record, version, rank, &label.compartments).await?;
    if written.outcome.is_conflict() {
        return Err(Error::Conflict { current: written.version });
    }
    written.outcome.into_result()?;
    Ok(written.version)
}

/// Who would no longer find a record under a label; asking is an event.
///
/// # Errors
/// As [`label`], but for the version.
pub async fn preview(signed_in: &SignedIn, record: RecordId, label: &Clearance) -> Result<Losing> {
    let rank = rank(signed_in, label)?;
    let client = signed_in.client().await?;
    let (outcome, losing) = record::label_preview(&client, signed_in.token.expose(), record, rank, &label.compartments).await?;
    outcome.into_result()?;
    Ok(losing)
}

fn rank(signed_in: &SignedIn, clearance: &Clearance) -> Result<i16> {
    signed_in.policy().catalogue.clearances.rank(&clearance.level).ok_or_else(|| Refusal::UnknownLabel.into())
}
