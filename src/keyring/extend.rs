//! Giving a role more of a class: the keys that the new rights need, opened with a role key that officers keep, and wrapped to the role.

use std::collections::BTreeSet;

use super::{
    Keyring, KeyringError,
    material::WrappedKey,
    officer::{Recipient, needs, signer},
};
use crate::model::catalogue::Rights;

/// Wraps a class's keys to a role, as far as the rights need them and the role does not have them: every epoch, so that older values open too.
/// `wraps` are the class's keys as wrapped to any role. Answers with the role's generation and the wraps.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NotInDirectory`]; [`KeyringError::Unopened`] names a key that no role key held here opens.
pub fn extend_role(
    keyring: &Keyring,
    role: &str,
    class: &str,
    rights: Rights,
    wraps: &[WrappedKey],
) -> Result<(i32, Vec<WrappedKey>), KeyringError> {
    let signer = signer(keyring)?;
    let entry = keyring.role_entry(role)?;
    let recipient = Recipient { kind: "role", name: &entry.name, generation: entry.generation, public: &entry.hpke_public };
    let signed = keyring.signed_keys_of(class, wraps);
    let wanted: BTreeSet<(&str, i32)> =
        signed.iter().filter(|wrap| needs(rights, &wrap.content)).map(|wrap| (wrap.content.as_str(), wrap.subject_generation)).collect();
    let mut made = Vec::new();
    for (content, epoch) in wanted {
        let mut same = signed.iter().filter(|wrap| wrap.content == content && wrap.subject_generation == epoch);
        if same.clone().any(|wrap| wrap.recipient == role && wrap.recipient_generation == entry.generation) {
            continue;
        }
        let key = same
            .find_map(|wrap| keyring.open_wrap(&keyring.holder(wrap)?, wrap))
            .ok_or_else(|| KeyringError::Unopened(format!("the {content} key of class \"{class}\", epoch {epoch},")))?;
        made.push(signer.wrap(&recipient, content, (class, epoch), key.expose())?);
    }
    Ok((entry.generation, made))
}
