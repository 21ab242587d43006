//! `sealdesk field`: fields without code.

use clap::{Args, Subcommand};
use serde::{Serialize, de::DeserializeOwned};

use super::{Arguments, Failure, Outcome, kind, output, progress::Shown};
use crate::{
    model::{
        catalogue::{Choice, Field, FieldKind, IndexMode, Label, Language, Mask, Target, code_of, of_code},
        id::Prefix,
    },
    service::{SignedIn, rewrite, settings, unlock},
    text::leak::Measured,
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  sealdesk field add branch --kind choice --class basic --section customer --en Branch --zh 网点 --choice bj=Beijing/北京 --choice sh=Shanghai/上海\n  sealdesk field add customer --kind record --of customer --class basic --mask open --index exact --section contract --en Customer --zh 客户 --for contract\n  sealdesk field change city --en Town --zh 城镇\n  sealdesk field measure city --modes exact\n  sealdesk field change address --class identity\n\nOpen desks follow at once."
)]
pub enum FieldCommand {
    /// List the fields, retired ones too
    List {
        #[arg(long)]
        json: bool,
    },
    /// Which masks and index modes each kind of field can have, and what each index mode tells whoever has the database
    Kinds,
    /// Add a field, last in its section
    Add(Add),
    /// Change a field's labels, section, class, mask, index, place in the list, requirement or choices; what is not named stays
    Change(Change),
    /// Put a field behind another one of its section, or first in it
    Move {
        code: String,
        /// The field it is to stand behind
        #[arg(long, required_unless_present = "first")]
        after: Option<String>,
        #[arg(long, conflicts_with = "after")]
        first: bool,
    },
    /// Measure on the real values what an index would tell whoever has the database; below a floor a field is not indexed so
    Measure {
        code: String,
        /// Index modes with commas between; all that the field's kind has without
        #[arg(long, value_parser = named::<IndexMode>, value_delimiter = ',')]
        modes: Vec<IndexMode>,
        #[arg(long)]
        json: bool,
    },
    /// Write again what was stored before a field's class, mask, index or place in the list changed; goes on where it was stopped
    Reindex { code: String },
    /// Ask for a field nowhere any more; its values stay, sealed, until they are removed, and so do their search tokens
    Retire { code: String },
    /// Bring a retired field back, with the values it had
    Restore { code: String },
}

#[derive(Debug, Args)]
pub struct Add {
    code: String,
    /// text, `long_text`, phone, email, date, number, choice, `id_number`, card or record
    #[arg(long, value_parser = named::<FieldKind>)]
    kind: FieldKind,
    /// The kind of record that a field of kind record refers to, by its code
    #[arg(long, value_name = "KIND", required_if_eq("kind", "record"))]
    of: Option<String>,
    /// The sensitivity class its values are sealed under
    #[arg(long)]
    class: String,
    /// English label
    #[arg(long)]
    en: String,
    /// Chinese label
    #[arg(long)]
    zh: String,
    /// Code of the section
    #[arg(long)]
    section: String,
    /// The section's English label, for a new section
    #[arg(long, default_value = "", hide_default_value = true)]
    section_en: String,
    /// The section's Chinese label, for a new section
    #[arg(long, default_value = "", hide_default_value = true)]
    section_zh: String,
    /// What is left of a value when it is masked; `field kinds` lists what fits
    #[arg(long, value_parser = named::<Mask>, default_value = "hidden")]
    mask: Mask,
    /// How it can be searched, with commas between; not at all without
    #[arg(long, value_parser = named::<IndexMode>, value_delimiter = ',', value_name = "MODES")]
    index: Vec<IndexMode>,
    /// Show its masked form in list rows
    #[arg(long)]
    list: bool,
    /// No record without it
    #[arg(long)]
    required: bool,
    /// Kinds of record that have it, by their codes with commas between; all that are in use without
    #[arg(long = "for", value_delimiter = ',', value_name = "KINDS")]
    kinds: Vec<String>,
    /// One of the choices of a field of kind choice
    #[arg(long = "choice", value_parser = choice, value_name = "CODE=ENGLISH/中文")]
    choices: Vec<Choice>,
}

