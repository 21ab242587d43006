//! Generated records: customers for the demo, for tests and for measurements, and contracts for the demo. Nobody in here exists.
//!
//! A customer is a function of a seed and a position, so any of a million can be made again without the others, and two threads making
//! different ones never disagree.

mod contract;
mod load;
mod names;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

pub use contract::{CONTRACT, Contract, define as define_contracts};
pub use load::{Load, LoadError, Records, load};

use crate::text::validate::{id_check, luhn_check};
use names::{CITIES, City, GIVEN, MOBILE, NOTES, STREETS, SURNAMES, TEST_CARDS, WESTERN_FAMILY, WESTERN_GIVEN};

/// One in so many customers has a Western name.
const WESTERN: f64 = 0.25;
/// One in so many has a note.
const NOTED: f64 = 0.3;

/// A generated customer. Every value is in the spelling that [`crate::text::validate`] stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub name: String,
    pub city: String,
    pub status: &'static str,
    pub phone: String,
    pub email: String,
    pub address: String,
    pub id_number: String,
    pub birth_date: String,
    pub card: String,
    pub note: Option<&'static str>,
}

impl Customer {
    /// The value of a field; `None` for a field that generated customers do not have.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&str> {
        Some(match field {
            "name" => &self.name,
            "city" => &self.city,
            "status" => self.status,
            "phone" => &self.phone,
            "email" => &self.email,
            "address" => &self.address,
            "id_number" => &self.id_number,
            "birth_date" => &self.birth_date,
            "card" => &self.card,
            _ => return None,
        })
    }
}

/// Makes customers. Equal seeds give equal customers.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    seed: u64,
}

impl Generator {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The customer at a position.
    #[must_use]
    pub fn customer(self, position: u64) -> Customer {
        let mut rng = self.rng(0, position);
        let rng = &mut rng;
        let western = rng.random_bool(WESTERN);
        let (name, latin) = if western { western_name(rng) } else { chinese_name(rng) };
        let city = pick(rng, &CITIES);
        let (year, month, day) = birth_date(rng);
        Customer {
            city: if western { city.latin.to_owned() } else { city.hanzi.to_owned() },
            status: match rng.random_range(0..10) {
                0..=7 => "active",
                8 => "dormant",
                _ => "closed",
            },
            phone: format!("{}{:08}", pick(rng, &MOBILE), rng.random_range(0..100_000_000)),
            email: email(rng, &latin),
            address: address(rng, city, western),
            id_number: id_number(rng, city.region, (year, month, day)),
            birth_date: format!("{year:04}-{month:02}-{day:02}"),
            card: card(rng),
            note: rng.random_bool(NOTED).then(|| *pick(rng, &NOTES)),
            name,
        }
    }

    /// Randomness that belongs to one position of a stream: seed, position and stream fill disjoint parts of the cipher's key.
    fn rng(self, stream: u64, position: u64) -> StdRng {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&position.to_le_bytes());
        key[16..24].copy_from_slice(&stream.to_le_bytes());
        StdRng::from_seed(key)
    }
}

fn pick<'a, T>(rng: &mut StdRng, list: &'a [T]) -> &'a T {
    // `choose` is `None` only for an empty list; the lists are constants with members.
    list.choose(rng).unwrap_or(&list[0])
}

/// The first of a list twenty times as often as the last: outside, too, a few names are most people's.
fn pick_common<'a, T>(rng: &mut StdRng, list: &'a [T]) -> &'a T {
    let wide = list.len() * list.len();
    let drawn = rng.random_range(0..wide);
    &list[drawn.isqrt().abs_diff(list.len() - 1)]
}

/// The name as stored and the Latin letters its e-mail address is made of.
fn chinese_name(rng: &mut StdRng) -> (String, String) {
    let (surname, surname_hanzi) = pick_common(rng, &SURNAMES);
    let (first, first_hanzi) = pick(rng, &GIVEN);
    let (second, second_hanzi) = if rng.random_bool(0.6) { *pick(rng, &GIVEN) } else { ("", "") };
    let mut given = format!("{first}{second}");
    given[..1].make_ascii_uppercase();
    (format!("{surname} {given} {surname_hanzi}{first_hanzi}{second_hanzi}"), format!("{surname}.{given}").to_lowercase())
}

