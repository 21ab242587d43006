//! The filter being typed.

use jiff::Zoned;
use tui_textarea::TextArea;

use crate::{
    model::{action, audit::Filter, catalogue::Language, id::RecordNumber},
    text::when,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterField {
    Actor,
    Action,
    Record,
    Class,
    Outcome,
    Reason,
    From,
    Until,
    Text,
    Name,
}

impl FilterField {
    pub const ALL: [Self; 10] = [
        Self::Actor,
        Self::Action,
        Self::Record,
        Self::Class,
        Self::Outcome,
        Self::Reason,
        Self::From,
        Self::Until,
        Self::Text,
        Self::Name,
    ];

    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Actor => ("person", "操作人"),
            Self::Action => ("action", "操作"),
            Self::Record => ("record", "记录"),
            Self::Class => ("class", "类别"),
            Self::Outcome => ("result", "结果"),
            Self::Reason => ("reason", "理由"),
            Self::From => ("from", "开始时间"),
            Self::Until => ("until", "结束时间"),
            Self::Text => ("text", "关键字"),
            Self::Name => ("save as", "存为"),
        };
        if language == Language::English { en } else { zh }
    }

    /// What may be typed.
    #[must_use]
    pub fn hint(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Actor => ("login name: lin.mei", "登录名：lin.mei"),
            Self::Action => ("view, reveal, search, edit ... several with commas", "如 打开记录、查看、搜索，多个用逗号分隔"),
            Self::Record => ("C-204817 or 204817", "C-204817 或 204817"),
            Self::Class => ("identity, contact, payment ...", "identity、contact、payment 等"),
            Self::Outcome => ("ok, refused, or a code such as SD003", "ok、refused，或代码如 SD003"),
            Self::Reason => ("code of a reason: callback", "理由代码：callback"),
            Self::From | Self::Until => ("14:00, 2026-11-24 09:00, -2h, today", "14:00、2026-11-24 09:00、-2h、今天"),
            Self::Text => ("part of anything the event says", "事件内容的任意部分"),
            Self::Name => ("a name, to find this filter again with F", "名称，之后可按 F 找回"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// What keeps a form from being a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub field: FilterField,
    /// The two moments are the wrong way round.
    pub order: bool,
}

pub struct FilterForm {
    pub inputs: Vec<(FilterField, TextArea<'static>)>,
    pub selected: usize,
    /// Which of the kept filters is in the boxes.
    pub recalled: Option<usize>,
    /// Kept where the number is not typed over: an event's record.
    pub base: Filter,
    pub error: Option<String>,
}

/// The codes that a piece names: by its words, or as codes with spaces between.
fn actions(piece: &str) -> Vec<&str> {
    let code = action::code_of(piece);
    if code == piece.trim() { piece.split_whitespace().map(action::code_of).collect() } else { vec![code] }
}

impl FilterForm {
    #[must_use]
    pub fn of(filter: &Filter, name: Option<&str>, now: &Zoned) -> Self {
        let moment = |at: Option<jiff::Timestamp>| at.map(|at| when::show(at, now));
        let text = |field| match field {
            FilterField::Actor => filter.actor.clone(),
            FilterField::Action => filter.action.clone(),
            FilterField::Record => {
                filter.number.map(|number| number.to_string()).or_else(|| filter.record.map(|record| record.to_string()))
            }
            FilterField::Class => filter.class.clone(),
            FilterField::Outcome => filter.outcome.clone(),
            FilterField::Reason => filter.reason.clone(),
            FilterField::From => moment(filter.from),
            FilterField::Until => moment(filter.until),
            FilterField::Text => filter.text.clone(),
            FilterField::Name => name.map(str::to_owned),
        };
        let inputs = FilterField::ALL
            .map(|field| {
                let mut input = TextArea::from([text(field).unwrap_or_default()]);
                input.move_cursor(tui_textarea::CursorMove::End);
                (field, input)
            })
            .into();
        Self { inputs, selected: 0, recalled: None, base: filter.clone(), error: None }
    }

    #[must_use]
    pub fn typed(&self, wanted: FilterField) -> Option<String> {
        let input = self.inputs.iter().find(|(field, _)| *field == wanted)?;
        Some(input.1.lines().join(" ").trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// What was typed, as a filter.
    ///
    /// # Errors
    /// The box that is wrong.
    pub fn filter(&self, now: &Zoned) -> Result<Filter, Wrong> {
        let moment = |field| match self.typed(field) {
            None => Ok(None),
            Some(text) => when::parse(&text, now).map(Some).ok_or(Wrong { field, order: false }),
        };
        let before = Self::of(&self.base, None, now);
        let (record, number) = match self.typed(FilterField::Record) {
            None => (None, None),
            same if same == before.typed(FilterField::Record) => (self.base.record, self.base.number),
            Some(text) => (None, Some(RecordNumber::parse(&text).ok_or(Wrong { field: FilterField::Record, order: false })?)),
        };
        let outcome = match self.typed(FilterField::Outcome) {
            None => None,
            Some(text) if matches!(text.as_str(), "ok" | "refused") => Some(text),
            Some(text) => {
                let code = text.to_uppercase();
                let digits =
                    code.strip_prefix("SD").filter(|digits| digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()));
                Some(digits.map(|_| code.clone()).ok_or(Wrong { field: FilterField::Outcome, order: false })?)
            }
        };
        let action =
            self.typed(FilterField::Action).map(|text| text.split([',', '，', '、']).flat_map(actions).collect::<Vec<_>>().join(","));
        let (from, until) = (moment(FilterField::From)?, moment(FilterField::Until)?);
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(Wrong { field: FilterField::Until, order: true });
        }
        Ok(Filter {
            actor: self.typed(FilterField::Actor),
            action: action.filter(|action| !action.is_empty()),
            record,
            number,
            class: self.typed(FilterField::Class),
            outcome,
            reason: self.typed(FilterField::Reason),
            text: self.typed(FilterField::Text),
            from,
            until,
            searched: self.base.searched.clone(),
        })
    }
}
