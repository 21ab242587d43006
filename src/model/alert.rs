//! Alerts, the rules that raise them, and what becomes of them.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    catalogue::{Label, Language},
    id::{RecordNumber, SessionId},
};

/// How bad it is. The letter stands where there is no room for the word, so that nothing is told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Info => 'I',
            Self::Warning => 'W',
            Self::Critical => 'C',
        }
    }

    /// Before a line of the trail.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Info => "  ",
            Self::Warning => "! ",
            Self::Critical => "!!",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        match (self, language) {
            (_, Language::English) => self.code(),
            (Self::Info, Language::Chinese) => "提示",
            (Self::Warning, Language::Chinese) => "警告",
            (Self::Critical, Language::Chinese) => "严重",
        }
    }
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    Open,
    Acknowledged,
    Resolved,
    FalsePositive,
}

impl AlertState {
    const ALL: [(Self, &str, &str, &str); 4] = [
        (Self::Open, "open", "open", "未处理"),
        (Self::Acknowledged, "acknowledged", "acknowledged", "处理中"),
        (Self::Resolved, "resolved", "resolved", "已解决"),
        (Self::FalsePositive, "false_positive", "false positive", "误报"),
    ];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ..)| *known == code).map(|(state, ..)| *state)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("", |(_, code, ..)| code)
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let found = Self::ALL.iter().find(|(state, ..)| *state == self);
        found.map_or("", |(_, _, en, zh)| if language == Language::English { en } else { zh })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub number: i64,
    /// Code of the rule.
    pub rule: String,
    pub label: Label,
    pub severity: Severity,
    /// Whom or what it is about: a login name, a class, a sink; empty where it is a record or everything.
    pub subject: String,
    /// Not for who is not cleared for it.
    pub record: Option<RecordNumber>,
    pub opened_at: Timestamp,
    /// Raised while it was suppressed: nobody was called.
    pub suppressed: bool,
    /// From the first to the last event that caused it.
    pub from: Timestamp,
    pub until: Timestamp,
    pub events: i64,
    /// The most that was counted within the rule's window.
    pub peak: i64,
    /// The newest occurrence: who puts an alert away names what was seen of it.
    pub seen: i64,
    pub state: AlertState,
    /// Who acknowledged it, or put it away, when, and with what note.
    pub owner: Option<String>,
    pub state_at: Option<Timestamp>,
    pub note: String,
    /// Whether it rang again because nobody had acknowledged it.
    pub escalated: bool,
    /// Who did what it is about.
    pub actors: Vec<String>,
    /// Those that its rule is about, with commas between.
    pub actions: Option<String>,
    /// Whether this person may acknowledge it and put it away.
    pub may_handle: bool,
}

impl Alert {
    /// Whom or what it is about, as a list writes it.
    #[must_use]
    pub fn about(&self) -> String {
        match (&self.record, self.subject.as_str()) {
            (Some(record), "") => record.to_string(),
            (Some(record), subject) => format!("{subject} {record}"),
            (None, subject) => subject.to_owned(),
        }
    }
}

/// One thing that became of an alert: `raised`, `again`, `escalated`, `acknowledged`, `resolved`, `false_positive`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub what: String,
    pub at: Timestamp,
    pub by: String,
    pub note: String,
}

impl Turn {
    #[must_use]
    pub fn in_words(&self, language: Language) -> &str {
        let (en, zh) = match self.what.as_str() {
            "raised" => ("raised", "触发"),
            "again" => ("rang again: ten times as many", "再次提醒：次数已达十倍"),
            "escalated" => ("escalated: nobody had acknowledged it", "升级：无人确认"),
            other => return AlertState::from_code(other).map_or(other, |state| state.in_words(language)),
        };
        if language == Language::English { en } else { zh }
    }
}

/// Where an event stands in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
}

/// How many alerts are open, and what rang last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ringing {
    pub critical: i64,
    pub warning: i64,
    pub info: i64,
    /// The newest call that is still open; a higher number is a newer call.
    pub newest: Option<Call>,
    /// How long nobody has watched; none where nobody ever has.
    pub unwatched: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub number: i64,
    pub severity: Severity,
    pub label: Label,
    pub subject: String,
}

impl Ringing {
    #[must_use]
    pub fn open(&self) -> i64 {
        self.critical + self.warning + self.info
    }

    /// The worst that is open.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        [(self.critical, Severity::Critical), (self.warning, Severity::Warning), (self.info, Severity::Info)]
            .into_iter()
            .find(|(count, _)| *count > 0)
            .map(|(_, severity)| severity)
    }

    /// Whether nobody watches any more. The leader makes a round every two seconds; a minute is no mishap of a network.
    #[must_use]
    pub fn is_unwatched(&self) -> bool {
        self.unwatched.is_some_and(|since| since > Duration::from_mins(1))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub code: String,
    pub kind: String,
    pub label: Label,
    pub severity: Severity,
    pub enabled: bool,
    /// JSON object of everything else that can be set.
    pub settings: String,
    pub version: i64,
    /// Raised in seven days.
    pub alerts: i64,
}

