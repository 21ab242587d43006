//! `sealdesk retention`: how long data is kept, purging what is due, and legal holds.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output, progress::Shown, show::number_of};
use crate::{
    model::{
        catalogue::{Catalogue, Language},
        retention::{Due, HeldRecord, Kept, Rule},
    },
    service::{SignedIn, retention, unlock},
};

/// What a rule is about.
#[derive(Debug, Args)]
pub struct Of {
    #[arg(value_parser = ["erased", "history", "notes", "untouched"])]
    kind: String,
    /// The class, for earlier values
    #[arg(required_if_eq("kind", "history"))]
    class: Option<String>,
}

impl Of {
    fn kept(&self) -> Result<Kept, Failure> {
        Kept::from_parts(&self.kind, self.class.as_deref().unwrap_or_default())
            .ok_or_else(|| Failure::usage("only earlier values have a class: retention ... history contact"))
    }
}

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Kinds:\n  erased           deleted records, until they are gone for good\n  history CLASS    earlier values of a class\n  notes            notes\n  untouched        records that nobody looks at or changes: only marked as due, unless --purge\n\nExamples:\n  sealdesk retention try erased --days 30\n  sealdesk retention set erased --days 30 --confirm\n  sealdesk retention run\n  sealdesk retention hold C-204817 --why \"case 12 O 44/26\""
)]
pub enum Retention {
    /// How long everything is kept, and what is due now
    List {
        #[arg(long)]
        json: bool,
    },
    /// What a rule would purge today
    Try {
        #[command(flatten)]
        of: Of,
        #[arg(long)]
        days: i32,
    },
    /// Keep something so many days, or for ever; without --confirm it is only tried
    Set {
        #[command(flatten)]
        of: Of,
        #[arg(long, required_unless_present = "for_ever")]
        days: Option<i32>,
        /// Take the rule away
        #[arg(long, conflicts_with = "days")]
        for_ever: bool,
        /// Purge untouched records when they are due, instead of only marking them
        #[arg(long)]
        purge: bool,
        /// Make the rule, after what it would purge has been shown
        #[arg(long)]
        confirm: bool,
    },
    /// Purge what is due, by one rule or by all; what is gone is gone
    Run {
        #[arg(value_parser = ["erased", "history", "notes", "untouched"])]
        kind: Option<String>,
        /// The class, for earlier values
        class: Option<String>,
    },
    /// The numbers of records of which something is due
    Due {
        #[command(flatten)]
        of: Of,
    },
    /// Purge nothing of a record, whatever is due
    Hold {
        /// Record number, as C-204817
        record: String,
        /// Why, at most 200 characters; everybody who sees the record reads it
        #[arg(long)]
        why: String,
        /// A case or an incident
        #[arg(long)]
        reference: Option<String>,
    },
    /// Take a hold off a record
    Release {
        /// Record number, as C-204817
        record: String,
        #[arg(long)]
        why: String,
        /// A case or an incident
        #[arg(long)]
        reference: Option<String>,
    },
    /// Records on hold
    Holds {
        #[arg(long)]
        json: bool,
    },
}

impl Retention {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&retention::rules(caller).await?, &caller.policy().catalogue, language, *json),
            Self::Try { of, days } => {
                let of = of.kept()?;
                told(&of, retention::try_days(caller, &of, *days).await?, of != Kept::Untouched, language)
            }
            Self::Set { of, days, purge, confirm, .. } => set(caller, of.kept()?, *days, *purge, *confirm, language).await,
            Self::Run { kind, class } => {
                let of = match (kind, class) {
                    (Some(kind), class) => Some(Of { kind: kind.clone(), class: class.clone() }.kept()?),
                    (None, _) => None,
                };
                purge(caller, of, language).await
            }
            Self::Due { of } => retention::due(caller, &of.kept()?).await?.into_iter().try_for_each(output::line),
            Self::Hold { record, why, reference } => Ok(retention::hold(caller, number_of(record)?, why, reference.as_deref()).await?),
            Self::Release { record, why, reference } => {
                Ok(retention::release(caller, number_of(record)?, why, reference.as_deref()).await?)
            }
            Self::Holds { json } => holds(&retention::holds(caller).await?, language, *json),
        }
    }
}

/// What a rule would do today.
fn told(of: &Kept, due: Due, purges: bool, language: Language) -> Outcome {
    let (name, words) = (of.name(), due.in_words(language));
    output::line(match (language, purges) {
        (Language::English, true) => format!("{name}: would purge {words}, today"),
        (Language::English, false) => format!("{name}: would mark {words} as due, today"),
        (Language::Chinese, true) => format!("{name}：今天将清除 {words}"),
        (Language::Chinese, false) => format!("{name}：今天将标记 {words}为到期"),
    })
}

