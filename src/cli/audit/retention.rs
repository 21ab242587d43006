//! How long the audit is kept, and dropping a month of it.

use clap::Args;

use super::super::{Outcome, output};
use crate::{
    model::{audit::outcome_in_words, catalogue::Language},
    service::{SignedIn, audit},
    text::sanitise::for_terminal,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit keep --months 36\n  sealdesk request settings retention audit --why ...    (where somebody else has to approve it)"
)]
pub struct Keep {
    /// At least twelve
    #[arg(long, required_unless_present = "for_ever")]
    months: Option<i32>,
    /// Drop nothing
    #[arg(long, conflicts_with = "months")]
    for_ever: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit drop 2024-01                    (is refused, and tells what would go)\n  sealdesk request settings audit 2024-01 --why \"kept for 24 months\"\n  sealdesk audit drop 2024-01                    (once somebody else has approved it)"
)]
pub struct DropMonth {
    /// The oldest month: 2024-01
    month: String,
}

pub async fn list(signed_in: &SignedIn, language: Language, json: bool) -> Outcome {
    let (months, kept) = audit::months(signed_in).await?;
    if json {
        return months.iter().try_for_each(|month| {
            output::line(serde_json::json!({
                "month": month.month, "events": month.events, "chains": month.chains, "state": month.outcome, "kept_months": kept,
                "dropped_at": month.dropped.as_ref().map(|dropped| dropped.at), "by": month.dropped.as_ref().map(|dropped| &dropped.login),
                "request": month.dropped.as_ref().map(|dropped| dropped.request),
            }))
        });
    }
    output::line(match (kept, language) {
        (Some(months), Language::English) => format!("kept for {months} months at least"),
        (Some(months), Language::Chinese) => format!("至少保留 {months} 个月"),
        (None, Language::English) => "kept for ever".to_owned(),
        (None, Language::Chinese) => "永久保留".to_owned(),
    })?;
    let rows: Vec<Vec<String>> = months
        .iter()
        .map(|month| {
            let state = match (&month.dropped, month.outcome.as_str(), language) {
                (Some(dropped), _, Language::English) => format!("dropped by {} under request {}", dropped.login, dropped.request),
                (Some(dropped), _, Language::Chinese) => format!("由 {} 清除，申请 {}", dropped.login, dropped.request),
                (None, "ok", Language::English) => "may be dropped".to_owned(),
                (None, "ok", Language::Chinese) => "可以清除".to_owned(),
                (None, code, _) => outcome_in_words(code, language),
            };
            vec![month.month.clone(), month.events.to_string(), for_terminal(&state)]
        })
        .collect();
    output::table_in(language, ["MONTH", "EVENTS", "STATE"], ["月份", "事件数", "状态"], &rows)
}

impl Keep {
    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        audit::keep(signed_in, self.months).await?;
        output::line(match (self.months, language) {
            (Some(months), Language::English) => {
                format!("The audit is kept for {months} months. Nothing is dropped by itself: `sealdesk audit months`.")
            }
            (Some(months), Language::Chinese) => format!("审计保留 {months} 个月。不会自动清除：sealdesk audit months。"),
            (None, Language::English) => "The audit is kept for ever.".to_owned(),
            (None, Language::Chinese) => "审计永久保留。".to_owned(),
        })
    }
}

impl DropMonth {
    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let dropped = audit::drop_month(signed_in, &self.month).await?;
        let (month, events, chains, request) = (&dropped.month, dropped.events, dropped.chains, dropped.request);
        output::line(match language {
            Language::English => {
                format!(
                    "{month} was dropped under request {request}: {events} events of {chains} chains. The statement stays; `audit verify` shows it."
                )
            }
            Language::Chinese => {
                format!("已清除 {month}，申请 {request}：{events} 条事件，{chains} 条链。声明予以保留，可由 audit verify 查看。")
            }
        })
    }
}
