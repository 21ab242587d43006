//! `sealdesk find`.

use clap::Args;
use uuid::Uuid;

use super::{Arguments, Outcome, output};
use crate::{
    model::{
        catalogue::{Catalogue, Language},
        record::ListRow,
    },
    service::{
        Result, SignedIn,
        search::{self, ListRequest, QueryError},
        unlock,
    },
};

/// Rows of one page, each page being an event.
const PAGE: u16 = 200;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk find 'zhang wei'\n  sealdesk find 'phone:13812345678' --json\n  sealdesk find 'maintenance' --kind contract\n  sealdesk find contract.customer:C-000123\n  sealdesk find refers:C-000123"
)]
pub struct Find {
    /// What would be typed into the search box
    query: String,
    /// Only records of this kind, by its code
    #[arg(long)]
    kind: Option<String>,
    /// Most rows
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
        let found = self.rows(&signed_in).await;
        unlock::close(&signed_in).await?;
        let (rows, more) = found?;
        if self.json { json(&rows) } else { table(&rows, &signed_in.policy().catalogue, self.kind.as_deref(), config.language) }?;
        if rows.is_empty() {
            eprintln!("sealdesk: nothing was found");
        } else if more {
            eprintln!("sealdesk: there are more; raise --limit or narrow the search");
        }
        Ok(())
    }

    /// As many rows as wanted, page by page, and whether there are more.
    async fn rows(&self, signed_in: &SignedIn) -> Result<(Vec<ListRow>, bool)> {
        let catalogue = &signed_in.policy().catalogue;
        if let Some(kind) = self.kind.as_ref().filter(|kind| catalogue.kind(kind).is_none()) {
            let known = catalogue.kinds.iter().map(|kind| kind.code.as_str()).collect::<Vec<_>>().join(", ");
            return Err(QueryError::UnknownKind { name: kind.clone(), known }.into());
        }
        let query = search::parse(catalogue, &self.query)?;
        // Nobody goes on typing here.
        if let Some(word) = query.unfinished {
            return Err(QueryError::TooShort { word }.into());
        }
        let mut request = ListRequest { query, kind: self.kind.clone(), search_box: Uuid::now_v7(), ..ListRequest::default() };
        let mut rows = Vec::new();
        loop {
            let missing = self.limit.saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
            request.limit = missing.min(PAGE);
            let page = search::list(signed_in, &request).await?;
            rows.extend(page.rows);
            if !page.has_after || request.limit == missing {
                return Ok((rows, page.has_after));
            }
            request.cursor = page.last;
        }
    }
}

fn json(rows: &[ListRow]) -> Outcome {
    for row in rows {
        let (summary, problem) = match &row.summary {
            Ok(summary) => (Some(summary), None),
            Err(problem) => (None, Some(problem)),
        };
        output::line(serde_json::json!({
            "id": row.id, "kind": row.kind, "number": row.number.to_string(), "version": row.version, "summary": summary, "problem": problem
        }))?;
    }
    Ok(())
}

fn table(rows: &[ListRow], catalogue: &Catalogue, kind: Option<&str>, language: Language) -> Outcome {
    if rows.is_empty() {
        return Ok(());
    }
    let fields: Vec<_> = catalogue.columns(kind).collect();
    let heading: Vec<&str> = std::iter::once("ID").chain(fields.iter().map(|field| catalogue.label_of(field, kind, language))).collect();
    let cells = |row: &ListRow| match &row.summary {
        Ok(summary) => {
            let shown = |code: &str| summary.get(code).map_or("", String::as_str);
            fields.iter().map(|field| field.shown(shown(&field.code), language).to_owned()).collect()
        }
        Err(problem) => vec![format!("! {problem}")],
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| std::iter::once(row.number.to_string()).chain(cells(row)).collect()).collect();
    output::table(&heading, &rows)
}
