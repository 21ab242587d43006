//! `sealdesk request`, `sealdesk approve`, `sealdesk break-glass`, `sealdesk elevation` and `sealdesk four-eyes`.

use clap::{Args, Subcommand};

use super::{
    Arguments, Failure, Outcome,
    audit::{export::format_of, tail::Wanted},
    output,
    role::chosen,
};
use crate::{
    model::{
        catalogue::{Catalogue, Language, Rights},
        change::Change,
        clearance::Clearance,
        request::{self as asked, Asked, Elevation as Lent, Request as Asking, RequestState, Why},
    },
    service::{SignedIn, request, role, settings, unlock},
    text::sanitise::for_terminal,
};

/// Why, and in what connection.
#[derive(Debug, Args)]
pub struct Reason {
    /// Why: at most 200 characters, read by who decides and kept for ever
    #[arg(long)]
    why: String,
    /// A ticket or an incident, as TK-1042
    #[arg(long)]
    reference: Option<String>,
}

impl Reason {
    pub(super) fn why(&self) -> Why {
        Why { text: self.why.clone(), reference: self.reference.clone() }
    }
}

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk request role payment 30m --why \"refund TK-1\"\n  sealdesk request grant lin.mei supervisor --why \"team lead from Monday\"\n  sealdesk request list"
)]
pub enum Request {
    /// Ask for a role for a time, by its name or that of a class it reveals: keys come with the approval and go by themselves
    Role {
        role: String,
        /// 30m, 2h or a number of minutes
        time: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to give somebody a role with capabilities
    Grant {
        login: String,
        role: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to give a role more rights on a class
    Allow {
        role: String,
        class: String,
        #[arg(required = true, value_parser = ["search", "masked", "reveal", "edit"])]
        rights: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to take rights on a class from a role
    Deny {
        role: String,
        class: String,
        #[arg(required = true, value_parser = ["search", "masked", "reveal", "edit"])]
        rights: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to let members of a role have another for a time
    Eligible {
        role: String,
        target: String,
        /// For how long at most, from 5 to 1440
        #[arg(long, default_value_t = 60)]
        max_minutes: i32,
        /// Also at once, without approval, to be reviewed afterwards
        #[arg(long)]
        break_glass: bool,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to take somebody's second factor away
    SecondFactorReset {
        login: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask for a change of settings that was refused for want of an approval: exactly the one that you tried last of this
    Settings {
        /// What kind of thing: field, kind, class, reason, level, compartment, retention, audit, recording
        of: String,
        /// Which one: phone; history contact; copy payment
        #[arg(required = true)]
        code: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to make or change a rule: just these settings, as `rule set` takes them
    Rule {
        code: String,
        #[arg(required = true, value_name = "SETTING")]
        settings: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to keep two capabilities apart, or to let them meet again
    Duty {
        #[arg(value_parser = ["add", "remove"])]
        change: String,
        capability: String,
        other: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to clear somebody to a level and for compartments
    Clearance {
        login: String,
        level: String,
        #[arg(long = "compartment", value_name = "CODE")]
        compartments: Vec<String>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to have a role ask for a second factor, or not
    RoleSecondFactor {
        role: String,
        #[arg(value_parser = ["on", "off"])]
        on: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Ask to take a copy of the audit out: just these events, in this format, as `audit export` takes them. Give times as dates, since the copy must be of
    /// the same moments
    AuditExport {
        #[arg(long, default_value = "csv", value_parser = ["csv", "json"])]
        format: String,
        #[command(flatten)]
        wanted: Box<Wanted>,
        #[command(flatten)]
        why: Reason,
    },
    /// Ask to do without four eyes for a kind of act
    FourEyesOff {
        kind: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Requests that wait, and those approved and not used yet
    List {
        /// Every request there ever was
        #[arg(long)]
        all: bool,
        #[arg(long)]
        json: bool,
    },
    /// One request with its votes
    Show { number: i64 },
    /// Take one's own request back
    Withdraw { number: i64 },
}

impl Request {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        let (what, reason, minutes) = match self {
            Self::Role { role, time, reason } => {
                let role = request::role_meant(caller, role, false).await?.target;
                (Asked::Elevate { role }, reason, minutes(time)?)
            }
            Self::Grant { login, role, reason } => {
                (Asked::RoleGrant { login: login.clone(), role: role.clone() }, reason, request::GOOD_MINUTES)
            }
            Self::Allow { role, class, rights, reason } => {
                let rights = role::changed(caller, role, class, chosen(rights), Rights::default()).await?;
                (Asked::RoleRights { role: role.clone(), class: class.clone(), rights }, reason, request::GOOD_MINUTES)
            }
            Self::Deny { role, class, rights, reason } => {
                let rights = role::changed(caller, role, class, Rights::default(), chosen(rights)).await?;
                (Asked::RoleRights { role: role.clone(), class: class.clone(), rights }, reason, request::GOOD_MINUTES)
            }
            Self::Eligible { role, target, max_minutes, break_glass, reason } => {
                let asked =
                    Asked::Eligible { role: role.clone(), target: target.clone(), max_minutes: *max_minutes, break_glass: *break_glass };
                (asked, reason, request::GOOD_MINUTES)
            }
            Self::SecondFactorReset { login, reason } => (Asked::SecondFactorReset { login: login.clone() }, reason, request::GOOD_MINUTES),
            Self::Settings { of, code, reason } => {
                let tried = settings::proposed(caller, &format!("{of} {}", code.join(" "))).await?;
                if let Some(change) = Change::parse(&tried.change) {
                    eprintln!("sealdesk: {}", for_terminal(&change.in_words(&caller.policy().catalogue, language)));
                }
                (Asked::Settings { of: tried.of, change: tried.change }, reason, request::GOOD_MINUTES)
            }
            Self::Rule { code, settings, reason } => {
                (Asked::Rule { code: code.clone(), settings: super::rule::settings(settings)? }, reason, request::GOOD_MINUTES)
            }
            Self::Duty { change, capability, other, reason } => {
                (Asked::Duty { add: change == "add", capabilities: (capability.clone(), other.clone()) }, reason, request::GOOD_MINUTES)
            }
            Self::Clearance { login, level, compartments, reason } => {
                (Asked::Clearance { login: login.clone(), clearance: Clearance::new(level, compartments) }, reason, request::GOOD_MINUTES)
            }
            Self::RoleSecondFactor { role, on, reason } => {
                (Asked::RoleSecondFactor { role: role.clone(), on: on == "on" }, reason, request::GOOD_MINUTES)
            }
            Self::AuditExport { format, wanted, why } => {
                (Asked::AuditExport { of: wanted.filter(language)?.export_subject(format_of(format)) }, why, request::GOOD_MINUTES)
            }
            Self::FourEyesOff { kind, reason } => (Asked::FourEyesOff { kind: kind.clone() }, reason, request::GOOD_MINUTES),
            Self::List { all, json } => return list(&request::list(caller, *all).await?, &caller.policy().catalogue, language, *json),
            Self::Show { number } => {
                let found = request::list(caller, true).await?.into_iter().find(|found| found.number == *number);
                return show(&found.ok_or_else(|| no_such(language))?, &caller.policy().catalogue, language);
            }
            Self::Withdraw { number } => return Ok(request::withdraw(caller, *number).await?),
        };
        let number = request::ask(caller, &what, &reason.why(), minutes, request::OPEN_MINUTES).await?;
        output::line(number)?;
        eprintln!(
            "sealdesk: {}",
            match language {
                Language::English => format!("asked; somebody else decides: sealdesk approve {number}"),
                Language::Chinese => format!("已申请，须由他人审批：sealdesk approve {number}"),
            }
        );
        Ok(())
    }
}

fn minutes(text: &str) -> Result<i32, Failure> {
    asked::minutes(text).ok_or_else(|| Failure::usage(format!("\"{text}\" is not a time, as 30m or 2h")))
}

fn no_such(language: Language) -> Failure {
    Failure::failed(match language {
        Language::English => "There is no such request that you may see. `sealdesk request list --all` shows them.",
        Language::Chinese => "没有您可查看的该申请。sealdesk request list --all 可列出全部。",
    })
}

fn json_of(found: &Asking) -> serde_json::Value {
    let votes: Vec<_> = found
        .votes
        .iter()
        .map(|vote| serde_json::json!({ "voter": vote.voter, "approve": vote.approve, "comment": vote.comment }))
        .collect();
    let change: Option<serde_json::Value> = found.change.as_deref().and_then(|change| serde_json::from_str(change).ok());
    serde_json::json!({
        "number": found.number, "kind": found.kind, "subject": found.subject, "change": change, "requester": found.requester, "beneficiary": found.beneficiary,
        "why": found.why, "reference": found.reference, "minutes": found.minutes, "asked_at": found.asked_at, "open_until": found.open_until,
        "state": found.state.code(), "decided_at": found.decided_at, "good_until": found.good_until, "votes": votes, "used_at": found.used_at,
        "may_vote": found.may_vote
    })
}

/// What exactly is asked for.
fn subject(request: &Asking, catalogue: &Catalogue, language: Language) -> String {
    let change = request.change.as_deref().and_then(Change::parse);
    change.map_or_else(|| request.subject.clone(), |change| change.in_words(catalogue, language))
}

fn list(found: &[Asking], catalogue: &Catalogue, language: Language, json: bool) -> Outcome {
    if json {
        for request in found {
            output::line(json_of(request))?;
        }
        return Ok(());
    }
    let row = |request: &Asking| {
        let until = match request.state {
            RequestState::Open => Some(request.open_until),
            RequestState::Approved => request.good_until,
            _ => request.used_at.or(request.decided_at),
        };
        vec![
            request.number.to_string(),
            request.requester.clone(),
            request.label.in_language(language).to_owned(),
            subject(request, catalogue, language),
            request.state.in_words(language).to_owned(),
            until.map(output::moment).unwrap_or_default(),
            request.why.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["request", "who", "what", "for", "state", "until or when", "why"],
        Language::Chinese => ["申请", "申请人", "事项", "对象", "状态", "截止或时间", "理由"],
    };
    output::table(&heading, &rows)
}

fn show(request: &Asking, catalogue: &Catalogue, language: Language) -> Outcome {
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let mut rows = vec![
        vec![say("request", "申请").to_owned(), request.number.to_string()],
        vec![say("what", "事项").to_owned(), format!("{}: {}", request.label.in_language(language), subject(request, catalogue, language))],
        vec![say("who", "申请人").to_owned(), request.requester.clone()],
        vec![say("why", "理由").to_owned(), request.why.clone()],
        vec![say("reference", "单号").to_owned(), request.reference.clone().unwrap_or_default()],
        vec![say("asked", "提出时间").to_owned(), output::moment(request.asked_at)],
        vec![say("minutes", "分钟").to_owned(), request.minutes.to_string()],
        vec![say("state", "状态").to_owned(), request.state.in_words(language).to_owned()],
    ];
    for vote in &request.votes {
        let verdict = if vote.approve { say("approved", "批准") } else { say("refused", "拒绝") };
        rows.push(vec![verdict.to_owned(), format!("{} {}", vote.voter, vote.comment)]);
    }
    if let Some(at) = request.used_at {
        rows.push(vec![say("done", "执行时间").to_owned(), output::moment(at)]);
    }
    output::table(&["", ""], &rows)
}

/// Decide on somebody else's request
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sealdesk approve 7\n  sealdesk approve 7 --refuse --comment \"ask your team lead first\"")]
pub struct Approve {
    number: i64,
    /// Refuse it
    #[arg(long)]
    refuse: bool,
    /// Said to who asked, and kept
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

impl Approve {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.decide(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    /// What is decided on is said once more: the change itself, where it is one of settings.
    async fn decide(&self, caller: &SignedIn, language: Language) -> Outcome {
        let waiting = request::list(caller, false).await?;
        if let Some(found) = waiting.iter().find(|found| found.number == self.number && found.change.is_some()) {
            eprintln!("sealdesk: {}", for_terminal(&subject(found, &caller.policy().catalogue, language)));
        }
        Ok(request::vote(caller, self.number, !self.refuse, &self.comment).await?)
    }
}

/// Take a role for a time at once: everybody who approves is told, and somebody else reviews it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sealdesk break-glass payment 15m --why \"card is being charged twice right now\"")]
pub struct BreakGlass {
    /// The role, or a class that it reveals
    role: String,
    /// 15m, or a number of minutes
    time: String,
    #[command(flatten)]
    reason: Reason,
}

impl BreakGlass {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let minutes = minutes(&self.time)?;
        let caller = arguments.sign_in(&config).await?;
        let done = async {
            let role = request::role_meant(&caller, &self.role, true).await?.target;
            request::break_glass(&caller, &role, &self.reason.why(), minutes).await
        };
        let done = done.await;
        unlock::close(&caller).await?;
        output::line(done?)
    }
}

#[derive(Debug, Subcommand)]
pub enum Elevation {
    /// Roles for a time, newest first
    List {
        #[arg(long)]
        json: bool,
    },
    /// End one before its time
    End { number: i64 },
    /// Say what is to be said about a broken glass; by somebody else
    Review {
        number: i64,
        #[arg(long)]
        comment: String,
    },
}

impl Elevation {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = match self {
            Self::List { json } => match request::elevations(&caller).await {
                Ok(found) => elevations(config.language, &found, *json),
                Err(error) => Err(error.into()),
            },
            Self::End { number } => request::end_elevation(&caller, *number).await.map_err(Failure::from),
            Self::Review { number, comment } => request::review(&caller, *number, comment).await.map_err(Failure::from),
        };
        unlock::close(&caller).await?;
        done
    }
}

fn elevations(language: Language, found: &[Lent], json: bool) -> Outcome {
    if json {
        for elevation in found {
            output::line(serde_json::json!({
                "number": elevation.number, "user": elevation.login, "role": elevation.role, "request": elevation.request,
                "break_glass": elevation.break_glass, "why": elevation.why, "reference": elevation.reference, "from": elevation.from,
                "until": elevation.until, "running": elevation.running, "ended_by": elevation.ended_by, "reviewed_by": elevation.reviewed_by,
                "review": elevation.review
            }))?;
        }
        return Ok(());
    }
    let say = |en: &str, zh: &str| if language == Language::English { en.to_owned() } else { zh.to_owned() };
    let row = |elevation: &Lent| {
        let state = match (elevation.running, elevation.break_glass, &elevation.reviewed_by) {
            (true, true, _) => say("GLASS BROKEN", "紧急提权中"),
            (true, false, _) => say("running", "有效中"),
            (false, true, None) => say("to be reviewed", "待复核"),
            (false, true, Some(by)) => format!("{} {by}", say("reviewed by", "复核人")),
            (false, false, _) => say("ended", "已结束"),
        };
        vec![
            elevation.number.to_string(),
            elevation.login.clone(),
            elevation.role.clone(),
            state,
            output::moment(elevation.from),
            output::moment(elevation.until),
            elevation.request.map(|number| number.to_string()).unwrap_or_default(),
            elevation.why.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["number", "user", "role", "state", "from", "until", "request", "why"],
        Language::Chinese => ["编号", "人员", "角色", "状态", "开始", "截止", "申请", "理由"],
    };
    output::table(&heading, &rows)
}

#[derive(Debug, Subcommand)]
pub enum FourEyes {
    /// What needs somebody else's approval, and whose
    List {
        #[arg(long)]
        json: bool,
    },
    /// Ask for it from now on
    On { kind: String },
    /// Ask for it as soon as somebody else is there who could approve; needs an approval itself where it is on
    Auto { kind: String },
    /// Do without; needs an approval itself: `request four-eyes-off`
    Off { kind: String },
}

impl FourEyes {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = match self {
            Self::List { json } => match request::four_eyes(&caller).await {
                Ok(found) => four_eyes(&found, config.language, *json),
                Err(error) => Err(error.into()),
            },
            Self::On { kind } => request::set_four_eyes(&caller, kind, Some(true)).await.map_err(Failure::from),
            Self::Auto { kind } => request::set_four_eyes(&caller, kind, None).await.map_err(Failure::from),
            Self::Off { kind } => request::set_four_eyes(&caller, kind, Some(false)).await.map_err(Failure::from),
        };
        unlock::close(&caller).await?;
        done
    }
}

fn four_eyes(found: &[asked::FourEyes], language: Language, json: bool) -> Outcome {
    if json {
        for kind in found {
            output::line(serde_json::json!({
                "kind": kind.kind, "required": kind.required, "by_itself": kind.by_itself, "approver": kind.approver
            }))?;
        }
        return Ok(());
    }
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    let row = |kind: &asked::FourEyes| {
        let required = match (kind.required, kind.by_itself) {
            (true, false) => say("yes", "是"),
            (false, false) => say("no", "否"),
            (true, true) => say("yes, somebody else can approve", "是，已有他人可审批"),
            (false, true) => say("not yet, nobody else can approve", "尚未，无他人可审批"),
        };
        vec![kind.kind.clone(), kind.label.in_language(language).to_owned(), required.to_owned(), kind.approver.clone()]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    output::table(&[say("kind", "类型"), say("what", "事项"), say("four eyes", "双人审批"), say("approver", "审批者权限")], &rows)
}
