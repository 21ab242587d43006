//! The terminal's clipboard: through a tmux buffer of its own name, which is deleted again; else by OSC 52, plain, through tmux's passthrough, or
//! in GNU screen's pieces of at most 768 bytes. What OSC 52 has set cannot be taken back: an empty one would destroy what was copied since.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

/// GNU screen drops a longer device control string.
const SCREEN_PIECE: usize = 760;
/// How long tmux may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What stands between the program and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
    #[must_use]
    pub fn from_environment() -> Self {
        if std::env::var_os("TMUX").is_some() {
            Self::Tmux
        } else if std::env::var_os("STY").is_some() {
            Self::Screen
        } else {
            Self::None
        }
    }
}

/// Where copied texts go, and the tmux buffer that holds one now.
pub struct Clipboard {
    through: Multiplexer,
    /// Whether tmux takes named buffers and hands them on to the terminal (3.2 and later).
    named: bool,
    buffer: Option<(String, Option<Instant>)>,
}

impl Clipboard {
    /// Asks tmux, where there is one, what it can do.
    pub async fn from_environment() -> Self {
        let through = Multiplexer::from_environment();
        let version = if through == Multiplexer::Tmux { tmux(&["-V"], None).await } else { None };
        Self { through, named: version.is_some_and(|version| hands_on(&version)), buffer: None }
    }

    /// Whether what is put here can be taken back, from tmux at least.
    #[must_use]
    pub fn clears(&self) -> bool {
        self.named
    }

    /// Puts a text onto the clipboard; answers with what must be written to the terminal for it, if anything.
    pub async fn put(&mut self, text: &str, until: Option<Instant>) -> Option<String> {
        self.clear().await;
        if self.named {
            let name = format!("sealdesk-{:016x}", rand::random::<u64>());
            if tmux(&["load-buffer", "-w", "-b", &name, "-"], Some(text)).await.is_some() {
                self.buffer = Some((name, until));
                return None;
            }
        }
        Some(sequence(text, self.through))
    }

    /// When the buffer is to be deleted.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.buffer.as_ref().and_then(|(_, until)| *until)
    }

    /// Deletes the buffer if its time has come.
    pub async fn expire(&mut self) {
        if self.deadline().is_some_and(|until| until <= Instant::now()) {
            self.clear().await;
        }
    }

    /// Deletes the buffer that holds a copied value. One without a time holds no value and stays.
    pub async fn clear(&mut self) {
        if let Some((name, _)) = self.buffer.take_if(|(_, until)| until.is_some()) {
            tmux(&["delete-buffer", "-b", &name], None).await;
        }
    }
}

/// Whether a version as `tmux -V` tells it can hand a named buffer on to the terminal: 3.2 and later.
fn hands_on(version: &str) -> bool {
    let digits = |c: char| !c.is_ascii_digit();
    let mut numbers = version.split(digits).filter(|part| !part.is_empty()).filter_map(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(3), Some(2))
}

/// Runs tmux; answers with what it printed, or `None` where it is missing, fails or hangs. A text goes in by standard input, never as an argument.
async fn tmux(arguments: &[&str], text: Option<&str>) -> Option<String> {
    let run = async {
        let mut command = Command::new("tmux");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().ok()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.unwrap_or_default().as_bytes()).await.ok()?;
        }
        let output = child.wait_with_output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    timeout(PATIENCE, run).await.ok().flatten()
}

/// The bytes that put a text onto the clipboard.
#[must_use]
pub fn sequence(text: &str, through: Multiplexer) -> String {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    match through {
        Multiplexer::None => plain,
        Multiplexer::Tmux => format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
        Multiplexer::Screen => {
            // Everything is ASCII, so any byte is a character boundary.
            let bytes: Vec<char> = plain.chars().collect();
            bytes.chunks(SCREEN_PIECE).flat_map(|piece| ["\x1bP".to_owned(), piece.iter().collect(), "\x1b\\".to_owned()]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_reaches_gnu_screen_in_pieces_it_accepts() {
        let sent = sequence(&"x".repeat(4_000), Multiplexer::Screen);
        assert!(sent.split("\x1b\\").all(|piece| piece.len() <= 768));
    }

    #[test]
    fn a_tmux_that_hands_named_buffers_on_is_told_from_an_older_one() {
        assert!(hands_on("tmux 3.3a") && hands_on("tmux 3.2") && hands_on("tmux next-3.6") && hands_on("tmux 4.0"));
        assert!(!hands_on("tmux 3.1c") && !hands_on("tmux 2.9") && !hands_on("tmux master"));
    }

    #[test]
    fn tmux_gets_its_escapes_doubled() {
        assert_eq!(sequence("a", Multiplexer::Tmux), "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\");
    }
}
