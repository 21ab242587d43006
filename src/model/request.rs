//! Four eyes and roles for a time: what is asked, who decided, what runs.

use jiff::Timestamp;

use super::{
    catalogue::{Catalogue, Label, Language, Rights},
    change::Change,
    clearance::Clearance,
    freeze::{Freeze, Target},
};

/// An act that somebody else approves first. Its subject is compared with the act to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A role for a time, for oneself.
    Elevate {
        role: String,
    },
    RoleGrant {
        login: String,
        role: String,
    },
    RoleRights {
        role: String,
        class: String,
        rights: Rights,
    },
    Eligible {
        role: String,
        target: String,
        max_minutes: i32,
        break_glass: bool,
    },
    SecondFactorReset {
        login: String,
    },
    /// A change of settings that was tried, to the letter.
    Settings {
        of: String,
        change: String,
    },
    /// Making or changing a rule: just these settings, as names and values.
    Rule {
        code: String,
        settings: Vec<(String, String)>,
    },
    /// Keeping two capabilities apart, or letting them meet again.
    Duty {
        add: bool,
        capabilities: (String, String),
    },
    Clearance {
        login: String,
        clearance: Clearance,
    },
    /// Whether a role asks for a second factor.
    RoleSecondFactor {
        role: String,
        on: bool,
    },
    /// Lifting a freeze.
    Unfreeze {
        number: i64,
        target: Target,
    },
    /// Taking a copy of the audit out: this filter in this format, in the words of `Filter::export_subject`.
    AuditExport {
        of: String,
    },
    /// Doing without four eyes for a kind of act.
    FourEyesOff {
        kind: String,
    },
}

impl Asked {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Elevate { .. } => "elevate",
            Self::RoleGrant { .. } => "role_grant",
            Self::RoleRights { .. } | Self::Eligible { .. } => "role_rights",
            Self::SecondFactorReset { .. } => "second_factor_reset",
            Self::Settings { .. } => "settings",
            Self::Rule { .. } => "audit_rule",
            Self::Duty { .. } => "duty",
            Self::Clearance { .. } => "clearance",
            Self::RoleSecondFactor { .. } => "role_second_factor",
            Self::Unfreeze { .. } => "unfreeze",
            Self::AuditExport { .. } => "audit_export",
            Self::FourEyesOff { .. } => "four_eyes",
        }
    }

    /// The change that an approval of settings is for.
    #[must_use]
    pub fn change(&self) -> Option<&str> {
        if let Self::Settings { change, .. } = self { Some(change) } else { None }
    }

    /// What is asked for, as [`Request::in_words`] tells it later; `None` for what is only told by its label.
    #[must_use]
    pub fn in_words(&self, catalogue: &Catalogue, language: Language) -> Option<String> {
        let change = self.change().and_then(Change::parse);
        change
            .map(|change| change.in_words(catalogue, language))
            .or_else(|| subject_in_words(self.kind(), &self.subject(), 0, catalogue, language))
    }

    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Elevate { role } => role.clone(),
            Self::RoleGrant { login, role } => format!("{login} {role}"),
            Self::RoleRights { role, class, rights } => format!("{role} {class} {}", rights.letters()),
            Self::Eligible { role, target, max_minutes, break_glass } => {
                format!("{role} {target} eligible {max_minutes}{}", if *break_glass { " break_glass" } else { "" })
            }
            Self::SecondFactorReset { login } => login.clone(),
            Self::Settings { of, .. } | Self::AuditExport { of } => of.clone(),
            Self::Rule { code, settings } => {
                // In the database's order, which is that of bytes.
                let mut words: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
                words.sort_unstable();
                format!("{code} {}", words.join(" "))
            }
            Self::Duty { add, capabilities: (a, b) } => {
                let (low, high) = if a < b { (a, b) } else { (b, a) };
                format!("{} {low} {high}", if *add { "add" } else { "remove" })
            }
            Self::Clearance { login, clearance } => {
                format!("{login} {} {}", clearance.level, clearance.compartments.join(",")).trim_end().to_owned()
            }
            Self::RoleSecondFactor { role, on } => format!("{role} {}", if *on { "on" } else { "off" }),
            Self::Unfreeze { number, target } => format!("{number} {} {}", target.kind(), target.subject()).trim_end().to_owned(),
            Self::FourEyesOff { kind } => kind.clone(),
        }
    }
}

