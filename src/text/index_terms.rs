//! The terms a value is indexed under, and the term a search looks for. Both sides of the blind index are made here, so that they cannot drift apart.

use super::normalise::{cjk_query_terms, digits, email, fold, is_cjk, number_text, phone_digits, words};
use crate::model::{
    catalogue::{Field, FieldKind, IndexMode},
    id::RecordNumber,
};

const SHORTEST_PREFIX: usize = 2;
const LONGEST_PREFIX: usize = 8;

/// Every (mode, term) of a stored value.
#[must_use]
pub fn of_value(field: &Field, value: &str) -> Vec<(IndexMode, String)> {
    field.index.iter().flat_map(|mode| terms(field, *mode, value).into_iter().map(|term| (*mode, term))).collect()
}

/// A search term in the spelling of the index.
#[must_use]
pub fn of_search(field: &Field, mode: IndexMode, term: &str) -> String {
    match mode {
        IndexMode::Exact => exact(field, term),
        IndexMode::LastFour => number_text(term),
        IndexMode::NamePrefix => fold(term).chars().take(LONGEST_PREFIX).collect(),
        IndexMode::Cjk => fold(term),
        IndexMode::Email => email(term),
        IndexMode::DateParts => digits(term),
    }
}

fn terms(field: &Field, mode: IndexMode, value: &str) -> Vec<String> {
    match mode {
        IndexMode::Exact => vec![exact(field, value)],
        IndexMode::LastFour => last_four(value),
        IndexMode::NamePrefix => prefixes(value),
        IndexMode::Cjk => cjk(value),
        IndexMode::Email => email_parts(value),
        IndexMode::DateParts => date_parts(value),
    }
}

fn exact(field: &Field, value: &str) -> String {
    match field.kind {
        FieldKind::Phone => phone_digits(value),
        FieldKind::IdNumber | FieldKind::Card => number_text(value),
        FieldKind::Email => email(value),
        // Numbers run through all kinds, so a bare one finds it too.
        FieldKind::Record => RecordNumber::parse(value).map_or_else(|| fold(value), |number| number.value.to_string()),
        _ => fold(value),
    }
}

fn last_four(value: &str) -> Vec<String> {
    let text: Vec<char> = number_text(value).chars().collect();
    if text.len() < 4 { Vec::new() } else { vec![text[text.len() - 4..].iter().collect()] }
}

fn prefixes(value: &str) -> Vec<String> {
    words(&fold(value))
        .into_iter()
        .filter(|word| !word.chars().any(is_cjk))
        .flat_map(|word| {
            let characters: Vec<char> = word.chars().collect();
            (SHORTEST_PREFIX..=LONGEST_PREFIX.min(characters.len())).map(|end| characters[..end].iter().collect()).collect::<Vec<String>>()
        })
        .collect()
}

fn cjk(value: &str) -> Vec<String> {
    let folded = fold(value);
    let singles = folded.chars().filter(|c| is_cjk(*c)).map(String::from);
    singles.chain(cjk_query_terms(&folded)).collect()
}

/// The whole address, `local@` and `@domain`.
fn email_parts(value: &str) -> Vec<String> {
    let address = email(value);
    match address.split_once('@') {
        Some((local, domain)) => vec![format!("{local}@"), format!("@{domain}"), address.clone()],
        None => vec![address],
    }
}

/// Year, year and month, and the whole date, as digits.
fn date_parts(value: &str) -> Vec<String> {
    let all = digits(value);
    [4, 6, 8].into_iter().filter_map(|end| all.get(..end).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::preset;

    proptest! {
        #[test]
        fn whatever_is_stored_is_found_by_itself(value in "\\PC{1,40}") {
            for field in preset::catalogue().fields {
                for mode in &field.index {
                    if *mode == IndexMode::Exact {
                        let wanted = of_search(&field, *mode, &value);
                        prop_assert!(of_value(&field, &value).contains(&(*mode, wanted)));
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_word_is_found_by_every_prefix_of_it(name in "[A-Za-z]{2,12}( [A-Za-z]{2,12}){0,2}", take in 2_usize..12) {
            let field = preset::catalogue().field("name").unwrap().clone();
            let stored = of_value(&field, &name);
            for word in name.split(' ') {
                let typed: String = word.chars().take(take).collect();
                let wanted = (IndexMode::NamePrefix, of_search(&field, IndexMode::NamePrefix, &typed));
                prop_assert!(stored.contains(&wanted), "{typed} of {name}");
            }
        }

        #[test]
        fn a_chinese_name_is_found_by_each_character_and_pair(name in "[\u{4e00}-\u{9fa5}]{1,4}") {
            let field = preset::catalogue().field("name").unwrap().clone();
            let stored = of_value(&field, &name);
            for term in name.chars().map(String::from).chain(cjk_query_terms(&fold(&name))) {
                prop_assert!(stored.contains(&(IndexMode::Cjk, of_search(&field, IndexMode::Cjk, &term))), "{term} of {name}");
            }
        }

        #[test]
        fn no_text_makes_indexing_panic(value in any::<String>()) {
            for field in preset::catalogue().fields {
                for mode in [IndexMode::Exact, IndexMode::LastFour, IndexMode::NamePrefix, IndexMode::Cjk, IndexMode::Email, IndexMode::DateParts] {
                    let _ = (terms(&field, mode, &value), of_search(&field, mode, &value));
                }
            }
        }
    }

    #[test]
    fn an_address_is_found_whole_by_local_part_and_by_domain() {
        assert_eq!(email_parts("Li.Na@Example.com"), ["li.na@", "@example.com", "li.na@example.com"]);
    }

    #[test]
    fn names_are_indexed_by_prefixes_of_two_to_eight() {
        assert_eq!(prefixes("Wu Christopher"), ["wu", "ch", "chr", "chri", "chris", "christ", "christo", "christop"]);
    }
}
