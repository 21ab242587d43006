//! `sealdesk review`: campaigns over who has which role, their answers, and exports that check without a server.

use std::{io::Write as _, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil, tz::TimeZone};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config,
    model::{
        catalogue::Language,
        review::{Campaign, Decision, Item, Unanswered},
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
            Self::List { json } => list(&review::list(signed_in).await?, *json),
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
            Self::Export { number, out } => {
                let text = review::export(signed_in, *number).await?;
                let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", out.display()));
                let mut options = std::fs::OpenOptions::new();
                std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
                let mut file = options.open(out).map_err(failed)?;
                file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all()).map_err(failed)
            }
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
            due_at: due(&self.due, Timestamp::now())?,
            unanswered: Unanswered::from_code(&self.unanswered).unwrap_or(Unanswered::Revoke),
            every_days: self.every.as_deref().map(every).transpose()?,
        })
    }
}

/// `14d` from now, or the end of a day here.
fn due(typed: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let unclear = || Failure::usage(format!("\"{typed}\" is neither a number of days such as 14d nor a date such as 2026-12-09"));
    if let Ok(days) = every(typed) {
        return now.checked_add(SignedDuration::from_hours(24 * i64::from(days))).map_err(|_| unclear());
    }
    let date: civil::Date = typed.parse().map_err(|_| unclear())?;
    let next = date.checked_add(1.day()).map_err(|_| unclear())?;
    Ok(next.to_zoned(TimeZone::system()).map_err(|_| unclear())?.timestamp())
}

fn every(typed: &str) -> Result<i32, Failure> {
    let digits = typed.strip_suffix('d').unwrap_or(typed);
    digits.parse().map_err(|_| Failure::usage(format!("\"{typed}\" is no number of days such as 90d")))
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

fn list(campaigns: &[Campaign], json: bool) -> Outcome {
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
    let row = |campaign: &Campaign| {
        let reviewer = |user: &String| if campaign.reviewers_left.contains(user) { format!("{user} (left)") } else { user.clone() };
        vec![
            campaign.number.to_string(),
            campaign.title.clone(),
            campaign.progress(BAR),
            if campaign.closed_at.is_some() { "closed".into() } else { day(campaign.due_at) },
            campaign.waiting.to_string(),
            campaign.reviewers.iter().map(reviewer).collect::<Vec<_>>().join(", "),
            if campaign.roles.is_empty() { "all".into() } else { campaign.roles.join(", ") },
            campaign.unanswered.code().to_owned(),
            campaign.every_days.map(|days| format!("every {days}d")).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = campaigns.iter().map(row).collect();
    output::table(&["review", "title", "answered", "due", "for you", "reviewers", "roles", "unanswered", ""], &rows)
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
    let number = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let row = |item: &Item| {
        let answer = match (item.decision, item.answerable) {
            (Some(Decision::Change), _) => format!("changed to {}", item.new_role.as_deref().unwrap_or("-")),
            (Some(decision), _) => decision.in_words(language).to_owned(),
            (None, true) => "for you".to_owned(),
            (None, false) if item.granted_at.is_none() => "not held any more".to_owned(),
            (None, false) => "open".to_owned(),
        };
        vec![
            item.user.clone(),
            item.role.clone(),
            number(item.evidence.used),
            item.evidence.last_used.map_or_else(|| "never".to_owned(), day),
            number(item.evidence.peers_median),
            number(item.evidence.would_fail),
            answer,
            item.decided_by.clone().unwrap_or_default(),
            item.comment.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    output::table(&["user", "role", "used", "last", "peers", "would fail", "answer", "by", "comment"], &rows)?;
    output::line(
        "used, peers: acts in 90 days, and the median of the role's other members; would fail: what no other role of theirs permits",
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_is_a_number_of_days_or_a_day() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |typed: &str| due(typed, now).ok().map(Timestamp::as_second);
        assert_eq!(at("14d"), Some(14 * 86_400));
        assert!(at("1970-01-03").is_some_and(|at| (2 * 86_400..5 * 86_400).contains(&at)));
        for typed in ["", "d", "soon", "14w", "2026-13-01", "9999-12-31", "99999999999d", "2147483647d"] {
            assert_eq!(at(typed), None, "{typed}");
        }
    }
}
