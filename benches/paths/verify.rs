//! F11, second half: verification as a whole, reading included, beside the hashing alone.

use std::time::{Duration, Instant};

use sealdesk::{
    crypto::event,
    model::{
        audit::Event,
        id::{InstallationId, RecordId, SessionId, Ticket},
    },
    service::audit,
};
use uuid::Uuid;

use super::{Failure, world::World};

/// Events of one chain.
const CHAIN: u64 = 2_000;
const ROUNDS: usize = 5;

pub async fn run(host: &str, password: &str, events: u64) -> Result<(), Failure> {
    let world = World::found(host, password).await?;
    let began = Instant::now();
    for _ in 0..events.div_ceil(CHAIN) {
        // As a reveal is recorded: the longest of the frequent events.
        world
            .owner
            .batch_execute(&format!(
                "do $$ declare chain uuid := gen_random_uuid(); begin
                   perform sealdesk.start_chain(chain, null, 'bench.agent1', 'local', 'bench');
                   perform sealdesk.append(chain, 'bench.agent1', 'reveal', 'ok', gen_random_uuid(), 'phone', 'contact', 14, 'callback', 'TK-8812', null,
                     gen_random_uuid()) from generate_series(1, {CHAIN});
                 end $$"
            ))
            .await?;
    }
    world.owner.batch_execute("vacuum analyze sealdesk.audit_event").await?;
    println!("{events} events written in {:.1} s", began.elapsed().as_secs_f64());
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let found = audit::verify(&world.officer, |_| {}).await?;
        assert!(found.broken.is_empty(), "{:?}", found.broken.first());
        rates.push(found.events as f64 / began.elapsed().as_secs_f64());
    }
    println!(
        "F11 whole verification of {events} events, reading included: {:.0} events/s; hashing alone {:.0} events/s",
        super::median(rates),
        alone()
    );
    Ok(())
}

/// Events hashed a second, without reading them.
fn alone() -> f64 {
    let event = Event {
        session: SessionId(Uuid::from_u128(9)),
        seq: 1,
        at: jiff::Timestamp::UNIX_EPOCH,
        actor: "bench.agent1".into(),
        action: "reveal".into(),
        outcome: "ok".into(),
        record: Some(RecordId(Uuid::from_u128(11))),
        record_number: None,
        field: Some("phone".into()),
        class: Some("contact".into()),
        version: Some(14),
        reason: Some("callback".into()),
        reference: Some("TK-8812".into()),
        details: None,
        ticket: Some(Ticket(Uuid::from_u128(13))),
        hash: [0; 32],
    };
    let mut hash = event::genesis(InstallationId(Uuid::from_u128(7)), event.session);
    let (began, mut count) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs(2) {
        for _ in 0..1_000 {
            hash = event::hash(&hash, &event);
        }
        count += 1_000;
    }
    // So that the work is not optimised away.
    assert_ne!(hash, [0; 32]);
    count as f64 / began.elapsed().as_secs_f64()
}
