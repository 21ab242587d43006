//! Sealing, opening and indexing with the keys held.

use std::collections::BTreeMap;

use super::{ClassKeys, KeyUse, Keyring, KeyringError, Purpose};
use crate::{
    crypto::{
        aead::{self, FieldAad, FieldKey},
        blind_index,
        secret::Secret,
    },
    model::{
        catalogue::{Field, IndexMode},
        id::RecordId,
        record::Summary,
    },
    text::index_terms,
};

/// The class every list row is sealed under.
const SUMMARY_CLASS: &str = "basic";

impl Keyring {
    /// Seals under the newest epoch of the class.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`].
    pub fn seal(&self, purpose: Purpose, record: RecordId, field: &str, class: &str, text: &str) -> Result<Vec<u8>, KeyringError> {
        let (epoch, key) = self.keys(class, purpose)?.last_key_value().ok_or_else(|| no_key(class, purpose))?;
        let place = FieldAad { purpose, installation: self.installation, record, field, class, epoch: *epoch };
        Ok(aead::seal(key, &place, text.as_bytes()))
    }

    /// Opens under the epoch that the ciphertext names.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`]; [`KeyringError::Open`] when it was altered or belongs elsewhere.
    pub fn open(
        &self,
        purpose: Purpose,
        record: RecordId,
        field: &str,
        class: &str,
        sealed: &[u8],
    ) -> Result<Secret<String>, KeyringError> {
        let epoch = aead::epoch_of(sealed).ok_or(aead::OpenError::TooShort)?;
        let key = self.keys(class, purpose)?.get(&epoch).ok_or(aead::OpenError::WrongEpoch { found: epoch })?;
        let place = FieldAad { purpose, installation: self.installation, record, field, class, epoch };
        let plaintext = aead::open(key, &place, sealed)?;
        if std::str::from_utf8(plaintext.expose()).is_err() {
            return Err(KeyringError::Malformed);
        }
        // Checked just above, so nothing is replaced; the buffer is taken over, not copied.
        Ok(plaintext.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
    }

    /// Seals a list row.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`].
    pub fn seal_summary(&self, record: RecordId, summary: &Summary) -> Result<Vec<u8>, KeyringError> {
        let text = serde_json::to_string(summary).map_err(|_| KeyringError::Malformed)?;
        self.seal(Purpose::Summary, record, "", SUMMARY_CLASS, &text)
    }

    /// Opens a list row.
    ///
    /// # Errors
    /// As [`Keyring::open`]; [`KeyringError::Malformed`].
    pub fn open_summary(&self, record: RecordId, sealed: &[u8]) -> Result<Summary, KeyringError> {
        let text = self.open(Purpose::Summary, record, "", SUMMARY_CLASS, sealed)?;
        serde_json::from_str(text.expose()).map_err(|_| KeyringError::Malformed)
    }

    /// The epoch new values of a class are sealed under.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`].
    pub fn newest_epoch(&self, class: &str) -> Result<i32, KeyringError> {
        let (epoch, _) = self.keys(class, Purpose::Value)?.last_key_value().ok_or_else(|| no_key(class, Purpose::Value))?;
        i32::try_from(*epoch).map_err(|_| KeyringError::Malformed)
    }

    /// The tokens to store beside a value: one for each term of each index mode of the field, under the newest index key; sorted, no doubles.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`] when the field is indexed and the index key is not held.
    pub fn tokens_for_value(&self, field: &Field, value: &str) -> Result<Vec<i64>, KeyringError> {
        if field.index.is_empty() {
            return Ok(Vec::new());
        }
        let missing = || KeyringError::NoKey { class: field.class.clone(), kind: "index" };
        let (_, key) = self.classes.get(&field.class).and_then(|keys| keys.index.last_key_value()).ok_or_else(missing)?;
        let mut tokens: Vec<i64> =
            index_terms::of_value(field, value).iter().map(|(mode, term)| blind_index::token(key, &field.code, *mode, term)).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Ok(tokens)
    }

    /// The tokens that a value has or had: one for each term of each index mode of the field, under every index key held.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`].
    pub fn tokens_of_epochs(&self, field: &Field, value: &str) -> Result<Vec<i64>, KeyringError> {
        let missing = || KeyringError::NoKey { class: field.class.clone(), kind: "index" };
        let keys = self.classes.get(&field.class).filter(|_| self.has(&field.class, KeyUse::Index)).ok_or_else(missing)?;
        let terms = index_terms::of_value(field, value);
        let of = |key| terms.iter().map(|(mode, term)| blind_index::token(key, &field.code, *mode, term)).collect::<Vec<_>>();
        Ok(keys.index.values().flat_map(of).collect())
    }

    /// The tokens a search term may stand under: one for each live epoch.
    ///
    /// # Errors
    /// [`KeyringError::NoKey`].
    pub fn tokens_for_term(&self, field: &Field, mode: IndexMode, term: &str) -> Result<Vec<i64>, KeyringError> {
        let missing = || KeyringError::NoKey { class: field.class.clone(), kind: "index" };
        let keys = self.classes.get(&field.class).filter(|_| self.has(&field.class, KeyUse::Index)).ok_or_else(missing)?;
        let term = index_terms::of_search(field, mode, term);
        Ok(keys.index.values().map(|key| blind_index::token(key, &field.code, mode, &term)).collect())
    }

    fn keys(&self, class: &str, purpose: Purpose) -> Result<&BTreeMap<u32, FieldKey>, KeyringError> {
        let keys: &ClassKeys = self.classes.get(class).ok_or_else(|| no_key(class, purpose))?;
        let keys = if purpose == Purpose::Mask { &keys.mask } else { &keys.value };
        if keys.is_empty() { Err(no_key(class, purpose)) } else { Ok(keys) }
    }
}

fn no_key(class: &str, purpose: Purpose) -> KeyringError {
    KeyringError::NoKey { class: class.to_owned(), kind: if purpose == Purpose::Mask { "mask" } else { "value" } }
}
