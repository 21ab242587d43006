//! Audit events and what can be asked of them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    catalogue::Language,
    id::{RecordId, RecordNumber, SessionId, Ticket},
};

/// One event of one session's chain, exactly as stored: the verifier hashes these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub session: SessionId,
    /// 1 for the first event of the session.
    pub seq: i64,
    pub at: Timestamp,
    /// Login name, or `system`.
    pub actor: String,
    /// `session_submit`, `session_open`, `session_close`, `heartbeat`, `search`, `list`, `view`, `reveal`, `history`, `notes`, `copy`, `create`,
    /// `edit`, `note`, `delete`, `undelete`, `audit`, `verify`, `staff_add`, …
    pub action: String,
    /// `ok`, or the code of the refusal (`SD0nn`).
    pub outcome: String,
    pub record: Option<RecordId>,
    /// Not hashed: looked up beside the event, for display.
    pub record_number: Option<RecordNumber>,
    pub field: Option<String>,
    pub class: Option<String>,
    /// The record's or field's version the event speaks of.
    pub version: Option<i64>,
    pub reason: Option<String>,
    pub reference: Option<String>,
    /// JSON text without customer data.
    pub details: Option<String>,
    pub ticket: Option<Ticket>,
    /// SHA-256 over the previous hash and the canonical encoding.
    pub hash: [u8; 32],
}

impl Event {
    /// In place of the details of an event about a record above the reader's clearance.
    pub const WITHHELD: &'static str = r#"{"withheld":true}"#;

    /// An event that was granted and says nothing but who did what when. Its hash is not computed.
    #[must_use]
    pub fn bare(session: SessionId, seq: i64, at: Timestamp, actor: &str, action: &str) -> Self {
        Self {
            session,
            seq,
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            outcome: "ok".to_owned(),
            record: None,
            record_number: None,
            field: None,
            class: None,
            version: None,
            reason: None,
            reference: None,
            details: None,
            ticket: None,
            hash: [0; 32],
        }
    }

    /// Whether what the event is about is kept from this reader.
    #[must_use]
    pub fn withheld(&self) -> bool {
        self.details.as_deref() == Some(Self::WITHHELD)
    }

    /// Tells one event from every other.
    #[must_use]
    pub fn key(&self) -> EventKey {
        (self.session, self.seq)
    }

    #[must_use]
    pub fn refused(&self) -> bool {
        self.outcome != "ok"
    }

    /// Whether it is meant to be seen by everybody who reads the audit, though it was permitted.
    #[must_use]
    pub fn is_loud(&self) -> bool {
        matches!(
            self.action.as_str(),
            "break_glass"
                | "recovery_perform"
                | "alert"
                | "freeze"
                | "sign_out_all"
                | "audit_export"
                | "legal_hold_release"
                | "audit_review_stop"
        )
    }

    /// What a trail is ordered by, newest last.
    #[must_use]
    pub fn place(&self) -> (Timestamp, SessionId, i64) {
        (self.at, self.session, self.seq)
    }
}

pub type EventKey = (SessionId, i64);

