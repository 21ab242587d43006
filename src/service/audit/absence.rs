//! That no value of a record was handed out in a time, with what proves it; or what was.

use jiff::{Timestamp, Unit};

use super::{checkpoint, checkpoint::Memory, evidence::Checked};
use crate::{
    crypto::{
        merkle::Hash,
        record_tree::{End, Found, Key, Proof, Tree, Way, key},
    },
    database::{
        api::{
            absence::{self as api, RecordEvent},
            checkpoint as log, countersignature, evidence, root,
        },
        connection::Connection,
    },
    keyring::{
        absence::{Absence, Around, Listed, MARGIN, hands_out},
        checkpoint::{Checkpoint, Records},
        evidence::{Hex, Material},
    },
    model::{
        audit::{RecordBreak, RecordHarm},
        catalogue::Language,
        id::{RecordNumber, Ticket},
    },
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

/// Events between the checkpoints of one proof.
const MOST: usize = 10_000;
const PIECE: i32 = 10_000;
/// Places of one reading of the tree.
const PLACES: i32 = 50_000;

/// What is to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub record: RecordNumber,
    /// Any, where none is named.
    pub field: Option<String>,
    pub since: Timestamp,
    pub until: Timestamp,
}

#[derive(Clone, Debug)]
pub enum Answer {
    /// Nothing was handed out, and the file proves it.
    Absent { text: String, checked: Box<Checked> },
    /// What was, oldest first.
    Revealed { until: Timestamp, events: Vec<RecordEvent> },
}

/// An answer whose file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Absent { until: Timestamp, path: String },
    Revealed { until: Timestamp, events: Vec<RecordEvent> },
}

impl Told {
    /// The end of the time that it is about, which may be earlier than the one that was asked for.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        match self {
            Self::Absent { until, .. } | Self::Revealed { until, .. } => *until,
        }
    }
}

