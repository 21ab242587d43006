//! The trail on standard output or to a syslog: lines for people, JSON and RFC 5424 for a SIEM.

use std::{
    fmt::Write as _,
    os::fd::AsFd as _,
    path::PathBuf,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use clap::Args;
use futures::StreamExt as _;
use jiff::Zoned;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

use super::{
    super::{Arguments, Failure, Outcome, output},
    cursor::{Cursor, Source},
};
use crate::{
    config::Config,
    model::{
        action,
        audit::{Event, EventKey, Filter, Position, Rounds, outcome_in_words},
        catalogue::Language,
        fold::{self, search_box},
        id::{InstallationId, RecordNumber, SessionId},
    },
    service::{
        self, Error, Origin, SignedIn,
        audit::{self, AuditTicket, feed},
        syslog::Receiver,
        unlock,
    },
    text::{sanitise::for_terminal, when, width},
};

/// How long a view of the audit is used before it is opened anew; the database closes it after 15 minutes.
const VIEW_LIFE: Duration = Duration::from_mins(10);
/// How long a search box must be quiet before it becomes a line, and the longest it waits.
const QUIET: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(15);
/// Nothing that is asked of the database takes longer than its own limit of 30 seconds.
const ANSWER: Duration = Duration::from_secs(40);
/// Between tries to reach the database or the syslog; doubled each time up to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// For what is under way when this is told to end.
const FAREWELL: Duration = Duration::from_secs(3);
const HEARTBEAT: Duration = Duration::from_mins(4);
/// How long a search for a text says nothing, and how many events are enough for a page.
const PATIENCE: Duration = Duration::from_secs(3);
const ENOUGH: usize = 200;
/// The newest of what was there at the begin, which following may read again.
const REMEMBERED: usize = 20_000;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit tail --record C-204817\n  sealdesk audit tail --outcome refused --from -2h\n  sealdesk audit tail --follow --json --from 2026-11-01 --cursor /var/lib/siem/sealdesk.cursor\n  sealdesk audit tail --follow --syslog tcp://siem.example:601 --cursor /var/lib/siem/sealdesk.cursor\n\n`sealdesk audit fields` lists the names of both forms. The account needs audit_all to send everybody's events; what is above its clearance is withheld."
)]
pub struct Tail {
    /// Go on printing as events are committed. When the database goes away this waits, signs in again and sends what was missed
    #[arg(long)]
    follow: bool,
    /// One JSON object a line, in the shape of the Elastic Common Schema, nothing folded
    #[arg(long)]
    json: bool,
    /// Send RFC 5424 messages to udp://host:514, tcp://host:601 or unix:/dev/log, or with - print them. Only TCP tells whether they arrived
    #[arg(long, value_name = "RECEIVER", conflicts_with = "json")]
    syslog: Option<String>,
    /// Begin where this file says the last run ended, and write there where this one ends, once the lines are out. After a kill the last ones may come again: their id is the same
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
            searched: None,
        })
    }
}

/// Why a feed stopped short.
enum Trouble {
    /// Waiting may help: there is no database for now, or the session has run out.
    Passing(Error),
    Final(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if error.may_pass() { Self::Passing(error) } else { Self::Final(error.into()) }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Final(failure)
    }
}

/// Asks to end: Ctrl-C, or a service manager.
struct Stop(Signal, Signal);

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Whether the feed is to end where it has written its cursor.
#[derive(Default)]
struct Ending {
    now: AtomicBool,
    told: Notify,
}

impl Ending {
    fn ask(&self) {
        self.now.store(true, Ordering::Relaxed);
        self.told.notify_one();
    }

    fn is_asked(&self) -> bool {
        self.now.load(Ordering::Relaxed)
    }

    async fn asked(&self) {
        self.told.notified().await;
    }
}

impl Tail {
    /// What was asked for, as a filter; and that the receiver is one.
    pub fn filter(&self, language: Language) -> Result<Filter, Failure> {
        self.receiver(language)?;
        self.wanted.filter(language)
    }

    /// Where messages go; none for standard output.
    fn receiver(&self, language: Language) -> Result<Option<Receiver>, Failure> {
        match self.syslog.as_deref() {
            None | Some("-") => Ok(None),
            Some(text) => Receiver::parse(text).map(Some).ok_or_else(|| {
                Failure::usage(match language {
                    Language::English => {
                        format!("--syslog \"{text}\" is not understood; it is udp://host:514, tcp://host:601, unix:/dev/log or -")
                    }
                    Language::Chinese => format!("无法理解 --syslog “{text}”，应为 udp://host:514、tcp://host:601、unix:/dev/log 或 -"),
                })
            }),
        }
    }