/// Why something is asked for, and in what connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub text: String,
    /// Of a ticket or an incident.
    pub reference: Option<String>,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    Open,
    Approved,
    Refused,
    Withdrawn,
    /// Not decided, or not used, in time.
    Expired,
    Used,
}

impl RequestState {
    const ALL: [(Self, &str, &str); 6] = [
        (Self::Open, "open", "待审批"),
        (Self::Approved, "approved", "已批准"),
        (Self::Refused, "refused", "已拒绝"),
        (Self::Withdrawn, "withdrawn", "已撤回"),
        (Self::Expired, "expired", "已过期"),
        (Self::Used, "used", "已执行"),
    ];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(state, ..)| *state)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("", |(_, code, _)| code)
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let found = Self::ALL.iter().find(|(state, ..)| *state == self);
        found.map_or("", |(_, en, zh)| if language == Language::English { en } else { zh })
    }
}

/// One vote on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    pub voter: String,
    pub approve: bool,
    pub comment: String,
}

/// A request and every vote on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub number: i64,
    pub kind: String,
    pub label: Label,
    pub subject: String,
    /// For settings, the change to the letter.
    pub change: Option<String>,
    pub requester: String,
    /// Who gains by it.
    pub beneficiary: Option<String>,
    pub why: String,
    pub reference: Option<String>,
    /// How long what was approved lasts, or may be begun.
    pub minutes: i32,
    pub asked_at: Timestamp,
    pub open_until: Timestamp,
    pub state: RequestState,
    pub decided_at: Option<Timestamp>,
    /// Until when what was approved may be done.
    pub good_until: Option<Timestamp>,
    pub votes: Vec<Vote>,
    /// When the act was done that it was for.
    pub used_at: Option<Timestamp>,
    pub own: bool,
    pub may_vote: bool,
}

impl Request {
    /// What was asked, with roles, classes and fields by their names; so that two requests differ by more than their number. A kind that is not known
    /// here is told by its label and its subject.
    #[must_use]
    pub fn in_words(&self, catalogue: &Catalogue, language: Language) -> String {
        if let Some(change) = self.change.as_deref().and_then(Change::parse) {
            return change.in_words(catalogue, language);
        }
        subject_in_words(&self.kind, &self.subject, self.minutes, catalogue, language).unwrap_or_else(|| {
            format!("{}{}{}", self.label.in_language(language), if language == Language::English { ": " } else { "：" }, self.subject)
        })
    }
}

/// What an act is, by its kind and subject; `None` for what is not known here.
fn subject_in_words(kind: &str, subject: &str, minutes: i32, catalogue: &Catalogue, language: Language) -> Option<String> {
    let english = language == Language::English;
    let role = |code: &str| catalogue.role_names(&[code.to_owned()], language);
    let class = |code: &str| catalogue.class(code).map_or(code.to_owned(), |class| class.label.in_language(language).to_owned());
    let words: Vec<&str> = subject.split(' ').collect();
    Some(match (kind, words.as_slice()) {
        ("elevate", [code]) if english => format!("{} for {}", role(code), lasting(minutes, language)),
        ("elevate", [code]) => format!("临时担任{} {}", role(code), lasting(minutes, language)),
        ("role_grant", [login, code]) if english => format!("give {login} {}", role(code)),
        ("role_grant", [login, code]) => format!("授予 {login} {}角色", role(code)),
        ("role_rights", [code, target, "eligible", minutes, glass @ ..]) => {
            let (code, target) = (role(code), role(target));
            match (english, glass.is_empty()) {
                (true, true) => format!("let {code} be {target} for up to {minutes} min"),
                (true, false) => format!("let {code} be {target} for up to {minutes} min, or break glass"),
                (false, true) => format!("允许{code}临时担任{target}，最长 {minutes} 分钟"),
                (false, false) => format!("允许{code}临时担任{target}，最长 {minutes} 分钟，可紧急提权"),
            }
        }
        ("role_rights", [code, on, letters]) => {
            let rights = Rights::from_letters(letters).map_or_else(|| (*letters).to_owned(), |rights| rights.in_words(language));
            match (english, rights.is_empty()) {
                (true, false) => format!("{} on {}: {rights}", role(code), class(on)),
                (true, true) => format!("{} on {}: nothing", role(code), class(on)),
                (false, false) => format!("{}对{}：{rights}", role(code), class(on)),
                (false, true) => format!("{}对{}：无权限", role(code), class(on)),
            }
        }
        ("unfreeze", [number, kind, subject @ ..]) => {
            let subject = subject.first().copied().unwrap_or_default();
            let target = Target::new(kind, subject);
            let name = match &target {
                Some(Target::Role(code)) => role(code),
                Some(Target::Class(code)) => class(code),
                _ => subject.to_owned(),
            };
            let kind = target.map_or(*kind, |target| target.kind_in_words(language));
            let text =
                if english { format!("lift freeze {number}: {kind} {name}") } else { format!("解除冻结 {number}：{kind} {name}") };
            text.trim_end().to_owned()
        }
        ("second_factor_reset", [login]) if english => format!("reset the two-factor of {login}"),
        ("second_factor_reset", [login]) => format!("重置 {login} 的双因素验证"),
        // Without the change itself, as in the audit.
        ("settings", [of, code]) => {
            let field = catalogue.field(code).map(|field| field.label.in_language(language).to_owned());
            let reason =
                catalogue.reasons.iter().find(|reason| reason.code == *code).map(|reason| reason.label.in_language(language).to_owned());
            let (en, zh, name) = match *of {
                "field" => ("field", "字段", field),
                "class" => ("class", "类别", Some(class(code))),
                "reason" => ("reason", "理由", reason),
                "level" => ("level", "等级", None),
                _ => ("compartment", "分组", None),
            };
            let name = name.unwrap_or_else(|| (*code).to_owned());
            if english { format!("change the {en} {name}") } else { format!("更改{zh}“{name}”") }
        }
        _ => return None,
    })
}

