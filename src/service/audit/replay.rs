//! Reading what a session's screens showed: its events, and what is stored, masked and under the viewer's own rights. Each stretch is an event, which names the
//! records that it handed something out of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    database::api::replay::{self, Row, Value},
    keyring::{KeyUse, Keyring, Purpose},
    model::{
        audit::Event,
        catalogue::Catalogue,
        id::{RecordId, SessionId},
        record::{HELD_BACK, ListRow},
        replay::{Kept, Replay, RowNow, Stretch},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
    text::index_terms,
};

/// Rows of a search whose words are tried on what was searched for.
const ROWS_TRIED: usize = 10;

/// Reads the events of a session from one number to another, at most 200, and what they showed.
///
/// # Errors
/// `SD003` for a session that is not the person's to read, `SD178` where it has no such events; lost connections. What does not open is named in its place.
pub async fn replay(signed_in: &SignedIn, of: SessionId, between: (i64, i64)) -> Result<Stretch> {
    let done = replay_once(signed_in, of, between).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { replay_once(signed_in, of, between).await } else { done }
}

async fn replay_once(signed_in: &SignedIn, of: SessionId, between: (i64, i64)) -> Result<Stretch> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, events, rows, values) = tokio::join!(
        biased;
        replay::request_replay(&client, token, ticket, of, between),
        replay::collect_replay(&client, token, ticket),
        replay::collect_replay_records(&client, token, ticket),
        replay::collect_replay_values(&client, token, ticket),
    );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let (events, keyring) = (events?, signed_in.keyring());
    let rows: HashMap<RecordId, RowNow> = rows?.into_iter().map(|row| (row.id, row_now(&keyring, row))).collect();
    let mut kept: HashMap<RecordId, Vec<Kept>> = HashMap::new();
    for value in values? {
        kept.entry(value.record).or_default().push(opened(&keyring, value));
    }
    let mut stretch = Stretch {
        events: events.events,
        pages: events.pages,
        words: BTreeMap::new(),
        rows,
        kept,
        readable: BTreeSet::new(),
        last: events.last,
    };
    let policy = signed_in.policy();
    let may = |class: &str| policy.rights(class).masked || class == "basic" && policy.rights(class).reveal;
    stretch.readable = policy.catalogue.classes.iter().map(|class| class.code.clone()).filter(|class| may(class)).collect();
    stretch.words = words(signed_in, of, &stretch);
    Ok(stretch)
}

fn row_now(keyring: &Keyring, row: Row) -> RowNow {
    let summary = match &row.summary {
        Some(sealed) => keyring.open_summary(row.id, sealed).map_err(|error| format!("{}: summary: {error}", row.number)),
        None => Err(HELD_BACK.to_owned()),
    };
    RowNow { number: row.number, kind: row.kind, version: row.version, updated_at: row.updated_at, summary }
}

fn opened(keyring: &Keyring, value: Value) -> Kept {
    let purpose = if value.is_open { Purpose::Value } else { Purpose::Mask };
    let text = value.masked.as_deref().map(|sealed| {
        keyring
            .open(purpose, value.record, &value.field, &value.class, sealed)
            .map(|text| text.expose().clone())
            .map_err(|error| format!("{} v{}: {error}", value.field, value.version))
    });
    Kept { field: value.field, class: value.class, version: value.version, from: value.from, until: value.until, text, open: value.is_open }
}

/// Searches stand in the audit as tokens. What the viewer sees of the records that were found, and holds the index keys of, is made into tokens again: a word that is
/// among them is readable, any other is not.
fn words(signed_in: &SignedIn, of: SessionId, stretch: &Stretch) -> BTreeMap<i64, Vec<Option<String>>> {
    let (keyring, policy) = (signed_in.keyring(), signed_in.policy());
    let catalogue = &policy.catalogue;
    let mut replay = Replay::new(of);
    replay.add(stretch.clone());
    let mut found = BTreeMap::new();
    for (index, event) in replay.events.iter().enumerate().filter(|(_, event)| event.action == "search" && !event.withheld()) {
        let groups = groups(event);
        let rows = replay.at(index, catalogue).list.and_then(|list| list.rows).unwrap_or_default();
        let known: HashMap<i64, String> = rows.iter().take(ROWS_TRIED).flat_map(|row| terms(&keyring, catalogue, row)).collect();
        found.insert(event.seq, groups.iter().map(|group| group.iter().find_map(|token| known.get(token).cloned())).collect());
    }
    found
}

/// The tokens of each word of a search that is looked for by token.
fn groups(event: &Event) -> Vec<Vec<i64>> {
    let details: serde_json::Value = event.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let numbers = |key: &str| -> Vec<i64> {
        details
            .get(key)
            .and_then(serde_json::Value::as_array)
            .map(|all| all.iter().filter_map(serde_json::Value::as_i64).collect())
            .unwrap_or_default()
    };
    let mut by_group: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (token, group) in numbers("tokens").into_iter().zip(numbers("groups")) {
        by_group.entry(group).or_default().push(token);
    }
    by_group.into_values().collect()
}

/// The tokens of what a row shows in full, each with its term.
fn terms(keyring: &Keyring, catalogue: &Catalogue, row: &ListRow) -> Vec<(i64, String)> {
    let Ok(summary) = &row.summary else { return Vec::new() };
    let mut found = Vec::new();
    for (code, value) in summary {
        let Some(field) = catalogue.field(code).filter(|field| field.class == "basic" && keyring.has(&field.class, KeyUse::Index)) else {
            continue;
        };
        for (mode, term) in index_terms::of_value(field, value) {
            found.extend(keyring.tokens_for_term(field, mode, &term).unwrap_or_default().into_iter().map(|token| (token, term.clone())));
        }
    }
    found
}
