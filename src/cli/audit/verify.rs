//! Recomputing every chain, with progress on standard error.

use std::{
    io::IsTerminal as _,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::super::{Failure, Outcome, output};
use crate::{
    model::{audit::Progress, catalogue::Language},
    service::{SignedIn, audit},
};

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);

pub async fn run(signed_in: &SignedIn, language: Language) -> Outcome {
    let say = |en, zh| if language == Language::English { en } else { zh };
    let began = Instant::now();
    let mut shown = Shown::new(language);
    let found = tokio::select! {
        found = audit::verify(signed_in, |progress| shown.progress(progress)) => found?,
        _ = tokio::signal::ctrl_c() => {
            return Err(Failure::failed(say("The verification was stopped; nothing is said about the chains.", "校验已停止，未得出结论。")));
        }
    };
    shown.finish();
    let rate = rate(found.events, began.elapsed());
    output::line(match language {
        Language::English => format!("{} events in {} chains, {rate} events/s", found.events, found.sessions),
        Language::Chinese => format!("{} 条事件，{} 条链，{rate} 条/秒", found.events, found.sessions),
    })?;
    for broken in &found.broken {
        let (place, harm) = (broken.seq, broken.harm.in_words(language));
        output::line(format!("{} {} #{place}: {harm}", say("broken: session", "已损坏：会话"), broken.session))?;
    }
    if found.broken.is_empty() {
        return output::line(say("every chain holds", "所有链完好"));
    }
    let count = found.broken.len();
    Err(Failure {
        message: match language {
            Language::English => format!("{count} breaks were found. Tell a security officer and keep the database as it is."),
            Language::Chinese => format!("发现 {count} 处损坏。请通知安全管理员，并保持数据库原状。"),
        },
        code: 5,
    })
}

fn rate(events: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    events.saturating_mul(1_000) / millis
}

/// A bar on a terminal, plain lines in a pipe.
enum Shown {
    Bar(ProgressBar),
    Lines { began: Instant, last: Instant, language: Language },
}

impl Shown {
    fn new(language: Language) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { began: Instant::now(), last: Instant::now(), language };
        }
        let template = match language {
            Language::English => "verifying {bar:30} {human_pos} of {human_len}, {rate}, {eta} left",
            Language::Chinese => "正在校验 {bar:30} {human_pos} / {human_len}，{rate}，剩余 {eta}",
        };
        // A template that does not parse would show the default bar.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // Writing to the bar's own buffer; what could not be written would be missing there.
            let _ = write!(text, "{:.0}/s", state.per_sec());
        });
        Self::Bar(ProgressBar::new(0).with_style(style.progress_chars("=> ")))
    }

    fn progress(&mut self, progress: Progress) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(progress.total.max(progress.done));
                bar.set_position(progress.done);
            }
            Self::Lines { began, last, language } => {
                if last.elapsed() < LINE_EVERY {
                    return;
                }
                *last = Instant::now();
                let rate = rate(progress.done, began.elapsed());
                match language {
                    Language::English => eprintln!("verified {} of {} events, {rate} events/s", progress.done, progress.total),
                    Language::Chinese => eprintln!("已校验 {} / {} 条事件，{rate} 条/秒", progress.done, progress.total),
                }
            }
        }
    }

    fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
