//! `sealdesk watch`: the daemon, as a service manager runs it.

use std::path::{Path, PathBuf};

use clap::Args;
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::unbounded_channel,
};

use super::{Arguments, Failure, Outcome};
use crate::{
    crypto::secret::Secret,
    model::catalogue::Language,
    operations::logging,
    service::{
        Error,
        audit::anchor::Anchor,
        watch::{self, Daemon, Order, Told},
    },
    text::sanitise::for_terminal,
};

/// Evaluate the audit as it grows, raise and deliver alerts, make and anchor checkpoints, and do what is due: closing reviews, ending roles for a time
///
/// Runs until SIGTERM, with an account of its own that has the role `watch`. SIGHUP reads configuration, passphrase and sinks again; SIGUSR1 makes a
/// checkpoint at once. Several may run, on several machines: one leads, and another takes over within ten seconds. Without a database it waits, and
/// catches up afterwards; so does each anchor of `[watch] anchors` that cannot be written for a time. `server_log` there names PostgreSQL's JSON log, from
/// which failed logins are read.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk staff add watch.one --role watch      (then enrol and confirm it like a person)\n  sealdesk watch --user watch.one --passphrase-file /run/credentials/sealdesk-watch.service/passphrase --sinks /etc/sealdesk/sinks.toml\n\nassets/systemd/sealdesk-watch.service runs it under systemd."
)]
pub struct Watch {
    /// File that says where alerts are delivered besides the desks; assets/systemd/sinks.example.toml explains it
    #[arg(long, value_name = "FILE")]
    sinks: Option<PathBuf>,
}

impl Watch {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let first = settings(arguments, self.sinks.as_deref(), None)?;
        let language = first.config.language;
        arguments.log(&first.config);
        let kept = first.passphrase.clone();
        let (sender, mut orders) = unbounded_channel();
        let mut hung_up = signal(SignalKind::hangup())?;
        let mut asked = signal(SignalKind::user_defined1())?;
        let (mut terminated, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let signals = async {
            loop {
                tokio::select! {
                    _ = hung_up.recv() => {
                        let now = NotifyState::monotonic_usec_now().unwrap_or(NotifyState::MonotonicUsec(0));
                        notify(&[NotifyState::Reloading, now]);
                        match settings(arguments, self.sinks.as_deref(), Some(&kept)) {
                            Ok(next) => drop(sender.send(Order::Reload(Box::new(next)))),
                            Err(failure) => {
                                say(&failure.message);
                                notify(&[NotifyState::Ready]);
                            }
                        }
                    }
                    _ = asked.recv() => drop(sender.send(Order::Checkpoint)),
                    _ = terminated.recv() => break,
                    _ = interrupted.recv() => break,
                }
            }
            notify(&[NotifyState::Stopping]);
            // The receiver is there as long as the watch runs.
            let _ = sender.send(Order::Stop);
        };
        // The service is there with or without a database; it says which.
        notify(&[NotifyState::Ready]);
        let watching = watch::run(first, &mut orders, |told| tell(told, language));
        tokio::pin!(watching);
        tokio::select! {
            done = &mut watching => return Ok(done?),
            () = signals => {}
        }
        Ok(watching.await?)
    }
}

/// As the files say now. A passphrase that came on standard input is kept.
fn settings(arguments: &Arguments, sinks: Option<&Path>, kept: Option<&Secret<String>>) -> Result<Daemon, Failure> {
    let config = arguments.config()?;
    let user = config.user.clone().ok_or(Error::NoUser)?;
    let is_file = arguments.passphrase_file.as_ref().is_some_and(|path| path.as_os_str() != "-");
    let passphrase = match kept {
        Some(kept) if !is_file => kept.clone(),
        _ => arguments.passphrase(&format!("Passphrase of {user}: "))?,
    };
    let sinks = match sinks {
        None => Vec::new(),
        Some(path) => {
            let wrong = |what: String| Failure::usage(format!("{}: {what}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            watch::sink::parse(&text).map_err(wrong)?
        }
    };
    let anchors = config.watch.anchors.iter().map(|text| Anchor::parse(text)).collect::<Result<_, _>>()?;
    Ok(Daemon { config, user, passphrase, sinks, anchors, state: logging::directory() })
}

fn tell(told: &Told, language: Language) {
    match told {
        Told::Alive => return notify(&[NotifyState::Watchdog]),
        Told::Reloaded => notify(&[NotifyState::Ready]),
        _ => {}
    }
    if let Some(message) = told.message(language) {
        if told.is_state() {
            notify(&[NotifyState::Status(&message)]);
        }
        say(&message);
    }
}

/// One line for the journal, or whoever started it by hand.
fn say(message: &str) {
    tracing::info!(message, "watch");
    eprintln!("sealdesk: {}", for_terminal(message));
}

/// Tells the service manager, where there is one.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager does not listen");
    }
}
