//! `sealdesk audit review`: what of the audit is reviewed, going through a sample, signing off.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};

use super::super::{Arguments, Failure, Outcome, incident as case, output};
use crate::{
    config,
    model::{
        action,
        audit::outcome_in_words,
        audit_review::{Item, Mark, NewPlan, Period, Plan, Review as Due, days},
        catalogue::Language,
        review as access,
    },
    service::{SignedIn, audit::review},
    text::sanitise::for_terminal,
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk audit review plan --title 'Weekly look' --period weekly --reviewer he.qing --reviewer wu.jun\n  sealdesk audit review list\n  sealdesk audit review show 3\n  sealdesk audit review look 3 1\n  sealdesk audit review mark 3 1 in-order\n  sealdesk audit review mark 3 2 finding --note 'no ticket for this reveal'\n  sealdesk audit review sign 3\n  sealdesk audit review export 3 --out review-3.json\n  sealdesk audit review verify review-3.json\n\nNobody chooses a sample or knows it beforehand: when a period has ended it is drawn in the database, with the root of the next checkpoint that no reviewer made. Five eighths of it go to what matters most (done with a broken glass, about labelled records, outside hours, in bulk, refused), as far as there is any; `audit verify` draws it again. Nobody reviews their own events. Notes are kept and not sealed: name customers by their number."
)]
pub enum Review {
    /// Have the audit reviewed: how often, of what, by whom
    Plan(Box<PlanIt>),
    /// List what is reviewed how often, and what is not any more
    Plans {
        #[arg(long)]
        json: bool,
    },
    /// No further reviews of a plan; those that have begun stay due
    Stop { plan: i32 },
    /// List reviews, those that are not signed off first
    List {
        #[arg(long)]
        json: bool,
    },
    /// Show a review's sample and what was found
    Show {
        number: i64,
        #[arg(long)]
        json: bool,
    },
    /// Show an event of a sample in full; needed before it is marked
    Look { number: i64, item: i32 },
    /// Say of an event of a sample that it is in order, or what is the matter
    Mark {
        number: i64,
        item: i32,
        mark: Given,
        /// What is the matter; needed for a finding
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Sign what you say of a sample, with your key; nothing of it changes afterwards
    Sign { number: i64 },
    /// Write a review with its sample, marks and signatures into a file, signed with your key
    Export {
        number: i64,
        /// The file to write; it must not be there yet
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check an exported file, and say who signed it; needs no server
    Verify { file: PathBuf },
}

#[derive(Debug, Args)]
pub struct PlanIt {
    /// What it is called
    #[arg(long)]
    title: String,
    /// How often; once for one time only
    #[arg(long, value_parser = ["weekly", "monthly", "once"], default_value = "weekly")]
    period: String,
    /// Who reviews, and reads the whole audit; given once for each
    #[arg(long = "reviewer", value_name = "USER", required = true)]
    reviewers: Vec<String>,
    /// Begin of the first period; without it, the running week or month, or 24 hours ago for once
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// End of the first period
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "from")]
    until: Option<String>,
    /// Only events of this action, as `audit tail` names it; given once for each
    #[arg(long = "action")]
    actions: Vec<String>,
    /// Only events about this class; given once for each
    #[arg(long = "class")]
    classes: Vec<String>,
    /// Only events of this person; given once for each
    #[arg(long = "person", value_name = "USER")]
    people: Vec<String>,
    /// Events of a sample
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(8..=200))]
    size: u32,
    /// Values that one person reads within an hour from which that is much
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    bulk: u64,
    /// Until when after the period's end, such as 7d
    #[arg(long, value_name = "DAYS", default_value = "7d")]
    due: String,
    /// Working hours, in the zone
    #[arg(long, value_name = "HH:MM-HH:MM", default_value = "07:00-20:00")]
    hours: String,
    /// Working days, 1 is Monday: 12345; none for no off-hours at all
    #[arg(long, value_name = "DAYS", default_value = "12345")]
    weekdays: String,
    /// Time zone of hours, weeks and months; without it, this machine's
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Given {
    InOrder,
    Finding,
}