#[derive(Debug, Args)]
pub struct Change {
    code: String,
    /// English label
    #[arg(long)]
    en: Option<String>,
    /// Chinese label
    #[arg(long)]
    zh: Option<String>,
    /// Code of the section
    #[arg(long)]
    section: Option<String>,
    /// The section's English label, for all of it
    #[arg(long, requires = "section_zh")]
    section_en: Option<String>,
    /// The section's Chinese label, for all of it
    #[arg(long, requires = "section_en")]
    section_zh: Option<String>,
    /// The sensitivity class; values move to it
    #[arg(long)]
    class: Option<String>,
    /// What is left of a value when it is masked
    #[arg(long, value_parser = named::<Mask>)]
    mask: Option<Mask>,
    /// How it can be searched, with commas between, or none
    #[arg(long, value_name = "MODES|none")]
    index: Option<String>,
    /// Whether its masked form stands in list rows
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    list: Option<bool>,
    /// Whether no record may be without it
    #[arg(long, action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
    required: Option<bool>,
    /// Kinds of record that have it, all of them, with commas between, or all; what records of others hold of it stays
    #[arg(long = "for", value_delimiter = ',', value_name = "KINDS|all")]
    kinds: Vec<String>,
    /// The choices, all of them; one that is left out stays on the records that have it
    #[arg(long = "choice", value_parser = choice, value_name = "CODE=ENGLISH/中文")]
    choices: Vec<Choice>,
    /// Leave it to `field reindex` to write again what is stored
    #[arg(long)]
    later: bool,
}

impl FieldCommand {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        if let Self::Kinds = self {
            return kinds(config.language);
        }
        let officer = arguments.sign_in(&config).await?;
        let done = Box::pin(self.carry_out(&officer, config.language)).await;
        unlock::close(&officer).await?;
        done
    }

    async fn carry_out(&self, officer: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::List { json } => list(&settings::fields(officer).await?, *json, language),
            Self::Kinds => kinds(language),
            Self::Add(add) => {
                let kinds = kind::named(officer, &add.kinds).await?;
                Ok(settings::add_field(officer, &Field { kinds, ..add.field() }).await?)
            }
            Self::Change(change) => {
                let before = settings::field(officer, &change.code).await?;
                let mut changed = change.on(before.clone())?;
                if !change.kinds.is_empty() {
                    changed.kinds = kind::named(officer, &change.kinds).await?;
                }
                settings::change_field(officer, &changed).await?;
                let now = settings::field(officer, &change.code).await?;
                if now.layout == before.layout || change.later { Ok(()) } else { reindex(officer, language, &change.code).await }
            }
            Self::Measure { code, modes, json } => measure(officer, language, code, modes, *json).await,
            Self::Reindex { code } => reindex(officer, language, code).await,
            Self::Move { code, after, .. } => {
                let field = settings::field(officer, code).await?;
                Ok(settings::move_field(officer, &field, after.as_deref()).await?)
            }
            Self::Retire { code } => {
                settings::retire_field(officer, &settings::field(officer, code).await?).await?;
                output::line(match language {
                    Language::English => format!("{code} is retired. Its values and their search tokens stay until they are removed."),
                    Language::Chinese => format!("{code} 已停用。其值与搜索标记会保留，直至被移除。"),
                })
            }
            Self::Restore { code } => Ok(settings::restore_field(officer, &settings::field(officer, code).await?).await?),
        }
    }
}

impl Add {
    fn field(&self) -> Field {
        Field {
            code: self.code.clone(),
            label: Label { en: self.en.clone(), zh: self.zh.clone() },
            section: self.section.clone(),
            section_label: Label { en: self.section_en.clone(), zh: self.section_zh.clone() },
            position: 0,
            kind: self.kind,
            class: self.class.clone(),
            mask: self.mask,
            index: self.index.clone(),
            summary: self.list,
            required: self.required,
            choices: self.choices.clone(),
            version: 0,
            layout: 0,
            retired: false,
            kinds: self.kinds.clone(),
            of: self.of.clone().map(|kind| Target { kind, prefix: Prefix::NONE }),
        }
    }
}

