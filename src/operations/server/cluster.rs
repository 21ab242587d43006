//! Making and starting a private cluster.

use std::{
    fs,
    io::Write as _,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rustix::process::{Pid, test_kill_process};

use super::{ServerError, certificate, programs::Programs};
use crate::{
    crypto::secret::Secret,
    database::connect::{Target, Tls},
};

/// Prefix of the directories this program makes, so that stale ones can be swept.
const PREFIX: &str = "sealdesk-";
const STARTUP: Duration = Duration::from_secs(30);
/// Of `postmaster.pid`, from zero: `LOCK_FILE_LINE_PM_STATUS` of PostgreSQL's miscadmin.h.
const STATUS_LINE: usize = 7;
/// What the founder of a cluster writes last, into its directory. A cluster without it was left half-made by a killed run and is made again.
pub const FOUNDED: &str = "demo.json";
/// `sun_path` holds 108 bytes on Linux and 104 on macOS, with `/.s.PGSQL.65535.lock` and a zero in it.
const LONGEST_ROOT: usize = 80;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct ClusterOptions {
    /// A new or empty directory, or one kept before; a random one when absent.
    pub directory: Option<PathBuf>,
    /// Whether the directory outlives the cluster. One that was kept before always does.
    pub keep: bool,
    /// Also listen on 127.0.0.1 with TLS.
    pub tcp: bool,
    /// Log in JSON, into [`Cluster::json_log`].
    pub json_log: bool,
}

/// In the data directory.
const JSON_LOG: &str = "log";

/// A running private cluster. Dropping it stops the server.
pub struct Cluster {
    pub root: PathBuf,
    pub socket: PathBuf,
    pub port: u16,
    pub tcp: bool,
    /// Whether the directory held a cluster before.
    pub reused: bool,
    password: Secret<String>,
    guard: Child,
    guard_input: Option<ChildStdin>,
}

struct RunAs {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes (or finds again) and starts a cluster.
    ///
    /// # Errors
    /// [`ServerError`] says what failed and what to do.
    pub fn start(programs: &Programs, options: &ClusterOptions) -> Result<Self, ServerError> {
        sweep();
        let run_as = run_as()?;
        let root = match &options.directory {
            Some(directory) => directory.clone(),
            None => {
                std::env::temp_dir().join(format!("{PREFIX}{}-{}", std::process::id(), URL_SAFE_NO_PAD.encode(rand::random::<[u8; 6]>())))
            }
        };
        refuse_occupied(&root)?;
        make_directory(&root, run_as.as_ref())?;
        let root = root.canonicalize().map_err(|error| ServerError::directory(&root, error))?;
        if root.as_os_str().len() > LONGEST_ROOT {
            return Err(ServerError::TooLong { path: root.display().to_string(), longest: LONGEST_ROOT });
        }
        let data = root.join("data");
        refuse_running(&root, &data)?;
        let reused = root.join(FOUNDED).is_file() && data.join("PG_VERSION").is_file();
        if !reused && data.exists() {
            fs::remove_dir_all(&data).map_err(|error| ServerError::directory(&data, error))?;
        }
        let password_file = root.join("superuser");
        let password = if reused {
            Secret::new(fs::read_to_string(&password_file).map_err(|error| ServerError::directory(&password_file, error))?)
        } else {
            let password = Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()));
            write_private(&password_file, password.expose(), run_as.as_ref())?;
            initialise(programs, &data, &password_file, run_as.as_ref())?;
            password
        };
        let port = if options.tcp { free_port()? } else { 5432 };
        configure(&root, &data, port, options, run_as.as_ref())?;
        let mut guard = spawn_guard(programs, &data, &root, run_as.as_ref(), options.keep || reused)?;
        let guard_input = guard.stdin.take();
        let cluster = Self { socket: root.clone(), root, port, tcp: options.tcp, reused, password, guard, guard_input };
        cluster.wait_ready(&data)?;
        Ok(cluster)
    }

    /// The superuser's connection, through the private socket.
    #[must_use]
    pub fn superuser(&self, dbname: &str) -> Target {
        Target {
            host: self.socket.display().to_string(),
            port: self.port,
            dbname: dbname.to_owned(),
            user: "postgres".into(),
            password: self.password.clone(),
            tls: Tls::Off,
        }
    }

    /// The same as a URL, for scripts and tests.
    #[must_use]
    pub fn superuser_url(&self, dbname: &str) -> String {
        let socket = self.socket.display().to_string().replace('/', "%2F");
        format!("postgresql://postgres:{}@{socket}:{}/{dbname}", self.password.expose(), self.port)
    }

    /// The throw-away authority's certificate.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.root.join("ca.pem")
    }

    /// The folder of the server's log, where it logs in JSON.
    #[must_use]
    pub fn json_log(&self) -> PathBuf {
        self.root.join("data").join(JSON_LOG)
    }

    /// Waits for the status line that the server keeps in its lock file, as `pg_ctl --wait` does.
    fn wait_ready(&self, data: &Path) -> Result<(), ServerError> {
        let deadline = Instant::now() + STARTUP;
        loop {
            let lock_file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if lock_file.lines().nth(STATUS_LINE).is_some_and(|status| status.trim() == "ready") {
                return Ok(());
            }
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.root.join("server.log")).unwrap_or_default();
                let detail = log.lines().rev().take(3).collect::<Vec<_>>().join(" / ");
                return Err(ServerError::Program { what: "starting the server", detail });
            }
            std::thread::park_timeout(Duration::from_millis(30));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard_input.take());
        let _ = self.guard.wait();
    }
}

