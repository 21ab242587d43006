//! `sealdesk reason`: the reasons a person may give for a reveal.

use clap::Subcommand;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::catalogue::{Label, Language, Reason},
    service::{SignedIn, settings, unlock},
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sealdesk reason add survey --en \"Customer survey\" --zh 客户调查 --class contact")]
pub enum ReasonCommand {
    /// List the reasons, retired ones too
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add a reason
    Add {
        code: String,
        /// English label
        #[arg(long)]
        en: String,
        /// Chinese label
        #[arg(long)]
        zh: String,
        /// Ask for a ticket number with it
        #[arg(long)]
        reference: bool,
        /// A class it is good for; for all without
        #[arg(long = "class")]
        classes: Vec<String>,
    },
    /// Change a reason; what is not named stays
    Change {
        code: String,
        /// English label
        #[arg(long)]
        en: Option<String>,
        /// Chinese label
        #[arg(long)]
        zh: Option<String>,
        /// Whether to ask for a ticket number with it
        #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
        reference: Option<bool>,
        /// The classes it is good for, all of them
        #[arg(long = "class", conflicts_with = "all_classes")]
        classes: Vec<String>,
        /// Make it good for all classes
        #[arg(long)]
        all_classes: bool,
    },
    /// Let a reason be given no longer; events that have it keep it
    Retire { code: String },
    /// Let a retired reason be given again
    Restore { code: String },
}

impl ReasonCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = self.carry_out(&officer, config.language).await;
        unlock::close(&officer).await?;
        done
    }

    async fn carry_out(&self, officer: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&settings::reasons(officer).await?, *json, language),
            Self::Add { code, en, zh, reference, classes } => {
                let label = Label { en: en.clone(), zh: zh.clone() };
                let (code, classes) = (code.clone(), classes.clone());
                let reason = Reason { code, label, reference_required: *reference, classes, version: 0, retired: false };
                Ok(settings::add_reason(officer, &reason).await?)
            }
            Self::Change { code, en, zh, reference, classes, all_classes } => {
                let mut reason = known(officer, code).await?;
                reason.label.en = en.clone().unwrap_or(reason.label.en);
                reason.label.zh = zh.clone().unwrap_or(reason.label.zh);
                reason.reference_required = reference.unwrap_or(reason.reference_required);
                if *all_classes || !classes.is_empty() {
                    reason.classes.clone_from(classes);
                }
                Ok(settings::change_reason(officer, &reason).await?)
            }
            Self::Retire { code } => Ok(settings::retire_reason(officer, &known(officer, code).await?, true).await?),
            Self::Restore { code } => Ok(settings::retire_reason(officer, &known(officer, code).await?, false).await?),
        }
    }
}

async fn known(officer: &SignedIn, code: &str) -> Result<Reason, Failure> {
    let all = settings::reasons(officer).await?;
    let codes = || all.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>().join(", ");
    let missing = Failure::failed(format!("There is no reason \"{code}\"; there are {}.", codes()));
    all.iter().find(|reason| reason.code == code).cloned().ok_or(missing)
}

fn list(reasons: &[Reason], json: bool, language: Language) -> Outcome {
    if json {
        for reason in reasons {
            output::line(serde_json::json!({
                "code": reason.code, "label": reason.label, "reference_required": reason.reference_required, "classes": reason.classes,
                "version": reason.version, "retired": reason.retired
            }))?;
        }
        return Ok(());
    }
    let row = |reason: &Reason| {
        let classes = if reason.classes.is_empty() { output::say(language, "all", "全部").to_owned() } else { reason.classes.join(", ") };
        let reference = if reason.reference_required { output::say(language, "needed", "需要") } else { "" };
        let retired = if reason.retired { output::say(language, "retired", "已停用") } else { "" };
        vec![reason.code.clone(), reason.label.en.clone(), reason.label.zh.clone(), reference.into(), classes, retired.into()]
    };
    let en = ["reason", "English", "中文", "reference", "classes", "besides"];
    let zh = ["理由", "English", "中文", "单号", "类别", "其他"];
    output::table_in(language, en, zh, &reasons.iter().map(row).collect::<Vec<_>>())
}
