//! `sealdesk key`: the installation's root key.

use clap::Subcommand;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::catalogue::Language,
    service::{SignedIn, root, unlock},
};

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Put a new root key in place of the old one, and sign everything again
    #[command(
        after_help = "Whoever was an officer and is none any more has held the root key and is in the directory for what they signed; this ends both.\nEvery client's configuration must be given the new fingerprint afterwards: a client that pins the old one is told of the new one, and goes no further."
    )]
    ExchangeRoot {
        /// The fingerprint of the root key that is to go, as the configuration pins it; without it, the present one is shown and nothing is done
        #[arg(long, value_name = "FINGERPRINT")]
        old: Option<String>,
    },
}

impl Key {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let Self::ExchangeRoot { old } = self;
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = exchange(&officer, config.language, old.as_deref()).await;
        unlock::close(&officer).await?;
        done
    }
}

async fn exchange(officer: &SignedIn, language: Language, old: Option<&str>) -> Outcome {
    let english = language == Language::English;
    let present = root::present(officer);
    if old.is_none_or(|old| !old.trim().eq_ignore_ascii_case(&present)) {
        output::line(&present)?;
        return Err(Failure::usage(if english {
            "this is the root key of now. Every client must be given a new fingerprint after an exchange; give this one with --old to go on"
        } else {
            "这是当前的根密钥指纹。更换后每个客户端都必须配置新指纹；如要继续，请用 --old 给出该指纹"
        }));
    }
    let done = root::exchange(officer).await?;
    output::line(format!("root_fingerprint = \"{}\"", done.fingerprint))?;
    let (officers, dropped) = (done.officers.join(", "), done.dropped.join(", "));
    eprintln!(
        "sealdesk: {}",
        if english {
            format!("put this line into every client's configuration. Officers: {officers}.")
        } else {
            format!("请将此行写入每个客户端的配置。安全管理员：{officers}。")
        }
    );
    if !dropped.is_empty() {
        eprintln!(
            "sealdesk: {}",
            if english { format!("no officers any more: {dropped}") } else { format!("不再是安全管理员：{dropped}") }
        );
    }
    Ok(())
}
