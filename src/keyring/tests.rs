//! Promises of the keyring, tried on a small installation made by its own officer functions.

use uuid::Uuid;

use super::{
    KeyUse, Keyring, KeyringError, Purpose,
    catalogue::{self, CatalogueFault},
    enrol::{NewPersonKeys, rewrap},
    material::{KeyMaterial, PersonKeys, PublicKeys},
    officer::{self, NewInstallation},
    root::{self, RootTransition},
    rotate,
    shared_value::{Place, SharedValue},
};
use crate::{
    crypto::{
        fingerprint::fingerprint,
        secret::{Key32, Secret},
    },
    model::{
        catalogue::{Catalogue, IndexMode, Rights},
        id::{InstallationId, RecordId, ShareId},
        preset,
        signed_catalogue::SignedCatalogue,
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
    let catalogue = small_catalogue();
    let founding = officer::Founding { roles: &roles, rights: &rights, lent: &[], catalogue: &catalogue };
    let mut founded = officer::create_installation(HERE, "wang.fang", &officer.0, &officer.1, &founding).unwrap();
    let agent = person("lin.mei");
    let keyring = unlock(&founded, "wang.fang", &officer).unwrap();
    let entry = officer::sign_person(&keyring, "lin.mei", &public(&agent.1)).unwrap();
    founded.wraps.push(officer::wrap_role_for_person(&keyring, "agent", &entry).unwrap());
    founded.directory.push(entry);
    World { founded, officer, agent }
}

/// Of the two roles and the classes that they have keys of.
fn small_catalogue() -> SignedCatalogue {
    let mut preset = preset::catalogue();
    preset.roles.retain(|role| ["agent", "security_officer"].contains(&role.code.as_str()));
    SignedCatalogue::of(&preset)
}

fn unlock(founded: &NewInstallation, user: &str, (kek, keys): &(Key32, PersonKeys)) -> Result<Keyring, KeyringError> {
    let material = KeyMaterial {
        user: user.into(),
        person: keys.clone(),
        directory: founded.directory.clone(),
        wraps: founded.wraps.clone(),
        root_public: founded.root_public.clone(),
        transitions: Vec::new(),
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

/// The material as the database has it after a class was rotated.
fn rotated(world: &mut World, class: &str) {
    let (_, wraps) = rotate::rotate_class(&world.officer(), class, &world.founded.wraps).unwrap();
    world.founded.wraps.extend(wraps);
}

#[test]
fn a_rotated_class_seals_under_its_new_epoch_opens_both_and_searches_under_both() {
    let mut world = world();
    let before = world.agent();
    let old = before.seal(Purpose::Value, RECORD, "phone", "contact", "13812345678").unwrap();
    rotated(&mut world, "contact");
    let after = world.agent();
    assert_eq!((before.newest_epoch("contact").unwrap(), after.newest_epoch("contact").unwrap()), (1, 2));
    assert_eq!(after.open(Purpose::Value, RECORD, "phone", "contact", &old).unwrap().expose(), "13812345678");
    let new = after.seal(Purpose::Value, RECORD, "phone", "contact", "13812345678").unwrap();
    assert!(before.open(Purpose::Value, RECORD, "phone", "contact", &new).is_err(), "keys from before open nothing new");
    let mut moved = new.clone();
    moved[..4].copy_from_slice(&old[..4]);
    assert!(after.open(Purpose::Value, RECORD, "phone", "contact", &moved).is_err(), "the epoch is bound");
    let Catalogue { fields, .. } = preset::catalogue();
    let phone = fields.iter().find(|field| field.code == "phone").unwrap();
    let tokens = after.tokens_for_term(phone, IndexMode::Exact, "13812345678").unwrap();
    let stored_before = before.tokens_for_value(phone, "13812345678").unwrap();
    let stored_after = after.tokens_for_value(phone, "13812345678").unwrap();
    assert!(tokens.iter().any(|token| stored_before.contains(token)) && tokens.iter().any(|token| stored_after.contains(token)));
}

#[test]
fn a_rotation_gives_no_role_more_than_it_had() {
    let mut world = world();
    rotated(&mut world, "identity");
    let agent = world.agent();
    assert!(!agent.has("identity", KeyUse::Value) && agent.has("identity", KeyUse::Mask) && agent.has("identity", KeyUse::Index));
    assert!(!world.officer().has("identity", KeyUse::Mask));
}

#[test]
fn who_leaves_a_role_cannot_open_what_is_wrapped_to_its_next_key() {
    let mut world = world();
    let new = rotate::rotate_role(&world.officer(), "agent", &world.founded.wraps, Some("lin.mei")).unwrap();
    assert!(new.wraps.iter().all(|wrap| wrap.recipient != "lin.mei"));
    world.founded.wraps.extend(new.wraps);
    world.founded.directory.push(new.entry);
    rotated(&mut world, "contact");
    // Even with the old wraps still there: the class's new keys are wrapped to the role's new key only.
    assert_eq!(world.agent().newest_epoch("contact").unwrap(), 1);
    let custody = world.officer().for_reencryption(&["contact"].into(), world.founded.wraps.clone());
    assert_eq!(custody.newest_epoch("contact").unwrap(), 2, "the officer goes on for everybody else");
}

#[test]
fn a_member_who_stays_gets_the_roles_next_key() {
    let mut world = world();
    let new = rotate::rotate_role(&world.officer(), "agent", &world.founded.wraps, None).unwrap();
    // As the database does it: the old wraps go.
    world.founded.wraps.retain(|wrap| wrap.recipient != "agent" && wrap.subject != "agent");
    world.founded.wraps.extend(new.wraps);
    world.founded.directory.push(new.entry);
    rotated(&mut world, "contact");
    let agent = world.agent();
    assert_eq!((agent.problems().len(), agent.newest_epoch("contact").unwrap(), agent.newest_epoch("basic").unwrap()), (0, 2, 1));
}

#[test]
fn only_an_officer_rotates_and_only_what_has_a_signed_key() {
    let world = world();
    assert!(matches!(rotate::rotate_class(&world.agent(), "contact", &world.founded.wraps), Err(KeyringError::NotAnOfficer)));
    assert!(matches!(rotate::rotate_role(&world.agent(), "agent", &world.founded.wraps, None), Err(KeyringError::NotAnOfficer)));
    let mut forged = world.founded.wraps.clone();
    for wrap in &mut forged {
        wrap.signature[0] ^= 1;
    }
    assert!(matches!(rotate::rotate_class(&world.officer(), "contact", &forged), Err(KeyringError::NothingToRotate(_))));
}

#[test]
fn keys_are_renewed_without_the_passphrase_and_only_for_the_same_person_and_root() {
    let mut world = world();
    let agent = world.agent();
    rotated(&mut world, "contact");
    let material = |world: &World, user: &str, keys: &PersonKeys, root: &[u8]| KeyMaterial {
        user: user.into(),
        person: keys.clone(),
        directory: world.founded.directory.clone(),
        wraps: world.founded.wraps.clone(),
        root_public: root.to_vec(),
        transitions: Vec::new(),
    };
    let renewed = agent.renew(material(&world, "lin.mei", &world.agent.1, &world.founded.root_public)).unwrap();
    assert_eq!(renewed.newest_epoch("contact").unwrap(), 2);
    assert!(matches!(agent.renew(material(&world, "lin.mei", &world.officer.1, &world.founded.root_public)), Err(KeyringError::OwnKeys)));
    assert!(matches!(agent.renew(material(&world, "lin.mei", &world.agent.1, &[7; 32])), Err(KeyringError::RootFingerprint { .. })));
}

#[test]
fn a_role_key_goes_to_a_persons_present_keys_and_not_to_those_they_had_as_an_officer() {
    let mut world = world();
    // Lin Mei was an officer with keys that are lost since, and has enrolled again.
    let lost = person("lin.mei");
    world.founded.directory.push(officer::sign_officer(&world.officer(), "lin.mei", 7, &public(&lost.1)).unwrap());
    let keyring = world.officer();
    assert_eq!(keyring.directory_entry("lin.mei").unwrap().hpke_public, world.agent.1.hpke_public);
    let new = rotate::rotate_role(&keyring, "agent", &world.founded.wraps, None).unwrap();
    world.founded.wraps.retain(|wrap| wrap.recipient != "agent" && wrap.subject != "agent");
    world.founded.wraps.extend(new.wraps);
    world.founded.directory.push(new.entry);
    assert!(world.agent().has("contact", KeyUse::Value), "the present keys open the role's next key");
}

/// Exchanges the root for the officers named; answers with the installation as it is stored then, and the statement.
fn exchanged(world: &World, number: i32, officers: &[&str]) -> (NewInstallation, RootTransition) {
    let officers: Vec<String> = officers.iter().map(|name| (*name).to_owned()).collect();
    let new = root::exchange(&world.officer(), number, &officers, &world.founded.directory, &world.founded.wraps, &[]).unwrap();
    let founded = NewInstallation {
        root_fingerprint: fingerprint(&[&new.transition.new_public]),
        root_public: new.transition.new_public.clone(),
        directory: new.directory,
        wraps: new.wraps,
        catalogue: world.founded.catalogue.clone(),
    };
    (founded, new.transition)
}

#[test]
fn under_a_new_root_everything_opens_and_who_is_no_officer_any_more_signs_nothing() {
    let mut world = world();
    // Somebody who was an officer, and has signed the agent's entry and wraps.
    let gone = person("gone.officer");
    world.founded.directory.push(officer::sign_officer(&world.officer(), "gone.officer", 1, &public(&gone.1)).unwrap());
    let mut gone_signs = unlock(&world.founded, "gone.officer", &gone).unwrap();
    gone_signs.roles = world.officer().roles.clone();
    let entry = officer::sign_person(&gone_signs, "lin.mei", &public(&world.agent.1)).unwrap();
    let wrap = officer::wrap_role_for_person(&gone_signs, "agent", &entry).unwrap();
    world.founded.directory.retain(|known| known.name != "lin.mei");
    world.founded.wraps.retain(|known| known.recipient != "lin.mei");
    world.founded.directory.push(entry);
    world.founded.wraps.push(wrap);
    let sealed = world.agent().seal(Purpose::Value, RECORD, "phone", "contact", "13812345678").unwrap();

    let (founded, _) = exchanged(&world, 1, &["wang.fang"]);
    world.founded = founded;
    for keyring in [world.agent(), world.officer()] {
        assert_eq!(keyring.problems(), <[String; 0]>::default());
    }
    assert!(world.officer().holds_root(), "the officer can sign another officer");
    assert_eq!(world.agent().open(Purpose::Value, RECORD, "phone", "contact", &sealed).unwrap().expose(), "13812345678");
    assert!(!world.founded.directory.iter().any(|entry| entry.name == "gone.officer"));
    // A database operator puts back what they had signed.
    let late = officer::sign_person(&gone_signs, "mallory", &public(&person("mallory").1)).unwrap();
    assert!(!world.officer().check_directory(vec![late]).iter().any(|(_, good)| *good));
}

#[test]
fn a_client_that_pins_an_older_root_is_told_of_the_new_one_by_a_verified_chain_and_goes_no_further() {
    let mut world = world();
    let pinned = world.founded.root_fingerprint.clone();
    let (founded, first) = exchanged(&world, 1, &["wang.fang"]);
    world.founded = founded;
    let (founded, second) = exchanged(&world, 2, &["wang.fang"]);
    world.founded = founded;
    let told = |transitions: Vec<RootTransition>| {
        let material = KeyMaterial {
            user: "lin.mei".into(),
            person: world.agent.1.clone(),
            directory: world.founded.directory.clone(),
            wraps: world.founded.wraps.clone(),
            root_public: world.founded.root_public.clone(),
            transitions,
        };
        Keyring::unlock(HERE, Some(&pinned), &world.agent.0, material).unwrap_err()
    };
    let named =
        KeyringError::RootExchanged { pinned: pinned.clone(), found: world.founded.root_fingerprint.clone(), by: "wang.fang".into() };
    assert_eq!(told(vec![second.clone(), first.clone()]), named);
    let mut forged = first.clone();
    forged.by = "somebody.else".into();
    let circle = RootTransition { new_public: first.old_public.clone(), ..second.clone() };
    for broken in [vec![], vec![first.clone()], vec![second.clone()], vec![forged, second.clone()], vec![first, circle]] {
        assert!(matches!(told(broken), KeyringError::RootFingerprint { .. }));
    }
}

#[test]
fn a_shared_value_opens_for_its_recipient_in_its_place_and_names_who_sealed_it() {
    let world = world();
    let (officer, agent) = (world.officer(), world.agent());
    let entries = &world.founded.directory;
    let until = jiff::Timestamp::constant(1_764_042_001, 0);
    let share = ShareId(Uuid::from_u128(3));
    let place = Place { share, record: RECORD, field: "phone", version: 2, from: "wang.fang", to: "lin.mei", until };
    let value = Secret::from("13812345678");
    let shared = officer.seal_shared(&place, &value, entries).unwrap();
    assert_eq!(agent.open_shared(&place, &shared, entries).unwrap().expose(), "13812345678");
    let longer = officer.seal_shared(&place, &Secret::from("138"), entries).unwrap();
    assert_eq!(shared.sealed.len(), longer.sealed.len(), "its length says little");

    let others = |place: Place<'_>, shared: &SharedValue| agent.open_shared(&place, shared, entries).unwrap_err();
    let not_signed = KeyringError::NotSharedBy("wang.fang".into());
    assert_eq!(others(Place { version: 3, ..place }, &shared), not_signed);
    assert_eq!(others(Place { field: "email", ..place }, &shared), not_signed);
    assert_eq!(others(Place { until: jiff::Timestamp::UNIX_EPOCH, ..place }, &shared), not_signed);
    assert_eq!(officer.open_shared(&place, &shared, entries).unwrap_err(), not_signed, "not the recipient");
    // Sealed by the database's operator, whom HPKE does not tell from the sharer.
    let sealed = crate::crypto::hpke::seal(&world.agent.1.hpke_public, &place.info(HERE), b"forged\x80").unwrap();
    assert_eq!(others(place, &SharedValue { sealed, signature: shared.signature.clone() }), not_signed);
    let unknown = Place { from: "somebody.else", ..place };
    assert_eq!(others(unknown, &shared), KeyringError::NotInDirectory("somebody.else".into()));
    let mut exchanged = entries.clone();
    exchanged.iter_mut().filter(|entry| entry.name == "lin.mei").for_each(|entry| entry.hpke_public[7] ^= 1);
    assert_eq!(officer.seal_shared(&place, &value, &exchanged).unwrap_err(), KeyringError::NotInDirectory("lin.mei".into()));
}

#[test]
fn nothing_without_a_chain_is_signed_again_unseen() {
    let world = world();
    let officers = ["wang.fang".to_owned()];
    let mut wraps = world.founded.wraps.clone();
    wraps[2].sealed[7] ^= 1;
    let refused = root::exchange(&world.officer(), 1, &officers, &world.founded.directory, &wraps, &[]);
    assert!(matches!(refused, Err(KeyringError::Unsigned(_))));
    let mut directory = world.founded.directory.clone();
    directory[1].hpke_public[7] ^= 1;
    let refused = root::exchange(&world.officer(), 1, &officers, &directory, &world.founded.wraps, &[]);
    assert!(matches!(refused, Err(KeyringError::Unsigned(_))));
    let refused = root::exchange(&world.officer(), 1, &["somebody.else".to_owned()], &world.founded.directory, &world.founded.wraps, &[]);
    assert!(matches!(refused, Err(KeyringError::NotInDirectory(_))));
    let refused = root::exchange(&world.agent(), 1, &officers, &world.founded.directory, &world.founded.wraps, &[]);
    assert!(matches!(refused, Err(KeyringError::NotAnOfficer)));
}

/// Six events of the agent, countersigned, under a checkpoint of the officer.
fn evidence(world: &World) -> super::evidence::Evidence {
    use super::{checkpoint, countersign::VouchedEntry, evidence::*};
    use crate::{
        crypto::{event, merkle},
        model::{audit::Event, id::SessionId},
    };
    let session = SessionId(Uuid::from_u128(9));
    let (agent, officer) = (world.agent(), world.officer());
    let mut previous = event::genesis(HERE, session);
    let events: Vec<Event> = (1..=6)
        .map(|seq| {
            let mut event = Event {
                record: Some(RECORD),
                version: Some(seq),
                details: Some("{\"a\":\"张\"}".into()),
                ..Event::bare(session, seq, jiff::Timestamp::from_microsecond(1_764_042_000_000_000 + seq).unwrap(), "lin.mei", "view")
            };
            event.hash = event::hash(&previous, &event);
            previous = event.hash;
            event
        })
        .collect();
    let leaf = merkle::leaf(session, 6, &events[5].hash);
    let (mut frontier, mut prover) = (merkle::Frontier::default(), merkle::Prover::new([1]));
    for leaf in [[1; 32], leaf, [2; 32]] {
        frontier.push(leaf);
        prover.push(leaf);
    }
    let mut checkpoint = checkpoint::Checkpoint {
        number: 1,
        at: events[5].at,
        size: 3,
        root: frontier.root(),
        previous: checkpoint::genesis(HERE),
        records: None,
        login: String::new(),
        entry: 8,
        signature: Vec::new(),
    };
    officer.sign_checkpoint(&mut checkpoint);
    let entry = |id, name: &str, kind: &str| {
        let entry = world.founded.directory.iter().find(|entry| entry.name == name && entry.kind == kind).unwrap().clone();
        VouchedEntry { id, entry, root_public: world.founded.root_public.clone() }
    };
    let chain = Chain {
        session,
        before: Hex(events[1].hash),
        events: events[2..].iter().map(|event| Item::of(event, event.seq < 5)).collect(),
        place: 1,
        path: prover.finish().1[0].1.iter().map(|beside| Hex(*beside)).collect(),
        countersignatures: vec![Signed { seq: 3, entry: 7, signature: agent.countersign(session, 3, &events[2].hash) }],
    };
    let material = Material {
        made_at: events[5].at,
        asked: "record=C-000002".into(),
        summary_en: "two events".into(),
        summary_zh: "两条事件".into(),
        checkpoint,
        chains: vec![chain],
        absence: None,
        entries: vec![entry(7, "lin.mei", "person"), entry(8, "wang.fang", "officer")],
        transitions: Vec::new(),
    };
    officer.sign_evidence(material).unwrap()
}

/// A record's events at these seconds, all of them reveals of the field: the first two before checkpoint 3, which covers second 100; the rest before
/// checkpoint 4, which covers second 1000. The tree was begun at checkpoint `from`.
fn absence(
    world: &World,
    events: [(i64, &str); 4],
    from: i64,
    change: impl FnOnce(&mut super::absence::Around, &mut super::checkpoint::Checkpoint),
) -> super::evidence::Evidence {
    use super::{
        absence::{Around, Listed},
        checkpoint::{Checkpoint, Records},
        countersign::VouchedEntry,
        evidence::{Hex, Material},
    };
    use crate::{
        crypto::record_tree::{End, Found, Proof, Tree, key},
        model::id::SessionId,
    };
    let officer = world.officer();
    let second = |second: i64| jiff::Timestamp::from_second(1_764_042_000 + second).unwrap();
    let listed = |(at, field): (i64, &str)| Listed {
        session: SessionId(Uuid::from_u128(9)),
        seq: at,
        at: second(at),
        action: "reveal".into(),
        outcome: "ok".into(),
        field: Some(field.into()),
        hash: Hex([7; 32]),
    };
    let events = events.map(listed);
    let own = key(HERE, RECORD);
    let mut tree = Tree::default();
    for other in 0..20_u8 {
        tree.put([other.wrapping_mul(13); 16], [other; 32]);
    }
    let mut checkpoint = |number: i64, covers: i64, upto: usize| {
        let end = events[..upto].iter().fold(End::genesis(HERE, RECORD), |end, event| end.then(&event.entry()));
        tree.put(own, end.stub(&own));
        let mut made = Checkpoint {
            number,
            at: second(covers),
            size: 3,
            root: [1; 32],
            previous: [2; 32],
            records: Some(Records { covers: Some(second(covers)), from, root: tree.root() }),
            login: String::new(),
            entry: 8,
            signature: Vec::new(),
        };
        officer.sign_checkpoint(&mut made);
        (made, Proof { beside: tree.way(&own).beside, found: Found::There(end) })
    };
    let first = checkpoint(3, 100, 2);
    let (mut last, last_proof) = checkpoint(4, 1_000, 4);
    let mut around = Around {
        record: RECORD,
        field: Some("phone".into()),
        since: second(160),
        until: second(940),
        first: Some(first),
        last: last_proof,
        events: events[2..].to_vec(),
    };
    change(&mut around, &mut last);
    let entry = world.founded.directory.iter().find(|entry| entry.name == "wang.fang" && entry.kind == "officer").unwrap().clone();
    let material = Material {
        made_at: second(2_000),
        asked: "absence".into(),
        summary_en: "nothing".into(),
        summary_zh: "无".into(),
        checkpoint: last,
        chains: Vec::new(),
        absence: Some(around.into()),
        entries: vec![VouchedEntry { id: 8, entry, root_public: world.founded.root_public.clone() }],
        transitions: Vec::new(),
    };
    officer.sign_evidence(material).unwrap()
}

/// What is wrong with a proof, and how it becomes so.
type Wrong<'w> = (&'w str, &'w dyn Fn(&mut super::absence::Around, &mut super::checkpoint::Checkpoint));

#[test]
fn absence_is_proved_between_two_checkpoints_and_by_nothing_less() {
    let world = world();
    let root = world.officer().root_fingerprint();
    let second = |second: i64| jiff::Timestamp::from_second(1_764_042_000 + second).unwrap();
    // The reveals of the telephone number lie before the time and after it.
    let events = [(10, "phone"), (20, "phone"), (300, "email"), (950, "phone")];
    let made = absence(&world, events, 1, |_, _| ());
    let read = super::evidence::Evidence::parse(&made.to_text().unwrap()).unwrap();
    let absent = read.verify(&root).unwrap().absence.unwrap();
    assert_eq!((absent.first, absent.last, absent.events, absent.revealed.len()), (Some(3), 4, 1, 0));
    // One that lies in it is found, whoever signs that it is not there.
    let found = absence(&world, [(10, "phone"), (20, "phone"), (300, "phone"), (950, "phone")], 1, |_, _| ());
    assert_eq!(found.verify(&root).unwrap().absence.unwrap().revealed.len(), 1);

    // Whoever makes the file may sign anything, but not that it leads from the one root to the other.
    let wrong: [Wrong<'_>; 9] = [
        ("begins before what the first covers", &|around, _| around.since = second(159)),
        ("ends after what the last covers", &|around, _| around.until = second(941)),
        ("an event is left out", &|around, _| drop(around.events.remove(0))),
        ("an event says something else", &|around, _| around.events[0].field = Some("name".into())),
        ("events stand in another order", &|around, _| around.events.reverse()),
        ("another record's", &|around, _| around.record = RecordId(Uuid::from_u128(77))),
        ("the last checkpoint knows no records", &|_, last| last.records = None),
        ("nobody signed the root", &|_, last| last.records.as_mut().unwrap().root = [3; 32]),
        ("what lies before is not shown", &|around, _| around.first = None),
    ];
    for (what, change) in wrong {
        let made = absence(&world, events, 2, |around, last| change(around, last));
        assert!(made.verify(&root).is_err(), "{what}");
    }
    // Where the tree was kept from the first event on, the whole chain does without an earlier checkpoint.
    let whole = |from| {
        absence(&world, events, from, |around, _| {
            around.first = None;
            let seq = |at: i64| super::absence::Listed { seq: at, at: second(at), field: Some("phone".into()), ..around.events[0].clone() };
            let before = [seq(10), seq(20)];
            around.events.splice(0..0, before);
            around.since = second(21);
        })
    };
    assert_eq!(whole(1).verify(&root).unwrap().absence.unwrap().first, None);
    assert!(whole(2).verify(&root).is_err(), "what lies before the tree was begun is not shown");
}

#[test]
fn evidence_checks_with_nothing_but_the_roots_fingerprint() {
    let world = world();
    let made = evidence(&world);
    let root = &world.founded.root_fingerprint;
    let text = made.to_text().unwrap();
    let read = super::evidence::Evidence::parse(&text).unwrap();
    assert_eq!(read, made);
    let checked = read.verify(root).unwrap();
    assert_eq!((checked.asked, checked.proven, checked.countersigned, checked.checkpoint), (2, 2, 1, 1));
    assert_eq!((checked.made_by.as_str(), checked.checkpoint_by.as_str()), ("wang.fang", "wang.fang"));
    assert!(read.verify("sd1:other").is_err());
}

#[test]
fn evidence_with_any_byte_changed_does_not_check() {
    let world = world();
    let root = &world.founded.root_fingerprint;
    let text = evidence(&world).to_text().unwrap();
    let holds = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        super::evidence::Evidence::parse(&text).and_then(|evidence| evidence.verify(root)).is_ok()
    };
    assert!(holds(text.as_bytes()));
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        // Another bit at each place, and the one that turns letters into capitals.
        for bit in [at % 8, 5] {
            changed[at] ^= 1 << bit;
            assert!(
                !holds(&changed),
                "byte {at}, bit {bit}: {}",
                &text[text.floor_char_boundary(at.saturating_sub(40))..text.floor_char_boundary(at)]
            );
            changed[at] ^= 1 << bit;
        }
    }
    assert!(!holds(&text.as_bytes()[..text.len() - 1]) && !holds(format!("{text} ").as_bytes()));
}

#[test]
fn what_is_withheld_proves_what_follows_it_and_says_that_the_rest_is_not_proved() {
    let world = world();
    let root = &world.founded.root_fingerprint;
    let made = evidence(&world);
    let mut chains = made.chains.clone();
    // Event 4 is above the maker's clearance: 3, which was asked for, cannot be led over it to the checkpoint.
    chains[0].events[1].content = None;
    let again = world.officer().sign_evidence(made.with_chains(chains)).unwrap();
    let checked = again.verify(root).unwrap();
    assert_eq!((checked.asked, checked.proven), (2, 0));
    // Left out altogether it is noticed.
    let mut chains = made.chains.clone();
    chains[0].events.remove(1);
    assert!(world.officer().sign_evidence(made.with_chains(chains)).unwrap().verify(root).is_err());
}

/// The catalogue after the change, signed by the world's officer as the next statement.
fn signed(world: &World, change: impl FnOnce(&mut SignedCatalogue)) -> (catalogue::CatalogueStatement, SignedCatalogue) {
    let mut stored = small_catalogue();
    change(&mut stored);
    let before = &world.founded.catalogue;
    (catalogue::sign(&world.officer(), before.number + 1, Some(before), &stored).unwrap(), stored)
}

#[test]
fn nothing_is_sealed_by_a_catalogue_that_no_officer_signed_as_it_is() {
    let world = world();
    let (agent, founded) = (world.agent(), &world.founded.catalogue);
    assert_eq!(agent.check_catalogue(Some(founded), &small_catalogue()), Ok(()));
    assert_eq!(agent.check_catalogue(None, &small_catalogue()), Err(CatalogueFault::Unsigned));
    let mut changed = small_catalogue();
    let phone = changed.fields.iter_mut().find(|field| field.code == "phone").unwrap();
    phone.class = "basic".into();
    let Err(CatalogueFault::Differs { number: 1, differences }) = agent.check_catalogue(Some(founded), &changed) else { panic!() };
    assert_eq!(
        differences[0].in_words(crate::model::catalogue::Language::English),
        r#"field phone, class: signed "contact", stored "basic""#
    );
    // The body put right for what is stored: then the signature does not check.
    let mut forged = founded.clone();
    forged.body = serde_json::to_string(&changed).unwrap();
    assert_eq!(agent.check_catalogue(Some(&forged), &changed), Err(CatalogueFault::Forged(1)));
    // Nor does one by somebody who is no officer, nor under another number.
    assert!(matches!(catalogue::sign(&agent, 2, Some(founded), &changed), Err(KeyringError::NotAnOfficer)));
    let renumbered = catalogue::CatalogueStatement { number: 7, ..founded.clone() };
    assert_eq!(agent.check_catalogue(Some(&renumbered), &small_catalogue()), Err(CatalogueFault::Forged(7)));
}

#[test]
fn a_key_that_is_older_than_was_signed_is_not_sealed_or_wrapped_with() {
    let world = world();
    let (statement, stored) = signed(&world, |catalogue| catalogue.put_epoch("contact", 2));
    let withheld = CatalogueFault::KeyWithheld { of: "class", code: "contact".into(), signed: 2, held: 1 };
    assert_eq!(world.agent().check_catalogue(Some(&statement), &stored), Err(withheld));
    // Who holds no key of the class misses none.
    assert_eq!(world.officer().check_catalogue(Some(&statement), &stored), Ok(()));
    let (statement, stored) = signed(&world, |catalogue| catalogue.put_role("agent", 2));
    let withheld = CatalogueFault::KeyWithheld { of: "role", code: "agent".into(), signed: 2, held: 1 };
    assert_eq!(world.officer().check_catalogue(Some(&statement), &stored), Err(withheld));
}

#[test]
fn each_statement_names_the_one_before() {
    let world = world();
    let (next, _) = signed(&world, |_| {});
    assert_eq!(world.founded.catalogue.previous, None);
    assert_eq!(next.previous, Some(world.founded.catalogue.hash(HERE).to_vec()));
    assert!(world.agent().has_signed(&next));
}
