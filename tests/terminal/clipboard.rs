//! Copying inside a real tmux: through a buffer of its own name, which goes when the desk is locked.

use std::{path::Path, process::Command};

use crate::{ENTER, locked_desk_in, open_phone, support::fixture};

fn tmux(socket: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("tmux").arg("-S").arg(socket).args(arguments).env_remove("TMUX").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_copied_inside_tmux_is_in_a_buffer_of_its_own_until_the_desk_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("tmux");
    if tmux(&socket, &["-f", "/dev/null", "new-session", "-d", "sleep 120"]).is_none() {
        println!("tmux is not installed here, so nothing is copied through it");
        return;
    }
    let server = format!("{},{},0", socket.display(), tmux(&socket, &["display-message", "-p", "#{pid}"]).unwrap());
    let database = fixture().shared();
    let mut desk = locked_desk_in(&database, "agent", &[("TMUX", &server)], &[], 120, 40);
    let passphrase = desk.passphrase.clone();
    desk.terminal.send(&passphrase);
    desk.terminal.send(ENTER);
    open_phone(&mut desk);
    desk.terminal.send("r");
    let screen = desk.terminal.wait_for("s revealed");
    desk.terminal.send("y");
    desk.terminal.wait_for("The tmux buffer goes with the value");
    let buffers = tmux(&socket, &["list-buffers", "-F", "#{buffer_name}"]).unwrap();
    assert!(buffers.starts_with("sealdesk-") && buffers.lines().count() == 1, "{buffers}");
    let copied = tmux(&socket, &["show-buffer", "-b", &buffers]).unwrap();
    assert!(copied.len() == 11 && screen.contains(&copied), "{copied}");
    desk.terminal.send("L");
    desk.terminal.wait_for("assphrase");
    let gone = || tmux(&socket, &["list-buffers"]).is_some_and(|buffers| buffers.is_empty());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while !gone() {
        assert!(std::time::Instant::now() < deadline, "the value is still in tmux");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    tmux(&socket, &["kill-server"]);
}
