//! `sealdesk doctor`.

use clap::Args;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    database::connect,
    operations::doctor::{self, Finding, Level},
    text::sanitise::for_terminal,
};

#[derive(Debug, Args)]
pub struct Doctor {
    /// File with a superuser's connection URL, for the checks only a superuser can make
    #[arg(long, value_name = "FILE")]
    url_file: Option<std::path::PathBuf>,
}

impl Doctor {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let mut findings = doctor::terminal();
        match arguments.config() {
            Ok(config) => {
                findings.extend(doctor::configuration(&config));
                findings.push(doctor::reach(&config).await);
            }
            Err(failure) => findings.push(Finding::bad("configuration", failure.message, "see config.example.toml")),
        }
        if let Some(file) = &self.url_file {
            let url = super::secret_input::read(Some(file), "", "--url-file")?;
            let client = connect::from_url(&url).await?;
            findings.extend(doctor::server(&client).await?);
            if let Ok(config) = arguments.config() {
                findings.extend(doctor::root(&client, &config).await?);
            }
        }
        for finding in &findings {
            let mark = match finding.level {
                Level::Good => "ok  ",
                Level::Warning => "warn",
                Level::Bad => "BAD ",
            };
            output::line(format!("{mark} {:<16} {}", finding.what, for_terminal(&finding.found)))?;
            if finding.level != Level::Good {
                output::line(format!("     mend: {}", finding.mend))?;
            }
        }
        if findings.iter().all(|finding| finding.level != Level::Bad) { Ok(()) } else { Err(Failure::failed("something needs mending")) }
    }
}
