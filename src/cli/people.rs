//! `sealdesk staff`, `sealdesk enrol` and `sealdesk role`.

use clap::{Args, Subcommand};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    model::person::Person,
    service::{staff, unlock},
};

#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Invite a person; prints a one-time code for them, good for 24 hours
    Add {
        login: String,
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List everybody
    List {
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
    /// End a person's sessions and close their login
    Disable { login: String },
}

#[derive(Debug, Subcommand)]
pub enum Role {
    /// Give a person a role
    Grant { login: String, role: String },
    /// Take a role from a person
    Revoke { login: String, role: String },
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

    async fn carry_out(&self, officer: &crate::service::SignedIn) -> Outcome {
        match self {
            Self::Add { login, roles } => {
                let code = staff::add(officer, login, roles).await?;
                output::line(code.expose())?;
                eprintln!("sealdesk: tell {login} this code in person; `sealdesk enrol --user {login}` on their terminal uses it up.");
            }
            Self::Code { login } => output::line(staff::new_invitation(officer, login).await?.expose())?,
            Self::List { json } => list(&staff::list(officer).await?, *json)?,
            Self::Confirm { login, fingerprint: Some(fingerprint) } => staff::confirm(officer, login, fingerprint).await?,
            Self::Confirm { login, fingerprint: None } => {
                let found = staff::fingerprint(officer, login).await?;
                output::line(found)?;
                return Err(Failure::usage(format!("compare this with what {login}'s terminal shows, then give it with --fingerprint")));
            }
            Self::Disable { login } => staff::disable(officer, login).await?,
        }
        Ok(())
    }
}

fn list(people: &[Person], json: bool) -> Outcome {
    let state = |person: &Person| format!("{:?}", person.state).to_lowercase();
    if json {
        for person in people {
            output::line(serde_json::json!({
                "user": person.user, "state": state(person), "roles": person.roles, "last_seen": person.last_seen
            }))?;
        }
        return Ok(());
    }
    let seen = |person: &Person| person.last_seen.map_or_else(|| "never".into(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let rows: Vec<Vec<String>> =
        people.iter().map(|person| vec![person.user.clone(), state(person), person.roles.join(", "), seen(person)]).collect();
    output::table(&["user", "state", "roles", "last seen"], &rows)
}

impl Role {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let officer = arguments.sign_in(&config).await?;
        let done = match self {
            Self::Grant { login, role } => staff::grant(&officer, login, role).await,
            Self::Revoke { login, role } => staff::revoke(&officer, login, role).await,
        };
        unlock::close(&officer).await?;
        Ok(done?)
    }
}

impl Enrol {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let login = config.user.clone().ok_or(crate::service::Error::NoUser)?;
        let code = super::secret_input::read(self.code_file.as_deref(), "One-time code: ")?;
        let passphrase = arguments.passphrase("New passphrase: ")?;
        let fingerprint = staff::enrol(&config, &login, code, passphrase).await?;
        output::line(fingerprint)?;
        eprintln!("sealdesk: read this fingerprint to the officer, who confirms it with `sealdesk staff confirm {login} --fingerprint …`.");
        Ok(())
    }
}
