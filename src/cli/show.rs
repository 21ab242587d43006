//! `sealdesk show`.

use clap::Args;

use super::{Arguments, Failure, Outcome};
use crate::{
    model::record::RecordView,
    service::{
        SignedIn,
        reveal::{self, GivenReason},
        search::{self, ListRequest},
        unlock, view,
    },
    text::sanitise::for_terminal,
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
        let done = self.show(&signed_in).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn show(&self, signed_in: &SignedIn) -> Outcome {
        let wanted = search::number_of(&self.record)
            .ok_or_else(|| Failure::usage(format!("\"{}\" is not a record number such as C-000042", self.record)))?;
        let query = search::parse(signed_in.catalogue(), &wanted.to_string()).map_err(crate::service::Error::from)?;
        let page = search::list(signed_in, &ListRequest { query, limit: 1, ..ListRequest::default() }).await?;
        let row = page.rows.first().ok_or_else(|| Failure::failed(format!("there is no record {wanted}")))?;
        let record = view::view(signed_in, row.id).await?;
        let reason = self.reason.clone().map(|code| GivenReason { code, reference: self.reference.clone() });
        let revealed = reveal::reveal(signed_in, record.id, &self.reveal, reason.as_ref()).await;
        let mut failure = None;
        let mut values = Vec::new();
        for (field, value) in revealed {
            match value {
                Ok(value) => values.push((field, value)),
                Err(error) => failure = Some(Failure::from(error)),
            }
        }
        self.print(&record, &values);
        failure.map_or(Ok(()), Err)
    }

    fn print(&self, record: &RecordView, revealed: &[(String, crate::crypto::secret::Secret<String>)]) {
        let value_of = |code: &str| revealed.iter().find(|(field, _)| field == code).map(|(_, value)| value.expose().clone());
        if self.json {
            let fields: serde_json::Map<String, serde_json::Value> = record
                .fields
                .iter()
                .filter(|field| field.present)
                .map(|field| {
                    let masked = field.masked.as_ref().map(|masked| masked.clone().unwrap_or_else(|error| format!("! {error}")));
                    (field.field.clone(), serde_json::json!({"masked": masked, "value": value_of(&field.field), "class": field.class}))
                })
                .collect();
            println!("{}", serde_json::json!({"number": record.number.to_string(), "version": record.version, "fields": fields}));
            return;
        }
        println!("{} v{}", record.number, record.version);
        for field in record.fields.iter().filter(|field| field.present) {
            let shown = value_of(&field.field).unwrap_or_else(|| match &field.masked {
                Some(Ok(masked)) => masked.clone(),
                Some(Err(error)) => format!("! {error}"),
                None => "-".into(),
            });
            println!("  {:<12} {}", field.field, for_terminal(&shown));
        }
    }
}
