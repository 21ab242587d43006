//! A change of settings as somebody else approves it: the database writes it to the letter, and people read it in words.

use serde_json::Value;

use super::catalogue::{Catalogue, Label, Language};

/// What changes, from what to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `field_change`, `class_change`, `reason_put`, …
    pub action: String,
    /// A noun and a code: `field phone`.
    pub of: String,
    pub parts: Vec<Part>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub before: Value,
    pub after: Value,
}

/// A change that was refused for want of an approval, and what was approved of the same thing instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub of: String,
    /// As the database wrote it.
    pub change: String,
    /// The number of a request, and the change that it names.
    pub approved: Option<(i64, String)>,
}

/// Columns in the order in which people read them, with their names in both languages.
const COLUMNS: [(&str, &str, &str); 40] = [
    ("label_en", "English", "英文名称"),
    ("label_zh", "Chinese", "中文名称"),
    ("section", "section", "节"),
    ("section_en", "section, English", "节的英文名称"),
    ("section_zh", "section, Chinese", "节的中文名称"),
    ("after", "behind", "位于其后"),
    ("kind", "kind", "类型"),
    ("of_kind", "refers to", "引用的记录类型"),
    ("class", "class", "类别"),
    ("mask", "mask", "掩码"),
    ("index_modes", "search by", "搜索方式"),
    ("summary", "in list rows", "显示在列表中"),
    ("required", "no record without it", "必填"),
    ("kinds", "of records", "记录类型"),
    ("prefix", "letters", "编号字母"),
    ("name_en", "name, English", "名称字段的英文名称"),
    ("name_zh", "name, Chinese", "名称字段的中文名称"),
    ("fields", "fields", "字段"),
    ("choices", "choices", "选项"),
    ("hide_after_s", "hidden after seconds", "秒后隐藏"),
    ("hide_on_focus_loss", "hidden when the focus goes", "失去焦点时隐藏"),
    ("reason_required", "a reveal needs a reason", "查看需要理由"),
    ("copy_allowed", "may be copied", "可以复制"),
    ("share_allowed", "may be shared", "可以共享"),
    ("quota_per_hour", "reveals an hour", "每小时次数"),
    ("fresh_code_s", "one-time code at most seconds old", "验证码时效（秒）"),
    ("reference_required", "asks for a ticket number", "需要单号"),
    ("classes", "classes", "适用类别"),
    ("rank", "rank", "等级序号"),
    ("days", "kept for days", "保留天数"),
    ("purges", "purged when due", "到期即清除"),
    ("months", "kept for months", "保留月数"),
    ("events", "events", "事件数"),
    ("chains", "chains", "链数"),
    ("root", "root", "根"),
    ("recorded", "recorded", "是否记录"),
    // What the action says already.
    ("code", "", ""),
    ("retired", "", ""),
    ("retired_at", "", ""),
    ("layout", "", ""),
];

const ACTIONS: [(&str, &str, &str); 19] = [
    ("field_add", "add", "添加"),
    ("field_change", "change", "更改"),
    ("field_move", "move", "移动"),
    ("field_retire", "retire", "停用"),
    ("field_restore", "restore", "恢复"),
    ("class_change", "change", "更改"),
    ("class_fresh_code", "change", "更改"),
    ("reason_put", "set", "设置"),
    ("reason_retire", "retire", "停用"),
    ("reason_restore", "restore", "恢复"),
    ("kind_put", "set", "设置"),
    ("kind_move", "move", "移动"),
    ("kind_retire", "retire, its records stay:", "停用（记录保留）"),
    ("kind_restore", "restore", "恢复"),
    ("clearance_put", "set", "设置"),
    ("retention_set", "set", "设置"),
    ("audit_retention_set", "set", "设置"),
    ("audit_drop", "drop", "清除"),
    ("audit_scope_set", "set", "设置"),
];

