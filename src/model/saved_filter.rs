//! A filter of the audit that a person saved under a name.

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    audit::Filter,
    id::{RecordId, RecordNumber},
};
use crate::text::when;

/// Times stand as they were typed, so that `-2h` and `today` mean the day they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFilter {
    pub id: Uuid,
    pub name: String,
    /// Without times and without a question of who searched, which is of its moment.
    pub filter: Filter,
    pub from: Option<String>,
    pub until: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    name: String,
    actor: Option<String>,
    action: Option<String>,
    record: Option<Uuid>,
    number: Option<String>,
    class: Option<String>,
    outcome: Option<String>,
    reason: Option<String>,
    text: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

impl SavedFilter {
    /// What is sealed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let filter = self.filter.clone();
        let text = Sealed {
            name: self.name.clone(),
            actor: filter.actor,
            action: filter.action,
            record: filter.record.map(|record| record.0),
            number: filter.number.map(|number| number.to_string()),
            class: filter.class,
            outcome: filter.outcome,
            reason: filter.reason,
            text: filter.text,
            from: self.from.clone(),
            until: self.until.clone(),
        };
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// `None` for what is no saved filter.
    #[must_use]
    pub fn from_text(id: Uuid, text: &str) -> Option<Self> {
        let text: Sealed = serde_json::from_str(text).ok()?;
        let filter = Filter {
            actor: text.actor,
            action: text.action,
            record: text.record.map(RecordId),
            number: text.number.and_then(|number| RecordNumber::parse(&number)),
            class: text.class,
            outcome: text.outcome,
            reason: text.reason,
            text: text.text,
            ..Filter::default()
        };
        Some(Self { id, name: text.name, filter, from: text.from, until: text.until })
    }

    /// The filter as it is meant now. A time that is not understood any more is left out, and with it the bound: `None` then, so that nothing shows
    /// more than was asked for.
    #[must_use]
    pub fn at(&self, now: &Zoned) -> Option<Filter> {
        let moment = |typed: &Option<String>| match typed {
            None => Some(None),
            Some(typed) => when::parse(typed, now).map(Some),
        };
        Some(Filter { from: moment(&self.from)?, until: moment(&self.until)?, ..self.filter.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_back_and_relative_times_move_with_the_day() {
        let now: Zoned = "2026-11-24T14:00:00+08:00[+08:00]".parse().unwrap();
        let saved = SavedFilter {
            id: Uuid::nil(),
            name: "refused lately".into(),
            filter: Filter { outcome: Some("refused".into()), number: RecordNumber::parse("C-204817"), ..Filter::default() },
            from: Some("-2h".into()),
            until: None,
        };
        let read = SavedFilter::from_text(Uuid::nil(), &saved.to_text()).unwrap();
        assert_eq!(read, saved);
        assert_eq!(read.at(&now).unwrap().from, Some("2026-11-24T04:00:00Z".parse().unwrap()));
        assert!(SavedFilter { from: Some("when".into()), ..saved }.at(&now).is_none());
        assert!(SavedFilter::from_text(Uuid::nil(), "{}").is_none());
    }
}
