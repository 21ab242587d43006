//! Identifiers. A newtype each, so that a record can never be passed where a session is wanted.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// One installation of sealdesk: bound into every ciphertext, salt and chain.
    InstallationId
}
uuid_id! {
    /// A customer record; UUID version 7, made by the client.
    RecordId
}
uuid_id! {
    /// A signed-in session; names one audit chain.
    SessionId
}
uuid_id! {
    /// A person.
    PersonId
}
uuid_id! {
    /// One value shared with one person; UUID version 7, made by the client.
    ShareId
}
uuid_id! {
    /// Names one request for data; 128 random bits chosen by the client.
    Ticket
}

/// The letters before a record's number: one to three capitals, as its kind has them. None where a number was typed without.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix([u8; 3]);

impl Prefix {
    /// Of a number that was typed bare.
    pub const NONE: Self = Self([0; 3]);

    /// Letters in either case; `None` where there are none, more than three, or anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !(1..=3).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        let mut letters = [0; 3];
        letters.iter_mut().zip(bytes).for_each(|(to, from)| *to = from.to_ascii_uppercase());
        Some(Self(letters))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().filter(|letter| **letter != 0).try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({self})")
    }
}

/// A record's number as people say it, shown as `C-000042`. Numbers run through all kinds, so that the value alone names a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber {
    pub value: i64,
    pub prefix: Prefix,
}

impl RecordNumber {
    /// With the letters of its kind; a text that is no such letters leaves it bare.
    #[must_use]
    pub fn new(prefix: &str, value: i64) -> Self {
        Self { value, prefix: Prefix::parse(prefix).unwrap_or_default() }
    }

    /// `C-000042`, `c42` or `42`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (letters, rest) = text.split_at(letters);
        let prefix = if letters.is_empty() { Prefix::NONE } else { Prefix::parse(letters)? };
        let digits = if prefix == Prefix::NONE { rest } else { rest.strip_prefix('-').unwrap_or(rest) };
        if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().filter(|value| *value > 0).map(|value| Self { value, prefix })
    }

    /// The letters; `None` for a bare number.
    #[must_use]
    pub fn letters(self) -> Option<String> {
        (self.prefix != Prefix::NONE).then(|| self.prefix.to_string())
    }

    /// Whether this, as it was typed, means a record: one without letters means it whatever its kind.
    #[must_use]
    pub fn means(self, record: Self) -> bool {
        self.value == record.value && (self.prefix == Prefix::NONE || self.prefix == record.prefix)
    }

    /// A text that names a record by its id, with the number that people know it by instead.
    #[must_use]
    pub fn name_in(self, text: &str, id: RecordId) -> String {
        text.replace(&id.to_string(), &self.to_string())
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == Prefix::NONE { write!(f, "{:06}", self.value) } else { write!(f, "{}-{:06}", self.prefix, self.value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_with_the_letters_of_any_kind_and_without() {
        assert_eq!(RecordNumber::parse(" C-000042 "), Some(RecordNumber::new("C", 42)));
        assert_eq!(RecordNumber::parse("kv12"), Some(RecordNumber::new("KV", 12)));
        assert_eq!(RecordNumber::parse("42"), Some(RecordNumber { value: 42, prefix: Prefix::NONE }));
        for text in ["", "C-", "-42", "C--42", "ABCD-1", "C-0", "C-4x", "张-42", "9999999999999", "C-+4"] {
            assert_eq!(RecordNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_with_letters_means_only_records_of_their_kind() {
        let contract = RecordNumber::new("K", 42);
        assert!(RecordNumber::parse("42").unwrap().means(contract) && RecordNumber::parse("k-42").unwrap().means(contract));
        assert!(!RecordNumber::parse("C-42").unwrap().means(contract));
        assert_eq!(contract.to_string(), "K-000042");
    }
}