const NOUNS: [(&str, &str, &str); 9] = [
    ("field", "field", "字段"),
    ("class", "class", "类别"),
    ("kind", "kind of record", "记录类型"),
    ("reason", "reason", "理由"),
    ("level", "level", "等级"),
    ("compartment", "compartment", "分组"),
    ("retention", "retention of", "保留期限："),
    ("audit", "the audit of", "审计："),
    ("recording", "the recording of", "审计范围："),
];

fn word<'w>(table: &[(&str, &'static str, &'static str)], code: &'w str, language: Language) -> &'w str {
    match table.iter().find(|(known, ..)| *known == code) {
        Some((_, en, zh)) => {
            if language == Language::English {
                en
            } else {
                zh
            }
        }
        None => code,
    }
}

impl Change {
    /// What the database wrote; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Value::Object(mut whole) = serde_json::from_str(text).ok()? else { return None };
        let (Value::String(action), Value::String(of)) = (whole.remove("action")?, whole.remove("of")?) else { return None };
        let Value::Object(changed) = whole.remove("changed")? else { return None };
        let part = |(name, both): (String, Value)| match both {
            Value::Array(both) => {
                let [before, after] = <[Value; 2]>::try_from(both).ok()?;
                Some(Part { name, before, after })
            }
            _ => None,
        };
        let mut parts = changed.into_iter().map(part).collect::<Option<Vec<_>>>()?;
        let place = |name: &str| COLUMNS.iter().position(|(known, ..)| *known == name).unwrap_or(COLUMNS.len());
        parts.sort_by_key(|part| place(&part.name));
        Some(Self { action, of, parts })
    }

    /// The code of what is changed.
    #[must_use]
    pub fn code(&self) -> &str {
        self.of.split_once(' ').map_or("", |(_, code)| code)
    }

    /// The new value of a column that changes.
    #[must_use]
    pub fn after(&self, name: &str) -> Option<&Value> {
        self.parts.iter().find(|part| part.name == name).map(|part| &part.after)
    }

    /// `change field phone`.
    #[must_use]
    pub fn head(&self, language: Language) -> String {
        let (noun, code) = self.of.split_once(' ').unwrap_or((&self.of, ""));
        let (act, noun) = (word(&ACTIONS, &self.action, language), word(&NOUNS, noun, language));
        match language {
            Language::English => format!("{act} {noun} {code}"),
            Language::Chinese if noun.ends_with('：') => format!("{act}{noun}{code}"),
            Language::Chinese => format!("{act}{noun} {code}"),
        }
    }

    /// What becomes of each column: `class: Contact -> Identity`.
    #[must_use]
    pub fn lines(&self, catalogue: &Catalogue, language: Language) -> Vec<String> {
        let line = |part: &Part| {
            let name = word(&COLUMNS, &part.name, language);
            if name.is_empty() {
                return None;
            }
            let (before, after) =
                (in_words(&part.name, &part.before, catalogue, language), in_words(&part.name, &part.after, catalogue, language));
            let colon = if language == Language::English { ": " } else { "：" };
            // Of something new there is nothing before.
            Some(
                if self.action.ends_with("_add")
                    || part.before.is_null() && part.name != "recorded" && (before == after || part.after.is_boolean())
                {
                    format!("{name}{colon}{after}")
                } else {
                    format!("{name}{colon}{before} -> {after}")
                },
            )
        };
        self.parts.iter().filter_map(line).collect()
    }

    /// All of it on one line.
    #[must_use]
    pub fn in_words(&self, catalogue: &Catalogue, language: Language) -> String {
        let lines = self.lines(catalogue, language);
        let (colon, between) = if language == Language::English { (": ", "; ") } else { ("（", "；") };
        match (lines.is_empty(), language) {
            (true, _) => self.head(language),
            (false, Language::English) => format!("{}{colon}{}", self.head(language), lines.join(between)),
            (false, Language::Chinese) => format!("{}{colon}{}）", self.head(language), lines.join(between)),
        }
    }

    /// All of it on one line, in both languages.
    #[must_use]
    pub fn label(&self, catalogue: &Catalogue) -> Label {
        Label { en: self.in_words(catalogue, Language::English), zh: self.in_words(catalogue, Language::Chinese) }
    }
}

