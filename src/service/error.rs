//! What can go wrong in a use case: a stable code, a sentence that says what happened and what to do, and an exit code.

use thiserror::Error;

use crate::{
    database::error::{DatabaseError, Refusal},
    keyring::{KeyringError, recovery::RecoveryError, review::ReviewError, share::ShareError},
    model::catalogue::Language,
    service::search::QueryError,
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
    Share(#[from] ShareError),
    #[error(transparent)]
    Query(#[from] QueryError),
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
    #[error("Taking rights and giving others are two acts: take first, then give.")]
    TakeAndGive,
    #[error("{0}")]
    Plain(String),
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
    /// A stable code for logs, scripts and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(DatabaseError::Refused(refusal)) => refusal.code(),
            Self::Database(DatabaseError::Unreachable { .. }) => "unreachable",
            Self::Database(DatabaseError::Busy) => "busy",
            Self::Database(DatabaseError::Certificate { .. }) => "certificate",
            Self::Database(_) => "server",
            Self::Keyring(_) => "keyring",
            Self::Recovery(_) => "recovery",
            Self::Review(_) => "review",
            Self::Share(_) => "share",
            Self::Query(_) => "query",
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
            Self::Database(DatabaseError::Refused(_)) => 3,
            Self::Database(
                DatabaseError::Unreachable { .. } | DatabaseError::Busy | DatabaseError::NoEntry { .. } | DatabaseError::Certificate { .. },
            ) => 4,
            Self::Recovery(
                RecoveryError::Threshold | RecoveryError::TooFew { .. } | RecoveryError::Twice(_) | RecoveryError::OtherSet { .. },
            ) => 1,
            Self::Keyring(_)
            | Self::Recovery(_)
            | Self::Review(ReviewError::Altered | ReviewError::UnknownSigner)
            | Self::BadCiphertext { .. } => 5,
            _ => 1,
        }
    }

    /// What happened and what to do next, in the person's language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Query(error), _) => error.message(language),
            (Self::Recovery(error), _) => error.message(language),
            (Self::Review(error), _) => error.message(language),
            (Self::Share(error), _) => error.message(language),
            (Self::Database(DatabaseError::Refused(refusal)), _) => refusal.message(language),
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
            (Self::TakeAndGive, Language::Chinese) => "收回权限与授予权限须分两步：请先收回，再授予。".into(),
            (Self::Invalid { field, why }, Language::Chinese) => format!("字段“{field}”不能保存：{why}"),
            (Self::NoUser, Language::Chinese) => "没有用户名。请用 --user 指定，或在配置中设置 user。".into(),
            (Self::Database(DatabaseError::Unreachable { .. }), Language::Chinese) => {
                format!("无法连接服务器：{self}。请检查网络和配置中的 host、port；程序会自动重连。")
            }
            (Self::Database(DatabaseError::Newer { .. }), Language::Chinese) => format!("数据库比本程序新：{self} 请安装新版 sealdesk。"),
            (Self::Database(DatabaseError::Older { .. }), Language::Chinese) => {
                format!("数据库比本程序旧：{self} 请管理员运行 sealdesk migrate。")
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
            Self::BadCiphertext { .. } => " Tell a security officer; everything else still works.",
            _ => "",
        }
    }
}
