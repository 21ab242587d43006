//! What the actions of the audit are called. The codes stand in the functions of the database (`assets/functions`); a test of this file finds each of
//! them there and asks for its words.

use super::catalogue::Language;

/// Code, English, Chinese. A line of the audit has room for 18 cells, so words are short: what was done, as a verb in the past where it fits.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("absence", "asked what was not", "查证未曾发生"),
    ("alert", "alert", "告警"),
    ("alert_handle", "handled an alert", "处理告警"),
    ("alert_suppress", "suppressed alerts", "抑制告警"),
    ("anchor_failed", "anchoring failed", "锚定失败"),
    ("approve", "approved", "批准申请"),
    ("audit", "read the audit", "查看审计"),
    ("audit_drop", "DROPPED A MONTH", "清除一个月审计"),
    ("audit_export", "EXPORTED THE AUDIT", "导出审计记录"),
    ("audit_retention_set", "set audit months", "设置审计保留期"),
    ("audit_review_begin", "a review begins", "审计复核开始"),
    ("audit_review_draw", "drew a sample", "抽取审计样本"),
    ("audit_review_export", "exported a sample", "导出审计复核"),
    ("audit_review_look", "looked at a sample", "查看样本事件"),
    ("audit_review_mark", "marked a sample", "标记样本事件"),
    ("audit_review_open", "opened a sample", "打开审计样本"),
    ("audit_review_overdue", "audit review late", "审计复核逾期"),
    ("audit_review_plan", "planned a review", "安排审计复核"),
    ("audit_review_sign", "signed a review", "签署审计复核"),
    ("audit_review_stop", "STOPPED A REVIEW", "停止审计复核"),
    ("audit_scope_set", "set what is logged", "设置审计范围"),
    ("backup_failed", "backup failed", "备份失败"),
    ("break_glass", "broke the glass", "紧急提权"),
    ("break_glass_review", "reviewed glass", "复核紧急提权"),
    ("catalogue_sign", "signed catalogue", "签署目录"),
    ("chain_broken", "CHAIN BROKEN", "审计链损坏"),
    ("checkpoint", "read chain heads", "读取链头"),
    ("checkpoint_failed", "checkpoint failed", "检查点失败"),
    ("checkpoint_put", "made a checkpoint", "生成检查点"),
    ("class_change", "changed a class", "更改类别设置"),
    ("class_fresh_code", "set code freshness", "设置验证码时效"),
    ("class_retire", "retired old keys", "停用旧密钥"),
    ("class_rotate", "new class keys", "更换类别密钥"),
    ("clearance_put", "set a clearance", "设置等级或分组"),
    ("clock_jump", "clock jumped", "时钟跳变"),
    ("copy", "copied", "复制"),
    ("countersign", "countersigned", "会签"),
    ("create", "created", "新建"),
    ("delete", "deleted", "删除"),
    ("delivery_failed", "delivery failed", "告警投递失败"),
    ("duty_add", "kept duties apart", "设置职责分离"),
    ("duty_remove", "let duties meet", "取消职责分离"),
    ("edit", "edited", "编辑"),
    ("elevation_end", "ended a lent role", "提前结束临时角色"),
    ("eligibility", "made eligible", "设置临时角色资格"),
    ("eligibility_remove", "ended eligibility", "取消临时角色资格"),
    ("enrol", "enrolled", "注册密钥"),
    ("evidence", "took evidence", "导出证据"),
    ("explain", "asked why (not)", "查询权限说明"),
    ("field_add", "added a field", "添加字段"),
    ("field_change", "changed a field", "更改字段"),
    ("field_move", "moved a field", "移动字段"),
    ("field_restore", "restored a field", "恢复字段"),
    ("field_retire", "retired a field", "停用字段"),
    ("filter_drop", "forgot a filter", "删除筛选条件"),
    ("filter_save", "saved a filter", "保存筛选条件"),
    ("focus", "stayed on a row", "停留在行"),
    ("four_eyes", "set four eyes", "设置双人审批"),
    ("freeze", "FROZE", "冻结"),
    ("freeze_enforce", "enforced a freeze", "执行冻结"),
    ("heartbeat", "heartbeat", "心跳"),
    ("hide", "hid a value", "隐藏原文"),
    ("history", "earlier values", "查看历史值"),
    ("honeytoken", "set a honeytoken", "设置诱饵记录"),
    ("incident", "wrote to incident", "补充安全事件"),
    ("incident_open", "opened an incident", "新建安全事件"),
    ("label", "labelled", "设置标签"),
    ("label_preview", "previewed a label", "预览标签影响"),
    ("legal_hold", "placed a hold", "设置法定保留"),
    ("legal_hold_release", "released a hold", "解除法定保留"),
    ("list", "listed", "浏览列表"),
    ("login_failed", "failed to sign in", "登录失败"),
    ("measure", "read to measure", "读取以测量"),
    ("measured", "measured an index", "测量索引"),
    ("note", "added a note", "添加备注"),
    ("notes", "read notes", "查看备注"),
    ("officer_sign", "signed an officer", "签署安全管理员"),
    ("overdue", "overdue", "逾期"),
    ("owner", "handed on", "移交记录"),
    ("passphrase", "new passphrase", "更改口令"),
    ("kind_move", "moved a kind", "移动记录类型"),
    ("kind_put", "set a kind", "设置记录类型"),
    ("kind_restore", "restored a kind", "恢复记录类型"),
    ("kind_retire", "retired a kind", "停用记录类型"),
    ("reason_put", "set a reason", "设置理由"),
    ("reason_restore", "restored a reason", "恢复理由"),
    ("reason_retire", "retired a reason", "停用理由"),
    ("recovery_begin", "began recovery", "开始恢复"),
    ("recovery_check", "checked a share", "核对恢复份额"),
    ("recovery_drill", "recovery drill", "恢复演练"),
    ("recovery_open", "opened recovery", "读取恢复内容"),
    ("recovery_perform", "RECOVERED", "执行恢复"),
    ("recovery_renew", "renewed recovery", "更新恢复内容"),
    ("recovery_retire", "retired a set", "停用恢复组"),
    ("recovery_set_up", "set up recovery", "设立恢复组"),
    ("reencrypt", "read to re-encrypt", "读取以重新加密"),
    ("reencrypt_put", "re-encrypted", "重新加密"),
    ("refuse", "refused a request", "拒绝申请"),
    ("replay", "previewed rights", "试算权限变更"),
    ("replay_session", "replayed a session", "重放会话"),
    ("request", "asked for approval", "提出申请"),
    ("request_withdraw", "took request back", "撤回申请"),
    ("retention_due", "looked at due ones", "查看到期记录"),
    ("retention_run", "purged what is due", "清除到期内容"),
    ("retention_set", "set retention", "设置保留期限"),
    ("retention_try", "tried retention", "试算保留期限"),
    ("reveal", "revealed", "查看"),
    ("review_close", "closed a review", "关闭复核"),
    ("review_decide", "answered a review", "答复复核"),
    ("review_expire", "review ran out", "复核逾期处理"),
    ("review_export", "exported a review", "导出复核"),
    ("review_start", "began a review", "发起复核"),
    ("review_stop", "stopped repeating", "停止定期复核"),
    ("rewrite", "read to rewrite", "读取以重写"),
    ("rewrite_put", "rewrote a field", "重写字段"),
    ("role_add", "added a role", "新建角色"),
    ("role_allow", "widened a role", "扩大角色权限"),
    ("role_deny", "narrowed a role", "缩小角色权限"),
    ("role_grant", "gave a role", "授予角色"),
    ("role_key", "made role keys", "生成角色密钥"),
    ("role_remove", "removed a role", "删除角色"),
    ("role_revoke", "took a role", "收回角色"),
    ("role_rotate", "new role keys", "更换角色密钥"),
    ("role_second_factor", "role two-factor", "设置角色双因素"),
    ("root_accept", "accepted a root", "确认前根密钥"),
    ("root_exchange", "NEW ROOT KEY", "更换根密钥"),
    ("rotation_schedule", "rotation schedule", "设置轮换周期"),
    ("rule_failed", "a rule failed", "规则出错"),
    ("rule_put", "set a rule", "设置规则"),
    ("rule_try", "tried a rule", "试算规则"),
    ("saw", "asked who saw what", "查询其所见"),
    ("search", "searched", "搜索"),
    ("second_factor_begin", "began two-factor", "开始设置双因素"),
    ("second_factor_confirm", "set up two-factor", "启用双因素验证"),
    ("second_factor_reset", "reset two-factor", "重置双因素验证"),
    ("session_close", "signed out", "退出"),
    ("session_open", "signed in", "登录"),
    ("session_silent", "fell silent", "失去心跳"),
    ("session_submit", "asked to sign in", "请求登录"),
    ("share", "shared", "共享"),
    ("share_withdraw", "withdrew a share", "撤回共享"),
    ("shared_reveal", "opened a share", "查看共享值"),
    ("sign_out", "ended sessions", "结束会话"),
    ("sign_out_all", "signed all out", "结束全部会话"),
    ("staff_add", "added a person", "添加人员"),
    ("staff_clear", "cleared a person", "设置密级"),
    ("staff_code", "new one-time code", "重发一次性代码"),
    ("staff_confirm", "confirmed a person", "确认人员"),
    ("staff_disable", "disabled a person", "停用人员"),
    ("staff_enable", "let in again", "重新启用人员"),
    ("staff_leave", "left for good", "办理离职"),
    ("staff_rename", "renamed a person", "更改显示名"),
    ("star", "starred", "加星标"),
    ("step_up", "gave a code", "提交验证码"),
    ("step_up_judged", "code was judged", "核对验证码"),
    ("suppression_end", "ended suppression", "解除抑制"),
    ("undelete", "undeleted", "撤销删除"),
    ("unstar", "unstarred", "取消星标"),
    ("verify", "verified chains", "校验链"),
    ("view", "opened", "打开记录"),
    ("witness", "witnessed", "见证检查点"),
    ("view_again", "refreshed", "刷新记录"),
    ("watch_delivered", "watch delivered", "登记投递结果"),
    ("watch_duty", "routine task", "例行任务"),
    ("watch_gap", "WATCH HAD A GAP", "监控中断"),
    ("watch_lead", "watch took lead", "监控值守"),
    ("watch_leave", "watch stood down", "监控退出值守"),
    ("watch_place", "watch lost place", "监控进度失效"),
    ("watch_report", "watch reported", "监控上报"),
    ("watch_round", "watch round", "监控检查"),
    ("watch_sinks", "watch named sinks", "登记投递渠道"),
    ("who_can_see", "asked who can see", "查询可见人员"),
    ("who_searched", "who searched", "查询谁搜索过"),
    ("wrap", "wrapped a key", "封装密钥"),
];

