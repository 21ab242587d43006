//! `sealdesk role`: who has which, and what each may.

use clap::Subcommand;

use super::{Arguments, Outcome, class, output, show::number_of};
use crate::{
    model::{
        audit::outcome_in_words,
        capability,
        catalogue::{Label, Language, Rights},
        person::{Access, Seer},
        request::{Eligibility, Replayed},
        rotation::Rotated,
    },
    service::{
        SignedIn,
        people::{self, Grid},
        request, role, rotation, second_factor, staff, unlock,
    },
};

#[derive(Debug, Subcommand)]
pub enum Role {
    /// Give a person a role
    Grant { login: String, role: String },
    /// Take a role from a person
    Revoke { login: String, role: String },
    /// Set whether who has a role must sign in with a second factor
    SecondFactor {
        role: String,
        #[arg(action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), value_name = "on|off")]
        required: bool,
    },
    /// Give a role a new key pair, or every role whose key is older than it may be
    Rotate {
        #[arg(required_unless_present = "due")]
        role: Option<String>,
        /// Every role that is due; for a timer
        #[arg(long, conflicts_with = "role")]
        due: bool,
    },
    /// Set how old a role's key may become, in days from 1 to 3650, or off
    RotateEvery {
        role: String,
        #[arg(value_name = "DAYS|off")]
        days: String,
    },
    /// Give a role more rights on a class: search, masked, reveal, edit
    Allow {
        role: String,
        class: String,
        #[arg(required = true, value_parser = ["search", "masked", "reveal", "edit"])]
        rights: Vec<String>,
        /// Only tell whom it would give what
        #[arg(long)]
        dry_run: bool,
    },
    /// Take rights on a class from a role, and give the class new keys, since the old ones are known
    #[command(after_help = "Example:\n  sealdesk role deny agent contact reveal --dry-run")]
    Deny {
        role: String,
        class: String,
        #[arg(required = true, value_parser = ["search", "masked", "reveal", "edit"])]
        rights: Vec<String>,
        /// Only tell from whom it would take what, and what of the last 90 days it would have refused
        #[arg(long)]
        dry_run: bool,
        /// Leave the re-encryption for `class reencrypt`
        #[arg(long)]
        later: bool,
    },
    /// Make a role, without rights and members
    Add {
        /// Small letters, digits and underscores
        role: String,
        /// What it is called in English
        #[arg(long)]
        en: String,
        /// What it is called in Chinese
        #[arg(long)]
        zh: String,
    },
    /// Remove a role that nobody has
    Remove { role: String },
    /// Let members of a role have another for a time, on approval or by breaking the glass; list who may without a role
    #[command(
        after_help = "Examples:\n  sealdesk role eligible\n  sealdesk role eligible agent payment_clerk --minutes 60\n  sealdesk role eligible agent payment_clerk --no"
    )]
    Eligible {
        #[arg(requires = "target")]
        role: Option<String>,
        target: Option<String>,
        /// For how long at most, from 5 to 1440
        #[arg(long, default_value_t = 60)]
        minutes: i32,
        /// Also at once, without approval, to be reviewed afterwards
        #[arg(long)]
        break_glass: bool,
        /// Not any more
        #[arg(long, conflicts_with_all = ["minutes", "break_glass"])]
        no: bool,
        #[arg(long)]
        json: bool,
    },
    /// What each role may do with each class, and besides
    List {
        #[arg(long)]
        json: bool,
    },
    /// Who may see how much of a record now: by roles, roles for a time and shares, as far as they are cleared for it
    Who {
        /// A record's number, as C-204817
        record: String,
        #[arg(long)]
        json: bool,
    },
    /// Why a person may or may not see values: by class, or for one field, of one record
    #[command(after_help = "Examples:\n  sealdesk role explain lin.mei\n  sealdesk role explain lin.mei C-204817 id_number")]
    Explain {
        login: String,
        /// A record's number, as C-204817
        record: Option<String>,
        /// A field's code, as id_number
        field: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

impl Role {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller, config.language).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::Grant { login, role } => staff::grant(caller, login, role).await?,
            Self::Revoke { login, role } => staff::revoke(caller, login, role).await?,
            Self::SecondFactor { role, required } => second_factor::require(caller, role, *required).await?,
            Self::Rotate { role: Some(role), .. } => drop(rotation::rotate_role(caller, role).await?),
            Self::Rotate { role: None, .. } => {
                for role in rotation::due(caller, Rotated::Role).await? {
                    let generation = rotation::rotate_role(caller, &role).await?;
                    output::line(match language {
                        Language::English => format!("role {role}: new key pair, generation {generation}"),
                        Language::Chinese => format!("角色 {role}：新密钥对，第 {generation} 代"),
                    })?;
                }
            }
            Self::RotateEvery { role, days } => rotation::rotate_every(caller, Rotated::Role, role, super::class::days(days)?).await?,
            Self::Allow { role, class, rights, dry_run } => {
                let rights = role::changed(caller, role, class, chosen(rights), Rights::default()).await?;
                set(caller, language, (role, class), rights, *dry_run, true).await?;
            }
            Self::Deny { role, class, rights, dry_run, later } => {
                let rights = role::changed(caller, role, class, Rights::default(), chosen(rights)).await?;
                set(caller, language, (role, class), rights, *dry_run, *later).await?;
            }
            Self::Add { role, en, zh } => role::add(caller, role, &Label { en: en.clone(), zh: zh.clone() }).await?,
            Self::Remove { role } => role::remove(caller, role).await?,
            Self::Eligible { role: Some(role), target: Some(target), minutes, break_glass, no, .. } => {
                if *no {
                    request::make_ineligible(caller, role, target).await?;
                } else {
                    request::make_eligible(caller, role, target, *minutes, *break_glass).await?;
                }
            }
            Self::Eligible { json, .. } => eligible(language, &request::eligibility(caller).await?, *json)?,
            Self::List { json } => grid(caller, &people::overview(caller).await?.grid, *json, language)?,
            Self::Who { record, json } => {
                let number = number_of(record)?;
                who(caller, &people::seers(caller, number).await?, *json, language)?;
            }
            Self::Explain { login, record, field, json } => {
                let number = match record {
                    Some(text) => Some(number_of(text)?),
                    None => None,
                };
                explain(&people::explain(caller, login, number, field.as_deref()).await?, *json, language)?;
            }
        }
        Ok(())
    }
}

