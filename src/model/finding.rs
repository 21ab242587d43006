//! What is worth asking about people and their grants, before anybody asks.

use jiff::Timestamp;

use super::{capability, catalogue::Language};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Self::High, Self::Medium, Self::Low].into_iter().find(|severity| severity.letter() == letter)
    }

    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::High => "H",
            Self::Medium => "M",
            Self::Low => "L",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::High => ("high", "高"),
            Self::Medium => ("medium", "中"),
            Self::Low => ("low", "低"),
        };
        if language == Language::English { en } else { zh }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One person holds what must be kept apart.
    DutyConflict,
    /// Nobody answered for a grant in time.
    Escalated,
    NoSecondFactor,
    /// Not seen for 45 days.
    Dormant,
    /// Held for 30 days at least, and not used in 90.
    NeverUsed,
    /// A role without its key.
    NoKey,
    /// A campaign is due within three days, or past it.
    ReviewDue,
    ReviewerLeft,
    /// A review took a role from people who have known its key.
    RotateRole,
    /// A review took a role, and the one in its place is not given yet.
    ChangeWaits,
    CodeExpired,
    /// A role with capabilities was given by one, when nobody else could approve.
    AloneGrant,
    /// Other acts for four eyes that one did alone, when nobody else could approve.
    AloneAct,
    /// The index of a field tells more than it may, now that there are values.
    IndexLeaks,
}

impl Kind {
    const ALL: [(&'static str, Self); 14] = [
        ("duty_conflict", Self::DutyConflict),
        ("escalated", Self::Escalated),
        ("no_second_factor", Self::NoSecondFactor),
        ("dormant", Self::Dormant),
        ("never_used", Self::NeverUsed),
        ("no_key", Self::NoKey),
        ("review_due", Self::ReviewDue),
        ("reviewer_left", Self::ReviewerLeft),
        ("rotate_role", Self::RotateRole),
        ("change_waits", Self::ChangeWaits),
        ("code_expired", Self::CodeExpired),
        ("alone_grant", Self::AloneGrant),
        ("alone_act", Self::AloneAct),
        ("index_leaks", Self::IndexLeaks),
    ];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == code).map(|(_, kind)| kind)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(code, _)| code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub kind: Kind,
    /// Whom it is about; `None` for a campaign as a whole.
    pub user: Option<String>,
    pub role: Option<String>,
    /// Two capabilities, who did it, how often, a campaign's title, the role that was taken, how many people, `required`, or a field and the share of its most common term in
    /// per cent.
    pub detail: Option<String>,
    pub campaign: Option<i32>,
    /// Since when, or until when.
    pub at: Option<Timestamp>,
}

impl Finding {
    /// What is the matter, with a role called `role` and times written by `date`.
    #[must_use]
    pub fn in_words(&self, language: Language, role: &str, date: impl Fn(Timestamp) -> String) -> String {
        let detail = self.detail.as_deref().unwrap_or_default();
        let at = self.at.map(date);
        let campaign = self.campaign.unwrap_or_default();
        let never = if language == Language::English { "never" } else { "从未" };
        let (en, zh) = match self.kind {
            Kind::DutyConflict => {
                let duties: Vec<String> = detail.split(" + ").map(|code| capability::in_words(code, language)).collect();
                (format!("{}, which must be kept apart", duties.join(" and ")), format!("同时持有须分离的职责：{}", duties.join("、")))
            }
            Kind::Escalated => (format!("review {campaign}: nobody answered for {role}"), format!("复核 {campaign}：{role} 无人答复")),
            Kind::NoSecondFactor if self.detail.is_some() => {
                ("no second factor, though a role requires one".to_owned(), "未启用双因素验证，但其角色要求启用".to_owned())
            }
            Kind::NoSecondFactor => ("no second factor".to_owned(), "未启用双因素验证".to_owned()),
            Kind::Dormant => {
                let at = at.as_deref().unwrap_or(never);
                (format!("last seen: {at}"), format!("最近活动：{at}"))
            }
            Kind::NeverUsed => (format!("{role}: not used in 90 days"), format!("{role}：90 天内未使用")),
            Kind::NoKey => (format!("{role}: its key has not arrived"), format!("{role}：密钥尚未送达")),
            Kind::ReviewDue => {
                let at = at.unwrap_or_default();
                (
                    format!("review {campaign}, {detail}: due {at}, not all answered"),
                    format!("复核 {campaign}（{detail}）：{at} 到期，尚未全部答复"),
                )
            }
            Kind::ReviewerLeft => {
                (format!("reviewer of {campaign}, {detail}, has left"), format!("复核 {campaign}（{detail}）的复核人已离职"))
            }
            Kind::RotateRole => (
                format!("{role}: taken from {detail} who have known its key"),
                format!("{role}：已从 {detail} 人收回，但其曾持有该角色密钥"),
            ),
            Kind::ChangeWaits => (format!("{role} is to come in place of {detail}"), format!("待授予 {role}，用于替换 {detail}")),
            Kind::IndexLeaks => {
                let (field, share) = detail.split_once(' ').unwrap_or((detail, ""));
                (
                    format!("field {field}: its index tells too much; the most common term is in {share} % of the values"),
                    format!("字段 {field}：索引泄露过多，最常见的检索项占全部值的 {share}%"),
                )
            }
            Kind::AloneGrant => (
                format!("{role}: given by {detail} alone, when nobody else could approve"),
                format!("{role}：由 {detail} 单独授予，当时无他人可审批"),
            ),
            Kind::AloneAct => {
                let at = at.unwrap_or_default();
                (
                    format!("did {detail} acts alone that four eyes are for, the last {at}"),
                    format!("单独执行了 {detail} 次应双人审批的操作，最近一次 {at}"),
                )
            }
            Kind::CodeExpired => ("invited, but the one-time code has expired".to_owned(), "已邀请，但一次性代码已过期".to_owned()),
        };
        if language == Language::English { en } else { zh }
    }

    /// What to do about it, as a command.
    #[must_use]
    pub fn way_out(&self) -> String {
        let user = self.user.as_deref().unwrap_or_default();
        let role = self.role.as_deref().unwrap_or_default();
        let campaign = self.campaign.unwrap_or_default();
        match self.kind {
            Kind::DutyConflict => format!("sealdesk role revoke {user} ROLE"),
            Kind::AloneGrant => format!("sealdesk audit tail --actor {}", self.detail.as_deref().unwrap_or_default()),
            Kind::AloneAct => format!("sealdesk audit tail --actor {user}"),
            Kind::Escalated => format!("sealdesk review decide {campaign} {user} {role} keep|revoke"),
            Kind::NoSecondFactor => format!("sealdesk second-factor set-up --user {user}"),
            Kind::Dormant => format!("sealdesk staff disable {user}"),
            Kind::NeverUsed => format!("sealdesk role revoke {user} {role}"),
            Kind::NoKey | Kind::ChangeWaits => format!("sealdesk role grant {user} {role}"),
            Kind::RotateRole => format!("sealdesk role rotate {role}"),
            Kind::ReviewDue | Kind::ReviewerLeft => format!("sealdesk review show {campaign}"),
            Kind::CodeExpired => format!("sealdesk staff code {user}"),
            Kind::IndexLeaks => {
                let field = self.detail.as_deref().and_then(|detail| detail.split(' ').next()).unwrap_or_default();
                format!("sealdesk field measure {field}")
            }
        }
    }
}
