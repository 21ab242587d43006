//! `sealdesk alert`: what rings, and what is done about it.

use clap::Subcommand;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::{
        alert::{Alert, AlertState, Suppression},
        catalogue::Language,
        request::minutes,
    },
    service::{SignedIn, alert, unlock},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk alert list\n  sealdesk alert acknowledge 7\n  sealdesk alert resolve 7 --note 'was a migration of addresses, TK-8812'\n  sealdesk alert suppress bulk_reveal --subject chen.bo --for 2h --why 'address migration until noon'\n\nNobody can delete an alert, and whoever caused one can neither acknowledge it nor put it away."
)]
pub enum AlertCommand {
    /// List the alerts that are open or acknowledged
    List {
        /// Those that were put away or suppressed too
        #[arg(long)]
        all: bool,
        #[arg(long)]
        json: bool,
    },
    /// Show one with what became of it and the events that caused it
    Show {
        number: i64,
        #[arg(long)]
        json: bool,
    },
    /// Say that you see to it
    Acknowledge {
        number: i64,
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Put it away, saying what came of it
    Resolve {
        number: i64,
        #[arg(long)]
        note: String,
        /// There was nothing wrong: the rule was
        #[arg(long)]
        false_positive: bool,
    },
    /// Call nobody for a rule, or one subject of it, for a time; never for what you cause yourself
    Suppress {
        rule: String,
        /// A login name, class or sink; everything of the rule otherwise
        #[arg(long)]
        subject: Option<String>,
        /// 30m, 2h, 7d at most
        #[arg(long = "for", value_name = "TIME")]
        time: String,
        #[arg(long)]
        why: String,
    },
    /// List suppressions
    Suppressions {
        #[arg(long)]
        json: bool,
    },
    /// End a suppression before its time
    Unsuppress { number: i64 },
}

impl AlertCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { all, json } => list(&alert::list(caller, *all).await?, language, *json),
            Self::Show { number, json } => show(&alert::show(caller, *number).await?, language, *json),
            Self::Acknowledge { number, note } => Ok(alert::handle(caller, *number, AlertState::Acknowledged, note, None).await?),
            Self::Resolve { number, note, false_positive } => {
                let state = if *false_positive { AlertState::FalsePositive } else { AlertState::Resolved };
                Ok(alert::handle(caller, *number, state, note, None).await?)
            }
            Self::Suppress { rule, subject, time, why } => {
                let minutes = minutes(time).ok_or_else(|| Failure::usage(format!("\"{time}\" is not a time, as 30m or 2h")))?;
                output::line(alert::suppress(caller, rule, subject.as_deref(), minutes, why).await?)
            }
            Self::Suppressions { json } => suppressions(&alert::suppressions(caller).await?, language, *json),
            Self::Unsuppress { number } => Ok(alert::end_suppression(caller, *number).await?),
        }
    }
}

fn json_of(alert: &Alert) -> serde_json::Value {
    serde_json::json!({
        "number": alert.number, "rule": alert.rule, "severity": alert.severity.code(), "subject": alert.subject,
        "record": alert.record.map(|record| record.to_string()), "opened_at": alert.opened_at, "suppressed": alert.suppressed, "from": alert.from,
        "until": alert.until, "events": alert.events, "peak": alert.peak, "state": alert.state.code(), "owner": alert.owner, "state_at": alert.state_at,
        "note": alert.note, "escalated": alert.escalated, "users": alert.actors, "may_handle": alert.may_handle
    })
}

fn list(alerts: &[Alert], language: Language, json: bool) -> Outcome {
    if json {
        return alerts.iter().try_for_each(|alert| output::line(json_of(alert)));
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let row = |alert: &Alert| {
        let mut state = alert.state.in_words(language).to_owned();
        if alert.suppressed {
            state.push_str(say(", suppressed", "，已抑制"));
        } else if alert.escalated && alert.state == AlertState::Open {
            state.push_str(say(", escalated", "，已升级"));
        }
        vec![
            alert.number.to_string(),
            alert.severity.mark().trim().to_owned(),
            alert.severity.in_words(language).to_owned(),
            output::moment(alert.opened_at),
            alert.label.in_language(language).to_owned(),
            alert.about(),
            alert.events.to_string(),
            state,
            alert.owner.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = alerts.iter().map(row).collect();
    let heading = match language {
        Language::English => ["alert", "", "severity", "since", "what", "who", "events", "state", "by"],
        Language::Chinese => ["告警", "", "级别", "开始", "内容", "对象", "事件", "状态", "处理人"],
    };
    output::table(&heading, &rows)
}

fn show(whole: &alert::Whole, language: Language, json: bool) -> Outcome {
    if json {
        let mut value = json_of(&whole.alert);
        value["history"] = whole
            .history
            .iter()
            .map(|turn| serde_json::json!({ "what": turn.what, "at": turn.at, "by": turn.by, "note": turn.note }))
            .collect();
        value["event_ids"] = whole.events.iter().map(|event| format!("{}:{}", event.session, event.seq)).collect();
        return output::line(value);
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let alert = &whole.alert;
    let mut rows = vec![
        vec![say("alert", "告警").to_owned(), format!("{} ({})", alert.number, alert.severity.in_words(language))],
        vec![say("what", "内容").to_owned(), format!("{} ({})", alert.label.in_language(language), alert.rule)],
        vec![say("who", "对象").to_owned(), alert.about()],
        vec![say("caused by", "相关人员").to_owned(), alert.actors.join(", ")],
        vec![say("events", "事件").to_owned(), format!("{} ({} {})", alert.events, say("most at once", "窗口内最多"), alert.peak)],
        vec![say("from, until", "起止").to_owned(), format!("{}, {}", output::moment(alert.from), output::moment(alert.until))],
        vec![say("state", "状态").to_owned(), alert.state.in_words(language).to_owned()],
    ];
    for turn in &whole.history {
        rows.push(vec![output::moment(turn.at), [turn.in_words(language), &turn.by, &turn.note].join("  ")]);
    }
    for event in &whole.events {
        rows.push(vec![say("event", "事件").to_owned(), format!("{}  {}:{}", output::moment(event.at), event.session, event.seq)]);
    }
    output::table(&["", ""], &rows)
}

fn suppressions(found: &[Suppression], language: Language, json: bool) -> Outcome {
    if json {
        return found.iter().try_for_each(|one| {
            output::line(serde_json::json!({
                "number": one.number, "rule": one.rule, "subject": one.subject, "why": one.why, "by": one.by, "at": one.at, "until": one.until,
                "ended_by": one.ended_by, "running": one.running
            }))
        });
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let row = |one: &Suppression| {
        let state = if one.running { say("running", "有效中") } else { say("ended", "已结束") };
        vec![
            one.number.to_string(),
            one.rule.clone(),
            one.subject.clone().unwrap_or_else(|| say("everything", "全部").to_owned()),
            state.to_owned(),
            output::moment(one.until),
            one.by.clone(),
            one.why.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["number", "rule", "subject", "state", "until", "by", "why"],
        Language::Chinese => ["编号", "规则", "对象", "状态", "截止", "操作人", "理由"],
    };
    output::table(&heading, &rows)
}
