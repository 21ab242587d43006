//! What a session's screens showed, event by event.

use clap::Args;
use serde_json::{Value, json};

use super::super::{Outcome, output};
use crate::{
    model::{
        action,
        audit::{Event, outcome_in_words},
        catalogue::{Catalogue, Language},
        id::SessionId,
        record::{FieldView, ListRow},
        replay::{Jump, ListThen, RecordThen, Replay, STRETCH, UNKNOWN},
    },
    service::{SignedIn, audit},
    text::{normalise::fold, sanitise::for_terminal, width},
};

/// Cells of a field's label and of a column.
const LABEL: usize = 16;
const COLUMN: usize = 18;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit replay 0197b1c2-4a6e-7c3d-9f10-2b8e5d7a6c41\n  sealdesk audit replay 0197b1c2-4a6e-7c3d-9f10-2b8e5d7a6c41 --only reveal --json\n\nThe session of an event stands in `sealdesk audit tail --json` (sealdesk.session) and in the desk's audit pane. Everything is masked, by your own rights: without them the fields' names are shown and nothing of them. `sealdesk show C-000042 --reveal phone` reveals, as ever. Replaying is recorded, and names the records that it showed."
)]
pub struct ReplaySession {
    /// Id of the session
    session: uuid::Uuid,
    /// Number of the first event
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    from: i64,
    /// Number of the last event; that of the session's last otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    until: Option<i64>,
    /// Only reveals, searches or refusals
    #[arg(long, value_parser = ["reveal", "search", "refused"])]
    only: Option<String>,
    /// Only events with this text
    #[arg(long)]
    text: Option<String>,
    #[arg(long)]
    json: bool,
}

impl ReplaySession {
    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let of = SessionId(self.session);
        let mut replay = Replay::new(of);
        let mut next = Some((self.from, self.from.saturating_add(STRETCH - 1)));
        while let Some((from, until)) = next.filter(|(from, _)| self.until.is_none_or(|until| *from <= until)) {
            let until = until.min(self.until.unwrap_or(until));
            replay.add(audit::replay(signed_in, of, (from, until)).await?);
            next = replay.next_stretch(true).filter(|(following, _)| *following > from);
        }
        let catalogue = &signed_in.policy().catalogue;
        for (index, event) in replay.events.iter().enumerate().filter(|(_, event)| self.wants(event, language)) {
            let moment = replay.at(index, catalogue);
            let listed = moment.list.as_ref().filter(|_| matches!(event.action.as_str(), "list" | "search") && !event.refused());
            let opened =
                moment.record.as_ref().filter(|_| matches!(event.action.as_str(), "view" | "view_again" | "reveal") && !event.refused());
            if self.json {
                output::line(as_json(event, listed, opened))?;
                continue;
            }
            output::line(head(event, language))?;
            for line in listed.iter().flat_map(|list| list_lines(list, catalogue, language)) {
                output::line(line)?;
            }
            for line in opened.iter().flat_map(|record| record_lines(record, catalogue, language)) {
                output::line(line)?;
            }
        }
        Ok(())
    }

    fn wants(&self, event: &Event, language: Language) -> bool {
        let of_sort = match self.only.as_deref() {
            Some("reveal") => Jump::Reveal.is(event),
            Some("search") => Jump::Search.is(event),
            Some(_) => Jump::Refusal.is(event),
            None => true,
        };
        of_sort
            && self.text.as_ref().is_none_or(|text| {
                let details = event.details.clone().filter(|_| !event.withheld()).unwrap_or_default();
                fold(&format!("{} {details}", head(event, language))).contains(&fold(text))
            })
    }
}

fn head(event: &Event, language: Language) -> String {
    let parts = [
        Some(format!("#{}", event.seq)),
        Some(output::moment(event.at)),
        Some(event.actor.clone()),
        Some(action::in_words(&event.action, language).to_owned()),
        event.record_number.map(|number| number.to_string()),
        event.field.clone(),
        event.reason.clone(),
        event.reference.clone(),
        event.refused().then(|| outcome_in_words(&event.outcome, language)),
        event.withheld().then(|| if language == Language::English { "(withheld)" } else { "（不予显示）" }.to_owned()),
    ];
    for_terminal(&parts.into_iter().flatten().collect::<Vec<_>>().join("  "))
}

fn list_lines(list: &ListThen, catalogue: &Catalogue, language: Language) -> Vec<String> {
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let mut lines = Vec::new();
    if !list.words.is_empty() {
        let read: Vec<&str> = list.words.iter().map(|word| word.as_deref().unwrap_or(say("(not readable)", "（无法读取）"))).collect();
        lines.push(for_terminal(&format!("    {} {}", say("searched for:", "搜索："), read.join(" + "))));
    }
    match &list.rows {
        None => lines.push(format!("    {}", say("which rows were shown is unknown", "所显示的记录未知"))),
        Some(rows) => lines.extend(rows.iter().map(|row| {
            let columns = catalogue.columns(Some(&row.kind)).filter_map(|field| {
                let value = row.summary.as_ref().ok()?.get(&field.code)?;
                Some(width::fit(&for_terminal(field.shown(value, language)), COLUMN))
            });
            format!("    {:<10} {}", row.number.to_string(), columns.collect::<Vec<_>>().join(" ")).trim_end().to_owned()
        })),
    }
    lines
}

fn record_lines(record: &RecordThen, catalogue: &Catalogue, language: Language) -> Vec<String> {
    let Some(view) = &record.view else { return Vec::new() };
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let line = |shown: &FieldView| {
        let field = catalogue.field(&shown.field)?;
        let text = match &shown.masked {
            Some(Ok(text)) => field.shown(text, language).to_owned(),
            Some(Err(problem)) => format!("! {problem}"),
            None => say("not permitted for your role", "您的角色无权查看").to_owned(),
        };
        let clear = if record.revealed.contains(&shown.field) { say("  stood in clear", "  当时显示原文") } else { "" };
        let label = width::fit(&for_terminal(catalogue.label_of(field, Some(&view.kind), language)), LABEL);
        Some(format!("    {label} {}{clear}", for_terminal(&text)))
    };
    view.fields.iter().filter_map(line).collect()
}

fn as_json(event: &Event, list: Option<&ListThen>, record: Option<&RecordThen>) -> Value {
    let row = |row: &ListRow| json!({"record": row.number.to_string(), "columns": row.summary.as_ref().ok()});
    let list = list.map(|list| {
        json!({"words": list.words, "numbers": list.numbers, "view": list.view.code(), "kind": list.kind,
               "rows": list.rows.as_ref().map(|rows| rows.iter().map(row).collect::<Vec<_>>())})
    });
    let record = record.and_then(|record| {
        let view = record.view.as_ref()?;
        let fields: serde_json::Map<String, Value> = view
            .fields
            .iter()
            .map(|field| {
                let masked = field.masked.as_ref().and_then(|masked| masked.as_ref().ok());
                let unknown = masked.is_some_and(|text| text == UNKNOWN);
                let masked = masked.filter(|_| !unknown);
                (field.field.clone(), json!({"masked": masked, "unknown": unknown, "in_clear": record.revealed.contains(&field.field)}))
            })
            .collect();
        Some(json!({"record": view.number.to_string(), "version": view.version, "fields": fields}))
    });
    json!({
        "sequence": event.seq, "at": event.at, "user": event.actor, "action": event.action, "outcome": event.outcome,
        "record": event.record_number.map(|number| number.to_string()), "field": event.field, "reason": event.reason, "reference": event.reference,
        "withheld": event.withheld(), "list": list, "screen": record
    })
}
