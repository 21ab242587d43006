//! Reviews of the audit: what is looked at by whom, the sample, and what was found.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, Zoned, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{audit::Event, catalogue::Language, id::SessionId};

/// What goes on by itself all day: in no sample unless it is named. As the database's `routine_actions`.
pub const ROUTINE: [&str; 10] = [
    "heartbeat",
    "checkpoint",
    "checkpoint_put",
    "view_again",
    "watch_lead",
    "watch_leave",
    "watch_round",
    "watch_duty",
    "watch_sinks",
    "watch_delivered",
];

/// What is counted as reading in bulk. As the database's `reads_value`.
pub const READS: [&str; 5] = ["reveal", "history", "notes", "copy", "shared_reveal"];

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Weekly,
    Monthly,
    /// One time only.
    Once,
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Weekly, Self::Monthly, Self::Once];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Once => "once",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Weekly => ("weekly", "每周"),
            Self::Monthly => ("monthly", "每月"),
            Self::Once => ("once", "一次"),
        };
        if language == Language::English { en } else { zh }
    }

    /// The week from Monday on, or the month, that a moment lies in; the day before for `Once`.
    #[must_use]
    pub fn around(self, now: &Zoned) -> Option<(Timestamp, Timestamp)> {
        let midnight = |date: jiff::civil::Date| date.to_zoned(now.time_zone().clone()).ok().map(|at| at.timestamp());
        let today = now.date();
        match self {
            Self::Weekly => {
                let monday = today.checked_sub(i64::from(today.weekday().since(Weekday::Monday)).days()).ok()?;
                Some((midnight(monday)?, midnight(monday.checked_add(7.days()).ok()?)?))
            }
            Self::Monthly => {
                let first = today.first_of_month();
                Some((midnight(first)?, midnight(first.checked_add(1.month()).ok()?)?))
            }
            Self::Once => Some((now.checked_sub(24.hours()).ok()?.timestamp(), now.timestamp())),
        }
    }
}

/// What an event was drawn for, the first that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// Done while its actor had broken the glass, or doing so.
    Glass,
    /// About a labelled or a honeytoken record.
    Vip,
    OffHours,
    /// One of many values that were read within an hour.
    Bulk,
    Refused,
    Random,
}

impl Drawn {
    pub const ALL: [Self; 6] = [Self::Glass, Self::Vip, Self::OffHours, Self::Bulk, Self::Refused, Self::Random];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|drawn| drawn.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Glass => "glass",
            Self::Vip => "vip",
            Self::OffHours => "off_hours",
            Self::Bulk => "bulk",
            Self::Refused => "refused",
            Self::Random => "random",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Glass => ("broken glass", "紧急提权"),
            Self::Vip => ("labelled", "有标签"),
            Self::OffHours => ("off hours", "非工作时间"),
            Self::Bulk => ("in bulk", "大量查看"),
            Self::Refused => ("refused", "被拒绝"),
            Self::Random => ("at random", "随机"),
        };
        if language == Language::English { en } else { zh }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    InOrder,
    Finding,
}

impl Mark {
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::InOrder, Self::Finding].into_iter().find(|mark| mark.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InOrder => "in_order",
            Self::Finding => "finding",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::InOrder => ("in order", "正常"),
            Self::Finding => ("FINDING", "发现问题"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// What is looked at, as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Empty for all that is no routine.
    pub actions: Vec<String>,
    /// Empty for all.
    pub classes: Vec<String>,
    /// Logins; empty for everybody.
    pub people: Vec<String>,
    /// Events of a sample, at most.
    pub size: u32,
    /// Values that one person reads within an hour from which that is much.
    pub bulk: u64,
    pub zone: String,
    /// ISO numbers, Monday is 1; without any, no time is outside them.
    pub weekdays: Vec<u8>,
    /// Working hours, `07:00`.
    pub from: String,
    pub until: String,
    pub reviewers: Vec<String>,
}

/// What a plan is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlan {
    pub title: String,
    pub period: Period,
    /// The first one.
    pub from: Timestamp,
    pub until: Timestamp,
    pub due_days: i32,
    pub scope: Scope,
}

