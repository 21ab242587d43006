//! Recomputing chains and checkpoints, with progress on standard error.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use jiff::Zoned;

use super::super::{
    Failure, Outcome, output,
    progress::{Shown, rate},
};
use crate::{
    model::{
        audit::{RecordHarm, Verification},
        catalogue::Language,
        id::{RecordNumber, SessionId},
    },
    service::{SignedIn, audit},
    text::when,
};

/// Gaps that are printed one by one.
const GAPS: usize = 20;
/// Records that are printed one by one.
const RECORDS: usize = 100;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit verify\n  sealdesk audit verify --anchor /mnt/worm/sealdesk.anchors\n  sealdesk audit verify --record C-204817\n  sealdesk audit verify --from today"
)]
pub struct Verify {
    /// Only the chain of one session
    #[arg(long, value_name = "ID")]
    session: Option<uuid::Uuid>,
    /// Only the chains that speak of a record: C-204817
    #[arg(long, value_name = "NUMBER")]
    record: Option<String>,
    /// Only the chains with events of a time: 14:00, "2026-11-24 09:00", -2h, today
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Compare with checkpoints that `audit anchor` wrote down, in a file of its own or in a log
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// Check an evidence file instead, without a server
    #[arg(long, value_name = "FILE", requires = "root", conflicts_with_all = ["session", "record", "from", "until", "anchor"])]
    bundle: Option<PathBuf>,
    /// Fingerprint of the root that is trusted, from somebody who is
    #[arg(long, value_name = "FINGERPRINT", requires = "bundle")]
    root: Option<String>,
}

impl Verify {
    /// The file to check without a server, and the root that is trusted.
    pub fn offline(&self) -> Option<(&Path, &str)> {
        Some((self.bundle.as_deref()?, self.root.as_deref()?))
    }

    /// What was asked for.
    pub fn scope(&self, language: Language) -> Result<audit::Scope, Failure> {
        let now = Zoned::now();
        let wrong = |name: &str, text: &str, hint: &str| {
            Failure::usage(match language {
                Language::English => format!("--{name} \"{text}\" is not understood; it looks like {hint}"),
                Language::Chinese => format!("无法理解 --{name} “{text}”，应如 {hint}"),
            })
        };
        let moment = |name, typed: &Option<String>| match typed {
            None => Ok(None),
            Some(text) => when::parse(text, &now).map(Some).ok_or_else(|| wrong(name, text, "14:00, 2026-11-24 09:00, -2h, today")),
        };
        let record = match &self.record {
            None => None,
            Some(text) => Some(RecordNumber::parse(text).ok_or_else(|| wrong("record", text, "C-204817"))?),
        };
        Ok(audit::Scope {
            session: self.session.map(SessionId),
            record,
            from: moment("from", &self.from)?,
            until: moment("until", &self.until)?,
        })
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let say = |en, zh| if language == Language::English { en } else { zh };
        let mut anchors = Vec::new();
        for path in &self.anchor {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
            anchors.extend(audit::anchor::read(&text, signed_in.keyring().installation())?);
        }
        anchors.sort_by_key(|note| note.number);
        let scope = self.scope(language)?;
        let began = Instant::now();
        let mut shown = Shown::new(language, ("verified", "已校验"));
        let found = tokio::select! {
            found = audit::verify_against(signed_in, &scope, &anchors, |progress| shown.progress(progress)) => found?,
            _ = tokio::signal::ctrl_c() => {
                return Err(Failure::failed(say("The verification was stopped; nothing is said about the chains.", "校验已停止，未得出结论。")));
            }
        };
        shown.finish();
        print(&found, rate(found.events, began.elapsed()), language)?;
        if let Some(newest) = anchors.last().filter(|_| found.log.is_empty()) {
            output::line(match language {
                Language::English => format!("the anchor holds up to checkpoint {} of {}", newest.number, newest.at),
                Language::Chinese => format!("与锚点一致，至 {} 的第 {} 个检查点", newest.at, newest.number),
            })?;
        }
        let of_records = if found.broken.is_empty() { found.records.len() } else { 0 };
        let count = found.broken.len() + found.log.len() + found.review_breaks.len() + of_records;
        if count == 0 {
            return output::line(say("every chain holds", "所有链完好"));
        }
        Err(Failure {
            message: match language {
                Language::English => format!("{count} breaks were found. Tell a security officer and keep the database as it is."),
                Language::Chinese => format!("发现 {count} 处损坏。请通知安全管理员，并保持数据库原状。"),
            },
            code: 5,
        })
    }
}

