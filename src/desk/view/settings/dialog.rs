//! What the small forms of the settings screen are called, and what they say.

use crate::{
    desk::{settings::Purpose, state::State},
    model::{
        catalogue::{FieldKind, Language, Mask, code_of},
        retention::{Due, Rule},
    },
    text::sanitise::for_terminal,
};

pub fn title(state: &State, purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::AddField => state.say("Add a field", "添加字段"),
        Purpose::Field(_) => state.say("Field", "字段"),
        Purpose::RetireField(field) if field.retired => state.say("Restore a field", "恢复字段"),
        Purpose::RetireField(_) => state.say("Retire a field", "停用字段"),
        Purpose::Class(_) => state.say("Class", "类别"),
        Purpose::AddKind => state.say("Add a kind of record", "添加记录类型"),
        Purpose::Kind(_) => state.say("Kind of record", "记录类型"),
        Purpose::RetireKind(kind) if kind.retired => state.say("Restore a kind of record", "恢复记录类型"),
        Purpose::RetireKind(_) => state.say("Retire a kind of record", "停用记录类型"),
        Purpose::AddReason => state.say("Add a reason", "添加理由"),
        Purpose::Reason(_) => state.say("Reason", "理由"),
        Purpose::RetireReason(reason) if reason.retired => state.say("Restore a reason", "恢复理由"),
        Purpose::RetireReason(_) => state.say("Retire a reason", "停用理由"),
        Purpose::Retention(_) => state.say("Retention", "保留期限"),
        Purpose::Purge(_) => state.say("Purge", "清除"),
        Purpose::Recorded(_) => state.say("Recorded in the audit", "审计范围"),
    }
}

/// What will happen, before it does.
pub fn explanation(state: &State, purpose: &Purpose) -> String {
    let fits = |kind: FieldKind| {
        let comma = state.say(", ", "、");
        let masks = kind.masks().iter().map(code_of::<Mask>).collect::<Vec<_>>().join(comma);
        let modes = kind.index_modes().iter().map(code_of).collect::<Vec<_>>().join(comma);
        match state.language {
            Language::English => format!("Masks: {masks}. Search: {modes}."),
            Language::Chinese => format!("掩码：{masks}。搜索：{modes}。"),
        }
    };
    match purpose {
        Purpose::AddField => {
            let kind = |kind: &FieldKind| if *kind == FieldKind::Record { "record:customer".to_owned() } else { code_of(kind) };
            let kinds = FieldKind::ALL.iter().map(kind).collect::<Vec<_>>().join(state.say(", ", "、"));
            match state.language {
                Language::English => format!("The code and the kind stay for good. Kinds: {kinds}."),
                Language::Chinese => format!("代码和类型以后不能更改。类型：{kinds}。"),
            }
        }
        Purpose::Field(field) => fits(field.kind),
        Purpose::RetireField(field) if field.retired => {
            state.say("It is offered again, with the values it had. Restore?  y / n", "将重新提供，保留原有的值。恢复？ y / n").to_owned()
        }
        Purpose::RetireField(_) => state
            .say(
                "It is asked for nowhere any more. Its values stay, sealed, and so do their search tokens. Retire?  y / n",
                "将不再要求填写。其值保持加密保留，搜索标记亦保留。停用？ y / n",
            )
            .to_owned(),
        Purpose::Retention(rule) => {
            let name = name_of(state, rule);
            match state.language {
                Language::English => {
                    format!("{name}: for how many days they are kept, 1 to 36500; empty for ever. Enter shows what would be due today.")
                }
                Language::Chinese => format!("{name}：保留天数 1 至 36500，留空表示永久。按 Enter 显示今天到期的内容。"),
            }
        }
        Purpose::Purge(rule) => {
            let (name, due) = (name_of(state, rule), rule.due.in_words(state.language));
            match state.language {
                Language::English => format!("{name}: {due}. What is gone is gone; nobody brings it back. Purge now?  y / n"),
                Language::Chinese => format!("{name}：{due}。清除后无法恢复。立即清除？ y / n"),
            }
        }
        Purpose::Recorded(one) => {
            let name = state.session.as_ref().map(|session| one.in_words(&session.catalogue, state.language)).unwrap_or_default();
            let (name, told) = (for_terminal(&name), for_terminal(&one.told(state.language)));
            match state.language {
                Language::English => format!("{name}: {told}. Takes effect at once on every desk, and the change itself is recorded."),
                Language::Chinese => format!("{name}：{told}。更改立即对所有工作台生效，且更改本身会被记录。"),
            }
        }
        Purpose::Class(_) => state
            .say("What holds for every field of the class from the next reveal on.", "对该类别的所有字段，自下次查看起生效。")
            .to_owned(),
        Purpose::AddKind => state
            .say(
                "Code and letters (K for K-000012) stay for good. Fields by their codes, with commas; name is always one, and may be called otherwise.",
                "代码和编号字母（如 K-000012 的 K）以后不能更改。字段填写代码，用逗号分隔；必含 name，可另取名称。",
            )
            .to_owned(),
        Purpose::Kind(_) => state
            .say(
                "Fields by their codes, with commas. What records hold of a field that is taken out stays.",
                "字段填写代码，用逗号分隔。移除字段后，记录中已有的值仍保留。",
            )
            .to_owned(),
        Purpose::RetireKind(kind) if kind.retired => {
            state.say("Let records of it be made again?  y / n", "重新允许新建此类记录？ y / n").to_owned()
        }
        Purpose::RetireKind(_) => state
            .say(
                "No more records of it are made. Those there are stay, and can be read, changed and found. Retire?  y / n",
                "今后不能再新建此类记录。已有记录保留，仍可查看、修改和查找。停用？ y / n",
            )
            .to_owned(),
        Purpose::AddReason | Purpose::Reason(_) => {
            state.say("Classes it is good for, with commas; none for all.", "适用的类别，用逗号分隔；留空表示全部。").to_owned()
        }
        Purpose::RetireReason(reason) if reason.retired => state.say("Offer it again?  y / n", "重新提供？ y / n").to_owned(),
        Purpose::RetireReason(_) => {
            state.say("It can no longer be given; events keep it. Retire?  y / n", "今后不能再选；已有事件保留。停用？ y / n").to_owned()
        }
    }
}

