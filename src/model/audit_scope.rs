//! What is recorded beyond what always is: acts whose recording is a setting.

use super::{
    action,
    catalogue::{Catalogue, Language},
};

/// One choice: an act, for all classes or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `copy`, `star`, …
    pub action: String,
    /// Code of the class; `None` for all.
    pub class: Option<String>,
    /// Whether each class may have a choice of its own.
    pub by_class: bool,
    /// Whether it is recorded now.
    pub recorded: bool,
    /// Whether that was set here; else it follows the choice for all classes, or the default.
    pub is_set: bool,
    pub by_default: bool,
    /// Codes of the rules in force that count it: while there is one it is recorded.
    pub rules: Vec<String>,
    /// Counts changes; 0 where nothing was set.
    pub version: i64,
}

impl Recorded {
    /// As a change of it is called: `recording copy payment`.
    #[must_use]
    pub fn subject(action: &str, class: Option<&str>) -> String {
        format!("recording {action} {}", class.unwrap_or_default()).trim_end().to_owned()
    }

    /// `copied: Payment`.
    #[must_use]
    pub fn in_words(&self, catalogue: &Catalogue, language: Language) -> String {
        let act = action::in_words(&self.action, language);
        let Some(class) = &self.class else { return act.to_owned() };
        let class = catalogue.class(class).map_or(class.as_str(), |class| class.label.in_language(language));
        match language {
            Language::English => format!("{act}: {class}"),
            Language::Chinese => format!("{act}：{class}"),
        }
    }

    /// Whether it is recorded, and why it is so.
    #[must_use]
    pub fn told(&self, language: Language) -> String {
        let say = |en: &str, zh: &str| if language == Language::English { en.to_owned() } else { zh.to_owned() };
        let recorded = if self.recorded { say("recorded", "记录") } else { say("not recorded", "不记录") };
        let why = if !self.rules.is_empty() {
            let rules = self.rules.join(&say(", ", "、"));
            if language == Language::English { format!("counted by {rules}") } else { format!("规则 {rules} 需要") }
        } else if self.is_set {
            say("set here", "已单独设置")
        } else if self.class.is_some() {
            say("as for all classes", "与所有类别一致")
        } else {
            say("by default", "默认")
        };
        match language {
            Language::English => format!("{recorded}, {why}"),
            Language::Chinese => format!("{recorded}（{why}）"),
        }
    }
}
