//! What a database call can end with. Refusals carry the stable codes that the SQL functions use.

use std::error::Error as _;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::model::catalogue::Language;

pub type Result<T> = std::result::Result<T, DatabaseError>;

#[derive(Debug, Error)]
pub enum DatabaseError {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("The database server cannot be reached: {detail}. Check host, port and network; an open desk reconnects by itself.")]
    Unreachable { detail: String },
    #[error("Both connections of this desk are busy with something that takes long. Esc stops a reading; then try again.")]
    Busy,
    #[error("The server did not accept the login.")]
    AuthenticationFailed,
    #[error(
        "The server's certificate is not accepted: {detail}. Check `tls_ca` and `host` in the configuration; do not switch verification off."
    )]
    Certificate { detail: String },
    #[error(
        "The server lets nobody in this way: {detail}. Check `tls` and `host` in the configuration; the server's pg_hba.conf says what it wants."
    )]
    NoEntry { detail: String },
    #[error("The server answered: {message} ({code})")]
    Server { code: String, message: String },
    #[error("The database is newer than this program ({detail}). Install the newer sealdesk.")]
    Newer { detail: String },
    #[error("The database is older than this program ({detail}). Whoever looks after it runs `sealdesk migrate`.")]
    Older { detail: String },
    #[error("The migrations in the database differ from this program's: {detail}. Do not continue; compare versions.")]
    Migration { detail: String },
    #[error("The server's answer cannot be understood: {0}. Program and database may be of different versions: run `sealdesk doctor`.")]
    Answer(String),
    #[error("The connection URL {0}; it looks like postgresql://postgres:…@host:5432/sealdesk?sslrootcert=/path/to/ca.pem")]
    Url(&'static str),
    #[error(
        "The server lacks pgcrypto, which the second factor needs. Install its contrib package (postgresql-contrib), then run this again."
    )]
    NoContrib,
    /// The person's own account.
    #[error("{by} has frozen this account ({at}): {why}. Every session of it has ended; two others can lift it. Ask a supervisor.")]
    Frozen { by: String, at: String, why: String },
    #[error("This database holds an installation already. Choose an empty one, or run `sealdesk migrate`.")]
    Installed,
}