/// An outcome as a sentence's part: `refused: the roles did not permit it`.
#[must_use]
pub fn outcome_in_words(outcome: &str, language: Language) -> String {
    let (en, zh) = match outcome {
        "ok" => return if language == Language::English { "done" } else { "完成" }.to_owned(),
        "SD003" => ("the roles did not permit it", "角色无此权限"),
        "SD004" => ("the hour's quota was used up", "本小时额度已用完"),
        "SD005" => ("a reason or reference was missing", "缺少理由或单号"),
        "SD006" => ("there is no such record or field", "没有该记录或字段"),
        "SD007" => ("somebody else had changed it meanwhile", "已被他人修改"),
        "SD008" => ("the request was unknown, foreign or too old", "请求未知、不属于本会话或已过期"),
        "SD010" => ("the login is not active", "账号未启用"),
        "SD011" => ("an argument was not acceptable", "参数不被接受"),
        "SD012" => ("too many attempts", "尝试次数过多"),
        "SD021" => ("a second factor was missing", "未设置双因素验证"),
        "SD022" => ("the code was wrong or used", "验证码不正确或已使用"),
        "SD023" => ("a fresh code was needed", "需要新的验证码"),
        "SD024" => ("two-factor was set up already, or not begun", "双因素验证已设置或尚未开始"),
        "SD030" => ("their keys were older, and were fetched anew", "密钥已更换，随后重新获取"),
        "SD014" => ("the one-time code was used or had expired", "一次性代码已使用或已过期"),
        "SD040" => ("that was the last active security officer", "这是最后一位启用中的安全管理员"),
        "SD041" => ("it was their own account", "不能对自己的账号执行"),
        "SD042" => ("the login name was taken or not acceptable", "登录名已被占用或不可用"),
        "SD043" => ("the person was not in a state for it", "人员状态不允许"),
        "SD044" => ("the keys had been wrapped anew meanwhile", "密钥已重新封装"),
        "SD050" => ("nobody else had approved it", "尚未经他人批准"),
        "SD051" => ("it was their own request or gain", "不能审批自己提出或受益的申请"),
        "SD052" => ("it was decided or over already", "已审批或已结束"),
        "SD053" => ("their roles may not have that role", "其角色不能临时担任该角色"),
        "SD054" => ("not for so many minutes", "时长超出范围"),
        "SD055" => ("they had that role already", "已拥有该角色"),
        "SD060" => ("the label was above their clearance", "标签高于本人密级"),
        "SD061" => ("there was no such level or compartment", "没有该等级或分组"),
        "SD062" => ("they may not lower a label", "无权降低标签"),
        "SD064" => ("the rank was taken, or out of range", "等级序号已占用或超出范围"),
        "SD063" => ("the record was above that person's clearance", "记录高于此人的密级"),
        "SD065" => ("values of the class are not shared", "此类信息不可共享"),
        "SD066" => ("the value had not been revealed first", "未先查看该值"),
        "SD067" => ("the person could not be shared with", "不能与此人共享"),
        "SD068" => ("no such share, or it had ended", "没有该共享或已结束"),
        "SD069" => ("it was shared already", "已共享"),
        "SD070" => ("a code or label was not acceptable", "代码或名称不可用"),
        "SD071" => ("the index would have told too much", "索引会泄露过多信息"),
        "SD072" => ("kind, class, mask and search did not go together", "类型、类别、掩码与搜索方式不匹配"),
        "SD073" => ("records need their name", "记录需要姓名"),
        "SD074" => ("the field had changed meanwhile", "字段设置已更改"),
        "SD075" => ("a setting was out of range", "设置超出范围"),
        "SD076" => ("it was retired, or was not", "停用状态不允许"),
        "SD080" => ("there was no such recovery set", "没有该恢复组"),
        "SD081" => ("the share did not fit", "份额不符"),
        "SD082" => ("the shares did not open what is stored", "份额未能打开所存内容"),
        "SD083" => ("custodians or threshold could not be", "保管人或门限不可用"),
        "SD084" => ("no later recovery set had passed a drill", "尚无更新的恢复组通过演练"),
        "SD085" => ("the number of days could not be", "天数不可用"),
        "SD090" => ("it was their own grant", "不能复核自己的角色"),
        "SD091" => ("it had been answered already", "该项已答复"),
        "SD092" => ("the duties must not be in one hand", "职责须分离"),
        "SD093" => ("the review was closed", "复核已关闭"),
        "SD094" => ("they were no reviewer of it", "不是复核人"),
        "SD095" => ("there was no such campaign or grant", "没有该复核或授权"),
        "SD096" => ("there was nothing to review", "无可复核"),
        "SD130" => ("the settings make no rule", "设置不构成规则"),
        "SD131" => ("there is no such rule", "没有该规则"),
        "SD132" => ("there is no such alert", "没有该告警"),
        "SD133" => ("they caused it themselves", "由其本人引发"),
        "SD134" => ("it was put away already", "已处理"),
        "SD135" => ("more had come meanwhile", "又有新事件"),
        "SD136" => ("time or reason will not do", "时间或理由不可用"),
        "SD097" => ("the record belongs to somebody else", "记录由他人负责"),
        "SD098" => ("the person could not be its owner", "不能由此人负责"),
        "SD105" => ("another change was approved", "获批的是另一项更改"),
        "SD107" => ("there was no such rule", "没有该规则"),
        "SD108" => ("it was on hold, or was not", "保留状态不允许"),
        "SD109" => ("more was due than had been shown", "到期内容多于所示"),
        "SD106" => ("no such change was tried", "未尝试过此更改"),
        "SD120" => ("the session had no such event", "会话中没有该事件"),
        "SD121" => ("a later event was countersigned already", "更晚的事件已会签"),
        "SD122" => ("their keys were not in the directory", "签名目录中没有其密钥"),
        "SD123" => ("another checkpoint came first", "已有另一检查点在先"),
        "SD125" => ("it was their own checkpoint", "是本人生成的检查点"),
        "SD126" => ("there was no such checkpoint", "没有该检查点"),
        "SD160" => ("the month is still kept", "该月仍在保留期内"),
        "SD161" => ("no such month, or not the oldest", "没有该月，或并非最早的月份"),
        "SD162" => ("no checkpoint covers the month", "检查点未覆盖该月"),
        "SD163" => ("a record of it was on hold", "涉及法定保留的记录"),
        "SD164" => ("an incident was open", "有未关闭的安全事件"),
        "SD165" => ("not for so many months", "月数超出范围"),
        "SD166" => ("the statement did not fit", "声明与内容不符"),
        "SD167" => ("the audit was in use", "审计正被占用"),
        "SD186" => ("there was no such audit review", "没有该审计复核"),
        "SD187" => ("it was their own event, or not theirs to review", "涉及本人操作，或不是复核人"),
        "SD188" => ("it was signed off, or not drawn yet", "已签署，或样本尚未抽取"),
        "SD189" => ("something had not been looked at", "仍有事件未查看"),
        "SD182" => ("it is always recorded", "该动作始终记录"),
        "SD183" => ("there was no such choice", "没有该选项"),
        "SD184" => ("a rule counts it", "有规则需要该记录"),
        "SD185" => ("it was so already", "已是该设置"),
        "SD124" => ("the root was not what the database computes", "根与数据库计算结果不符"),
        "SD140" => ("the account was frozen", "账号已被冻结"),
        "SD141" => ("the class, or every reveal, was frozen", "该类别或全部查看已被冻结"),
        "SD142" => ("the role was frozen", "角色已被冻结"),
        "SD143" => ("there was nothing of that name to freeze", "没有可冻结的对象"),
        "SD144" => ("there was no such freeze in force", "没有生效中的该冻结"),
        "SD145" => ("it was frozen already", "已被冻结"),
        "SD146" => ("there was no such person or class", "没有该人员或类别"),
        "SD147" => ("there was no such incident", "没有该事件"),
        "SD148" => ("the incident was closed, or was not", "事件已关闭或未关闭"),
        "SD149" => ("the item could not be", "条目不成立"),
        "SD170" => ("none of the search keys was that record's", "搜索密钥均不属于该记录"),
        "SD171" => ("fifty filters were saved already", "已保存五十个筛选条件"),
        "SD178" => ("the session had no such events", "会话中没有这些事件"),
        "SD177" => ("lists are asked for in another way", "须以规定方式申请列表"),
        "SD112" => ("who asked was frozen or may not respond", "申请人已被冻结或无冻结权限"),
        "SD111" => ("that role needs no approval", "该角色无需审批"),
        "SD110" => ("signing in was too long ago", "登录时间过久"),
        code => {
            return match language {
                Language::English => format!("refused ({code})"),
                Language::Chinese => format!("拒绝（{code}）"),
            };
        }
    };
    match language {
        Language::English => format!("refused: {en}"),
        Language::Chinese => format!("拒绝：{zh}"),
    }
}

