//! The real binary on a pseudo-terminal, its screen read through a terminal emulation.

use std::{
    io::{Read as _, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for anything on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Screen {
    parser: vt100::Parser,
    closed: bool,
    bells: usize,
}

/// One desk on one terminal.
pub struct Terminal {
    screen: Arc<(Mutex<Screen>, Condvar)>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts `sealdesk` with the given environment, configuration, home directory and arguments on a terminal of `columns` × `rows`.
    pub fn start(
        environment: &[(&str, &str)],
        config: &Path,
        dbname: &str,
        home: &Path,
        arguments: &[&str],
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::spawn(CommandBuilder::new(env!("CARGO_BIN_EXE_sealdesk")), environment, config, dbname, home, arguments, (columns, rows))
    }

    /// The same as a job of a shell, which says `back at the shell` when the job is suspended and brings it back with the next line.
    pub fn start_as_job(config: &Path, dbname: &str, home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        // Not a loop: a job that stops in one ends it.
        let script = format!(r#"set -m; "$@"; {}"#, "echo back at the shell; read line; clear; fg; ".repeat(20));
        let mut shell = CommandBuilder::new("bash");
        shell.args(["-c", &script, "shell", env!("CARGO_BIN_EXE_sealdesk")]);
        Self::spawn(shell, &[], config, dbname, home, arguments, (columns, rows))
    }

    fn spawn(
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
        config: &Path,
        dbname: &str,
        home: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
    ) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "en_US.UTF-8");
        command.env("HOME", home);
        command.env("XDG_STATE_HOME", home.join("state"));
        command.env("XDG_CONFIG_HOME", home.join("config"));
        command.env("SEALDESK_CONFIG", config);
        command.env("SEALDESK_DBNAME", dbname);
        for (name, value) in environment {
            command.env(name, value);
        }
        command.args(arguments);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let screen = Arc::new((
            Mutex::new(Screen { parser: vt100::Parser::new(cells(rows), cells(columns), 0), closed: false, bells: 0 }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut screen = shared.0.lock().unwrap();
                screen.closed = count == 0;
                screen.parser.process(&buffer[..count]);
                screen.bells += buffer[..count].split(|byte| *byte == 7).count().saturating_sub(1);
                shared.1.notify_all();
                if screen.closed {
                    return;
                }
            }
        });
        Self { screen, writer, child, master: pair.master }
    }

    pub fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub fn text(&self) -> String {
        self.screen.0.lock().unwrap().parser.screen().contents()
    }

    /// How often the terminal's bell has sounded.
    pub fn bells(&self) -> usize {
        self.screen.0.lock().unwrap().bells
    }

    pub fn alternate_screen(&self) -> bool {
        self.screen.0.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Waits until the screen satisfies the condition; fails with the screen otherwise.
    pub fn wait(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap();
        loop {
            let text = screen.parser.screen().contents();
            if condition(&text) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; the screen shows:\n{text}");
            screen = self.screen.1.wait_timeout(screen, left).unwrap().0;
        }
    }

    pub fn wait_for(&self, wanted: &str) -> String {
        self.wait(&format!("{wanted:?}"), |text| text.contains(wanted))
    }

    pub fn wait_gone(&self, unwanted: &str) -> String {
        self.wait(&format!("{unwanted:?} to go"), |text| !text.contains(unwanted))
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// SIGHUP, as when the connection is lost.
    pub fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    /// Continues the program after it has suspended itself.
    pub fn continue_stopped(&self) {
        std::thread::sleep(Duration::from_millis(500));
        self.signal(rustix::process::Signal::CONT);
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.screen.0.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Waits for the process to end and answers with its exit code.
    pub fn wait_exit(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "the program does not end; the screen shows:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
