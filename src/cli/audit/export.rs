//! A copy of the audit for other programs.

use std::{io::BufWriter, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use clap::Args;
use jiff::Zoned;

use super::{
    super::{Failure, Outcome, output},
    tail::Wanted,
};
use crate::{
    model::{audit::ExportFormat, catalogue::Language},
    service::{SignedIn, audit},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit export --actor chen.bo --from -8h --out chen.csv\n  sealdesk audit export --outcome refused --from 2026-11-01 --format json --out refused.json"
)]
pub struct Export {
    /// File to write; one that is there already is not replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, default_value = "csv", value_parser = ["csv", "json"])]
    format: String,
    #[command(flatten)]
    wanted: Wanted,
}

/// What was typed; the parser lets nothing else through.
pub fn format_of(typed: &str) -> ExportFormat {
    if typed == "json" { ExportFormat::Json } else { ExportFormat::Csv }
}

impl Export {
    /// A wrong filter is said before anybody signs in.
    pub fn check(&self, language: Language) -> Outcome {
        self.wanted.filter(language).map(drop)
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let filter = self.wanted.filter(language)?;
        let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", self.out.display()));
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.out).map_err(failed)?;
        let mut out = BufWriter::new(file);
        let done = audit::export(signed_in, &filter, format_of(&self.format), Zoned::now().time_zone(), &mut out).await;
        let count = match done {
            Ok(count) => {
                let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
                file.sync_all().map_err(failed)?;
                count
            }
            Err(error) => {
                // What is not whole is taken away.
                std::fs::remove_file(&self.out).map_err(failed)?;
                return Err(error.into());
            }
        };
        let out = self.out.display();
        output::line(match language {
            Language::English => format!("{count} events in {out}"),
            Language::Chinese => format!("{count} 条事件已写入 {out}"),
        })
    }
}
