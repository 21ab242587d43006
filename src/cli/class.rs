//! `sealdesk class`: sensitivity classes and their keys.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output, progress::Shown};
use crate::{
    model::{
        catalogue::{self as model, Label, Language},
        rotation::{Epoch, Rotated, Schedule},
    },
    service::{SignedIn, rotation, second_factor, settings, unlock},
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sealdesk class rotate payment")]
pub enum Class {
    /// List classes with the epochs of their keys, and how much is sealed under each
    List {
        #[arg(long)]
        json: bool,
    },
    /// Give a class new keys and re-encrypt what lies under the old ones; or every class whose keys are older than they may be
    Rotate {
        #[arg(required_unless_present = "due")]
        class: Option<String>,
        /// Every class that is due, and what an earlier rotation left under old keys; for a timer
        #[arg(long, conflicts_with_all = ["class", "later"])]
        due: bool,
        /// Leave the re-encryption for `class reencrypt`
        #[arg(long)]
        later: bool,
    },
    /// Set how old a class's keys may become, in days from 1 to 3650, or off
    RotateEvery {
        class: String,
        #[arg(value_name = "DAYS|off")]
        days: String,
    },
    /// Ask for a fresh one-time code before values of a class are revealed
    FreshCode {
        class: String,
        /// How old the code may be, in seconds from 30 to 86400, or off
        #[arg(value_name = "SECONDS|off")]
        seconds: String,
    },
    /// Show what a class asks for, or change it; what is not named stays
    Settings(ClassSettings),
    /// Re-encrypt what lies under older keys of a class, or of every class in one pass; goes on where it was stopped
    Reencrypt { class: Option<String> },
}

#[derive(Debug, Args)]
pub struct ClassSettings {
    class: String,
    /// English label
    #[arg(long)]
    en: Option<String>,
    /// Chinese label
    #[arg(long)]
    zh: Option<String>,
    /// Seconds after which a revealed value hides itself, 5 to 3600
    #[arg(long, value_name = "SECONDS")]
    hide_after: Option<i32>,
    /// Whether it hides itself when its terminal loses the focus
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    hide_on_focus_loss: Option<bool>,
    /// Whether a reveal needs a reason
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    reason: Option<bool>,
    /// Whether a revealed value may be copied
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    copy: Option<bool>,
    /// Whether a revealed value may be shared
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    share: Option<bool>,
    /// Reveals per person and hour
    #[arg(long)]
    quota: Option<i32>,
    #[arg(long)]
    json: bool,
}

impl ClassSettings {
    async fn run(&self, officer: &SignedIn, language: Language) -> Outcome {
        let find = async || {
            let all = settings::classes(officer).await?;
            let codes = || all.iter().map(|class| class.code.as_str()).collect::<Vec<_>>().join(", ");
            let missing = Failure::failed(format!("There is no class \"{}\"; there are {}.", self.class, codes()));
            all.iter().find(|class| class.code == self.class).cloned().ok_or(missing)
        };
        let before = find().await?;
        let changed = model::Class {
            label: Label { en: self.en.clone().unwrap_or(before.label.en.clone()), zh: self.zh.clone().unwrap_or(before.label.zh.clone()) },
            hide_after_s: self.hide_after.unwrap_or(before.hide_after_s),
            hide_on_focus_loss: self.hide_on_focus_loss.unwrap_or(before.hide_on_focus_loss),
            reason_required: self.reason.unwrap_or(before.reason_required),
            copy_allowed: self.copy.unwrap_or(before.copy_allowed),
            share_allowed: self.share.unwrap_or(before.share_allowed),
            quota_per_hour: self.quota.unwrap_or(before.quota_per_hour),
            ..before.clone()
        };
        if changed != before {
            settings::change_class(officer, &changed).await?;
        }
        let now = find().await?;
        if self.json {
            return output::line(serde_json::json!({
                "code": now.code, "label": now.label, "hide_after_s": now.hide_after_s, "hide_on_focus_loss": now.hide_on_focus_loss,
                "reason_required": now.reason_required, "copy_allowed": now.copy_allowed, "share_allowed": now.share_allowed,
                "quota_per_hour": now.quota_per_hour, "fresh_code_s": now.fresh_code_s, "version": now.version
            }));
        }
        // The names of the settings and on and off are what is typed; the rest is said in words.
        let on = |holds: bool| if holds { "on".to_owned() } else { "off".to_owned() };
        let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
        let rows = [
            ("label", format!("{} / {}", now.label.en, now.label.zh)),
            ("hide-after", format!("{} {}", now.hide_after_s, say("s", "秒"))),
            ("hide-on-focus-loss", on(now.hide_on_focus_loss)),
            ("reason", on(now.reason_required)),
            ("copy", on(now.copy_allowed)),
            ("share", on(now.share_allowed)),
            ("quota", format!("{} {}", now.quota_per_hour, say("an hour", "次/小时"))),
            ("fresh-code", now.fresh_code_s.map_or("off".to_owned(), |seconds| format!("{seconds} {}", say("s", "秒")))),
        ];
        output::table_in(language, ["setting", "value"], ["设置", "值"], &rows.map(|(name, value)| vec![name.to_owned(), value]))
    }
}

impl Class {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = match self {
            Self::List { json } => list(&officer, config.language, *json).await,
            Self::Rotate { class: Some(class), later, .. } => rotate(&officer, config.language, class, *later).await,
            Self::Rotate { class: None, .. } => rotate_due(&officer, config.language).await,
            Self::RotateEvery { class, days: typed } => rotate_every(&officer, class, typed).await,
            Self::FreshCode { class, seconds } => fresh_code(&officer, class, seconds).await,
            Self::Settings(settings) => settings.run(&officer, config.language).await,
            Self::Reencrypt { class } => reencrypt(&officer, config.language, class.as_deref()).await,
        };
        unlock::close(&officer).await?;
        done
    }
}

