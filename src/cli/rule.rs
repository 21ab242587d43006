//! `sealdesk rule`: what raises an alert, and trying it on what has been.

use std::collections::BTreeMap;

use clap::Subcommand;
use jiff::{Timestamp, Zoned};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::{
        alert::{Firing, Honeytoken, Rule, setting},
        catalogue::Language,
        id::RecordNumber,
    },
    service::{SignedIn, rule, unlock},
    text::when,
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk rule list\n  sealdesk rule try bulk_reveal threshold=40            what it would have raised in seven days\n  sealdesk request rule bulk_reveal threshold=40 --why 'address migration'\n  sealdesk rule set bulk_reveal threshold=40            once somebody else has approved just this\n  sealdesk rule set off_hours enabled=on zone=Asia/Shanghai hours=08:00-21:00 weekdays=1,2,3,4,5,6\n  sealdesk rule add night_export kind=off_hours actions=export label='exports at night'\n  sealdesk rule honeytoken C-000123\n\nKinds: count (threshold, window, per=actor|record|class|session|subject|all), baseline (threshold is the floor, multiple),\noff_hours (zone, weekdays, hours, holidays=2026-10-01,...), new_origin, honeytoken, label (level, compartments), order, quota (threshold in per cent).\nAll take actions, outcome (ok, refused, SD003, none), classes, severity (info, warning, critical), escalate (30m, none), enabled (on, off)."
)]
pub enum RuleCommand {
    /// List the rules
    List {
        #[arg(long)]
        json: bool,
    },
    /// Make a rule; needs the approval of just this: `request rule`
    Add {
        code: String,
        /// threshold=20, window=10m, ...
        #[arg(required = true, value_name = "SETTING")]
        settings: Vec<String>,
    },
    /// Change some settings of a rule; needs the approval of just this: `request rule`
    Set {
        code: String,
        #[arg(required = true, value_name = "SETTING")]
        settings: Vec<String>,
    },
    /// What a rule, as it is or with other settings, would have raised, and for whom
    Try {
        code: String,
        #[arg(value_name = "SETTING")]
        settings: Vec<String>,
        /// 14:00, "2026-11-24 09:00", -7d, today
        #[arg(long, value_name = "TIME", default_value = "-7d", allow_hyphen_values = true)]
        from: String,
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        until: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Say of a record that nobody has a reason to open it
    Honeytoken {
        /// C-204817; a list of all of them without
        number: Option<String>,
        /// Not any more
        #[arg(long, requires = "number")]
        remove: bool,
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
}

/// Words as names and values.
pub(super) fn settings(words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut settings = Vec::new();
    for word in words {
        settings.extend(setting(word).map_err(|word| Failure::usage(format!("\"{word}\" is no setting, as threshold=20 or window=10m")))?);
    }
    Ok(settings)
}

impl RuleCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        // What is mistyped is said before anybody signs in.
        let settings = match self {
            Self::Add { settings, .. } | Self::Set { settings, .. } | Self::Try { settings, .. } => self::settings(settings)?,
            Self::List { .. } | Self::Honeytoken { .. } => Vec::new(),
        };
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, &settings, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, settings: &rule::Settings, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&rule::list(caller).await?, language, *json),
            Self::Add { code, .. } => Ok(rule::add(caller, code, settings).await?),
            Self::Set { code, .. } => Ok(rule::set(caller, code, settings).await?),
            Self::Try { code, from, until, json, .. } => {
                let now = Zoned::now();
                let moment = |text: &str| {
                    when::parse(text, &now).ok_or_else(|| Failure::usage(format!("\"{text}\" is no time, as 14:00, 2026-11-24 09:00, -7d")))
                };
                let time = (moment(from)?, until.as_deref().map_or(Ok(Timestamp::now()), moment)?);
                fired(&rule::try_on(caller, code, settings, time).await?, language, *json)
            }
            Self::Honeytoken { number: None, .. } => honeytokens(&rule::honeytokens(caller).await?, language),
            Self::Honeytoken { number: Some(number), remove, note } => {
                let record =
                    RecordNumber::parse(number).ok_or_else(|| Failure::usage(format!("\"{number}\" is no record, as C-204817")))?;
                Ok(rule::honeytoken(caller, record, !remove, note).await?)
            }
        }
    }
}

