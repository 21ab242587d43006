//! One event as one syslog message.

use std::fmt::Write as _;

use serde_json::Value;

use super::{FIELDS, level, sentence};
use crate::{
    model::{audit::Event, catalogue::Language, id::InstallationId},
    service::syslog::{ENTERPRISE, escaped, host},
};

/// `log audit` (RFC 5424, 6.2.1).
const FACILITY: u8 = 13;

/// `<108>1 2026-11-24T06:03:20.500000Z host sealdesk 4711 reveal [sealdesk@32473 id="…" …] chen.bo revealed …`
#[must_use]
pub fn message(event: &Event, installation: InstallationId, language: Language) -> String {
    let mut data = format!("sealdesk@{ENTERPRISE}");
    let mut at = Value::Null;
    for field in FIELDS {
        let Some(value) = (field.value)(event, installation) else { continue };
        if field.syslog == "TIMESTAMP" {
            at = value;
        } else if field.syslog.starts_with(|c: char| c.is_ascii_lowercase()) {
            // Writing to a string cannot fail.
            let _ = write!(data, " {}=\"{}\"", field.syslog, escaped(&plain(&value)));
        }
    }
    let id: String = event.action.chars().filter(char::is_ascii_graphic).take(32).collect();
    format!(
        "<{}>1 {} {} sealdesk {} {} [{data}] \u{feff}{}",
        FACILITY * 8 + level(event).1,
        plain(&at),
        host(),
        std::process::id(),
        if id.is_empty() { "-" } else { &id },
        // The mark says that what follows is UTF-8.
        sentence(event, language).replace(char::is_control, " ")
    )
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::example, *};

    #[test]
    fn a_message_is_what_rfc_5424_says_and_no_reference_breaks_out_of_it() {
        let (event, installation) = example();
        let message = message(&event, installation, Language::English);
        assert!(message.starts_with("<108>1 2026-11-24T06:03:20.500000Z "), "{message}");
        let data = " reveal [sealdesk@32473 id=\"00000000-0000-0000-0000-000000000007:41\" sequence=\"41\" category=\"database\" type=\"access\" \
                    outcome=\"failure\" code=\"SD004\" reason=\"callback\" hash=\"abab";
        assert!(message.contains(data), "{message}");
        assert!(message.contains("reference=\"TK-1\\\"\\] \\\\ <13>1 forged\"] \u{feff}chen.bo revealed C-204817"), "{message}");
        assert!(!message.contains('\n'));
    }
}
