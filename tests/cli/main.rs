//! The command line keeps its promises: exit codes, what it prints, and that the private server ends however its launcher does.

// A test that cannot be set up has failed.
#![allow(clippy::expect_used)]

#[path = "../support/mod.rs"]
mod support;

mod alert;
mod audit;
mod audit_review;
mod audit_scope;
mod catalogue;
mod clearance;
mod doctor;
mod field;
mod freeze;
mod incident;
mod install;
mod kind;
mod lookup;
mod offline;
mod people;
mod readme;
mod recovery;
mod reference;
mod replay;
mod request;
mod retention;
mod review;
mod rotation;
mod second_factor;
mod server;
mod share;
mod upgrade;
