//! Whole paths against a real PostgreSQL, each beside the same work done plainly on the same server through the same driver.
//!
//! ```text
//! cargo bench --bench paths -- --host DIR --password PASSWORD lookup 100000
//! cargo bench --bench paths -- --host DIR --password PASSWORD reveal 32
//! cargo bench --bench paths -- --host DIR --password PASSWORD rotate 20000
//! cargo bench --bench paths -- --host DIR --password PASSWORD unlock
//! cargo bench --bench paths -- --host DIR --password PASSWORD verify 1000000
//! ```
//! `--host` is a directory with the socket of a server that may be thrown away, `--password` that of its superuser `postgres`. Every command
//! founds an installation of its own in a new database. One line is printed for each figure; nothing is asserted.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::cast_precision_loss, missing_docs)]

mod lookup;
mod page;
mod reveal;
mod rotate;
mod unlock;
mod verify;
mod world;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // `cargo bench` passes --bench to every benchmark.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--host", host, "--password", password, "lookup", records] => Box::pin(lookup::run(host, password, records.parse()?)).await,
        ["--host", host, "--password", password, "reveal", sessions] => reveal::run(host, password, sessions.parse()?).await,
        ["--host", host, "--password", password, "rotate", records] => Box::pin(rotate::run(host, password, records.parse()?)).await,
        ["--host", host, "--password", password, "unlock"] => unlock::run(host, password).await,
        ["--host", host, "--password", password, "verify", events] => verify::run(host, password, events.parse()?).await,
        _ => {
            eprintln!(
                "nothing measured: give --host DIR --password PASSWORD and `lookup RECORDS`, `reveal SESSIONS`, `rotate RECORDS`, `unlock` or `verify EVENTS`; see benches/README.md"
            );
            Ok(())
        }
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
