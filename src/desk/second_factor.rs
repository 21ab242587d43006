//! The window that sets one's own second factor up. It has a place of its own beside the small windows: what waits behind the lock stays there while a
//! second factor is set up at the sign-in, and no answer that opens a window takes the recovery codes away.

use super::input::Input;
use crate::{crypto::secret::Secret, model::person::SecondFactor};

/// What was found when the person asked for it.
pub enum Found {
    InForce(SecondFactor),
    /// There is none: the passphrase is asked for before one is made.
    Missing,
    Begun(Offer),
}

/// A secret that waits for its first code.
pub struct Offer {
    /// In groups of four.
    pub secret: Secret<String>,
    /// The QR code, line by line; `None` where there can be none.
    pub picture: Option<Secret<String>>,
}

pub enum Window {
    Confirm(Box<Confirm>),
    /// The recovery codes, once.
    Codes(Vec<Secret<String>>),
}

pub struct Confirm {
    pub offer: Offer,
    pub input: Input,
    pub judging: bool,
    pub error: Option<String>,
}