/// Every set part must hold. Empty means everything the person may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor: Option<String>,
    /// One action, or several with commas between.
    pub action: Option<String>,
    pub record: Option<RecordId>,
    /// The record's number: for showing beside `record`, for looking it up without.
    pub number: Option<RecordNumber>,
    pub class: Option<String>,
    /// `ok`, `refused`, or the code of a refusal.
    pub outcome: Option<String>,
    pub reason: Option<String>,
    /// Part of action, field, reason, reference, outcome or details.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Who searched for a record.
    pub searched: Option<Searched>,
}

/// A record, and what searches find it by: made by a client that holds its index keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    pub record: RecordId,
    pub number: RecordNumber,
    /// Under every epoch of the index keys that the client holds.
    pub tokens: Vec<i64>,
    /// Codes of the fields that tokens were made of; of others it is not told who searched.
    pub fields: Vec<String>,
}

/// What a copy of the audit is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Json,
}

impl ExportFormat {
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    /// Also the ending of a file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

impl Filter {
    /// A copy of what the filter shows, in the words of the database's `export_subject`: what somebody approves.
    #[must_use]
    pub fn export_subject(&self, format: ExportFormat) -> String {
        let moment = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let parts = [
            ("format", Some(format.code().to_owned())),
            ("actor", self.actor.clone()),
            ("action", self.action.clone()),
            ("record", self.record.map(|record| record.to_string()).or_else(|| self.number.map(|number| number.value.to_string()))),
            ("class", self.class.clone()),
            ("outcome", self.outcome.clone()),
            ("reason", self.reason.clone()),
            ("searched", self.searched.as_ref().map(|searched| searched.record.to_string())),
            ("from", self.from.map(moment)),
            ("until", self.until.map(moment)),
            ("text", self.text.clone()),
        ];
        let set: Vec<String> = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        set.join(" ")
    }

