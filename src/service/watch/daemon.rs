//! The loop: sign in, listen, make rounds; without a database wait and try again. It ends when it is told to, or when trying again cannot help.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::{
    Notify,
    mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::{
    Clock, Jump, Sink,
    duty::Duties,
    leave,
    logins::{self, Logins},
    proof::{Proof, Proofs},
    report, round,
    sink::{Delivered, Queues},
};
use crate::{
    config::Config,
    crypto::secret::Secret,
    model::catalogue::Language,
    service::{Error, Origin, Result, audit::anchor::Anchor, heartbeat, listen, session::SignedIn, unlock},
};

/// Between tries to reach the database; doubled each time up to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Nothing that is asked of the database takes longer than its own limit of 30 seconds.
const ANSWER: Duration = Duration::from_secs(40);
/// Between rounds: while events come, while none come, and while another leads.
const BUSY: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(2);
const STANDING_BY: Duration = Duration::from_secs(1);
/// Rounds that notices call for are no closer than this.
const CLOSEST: Duration = Duration::from_millis(200);
const HEARTBEAT: Duration = Duration::from_mins(4);

/// Whom the watch signs in as, and where.
pub struct Daemon {
    pub config: Config,
    pub user: String,
    pub passphrase: Secret<String>,
    /// Where alerts go besides the desks.
    pub sinks: Vec<Sink>,
    /// Where checkpoints are written down.
    pub anchors: Vec<Anchor>,
    /// What the watch remembers on its own machine: the newest checkpoint, how far each anchor and the server's log are.
    pub state: Option<PathBuf>,
}

/// What a signal asks for.
pub enum Order {
    /// Go on with these settings.
    Reload(Box<Daemon>),
    /// Make a checkpoint now.
    Checkpoint,
    Stop,
}

/// What whoever runs the watch ought to know.
#[derive(Debug)]
pub enum Told {
    /// It is at work; told at least every 40 seconds, whatever happens.
    Alive,
    Leads,
    StandsBy {
        leader: Option<String>,
    },
    /// The database cannot be reached.
    Waiting {
        error: Error,
        again_in: Duration,
    },
    Jumped(Jump),
    DutyFailed {
        duty: &'static str,
        error: Error,
    },
    Alerts(i64),
    /// A sink that has begun to fail, or works again.
    Delivered(Delivered),
    /// Checkpoints or an anchor that have begun to fail, or work again; an audit that is not what it was.
    Proof(Proof),
    /// The server's log cannot be read, or can be again.
    Log(logins::Trouble),
    Reloaded,
}

impl Told {
    /// Whether it says how things stand until the next one does.
    #[must_use]
    pub fn is_state(&self) -> bool {
        matches!(self, Self::Leads | Self::StandsBy { .. } | Self::Waiting { .. })
    }

    /// A sentence for the log; none for what needs none.
    #[must_use]
    pub fn message(&self, language: Language) -> Option<String> {
        let english = language == Language::English;
        Some(match self {
            Self::Alive => return None,
            Self::Leads if english => "leads: the audit is evaluated here".into(),
            Self::Leads => "由本进程值守：正在检查审计".into(),
            Self::StandsBy { leader } => {
                let leader = leader.as_deref().unwrap_or("-");
                if english { format!("stands by: {leader} leads elsewhere") } else { format!("待命：另一处由 {leader} 值守") }
            }
            Self::Waiting { error, again_in } => {
                let (error, seconds) = (error.message(language), again_in.as_secs());
                if english {
                    format!("no database; trying again in {seconds} s, and catching up then: {error}")
                } else {
                    format!("无法使用数据库，{seconds} 秒后重试，恢复后补查：{error}")
                }
            }
            Self::Jumped(jump) => {
                let seconds = jump.by().as_secs();
                match (jump, english) {
                    (Jump::Own(_), true) => format!("this machine's clock jumped by {seconds} s"),
                    (Jump::Own(_), false) => format!("本机时钟跳变 {seconds} 秒"),
                    (Jump::Server(_), true) => format!("the database server's clock jumped by {seconds} s"),
                    (Jump::Server(_), false) => format!("数据库服务器时钟跳变 {seconds} 秒"),
                }
            }
            Self::DutyFailed { duty, error } => {
                let error = error.message(language);
                if english { format!("{duty}: {error}") } else { format!("例行任务 {duty} 失败：{error}") }
            }
            Self::Alerts(count) if english => format!("{count} alert(s)"),
            Self::Alerts(count) => format!("{count} 条告警"),
            Self::Delivered(Delivered { sink, error: Some(error) }) if english => {
                format!("alerts cannot be delivered to {sink}; they wait and are tried again: {error}")
            }
            Self::Delivered(Delivered { sink, error: Some(error) }) => format!("告警无法投递到 {sink}，将保留并重试：{error}"),
            Self::Delivered(Delivered { sink, error: None }) if english => format!("alerts are delivered to {sink} again"),
            Self::Delivered(Delivered { sink, error: None }) => format!("已恢复向 {sink} 投递告警"),
            Self::Proof(proof) => proof.message(language),
            Self::Log(trouble) => trouble.message(language),
            Self::Reloaded if english => "settings read again".into(),
            Self::Reloaded => "已重新读取设置".into(),
        })
    }
}