fn grid(caller: &SignedIn, grid: &Grid, json: bool, language: Language) -> Outcome {
    let policy = caller.policy();
    let catalogue = &policy.catalogue;
    let right = |role: &str, class: &str| grid.get(role).and_then(|classes| classes.get(class)).copied().unwrap_or_default();
    if json {
        for role in &catalogue.roles {
            let of = |class: &crate::model::catalogue::Class| {
                (class.code.clone(), serde_json::Value::from(right(&role.code, &class.code).letters()))
            };
            let rights: serde_json::Map<String, serde_json::Value> = catalogue.classes.iter().map(of).collect();
            output::line(serde_json::json!({ "role": role.code, "rights": rights, "capabilities": role.capabilities }))?;
        }
        return Ok(());
    }
    let heading: Vec<&str> = std::iter::once(output::say(language, "role", "角色"))
        .chain(catalogue.classes.iter().map(|class| class.code.as_str()))
        .chain([output::say(language, "besides", "其他权限")])
        .collect();
    let row = |role: &crate::model::catalogue::Role| {
        let cells = catalogue.classes.iter().map(|class| right(&role.code, &class.code).letters());
        std::iter::once(role.code.clone()).chain(cells).chain([role.capabilities.join(", ")]).collect()
    };
    let rows: Vec<Vec<String>> = catalogue.roles.iter().map(row).collect();
    output::table(&heading, &rows)?;
    output::line(legend(language))?;
    // The codes stand in the table because they are what is typed; their words stand once below it.
    let used: std::collections::BTreeSet<&String> = catalogue.roles.iter().flat_map(|role| &role.capabilities).collect();
    used.into_iter().try_for_each(|code| output::line(format!("{code}: {}", capability::in_words(code, language))))
}

fn legend(language: Language) -> &'static str {
    output::say(language, "S search, M masked, R reveal, E edit", "S 搜索，M 掩码，R 查看，E 编辑")
}

