//! The demo's own watch: inside the demo's process, with an account and a folder of its own.

use std::path::Path;

use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use super::{DemoError, DemoPerson};
use crate::{
    config::Config,
    crypto::secret::Secret,
    service::{
        audit::anchor::Anchor,
        watch::{self, Daemon, Order},
    },
};

/// A watch that runs until this is dropped.
pub struct Watching {
    task: JoinHandle<()>,
    _orders: UnboundedSender<Order>,
}

impl Watching {
    /// # Errors
    /// Where the configured anchors make no sense, or there is no place to remember checkpoints in.
    pub fn begin(config: &Config, account: &DemoPerson, state: &Path) -> Result<Self, DemoError> {
        std::fs::create_dir_all(state).map_err(|error| DemoError::File { path: state.display().to_string(), detail: error.to_string() })?;
        let daemon = Daemon {
            config: config.clone(),
            user: account.user.clone(),
            passphrase: Secret::from(account.passphrase.as_str()),
            sinks: Vec::new(),
            anchors: config.watch.anchors.iter().map(|text| Anchor::parse(text)).collect::<Result<_, _>>()?,
            state: Some(state.to_owned()),
        };
        let (orders, mut received) = unbounded_channel();
        let language = config.language;
        let task = tokio::spawn(async move {
            // The screen is the desk's.
            let ended = watch::run(daemon, &mut received, |told| {
                if let Some(message) = told.message(language) {
                    tracing::info!(message, "the demo's watch");
                }
            })
            .await;
            if let Err(error) = ended {
                tracing::warn!(code = error.code(), "the demo's watch ended");
            }
        });
        Ok(Self { task, _orders: orders })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}
