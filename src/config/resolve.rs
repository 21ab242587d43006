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
        glyphs: file.glyphs.unwrap_or_else(glyphs_of_environment),
        mouse: file.mouse.unwrap_or(true),
        bell: file.bell.unwrap_or(true),
        idle_lock_minutes: file.idle_lock_minutes.unwrap_or(5).max(1),
        log_level: file.log_level.unwrap_or_else(|| "info".into()),
        watch: file.watch.unwrap_or_default(),
    })
}

/// From locale and terminal.
#[must_use]
pub fn glyphs_of_environment() -> Glyphs {
    guess_glyphs(|name| std::env::var(name).ok())
}

/// Lines and marks of Unicode only where they are surely one cell wide: a UTF-8 locale that is not East Asian, on a terminal that says it is one of
/// those which draw ambiguous characters narrow. Everything else gets ASCII, which is right everywhere.
fn guess_glyphs(variable: impl Fn(&str) -> Option<String>) -> Glyphs {
    const NARROW: [&str; 10] = ["foot", "alacritty", "kitty", "wezterm", "ghostty", "gnome", "vte", "konsole", "iterm.app", "vscode"];
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(|value| value.to_lowercase());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let east_asian = ["zh", "ja", "ko"].iter().any(|language| locale.starts_with(language));
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let terminal = ["TERM_PROGRAM", "TERM"].into_iter().filter_map(set).collect::<Vec<_>>().join(" ");
    let narrow = variable("VTE_VERSION").is_some() || NARROW.iter().any(|name| terminal.contains(name));
    if utf8 && !east_asian && narrow { Glyphs::Unicode } else { Glyphs::Ascii }
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
    fn glyphs_are_guessed_from_locale_and_terminal_and_ascii_where_in_doubt() {
        let guess =
            |pairs: &[(&str, &str)]| guess_glyphs(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
        assert_eq!(guess(&[("LANG", "en_US.UTF-8"), ("TERM", "xterm-kitty")]), Glyphs::Unicode);
        assert_eq!(guess(&[("LANG", "de_DE.utf8"), ("TERM", "xterm-256color"), ("VTE_VERSION", "7200")]), Glyphs::Unicode);
        assert_eq!(guess(&[("LANG", "zh_CN.UTF-8"), ("TERM", "xterm-kitty")]), Glyphs::Ascii, "wide where ambiguous");
        assert_eq!(guess(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8"), ("TERM", "alacritty")]), Glyphs::Ascii);
        assert_eq!(guess(&[("LANG", "en_US.UTF-8"), ("TERM", "xterm-256color")]), Glyphs::Ascii, "any terminal says that of itself");
        assert_eq!(guess(&[]), Glyphs::Ascii);
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
