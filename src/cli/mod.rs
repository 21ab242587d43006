//! The command line: one file a sub-command. It parses, calls the service, and prints; it never computes.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, 4 the server cannot be reached, 5 integrity failure.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks to standard output")]

mod alert;
mod audit;
mod catalogue;
mod class;
mod clearance;
mod demo;
mod desk;
mod doctor;
mod duty;
mod field;
mod find;
mod findings;
mod freeze;
mod incident;
mod init;
mod key;
mod kind;
mod label;
mod leave;
mod output;
mod owner;
mod people;
mod progress;
mod reason;
mod recovery;
mod request;
mod retention;
mod review;
mod role;
mod rule;
mod second_factor;
mod secret_input;
mod share;
mod show;
mod watch;

use std::{cell::OnceCell, path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};
use qrcode::types::QrError;
use tracing_appender::non_blocking::WorkerGuard;

use crate::{
    config::{self, Config, ConfigError, Overrides},
    crypto::secret::Secret,
    database::error::DatabaseError,
    operations::{demo::DemoError, logging, memory, server},
    service::{Error, Origin, SignedIn, unlock},
};

/// A customer desk for the terminal: encrypted records in PostgreSQL, every read recorded before it happens.
#[derive(Debug, Parser)]
#[command(name = "sealdesk", version, about, long_about = None, max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, 4 the server cannot be reached, 5 integrity failure.\n\nWithout a sub-command the desk opens. `sealdesk demo` shows it with a private PostgreSQL and sample customers.")]
pub struct Arguments {
    /// Configuration file to read instead of the person's and the system's
    #[arg(long, global = true, value_name = "FILE", env = "SEALDESK_CONFIG")]
    config: Option<PathBuf>,
    /// Login name
    #[arg(long, global = true, value_name = "USER")]
    user: Option<String>,
    /// error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL", value_parser = ["error", "warn", "info", "debug", "trace"], hide_possible_values = true)]
    log_level: Option<String>,
    /// File that holds the passphrase, or - for standard input; asked for on the terminal otherwise
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// File that holds a one-time code of the second factor, or - for standard input; asked for on the terminal otherwise
    #[arg(long, global = true, value_name = "FILE")]
    code_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
    /// Writes out what is left of the log when dropped.
    #[arg(skip)]
    log: OnceCell<WorkerGuard>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: a private PostgreSQL, six people, sample customers, and the desk
    Demo(demo::Demo),
    /// Found an installation in an empty database
    Init(init::Init),
    /// Bring an installation's database up to this program
    Migrate(init::Migrate),
    /// Check server, grants, clock, configuration and terminal, and say how to mend each
    Doctor(doctor::Doctor),
    /// Add, list, confirm, rename, disable and sign out people, and let them leave
    #[command(subcommand)]
    Staff(people::Staff),
    /// Enrol with a one-time code
    Enrol(people::Enrol),
    /// Grant, revoke and rotate roles, list and explain what they permit
    #[command(subcommand)]
    Role(role::Role),
    /// Ask for what somebody else approves: a role for a time, a grant, a change of what a role may
    #[command(subcommand)]
    Request(request::Request),
    Approve(request::Approve),
    BreakGlass(request::BreakGlass),
    /// Roles for a time: list, end, review
    #[command(subcommand)]
    Elevation(request::Elevation),
    /// Which acts need somebody else's approval
    #[command(subcommand)]
    FourEyes(request::FourEyes),
    /// Stop a person, a role, a class or every reveal at once, until two people lift it
    #[command(subcommand)]
    Freeze(freeze::Freeze),
    /// Incidents: open, follow, hand over, close, and draft the notice of a breach
    #[command(subcommand)]
    Incident(incident::Incident),
    /// Change one's own passphrase
    Passphrase(people::Passphrase),
    /// One's own second factor: an authenticator application and recovery codes
    #[command(subcommand)]
    SecondFactor(second_factor::SecondFactor),
    /// Fields without code: add, relabel, reorder, retire
    #[command(subcommand)]
    Field(field::FieldCommand),
    /// Kinds of record, each with fields of its own: add, relabel, reorder, retire
    #[command(subcommand)]
    Kind(kind::KindCommand),
    /// What officers have signed of fields, kinds of record and keys: check, list, sign
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Reasons for a reveal
    #[command(subcommand)]
    Reason(reason::ReasonCommand),
    /// How long data is kept, purging what is due, and legal holds
    #[command(subcommand)]
    Retention(retention::Retention),
    /// Sensitivity classes, what they ask for, and their keys
    #[command(subcommand)]
    Class(class::Class),
    /// Levels and compartments that people are cleared for and records labelled with
    #[command(subcommand)]
    Clearance(clearance::Clearance),
    /// The installation's root key
    #[command(subcommand)]
    Key(key::Key),
    /// Recovery by custodians: set it up, check shares, hold drills, and perform it when no security officer is left
    #[command(subcommand)]
    Recovery(recovery::Recovery),
    /// Access reviews: is each role still needed by who has it
    #[command(subcommand)]
    Review(review::Review),
    /// Capabilities that one person must not hold together
    #[command(subcommand)]
    Duty(duty::Duty),
    /// Search for records
    Find(find::Find),
    /// Show one record, masked, and reveal fields with a reason
    Show(show::Show),
    /// Share one value of a record with a colleague for a time, read what was shared, and withdraw it
    #[command(subcommand)]
    Share(share::Share),
    /// Label a record: whoever is not cleared for it does not find the record any more
    Label(label::Label),
    /// Hand a record to somebody else: whoever owns a record shares its values and hands it on
    Owner(owner::Owner),
    /// Read and verify the audit
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Alerts: what rings, and what is done about it
    #[command(subcommand)]
    Alert(alert::AlertCommand),
    /// Rules: what raises an alert
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    Watch(watch::Watch),
    /// Print shell completions
    Completions {
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a directory
    Man {
        directory: PathBuf,
    },
    #[command(hide = true)]
    ServerGuard {
        arguments: Vec<String>,
    },
}

/// What a sub-command ends with when it does not succeed. An empty message is not printed.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // The code only: a message may quote what was typed.
        tracing::warn!(code = error.code(), "a command failed");
        Self { message: error.message(config::language_of_environment()), code: error.exit_code() }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Error::from(error).into()
    }
}

