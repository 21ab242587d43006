//! What a new installation starts with. Rows in the database from then on; nothing reads this at run time but `init` and tests.

use super::{
    catalogue::{Catalogue, Choice, Class, Field, FieldKind, IndexMode, Label, Mask, Reason, Reported, Rights, Role},
    clearance::{Clearances, Compartment, Level},
    kind::{CUSTOMER, RecordKind},
};

/// A role and what its members may do besides the rights on classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolePreset {
    pub code: &'static str,
    pub label: Label,
    pub capabilities: &'static [&'static str],
}

#[must_use]
pub fn roles() -> Vec<RolePreset> {
    let role = |code, en, zh, capabilities| RolePreset { code, label: label(en, zh), capabilities };
    vec![
        role("agent", "agent", "客服", &[]),
        role("senior_agent", "senior agent", "高级客服", &["share"]),
        role("payment_clerk", "payment clerk", "支付专员", &[]),
        role("supervisor", "supervisor", "主管", &["audit_all", "export_audit", "approve", "declassify", "respond", "legal_hold"]),
        role(
            "security_officer",
            "security officer",
            "安全管理员",
            &["manage_people", "audit_all", "export_audit", "approve", "manage_policy", "respond"],
        ),
        role("auditor", "auditor", "审计员", &["audit_all", "export_audit"]),
        role("backup_operator", "backup operator", "备份操作员", &["run_backups"]),
        role("watch", "watch", "监控服务", &["watch"]),
    ]
}

/// (role, class, rights). What is not here is not permitted.
#[must_use]
pub fn rights() -> Vec<(String, String, Rights)> {
    const S: u8 = 1;
    const M: u8 = 2;
    const R: u8 = 4;
    const E: u8 = 8;
    [
        ("agent", "basic", S | M | R | E),
        ("agent", "contact", S | M | R | E),
        ("agent", "identity", S | M),
        ("agent", "notes", M | R | E),
        ("senior_agent", "basic", S | M | R | E),
        ("senior_agent", "contact", S | M | R | E),
        ("senior_agent", "identity", S | M | R | E),
        ("senior_agent", "payment", S | M | R),
        ("senior_agent", "notes", M | R | E),
        ("payment_clerk", "basic", S | M | R),
        ("payment_clerk", "payment", S | M | R | E),
        ("supervisor", "basic", S | M | R),
        ("supervisor", "contact", S | M),
        ("supervisor", "identity", S | M),
        ("supervisor", "notes", M | R),
        ("security_officer", "basic", S | M | R),
    ]
    .into_iter()
    .map(|(role, class, bits)| {
        let rights = Rights { search: bits & S != 0, masked: bits & M != 0, reveal: bits & R != 0, edit: bits & E != 0 };
        (role.to_owned(), class.to_owned(), rights)
    })
    .collect()
}

/// Whose members may have which role for a time, for how many minutes at most, and whether at once by breaking the glass.
pub const ELIGIBILITY: [(&str, &str, i32, bool); 2] = [("agent", "payment_clerk", 60, true), ("supervisor", "payment_clerk", 60, true)];

#[must_use]
pub fn catalogue() -> Catalogue {
    let capabilities = |role: &RolePreset| role.capabilities.iter().map(|capability| (*capability).to_owned()).collect();
    let roles = roles()
        .into_iter()
        .map(|role| Role { code: role.code.into(), capabilities: capabilities(&role), label: role.label, generation: 1 })
        .collect();
    Catalogue {
        kinds: kinds(),
        classes: classes(),
        fields: fields(),
        reasons: reasons(),
        roles,
        clearances: clearances(),
        reported: Reported::default(),
    }
}

/// As the migration makes them, and all of them held.
fn clearances() -> Clearances {
    let level = |rank, code: &str, en, zh| Level { code: code.into(), rank, label: label(en, zh), held: true };
    let compartment = |code: &str, en, zh| Compartment { code: code.into(), label: label(en, zh), held: true };
    Clearances {
        levels: vec![
            level(0, "normal", "normal", "普通"),
            level(1, "sensitive", "sensitive", "敏感"),
            level(2, "restricted", "restricted", "受限"),
            level(3, "secret", "secret", "机密"),
        ],
        compartments: vec![compartment("staff", "own staff", "本公司员工"), compartment("vip", "VIP", "贵宾")],
    }
}

/// The letters of customers' numbers.
pub const CUSTOMER_PREFIX: &str = "C";

