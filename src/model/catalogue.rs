//! What an installation has configured: classes, fields, reasons. Rows in the database, never code.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The code that a kind, mask or index mode is stored and typed as.
#[must_use]
pub fn code_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The kind, mask or index mode of a code.
#[must_use]
pub fn of_code<T: DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).ok()
}

use super::{clearance::Clearances, id::Prefix, kind::RecordKind};

/// The languages the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// A text configured in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub en: String,
    pub zh: String,
}

impl Label {
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }
}

/// A sensitivity class. Keys, rights and the time a revealed value stays visible hang on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    pub code: String,
    pub label: Label,
    pub position: i32,
    /// Seconds after which a revealed value hides itself.
    pub hide_after_s: i32,
    /// Whether a reveal needs a reason.
    pub reason_required: bool,
    /// Whether a revealed value may be copied to the terminal's clipboard.
    pub copy_allowed: bool,
    /// Reveals per person and rolling hour.
    pub quota_per_hour: i32,
    /// Whether a revealed value hides itself when its terminal loses the focus.
    pub hide_on_focus_loss: bool,
    /// A reveal needs a one-time code accepted at most so many seconds ago.
    pub fresh_code_s: Option<i32>,
    /// Whether who may reveal its values may share them.
    pub share_allowed: bool,
    /// Counts changes of these settings.
    pub version: i64,
    /// Of its newest keys.
    pub epoch: i32,
}

/// What a person may do with one class. Four independent rights; each is also a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    pub search: bool,
    pub masked: bool,
    pub reveal: bool,
    pub edit: bool,
}

impl Rights {
    /// What either permits.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            search: self.search || other.search,
            masked: self.masked || other.masked,
            reveal: self.reveal || other.reveal,
            edit: self.edit || other.edit,
        }
    }

    /// What this permits and the other does not.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            search: self.search && !other.search,
            masked: self.masked && !other.masked,
            reveal: self.reveal && !other.reveal,
            edit: self.edit && !other.edit,
        }
    }

    /// What [`Self::letters`] writes.
    #[must_use]
    pub fn from_letters(letters: &str) -> Option<Self> {
        let has = |letter| letters.contains(letter);
        let rights = Self { search: has('S'), masked: has('M'), reveal: has('R'), edit: has('E') };
        (rights.letters() == letters).then_some(rights)
    }

    /// `search, masked, reveal, edit`, as far as they are permitted.
    #[must_use]
    pub fn in_words(self, language: Language) -> String {
        let english = language == Language::English;
        let words = [
            (self.search, if english { "search" } else { "搜索" }),
            (self.masked, if english { "masked" } else { "掩码" }),
            (self.reveal, if english { "reveal" } else { "查看" }),
            (self.edit, if english { "edit" } else { "编辑" }),
        ];
        let held: Vec<&str> = words.into_iter().filter(|(held, _)| *held).map(|(_, word)| word).collect();
        held.join(if english { ", " } else { "、" })
    }

    /// `SMRE`, with a dash for what is not permitted.
    #[must_use]
    pub fn letters(self) -> String {
        [(self.search, 'S'), (self.masked, 'M'), (self.reveal, 'R'), (self.edit, 'E')]
            .map(|(held, letter)| if held { letter } else { '-' })
            .iter()
            .collect()
    }
}

/// How a field is typed, checked and normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    LongText,
    Phone,
    Email,
    Date,
    Number,
    Choice,
    /// GB 11643-1999 resident identity number, 18 characters with an ISO 7064 MOD 11-2 check.
    IdNumber,
    /// ISO/IEC 7812 card number with a Luhn check.
    Card,
    /// Another record, by its number.
    Record,
}

/// The records that a field of kind [`FieldKind::Record`] refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Code of their kind.
    pub kind: String,
    /// The letters of their numbers.
    pub prefix: Prefix,
}

/// What is left of a value when it is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// The value itself: only for fields of class `basic`.
    Open,
    /// `138****5678`
    Phone,
    /// `z***@example.com`
    Email,
    /// `**** 4412`
    LastFour,
    /// `1988-**-**`
    Year,
    /// `Z***`
    FirstCharacter,
    /// `****`
    Hidden,
}

/// How a field's values become blind-index tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexMode {
    /// The whole normalised value. Leaks equality.
    Exact,
    /// The last four letters or digits. Leaks equality of the tail.
    LastFour,
    /// Prefixes of 2 to 8 characters of each word. Leaks frequency of prefixes.
    NamePrefix,
    /// Single CJK characters and adjacent pairs. Leaks frequency of characters.
    Cjk,
    /// Whole address, local part and domain.
    Email,
    /// Year and year-month.
    DateParts,
}