/// A time for which a rule would have raised an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    pub subject: String,
    pub record: Option<RecordNumber>,
    pub from: Timestamp,
    pub until: Timestamp,
    pub events: i64,
    pub peak: i64,
    pub actors: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub number: i64,
    pub rule: String,
    pub subject: Option<String>,
    pub why: String,
    pub by: String,
    pub at: Timestamp,
    pub until: Timestamp,
    pub ended_by: Option<String>,
    pub running: bool,
}

/// A record that nobody has a reason to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Honeytoken {
    pub record: RecordNumber,
    pub by: String,
    pub at: Timestamp,
    pub note: String,
}

/// A call on its way to a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The same for every attempt and every sink.
    pub number: i64,
    pub alert: i64,
    /// `raised`, `again` or `escalated`.
    pub what: String,
    pub at: Timestamp,
    pub rule: String,
    pub label: Label,
    pub severity: Severity,
    pub subject: String,
    pub opened_at: Timestamp,
    pub until: Timestamp,
    pub events: i64,
    pub peak: i64,
    pub actors: Vec<String>,
    /// Failed ones before this.
    pub attempts: i32,
}

/// A word of `rule set` as the database takes it: `threshold=20`, `window=10m`, `hours=07:00-20:00`, `enabled=off`, `actions=reveal,copy`.
///
/// # Errors
/// The word, where it is none of these.
pub fn setting(word: &str) -> Result<Vec<(String, String)>, String> {
    let Some((name, value)) = word.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty()) else {
        return Err(word.to_owned());
    };
    let one = |name: &str, value: &str| Ok(vec![(name.to_owned(), value.to_owned())]);
    match name {
        "window" => one("window_s", &seconds(value).ok_or_else(|| word.to_owned())?.to_string()),
        "escalate" if value == "none" => one("escalate_minutes", value),
        "escalate" => one("escalate_minutes", &(seconds(value).ok_or_else(|| word.to_owned())? / 60).max(1).to_string()),
        "hours" => {
            let (from, until) = value.split_once('-').ok_or_else(|| word.to_owned())?;
            Ok(vec![("from_time".into(), from.into()), ("until_time".into(), until.into())])
        }
        "label" => Ok(vec![("label_en".into(), value.into()), ("label_zh".into(), value.into())]),
        "enabled" => match value {
            "on" | "true" | "yes" => one("enabled", "true"),
            "off" | "false" | "no" => one("enabled", "false"),
            _ => Err(word.to_owned()),
        },
        _ => one(name, value),
    }
}

/// `90`, `90s`, `10m`, `2h`, `7d`.
fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let (number, factor) = match unit {
        's' => (text.strip_suffix('s')?, 1),
        'm' => (text.strip_suffix('m')?, 60),
        'h' => (text.strip_suffix('h')?, 3_600),
        'd' => (text.strip_suffix('d')?, 86_400),
        _ => (text, 1),
    };
    number.parse::<i64>().ok()?.checked_mul(factor).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_the_words_people_use() {
        let of = |word| setting(word).map(|pairs| pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>());
        assert_eq!(of("threshold=20").unwrap(), ["threshold=20"]);
        assert_eq!(of("window=10m").unwrap(), ["window_s=600"]);
        assert_eq!(of("escalate=2h").unwrap(), ["escalate_minutes=120"]);
        assert_eq!(of("escalate=none").unwrap(), ["escalate_minutes=none"]);
        assert_eq!(of("hours=07:00-20:00").unwrap(), ["from_time=07:00", "until_time=20:00"]);
        assert_eq!(of("enabled=off").unwrap(), ["enabled=false"]);
        for wrong in ["threshold", "=20", "window=soon", "window=-5m", "hours=7", "enabled=perhaps", "window=9999999999999999d"] {
            assert_eq!(of(wrong).unwrap_err(), wrong);
        }
    }

    #[test]
    fn the_worst_that_is_open_gives_the_letter() {
        let ringing = Ringing { warning: 2, info: 5, ..Ringing::default() };
        assert_eq!((ringing.open(), ringing.worst().map(Severity::letter)), (7, Some('W')));
        assert_eq!(Ringing::default().worst(), None);
        assert!(!Ringing::default().is_unwatched(), "nobody ever watched, so nothing stopped");
        assert!(Ringing { unwatched: Some(Duration::from_secs(61)), ..Ringing::default() }.is_unwatched());
    }
}
