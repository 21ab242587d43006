//! Stars: a person's own marks on records.

use crate::{
    database::api::list,
    model::id::RecordId,
    service::{Result, SignedIn},
};

/// Stars a record, or takes the star away; an audit event either way.
///
/// # Errors
/// Refused where the person may not read customers; an unknown record; a lost connection.
pub async fn put(signed_in: &SignedIn, record: RecordId, on: bool) -> Result<()> {
    let client = signed_in.client().await?;
    list::put_star(&client, signed_in.token.expose(), record, on).await?.into_result()?;
    Ok(())
}