/// One choice of a field of kind [`FieldKind::Choice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub code: String,
    pub label: Label,
}

/// A field configured without code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub code: String,
    pub label: Label,
    /// Code of the section the field stands in (`identity`, `contact`, …) and that section's label.
    pub section: String,
    pub section_label: Label,
    pub position: i32,
    pub kind: FieldKind,
    pub class: String,
    pub mask: Mask,
    pub index: Vec<IndexMode>,
    /// Whether its masked form stands in the record's list row.
    pub summary: bool,
    pub required: bool,
    pub choices: Vec<Choice>,
    /// Counts changes.
    pub version: i64,
    /// Counts changes of what is stored for a value: class, mask, index, place in the list row.
    pub layout: i32,
    /// It is asked for nowhere any more; values stay where they are.
    pub retired: bool,
    /// Codes of the kinds of record that have it.
    pub kinds: Vec<String>,
    /// What it refers to: of kind [`FieldKind::Record`], and of no other.
    pub of: Option<Target>,
}

impl Mask {
    pub const ALL: [Self; 7] = [Self::Open, Self::Phone, Self::Email, Self::LastFour, Self::Year, Self::FirstCharacter, Self::Hidden];
}

impl IndexMode {
    pub const ALL: [Self; 6] = [Self::Exact, Self::LastFour, Self::NamePrefix, Self::Cjk, Self::Email, Self::DateParts];

    /// What it tells whoever has the database and no key.
    #[must_use]
    pub fn leaks(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Exact => ("which records have the same value, and how common each value is", "哪些记录的值相同，以及每个值的出现频率"),
            Self::LastFour => ("which records end in the same four characters", "哪些记录的末四位相同"),
            Self::NamePrefix => ("which records share the first two to eight letters of a word", "哪些记录的单词前二至八个字母相同"),
            Self::Cjk => ("which records share a character or a pair of them", "哪些记录含有相同的单字或双字"),
            Self::Email => ("which records share an address, its name or its domain", "哪些记录的地址、用户名或域名相同"),
            Self::DateParts => ("which records share a year, a month or a day", "哪些记录的年、年月或日期相同"),
        };
        if language == Language::English { en } else { zh }
    }
}

impl FieldKind {
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::LongText,
        Self::Phone,
        Self::Email,
        Self::Date,
        Self::Number,
        Self::Choice,
        Self::IdNumber,
        Self::Card,
        Self::Record,
    ];

    /// The masks that make sense of it; [`Mask::Open`] in class `basic` only.
    #[must_use]
    pub fn masks(self) -> Vec<Mask> {
        let last_four = matches!(self, Self::Text | Self::Phone | Self::Number | Self::IdNumber | Self::Card);
        let first_character = matches!(self, Self::Text | Self::LongText | Self::Email);
        [
            (Mask::Open, true),
            (Mask::Phone, self == Self::Phone),
            (Mask::Email, self == Self::Email),
            (Mask::LastFour, last_four),
            (Mask::Year, self == Self::Date),
            (Mask::FirstCharacter, first_character),
            (Mask::Hidden, true),
        ]
        .into_iter()
        .filter_map(|(mask, fits)| fits.then_some(mask))
        .collect()
    }

    /// How it can be searched.
    #[must_use]
    pub fn index_modes(self) -> &'static [IndexMode] {
        match self {
            Self::Text => &[IndexMode::Exact, IndexMode::NamePrefix, IndexMode::Cjk],
            Self::LongText => &[IndexMode::Cjk],
            Self::Phone | Self::Number | Self::IdNumber | Self::Card => &[IndexMode::Exact, IndexMode::LastFour],
            Self::Email => &[IndexMode::Email],
            Self::Date => &[IndexMode::DateParts],
            Self::Choice | Self::Record => &[IndexMode::Exact],
        }
    }

    /// What an index mode tells of a field of this kind.
    #[must_use]
    pub fn leaks(self, mode: IndexMode, language: Language) -> &'static str {
        match (self, language) {
            (Self::Record, Language::English) => {
                "which records refer to the same one, and how many do; whose number it is shows when it is saved or searched, since the number is looked up then"
            }
            (Self::Record, Language::Chinese) => "哪些记录引用了同一条记录及引用数量；保存或搜索时须按编号查找，因此会暴露该编号",
            _ => mode.leaks(language),
        }
    }
}

