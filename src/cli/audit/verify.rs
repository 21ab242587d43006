//! Recomputing every chain, with progress on standard error.

use std::time::Instant;

use super::super::{
    Failure, Outcome, output,
    progress::{Shown, rate},
};
use crate::{
    model::catalogue::Language,
    service::{SignedIn, audit},
};

/// Gaps that are printed one by one.
const GAPS: usize = 20;

pub async fn run(signed_in: &SignedIn, language: Language) -> Outcome {
    let say = |en, zh| if language == Language::English { en } else { zh };
    let began = Instant::now();
    let mut shown = Shown::new(language, ("verified", "已校验"));
    let found = tokio::select! {
        found = audit::verify(signed_in, |progress| shown.progress(progress)) => found?,
        _ = tokio::signal::ctrl_c() => {
            return Err(Failure::failed(say("The verification was stopped; nothing is said about the chains.", "校验已停止，未得出结论。")));
        }
    };
    shown.finish();
    let rate = rate(found.events, began.elapsed());
    let open = found.events.saturating_sub(found.countersigned);
    output::line(match language {
        Language::English => format!("{} events in {} chains, {rate} events/s", found.events, found.sessions),
        Language::Chinese => format!("{} 条事件，{} 条链，{rate} 条/秒", found.events, found.sessions),
    })?;
    output::line(match language {
        Language::English => format!("{} countersignatures; {open} events are not countersigned", found.signatures),
        Language::Chinese => format!("{} 个会签；{open} 条事件未会签", found.signatures),
    })?;
    for gap in found.gaps.iter().take(GAPS) {
        output::line(format!("{} {}: {}", say("gap: session", "静默：会话"), gap.session, gap.in_words(language)))?;
    }
    if let Some(more) = found.gaps.len().checked_sub(GAPS).filter(|more| *more > 0) {
        output::line(match language {
            Language::English => format!("and {more} more gaps"),
            Language::Chinese => format!("另有 {more} 处静默"),
        })?;
    }
    for broken in &found.broken {
        let (place, harm) = (broken.seq, broken.harm.in_words(language));
        output::line(format!("{} {} #{place}: {harm}", say("broken: session", "已损坏：会话"), broken.session))?;
    }
    if found.broken.is_empty() {
        return output::line(say("every chain holds", "所有链完好"));
    }
    let count = found.broken.len();
    Err(Failure {
        message: match language {
            Language::English => format!("{count} breaks were found. Tell a security officer and keep the database as it is."),
            Language::Chinese => format!("发现 {count} 处损坏。请通知安全管理员，并保持数据库原状。"),
        },
        code: 5,
    })
}
