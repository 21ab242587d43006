//! A private cluster for the attacks: in a directory of its own, stopped and removed when this process ends, however it ends.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Waits until its input ends, which it does with the process that holds the other end; then stops the server.
const GUARD: &str =
    r#""$1/postgres" -D "$2/data" >"$2/log" 2>&1 </dev/null & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$2""#;

pub struct Server {
    pub socket: PathBuf,
    _guard: Child,
}

impl Server {
    pub fn start() -> Self {
        let programs = sealdesk::operations::server::find_or_install(false, &|_| {}).unwrap().folder;
        let root = std::env::temp_dir().join(format!("attack-{}", crate::world::ticket()));
        let data = root.join("data");
        fs::create_dir_all(&data).unwrap();
        let owner = owner();
        for folder in [&root, &data] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
            if let Some((user, group)) = owner {
                chown(folder, Some(user), Some(group)).unwrap();
            }
        }
        let made = command(&programs.join("initdb"), owner)
            .args(["-U", "postgres", "-E", "UTF8", "--locale", "C", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        fs::write(data.join("pg_hba.conf"), "local all postgres trust\nlocal all all scram-sha-256\n").unwrap();
        // Two-phase commit is off by default; somebody may have switched it on.
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_prepared_transactions = 5\nmax_connections = 60\npassword_encryption = scram-sha-256\n",
            root.display()
        );
        fs::write(data.join("postgresql.auto.conf"), settings).unwrap();
        let guard = command(Path::new("/bin/sh"), owner)
            .args(["-c", GUARD, "guard"])
            .args([&programs, &root])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ready = || fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|lines| lines.trim_end().ends_with("ready"));
        assert!(
            (0..600).any(|_| {
                std::thread::sleep(Duration::from_millis(50));
                ready()
            }),
            "the server does not start"
        );
        Self { socket: root, _guard: guard }
    }
}

fn command(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((user, group)) = owner {
        command.gid(group).uid(user);
    }
    command
}

/// PostgreSQL does not run as root.
fn owner() -> Option<(u32, u32)> {
    let number = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().unwrap()
    };
    (number(&["-u"]) == 0).then(|| (number(&["-u", "postgres"]), number(&["-g", "postgres"])))
}