impl NewPlan {
    /// Usual sizes, for the week, month or day around a moment.
    #[must_use]
    pub fn usual(title: &str, period: Period, reviewers: &[String], now: &Zoned) -> Option<Self> {
        let (from, until) = period.around(now)?;
        let zone = now.time_zone().iana_name().unwrap_or("UTC").to_owned();
        let scope = Scope {
            actions: Vec::new(),
            classes: Vec::new(),
            people: Vec::new(),
            size: 25,
            bulk: 20,
            zone,
            weekdays: vec![1, 2, 3, 4, 5],
            from: "07:00".into(),
            until: "20:00".into(),
            reviewers: reviewers.to_vec(),
        };
        Some(Self { title: title.to_owned(), period, from, until, due_days: 7, scope })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub number: i32,
    pub title: String,
    pub period: Period,
    pub first_from: Timestamp,
    pub first_until: Timestamp,
    pub due_days: i32,
    pub scope: Scope,
    pub created_by: String,
    pub created_at: Timestamp,
    pub stopped: Option<(String, Timestamp)>,
    pub reviews: i64,
}

/// A review of a period that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub number: i64,
    pub plan: i32,
    pub title: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub due_at: Timestamp,
    pub scope: Scope,
    /// With which its sample was drawn, and from how many events; `None` until there is one.
    pub drawn: Option<(i64, i64)>,
    pub items: i64,
    pub marked: i64,
    pub findings: i64,
    /// Events that the person who asks is to mark.
    pub waiting: i64,
    /// Who has signed.
    pub signed: Vec<String>,
    pub done: bool,
}

impl Review {
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.done && self.due_at <= now
    }

    /// Where it stands, in a word or two.
    #[must_use]
    pub fn state(&self, now: Timestamp, language: Language) -> &'static str {
        let (en, zh) = match (self.done, self.drawn.is_some(), self.is_overdue(now)) {
            (true, ..) => ("signed off", "已签署"),
            (false, _, true) => ("OVERDUE", "已逾期"),
            (false, false, false) => ("not drawn yet", "尚未抽样"),
            (false, true, false) => ("due", "待复核"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// What was said of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub by: String,
    pub at: Timestamp,
    pub mark: Mark,
    pub note: String,
    pub signed: bool,
}

/// An event of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// 1 for the first.
    pub item: i32,
    pub drawn: Drawn,
    pub session: SessionId,
    pub seq: i64,
    /// As this person may see it; nothing where its month was dropped.
    pub event: Option<Event>,
    pub found: Option<Found>,
    /// Whether this person has opened it.
    pub looked: bool,
    /// Whether this person did it.
    pub own: bool,
    pub may_mark: bool,
}

/// How many events of a sample were drawn for what.
#[must_use]
pub fn counted(items: &[Item]) -> BTreeMap<Drawn, usize> {
    items.iter().fold(BTreeMap::new(), |mut counts, item| {
        *counts.entry(item.drawn).or_default() += 1;
        counts
    })
}

/// `2026-11-16 - 2026-11-22`: the first and the last day of a period, in a zone.
#[must_use]
pub fn days(from: Timestamp, until: Timestamp, zone: &TimeZone) -> String {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string();
    let last = until.checked_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(until);
    if day(from) == day(last) { day(from) } else { format!("{} - {}", day(from), day(last)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first() {
        let now: Zoned = "2026-11-26T15:00[Asia/Shanghai]".parse().unwrap();
        let days_of = |period: Period| {
            let (from, until) = period.around(&now).unwrap();
            days(from, until, now.time_zone())
        };
        assert_eq!(days_of(Period::Weekly), "2026-11-23 - 2026-11-29");
        assert_eq!(days_of(Period::Monthly), "2026-11-01 - 2026-11-30");
        assert_eq!(days_of(Period::Once), "2026-11-25 - 2026-11-26");
    }

    #[test]
    fn the_program_and_the_database_name_the_same_actions() {
        let sql = include_str!("../../assets/functions/94_audit_review.sql");
        let listed = |names: &[&str]| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        assert!(sql.contains(&format!("array[{}]", listed(&ROUTINE))));
        assert!(sql.contains(&format!("in ({})", listed(&READS))));
    }
}
