//! `sealdesk audit`.

mod checkpoint;
mod tail;
mod verify;

use clap::Subcommand;

use super::{Arguments, Outcome};
use crate::service::unlock;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print the newest events, oldest first
    Tail(Box<tail::Tail>),
    /// Recompute chains and checkpoints, and hold them against what people signed; exit code 5 when something is broken
    Verify(Box<verify::Verify>),
    /// Sign the heads of all chains now
    Checkpoint,
    /// Write the newest checkpoint down outside the database
    Anchor(checkpoint::Write),
}

impl Audit {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        // A wrong filter is said before anybody signs in.
        match self {
            Self::Tail(tail) => drop(tail.filter(config.language)?),
            Self::Verify(verify) => drop(verify.scope(config.language)?),
            Self::Checkpoint | Self::Anchor(_) => {}
        }
        let signed_in = arguments.sign_in(&config).await?;
        let done = match self {
            Self::Tail(tail) => tail.run(&signed_in, config.language).await,
            Self::Verify(verify) => Box::pin(verify.run(&signed_in, config.language)).await,
            Self::Checkpoint => checkpoint::make(&signed_in, config.language).await,
            Self::Anchor(write) => write.run(&signed_in, &config).await,
        };
        let closed = unlock::close(&signed_in).await;
        done?;
        Ok(closed?)
    }
}
