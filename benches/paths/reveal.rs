//! F9: audited reveals a second from many sessions, beside single-row insert commits by `pgbench` on the same cluster.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sealdesk::{
    model::id::RecordId,
    service::{
        SignedIn,
        reveal::reveal,
        search::{self, ListRequest},
    },
};

use super::{Failure, world::World};

const RECORDS: u64 = 2_000;
const TIME: Duration = Duration::from_secs(10);

pub async fn run(host: &str, password: &str, sessions: usize) -> Result<(), Failure> {
    let mut world = World::found(host, password).await?;
    let mut agents = Vec::with_capacity(sessions);
    for number in 1..=sessions {
        agents.push(Arc::new(world.senior_agent(number).await?));
    }
    world.load(&agents[0], RECORDS).await?;
    let records = Arc::new(some_records(&agents[0]).await?);
    world.owner.batch_execute("create schema plain; create table plain.row (id bigserial primary key, t text)").await?;

    // Plain, sealed, plain: what the neighbours do meanwhile shows as a difference between the two plain runs.
    let before = inserts(host, password, sessions)?;
    let (reveals, failed) = reveals(&agents, &records).await;
    let after = inserts(host, password, sessions)?;
    let plain = f64::midpoint(before, after);
    println!(
        "F9 {sessions} sessions: {reveals:.0} audited reveals/s, {failed} failed; {plain:.0} single-row inserts/s ({before:.0} before, {after:.0} after); ratio {:.2}",
        reveals / plain
    );
    Ok(())
}

async fn some_records(agent: &SignedIn) -> Result<Vec<RecordId>, Failure> {
    let page = search::list(agent, &ListRequest { limit: 200, ..ListRequest::default() }).await?;
    Ok(page.rows.iter().map(|row| row.id).collect())
}

async fn reveals(agents: &[Arc<SignedIn>], records: &Arc<Vec<RecordId>>) -> (f64, u64) {
    let (done, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let field = ["phone".to_owned()];
    let began = Instant::now();
    let tasks: Vec<_> = agents
        .iter()
        .enumerate()
        .map(|(offset, agent)| {
            let (agent, records, field) = (Arc::clone(agent), Arc::clone(records), field.clone());
            let (done, failed) = (Arc::clone(&done), Arc::clone(&failed));
            tokio::spawn(async move {
                for turn in 0.. {
                    if began.elapsed() > TIME {
                        return;
                    }
                    let record = records[(offset * 7 + turn) % records.len()];
                    let good = reveal(&agent, record, &field, None).await.iter().all(|(_, value)| value.is_ok());
                    if good { &done } else { &failed }.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        // A session that panics is seen as a lower figure and its own message.
        let _ = task.await;
    }
    (done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64(), failed.load(Ordering::Relaxed))
}

/// Transactions a second that `pgbench` reports.
fn inserts(host: &str, password: &str, sessions: usize) -> Result<f64, Failure> {
    let script = std::env::temp_dir().join(format!("sealdesk-bench-{}.sql", std::process::id()));
    std::fs::write(
        &script,
        "insert into plain.row (t) values ('a line about as long as an audit event is, which is some hundred bytes or so');\n",
    )?;
    let output = Command::new("pgbench")
        .args([
            "-n",
            "-j",
            "2",
            "-M",
            "prepared",
            "-U",
            "postgres",
            "-h",
            host,
            "-T",
            &TIME.as_secs().to_string(),
            "-c",
            &sessions.to_string(),
        ])
        .arg("-f")
        .arg(&script)
        .arg("sealdesk_bench")
        .env("PGPASSWORD", password)
        .output();
    std::fs::remove_file(&script)?;
    let output = output?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into())
}
