//! Text in both directions: normalised and masked on the way in, sanitised and measured on the way out.

pub mod index_terms;
pub mod leak;
pub mod mask;
pub mod normalise;
pub mod qr;
pub mod sanitise;
pub mod typing;
pub mod validate;
pub mod when;
pub mod width;
pub mod words;
