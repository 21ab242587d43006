//! Plain data and its rules. No I/O, no cryptography, no terminal.

pub mod action;
pub mod alert;
pub mod audit;
pub mod base64;
pub mod breach;
pub mod capability;
pub mod catalogue;
pub mod change;
pub mod clearance;
pub mod finding;
pub mod fold;
pub mod freeze;
pub mod id;
pub mod incident;
pub mod kind;
pub mod person;
pub mod preset;
pub mod query;
pub mod record;
pub mod recovery;
pub mod request;
pub mod retention;
pub mod review;
pub mod rotation;
pub mod saved_filter;
pub mod share;
