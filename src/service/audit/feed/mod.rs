//! Events as a SIEM takes them: the Elastic Common Schema as JSON, and RFC 5424 with structured data. Both are made from one table of fields, which
//! `sealdesk audit fields` prints.

mod category;
mod ecs;
mod syslog;

use serde_json::Value;

use crate::{
    crypto::hex,
    model::{
        action,
        audit::{Event, outcome_in_words},
        catalogue::{Label, Language},
        id::InstallationId,
    },
};

pub use ecs::json;
pub use syslog::message;

/// The version of the Elastic Common Schema that `json` conforms to.
pub const ECS_VERSION: &str = "9.0.0";

/// One field of an event, under the names that it has in each form.
pub struct Field {
    /// Dotted, as the schema writes it; its own names begin with `sealdesk.`.
    pub ecs: &'static str,
    /// Parameter of the structured data `sealdesk@32473`, or in capitals the part of the header; empty where there is none.
    pub syslog: &'static str,
    en: &'static str,
    zh: &'static str,
    value: fn(&Event, InstallationId) -> Option<Value>,
}

impl Field {
    #[must_use]
    pub fn meaning(&self) -> Label {
        Label { en: self.en.into(), zh: self.zh.into() }
    }
}

fn text(value: Option<&String>) -> Option<Value> {
    value.map(|value| value.as_str().into())
}

/// In the order in which they are written. `message` comes last: it is a sentence in the configured language, all else is the same everywhere.
pub const FIELDS: &[Field] = &[
    Field {
        ecs: "@timestamp",
        syslog: "TIMESTAMP",
        en: "when it was recorded, by the database's clock",
        zh: "记录时间，以数据库时钟为准",
        value: |event, _| Some(event.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into()),
    },
    Field { ecs: "ecs.version", syslog: "", en: "version of the schema", zh: "ECS 版本", value: |_, _| Some(ECS_VERSION.into()) },
    Field { ecs: "event.kind", syslog: "", en: "event, or alert", zh: "event 或 alert", value: |event, _| Some(kind(event).into()) },
    Field { ecs: "event.module", syslog: "APP-NAME", en: "sealdesk", zh: "sealdesk", value: |_, _| Some("sealdesk".into()) },
    Field { ecs: "event.dataset", syslog: "", en: "sealdesk.audit", zh: "sealdesk.audit", value: |_, _| Some("sealdesk.audit".into()) },
    Field {
        ecs: "event.id",
        syslog: "id",
        en: "session and number: the same whenever the event is sent",
        zh: "会话与序号：重复发送时不变",
        value: |event, _| Some(format!("{}:{}", event.session, event.seq).into()),
    },
    Field {
        ecs: "event.sequence",
        syslog: "sequence",
        en: "number in its session, from 1 without a gap",
        zh: "会话内序号，从 1 起连续",
        value: |event, _| Some(event.seq.into()),
    },
    Field { ecs: "event.action", syslog: "MSGID", en: "what was done", zh: "操作", value: |event, _| Some(event.action.as_str().into()) },
    Field {
        ecs: "event.category",
        syslog: "category",
        en: "category of the schema",
        zh: "ECS 类别",
        value: |event, _| Some(vec![category::of(&event.action).0].into()),
    },
    Field {
        ecs: "event.type",
        syslog: "type",
        en: "type of the schema",
        zh: "ECS 类型",
        value: |event, _| Some(vec![category::of(&event.action).1].into()),
    },
    Field {
        ecs: "event.outcome",
        syslog: "outcome",
        en: "success, or failure where it was refused",
        zh: "success；被拒绝时为 failure",
        value: |event, _| Some(if event.refused() { "failure" } else { "success" }.into()),
    },
    Field {
        ecs: "error.code",
        syslog: "code",
        en: "code of the refusal: SD003",
        zh: "拒绝代码，如 SD003",
        value: |event, _| event.refused().then(|| event.outcome.as_str().into()),
    },
    Field {
        ecs: "event.reason",
        syslog: "reason",
        en: "reason that the person gave",
        zh: "操作者填写的理由",
        value: |event, _| text(event.reason.as_ref()),
    },
    Field {
        ecs: "event.hash",
        syslog: "hash",
        en: "hash of the chain up to and with this event, SHA-256",
        zh: "截至此事件的链哈希（SHA-256）",
        value: |event, _| Some(hex(&event.hash).into()),
    },
    Field {
        ecs: "log.level",
        syslog: "PRI",
        en: "info, notice or warning",
        zh: "info、notice 或 warning",
        value: |event, _| Some(level(event).0.into()),
    },
    Field {
        ecs: "user.name",
        syslog: "user",
        en: "login name, or system",
        zh: "登录名或 system",
        value: |event, _| Some(event.actor.as_str().into()),
    },
    Field {
        ecs: "related.user",
        syslog: "",
        en: "the same, for correlation",
        zh: "同上，供关联分析",
        value: |event, _| Some(vec![event.actor.as_str()].into()),
    },
    Field { ecs: "service.type", syslog: "", en: "sealdesk", zh: "sealdesk", value: |_, _| Some("sealdesk".into()) },
    Field {
        ecs: "service.id",
        syslog: "installation",
        en: "the installation's id",
        zh: "安装标识",
        value: |_, installation| Some(installation.to_string().into()),
    },
    Field {
        ecs: "sealdesk.session",
        syslog: "session",
        en: "id of the session",
        zh: "会话标识",
        value: |event, _| Some(event.session.to_string().into()),
    },
    Field {
        ecs: "sealdesk.record",
        syslog: "record",
        en: "id of the record",
        zh: "记录标识",
        value: |event, _| event.record.map(|record| record.to_string().into()),
    },
    Field {
        ecs: "sealdesk.number",
        syslog: "number",
        en: "number of the record: C-000042",
        zh: "记录编号，如 C-000042",
        value: |event, _| event.record_number.map(|number| number.to_string().into()),
    },
    Field {
        ecs: "sealdesk.field", syslog: "field", en: "code of the field", zh: "字段代码", value: |event, _| text(event.field.as_ref())
    },
    Field {
        ecs: "sealdesk.class", syslog: "class", en: "code of the class", zh: "类别代码", value: |event, _| text(event.class.as_ref())
    },
    Field {
        ecs: "sealdesk.version",
        syslog: "version",
        en: "version of the record or field",
        zh: "记录或字段的版本",
        value: |event, _| event.version.map(Into::into),
    },
    Field {
        ecs: "sealdesk.reference",
        syslog: "reference",
        en: "reference that the person gave: a ticket's number",
        zh: "操作者填写的单号",
        value: |event, _| text(event.reference.as_ref()),
    },
    Field {
        ecs: "sealdesk.details",
        syslog: "details",
        en: "more, as JSON in a text; {\"withheld\":true} above the reader's clearance",
        zh: "其他内容，JSON 文本；超出读取者密级时为 {\"withheld\":true}",
        value: |event, _| text(event.details.as_ref()),
    },
];

