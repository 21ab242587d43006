//! A file that each call is appended to, and that is on disk before the call counts as delivered.

use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

pub async fn deliver(path: PathBuf, json: String) -> Result<(), String> {
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
        // In one piece, so that two who append at once do not mix.
        file.write_all(format!("{json}\n").as_bytes())?;
        file.sync_data()
    });
    written.await.map_err(|error| error.to_string())?.map_err(|error| format!("{shown}: {error}"))
}