/// Proves that no value was handed out, or names what was. A checkpoint is made first; what is less than a minute old cannot be proved yet, so a time that
/// ends later ends there, as the answer says.
///
/// # Errors
/// Refused without `audit_all`; `SD006` for a record that is not there, `SD175` for no such field; [`NotProvable`] where the time cannot be proved, with what
/// can be; [`Error::Records`] where the record's chain is not what its events give.
pub async fn absence(signed_in: &SignedIn, asked: &Asked, memory: &mut Option<Memory>) -> Result<Answer> {
    let newest = checkpoint(signed_in, memory).await?;
    let covers = newest.records.and_then(|records| records.covers);
    let latest = covers.and_then(|covers| covers.checked_sub(MARGIN).ok()).ok_or(NotProvable::NotYet)?;
    let micro = |at: Timestamp| at.round(Unit::Microsecond).unwrap_or(at);
    let (since, until) = (micro(asked.since), micro(asked.until.min(latest)));
    if since >= until {
        return Err(NotProvable::NotYet.into());
    }
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    api::request_absence(&client, token, ticket, asked.record, asked.field.as_deref(), (since, until)).await?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let around = api::collect_absence(&client, token, ticket).await?;
    let Some(last) = around.last else {
        return Err(around.provable_from.map_or(NotProvable::NotYet, NotProvable::Before).into());
    };
    let length = |end: Option<End>| end.map_or(0, |end| end.length);
    let between = length(around.last_end) - length(around.first_end);
    if around.kept < between && !around.months.is_empty() {
        let gone = between - around.kept;
        return Err(NotProvable::Dropped { gone, of: between, months: around.months.join(", "), from: around.provable_from }.into());
    }
    let events = read_events(&client, token, ticket, (around.first, last)).await?;
    let listed: Vec<Listed> = events.iter().map(list).collect();
    let installation = signed_in.keyring().installation();
    let genesis = End::genesis(installation, around.record);
    let end = listed.iter().fold(around.first_end.unwrap_or(genesis), |end, event| end.then(&event.entry()));
    let last_end = around.last_end.unwrap_or(genesis);
    if end != last_end {
        // Nothing is proved, and nothing is said to be absent, where the chain and the audit tell different things.
        let harm = match end.length.cmp(&last_end.length) {
            std::cmp::Ordering::Less => RecordHarm::EventGone,
            std::cmp::Ordering::Equal => RecordHarm::Differs,
            std::cmp::Ordering::Greater => RecordHarm::EventLeftOut,
        };
        return Err(Error::Records(RecordBreak { checkpoint: last, record: Some(around.record), harm }));
    }
    let revealed = |event: &&RecordEvent| {
        let is_within = event.at >= since && event.at < until;
        is_within && event.outcome == "ok" && hands_out(&event.action, event.field.as_deref(), asked.field.as_deref())
    };
    if events.iter().any(|event| revealed(&event)) {
        return Ok(Answer::Revealed { until, events: events.iter().filter(revealed).cloned().collect() });
    }

    let checkpoints = Checkpoints { client: &client, token, ticket: new_ticket() };
    evidence::request_evidence(&client, token, checkpoints.ticket).await?.into_result()?;
    signed_in.witness.note(checkpoints.ticket, None, None);
    let (sealed, records) = checkpoints.read(last).await?;
    let first = match around.first {
        None => None,
        Some(number) => Some(checkpoints.read(number).await?),
    };
    let wanted = key(installation, around.record);
    let (mut first_tree, mut last_tree) = (Tree::default(), Tree::default());
    let mut after = None;
    loop {
        let page = api::collect_record_stubs(&client, token, ticket, (around.first, last), after, PLACES).await?;
        let Some(end) = page.last() else { break };
        after = Some(end.key);
        for stubs in page {
            if let Some(stub) = stubs.first {
                first_tree.put(stubs.key, stub);
            }
            if let Some(stub) = stubs.last {
                last_tree.put(stubs.key, stub);
            }
        }
    }
    let prover = Prover { client: &client, token, ticket, wanted };
    let first = match first {
        None => None,
        Some((checkpoint, records)) => {
            let proof = prover.prove(checkpoint.number, &mut first_tree, &records.root, around.first_end).await?;
            Some((checkpoint, proof))
        }
    };
    let last = prover.prove(last, &mut last_tree, &records.root, around.last_end).await?;
    let refused = listed
        .iter()
        .filter(|event| event.at >= since && event.at < until && hands_out(&event.action, event.field.as_deref(), asked.field.as_deref()))
        .count();
    let (summary_en, summary_zh) = summary(signed_in, asked, (since, until), refused, sealed.number);
    let field = asked.field.clone();
    let absence = Absence::from(Around { record: around.record, field, since, until, first, last, events: listed });
    let material = Material {
        made_at: micro(Timestamp::now()),
        asked: format!("absence record={} field={} since={since} until={until}", asked.record, asked.field.as_deref().unwrap_or("any")),
        summary_en,
        summary_zh,
        checkpoint: sealed,
        chains: Vec::new(),
        absence: Some(absence),
        entries: countersignature::collect_signers(&client, token, checkpoints.ticket).await?,
        transitions: root::list_root_transitions(&client, token).await?,
    };
    let keyring = signed_in.keyring();
    let made = keyring.sign_evidence(material)?;
    // What nobody could check is not handed out.
    let checked = made.verify(&keyring.root_fingerprint())?;
    Ok(Answer::Absent { text: made.to_text()?, checked: Box::new(checked) })
}

/// Why nothing can be said of a time, and of which it can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProvable {
    #[error("What is less than a minute old cannot be proved yet: what was asked for in it may still be under way. Ask again in a minute.")]
    NotYet,
    #[error(
        "Only what happened from {0} on can be proved: before that, checkpoints had no chains of records. Ask for a time that begins then."
    )]
    Before(Timestamp),
    #[error("{gone} of the {of} events of this record in that time went with months of the audit that were dropped ({months}): nobody can show any more what they were.{}", from.map_or_else(String::new, |from| format!(" From {from} on it can be proved.")))]
    Dropped { gone: i64, of: i64, months: String, from: Option<Timestamp> },
    #[error("More than 10,000 events of this record lie in that time. Ask for a shorter one.")]
    TooMany,
    #[error("Checkpoint {0} is not as it was a moment ago. Run `sealdesk audit verify`.")]
    Changed(i64),
}

impl NotProvable {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::NotYet => "一分钟之内的情况尚不能证明：期间的请求可能仍在进行。请一分钟后再试。".into(),
            Self::Before(from) => format!("只能证明 {from} 之后的情况：此前的检查点没有记录链。请以该时间为起点再次查证。"),
            Self::Dropped { gone, of, months, from } => {
                let from = from.map_or_else(String::new, |from| format!("{from} 之后的情况可以证明。"));
                format!("该记录在此期间的 {of} 条事件中，有 {gone} 条随审计月份（{months}）一并清除，已无法出示其内容。{from}")
            }
            Self::TooMany => "该记录在此期间的事件超过 10,000 条，请缩短时间范围。".into(),
            Self::Changed(number) => format!("第 {number} 个检查点与片刻之前不同。请运行 sealdesk audit verify。"),
        }
    }
}