fn list(rules: &[Rule], language: Language, json: bool) -> Outcome {
    if json {
        return rules.iter().try_for_each(|rule| {
            let settings: serde_json::Value = serde_json::from_str(&rule.settings).unwrap_or_default();
            output::line(serde_json::json!({
                "code": rule.code, "kind": rule.kind, "label": rule.label, "severity": rule.severity.code(), "enabled": rule.enabled,
                "version": rule.version, "alerts": rule.alerts, "settings": settings
            }))
        });
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let row = |rule: &Rule| {
        vec![
            rule.code.clone(),
            if rule.enabled { say("on", "开") } else { say("off", "关") }.to_owned(),
            rule.severity.in_words(language).to_owned(),
            rule.alerts.to_string(),
            rule.label.in_language(language).to_owned(),
            in_short(rule),
        ]
    };
    let rows: Vec<Vec<String>> = rules.iter().map(row).collect();
    let heading = match language {
        Language::English => ["rule", "", "severity", "7 days", "what", "how"],
        Language::Chinese => ["规则", "", "级别", "7 天", "内容", "条件"],
    };
    output::table(&heading, &rows)
}

/// `count 20 in 60s by actor of reveal,copy`
fn in_short(rule: &Rule) -> String {
    let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(&rule.settings).unwrap_or_default();
    let of = |name: &str| match all.get(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join(",")
        }
        Some(serde_json::Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let short = match rule.kind.as_str() {
        "count" => format!("{} in {}s by {}", of("threshold"), of("window_s"), of("per")),
        "baseline" => format!("{} x median, at least {}", of("multiple"), of("threshold")),
        "off_hours" => format!("{} {} {}-{}", of("zone"), of("weekdays"), of("from_time"), of("until_time")),
        "label" => format!("{} {}", of("level"), of("compartments")).trim().to_owned(),
        "quota" => format!("{}%", of("threshold")),
        _ => String::new(),
    };
    format!("{} {short} of {}", rule.kind, of("actions")).replace("  ", " ")
}

fn fired(firings: &[Firing], language: Language, json: bool) -> Outcome {
    if json {
        return firings.iter().try_for_each(|firing| {
            output::line(serde_json::json!({
                "subject": firing.subject, "record": firing.record.map(|record| record.to_string()), "from": firing.from, "until": firing.until,
                "events": firing.events, "peak": firing.peak, "users": firing.actors
            }))
        });
    }
    let row = |firing: &Firing| {
        vec![
            output::moment(firing.from),
            firing.record.map_or_else(|| firing.subject.clone(), |record| record.to_string()),
            firing.events.to_string(),
            firing.peak.to_string(),
            firing.actors.join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = firings.iter().map(row).collect();
    let heading = match language {
        Language::English => ["when", "for", "events", "most at once", "caused by"],
        Language::Chinese => ["时间", "对象", "事件", "窗口内最多", "相关人员"],
    };
    output::table(&heading, &rows)?;
    let count = firings.len();
    output::line(match language {
        Language::English => format!("it would have raised an alert {count} time(s)"),
        Language::Chinese => format!("该规则会触发 {count} 次告警"),
    })
}

fn honeytokens(found: &[Honeytoken], language: Language) -> Outcome {
    let row = |one: &Honeytoken| vec![one.record.to_string(), one.by.clone(), output::moment(one.at), one.note.clone()];
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["record", "by", "since", "note"],
        Language::Chinese => ["记录", "设置人", "时间", "备注"],
    };
    output::table(&heading, &rows)
}
