//! A value shared with one person: sealed to that person's key, signed by whoever shared it.
//!
//! ```text
//! info      = canonical("sealdesk/share/v1", installation 16, share 16, record 16, field, version 8, from, to, until in µs 8)
//! sealed    = HPKE(recipient, info, the value padded as a field's is)
//! signature = Ed25519(sharer, info ‖ canonical(sealed))
//! ```

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{Keyring, KeyringError, material::DirectoryEntry};
use crate::{
    crypto::{canonical::Canonical, hpke, padding, secret::Secret, signature},
    model::id::{InstallationId, RecordId, ShareId},
};

/// What a shared value is bound to: as anything else it does not open, and is not what was signed.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub share: ShareId,
    pub record: RecordId,
    pub field: &'a str,
    pub version: i64,
    pub from: &'a str,
    pub to: &'a str,
    /// Whole microseconds.
    pub until: Timestamp,
}

impl Place<'_> {
    /// HPKE's `info`.
    #[must_use]
    pub fn info(&self, installation: InstallationId) -> Vec<u8> {
        self.parts(installation).finish()
    }

    /// The bytes that the sharer signs.
    #[must_use]
    pub fn statement(&self, installation: InstallationId, sealed: &[u8]) -> Vec<u8> {
        self.parts(installation).bytes(sealed).finish()
    }

    fn parts(&self, installation: InstallationId) -> Canonical {
        Canonical::labelled("sealdesk/share/v1")
            .bytes(installation.0.as_bytes())
            .bytes(self.share.0.as_bytes())
            .bytes(self.record.0.as_bytes())
            .text(self.field)
            .bytes(&self.version.to_be_bytes())
            .text(self.from)
            .text(self.to)
            .bytes(&self.until.as_microsecond().to_be_bytes())
    }
}

/// A value as the database keeps it for its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedValue {
    pub sealed: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Keyring {
    /// Seals a value to the person that `place` names. `entries` are what the database says the directory holds of them.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`] when none of the entries has a chain to the root: nothing is sealed then.
    pub fn seal_shared(&self, place: &Place<'_>, value: &Secret<String>, entries: &[DirectoryEntry]) -> Result<SharedValue, KeyringError> {
        let recipient = self.vouched_entry(place.to, entries)?;
        let mut padded = Zeroizing::new(Vec::with_capacity(padding::padded_length(value.expose().len())));
        padding::extend_padded(&mut padded, value.expose().as_bytes());
        let sealed = hpke::seal(&recipient.hpke_public, &place.info(self.installation), &padded)?;
        let signature = self.signing.sign(&place.statement(self.installation, &sealed));
        Ok(SharedValue { sealed, signature })
    }

    /// Opens a value that was shared with this person. `entries` are what the database says the directory holds of the sharer.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`] when the sharer has no chain to the root; [`KeyringError::NotSharedBy`] when the sharer did not sign exactly
    /// this; [`KeyringError::Hpke`] when it is sealed to others; [`KeyringError::Malformed`].
    pub fn open_shared(&self, place: &Place<'_>, shared: &SharedValue, entries: &[DirectoryEntry]) -> Result<Secret<String>, KeyringError> {
        let sharer = self.vouched_entry(place.from, entries)?;
        let statement = place.statement(self.installation, &shared.sealed);
        if place.to != self.user || !signature::verify(&sharer.ed25519_public, &statement, &shared.signature) {
            return Err(KeyringError::NotSharedBy(place.from.to_owned()));
        }
        let padded = self.own.open(&place.info(self.installation), &shared.sealed)?;
        let length = padding::unpadded_length(padded.expose()).ok_or(KeyringError::Malformed)?;
        let text = padded.expose().get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(KeyringError::Malformed)?;
        Ok(Secret::from(text))
    }

    /// The entry of a person's present keys, among entries read from the database, whose chain to the root checks.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`].
    pub fn vouched_entry<'e>(&self, person: &str, entries: &'e [DirectoryEntry]) -> Result<&'e DirectoryEntry, KeyringError> {
        let theirs = entries.iter().filter(|entry| entry.name == person && self.vouched_for(entry));
        let newest = theirs.max_by_key(|entry| (entry.kind == "person", entry.generation));
        newest.ok_or_else(|| KeyringError::NotInDirectory(person.to_owned()))
    }
}
