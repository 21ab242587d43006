//! A program that takes the call on its standard input.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{DEADLINE, late};

pub async fn deliver(command: &[String], json: &str) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Err("no program".into()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // One that hangs is ended with the attempt.
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let running = async {
        if let Some(mut input) = child.stdin.take() {
            // A program that does not read is judged by how it ends.
            let _ = input.write_all(format!("{json}\n").as_bytes()).await;
        }
        child.wait().await.map_err(|error| error.to_string())
    };
    let status = tokio::time::timeout(DEADLINE, running).await.map_err(|_| late())??;
    if status.success() { Ok(()) } else { Err(format!("{program}: {status}")) }
}
