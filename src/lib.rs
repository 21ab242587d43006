//! sealdesk: a customer desk for the terminal.
//!
//! Folders are layers; an arrow may point only to the right or down:
//!
//! ```text
//! desk, cli → service → keyring, database → crypto, model
//!             operations stands beside service; text and config are leaves
//! ```

pub mod cli;
pub mod config;
pub mod crypto;
pub mod database;
pub mod desk;
pub mod keyring;
pub mod model;
pub mod operations;
pub mod service;
pub mod text;
