//! `sealdesk clearance`.

use clap::Subcommand;

use super::{Arguments, Outcome, output};
use crate::{
    model::{
        catalogue::{Label, Language},
        clearance::Clearances,
    },
    service::{SignedIn, clearance, unlock},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk clearance compartment press 'journalists' --zh 记者\n  sealdesk clearance level 2 restricted 'restricted' --zh 受限\n\n`sealdesk staff clear` gives a person a clearance, `sealdesk label` a record a label."
)]
pub enum Clearance {
    /// List the levels and compartments that one has, or all for who gives them
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add a level, or rename one; the higher its rank, the more sensitive
    Level {
        #[arg(value_parser = clap::value_parser!(i16).range(0..=100))]
        rank: i16,
        code: String,
        /// What it is called
        name: String,
        /// What it is called in Chinese; the English name otherwise
        #[arg(long)]
        zh: Option<String>,
    },
    /// Add a compartment, or rename one
    Compartment {
        code: String,
        /// What it is called
        name: String,
        /// What it is called in Chinese; the English name otherwise
        #[arg(long)]
        zh: Option<String>,
    },
}

impl Clearance {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = self.carry_out(&signed_in, config.language).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn carry_out(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let label = |name: &String, zh: &Option<String>| Label { en: name.clone(), zh: zh.as_ref().unwrap_or(name).clone() };
        match self {
            Self::List { json } => list(&signed_in.policy().catalogue.clearances, language, *json)?,
            Self::Level { rank, code, name, zh } => clearance::define(signed_in, code, Some(*rank), &label(name, zh)).await?,
            Self::Compartment { code, name, zh } => clearance::define(signed_in, code, None, &label(name, zh)).await?,
        }
        Ok(())
    }
}

fn list(known: &Clearances, language: Language, json: bool) -> Outcome {
    let levels = known.levels.iter().map(|level| ("level", &level.code, &level.label, level.held));
    let compartments = known.compartments.iter().map(|one| ("compartment", &one.code, &one.label, one.held));
    let all = levels.chain(compartments);
    if json {
        for (kind, code, label, held) in all {
            output::line(serde_json::json!({"kind": kind, "code": code, "label": label, "held": held}))?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all
        .map(|(kind, code, label, held)| {
            let kind = match kind {
                "level" => output::say(language, "level", "等级"),
                _ => output::say(language, "compartment", "分组"),
            };
            let held = if held { output::say(language, "yes", "是") } else { output::say(language, "no", "否") };
            [kind, code, label.in_language(language), held].map(str::to_owned).into()
        })
        .collect();
    output::table_in(language, ["", "code", "name", "held"], ["", "代码", "名称", "本人拥有"], &rows)
}