    /// Who saw a record: the actions that show something of it.
    pub const SEEING: &'static str = "view,view_again,reveal,history,copy,notes,shared_reveal";

    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where following goes on: every event not yet seen has a transaction id at or above the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub horizon: u64,
    /// Set between the pages of one round.
    pub within: Option<Within>,
}

/// How far a round of following has come, and the horizon of the round after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    pub session: SessionId,
    pub seq: i64,
    pub next_horizon: u64,
}

/// Tells events that come again from new ones. What a round reads again, the round before it read: older events need not be remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rounds {
    before: HashSet<EventKey>,
    now: HashSet<EventKey>,
}

impl Rounds {
    /// Begins with what was read before the first round.
    #[must_use]
    pub fn after(known: impl IntoIterator<Item = EventKey>) -> Self {
        Self { before: known.into_iter().collect(), now: HashSet::new() }
    }

    /// The events of a page that are new; the last page of a round ends it.
    pub fn fresh(&mut self, page: Vec<Event>, last: bool) -> Vec<Event> {
        let fresh = page.into_iter().filter(|event| self.now.insert(event.key()) && !self.before.contains(&event.key())).collect();
        if last {
            self.before = std::mem::take(&mut self.now);
        }
        fresh
    }

    /// What the next round may read again.
    #[must_use]
    pub fn known(&self) -> &HashSet<EventKey> {
        &self.before
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first, but those of a round of following in the order of transactions.
    pub events: Vec<Event>,
    /// Pass back to follow: every event not yet seen has a transaction id at or above it.
    pub horizon: u64,
    pub has_more: bool,
    /// Where the page ended before it was full, since so many events had been looked through for a text: there it goes on.
    pub looked: Option<Looked>,
}

impl AuditPage {
    /// Where the next older page begins; `None` where there is none.
    #[must_use]
    pub fn next(&self) -> Option<(Timestamp, SessionId, i64)> {
        let end = || self.looked.map(|looked| looked.place).or_else(|| self.events.last().map(Event::place));
        self.has_more.then(end).flatten()
    }
}

/// How far was looked for a text, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The place of the last event that was looked at.
    pub place: (Timestamp, SessionId, i64),
    /// How many were looked at.
    pub events: u64,
}

