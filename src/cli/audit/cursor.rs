//! The place where a feed goes on, kept in a file.

use std::{io::Write as _, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{Failure, Outcome};
use crate::model::{
    audit::EventKey,
    catalogue::Language,
    id::{InstallationId, SessionId},
};

/// What is at or above the horizon and not in `seen` has not been printed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cursor {
    /// Of files of before it is not known.
    #[serde(default)]
    installation: Option<InstallationId>,
    #[serde(default)]
    user: Option<String>,
    /// Whether events of everybody are read, or only the user's own.
    #[serde(default)]
    pub everything: Option<bool>,
    /// The filter in a form that is compared and not read.
    #[serde(default)]
    filter: Option<String>,
    pub horizon: u64,
    pub seen: Vec<EventKey>,
    /// Set while what was there at the begin is being read, oldest first: the last event of it that was printed.
    #[serde(default)]
    pub past: Option<(Timestamp, SessionId, i64)>,
}

/// Whose events, of which installation, by which filter: a cursor goes on only with the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub installation: InstallationId,
    pub user: String,
    pub everything: bool,
    pub filter: String,
}

impl Cursor {
    #[must_use]
    pub fn begin(source: &Source, horizon: u64) -> Self {
        Self {
            installation: Some(source.installation),
            user: Some(source.user.clone()),
            everything: Some(source.everything),
            filter: Some(source.filter.clone()),
            horizon,
            seen: Vec::new(),
            past: None,
        }
    }

    /// The cursor of the last run, if there was one.
    pub fn load(path: &Path) -> Result<Option<Self>, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
                Failure::failed(format!("{} is no cursor ({error}); remove it to begin with the newest events", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::failed(format!("{}: {error}", path.display()))),
        }
    }

    /// Goes on only where nothing would be passed over: with the same events to choose from, in a database that has not gone back.
    pub fn check(&mut self, source: &Source, horizon: u64, language: Language) -> Outcome {
        let other = |known: bool, en: &str, zh: &str| {
            let message = match language {
                Language::English => format!(
                    "the cursor is of another {en}: going on would leave out events without a trace. Use another cursor file, with --from to say where to begin"
                ),
                Language::Chinese => format!("游标属于其他{zh}，继续读取会遗漏事件且不留痕迹。请另用游标文件，并以 --from 指定起点"),
            };
            if known { Ok(()) } else { Err(Failure::failed(message)) }
        };
        other(self.installation.is_none_or(|known| known == source.installation), "installation", "安装")?;
        other(self.user.as_ref().is_none_or(|known| *known == source.user), "user", "用户")?;
        other(self.filter.as_ref().is_none_or(|known| *known == source.filter), "filter", "筛选条件")?;
        other(self.everything.is_none_or(|known| known == source.everything), "right to read", "读取权限")?;
        if horizon < self.horizon {
            return Err(Failure {
                message: match language {
                    Language::English => {
                        "the database is older than the cursor: an earlier copy was restored. Run `sealdesk audit verify --anchor`, \
                         then begin again with --from and another cursor file"
                    }
                    Language::Chinese => {
                        "数据库早于游标：已恢复为较早的副本。请运行 sealdesk audit verify --anchor，再以 --from 和新的游标文件重新开始"
                    }
                }
                .into(),
                code: 5,
            });
        }
        *self = Self { seen: std::mem::take(&mut self.seen), past: self.past, ..Self::begin(source, self.horizon) };
        Ok(())
    }

    /// Beside and then over it, so that the file is whole whenever this ends.
    pub fn save(&self, path: &Path) -> Outcome {
        let text = serde_json::to_string(self).map_err(std::io::Error::from)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        Ok(())
    }
}
