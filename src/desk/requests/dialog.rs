//! What is asked, decided and ended in small forms.

use crate::model::{
    change::Change,
    request::{Asked, Why},
};

/// As it is handed to the service.
pub enum Act {
    /// A role, or a class that one reveals; at once by breaking the glass.
    Elevate {
        word: String,
        minutes: i32,
        why: Why,
        break_glass: bool,
    },
    Ask {
        asked: Asked,
        why: Why,
    },
    Vote {
        number: i64,
        approve: bool,
        comment: String,
    },
    /// The change of settings that was approved.
    Perform(Change),
    Withdraw(i64),
    End(i64),
    Review {
        number: i64,
        comment: String,
    },
}

/// What a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Elevate { break_glass: bool },
    Ask(Asked),
    Vote { number: i64, approve: bool },
    Withdraw(i64),
    End(i64),
    Review(i64),
}