/// PostgreSQL refuses root: the package's own user, else nobody.
fn run_as() -> Result<Option<RunAs>, ServerError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = |name: &str| {
        passwd.lines().find_map(|line| {
            let parts: Vec<&str> = line.split(':').collect();
            (parts.len() > 3 && parts[0] == name)
                .then(|| Some(RunAs { uid: parts[2].parse().ok()?, gid: parts[3].parse().ok()? }))
                .flatten()
        })
    };
    user("postgres").or_else(|| user("nobody")).map(Some).ok_or(ServerError::NoUser)
}

/// The directory is made private, handed to the server's user and removed at the end: never one that held something else.
fn refuse_occupied(root: &Path) -> Result<(), ServerError> {
    let Ok(mut entries) = fs::read_dir(root) else { return Ok(()) };
    if entries.next().is_none() || root.join("superuser").is_file() {
        return Ok(());
    }
    Err(ServerError::Occupied { path: root.display().to_string() })
}

fn make_directory(root: &Path, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    let failed = |error: std::io::Error| ServerError::directory(root, error);
    fs::create_dir_all(root).map_err(failed)?;
    fs::set_permissions(root, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    own(root, run_as)
}

fn own(path: &Path, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    match run_as {
        Some(run_as) => {
            std::os::unix::fs::chown(path, Some(run_as.uid), Some(run_as.gid)).map_err(|error| ServerError::directory(path, error))
        }
        None => Ok(()),
    }
}

fn write_private(path: &Path, text: &str, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    let failed = |error: std::io::Error| ServerError::directory(path, error);
    let mut file = fs::File::create(path).map_err(failed)?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    own(path, run_as)
}

fn refuse_running(root: &Path, data: &Path) -> Result<(), ServerError> {
    let Some(pid) = fs::read_to_string(data.join("postmaster.pid")).ok().and_then(|text| text.lines().next()?.trim().parse::<i32>().ok())
    else {
        return Ok(());
    };
    if alive(pid) {
        return Err(ServerError::Running { path: root.display().to_string(), pid });
    }
    // Left behind by a killed run; the server itself would refuse it only while the process lives.
    let _ = fs::remove_file(data.join("postmaster.pid"));
    Ok(())
}

fn initialise(programs: &Programs, data: &Path, password_file: &Path, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    let mut command = Command::new(programs.path("initdb"));
    command
        .arg("-D")
        .arg(data)
        .args(["-U", "postgres", "-E", "UTF8", "--locale", "C", "--auth", "scram-sha-256", "--no-instructions", "--no-sync"])
        .arg(format!("--pwfile={}", password_file.display()))
        .current_dir("/");
    drop_root(&mut command, run_as);
    let output = command.output().map_err(|error| ServerError::Program { what: "initdb", detail: error.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    let detail = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no message").to_owned();
    Err(ServerError::Program { what: "initdb", detail })
}

fn drop_root(command: &mut Command, run_as: Option<&RunAs>) {
    if let Some(run_as) = run_as {
        command.gid(run_as.gid).uid(run_as.uid);
    }
}

fn configure(root: &Path, data: &Path, port: u16, options: &ClusterOptions, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    let tcp = options.tcp;
    let log = if options.json_log {
        format!(
            "logging_collector = on\nlog_destination = 'jsonlog'\nlog_directory = '{JSON_LOG}'\nlog_filename = 'server-%Y%m%d-%H%M%S'\n"
        )
    } else {
        "logging_collector = off\nlog_destination = stderr\n".to_owned()
    };
    let mut settings = format!(
        "listen_addresses = '{}'\nport = {port}\nunix_socket_directories = '{}'\nunix_socket_permissions = 0700\nmax_connections = 300\n\
         shared_buffers = 256MB\nmaintenance_work_mem = 256MB\nmax_wal_size = 4GB\npassword_encryption = scram-sha-256\n\
         {log}autovacuum_naptime = 20s\nwal_level = replica\nmax_locks_per_transaction = 128\n",
        if tcp { "127.0.0.1" } else { "" },
        root.display()
    );
    let mut rules = "local all all scram-sha-256\n".to_owned();
    if tcp {
        let made = certificate::make()?;
        write_private(&data.join("server.crt"), &made.server, run_as)?;
        write_private(&data.join("server.key"), &made.server_key, run_as)?;
        write_private(&root.join("ca.pem"), &made.authority, run_as)?;
        settings.push_str("ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\nssl_min_protocol_version = 'TLSv1.3'\n");
        rules.push_str("hostssl all all 127.0.0.1/32 scram-sha-256\n");
    } else {
        settings.push_str("ssl = off\n");
    }
    write_private(&data.join("postgresql.auto.conf"), &settings, run_as)?;
    write_private(&data.join("pg_hba.conf"), &rules, run_as)
}

fn spawn_guard(programs: &Programs, data: &Path, root: &Path, run_as: Option<&RunAs>, keep: bool) -> Result<Child, ServerError> {
    let failed = |error: std::io::Error| ServerError::Program { what: "starting the guard", detail: error.to_string() };
    let own_program = std::env::current_exe().map_err(failed)?;
    let (uid, gid) = run_as.map_or((0, 0), |run_as| (run_as.uid, run_as.gid));
    Command::new(own_program)
        .arg("server-guard")
        .arg(programs.path("postgres"))
        .arg(data)
        .arg(root)
        .args([uid.to_string(), gid.to_string(), keep.to_string()])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(failed)
}

fn free_port() -> Result<u16, ServerError> {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| ServerError::Program { what: "finding a free port", detail: error.to_string() })
}

fn alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Removes directories of runs whose process and server are gone.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<i32>().ok()) else { continue };
        let server = fs::read_to_string(entry.path().join("data/postmaster.pid"))
            .ok()
            .and_then(|text| text.lines().next()?.trim().parse::<i32>().ok());
        if !alive(owner) && !server.is_some_and(alive) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