    pub async fn run(&self, arguments: &Arguments, config: &Config) -> Outcome {
        let language = config.language;
        let filter = self.filter(language)?;
        let passphrase = arguments.passphrase_of(config)?;
        let mut stop = Stop::listen()?;
        let form = if self.json {
            Form::Json
        } else if self.syslog.is_some() {
            Form::Syslog(self.receiver(language)?)
        } else {
            Form::Text
        };
        let mut printer =
            Printer { form, language, installation: config.installation, waiting: Vec::new(), next_beat: Instant::now() + HEARTBEAT };
        let mut cursor = self.cursor.as_deref().map(Cursor::load).transpose()?.flatten();
        let mut signed_in = arguments.sign_in_with(config, passphrase.clone()).await?;
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let done = {
                let ending = Ending::default();
                let mut stream = pin!(self.stream(&signed_in, config, &filter, &mut cursor, &mut printer, &ending));
                tokio::select! {
                    biased;
                    done = &mut stream => done,
                    // What is being printed is finished and written into the cursor, unless somebody is kept waiting for.
                    () = stop.asked() => {
                        ending.ask();
                        tokio::time::timeout(FAREWELL, stream).await.unwrap_or(Ok(()))
                    }
                }
            };
            // Where the database does not answer, the session ends by itself.
            let closed = tokio::time::timeout(FAREWELL, unlock::close(&signed_in)).await;
            let mut trouble = match done {
                Ok(()) => {
                    printer.flush(None)?;
                    return Ok(closed.unwrap_or(Ok(()))?);
                }
                Err(Trouble::Final(failure)) => return Err(failure),
                Err(Trouble::Passing(error)) if !self.follow => return Err(error.into()),
                Err(Trouble::Passing(error)) => error,
            };
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            signed_in = loop {
                // A session ends after its hours; the next one begins at once.
                if trouble.code() != "SD002" {
                    say_waiting(&trouble.message(language), pause, language);
                }
                tokio::select! {
                    biased;
                    () = stop.asked() => return printer.flush(None),
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                }
                let user = signed_in.user().to_owned();
                match in_time(unlock::unlock(config, &user, passphrase.clone(), &Origin::from_environment())).await {
                    Ok(again) => break again,
                    Err(error) if error.may_pass() => trouble = error,
                    Err(error) => return Err(error.into()),
                }
            };
        }
    }

    /// Prints from the cursor on, or from where it was asked for; without `--follow` to the end. The cursor always says what is left to print.
    async fn stream(
        &self,
        signed_in: &SignedIn,
        config: &Config,
        filter: &Filter,
        place: &mut Option<Cursor>,
        printer: &mut Printer,
        ending: &Ending,
    ) -> Result<(), Trouble> {
        // Listening begins before reading, so that nothing falls between.
        let mut notices = if self.follow { Some(in_time(service::listen(signed_in)).await?) } else { None };
        let everything = signed_in.policy().can("audit_all");
        let (mut ticket, page) = self.open(signed_in, filter, everything, config.language).await?;
        let mut opened = Instant::now();
        let source = Source { installation: config.installation, user: signed_in.user().to_owned(), everything, filter: identity(filter) };
        let cursor = if let Some(cursor) = place {
            cursor.check(&source, page.horizon, config.language)?;
            cursor
        } else {
            let cursor = place.insert(Cursor::begin(&source, page.horizon));
            if matches!(printer.form, Form::Text) {
                printer.history(&page.events)?;
                cursor.seen = page.events.iter().map(Event::key).collect();
                self.save(cursor)?;
            } else {
                // Everything since a moment, or the newest page.
                let before = |event: &Event| (event.at, event.session, event.seq - 1);
                cursor.past = filter.from.map(|from| (from, SessionId(uuid::Uuid::nil()), 0)).or_else(|| page.events.last().map(before));
                self.save(cursor)?;
            }
            cursor
        };
        // What was there at the begin: the horizon is from before it was read, so that what is committed meanwhile is followed.
        while let Some(after) = cursor.past {
            let page = in_time(audit::after(signed_in, &ticket, after)).await?;
            // Newest first, as every page.
            let events: Vec<Event> = page.events.into_iter().rev().collect();
            cursor.past = events.last().map(Event::place).filter(|_| page.has_more);
            cursor.seen.extend(events.iter().map(Event::key));
            cursor.seen.drain(..cursor.seen.len().saturating_sub(REMEMBERED));
            printer.live(signed_in, events).await?;
            self.save(cursor)?;
            if ending.is_asked() {
                return Ok(());
            }
        }
        if self.cursor.is_none() && !self.follow {
            return Ok(());
        }
        let mut rounds = Rounds::after(cursor.seen.iter().copied());
        let mut position = Position { horizon: cursor.horizon, within: None };
        loop {
            let mut more = true;
            let mut printed = false;
            while more {
                let (page, next) = in_time(audit::follow(signed_in, &ticket, position)).await?;
                (more, position) = (page.has_more, next);
                let mut fresh = rounds.fresh(page.events, !more);
                fresh.sort_by_key(Event::place);
                printed |= !fresh.is_empty();
                printer.live(signed_in, fresh).await?;
            }
            cursor.horizon = position.horizon;
            cursor.seen = sorted(rounds.known());
            if printed {
                self.save(cursor)?;
            }
            let Some(notices) = notices.as_mut().filter(|_| !ending.is_asked()) else { return Ok(()) };
            // A notice is a hint; a slow timer covers one that was coalesced away.
            tokio::select! {
                notice = notices.next() => if notice.is_none() {
                    let detail = "the connection was lost".into();
                    return Err(Error::from(crate::database::error::DatabaseError::Unreachable { detail }).into());
                },
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = ending.asked() => return Ok(()),
            }
            printer.flush(Some(Instant::now()))?;
            printer.beat(signed_in).await?;
            if opened.elapsed() > VIEW_LIFE {
                (ticket, _) = self.open(signed_in, filter, everything, config.language).await?;
                opened = Instant::now();
            }
        }
    }

    async fn open(
        &self,
        signed_in: &SignedIn,
        filter: &Filter,
        everything: bool,
        language: Language,
    ) -> Result<(AuditTicket, crate::model::audit::AuditPage), Trouble> {
        let (ticket, mut page) = in_time(audit::open(signed_in, filter, None)).await?;
        // A text that hardly anything contains: until the page is full, with a word on how far it has come.
        let (mut through, mut told) = (0, Instant::now());
        while let Some(looked) = page.looked {
            through += looked.events;
            if told.elapsed() >= PATIENCE {
                told = Instant::now();
                say_looked(through, looked.place.0, language);
            }
            let next = in_time(audit::older(signed_in, &ticket, looked.place, through)).await?;
            page.events.extend(next.events);
            (page.has_more, page.looked) = (next.has_more, next.looked.filter(|_| page.events.len() < ENOUGH));
        }
        Ok((AuditTicket { everything, ..ticket }, page))
    }

    /// What was printed is out of this process; where it is a file, on disk before the cursor says so.
    fn save(&self, cursor: &Cursor) -> Outcome {
        let Some(path) = &self.cursor else { return Ok(()) };
        match rustix::fs::fdatasync(std::io::stdout().as_fd()) {
            // A pipe or a terminal has nothing to write.
            Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::ROFS | rustix::io::Errno::NOTSUP | rustix::io::Errno::BADF) => {}
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
        cursor.save(path)
    }
}

