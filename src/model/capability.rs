//! What a role may do besides the rights on classes, in words.

use super::catalogue::Language;

/// Code, and what it lets one do, in both languages.
const CAPABILITIES: &[(&str, &str, &str)] = &[
    ("manage_people", "manages people and their roles", "管理人员与角色"),
    ("manage_policy", "changes settings", "更改设置"),
    ("audit_all", "reads the whole audit", "查看全部审计"),
    ("export_audit", "takes copies of the audit out", "导出审计记录"),
    ("approve", "decides on requests", "审批申请"),
    ("declassify", "lowers labels", "降低标签密级"),
    ("legal_hold", "places legal holds", "设置法定保留"),
    ("respond", "freezes and handles incidents", "冻结与处置安全事件"),
    ("review", "starts access reviews", "发起权限复核"),
    ("watch", "runs the watch", "运行监控服务"),
    ("share", "shares any record", "共享任意记录"),
    ("run_backups", "makes backups", "执行备份"),
];

/// A capability as people read it; one that is not known keeps its code, with spaces.
#[must_use]
pub fn in_words(code: &str, language: Language) -> String {
    let found = CAPABILITIES.iter().find(|(known, ..)| *known == code);
    found.map_or_else(|| code.replace('_', " "), |(_, en, zh)| if language == Language::English { *en } else { *zh }.to_owned())
}

/// Several of them as one text; empty where there are none.
#[must_use]
pub fn all_in_words(codes: &[String], language: Language) -> String {
    let words: Vec<String> = codes.iter().map(|code| in_words(code, language)).collect();
    words.join(if language == Language::English { ", " } else { "、" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::preset;

    #[test]
    fn every_capability_of_a_role_or_of_the_database_has_words() {
        let mut used: BTreeSet<String> =
            preset::roles().iter().flat_map(|role| role.capabilities.iter().map(|code| (*code).to_owned())).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/functions");
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for asked in ["has_capability(", "may_decide("] {
                let calls =
                    text.split(asked).skip(1).filter_map(|call| call.split_once(", '")?.1.split_once('\'').map(|found| (call, found.0)));
                // The literal must be the call's own second argument, not part of an expression there.
                let same_call = calls.filter(|(call, _)| call.find(", '") < call.find(')') && call.find(", '") < call.find('\''));
                used.extend(same_call.map(|(_, code)| code.to_owned()));
            }
        }
        assert!(used.contains("manage_policy") && used.contains("audit_all") && used.contains("run_backups"), "{used:?}");
        let without: Vec<&String> = used.iter().filter(|code| !CAPABILITIES.iter().any(|(known, ..)| known == code)).collect();
        assert!(without.is_empty(), "no words for {without:?}: add a line for each to CAPABILITIES in src/model/capability.rs");
    }

    #[test]
    fn what_is_not_known_is_shown_all_the_same() {
        assert_eq!(in_words("paint_walls", Language::Chinese), "paint walls");
        assert_eq!(all_in_words(&["audit_all".into(), "approve".into()], Language::Chinese), "查看全部审计、审批申请");
    }
}
