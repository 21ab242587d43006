//! `sealdesk catalogue`: what officers have signed of fields, kinds of record and keys.

use std::io::{IsTerminal as _, Write as _};

use clap::Subcommand;

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::{
        catalogue::Language,
        signed_catalogue::{Difference, in_words},
    },
    service::{
        Error, SignedIn,
        catalogue::{self, Signed, Standing},
        unlock,
    },
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Every change of a field, a kind of record, a class or a key is signed by the officer who makes it, and no desk writes anything by what is not signed.\n\nExamples:\n  sealdesk catalogue check\n  sealdesk catalogue history\n  sealdesk catalogue sign"
)]
pub enum CatalogueCommand {
    /// Hold what the database says against what officers signed; exit code 5 where they differ
    Check {
        #[arg(long)]
        json: bool,
    },
    /// List what was signed, by whom, and what it changed
    History {
        #[arg(long)]
        json: bool,
    },
    /// Sign it as it is: after an upgrade, after an older backup was restored, or where a difference is meant
    Sign {
        /// Sign without asking
        #[arg(long)]
        yes: bool,
    },
}

impl CatalogueCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = self.carry_out(&signed_in, config.language).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn carry_out(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::Check { json } => check(catalogue::standing(signed_in).await?, language, *json),
            Self::History { json } => history(&catalogue::history(signed_in).await?, language, *json),
            Self::Sign { yes } => sign(signed_in, language, *yes).await,
        }
    }
}

fn check(standing: Standing, language: Language, json: bool) -> Outcome {
    if json {
        output::line(serde_json::json!({
            "number": standing.number, "signer": standing.signer, "good": standing.fault.is_none(),
            "fault": standing.fault.as_ref().map(ToString::to_string),
            "differences": standing.differences.iter().map(difference).collect::<Vec<_>>(),
        }))?;
    } else {
        list(&standing.differences, language)?;
    }
    if let Some(fault) = standing.fault {
        return Err(Error::Catalogue(fault).into());
    }
    if json {
        return Ok(());
    }
    let (number, signer) = (standing.number, standing.signer.unwrap_or_default());
    output::line(match language {
        Language::English => format!("Fields, kinds of record and keys are as {signer} signed them (statement {number})."),
        Language::Chinese => format!("字段、记录类型与密钥均与 {signer} 的签名一致（第 {number} 号声明）。"),
    })
}

async fn sign(signed_in: &SignedIn, language: Language, yes: bool) -> Outcome {
    let standing = catalogue::standing(signed_in).await?;
    if standing.fault.is_none() {
        return output::line(output::say(language, "It is signed as it is; there is nothing to do.", "当前内容已签名，无需操作。"));
    }
    if standing.number == 0 {
        output::line(output::say(
            language,
            "Nothing was signed yet. Look through `sealdesk field list` and `sealdesk kind list` first.",
            "尚未签名。请先查看 sealdesk field list 和 sealdesk kind list。",
        ))?;
    }
    list(&standing.differences, language)?;
    if !yes && !agreed(language)? {
        return Err(Failure::failed(output::say(language, "Nothing was signed.", "未签名。")));
    }
    let number = catalogue::sign(signed_in, &standing).await?;
    output::line(match language {
        Language::English => format!("Signed as statement {number}. Open desks write again."),
        Language::Chinese => format!("已签为第 {number} 号声明，各工作台可继续写入。"),
    })
}

/// Asked at a terminal; elsewhere `--yes` says so.
fn agreed(language: Language) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::failed(output::say(
            language,
            "Nobody can be asked here; look at `sealdesk catalogue check`, then say --yes.",
            "此处无法询问。请先运行 sealdesk catalogue check，再加 --yes。",
        )));
    }
    let failed = |error: std::io::Error| Failure::failed(error.to_string());
    print!("{}", output::say(language, "Sign this? Type yes: ", "确认签名？请输入 yes："));
    std::io::stdout().flush().map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim() == "yes")
}

fn list(differences: &[Difference], language: Language) -> Outcome {
    for difference in differences {
        output::line(output::visible(&difference.in_words(language)))?;
    }
    Ok(())
}

fn difference(of: &Difference) -> serde_json::Value {
    serde_json::json!({ "of": of.of, "code": of.code, "what": of.what, "signed": of.signed, "stored": of.stored })
}

fn history(signed: &[Signed], language: Language, json: bool) -> Outcome {
    if json {
        for one in signed {
            output::line(serde_json::json!({
                "number": one.number, "at": one.at, "signer": one.signer, "good": one.is_good,
                "changes": one.changes.iter().map(difference).collect::<Vec<_>>(),
            }))?;
        }
        return Ok(());
    }
    let row = |one: &Signed| {
        let good = if one.is_good { output::say(language, "good", "有效") } else { output::say(language, "NOT GOOD", "无效") };
        vec![
            one.number.to_string(),
            output::moment(one.at),
            one.signer.clone(),
            good.to_owned(),
            in_words(&one.changes, language, Difference::as_change),
        ]
    };
    let en = ["statement", "signed at", "by", "signature", "what changed"];
    let zh = ["声明", "签署时间", "签署人", "签名", "变更"];
    output::table_in(language, en, zh, &signed.iter().map(row).collect::<Vec<_>>())
}
