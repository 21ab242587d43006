//! The TOML file. An unknown key or a wrong type is an error that names the line and the nearest key.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, Glyphs, ThemeName, TlsMode, Watch};

/// Every key, as `config.example.toml` documents them.
pub const KEYS: [&str; 17] = [
    "installation",
    "name",
    "host",
    "port",
    "dbname",
    "user",
    "tls",
    "tls_ca",
    "root_fingerprint",
    "language",
    "theme",
    "glyphs",
    "mouse",
    "bell",
    "idle_lock_minutes",
    "log_level",
    "watch",
];

/// What a file may set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    pub installation: Option<uuid::Uuid>,
    pub name: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub dbname: Option<String>,
    pub user: Option<String>,
    pub tls: Option<TlsMode>,
    pub tls_ca: Option<PathBuf>,
    pub root_fingerprint: Option<String>,
    pub language: Option<String>,
    pub theme: Option<ThemeName>,
    pub glyphs: Option<Glyphs>,
    pub mouse: Option<bool>,
    pub bell: Option<bool>,
    pub idle_lock_minutes: Option<u32>,
    pub log_level: Option<String>,
    pub watch: Option<Watch>,
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], or [`ConfigError::File`] naming the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.display().to_string(), what: error.to_string() })?;
        Self::parse(&text, &path.display().to_string())
    }

    pub fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let mut what = error.message().lines().next().unwrap_or_default().to_owned();
            if let Some(key) = what.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
                let nearest = KEYS.iter().min_by_key(|known| strsim::damerau_levenshtein(known, key)).unwrap_or(&"name");
                what = format!("there is no key \"{key}\". Did you mean \"{nearest}\"?");
            }
            ConfigError::File { path: path.to_owned(), line, what }
        })
    }

    /// Keys set here win over `other`'s.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            installation: self.installation.or(other.installation),
            name: self.name.or(other.name),
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            dbname: self.dbname.or(other.dbname),
            user: self.user.or(other.user),
            tls: self.tls.or(other.tls),
            tls_ca: self.tls_ca.or(other.tls_ca),
            root_fingerprint: self.root_fingerprint.or(other.root_fingerprint),
            language: self.language.or(other.language),
            theme: self.theme.or(other.theme),
            glyphs: self.glyphs.or(other.glyphs),
            mouse: self.mouse.or(other.mouse),
            bell: self.bell.or(other.bell),
            idle_lock_minutes: self.idle_lock_minutes.or(other.idle_lock_minutes),
            log_level: self.log_level.or(other.log_level),
            watch: self.watch.or(other.watch),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
        let error = ConfigFile::parse("name = \"acme\"\nlanguag = \"en\"\n", "config.toml").unwrap_err();
        assert_eq!(error.to_string(), "config.toml, line 2: there is no key \"languag\". Did you mean \"language\"?");
    }

    #[test]
    fn a_wrong_type_is_named_with_its_line() {
        let error = ConfigFile::parse("\nport = \"many\"\n", "config.toml").unwrap_err().to_string();
        assert!(error.starts_with("config.toml, line 2: "), "{error}");
    }

    #[test]
    fn the_example_parses_and_names_every_key() {
        let example = include_str!("../../config.example.toml");
        ConfigFile::parse(example, "config.example.toml").unwrap();
        for key in KEYS {
            let named = example.contains(&format!("{key} = ")) || example.contains(&format!("[{key}]"));
            assert!(named, "{key} is not in config.example.toml");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = ConfigFile::parse(&text, "config.toml");
        }
    }
}
