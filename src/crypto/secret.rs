//! Values that are wiped when dropped and never printed.

use std::fmt;

use rand::{Rng as _, rand_core::UnwrapErr, rngs::SysRng};
use zeroize::{Zeroize, Zeroizing};

use super::memory;

/// A secret. Its content is wiped on drop and does not appear in `Debug`.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The content. Named so that every use stands out when reading.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Turns one secret into another without leaving a copy behind: what `change` does not keep, it must not have copied.
    pub(crate) fn map<U: Zeroize>(mut self, change: impl FnOnce(T) -> U) -> Secret<U>
    where
        T: Default,
    {
        Secret::new(change(std::mem::take(&mut *self.0)))
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::new(self.expose().clone())
    }
}

impl<T: Zeroize + Default> Default for Secret<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

/// A 256-bit key on a page that is locked into memory where the system allows.
pub struct Key32(Box<Zeroizing<[u8; 32]>>);

impl Key32 {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        let key = Box::new(Zeroizing::new(bytes));
        memory::lock(key.as_ref().as_ref());
        Self(key)
    }

    /// A fresh key from the system's generator.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        // A system without entropy cannot make keys; stopping is the only safe answer.
        UnwrapErr(SysRng).fill_bytes(bytes.as_mut());
        Self::new(*bytes)
    }

    /// `None` unless there are exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(Self::new)
    }

    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Clone for Key32 {
    fn clone(&self) -> Self {
        Self::new(**self.0)
    }
}

impl fmt::Debug for Key32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key32(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_holds_the_secret() {
        let text = Secret::from("13812345678");
        let key = Key32::new([0x41; 32]);
        assert_eq!(format!("{text:?} {key:?}"), "Secret(…) Key32(…)");
    }

    #[test]
    fn fresh_keys_differ() {
        assert_ne!(Key32::random().expose(), Key32::random().expose());
    }

    #[test]
    fn a_key_has_exactly_32_bytes() {
        assert!(Key32::from_slice(&[0; 31]).is_none());
        assert!(Key32::from_slice(&[0; 33]).is_none());
        assert_eq!(Key32::from_slice(&[7; 32]).unwrap().expose(), &[7; 32]);
    }
}