impl PlanIt {
    fn plan(&self) -> Result<NewPlan, Failure> {
        let zone = match &self.zone {
            None => TimeZone::system(),
            Some(name) => TimeZone::get(name).map_err(|_| Failure::usage(format!("\"{name}\" is no time zone such as Asia/Shanghai")))?,
        };
        let now = Timestamp::now().to_zoned(zone);
        let period = Period::from_code(&self.period).unwrap_or(Period::Weekly);
        let usual = NewPlan::usual(self.title.trim(), period, &self.reviewers, &now);
        let mut new = usual.ok_or_else(|| Failure::usage("the calendar ends here; give --from and --until"))?;
        if let Some(from) = &self.from {
            new.from = case::moment(from)?;
            new.until = match &self.until {
                Some(until) => case::moment(until)?,
                None if period == Period::Once => now.timestamp(),
                None => return Err(Failure::usage("--from goes with --until")),
            };
        }
        new.due_days =
            access::days(&self.due).ok_or_else(|| Failure::usage(format!("\"{}\" is no number of days such as 7d", self.due)))?;
        let scope = &mut new.scope;
        (scope.actions, scope.classes, scope.people) = (self.actions.clone(), self.classes.clone(), self.people.clone());
        (scope.size, scope.bulk) = (self.size, self.bulk);
        if let Some(name) = &self.zone {
            scope.zone.clone_from(name);
        }
        let hours = self.hours.split_once('-').filter(|(from, until)| from.len() == 5 && until.len() == 5);
        let (from, until) = hours.ok_or_else(|| Failure::usage(format!("\"{}\" are no hours such as 07:00-20:00", self.hours)))?;
        (scope.from, scope.until) = (from.to_owned(), until.to_owned());
        scope.weekdays = match self.weekdays.as_str() {
            "none" => Vec::new(),
            digits => digits
                .chars()
                .map(|digit| digit.to_digit(10).and_then(|day| u8::try_from(day).ok()).filter(|day| (1..=7).contains(day)))
                .collect::<Option<_>>()
                .ok_or_else(|| Failure::usage(format!("\"{digits}\" are no days of the week such as 12345")))?,
        };
        Ok(new)
    }
}

impl Review {
    /// The file to check without a server.
    pub fn offline(&self) -> Option<&Path> {
        if let Self::Verify { file } = self { Some(file) } else { None }
    }

    /// A wrong plan is said before anybody signs in.
    pub fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Plan(plan) => plan.plan().map(drop),
            Self::Mark { mark: Given::Finding, note, .. } if note.trim().is_empty() => {
                Err(Failure::usage("say what is the matter, with --note"))
            }
            _ => Ok(()),
        }
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let english = language == Language::English;
        match self {
            Self::Plan(plan) => {
                let number = review::plan(signed_in, &plan.plan()?).await?;
                output::line(if english { format!("plan {number}") } else { format!("计划 {number}") })
            }
            Self::Plans { json } => plans(&review::plans(signed_in).await?, *json, language),
            Self::Stop { plan } => Ok(review::stop(signed_in, *plan).await?),
            Self::List { json } => list(&review::list(signed_in).await?, *json, language),
            Self::Show { number, json } => show(&review::open(signed_in, *number).await?, *json, language),
            Self::Look { number, item } => look(signed_in, *number, *item, language).await,
            Self::Mark { number, item, mark, note } => {
                let mark = if *mark == Given::Finding { Mark::Finding } else { Mark::InOrder };
                Ok(review::mark(signed_in, *number, *item, mark, note).await?)
            }
            Self::Sign { number } => {
                review::sign(signed_in, *number).await?;
                output::line(if english { format!("review {number} is signed") } else { format!("复核 {number} 已签署") })
            }
            Self::Export { number, out } => Ok(review::export_into(signed_in, *number, out.clone()).await?),
            Self::Verify { .. } => Ok(()),
        }
    }
}

