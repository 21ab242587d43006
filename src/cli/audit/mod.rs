//! `sealdesk audit`.

mod tail;
mod verify;

use clap::Subcommand;

use super::{Arguments, Outcome};
use crate::service::unlock;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print the newest events, oldest first
    Tail(Box<tail::Tail>),
    /// Recompute every chain; exit code 5 when one is broken
    Verify,
}

impl Audit {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        if let Self::Tail(tail) = self {
            // A wrong filter is said before anybody signs in.
            tail.filter(config.language)?;
        }
        let signed_in = arguments.sign_in(&config).await?;
        let done = match self {
            Self::Tail(tail) => tail.run(&signed_in, config.language).await,
            Self::Verify => verify::run(&signed_in, config.language).await,
        };
        let closed = unlock::close(&signed_in).await;
        done?;
        Ok(closed?)
    }
}