fn explain(found: &[Access], json: bool, language: Language) -> Outcome {
    if json {
        for access in found {
            output::line(serde_json::json!({
                "class": access.class, "state": access.state.code(), "roles": access.roles, "rights": access.rights.letters(),
                "reason_required": access.reason_required, "quota_used": access.quota_used, "quota_limit": access.quota_limit, "outcome": access.outcome
            }))?;
        }
        return Ok(());
    }
    let row = |access: &Access| {
        let verdict = match access.outcome.as_str() {
            "ok" if language == Language::English => "may reveal".to_owned(),
            "ok" => "可以查看".to_owned(),
            code => outcome_in_words(code, language),
        };
        let reason = if access.reason_required {
            output::say(language, "needed", "需要")
        } else {
            output::say(language, "not needed", "不需要")
        };
        let quota = format!("{} {} {}", access.quota_used, output::say(language, "of", "/"), access.quota_limit);
        let state = access.state.in_words(language).to_owned();
        vec![access.class.clone(), access.rights.letters(), access.roles.join(", "), state, quota, reason.into(), verdict]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let zh = ["类别", "权限", "来源角色", "状态", "本小时", "理由", "查看"];
    output::table_in(language, ["class", "rights", "from roles", "state", "this hour", "reason", "reveal"], zh, &rows)
}

fn who(caller: &SignedIn, found: &[Seer], json: bool, language: Language) -> Outcome {
    let policy = caller.policy();
    let letters = |seer: &Seer, class: &str| seer.rights.get(class).copied().unwrap_or_default().letters();
    if json {
        for seer in found {
            let rights: serde_json::Map<String, serde_json::Value> =
                seer.rights.iter().map(|(class, rights)| (class.clone(), rights.letters().into())).collect();
            output::line(serde_json::json!({
                "user": seer.login, "name": seer.display_name, "roles": seer.roles, "roles_for_a_time": seer.lent, "rights": rights,
                "shared": seer.shared
            }))?;
        }
        return Ok(());
    }
    let classes: Vec<&str> = policy.catalogue.classes.iter().map(|class| class.code.as_str()).collect();
    let english = language == Language::English;
    let for_a_time = if english { "for a time" } else { "临时" };
    let row = |seer: &Seer| -> Vec<String> {
        let roles = seer.roles.iter().cloned().chain(seer.lent.iter().map(|role| format!("{role} ({for_a_time})"))).collect::<Vec<_>>();
        let cells = classes.iter().map(|class| letters(seer, class));
        std::iter::once(seer.login.clone()).chain(cells).chain([roles.join(", "), seer.shared.join(", ")]).collect()
    };
    let [user, roles, shared, legend] = if english {
        ["user", "roles", "shared", "S search, M masked, R reveal, E edit"]
    } else {
        ["人员", "角色", "已共享", "S 搜索，M 掩码，R 查看，E 编辑"]
    };
    let heading: Vec<&str> = std::iter::once(user).chain(classes.iter().copied()).chain([roles, shared]).collect();
    output::table(&heading, &found.iter().map(row).collect::<Vec<_>>())?;
    output::line(legend)
}

pub(super) fn chosen(rights: &[String]) -> Rights {
    let has = |right: &str| rights.iter().any(|given| given == right);
    Rights { search: has("search"), masked: has("masked"), reveal: has("reveal"), edit: has("edit") }
}

/// Tells what it means, or does it.
async fn set(caller: &SignedIn, language: Language, (role, on): (&str, &str), rights: Rights, dry_run: bool, later: bool) -> Outcome {
    if dry_run {
        return replayed(language, &role::replay(caller, role, on, rights).await?);
    }
    let Some(epoch) = role::set(caller, role, on, rights).await? else { return Ok(()) };
    output::line(match language {
        Language::English => format!("class {on}: new keys, epoch {epoch}"),
        Language::Chinese => format!("类别 {on}：新密钥，第 {epoch} 代"),
    })?;
    if later { output::line(format!("sealdesk class reencrypt {on}")) } else { class::reencrypt(caller, language, Some(on)).await }
}

fn replayed(language: Language, found: &[Replayed]) -> Outcome {
    let english = language == Language::English;
    let row = |member: &Replayed| {
        let last = member.last_at.map(output::moment).unwrap_or_default();
        vec![
            member.login.clone(),
            member.before.clone(),
            member.after.clone(),
            member.reveals.to_string(),
            member.records.to_string(),
            last,
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = if english {
        ["user", "now", "then", "reveals refused", "records", "last"]
    } else {
        ["人员", "当前", "之后", "将被拒绝的查看", "记录数", "最近"]
    };
    output::table(&heading, &rows)?;
    let reveals: i64 = found.iter().map(|member| member.reveals).sum();
    output::line(if english {
        format!("Of the last 90 days it would have refused {reveals} reveals. S search, M masked, R reveal, E edit")
    } else {
        format!("过去 90 天中将有 {reveals} 次查看被拒绝。S 搜索，M 掩码，R 查看，E 编辑")
    })
}

fn eligible(language: Language, found: &[Eligibility], json: bool) -> Outcome {
    if json {
        for eligibility in found {
            output::line(serde_json::json!({
                "role": eligibility.role, "target": eligibility.target, "max_minutes": eligibility.max_minutes,
                "break_glass": eligibility.break_glass, "classes": eligibility.classes, "mine": eligibility.mine
            }))?;
        }
        return Ok(());
    }
    let row = |eligibility: &Eligibility| {
        let glass = match (eligibility.break_glass, language) {
            (true, Language::English) => "yes",
            (true, Language::Chinese) => "是",
            (false, Language::English) => "no",
            (false, Language::Chinese) => "否",
        };
        vec![
            eligibility.role.clone(),
            eligibility.target.clone(),
            eligibility.max_minutes.to_string(),
            glass.to_owned(),
            eligibility.classes.join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let heading = match language {
        Language::English => ["members of", "may have", "minutes", "break-glass", "reveals"],
        Language::Chinese => ["角色成员", "可临时担任", "最长分钟", "紧急提权", "可查看类别"],
    };
    output::table(&heading, &rows)
}
