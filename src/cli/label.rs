//! `sealdesk label`.

use clap::Args;

use super::{Arguments, Outcome, show::find_record};
use crate::{
    model::clearance::Clearance,
    service::{clearance, unlock},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sealdesk label C-204817 sensitive --compartment vip\n  sealdesk label C-204817 normal")]
pub struct Label {
    /// Record number, as C-204817
    record: String,
    /// Code of the level, from `clearance list`
    level: String,
    /// Code of a compartment; may be given more than once
    #[arg(long = "compartment", value_name = "CODE")]
    compartments: Vec<String>,
}

impl Label {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = async {
            let row = find_record(&signed_in, &self.record).await?;
            clearance::label(&signed_in, row.id, row.version, &Clearance::new(&self.level, &self.compartments)).await?;
            Ok(())
        }
        .await;
        unlock::close(&signed_in).await?;
        done
    }
}