/// A refusal by policy or protocol: the database's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("The request is not on disk yet. Ask again.")]
    NotDurable,
    #[error("The session has ended or expired. Sign in again.")]
    NoSession,
    #[error("Your roles do not permit this. Ask a supervisor.")]
    NotPermitted,
    #[error("The quota of this hour is used up. Wait, or ask a supervisor.")]
    Quota,
    #[error("A reason is needed here, and for some reasons a reference such as TK-8812.")]
    Reason,
    #[error("There is no such record or field any more. Search again.")]
    NotFound,
    #[error("Somebody else changed the record meanwhile. Compare both versions.")]
    Conflict,
    #[error("The request is unknown, foreign or too old. Ask again.")]
    Ticket,
    #[error("The connection uses another isolation level than READ COMMITTED.")]
    Isolation,
    #[error("This login is not active. Ask a security officer.")]
    NotActive,
    #[error("The database does not accept this argument. Check what was typed.")]
    Argument,
    #[error("Too many attempts. Wait fifteen minutes.")]
    TooManyAttempts,
    #[error("A one-time code is needed: type what your authenticator shows, or a recovery code.")]
    CodeRequired,
    #[error(
        "Your role asks for a second factor, and you have none yet. Set it up: \":second factor\" in the desk, or sealdesk second-factor set-up."
    )]
    SetUpSecondFactor,
    #[error(
        "That code is not right, or was used before. Wait for the next one; after five wrong ones there is a pause of fifteen minutes."
    )]
    WrongCode,
    #[error("This class asks for a fresh one-time code: F5 on the desk takes one; then try again.")]
    FreshCode,
    #[error("There is a second factor already, or none to confirm. A security officer can reset it.")]
    SecondFactorState,
    #[error("The keys have changed since this session fetched its own. Ask again.")]
    StaleKeys,
    #[error("The keys are wrapped to others than the rights say. Compare `sealdesk role list` with who holds keys; nothing was changed.")]
    WrongWraps,
    #[error("The one-time code was used or has expired. Ask a security officer for a new one.")]
    Enrolment,
    #[error("This is the last active security officer. Make somebody else one first.")]
    LastOfficer,
    #[error("Nobody does this to their own account. Ask another security officer.")]
    OwnAccount,
    #[error("That login name is taken or not acceptable. Use two to 41 of a-z, 0-9, dot, dash and underscore, starting with a letter.")]
    LoginName,
    #[error("The person is not in a state for this. Read the list again.")]
    PersonState,
    #[error("Your keys were wrapped anew meanwhile, perhaps from another terminal. Sign in again.")]
    KeysChanged,
    #[error("Nobody gives a label above their own clearance.")]
    AboveClearance,
    #[error("There is no such level or compartment. `sealdesk clearance list` shows those you may give.")]
    UnknownLabel,
    #[error("Lowering a label needs the capability declassify. Ask a supervisor.")]
    LoweredLabel,
    #[error("Ranks go from 0 to 100; each has one level, and a level keeps its rank.")]
    ClearanceRank,
    #[error("The record is labelled above that person's clearance: for them it does not exist.")]
    NotCleared,
    #[error("Values of this class are not shared.")]
    NotShareable,
    #[error("Reveal the value first: what is shared must have been revealed in this session within the last fifteen minutes.")]
    RevealFirst,
    #[error(
        "A value is shared with a colleague who is active and whose keys are confirmed: not with oneself, nor with somebody invited or disabled. Check the login name."
    )]
    ShareRecipient,
    #[error(
        "There is no such share for you, or it has ended: it expired or was withdrawn, or whoever shared it may no longer reveal the value."
    )]
    NoShare,
    #[error(
        "This record belongs to somebody else. Ask its owner, whom the record and `sealdesk show` name, or somebody with the capability share, to share it or hand it on."
    )]
    NotOwner,
    #[error("A record is handed to a colleague who is active. Check the login name.")]
    NewOwner,
    #[error("This value is shared with that person already. `sealdesk share list --by-me` shows until when; withdraw it to change that.")]
    SharedAlready,
    #[error(
        "Codes have two to 41 of a-z, 0-9 and underscore, begin with a letter and are not taken; labels have 1 to 60 characters in both languages."
    )]
    CodeOrLabel,
    #[error("By this index the database would tell too much, or it was not measured in the last hour: `sealdesk field measure`.")]
    IndexLeaks,
    #[error("Kind, class, mask, search and choices do not go together. `sealdesk field kinds` shows what does.")]
    FieldShape,
    #[error("Records are called by their name: that field stays, in the list, unmasked.")]
    NameField,
    #[error("The fields were changed since this desk read them. What was typed is kept; save it again.")]
    OldFields,
    #[error("A value hides after 5 to 3600 seconds, an hour has 0 to 100000 reveals, and a fresh code is 30 to 86400 seconds old or off.")]
    ClassSettings,
    #[error("It is retired, or is not. Read the list again.")]
    Retired,
    #[error("Records of this kind do not have that field. What was typed is kept; `sealdesk kind list` shows which fields a kind has.")]
    FieldOfOtherKind,
    #[error(
        "There is no such kind of record, it is retired, or a field would belong to none. `sealdesk kind list` shows the kinds; a field that nobody needs is retired."
    )]
    NoKind,
    #[error(
        "There are records of this kind. They stay as they are and can still be read, changed and found; say so to retire it (`sealdesk kind retire --records-stay`)."
    )]
    KindHasRecords,
    #[error(
        "A kind's letters are one to three capitals from A to Z that no other kind has, and stay for good: numbers are written down with them."
    )]
    KindLetters,
    #[error("There is no such recovery set, or it was retired. `sealdesk recovery list` shows them.")]
    NoRecoverySet,
    #[error("The share does not fit what was published of it. Compare it with the paper; if it is as written, set up a new set.")]
    WrongShare,
    #[error(
        "The shares did not open what is stored. `sealdesk recovery renew` seals the present keys again; then hold the drill once more."
    )]
    DrillFailed,
    #[error("Two to sixteen custodians with different names are needed, and a threshold of at least two and at most as many.")]
    Custodians,
    #[error("No later recovery set has passed a drill. Run `sealdesk recovery drill` with shares of the later one first.")]
    SetStillNeeded,
    #[error("Keys are rotated every 1 to 3650 days, or off.")]
    RotationDays,
    #[error("Nobody reviews their own roles. Another reviewer or a security officer answers this one.")]
    OwnGrant,
    #[error("This grant is answered already. What was kept may still be revoked until the review closes; nothing else is answered twice.")]
    AnsweredTwice,
    #[error(
        "These roles bring together what one person must not hold: `sealdesk duty list` says what and why. Take the other role first, or choose somebody else."
    )]
    DutyConflict,
    #[error("The review is closed. `sealdesk review show` says what became of it; roles are given again with `sealdesk role grant`.")]
    ReviewClosed,
    #[error("You are not a reviewer of this campaign. `sealdesk review list` shows yours.")]
    NotReviewer,
    #[error("There is no such campaign, or no such grant in it any more. Read the list again.")]
    NoReview,
    #[error("No active person has a role in this scope, so there is nothing to review.")]
    NothingToReview,
    #[error("The session has no such event, so nothing is signed. If this desk did it, the audit was changed: tell a security officer.")]
    NoSuchEvent,
    #[error("A later event of the session is countersigned already.")]
    SignedLater,
    #[error("The signed directory does not name your present keys. Ask a security officer to confirm you again.")]
    NotVouchedFor,
    #[error(
        "These settings make no rule. `sealdesk rule --help` shows which there are; `sealdesk rule list --json` shows those of every rule."
    )]
    RuleSettings,
    #[error("There is no such rule. `sealdesk rule list` shows them.")]
    NoRule,
    #[error("There is no such alert. `sealdesk alert list --all` shows them.")]
    NoAlert,
    #[error("Nobody acknowledges, puts away or suppresses what they caused, under any account. Somebody else must.")]
    OwnAlert,
    #[error("That alert is put away, or acknowledged by you, already. Read the list again.")]
    AlertHandled,
    #[error("More has come since you looked at it. Look again, then put it away.")]
    MoreCame,
    #[error("Alerts are suppressed for five minutes to seven days, with a reason.")]
    SuppressionTime,
    #[error("Another checkpoint came first. Make one again.")]
    NotTheNewest,
    #[error("The database computes another root for this checkpoint. Nothing was stored; verify the audit.")]
    WrongRoot,
    #[error(
        "The records' chains have another root than the database computes: something was appended meanwhile, or is wrong. Make the checkpoint again; if it stays so, run `sealdesk audit verify`."
    )]
    WrongRecordRoot,
    #[error("There is no such field. `sealdesk field list` names them.")]
    NoSuchField,
    #[error(
        "The checkpoint leaves out what was committed before the moment that it covers. Make it again; if it stays so, run `sealdesk audit verify`."
    )]
    LeavesOut,
    #[error("Nobody witnesses a checkpoint that they made. Somebody else who reads the audit does.")]
    OwnCheckpoint,
    #[error(
        "None of this record's search keys can be made here: no index key is held of what may be read of it. Reveal a field that is searched for first, or ask a supervisor."
    )]
    NotItsTokens,
    #[error("Fifty filters are saved already. Forget one first.")]
    ManyFilters,
    #[error("A list is asked for by `call sealdesk_api.ask_list` only, in a transaction of its own. This program does so: update it.")]
    ListByItself,
    #[error(
        "That session has no such events that are kept: it has ended before, or its month was dropped. `sealdesk audit tail --json` names sessions."
    )]
    NoSuchSession,
    #[error("There is no such checkpoint. Read the newest one again.")]
    NoCheckpoint,
    #[error("There is no such review of the audit, or no such event in its sample. `sealdesk audit review list` shows them.")]
    NoAuditReview,
    #[error(
        "Nobody reviews what they did themselves, under any account, and only a review's reviewers, who read the whole audit, say what they found. Another reviewer does."
    )]
    NotAuditReviewer,
    #[error(
        "The review is not in a state for this: its sample waits for the next checkpoint, somebody else has marked that event, or you have signed off, after which nothing changes."
    )]
    AuditReviewState,
    #[error("Something of the sample was not looked at yet: open each event and say what you found, then sign off.")]
    NotLookedAt,
    #[error("That month of the audit is still kept. `sealdesk audit months` shows which are not, and `sealdesk audit keep` says how long.")]
    AuditKept,
    #[error(
        "There is no such month of the audit, or an older one is still there: the oldest goes first. `sealdesk audit months` lists them."
    )]
    NoAuditMonth,
    #[error("No checkpoint covers all of that month. Make one with `sealdesk audit checkpoint`, then try again.")]
    NotCheckpointed,
    #[error("A record that the month speaks of is on legal hold. The month stays until the hold is released: `sealdesk retention holds`.")]
    AuditOnHold,
    #[error("An incident is open that the month may belong to. It stays until the incident is closed: `sealdesk incident list`.")]
    AuditOfIncident,
    #[error("The audit is kept for at least 12 months, at most 1200, or for ever.")]
    AuditMonths,
    #[error(
        "What was signed is not what the database holds of that month, or another approval is meant. Do it again; if it stays so, run `sealdesk audit verify`."
    )]
    DropStatement,
    #[error("Somebody is in the middle of something and keeps the audit. Nothing was dropped; try again in a minute.")]
    AuditInUse,
    #[error("This is always recorded; nobody switches it off. `sealdesk audit scope show` lists what is a choice.")]
    AlwaysRecorded,
    #[error("There is no such choice: not by class, or no such class. `sealdesk audit scope show` lists what there is.")]
    NoSuchChoice,
    #[error("A rule counts this, so it is recorded. `sealdesk audit scope show` names the rule; change it first: `sealdesk rule`.")]
    CountedByRule,
    #[error("It is so already. `sealdesk audit scope show` says what is recorded.")]
    ScopeUnchanged,
    #[error("This needs somebody else's approval first. Ask for it with `sealdesk request`, saying why; once it is given, do this again.")]
    NeedsApproval,
    #[error("Nobody decides on what they asked for or gain by, under any account. Somebody else must.")]
    OwnRequest,
    #[error("That is decided, withdrawn, used, ended or too late already. Read the list again.")]
    Decided,
    #[error("Your roles may not have that role for a time. A security officer can make them eligible: sealdesk role eligible.")]
    NotEligible,
    #[error("Not for that many minutes: five at least, and no more than the role is lent for (`sealdesk role eligible`).")]
    Minutes,
    #[error("You have that role already.")]
    HasRole,
    #[error("That role name is taken or was, and the audit speaks of it. Choose another.")]
    RoleName,
    #[error("Somebody else approved another change of this. Do exactly that one, or ask for this one: `sealdesk request settings`.")]
    OtherChange,
    #[error("No such change was tried. Do it first; where it needs an approval, it is kept and can be asked for.")]
    NotTried,
    #[error("This account is frozen: its sessions have ended, and nobody signs in with it. Two others can lift it; ask a supervisor.")]
    AccountFrozen,
    #[error("This is frozen: nobody is shown it until two people lift that. `sealdesk freeze list` says by whom and why.")]
    Frozen,
    #[error("That role is frozen, or the one it would come with. `sealdesk freeze list` says by whom and why.")]
    RoleFrozen,
    #[error("There is no such person, role or class to freeze. Check what was typed; disabled people need no freezing.")]
    NothingToFreeze,
    #[error("There is no such freeze, or it is lifted already. `sealdesk freeze list` shows those in force.")]
    NoFreeze,
    #[error(
        "Whoever asked for this is frozen, has left or may not respond any more: lifting takes two who may. Somebody else asks for it."
    )]
    AskerFrozen,
    #[error("That is frozen already. `sealdesk freeze list` says by whom and why.")]
    FrozenAlready,
    #[error("There is no such person or class. Check what was typed.")]
    NoSuchScope,
    #[error("There is no such incident. `sealdesk incident list` shows them.")]
    NoIncident,
    #[error(
        "The database makes something else of this change than was signed, so nothing was changed. Try again; if it stays so, run `sealdesk catalogue check`."
    )]
    NotAsSigned,
    #[error("The incident is closed, and is reopened before anything is added; or it is open already.")]
    IncidentClosed,
    #[error(
        "That cannot stand in an incident: an event or item that there is not, a task that is done, somebody who may not respond, or a time that is not."
    )]
    IncidentItem,
    #[error(
        "There is no such rule, or it only marks what is due. Records are kept 1 to 36500 days or for ever; `sealdesk retention list` shows what there is."
    )]
    NoRetention,
    #[error("The record is on legal hold already, or is not. `sealdesk retention holds` shows them.")]
    HoldState,
    #[error("More is due by now than was shown. Try the rule again, then confirm it.")]
    MoreIsDue,
    #[error("Somebody has that role, or had it for a time. Take it from them first; a role that was used for a time stays.")]
    RoleInUse,
    #[error("A second factor is set up within ten minutes of signing in: give the passphrase again, or sign in again.")]
    SignInAgain,
    #[error(
        "That role has no capabilities, so it needs nobody's approval: give it with `sealdesk role grant LOGIN ROLE`, or among the people with r."
    )]
    NoApprovalNeeded,
}

