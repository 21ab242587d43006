//! What can go wrong in a use case: a stable code, a sentence that says what happened and what to do, and an exit code.

use thiserror::Error;

use crate::{
    database::error::{DatabaseError, Refusal},
    keyring::{
        KeyringError, audit_review::AuditReviewError, catalogue::CatalogueFault, evidence::EvidenceError, recovery::RecoveryError,
        review::ReviewError, share::ShareError,
    },
    model::{
        audit::{LogBreak, RecordBreak, RecordHarm},
        catalogue::{Label, Language},
        change::Proposal,
    },
    service::{
        audit::{Tampered, absence::NotProvable},
        search::QueryError,
    },
    text::validate::Invalid,
};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Database(DatabaseError),
    #[error(transparent)]
    Keyring(KeyringError),
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    AuditReview(#[from] AuditReviewError),
    #[error(transparent)]
    Share(#[from] ShareError),
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The audit of the own session is not what this program did.
    #[error(transparent)]
    Tampered(Tampered),
    /// What is configured is not what officers signed, so nothing is sealed by it.
    #[error("{}", .0.message(Language::English))]
    Catalogue(CatalogueFault),
    /// The stored checkpoints are not what was seen of them before.
    #[error("Checkpoint {}: {}.", .0.number, .0.harm.in_words(Language::English))]
    Checkpoints(LogBreak),
    #[error(transparent)]
    NotProvable(#[from] NotProvable),
    /// A record's chain is not what its events give.
    #[error("The chains of the records do not hold: {}.", RecordHarm::line(.0, Language::English))]
    Records(RecordBreak),
    /// Wrong passphrase, unknown user, used or expired code: deliberately one error.
    #[error("The user name or the passphrase is wrong.")]
    WrongPassphrase,
    #[error("The field \"{field}\" cannot be saved: {why}")]
    Invalid { field: String, why: Invalid },
    /// The record was changed by somebody else since it was read.
    #[error("The record was changed to version {current} by somebody else meanwhile.")]
    Conflict { current: i64 },
    #[error("{what} does not open: its ciphertext was altered or belongs elsewhere.")]
    BadCiphertext { what: String },
    #[error("No user name is known. Give one with --user or set `user` in the configuration.")]
    NoUser,
    #[error("That passphrase is too easy to guess.{advice} Use four or more unrelated words.")]
    WeakPassphrase { advice: String },
    #[error("There is no person \"{0}\". `sealdesk staff list` shows everybody.")]
    NoPerson(String),
    #[error("{0} has not enrolled yet: `sealdesk enrol` on their terminal comes first.")]
    NotEnrolled(String),
    #[error("{0} has no valid entry in the signed directory. Confirm them again.")]
    NotConfirmed(String),
    /// Somebody may have exchanged the keys in the database.
    #[error(
        "The fingerprint of {login} is {found}, not the one given. Compare again with the person; if theirs differs, the database may have been tampered with."
    )]
    Fingerprint { login: String, found: String },
    #[error("A value is shared for five minutes to thirty days: 30m, 2h, 7d.")]
    ShareDuration,
    #[error("You may not have \"{word}\" for a time. {}", known_roles(known))]
    NoSuchRoleForATime { word: String, known: String },
    #[error("A field of this record is moving to a class that you may not see. Once it has moved, save again: what you typed is kept.")]
    HeldBack,
    /// A change of settings that somebody else has to approve: it is kept, so that it can be asked for.
    #[error("{}", not_approved(.0, Language::English))]
    NotApproved(Box<NotApproved>),
    #[error("Taking rights and giving others are two acts: take first, then give.")]
    TakeAndGive,
    #[error("{0}")]
    Plain(String),
}

/// What would have been changed, and what was approved instead, in words.
#[derive(Debug)]
pub struct NotApproved {
    pub refusal: Refusal,
    pub proposal: Proposal,
    pub wanted: Label,
    pub approved: Option<(i64, Label)>,
}

fn not_approved(what: &NotApproved, language: Language) -> String {
    let (of, wanted) = (&what.proposal.of, what.wanted.in_language(language));
    let approved = what.approved.as_ref().map(|(number, label)| (number, label.in_language(language)));
    match (language, approved) {
        (Language::English, None) => {
            format!(
                "Somebody else has to approve exactly this: {wanted}. Ask with `sealdesk request settings {of} --why ...`, then do it again."
            )
        }
        (Language::English, Some((number, approved))) => format!(
            "Request {number} approves another change: {approved}. Not approved is: {wanted}. Do what was approved, or ask: `sealdesk request settings {of} --why ...`"
        ),
        (Language::Chinese, None) => {
            format!("须由他人批准此项更改：{wanted}。请运行 sealdesk request settings {of} --why ... 提出申请，获批后再次执行。")
        }
        (Language::Chinese, Some((number, approved))) => format!(
            "申请 {number} 批准的是另一项更改：{approved}。未获批准的是：{wanted}。请执行已获批准的更改，或另行申请：sealdesk request settings {of} --why ..."
        ),
    }
}

