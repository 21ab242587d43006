//! What is recorded beyond what always is: the database has the list, and everything that is not in it is recorded.

use crate::{
    database::{
        api::audit_scope as api,
        error::{DatabaseError, Refusal},
    },
    model::{audit_scope::Recorded, id::RecordId},
    service::{Result, session::SignedIn, settings::settled},
};

/// The acts whose recording is a setting, each for all classes and, where that is a choice, for each class.
///
/// # Errors
/// Refused without `manage_policy` or `audit_all`; lost connections.
pub async fn scope(signed_in: &SignedIn) -> Result<Vec<Recorded>> {
    let client = signed_in.client().await?;
    Ok(api::list_audit_scope(&client, signed_in.token.expose()).await?)
}

/// Has an act recorded or not, for all classes or for one; `None` leaves it to the default.
///
/// # Errors
/// Refused without `manage_policy`; `SD182` for an act that is always recorded, `SD183` where there is no such choice, `SD184` while a rule counts it,
/// `SD185` where it is so already; `SD007` when somebody changed it meanwhile; `SD050` and `SD105` where somebody else has to approve it.
pub async fn set_scope(signed_in: &SignedIn, action: &str, class: Option<&str>, recorded: Option<bool>) -> Result<()> {
    let known = scope(signed_in).await?;
    let version = known.iter().find(|one| one.action == action && one.class.as_deref() == class).map_or(0, |one| one.version);
    set_scope_from(signed_in, action, class, recorded, version).await
}

/// As [`set_scope`], of what was read at a version.
///
/// # Errors
/// As [`set_scope`].
pub async fn set_scope_from(signed_in: &SignedIn, action: &str, class: Option<&str>, recorded: Option<bool>, version: i64) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = api::audit_scope_set(&client, signed_in.token.expose(), action, class, recorded, version).await?;
    settled(signed_in, &client, &Recorded::subject(action, class), outcome).await
}

/// Says that a revealed value went from the screen or, without a field, that the reader stayed on the record's row of the list.
///
/// # Errors
/// `SD003` and `SD006` as of the record; lost connections.
pub async fn report(signed_in: &SignedIn, record: RecordId, field: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    match api::report_act(&client, signed_in.token.expose(), record, field).await?.into_result() {
        // It is gone meanwhile.
        Ok(()) | Err(DatabaseError::Refused(Refusal::NotFound)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
