//! Values shared with one person for a time.

use jiff::{SignedDuration, Timestamp};

use super::{
    catalogue::Language,
    id::{RecordId, RecordNumber, ShareId},
};

/// The shortest and the longest a value is shared for.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(5);
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A share as both sides see it, without what it sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub id: ShareId,
    pub record: RecordId,
    pub number: RecordNumber,
    pub field: String,
    pub class: String,
    /// The version of the field that was shared.
    pub version: i64,
    /// The field's version now; `None` where it is gone.
    pub field_version: Option<i64>,
    pub from: String,
    pub to: String,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub until: Timestamp,
    pub withdrawn: Option<(Timestamp, String)>,
    /// Whether it can be read now. An end by itself or by withdrawal is not the only one: the sharer may have lost the right.
    pub is_open: bool,
}

impl Share {
    /// Whether the field has another value by now than the one that was shared.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        self.field_version != Some(self.version)
    }

    /// `open`, `expired`, `withdrawn` or `ended`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ShareState {
        match self {
            Self { withdrawn: Some(_), .. } => ShareState::Withdrawn,
            Self { until, .. } if *until <= now => ShareState::Expired,
            Self { is_open: true, .. } => ShareState::Open,
            _ => ShareState::Ended,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareState {
    Open,
    Expired,
    Withdrawn,
    /// The record was deleted, or the sharer may not reveal the value any more.
    Ended,
}

impl ShareState {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        match (self, language) {
            (_, Language::English) => self.code(),
            (Self::Open, Language::Chinese) => "有效",
            (Self::Expired, Language::Chinese) => "已到期",
            (Self::Withdrawn, Language::Chinese) => "已撤回",
            (Self::Ended, Language::Chinese) => "已终止",
        }
    }
}

/// How long, as people type it: `30m`, `2h`, `7d`. `None` unless it lies between [`SHORTEST`] and [`LONGEST`].
#[must_use]
pub fn parse_duration(typed: &str) -> Option<SignedDuration> {
    let typed = typed.trim();
    let minutes_per_unit = match typed.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let count: i64 = typed.get(..typed.len() - 1)?.parse().ok().filter(|count| (1..=100_000).contains(count))?;
    let duration = SignedDuration::from_mins(count * minutes_per_unit);
    (SHORTEST..=LONGEST).contains(&duration).then_some(duration)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_share_lasts_from_five_minutes_to_thirty_days() {
        for (typed, minutes) in [("5m", 5), ("90m", 90), (" 2h ", 120), ("1d", 1_440), ("30d", 43_200), ("720h", 43_200)] {
            assert_eq!(parse_duration(typed), Some(SignedDuration::from_mins(minutes)), "{typed}");
        }
        for typed in ["", "4m", "31d", "721h", "2", "h", "-2h", "2w", "1.5h", "99999999999999999999d", "5分"] {
            assert_eq!(parse_duration(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_has_ended_is_told_by_how_it_ended() {
        let moment = Timestamp::from_second(1_000).unwrap();
        let open = Share {
            id: ShareId(Uuid::nil()),
            record: RecordId(Uuid::nil()),
            number: RecordNumber::new("C", 1),
            field: "phone".into(),
            class: "contact".into(),
            version: 2,
            field_version: Some(2),
            from: "ann".into(),
            to: "sam".into(),
            reason: None,
            created_at: Timestamp::UNIX_EPOCH,
            until: moment,
            withdrawn: None,
            is_open: true,
        };
        let before = Timestamp::from_second(999).unwrap();
        assert_eq!(open.state(before), ShareState::Open);
        assert_eq!(open.state(moment), ShareState::Expired);
        assert_eq!(Share { is_open: false, ..open.clone() }.state(before), ShareState::Ended);
        let withdrawn = Share { withdrawn: Some((before, "ann".into())), ..open.clone() };
        assert_eq!(withdrawn.state(moment), ShareState::Withdrawn);
        assert!(!open.is_outdated() && Share { field_version: Some(3), ..open }.is_outdated());
    }

    proptest! {
        #[test]
        fn nothing_typed_makes_it_panic(typed in any::<String>()) {
            let _ = parse_duration(&typed);
        }
    }
}
