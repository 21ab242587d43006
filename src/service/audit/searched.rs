//! Who searched for a record. Searches stand in the audit as tokens; whoever holds the index keys and may read the record's values makes its tokens
//! again, under every epoch of the keys that is held, and finds the searches that asked for them.

use crate::{
    crypto::secret::Secret,
    keyring::KeyUse,
    model::{audit::Searched, id::RecordId},
    service::{Result, SignedIn, view},
};

/// Makes a record's tokens: of its open values, and of those that the person has revealed and hands over with their fields' codes. The record is opened
/// for it, which is an event; so is the view of the audit that is opened with the answer. Without a single index key the answer holds a token that is
/// nobody's, so that the refusal stands in the audit too.
///
/// # Errors
/// Refusals of opening the record, and lost connections.
pub async fn searched(signed_in: &SignedIn, record: RecordId, revealed: &[(String, Secret<String>)]) -> Result<Searched> {
    let view = view::view(signed_in, record).await?;
    let (keyring, policy) = (signed_in.keyring(), signed_in.policy());
    let mut found = Searched { record, number: view.number, tokens: Vec::new(), fields: Vec::new() };
    for shown in view.fields.iter().filter(|shown| shown.present) {
        let Some(field) = policy.catalogue.field(&shown.field).filter(|field| !field.index.is_empty()) else { continue };
        if !keyring.has(&field.class, KeyUse::Index) {
            continue;
        }
        let handed = revealed.iter().find(|(code, _)| *code == shown.field).map(|(_, value)| value.expose().as_str());
        let open = shown.masked.as_ref().and_then(|text| text.as_deref().ok()).filter(|_| shown.open);
        let Some(value) = handed.or(open) else { continue };
        found.tokens.extend(keyring.tokens_of_epochs(field, value)?);
        found.fields.push(field.code.clone());
    }
    found.tokens.sort_unstable();
    found.tokens.dedup();
    if found.tokens.is_empty() {
        found.tokens.push(i64::from_be_bytes(rand::random()));
    }
    Ok(found)
}
