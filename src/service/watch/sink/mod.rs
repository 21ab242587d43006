//! Where alerts go besides the desks: a command, a syslog, a file, a webhook. Which and how stands in a file on the watch's own machine, never in
//! the database: nobody who may change a rule can have a program run.

mod command;
mod file;
mod queue;
mod syslog;
mod webhook;

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::model::{
    alert::{Notice, Severity},
    catalogue::Language,
};

pub use queue::{Delivered, Queues};

/// A receiver that has not taken a call by then gets it again later.
const DEADLINE: Duration = Duration::from_secs(15);

/// The file of `--sinks`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SinkFile {
    #[serde(default)]
    sink: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    least: Option<String>,
    command: Option<Vec<String>>,
    syslog: Option<String>,
    file: Option<PathBuf>,
    webhook: Option<String>,
    authorization_file: Option<PathBuf>,
}

/// One way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    pub name: String,
    /// Less severe alerts are not for it.
    pub least: Severity,
    way: Way,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// A program and its arguments; the call is JSON on its standard input.
    Command(Vec<String>),
    Syslog(syslog::Receiver),
    /// Appended as one line of JSON.
    File(PathBuf),
    Webhook {
        url: String,
        /// Its text is the header `Authorization`.
        authorization: Option<PathBuf>,
    },
}

/// Reads what a sinks file says.
///
/// # Errors
/// A sentence that names what is wrong.
pub fn parse(text: &str) -> Result<Vec<Sink>, String> {
    let file: SinkFile = toml::from_str(text).map_err(|error| error.message().lines().next().unwrap_or_default().to_owned())?;
    let mut sinks: Vec<Sink> = Vec::new();
    for entry in file.sink {
        let sink = entry.sink()?;
        if sinks.iter().any(|known| known.name == sink.name) {
            return Err(format!("two sinks are called \"{}\"", sink.name));
        }
        sinks.push(sink);
    }
    if sinks.len() > 20 {
        return Err("more than 20 sinks".into());
    }
    Ok(sinks)
}

impl Entry {
    fn sink(self) -> Result<Sink, String> {
        let name = self.name;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > 41 || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) {
            return Err(format!("\"{name}\" is no name for a sink: a-z, 0-9, dash and underscore, beginning with a letter"));
        }
        let least = match self.least.as_deref() {
            None => Severity::Warning,
            Some(code) => Severity::from_code(code).ok_or_else(|| format!("sink {name}: least is info, warning or critical"))?,
        };
        if self.authorization_file.is_some() && self.webhook.is_none() {
            return Err(format!("sink {name}: authorization_file goes with webhook"));
        }
        if self.authorization_file.is_some()
            && self.webhook.as_deref().is_some_and(|url| url.starts_with("http://") && !is_own_machine(url))
        {
            return Err(format!("sink {name}: authorization_file wants https://, or anybody on the way reads it"));
        }
        let way = match (self.command, self.syslog, self.file, self.webhook) {
            (Some(command), None, None, None) if !command.is_empty() => Way::Command(command),
            (None, Some(to), None, None) => Way::Syslog(
                syslog::Receiver::parse(&to)
                    .ok_or_else(|| format!("sink {name}: syslog is udp://host:514, tcp://host:601 or unix:/dev/log"))?,
            ),
            (None, None, Some(path), None) => Way::File(path),
            (None, None, None, Some(url)) if url.starts_with("https://") || url.starts_with("http://") => {
                Way::Webhook { url, authorization: self.authorization_file }
            }
            _ => return Err(format!("sink {name}: exactly one of command, syslog, file and webhook (https://...)")),
        };
        Ok(Sink { name, least, way })
    }
}

