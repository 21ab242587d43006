//! `sealdesk review`: campaigns over who has which role, their answers, and exports that check without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config,
    model::{
        catalogue::Language,
        review::{self as model, Campaign, Decision, Item, Unanswered},
    },
    service::{
        SignedIn,
        review::{self, Answer, Checked, NewCampaign},
        unlock,
    },
    text::sanitise::for_terminal,
};

/// Cells of the bar of progress.
const BAR: u8 = 20;

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  sealdesk review start --title 'Agents, autumn' --due 14d --reviewer wu.jun --role agent --every 90d\n  sealdesk review show 1\n  sealdesk review decide 1 lin.mei agent keep\n\nNobody answers about their own roles. What nobody has answered by the due date is revoked, or escalated to the security officers, by whoever looks at a review or a finding next; a timer with `sealdesk review list` makes that punctual."
)]
pub enum Review {
    /// Begin a review: who answers by when for the grants of which roles
    Start(Start),
    /// List the reviews that you may look at, with their progress
    List {
        #[arg(long)]
        json: bool,
    },
    /// Show each grant of a review beside its evidence
    Show {
        number: i32,
        #[arg(long)]
        json: bool,
    },
    /// Answer for one grant: keep, revoke, or change it to another role
    Decide {
        number: i32,
        login: String,
        role: String,
        answer: Given,
        /// Why; needed for revoke and change
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        /// With change: the role in its place
        #[arg(long, value_name = "ROLE", required_if_eq("answer", "change"))]
        to: Option<String>,
    },
    /// Let a recurring review not be followed by another
    Stop { number: i32 },
    /// Write a review with its answers, evidence and audit events into a file, signed with your key
    Export {
        number: i32,
        /// The file to write; it must not be there yet
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check an exported file, and say who signed it; needs no server
    Verify {
        file: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct Start {
    /// What it is called
    #[arg(long)]
    title: String,
    /// Until when: days from now such as 14d, or the last day such as 2026-12-09
    #[arg(long, value_name = "DAYS|DATE")]
    due: String,
    /// Who answers; given once for each
    #[arg(long = "reviewer", value_name = "USER", required = true)]
    reviewers: Vec<String>,
    /// A role whose grants are reviewed; given once for each, without it all
    #[arg(long = "role")]
    roles: Vec<String>,
    /// What becomes of grants that nobody answered
    #[arg(long, value_parser = ["revoke", "escalate"], default_value = "revoke")]
    unanswered: String,
    /// Begin another one so many days after this, such as 90d
    #[arg(long, value_name = "DAYS")]
    every: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Given {
    Keep,
    Revoke,
    Change,
}

impl Review {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        if let Self::Verify { file, json } = self {
            return verify(arguments, file, *json);
        }
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = Box::pin(self.carry_out(&signed_in, config.language)).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn carry_out(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let english = language == Language::English;
        match self {
            Self::Start(start) => {
                let number = review::start(signed_in, &start.campaign()?).await?;
                output::line(if english { format!("review {number} has begun") } else { format!("复核 {number} 已开始") })
            }
            Self::List { json } => list(&review::list(signed_in).await?, *json, language),
            Self::Show { number, json } => show(&review::items(signed_in, *number).await?, *json, language),
            Self::Decide { number, login, role, answer, comment, to } => {
                let answer = match (answer, to) {
                    (Given::Keep, None) => Answer::Keep,
                    (Given::Revoke, None) => Answer::Revoke,
                    (Given::Change, Some(to)) => Answer::Change(to.clone()),
                    _ => return Err(Failure::usage("--to goes with change, and only with it")),
                };
                if answer != Answer::Keep && comment.trim().is_empty() {
                    return Err(Failure::usage("say why, with --comment"));
                }
                let given = review::decide(signed_in, *number, login, role, &answer, comment).await?;
                if answer != Answer::Keep {
                    taken(language, login, role);
                }
                if let Some(to) = to.as_ref().filter(|_| !given) {
                    waits(language, login, to);
                }
                Ok(())
            }
            Self::Stop { number } => Ok(review::stop(signed_in, *number).await?),
            Self::Export { number, out } => Ok(review::export_into(signed_in, *number, out.clone()).await?),
            Self::Verify { .. } => Ok(()),
        }
    }
}

/// What the member has seen of the role's key is not taken back by taking the role.
fn taken(language: Language, user: &str, role: &str) {
    eprintln!(
        "sealdesk: {}",
        match language {
            Language::English =>
                format!("{user} has lost {role}, and has known its key: an officer should run `sealdesk role rotate {role}`."),
            Language::Chinese => format!("{user} 已失去 {role}，但曾持有其密钥：请安全管理员运行 sealdesk role rotate {role}。"),
        }
    );
}

/// The role in the place of a changed one is not given yet.
fn waits(language: Language, user: &str, to: &str) {
    eprintln!(
        "sealdesk: {}",
        match language {
            Language::English => format!("{user} does not have {to} yet: an officer gives it with `sealdesk role grant {user} {to}`."),
            Language::Chinese => format!("{user} 尚未获得 {to}：须由安全管理员运行 sealdesk role grant {user} {to}。"),
        }
    );
}

impl Start {
    fn campaign(&self) -> Result<NewCampaign, Failure> {
        Ok(NewCampaign {
            title: self.title.trim().to_owned(),
            roles: self.roles.clone(),
            reviewers: self.reviewers.clone(),
            due_at: due(&self.due)?,
            unanswered: Unanswered::from_code(&self.unanswered).unwrap_or(Unanswered::Revoke),
            every_days: self.every.as_deref().map(every).transpose()?,
        })
    }
}

/// `14d` from now, or the end of a day here.
fn due(typed: &str) -> Result<Timestamp, Failure> {
    let unclear = || Failure::usage(format!("\"{typed}\" is neither a number of days such as 14d nor a date such as 2026-12-09"));
    model::due(typed, &Zoned::now()).ok_or_else(unclear)
}

fn every(typed: &str) -> Result<i32, Failure> {
    model::days(typed).ok_or_else(|| Failure::usage(format!("\"{typed}\" is no number of days such as 90d")))
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

fn list(campaigns: &[Campaign], json: bool, language: Language) -> Outcome {
    if json {
        for campaign in campaigns {
            output::line(serde_json::json!({
                "number": campaign.number, "title": campaign.title, "roles": campaign.roles, "created_by": campaign.created_by,
                "created_at": campaign.created_at, "due_at": campaign.due_at, "unanswered": campaign.unanswered, "every_days": campaign.every_days,
                "closed_at": campaign.closed_at, "reviewers": campaign.reviewers, "reviewers_left": campaign.reviewers_left,
                "items": campaign.items, "answered": campaign.answered, "waiting": campaign.waiting
            }))?;
        }
        return Ok(());
    }
    let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
    let row = |campaign: &Campaign| {
        let reviewer = |user: &String| {
            if campaign.reviewers_left.contains(user) { format!("{user}{}", say(" (left)", "（已离职）")) } else { user.clone() }
        };
        vec![
            campaign.number.to_string(),
            campaign.title.clone(),
            campaign.progress(BAR),
            if campaign.closed_at.is_some() { say("closed", "已关闭").into() } else { day(campaign.due_at) },
            campaign.waiting.to_string(),
            campaign.reviewers.iter().map(reviewer).collect::<Vec<_>>().join(", "),
            if campaign.roles.is_empty() { say("all", "全部").into() } else { campaign.roles.join(", ") },
            match campaign.unanswered {
                Unanswered::Revoke => say("revoke", "收回"),
                Unanswered::Escalate => say("escalate", "上报"),
            }
            .to_owned(),
            campaign.every_days.map(|days| format!("{} {days}{}", say("every", "每"), say("d", " 天"))).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = campaigns.iter().map(row).collect();
    let zh = ["复核", "标题", "已答复", "截止", "待您答复", "复核人", "角色", "未答复", ""];
    output::table_in(language, ["review", "title", "answered", "due", "for you", "reviewers", "roles", "unanswered", ""], zh, &rows)
}

fn show(items: &[Item], json: bool, language: Language) -> Outcome {
    if json {
        for item in items {
            let evidence = &item.evidence;
            output::line(serde_json::json!({
                "user": item.user, "name": item.display_name, "role": item.role, "granted_at": item.granted_at, "answerable": item.answerable,
                "decision": item.decision, "new_role": item.new_role, "comment": item.comment, "decided_by": item.decided_by,
                "decided_at": item.decided_at, "used": evidence.used, "last_used": evidence.last_used, "peers_median": evidence.peers_median,
                "would_fail": evidence.would_fail
            }))?;
        }
        return Ok(());
    }
    let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
    let number = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let row = |item: &Item| {
        let answer = match (item.decision, item.answerable) {
            (Some(Decision::Change), _) => format!("{} {}", say("changed to", "变更为"), item.new_role.as_deref().unwrap_or("-")),
            (Some(decision), _) => decision.in_words(language).to_owned(),
            (None, true) => say("for you", "待您答复").to_owned(),
            (None, false) if item.granted_at.is_none() => say("not held any more", "已不再持有").to_owned(),
            (None, false) => say("open", "待答复").to_owned(),
        };
        vec![
            item.user.clone(),
            item.role.clone(),
            number(item.evidence.used),
            item.evidence.last_used.map_or_else(|| say("never", "从未").to_owned(), day),
            number(item.evidence.peers_median),
            number(item.evidence.would_fail),
            answer,
            item.decided_by.clone().unwrap_or_default(),
            item.comment.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let zh = ["人员", "角色", "使用", "最近", "他人", "必需", "答复", "答复人", "说明"];
    output::table_in(language, ["user", "role", "used", "last", "peers", "needed", "answer", "by", "comment"], zh, &rows)?;
    output::line(say(
        "used, peers: acts in 90 days, and the median of the role's other members; needed: those of them that no other role of theirs permits",
        "使用、他人：90 天内的操作次数，以及该角色其他成员的中位数；必需：其中没有其他角色可以允许的次数",
    ))
}

fn verify(arguments: &Arguments, file: &std::path::Path, json: bool) -> Outcome {
    // It may be checked where nobody has a configuration; where there is one, its fingerprint must fit.
    let config = arguments.config().ok();
    let language = config.as_ref().map_or_else(config::language_of_environment, |config| config.language);
    let text = std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let Checked { review, signer, root_compared } = review::verify(&text, config.as_ref())?;
    if json {
        return output::line(serde_json::json!({
            "review": review.campaign.number, "installation": review.installation, "exported_at": review.exported_at, "signed_by": signer.user,
            "fingerprint": signer.fingerprint, "root_fingerprint": signer.root_fingerprint, "root_compared": root_compared
        }));
    }
    let (number, title) = (review.campaign.number, for_terminal(&review.campaign.title));
    let (user, at) = (for_terminal(&signer.user), output::moment(review.exported_at));
    let (fingerprint, root) = (&signer.fingerprint, &signer.root_fingerprint);
    let english = language == Language::English;
    output::line(if english {
        format!("review {number}, {title}: unchanged since {user} signed it at {at}\nkeys of {user}: {fingerprint}\nroot key: {root}")
    } else {
        format!("复核 {number}（{title}）：自 {user} 于 {at} 签名后未被改动\n{user} 的密钥：{fingerprint}\n根密钥：{root}")
    })?;
    if !root_compared {
        eprintln!(
            "sealdesk: {}",
            if english {
                "no configuration here pins this installation's root key: compare its fingerprint with a desk's configuration."
            } else {
                "此处没有固定该安装根密钥的配置：请将根密钥指纹与工作台的配置核对。"
            }
        );
    }
    Ok(())
}
