//! The trail on standard output: lines for people, JSON for a SIEM.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use futures::StreamExt as _;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use super::super::{Failure, Outcome, output};
use crate::{
    model::{
        action,
        audit::{Event, EventKey, Filter, Position, Rounds, outcome_in_words},
        catalogue::Language,
        fold::{self, search_box},
        id::{RecordNumber, SessionId},
    },
    service::{self, SignedIn, audit},
    text::{sanitise::for_terminal, when, width},
};

/// How long a view of the audit is used before it is opened anew; the database closes it after 15 minutes.
const VIEW_LIFE: Duration = Duration::from_mins(10);
/// How long a search box must be quiet before it becomes a line, and the longest it waits.
const QUIET: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit tail --record C-204817\n  sealdesk audit tail --outcome refused --from -2h\n  sealdesk audit tail --follow --json --cursor /var/lib/siem/sealdesk.cursor"
)]
pub struct Tail {
    /// Go on printing as events are committed
    #[arg(long)]
    follow: bool,
    /// One JSON object a line, nothing folded
    #[arg(long)]
    json: bool,
    /// Begin where this file says the last run ended, and write there where this one ends. After a kill the last lines may come again: `event.id` is the same
    #[arg(long, value_name = "FILE")]
    cursor: Option<PathBuf>,
    #[command(flatten)]
    wanted: Wanted,
}

/// Which events.
#[derive(Debug, Args)]
pub struct Wanted {
    #[arg(long, value_name = "USER")]
    actor: Option<String>,
    /// One action, or several with commas between
    #[arg(long)]
    action: Option<String>,
    /// A record's number: C-204817
    #[arg(long, value_name = "NUMBER")]
    record: Option<String>,
    #[arg(long)]
    class: Option<String>,
    /// ok, refused, or a code such as SD003
    #[arg(long)]
    outcome: Option<String>,
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Part of anything the event says
    #[arg(long)]
    text: Option<String>,
    /// 14:00, "2026-11-24 09:00", -2h, today
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

/// Where a feed goes on: what is at or above the horizon and not in `seen` has not been printed.
#[derive(Serialize, Deserialize)]
struct Cursor {
    horizon: u64,
    seen: Vec<EventKey>,
}

impl Wanted {
    /// What was asked for, as a filter.
    pub fn filter(&self, language: Language) -> Result<Filter, Failure> {
        let now = Zoned::now();
        let wrong = |name: &str, text: &str, hint: &str| {
            Failure::usage(match language {
                Language::English => format!("--{name} \"{text}\" is not understood; it looks like {hint}"),
                Language::Chinese => format!("无法理解 --{name} “{text}”，应如 {hint}"),
            })
        };
        let moment = |name, typed: &Option<String>| match typed {
            None => Ok(None),
            Some(text) => when::parse(text, &now).map(Some).ok_or_else(|| wrong(name, text, "14:00, 2026-11-24 09:00, -2h, today")),
        };
        let number = match &self.record {
            None => None,
            Some(text) => Some(RecordNumber::parse(text).ok_or_else(|| wrong("record", text, "C-204817"))?),
        };
        Ok(Filter {
            actor: self.actor.clone(),
            action: self.action.clone(),
            record: None,
            number,
            class: self.class.clone(),
            outcome: self.outcome.clone(),
            reason: self.reason.clone(),
            text: self.text.clone(),
            from: moment("from", &self.from)?,
            until: moment("until", &self.until)?,
        })
    }
}

impl Tail {
    /// What was asked for, as a filter.
    pub fn filter(&self, language: Language) -> Result<Filter, Failure> {
        self.wanted.filter(language)
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let filter = self.filter(language)?;
        // Listening begins before reading, so that nothing falls between.
        let mut notices = if self.follow { Some(service::listen(signed_in).await?) } else { None };
        let (mut ticket, page) = audit::open(signed_in, &filter, None).await?;
        let mut opened = Instant::now();
        let mut printer = Printer { json: self.json, language, waiting: Vec::new() };
        let (mut position, mut rounds) = if let Some(cursor) = self.cursor.as_deref().map(load).transpose()?.flatten() {
            (Position { horizon: cursor.horizon, within: None }, Rounds::after(cursor.seen))
        } else {
            let position = Position { horizon: page.horizon, within: None };
            let rounds = Rounds::after(page.events.iter().map(Event::key));
            printer.history(&page.events)?;
            self.save(&position, &rounds)?;
            (position, rounds)
        };
        if self.cursor.is_none() && !self.follow {
            return Ok(());
        }
        loop {
            let mut more = true;
            let mut printed = false;
            while more {
                let (page, next) = audit::follow(signed_in, &ticket, position).await?;
                (more, position) = (page.has_more, next);
                let mut fresh = rounds.fresh(page.events, !more);
                fresh.sort_by_key(Event::place);
                printed |= !fresh.is_empty();
                printer.live(fresh)?;
            }
            if printed {
                self.save(&position, &rounds)?;
            }
            let Some(notices) = notices.as_mut() else { break };
            // A notice is a hint; a slow timer covers one that was coalesced away.
            tokio::select! {
                notice = notices.next() => if notice.is_none() {
                    printer.flush(None)?;
                    let message = if language == Language::English { "the connection was lost" } else { "连接已断开" };
                    return Err(Failure { message: message.into(), code: 4 });
                },
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                _ = interrupted.recv() => break,
                _ = terminated.recv() => break,
            }
            printer.flush(Some(Instant::now()))?;
            if opened.elapsed() > VIEW_LIFE {
                (ticket, _) = audit::open(signed_in, &filter, None).await?;
                opened = Instant::now();
            }
        }
        printer.flush(None)
    }

