//! `sealdesk duty`: capabilities that one person must not hold together.

use clap::Subcommand;

use super::{Arguments, Outcome, output};
use crate::{
    model::{
        catalogue::{Label, Language},
        review::Duty as Pair,
    },
    service::{SignedIn, review, unlock},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  sealdesk duty add approve run_backups --reason 'Who approves must not also carry it out.' --reason-zh '审批与执行须由不同的人负责。'\n\n`sealdesk role list` shows which capabilities roles have. Who holds both already keeps them and is named by `sealdesk staff findings`."
)]
pub enum Duty {
    /// List the pairs and why they are kept apart
    List {
        #[arg(long)]
        json: bool,
    },
    /// Refuse from now on that one person gets both
    Add {
        capability: String,
        other: String,
        /// Why, in English
        #[arg(long)]
        reason: String,
        /// Why, in Chinese; the English text otherwise
        #[arg(long)]
        reason_zh: Option<String>,
    },
    /// Let two capabilities meet in one person again
    Remove { capability: String, other: String },
}

impl Duty {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = self.carry_out(&signed_in, config.language).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn carry_out(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&review::duties(signed_in).await?, *json, language),
            Self::Add { capability, other, reason, reason_zh } => {
                let reason = Label { en: reason.clone(), zh: reason_zh.as_ref().unwrap_or(reason).clone() };
                Ok(review::keep_apart(signed_in, &Pair { capabilities: (capability.clone(), other.clone()), reason }).await?)
            }
            Self::Remove { capability, other } => Ok(review::let_meet(signed_in, capability, other).await?),
        }
    }
}

fn list(pairs: &[Pair], json: bool, language: Language) -> Outcome {
    if json {
        for Pair { capabilities: (a, b), reason } in pairs {
            output::line(serde_json::json!({ "capabilities": [a, b], "reason": reason }))?;
        }
        return Ok(());
    }
    let row = |pair: &Pair| vec![pair.capabilities.0.clone(), pair.capabilities.1.clone(), pair.reason.in_language(language).to_owned()];
    let rows: Vec<Vec<String>> = pairs.iter().map(row).collect();
    output::table_in(language, ["capability", "not with", "why"], ["权限", "不得同时拥有", "原因"], &rows)
}
