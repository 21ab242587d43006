//! Values that are wiped when dropped and never printed.

use std::fmt;

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
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::new(self.expose().clone())
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
        let mut bytes: [u8; 32] = rand::random();
        let key = Self::new(bytes);
        bytes.zeroize();
        key
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