async fn set(caller: &SignedIn, of: Kept, days: Option<i32>, purge: bool, confirm: bool, language: Language) -> Outcome {
    let before = retention::rules(caller).await?.into_iter().find(|rule| rule.of == of);
    let Some(before) = before else { return Err(Failure::failed(format!("There is no class \"{}\".", of.class()))) };
    let rule = Rule { days, purges: purge || of != Kept::Untouched, ..before };
    let shown = match days {
        Some(days) => {
            let due = retention::try_days(caller, &of, days).await?;
            told(&of, due, rule.purges, language)?;
            Some(due)
        }
        None => None,
    };
    if !confirm && shown.is_some() {
        eprintln!(
            "sealdesk: {}",
            match language {
                Language::English => "tried only; --confirm makes the rule, and `sealdesk retention run` purges by it",
                Language::Chinese => "仅试算；加 --confirm 才会设置规则，sealdesk retention run 据此清除",
            }
        );
        return Ok(());
    }
    Ok(retention::set(caller, &rule, shown).await?)
}

async fn purge(caller: &SignedIn, of: Option<Kept>, language: Language) -> Outcome {
    let mut shown = Shown::new(language, ("purged", "已清除"));
    let work = async {
        match &of {
            Some(of) => Ok(vec![(of.clone(), retention::run(caller, of, |progress| shown.progress(progress)).await?)]),
            None => retention::run_all(caller, |_, progress| shown.progress(progress)).await,
        }
    };
    let done = tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => {
            let (en, zh) = ("Stopped. `sealdesk retention run` goes on from here.", "已停止。用 sealdesk retention run 继续。");
            return Err(Failure::failed(if language == Language::English { en } else { zh }));
        }
    };
    shown.finish();
    let done = done?;
    if done.is_empty() {
        return output::line(if language == Language::English { "nothing is due" } else { "没有到期的内容" });
    }
    for (of, purged) in done {
        output::line(match language {
            Language::English => format!("{}: purged {} items of {} records", of.name(), purged.items, purged.records),
            Language::Chinese => format!("{}：已清除 {} 条记录中的 {} 项", of.name(), purged.records, purged.items),
        })?;
    }
    Ok(())
}

fn list(rules: &[Rule], catalogue: &Catalogue, language: Language, json: bool) -> Outcome {
    if json {
        for rule in rules {
            output::line(serde_json::json!({
                "kind": rule.of.kind(), "class": Some(rule.of.class()).filter(|class| !class.is_empty()), "days": rule.days, "purges": rule.purges,
                "due": { "records": rule.due.records, "values": rule.due.values, "earlier_values": rule.due.earlier, "notes": rule.due.notes }
            }))?;
        }
        return Ok(());
    }
    let say = |en: &str, zh: &str| if language == Language::English { en.to_owned() } else { zh.to_owned() };
    let row = |rule: &Rule| {
        let then = match (rule.days, rule.purges) {
            (None, _) => String::new(),
            (_, true) => say("purged", "清除"),
            (_, false) => say("marked", "标记"),
        };
        vec![
            rule.of.name(),
            rule.of.in_words(catalogue, language),
            rule.days.map_or_else(|| say("for ever", "永久"), |days| days.to_string()),
            then,
            if rule.days.is_some() { rule.due.in_words(language) } else { String::new() },
        ]
    };
    let heading = match language {
        Language::English => ["kind", "what", "days", "then", "due now"],
        Language::Chinese => ["种类", "内容", "天数", "到期后", "当前到期"],
    };
    output::table(&heading, &rules.iter().map(row).collect::<Vec<_>>())
}

fn holds(found: &[HeldRecord], language: Language, json: bool) -> Outcome {
    if json {
        for held in found {
            output::line(serde_json::json!({
                "record": held.number.to_string(), "why": held.hold.reason, "reference": held.hold.reference, "by": held.hold.by, "at": held.hold.at
            }))?;
        }
        return Ok(());
    }
    let row = |held: &HeldRecord| {
        vec![
            held.number.to_string(),
            output::moment(held.hold.at),
            held.hold.by.clone(),
            held.hold.reference.clone().unwrap_or_default(),
            held.hold.reason.clone(),
        ]
    };
    let heading = match language {
        Language::English => ["record", "since", "by", "reference", "why"],
        Language::Chinese => ["记录", "起始时间", "设置人", "案号", "理由"],
    };
    output::table(&heading, &found.iter().map(row).collect::<Vec<_>>())
}
