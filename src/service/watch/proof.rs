//! Checkpoints each minute, and every checkpoint written down in every anchor. Each anchor has a task of its own: one that hangs or is full holds up no
//! other, is tried again, and catches up with what it has missed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Notify, mpsc::UnboundedSender, watch},
    task::JoinSet,
    time::{Instant, timeout},
};

use super::report;
use crate::{
    database::api::{checkpoint as api, watch::watch_anchored},
    keyring::checkpoint::Checkpoint,
    model::{catalogue::Language, id::InstallationId},
    service::{
        Error, Result,
        audit::{
            self,
            anchor::{Anchor, Note},
            checkpoint::Memory,
        },
        session::{SignedIn, new_ticket},
    },
};

const EVERY: Duration = Duration::from_mins(1);
/// Between tries of an anchor that fails; doubled each time up to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How long one writing may take until that is a failure. It is waited for nevertheless, since it may still end well.
const PATIENCE: Duration = Duration::from_secs(40);
/// Checkpoints of one reading.
const PIECE: i32 = 500;

/// What whoever runs the watch ought to know of it: the first failure, and that it works again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No checkpoint can be made; or, without an error, that number was made again at last.
    Checkpoint { number: i64, error: Option<String> },
    /// An anchor cannot be written; or, without an error, is written again, with so many that had waited.
    Anchor { name: String, waited: i64, error: Option<String> },
    /// The audit is not what it was.
    Broken { what: String },
}

impl Proof {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let english = language == Language::English;
        match self {
            Self::Checkpoint { error: Some(error), .. } if english => {
                format!("no checkpoint can be made; tried again each minute: {error}")
            }
            Self::Checkpoint { error: Some(error), .. } => format!("无法生成检查点，每分钟重试：{error}"),
            Self::Checkpoint { number, error: None } if english => format!("checkpoints are made again, the last is {number}"),
            Self::Checkpoint { number, error: None } => format!("已恢复生成检查点，最新为第 {number} 个"),
            Self::Anchor { name, error: Some(error), .. } if english => {
                format!("the anchor {name} cannot be written; checkpoints wait and are written afterwards: {error}")
            }
            Self::Anchor { name, error: Some(error), .. } => format!("无法写入锚点 {name}，检查点将保留并补写：{error}"),
            Self::Anchor { name, waited, error: None } if english => {
                format!("the anchor {name} is written again: {waited} checkpoint(s) caught up")
            }
            Self::Anchor { name, waited, error: None } => format!("锚点 {name} 已恢复写入，补写检查点 {waited} 个"),
            Self::Broken { what } if english => format!("THE AUDIT WAS CHANGED: {what}"),
            Self::Broken { what } => format!("审计已被改动：{what}"),
        }
    }
}

/// The running duties; dropping them ends them. What was under way is done again by whoever goes on.
pub struct Proofs {
    _tasks: JoinSet<()>,
}

/// What all of them need.
#[derive(Clone)]
struct Setting {
    signed_in: Arc<SignedIn>,
    installation: InstallationId,
    language: Language,
    told: UnboundedSender<Proof>,
}

impl Proofs {
    /// Begins to make checkpoints and to write them down. `state` is the folder in which the newest checkpoint, and how far each anchor is, are
    /// remembered; without one both are learnt anew each time. `now` asks for a checkpoint at once.
    #[must_use]
    pub fn begin(
        signed_in: &Arc<SignedIn>,
        anchors: &[Anchor],
        state: Option<&Path>,
        language: Language,
        now: &Arc<Notify>,
        told: &UnboundedSender<Proof>,
    ) -> Self {
        let installation = signed_in.keyring().installation();
        let setting = Setting { signed_in: Arc::clone(signed_in), installation, language, told: told.clone() };
        let (newest, _) = watch::channel(None);
        let reached = Arc::new(Reached::load(state, installation));
        let mut tasks = JoinSet::new();
        for anchor in anchors {
            tasks.spawn(keep_anchored(setting.clone(), anchor.clone(), Arc::clone(&reached), newest.subscribe()));
        }
        let memory = state.map(|folder| folder.join(format!("checkpoint-{installation}.json")));
        tasks.spawn(keep_checkpoints(setting.clone(), memory, Arc::clone(now), newest));
        tasks.spawn(async move {
            if let Some(harm) = audit::keep_countersigning(Arc::downgrade(&setting.signed_in)).await {
                // Recorded where it was found.
                let _ = setting.told.send(Proof::Broken { what: harm.message(setting.language) });
            }
        });
        Self { _tasks: tasks }
    }
}

