//! The guard: a process of its own that starts the server and waits for its standard input to end. That happens when the launcher dies, however
//! it dies; the guard then stops the server and removes the directory.

use std::{
    io::Read as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, setsid};

/// Seconds a fast shutdown may take before an immediate one.
const PATIENCE: Duration = Duration::from_secs(8);

/// `server-guard POSTGRES DATA ROOT UID GID KEEP`: not for people.
#[must_use]
pub fn run(arguments: &[String]) -> ExitCode {
    let [postgres, data, root, uid, gid, keep] = arguments else { return ExitCode::from(2) };
    // A session of its own: keys and hang-ups of the terminal are the launcher's affair.
    let _ = setsid();
    let mut command = Command::new(postgres);
    command.arg("-D").arg(data).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse())
        && rustix::process::geteuid().is_root()
    {
        command.gid(gid).uid(uid);
    }
    let Ok(mut server) = command.spawn() else { return ExitCode::FAILURE };
    let mut byte = [0];
    while std::io::stdin().read(&mut byte).is_ok_and(|count| count > 0) {}
    stop(&mut server);
    if keep == "false" {
        let _ = std::fs::remove_dir_all(Path::new(root));
    }
    ExitCode::SUCCESS
}

fn stop(server: &mut Child) {
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(server.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}