fn in_words(name: &str, value: &Value, catalogue: &Catalogue, language: Language) -> String {
    let say = |en: &str, zh: &str| if language == Language::English { en.to_owned() } else { zh.to_owned() };
    let kind = |code: &str| catalogue.kind_name(code, language).to_owned();
    let field = |code: &str| catalogue.field(code).map_or(code, |field| field.label.in_language(language)).to_owned();
    let class = |code: &str| catalogue.class(code).map_or(code, |class| class.label.in_language(language)).to_owned();
    let choice = |choice: &Value| {
        let text = |of: Option<&Value>| of.and_then(Value::as_str).unwrap_or_default().to_owned();
        let label = choice.get("label");
        let [code, en, zh] =
            [choice.get("code"), label.and_then(|label| label.get("en")), label.and_then(|label| label.get("zh"))].map(text);
        format!("{code}={en}/{zh}")
    };
    match value {
        Value::Null if name == "after" => say("nothing", "无"),
        Value::Null if matches!(name, "days" | "months") => say("for ever", "永久"),
        Value::Null if name == "recorded" => say("as by default", "按默认"),
        Value::Null => say("none", "无"),
        Value::Bool(true) => say("yes", "是"),
        Value::Bool(false) => say("no", "否"),
        Value::String(text) if name == "class" => class(text),
        Value::String(text) if name == "of_kind" => kind(text),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() && name == "classes" => say("all", "全部"),
        Value::Array(items) if items.is_empty() => say("none", "无"),
        Value::Array(items) => {
            let word = |item: &Value| match (name, item) {
                ("choices", _) => choice(item),
                ("classes", Value::String(code)) => class(code),
                ("kinds", Value::String(code)) => kind(code),
                ("fields", Value::String(code)) => field(code),
                (_, Value::String(text)) => text.clone(),
                (_, other) => other.to_string(),
            };
            items.iter().map(word).collect::<Vec<_>>().join(if language == Language::English { ", " } else { "、" })
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::preset;

    const CHANGE: &str = r#"{"of": "field phone", "action": "field_change", "changed": {"mask": ["phone", "hidden"], "class": ["contact", "identity"], "index_modes": [["exact", "last_four"], []]}}"#;

    #[test]
    fn a_change_is_read_in_words_in_both_languages() {
        let change = Change::parse(CHANGE).expect("a change");
        let catalogue = preset::catalogue();
        assert_eq!(
            change.in_words(&catalogue, Language::English),
            "change field phone: class: Contact -> Identity; mask: phone -> hidden; search by: exact, last_four -> none"
        );
        assert_eq!(
            change.in_words(&catalogue, Language::Chinese),
            "更改字段 phone（类别：联系方式 -> 身份；掩码：phone -> hidden；搜索方式：exact、last_four -> 无）"
        );
        assert_eq!(change.code(), "phone");
    }

    #[test]
    fn something_new_has_nothing_before_and_what_is_retired_needs_no_columns() {
        let new = Change::parse(
            r#"{"of": "reason survey", "action": "field_add", "changed": {"code": [null, "survey"], "summary": [null, false]}}"#,
        )
        .expect("a change");
        assert_eq!(new.lines(&Catalogue::default(), Language::English), ["in list rows: no"]);
        let retired =
            Change::parse(r#"{"of": "field card", "action": "field_retire", "changed": {"retired": [false, true]}}"#).expect("a change");
        assert_eq!(retired.in_words(&Catalogue::default(), Language::Chinese), "停用字段 card");
    }

    #[test]
    fn anything_else_is_no_change() {
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"action": "x", "of": "y"}"#,
            r#"{"action": "x", "of": "y", "changed": {"a": 1}}"#,
            r#"{"action": 1, "of": "y", "changed": {}}"#,
        ] {
            assert_eq!(Change::parse(text), None, "{text}");
        }
    }
}
