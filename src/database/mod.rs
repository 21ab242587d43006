//! PostgreSQL: connections, migrations, and one typed function for each SQL function of the API. Knows no key and no plaintext.

pub mod api;
pub mod connect;
pub mod connection;
pub mod error;
pub mod install;
pub mod listen;
pub mod migrate;
pub mod recovery;
pub mod url;
