//! `sealdesk audit`.

use std::collections::HashSet;

use clap::Subcommand;
use futures::StreamExt as _;

use super::{Arguments, Failure, Outcome};
use crate::{
    model::audit::{Event, Filter},
    service::{self, SignedIn, audit, unlock},
};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print the newest events, oldest first
    Tail {
        /// Go on printing as events are committed
        #[arg(long)]
        follow: bool,
        #[arg(long)]
        json: bool,
        #[arg(long)]
        actor: Option<String>,
        #[arg(long)]
        action: Option<String>,
    },
    /// Recompute every chain; exit code 5 when one is broken
    Verify,
}

impl Audit {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = match self {
            Self::Tail { follow, json, actor, action } => {
                let filter = Filter { actor: actor.clone(), action: action.clone(), ..Filter::default() };
                tail(&signed_in, &filter, *follow, *json).await
            }
            Self::Verify => verify(&signed_in).await,
        };
        unlock::close(&signed_in).await?;
        done
    }
}

async fn tail(signed_in: &SignedIn, filter: &Filter, follow: bool, json: bool) -> Outcome {
    let mut notices = if follow { Some(service::listen(signed_in).await?) } else { None };
    let (mut ticket, page) = audit::open(signed_in, filter).await?;
    let mut opened = std::time::Instant::now();
    let mut seen: HashSet<(crate::model::id::SessionId, i64)> = HashSet::new();
    let mut horizon = page.horizon;
    print(&page.events, &mut seen, json);
    let Some(notices) = notices.as_mut() else { return Ok(()) };
    loop {
        // A notice is a hint; a slow timer covers one that was coalesced away.
        tokio::select! {
            notice = notices.next() => if notice.is_none() { return Err(Failure { message: "the connection was lost".into(), code: 4 }) },
            () = tokio::time::sleep(std::time::Duration::from_secs(2)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
        if opened.elapsed().as_secs() > 600 {
            (ticket, _) = audit::open(signed_in, filter).await?;
            opened = std::time::Instant::now();
        }
        let page = audit::follow(signed_in, &ticket, horizon).await?;
        horizon = page.horizon;
        print(&page.events, &mut seen, json);
    }
}

fn print(newest_first: &[Event], seen: &mut HashSet<(crate::model::id::SessionId, i64)>, json: bool) {
    for event in newest_first.iter().rev() {
        if !seen.insert((event.session, event.seq)) {
            continue;
        }
        if json {
            println!(
                "{}",
                serde_json::json!({
                    "@timestamp": event.at, "user": {"name": event.actor},
                    "event": {"action": event.action, "outcome": if event.outcome == "ok" { "success" } else { "failure" }, "code": event.outcome, "sequence": event.seq, "reason": event.reason, "reference": event.reference},
                    "sealdesk": {"session": event.session, "record": event.record, "number": event.record_number, "field": event.field, "class": event.class, "version": event.version, "details": event.details, "hash": hexadecimal(&event.hash)},
                })
            );
        } else {
            let record = event.record_number.map(|number| number.to_string()).unwrap_or_default();
            println!(
                "{} {:<12} {:<14} {:<6} {:<10} {} {} {}",
                event.at.strftime("%Y-%m-%d %H:%M:%S"),
                event.actor,
                event.action,
                event.outcome,
                record,
                event.field.as_deref().unwrap_or("-"),
                event.reason.as_deref().unwrap_or(""),
                event.reference.as_deref().unwrap_or("")
            );
        }
    }
}

async fn verify(signed_in: &SignedIn) -> Outcome {
    let found = audit::verify(signed_in, |_| {}).await?;
    println!("{} events in {} chains", found.events, found.sessions);
    for broken in &found.broken {
        println!("broken: session {} event {}: {:?}", broken.session, broken.seq, broken.harm);
    }
    if found.broken.is_empty() {
        println!("every chain holds");
        return Ok(());
    }
    Err(Failure { message: format!("{} breaks were found; the first is named above", found.broken.len()), code: 5 })
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