impl Setting {
    async fn broken(&self, subject: &str, number: Option<i64>, what: &str) {
        let _ = self.told.send(Proof::Broken { what: what.to_owned() });
        self.record("chain_broken", subject, number, what).await;
    }

    /// As an event that a rule matches. Where the database cannot be reached the watch itself notices, and whoever goes on records it.
    async fn record(&self, what: &str, subject: &str, number: Option<i64>, details: &str) {
        let cut: String = details.chars().take(120).collect();
        if let Err(error) = report(&self.signed_in, what, subject, number, &cut).await {
            tracing::warn!(code = error.code(), what, "a report was not recorded");
        }
    }
}

/// How far each anchor is, in a file of the watch's own: what the database says of that is no reason to leave anything out.
struct Reached {
    file: Option<PathBuf>,
    by_name: Mutex<BTreeMap<String, i64>>,
}

#[derive(Default, Serialize, Deserialize)]
struct ReachedFile {
    anchors: BTreeMap<String, i64>,
}

impl Reached {
    fn load(state: Option<&Path>, installation: InstallationId) -> Self {
        let file = state.map(|folder| folder.join(format!("anchored-{installation}.json")));
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        // One that cannot be read costs nothing but a second line for the newest checkpoint.
        let known: ReachedFile = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { file, by_name: Mutex::new(known.anchors) }
    }

    fn of(&self, name: &str) -> Option<i64> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    fn note(&self, name: &str, number: i64) {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        by_name.insert(name.to_owned(), number);
        let Some(file) = &self.file else { return };
        let beside = file.with_extension("new");
        let stored = serde_json::to_string(&ReachedFile { anchors: by_name.clone() })
            .map_err(std::io::Error::other)
            .and_then(|text| file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&beside, text)))
            .and_then(|()| std::fs::rename(&beside, file));
        if let Err(error) = stored {
            tracing::warn!(%error, "how far the anchors are is not remembered");
        }
    }
}

