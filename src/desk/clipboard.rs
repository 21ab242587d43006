//! The terminal's clipboard by OSC 52: plain, through tmux's passthrough, and in GNU screen's pieces of at most 768 bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// GNU screen drops a longer device control string.
const SCREEN_PIECE: usize = 760;

/// What stands between the program and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
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

/// The bytes that put a text onto the clipboard.
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
    fn tmux_gets_its_escapes_doubled() {
        assert_eq!(sequence("a", Multiplexer::Tmux), "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\");
    }
}