impl Change {
    /// The field with what was named changed.
    fn on(&self, mut field: Field) -> Result<Field, Failure> {
        if let Some(section) = &self.section
            && *section != field.section
        {
            // Its labels are those of the section that it goes to.
            field.section.clone_from(section);
            field.section_label = Label::default();
        }
        for (to, from) in [
            (&mut field.label.en, &self.en),
            (&mut field.label.zh, &self.zh),
            (&mut field.section_label.en, &self.section_en),
            (&mut field.section_label.zh, &self.section_zh),
        ] {
            if let Some(text) = from {
                to.clone_from(text);
            }
        }
        if let Some(class) = &self.class {
            field.class.clone_from(class);
        }
        field.mask = self.mask.unwrap_or(field.mask);
        field.summary = self.list.unwrap_or(field.summary);
        field.required = self.required.unwrap_or(field.required);
        if let Some(typed) = &self.index {
            field.index = modes(typed).map_err(Failure::usage)?;
        }
        if !self.choices.is_empty() {
            field.choices.clone_from(&self.choices);
        }
        Ok(field)
    }
}

/// Index modes with commas between, or `none`.
pub fn modes(typed: &str) -> Result<Vec<IndexMode>, String> {
    if typed == "none" { Ok(Vec::new()) } else { typed.split(',').map(|mode| named(mode.trim())).collect() }
}

/// A kind, mask or index mode by its code.
fn named<T: DeserializeOwned>(typed: &str) -> Result<T, String> {
    of_code(typed).ok_or_else(|| "`sealdesk field kinds` lists what there is".to_owned())
}

fn choice(typed: &str) -> Result<Choice, String> {
    let parts = typed.split_once('=').and_then(|(code, labels)| Some((code, labels.split_once('/')?)));
    let (code, (en, zh)) = parts.ok_or("a choice looks like bj=Beijing/北京")?;
    Ok(Choice { code: code.trim().into(), label: Label { en: en.trim().into(), zh: zh.trim().into() } })
}

fn codes<T: Serialize>(all: &[T]) -> String {
    if all.is_empty() { "-".into() } else { all.iter().map(code_of).collect::<Vec<_>>().join(",") }
}

async fn reindex(officer: &SignedIn, language: Language, code: &str) -> Outcome {
    let mut shown = Shown::new(language, ("written again", "已重写"));
    let done = tokio::select! {
        done = rewrite::rewrite(officer, code, |progress| shown.progress(progress)) => done,
        _ = tokio::signal::ctrl_c() => {
            shown.finish();
            let (en, zh) = ("Stopped. `sealdesk field reindex` goes on from here.", "已停止。用 sealdesk field reindex 继续。");
            return Err(Failure::failed(if language == Language::English { en } else { zh }));
        }
    };
    shown.finish();
    let done = done?;
    output::line(match language {
        Language::English => format!("{code}: {} values written again, {} left", done.changed, done.left),
        Language::Chinese => format!("{code}：已重写 {} 个值，剩余 {} 个", done.changed, done.left),
    })?;
    output::damaged(language, &done.damaged)
}