impl Refusal {
    const ALL: &[(&'static str, Self)] = &[
        ("SD001", Self::NotDurable),
        ("SD002", Self::NoSession),
        ("SD003", Self::NotPermitted),
        ("SD004", Self::Quota),
        ("SD005", Self::Reason),
        ("SD006", Self::NotFound),
        ("SD007", Self::Conflict),
        ("SD008", Self::Ticket),
        ("SD009", Self::Isolation),
        ("SD010", Self::NotActive),
        ("SD011", Self::Argument),
        ("SD012", Self::TooManyAttempts),
        ("SD014", Self::Enrolment),
        ("SD040", Self::LastOfficer),
        ("SD041", Self::OwnAccount),
        ("SD042", Self::LoginName),
        ("SD043", Self::PersonState),
        ("SD044", Self::KeysChanged),
        ("SD050", Self::NeedsApproval),
        ("SD051", Self::OwnRequest),
        ("SD052", Self::Decided),
        ("SD053", Self::NotEligible),
        ("SD054", Self::Minutes),
        ("SD055", Self::HasRole),
        ("SD056", Self::RoleName),
        ("SD057", Self::RoleInUse),
        ("SD020", Self::CodeRequired),
        ("SD021", Self::SetUpSecondFactor),
        ("SD022", Self::WrongCode),
        ("SD023", Self::FreshCode),
        ("SD024", Self::SecondFactorState),
        ("SD030", Self::StaleKeys),
        ("SD031", Self::WrongWraps),
        ("SD060", Self::AboveClearance),
        ("SD061", Self::UnknownLabel),
        ("SD062", Self::LoweredLabel),
        ("SD063", Self::NotCleared),
        ("SD064", Self::ClearanceRank),
        ("SD065", Self::NotShareable),
        ("SD066", Self::RevealFirst),
        ("SD067", Self::ShareRecipient),
        ("SD068", Self::NoShare),
        ("SD069", Self::SharedAlready),
        ("SD070", Self::CodeOrLabel),
        ("SD071", Self::IndexLeaks),
        ("SD072", Self::FieldShape),
        ("SD073", Self::NameField),
        ("SD074", Self::OldFields),
        ("SD075", Self::ClassSettings),
        ("SD076", Self::Retired),
        ("SD080", Self::NoRecoverySet),
        ("SD081", Self::WrongShare),
        ("SD082", Self::DrillFailed),
        ("SD083", Self::Custodians),
        ("SD084", Self::SetStillNeeded),
        ("SD085", Self::RotationDays),
        ("SD090", Self::OwnGrant),
        ("SD091", Self::AnsweredTwice),
        ("SD092", Self::DutyConflict),
        ("SD093", Self::ReviewClosed),
        ("SD094", Self::NotReviewer),
        ("SD095", Self::NoReview),
        ("SD096", Self::NothingToReview),
        ("SD100", Self::FieldOfOtherKind),
        ("SD101", Self::NoKind),
        ("SD102", Self::KindHasRecords),
        ("SD103", Self::KindLetters),
        ("SD130", Self::RuleSettings),
        ("SD131", Self::NoRule),
        ("SD132", Self::NoAlert),
        ("SD133", Self::OwnAlert),
        ("SD134", Self::AlertHandled),
        ("SD135", Self::MoreCame),
        ("SD136", Self::SuppressionTime),
        ("SD097", Self::NotOwner),
        ("SD098", Self::NewOwner),
        ("SD105", Self::OtherChange),
        ("SD106", Self::NotTried),
        ("SD120", Self::NoSuchEvent),
        ("SD121", Self::SignedLater),
        ("SD122", Self::NotVouchedFor),
        ("SD123", Self::NotTheNewest),
        ("SD124", Self::WrongRoot),
        ("SD140", Self::AccountFrozen),
        ("SD141", Self::Frozen),
        ("SD142", Self::RoleFrozen),
        ("SD143", Self::NothingToFreeze),
        ("SD144", Self::NoFreeze),
        ("SD145", Self::FrozenAlready),
        ("SD146", Self::NoSuchScope),
        ("SD147", Self::NoIncident),
        ("SD150", Self::NotAsSigned),
        ("SD148", Self::IncidentClosed),
        ("SD149", Self::IncidentItem),
        ("SD107", Self::NoRetention),
        ("SD108", Self::HoldState),
        ("SD109", Self::MoreIsDue),
        ("SD110", Self::SignInAgain),
        ("SD111", Self::NoApprovalNeeded),
        ("SD112", Self::AskerFrozen),
        ("SD125", Self::OwnCheckpoint),
        ("SD126", Self::NoCheckpoint),
        ("SD170", Self::NotItsTokens),
        ("SD171", Self::ManyFilters),
        ("SD177", Self::ListByItself),
        ("SD178", Self::NoSuchSession),
        ("SD172", Self::WrongRecordRoot),
        ("SD175", Self::NoSuchField),
        ("SD176", Self::LeavesOut),
        ("SD160", Self::AuditKept),
        ("SD161", Self::NoAuditMonth),
        ("SD162", Self::NotCheckpointed),
        ("SD163", Self::AuditOnHold),
        ("SD164", Self::AuditOfIncident),
        ("SD165", Self::AuditMonths),
        ("SD166", Self::DropStatement),
        ("SD167", Self::AuditInUse),
        ("SD186", Self::NoAuditReview),
        ("SD187", Self::NotAuditReviewer),
        ("SD188", Self::AuditReviewState),
        ("SD189", Self::NotLookedAt),
        ("SD182", Self::AlwaysRecorded),
        ("SD183", Self::NoSuchChoice),
        ("SD184", Self::CountedByRule),
        ("SD185", Self::ScopeUnchanged),
    ];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == code).map(|(_, refusal)| *refusal)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(_, refusal)| *refusal == self).map_or("SD000", |(code, _)| code)
    }

    #[must_use]
    pub fn message(self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::NotDurable => "请求尚未写入磁盘，请重试。",
            Self::NoSession => "会话已结束或过期，请重新登录。",
            Self::NotPermitted => "您的角色无此权限，请联系主管。",
            Self::Quota => "本小时的查看额度已用完。请稍候，或联系主管。",
            Self::Reason => "此处需要填写理由，部分理由还需要单号，如 TK-8812。",
            Self::NotFound => "该记录或字段已不存在，请重新搜索。",
            Self::Conflict => "记录已被他人修改，请比较两个版本。",
            Self::Ticket => "请求未知、不属于本会话或已过期，请重试。",
            Self::Isolation => "连接的事务隔离级别不是 READ COMMITTED。",
            Self::NotActive => "该账号未启用，请联系安全管理员。",
            Self::Argument => "数据库不接受该参数，请检查输入。",
            Self::TooManyAttempts => "尝试次数过多，请十五分钟后再试。",
            Self::CodeRequired => "需要一次性验证码：请输入验证器显示的数字，或恢复码。",
            Self::SetUpSecondFactor => {
                "您的角色要求双因素验证，但尚未设置。请在工作台输入“:双因素验证”，或运行 sealdesk second-factor set-up。"
            }
            Self::WrongCode => "验证码不正确或已使用过。请等待下一个；连续错误五次后需等待十五分钟。",
            Self::FreshCode => "此类信息要求新的一次性验证码：在工作台按 F5 输入，然后重试。",
            Self::SecondFactorState => "双因素验证已启用，或没有待确认的设置。安全管理员可以重置。",
            Self::StaleKeys => "密钥已更换，请重试。",
            Self::WrongWraps => "密钥的封装对象与权限不一致，未做任何更改。请核对角色权限。",
            Self::Enrolment => "一次性代码已使用或已过期，请向安全管理员索取新代码。",
            Self::LastOfficer => "这是最后一位启用中的安全管理员。请先任命另一位。",
            Self::OwnAccount => "不能对自己的账号执行此操作，请联系其他安全管理员。",
            Self::LoginName => "该登录名已被占用或不可用。请用 2 至 41 个小写字母、数字、点、短横线或下划线，以字母开头。",
            Self::PersonState => "该人员当前状态不允许此操作，请重新读取列表。",
            Self::NeedsApproval => "此操作须先经他人批准。请用 sealdesk request 说明理由提出申请，获批后再次执行。",
            Self::OtherChange => "已获批准的是另一项更改。请执行该项，或为本次更改提出申请：sealdesk request settings。",
            Self::NotTried => "尚未尝试过此更改。请先执行一次；需要批准时会予以保留，随后即可申请。",
            Self::NoRetention => "没有该规则，或该规则只作标记。保留天数为 1 至 36500 天或永久；sealdesk retention list 可列出全部。",
            Self::HoldState => "该记录已在法定保留中，或不在保留中。sealdesk retention holds 可列出全部。",
            Self::MoreIsDue => "到期的内容已多于所示。请重新试算后再确认。",
            Self::OwnRequest => "不能审批自己提出或使自己受益的申请（包括使用其他账号），须由他人审批。",
            Self::Decided => "该申请已审批、撤回、使用、结束或过期，请重新读取列表。",
            Self::NotEligible => "您的角色不能临时担任该角色。安全管理员可用 sealdesk role eligible 设定。",
            Self::Minutes => "时长不可用：至少五分钟，不超过该角色的上限（sealdesk role eligible）。",
            Self::HasRole => "您已拥有该角色。",
            Self::RoleName => "该角色名已被占用或曾被使用，请换一个。",
            Self::RoleInUse => "有人拥有该角色，或曾临时担任。请先收回；曾被临时担任的角色予以保留。",
            Self::KeysChanged => "您的密钥已在别处重新封装，请重新登录。",
            Self::AboveClearance => "不能使用高于本人密级的标签。",
            Self::UnknownLabel => "没有该等级或分组。sealdesk clearance list 可列出您能使用的。",
            Self::LoweredLabel => "降低标签需要 declassify 权限，请联系主管。",
            Self::ClearanceRank => "等级序号为 0 至 100，每个序号一个等级，等级的序号不可更改。",
            Self::NotCleared => "该记录的标签高于此人的密级：对其而言记录不存在。",
            Self::NotShareable => "此类信息不可共享。",
            Self::RevealFirst => "请先查看该值：共享的内容须在本会话最近十五分钟内查看过。",
            Self::ShareRecipient => "只能与已启用且密钥已确认的同事共享：不能与自己共享，也不能与仅受邀或已停用的人员共享。请检查登录名。",
            Self::NotOwner => "此记录由他人负责：请由其负责人（见记录或 sealdesk show）或拥有共享权限者共享或移交。",
            Self::NewOwner => "只能移交给已启用的同事。请检查登录名。",
            Self::NoShare => "没有与您的这项共享，或共享已结束：已到期、已撤回，或共享者不再有权查看该值。",
            Self::SharedAlready => "该值已与此人共享。sealdesk share list --by-me 可查看截止时间；如需更改请先撤回。",
            Self::CodeOrLabel => "代码为 2 至 41 个小写字母、数字或下划线，以字母开头且未被占用；两种语言的名称各为 1 至 60 个字符。",
            Self::IndexLeaks => "该索引会泄露过多信息，或最近一小时内未测量：sealdesk field measure。",
            Self::FieldShape => "类型、类别、掩码、搜索方式与选项不匹配。sealdesk field kinds 可列出可用组合。",
            Self::NameField => "记录以姓名标识：该字段须保留在列表中，且不加掩码。",
            Self::OldFields => "字段设置已更改。已输入的内容保留，请再次保存。",
            Self::ClassSettings => "显示时间为 5 至 3600 秒，每小时查看 0 至 100000 次，新验证码为 30 至 86400 秒内或 off。",
            Self::Retired => "启用状态已变化，请重新读取列表。",
            Self::FieldOfOtherKind => "此类记录没有该字段。已输入的内容保留；sealdesk kind list 可查看各类记录的字段。",
            Self::NoKind => "没有该记录类型、已停用，或有字段将不属于任何类型。sealdesk kind list 可列出全部；不再需要的字段请停用。",
            Self::KindHasRecords => {
                "该类型已有记录。记录会保持原样，仍可查看、修改和查找；如要停用请予确认（sealdesk kind retire --records-stay）。"
            }
            Self::KindLetters => "记录类型的字母为一至三个大写字母 A 至 Z，不得与其他类型相同；编号以此书写，以后不能更改。",
            Self::NoRecoverySet => "没有该恢复组，或已停用。sealdesk recovery list 可列出全部。",
            Self::WrongShare => "该份额与公布的校验值不符。请与纸质份额核对；若无误，请重新设立恢复组。",
            Self::DrillFailed => "这些份额未能打开所存内容。请运行 sealdesk recovery renew 重新存入当前密钥，然后再次演练。",
            Self::Custodians => "需要 2 至 16 位名字不同的保管人，门限至少为 2 且不超过人数。",
            Self::SetStillNeeded => "尚无更新的恢复组通过演练。请先用新组的份额运行 sealdesk recovery drill。",
            Self::RotationDays => "密钥轮换周期为 1 至 3650 天，或 off。",
            Self::OwnGrant => "不能复核自己的角色，须由其他复核人或安全管理员答复。",
            Self::AnsweredTwice => "该项已答复。在复核关闭前，已保留的仍可收回；其余不能再次答复。",
            Self::DutyConflict => "这些角色会使同一人兼有须分离的职责：sealdesk duty list 可查看内容及原因。请先收回另一角色，或另选他人。",
            Self::ReviewClosed => "该复核已关闭。sealdesk review show 可查看结果；如需再次授予，请用 sealdesk role grant。",
            Self::NotReviewer => "您不是此次复核的复核人。sealdesk review list 可列出您的复核。",
            Self::NoReview => "没有该复核，或其中已没有该项授权。请重新读取列表。",
            Self::RuleSettings => "这些设置不构成规则。sealdesk rule --help 可列出可用设置，sealdesk rule list --json 可查看各规则的设置。",
            Self::NoRule => "没有该规则。sealdesk rule list 可列出全部。",
            Self::NoAlert => "没有该告警。sealdesk alert list --all 可列出全部。",
            Self::OwnAlert => "任何人不得以任何账号确认、关闭或抑制由自己引发的告警，须由他人处理。",
            Self::AlertHandled => "该告警已关闭，或已由您确认，请重新读取列表。",
            Self::MoreCame => "在您查看之后又有新事件，请重新查看后再关闭。",
            Self::SuppressionTime => "告警可抑制五分钟至七天，并须写明理由。",
            Self::NoApprovalNeeded => "该角色不含管理能力，无需审批：请直接用 sealdesk role grant 登录名 角色 授予，或在人员界面按 r。",
            Self::SignInAgain => "设置双因素验证须在登录后十分钟内进行：请再次输入口令，或重新登录。",
            Self::NothingToReview => "该范围内没有启用人员持有角色，无可复核。",
            Self::NoSuchEvent => "会话中没有该事件，未签名。若确为本工作台所为，则审计已被改动，请通知安全管理员。",
            Self::SignedLater => "会话中更晚的事件已会签。",
            Self::NotVouchedFor => "签名目录中没有您当前的密钥。请联系安全管理员重新确认。",
            Self::NotTheNewest => "已有另一检查点在先，请重新生成。",
            Self::WrongRoot => "该检查点的根与数据库计算结果不符，未保存。请校验审计。",
            Self::AccountFrozen => "该账号已被冻结：会话已结束，且不能登录。须由另外两人解除，请联系主管。",
            Self::Frozen => "已被冻结：在两人解除之前，任何人都不能查看。sealdesk freeze list 可查看由谁冻结及原因。",
            Self::RoleFrozen => "该角色或其来源角色已被冻结。sealdesk freeze list 可查看由谁冻结及原因。",
            Self::NothingToFreeze => "没有可冻结的该人员、角色或类别。请检查输入；已停用的人员无需冻结。",
            Self::NoFreeze => "没有该冻结，或已解除。sealdesk freeze list 可列出生效中的冻结。",
            Self::AskerFrozen => "申请人已被冻结、已离职或不再有冻结权限：解除须由两名有此权限的人完成。请由他人重新申请。",
            Self::FrozenAlready => "已被冻结。sealdesk freeze list 可查看由谁冻结及原因。",
            Self::NoSuchScope => "没有该人员或类别，请检查输入。",
            Self::NoIncident => "没有该事件。sealdesk incident list 可列出全部。",
            Self::NotAsSigned => "数据库所作的更改与签名内容不一致，未作任何更改。请重试；若仍如此，请运行 sealdesk catalogue check。",
            Self::IncidentClosed => "该事件已关闭，须先重新打开才能添加；或该事件并未关闭。",
            Self::IncidentItem => "该条目不成立：所指的审计事件或条目不存在、任务已完成、对方无冻结权限，或时间有误。",
            Self::NotItsTokens => "此处无法生成该记录的搜索密钥：可查看的内容没有相应的索引密钥。请先查看一个可搜索的字段，或联系主管。",
            Self::ManyFilters => "已保存五十个筛选条件，请先删除一个。",
            Self::NoSuchSession => "该会话没有留存这些事件：会话已提前结束，或所在月份已清除。sealdesk audit tail --json 可列出会话。",
            Self::ListByItself => "列表只能通过 call sealdesk_api.ask_list 在单独的事务中申请，请更新程序。",
            Self::OwnCheckpoint => "不能见证本人生成的检查点，须由其他有权阅读审计的人见证。",
            Self::NoCheckpoint => "没有该检查点，请重新读取最新的检查点。",
            Self::NoAuditReview => "没有该审计复核，或样本中没有该事件。sealdesk audit review list 可列出全部。",
            Self::NotAuditReviewer => "任何人不得以任何账号复核自己的操作；只有可查看全部审计的复核人才能标记，须由其他复核人处理。",
            Self::AuditReviewState => "复核状态不允许：样本须等待下一个检查点，该事件已由他人标记，或您已签署，签署后不能更改。",
            Self::NotLookedAt => "样本中仍有事件未查看：请逐条打开并标记，然后签署。",
            Self::AuditKept => "该月审计仍在保留期内。运行 sealdesk audit months 查看可清除的月份，运行 sealdesk audit keep 设置保留期限。",
            Self::NoAuditMonth => "没有该月的审计，或仍有更早的月份：须从最早的月份开始清除。运行 sealdesk audit months 查看。",
            Self::NotCheckpointed => "检查点尚未覆盖该月全部审计。请运行 sealdesk audit checkpoint 后重试。",
            Self::AuditOnHold => "该月审计涉及处于法定保留中的记录，解除保留前不能清除：sealdesk retention holds。",
            Self::AuditOfIncident => "有尚未关闭的安全事件可能涉及该月审计，关闭前不能清除：sealdesk incident list。",
            Self::WrongRecordRoot => {
                "记录链的根与数据库计算的不同：期间有新事件，或有异常。请重新生成检查点；如仍不符，请运行 sealdesk audit verify。"
            }
            Self::NoSuchField => "没有该字段。sealdesk field list 列出所有字段。",
            Self::LeavesOut => "检查点遗漏了其所涵盖时刻之前已提交的内容。请重新生成；如仍不符，请运行 sealdesk audit verify。",
            Self::AuditMonths => "审计至少保留 12 个月，至多 1200 个月，或永久保留。",
            Self::DropStatement => "签名内容与数据库中该月审计不符，或获批的是另一项申请。请重试；如仍不符，请运行 sealdesk audit verify。",
            Self::AuditInUse => "有操作正在占用审计，未清除任何内容。请一分钟后重试。",
            Self::AlwaysRecorded => "该动作始终记录，任何人都不能关闭。可选项见 sealdesk audit scope show。",
            Self::NoSuchChoice => "没有该选项：该动作不按类别设置，或没有该类别。可选项见 sealdesk audit scope show。",
            Self::CountedByRule => {
                "有规则正在统计该动作，因此必须记录。规则名称见 sealdesk audit scope show；请先用 sealdesk rule 更改规则。"
            }
            Self::ScopeUnchanged => "已是该设置。当前设置见 sealdesk audit scope show。",
        }
        .to_owned()
    }
}

