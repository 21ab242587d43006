//! The names that an event's fields have in each form.

use clap::Args;

use super::super::{Outcome, output};
use crate::{model::catalogue::Language, service::audit::feed};

#[derive(Debug, Args)]
pub struct Fields {
    #[arg(long)]
    json: bool,
}

impl Fields {
    pub fn run(&self, language: Language) -> Outcome {
        if self.json {
            return feed::FIELDS.iter().try_for_each(|field| {
                output::line(
                    serde_json::json!({ "ecs": field.ecs, "syslog": field.syslog, "en": field.meaning().en, "zh": field.meaning().zh }),
                )
            });
        }
        let rows: Vec<Vec<String>> = feed::FIELDS
            .iter()
            .map(|field| vec![field.ecs.to_owned(), field.syslog.to_owned(), field.meaning().in_language(language).to_owned()])
            .collect();
        output::table_in(language, ["ECS", "SYSLOG", "MEANING"], ["ECS", "SYSLOG", "含义"], &rows)
    }
}