fn known_roles(known: &str) -> String {
    if known.is_empty() {
        "Your roles have nothing for a time; a security officer can make them eligible.".to_owned()
    } else {
        format!("What your roles may have: {known}.")
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::AuthenticationFailed => Self::WrongPassphrase,
            other => Self::Database(other),
        }
    }
}

impl From<KeyringError> for Error {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Recovery(error) => Self::Recovery(error),
            other => Self::Keyring(other),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Database(DatabaseError::Refused(refusal))
    }
}

impl Error {
    /// Whether trying again may help who waits: no database for now, or a session or a view that has run out.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self.code(), "unreachable" | "busy" | "server" | "certificate" | "SD001" | "SD002" | "SD008" | "SD012")
    }

    /// A stable code for logs, scripts and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(DatabaseError::Refused(refusal)) => refusal.code(),
            Self::Database(DatabaseError::Frozen { .. }) => "SD140",
            Self::Database(DatabaseError::Unreachable { .. }) => "unreachable",
            Self::Database(DatabaseError::Busy) => "busy",
            Self::Database(DatabaseError::Certificate { .. }) => "certificate",
            Self::Database(_) => "server",
            Self::Keyring(_) => "keyring",
            Self::Recovery(_) => "recovery",
            Self::Review(_) => "review",
            Self::Evidence(_) => "evidence",
            Self::AuditReview(_) => "audit_review",
            Self::Share(_) => "share",
            Self::Query(_) => "query",
            Self::Tampered(_) => "tampered",
            Self::Catalogue(_) => "catalogue",
            Self::Checkpoints(_) => "checkpoints",
            Self::Records(_) => "records",
            Self::NotProvable(_) => "not_provable",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "SD007",
            Self::BadCiphertext { .. } => "bad_ciphertext",
            Self::NoUser => "no_user",
            Self::WeakPassphrase { .. } => "weak_passphrase",
            Self::NoPerson(_) => "no_person",
            Self::NotEnrolled(_) => "not_enrolled",
            Self::NotConfirmed(_) => "not_confirmed",
            Self::Fingerprint { .. } => "fingerprint",
            Self::ShareDuration => "share_duration",
            Self::NoSuchRoleForATime { .. } => "no_such_role",
            Self::HeldBack => "held_back",
            Self::NotApproved(what) => what.refusal.code(),
            Self::TakeAndGive => "take_and_give",
            Self::Plain(_) => "failed",
        }
    }

    /// Whether trying again later may help because only the connection is gone.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.code() == "unreachable"
    }

    /// 1 failed, 3 refused by policy, 4 cannot reach the server, 5 integrity failure.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Database(DatabaseError::Refused(_) | DatabaseError::Frozen { .. }) | Self::NotApproved(_) => 3,
            Self::Database(
                DatabaseError::Unreachable { .. } | DatabaseError::Busy | DatabaseError::NoEntry { .. } | DatabaseError::Certificate { .. },
            ) => 4,
            Self::Recovery(
                RecoveryError::Threshold | RecoveryError::TooFew { .. } | RecoveryError::Twice(_) | RecoveryError::OtherSet { .. },
            ) => 1,
            Self::Keyring(_)
            | Self::Recovery(_)
            | Self::Review(ReviewError::Altered | ReviewError::UnknownSigner)
            | Self::Tampered(_)
            | Self::Catalogue(_)
            | Self::Evidence(_)
            | Self::AuditReview(AuditReviewError::Altered(_) | AuditReviewError::UnknownSigner(_))
            | Self::Checkpoints(_)
            | Self::Records(_)
            | Self::BadCiphertext { .. } => 5,
            _ => 1,
        }
    }

    /// What happened and what to do next, in the person's language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Query(error), _) => error.message(language),
            (Self::Tampered(harm), _) => harm.message(language),
            (Self::Catalogue(fault), _) => fault.message(language),
            (Self::NotProvable(why), _) => why.message(language),
            (Self::Records(broken), Language::Chinese) => {
                format!("记录链不成立：{}。请运行 sealdesk audit verify，并保持数据库原状。", RecordHarm::line(broken, Language::Chinese))
            }
            (Self::Checkpoints(broken), Language::Chinese) => {
                format!("第 {} 个检查点{}。请保持数据库原状，并通知安全管理员和审计员。", broken.number, broken.harm.in_words(language))
            }
            (Self::Recovery(error), _) => error.message(language),
            (Self::Review(error), _) => error.message(language),
            (Self::Evidence(error), _) => error.message(language),
            (Self::AuditReview(error), _) => error.message(language),
            (Self::Share(error), _) => error.message(language),
            (Self::Database(DatabaseError::Refused(refusal)), _) => refusal.message(language),
            (Self::NotApproved(what), _) => not_approved(what, language),
            (Self::Database(DatabaseError::Frozen { by, at, why }), Language::Chinese) => {
                format!("该账号已被 {by} 冻结（{at}）：{why}。其会话已全部结束，须由另外两人解除。请联系主管。")
            }
            (_, Language::English) => format!("{self}{}", self.advice()),
            (Self::WrongPassphrase, Language::Chinese) => "用户名或口令错误。请重试；忘记口令请联系安全管理员。".into(),
            (Self::Conflict { current }, Language::Chinese) => format!("记录已被他人改为第 {current} 版。请比较两个版本后再保存。"),
            (Self::BadCiphertext { what }, Language::Chinese) => {
                format!("{what} 无法解密：密文被改动或不属于此处。请通知安全管理员；其他内容不受影响。")
            }
            (Self::NoSuchRoleForATime { word, known }, Language::Chinese) if known.is_empty() => {
                format!("您不能临时担任“{word}”。您的角色没有可临时担任的角色，请联系安全管理员。")
            }
            (Self::NoSuchRoleForATime { word, known }, Language::Chinese) => format!("您不能临时担任“{word}”。可选：{known}。"),
            (Self::HeldBack, Language::Chinese) => {
                "此记录的一个字段正移至您无权查看的类别。移动完成后请再次保存，已输入的内容会保留。".into()
            }
            (Self::TakeAndGive, Language::Chinese) => "收回权限与授予权限须分两步：请先收回，再授予。".into(),
            (Self::Invalid { field, why }, Language::Chinese) => format!("字段“{field}”不能保存：{why}"),
            (Self::NoUser, Language::Chinese) => "没有用户名。请用 --user 指定，或在配置中设置 user。".into(),
            (Self::Database(DatabaseError::Unreachable { .. }), Language::Chinese) => {
                format!("无法连接服务器：{self}。请检查网络和配置中的 host、port；程序会自动重连。")
            }
            (Self::Database(DatabaseError::Newer { .. }), Language::Chinese) => {
                format!("数据库版本比本程序新：{self} 请安装新版 sealdesk。")
            }
            (Self::Database(DatabaseError::Older { .. }), Language::Chinese) => {
                format!("数据库版本比本程序旧：{self} 请管理员运行 sealdesk migrate。")
            }
            (Self::Database(DatabaseError::NoEntry { detail }), Language::Chinese) => {
                format!("服务器不接受这种连接方式：{detail}。请检查配置中的 tls 和 host；服务器的 pg_hba.conf 规定了允许的方式。")
            }
            (Self::Database(DatabaseError::Busy), Language::Chinese) => {
                "此工作台的两个连接都在忙于耗时的操作。按 Esc 停止读取，然后重试。".into()
            }
            (Self::Database(_), Language::Chinese) => format!("数据库出错：{self}"),
            (Self::Keyring(KeyringError::RootExchanged { pinned, found, by }), Language::Chinese) => format!(
                "安装的根密钥已由 {by} 更换：新指纹为 {found}，您所固定的根 {pinned} 已为此签名。请与安全管理员核对新指纹，然后在配置中设置 root_fingerprint = \"{found}\"。"
            ),
            (Self::Keyring(_), Language::Chinese) => format!("密钥检查未通过：{self}。请通知安全管理员。"),
            (Self::WeakPassphrase { .. }, Language::Chinese) => "该口令太容易被猜到。请使用四个以上互不相关的词。".into(),
            (Self::NoPerson(login), Language::Chinese) => format!("没有人员“{login}”。sealdesk staff list 可列出全部人员。"),
            (Self::NotEnrolled(login), Language::Chinese) => format!("{login} 尚未注册：请先在其终端运行 sealdesk enrol。"),
            (Self::NotConfirmed(login), Language::Chinese) => format!("{login} 在签名目录中没有有效条目，请重新确认。"),
            (Self::Fingerprint { login, found }, Language::Chinese) => {
                format!("{login} 的指纹是 {found}，与所给不同。请与本人再次核对；若本人所见不同，数据库可能被篡改。")
            }
            (Self::ShareDuration, Language::Chinese) => "共享时间为五分钟到三十天，例如 30m、2h、7d。".into(),
            (Self::Plain(text), Language::Chinese) => text.clone(),
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::WrongPassphrase => " Try again; if it is forgotten, ask a security officer for a new one-time code.",
            Self::Conflict { .. } => " Compare both versions and choose per field.",
            Self::Checkpoints(_) | Self::Records(_) => " Leave the database as it is, and tell a security officer and the auditor.",
            Self::BadCiphertext { .. } => " Tell a security officer; everything else still works.",
            _ => "",
        }
    }
}