fn name_of(state: &State, rule: &Rule) -> String {
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    catalogue.map_or_else(|| rule.of.name(), |catalogue| for_terminal(&rule.of.in_words(catalogue, state.language)))
}

/// What the rule in the form would do today, before it is made.
pub fn would(state: &State, purges: bool, due: &Due) -> String {
    let due = due.in_words(state.language);
    match (state.language, purges) {
        (Language::English, true) => format!("It would purge {due}, today. Enter again makes the rule."),
        (Language::English, false) => format!("It would mark {due} as due, today. Enter again makes the rule."),
        (Language::Chinese, true) => format!("今天将清除 {due}。再按 Enter 设置规则。"),
        (Language::Chinese, false) => format!("今天将把 {due}标记为到期。再按 Enter 设置规则。"),
    }
}

/// A kind of field or a mask as people read it. English has words for codes.
pub fn code_in_words(state: &State, code: &str) -> String {
    let zh = match code {
        "text" => "文本",
        "long_text" => "长文本",
        "phone" => "电话",
        "email" => "电子邮件",
        "date" => "日期",
        "number" => "数字",
        "choice" => "选项",
        "id_number" => "身份证号",
        "card" => "银行卡",
        "open" => "不加掩码",
        "last_four" => "末四位",
        "year" => "仅年份",
        "first_character" => "首字符",
        "hidden" => "全部隐藏",
        _ => code,
    };
    state.say(code, zh).to_owned()
}

/// The same beside the code, which is what is typed.
pub fn named(state: &State, code: &str) -> String {
    let words = code_in_words(state, code);
    if words == code { words } else { format!("{words} ({code})") }
}

/// What a tick is about.
pub fn check_name(state: &State, code: &str) -> &'static str {
    match code {
        "recorded" => state.say("recorded", "记录"),
        "default" => state.say("as by default", "按默认"),
        "purge" => state.say("purge them when they are due", "到期即清除"),
        "list" => state.say("in list rows", "显示在列表中"),
        "required" => state.say("no record without it", "必填"),
        "reason" => state.say("a reveal needs a reason", "查看需要理由"),
        "copy" => state.say("may be copied", "可以复制"),
        "share" => state.say("may be shared", "可以共享"),
        "focus" => state.say("hides when the terminal loses the focus", "终端失去焦点时隐藏"),
        _ => state.say("asks for a ticket number", "需要单号"),
    }
}
