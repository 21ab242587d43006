//! Promises of the keyring, tried on a small installation made by its own officer functions.

use uuid::Uuid;

use super::{
    KeyUse, Keyring, KeyringError, Purpose,
    enrol::{NewPersonKeys, rewrap},
    material::{KeyMaterial, PersonKeys, PublicKeys},
    officer::{self, NewInstallation},
};
use crate::{
    crypto::secret::Key32,
    model::{
        catalogue::{Catalogue, IndexMode, Rights},
        id::{InstallationId, RecordId},
        preset,
    },
};

const HERE: InstallationId = InstallationId(Uuid::from_u128(1));
const RECORD: RecordId = RecordId(Uuid::from_u128(2));

/// An installation with one officer, and an agent who was let in by them.
struct World {
    founded: NewInstallation,
    officer: (Key32, PersonKeys),
    agent: (Key32, PersonKeys),
}

fn person(user: &str) -> (Key32, PersonKeys) {
    let kek = Key32::random();
    let NewPersonKeys { hpke_public, ed25519_public, wrapped_private } = NewPersonKeys::generate(HERE, user, &kek);
    (kek, PersonKeys { hpke_public, ed25519_public, wrapped_private })
}

fn public(keys: &PersonKeys) -> PublicKeys {
    PublicKeys { hpke_public: keys.hpke_public.clone(), ed25519_public: keys.ed25519_public.clone() }
}

fn right(search: bool, masked: bool, reveal: bool, edit: bool) -> Rights {
    Rights { search, masked, reveal, edit }
}

fn world() -> World {
    let officer = person("wang.fang");
    let roles = ["agent", "security_officer"].map(String::from);
    let rights = [
        ("agent".into(), "basic".into(), right(true, true, true, true)),
        ("agent".into(), "contact".into(), right(true, true, true, true)),
        ("agent".into(), "identity".into(), right(true, true, false, false)),
        ("security_officer".into(), "basic".into(), right(true, true, true, false)),
    ];
    let mut founded = officer::create_installation(HERE, "wang.fang", &officer.0, &officer.1, &roles, &rights).unwrap();
    let agent = person("lin.mei");
    let keyring = unlock(&founded, "wang.fang", &officer).unwrap();
    let entry = officer::sign_person(&keyring, "lin.mei", &public(&agent.1)).unwrap();
    founded.wraps.push(officer::wrap_role_for_person(&keyring, "agent", &entry).unwrap());
    founded.directory.push(entry);
    World { founded, officer, agent }
}

fn unlock(founded: &NewInstallation, user: &str, (kek, keys): &(Key32, PersonKeys)) -> Result<Keyring, KeyringError> {
    let material = KeyMaterial {
        user: user.into(),
        person: keys.clone(),
        directory: founded.directory.clone(),
        wraps: founded.wraps.clone(),
        root_public: founded.root_public.clone(),
    };
    Keyring::unlock(HERE, Some(&founded.root_fingerprint), kek, material)
}

impl World {
    fn agent(&self) -> Keyring {
        unlock(&self.founded, "lin.mei", &self.agent).unwrap()
    }

    fn officer(&self) -> Keyring {
        unlock(&self.founded, "wang.fang", &self.officer).unwrap()
    }
}

#[test]
fn rights_are_keys() {
    let world = world();
    let agent = world.agent();
    assert_eq!(agent.problems(), <[String; 0]>::default());
    for (class, value, mask, index) in
        [("basic", true, true, true), ("contact", true, true, true), ("identity", false, true, true), ("payment", false, false, false)]
    {
        assert_eq!([KeyUse::Value, KeyUse::Mask, KeyUse::Index].map(|key_use| agent.has(class, key_use)), [value, mask, index], "{class}");
    }
}

#[test]
fn an_officer_holds_role_keys_for_others_but_no_class_key_beyond_their_own_role() {
    let world = world();
    let officer = world.officer();
    assert_eq!(officer.problems(), <[String; 0]>::default());
    assert!(officer.has("basic", KeyUse::Value));
    assert!(!officer.has("contact", KeyUse::Value) && !officer.has("identity", KeyUse::Mask));
}

