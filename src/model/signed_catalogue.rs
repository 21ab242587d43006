//! What officers sign of the catalogue: all that decides which key a value is sealed under and what is kept of it in the open. Places, sections and what
//! classes ask for at a reveal are not in it; the database judges those, and no key hangs on them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    catalogue::{Catalogue, Choice, Field, FieldKind, IndexMode, Label, Language, Mask, code_of},
    kind::RecordKind,
};

/// Each list in the order of its codes, byte by byte, so that what is equal is written alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCatalogue {
    pub fields: Vec<SignedField>,
    pub kinds: Vec<SignedKind>,
    pub classes: Vec<SignedClass>,
    pub roles: Vec<SignedRole>,
}

/// A field, with the label under which people type what belongs into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedField {
    pub code: String,
    pub label: Label,
    pub kind: FieldKind,
    pub class: String,
    pub mask: Mask,
    /// By their codes, in that order.
    pub index: Vec<IndexMode>,
    pub summary: bool,
    pub choices: Vec<Choice>,
    /// In the order of their codes.
    pub kinds: Vec<String>,
    pub of_kind: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedKind {
    pub code: String,
    pub label: Label,
    pub prefix: String,
    pub name: Option<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedClass {
    pub code: String,
    pub label: Label,
    /// Of its newest keys: nothing is sealed under older ones.
    pub epoch: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRole {
    pub code: String,
    /// Of its newest key, 0 where it has none yet: nothing is wrapped to an older one.
    pub generation: i32,
}

/// Something that is stored otherwise than it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `field`, `kind`, `class` or `role`.
    pub of: &'static str,
    pub code: String,
    /// `class`, `mask`, `index`, …; nothing where all of it was added or is gone.
    pub what: Option<String>,
    /// As JSON; nothing where there was none.
    pub signed: Option<Value>,
    pub stored: Option<Value>,
}

impl Difference {
    /// `field phone, class: signed "contact", stored "basic"`
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        self.told(language, |signed, stored| match language {
            Language::English => format!("signed {signed}, stored {stored}"),
            Language::Chinese => format!("已签名为 {signed}，现存为 {stored}"),
        })
    }

    /// Between one statement and the next: `field phone, class: "contact" -> "basic"`
    #[must_use]
    pub fn as_change(&self, language: Language) -> String {
        self.told(language, |before, after| format!("{before} -> {after}"))
    }

    fn told(&self, language: Language, differ: impl Fn(&str, &str) -> String) -> String {
        let of = match (self.of, language) {
            ("field", Language::Chinese) => "字段",
            ("kind", Language::English) => "kind of record",
            ("kind", Language::Chinese) => "记录类型",
            ("class", Language::Chinese) => "类别",
            ("role", Language::Chinese) => "角色",
            (of, _) => of,
        };
        let code = &self.code;
        let none = if language == Language::English { "nothing" } else { "无" };
        let shown = |value: &Option<Value>| value.as_ref().filter(|value| !value.is_null()).map_or(none.to_owned(), Value::to_string);
        let differ = || differ(&shown(&self.signed), &shown(&self.stored));
        match (&self.what, &self.signed, language) {
            (Some(what), _, Language::English) => format!("{of} {code}, {what}: {}", differ()),
            (Some(what), _, Language::Chinese) => format!("{of} {code} 的 {what}：{}", differ()),
            (None, None, Language::English) => format!("{of} {code} was added"),
            (None, None, Language::Chinese) => format!("{of} {code} 为新增"),
            (None, Some(_), Language::English) => format!("{of} {code} is gone"),
            (None, Some(_), Language::Chinese) => format!("{of} {code} 已不存在"),
        }
    }
}

/// The first three, and how many more there are.
#[must_use]
pub fn in_words(differences: &[Difference], language: Language, one: impl Fn(&Difference, Language) -> String) -> String {
    let told: Vec<String> = differences.iter().take(3).map(|difference| one(difference, language)).collect();
    let more = differences.len().saturating_sub(told.len());
    match (more, language) {
        (0, _) => told.join(if language == Language::English { "; " } else { "；" }),
        (_, Language::English) => format!("{}; and {more} more", told.join("; ")),
        (_, Language::Chinese) => format!("{}；另有 {more} 处", told.join("；")),
    }
}