impl Sink {
    /// Delivers one call. Whoever got one twice tells it by its `id`.
    ///
    /// # Errors
    /// What the receiver, or the machine, said.
    pub async fn deliver(&self, notice: &Notice, language: Language) -> Result<(), String> {
        let json = json(notice, language);
        let delivery = async {
            match &self.way {
                Way::Command(command) => command::deliver(command, &json).await,
                Way::Syslog(receiver) => receiver.deliver(&[syslog::message(notice, language)]).await,
                Way::File(path) => file::deliver(path.clone(), json).await,
                Way::Webhook { url, authorization } => webhook::deliver(url.clone(), authorization.clone(), notice.number, json).await,
            }
        };
        tokio::time::timeout(DEADLINE + Duration::from_secs(2), delivery).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Of an address without TLS.
fn is_own_machine(url: &str) -> bool {
    let place = url.trim_start_matches("http://").split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host.
    let host = place.strip_prefix('[').map_or_else(|| place.split(':').next(), |six| six.split(']').next());
    !place.contains('@') && matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
}

fn late() -> String {
    format!("no answer within {} s", DEADLINE.as_secs())
}

/// A call as one line of JSON, in the shape of the Elastic Common Schema where that has a place for it.
fn json(notice: &Notice, language: Language) -> String {
    serde_json::json!({
        "id": notice.number, "@timestamp": notice.at, "message": sentence(notice, language),
        "event": { "kind": "alert", "action": notice.what, "severity": notice.severity.code(), "start": notice.opened_at, "end": notice.until },
        "rule": { "id": notice.rule, "name": notice.label.en },
        "sealdesk": { "alert": notice.alert, "subject": notice.subject, "users": notice.actors, "events": notice.events, "peak": notice.peak },
    })
    .to_string()
}

/// `critical: values revealed in bulk: chen.bo (41 events, alert 7)`
fn sentence(notice: &Notice, language: Language) -> String {
    let what = match (notice.what.as_str(), language) {
        ("escalated", Language::English) => "nobody has acknowledged: ",
        ("escalated", Language::Chinese) => "无人确认：",
        ("again", Language::English) => "again: ",
        ("again", Language::Chinese) => "再次提醒：",
        _ => "",
    };
    let (severity, label) = (notice.severity.in_words(language), notice.label.in_language(language));
    match language {
        Language::English => {
            let subject = if notice.subject.is_empty() { String::new() } else { format!(": {}", notice.subject) };
            format!("{severity}: {what}{label}{subject} ({} events, alert {})", notice.events, notice.alert)
        }
        Language::Chinese => {
            let subject = if notice.subject.is_empty() { String::new() } else { format!("：{}", notice.subject) };
            format!("{severity}：{what}{label}{subject}（{} 个事件，告警 {}）", notice.events, notice.alert)
        }
    }
}

#[cfg(test)]
pub(super) fn example() -> Notice {
    Notice {
        number: 3,
        alert: 7,
        what: "raised".into(),
        at: "2026-11-24T06:03:20Z".parse().unwrap_or_default(),
        rule: "bulk_reveal".into(),
        label: crate::model::catalogue::Label { en: "values revealed in bulk".into(), zh: "批量查看".into() },
        severity: Severity::Critical,
        subject: "chen.bo".into(),
        opened_at: "2026-11-24T06:03:20Z".parse().unwrap_or_default(),
        until: "2026-11-24T06:03:20Z".parse().unwrap_or_default(),
        events: 41,
        peak: 41,
        actors: vec!["chen.bo".into()],
        attempts: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_is_read() {
        let sinks = parse(include_str!("../../../../assets/systemd/sinks.example.toml")).unwrap();
        assert_eq!(sinks.iter().map(|sink| sink.name.as_str()).collect::<Vec<_>>(), ["pager", "siem", "record", "chat"]);
        assert_eq!(sinks.iter().map(|sink| sink.least).max(), Some(Severity::Critical));
    }

    #[test]
    fn what_is_no_sink_is_named() {
        for (text, part) in [
            ("[[sink]]\nname = \"Pager\"\nfile = \"/x\"", "\"Pager\" is no name"),
            ("[[sink]]\nname = \"a\"", "exactly one of"),
            ("[[sink]]\nname = \"a\"\nfile = \"/x\"\nwebhook = \"https://h\"", "exactly one of"),
            ("[[sink]]\nname = \"a\"\nwebhook = \"ftp://h\"", "exactly one of"),
            ("[[sink]]\nname = \"a\"\nwebhook = \"http://h/x\"\nauthorization_file = \"/x\"", "wants https://"),
            ("[[sink]]\nname = \"a\"\nwebhook = \"http://localhost@h/x\"\nauthorization_file = \"/x\"", "wants https://"),
            ("[[sink]]\nname = \"a\"\nwebhook = \"http://127.0.0.1:80@h/x\"\nauthorization_file = \"/x\"", "wants https://"),
            ("[[sink]]\nname = \"a\"\nsyslog = \"host\"", "udp://host:514"),
            ("[[sink]]\nname = \"a\"\nfile = \"/x\"\nleast = \"most\"", "least is"),
            ("[[sink]]\nname = \"a\"\nfile = \"/x\"\n[[sink]]\nname = \"a\"\nfile = \"/y\"", "two sinks"),
            ("[[sink]]\nname = \"a\"\nflie = \"/x\"", "unknown field"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_call_is_a_sentence_in_both_languages() {
        assert_eq!(sentence(&example(), Language::English), "critical: values revealed in bulk: chen.bo (41 events, alert 7)");
        assert_eq!(sentence(&example(), Language::Chinese), "严重：批量查看：chen.bo（41 个事件，告警 7）");
        let value: serde_json::Value = serde_json::from_str(&json(&example(), Language::English)).unwrap();
        assert_eq!((&value["id"], &value["rule"]["id"]), (&3.into(), &"bulk_reveal".into()));
    }
}
