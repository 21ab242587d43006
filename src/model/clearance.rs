//! Clearances of people and labels of records: a level and compartments. Whoever is not cleared for a record's label does not learn that it exists.

use std::collections::BTreeSet;

use super::catalogue::{Label, Language};

/// What a person is cleared to, or what a record asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    /// Code of the level; `normal` asks for nothing.
    pub level: String,
    /// Codes, sorted.
    pub compartments: Vec<String>,
}

impl Clearance {
    #[must_use]
    pub fn new(level: &str, compartments: &[String]) -> Self {
        let compartments: BTreeSet<&String> = compartments.iter().collect();
        Self { level: level.to_owned(), compartments: compartments.into_iter().cloned().collect() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    pub code: String,
    /// The higher, the more sensitive; 0 for the lowest.
    pub rank: i16,
    pub label: Label,
    /// Whether the person who reads this is cleared to it.
    pub held: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compartment {
    pub code: String,
    pub label: Label,
    pub held: bool,
}

/// The levels and compartments that a person may hear of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearances {
    /// By rank.
    pub levels: Vec<Level>,
    /// By code.
    pub compartments: Vec<Compartment>,
}

impl Clearances {
    #[must_use]
    pub fn rank(&self, level: &str) -> Option<i16> {
        self.levels.iter().find(|known| known.code == level).map(|known| known.rank)
    }

    /// As people read it: `sensitive, VIP`. What is not known keeps its code.
    #[must_use]
    pub fn in_words(&self, clearance: &Clearance, language: Language) -> String {
        let named = |code: &str, label: Option<&Label>| label.map_or(code, |label| label.in_language(language)).to_owned();
        let level = self.levels.iter().find(|level| level.code == clearance.level);
        let compartment = |code: &String| named(code, self.compartments.iter().find(|known| known.code == *code).map(|known| &known.label));
        std::iter::once(named(&clearance.level, level.map(|level| &level.label)))
            .chain(clearance.compartments.iter().map(compartment))
            .collect::<Vec<_>>()
            .join(if language == Language::English { ", " } else { "、" })
    }
}

/// Who would no longer find a record under another label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losing {
    pub people: i64,
    /// `None` for who may not look at people.
    pub logins: Option<Vec<String>>,
}