/// A filter without its begin, in a form that is compared: the parts that are set.
fn identity(filter: &Filter) -> String {
    let (number, until) = (filter.number.map(|number| number.to_string()), filter.until.map(|until| until.to_string()));
    let parts = [
        ("actor", &filter.actor),
        ("action", &filter.action),
        ("number", &number),
        ("class", &filter.class),
        ("outcome", &filter.outcome),
        ("reason", &filter.reason),
        ("text", &filter.text),
        ("until", &until),
    ];
    parts.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={value:?}"))).collect::<Vec<_>>().join(" ")
}

fn sorted(keys: &std::collections::HashSet<EventKey>) -> Vec<EventKey> {
    let mut keys: Vec<EventKey> = keys.iter().copied().collect();
    keys.sort_unstable();
    keys
}

async fn in_time<T>(asked: impl Future<Output = service::Result<T>>) -> service::Result<T> {
    tokio::time::timeout(ANSWER, asked).await.unwrap_or_else(|_| {
        let detail = format!("no answer within {} s", ANSWER.as_secs());
        Err(crate::database::error::DatabaseError::Unreachable { detail }.into())
    })
}

fn say_looked(events: u64, back_to: jiff::Timestamp, language: Language) {
    let at = back_to.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
    eprintln!(
        "sealdesk: {}",
        match language {
            Language::English => format!("looked through {events} events, back to {at}; Ctrl-C stops, --until {at:?} goes on from there"),
            Language::Chinese => format!("已查找 {events} 条事件，至 {at}；按 Ctrl-C 停止，之后可用 --until {at:?} 继续"),
        }
    );
}

