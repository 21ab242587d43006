//! The queues of the sinks: each has a task of its own, so that one that hangs or is full holds up no other.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc::UnboundedSender},
    task::JoinSet,
};

use super::Sink;
use crate::{
    database::api::alert,
    model::catalogue::Language,
    service::{Result, session::SignedIn, watch::report},
};

/// How often a queue is looked into without being told.
const LOOK: Duration = Duration::from_secs(3);

/// What became of a delivery, where whoever runs the watch ought to know: the first failure, and that it works again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub sink: String,
    pub error: Option<String>,
}

/// The running queues; dropping them ends them. What was under way is delivered again by whoever goes on.
pub struct Queues {
    _tasks: JoinSet<()>,
    wake: Arc<Notify>,
}

impl Queues {
    /// Says which sinks there are, and begins to deliver.
    ///
    /// # Errors
    /// Refused without `watch`; lost connections.
    pub async fn begin(signed_in: &Arc<SignedIn>, sinks: &[Sink], language: Language, told: &UnboundedSender<Delivered>) -> Result<Self> {
        let names: Vec<String> = sinks.iter().map(|sink| sink.name.clone()).collect();
        let least: Vec<&str> = sinks.iter().map(|sink| sink.least.code()).collect();
        let client = signed_in.client().await?;
        alert::watch_sinks(&client, signed_in.token.expose(), &names, &least).await?.into_result()?;
        drop(client);
        let wake = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        for sink in sinks {
            let (signed_in, sink, wake, told) = (Arc::clone(signed_in), sink.clone(), Arc::clone(&wake), told.clone());
            tasks.spawn(async move {
                let mut failing = false;
                loop {
                    // Where the database cannot be reached the watch itself notices, and says so.
                    let _ = empty(&signed_in, &sink, language, &mut failing, &told).await;
                    tokio::select! {
                        () = wake.notified() => {}
                        () = tokio::time::sleep(LOOK) => {}
                    }
                }
            });
        }
        Ok(Self { _tasks: tasks, wake })
    }

    /// Something was queued.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }
}

/// Delivers what is due.
async fn empty(signed_in: &SignedIn, sink: &Sink, language: Language, failing: &mut bool, told: &UnboundedSender<Delivered>) -> Result<()> {
    let token = signed_in.token.expose();
    let due = {
        let client = signed_in.client().await?;
        alert::watch_deliveries(&client, token, &sink.name).await?
    };
    for notice in due {
        let error = sink.deliver(&notice, language).await.err();
        {
            let client = signed_in.client().await?;
            alert::watch_delivered(&client, token, &sink.name, notice.number, error.as_deref()).await?.into_result()?;
        }
        if error.is_some() != *failing {
            *failing = error.is_some();
            if let Some(error) = &error {
                report(signed_in, "delivery_failed", &sink.name, Some(i64::from(notice.attempts) + 1), error).await?;
            }
            let _ = told.send(Delivered { sink: sink.name.clone(), error: error.clone() });
        }
        if error.is_some() {
            // The next one waits for its own time; a receiver that is away is not asked twenty times.
            break;
        }
    }
    Ok(())
}
