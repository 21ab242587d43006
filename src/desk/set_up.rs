//! A second factor that is being set up: what of it no state may hold, the session and the secret behind it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc::UnboundedSender},
    task::JoinHandle,
};

use super::{
    effect::trouble,
    event::Event,
    second_factor::{Found, Offer},
};
use crate::{
    config::Config,
    crypto::secret::Secret,
    model::catalogue::Language,
    service::{
        SignedIn,
        second_factor::{self, SetUp},
    },
    text::qr,
};

#[derive(Default)]
pub struct Setting {
    under_way: Arc<Mutex<Option<SetUp>>>,
    beginning: Option<JoinHandle<()>>,
}

impl Setting {
    /// Begins with a session of its own, which the passphrase opens: a desk that was left open is not enough.
    pub fn begin(&mut self, config: Config, events: UnboundedSender<Event>, language: Language, user: String, passphrase: Secret<String>) {
        let under_way = Arc::clone(&self.under_way);
        self.start(tokio::spawn(async move {
            let begun = second_factor::begin(&config, &user, passphrase).await;
            let found = match begun {
                Ok(set_up) => Ok(keep(&under_way, set_up, &config).await),
                Err(error) => Err(trouble(&error, language)),
            };
            let _ = events.send(Event::SecondFactor(found));
        }));
    }

    /// Tells a signed-in person how it stands.
    pub fn tell(&mut self, events: UnboundedSender<Event>, language: Language, signed_in: Arc<SignedIn>) {
        self.start(tokio::spawn(async move {
            let found = match second_factor::state(&signed_in).await {
                Ok(state) if state.is_set_up => Ok(Found::InForce(state)),
                Ok(_) => Ok(Found::Missing),
                Err(error) => Err(trouble(&error, language)),
            };
            let _ = events.send(Event::SecondFactor(found));
        }));
    }

    fn start(&mut self, beginning: JoinHandle<()>) {
        if let Some(older) = self.beginning.replace(beginning) {
            older.abort();
        }
    }

    pub fn confirm(&self, events: UnboundedSender<Event>, language: Language, code: Secret<String>) {
        let under_way = Arc::clone(&self.under_way);
        tokio::spawn(async move {
            if let Some(set_up) = &*under_way.lock().await {
                let codes = set_up.confirm(&code).await.map_err(|error| trouble(&error, language));
                let _ = events.send(Event::SecondFactorConfirmed(codes));
            }
        });
    }

    /// Drops the secret, and ends the session that was opened for it.
    pub fn leave(&mut self) -> JoinHandle<()> {
        if let Some(task) = self.beginning.take() {
            task.abort();
        }
        let under_way = Arc::clone(&self.under_way);
        tokio::spawn(async move {
            if let Some(set_up) = under_way.lock().await.take() {
                let _ = tokio::time::timeout(Duration::from_secs(2), set_up.close()).await;
            }
        })
    }
}

async fn keep(under_way: &Mutex<Option<SetUp>>, set_up: SetUp, config: &Config) -> Found {
    let offer = Offer { secret: set_up.secret_text(), picture: qr::picture(&set_up.uri(), config.glyphs).ok() };
    *under_way.lock().await = Some(set_up);
    Found::Begun(offer)
}
