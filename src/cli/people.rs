//! `sealdesk staff`, `sealdesk enrol` and `sealdesk passphrase`.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output};
use crate::{
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
        let done = self.carry_out(&officer, config.language).await;
        unlock::close(&officer).await?;
        done
    }

    async fn carry_out(&self, officer: &SignedIn, language: Language) -> Outcome {
        match self {
            Self::Add { login, roles, name } => {
                let code = staff::add(officer, login, name, roles).await?;
                output::line(code.expose())?;
                eprintln!(
                    "sealdesk: {}",
                    match language {
                        Language::English =>
                            format!("tell {login} this code in person; `sealdesk enrol --user {login}` on their terminal uses it up."),
                        Language::Chinese =>
                            format!("请当面将代码告知 {login}；对方在自己的终端运行 sealdesk enrol --user {login} 即可使用。"),
                    }
                );
            }
            Self::Code { login } => output::line(staff::new_invitation(officer, login).await?.expose())?,
            Self::Findings { json } => super::findings::run(officer, language, *json).await?,
            Self::List { json } => list(officer, &people::overview(officer).await?.entries, *json, language)?,
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
                    match language {
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
            Self::Leave { login, later } => super::leave::run(officer, language, login, *later).await?,
            Self::SecondFactorReset { login } => second_factor::reset(officer, login).await?,
            Self::Enable { login } => output::line(staff::enable(officer, login).await?.expose())?,
            Self::Sessions { login, json } => {
                let login = login.as_deref().unwrap_or(officer.user());
                sessions(&people::sessions(officer, login).await?, *json, language)?;
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

fn list(officer: &SignedIn, people: &[Entry], json: bool, language: Language) -> Outcome {
    if json {
        for Entry { person, standing, lent } in people {
            output::line(serde_json::json!({
                "user": person.user, "name": person.display_name, "state": person.state.code(), "roles": person.roles,
                "roles_for_a_time": lent.iter().map(|(role, until)| serde_json::json!({"role": role, "until": until})).collect::<Vec<_>>(),
                "last_seen": person.last_seen, "open_sessions": person.open_sessions, "frozen": person.frozen,
                "clearance": {"level": person.clearance.level, "compartments": person.clearance.compartments}, "finding": finding(person, standing, Language::English)
            }))?;
        }
        return Ok(());
    }
    let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
    let row = |Entry { person, standing, lent }: &Entry| {
        let seen = person.last_seen.map_or_else(|| say("never", "从未").into(), output::moment);
        let lent = lent.iter().map(|(role, until)| format!("{role} ({} {})", say("until", "至"), output::moment(*until)));
        vec![
            person.user.clone(),
            person.display_name.clone(),
            if person.frozen.is_some() { say("FROZEN", "已冻结") } else { person.state.in_words(language) }.to_owned(),
            person.roles.iter().cloned().chain(lent).collect::<Vec<_>>().join(", "),
            officer.policy().catalogue.clearances.in_words(&person.clearance, language),
            seen,
            person.open_sessions.to_string(),
            finding(person, standing, language).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = people.iter().map(row).collect();
    let zh = ["登录名", "显示名", "状态", "角色", "密级", "最近活动", "会话", "风险项"];
    output::table_in(language, ["user", "name", "state", "roles", "clearance", "last seen", "sessions", "finding"], zh, &rows)
}

/// What is wrong with a person's keys.
fn finding(person: &Person, standing: &Standing, language: Language) -> Option<String> {
    let english = language == Language::English;
    match standing {
        Standing::BadSignature { by } if english => Some(format!("directory signature by {by} does not check")),
        Standing::BadSignature { by } => Some(format!("目录中署名为 {by} 的签名无效")),
        Standing::Missing => Some(output::say(language, "no directory entry", "目录中没有此人").into()),
        _ if !person.unwrapped.is_empty() => {
            Some(format!("{} {}", output::say(language, "no key of", "尚无密钥："), person.unwrapped.join(", ")))
        }
        _ => None,
    }
}

fn sessions(sessions: &[OpenSession], json: bool, language: Language) -> Outcome {
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
        let own = if session.own { output::say(language, "this one", "本会话") } else { "" };
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
    let zh = ["会话", "来源", "程序", "开始", "最近活动", ""];
    output::table_in(language, ["session", "origin", "program", "since", "last heard", ""], zh, &rows)
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
        let new = super::secret_input::new_passphrase(self.new_passphrase_file.as_deref(), &login, "--new-passphrase-file")?;
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
        let passphrase = arguments.new_passphrase(&login)?;
        let fingerprint = staff::enrol(&config, &login, code, passphrase).await?;
        output::line(fingerprint)?;
        eprintln!("sealdesk: read this fingerprint to the officer, who confirms it with `sealdesk staff confirm {login} --fingerprint …`.");
        Ok(())
    }
}
