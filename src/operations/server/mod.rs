//! A private PostgreSQL: found or installed, made in a directory of its own, guarded so that it ends when the program does, however it ends.

mod certificate;
mod cluster;
mod guard;
mod programs;

use thiserror::Error;

pub use cluster::{Cluster, ClusterOptions, FOUNDED};
pub use guard::run as run_guard;
pub use programs::{Programs, find_or_install};

#[derive(Debug, Error)]
pub enum ServerError {
    #[error(
        "No PostgreSQL 15 or newer was found in PATH, through pg_config, or in the usual folders. Install the server package of your distribution, or run this again with --install."
    )]
    NotFound,
    #[error("PostgreSQL could not be installed with {manager}: {detail}")]
    Install { manager: &'static str, detail: String },
    #[error("No known package manager (apt-get, dnf, apk, pacman, brew) was found. Install PostgreSQL 15 or newer by hand.")]
    NoManager,
    #[error("{what} failed: {detail}")]
    Program { what: &'static str, detail: String },
    #[error("{path}: {detail}")]
    Directory { path: String, detail: String },
    #[error("PostgreSQL refuses to run as root, and there is no user \"postgres\" or \"nobody\" to run it as. Run this as another user.")]
    NoUser,
    #[error("{path} belongs to a server that is still running (process {pid}). End it first, or choose another --dir.")]
    Running { path: String, pid: i32 },
    #[error(
        "{path} holds something else. Choose an empty or a new directory for --dir: the demo owns its directory and removes it when it ends."
    )]
    Occupied { path: String },
    #[error("{path} is too long for a socket's directory, at most {longest} bytes. Choose a shorter --dir, or set TMPDIR.")]
    TooLong { path: String, longest: usize },
    #[error("The throw-away certificate could not be made: {0}")]
    Certificate(String),
}

impl ServerError {
    fn directory(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Self::Directory { path: path.display().to_string(), detail: error.to_string() }
    }
}