fn western_name(rng: &mut StdRng) -> (String, String) {
    let (given, family) = (pick_common(rng, &WESTERN_GIVEN), pick_common(rng, &WESTERN_FAMILY));
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    (format!("{given} {family}"), format!("{}.{}", plain(given), plain(family)))
}

fn email(rng: &mut StdRng, latin: &str) -> String {
    // RFC 2606 reserves these names: mail to them reaches nobody.
    let domain = pick(rng, &["example.com", "example.org", "example.net"]);
    format!("{latin}{}@{domain}", rng.random_range(1..10_000))
}

fn address(rng: &mut StdRng, city: &City, western: bool) -> String {
    let (street, number, flat) = (pick(rng, &STREETS), rng.random_range(1..900), rng.random_range(101..2_900));
    if western {
        format!("Flat {flat}, {number} Renmin Road, {}", city.latin)
    } else {
        format!("{}市{}{street}{number}号{flat}室", city.hanzi, city.district)
    }
}

/// A day on which somebody between 18 and 85 may have been born. No 29th to 31st: every month has the others.
fn birth_date(rng: &mut StdRng) -> (u16, u8, u8) {
    (rng.random_range(1941..=2007), rng.random_range(1..=12), rng.random_range(1..=28))
}

/// GB 11643-1999: region, birth date, serial, check character.
fn id_number(rng: &mut StdRng, region: &str, (year, month, day): (u16, u8, u8)) -> String {
    let mut number = format!("{region}{year:04}{month:02}{day:02}{:03}", rng.random_range(1..1000));
    number.extend(id_check(&number));
    number
}

fn card(rng: &mut StdRng) -> String {
    let (prefix, length) = pick(rng, &TEST_CARDS);
    let mut number = (*prefix).to_owned();
    while number.len() + 1 < *length {
        number.push(char::from(b'0' + rng.random_range(0..10_u8)));
    }
    number.extend(luhn_check(&number));
    number
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{model::preset, text::validate::validate};

    #[test]
    fn every_value_is_valid_and_already_in_its_stored_spelling() {
        let (generator, catalogue) = (Generator::new(7), preset::catalogue());
        for position in 0..3_000 {
            let customer = generator.customer(position);
            for field in &catalogue.fields {
                let value = customer.value(&field.code).unwrap();
                assert_eq!(validate(field, value).as_deref(), Ok(value), "{} of customer {position}", field.code);
            }
        }
    }

    #[test]
    fn the_identity_number_holds_the_birth_date() {
        let customer = Generator::new(1).customer(0);
        assert_eq!(customer.id_number[6..14], customer.birth_date.replace('-', ""));
    }

    #[test]
    fn a_seed_and_a_position_make_one_customer() {
        assert_eq!(Generator::new(1).customer(41), Generator::new(1).customer(41));
        assert_ne!(Generator::new(1).customer(41), Generator::new(1).customer(42));
        assert_ne!(Generator::new(1).customer(41), Generator::new(2).customer(41));
    }

    #[test]
    fn both_scripts_and_many_phones_occur() {
        let customers: Vec<Customer> = (0..2_000).map(|position| Generator::new(3).customer(position)).collect();
        let chinese = customers.iter().filter(|customer| !customer.name.split(' ').next_back().unwrap_or("").is_ascii()).count();
        assert!((1_200..1_900).contains(&chinese), "{chinese} of 2000");
        let phones: HashSet<&str> = customers.iter().map(|customer| customer.phone.as_str()).collect();
        assert!(phones.len() > 1_990);
        assert!(customers.iter().any(|customer| customer.note.is_some()));
    }

    #[test]
    fn common_names_are_common() {
        let wang = (0..4_000).filter(|position| Generator::new(5).customer(*position).name.starts_with("Wang ")).count();
        let ye = (0..4_000).filter(|position| Generator::new(5).customer(*position).name.starts_with("Ye ")).count();
        assert!(wang > 3 * ye.max(1), "{wang} and {ye}");
    }
}
