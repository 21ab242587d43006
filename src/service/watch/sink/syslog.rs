//! An alert as a syslog message.

use super::sentence;
pub use crate::service::syslog::Receiver;
use crate::{
    model::{
        alert::{Notice, Severity},
        catalogue::Language,
    },
    service::syslog::{ENTERPRISE, escaped, host},
};

/// `authpriv`.
const FACILITY: u8 = 10;

/// `<82>1 2026-11-24T06:03:20Z host sealdesk 4711 raised [sealdesk@32473 alert="7" …] critical: …`
pub fn message(notice: &Notice, language: Language) -> String {
    let level = match notice.severity {
        Severity::Critical => 2,
        Severity::Warning => 4,
        Severity::Info => 6,
    };
    let host = host();
    let data = [
        ("id", notice.number.to_string()),
        ("alert", notice.alert.to_string()),
        ("rule", notice.rule.clone()),
        ("severity", notice.severity.code().to_owned()),
        ("subject", notice.subject.clone()),
        ("users", notice.actors.join(",")),
        ("events", notice.events.to_string()),
    ];
    let data: Vec<String> = data.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let at = notice.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
    // The mark says that what follows is UTF-8.
    format!(
        "<{}>1 {at} {host} sealdesk {} {} [sealdesk@{ENTERPRISE} {}] \u{feff}{}",
        FACILITY * 8 + level,
        std::process::id(),
        notice.what,
        data.join(" "),
        sentence(notice, language).replace(char::is_control, " ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_what_rfc_5424_says_and_no_subject_breaks_out_of_it() {
        let mut notice = super::super::example();
        notice.subject = "x\"] \\ \n<13>1 forged".into();
        let message = message(&notice, Language::English);
        assert!(message.starts_with("<82>1 2026-11-24T06:03:20.000000Z "), "{message}");
        assert!(message.contains(" raised [sealdesk@32473 id=\"3\" alert=\"7\" rule=\"bulk_reveal\""), "{message}");
        assert!(message.contains("subject=\"x\\\"\\] \\\\ <13>1 forged\""), "{message}");
        assert!(!message.contains('\n'));
    }
}