fn print(found: &Verification, rate: u64, language: Language) -> Outcome {
    let say = |en, zh| if language == Language::English { en } else { zh };
    let open = found.events.saturating_sub(found.countersigned);
    output::line(match language {
        Language::English => format!("{} events in {} chains, {rate} events/s", found.events, found.sessions),
        Language::Chinese => format!("{} 条事件，{} 条链，{rate} 条/秒", found.events, found.sessions),
    })?;
    output::line(match language {
        Language::English => format!("{} countersignatures; {open} events are not countersigned", found.signatures),
        Language::Chinese => format!("{} 个会签；{open} 条事件未会签", found.signatures),
    })?;
    output::line(match language {
        Language::English => format!("{} checkpoints, witnessed {} times", found.checkpoints, found.witnesses),
        Language::Chinese => format!("{} 个检查点，{} 次见证", found.checkpoints, found.witnesses),
    })?;
    if found.reviews > 0 {
        output::line(match language {
            Language::English => format!("samples of audit reviews drawn again: {}", found.reviews),
            Language::Chinese => format!("已重新抽取审计复核样本：{} 个", found.reviews),
        })?;
    }
    for dropped in &found.dropped {
        let (month, events, chains, login, request) = (&dropped.month, dropped.events, dropped.chains, &dropped.login, dropped.request);
        output::line(match language {
            Language::English => {
                format!("dropped with a statement: {month}, {events} events of {chains} chains, by {login} under request {request}")
            }
            Language::Chinese => format!("已凭声明清除：{month}，{events} 条事件，{chains} 条链，由 {login} 执行，申请 {request}"),
        })?;
    }
    for gap in found.gaps.iter().take(GAPS) {
        output::line(format!("{} {}: {}", say("gap: session", "静默：会话"), gap.session, gap.in_words(language)))?;
    }
    if let Some(more) = found.gaps.len().checked_sub(GAPS).filter(|more| *more > 0) {
        output::line(match language {
            Language::English => format!("and {more} more gaps"),
            Language::Chinese => format!("另有 {more} 处静默"),
        })?;
    }
    for broken in &found.log {
        let (number, harm) = (broken.number, broken.harm.in_words(language));
        output::line(format!("{} {number}: {harm}", say("broken: checkpoint", "已损坏：检查点")))?;
    }
    for broken in &found.review_breaks {
        let item = broken.item.map(|item| format!(" #{item}")).unwrap_or_default();
        let (review, harm) = (broken.review, broken.harm.in_words(language));
        output::line(format!("{} {review}{item}: {harm}", say("broken: audit review", "已损坏：审计复核")))?;
    }
    for broken in found.records.iter().take(RECORDS) {
        // What is broken in a session's chain is missing in a record's too: one act is one break.
        let prefix = if found.broken.is_empty() { say("broken: ", "已损坏：") } else { say("with it: ", "涉及：") };
        output::line(format!("{prefix}{}", RecordHarm::line(broken, language)))?;
    }
    if let Some(more) = found.records.len().checked_sub(RECORDS).filter(|more| *more > 0) {
        output::line(match language {
            Language::English => format!("and {more} more records"),
            Language::Chinese => format!("另有 {more} 条记录"),
        })?;
    }
    for broken in &found.broken {
        let (place, harm) = (broken.seq, broken.harm.in_words(language));
        output::line(format!("{} {} #{place}: {harm}", say("broken: session", "已损坏：会话"), broken.session))?;
    }
    Ok(())
}