async fn measure(officer: &SignedIn, language: Language, code: &str, modes: &[IndexMode], json: bool) -> Outcome {
    let kind = settings::field(officer, code).await?.kind;
    let modes = if modes.is_empty() { kind.index_modes() } else { modes };
    let mut shown = Shown::new(language, ("measured", "已测量"));
    let measured = rewrite::measure(officer, code, modes, |progress| shown.progress(progress)).await;
    shown.finish();
    let measured = measured?;
    if json {
        for found in &measured {
            output::line(serde_json::json!({
                "mode": found.mode, "records": found.records, "tokens": found.tokens, "largest": found.largest, "largest_share": found.largest_share(),
                "entropy_bits": found.entropy, "false_hits": found.false_hits, "bytes_per_million": found.bytes_per_million,
                "allowed": found.is_above_floor(), "leaks": kind.leaks(found.mode, Language::English)
            }))?;
        }
        return Ok(());
    }
    let row = |found: &Measured| {
        vec![
            code_of(&found.mode),
            found.records.to_string(),
            found.tokens.to_string(),
            format!("{} ({:.1} %)", found.largest, found.largest_share() * 100.0),
            format!("{:.1} {}", found.entropy, output::say(language, "bits", "位")),
            format!("{:.2}", found.false_hits),
            format!("{:.0} MB", found.bytes_per_million / 1e6),
            if found.is_above_floor() { output::say(language, "allowed", "允许") } else { output::say(language, "REFUSED", "拒绝") }
                .to_owned(),
        ]
    };
    let en = ["index mode", "values", "tokens", "largest bucket", "entropy", "false hits", "per million", "floor"];
    let zh = ["搜索方式", "值", "标记", "最大一组", "熵", "误匹配", "每百万条", "下限"];
    output::table_in(language, en, zh, &measured.iter().map(row).collect::<Vec<_>>())?;
    output::line("")?;
    let row = |found: &Measured| vec![code_of(&found.mode), kind.leaks(found.mode, language).to_owned()];
    output::table_in(language, LEAKS.0, LEAKS.1, &measured.iter().map(row).collect::<Vec<_>>())
}

/// Headings of what an index mode gives away.
const LEAKS: ([&str; 2], [&str; 2]) = (["index mode", "tells whoever has the database"], ["搜索方式", "数据库持有者可得知"]);

fn kinds(language: Language) -> Outcome {
    let row = |kind: &FieldKind| vec![code_of(kind), codes(&kind.masks()), codes(kind.index_modes())];
    output::table_in(
        language,
        ["kind", "masks (open in class basic only)", "index modes"],
        ["类型", "掩码（open 仅限 basic 类别）", "搜索方式"],
        &FieldKind::ALL.iter().map(row).collect::<Vec<_>>(),
    )?;
    output::line("")?;
    let row = |mode: &IndexMode| vec![code_of(mode), mode.leaks(language).to_owned()];
    let of_record = vec![
        format!("{} ({})", code_of(&IndexMode::Exact), code_of(&FieldKind::Record)),
        FieldKind::Record.leaks(IndexMode::Exact, language).to_owned(),
    ];
    output::table_in(language, LEAKS.0, LEAKS.1, &IndexMode::ALL.iter().map(row).chain([of_record]).collect::<Vec<_>>())
}

fn list(fields: &[Field], json: bool, language: Language) -> Outcome {
    if json {
        for field in fields {
            output::line(serde_json::json!({
                "code": field.code, "label": field.label, "section": field.section, "section_label": field.section_label, "kind": field.kind,
                "class": field.class, "mask": field.mask, "index": field.index, "list": field.summary, "required": field.required,
                "choices": field.choices, "of": field.of.as_ref().map(|of| &of.kind), "for": field.kinds, "version": field.version, "retired": field.retired
            }))?;
        }
        return Ok(());
    }
    let row = |field: &Field| {
        let marks = [
            (field.summary, output::say(language, "list", "列表")),
            (field.required, output::say(language, "required", "必填")),
            (field.retired, output::say(language, "retired", "已停用")),
        ];
        let marks: Vec<&str> = marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark).collect();
        vec![
            field.section.clone(),
            field.code.clone(),
            field.label.en.clone(),
            field.label.zh.clone(),
            code_of(&field.kind),
            field.class.clone(),
            code_of(&field.mask),
            codes(&field.index),
            field.kinds.join(","),
            marks.join(" "),
        ]
    };
    let en = ["section", "field", "English", "中文", "kind", "class", "mask", "index", "for", "besides"];
    let zh = ["节", "字段", "English", "中文", "类型", "类别", "掩码", "索引", "记录类型", "其他"];
    output::table_in(language, en, zh, &fields.iter().map(row).collect::<Vec<_>>())
}