/// By whom, when and why the caller's account is frozen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Frozen {
    pub by: String,
    pub at: String,
    pub why: String,
}

impl Frozen {
    fn read(detail: &str) -> Option<Self> {
        serde_json::from_str(detail).ok()
    }
}

impl From<Frozen> for DatabaseError {
    fn from(frozen: Frozen) -> Self {
        let local = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
        // PostgreSQL writes its JSON in ISO 8601.
        let at = frozen.at.parse().map_or(frozen.at, local);
        Self::Frozen { by: frozen.by, at, why: frozen.why }
    }
}

/// What a `request_*` or `put_*` function answers: `ok`, or the code of a refusal that has been recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome(pub String);

impl Outcome {
    /// # Errors
    /// The refusal.
    pub fn into_result(self) -> Result<()> {
        match self.0.as_str() {
            "ok" => Ok(()),
            code => match Refusal::from_code(code) {
                Some(refusal) => Err(refusal.into()),
                None => Err(DatabaseError::Answer(self.0)),
            },
        }
    }

    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.0 == "ok"
    }

    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0 == "SD007"
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            let code = server.code();
            if let Some(refusal) = Refusal::from_code(code.code()) {
                if let (Refusal::AccountFrozen, Some(told)) = (refusal, server.detail().and_then(Frozen::read)) {
                    return told.into();
                }
                return refusal.into();
            }
            // Said of the way of connecting, whoever asks; any other refusal of a login must not tell what was wrong with it.
            if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION && server.message().contains("pg_hba.conf") {
                return Self::NoEntry { detail: server.message().to_owned() };
            }
            if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
                return Self::AuthenticationFailed;
            }
            if code.code().starts_with("57P") || code.code().starts_with("08") || code.code() == "53300" {
                return Self::Unreachable { detail: server.message().to_owned() };
            }
            return Self::Server { code: code.code().to_owned(), message: server.message().to_owned() };
        }
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        if cause.contains("certificate") || cause.contains("invalid peer") {
            return Self::Certificate { detail: cause };
        }
        if cause.contains("password missing") || error.to_string().contains("authentication") {
            return Self::AuthenticationFailed;
        }
        if error.to_string().contains("deserializing") || error.to_string().contains("serializing") {
            return Self::Answer(format!("{error} {cause}"));
        }
        Self::Unreachable { detail: if cause.is_empty() { error.to_string() } else { cause } }
    }
}

impl From<deadpool_postgres::PoolError> for DatabaseError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            deadpool_postgres::PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Self::Busy,
            other => Self::Unreachable { detail: other.to_string() },
        }
    }
}
