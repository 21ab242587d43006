//! `sealdesk owner`.

use clap::Args;

use super::{Arguments, Outcome, show::find_record};
use crate::service::{owner, unlock};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sealdesk owner C-204817 wu.jun")]
pub struct Owner {
    /// Record number, as C-204817
    record: String,
    /// Login name of who answers for it from now on
    to: String,
}

impl Owner {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = async {
            let row = find_record(&signed_in, &self.record).await?;
            owner::hand_to(&signed_in, row.id, self.to.trim()).await?;
            Ok(())
        }
        .await;
        unlock::close(&signed_in).await?;
        done
    }
}