/// Who a session of the trail is, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    pub session: SessionId,
    /// As they are now.
    pub roles: Vec<String>,
    /// As the client said; not proof of anything.
    pub origin: String,
    pub program: String,
    /// Where the connection came from, as the server sees it; `None` on its own machine's socket.
    pub address: Option<String>,
    pub opened_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// The last event that the person's client had countersigned when this was read.
    pub countersigned: Option<i64>,
}

impl SessionInfo {
    /// The address that the server saw, where what the client says names another or none.
    #[must_use]
    pub fn other_address(&self) -> Option<&str> {
        let address = self.address.as_deref()?;
        let said = self.origin.split(|character: char| character.is_whitespace() || character == ',').any(|word| word == address);
        (!said).then_some(address)
    }
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// Events at its begin; more may have come since.
    pub total: u64,
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    pub sessions: u64,
    pub events: u64,
    /// Signatures of people over their own chains, and the events that these cover.
    pub signatures: u64,
    pub countersigned: u64,
    /// Checkpoints that were followed, and the first that does not fit.
    pub checkpoints: u64,
    pub witnesses: u64,
    pub log: Vec<LogBreak>,
    /// Reviews of the audit whose samples were drawn again, and what is not as it was done.
    pub reviews: u64,
    pub review_breaks: Vec<ReviewBreak>,
    /// Records whose chains are not what the events give.
    pub records: Vec<RecordBreak>,
    /// Months that were dropped with a statement that checks.
    pub dropped: Vec<Dropped>,
    /// In the order found; the first is the earliest in its chain.
    pub broken: Vec<Break>,
    /// Desks that were silent. No harm by itself: a machine that slept leaves one too.
    pub gaps: Vec<Gap>,
    /// The last event that was checked, by session.
    pub checked: HashMap<SessionId, i64>,
    /// When it began, by this machine's clock.
    pub at: Option<Timestamp>,
}

impl Verification {
    /// The break that a stored event stands at.
    #[must_use]
    pub fn break_at(&self, key: EventKey) -> Option<&Break> {
        self.broken.iter().find(|broken| broken.beside.is_some_and(|(seq, _)| (broken.session, seq) == key))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    pub session: SessionId,
    pub seq: i64,
    pub harm: Harm,
    /// The stored event that shows it: itself, or the one beside the gap.
    pub beside: Option<(i64, Timestamp)>,
}

/// A month of the audit that was dropped, by whom and under which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// `2024-01`
    pub month: String,
    pub events: i64,
    pub chains: i64,
    pub at: Timestamp,
    pub login: String,
    pub request: i64,
}

/// A month of the audit that is there, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditMonth {
    pub month: String,
    pub events: i64,
    pub chains: i64,
    /// `ok` where it may be dropped, else the code of why not.
    pub outcome: String,
    pub dropped: Option<Dropped>,
}

/// A record whose chain is not what its events give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordBreak {
    /// The first checkpoint at which that shows.
    pub checkpoint: i64,
    /// `None` where no event is left that names it, and where it is the tree of all of them.
    pub record: Option<RecordId>,
    pub harm: RecordHarm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordHarm {
    /// The audit has an event of it that its chain has not.
    EventLeftOut,
    /// Its chain has an event of it that the audit has not, or no longer under that record.
    EventGone,
    /// As many events, but others.
    Differs,
    /// The stored ends of the chains do not give the root that was signed.
    WrongRoot,
}

