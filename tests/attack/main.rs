//! What a person with a valid login and `psql` may try, against a real server: each test is one thing that must not work.

// A fixture that cannot be made has failed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::unwrap_in_result)]

mod absence;
mod alerts;
mod audit_retention;
mod audit_review;
mod audit_scope;
mod catalogue;
mod channels;
mod checkpoint;
mod clearance;
mod countersignature;
mod evidence;
mod four_eyes;
mod freeze;
mod incident;
mod insider;
mod kind;
mod live;
mod login;
mod open_transaction;
mod owner;
mod page;
mod pane;
mod people;
mod plans;
mod reading_again;
mod recovery;
mod reference;
mod replay;
mod requests;
mod retention;
mod reviews;
mod rights;
mod roles;
mod rotation;
mod second_factor;
mod server;
mod settings;
mod share;
mod signed_catalogue;
mod star;
mod ticket;
mod watch;
mod world;
