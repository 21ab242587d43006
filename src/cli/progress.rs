//! Progress of long work on standard error.

use std::{
    io::IsTerminal as _,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::model::{audit::Progress, catalogue::Language};

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);

/// So many a second.
pub fn rate(done: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    done.saturating_mul(1_000) / millis
}

/// A bar on a terminal, plain lines in a pipe.
pub enum Shown {
    Bar(ProgressBar),
    Lines { began: Instant, last: Instant, language: Language, what: &'static str },
}

impl Shown {
    /// `what` is what happens to each, in English and Chinese: `verified`.
    pub fn new(language: Language, what: (&'static str, &'static str)) -> Self {
        let what = if language == Language::English { what.0 } else { what.1 };
        if !std::io::stderr().is_terminal() {
            return Self::Lines { began: Instant::now(), last: Instant::now(), language, what };
        }
        let template = match language {
            Language::English => "{bar:30} {human_pos} of {human_len} {msg}, {rate}, {eta} left",
            Language::Chinese => "{bar:30} {msg} {human_pos} / {human_len}，{rate}，剩余 {eta}",
        };
        // A template that does not parse would show the default bar.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // Writing to the bar's own buffer; what could not be written would be missing there.
            let _ = write!(text, "{:.0}/s", state.per_sec());
        });
        Self::Bar(ProgressBar::new(0).with_style(style.progress_chars("=> ")).with_message(what))
    }

    pub fn progress(&mut self, progress: Progress) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(progress.total.max(progress.done));
                bar.set_position(progress.done);
            }
            Self::Lines { began, last, language, what } => {
                if last.elapsed() < LINE_EVERY {
                    return;
                }
                *last = Instant::now();
                let rate = rate(progress.done, began.elapsed());
                match language {
                    Language::English => eprintln!("{} of {} {what}, {rate}/s", progress.done, progress.total),
                    Language::Chinese => eprintln!("{what} {} / {}，{rate} 条/秒", progress.done, progress.total),
                }
            }
        }
    }

    pub fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