async fn keep_checkpoints(setting: Setting, file: Option<PathBuf>, now: Arc<Notify>, newest: watch::Sender<Option<Checkpoint>>) {
    let mut memory: Option<Memory> = None;
    let mut failing: Option<String> = None;
    loop {
        let next = Instant::now() + EVERY;
        let made = make(&setting, &mut memory, file.as_deref()).await;
        match made {
            Ok(checkpoint) => {
                if failing.take().is_some() {
                    let _ = setting.told.send(Proof::Checkpoint { number: checkpoint.number, error: None });
                }
                newest.send_replace(Some(checkpoint));
            }
            // The rounds notice it too, and wait.
            Err(error) if matches!(error.code(), "unreachable" | "busy" | "SD002") => {}
            Err(error) => {
                let text = match (error.code(), setting.language) {
                    // Of all that is handed over only the moment can be wrong.
                    ("SD011", Language::English) => {
                        "this machine's clock and the server's are more than five minutes apart; set both by NTP".to_owned()
                    }
                    ("SD011", Language::Chinese) => "本机与服务器的时钟相差超过五分钟；请用 NTP 校准".to_owned(),
                    (_, language) => error.message(language),
                };
                if failing.as_ref() != Some(&text) {
                    let known = memory.as_ref().map(|memory| memory.number);
                    if matches!(error, Error::Checkpoints(_)) {
                        setting.broken("checkpoints", known, &text).await;
                    } else {
                        let _ = setting.told.send(Proof::Checkpoint { number: known.unwrap_or(0), error: Some(text.clone()) });
                        setting.record("checkpoint_failed", "checkpoint", known, &text).await;
                    }
                    failing = Some(text);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = now.notified() => {}
        }
    }
}

/// Makes one, and remembers it.
async fn make(setting: &Setting, memory: &mut Option<Memory>, file: Option<&Path>) -> Result<Checkpoint> {
    if let (None, Some(file)) = (&memory, file) {
        *memory = Memory::load(file, setting.installation)?;
    }
    let before = memory.as_ref().map(|memory| memory.number);
    let made = audit::checkpoint(&setting.signed_in, memory).await;
    if let (Some(memory), Some(file)) = (memory.as_ref().filter(|memory| Some(memory.number) != before), file)
        && let Err(error) = memory.store(file)
    {
        tracing::warn!(error = error.message(Language::English), "the newest checkpoint is not remembered");
    }
    made
}

async fn keep_anchored(setting: Setting, anchor: Anchor, reached: Arc<Reached>, mut newest: watch::Receiver<Option<Checkpoint>>) {
    let name = anchor.name();
    let mut writer = Writer { setting, anchor, name, reached, failing: false, waited: 0 };
    while newest.changed().await.is_ok() {
        writer.catch_up(&mut newest).await;
    }
}

struct Writer {
    setting: Setting,
    anchor: Anchor,
    name: String,
    reached: Arc<Reached>,
    failing: bool,
    /// Written since it failed.
    waited: i64,
}

impl Writer {
    /// Writes everything up to the newest one, however long it takes. An anchor that nothing is known of begins with that.
    async fn catch_up(&mut self, newest: &mut watch::Receiver<Option<Checkpoint>>) {
        loop {
            let Some(newest) = newest.borrow_and_update().clone() else { return };
            let done = self.reached.of(&self.name).filter(|done| *done <= newest.number);
            let missing = match done {
                Some(done) if done == newest.number => return self.caught_up(),
                Some(done) if done + 1 < newest.number => match self.read(done).await {
                    Ok(found) if !found.is_empty() => found,
                    Ok(_) => vec![newest.clone()],
                    Err(_) => {
                        // The rounds notice that the database is away.
                        tokio::time::sleep(FIRST_PAUSE).await;
                        continue;
                    }
                },
                _ => vec![newest.clone()],
            };
            for checkpoint in missing.iter().filter(|checkpoint| checkpoint.number <= newest.number) {
                self.write(checkpoint).await;
            }
        }
    }

    async fn read(&self, after: i64) -> Result<Vec<Checkpoint>> {
        let signed_in = &self.setting.signed_in;
        let (client, token, ticket) = (signed_in.client().await?, signed_in.token.expose(), new_ticket());
        api::request_checkpoint(&client, token, ticket).await?.into_result()?;
        signed_in.witness.note(ticket, None, None);
        Ok(api::collect_checkpoints(&client, token, ticket, after, PIECE).await?)
    }

    /// Until it is written.
    async fn write(&mut self, checkpoint: &Checkpoint) {
        let note = Note::of(checkpoint, self.setting.installation);
        let mut pause = FIRST_PAUSE;
        loop {
            let anchor = self.anchor.clone();
            let writing = anchor.write(&note);
            tokio::pin!(writing);
            let outcome = loop {
                match timeout(PATIENCE, &mut writing).await {
                    Ok(outcome) => break outcome,
                    Err(_) => self.failed(checkpoint.number, &format!("no answer within {} s", PATIENCE.as_secs())).await,
                }
            };
            match outcome {
                Ok(()) => break,
                Err(error) => self.failed(checkpoint.number, &error.message(self.setting.language)).await,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.reached.note(&self.name, checkpoint.number);
        self.say(Some(checkpoint.number), None).await;
        self.waited += i64::from(self.failing);
    }

    /// Nothing waits any more.
    fn caught_up(&mut self) {
        if self.failing {
            let _ = self.setting.told.send(Proof::Anchor { name: self.name.clone(), waited: self.waited, error: None });
        }
        (self.failing, self.waited) = (false, 0);
    }

    async fn failed(&mut self, number: i64, error: &str) {
        if self.failing {
            return;
        }
        self.failing = true;
        let _ = self.setting.told.send(Proof::Anchor { name: self.name.clone(), waited: 0, error: Some(error.to_owned()) });
        let subject: String = self.name.chars().take(60).collect();
        self.setting.record("anchor_failed", &subject, Some(number), error).await;
        self.say(None, Some(error)).await;
    }

    /// For `doctor`, and whoever looks.
    async fn say(&self, number: Option<i64>, error: Option<&str>) {
        let signed_in = &self.setting.signed_in;
        let Ok(client) = signed_in.client().await else { return };
        let (name, error): (String, Option<String>) =
            (self.name.chars().take(200).collect(), error.map(|error| error.chars().take(120).collect()));
        let _ = watch_anchored(&client, signed_in.token.expose(), &name, number, error.as_deref()).await;
    }
}