/// An action as people read it; one that is not known keeps its code, which is what filters take.
#[must_use]
pub fn in_words(action: &str, language: Language) -> &str {
    let found = ACTIONS.iter().find(|(code, ..)| *code == action);
    found.map_or(action, |(_, en, zh)| if language == Language::English { en } else { zh })
}

/// Every action's code.
pub fn codes() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|(code, ..)| *code)
}

/// The code of what somebody typed: a code itself, or its words in either language.
#[must_use]
pub fn code_of(typed: &str) -> &str {
    let typed = typed.trim();
    ACTIONS.iter().find(|(_, en, zh)| en.eq_ignore_ascii_case(typed) || *zh == typed).map_or(typed, |(code, ..)| code)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "positions in the text that is searched")]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::text::width;

    /// Every function file of the database, as one text without comments.
    fn functions() -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/functions");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }

    /// The arguments between the parenthesis that begins `text` and its partner.
    fn arguments(text: &str) -> Vec<String> {
        let (mut depth, mut quoted, mut found) = (0, false, vec![String::new()]);
        for c in text.chars() {
            match c {
                '\'' => quoted = !quoted,
                '(' | '[' if !quoted => depth += 1,
                ')' | ']' if !quoted => depth -= 1,
                ',' if !quoted && depth == 1 => {
                    found.push(String::new());
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
            found.last_mut().unwrap().push(c);
        }
        found.iter().map(|argument| argument.trim_start_matches('(').trim().to_owned()).collect()
    }

    /// The texts that an argument may be: itself, or what follows `then` and `else`.
    fn literals(argument: &str) -> Vec<String> {
        let words: Vec<&str> = argument.split_whitespace().collect();
        let literal = |word: &str| word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).map(str::to_owned);
        if let [word] = words.as_slice() {
            return literal(word).into_iter().collect();
        }
        words.windows(2).filter(|pair| matches!(pair[0], "then" | "else")).filter_map(|pair| literal(pair[1])).collect()
    }

    /// What the functions can write as an action: whatever is given for a parameter that is called `p_action`.
    fn written() -> BTreeSet<String> {
        let text = functions();
        let mut takes: BTreeMap<String, usize> = BTreeMap::new();
        for (at, _) in text.match_indices("function sealdesk") {
            let rest = &text[at + "function ".len()..];
            let (name, of) = rest.split_once('(').unwrap();
            let parameters = arguments(&format!("({of}"));
            if let Some(index) = parameters.iter().position(|parameter| parameter.starts_with("p_action ")) {
                takes.insert(name.trim().to_owned(), index);
            }
        }
        assert!(takes.contains_key("sealdesk.append"), "{takes:?}");
        let mut found = BTreeSet::new();
        for (name, index) in &takes {
            let call = format!("{name}(");
            for (at, _) in text.match_indices(&call) {
                let given = arguments(&text[at + name.len()..]);
                found.extend(given.get(*index).map(|argument| literals(argument)).unwrap_or_default());
            }
        }
        found
    }

    #[test]
    fn every_action_that_the_database_writes_has_words() {
        let written = written();
        assert!(written.len() > 85, "the functions are not understood any more: only {} actions were found", written.len());
        let known: BTreeSet<String> = ACTIONS.iter().map(|(code, ..)| (*code).to_owned()).collect();
        let without: Vec<&String> = written.difference(&known).collect();
        assert!(
            without.is_empty(),
            "no words for {without:?}: add a line for each to ACTIONS in src/model/action.rs, at most 18 cells in either language"
        );
        // Some are chosen from a list in the database, so that they stand there as literals only.
        let text = functions();
        let unwritten: Vec<&String> = known.difference(&written).filter(|code| !text.contains(&format!("'{code}'"))).collect();
        assert!(unwritten.is_empty(), "nothing writes {unwritten:?} any more: take their lines out of ACTIONS in src/model/action.rs");
    }

    #[test]
    fn words_fit_into_their_column_and_lead_back_to_the_code() {
        for (code, en, zh) in ACTIONS {
            assert!(width::cells(en) <= 18 && width::cells(zh) <= 18, "{code}: {en}, {zh}");
            assert_eq!((code_of(en), code_of(zh), code_of(code)), (*code, *code, *code), "two actions have the same words");
        }
        assert_eq!(code_of("nothing_known"), "nothing_known");
    }
}
