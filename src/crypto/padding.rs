//! Length hiding: ISO/IEC 7816-4 padding (`0x80`, then zeros) to 16, 32, 64, 128, then multiples of 256 bytes.

/// Pads to the next bucket that holds at least one more byte.
#[must_use]
pub fn pad(plaintext: &[u8]) -> Vec<u8> {
    let mut padded = Vec::with_capacity(bucket(plaintext.len() + 1));
    padded.extend_from_slice(plaintext);
    padded.push(0x80);
    padded.resize(bucket(plaintext.len() + 1), 0);
    padded
}

/// The length before padding; `None` when the padding is malformed.
#[must_use]
pub fn unpadded_length(padded: &[u8]) -> Option<usize> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    (padded[end] == 0x80).then_some(end)
}

fn bucket(length: usize) -> usize {
    match length {
        0..=16 => 16,
        17..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        longer => longer.next_multiple_of(256),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn padding_comes_off_again(plaintext in proptest::collection::vec(any::<u8>(), 0..700)) {
            let padded = pad(&plaintext);
            let length = unpadded_length(&padded).unwrap();
            prop_assert_eq!(&padded[..length], &plaintext[..]);
        }
    }

    #[test]
    fn lengths_fall_into_buckets() {
        assert_eq!([0, 15, 16, 31, 63, 127, 128, 255, 256].map(|n| pad(&vec![1; n]).len()), [16, 16, 32, 32, 64, 128, 256, 256, 512]);
    }
}
