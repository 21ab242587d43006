//! Where the installation is and how the desk looks: flags, then `SEALDESK_*`, then the person's file, then the system's.

mod file;
mod resolve;

use std::path::PathBuf;

use thiserror::Error;

pub use resolve::{Overrides, glyphs_of_environment, language_of_environment, resolve};

use crate::model::{catalogue::Language, id::InstallationId};

/// How TLS is used over TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    pub mode: TlsMode,
    /// PEM file of authorities; the system's when absent.
    pub ca: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Certificate and host name verified.
    #[default]
    VerifyFull,
    /// No protection; shown in red.
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    HighContrast,
    Mono,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    /// Marks that every terminal draws one cell wide.
    #[default]
    Ascii,
    /// Line drawing and richer marks.
    Unicode,
}

/// A resolved configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub installation: InstallationId,
    pub name: String,
    pub host: String,
    pub port: u16,
    pub dbname: String,
    pub user: Option<String>,
    pub tls: TlsConfig,
    pub root_fingerprint: Option<String>,
    pub language: Language,
    pub theme: ThemeName,
    pub glyphs: Glyphs,
    pub mouse: bool,
    /// Whether a desk sounds the terminal's bell for an alert.
    pub bell: bool,
    /// Minutes without a key until the desk locks.
    pub idle_lock_minutes: u32,
    pub log_level: String,
    pub watch: Watch,
}

/// What is done about the audit besides keeping it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// Where checkpoints are written down: `file:/path`, `syslog`, `journald`, `exec:/path/to/program arguments`.
    pub anchors: Vec<String>,
    /// The server's log in JSON (`log_destination = 'jsonlog'`), a file or the folder of its files: what failed to sign in is read from it.
    pub server_log: Option<PathBuf>,
}

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{path}, line {line}: {what}")]
    File { path: String, line: usize, what: String },
    #[error("{path} cannot be read: {what}")]
    Unreadable { path: String, what: String },
    #[error(
        "no configuration: {0} is not set. Copy config.example.toml to /etc/sealdesk/config.toml and fill it in, or try `sealdesk demo`."
    )]
    Missing(&'static str),
    #[error("the environment variable {name} is not usable: {what}")]
    Environment { name: String, what: String },
}
