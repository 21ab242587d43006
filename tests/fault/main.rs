//! What is left when something dies, or has been tampered with: no value was read without its event, no record is half written, and what does not
//! check is named while everything else works.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

#[path = "../support/mod.rs"]
mod support;

mod absence;
mod audit_retention;
mod audit_review;
mod delivery;
mod duties;
mod feed;
mod killed_client;
mod killed_retention;
mod killed_rotation;
mod killed_server;
mod pane;
mod proof;
mod rules;
mod steps;
mod tampering;
mod watch;
mod world;
