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

/// A record's number as people say it, shown as `C-000042`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordNumber(pub i64);

impl RecordNumber {
    /// `C-000042`, `c-42` or `42`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("C-").or_else(|| text.strip_prefix("c-")).unwrap_or(text);
        digits.parse().ok().filter(|number| *number > 0).map(Self)
    }

    /// A text that names a record by its id, with the number that people know it by instead.
    #[must_use]
    pub fn name_in(self, text: &str, id: RecordId) -> String {
        text.replace(&id.to_string(), &self.to_string())
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C-{:06}", self.0)
    }
}