async fn fresh_code(officer: &SignedIn, class: &str, seconds: &str) -> Outcome {
    let seconds = match seconds {
        "off" => None,
        text => Some(text.parse().map_err(|_| Failure::usage(format!("\"{text}\" is neither a number of seconds nor off")))?),
    };
    Ok(second_factor::fresh_code(officer, class, seconds).await?)
}

async fn rotate(officer: &SignedIn, language: Language, class: &str, later: bool) -> Outcome {
    let epoch = rotation::rotate_class(officer, class).await?;
    output::line(match language {
        Language::English => format!("{class} has new keys: epoch {epoch}. Open desks follow by themselves."),
        Language::Chinese => format!("{class} 已更换密钥：第 {epoch} 代。已打开的工作台会自动跟随。"),
    })?;
    if later { Ok(()) } else { reencrypt(officer, language, Some(class)).await }
}

async fn rotate_every(officer: &SignedIn, class: &str, typed: &str) -> Outcome {
    Ok(rotation::rotate_every(officer, Rotated::Class, class, days(typed)?).await?)
}

/// A number of days, or `off`.
pub fn days(typed: &str) -> Result<Option<i32>, Failure> {
    match typed {
        "off" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Failure::usage(format!("\"{text}\" is neither a number of days nor off"))),
    }
}

async fn rotate_due(officer: &SignedIn, language: Language) -> Outcome {
    for class in rotation::due(officer, Rotated::Class).await? {
        rotate(officer, language, &class, true).await?;
    }
    // All of them in one pass; a timer's earlier run may have been stopped half way, too.
    if rotation::unfinished(officer).await?.is_empty() { Ok(()) } else { reencrypt(officer, language, None).await }
}

