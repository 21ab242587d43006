//! `sealdesk kind`: kinds of record.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::{
        catalogue::{Field, Label, Language},
        kind::RecordKind,
    },
    service::{SignedIn, kind, settings, unlock},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk kind add contract --prefix K --en Contract --zh 合同 --name-en Title --name-zh 名称 --fields status\n  sealdesk field add signed_on --kind date --class basic --mask open --section contract --section-en Contract --section-zh 合同 --en 'Signed on' --zh 签署日期 --for contract\n  sealdesk kind retire contract --records-stay\n\nOpen desks follow at once."
)]
pub enum KindCommand {
    /// List the kinds and the fields of each, retired ones too
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add a kind; it has the name and the fields that are named
    Add(Add),
    /// Change a kind's labels, what its name is called, or its fields; what is not named stays
    Relabel(Relabel),
    /// Put a kind behind another one, or first
    Move {
        code: String,
        /// The kind it is to stand behind
        #[arg(long, required_unless_present = "first")]
        after: Option<String>,
        #[arg(long, conflicts_with = "after")]
        first: bool,
    },
    /// Let no more records be made of a kind; those there are can still be read, changed and found
    Retire {
        code: String,
        /// Say that its records stay as they are, where there are any
        #[arg(long)]
        records_stay: bool,
    },
    /// Let records be made of a retired kind again
    Restore { code: String },
}

#[derive(Debug, Args)]
pub struct Add {
    code: String,
    /// One to three capitals before its numbers, as K for K-000012; they stay for good
    #[arg(long, value_name = "LETTERS")]
    prefix: String,
    /// English label
    #[arg(long)]
    en: String,
    /// Chinese label
    #[arg(long)]
    zh: String,
    /// What the field name is called for its records, in English
    #[arg(long, requires = "name_zh")]
    name_en: Option<String>,
    /// What the field name is called for its records, in Chinese
    #[arg(long, requires = "name_en")]
    name_zh: Option<String>,
    /// Fields it has besides the name, with commas between
    #[arg(long, value_delimiter = ',')]
    fields: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Relabel {
    code: String,
    /// English label
    #[arg(long)]
    en: Option<String>,
    /// Chinese label
    #[arg(long)]
    zh: Option<String>,
    /// What the field name is called for its records, in English
    #[arg(long, requires = "name_zh")]
    name_en: Option<String>,
    /// What the field name is called for its records, in Chinese
    #[arg(long, requires = "name_en")]
    name_zh: Option<String>,
    /// All the fields it has, with commas between; what its records hold of others stays
    #[arg(long, value_delimiter = ',')]
    fields: Vec<String>,
}

impl KindCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = self.carry_out(&officer, config.language).await;
        unlock::close(&officer).await?;
        done
    }

    async fn carry_out(&self, officer: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&kind::kinds(officer).await?, &settings::fields(officer).await?, language, *json),
            Self::Add(add) => Ok(kind::add(officer, &add.kind(), &add.fields).await?),
            Self::Relabel(relabel) => {
                let changed = relabel.on(kind::kind(officer, &relabel.code).await?);
                let fields = Some(relabel.fields.as_slice()).filter(|fields| !fields.is_empty());
                Ok(kind::change(officer, &changed, fields).await?)
            }
            Self::Move { code, after, .. } => {
                let moved = kind::kind(officer, code).await?;
                Ok(kind::move_after(officer, &moved, after.as_deref()).await?)
            }
            Self::Retire { code, records_stay } => {
                kind::retire(officer, &kind::kind(officer, code).await?, true, *records_stay).await?;
                output::line(match language {
                    Language::English => {
                        format!("{code} is retired: no more records of it are made. Those there are can still be read, changed and found.")
                    }
                    Language::Chinese => format!("{code} 已停用：不能再新建此类记录。已有记录仍可查看、修改和查找。"),
                })
            }
            Self::Restore { code } => Ok(kind::retire(officer, &kind::kind(officer, code).await?, false, true).await?),
        }
    }
}

fn name(en: Option<&String>, zh: Option<&String>) -> Option<Label> {
    en.cloned().zip(zh.cloned()).map(|(en, zh)| Label { en, zh })
}

impl Add {
    fn kind(&self) -> RecordKind {
        RecordKind {
            code: self.code.clone(),
            label: Label { en: self.en.clone(), zh: self.zh.clone() },
            prefix: self.prefix.clone(),
            name: name(self.name_en.as_ref(), self.name_zh.as_ref()),
            version: 0,
            retired: false,
        }
    }
}

impl Relabel {
    /// The kind with what was named changed.
    fn on(&self, mut kind: RecordKind) -> RecordKind {
        for (to, from) in [(&mut kind.label.en, &self.en), (&mut kind.label.zh, &self.zh)] {
            if let Some(text) = from {
                to.clone_from(text);
            }
        }
        kind.name = name(self.name_en.as_ref(), self.name_zh.as_ref()).or(kind.name);
        kind
    }
}

fn list(kinds: &[RecordKind], fields: &[Field], language: Language, json: bool) -> Outcome {
    let fields_of = |kind: &RecordKind| -> Vec<&str> {
        fields.iter().filter(|field| field.kinds.contains(&kind.code)).map(|field| field.code.as_str()).collect()
    };
    if json {
        for kind in kinds {
            output::line(serde_json::json!({
                "code": kind.code, "label": kind.label, "prefix": kind.prefix, "name": kind.name, "fields": fields_of(kind),
                "version": kind.version, "retired": kind.retired
            }))?;
        }
        return Ok(());
    }
    let row = |kind: &RecordKind| {
        vec![
            kind.code.clone(),
            kind.prefix.clone(),
            kind.label.en.clone(),
            kind.label.zh.clone(),
            fields_of(kind).join(","),
            (if !kind.retired {
                ""
            } else if language == Language::English {
                "retired"
            } else {
                "已停用"
            })
            .to_owned(),
        ]
    };
    let en = ["kind", "letters", "English", "中文", "fields", "besides"];
    let zh = ["记录类型", "字母", "English", "中文", "字段", "其他"];
    output::table_in(language, en, zh, &kinds.iter().map(row).collect::<Vec<_>>())
}

/// Kinds by their codes with commas between, or `all` for every kind there is.
pub async fn named(officer: &SignedIn, typed: &[String]) -> Result<Vec<String>, Failure> {
    if typed == ["all"] {
        return Ok(kind::kinds(officer).await?.into_iter().map(|kind| kind.code).collect());
    }
    Ok(typed.to_vec())
}
