//! The one encoding under every hash, signature and associated datum: parts, each a length of four bytes, big-endian, and that many bytes. An
//! absent part is the length `0xFFFFFFFF` and nothing else. No text rendering of numbers or times, so no setting can change it.

/// Builds an encoding part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonical(Vec<u8>);

impl Canonical {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with a label, as every encoding but the event's does.
    #[must_use]
    pub fn labelled(label: &str) -> Self {
        Self::new().text(label)
    }

    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX - 1);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    #[must_use]
    pub fn optional(mut self, part: Option<&[u8]>) -> Self {
        match part {
            Some(part) => self.bytes(part),
            None => {
                self.0.extend_from_slice(&u32::MAX.to_be_bytes());
                self
            }
        }
    }

    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