impl From<QrError> for Failure {
    fn from(error: QrError) -> Self {
        Self::failed(format!("the QR code cannot be made: {error}"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Service(error) => error.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

type Outcome = Result<(), Failure>;

/// Parses and runs.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::ServerGuard { arguments }) = &arguments.command {
        return server::run_guard(arguments);
    }
    let outcome = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(dispatch(arguments));
        // A thread may still be reading standard input; nothing is left to wait for.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("sealdesk: {}", output::visible(&failure.message));
            }
            ExitCode::from(failure.code)
        }
    }
}

async fn dispatch(mut arguments: Arguments) -> Outcome {
    match arguments.command.take() {
        None => desk::run(&arguments).await,
        Some(Command::Demo(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Init(command)) => command.run(&arguments).await,
        Some(Command::Migrate(command)) => command.run().await,
        Some(Command::Doctor(command)) => command.run(&arguments).await,
        Some(Command::Staff(command)) => command.run(&arguments).await,
        Some(Command::Enrol(command)) => command.run(&arguments).await,
        Some(Command::Role(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Request(command)) => command.run(&arguments).await,
        Some(Command::Approve(command)) => command.run(&arguments).await,
        Some(Command::BreakGlass(command)) => command.run(&arguments).await,
        Some(Command::Elevation(command)) => command.run(&arguments).await,
        Some(Command::FourEyes(command)) => command.run(&arguments).await,
        Some(Command::Freeze(command)) => command.run(&arguments).await,
        Some(Command::Incident(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Passphrase(command)) => command.run(&arguments).await,
        Some(Command::SecondFactor(command)) => command.run(&arguments).await,
        Some(Command::Field(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Kind(command)) => command.run(&arguments).await,
        Some(Command::Catalogue(command)) => command.run(&arguments).await,
        Some(Command::Reason(command)) => command.run(&arguments).await,
        Some(Command::Retention(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Class(command)) => command.run(&arguments).await,
        Some(Command::Clearance(command)) => command.run(&arguments).await,
        Some(Command::Key(command)) => command.run(&arguments).await,
        Some(Command::Recovery(command)) => command.run(&arguments).await,
        Some(Command::Review(command)) => command.run(&arguments).await,
        Some(Command::Duty(command)) => command.run(&arguments).await,
        Some(Command::Find(command)) => command.run(&arguments).await,
        Some(Command::Show(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Share(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Label(command)) => command.run(&arguments).await,
        Some(Command::Owner(command)) => command.run(&arguments).await,
        Some(Command::Audit(command)) => command.run(&arguments).await,
        Some(Command::Alert(command)) => command.run(&arguments).await,
        Some(Command::Rule(command)) => command.run(&arguments).await,
        Some(Command::Watch(command)) => Box::pin(command.run(&arguments)).await,
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "sealdesk", &mut script);
            Ok(std::io::Write::write_all(&mut std::io::stdout().lock(), &script)?)
        }
        Some(Command::Man { directory }) => {
            std::fs::create_dir_all(&directory)?;
            clap_mangen::generate_to(Arguments::command(), &directory)?;
            Ok(())
        }
        Some(Command::ServerGuard { .. }) => Ok(()),
    }
}

impl Arguments {
    fn config(&self) -> Result<Config, Failure> {
        Ok(config::resolve(&Overrides { file: self.config.clone(), user: self.user.clone(), log_level: self.log_level.clone() })?)
    }

    /// Starts the log; trouble with it is one line, not an end.
    fn log(&self, config: &Config) {
        match logging::start(&config.log_level) {
            // The first one stays: a command starts the log once.
            Ok(guard) => drop(self.log.set(guard)),
            Err(notice) => eprintln!("sealdesk: {notice}"),
        }
    }

    fn passphrase(&self, prompt: &str) -> Result<Secret<String>, Failure> {
        secret_input::read(self.passphrase_file.as_deref(), prompt, "--passphrase-file")
    }

    /// A passphrase that somebody is to have from now on.
    fn new_passphrase(&self, login: &str) -> Result<Secret<String>, Failure> {
        secret_input::new_passphrase(self.passphrase_file.as_deref(), login, "--passphrase-file")
    }

    /// A one-time code of the second factor.
    fn code(&self) -> Result<Secret<String>, Failure> {
        secret_input::read(self.code_file.as_deref(), "One-time code: ", "--code-file")
    }

    async fn sign_in(&self, config: &Config) -> Result<SignedIn, Failure> {
        let passphrase = self.passphrase_of(config)?;
        self.sign_in_with(config, passphrase).await
    }

    fn passphrase_of(&self, config: &Config) -> Result<Secret<String>, Failure> {
        let user = config.user.clone().ok_or(Error::NoUser)?;
        self.passphrase(&format!("Passphrase of {user}: "))
    }

    async fn sign_in_with(&self, config: &Config, passphrase: Secret<String>) -> Result<SignedIn, Failure> {
        self.log(config);
        let user = config.user.clone().ok_or(Error::NoUser)?;
        let origin = Origin::from_environment();
        let signed_in = match unlock::unlock(config, &user, passphrase.clone(), &origin).await {
            Err(error) if error.code() == "SD020" => {
                unlock::unlock_with_code(config, &user, passphrase, Some(self.code()?), &origin).await?
            }
            done => done?,
        };
        let signed_in = signed_in.remembering(memory::catalogue_file(config.installation));
        tracing::info!(user, session = %signed_in.session_id(), "signed in");
        for problem in signed_in.problems() {
            tracing::warn!(problem, "a key does not check");
            eprintln!("sealdesk: {}", output::visible(&problem));
        }
        Ok(signed_in)
    }
}
