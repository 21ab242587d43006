//! Every encoding gives the bytes written down in `answers.toml`. Data sealed, signed or chained by one version must check in every later one.

// A test that cannot read its answers has failed.
#![allow(clippy::expect_used)]

use std::fmt::Write as _;

use jiff::Timestamp;
use sealdesk::{
    crypto::{
        aead::{self, FieldAad, FieldKey, Purpose},
        blind_index::{IndexKey, mode_name, token},
        canonical::Canonical,
        event,
        fingerprint::fingerprint,
        kdf::{Derived, KdfProfile, derive, derive_code},
        merkle, padding,
        record_tree::{self, End, Entry, Key, Tree},
        secret::{Key32, Secret},
        shamir,
    },
    keyring::{
        audit_review::{self, Frame, Marked, Weight, Whole},
        catalogue::CatalogueStatement,
        checkpoint::{self, Checkpoint, Records},
        countersign,
        material::{DirectoryEntry, WrappedKey},
        recovery::RecoverySet,
        review::{SignedReview, Signer},
        root::RootTransition,
        share::RecoveryShare,
        shared_value::Place,
    },
    model::{
        audit::Event,
        audit_review::{Drawn, Mark},
        catalogue::IndexMode,
        id::{InstallationId, RecordId, SessionId, ShareId, Ticket},
        signed_catalogue::SignedCatalogue,
    },
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

#[derive(Deserialize)]
struct Answers {
    given: Given,
    canonical: Encoding,
    passphrase: Derivation,
    code: Derivation,
    associated_data: Vec<AssociatedData>,
    sealed_field: SealedField,
    wrapped_key: Wrapped,
    padding: Padding,
    token: Vec<Token>,
    chain: Chain,
    fingerprint: Shown,
    directory: Directory,
    wrap: Wrap,
    recovery: Recovery,
    root_transition: Statement,
    root_acceptance: Statement,
    countersignature: Statement,
    catalogue: CatalogueAnswer,
    checkpoint: CheckpointAnswer,
    record_tree: RecordTreeAnswer,
    shared_value: SharedValue,
    review: Review,
    audit_review: AuditReview,
}

#[derive(Deserialize)]
struct Given {
    installation: Uuid,
    session: Uuid,
    record: Uuid,
    ticket: Uuid,
    user: String,
    key: String,
}

#[derive(Deserialize)]
struct Statement {
    statement: String,
}

#[derive(Deserialize)]
struct RecordTreeAnswer {
    key: String,
    genesis: String,
    entry: String,
    entry_without_field: String,
    head: String,
    stub: String,
    root_of_one: String,
    root_of_two: String,
    root_of_three: String,
}

#[derive(Deserialize)]
struct CheckpointAnswer {
    statement_with_records: String,
    hash_with_records: String,
    hash_of_a_part: String,
    leaf: String,
    node: String,
    genesis: String,
    statement: String,
    hash: String,
}

#[derive(Deserialize)]
struct SharedValue {
    share: Uuid,
    info: String,
    statement: String,
}

#[derive(Deserialize)]
struct AuditReview {
    seed: String,
    rank: String,
    sample: String,
    statement_sha256: String,
}

#[derive(Deserialize)]
struct Review {
    statement_sha256: String,
    fingerprint: String,
    root_fingerprint: String,
}

#[derive(Deserialize)]
struct Recovery {
    shares: Vec<String>,
    commitments: Vec<String>,
    set_sha256: String,
    deposit_sha256: String,
}

#[derive(Deserialize)]
struct Encoding {
    encoding: String,
}

#[derive(Deserialize)]
struct Derivation {
    secret: String,
    scram_password: String,
    kek: String,
}

#[derive(Deserialize)]
struct AssociatedData {
    purpose: String,
    field: String,
    class: String,
    epoch: u32,
    encoding: String,
}

#[derive(Deserialize)]
struct SealedField {
    plaintext: String,
    sealed: String,
}

#[derive(Deserialize)]
struct Wrapped {
    wrapped: String,
}

#[derive(Deserialize)]
struct Padding {
    lengths: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
struct Token {
    field: String,
    mode: String,
    term: String,
    #[serde(rename = "token")]
    answer: i64,
}

#[derive(Deserialize)]
struct Chain {
    genesis: String,
    first: String,
    second: String,
}

#[derive(Deserialize)]
struct Shown {
    shown: String,
}

#[derive(Deserialize)]
struct Directory {
    statement_sha256: String,
}

#[derive(Deserialize)]
struct Wrap {
    info: String,
    statement: String,
}

fn answers() -> Answers {
    toml::from_str(include_str!("answers.toml")).expect("answers.toml is well formed")
}

impl Given {
    fn installation(&self) -> InstallationId {
        InstallationId(self.installation)
    }

    fn key(&self) -> Key32 {
        Key32::from_slice(&bytes(&self.key)).expect("the key has 32 bytes")
    }

    fn place<'a>(&self, purpose: Purpose, field: &'a str, class: &'a str, epoch: u32) -> FieldAad<'a> {
        FieldAad { purpose, installation: self.installation(), record: RecordId(self.record), field, class, epoch }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits")).collect()
}

#[test]
fn the_canonical_encoding_is_fixed() {
    let encoding = Canonical::labelled("label").text("").optional(None).text("张伟").bytes(&[0, 0xff]).finish();
    assert_eq!(hex(&encoding), answers().canonical.encoding);
}

#[test]
fn a_passphrase_always_derives_the_same_keys() {
    let Answers { given, passphrase, .. } = answers();
    let Derived { scram_password, kek } =
        derive(&given.user, given.installation(), &Secret::new(passphrase.secret), KdfProfile::Standard).expect("64 MiB can be had");
    assert_eq!(scram_password.expose(), &passphrase.scram_password);
    assert_eq!(hex(kek.expose()), passphrase.kek);
}

#[test]
fn a_one_time_code_always_derives_the_same_keys() {
    let Answers { given, code, .. } = answers();
    let Derived { scram_password, kek } =
        derive_code(&given.user, given.installation(), &Secret::new(code.secret), KdfProfile::Standard).expect("64 MiB can be had");
    assert_eq!(scram_password.expose(), &code.scram_password);
    assert_eq!(hex(kek.expose()), code.kek);
}

#[test]
fn associated_data_are_fixed_for_every_purpose() {
    let Answers { given, associated_data, .. } = answers();
    let purposes = [Purpose::Value, Purpose::Mask, Purpose::Summary, Purpose::Note];
    assert_eq!(associated_data.iter().map(|answer| answer.purpose.as_str()).collect::<Vec<_>>(), purposes.map(Purpose::name));
    for (answer, purpose) in associated_data.iter().zip(purposes) {
        assert_eq!(hex(&given.place(purpose, &answer.field, &answer.class, answer.epoch).encode()), answer.encoding, "{}", answer.purpose);
    }
}

#[test]
fn a_field_sealed_long_ago_opens() {
    let Answers { given, sealed_field, .. } = answers();
    let place = given.place(Purpose::Value, "phone", "contact", 7);
    let opened = aead::open(&FieldKey::new(&given.key()), &place, &bytes(&sealed_field.sealed)).expect("the field opens");
    assert_eq!(opened.expose(), sealed_field.plaintext.as_bytes());
}

#[test]
fn a_key_wrapped_long_ago_opens() {
    let Answers { given, wrapped_key, .. } = answers();
    let opened = aead::unwrap_key(&given.key(), b"purpose", &bytes(&wrapped_key.wrapped)).expect("the key opens");
    assert_eq!(opened.expose(), &[5; 32]);
}

#[test]
fn lengths_fall_into_their_buckets() {
    for (length, bucket) in answers().padding.lengths {
        assert_eq!(padding::padded_length(length), bucket, "{length}");
    }
}

#[test]
fn tokens_are_fixed_for_every_mode() {
    let Answers { given, token: answers, .. } = answers();
    let modes = [IndexMode::Exact, IndexMode::LastFour, IndexMode::NamePrefix, IndexMode::Cjk, IndexMode::Email, IndexMode::DateParts];
    assert_eq!(answers.iter().map(|answer| answer.mode.as_str()).collect::<Vec<_>>(), modes.map(mode_name));
    let key = IndexKey::new(&given.key());
    for (answer, mode) in answers.iter().zip(modes) {
        assert_eq!(token(&key, &answer.field, mode, &answer.term), answer.answer, "{}", answer.mode);
    }
}

#[test]
fn a_chain_is_fixed_from_its_genesis() {
    let Answers { given, chain, .. } = answers();
    let genesis = event::genesis(given.installation(), SessionId(given.session));
    assert_eq!(hex(&genesis), chain.genesis);
    let first = event::hash(&genesis, &first_event(&given));
    assert_eq!(hex(&first), chain.first);
    assert_eq!(hex(&event::hash(&first, &second_event(&given))), chain.second);
}

#[test]
fn every_hashed_part_of_an_event_changes_its_hash() {
    type Change = fn(&mut Event);
    let Answers { given, .. } = answers();
    let changes: [(&str, Change); 15] = [
        ("session", |event| event.session = SessionId(Uuid::nil())),
        ("seq", |event| event.seq += 1),
        ("at", |event| event.at = at(1_764_042_001_234_568)),
        ("actor", |event| event.actor.push('x')),
        ("action", |event| event.action = "view".into()),
        ("outcome", |event| event.outcome = "ok".into()),
        ("record", |event| event.record = None),
        ("field", |event| event.field = Some(String::new())),
        ("class", |event| event.class = None),
        ("version", |event| event.version = Some(4)),
        ("reason", |event| event.reason = None),
        ("reference", |event| event.reference = None),
        ("details", |event| event.details = None),
        ("ticket", |event| event.ticket = None),
        // A part moved into its neighbour.
        ("boundary", |event| (event.reason, event.reference) = (Some("callback工".into()), Some("单-7".into()))),
    ];
    let original = event::hash(&[0; 32], &second_event(&given));
    for (part, change) in changes {
        let mut changed = second_event(&given);
        change(&mut changed);
        assert_ne!(event::hash(&[0; 32], &changed), original, "{part}");
    }
    assert_ne!(event::hash(&[1; 32], &second_event(&given)), original, "previous hash");
}

#[test]
fn a_fingerprint_is_shown_the_same_everywhere() {
    let Answers { given, fingerprint: answer, .. } = answers();
    assert_eq!(fingerprint(&[given.key().expose()]), answer.shown);
}

#[test]
fn what_an_officer_signs_for_a_person_is_fixed() {
    let Answers { given, directory, .. } = answers();
    let entry = DirectoryEntry {
        kind: "person".into(),
        name: given.user.clone(),
        generation: 1,
        hpke_public: vec![1; 1216],
        ed25519_public: vec![2; 32],
        signer: String::new(),
        signature: Vec::new(),
    };
    assert_eq!(hex(&Sha256::digest(entry.statement(given.installation()))), directory.statement_sha256);
}

#[test]
fn what_an_officer_signs_for_a_wrapped_key_is_fixed() {
    let Answers { given, wrap: answer, .. } = answers();
    let wrap = WrappedKey {
        recipient_kind: "role".into(),
        recipient: "agent".into(),
        recipient_generation: 1,
        content: "value".into(),
        subject: "contact".into(),
        subject_generation: 2,
        sealed: vec![3; 8],
        signer: String::new(),
        signature: Vec::new(),
    };
    assert_eq!(hex(&wrap.info(given.installation())), answer.info);
    assert_eq!(hex(&wrap.statement(given.installation())), answer.statement);
}

#[test]
fn shares_written_down_long_ago_are_read_check_and_give_the_key() {
    let Answers { given, recovery: answer, .. } = answers();
    let shares: Vec<RecoveryShare> =
        answer.shares.iter().map(|text| RecoveryShare::parse(&Secret::from(text.as_str())).expect("a share")).collect();
    for ((share, text), commitment) in shares.iter().zip(&answer.shares).zip(&answer.commitments) {
        assert_eq!(share.to_text().expose(), text);
        assert_eq!(hex(&share.commitment(given.installation())), *commitment);
    }
    for three in [[0, 1, 2], [3, 1, 0], [2, 3, 1]] {
        let key = shamir::combine(&three.map(|place| shares[place].share.clone())).expect("a key");
        assert_eq!(key.expose(), given.key().expose());
    }
}

#[test]
fn what_an_officer_signs_for_a_recovery_set_is_fixed() {
    let Answers { given, recovery: answer, .. } = answers();
    let custodians = ["anna", "ben", "carl", "dora"].into_iter().zip(&answer.commitments);
    let set = RecoverySet {
        number: 3,
        threshold: 3,
        public: vec![1; 1216],
        custodians: custodians.map(|(name, commitment)| (name.to_owned(), bytes(commitment))).collect(),
        signer: String::new(),
        signature: Vec::new(),
    };
    assert_eq!(hex(&Sha256::digest(set.statement(given.installation()))), answer.set_sha256);
    assert_eq!(hex(&Sha256::digest(set.deposit_statement(given.installation(), 2, &[3; 8]))), answer.deposit_sha256);
}

#[test]
fn what_an_old_and_a_new_root_sign_of_each_other_is_fixed() {
    let Answers { given, root_transition: answer, root_acceptance: acceptance, .. } = answers();
    let transition = RootTransition {
        number: 2,
        old_public: vec![1; 32],
        new_public: vec![2; 32],
        by: given.user.clone(),
        signature: Vec::new(),
        acceptance: None,
    };
    assert_eq!(hex(&transition.statement(given.installation())), answer.statement);
    assert_eq!(hex(&transition.acceptance_statement(given.installation())), acceptance.statement);
}

#[test]
fn what_a_person_signs_of_their_chain_is_fixed() {
    let Answers { given, countersignature: answer, .. } = answers();
    assert_eq!(hex(&countersign::statement(given.installation(), SessionId(given.session), 64, &[3; 32])), answer.statement);
}

#[test]
fn a_checkpoint_is_fixed_from_its_leaves_on() {
    let Answers { given, checkpoint: answer, .. } = answers();
    let leaf = merkle::leaf(SessionId(given.session), 64, &[3; 32]);
    assert_eq!((hex(&leaf), hex(&merkle::node(&leaf, &[4; 32]))), (answer.leaf, answer.node));
    assert_eq!(hex(&checkpoint::genesis(given.installation())), answer.genesis);
    let checkpoint = Checkpoint {
        number: 5,
        at: at(1_764_042_001_234_567),
        size: 9,
        root: [5; 32],
        previous: [6; 32],
        records: None,
        login: String::new(),
        entry: 0,
        signature: Vec::new(),
    };
    assert_eq!(hex(&checkpoint.statement(given.installation())), answer.statement);
    assert_eq!(hex(&checkpoint.hash(given.installation())), answer.hash);
    let records = |covers| Checkpoint { records: Some(Records { covers, from: 3, root: [7; 32] }), ..checkpoint.clone() };
    let with_records = records(Some(at(1_764_042_000_999_999)));
    assert_eq!(hex(&with_records.statement(given.installation())), answer.statement_with_records);
    assert_eq!(hex(&with_records.hash(given.installation())), answer.hash_with_records);
    assert_eq!(hex(&records(None).hash(given.installation())), answer.hash_of_a_part);
}

#[test]
fn a_records_chain_and_its_place_in_the_tree_are_fixed() {
    let Answers { given, record_tree: answer, .. } = answers();
    let (installation, record) = (given.installation(), RecordId(given.record));
    let key = record_tree::key(installation, record);
    let entry = |field| {
        let (session, at) = (SessionId(given.session), at(1_764_042_001_234_567));
        Entry { session, seq: 64, at, action: "reveal", outcome: "ok", field, hash: [3; 32] }.digest()
    };
    assert_eq!((hex(&key), hex(&record_tree::genesis(installation, record))), (answer.key, answer.genesis));
    assert_eq!((hex(&entry(Some("phone"))), hex(&entry(None))), (answer.entry, answer.entry_without_field));
    let end = End::genesis(installation, record).then(&entry(Some("phone")));
    assert_eq!((hex(&end.head), hex(&end.stub(&key))), (answer.head, answer.stub));
    // Beside keys that differ in the first bit, and in the ninth.
    let (mut far, mut near) = (key, key);
    far[0] ^= 0x80;
    near[1] ^= 0x80;
    let mut tree = Tree::default();
    let mut root_with = |key: Key| {
        tree.put(key, end.stub(&key));
        hex(&tree.root())
    };
    assert_eq!([root_with(key), root_with(far), root_with(near)], [answer.root_of_one, answer.root_of_two, answer.root_of_three]);
}

#[test]
fn what_a_sample_is_drawn_with_and_what_reviewers_sign_is_fixed() {
    let Answers { given, audit_review: answer, .. } = answers();
    let micros = |more: i64| at(1_764_042_001_234_567 + more);
    let session = SessionId(given.session);
    let checkpoint = Checkpoint {
        number: 5,
        at: micros(0),
        size: 9,
        root: [5; 32],
        previous: [6; 32],
        records: None,
        login: String::new(),
        entry: 0,
        signature: Vec::new(),
    };
    let seed = audit_review::seed(given.installation(), 3, &checkpoint);
    assert_eq!((hex(&seed), hex(&audit_review::rank(&seed, session, 64))), (answer.seed, answer.rank));
    let weight = |kind: &str| Weight { kind: kind.into(), actor: None, record: None, from: None, until: None };
    let place = |drawn, seq, hash| audit_review::Place { drawn, session, seq, hash };
    let whole = Whole {
        frame: Frame {
            review: 3,
            title: "Weekly look".into(),
            from: micros(0),
            until: micros(3),
            due_at: micros(4),
            scope: "{\"size\" : 8}".into(),
            after_checkpoint: 4,
            excluded: Vec::new(),
            previous: Some((4, micros(-1))),
            population: 48_112,
            digest: [0; 32],
            checkpoint,
        },
        weights: vec![
            Weight { from: Some(micros(0)), until: Some(micros(1)), ..weight("hours") },
            Weight { actor: Some("lin.mei".into()), from: Some(micros(0)), until: Some(micros(2)), ..weight("glass") },
            Weight { record: Some(given.record), ..weight("vip") },
        ],
        places: vec![place(Drawn::Vip, 64, [3; 32]), place(Drawn::Random, 65, [4; 32])],
        marks: vec![
            Marked { item: 1, by: "he.qing".into(), at: micros(4), mark: Mark::InOrder, note: String::new() },
            Marked { item: 2, by: "wu.jun".into(), at: micros(4), mark: Mark::Finding, note: "no ticket".into() },
        ],
        signatures: Vec::new(),
    };
    assert_eq!(hex(&whole.sample(given.installation())), answer.sample);
    let statement = whole.statement(given.installation(), "wu.jun", micros(5));
    assert_eq!(hex(&Sha256::digest(statement)), answer.statement_sha256);
}

#[test]
fn what_a_shared_value_is_bound_to_and_signed_with_is_fixed() {
    let Answers { given, shared_value: answer, .. } = answers();
    let place = Place {
        share: ShareId(answer.share),
        record: RecordId(given.record),
        field: "phone",
        version: 3,
        from: &given.user,
        to: "wu.jun",
        until: at(1_764_042_001_234_567),
    };
    assert_eq!(hex(&place.info(given.installation())), answer.info);
    assert_eq!(hex(&place.statement(given.installation(), &[3; 8])), answer.statement);
}

#[test]
fn a_review_signed_long_ago_checks() {
    let Answers { given, review: answer, .. } = answers();
    let review = SignedReview::parse(include_str!("review.json")).expect("a review");
    assert_eq!(hex(&Sha256::digest(review.statement())), answer.statement_sha256);
    assert_eq!((review.installation, review.items.len(), review.events.len()), (given.installation(), 3, 2));
    let signer = Signer { user: "wu.jun".into(), fingerprint: answer.fingerprint, root_fingerprint: answer.root_fingerprint };
    assert_eq!(review.verify(), Ok(signer));
    assert_eq!(SignedReview::parse(&review.to_text().expect("a text")), Ok(review));
}

fn at(microsecond: i64) -> Timestamp {
    Timestamp::from_microsecond(microsecond).expect("a time that exists")
}

fn first_event(given: &Given) -> Event {
    Event {
        details: Some(r#"{"origin":"ssh"}"#.into()),
        ..Event::bare(SessionId(given.session), 1, at(1_764_042_000_000_000), &given.user, "session_open")
    }
}

fn second_event(given: &Given) -> Event {
    Event {
        seq: 2,
        at: at(1_764_042_001_234_567),
        action: "reveal".into(),
        outcome: "SD004".into(),
        record: Some(RecordId(given.record)),
        field: Some("phone".into()),
        class: Some("contact".into()),
        version: Some(3),
        reason: Some("callback".into()),
        reference: Some("工单-7".into()),
        details: Some(r#"{"q":1}"#.into()),
        ticket: Some(Ticket(given.ticket)),
        ..first_event(given)
    }
}

#[derive(Deserialize)]
struct CatalogueAnswer {
    body: String,
    first: String,
    second: String,
}

#[test]
fn the_signed_catalogue_is_written_and_hashed_as_ever() {
    let Answers { given, catalogue: answer, .. } = answers();
    let read: SignedCatalogue = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), answer.body);
    let statement = |number, previous| CatalogueStatement {
        number,
        previous,
        body: answer.body.clone(),
        signer: "zhao.min".into(),
        signature: vec![0; 64],
    };
    let first = statement(1, None).hash(given.installation());
    assert_eq!(hex(&first), answer.first);
    assert_eq!(hex(&statement(5, Some(first.to_vec())).hash(given.installation())), answer.second);
}
