//! `sealdesk audit`.

mod absence;
mod checkpoint;
mod cursor;
mod evidence;
pub(super) mod export;
mod fields;
mod replay;
mod retention;
mod review;
mod scope;
mod searched;
pub(super) mod tail;
mod verify;

use clap::{Args, Subcommand};

use super::{Arguments, Outcome, incident as case};
use crate::service::{incident, unlock};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print the newest events, oldest first
    Tail(Box<tail::Tail>),
    /// List the fields of an event, as `audit tail` names them in JSON and in syslog
    Fields(fields::Fields),
    /// List the months of the audit, which of them may be dropped, and which were
    Months {
        #[arg(long)]
        json: bool,
    },
    /// Say for how many months the audit is kept at least
    Keep(retention::Keep),
    /// Drop a whole month of the audit, with a signed statement, once it is due and somebody else has approved it
    Drop(retention::DropMonth),
    /// What is recorded beyond what always is
    #[command(subcommand)]
    Scope(scope::Scope),
    /// Recompute chains and checkpoints, and hold them against what people signed; exit code 5 when something is broken
    Verify(Box<verify::Verify>),
    /// Sign the heads of all chains now
    Checkpoint,
    /// Write the newest checkpoint down outside the database
    Anchor(checkpoint::Write),
    /// What a person saw in a time: revealed, fetched but not revealed, rows of lists, and within reach by their present roles and never handed out
    Saw(Saw),
    /// What a session's screens showed, event by event, masked by your own rights
    Replay(replay::ReplaySession),
    /// Who searched for a record, by its number and by what you see of it
    Searched(searched::Searched),
    /// Hold the newest checkpoint against what was seen last, show it as eight words, and sign that it was seen
    Witness(evidence::Witness),
    /// Write events and what proves them into a file that is checked without a server
    Evidence(Box<evidence::Evidence>),
    /// Prove that no value of a record was revealed in a time, or name who did reveal one; exit code 1 then
    Absence(Box<absence::Absence>),
    /// Write a copy of events for other programs, as CSV or JSON; recorded, and approved by somebody else where policy asks for it
    Export(Box<export::Export>),
    /// Reviews of the audit itself: a sample of each week or month, drawn by the program, looked at and signed off
    #[command(subcommand)]
    Review(Box<review::Review>),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sealdesk audit saw chen.bo --from -8h --until now")]
pub struct Saw {
    login: String,
    /// 14:00, -2h, 2026-11-24 09:00
    #[arg(long, default_value = "today", allow_hyphen_values = true)]
    from: String,
    #[arg(long, default_value = "now", allow_hyphen_values = true)]
    until: String,
    #[arg(long)]
    json: bool,
}

impl Saw {
    async fn run(&self, signed_in: &crate::service::SignedIn, language: crate::model::catalogue::Language) -> Outcome {
        let found = incident::saw(signed_in, &self.login, case::moment(&self.from)?, case::moment(&self.until)?).await?;
        case::saw_table(&found, language, self.json)
    }
}

impl Audit {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        if let Self::Verify(verify) = self
            && let Some((bundle, root)) = verify.offline()
        {
            // Nothing else is needed, a configuration neither.
            return evidence::verify(bundle, root, crate::config::language_of_environment());
        }
        if let Self::Review(review) = self
            && let Some(file) = review.offline()
        {
            return review::verify(arguments, file);
        }
        if let Self::Fields(fields) = self {
            return fields.run(crate::config::language_of_environment());
        }
        let config = arguments.config()?;
        // A wrong filter is said before anybody signs in.
        match self {
            Self::Tail(tail) => {
                tail.filter(config.language)?;
                return Box::pin(tail.run(arguments, &config)).await;
            }
            Self::Verify(verify) => {
                verify.scope(config.language)?;
            }
            Self::Evidence(evidence) => evidence.check(config.language)?,
            Self::Export(export) => export.check(config.language)?,
            Self::Review(review) => review.check()?,
            Self::Absence(absence) => {
                absence.asked(config.language)?;
            }
            Self::Fields(_)
            | Self::Months { .. }
            | Self::Keep(_)
            | Self::Drop(_)
            | Self::Scope(_)
            | Self::Checkpoint
            | Self::Anchor(_)
            | Self::Saw(_)
            | Self::Replay(_)
            | Self::Searched(_)
            | Self::Witness(_) => {}
        }
        let signed_in = arguments.sign_in(&config).await?;
        let done = match self {
            // Done above, each with a way of its own.
            Self::Tail(_) | Self::Fields(_) => Ok(()),
            Self::Verify(verify) => Box::pin(verify.run(&signed_in, config.language)).await,
            Self::Months { json } => retention::list(&signed_in, config.language, *json).await,
            Self::Keep(keep) => keep.run(&signed_in, config.language).await,
            Self::Drop(month) => month.run(&signed_in, config.language).await,
            Self::Scope(scope) => scope.run(&signed_in, config.language).await,
            Self::Checkpoint => checkpoint::make(&signed_in, config.language).await,
            Self::Anchor(write) => write.run(&signed_in, &config).await,
            Self::Saw(saw) => saw.run(&signed_in, config.language).await,
            Self::Replay(replay) => Box::pin(replay.run(&signed_in, config.language)).await,
            Self::Searched(searched) => Box::pin(searched.run(arguments, &signed_in, &config)).await,
            Self::Witness(witness) => witness.run(&signed_in, &config).await,
            Self::Evidence(evidence) => Box::pin(evidence.run(&signed_in, config.language)).await,
            Self::Absence(absence) => Box::pin(absence.run(&signed_in, config.language)).await,
            Self::Export(export) => Box::pin(export.run(&signed_in, config.language)).await,
            Self::Review(review) => Box::pin(review.run(&signed_in, config.language)).await,
        };
        let closed = unlock::close(&signed_in).await;
        done?;
        Ok(closed?)
    }
}