impl SignedCatalogue {
    #[must_use]
    pub fn of(catalogue: &Catalogue) -> Self {
        let class =
            |class: &super::catalogue::Class| SignedClass { code: class.code.clone(), label: class.label.clone(), epoch: class.epoch };
        let role = |role: &super::catalogue::Role| SignedRole { code: role.code.clone(), generation: role.generation };
        let mut signed = Self {
            fields: catalogue.fields.iter().map(SignedField::of).collect(),
            kinds: catalogue.kinds.iter().map(SignedKind::of).collect(),
            classes: catalogue.classes.iter().map(class).collect(),
            roles: catalogue.roles.iter().map(role).collect(),
        };
        signed.sort();
        signed
    }

    /// A field that is new or was changed, as it is to be stored. One that names no kind keeps those it has.
    pub fn put_field(&mut self, field: &Field) {
        let mut put = SignedField::of(field);
        if let Some(known) = self.fields.iter().find(|known| known.code == field.code && put.kinds.is_empty()) {
            put.kinds.clone_from(&known.kinds);
        }
        self.fields.retain(|known| known.code != field.code);
        self.fields.push(put);
        self.sort();
    }

    /// A kind that is new or was changed; the fields named have it then, others lose it, as far as they are of another kind besides. Without any named a
    /// new kind has the name only, and another one keeps what it has.
    pub fn put_kind(&mut self, kind: &RecordKind, fields: Option<&[String]>) {
        self.kinds.retain(|known| known.code != kind.code);
        self.kinds.push(SignedKind::of(kind));
        for field in &mut self.fields {
            let named = fields.is_some_and(|fields| fields.contains(&field.code));
            let has = field.kinds.contains(&kind.code);
            if !has && (named || field.code == "name") {
                field.kinds.push(kind.code.clone());
            } else if has && fields.is_some() && !named && field.code != "name" && field.kinds.len() > 1 {
                field.kinds.retain(|code| *code != kind.code);
            }
        }
        self.sort();
    }

    pub fn put_class_label(&mut self, code: &str, label: &Label) {
        for class in self.classes.iter_mut().filter(|class| class.code == code) {
            class.label.clone_from(label);
        }
    }

    pub fn put_epoch(&mut self, class: &str, epoch: i32) {
        for known in self.classes.iter_mut().filter(|known| known.code == class) {
            known.epoch = epoch;
        }
    }

    /// The newest generation of a role's key, of one that is new too.
    pub fn put_role(&mut self, role: &str, generation: i32) {
        self.roles.retain(|known| known.code != role);
        self.roles.push(SignedRole { code: role.to_owned(), generation });
        self.sort();
    }

    pub fn remove_role(&mut self, role: &str) {
        self.roles.retain(|known| known.code != role);
    }

    /// What is stored otherwise than this says, in the order in which it stands here; what was added comes last.
    #[must_use]
    pub fn differences(&self, stored: &Self) -> Vec<Difference> {
        let mut found = differences("field", &self.fields, &stored.fields);
        found.extend(differences("kind", &self.kinds, &stored.kinds));
        found.extend(differences("class", &self.classes, &stored.classes));
        found.extend(differences("role", &self.roles, &stored.roles));
        found
    }

    fn sort(&mut self) {
        for field in &mut self.fields {
            field.kinds.sort_unstable();
        }
        self.fields.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        self.kinds.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        self.classes.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        self.roles.sort_unstable_by(|a, b| a.code.cmp(&b.code));
    }
}

impl SignedField {
    fn of(field: &Field) -> Self {
        let mut index = field.index.clone();
        index.sort_unstable_by_key(code_of);
        let mut kinds = field.kinds.clone();
        kinds.sort_unstable();
        Self {
            code: field.code.clone(),
            label: field.label.clone(),
            kind: field.kind,
            class: field.class.clone(),
            mask: field.mask,
            index,
            summary: field.summary,
            choices: field.choices.clone(),
            kinds,
            of_kind: field.of.as_ref().map(|of| of.kind.clone()),
        }
    }
}

impl SignedKind {
    fn of(kind: &RecordKind) -> Self {
        Self { code: kind.code.clone(), label: kind.label.clone(), prefix: kind.prefix.clone(), name: kind.name.clone() }
    }
}

