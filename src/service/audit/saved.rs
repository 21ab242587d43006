//! Filters that a person saved under a name: sealed to their own key before they leave this program.

use uuid::Uuid;

use crate::{
    database::api::audit::{self as api, StoredFilter},
    model::saved_filter::SavedFilter,
    service::{Result, SignedIn},
};

/// What a saved filter is sealed as.
const PURPOSE: &str = "audit filter";

/// Saves a filter, or changes the one of its id.
///
/// # Errors
/// `SD171` when there are fifty; lost connections.
pub async fn save_filter(signed_in: &SignedIn, filter: &SavedFilter) -> Result<()> {
    let (sealed, signature) = signed_in.keyring().seal_own(PURPOSE, filter.id, &filter.to_text())?;
    let client = signed_in.client().await?;
    api::put_saved_filter(&client, signed_in.token.expose(), &StoredFilter { id: filter.id, sealed, signature }).await?.into_result()?;
    Ok(())
}

/// Forgets a saved filter.
///
/// # Errors
/// Lost connections.
pub async fn drop_filter(signed_in: &SignedIn, id: Uuid) -> Result<()> {
    let client = signed_in.client().await?;
    api::drop_saved_filter(&client, signed_in.token.expose(), id).await?.into_result()?;
    Ok(())
}

/// The person's own filters, the newest last. What does not open is left out: it is of keys that the person has no more, or not theirs.
///
/// # Errors
/// Lost connections.
pub async fn saved_filters(signed_in: &SignedIn) -> Result<Vec<SavedFilter>> {
    let client = signed_in.client().await?;
    let stored = api::list_saved_filters(&client, signed_in.token.expose()).await?;
    let keyring = signed_in.keyring();
    let open = |stored: StoredFilter| match keyring.open_own(PURPOSE, stored.id, &stored.sealed, &stored.signature) {
        Ok(text) => SavedFilter::from_text(stored.id, text.expose()),
        Err(error) => {
            tracing::warn!(id = %stored.id, %error, "a saved filter does not open");
            None
        }
    };
    Ok(stored.into_iter().filter_map(open).collect())
}
