//! `sealdesk staff`, `sealdesk enrol`, `sealdesk role` and `sealdesk passphrase`.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config,
    model::{
        audit::outcome_in_words,
        catalogue::{Language, Rights},
        clearance::{Clearance, Clearances},
        person::{Access, OpenSession, Person},
        rotation::Rotated,
    },
    service::{
        SignedIn, clearance, passphrase,
        people::{self, Entry, Grid, Standing},
        rotation, search, second_factor, staff, unlock,
    },
};

#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Invite a person; prints a one-time code for them, good for 24 hours
    Add {
        login: String,
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// What the person is called
        #[arg(long, default_value = "", hide_default_value = true)]
        name: String,
    },
    /// List everybody
    List {
        #[arg(long)]
        json: bool,
    },
    /// What is worth asking about people: unused roles, people not seen for long, duties that meet, and what to do about each
    Findings {
        #[arg(long)]
        json: bool,
    },
    /// A new one-time code for somebody invited, or who forgot the passphrase
    Code { login: String },
    /// Confirm a person who has enrolled, after comparing fingerprints
    Confirm {
        login: String,
        /// The fingerprint that the person's own terminal showed
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// Change what a person is called; the login name stays
    Rename { login: String, name: String },
    /// Clear a person to a level and for compartments, in place of what they had; whoever loses some of it is signed out
    #[command(after_help = "Examples:\n  sealdesk staff clear lin.mei sensitive --compartment vip\n  sealdesk staff clear lin.mei normal")]
    Clear {
        login: String,
        /// Code of the level, from `staff clearances`
        level: String,
        /// Code of a compartment; may be given more than once
        #[arg(long = "compartment", value_name = "CODE")]
        compartments: Vec<String>,
    },
    /// List the levels and compartments that one may give or has
    Clearances {
        #[arg(long)]
        json: bool,
    },
    /// End a person's sessions and close their login
    Disable { login: String },
    /// Somebody leaves for good: close their login, and give new keys to all they held a key of
    Leave {
        login: String,
        /// Leave the re-encryption for `class reencrypt`
        #[arg(long)]
        later: bool,
    },
    /// Take a person's second factor away, for a lost authenticator; their sessions end
    SecondFactorReset { login: String },
    /// Let a disabled person in again; prints a one-time code to enrol anew
    Enable { login: String },
    /// List a person's open sessions; one's own without a login
    Sessions {
        login: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// End a person's open sessions, or one of them; one's own other sessions without a login
    SignOut {
        login: Option<String>,
        /// The session's id, from `staff sessions`
        #[arg(long)]
        session: Option<uuid::Uuid>,
    },
}

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
    },
    /// What each role may do with each class, and besides
    List {
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

#[derive(Debug, Args)]
pub struct Enrol {
    /// File with the one-time code; asked for on the terminal otherwise
    #[arg(long, value_name = "FILE")]
    code_file: Option<std::path::PathBuf>,
}

impl Staff {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = self.carry_out(&officer).await;
        unlock::close(&officer).await?;
        done
    }

    async fn carry_out(&self, officer: &SignedIn) -> Outcome {
        match self {
            Self::Add { login, roles, name } => {
                let code = staff::add(officer, login, name, roles).await?;
                output::line(code.expose())?;
                eprintln!("sealdesk: tell {login} this code in person; `sealdesk enrol --user {login}` on their terminal uses it up.");
            }
            Self::Code { login } => output::line(staff::new_invitation(officer, login).await?.expose())?,
            Self::Findings { json } => super::findings::run(officer, config::language_of_environment(), *json).await?,
            Self::List { json } => list(officer, &people::overview(officer).await?.0, *json)?,
            Self::Confirm { login, fingerprint: Some(fingerprint) } => staff::confirm(officer, login, fingerprint).await?,
            Self::Confirm { login, fingerprint: None } => {
                let found = staff::fingerprint(officer, login).await?;
                output::line(found)?;
                return Err(Failure::usage(format!("compare this with what {login}'s terminal shows, then give it with --fingerprint")));
            }
            Self::Rename { login, name } => staff::rename(officer, login, name).await?,
            Self::Clear { login, level, compartments } => {
                clearance::clear(officer, login, &Clearance::new(level, compartments)).await?;
            }
            Self::Clearances { json } => clearances(&officer.catalogue().clearances, config::language_of_environment(), *json)?,
            Self::Disable { login } => {
                staff::disable(officer, login).await?;
                eprintln!(
                    "sealdesk: {}",
                    match config::language_of_environment() {
                        Language::English => format!(
                            "{login} is shut out, and their keys are as they were. If they do not come back, `sealdesk staff leave {login}` gives new keys to all they held a key of."
                        ),
                        Language::Chinese => {
                            format!(
                                "{login} 已停用，密钥未更换。如不再回来，请运行 sealdesk staff leave {login}，为其持有过密钥的内容更换密钥。"
                            )
                        }
                    }
                );
            }
            Self::Leave { login, later } => super::leave::run(officer, config::language_of_environment(), login, *later).await?,
            Self::SecondFactorReset { login } => second_factor::reset(officer, login).await?,
            Self::Enable { login } => output::line(staff::enable(officer, login).await?.expose())?,
            Self::Sessions { login, json } => {
                let login = login.as_deref().unwrap_or(officer.user());
                sessions(&people::sessions(officer, login).await?, *json)?;
            }
            Self::SignOut { login, session } => {
                let login = login.as_deref().unwrap_or(officer.user());
                staff::sign_out(officer, login, session.map(crate::model::id::SessionId)).await?;
            }
        }
        Ok(())
    }
}

