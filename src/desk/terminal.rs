//! Taking the terminal and giving it back: on exit, error, panic and signal.

use std::io::{self, Write as _, stdout};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend, layout::Rect};

pub type Screen = Terminal<CrosstermBackend<io::Stdout>>;

/// Holds the terminal; dropping it gives it back.
pub struct Hold {
    pub screen: Screen,
    mouse: bool,
}

impl Hold {
    pub fn take(mouse: bool) -> io::Result<Self> {
        // The message of a panic may quote what was being worked on, and a terminal keeps what is written to it: only the place is said.
        std::panic::set_hook(Box::new(|info| {
            give_back();
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let _ =
                writeln!(io::stderr(), "sealdesk: a fault in the program at {place}. What was saved is saved; please report this place.\r");
        }));
        enter(mouse)?;
        Ok(Self { screen: Terminal::new(CrosstermBackend::new(stdout()))?, mouse })
    }

    /// Gives the terminal to the shell and stops; comes back when continued.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
        enter(self.mouse)?;
        self.redraw()
    }

    /// Forgets what is on the screen, so that the next drawing paints all of it. `Terminal::clear` would ask the terminal where its cursor is, and the
    /// answer would be taken by the event loop.
    pub fn redraw(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        self.screen.resize(Rect::new(0, 0, size.width, size.height))
    }

    pub fn write(bytes: &str) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(bytes.as_bytes())?;
        out.flush()
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        give_back();
    }
}

/// Mouse: buttons and wheel only. Reporting of motion would send bytes for every move over SSH.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if mouse {
        stdout().write_all(MOUSE_ON.as_bytes())?;
    }
    stdout().flush()
}

fn give_back() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}
