//! Which source wins: flags, `SEALDESK_*`, the person's file, the system's file, defaults.

use std::path::PathBuf;

use super::{Config, ConfigError, Glyphs, TlsConfig, file::ConfigFile};
use crate::model::{catalogue::Language, id::InstallationId};

/// What the command line sets.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Read instead of the person's and the system's files.
    pub file: Option<PathBuf>,
    pub user: Option<String>,
    pub log_level: Option<String>,
}

/// Resolves.
///
/// # Errors
/// [`ConfigError`] names the file and line, the variable, or what is missing.
pub fn resolve(overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut merged = ConfigFile { user: overrides.user.clone(), log_level: overrides.log_level.clone(), ..ConfigFile::default() };
    merged = merged.or(environment()?);
    for path in files(overrides) {
        if overrides.file.is_some() || path.exists() {
            merged = merged.or(ConfigFile::read(&path)?);
        }
    }
    finish(merged)
}

fn files(overrides: &Overrides) -> Vec<PathBuf> {
    if let Some(file) = &overrides.file {
        return vec![file.clone()];
    }
    let own = directories::ProjectDirs::from("", "", "sealdesk").map(|dirs| dirs.config_dir().join("config.toml"));
    own.into_iter().chain([PathBuf::from("/etc/sealdesk/config.toml")]).collect()
}

/// `SEALDESK_HOST` and the like: the key's name in capitals.
fn environment() -> Result<ConfigFile, ConfigError> {
    let mut file = ConfigFile::default();
    for key in ["host", "port", "dbname", "user", "language", "log_level"] {
        let name = format!("SEALDESK_{}", key.to_uppercase());
        let Ok(value) = std::env::var(&name) else { continue };
        match key {
            "host" => file.host = Some(value),
            "port" => {
                file.port =
                    Some(value.parse().map_err(|_| ConfigError::Environment { name, what: format!("\"{value}\" is not a port number") })?);
            }
            "dbname" => file.dbname = Some(value),
            "user" => file.user = Some(value),
            "language" => file.language = Some(value),
            _ => file.log_level = Some(value),
        }
    }
    Ok(file)
}

fn finish(file: ConfigFile) -> Result<Config, ConfigError> {
    Ok(Config {
        installation: InstallationId(file.installation.ok_or(ConfigError::Missing("installation"))?),
        name: file.name.unwrap_or_else(|| "sealdesk".into()),
        host: file.host.ok_or(ConfigError::Missing("host"))?,
        port: file.port.unwrap_or(5432),
        dbname: file.dbname.unwrap_or_else(|| "sealdesk".into()),
        user: file.user,
        tls: TlsConfig { mode: file.tls.unwrap_or_default(), ca: file.tls_ca },
        root_fingerprint: file.root_fingerprint,
        language: language(file.language.as_deref()),
        theme: file.theme.unwrap_or_default(),
        glyphs: file.glyphs.unwrap_or(Glyphs::Ascii),
        mouse: file.mouse.unwrap_or(true),
        idle_lock_minutes: file.idle_lock_minutes.unwrap_or(5).max(1),
        log_level: file.log_level.unwrap_or_else(|| "info".into()),
    })
}

/// From `LC_ALL`, else `LANG`.
#[must_use]
pub fn language_of_environment() -> Language {
    language(None)
}

/// From the configuration, else `LC_ALL`, else `LANG`.
fn language(configured: Option<&str>) -> Language {
    let spoken = configured
        .map(str::to_owned)
        .or_else(|| std::env::var("LC_ALL").ok().filter(|value| !value.is_empty()))
        .or_else(|| std::env::var("LANG").ok());
    if spoken.is_some_and(|value| value.to_lowercase().starts_with("zh")) { Language::Chinese } else { Language::English }
}