fn list(officer: &SignedIn, people: &[Entry], json: bool) -> Outcome {
    if json {
        for Entry { person, standing } in people {
            output::line(serde_json::json!({
                "user": person.user, "name": person.display_name, "state": person.state.code(), "roles": person.roles,
                "last_seen": person.last_seen, "open_sessions": person.open_sessions,
                "clearance": {"level": person.clearance.level, "compartments": person.clearance.compartments}, "finding": finding(person, standing)
            }))?;
        }
        return Ok(());
    }
    let row = |Entry { person, standing }: &Entry| {
        let seen = person.last_seen.map_or_else(|| "never".into(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
        vec![
            person.user.clone(),
            person.display_name.clone(),
            person.state.code().to_owned(),
            person.roles.join(", "),
            officer.catalogue().clearances.in_words(&person.clearance, Language::English),
            seen,
            person.open_sessions.to_string(),
            finding(person, standing).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = people.iter().map(row).collect();
    output::table(&["user", "name", "state", "roles", "clearance", "last seen", "sessions", "finding"], &rows)
}

fn clearances(known: &Clearances, language: Language, json: bool) -> Outcome {
    let levels = known.levels.iter().map(|level| ("level", &level.code, &level.label, level.held));
    let compartments = known.compartments.iter().map(|one| ("compartment", &one.code, &one.label, one.held));
    let all = levels.chain(compartments);
    if json {
        for (kind, code, label, held) in all {
            output::line(serde_json::json!({"kind": kind, "code": code, "label": label, "held": held}))?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all
        .map(|(kind, code, label, held)| {
            [kind, code, label.in_language(language), if held { "yes" } else { "no" }].map(str::to_owned).into()
        })
        .collect();
    output::table(&["", "code", "name", "held"], &rows)
}

/// What is wrong with a person's keys.
fn finding(person: &Person, standing: &Standing) -> Option<String> {
    match standing {
        Standing::BadSignature { by } => Some(format!("directory signature by {by} does not check")),
        Standing::Missing => Some("no directory entry".into()),
        _ if !person.unwrapped.is_empty() => Some(format!("no key of {}", person.unwrapped.join(", "))),
        _ => None,
    }
}

fn sessions(sessions: &[OpenSession], json: bool) -> Outcome {
    if json {
        for session in sessions {
            output::line(serde_json::json!({
                "session": session.id.0, "origin": session.origin, "program": session.program, "opened_at": session.opened_at,
                "last_heard": session.last_heard, "own": session.own
            }))?;
        }
        return Ok(());
    }
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    let row = |session: &OpenSession| {
        let own = if session.own { "this one" } else { "" };
        vec![
            session.id.0.to_string(),
            session.origin.clone(),
            session.program.clone(),
            time(session.opened_at.into()),
            time(session.last_heard),
            own.into(),
        ]
    };
    let rows: Vec<Vec<String>> = sessions.iter().map(row).collect();
    output::table(&["session", "origin", "program", "since", "last heard", ""], &rows)
}

impl Role {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let caller = arguments.sign_in(&config).await?;
        let done = self.carry_out(&caller).await;
        unlock::close(&caller).await?;
        done
    }

    async fn carry_out(&self, caller: &SignedIn) -> Outcome {
        match self {
            Self::Grant { login, role } => staff::grant(caller, login, role).await?,
            Self::Revoke { login, role } => staff::revoke(caller, login, role).await?,
            Self::SecondFactor { role, required } => second_factor::require(caller, role, *required).await?,
            Self::Rotate { role: Some(role), .. } => drop(rotation::rotate_role(caller, role).await?),
            Self::Rotate { role: None, .. } => {
                for role in rotation::due(caller, Rotated::Role).await? {
                    let generation = rotation::rotate_role(caller, &role).await?;
                    output::line(match config::language_of_environment() {
                        Language::English => format!("role {role}: new key pair, generation {generation}"),
                        Language::Chinese => format!("角色 {role}：新密钥对，第 {generation} 代"),
                    })?;
                }
            }
            Self::RotateEvery { role, days } => rotation::rotate_every(caller, Rotated::Role, role, super::class::days(days)?).await?,
            Self::Allow { role, class, rights } => {
                let has = |right: &str| rights.iter().any(|given| given == right);
                let more = Rights { search: has("search"), masked: has("masked"), reveal: has("reveal"), edit: has("edit") };
                staff::allow(caller, role, class, more).await?;
            }
            Self::List { json } => grid(caller, &people::overview(caller).await?.1, *json)?,
            Self::Explain { login, record, field, json } => {
                let number = match record {
                    Some(text) => Some(
                        search::number_of(text)
                            .ok_or_else(|| Failure::usage(format!("\"{text}\" is not a record's number, as C-204817")))?,
                    ),
                    None => None,
                };
                explain(&people::explain(caller, login, number, field.as_deref()).await?, *json)?;
            }
        }
        Ok(())
    }
}

fn grid(caller: &SignedIn, grid: &Grid, json: bool) -> Outcome {
    let catalogue = caller.catalogue();
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
    let heading: Vec<&str> =
        std::iter::once("role").chain(catalogue.classes.iter().map(|class| class.code.as_str())).chain(["besides"]).collect();
    let row = |role: &crate::model::catalogue::Role| {
        let cells = catalogue.classes.iter().map(|class| right(&role.code, &class.code).letters());
        std::iter::once(role.code.clone()).chain(cells).chain([role.capabilities.join(", ")]).collect()
    };
    let rows: Vec<Vec<String>> = catalogue.roles.iter().map(row).collect();
    output::table(&heading, &rows)?;
    output::line("S search, M masked, R reveal, E edit")
}

fn explain(found: &[Access], json: bool) -> Outcome {
    if json {
        for access in found {
            output::line(serde_json::json!({
                "class": access.class, "state": access.state.code(), "roles": access.roles, "rights": access.rights.letters(),
                "reason_required": access.reason_required, "quota_used": access.quota_used, "quota_limit": access.quota_limit, "outcome": access.outcome
            }))?;
        }
        return Ok(());
    }
    let language = config::language_of_environment();
    let row = |access: &Access| {
        let verdict = match access.outcome.as_str() {
            "ok" if language == Language::English => "may reveal".to_owned(),
            "ok" => "可以查看".to_owned(),
            code => outcome_in_words(code, language),
        };
        let reason = if access.reason_required { "needed" } else { "not needed" };
        let quota = format!("{} of {}", access.quota_used, access.quota_limit);
        let state = access.state.in_words(language).to_owned();
        vec![access.class.clone(), access.rights.letters(), access.roles.join(", "), state, quota, reason.into(), verdict]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    output::table(&["class", "rights", "from roles", "state", "this hour", "reason", "reveal"], &rows)
}

#[derive(Debug, Args)]
pub struct Passphrase {
    /// File with the new passphrase; asked for on the terminal otherwise
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<std::path::PathBuf>,
}

impl Passphrase {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let login = config.user.clone().ok_or(crate::service::Error::NoUser)?;
        let old = arguments.passphrase(&format!("Present passphrase of {login}: "))?;
        let new = super::secret_input::read(self.new_passphrase_file.as_deref(), "New passphrase: ", "--new-passphrase-file")?;
        if self.new_passphrase_file.is_none() {
            let again = super::secret_input::read(None, "New passphrase once more: ", "--new-passphrase-file")?;
            if *again.expose() != *new.expose() {
                return Err(Failure::usage("the two new passphrases differ"));
            }
        }
        let signed_in = unlock::unlock(&config, &login, old.clone(), &crate::service::Origin::from_environment()).await?;
        passphrase::change(&signed_in, old, new).await?;
        eprintln!("sealdesk: the passphrase is changed. Every open session of {login} has ended.");
        Ok(())
    }
}

impl Enrol {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let login = config.user.clone().ok_or(crate::service::Error::NoUser)?;
        let code = super::secret_input::read(self.code_file.as_deref(), "One-time code: ", "--code-file")?;
        let passphrase = arguments.passphrase("New passphrase: ")?;
        let fingerprint = staff::enrol(&config, &login, code, passphrase).await?;
        output::line(fingerprint)?;
        eprintln!("sealdesk: read this fingerprint to the officer, who confirms it with `sealdesk staff confirm {login} --fingerprint …`.");
        Ok(())
    }
}
