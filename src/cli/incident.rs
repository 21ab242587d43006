//! `sealdesk incident`: open, follow, hand over, close, and draft the notice of a breach.

use clap::{Args, Subcommand};
use jiff::{Timestamp, Zoned};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::{
        breach,
        catalogue::Language,
        incident::{Incident as Case, Item, Kind, Saw, Scope, Severity, kind_in_words},
    },
    service::{SignedIn, incident, unlock},
    text::when,
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk incident open \"bulk reveals by chen.bo\" --severity high --person chen.bo --class identity --known now\n  sealdesk incident note 3 \"called the team lead: not on shift\"\n  sealdesk incident report 3\n  sealdesk incident close 3 \"the account was misused; see lessons\" --lesson \"fresh codes for identity\"\n\nNothing is edited or deleted: what is wrong is corrected by a new item. Customers are named by their number, since these texts are not sealed. `sealdesk freeze` and `staff sign-out --everybody` stop what goes on; `class rotate` and `staff leave` give new keys."
)]
pub enum Incident {
    /// Open one; prints its number
    Open {
        title: String,
        #[arg(long, default_value = "high", value_parser = ["low", "medium", "high", "critical"])]
        severity: String,
        /// A login it concerns; may be given more than once
        #[arg(long = "person", value_name = "LOGIN")]
        people: Vec<String>,
        /// A record it concerns, as C-000042
        #[arg(long = "record", value_name = "NUMBER")]
        records: Vec<String>,
        /// A class it concerns
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<String>,
        /// From when: 14:00, -2h, 2026-11-24 09:00
        #[arg(long, allow_hyphen_values = true)]
        from: Option<String>,
        #[arg(long, allow_hyphen_values = true)]
        until: Option<String>,
        /// Since when a breach is known: the 72 hours to tell the authority begin
        #[arg(long, allow_hyphen_values = true)]
        known: Option<String>,
    },
    /// Open ones first
    List {
        #[arg(long)]
        json: bool,
    },
    /// One incident with its timeline
    Show {
        number: i64,
        #[arg(long)]
        json: bool,
    },
    /// Write down what was found or done
    Note(Said),
    /// Pin an event of the audit, by its session and number
    Pin {
        number: i64,
        session: uuid::Uuid,
        seq: i64,
        #[arg(default_value = "")]
        text: String,
    },
    /// What is to be done
    Task(Said),
    /// A task is done, by its item's number
    Done {
        number: i64,
        item: i64,
        #[arg(default_value = "")]
        text: String,
    },
    /// Correct an item, by its number
    Correct { number: i64, item: i64, text: String },
    /// Somebody else has it from now on
    HandOver {
        number: i64,
        login: String,
        #[arg(default_value = "")]
        text: String,
    },
    /// Change the severity
    Severity {
        number: i64,
        #[arg(value_parser = ["low", "medium", "high", "critical"])]
        severity: String,
    },
    /// Since when a breach is known
    Known {
        number: i64,
        #[arg(default_value = "now", allow_hyphen_values = true)]
        since: String,
    },
    /// The authority, or the persons concerned, have been told
    Notified {
        number: i64,
        #[arg(value_parser = ["authority", "persons"])]
        whom: String,
        #[arg(long, default_value = "now", allow_hyphen_values = true)]
        at: String,
        #[arg(default_value = "")]
        text: String,
    },
    /// Close it with a summary
    Close {
        number: i64,
        summary: String,
        /// What is learnt from it; may be given more than once
        #[arg(long = "lesson")]
        lessons: Vec<String>,
    },
    /// Open a closed one again
    Reopen(Said),
    /// Draft the notices of a breach, to the authority and to the persons, from what the people in its scope saw
    Report {
        number: i64,
        /// en or zh; the configured language otherwise
        #[arg(long, value_parser = ["en", "zh"])]
        lang: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct Said {
    number: i64,
    text: String,
}

/// A moment as people type it.
pub(super) fn moment(typed: &str) -> Result<Timestamp, Failure> {
    when::parse(typed, &Zoned::now()).ok_or_else(|| Failure::usage(format!("\"{typed}\" is not a time, as 14:00, -2h or 2026-11-24 09:00")))
}

fn optional(typed: Option<&String>) -> Result<Option<Timestamp>, Failure> {
    typed.map(|typed| moment(typed)).transpose()
}

impl Incident {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        let (number, kind, text) = match self {
            Self::Open { title, severity, people, records, classes, from, until, known } => {
                let number = |typed: &String| {
                    crate::model::id::RecordNumber::parse(typed)
                        .ok_or_else(|| Failure::usage(format!("\"{typed}\" is no record number, as C-000042")))
                };
                let scope = Scope {
                    people: people.clone(),
                    records: records.iter().map(number).collect::<Result<_, _>>()?,
                    classes: classes.clone(),
                    from: optional(from.as_ref())?,
                    until: optional(until.as_ref())?,
                };
                let known = optional(known.as_ref())?;
                let opened = incident::open(caller, title, severity_of(severity), &scope).await?;
                output::line(opened)?;
                if let Some(known) = known {
                    incident::add(caller, opened, &Kind::Known(known), "").await?;
                }
                return Ok(());
            }
            Self::List { json } => return list(&incident::list(caller).await?, language, *json),
            Self::Show { number, json } => {
                let (found, items) = incident::show(caller, *number).await?;
                return show(&found, &items, language, *json);
            }
            Self::Report { number, lang } => {
                let language = match lang.as_deref() {
                    Some("zh") => Language::Chinese,
                    Some(_) => Language::English,
                    None => language,
                };
                return report(caller, *number, language).await;
            }
            Self::Close { number, summary, lessons } => {
                for lesson in lessons {
                    incident::add(caller, *number, &Kind::Lesson, lesson).await?;
                }
                (*number, Kind::Close, summary.as_str())
            }
            Self::Note(Said { number, text }) => (*number, Kind::Note, text.as_str()),
            Self::Task(Said { number, text }) => (*number, Kind::Task, text.as_str()),
            Self::Reopen(Said { number, text }) => (*number, Kind::Reopen, text.as_str()),
            Self::Pin { number, session, seq, text } => {
                (*number, Kind::Pin { session: crate::model::id::SessionId(*session), seq: *seq }, text.as_str())
            }
            Self::Done { number, item, text } => (*number, Kind::Done { of: *item }, text.as_str()),
            Self::Correct { number, item, text } => (*number, Kind::Correct { of: *item }, text.as_str()),
            Self::HandOver { number, login, text } => (*number, Kind::HandOver { to: login.clone() }, text.as_str()),
            Self::Severity { number, severity } => (*number, Kind::Severity(severity_of(severity)), ""),
            Self::Known { number, since } => (*number, Kind::Known(moment(since)?), ""),
            Self::Notified { number, whom, at, text } => (*number, Kind::Notified { whom: whom.clone(), at: moment(at)? }, text.as_str()),
        };
        output::line(incident::add(caller, number, &kind, text).await?)
    }
}

fn severity_of(code: &str) -> Severity {
    Severity::from_code(code).unwrap_or(Severity::High)
}

fn json_of(found: &Case) -> serde_json::Value {
    serde_json::json!({
        "number": found.number, "title": found.title, "severity": found.severity.code(), "opened_at": found.opened_at, "opened_by": found.opened_by,
        "owner": found.owner, "closed": found.closed, "known_at": found.known_at, "notified": found.notified, "clock_until": found.clock(),
        "items": found.items, "open_tasks": found.open_tasks, "people": found.scope.people, "records": found.scope.records.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "classes": found.scope.classes, "from": found.scope.from, "until": found.scope.until
    })
}

fn list(found: &[Case], language: Language, json: bool) -> Outcome {
    if json {
        for case in found {
            output::line(json_of(case))?;
        }
        return Ok(());
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let row = |case: &Case| {
        let clock = case.clock().map(|until| format!("{} {}", say("tell by", "须通知于"), output::moment(until))).unwrap_or_default();
        vec![
            case.number.to_string(),
            case.severity.in_words(language).to_owned(),
            if case.closed { say("closed", "已关闭") } else { say("open", "处理中") }.to_owned(),
            case.owner.clone(),
            output::moment(case.opened_at),
            case.open_tasks.to_string(),
            clock,
            case.title.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["incident", "severity", "state", "owner", "opened", "tasks", "clock", "title"],
        Language::Chinese => ["事件", "等级", "状态", "负责人", "开始", "待办", "时限", "标题"],
    };
    output::table(&heading, &rows)
}

fn show(case: &Case, items: &[Item], language: Language, json: bool) -> Outcome {
    if json {
        output::line(json_of(case))?;
        for item in items {
            output::line(serde_json::json!({
                "item": item.number, "at": item.at, "by": item.by, "kind": item.kind, "text": item.text, "of": item.of, "about": item.about,
                "when": item.when, "session": item.pinned.as_ref().map(|pinned| pinned.session.0), "seq": item.pinned.as_ref().map(|pinned| pinned.seq),
                "unchanged": item.pinned.as_ref().map(|pinned| pinned.same)
            }))?;
        }
        return Ok(());
    }
    list(std::slice::from_ref(case), language, false)?;
    let row = |item: &Item| {
        vec![
            item.number.to_string(),
            output::moment(item.at),
            item.by.clone(),
            kind_in_words(&item.kind, language).to_owned(),
            said(item, language),
        ]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let heading = match language {
        Language::English => ["item", "at", "by", "what", ""],
        Language::Chinese => ["条目", "时间", "人员", "类型", ""],
    };
    output::table(&heading, &rows)
}

/// What an item says, on one line.
fn said(item: &Item, language: Language) -> String {
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let pinned = item.pinned.as_ref().map(|pinned| match &pinned.event {
        Some((at, who, what, outcome)) if pinned.same => {
            format!("{} {who} {what} {outcome} ({} {})", output::moment(*at), pinned.session.0, pinned.seq)
        }
        Some(_) => say("THE EVENT WAS CHANGED since it was pinned", "该事件在固定后被改动").to_owned(),
        None => say("THE EVENT IS GONE", "该事件已不存在").to_owned(),
    });
    let parts = [
        pinned,
        item.of.map(|of| format!("({of})")),
        item.about.clone(),
        item.when.map(output::moment),
        (!item.text.is_empty()).then(|| item.text.clone()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

async fn report(caller: &SignedIn, number: i64, language: Language) -> Outcome {
    let (case, items) = incident::show(caller, number).await?;
    let from = case.scope.from.or_else(|| case.opened_at.checked_sub(jiff::SignedDuration::from_hours(24)).ok()).unwrap_or(case.opened_at);
    let until = case.scope.until.unwrap_or_else(Timestamp::now);
    let mut seen = Vec::new();
    for login in &case.scope.people {
        seen.push((login.clone(), incident::saw(caller, login, from, until).await?));
    }
    let catalogue = &caller.policy().catalogue;
    output::line(breach::draft(&case, &items, &seen, (from, until), catalogue, language))
}

/// What a person saw, as a table.
pub(super) fn saw_table(found: &[Saw], language: Language, json: bool) -> Outcome {
    if json {
        for saw in found {
            output::line(serde_json::json!({
                "list": saw.list, "record": saw.record.map(|number| number.to_string()), "field": saw.field, "class": saw.class, "times": saw.times, "first": saw.first,
                "last": saw.last, "above_clearance": saw.hidden
            }))?;
        }
        return Ok(());
    }
    let row = |saw: &Saw| {
        vec![
            breach::list_in_words(&saw.list, language).to_owned(),
            saw.record.map(|number| number.to_string()).unwrap_or_default(),
            saw.field.clone().unwrap_or_default(),
            saw.class.clone().unwrap_or_default(),
            saw.times.to_string(),
            saw.first.map(output::moment).unwrap_or_default(),
            saw.last.map(output::moment).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["", "record", "field", "class", "times", "first", "last"],
        Language::Chinese => ["", "记录", "字段", "类别", "次数", "首次", "末次"],
    };
    output::table(&heading, &rows)
}
