//! Copies of the audit for other programs. Taking one out is an act under a capability of its own, and where policy asks for it somebody else approves
//! just this copy first.

use std::io::Write;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::{AuditTicket, Error, older, page};
use crate::{
    database::api::audit as api,
    model::audit::{Event, ExportFormat, Filter},
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// As many events are looked through for a text at once as may be: nobody waits for a page.
const MANY: u64 = u64::MAX;
const COLUMNS: [&str; 15] = [
    "time",
    "actor",
    "action",
    "outcome",
    "record",
    "field",
    "class",
    "version",
    "reason",
    "reference",
    "details",
    "session",
    "seq",
    "hash",
    "id",
];

/// Writes every event of a filter, newest first, and answers how many there were. What was written before an error is incomplete, and is for the
/// caller to take away.
///
/// CSV is RFC 4180 with a heading, in UTF-8; a cell that a spreadsheet would take for a formula begins with an apostrophe. JSON is one object: who made
/// it, when, of what, and the events. Times are in `zone`, with their offset.
///
/// # Errors
/// `SD003` without `export_audit`; `SD050` where somebody else must approve this copy first; `SD008` when it takes longer than 15 minutes; [`Error::Plain`]
/// when it cannot be written; lost connections.
pub async fn export(
    signed_in: &SignedIn,
    filter: &Filter,
    format: ExportFormat,
    zone: &TimeZone,
    out: &mut (dyn Write + Send),
) -> Result<u64> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, first) = tokio::join!(
        biased;
        api::request_audit(&client, token, ticket, filter, Some(format)),
        page(&client, token, ticket, filter, None, MANY),
    );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let opened = AuditTicket { ticket, filter: filter.clone(), everything: false };
    let mut page = first?;
    drop(client);
    let failed = |error: std::io::Error| Error::Plain(format!("The copy cannot be written: {error}."));
    match format {
        ExportFormat::Csv => write!(out, "{}\r\n", COLUMNS.join(",")).map_err(failed)?,
        ExportFormat::Json => {
            let head = json!({
                "installation": signed_in.installation_name(),
                "made_by": signed_in.user(),
                "made_at": Timestamp::now().to_string(),
                "filter": filter.export_subject(format),
            });
            let head = head.to_string();
            write!(out, "{},\"events\":[", head.trim_end_matches('}')).map_err(failed)?;
        }
    }
    let mut count = 0_u64;
    loop {
        for event in &page.events {
            match format {
                ExportFormat::Csv => write!(out, "{}\r\n", row(event, zone)),
                ExportFormat::Json => write!(out, "{}\n{}", if count == 0 { "" } else { "," }, object(event, zone)),
            }
            .map_err(failed)?;
            count += 1;
        }
        let Some(place) = page.next() else { break };
        page = older(signed_in, &opened, place, MANY).await?;
    }
    if format == ExportFormat::Json {
        writeln!(out, "\n]}}").map_err(failed)?;
    }
    Ok(count)
}

fn cells(event: &Event, zone: &TimeZone) -> [String; 15] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        event.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string(),
        event.actor.clone(),
        event.action.clone(),
        event.outcome.clone(),
        event.record_number.map(|number| number.to_string()).or_else(|| event.record.map(|record| record.to_string())).unwrap_or_default(),
        text(&event.field),
        text(&event.class),
        event.version.map(|version| version.to_string()).unwrap_or_default(),
        text(&event.reason),
        text(&event.reference),
        text(&event.details),
        event.session.to_string(),
        event.seq.to_string(),
        crate::crypto::hex(&event.hash),
        format!("{}-{}", event.session, event.seq),
    ]
}

fn row(event: &Event, zone: &TimeZone) -> String {
    cells(event, zone).iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")
}

/// A cell that no spreadsheet takes for more than a text.
fn quoted(cell: &str) -> String {
    let guarded = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

/// Only what the event says.
fn object(event: &Event, zone: &TimeZone) -> String {
    let filled = COLUMNS.iter().zip(cells(event, zone)).filter(|(_, cell)| !cell.is_empty());
    serde_json::Value::Object(filled.map(|(name, cell)| ((*name).to_owned(), cell.into())).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one() {
        assert_eq!(quoted("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(quoted("@SUM(1,2)"), "\"'@SUM(1,2)\"");
        assert_eq!(quoted("say \"no\",\r\nnow"), "\"say \"\"no\"\",\r\nnow\"");
        assert_eq!(quoted("TK-8812"), "TK-8812");
    }
}