fn differences<T: Serialize + PartialEq>(of: &'static str, signed: &[T], stored: &[T]) -> Vec<Difference> {
    // What is written here is plain data under text keys, which JSON holds.
    let values = |items: &[T]| items.iter().filter_map(|item| serde_json::to_value(item).ok()).collect::<Vec<_>>();
    let code = |value: &Value| value.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (signed, stored) = (values(signed), values(stored));
    let mut found = Vec::new();
    for before in &signed {
        let code_of_it = code(before);
        let whole = |signed, stored| Difference { of, code: code_of_it.clone(), what: None, signed, stored };
        let Some(now) = stored.iter().find(|now| code(now) == code_of_it) else {
            found.push(whole(Some(before.clone()), None));
            continue;
        };
        let parts = before.as_object().into_iter().flatten();
        found.extend(
            parts.filter(|(what, value)| now.get(what.as_str()) != Some(value)).map(|(what, value)| Difference {
                what: Some(what.clone()),
                ..whole(Some(value.clone()), now.get(what.as_str()).cloned())
            }),
        );
    }
    let added = stored.iter().filter(|now| !signed.iter().any(|before| code(before) == code(now)));
    found.extend(added.map(|now| Difference { of, code: code(now), what: None, signed: None, stored: Some(now.clone()) }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::preset;

    fn preset() -> SignedCatalogue {
        SignedCatalogue::of(&preset::catalogue())
    }

    #[test]
    fn what_is_written_is_read_again_and_anything_else_in_it_is_refused() {
        let text = serde_json::to_string(&preset()).unwrap();
        assert_eq!(serde_json::from_str::<SignedCatalogue>(&text).unwrap(), preset());
        let more = text.replacen('{', r#"{"rights": [], "#, 1);
        assert!(serde_json::from_str::<SignedCatalogue>(&more).is_err());
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let mut catalogue = preset::catalogue();
        catalogue.fields.reverse();
        catalogue.classes.reverse();
        catalogue.fields[0].index.reverse();
        assert_eq!(SignedCatalogue::of(&catalogue), preset());
    }

    #[test]
    fn each_difference_is_named_in_both_languages() {
        let mut catalogue = preset::catalogue();
        let phone = catalogue.fields.iter_mut().find(|field| field.code == "phone").unwrap();
        phone.class = "basic".into();
        phone.summary = !phone.summary;
        catalogue.fields.retain(|field| field.code != "card");
        catalogue.roles[0].generation = 9;
        let found = preset().differences(&SignedCatalogue::of(&catalogue));
        let words = |language| found.iter().map(|difference| difference.in_words(language)).collect::<Vec<_>>();
        let english = words(Language::English);
        assert!(english.contains(&r#"field phone, class: signed "contact", stored "basic""#.to_owned()), "{english:?}");
        assert!(english.contains(&"role agent, generation: signed 1, stored 9".to_owned()), "{english:?}");
        assert_eq!(found.len(), 4, "{english:?}");
        assert!(words(Language::Chinese).contains(&"字段 phone 的 class：已签名为 \"contact\"，现存为 \"basic\"".to_owned()));
        assert_eq!(preset().differences(&preset()), []);
    }

    #[test]
    fn a_kind_takes_and_gives_fields_as_the_database_does() {
        let contract = RecordKind {
            code: "contract".into(),
            label: Label { en: "Contract".into(), zh: "合同".into() },
            prefix: "K".into(),
            name: None,
            version: 1,
            retired: false,
        };
        let kinds = |catalogue: &SignedCatalogue, code: &str| catalogue.fields.iter().find(|f| f.code == code).unwrap().kinds.clone();
        let mut catalogue = preset();
        catalogue.put_kind(&contract, Some(&["phone".into()]));
        assert_eq!(kinds(&catalogue, "name"), ["contract", "customer"]);
        assert_eq!(kinds(&catalogue, "phone"), ["contract", "customer"]);
        assert_eq!(kinds(&catalogue, "email"), ["customer"]);
        catalogue.put_kind(&contract, None);
        assert_eq!(kinds(&catalogue, "phone"), ["contract", "customer"]);
        catalogue.put_kind(&contract, Some(&[]));
        assert_eq!(kinds(&catalogue, "phone"), ["customer"]);
        assert_eq!(kinds(&catalogue, "name"), ["contract", "customer"]);
    }
}
