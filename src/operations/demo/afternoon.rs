//! A bad afternoon: somebody reads phone numbers as fast as they can, with a right to each of them, from a place where they have never been.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::DemoPerson;
use crate::{
    config::Config,
    crypto::secret::Secret,
    model::catalogue::Label,
    service::{
        Origin, Result, SignedIn,
        reveal::{self, GivenReason},
        search::{self, ListRequest},
        unlock, view,
    },
};

/// Who does it.
pub const WHO: &str = "agent";
/// Time to look around before it begins.
const QUIET: Duration = Duration::from_secs(20);
/// Between two values: twenty within a minute are what the rule asks for.
const PAUSE: Duration = Duration::from_millis(700);
const VALUES: u16 = 60;

const WORDS: [(&str, &str); 7] = [
    (
        "In half a minute chen.bo reads phone numbers in bulk. Wait for the bell; the title counts alerts.",
        "约半分钟后 chen.bo 将批量查看电话号码。请等待铃声，标题栏会显示告警数。",
    ),
    ("!      the alerts: what happened, who caused it", "!      告警：发生了什么、由谁引发"),
    (
        "i      an incident from the alert, its events pinned; Enter to the end",
        "i      由告警新建安全事件并固定相关审计事件；连按 Enter 确认",
    ),
    ("x      freezes chen.bo: type why, then Enter; his session ends at once", "x      冻结 chen.bo：填写原因后按 Enter，其会话立即结束"),
    ("w      what he saw; Esc closes it", "w      其查看的内容；按 Esc 关闭"),
    ("u      what he did, in the audit; there E writes it as evidence", "u      其操作记录（审计）；在审计界面按 E 导出证据"),
    ("7      back to the incident: n note, t task, h hand over, c close", "7      返回安全事件：n 记录，t 任务，h 移交，c 关闭"),
];

pub static STEPS: std::sync::LazyLock<Vec<Label>> =
    std::sync::LazyLock::new(|| WORDS.iter().map(|(en, zh)| Label { en: (*en).to_owned(), zh: (*zh).to_owned() }).collect());

/// It goes on until this is dropped, or somebody freezes who does it.
pub struct Afternoon(JoinHandle<()>);

impl Afternoon {
    pub(super) fn begin(config: &Config, person: &DemoPerson) -> Self {
        let (config, user, passphrase) = (config.clone(), person.user.clone(), Secret::from(person.passphrase.as_str()));
        Self(tokio::spawn(async move {
            tokio::time::sleep(QUIET).await;
            let origin = Origin { description: "ssh from 203.0.113.7 pts/4".into() };
            let done = match unlock::unlock(&config, &user, passphrase, &origin).await {
                Ok(signed_in) => read_in_bulk(&signed_in).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::info!(code = error.code(), "the bad afternoon is over");
            }
        }))
    }
}

impl Drop for Afternoon {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read_in_bulk(signed_in: &SignedIn) -> Result<()> {
    let page = search::list(signed_in, &ListRequest { limit: VALUES, ..ListRequest::default() }).await?;
    let reason = GivenReason { code: "callback".into(), reference: None };
    for row in page.rows {
        view::view(signed_in, row.id).await?;
        for (_, value) in reveal::reveal(signed_in, row.id, &["phone".to_owned()], Some(&reason)).await {
            // Read, and dropped.
            value?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    unlock::close(signed_in).await
}
