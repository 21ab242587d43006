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

    /// As [`Canonical::new`], with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Starts with a label, as every encoding but the event's does.
    #[must_use]
    pub fn labelled(label: &str) -> Self {
        Self::new().text(label)
    }

    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(&length_prefix(part.len()));
        self.0.extend_from_slice(part);
        self
    }

    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    #[must_use]
    pub fn optional(mut self, part: Option<&[u8]>) -> Self {
        let Some(part) = part else {
            self.0.extend_from_slice(&u32::MAX.to_be_bytes());
            return self;
        };
        self.bytes(part)
    }

    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// The length in front of a part. A part of 4 GiB cannot be held by anything that is encoded here; if one were, it would be given the longest
/// length that is not "absent".
pub(super) fn length_prefix(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).min(u32::MAX - 1).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader of the specification would write.
    fn decode(mut encoded: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = encoded.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length);
            if length == u32::MAX {
                parts.push(None);
                encoded = rest;
            } else {
                let (part, rest) = rest.split_at(length as usize);
                parts.push(Some(part.to_vec()));
                encoded = rest;
            }
        }
        parts
    }

    proptest! {
        #[test]
        fn different_parts_never_encode_alike(parts: Vec<Option<Vec<u8>>>) {
            let encoded = parts.iter().fold(Canonical::new(), |encoding, part| encoding.optional(part.as_deref())).finish();
            prop_assert_eq!(decode(&encoded), parts);
        }
    }

    #[test]
    fn absent_and_empty_differ() {
        assert_eq!(Canonical::new().optional(None).finish(), [0xff; 4]);
        assert_eq!(Canonical::new().optional(Some(b"")).finish(), [0; 4]);
    }

    #[test]
    fn text_moved_across_a_boundary_changes_the_encoding() {
        assert_ne!(Canonical::labelled("x").text("ab").text("c"), Canonical::labelled("x").text("a").text("bc"));
    }
}
