//! `sealdesk demo`.

use std::path::PathBuf;

use clap::Args;
use tokio::{
    io::AsyncReadExt as _,
    signal::unix::{SignalKind, signal},
};

use super::{Arguments, Failure, Outcome, output};
use crate::{
    config,
    crypto::secret::Secret,
    desk,
    model::catalogue::Language,
    operations::{
        demo::{self, DemoOptions, DemoPerson},
        server::ClusterOptions,
    },
    text::width,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealdesk demo\n  sealdesk demo --as supervisor --records 100000\n  sealdesk demo --incident\n  sealdesk demo --dir /var/tmp/desk --keep\n  sealdesk demo --serve --json"
)]
pub struct Demo {
    /// Sample customers
    #[arg(long, default_value_t = 10_000)]
    records: u64,
    /// Role (or login) to open the desk as
    #[arg(long = "as", value_name = "ROLE", default_value = "agent", default_value_if("incident", "true", "supervisor"))]
    role: String,
    /// A bad afternoon: after half a minute an agent reads phone numbers in bulk; opens the supervisor's desk and says what to do
    #[arg(long)]
    incident: bool,
    /// Directory for the private server, instead of a random one
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Leave the directory behind, to be used again with --dir
    #[arg(long, requires = "dir")]
    keep: bool,
    /// The same seed makes the same customers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also listen on 127.0.0.1, with TLS by a throw-away authority
    #[arg(long)]
    tcp: bool,
    /// Install PostgreSQL when it is missing (root does so without asking)
    #[arg(long)]
    install: bool,
    /// Do not open the desk; serve until SIGINT or SIGTERM
    #[arg(long)]
    serve: bool,
    /// With --serve: also contracts, labelled records, a request, a review, a share and the officer's second factor, as there are when the desk opens
    #[arg(long, requires = "serve")]
    under_way: bool,
    /// With --serve: also a watch, as there is when the desk opens
    #[arg(long, requires = "serve")]
    watch: bool,
    /// With --serve: one line of JSON on standard output
    #[arg(long, requires = "serve")]
    json: bool,
    /// With --serve: also end when standard input ends, as it does when the program that started this one dies
    #[arg(long, requires = "serve")]
    until_eof: bool,
}

impl Demo {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        if !self.serve {
            super::desk::require_terminal()?;
        }
        // Before the server is made, which takes a while.
        if !demo::has(&self.role) {
            return Err(Failure::usage(format!("there is no role \"{}\" in the demo; there are {}", self.role, demo::roles().join(", "))));
        }
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let mut hung_up = signal(SignalKind::hangup())?;
        let watch = self.watch || self.incident || !self.serve;
        let options = DemoOptions {
            records: self.records,
            seed: self.seed,
            cluster: ClusterOptions { directory: self.dir.clone(), keep: self.keep, tcp: self.tcp, json_log: watch },
            install: self.install,
            under_way: self.under_way || !self.serve,
            watch,
        };
        let progress = |text: &str| eprintln!("sealdesk: {text}");
        let demo = tokio::select! {
            demo = demo::Demo::start(&options, &progress) => demo?,
            _ = interrupted.recv() => return Err(Failure::failed("interrupted")),
            _ = terminated.recv() => return Err(Failure::failed("terminated")),
        };
        if self.serve {
            if self.json {
                output::line(serde_json::to_string(&demo.announcement()).map_err(|error| Failure::failed(error.to_string()))?)?;
            } else {
                print_people(&demo, config::language_of_environment());
                output::line(format!("serving; configuration in {}", demo.config_file.display()))?;
            }
            let _afternoon = self.incident.then(|| demo.bad_afternoon());
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
                _ = hung_up.recv() => {}
                () = input_ended(), if self.until_eof => {}
            }
            return Ok(());
        }
        drop((interrupted, terminated, hung_up));
        self.open_desk(arguments, &demo).await
    }

    async fn open_desk(&self, arguments: &Arguments, demo: &demo::Demo) -> Outcome {
        print_people(demo, config::language_of_environment());
        let another = another_desk(demo);
        eprintln!("  another desk, in another terminal: {another}");
        let person = demo
            .person(&self.role)
            .ok_or_else(|| Failure::usage(format!("there is no role \"{}\" in the demo; use one of those printed above", self.role)))?;
        let mut config = demo.config.clone();
        config.language = config::language_of_environment();
        config.glyphs = config::glyphs_of_environment();
        arguments.log(&config);
        let language = config.language;
        let mut help_steps = Vec::new();
        let mut afternoon = None;
        if self.incident {
            if !demo.is_watched() {
                return Err(Failure::usage("the kept directory was made without a watch; use another one, or none"));
            }
            help_steps = demo::Demo::steps().to_vec();
            eprintln!();
            for step in &help_steps {
                let text = step.in_language(language);
                for piece in width::rows(text, 76) {
                    eprintln!("  {}", &text[piece]);
                }
            }
            eprintln!(
                "\n{}",
                if language == Language::English {
                    "? in the desk shows this again. Enter opens the desk."
                } else {
                    "在工作台中按 ? 可再次查看。按 Enter 打开工作台。"
                }
            );
            wait_for_enter().await;
            afternoon = demo.bad_afternoon();
        }
        desk::run(desk::Options {
            help_steps,
            user: Some(person.user.clone()),
            passphrase: Some(Secret::from(person.passphrase.as_str())),
            code: demo.code(person).await?,
            config,
            help_people: people_and_secrets(demo, language).into_iter().chain([(String::new(), another, String::new())]).collect(),
        })
        .await?;
        if afternoon.take().is_some() {
            let root = &demo.root_fingerprint;
            eprintln!(
                "{}",
                if language == Language::English {
                    format!(
                        "Evidence that you exported is in this directory, and needs no server:\n  sealdesk audit verify --bundle sealdesk-evidence-*.json --root {root}"
                    )
                } else {
                    format!(
                        "导出的证据保存在当前目录，无需服务器即可校验：\n  sealdesk audit verify --bundle sealdesk-evidence-*.json --root {root}"
                    )
                }
            );
        }
        Ok(())
    }
}

/// A line of the terminal. At the end of the input nobody is asked.
async fn wait_for_enter() {
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    let _ = read.await;
}

fn print_people(demo: &demo::Demo, language: Language) {
    for (user, secret, role) in people_and_secrets(demo, language) {
        eprintln!("  {user:<10} {role:<18} {secret}");
    }
}

/// How this program is started for a second desk on the demo's server.
fn another_desk(demo: &demo::Demo) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "sealdesk".to_owned());
    format!("{program} --config {}", demo.config_file.display())
}

/// Login, secret and role of everybody, a line each; what gives a one-time code has lines of its own.
fn people_and_secrets(demo: &demo::Demo, language: Language) -> Vec<(String, String, String)> {
    let (by_secret, once_each) = match language {
        Language::English => ("code from secret", "or once each"),
        Language::Chinese => ("由密钥生成验证码", "或恢复码，各用一次"),
    };
    let lines = |person: &DemoPerson| {
        let mut lines = vec![(person.user.clone(), person.passphrase.clone(), person.role.clone())];
        if let Some(factor) = &person.second_factor {
            lines.push((String::new(), factor.secret.clone(), by_secret.into()));
            lines.push((String::new(), factor.recovery_codes.join(", "), once_each.into()));
        }
        lines
    };
    // Nobody signs in as the watch.
    demo.people.iter().filter(|person| person.role != "watch").flat_map(lines).collect()
}

async fn input_ended() {
    let mut input = tokio::io::stdin();
    let mut byte = [0];
    while input.read(&mut byte).await.is_ok_and(|count| count > 0) {}
}
