//! F14: sealing a class's values again after a rotation, beside loading as many customers, and what a reveal takes meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sealdesk::{
    model::id::RecordId,
    service::{
        SignedIn,
        reveal::reveal,
        rotation,
        search::{self, ListRequest},
    },
};

use super::{Failure, world::World};

/// Every class with fields of the sample, and notes: together they are what a load seals.
const CLASSES: [&str; 5] = ["basic", "contact", "identity", "payment", "notes"];
const QUIET: Duration = Duration::from_secs(10);

pub async fn run(host: &str, password: &str, count: u64) -> Result<(), Failure> {
    let mut world = World::found(host, password).await?;
    let agent = Arc::new(world.senior_agent(1).await?);
    let loaded = world.load(&agent, count).await?;
    let page = search::list(&agent, &ListRequest { limit: 200, ..ListRequest::default() }).await?;
    let records: Arc<Vec<RecordId>> = Arc::new(page.rows.iter().map(|row| row.id).collect());

    let quiet = {
        let stop = Arc::new(AtomicBool::new(false));
        let reveals = tokio::spawn(reveals(Arc::clone(&agent), Arc::clone(&records), Arc::clone(&stop)));
        tokio::time::sleep(QUIET).await;
        stop.store(true, Ordering::Relaxed);
        reveals.await?
    };
    // Each class alone, as `class rotate` does it; then all of them in one pass, as when somebody leaves; then both once more beside reveals.
    for foreground in [false, true] {
        for class in CLASSES {
            let (changed, took, meanwhile) = again(&world, &[class], foreground.then_some((&agent, &records))).await?;
            let rate = count as f64 / took;
            println!(
                "F14 {class} of {count} customers: {changed} in {took:.1} s, {rate:.0} customers a second, {:.2} of loading{meanwhile}",
                rate / loaded
            );
        }
        let (changed, took, meanwhile) = again(&world, &CLASSES, foreground.then_some((&agent, &records))).await?;
        let rate = count as f64 / took;
        println!(
            "F14 whole customers: {changed} in {took:.1} s, {rate:.0} a second re-encrypted, {loaded:.0} loaded; ratio {:.2}{meanwhile}",
            rate / loaded
        );
    }
    println!("F14 reveals with nothing else: {}, {} failed", summary(&quiet.0), quiet.1);
    Ok(())
}

/// Gives classes new keys and seals again what lies under the old ones. Answers with how much that was, the seconds it took, and what reveals took.
async fn again(
    world: &World,
    classes: &[&str],
    foreground: Option<(&Arc<SignedIn>, &Arc<Vec<RecordId>>)>,
) -> Result<(u64, f64, String), Failure> {
    for class in classes {
        rotation::rotate_class(&world.officer, class).await?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let reveals = foreground.map(|(agent, records)| tokio::spawn(reveals(Arc::clone(agent), Arc::clone(records), Arc::clone(&stop))));
    let began = Instant::now();
    let done = rotation::reencrypt(&world.officer, if let [class] = classes { Some(class) } else { None }, |_| {}).await?;
    let took = began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let meanwhile = match reveals {
        Some(reveals) => {
            let (times, failed) = reveals.await?;
            format!("; reveals meanwhile {}, {failed} failed", summary(&times))
        }
        None => String::new(),
    };
    Ok((done.changed, took, meanwhile))
}

/// Reveals one value after another, twenty a second, until told to stop. Answers with the milliseconds each took.
async fn reveals(agent: Arc<SignedIn>, records: Arc<Vec<RecordId>>, stop: Arc<AtomicBool>) -> (Vec<f64>, u64) {
    let (mut times, mut failed) = (Vec::new(), 0);
    let field = ["phone".to_owned()];
    for record in records.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        if reveal(&agent, *record, &field, None).await.iter().all(|(_, value)| value.is_ok()) {
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        } else {
            failed += 1;
        }
        tokio::time::sleep(Duration::from_millis(50).saturating_sub(began.elapsed())).await;
    }
    (times, failed)
}

fn summary(times: &[f64]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: usize| sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN);
    format!("median {:.1} ms, p99 {:.1} ms of {}", at(50), at(99), sorted.len())
}
