//! Who answers for a record, and handing it on.

use crate::{
    database::api::record,
    model::id::RecordId,
    service::{Result, SignedIn},
};

/// The capability of who shares and hands on records that are somebody else's.
pub const CAPABILITY: &str = "share";

/// Makes somebody the record's owner, by login name.
///
/// # Errors
/// [`crate::database::error::Refusal::NotOwner`] for who neither owns it nor holds [`CAPABILITY`]; `NewOwner` for a person who is not active and
/// `NotCleared` for one who may not know of the record; lost connections.
pub async fn hand_to(signed_in: &SignedIn, record: RecordId, to: &str) -> Result<()> {
    let client = signed_in.client().await?;
    record::put_owner(&client, signed_in.token.expose(), record, to).await?.into_result()?;
    Ok(())
}
