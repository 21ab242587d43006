//! The use cases, one file each: the only place where a keyring meets a database.
//!
//! The desk and the command line call nothing below this layer, so that both pass through the same policy, the same two-step reads and the same
//! audit. Nothing here decides what a person may do: the database's functions and the keys do.

pub mod alert;
pub mod audit;
mod batches;
pub mod catalogue;
pub mod clearance;
mod derive;
pub mod edit;
pub mod error;
pub mod freeze;
pub mod history;
pub mod incident;
pub mod install;
pub mod kind;
pub mod live;
pub mod note;
pub mod owner;
pub mod passphrase;
pub mod people;
pub mod policy;
pub mod recovery;
pub mod request;
pub mod retention;
pub mod reveal;
pub mod review;
pub mod rewrite;
pub mod role;
pub mod root;
pub mod rotation;
pub mod rule;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod settings;
pub mod share;
pub mod staff;
pub mod star;
pub mod syslog;
pub mod unlock;
pub mod view;
pub mod watch;

pub use error::{Error, Result};
pub use live::{Hint, heartbeat, listen, peek};
pub use session::{Origin, Quota, SignedIn, Transport};
