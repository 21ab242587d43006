//! Access reviews: who answers by when for which grants.

use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned, civil};
use serde::{Deserialize, Serialize};

use super::{catalogue::Language, id::SessionId};

/// What becomes of grants that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    Revoke,
    Escalate,
}

impl Unanswered {
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Revoke, Self::Escalate].into_iter().find(|unanswered| unanswered.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Escalate => "escalate",
        }
    }
}

/// A campaign. What is not exported is counted for who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    pub number: i32,
    pub title: String,
    /// Empty for all roles.
    pub roles: Vec<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub unanswered: Unanswered,
    pub every_days: Option<i32>,
    pub closed_at: Option<Timestamp>,
    pub reviewers: Vec<String>,
    /// Reviewers who are not active any more.
    #[serde(skip)]
    pub reviewers_left: Vec<String>,
    #[serde(skip)]
    pub items: i64,
    /// Answered, or ended in another way.
    #[serde(skip)]
    pub answered: i64,
    /// Those that the person who asks is to answer.
    #[serde(skip)]
    pub waiting: i64,
}

impl Campaign {
    /// A bar of so many cells, and the numbers beside it.
    #[must_use]
    pub fn progress(&self, cells: u8) -> String {
        let filled = (i64::from(cells) * self.answered).checked_div(self.items).unwrap_or(0).clamp(0, i64::from(cells));
        let bar: String = (0..i64::from(cells)).map(|cell| if cell < filled { '#' } else { '-' }).collect();
        format!("[{bar}] {}/{}", self.answered, self.items)
    }
}

/// `14d` from now, or the end of a day, seen from `now` and in its zone. `None`: not understood.
#[must_use]
pub fn due(typed: &str, now: &Zoned) -> Option<Timestamp> {
    if let Some(days) = days(typed) {
        return now.timestamp().checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok();
    }
    let date: civil::Date = typed.trim().parse().ok()?;
    Some(date.checked_add(1.day()).ok()?.to_zoned(now.time_zone().clone()).ok()?.timestamp())
}

/// `90d`, or `90`.
#[must_use]
pub fn days(typed: &str) -> Option<i32> {
    let typed = typed.trim();
    typed.strip_suffix(['d', '天']).unwrap_or(typed).trim().parse().ok().filter(|days| *days > 0)
}

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Keep,
    /// Taken, and another role is to come in its place.
    Change,
    Revoke,
    /// Revoked because nobody answered.
    Expired,
    /// Nobody answered, and an officer has to.
    Escalated,
    /// The grant had ended before the due date.
    Gone,
}

impl Decision {
    const ALL: [Self; 6] = [Self::Keep, Self::Change, Self::Revoke, Self::Expired, Self::Escalated, Self::Gone];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Change => "change",
            Self::Revoke => "revoke",
            Self::Expired => "expired",
            Self::Escalated => "escalated",
            Self::Gone => "gone",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Keep => ("kept", "保留"),
            Self::Change => ("changed", "变更"),
            Self::Revoke => ("revoked", "收回"),
            Self::Expired => ("revoked, unanswered", "逾期收回"),
            Self::Escalated => ("escalated", "上报"),
            Self::Gone => ("ended before", "已先行结束"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// What the audit of 90 days says about a grant. `None` where the role's use leaves no trace that could be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub used: Option<i64>,
    pub last_used: Option<Timestamp>,
    /// Of the role's other members.
    pub peers_median: Option<i64>,
    /// Acts that no other role of the person would have permitted.
    pub would_fail: Option<i64>,
}

/// A grant in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub user: String,
    pub role: String,
    /// `None` where it is not held any more.
    pub granted_at: Option<Timestamp>,
    pub evidence: Evidence,
    pub decision: Option<Decision>,
    pub new_role: Option<String>,
    pub comment: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    #[serde(skip)]
    pub display_name: String,
    /// Whether the person who asks may answer it, or take what was kept.
    #[serde(skip)]
    pub answerable: bool,
}

impl Item {
    /// How often and when it was used, as a sentence's part. `date` writes a time as a day.
    #[must_use]
    pub fn evidence_in_words(&self, language: Language, date: impl Fn(Timestamp) -> String) -> String {
        let english = language == Language::English;
        let Some(used) = self.evidence.used else {
            return if english { "its use cannot be counted" } else { "使用情况无法统计" }.to_owned();
        };
        let last = self.evidence.last_used.map(date);
        let would_fail = self.evidence.would_fail.unwrap_or(0);
        let peers = match (self.evidence.peers_median, english) {
            (Some(median), true) => format!("; peers {median}"),
            (Some(median), false) => format!("；其他成员中位数 {median} 次"),
            (None, true) => "; nobody else has it".to_owned(),
            (None, false) => "；无其他成员".to_owned(),
        };
        match (english, last) {
            (true, Some(last)) => format!("used {used} x, last {last}{peers}; {would_fail} would have failed without it"),
            (true, None) => format!("never used in 90 days{peers}"),
            (false, Some(last)) => format!("使用 {used} 次，最近 {last}{peers}；若无此角色，其中 {would_fail} 次会被拒绝"),
            (false, None) => format!("90 天内未使用{peers}"),
        }
    }
}

/// An audit event about a campaign, with its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewEvent {
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub details: Option<String>,
    /// The chain's SHA-256 at this event.
    #[serde(with = "super::base64")]
    pub hash: Vec<u8>,
}

/// Two capabilities that one person must not hold, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    pub capabilities: (String, String),
    pub reason: super::catalogue::Label,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_is_a_number_of_days_or_a_day() {
        let now = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        let at = |typed: &str| due(typed, &now).map(Timestamp::as_second);
        assert_eq!((at("14d"), at("14 天"), at("14")), (Some(14 * 86_400), Some(14 * 86_400), Some(14 * 86_400)));
        assert_eq!(at("1970-01-03"), Some(3 * 86_400));
        for typed in ["", "d", "0d", "-3d", "soon", "14w", "2026-13-01", "9999-12-31", "99999999999d", "2147483647d"] {
            assert_eq!(at(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_bar_is_full_only_when_everything_is_answered() {
        let campaign = |answered, items| Campaign {
            number: 1,
            title: String::new(),
            roles: Vec::new(),
            created_by: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            unanswered: Unanswered::Revoke,
            every_days: None,
            closed_at: None,
            reviewers: Vec::new(),
            reviewers_left: Vec::new(),
            items,
            answered,
            waiting: 0,
        };
        assert_eq!(campaign(99, 100).progress(10), "[#########-] 99/100");
        assert_eq!(campaign(100, 100).progress(10), "[##########] 100/100");
        assert_eq!(campaign(0, 0).progress(4), "[----] 0/0");
    }
}
