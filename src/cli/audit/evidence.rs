//! Evidence in a file, and checking such a file without a server; witnessing a checkpoint.

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    super::{Failure, Outcome, output},
    checkpoint::{memory_file, say, store},
    tail::Wanted,
};
use crate::{
    config::Config,
    crypto::secret::Secret,
    model::{catalogue::Language, id::InstallationId},
    service::{
        SignedIn,
        audit::{self, checkpoint::Memory},
    },
    text::{qr, words},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit evidence --record C-204817 --out case-17.json\n  sealdesk audit evidence --actor chen.bo --from 2026-11-24 --out case-18.json"
)]
pub struct Evidence {
    /// File to write; one that is there already is not replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    wanted: Wanted,
}

impl Evidence {
    /// A wrong filter is said before anybody signs in.
    pub fn check(&self, language: Language) -> Outcome {
        self.wanted.filter(language).map(drop)
    }

    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let filter = self.wanted.filter(language)?;
        let installation = signed_in.keyring().installation();
        let file = memory_file(installation)?;
        let mut memory = Memory::load(&file, installation)?;
        let made = audit::evidence(signed_in, &filter, &mut memory).await;
        store(memory.as_ref(), &file)?;
        let made = made?;
        let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", self.out.display()));
        let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.out).map_err(failed)?;
        out.write_all(made.text.as_bytes()).map_err(failed)?;
        let root = signed_in.keyring().root_fingerprint();
        let (events, chains, unproven, out) = (made.events, made.chains, made.unproven, self.out.display());
        output::line(match language {
            Language::English => format!("{events} events of {chains} chains in {out}\nsealdesk audit verify --bundle {out} --root {root}"),
            Language::Chinese => {
                format!("{events} 条事件，{chains} 条链，已写入 {out}\nsealdesk audit verify --bundle {out} --root {root}")
            }
        })?;
        if unproven > 0 {
            output::line(match language {
                Language::English => format!("{unproven} of them are not proved: what follows them in their chain is above your clearance"),
                Language::Chinese => format!("其中 {unproven} 条未得到证明：其后的事件高于您的密级"),
            })?;
        }
        Ok(())
    }
}

/// Checks a file without a server.
pub fn verify(path: &Path, root: &str, language: Language) -> Outcome {
    let text = std::fs::read(path).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    // What is no text was changed too.
    let text = String::from_utf8_lossy(&text);
    let (evidence, checked) =
        audit::verify_evidence(&text, root).map_err(|error| Failure { message: error.message(language), code: error.exit_code() })?;
    output::line(if language == Language::English { &evidence.summary_en } else { &evidence.summary_zh })?;
    if let Some((absent, of)) = checked.absence.as_ref().zip(evidence.absence.as_ref()) {
        let named = audit::absence::what(absent.field.as_deref(), &of.record.to_string(), language);
        if !absent.revealed.is_empty() {
            return Err(Failure {
                message: match language {
                    Language::English => {
                        format!("the file does not prove it: {named} was revealed {} times in that time", absent.revealed.len())
                    }
                    Language::Chinese => format!("文件不能证明：{named}在此期间被查看 {} 次", absent.revealed.len()),
                },
                code: 5,
            });
        }
        output::line(super::absence::say(absent, &named, language))?;
        return output::line(match language {
            Language::English => format!(
                "holds: checkpoint {} of {} by {}; made by {}, root {}",
                checked.checkpoint, checked.checkpoint_at, checked.checkpoint_by, checked.made_by, checked.root_fingerprint
            ),
            Language::Chinese => format!(
                "校验通过：第 {} 个检查点（{}，{}）；由 {} 生成，根 {}",
                checked.checkpoint, checked.checkpoint_at, checked.checkpoint_by, checked.made_by, checked.root_fingerprint
            ),
        });
    }
    let (asked, proven, signed, number) = (checked.asked, checked.proven, checked.countersigned, checked.checkpoint);
    output::line(match language {
        Language::English => format!(
            "holds: {proven} of {asked} events are proved up to checkpoint {number} of {} by {}; {signed} are countersigned; made by {}, root {}",
            checked.checkpoint_at, checked.checkpoint_by, checked.made_by, checked.root_fingerprint
        ),
        Language::Chinese => format!(
            "校验通过：{asked} 条事件中有 {proven} 条证明至第 {number} 个检查点（{}，{}）；{signed} 条已会签；由 {} 生成，根 {}",
            checked.checkpoint_at, checked.checkpoint_by, checked.made_by, checked.root_fingerprint
        ),
    })
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit witness --show\n  sealdesk audit witness --words \"abandon ability able about above absent absorb abstract\""
)]
pub struct Witness {
    /// Only show it: sign nothing
    #[arg(long)]
    show: bool,
    /// A QR code with the whole hash too
    #[arg(long)]
    qr: bool,
    /// What somebody else reads of their newest checkpoint: nothing is signed unless it is the same
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,
}

impl Witness {
    pub async fn run(&self, signed_in: &SignedIn, config: &Config) -> Outcome {
        let language = config.language;
        let installation = signed_in.keyring().installation();
        let file = memory_file(installation)?;
        let mut memory = Memory::load(&file, installation)?;
        let newest = audit::checkpoint::newest(signed_in, &mut memory).await;
        store(memory.as_ref(), &file)?;
        let Some(newest) = newest? else {
            return Err(Failure::failed(if language == Language::English {
                "there is no checkpoint yet: sealdesk audit checkpoint makes one"
            } else {
                "尚无检查点：sealdesk audit checkpoint 可生成"
            }));
        };
        let hash = newest.hash(installation);
        say(&newest, installation, language)?;
        output::line(format!("  {}", words::words(&hash, language).join(" ")))?;
        if self.qr {
            output::line(picture(newest.number, installation, &hash, config)?)?;
        }
        if self.words.as_ref().is_some_and(|typed| !words::are_of(typed, &hash)) {
            return Err(Failure {
                message: if language == Language::English {
                    "those are not the words of this checkpoint: compare the numbers, and if they are the same, leave the database as it is and tell a security officer".into()
                } else {
                    "与该检查点的词语不符：请先比较编号；若编号相同，请保持数据库原状并通知安全管理员".into()
                },
                code: 5,
            });
        }
        if self.show {
            return Ok(());
        }
        audit::witness(signed_in, &newest).await?;
        output::line(if language == Language::English {
            "it follows from what you saw last, and is witnessed"
        } else {
            "与您上次所见相连，已见证"
        })
    }
}

fn picture(number: i64, installation: InstallationId, hash: &[u8; 32], config: &Config) -> Result<String, Failure> {
    Ok(qr::picture(&Secret::new(audit::checkpoint::code(number, installation, hash)), config.glyphs)?.expose().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_of_a_checkpoint_fits_the_smallest_usual_terminal() {
        let text = format!("SD:0190:{}:{}", 99_999, "A".repeat(64));
        let picture = qr::picture(&Secret::new(text), crate::config::Glyphs::Unicode).unwrap();
        let lines = picture.expose().lines().count();
        assert!(lines <= 20, "{lines}");
        assert!(picture.expose().lines().all(|line| crate::text::width::cells(line) <= 80));
    }
}
