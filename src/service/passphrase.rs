//! Changing one's own passphrase: the private keys are wrapped anew and the login's verifier replaced, in one transaction. No key changes.

use crate::{
    crypto::{
        kdf::{self, KdfProfile},
        scram,
        secret::Secret,
    },
    database::api::{keys, staff},
    keyring::enrol,
    service::{Error, Result, SignedIn, derive, staff::strong_enough},
};

/// Replaces the passphrase. Every session of the person ends with it, this one too: each terminal signs in with the new one.
///
/// # Errors
/// [`Error::WrongPassphrase`] when the old one does not open the keys; [`Error::WeakPassphrase`] for a weak new one; `SD044` when the keys were wrapped anew
/// from elsewhere meanwhile.
pub async fn change(signed_in: &SignedIn, old: Secret<String>, new: Secret<String>) -> Result<()> {
    let user = signed_in.user();
    strong_enough(user, &new)?;
    let (name, installation) = (user.to_owned(), signed_in.keyring().installation());
    let (old, new) = derive::blocking(move || {
        let from = |passphrase| kdf::derive(&name, installation, passphrase, KdfProfile::Standard);
        Ok((from(&old)?, from(&new)?))
    })
    .await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let stored = keys::my_keys(&client, token).await?;
    let rewrapped = enrol::rewrap(installation, user, &old.kek, &new.kek, &stored).map_err(|_| Error::WrongPassphrase)?;
    let verifier = scram::verifier(&new.scram_password);
    staff::passphrase_change(&client, token, &stored.wrapped_private, &rewrapped.wrapped_private, &verifier).await?.into_result()?;
    Ok(())
}