    fn save(&self, position: &Position, rounds: &Rounds) -> Outcome {
        let Some(path) = &self.cursor else { return Ok(()) };
        let mut seen: Vec<EventKey> = rounds.known().iter().copied().collect();
        seen.sort_unstable();
        let text = serde_json::to_string(&Cursor { horizon: position.horizon, seen }).map_err(std::io::Error::from)?;
        // Beside and then over it, so that it is whole whenever this ends.
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(std::fs::rename(&beside, path)?)
    }
}

/// The cursor of the last run, if there was one.
fn load(path: &Path) -> Result<Option<Cursor>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::failed(format!("{} is no cursor ({error}); remove it to begin with the newest events", path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::failed(format!("{}: {error}", path.display()))),
    }
}

struct Printer {
    json: bool,
    language: Language,
    /// Search boxes that are still being typed in.
    waiting: Vec<Waiting>,
}

struct Waiting {
    key: (SessionId, uuid::Uuid, String),
    newest: Event,
    count: usize,
    since: Instant,
    last: Instant,
}

impl Printer {
    /// A page that is complete: folded as the pane folds it.
    fn history(&mut self, newest_first: &[Event]) -> Outcome {
        if self.json {
            return newest_first.iter().rev().try_for_each(|event| output::line(json(event)));
        }
        let folded = fold::fold(newest_first);
        folded.iter().rev().try_for_each(|row| newest_first.get(row.lead).map_or(Ok(()), |event| self.line(event, row.count())))
    }

    /// Events as they come, oldest first. A search box waits until it is quiet.
    fn live(&mut self, events: Vec<Event>) -> Outcome {
        let now = Instant::now();
        for event in events {
            if self.json {
                output::line(json(&event))?;
                continue;
            }
            let Some(search_box) = search_box(&event) else {
                self.line(&event, 1)?;
                continue;
            };
            let key = (event.session, search_box, event.outcome.clone());
            match self.waiting.iter_mut().find(|waiting| waiting.key == key) {
                Some(waiting) => {
                    waiting.count += 1;
                    waiting.last = now;
                    if event.place() > waiting.newest.place() {
                        waiting.newest = event;
                    }
                }
                None => self.waiting.push(Waiting { key, newest: event, count: 1, since: now, last: now }),
            }
        }
        Ok(())
    }

    /// Prints the search boxes that are quiet, or all of them.
    fn flush(&mut self, now: Option<Instant>) -> Outcome {
        let quiet = |waiting: &Waiting| now.is_none_or(|now| now - waiting.last >= QUIET || now - waiting.since >= LONGEST);
        let (quiet, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().partition(quiet);
        self.waiting = waiting;
        quiet.iter().try_for_each(|box_of| self.line(&box_of.newest, box_of.count))
    }

    /// `2026-11-24 14:02:11 +08:00  lin.mei  revealed  C-204817 phone callback TK-8812`
    fn line(&self, event: &Event, count: usize) -> Outcome {
        let at = event.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
        let words = action::in_words(&event.action, self.language);
        let action = if count > 1 { format!("{words} x{count}") } else { words.to_owned() };
        let mut line = format!("{at}  {:<12} {}", event.actor, width::fit(&action, 18));
        let number = event.record_number.map(|number| number.to_string());
        let what = [number.as_ref(), event.field.as_ref(), event.class.as_ref().filter(|_| event.field.is_none()), event.reason.as_ref()];
        for part in what.into_iter().chain([event.reference.as_ref()]).flatten() {
            let _ = write!(line, " {part}");
        }
        if event.refused() {
            let _ = write!(line, " - {}", outcome_in_words(&event.outcome, self.language));
        }
        output::line(for_terminal(&line).trim_end())
    }
}

/// One event in the shape of the Elastic Common Schema; `event.id` is unique.
fn json(event: &Event) -> serde_json::Value {
    let outcome = if event.refused() { "failure" } else { "success" };
    let at: Timestamp = event.at;
    serde_json::json!({
        "@timestamp": at, "user": {"name": event.actor},
        "event": {"id": format!("{}:{}", event.session, event.seq), "action": event.action, "outcome": outcome, "code": event.outcome,
            "sequence": event.seq, "reason": event.reason, "reference": event.reference},
        "sealdesk": {"session": event.session, "record": event.record, "number": event.record_number.map(|number| number.value), "field": event.field,
            "class": event.class, "version": event.version, "details": event.details, "hash": hexadecimal(&event.hash)},
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