impl RecordHarm {
    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::EventLeftOut => (
                "an event of it was left out of its chain: no proof of absence holds for it",
                "其链中缺少审计里的事件：对该记录的未发生证明无效",
            ),
            Self::EventGone => ("an event of it was taken from the audit", "其链中的事件已从审计中被删除"),
            Self::Differs => ("an event of it was changed", "其事件被改动"),
            Self::WrongRoot => ("the stored chains of the records are not those that were signed", "所存的记录链与签名内容不符"),
        };
        if language == Language::English { en } else { zh }
    }

    /// Which one, and what: for a line.
    #[must_use]
    pub fn line(broken: &RecordBreak, language: Language) -> String {
        let RecordBreak { checkpoint, record, harm } = broken;
        let words = harm.in_words(language);
        match (record, language) {
            (Some(record), Language::English) => format!("record {record} at checkpoint {checkpoint}: {words}"),
            (Some(record), Language::Chinese) => format!("记录 {record}，第 {checkpoint} 个检查点：{words}"),
            (None, Language::English) => format!("records at checkpoint {checkpoint}: {words}"),
            (None, Language::Chinese) => format!("第 {checkpoint} 个检查点的记录：{words}"),
        }
    }
}

/// A checkpoint that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogBreak {
    pub number: i64,
    pub harm: LogHarm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogHarm {
    /// It does not follow from the one before, or is not as it was seen.
    Altered,
    Missing,
    ForgedSignature,
    /// The stored leaves do not give the root that was signed.
    WrongRoot,
    /// The database ends before it.
    RolledBack,
    /// Another one stands in its place than was written down.
    NotTheAnchored,
    ForgedWitness,
}