#[test]
fn a_sealed_value_opens_in_its_place_only() {
    let agent = world().agent();
    let sealed = agent.seal(Purpose::Value, RECORD, "phone", "contact", "13812345678").unwrap();
    assert_eq!(agent.open(Purpose::Value, RECORD, "phone", "contact", &sealed).unwrap().expose(), "13812345678");
    assert!(agent.open(Purpose::Value, RecordId(Uuid::from_u128(3)), "phone", "contact", &sealed).is_err());
    assert!(agent.open(Purpose::Value, RECORD, "email", "contact", &sealed).is_err());
    assert!(agent.open(Purpose::Value, RECORD, "phone", "basic", &sealed).is_err());
    assert!(agent.open(Purpose::Mask, RECORD, "phone", "contact", &sealed).is_err());
    assert!(agent.open(Purpose::Note, RECORD, "phone", "contact", &sealed).is_err());
    assert!(matches!(agent.open(Purpose::Value, RECORD, "id_number", "identity", &sealed), Err(KeyringError::NoKey { .. })));
    assert!(agent.open(Purpose::Value, RECORD, "phone", "contact", &[]).is_err());
}

#[test]
fn a_summary_comes_back_as_it_was() {
    let agent = world().agent();
    let summary = [("name".to_owned(), "张伟".to_owned()), ("phone".to_owned(), "138****5678".to_owned())].into();
    let sealed = agent.seal_summary(RECORD, &summary).unwrap();
    assert_eq!(agent.open_summary(RECORD, &sealed).unwrap(), summary);
}

#[test]
fn what_is_indexed_is_found() {
    let agent = world().agent();
    let Catalogue { fields, .. } = preset::catalogue();
    let phone = fields.iter().find(|field| field.code == "phone").unwrap();
    let stored = agent.tokens_for_value(phone, "+86 138 1234 5678").unwrap();
    assert!(stored.is_sorted() && stored.len() == 2);
    for (mode, term) in [(IndexMode::Exact, "13812345678"), (IndexMode::LastFour, "5678")] {
        assert!(agent.tokens_for_term(phone, mode, term).unwrap().iter().all(|token| stored.contains(token)), "{mode:?}");
    }
    let card = fields.iter().find(|field| field.code == "card").unwrap();
    assert!(matches!(agent.tokens_for_value(card, "4111111111111111"), Err(KeyringError::NoKey { .. })));
}

#[test]
fn a_wrong_passphrase_and_a_wrong_root_are_errors() {
    let world = world();
    let stranger = (Key32::random(), world.agent.1.clone());
    assert_eq!(unlock(&world.founded, "lin.mei", &stranger).unwrap_err(), KeyringError::OwnKeys);
    assert_eq!(unlock(&world.founded, "wang.fang", &world.agent).unwrap_err(), KeyringError::OwnKeys);
    let mut founded = world.founded.clone();
    founded.root_public = crate::crypto::signature::SigningKey::generate().public();
    assert!(matches!(unlock(&founded, "lin.mei", &world.agent), Err(KeyringError::RootFingerprint { .. })));
}

#[test]
fn public_keys_exchanged_beside_the_private_ones_are_noticed() {
    let mut world = world();
    world.agent.1.hpke_public = person("mallory").1.hpke_public;
    assert_eq!(unlock(&world.founded, "lin.mei", &world.agent).unwrap_err(), KeyringError::OwnKeys);
}

