//! Making a checkpoint, and writing the newest one down outside the database.

use std::path::PathBuf;

use clap::Args;

use super::super::{Failure, Outcome, output};
use crate::{
    config::Config,
    keyring::checkpoint::Checkpoint,
    model::{catalogue::Language, id::InstallationId},
    operations::memory,
    service::{
        SignedIn,
        audit::{
            self,
            anchor::{Anchor, Note},
            checkpoint::Memory,
        },
    },
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit anchor --to file:/mnt/worm/sealdesk.anchors\n  sealdesk audit anchor --to \"exec:/usr/local/bin/send-to-notary --quiet\""
)]
pub struct Write {
    /// file:/path, syslog, journald, or exec:/path/to/program with arguments; `anchors` of `[watch]` in the configuration when left out
    #[arg(long, value_name = "ANCHOR")]
    to: Vec<String>,
}

/// Where this person keeps the newest checkpoint that they have seen.
pub fn memory_file(installation: InstallationId) -> Result<PathBuf, Failure> {
    memory::checkpoint_file(installation).ok_or_else(|| Failure::failed("there is no home directory to remember checkpoints in"))
}

pub async fn make(signed_in: &SignedIn, language: Language) -> Outcome {
    let installation = signed_in.keyring().installation();
    let file = memory_file(installation)?;
    let mut memory = Memory::load(&file, installation)?;
    let made = audit::checkpoint::checkpoint(signed_in, &mut memory).await;
    store(memory.as_ref(), &file)?;
    say(&made?, installation, language)
}

impl Write {
    pub async fn run(&self, signed_in: &SignedIn, config: &Config) -> Outcome {
        let texts = if self.to.is_empty() { &config.watch.anchors } else { &self.to };
        if texts.is_empty() {
            return Err(Failure::usage(if config.language == Language::English {
                "no anchor is named: give one with --to, or set anchors under [watch] in the configuration"
            } else {
                "未指定锚点：请用 --to 指定，或在配置的 [watch] 中设置 anchors"
            }));
        }
        let anchors: Vec<Anchor> = texts.iter().map(|text| Anchor::parse(text)).collect::<Result<_, _>>()?;
        let installation = signed_in.keyring().installation();
        let file = memory_file(installation)?;
        let mut memory = Memory::load(&file, installation)?;
        let newest = audit::checkpoint::newest(signed_in, &mut memory).await;
        store(memory.as_ref(), &file)?;
        let Some(newest) = newest? else {
            return Err(Failure::failed(if config.language == Language::English {
                "there is no checkpoint yet: sealdesk audit checkpoint makes one"
            } else {
                "尚无检查点：sealdesk audit checkpoint 可生成"
            }));
        };
        let note = Note::of(&newest, installation);
        for anchor in &anchors {
            anchor.write(&note).await?;
        }
        say(&newest, installation, config.language)
    }
}

pub fn store(memory: Option<&Memory>, file: &std::path::Path) -> Outcome {
    if let Some(memory) = memory {
        memory.store(file)?;
    }
    Ok(())
}

pub fn say(checkpoint: &Checkpoint, installation: InstallationId, language: Language) -> Outcome {
    let hash = crate::crypto::hex(&checkpoint.hash(installation));
    let Checkpoint { number, at, size, login, .. } = checkpoint;
    output::line(match language {
        Language::English => format!("checkpoint {number} of {at}: {size} leaves, signed by {login}, {hash}"),
        Language::Chinese => format!("第 {number} 个检查点，{at}：{size} 个叶节点，由 {login} 签名，{hash}"),
    })
}
