//! What is recorded beyond what always is.

use clap::{Args, Subcommand, ValueEnum};

use super::super::{Outcome, output};
use crate::{
    model::{action, catalogue::Language},
    service::{SignedIn, audit},
    text::sanitise::for_terminal,
};

#[derive(Debug, Subcommand)]
pub enum Scope {
    /// List the acts whose recording is a setting; everything else is recorded always
    Show {
        #[arg(long)]
        json: bool,
    },
    /// Have an act recorded or not, for all classes or for one
    Set(Set),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    On,
    Off,
    Default,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk audit scope set hide on                       (how long values stay on the screen)\n  sealdesk audit scope set star off\n  sealdesk request settings recording star --why ...    (where somebody else has to approve it)"
)]
pub struct Set {
    /// As `sealdesk audit scope show` names it
    action: String,
    choice: Choice,
    /// Code of one class; without, for all
    #[arg(long)]
    class: Option<String>,
}

impl Scope {
    pub async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::Show { json } => show(signed_in, language, *json).await,
            Self::Set(set) => set.run(signed_in, language).await,
        }
    }
}

async fn show(signed_in: &SignedIn, language: Language, json: bool) -> Outcome {
    let found = audit::scope(signed_in).await?;
    if json {
        return found.iter().try_for_each(|one| {
            output::line(serde_json::json!({
                "action": one.action, "class": one.class, "recorded": one.recorded, "set": one.is_set, "default": one.by_default, "rules": one.rules,
            }))
        });
    }
    let catalogue = &signed_in.policy().catalogue;
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|one| {
            let code = one.class.as_ref().map_or_else(|| one.action.clone(), |class| format!("{} --class {class}", one.action));
            vec![for_terminal(&code), for_terminal(&one.in_words(catalogue, language)), for_terminal(&one.told(language))]
        })
        .collect();
    output::table_in(language, ["ACTION", "WHAT", "RECORDED"], ["动作", "含义", "是否记录"], &rows)?;
    output::line(match language {
        Language::English => "Everything else is always recorded, and so is every refusal.",
        Language::Chinese => "其余一切动作以及所有拒绝始终记录。",
    })
}

impl Set {
    async fn run(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let recorded = match self.choice {
            Choice::On => Some(true),
            Choice::Off => Some(false),
            Choice::Default => None,
        };
        let code = action::code_of(&self.action);
        audit::set_scope(signed_in, code, self.class.as_deref(), recorded).await?;
        let now = audit::scope(signed_in).await?.into_iter().find(|one| one.action == code && one.class == self.class);
        let Some(now) = now else { return Ok(()) };
        let (what, told) = (now.in_words(&signed_in.policy().catalogue, language), now.told(language));
        output::line(match language {
            Language::English => format!("{}: {}. The change itself is recorded.", for_terminal(&what), for_terminal(&told)),
            Language::Chinese => format!("{}：{}。此项更改已记录。", for_terminal(&what), for_terminal(&told)),
        })
    }
}
