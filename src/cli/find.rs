//! `sealdesk find`.

use clap::Args;
use uuid::Uuid;

use super::{Arguments, Outcome};
use crate::{
    service::{
        search::{self, ListRequest},
        unlock,
    },
    text::sanitise::for_terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sealdesk find 'zhang w'\n  sealdesk find 'phone:13812345678' --json")]
pub struct Find {
    /// What would be typed into the search box
    query: String,
    #[arg(long, default_value_t = 50)]
    limit: u16,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Find {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let query = search::parse(signed_in.catalogue(), &self.query).map_err(crate::service::Error::from)?;
        let request = ListRequest { query, limit: self.limit, search_box: Uuid::now_v7(), ..ListRequest::default() };
        let page = search::list(&signed_in, &request).await;
        unlock::close(&signed_in).await?;
        for row in page?.rows {
            let summary = row.summary.unwrap_or_default();
            if self.json {
                println!(
                    "{}",
                    serde_json::json!({"id": row.id, "number": row.number.to_string(), "version": row.version, "summary": summary})
                );
            } else {
                let values: Vec<String> = summary.values().map(|value| for_terminal(value)).collect();
                println!("{}  {}", row.number, values.join("  "));
            }
        }
        Ok(())
    }
}