fn list(event: &RecordEvent) -> Listed {
    let RecordEvent { session, seq, at, action, outcome, field, hash, .. } = event.clone();
    Listed { session, seq, at, action, outcome, field, hash: Hex(hash) }
}

async fn read_events(client: &Connection, token: &[u8], ticket: Ticket, between: (Option<i64>, i64)) -> Result<Vec<RecordEvent>> {
    let mut found: Vec<RecordEvent> = Vec::new();
    loop {
        let after = found.last().map_or((-1, 0), |last| (last.place, last.seq));
        let page = api::collect_absence_events(client, token, ticket, between, after, PIECE).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
        if found.len() > MOST {
            return Err(NotProvable::TooMany.into());
        }
    }
}

struct Checkpoints<'c> {
    client: &'c Connection,
    token: &'c [u8],
    ticket: Ticket,
}

impl Checkpoints<'_> {
    async fn read(&self, number: i64) -> Result<(Checkpoint, Records)> {
        let found = log::collect_checkpoints(self.client, self.token, self.ticket, number - 1, 1).await?;
        let found = found.into_iter().next().filter(|found| found.number == number);
        let found = found.and_then(|found| found.records.map(|records| (found, records)));
        found.ok_or_else(|| NotProvable::Changed(number).into())
    }
}

struct Prover<'c> {
    client: &'c Connection,
    token: &'c [u8],
    ticket: Ticket,
    wanted: Key,
}

impl Prover<'_> {
    async fn prove(&self, checkpoint: i64, tree: &mut Tree, root: &Hash, end: Option<End>) -> Result<Proof> {
        let Way { beside, there } = tree.way(&self.wanted);
        let found = match (there, end) {
            (Some(there), Some(end)) if there == self.wanted => Some(Found::There(end)),
            (None, None) => Some(Found::Nothing),
            (Some(there), None) if there != self.wanted => {
                let end = api::collect_record_end(self.client, self.token, self.ticket, checkpoint, &there).await?;
                end.and_then(|end| end.apart_from(&there, &self.wanted)).map(|(shown, rest)| Found::Another { shown, rest })
            }
            _ => None,
        };
        let proof = found.map(|found| Proof { beside, found }).filter(|proof| proof.check(root, &self.wanted) == Some(end));
        proof.ok_or(Error::Records(RecordBreak { checkpoint, record: None, harm: RecordHarm::WrongRoot }))
    }
}

/// What was not handed out, in words.
#[must_use]
pub fn what(field: Option<&str>, record: &str, language: Language) -> String {
    match (field, language) {
        (Some(field), Language::English) => format!("{field} of {record}"),
        (None, Language::English) => format!("any field of {record}"),
        (Some(field), Language::Chinese) => format!("{record} 的 {field}"),
        (None, Language::Chinese) => format!("{record} 的任何字段"),
    }
}

/// For who reads the file without the program.
fn summary(
    signed_in: &SignedIn,
    asked: &Asked,
    (since, until): (Timestamp, Timestamp),
    refused: usize,
    checkpoint: i64,
) -> (String, String) {
    let (user, name, record) = (signed_in.user(), signed_in.installation_name(), asked.record.to_string());
    let en = what(asked.field.as_deref(), &record, Language::English);
    let zh = what(asked.field.as_deref(), &record, Language::Chinese);
    (
        format!(
            "Proof of absence from the audit of {name}, made by {user}: no value of {en} was revealed, read among earlier values or opened where it was shared, from {since} until before {until}. {refused} attempts were refused. Masked forms, list rows, and what an officer's program reads to re-encrypt are not spoken of. It is proved up to checkpoint {checkpoint}, which covers a minute more. That the chain holds every event was recomputed by who ran `sealdesk audit verify`. Check with: sealdesk audit verify --bundle FILE --root FINGERPRINT, with the fingerprint from somebody you trust."
        ),
        format!(
            "{name} 的未发生证明，由 {user} 生成：自 {since} 起至 {until} 之前，{zh} 的原文未被查看，未经历史值读取，也未经共享打开。有 {refused} 次尝试被拒绝。掩码形式、列表行以及安全管理员程序为重新加密所读取的内容不在证明之列。证明至第 {checkpoint} 个检查点，该检查点另涵盖其后一分钟。链中包含全部事件一事，由运行 sealdesk audit verify 的人重新计算。校验：sealdesk audit verify --bundle 文件 --root 指纹，指纹须来自您信任的人。"
        ),
    )
}
