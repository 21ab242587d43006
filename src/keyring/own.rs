//! What a person keeps in the database for nobody but themselves: sealed to their own key, and signed, since a seal does not say who made it.
//!
//! ```text
//! info      = canonical("sealdesk/own/v1", installation 16, person, purpose, id 16)
//! sealed    = HPKE(own public key, info, the text padded as a field's value is)
//! signature = Ed25519(own, info ‖ canonical(sealed))
//! ```

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Keyring, KeyringError};
use crate::crypto::{canonical::Canonical, hpke, padding, secret::Secret, signature};

impl Keyring {
    /// Seals a text for oneself. Gives the sealed text and the signature.
    ///
    /// # Errors
    /// [`KeyringError::Hpke`].
    pub fn seal_own(&self, purpose: &str, id: Uuid, text: &str) -> Result<(Vec<u8>, Vec<u8>), KeyringError> {
        let mut padded = Zeroizing::new(Vec::with_capacity(padding::padded_length(text.len())));
        padding::extend_padded(&mut padded, text.as_bytes());
        let sealed = hpke::seal(&self.own.public(), &self.own_info(purpose, id).finish(), &padded)?;
        let signed = self.signing.sign(&self.own_info(purpose, id).bytes(&sealed).finish());
        Ok((sealed, signed))
    }

    /// Opens what was sealed for oneself, by oneself.
    ///
    /// # Errors
    /// [`KeyringError::NotSharedBy`] when somebody else made it; [`KeyringError::Hpke`] when it is of other keys or another place;
    /// [`KeyringError::Malformed`].
    pub fn open_own(&self, purpose: &str, id: Uuid, sealed: &[u8], signed: &[u8]) -> Result<Secret<String>, KeyringError> {
        if !signature::verify(&self.signing.public(), &self.own_info(purpose, id).bytes(sealed).finish(), signed) {
            return Err(KeyringError::NotSharedBy(self.user.clone()));
        }
        let padded = self.own.open(&self.own_info(purpose, id).finish(), sealed)?;
        let length = padding::unpadded_length(padded.expose()).ok_or(KeyringError::Malformed)?;
        let text = padded.expose().get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(KeyringError::Malformed)?;
        Ok(Secret::from(text))
    }

    fn own_info(&self, purpose: &str, id: Uuid) -> Canonical {
        Canonical::labelled("sealdesk/own/v1").bytes(self.installation.0.as_bytes()).text(&self.user).text(purpose).bytes(id.as_bytes())
    }
}
