//! What the desk computes for itself, each beside the bare primitive it is made of. One core, keys cached.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sealdesk::{
    crypto::{
        aead::{self, FieldAad, FieldKey, Purpose},
        blind_index::{self, IndexKey},
        event,
        secret::Key32,
    },
    model::{
        audit::Event,
        catalogue::IndexMode,
        id::{InstallationId, RecordId, SessionId, Ticket},
        preset,
    },
    operations::sample::Generator,
    text::{index_terms, mask::mask},
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A plaintext that pads to 64 bytes.
const VALUE: &[u8; 50] = b"Flat 1204, 318 Renmin Road, Shanghai, near the bri";

fn fields(c: &mut Criterion) {
    let place = FieldAad {
        purpose: Purpose::Value,
        installation: InstallationId(Uuid::from_u128(1)),
        record: RecordId(Uuid::from_u128(2)),
        field: "address",
        class: "contact",
        epoch: 1,
    };
    let key = FieldKey::new(&Key32::new([7; 32]));
    let sealed = aead::seal(&key, &place, VALUE);
    let bare = Aes256Gcm::new(&[7; 32].into());
    let nonce = Nonce::from([9; 12]);
    let aad = place.encode();
    let bare_sealed = bare.encrypt(&nonce, Payload { msg: &[5; 64], aad: &aad }).unwrap();

    let mut group = c.benchmark_group("field, 64 bytes padded");
    group.throughput(Throughput::Elements(1));
    group.bench_function("open", |b| b.iter(|| aead::open(&key, black_box(&place), black_box(&sealed)).unwrap()));
    group.bench_function("open, bare aes-gcm", |b| {
        b.iter(|| bare.decrypt(&nonce, Payload { msg: black_box(&bare_sealed), aad: black_box(&aad) }).unwrap());
    });
    group.bench_function("seal", |b| b.iter(|| aead::seal(&key, black_box(&place), black_box(VALUE))));
    group.finish();
}

fn index(c: &mut Criterion) {
    let key = IndexKey::new(&Key32::new([7; 32]));
    let catalogue = preset::catalogue();
    let customer = Generator::new(1).customer(1);
    c.bench_function("token", |b| b.iter(|| blind_index::token(&key, "phone", IndexMode::LastFour, black_box("5678"))));
    c.bench_function("all tokens of a customer", |b| {
        b.iter(|| {
            let mut count = 0;
            for field in &catalogue.fields {
                for (mode, term) in index_terms::of_value(field, black_box(customer.value(&field.code).unwrap_or_default())) {
                    black_box(blind_index::token(&key, &field.code, mode, &term));
                    count += 1;
                }
            }
            count
        });
    });
    c.bench_function("all masks of a customer", |b| {
        b.iter(|| {
            for field in &catalogue.fields {
                black_box(mask(field.mask, black_box(customer.value(&field.code).unwrap_or_default())));
            }
        });
    });
    c.bench_function("a generated customer", |b| b.iter(|| Generator::new(1).customer(black_box(7))));
}

fn chain(c: &mut Criterion) {
    let event = Event {
        session: SessionId(Uuid::from_u128(1)),
        seq: 42,
        at: "2026-01-02T03:04:05.678901Z".parse().unwrap(),
        actor: "lin.mei".into(),
        action: "reveal".into(),
        outcome: "ok".into(),
        record: Some(RecordId(Uuid::from_u128(3))),
        record_number: None,
        field: Some("id_number".into()),
        class: Some("identity".into()),
        version: Some(3),
        reason: Some("callback".into()),
        reference: None,
        details: None,
        ticket: Some(Ticket(Uuid::from_u128(4))),
        hash: [0; 32],
    };
    // As many bytes as the label, the previous hash and the encoded parts of that event.
    let bytes = [7_u8; 17 + 32 + 168];
    let mut group = c.benchmark_group("audit event");
    group.throughput(Throughput::Elements(1));
    group.bench_function("hash", |b| b.iter(|| event::hash(black_box(&[1; 32]), black_box(&event))));
    group.bench_function("bare SHA-256 of as many bytes", |b| b.iter(|| Sha256::digest(black_box(&bytes))));
    group.finish();
}

criterion_group!(kernels, fields, index, chain);
criterion_main!(kernels);
