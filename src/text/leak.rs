//! The leak meter: what a blind index would tell whoever has the database and no key, computed on the real values.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
};

use super::{index_terms, normalise::fold};
use crate::model::catalogue::{Field, IndexMode};

/// Bytes a token takes in a value, in its record and in the GIN index, as measured with twenty tokens a record.
const BYTES_PER_TOKEN: f64 = 29.0;
/// Values up to which a distribution says nothing.
const TOO_FEW: u64 = 100;
/// The most common token may stand for one in so many records.
const LARGEST_SHARE: u64 = 5;
/// Bits.
const LEAST_ENTROPY: f64 = 3.0;

/// One index mode, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub mode: IndexMode,
    /// Values that were read.
    pub records: u64,
    /// Different tokens.
    pub tokens: u64,
    /// Records behind the most common one.
    pub largest: u64,
    /// Shannon entropy of the tokens, in bits.
    pub entropy: f64,
    /// Records with another value that a search for a value's own term finds besides, on average.
    pub false_hits: f64,
    /// Of values, records and index, for a million records.
    pub bytes_per_million: f64,
}

impl Measured {
    /// The share of records behind the most common token, 0 to 1.
    #[must_use]
    pub fn largest_share(&self) -> f64 {
        ratio(self.largest, self.records)
    }

    /// Whether a field may be indexed so, as `sealdesk.is_above_floor` judges it.
    #[must_use]
    pub fn is_above_floor(&self) -> bool {
        self.records <= TOO_FEW || (self.largest.saturating_mul(LARGEST_SHARE) <= self.records && self.entropy >= LEAST_ENTROPY)
    }
}

/// Takes in values and keeps keyed hashes of them and of their terms, never the values.
pub struct Meter {
    fields: Vec<Field>,
    hasher: RandomState,
    records: u64,
    /// By value: how many have it, and its terms for each mode.
    values: HashMap<u64, (u64, Vec<Vec<u64>>)>,
}

impl Meter {
    #[must_use]
    pub fn new(field: &Field, modes: &[IndexMode]) -> Self {
        let fields = modes.iter().map(|mode| Field { index: vec![*mode], ..field.clone() }).collect();
        Self { fields, hasher: RandomState::new(), records: 0, values: HashMap::new() }
    }

    pub fn take(&mut self, value: &str) {
        self.records += 1;
        let terms = |field: &Field| {
            let mut terms: Vec<u64> = index_terms::of_value(field, value).iter().map(|(_, term)| self.hasher.hash_one(term)).collect();
            terms.sort_unstable();
            terms.dedup();
            terms
        };
        let known = self.values.entry(self.hasher.hash_one(fold(value))).or_insert_with(|| (0, self.fields.iter().map(terms).collect()));
        known.0 += 1;
    }

    #[must_use]
    pub fn results(&self) -> Vec<Measured> {
        self.fields.iter().enumerate().map(|(nth, field)| self.result(nth, field)).collect()
    }

    fn result(&self, nth: usize, field: &Field) -> Measured {
        // By token: the records behind it, and the sum of squares of its values' counts.
        let mut tokens: HashMap<u64, (u64, f64)> = HashMap::new();
        for (count, terms) in self.values.values() {
            for term in terms.get(nth).into_iter().flatten() {
                let token = tokens.entry(*term).or_default();
                token.0 += count;
                token.1 += ratio(*count, 1).powi(2);
            }
        }
        let all: u64 = tokens.values().map(|(count, _)| count).sum();
        let entropy: f64 = tokens.values().map(|(count, _)| ratio(*count, all)).map(|share| -share * share.log2()).sum();
        let others: f64 = tokens.values().map(|(count, same)| ratio(*count, 1).powi(2) - same).sum();
        Measured {
            mode: field.index.first().copied().unwrap_or(IndexMode::Exact),
            records: self.records,
            tokens: u64::try_from(tokens.len()).unwrap_or(u64::MAX),
            largest: tokens.values().map(|(count, _)| *count).max().unwrap_or(0),
            // A single token has minus zero bits.
            entropy: entropy + 0.0,
            false_hits: if all == 0 { 0.0 } else { others / ratio(all, 1) },
            bytes_per_million: ratio(all, self.records) * BYTES_PER_TOKEN * 1e6,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "shares and averages are told to a few digits")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::preset;

    fn measured(field: &str, mode: IndexMode, values: impl IntoIterator<Item = String>) -> Measured {
        let catalogue = preset::catalogue();
        let mut meter = Meter::new(catalogue.field(field).unwrap(), &[mode]);
        values.into_iter().for_each(|value| meter.take(&value));
        meter.results().remove(0)
    }

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    }

    #[test]
    fn values_that_all_differ_have_all_the_entropy_and_no_false_hits() {
        let found = measured("phone", IndexMode::Exact, (0..1024).map(|nth| format!("1380000{nth:04}")));
        assert_eq!((found.records, found.tokens, found.largest), (1024, 1024, 1));
        near(found.entropy, 10.0);
        near(found.false_hits, 0.0);
        near(found.bytes_per_million, 29e6);
        assert!(found.is_above_floor());
    }

    #[test]
    fn a_field_with_few_values_tells_too_much() {
        let found = measured("city", IndexMode::Exact, (0..400).map(|nth| ["Beijing", "Suzhou", "Xian", "Hefei"][nth % 4].to_owned()));
        assert_eq!((found.tokens, found.largest), (4, 100));
        near(found.entropy, 2.0);
        near(found.largest_share(), 0.25);
        assert!(!found.is_above_floor());
        let few = measured("city", IndexMode::Exact, (0..100).map(|_| "Beijing".to_owned()));
        assert!(few.is_above_floor(), "a hundred values say nothing");
        assert!(few.entropy.to_bits() == 0.0_f64.to_bits(), "no minus zero is told");
    }

    #[test]
    fn false_hits_are_other_values_behind_the_same_token() {
        // Two phones that end alike, each of two records: a search by the last four finds both of the other one besides.
        let values = ["13800001234", "13800001234", "13900001234", "13900001234", "13700009876"];
        let found = measured("phone", IndexMode::LastFour, values.map(str::to_owned));
        assert_eq!((found.tokens, found.largest), (2, 4));
        near(found.false_hits, 8.0 / 5.0);
    }

    #[test]
    fn nothing_measured_is_nothing_told() {
        let found = measured("phone", IndexMode::Exact, []);
        assert_eq!((found.records, found.largest), (0, 0));
        near(found.entropy + found.false_hits + found.bytes_per_million + found.largest_share(), 0.0);
    }
}
