//! Which source wins: flags, `SEALDESK_*`, the person's file, the system's file, defaults.

use std::path::PathBuf;

use super::{
    Config, ConfigError, Glyphs, TlsConfig,
    file::{ConfigFile, KEYS},
};
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
    merged = merged.or(environment(|name| std::env::var(name).ok())?);
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

/// `SEALDESK_HOST` and the like: the key's name in capitals. A value means what it would mean in the file, with or without quotes.
fn environment(variable: impl Fn(&str) -> Option<String>) -> Result<ConfigFile, ConfigError> {
    let mut merged = ConfigFile::default();
    for key in KEYS {
        let name = format!("SEALDESK_{}", key.to_uppercase());
        let Some(value) = variable(&name) else { continue };
        let quoted = ConfigFile::parse(&format!("{key} = {}", toml::Value::String(value.clone())), &name);
        let file = match quoted {
            Ok(file) => file,
            Err(_) if value.contains(['\n', '\r']) => {
                return Err(ConfigError::Environment { name, what: "it has more than one line".into() });
            }
            Err(_) => ConfigFile::parse(&format!("{key} = {value}"), &name).map_err(|_| ConfigError::Environment {
                what: format!("\"{value}\" is not a value of {key}; see config.example.toml"),
                name,
            })?,
        };
        merged = merged.or(file);
    }
    Ok(merged)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<ConfigFile, ConfigError> {
        environment(move |asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn every_kind_of_key_can_come_from_the_environment() {
        assert_eq!(with("SEALDESK_PORT", "6000").unwrap().port, Some(6000));
        assert_eq!(with("SEALDESK_MOUSE", "false").unwrap().mouse, Some(false));
        assert_eq!(with("SEALDESK_NAME", "2026").unwrap().name.as_deref(), Some("2026"));
        assert_eq!(with("SEALDESK_THEME", "mono").unwrap().theme, Some(crate::config::ThemeName::Mono));
    }

    #[test]
    fn an_unusable_variable_is_named() {
        let error = with("SEALDESK_PORT", "many").unwrap_err().to_string();
        assert!(error.contains("SEALDESK_PORT") && error.contains("many"), "{error}");
    }

    #[test]
    fn a_variable_sets_its_own_key_and_no_other() {
        assert!(with("SEALDESK_PORT", "1\ntls = \"off\"").is_err());
    }
}