/// Re-encrypts one class or all, with progress; what is damaged is named, and everything else is done.
pub async fn reencrypt(officer: &SignedIn, language: Language, class: Option<&str>) -> Outcome {
    let mut shown = Shown::new(language, ("re-encrypted", "已重新加密"));
    let done = tokio::select! {
        done = rotation::reencrypt(officer, class, |progress| shown.progress(progress)) => done,
        _ = tokio::signal::ctrl_c() => {
            shown.finish();
            let (en, zh) = ("Stopped. `sealdesk class reencrypt` goes on from here.", "已停止。用 sealdesk class reencrypt 继续。");
            return Err(Failure::failed(if language == Language::English { en } else { zh }));
        }
    };
    shown.finish();
    let done = done?;
    let english = language == Language::English;
    let names =
        |classes: &BTreeSet<String>| classes.iter().map(String::as_str).collect::<Vec<_>>().join(if english { ", " } else { "、" });
    let (changed, all) = (done.changed, names(&done.retired.union(&done.left).cloned().collect()));
    let left = if done.retired.is_empty() { String::new() } else { names(&done.left) };
    output::line(match (english, all.is_empty(), done.left.is_empty()) {
        (true, true, _) => "nothing is under old keys".to_owned(),
        (true, false, true) => format!("{all}: {changed} re-encrypted; the old keys are withdrawn"),
        (true, false, false) if left.is_empty() => format!("{all}: {changed} re-encrypted; something is left under old keys, which stay"),
        (true, false, false) => format!("{all}: {changed} re-encrypted; something of {left} is left under old keys, which stay"),
        (false, true, _) => "没有内容使用旧密钥".to_owned(),
        (false, false, true) => format!("{all}：已重新加密 {changed} 项，旧密钥已撤销"),
        (false, false, false) if left.is_empty() => format!("{all}：已重新加密 {changed} 项，仍有内容使用旧密钥，旧密钥保留"),
        (false, false, false) => format!("{all}：已重新加密 {changed} 项，{left} 仍有内容使用旧密钥，旧密钥保留"),
    })?;
    output::damaged(language, &done.damaged)
}

async fn list(officer: &SignedIn, language: Language, json: bool) -> Outcome {
    let epochs = rotation::epochs(officer).await?;
    let schedules = rotation::schedule(officer).await?;
    let schedule = |epoch: &Epoch| {
        let mut classes = schedules.iter().filter(|schedule| schedule.kind == Rotated::Class);
        classes.find(|schedule| schedule.name == epoch.class).filter(|_| epoch.is_current)
    };
    if json {
        for epoch in &epochs {
            let schedule = schedule(epoch);
            output::line(serde_json::json!({
                "class": epoch.class, "epoch": epoch.epoch, "current": epoch.is_current, "sealed": epoch.sealed, "wraps": epoch.wraps,
                "rotated_at": schedule.map(|schedule| schedule.rotated_at), "due_at": schedule.and_then(Schedule::due_at),
                "overdue": schedule.is_some_and(|schedule| schedule.overdue)
            }))?;
        }
        return Ok(());
    }
    let now = jiff::Timestamp::now();
    let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
    let row = |epoch: &Epoch| {
        let state = if epoch.is_current { say("current", "当前") } else { say("old", "旧") };
        let schedule = schedule(epoch);
        let age = schedule.map(|schedule| format!("{} {}", now.duration_since(schedule.rotated_at).as_hours() / 24, say("days", "天")));
        let due = schedule.and_then(|schedule| {
            let at = schedule.due_at()?.strftime("%Y-%m-%d");
            Some(if schedule.overdue { format!("{at}{}", say(", overdue", "，已逾期")) } else { at.to_string() })
        });
        let (sealed, wraps) = (epoch.sealed.to_string(), epoch.wraps.to_string());
        vec![
            epoch.class.clone(),
            epoch.epoch.to_string(),
            state.to_owned(),
            sealed,
            wraps,
            age.unwrap_or_default(),
            due.unwrap_or_default(),
        ]
    };
    let zh = ["类别", "代", "密钥", "密文", "封装", "已使用", "到期"];
    output::table_in(language, ["class", "epoch", "keys", "sealed", "wraps", "age", "due"], zh, &epochs.iter().map(row).collect::<Vec<_>>())
}
