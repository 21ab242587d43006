//! The full-screen desk: an event changes the state, the state asks for effects and is painted; effects answer with events.
//!
//! `update` and `view` are pure. `effect`, with `set_up` in its hands, is the only part that calls the service, `run` the only one that
//! touches the terminal.

mod acts;
pub mod alerts;
pub mod audit;
pub mod audit_reviews;
mod clipboard;
mod effect;
pub mod event;
pub mod form;
mod hints;
pub mod incidents;
pub mod input;
pub mod keymap;
pub mod people;
pub mod popup;
mod recording;
mod refusal;
pub mod replay;
pub mod requests;
pub mod reviews;
mod run;
pub mod second_factor;
mod set_up;
pub mod settings;
pub mod share;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;

use crate::{config::Config, crypto::secret::Secret, model::catalogue::Label};

pub use run::run;

/// How the desk is opened.
pub struct Options {
    pub config: Config,
    pub user: Option<String>,
    /// Known in the demo only.
    pub passphrase: Option<Secret<String>>,
    /// Of a second factor, there too.
    pub code: Option<Secret<String>>,
    /// (user, passphrase, role), shown in the demo's help.
    pub help_people: Vec<(String, String, String)>,
    /// What to do in the demo, shown there too.
    pub help_steps: Vec<Label>,
}
