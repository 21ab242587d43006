//! One event as one line of JSON.

use serde_json::{Map, Value};

use super::{FIELDS, sentence};
use crate::model::{audit::Event, catalogue::Language, id::InstallationId};

/// An object of the Elastic Common Schema. `event.id` is unique, and the same if the event is sent again; what an event does not have is left out.
#[must_use]
pub fn json(event: &Event, installation: InstallationId, language: Language) -> Value {
    let mut object = Map::new();
    for field in FIELDS {
        if let Some(value) = (field.value)(event, installation) {
            put(&mut object, field.ecs, value);
        }
    }
    put(&mut object, "message", sentence(event, language).into());
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => drop(object.insert(name.to_owned(), value)),
        Some((outer, inner)) => {
            if let Value::Object(inside) = object.entry(outer).or_insert_with(|| Value::Object(Map::new())) {
                put(inside, inner, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::example, *};

    #[test]
    fn an_event_has_the_names_of_the_schema() {
        let (event, installation) = example();
        let mut found = json(&event, installation, Language::English);
        let hash = found["event"]["hash"].take();
        assert_eq!(hash, "ab".repeat(32));
        let expected = serde_json::json!({
            "@timestamp": "2026-11-24T06:03:20.500000Z",
            "message": "chen.bo revealed C-204817 phone callback TK-1\"] \\ \n<13>1 forged - refused: the hour's quota was used up",
            "ecs": {"version": "9.0.0"},
            "error": {"code": "SD004"},
            "event": {"kind": "event", "module": "sealdesk", "dataset": "sealdesk.audit", "id": "00000000-0000-0000-0000-000000000007:41",
                "sequence": 41, "action": "reveal", "category": ["database"], "type": ["access"], "outcome": "failure", "reason": "callback", "hash": null},
            "log": {"level": "warning"},
            "user": {"name": "chen.bo"},
            "related": {"user": ["chen.bo"]},
            "service": {"type": "sealdesk", "id": "00000000-0000-0000-0000-000000000009"},
            "sealdesk": {"session": "00000000-0000-0000-0000-000000000007", "number": "C-204817", "field": "phone", "class": "contact", "version": 3,
                "reference": "TK-1\"] \\ \n<13>1 forged"},
        });
        assert_eq!(found, expected);
        assert_eq!(found.to_string().lines().count(), 1);
    }
}
