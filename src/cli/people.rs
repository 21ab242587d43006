//! `sealdesk staff`, `sealdesk enrol` and `sealdesk passphrase`.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config,
    model::{
        catalogue::Language,
        clearance::Clearance,
        person::{OpenSession, Person},
    },
    service::{
        SignedIn, clearance, freeze, passphrase,
        people::{self, Entry, Standing},
        second_factor, staff, unlock,
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
        /// Code of the level, from `clearance list`
        level: String,
        /// Code of a compartment; may be given more than once
        #[arg(long = "compartment", value_name = "CODE")]
        compartments: Vec<String>,
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
        /// Every session of everybody but this one; they may sign in again
        #[arg(long, conflicts_with_all = ["login", "session"], requires = "why")]
        everybody: bool,
        /// Why everybody is signed out: at most 200 characters, kept
        #[arg(long, requires = "everybody")]
        why: Option<String>,
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
            Self::SignOut { everybody: true, why, .. } => freeze::sign_out_everybody(officer, why.as_deref().unwrap_or_default()).await?,
            Self::SignOut { login, session, .. } => {
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
                "last_seen": person.last_seen, "open_sessions": person.open_sessions, "frozen": person.frozen,
                "clearance": {"level": person.clearance.level, "compartments": person.clearance.compartments}, "finding": finding(person, standing)
            }))?;
        }
        return Ok(());
    }
    let row = |Entry { person, standing }: &Entry| {
        let seen = person.last_seen.map_or_else(|| "never".into(), output::moment);
        vec![
            person.user.clone(),
            person.display_name.clone(),
            if person.frozen.is_some() { "FROZEN" } else { person.state.code() }.to_owned(),
            person.roles.join(", "),
            officer.policy().catalogue.clearances.in_words(&person.clearance, Language::English),
            seen,
            person.open_sessions.to_string(),
            finding(person, standing).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = people.iter().map(row).collect();
    output::table(&["user", "name", "state", "roles", "clearance", "last seen", "sessions", "finding"], &rows)
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
    let time = |at: Option<jiff::Timestamp>| at.map(output::moment).unwrap_or_default();
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
