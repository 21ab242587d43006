//! Length hiding: ISO/IEC 7816-4 padding (`0x80`, then zeros) to 16, 32, 64, 128, then multiples of 256 bytes.

/// Appends the plaintext, padded to the next bucket that holds at least one more byte.
pub fn extend_padded(buffer: &mut Vec<u8>, plaintext: &[u8]) {
    let end = buffer.len() + padded_length(plaintext.len());
    buffer.extend_from_slice(plaintext);
    buffer.push(0x80);
    buffer.resize(end, 0);
}

/// The bucket a plaintext of `length` bytes falls into.
#[must_use]
pub fn padded_length(length: usize) -> usize {
    bucket(length + 1)
}

/// The length before padding; `None` when the padding is malformed. Called only on authenticated bytes, so its timing tells nothing to a forger.
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

    fn pad(plaintext: &[u8]) -> Vec<u8> {
        let mut padded = Vec::new();
        extend_padded(&mut padded, plaintext);
        padded
    }

    proptest! {
        #[test]
        fn padding_comes_off_again(plaintext in proptest::collection::vec(any::<u8>(), 0..700)) {
            let padded = pad(&plaintext);
            let length = unpadded_length(&padded).unwrap();
            prop_assert_eq!(&padded[..length], &plaintext[..]);
        }
    }

    #[test]
    fn malformed_padding_has_no_length() {
        assert_eq!(unpadded_length(&[]), None);
        assert_eq!(unpadded_length(&[0; 16]), None);
        assert_eq!(unpadded_length(&[1, 2, 3]), None);
        assert_eq!(unpadded_length(&[1, 0x80, 0, 0]), Some(1));
    }

    #[test]
    fn lengths_fall_into_buckets() {
        assert_eq!([0, 15, 16, 31, 63, 127, 128, 255, 256].map(|n| pad(&vec![1; n]).len()), [16, 16, 32, 32, 64, 128, 256, 256, 512]);
    }
}