impl Field {
    /// Whether records of a kind are asked for it.
    #[must_use]
    pub fn is_of(&self, kind: &str) -> bool {
        !self.retired && self.kinds.iter().any(|code| code == kind)
    }

    /// Whether it can refer to a record with such letters before its number; a bare number may be of any kind.
    #[must_use]
    pub fn refers_to(&self, prefix: Prefix) -> bool {
        self.kind == FieldKind::Record && self.of.as_ref().is_some_and(|of| prefix == Prefix::NONE || of.prefix == prefix)
    }

    /// A value or mask as people read it: a choice's label in place of its code.
    #[must_use]
    pub fn shown<'v>(&'v self, value: &'v str, language: Language) -> &'v str {
        let chosen = self.choices.iter().find(|choice| choice.code == value);
        chosen.map_or(value, |choice| choice.label.in_language(language))
    }
}

/// A reason a person may give for a reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub code: String,
    pub label: Label,
    pub reference_required: bool,
    /// Classes the reason is good for; empty means all.
    pub classes: Vec<String>,
    /// Counts changes.
    pub version: i64,
    /// It can no longer be given.
    pub retired: bool,
}

/// Everything configured, in display order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub kinds: Vec<RecordKind>,
    pub classes: Vec<Class>,
    pub fields: Vec<Field>,
    pub reasons: Vec<Reason>,
    pub roles: Vec<Role>,
    pub clearances: Clearances,
    pub reported: Reported,
}

/// What a desk is to say of itself, since it is recorded and nothing else tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Classes whose values are told to have gone from the screen.
    pub hide: Vec<String>,
    /// Whether it is told on which row of the list somebody stayed.
    pub focus: bool,
}

/// An application role's name, and what it may do besides the rights on classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub code: String,
    pub label: Label,
    /// `manage_people`, `audit_all`, …
    pub capabilities: Vec<String>,
    /// Of its newest key; 0 where it has none yet.
    pub generation: i32,
}

impl Catalogue {
    /// Roles by their names, as a person reads them; one that is not known keeps its code.
    #[must_use]
    pub fn role_names(&self, codes: &[String], language: Language) -> String {
        let name = |code: &String| {
            self.roles.iter().find(|role| role.code == *code).map_or(code.clone(), |role| role.label.in_language(language).to_owned())
        };
        codes.iter().map(name).collect::<Vec<_>>().join(if language == Language::English { ", " } else { "、" })
    }

    /// The fields that are in use, in display order.
    pub fn active_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.retired)
    }

    /// What a list row shows: of one kind, or of all where none is named.
    pub fn columns<'c>(&'c self, kind: Option<&'c str>) -> impl Iterator<Item = &'c Field> {
        self.active_fields().filter(move |field| field.summary && kind.is_none_or(|kind| field.is_of(kind)))
    }

    /// The fields that records of a kind are asked for, in display order.
    pub fn fields_of<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Field> {
        self.fields.iter().filter(move |field| field.is_of(kind))
    }

    /// A field's label for records of a kind, whose name may be called otherwise.
    #[must_use]
    pub fn label_of<'c>(&'c self, field: &'c Field, kind: Option<&str>, language: Language) -> &'c str {
        let own = kind.filter(|_| field.code == "name").and_then(|kind| self.kind(kind)).and_then(|kind| kind.name.as_ref());
        own.unwrap_or(&field.label).in_language(language)
    }

    #[must_use]
    pub fn kind(&self, code: &str) -> Option<&RecordKind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// The kinds that records can be made of, in display order.
    pub fn active_kinds(&self) -> impl Iterator<Item = &RecordKind> {
        self.kinds.iter().filter(|kind| !kind.retired)
    }

    /// Whether there is more than one kind, so that it is worth saying which.
    #[must_use]
    pub fn has_kinds(&self) -> bool {
        self.kinds.len() > 1
    }

    /// A kind by its letters.
    #[must_use]
    pub fn kind_with(&self, prefix: Prefix) -> Option<&RecordKind> {
        self.kinds.iter().find(|kind| prefix != Prefix::NONE && Prefix::parse(&kind.prefix) == Some(prefix))
    }

    /// A kind's label, or its code where it is not known.
    #[must_use]
    pub fn kind_name<'c>(&'c self, code: &'c str, language: Language) -> &'c str {
        self.kind(code).map_or(code, |kind| kind.label.in_language(language))
    }

    #[must_use]
    pub fn field(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == code)
    }

    #[must_use]
    pub fn class(&self, code: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.code == code)
    }
}
