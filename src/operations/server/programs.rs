//! Where PostgreSQL's server programs are, and how to get them where they are not.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::ServerError;

/// Oldest release that will do.
const OLDEST: u32 = 15;

/// A folder with `initdb` and `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    pub folder: PathBuf,
    pub major: u32,
}

impl Programs {
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn at(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        let major = digits.parse().ok().filter(|major| *major >= OLDEST)?;
        Some(Self { folder: folder.to_owned(), major })
    }
}

/// The newest usable installation; where there is none, and if `install` or as root, one from the system's package manager.
///
/// # Errors
/// [`ServerError::NotFound`], [`ServerError::NoManager`], [`ServerError::Install`].
pub fn find_or_install(install: bool, progress: &(dyn Fn(&str) + Sync)) -> Result<Programs, ServerError> {
    match find() {
        Err(ServerError::NotFound) if install || rustix::process::geteuid().is_root() => {
            progress("no PostgreSQL 15 or newer was found; installing it with the system's package manager");
            install_package()?;
            find()
        }
        other => other,
    }
}

fn find() -> Result<Programs, ServerError> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for (parent, tail) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/pgsql", "bin"),
        ("/usr", "bin"),
        ("/usr/libexec", ""),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/opt", "bin"),
    ] {
        folders.push(Path::new(parent).join(tail));
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if parent == "/usr/lib/postgresql" || name.starts_with("postgresql") || name.starts_with("pgsql") {
                folders.push(entry.path().join(tail));
            }
        }
    }
    folders.iter().filter_map(|folder| Programs::at(folder)).max_by_key(|programs| programs.major).ok_or(ServerError::NotFound)
}

fn install_package() -> Result<(), ServerError> {
    let managers: [(&'static str, &[&[&str]]); 5] = [
        ("apt-get", &[&["update", "-q"], &["install", "-y", "-q", "--no-install-recommends", "postgresql", "postgresql-contrib"]]),
        ("dnf", &[&["install", "-y", "postgresql-server", "postgresql-contrib"]]),
        ("apk", &[&["add", "postgresql", "postgresql-contrib"]]),
        ("pacman", &[&["-S", "--noconfirm", "postgresql"]]),
        ("brew", &[&["install", "postgresql@17"]]),
    ];
    for (manager, steps) in managers {
        if Command::new(manager).arg("--version").output().is_err() {
            continue;
        }
        for step in steps {
            let output = Command::new(manager)
                .args(*step)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .output()
                .map_err(|error| ServerError::Install { manager, detail: error.to_string() })?;
            if !output.status.success() {
                let detail = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no message").to_owned();
                return Err(ServerError::Install { manager, detail });
            }
        }
        return Ok(());
    }
    Err(ServerError::NoManager)
}
