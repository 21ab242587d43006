//! The guard: a process of its own that starts the server and waits for its standard input to end. That happens when the launcher dies, however
//! it dies; the guard then stops the server and removes the directory.

use std::{
    fs::File,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, setsid};
use tokio::{
    io::AsyncReadExt as _,
    signal::unix::{SignalKind, signal},
};

/// How long a fast shutdown may take before an immediate one.
const PATIENCE: Duration = Duration::from_secs(8);

/// `server-guard POSTGRES DATA ROOT UID GID KEEP`: not for people.
#[must_use]
pub fn run(arguments: &[String]) -> ExitCode {
    let [postgres, data, root, uid, gid, keep] = arguments else { return ExitCode::from(2) };
    // A session of its own: keys and hang-ups of the terminal are the launcher's affair.
    let _ = setsid();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return ExitCode::FAILURE };
    let mut command = Command::new(postgres);
    command.arg("-D").arg(data).current_dir("/").stdin(Stdio::null());
    log_to(&mut command, Path::new(root));
    if let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse())
        && rustix::process::geteuid().is_root()
    {
        command.gid(gid).uid(uid);
    }
    let Ok(mut server) = command.spawn() else { return ExitCode::FAILURE };
    runtime.block_on(until_told());
    stop(&mut server);
    if keep == "false" {
        let _ = std::fs::remove_dir_all(Path::new(root));
    }
    // Reading standard input blocks a thread that nothing else would end.
    runtime.shutdown_background();
    ExitCode::SUCCESS
}

/// The server's own messages, read back when it does not start.
fn log_to(command: &mut Command, root: &Path) {
    let log = File::create(root.join("server.log")).and_then(|file| Ok((file.try_clone()?, file)));
    match log {
        Ok((out, err)) => command.stdout(out).stderr(err),
        Err(_) => command.stdout(Stdio::null()).stderr(Stdio::null()),
    };
}

/// Ends with the launcher (standard input ends) or a signal to this process.
async fn until_told() {
    let launcher = async {
        let mut input = tokio::io::stdin();
        let mut byte = [0];
        while input.read(&mut byte).await.is_ok_and(|count| count > 0) {}
    };
    let (Ok(mut terminated), Ok(mut interrupted)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return launcher.await;
    };
    tokio::select! {
        () = launcher => {}
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
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
