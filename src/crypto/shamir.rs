//! Sharing a key among custodians, so that any `threshold` of them have it and fewer know nothing at all (A. Shamir, "How to share a secret", 1979).
//!
//! ```text
//! field    GF(2^8) with x^8 + x^4 + x^3 + x + 1 (0x11B, as AES)
//! share i  f(i) for i = 1 …, byte by byte, where f is a random polynomial of degree threshold - 1 and f(0) the key
//! ```
//! The arithmetic has neither tables nor branches on secrets. It is written here because the crates that offer it bring a format of their own, and
//! several drew their coefficients with a bias that discloses the key (RUSTSEC-2024-0398).

use zeroize::Zeroizing;

use super::secret::Key32;

/// The most shares of one key.
pub const MOST_SHARES: u8 = 16;

/// One custodian's share.
#[derive(Clone, Debug)]
pub struct Share {
    /// From 1.
    pub index: u8,
    pub bytes: Key32,
}

/// Splits a key; `None` unless `2 <= threshold <= shares <= 16`.
#[must_use]
pub fn split(key: &Key32, threshold: u8, shares: u8) -> Option<Vec<Share>> {
    let coefficients: Vec<Key32> = (1..threshold).map(|_| Key32::random()).collect();
    split_with(key, &coefficients, shares)
}

/// As [`split`], with the polynomial's coefficients from the lowest on.
fn split_with(key: &Key32, coefficients: &[Key32], shares: u8) -> Option<Vec<Share>> {
    if coefficients.is_empty() || coefficients.len() >= usize::from(shares) || shares > MOST_SHARES {
        return None;
    }
    let share = |index: u8| {
        // Horner's rule, from the highest coefficient down.
        let mut value = Zeroizing::new([0; 32]);
        for coefficient in coefficients.iter().rev().chain([key]) {
            for (byte, more) in value.iter_mut().zip(coefficient.expose()) {
                *byte = multiply(*byte, index) ^ more;
            }
        }
        Share { index, bytes: Key32::new(*value) }
    };
    Some((1..=shares).map(share).collect())
}

/// The key of at least `threshold` shares. Fewer, or wrong ones, give some other key: whoever uses it must be able to tell. `None` for no share at all,
/// a share 0, and one given twice.
#[must_use]
pub fn combine(shares: &[Share]) -> Option<Key32> {
    let mut key = Zeroizing::new([0; 32]);
    for (place, share) in shares.iter().enumerate() {
        if share.index == 0 || shares.iter().take(place).any(|earlier| earlier.index == share.index) {
            return None;
        }
        // Lagrange's polynomial at 0; subtraction is exclusive or.
        let weight = shares
            .iter()
            .filter(|other| other.index != share.index)
            .fold(1, |weight, other| multiply(weight, multiply(other.index, inverse(other.index ^ share.index))));
        for (byte, shared) in key.iter_mut().zip(share.bytes.expose()) {
            *byte ^= multiply(*shared, weight);
        }
    }
    if shares.is_empty() { None } else { Some(Key32::new(*key)) }
}

fn multiply(left: u8, right: u8) -> u8 {
    let (mut left, mut product) = (left, 0);
    for bit in 0..8 {
        product ^= left & 0_u8.wrapping_sub((right >> bit) & 1);
        left = (left << 1) ^ (0x1b & 0_u8.wrapping_sub(left >> 7));
    }
    product
}

/// `value` to the power of 254, which is 1 / `value`.
fn inverse(value: u8) -> u8 {
    let (mut square, mut inverse) = (value, 1);
    for _ in 0..7 {
        square = multiply(square, square);
        inverse = multiply(inverse, square);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn products_are_those_of_the_advanced_encryption_standard() {
        // FIPS 197 §4.2 and §4.2.1.
        assert_eq!((multiply(0x57, 0x83), multiply(0x57, 0x13), multiply(0x57, 0x10)), (0xc1, 0xfe, 0x07));
        assert_eq!(inverse(0x53), 0xca);
        for value in 1..=255 {
            assert_eq!(multiply(value, inverse(value)), 1, "{value}");
        }
    }

    #[test]
    fn a_share_is_the_polynomials_value() {
        // f(x) = 0x57 + 0x83 x: f(1) = 0xd4, f(2) = 0x57 ^ 0x1d = 0x4a, f(3) = 0x57 ^ 0x9e = 0xc9.
        let shares = split_with(&Key32::new([0x57; 32]), &[Key32::new([0x83; 32])], 3).unwrap();
        let values: Vec<(u8, u8)> = shares.iter().map(|share| (share.index, share.bytes.expose()[31])).collect();
        assert_eq!(values, [(1, 0xd4), (2, 0x4a), (3, 0xc9)]);
    }

    #[test]
    fn two_to_sixteen_shares_and_no_threshold_below_two() {
        let key = Key32::random();
        for (threshold, shares, good) in
            [(2, 2, true), (16, 16, true), (2, 16, true), (1, 3, false), (0, 3, false), (3, 2, false), (2, 17, false), (2, 0, false)]
        {
            assert_eq!(split(&key, threshold, shares).is_some(), good, "{threshold} of {shares}");
        }
    }

    #[test]
    fn a_share_given_twice_and_none_at_all_are_refused() {
        let shares = split(&Key32::random(), 2, 3).unwrap();
        assert!(combine(&[]).is_none());
        assert!(combine(&[shares[0].clone(), shares[0].clone()]).is_none());
        assert!(combine(&[Share { index: 0, bytes: Key32::random() }, shares[0].clone()]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_threshold_of_shares_in_any_order_give_the_key(key: [u8; 32], threshold in 2..=16_u8, more in 0..=14_u8, order: u64) {
            let shares = threshold.saturating_add(more).min(MOST_SHARES);
            let mut made = split(&Key32::new(key), threshold, shares).unwrap();
            // Any permutation will do: sort by a hash of the order and the index.
            made.sort_by_key(|share| order.wrapping_mul(u64::from(share.index).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
            made.truncate(usize::from(threshold));
            let found = combine(&made).unwrap();
            prop_assert_eq!(found.expose(), &key);
        }

        /// With one share missing, every key is as likely as any other: for each there is a missing share that gives it.
        #[test]
        fn fewer_shares_are_consistent_with_any_key(key: [u8; 32], other: [u8; 32], threshold in 2..=6_u8) {
            let mut known = split(&Key32::new(key), threshold, threshold).unwrap();
            let missing = known.pop().unwrap();
            let guess = |bytes: [u8; 32]| {
                let share = Share { index: missing.index, bytes: Key32::new(bytes) };
                *combine(&[known.as_slice(), &[share]].concat()).unwrap().expose()
            };
            let weight = guess([0; 32]).iter().zip(guess([1; 32])).map(|(none, one)| none ^ one).next().unwrap();
            let mut forged = [0; 32];
            for ((byte, wanted), offset) in forged.iter_mut().zip(other).zip(guess([0; 32])) {
                *byte = multiply(wanted ^ offset, inverse(weight));
            }
            prop_assert_eq!(guess(forged), other);
            prop_assert_eq!(guess(*missing.bytes.expose()), key);
        }
    }
}