/// As the migration makes it.
fn kinds() -> Vec<RecordKind> {
    vec![RecordKind {
        code: CUSTOMER.into(),
        label: label("Customer", "客户"),
        prefix: CUSTOMER_PREFIX.into(),
        name: None,
        version: 1,
        retired: false,
    }]
}

fn classes() -> Vec<Class> {
    let class = |position, code: &str, en, zh, hide_after_s, reason_required, copy_allowed, quota_per_hour| Class {
        code: code.into(),
        label: label(en, zh),
        position,
        hide_after_s,
        reason_required,
        copy_allowed,
        quota_per_hour,
        hide_on_focus_loss: reason_required,
        fresh_code_s: None,
        // What may not leave the screen may not be handed on either.
        share_allowed: copy_allowed,
        epoch: 1,
        version: 1,
    };
    vec![
        class(1, "basic", "Basic", "基本", 120, false, true, 600),
        class(2, "contact", "Contact", "联系方式", 60, false, true, 200),
        class(3, "identity", "Identity", "身份", 30, true, true, 60),
        class(4, "payment", "Payment", "支付", 30, true, false, 30),
        class(5, "notes", "Notes", "备注", 120, false, true, 300),
    ]
}

fn fields() -> Vec<Field> {
    use FieldKind as K;
    use IndexMode as I;
    let sections = [
        ("customer", "Customer", "客户"),
        ("contact", "Contact", "联系方式"),
        ("identity", "Identity", "身份"),
        ("payment", "Payment", "支付"),
    ];
    let field = |section: usize, position, code: &str, en, zh, kind, class: &str, mask, index: &[IndexMode], summary, required| Field {
        code: code.into(),
        label: label(en, zh),
        section: sections[section].0.into(),
        section_label: label(sections[section].1, sections[section].2),
        position,
        kind,
        class: class.into(),
        mask,
        index: index.to_vec(),
        summary,
        required,
        choices: Vec::new(),
        version: 1,
        layout: 1,
        retired: false,
        kinds: vec![CUSTOMER.into()],
        of: None,
    };
    let mut fields = vec![
        field(0, 1, "name", "Name", "姓名", K::Text, "basic", Mask::Open, &[I::NamePrefix, I::Cjk], true, true),
        field(0, 2, "city", "City", "城市", K::Text, "basic", Mask::Open, &[I::Exact, I::Cjk], true, false),
        field(0, 3, "status", "Status", "状态", K::Choice, "basic", Mask::Open, &[I::Exact], true, false),
        field(1, 4, "phone", "Phone", "电话", K::Phone, "contact", Mask::Phone, &[I::Exact, I::LastFour], true, false),
        field(1, 5, "email", "E-mail", "电子邮件", K::Email, "contact", Mask::Email, &[I::Email], false, false),
        field(1, 6, "address", "Address", "地址", K::LongText, "contact", Mask::Hidden, &[], false, false),
        field(2, 7, "id_number", "ID number", "身份证号", K::IdNumber, "identity", Mask::LastFour, &[I::Exact, I::LastFour], false, false),
        field(2, 8, "birth_date", "Date of birth", "出生日期", K::Date, "identity", Mask::Year, &[I::DateParts], false, false),
        field(3, 9, "card", "Card", "银行卡", K::Card, "payment", Mask::LastFour, &[I::Exact, I::LastFour], false, false),
    ];
    let choice = |code: &str, en, zh| Choice { code: code.into(), label: label(en, zh) };
    fields[2].choices =
        vec![choice("active", "active", "活跃"), choice("dormant", "dormant", "休眠"), choice("closed", "closed", "已销户")];
    fields
}

fn reasons() -> Vec<Reason> {
    let reason = |code: &str, en, zh, reference_required, classes: &[&str]| Reason {
        code: code.into(),
        label: label(en, zh),
        reference_required,
        classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        version: 1,
        retired: false,
    };
    vec![
        reason("callback", "Call the customer back", "回拨客户", false, &[]),
        reason("verify", "Verify the caller's identity", "核实来电者身份", false, &[]),
        reason("correct", "Correct the record", "更正资料", false, &[]),
        reason("refund", "Refund or payment question", "退款或支付问题", true, &["payment"]),
        reason("complaint", "Complaint", "投诉", true, &[]),
    ]
}

fn label(en: &str, zh: &str) -> Label {
    Label { en: en.into(), zh: zh.into() }
}
