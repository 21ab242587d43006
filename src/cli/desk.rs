//! `sealdesk` alone: the desk.

use std::io::IsTerminal as _;

use super::{Arguments, Failure, Outcome};
use crate::desk;

pub async fn run(arguments: &Arguments) -> Outcome {
    require_terminal()?;
    let config = arguments.config()?;
    arguments.log(&config);
    desk::run(desk::Options {
        user: config.user.clone(),
        config,
        passphrase: None,
        code: None,
        help_people: Vec::new(),
        help_steps: Vec::new(),
    })
    .await?;
    Ok(())
}

/// The desk needs a real terminal on both sides.
pub fn require_terminal() -> Outcome {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage("the desk needs a terminal. For scripts use `sealdesk find` and `sealdesk show`."));
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return Err(Failure::usage(
            "TERM is \"dumb\", which cannot show a full screen. Set TERM to your terminal's type, or use `sealdesk find`.",
        ));
    }
    Ok(())
}
