//! What stands beside the use cases: the private PostgreSQL of the demo and the tests, sample customers, the log.

pub mod demo;
pub mod doctor;
pub mod logging;
pub mod memory;
pub mod sample;
pub mod server;