/// Watches until it is told to stop.
///
/// # Errors
/// What trying again does not mend: a wrong passphrase, an account that is not active or lacks the capability, keys that do not check.
pub async fn run(mut daemon: Daemon, orders: &mut UnboundedReceiver<Order>, mut tell: impl FnMut(&Told)) -> Result<()> {
    let mut clock = Clock::new(Timestamp::now(), Instant::now());
    let mut pause = FIRST_PAUSE;
    let checkpoint_now = Arc::new(Notify::new());
    loop {
        tell(&Told::Alive);
        let origin = Origin { description: "watch".into() };
        let entered = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Reload(next)) => {
                    daemon = *next;
                    tell(&Told::Reloaded);
                    continue;
                }
                Some(Order::Checkpoint) => {
                    checkpoint_now.notify_one();
                    continue;
                }
                Some(Order::Stop) | None => return Ok(()),
            },
            entered = in_time(unlock::unlock(&daemon.config, &daemon.user, daemon.passphrase.clone(), &origin)) => entered,
        };
        let error = match entered {
            Err(error) => error,
            Ok(signed_in) => {
                let signed_in = Arc::new(signed_in);
                let began = Instant::now();
                let order = {
                    let watching = keep_watch(&signed_in, &daemon, &mut clock, &checkpoint_now, &mut tell);
                    tokio::pin!(watching);
                    loop {
                        tokio::select! {
                            biased;
                            order = orders.recv() => match order {
                                Some(Order::Checkpoint) => checkpoint_now.notify_one(),
                                order => break Ok(order),
                            },
                            error = &mut watching => break Err(error),
                        }
                    }
                };
                match order {
                    Ok(order) => {
                        // Where the database does not answer, the lease and the session end by themselves.
                        let farewell = async {
                            let _ = leave(&signed_in).await;
                            let _ = unlock::close(&signed_in).await;
                        };
                        let _ = tokio::time::timeout(Duration::from_secs(3), farewell).await;
                        let Some(Order::Reload(next)) = order else { return Ok(()) };
                        daemon = *next;
                        tell(&Told::Reloaded);
                        continue;
                    }
                    Err(error) => {
                        if began.elapsed() > LONGEST_PAUSE {
                            pause = FIRST_PAUSE;
                        }
                        error
                    }
                }
            }
        };
        if !error.may_pass() {
            return Err(error);
        }
        // A session ends after its hours; the next one begins at once.
        if error.code() != "SD002" {
            tell(&Told::Waiting { error, again_in: pause });
        }
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Reload(next)) => {
                    daemon = *next;
                    tell(&Told::Reloaded);
                }
                Some(Order::Checkpoint) => checkpoint_now.notify_one(),
                Some(Order::Stop) | None => return Ok(()),
            },
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(ANSWER, asked).await.unwrap_or_else(|_| {
        let detail = format!("no answer within {} s", ANSWER.as_secs());
        Err(crate::database::error::DatabaseError::Unreachable { detail }.into())
    })
}