#[test]
fn one_bad_wrap_is_named_and_everything_else_works() {
    let world = world();
    let index = world.founded.wraps.iter().position(|wrap| wrap.content == "value" && wrap.subject == "contact").unwrap();
    let damages: [fn(&mut super::material::WrappedKey); 6] = [
        |wrap| wrap.sealed[1150] ^= 1,
        |wrap| wrap.signature[0] ^= 1,
        |wrap| wrap.subject = "basic".into(),
        |wrap| wrap.subject_generation = 2,
        |wrap| wrap.content = "mask".into(),
        |wrap| wrap.signer = "lin.mei".into(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let mut founded = world.founded.clone();
        damage(&mut founded.wraps[index]);
        let agent = unlock(&founded, "lin.mei", &world.agent).unwrap();
        assert_eq!(agent.problems().len(), 1, "damage {number}: {:?}", agent.problems());
        assert!(!agent.has("contact", KeyUse::Value), "damage {number}");
        assert!(agent.has("contact", KeyUse::Mask) && agent.has("basic", KeyUse::Value), "damage {number}");
    }
}

#[test]
fn a_wrap_moved_from_another_installation_is_refused() {
    let (world, foreign) = (world(), world().founded.wraps);
    let mut founded = world.founded.clone();
    founded.wraps.extend(foreign);
    let agent = unlock(&founded, "lin.mei", &world.agent).unwrap();
    assert!(!agent.problems().is_empty());
    assert!(agent.has("contact", KeyUse::Value));
}

#[test]
fn a_database_operator_cannot_slip_in_an_officer_or_a_key() {
    let world = world();
    let mallory = person("mallory");
    // An officer's entry without the root's signature, and a person's entry with exchanged keys.
    let mut forged = world.founded.directory[0].clone();
    forged.name = "mallory".into();
    forged.ed25519_public.clone_from(&mallory.1.ed25519_public);
    let mut founded = world.founded.clone();
    founded.directory.push(forged.clone());
    let officer = unlock(&founded, "wang.fang", &world.officer).unwrap();
    assert_eq!(officer.problems().len(), 1);
    assert!(officer.problems()[0].contains("mallory"), "{:?}", officer.problems());
    assert!(officer.directory_entry("mallory").is_none());

    let mut exchanged = founded.directory.iter().find(|entry| entry.name == "lin.mei").unwrap().clone();
    exchanged.hpke_public = mallory.1.hpke_public;
    for entry in [exchanged, forged] {
        assert!(matches!(officer::wrap_role_for_person(&officer, "agent", &entry), Err(KeyringError::NotInDirectory(_))));
    }
}

#[test]
fn only_officers_sign() {
    let world = world();
    let agent = world.agent();
    let keys = public(&person("zhao.lei").1);
    assert_eq!(officer::sign_person(&agent, "zhao.lei", &keys).unwrap_err(), KeyringError::NotAnOfficer);
    assert_eq!(officer::sign_officer(&agent, "zhao.lei", 1, &keys).unwrap_err(), KeyringError::NotAnOfficer);
    let entry = world.founded.directory.last().unwrap();
    assert_eq!(officer::wrap_role_for_person(&agent, "agent", entry).unwrap_err(), KeyringError::NotAnOfficer);
}

#[test]
fn a_second_officer_can_let_people_in() {
    let world = world();
    let second = person("zhao.lei");
    let first = world.officer();
    let entry = officer::sign_officer(&first, "zhao.lei", 1, &public(&second.1)).unwrap();
    let mut founded = world.founded.clone();
    founded.directory.push(entry.clone());
    let first = unlock(&founded, "wang.fang", &world.officer).unwrap();
    founded.wraps.push(officer::wrap_role_for_person(&first, officer::OFFICER_ROLE, &entry).unwrap());

    let zhao = unlock(&founded, "zhao.lei", &second).unwrap();
    let newcomer = person("chen.jie");
    let entry = officer::sign_person(&zhao, "chen.jie", &public(&newcomer.1)).unwrap();
    founded.wraps.push(officer::wrap_role_for_person(&zhao, "agent", &entry).unwrap());
    founded.directory.push(entry);
    let chen = unlock(&founded, "chen.jie", &newcomer).unwrap();
    assert_eq!(chen.problems(), <[String; 0]>::default());
    assert!(chen.has("contact", KeyUse::Value));
}

#[test]
fn a_new_passphrase_opens_the_same_keys_and_the_old_one_no_longer() {
    let mut world = world();
    let sealed = world.agent().seal(Purpose::Value, RECORD, "phone", "contact", "13812345678").unwrap();
    let new_kek = Key32::random();
    let rewrapped = rewrap(HERE, "lin.mei", &world.agent.0, &new_kek, &world.agent.1).unwrap();
    assert_eq!(rewrap(HERE, "lin.mei", &new_kek, &new_kek, &world.agent.1).unwrap_err(), KeyringError::OwnKeys);
    let old_kek = std::mem::replace(&mut world.agent, (new_kek, rewrapped.clone())).0;
    assert_eq!(world.agent().open(Purpose::Value, RECORD, "phone", "contact", &sealed).unwrap().expose(), "13812345678");
    assert_eq!(unlock(&world.founded, "lin.mei", &(old_kek, rewrapped)).unwrap_err(), KeyringError::OwnKeys);
}