impl LogHarm {
    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Altered => (
                "changed: it does not follow from the one before, or is not as it was seen",
                "被改动：与前一检查点不相连，或与此前所见不符",
            ),
            Self::Missing => ("missing: checkpoints were taken out here", "缺失：此处有检查点被删除"),
            Self::ForgedSignature => ("forged: nobody whose key is vouched for signed it", "伪造：签名者的密钥没有担保"),
            Self::WrongRoot => ("wrong root: the stored leaves are not those that were signed", "根不符：所存的叶节点与签名内容不符"),
            Self::RolledBack => (
                "rolled back: the database ends before it; an older copy was restored, or its end was cut off",
                "回退：数据库止于此检查点之前，已恢复旧副本或末尾被切掉",
            ),
            Self::NotTheAnchored => ("not the one that was seen: another was made in its place", "与所见不符：同一位置另有检查点"),
            Self::ForgedWitness => ("forged witness: the signature is not that of who is named", "见证系伪造：签名并非所载人员所为"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// A review of the audit that is not as it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewBreak {
    pub review: i64,
    /// Place in the sample.
    pub item: Option<i32>,
    pub harm: ReviewHarm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewHarm {
    /// The checkpoint is not the one that the sample had to be drawn with.
    Seed,
    /// Another sample follows from the events and the checkpoint.
    Sample,
    /// A mark is not what its reviewer made of it.
    Mark,
    /// A signature does not fit the sample and the marks, or is not the reviewer's.
    Signature,
    /// The audit speaks of it, and it is not there.
    Missing,
}

impl ReviewHarm {
    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Seed => ("drawn with another checkpoint than the one it had to be drawn with", "抽样所用的检查点不符"),
            Self::Sample => ("another sample follows from the events and the checkpoint", "样本与审计事件及检查点推算的结果不符"),
            Self::Mark => ("a mark was changed: the audit says what its reviewer made of it", "标记被改动：与审计所载不符"),
            Self::Signature => ("signed for something else, or not by the reviewer", "签名与样本及标记不符，或并非复核人所签"),
            Self::Missing => ("gone: the audit says that it was done", "缺失：审计载有此项"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// A desk that leaves heartbeats left none for longer than it can by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub session: SessionId,
    /// Number and moment of the event before the silence.
    pub after: i64,
    pub from: Timestamp,
    /// The event that ended it; `None` where the session never said that it ended.
    pub until: Option<Timestamp>,
}

impl Gap {
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        match (self.until, language) {
            (Some(until), Language::English) => {
                format!("silent for {} min after #{}", until.duration_since(self.from).as_mins(), self.after)
            }
            (Some(until), Language::Chinese) => format!("第 {} 条之后静默 {} 分钟", self.after, until.duration_since(self.from).as_mins()),
            (None, Language::English) => format!("never signed out: silent since #{}", self.after),
            (None, Language::Chinese) => format!("未正常退出：第 {} 条之后再无事件", self.after),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The stored values do not follow from the event before.
    Altered,
    /// The sequence has a gap.
    Missing,
    /// An event stands here that the chain does not know.
    Inserted,
    /// An event of another place in the chain.
    Reordered,
    /// The chain ends before its head says it does.
    Truncated,
    /// The session's head does not agree with its last event.
    HeadDisagrees,
    /// The chain fits itself, but not what the person signed of it.
    Rewritten,
    /// A signature that the person did not make, or whose key nobody vouches for.
    ForgedSignature,
    /// Something signed speaks of a session that is not there.
    SessionDeleted,
    /// Nothing is left of the month in which the session began.
    PartitionDropped,
    /// The records that stand beside a list or search are not those that it handed out.
    PageChanged,
}

impl Harm {
    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Altered => ("changed: it does not follow from the event before", "被改动：与前一事件不相连"),
            Self::Missing => ("missing: events were taken out here", "缺失：此处有事件被删除"),
            Self::Inserted => ("inserted: the chain does not know this event", "被插入：链中没有此事件"),
            Self::Reordered => ("reordered: it belongs elsewhere in the chain", "被调换：该事件属于链中其他位置"),
            Self::Truncated => ("truncated: the end of the chain was cut off", "被截断：链的末尾被切掉"),
            Self::HeadDisagrees => {
                ("head changed: the chain's end does not agree with its last event", "链头被改动：链尾与最后一个事件不符")
            }
            Self::Rewritten => ("rewritten: from here on it is not what was signed", "被重写：自此处起与已签名的内容不符"),
            Self::ForgedSignature => ("forged: a countersignature that is not the person's", "伪造：会签并非本人所为"),
            Self::SessionDeleted => ("deleted: the session was signed for and is gone", "被删除：有签名的会话已不存在"),
            Self::PartitionDropped => (
                "dropped: no event is left of the month in which this session began, and no signed statement says why",
                "被清除：该会话开始的月份已没有任何事件，且没有已签名的声明",
            ),
            Self::PageChanged => (
                "page changed: the records kept beside this list are not those that it handed out",
                "列表内容被改动：所存记录与当时交付的不符",
            ),
        };
        if language == Language::English { en } else { zh }
    }

    /// One word, for a mark.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Altered => ("CHANGED", "被改动"),
            Self::Missing => ("MISSING", "缺失"),
            Self::Inserted => ("INSERTED", "被插入"),
            Self::Reordered => ("REORDERED", "被调换"),
            Self::Truncated => ("TRUNCATED", "被截断"),
            Self::HeadDisagrees => ("HEAD", "链头被改动"),
            Self::Rewritten => ("REWRITTEN", "被重写"),
            Self::ForgedSignature => ("FORGED", "伪造"),
            Self::SessionDeleted => ("DELETED", "被删除"),
            Self::PartitionDropped => ("DROPPED", "被清除"),
            Self::PageChanged => ("PAGE", "列表被改动"),
        };
        if language == Language::English { en } else { zh }
    }
}