/// Makes rounds until something goes wrong.
async fn keep_watch(
    signed_in: &Arc<SignedIn>,
    daemon: &Daemon,
    clock: &mut Clock,
    checkpoint_now: &Arc<Notify>,
    tell: &mut impl FnMut(&Told),
) -> Error {
    let Err(error) = rounds(signed_in, daemon, clock, checkpoint_now, tell).await;
    error
}

async fn rounds(
    signed_in: &Arc<SignedIn>,
    daemon: &Daemon,
    clock: &mut Clock,
    checkpoint_now: &Arc<Notify>,
    tell: &mut impl FnMut(&Told),
) -> Result<std::convert::Infallible> {
    // Listening begins before the first round, so that nothing falls between.
    let mut notices = in_time(listen(signed_in)).await?;
    let mut duties = Duties::default();
    let mut next_beat = Instant::now() + HEARTBEAT;
    let mut led: Option<Option<String>> = None;
    let (delivered, mut deliveries) = unbounded_channel();
    // Who leads delivers, makes checkpoints and anchors them.
    let mut queues: Option<Queues> = None;
    let (proved, mut proofs_told) = unbounded_channel();
    let mut proofs: Option<Proofs> = None;
    // Each reads the log of its own machine, whoever leads.
    let (trouble, mut troubles) = unbounded_channel();
    let _logins = daemon.config.watch.server_log.as_deref().map(|log| Logins::begin(signed_in, log, daemon.state.as_deref(), &trouble));
    loop {
        tell(&Told::Alive);
        let began = Instant::now();
        let found = in_time(round(signed_in)).await?;
        let took = began.elapsed();
        let standing = (!found.leads).then(|| found.leader.clone()).flatten();
        if led.as_ref() != Some(&standing) {
            tell(&if found.leads { Told::Leads } else { Told::StandsBy { leader: standing.clone() } });
            led = Some(standing);
        }
        if !found.leads {
            (queues, proofs) = (None, None);
        } else if queues.is_none() {
            queues = Some(in_time(Queues::begin(signed_in, &daemon.sinks, daemon.config.language, &delivered)).await?);
        }
        if found.leads && proofs.is_none() {
            let state = daemon.state.as_deref();
            proofs = Some(Proofs::begin(signed_in, &daemon.anchors, state, daemon.config.language, checkpoint_now, &proved));
        }
        if let Some(jump) = clock.look(Timestamp::now(), Instant::now(), found.server_time, took) {
            tell(&Told::Jumped(jump));
            let by = i64::try_from(jump.by().as_millis()).unwrap_or(i64::MAX);
            in_time(report(signed_in, "clock_jump", jump.whose(), Some(by), "")).await?;
        }
        if found.leads {
            if found.alerts > 0 {
                tell(&Told::Alerts(found.alerts));
                queues.iter().for_each(Queues::wake);
            }
            for (duty, error) in in_time(async { Ok(duties.do_what_is_due(signed_in).await) }).await? {
                if matches!(error.code(), "unreachable" | "SD002") {
                    return Err(error);
                }
                tell(&Told::DutyFailed { duty, error });
            }
        }
        if Instant::now() >= next_beat {
            next_beat = Instant::now() + HEARTBEAT;
            in_time(heartbeat(signed_in)).await?;
        }
        if found.more {
            continue;
        }
        let rest = match (found.leads, found.events) {
            (false, _) => STANDING_BY,
            (true, 0) => IDLE,
            (true, _) => BUSY,
        };
        tokio::time::sleep(CLOSEST).await;
        tokio::select! {
            // Who stands by is not woken by what another evaluates.
            notice = notices.next(), if found.leads => if notice.is_none() {
                return Err(crate::database::error::DatabaseError::Unreachable { detail: "the connection was lost".into() }.into());
            },
            Some(outcome) = deliveries.recv() => tell(&Told::Delivered(outcome)),
            Some(proof) = proofs_told.recv() => tell(&Told::Proof(proof)),
            Some(trouble) = troubles.recv() => tell(&Told::Log(trouble)),
            () = tokio::time::sleep(rest.saturating_sub(CLOSEST)) => {}
        }
        // Those that came meanwhile ask for the same round.
        while futures::FutureExt::now_or_never(notices.next()).flatten().is_some() {}
    }
}
