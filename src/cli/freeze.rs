//! `sealdesk freeze`: at once and by one; lifting takes two.

use clap::{Args, Subcommand};

use super::{Arguments, Outcome, output, request::Reason};
use crate::{
    model::{
        catalogue::Language,
        freeze::{Freeze as Frozen, Target},
    },
    service::{SignedIn, freeze, unlock},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk freeze person chen.bo --why \"41 identity numbers in a minute\" --reference INC-7\n  sealdesk freeze all --why \"until we know what was copied\"\n  sealdesk freeze list\n  sealdesk freeze lift 12 --why \"it was the nightly check\"\n\nWhoever it concerns is shown who froze it and why. Lifting is asked for by one who may respond (supervisors and security officers) and approved by another, neither of them frozen. Where fewer than two of them are left, whoever manages people gives somebody a role that may; where nobody is left, `sealdesk recovery perform` lifts every freeze."
)]
pub enum Freeze {
    /// Sign a person out everywhere within a second, end what they have begun, and let them in no more
    Person {
        login: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Let the rights and capabilities of a role count as nothing
    Role {
        role: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Show nobody a class, not even masked
    Class {
        class: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Reveal nothing to anybody; lists and masked forms go on
    All {
        #[command(flatten)]
        reason: Reason,
    },
    /// What is frozen, by whom and why
    List(List),
    /// Ask for a freeze to be lifted, which happens when somebody else approves
    Lift {
        /// From `freeze list`
        number: i64,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Debug, Args)]
pub struct List {
    /// Every freeze there ever was
    #[arg(long)]
    all: bool,
    #[arg(long)]
    json: bool,
}

impl Freeze {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        // Whoever froze themselves has no session left to close.
        match (done, unlock::close(&caller).await) {
            (Ok(()), Err(error)) if error.code() != "SD140" => Err(error.into()),
            (done, _) => done,
        }
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        let (target, reason) = match self {
            Self::Person { login, reason } => (Target::Person(login.clone()), reason),
            Self::Role { role, reason } => (Target::Role(role.clone()), reason),
            Self::Class { class, reason } => (Target::Class(class.clone()), reason),
            Self::All { reason } => (Target::All, reason),
            Self::List(List { all, json }) => return list(&freeze::list(caller, *all).await?, language, *json),
            Self::Lift { number, reason } => {
                let asked = freeze::lift(caller, *number, &reason.why()).await?;
                output::line(asked)?;
                eprintln!(
                    "sealdesk: {}",
                    match language {
                        Language::English => format!("asked; it is lifted when somebody else approves: sealdesk approve {asked}"),
                        Language::Chinese => format!("已申请；他人批准后即解除：sealdesk approve {asked}"),
                    }
                );
                return Ok(());
            }
        };
        output::line(freeze::put(caller, &target, &reason.why()).await?)
    }
}

fn list(found: &[Frozen], language: Language, json: bool) -> Outcome {
    if json {
        for freeze in found {
            output::line(serde_json::json!({
                "number": freeze.number, "kind": freeze.target.kind(), "subject": freeze.target.subject(), "why": freeze.why,
                "reference": freeze.reference, "at": freeze.at, "by": freeze.by, "lifted_at": freeze.lifted_at, "lifted_by": freeze.lifted_by,
                "asked_by": freeze.asked_by
            }))?;
        }
        return Ok(());
    }
    let row = |freeze: &Frozen| {
        let lifted = match (&freeze.lifted_by, freeze.lifted_at, &freeze.asked_by) {
            (Some(by), Some(at), Some(asked)) => format!("{} {asked}, {by}", output::moment(at)),
            (Some(by), Some(at), None) => format!("{} {by}", output::moment(at)),
            _ => String::new(),
        };
        vec![
            freeze.number.to_string(),
            freeze.target.kind_in_words(language).to_owned(),
            freeze.target.subject().to_owned(),
            output::moment(freeze.at),
            freeze.by.clone(),
            freeze.why.clone(),
            freeze.reference.clone().unwrap_or_default(),
            lifted,
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["freeze", "what", "", "since", "by", "why", "ticket", "lifted"],
        Language::Chinese => ["冻结", "对象", "", "开始", "冻结人", "原因", "单号", "解除"],
    };
    output::table(&heading, &rows)
}
