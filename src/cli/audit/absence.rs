//! That no value of a record was handed out in a time, with what proves it in a file.

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{
    super::{Failure, Outcome, output},
    checkpoint::{memory_file, store},
};
use crate::{
    keyring::absence::Absent,
    model::{action, catalogue::Language, id::RecordNumber},
    service::{
        SignedIn,
        audit::{
            self,
            absence::{Answer, Asked, what},
            checkpoint::Memory,
        },
    },
    text::when,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit absence C-204817 phone --since 2026-11-01 --until 2026-11-24 --out case-17.json\n  sealdesk audit absence C-204817 --since yesterday\n\nA file is checked without a server by `sealdesk audit verify --bundle FILE --root FINGERPRINT`."
)]
pub struct Absence {
    /// The record: C-204817
    record: String,
    /// Only this field; every field, and the notes, when left out
    field: Option<String>,
    /// From when on: 14:00, "2026-11-24 09:00", -2h, today
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: String,
    /// Until when; what is less than a minute old cannot be proved yet
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    until: String,
    /// File to write the proof to; one that is there already is not replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Absence {
    /// What is asked for.
    pub fn asked(&self, language: Language) -> Result<Asked, Failure> {
        let now = Zoned::now();
        let wrong = |name: &str, text: &str, hint: &str| {
            Failure::usage(match language {
                Language::English => format!("{name} \"{text}\" is not understood; it looks like {hint}"),
                Language::Chinese => format!("无法理解 {name} “{text}”，应如 {hint}"),
            })
        };
        let moment = |name, text: &str| when::parse(text, &now).ok_or_else(|| wrong(name, text, "14:00, 2026-11-24 09:00, -2h, today"));
        let (since, until) = (moment("--since", &self.since)?, moment("--until", &self.until)?);
        if since >= until {
            return Err(Failure::usage(match language {
                Language::English => "--since lies before --until",
                Language::Chinese => "--since 须早于 --until",
            }));
        }
        let record = RecordNumber::parse(&self.record).ok_or_else(|| wrong("RECORD", &self.record, "C-204817"))?;
        Ok(Asked { record, field: self.field.clone(), since, until })
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let asked = self.asked(language)?;
        let installation = signed_in.keyring().installation();
        let file = memory_file(installation)?;
        let mut memory = Memory::load(&file, installation)?;
        let answer = audit::absence(signed_in, &asked, &mut memory).await;
        store(memory.as_ref(), &file)?;
        let named = what(asked.field.as_deref(), &asked.record.to_string(), language);
        match answer? {
            Answer::Absent { text, checked } => {
                if let Some(absent) = &checked.absence {
                    output::line(say(absent, &named, language))?;
                }
                match &self.out {
                    Some(out) => write(out, &text, &signed_in.keyring().root_fingerprint(), language),
                    None => Ok(()),
                }
            }
            Answer::Revealed { until, events } => {
                let zone = TimeZone::system();
                for event in &events {
                    let at = local(event.at, &zone);
                    let (actor, done) = (&event.actor, action::in_words(&event.action, language));
                    output::line(format!("{at}  {actor}  {done}  {}", event.field.as_deref().unwrap_or("-")))?;
                }
                let (since, until) = (local(asked.since, &zone), local(until, &zone));
                Err(Failure::failed(match language {
                    Language::English => format!(
                        "{named} was revealed {} times from {since} until {until}. What proves that: sealdesk audit evidence --record {} --from \"{since}\" --until \"{until}\" --out FILE",
                        events.len(),
                        asked.record
                    ),
                    Language::Chinese => format!(
                        "自 {since} 至 {until}，{named}被查看 {} 次。相应证据：sealdesk audit evidence --record {} --from \"{since}\" --until \"{until}\" --out 文件",
                        events.len(),
                        asked.record
                    ),
                }))
            }
        }
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn write(out: &Path, text: &str, root: &str, language: Language) -> Outcome {
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", out.display()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    let out = out.display();
    output::line(match language {
        Language::English => format!("the proof is in {out}\nsealdesk audit verify --bundle {out} --root {root}"),
        Language::Chinese => format!("证明已写入 {out}\nsealdesk audit verify --bundle {out} --root {root}"),
    })
}

/// What is proved, in a sentence.
pub fn say(absent: &Absent, named: &str, language: Language) -> String {
    let zone = TimeZone::system();
    let (since, until) = (local(absent.since, &zone), local(absent.until, &zone));
    let Absent { events, refused, last, .. } = absent;
    match (absent.first, language) {
        (Some(first), Language::English) => format!(
            "absent: no value of {named} was revealed from {since} until before {until}; the record has {events} events in that time, {refused} refused attempts among them; proved between checkpoints {first} and {last}"
        ),
        (None, Language::English) => format!(
            "absent: no value of {named} was revealed from {since} until before {until}; the record has {events} events in that time, {refused} refused attempts among them; proved from the first event on to checkpoint {last}"
        ),
        (Some(first), Language::Chinese) => format!(
            "未曾发生：自 {since} 起至 {until} 之前，{named}的原文未被查看；该记录在此期间有 {events} 条事件，其中被拒绝的尝试 {refused} 次；由第 {first} 与第 {last} 个检查点证明"
        ),
        (None, Language::Chinese) => format!(
            "未曾发生：自 {since} 起至 {until} 之前，{named}的原文未被查看；该记录在此期间有 {events} 条事件，其中被拒绝的尝试 {refused} 次；从首条事件起证明至第 {last} 个检查点"
        ),
    }
}
