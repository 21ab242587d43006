//! `sealdesk doctor`.

use clap::Args;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config::language_of_environment,
    database::connect,
    model::catalogue::Language,
    operations::doctor::{self, Finding, Level},
    text::{sanitise::for_terminal, width},
};

#[derive(Debug, Args)]
pub struct Doctor {
    /// File with a superuser's connection URL, for the checks only a superuser can make
    #[arg(long, value_name = "FILE")]
    url_file: Option<std::path::PathBuf>,
}

impl Doctor {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config();
        let language = config.as_ref().map_or_else(|_| language_of_environment(), |config| config.language);
        let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
        let mut findings = doctor::terminal(language);
        match config {
            Ok(config) => {
                findings.extend(doctor::configuration(&config, language));
                findings.push(doctor::reach(&config, language).await);
            }
            Err(failure) => {
                findings.push(Finding::bad("configuration", failure.message, say("see config.example.toml", "参见 config.example.toml")));
            }
        }
        if let Some(file) = &self.url_file {
            let url = super::secret_input::read(Some(file), "", "--url-file")?;
            let client = connect::from_url(&url).await?;
            findings.extend(doctor::server(&client, language).await?);
            if let Ok(config) = arguments.config() {
                findings.extend(doctor::root(&client, &config, language).await?);
            }
        }
        for finding in &findings {
            let mark = match finding.level {
                Level::Good => say("ok  ", "正常"),
                Level::Warning => say("warn", "警告"),
                Level::Bad => say("BAD ", "错误"),
            };
            output::line(format!("{mark} {} {}", width::fit(finding.name(language), 16), for_terminal(&finding.found)))?;
            if finding.level != Level::Good {
                output::line(format!("     {}{}", say("mend: ", "处理："), for_terminal(&finding.mend)))?;
            }
        }
        if findings.iter().all(|finding| finding.level != Level::Bad) {
            Ok(())
        } else {
            Err(Failure::failed(say("something needs mending", "有问题需要处理")))
        }
    }
}