fn say_waiting(why: &str, pause: Duration, language: Language) {
    let seconds = pause.as_secs();
    let message = match language {
        Language::English => format!("waiting; trying again in {seconds} s, and sending what was missed then: {why}"),
        Language::Chinese => format!("等待中，{seconds} 秒后重试，恢复后补发遗漏的事件：{why}"),
    };
    eprintln!("sealdesk: {}", for_terminal(&message));
}

enum Form {
    Text,
    Json,
    /// To a receiver, or printed.
    Syslog(Option<Receiver>),
}

struct Printer {
    form: Form,
    language: Language,
    installation: InstallationId,
    /// Search boxes that are still being typed in.
    waiting: Vec<Waiting>,
    next_beat: Instant,
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
    fn history(&self, newest_first: &[Event]) -> Outcome {
        let folded = fold::fold(newest_first);
        folded.iter().rev().try_for_each(|row| newest_first.get(row.lead).map_or(Ok(()), |event| line(event, row.count(), self.language)))
    }

    /// Events as they come, oldest first. A search box waits until it is quiet.
    async fn live(&mut self, signed_in: &SignedIn, events: Vec<Event>) -> Result<(), Trouble> {
        match &self.form {
            Form::Json => {
                events.iter().try_for_each(|event| output::line(feed::json(event, self.installation, self.language)))?;
            }
            Form::Syslog(receiver) => {
                let messages: Vec<String> = events.iter().map(|event| feed::message(event, self.installation, self.language)).collect();
                match receiver.clone().filter(|_| !messages.is_empty()) {
                    Some(receiver) => self.deliver(signed_in, &receiver, &messages).await?,
                    None => messages.iter().try_for_each(output::line)?,
                }
            }
            Form::Text => self.text(events)?,
        }
        Ok(())
    }

    /// Until the receiver has them: it may be away for longer than this program knows.
    async fn deliver(&mut self, signed_in: &SignedIn, receiver: &Receiver, messages: &[String]) -> Result<(), Trouble> {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = receiver.deliver(messages).await {
            let to = match self.language {
                Language::English => format!("the syslog does not take messages: {error}"),
                Language::Chinese => format!("syslog 未接收消息：{error}"),
            };
            say_waiting(&to, pause, self.language);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.beat(signed_in).await?;
        }
        Ok(())
    }

    /// An open session that says nothing for long looks like a desk that was cut off.
    async fn beat(&mut self, signed_in: &SignedIn) -> Result<(), Trouble> {
        if Instant::now() >= self.next_beat {
            self.next_beat = Instant::now() + HEARTBEAT;
            in_time(service::heartbeat(signed_in)).await?;
        }
        Ok(())
    }

    fn text(&mut self, events: Vec<Event>) -> Outcome {
        let now = Instant::now();
        for event in events {
            let Some(search_box) = search_box(&event) else {
                line(&event, 1, self.language)?;
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
        quiet.iter().try_for_each(|box_of| line(&box_of.newest, box_of.count, self.language))
    }
}

/// `2026-11-24 14:02:11 +08:00  lin.mei  revealed  C-204817 phone callback TK-8812`
pub(super) fn line(event: &Event, count: usize, language: Language) -> Outcome {
    let at = event.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let words = action::in_words(&event.action, language);
    let action = if count > 1 { format!("{words} x{count}") } else { words.to_owned() };
    let mut line = format!("{at}  {:<12} {}", event.actor, width::fit(&action, 18));
    let number = event.record_number.map(|number| number.to_string());
    let what = [number.as_ref(), event.field.as_ref(), event.class.as_ref().filter(|_| event.field.is_none()), event.reason.as_ref()];
    for part in what.into_iter().chain([event.reference.as_ref()]).flatten() {
        let _ = write!(line, " {part}");
    }
    if event.refused() {
        let _ = write!(line, " - {}", outcome_in_words(&event.outcome, language));
    }
    output::line(for_terminal(&line).trim_end())
}