/// `30 minutes`, `2 hours`, `1h30`.
#[must_use]
pub fn lasting(minutes: i32, language: Language) -> String {
    let english = language == Language::English;
    match (minutes / 60, minutes % 60) {
        (0, minutes) if english => format!("{minutes} minutes"),
        (0, minutes) => format!("{minutes} 分钟"),
        (1, 0) if english => "1 hour".to_owned(),
        (hours, 0) if english => format!("{hours} hours"),
        (hours, 0) => format!("{hours} 小时"),
        (hours, minutes) if english => format!("{hours}h{minutes:02}"),
        (hours, minutes) => format!("{hours} 小时 {minutes} 分钟"),
    }
}

/// A role for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    pub number: i64,
    pub login: String,
    pub role: String,
    pub request: Option<i64>,
    /// Taken without asking.
    pub break_glass: bool,
    pub why: String,
    pub reference: Option<String>,
    pub from: Timestamp,
    pub until: Timestamp,
    pub ended_by: Option<String>,
    pub running: bool,
    pub reviewed_by: Option<String>,
    pub review: Option<String>,
    pub own: bool,
    pub may_review: bool,
}

/// Whose members may have which role for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligibility {
    pub role: String,
    pub target: String,
    pub max_minutes: i32,
    /// At once, without asking, to be reviewed afterwards.
    pub break_glass: bool,
    /// Codes of the classes that the target reveals.
    pub classes: Vec<String>,
    /// Through a role of the caller.
    pub mine: bool,
}

/// Where a person stands now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub roles: Vec<String>,
    pub capabilities: Vec<String>,
    /// Roles for a time, and until when; the first to end comes first.
    pub lent: Vec<(String, Timestamp)>,
    /// Requests that this person may decide on.
    pub waiting: i64,
    /// Broken glasses that this person ought to review.
    pub to_review: i64,
    /// Glasses that are broken now, as far as this person is told.
    pub broken: i64,
    /// The last request of this person's own that was decided within the hour, and how.
    pub answered: Option<(i64, RequestState)>,
    /// What was said with that answer; empty where nothing was.
    pub answered_comment: String,
    /// Whether the keys were fetched since they changed.
    pub has_keys: bool,
    /// Grows with every change of classes, fields, reasons, roles or what roles may.
    pub catalogue_version: i64,
    /// Those in force that concern this person; every one for who may respond, approve, manage people or read the whole audit.
    pub freezes: Vec<Freeze>,
    /// The incident whose authority has to be told first, and until when.
    pub clock: Option<(i64, Timestamp)>,
}

impl Standing {
    /// The freeze by which values of a class are shown to nobody.
    #[must_use]
    pub fn freeze_of(&self, class: &str) -> Option<&Freeze> {
        self.freezes.iter().find(|freeze| match &freeze.target {
            Target::Class(frozen) => frozen == class,
            Target::All => class != "basic",
            Target::Person(_) | Target::Role(_) => false,
        })
    }

