//! Who searched for a record, without a desk.

use std::collections::BTreeMap;

use clap::Args;

use super::{
    super::{Arguments, Failure, Outcome, output, show::find_record},
    tail::line,
};
use crate::{
    config::Config,
    model::{
        audit::{Event, Filter},
        catalogue::Language,
        fold,
    },
    service::{
        SignedIn,
        audit::{self, feed},
        reveal::{self, GivenReason},
        second_factor,
    },
    text::sanitise::for_terminal,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit searched C-204817\n  sealdesk audit searched C-204817 --reveal phone --reason complaint --reference TK-8812\n\nSearches stand in the audit as tokens. They are made again from what you may see of the record, with your index keys; a masked field counts only once it is revealed. Opening the record, revealing and asking are events; the look-up that this command makes itself is left out."
)]
pub struct Searched {
    /// Record number, as C-204817
    record: String,
    /// Field to reveal, so that searches by it are found too; may be given more than once
    #[arg(long = "reveal", value_name = "FIELD")]
    reveal: Vec<String>,
    /// Code of the reason for revealing
    #[arg(long, value_name = "CODE", requires = "reveal")]
    reason: Option<String>,
    /// Ticket number or the like
    #[arg(long, requires = "reason")]
    reference: Option<String>,
    /// The newest so many
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// One JSON object a search, as `audit tail --json` prints them
    #[arg(long)]
    json: bool,
}

impl Searched {
    pub async fn run(&self, arguments: &Arguments, signed_in: &SignedIn, config: &Config) -> Outcome {
        let language = config.language;
        let row = find_record(signed_in, &self.record).await?;
        let reason = self.reason.clone().map(|code| GivenReason { code, reference: self.reference.clone() });
        let mut revealed = reveal::reveal(signed_in, row.id, &self.reveal, reason.as_ref()).await;
        if revealed.iter().any(|(_, value)| value.as_ref().is_err_and(|error| error.code() == "SD023")) {
            second_factor::step_up(signed_in, &arguments.code()?).await?;
            revealed = reveal::reveal(signed_in, row.id, &self.reveal, reason.as_ref()).await;
        }
        let mut values = Vec::new();
        for (field, value) in revealed {
            // Without it the answer would be another one than was asked for.
            let value = value.map_err(|error| {
                let failed = Failure::from(error);
                Failure { message: format!("{field}: {}", row.number.name_in(&failed.message, row.id)), ..failed }
            })?;
            values.push((field, value));
        }
        let searched = audit::searched(signed_in, row.id, &values).await?;
        let fields = searched.fields.clone();
        let events = self.events(signed_in, &Filter { searched: Some(searched), ..Filter::default() }).await?;
        if self.json {
            return events.iter().rev().try_for_each(|event| output::line(feed::json(event, config.installation, language)));
        }
        let catalogue = &signed_in.policy().catalogue;
        let labels: Vec<String> = fields
            .iter()
            .map(|code| catalogue.field(code).map_or(code.as_str(), |field| field.label.in_language(language)))
            .map(for_terminal)
            .collect();
        output::line(match language {
            Language::English => format!("{}: searches by number, {}; --reveal FIELD includes another.", row.number, labels.join(", ")),
            Language::Chinese => format!("{}：按编号、{}的搜索；加 --reveal 字段 可包含其他字段。", row.number, labels.join("、")),
        })?;
        let folded = fold::fold(&events);
        folded.iter().rev().try_for_each(|row| events.get(row.lead).map_or(Ok(()), |event| line(event, row.count(), language)))?;
        output::line(summary(&events, language))
    }

    /// Newest first.
    async fn events(&self, signed_in: &SignedIn, filter: &Filter) -> Result<Vec<Event>, Failure> {
        let (opened, mut page) = audit::open(signed_in, filter, None).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut found: Vec<Event> = Vec::new();
        loop {
            let next = page.next();
            found.extend(page.events.into_iter().filter(|event| event.session != signed_in.session_id()));
            match next.filter(|_| found.len() < limit) {
                Some(place) => page = audit::older(signed_in, &opened, place, 0).await?,
                None => break,
            }
        }
        found.truncate(limit);
        Ok(found)
    }
}

/// `3 searches by 2 people: chen.bo 2, lin.mei 1`.
fn summary(events: &[Event], language: Language) -> String {
    let mut people: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *people.entry(&event.actor).or_default() += 1;
    }
    let mut sorted: Vec<(&str, usize)> = people.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let each: Vec<String> = sorted.iter().map(|(who, count)| format!("{} {count}", for_terminal(who))).collect();
    match (language, each.is_empty()) {
        (Language::English, true) => "Nobody searched for it in what is kept of the audit.".to_owned(),
        (Language::Chinese, true) => "在现存审计中没有人搜索过该记录。".to_owned(),
        (Language::English, false) => format!("{} searches by {} people: {}", events.len(), each.len(), each.join(", ")),
        (Language::Chinese, false) => format!("{} 人共搜索 {} 次：{}", each.len(), events.len(), each.join("、")),
    }
}
