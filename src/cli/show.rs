//! `sealdesk show`.

use clap::Args;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::{Catalogue, Language},
        id::RecordNumber,
        record::{ListRow, RecordView},
    },
    service::{
        SignedIn,
        reveal::{self, GivenReason},
        search, second_factor, unlock, view,
    },
    text::{sanitise::for_terminal, width},
};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sealdesk show C-000042 --reveal phone --reason callback --reference TK-8812")]
pub struct Show {
    /// Record number, as C-000042
    record: String,
    /// Field to reveal; may be given more than once
    #[arg(long = "reveal", value_name = "FIELD")]
    reveal: Vec<String>,
    /// Code of the reason
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Ticket number or the like
    #[arg(long)]
    reference: Option<String>,
    #[arg(long)]
    json: bool,
}

impl Show {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = self.show(arguments, &signed_in, config.language).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn show(&self, arguments: &Arguments, signed_in: &SignedIn, language: Language) -> Outcome {
        let record = view::view(signed_in, find_record(signed_in, &self.record).await?.id).await?;
        let reason = self.reason.clone().map(|code| GivenReason { code, reference: self.reference.clone() });
        let mut revealed = reveal::reveal(signed_in, record.id, &self.reveal, reason.as_ref()).await;
        if revealed.iter().any(|(_, value)| value.as_ref().is_err_and(|error| error.code() == "SD023")) {
            second_factor::step_up(signed_in, &arguments.code()?).await?;
            revealed = reveal::reveal(signed_in, record.id, &self.reveal, reason.as_ref()).await;
        }
        let mut failure = None;
        let mut values = Vec::new();
        for (field, value) in revealed {
            match value {
                Ok(value) => values.push((field, value)),
                Err(error) => {
                    let failed = Failure::from(error);
                    failure = Some(Failure { message: record.number.name_in(&failed.message, record.id), ..failed });
                }
            }
        }
        if self.json { json(&record, &values) } else { text(&record, &values, &signed_in.policy().catalogue, language) }?;
        failure.map_or(Ok(()), Err)
    }
}

/// A record's number as it is typed, with the letters of its kind or bare.
pub fn number_of(typed: &str) -> Result<RecordNumber, Failure> {
    RecordNumber::parse(typed).ok_or_else(|| Failure::usage(format!("\"{typed}\" is not a record's number, such as C-000042")))
}

/// The list row of a number as people type it.
pub async fn find_record(signed_in: &SignedIn, typed: &str) -> Result<ListRow, Failure> {
    let wanted = number_of(typed)?;
    search::by_number(signed_in, wanted).await?.ok_or_else(|| Failure::failed(format!("there is no record {wanted}")))
}

type RevealedValues = [(String, Secret<String>)];

fn value_of<'v>(revealed: &'v RevealedValues, code: &str) -> Option<&'v str> {
    revealed.iter().find(|(field, _)| field == code).map(|(_, value)| value.expose().as_str())
}

fn json(record: &RecordView, revealed: &RevealedValues) -> Outcome {
    let fields: serde_json::Map<String, serde_json::Value> = record
        .fields
        .iter()
        .filter(|field| field.present)
        .map(|field| {
            let masked = field.masked.as_ref().map(|masked| masked.clone().unwrap_or_else(|error| format!("! {error}")));
            let value = value_of(revealed, &field.field);
            (field.field.clone(), serde_json::json!({"masked": masked, "value": value, "class": field.class}))
        })
        .collect();
    output::line(
        serde_json::json!({"kind": record.kind, "number": record.number.to_string(), "version": record.version, "owner": record.owner,
        "hold": record.hold.as_ref().map(|hold| serde_json::json!({"why": hold.reason, "reference": hold.reference, "by": hold.by, "at": hold.at})),
        "label": {"level": record.label.level, "compartments": record.label.compartments}, "fields": fields}),
    )
}

fn text(record: &RecordView, revealed: &RevealedValues, catalogue: &Catalogue, language: Language) -> Outcome {
    let (en, when) = (language == Language::English, record.updated_at.strftime("%Y-%m-%d %H:%M"));
    let (by, owner) = (for_terminal(&record.updated_by), for_terminal(&record.owner));
    let label = for_terminal(&catalogue.clearances.in_words(&record.label, language));
    let kind =
        if catalogue.has_kinds() { format!("{}  ", for_terminal(catalogue.kind_name(&record.kind, language))) } else { String::new() };
    output::line(if en {
        format!("{}  {kind}version {}, changed {when} UTC by {by}, owner: {owner}, clearance: {label}", record.number, record.version)
    } else {
        format!("{}  {kind}版本 {}，{by} 修改于 {when} UTC，负责人：{owner}，密级：{label}", record.number, record.version)
    })?;
    if let Some(hold) = &record.hold {
        let (reason, by, since) = (for_terminal(&hold.reason), for_terminal(&hold.by), hold.at.strftime("%Y-%m-%d"));
        let reference = hold.reference.as_deref().unwrap_or_default();
        output::line(if en {
            format!("! Legal hold by {by} since {since}: {reason} {reference}")
        } else {
            format!("! 法定保留（{by}，{since}）：{reason} {reference}")
        })?;
    }
    let labels = catalogue.fields.iter().map(|field| width::cells(catalogue.label_of(field, Some(&record.kind), language)));
    let column = labels.max().unwrap_or(0);
    let mut section = "";
    for (seen, field) in record.fields.iter().filter_map(|seen| Some((seen, catalogue.field(&seen.field)?))) {
        if field.section != section {
            section = &field.section;
            output::line(for_terminal(field.section_label.in_language(language)))?;
        }
        let shown = match (value_of(revealed, &seen.field), &seen.masked) {
            (Some(value), _) => value.to_owned(),
            (None, Some(Ok(masked))) => field.shown(masked, language).to_owned(),
            (None, Some(Err(problem))) => format!("! {problem}"),
            (None, None) if !seen.present && !seen.withheld => "-".into(),
            (None, None) => if en { "not permitted for your role" } else { "您的角色无权查看" }.into(),
        };
        let label = catalogue.label_of(field, Some(&record.kind), language);
        output::line(format!("  {}  {}", width::fit(&for_terminal(label), column), for_terminal(&shown)))?;
    }
    Ok(())
}