    #[must_use]
    pub fn is_frozen(&self, class: &str) -> bool {
        self.freeze_of(class).is_some()
    }
}

/// A kind of act, and whether it needs somebody else's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FourEyes {
    pub kind: String,
    pub label: Label,
    /// Of the caller, now.
    pub required: bool,
    /// As soon as somebody else could approve, without anybody having decided so.
    pub by_itself: bool,
    /// The capability of who may approve.
    pub approver: String,
}

/// What a change of a role's rights on a class would mean for one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub login: String,
    /// Rights on the class in letters, now and then.
    pub before: String,
    pub after: String,
    /// Reveals of the last 90 days that would have been refused, and of how many records.
    pub reveals: i64,
    pub records: i64,
    pub last_at: Option<Timestamp>,
}

/// Minutes from `45`, `30m`, `2h` or `1d`.
#[must_use]
pub fn minutes(text: &str) -> Option<i32> {
    let text = text.trim();
    let (number, unit) = match text.strip_suffix(['m', 'h', 'd']) {
        Some(number) => (number, text.chars().last()?),
        None => (text, 'm'),
    };
    let number: i32 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(match unit {
        'h' => 60,
        'd' => 1_440,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_read_with_and_without_a_unit() {
        assert_eq!([minutes("45"), minutes("30m"), minutes("2h"), minutes("1d")], [Some(45), Some(30), Some(120), Some(1_440)]);
        for wrong in ["", "m", "0", "-5", "3w", "1.5h", "99999999999d", "2000000h"] {
            assert!(minutes(wrong).is_none_or(|minutes| minutes > 0) && (wrong == "2000000h" || minutes(wrong).is_none()), "{wrong}");
        }
    }

    #[test]
    fn what_was_asked_is_told_in_words_and_tells_two_requests_apart() {
        let catalogue = crate::model::preset::catalogue();
        let told = |kind: &str, subject: &str, language| {
            let request = Request {
                number: 1,
                kind: kind.into(),
                label: Label { en: "an act".into(), zh: "某操作".into() },
                subject: subject.into(),
                change: None,
                requester: "lin.mei".into(),
                beneficiary: None,
                why: String::new(),
                reference: None,
                minutes: 30,
                asked_at: Timestamp::UNIX_EPOCH,
                open_until: Timestamp::UNIX_EPOCH,
                state: RequestState::Open,
                decided_at: None,
                good_until: None,
                votes: Vec::new(),
                used_at: None,
                own: false,
                may_vote: false,
            };
            request.in_words(&catalogue, language)
        };
        for (kind, subject, en, zh) in [
            ("elevate", "payment_clerk", "payment clerk for 30 minutes", "临时担任支付专员 30 分钟"),
            ("role_grant", "wu.jun supervisor", "give wu.jun supervisor", "授予 wu.jun 主管角色"),
            ("role_rights", "agent contact SM-E", "agent on Contact: search, masked, edit", "客服对联系方式：搜索、掩码、编辑"),
            ("role_rights", "agent contact ----", "agent on Contact: nothing", "客服对联系方式：无权限"),
            (
                "role_rights",
                "agent payment_clerk eligible 60 break_glass",
                "let agent be payment clerk for up to 60 min, or break glass",
                "允许客服临时担任支付专员，最长 60 分钟，可紧急提权",
            ),
            ("unfreeze", "3 person chen.bo", "lift freeze 3: person chen.bo", "解除冻结 3：人员 chen.bo"),
            ("unfreeze", "4 all", "lift freeze 4: all reveals", "解除冻结 4：全部查看"),
            ("second_factor_reset", "chen.bo", "reset the two-factor of chen.bo", "重置 chen.bo 的双因素验证"),
            ("settings", "field phone", "change the field Phone", "更改字段“电话”"),
            ("painting", "all walls", "an act: all walls", "某操作：all walls"),
        ] {
            assert_eq!(told(kind, subject, Language::English), en);
            assert_eq!(told(kind, subject, Language::Chinese), zh);
        }
    }

    #[test]
    fn every_state_has_a_code_that_leads_back() {
        for (state, code, _) in RequestState::ALL {
            assert_eq!(RequestState::from_code(code), Some(state));
            assert_eq!(state.code(), code);
        }
    }
}
