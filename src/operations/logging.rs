//! The log: daily files under `$XDG_STATE_HOME/sealdesk/`, never a customer's value, a key or a passphrase.

use std::{io::Write as _, path::PathBuf};

use tracing_appender::{non_blocking::WorkerGuard, rolling};

/// Days of logs kept.
const KEPT_FILES: usize = 14;

/// Where the log goes.
#[must_use]
pub fn directory() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "sealdesk")?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}

/// Starts the log. It is an aid, not a condition: where it cannot be written, the answer says so and the program goes on.
///
/// # Errors
/// A sentence for the person.
pub fn start(level: &str) -> Result<WorkerGuard, String> {
    let directory = directory().ok_or("there is no home directory for the log; going on without it")?;
    let trouble = |error: String| format!("the log in {} cannot be written ({error}); going on without it", directory.display());
    std::fs::create_dir_all(&directory).map_err(|error| trouble(error.to_string()))?;
    let mut appender = rolling::Builder::new()
        .rotation(rolling::Rotation::DAILY)
        .filename_prefix("sealdesk")
        .filename_suffix("log")
        .max_log_files(KEPT_FILES)
        .build(&directory)
        .map_err(|error| trouble(error.to_string()))?;
    // A full disk shows itself only when something is written, and the worker that writes later has nobody to tell.
    writeln!(appender, "{} sealdesk {} starts", jiff::Timestamp::now(), env!("CARGO_PKG_VERSION"))
        .and_then(|()| appender.flush())
        .map_err(|error| trouble(error.to_string()))?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let filter = tracing_subscriber::EnvFilter::try_new(format!("warn,sealdesk={level}"))
        .map_err(|_| format!("\"{level}\" is not a log level; use error, warn, info, debug or trace"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).init();
    Ok(guard)
}