fn kind(event: &Event) -> &'static str {
    if event.action == "alert" { "alert" } else { "event" }
}

/// Name and number of a syslog severity.
fn level(event: &Event) -> (&'static str, u8) {
    if event.is_loud() || event.refused() {
        ("warning", 4)
    } else if matches!(category::of(&event.action).0, "iam" | "configuration" | "intrusion_detection") {
        ("notice", 5)
    } else {
        ("info", 6)
    }
}

/// `lin.mei revealed C-204817 phone callback TK-8812`, with what was refused behind a dash.
#[must_use]
pub fn sentence(event: &Event, language: Language) -> String {
    let number = event.record_number.map(|number| number.to_string());
    let what = [number.as_ref(), event.field.as_ref(), event.class.as_ref().filter(|_| event.field.is_none()), event.reason.as_ref()];
    let parts = what.into_iter().chain([event.reference.as_ref()]).flatten().map(String::as_str);
    let mut sentence =
        [event.actor.as_str(), action::in_words(&event.action, language)].into_iter().chain(parts).collect::<Vec<_>>().join(" ");
    if event.refused() {
        sentence.push_str(" - ");
        sentence.push_str(&outcome_in_words(&event.outcome, language));
    }
    sentence
}

#[cfg(test)]
pub(super) fn example() -> (Event, InstallationId) {
    let event = Event {
        session: crate::model::id::SessionId(uuid::Uuid::from_u128(7)),
        seq: 41,
        at: "2026-11-24T06:03:20.5Z".parse().unwrap_or_default(),
        actor: "chen.bo".into(),
        action: "reveal".into(),
        outcome: "SD004".into(),
        record: None,
        record_number: crate::model::id::RecordNumber::parse("C-204817"),
        field: Some("phone".into()),
        class: Some("contact".into()),
        version: Some(3),
        reason: Some("callback".into()),
        reference: Some("TK-1\"] \\ \n<13>1 forged".into()),
        details: None,
        ticket: None,
        hash: [0xab; 32],
    };
    (event, InstallationId(uuid::Uuid::from_u128(9)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_fields_have_one_name() {
        for names in [FIELDS.iter().map(|field| field.ecs).collect::<Vec<_>>(), FIELDS.iter().map(|field| field.syslog).collect()] {
            let named: Vec<_> = names.iter().filter(|name| !name.is_empty()).collect();
            let different: std::collections::BTreeSet<_> = named.iter().collect();
            assert_eq!(different.len(), named.len(), "{named:?}");
        }
    }

    #[test]
    fn the_table_in_the_readme_is_that_of_the_program() {
        let readme = include_str!("../../../../README.md");
        for field in FIELDS {
            let syslog = if field.syslog.is_empty() { "" } else { &format!("`{}`", field.syslog) };
            let line = format!("| `{}` | {syslog} | {} |", field.ecs, field.en);
            assert!(readme.contains(&line), "README.md lacks: {line}");
        }
        assert_eq!(readme.matches("| `sealdesk.").count(), FIELDS.iter().filter(|field| field.ecs.starts_with("sealdesk.")).count());
    }
}