fn plans(found: &[Plan], json: bool, language: Language) -> Outcome {
    if json {
        for plan in found {
            output::line(serde_json::json!({
                "plan": plan.number, "title": plan.title, "period": plan.period.code(), "first_from": plan.first_from, "first_until": plan.first_until,
                "due_days": plan.due_days, "scope": plan.scope, "created_by": plan.created_by, "created_at": plan.created_at,
                "stopped_by": plan.stopped.as_ref().map(|(by, _)| by), "stopped_at": plan.stopped.as_ref().map(|(_, at)| at), "reviews": plan.reviews
            }))?;
        }
        return Ok(());
    }
    let all = output::say(language, "all", "全部");
    let named = |list: &[String]| if list.is_empty() { all.to_owned() } else { list.join(", ") };
    let row = |plan: &Plan| {
        let scope = &plan.scope;
        let state = match &plan.stopped {
            Some((by, at)) => format!("{} {by} {}", output::say(language, "stopped by", "已停止："), output::moment(*at)),
            None => String::new(),
        };
        vec![
            plan.number.to_string(),
            plan.period.in_words(language).to_owned(),
            scope.size.to_string(),
            named(&scope.actions),
            named(&scope.classes),
            named(&scope.people),
            scope.reviewers.join(", "),
            format!("{}d", plan.due_days),
            plan.title.clone(),
            state,
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let zh = ["计划", "周期", "样本", "操作", "类别", "人员", "复核人", "期限", "标题", ""];
    output::table_in(language, ["plan", "period", "sample", "actions", "classes", "people", "reviewers", "due", "title", ""], zh, &rows)
}

fn list(found: &[Due], json: bool, language: Language) -> Outcome {
    if json {
        for due in found {
            output::line(serde_json::json!({
                "review": due.number, "plan": due.plan, "title": due.title, "from": due.from, "until": due.until, "due_at": due.due_at,
                "checkpoint": due.drawn.map(|(checkpoint, _)| checkpoint), "events": due.drawn.map(|(_, events)| events), "items": due.items,
                "marked": due.marked, "findings": due.findings, "waiting": due.waiting, "signed": due.signed, "done": due.done
            }))?;
        }
        return Ok(());
    }
    let now = Timestamp::now();
    let row = |due: &Due| {
        let zone = TimeZone::get(&due.scope.zone).unwrap_or(TimeZone::UTC);
        vec![
            due.number.to_string(),
            due.state(now, language).to_owned(),
            days(due.from, due.until, &zone),
            output::moment(due.due_at),
            format!("{}/{}", due.marked, due.items),
            due.findings.to_string(),
            due.waiting.to_string(),
            due.signed.join(", "),
            due.title.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let zh = ["复核", "状态", "时段", "截止", "已标记", "问题", "待您处理", "签署", "标题"];
    output::table_in(language, ["review", "state", "period", "due", "marked", "findings", "for you", "signed", "title"], zh, &rows)
}

/// What was said of an event, or who is to say it.
fn said(item: &Item, language: Language) -> String {
    match (&item.found, item.may_mark) {
        (Some(found), _) => format!("{} ({})", found.mark.in_words(language), found.by),
        (None, _) if item.own => output::say(language, "your own", "您的操作").to_owned(),
        (None, true) => output::say(language, "for you", "待您处理").to_owned(),
        (None, false) => output::say(language, "open", "待处理").to_owned(),
    }
}

fn show(items: &[Item], json: bool, language: Language) -> Outcome {
    if json {
        for item in items {
            let found = item.found.as_ref();
            let event = item.event.as_ref();
            output::line(serde_json::json!({
                "item": item.item, "drawn": item.drawn.code(), "session": item.session, "seq": item.seq, "at": event.map(|event| event.at),
                "actor": event.map(|event| &event.actor), "action": event.map(|event| &event.action), "outcome": event.map(|event| &event.outcome),
                "mark": found.map(|found| found.mark.code()), "by": found.map(|found| &found.by), "marked_at": found.map(|found| found.at),
                "note": found.map(|found| &found.note), "signed": found.map(|found| found.signed), "looked": item.looked, "own": item.own,
                "may_mark": item.may_mark
            }))?;
        }
        return Ok(());
    }
    let row = |item: &Item| {
        let gone = output::say(language, "(its month was dropped)", "（所在月份已清除）");
        let (at, who, what) = item.event.as_ref().map_or_else(
            || (String::new(), String::new(), gone.to_owned()),
            |event| {
                let record = event.record_number.map(|number| format!(" {number}")).unwrap_or_default();
                (output::moment(event.at), event.actor.clone(), format!("{}{record}", action::in_words(&event.action, language)))
            },
        );
        let note = item.found.as_ref().map(|found| found.note.clone()).unwrap_or_default();
        vec![item.item.to_string(), item.drawn.in_words(language).to_owned(), at, who, what, said(item, language), note]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let zh = ["项", "抽样", "时间", "操作人", "操作", "标记", "说明"];
    output::table_in(language, ["item", "drawn", "at", "who", "what", "mark", "note"], zh, &rows)
}

async fn look(signed_in: &SignedIn, number: i64, wanted: i32, language: Language) -> Outcome {
    let items = review::open(signed_in, number).await?;
    review::look(signed_in, number, wanted).await?;
    let Some(event) = items.iter().find(|item| item.item == wanted).and_then(|item| item.event.as_ref()) else {
        return output::line(output::say(language, "The month of this event was dropped.", "该事件所在月份已清除。"));
    };
    let lines = [
        ("at", "时间", event.at.to_string()),
        ("who", "操作人", event.actor.clone()),
        ("what", "操作", action::in_words(&event.action, language).to_owned()),
        ("result", "结果", outcome_in_words(&event.outcome, language)),
        ("record", "记录", event.record_number.map(|number| number.to_string()).unwrap_or_default()),
        ("field", "字段", event.field.clone().unwrap_or_default()),
        ("class", "类别", event.class.clone().unwrap_or_default()),
        ("reason", "理由", event.reason.clone().unwrap_or_default()),
        ("reference", "单号", event.reference.clone().unwrap_or_default()),
        ("details", "详情", event.details.clone().unwrap_or_default()),
        ("session", "会话", format!("{} #{}", event.session, event.seq)),
    ];
    for (en, zh, value) in lines.into_iter().filter(|(_, _, value)| !value.is_empty()) {
        output::line(format!("{}: {}", output::say(language, en, zh), for_terminal(&value)))?;
    }
    Ok(())
}

/// Checks a file. It may be checked where nobody has a configuration; where there is one, its fingerprint must fit.
pub fn verify(arguments: &Arguments, file: &Path) -> Outcome {
    let config = arguments.config().ok();
    let language = config.as_ref().map_or_else(config::language_of_environment, |config| config.language);
    let text = std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let (checked, root_compared) = review::verify(&text, config.as_ref())?;
    let whole = &checked.whole;
    let (number, title, by) = (whole.frame.review, for_terminal(&whole.frame.title), for_terminal(&checked.exported_by));
    let (events, population, checkpoint) = (whole.places.len(), whole.frame.population, whole.frame.checkpoint.number);
    let (at, root) = (output::moment(checked.exported_at), &checked.root_fingerprint);
    let english = language == Language::English;
    output::line(if english {
        format!(
            "audit review {number}, {title}: unchanged since {by} exported it at {at}\n{events} of {population} events, drawn with checkpoint {checkpoint}\nroot key: {root}"
        )
    } else {
        format!(
            "审计复核 {number}（{title}）：自 {by} 于 {at} 导出后未被改动\n{population} 条事件中的 {events} 条，以第 {checkpoint} 个检查点抽样\n根密钥：{root}"
        )
    })?;
    for signed in &whole.signatures {
        let (by, at) = (for_terminal(&signed.by), output::moment(signed.at));
        let mine = || whole.marks.iter().filter(|marked| marked.by == signed.by);
        let (marks, findings) = (mine().count(), mine().filter(|marked| marked.mark == Mark::Finding).count());
        output::line(if english {
            format!("signed by {by} at {at}: looked at {marks}, {findings} findings")
        } else {
            format!("{by} 于 {at} 签署：查看 {marks} 条，发现问题 {findings} 条")
        })?;
        for marked in mine().filter(|marked| marked.mark == Mark::Finding) {
            output::line(format!("  {}: {}", marked.item, for_terminal(&marked.note)))?;
        }
    }
    if checked.unsigned > 0 {
        output::line(if english {
            format!("{} events are not signed off", checked.unsigned)
        } else {
            format!("{} 条事件尚未签署", checked.unsigned)
        })?;
    }
    if !root_compared {
        eprintln!(
            "sealdesk: {}",
            output::say(
                language,
                "no configuration here pins this installation's root key: compare its fingerprint with a desk's configuration.",
                "此处没有固定该安装根密钥的配置：请将根密钥指纹与工作台的配置核对。",
            )
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(subcommand)]
        review: Review,
    }

    fn plan(arguments: &[&str]) -> Result<NewPlan, String> {
        let typed = ["x", "plan", "--title", "t", "--reviewer", "r"].iter().chain(arguments);
        match Typed::try_parse_from(typed).map_err(|error| error.to_string())?.review {
            Review::Plan(plan) => plan.plan().map_err(|failure| failure.message),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_plan_is_as_it_was_typed() {
        let typed =
            plan(&["--period", "monthly", "--zone", "Asia/Shanghai", "--hours", "22:00-06:00", "--weekdays", "67", "--due", "3d"]).unwrap();
        assert_eq!((typed.period, typed.due_days, typed.scope.zone.as_str()), (Period::Monthly, 3, "Asia/Shanghai"));
        assert_eq!((typed.scope.from.as_str(), typed.scope.until.as_str(), typed.scope.weekdays), ("22:00", "06:00", vec![6, 7]));
        for wrong in [
            &["--hours", "7-20"][..],
            &["--weekdays", "8"],
            &["--zone", "Nowhere"],
            &["--due", "soon"],
            &["--from", "today"],
            &["--size", "3"],
        ] {
            assert!(plan(wrong).is_err(), "{wrong:?}");
        }
    }
}
