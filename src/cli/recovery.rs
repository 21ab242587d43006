//! `sealdesk recovery`: custodians and their shares. Shares are shown once, typed at hidden prompts, and never written anywhere.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
};

use clap::Subcommand;

use super::{Arguments, Failure, Outcome, output, secret_input};
use crate::{
    config,
    crypto::secret::Secret,
    database::connect,
    model::catalogue::Language,
    service::{
        Error, SignedIn,
        recovery::{self, Ceremony, Gathering, Listed, Made, Taken},
        unlock,
    },
    text::{qr, sanitise::for_terminal},
};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  sealdesk recovery set-up --threshold 2 --custodian anna --custodian ben --custodian carl\n  sealdesk recovery drill\n\nAny two of the three can then make a new security officer, one alone can do nothing. Repeat `recovery check` with each of them twice a year."
)]
pub enum Recovery {
    /// Split a recovery key among custodians; shows each share once, to be written down
    SetUp {
        /// How many custodians are needed together, at least 2
        #[arg(long, value_name = "NUMBER")]
        threshold: u8,
        /// Who gets a share; given once for each of 2 to 16
        #[arg(long = "custodian", value_name = "NAME", required = true)]
        custodians: Vec<String>,
    },
    /// List sets and custodians: what is current, tried, and when each share was last seen
    List {
        #[arg(long)]
        json: bool,
    },
    /// Check one share, without the others; the custodian types it
    Check {
        /// File with the share, or - for standard input; asked for on the terminal otherwise
        #[arg(long, value_name = "FILE")]
        share_file: Option<PathBuf>,
    },
    /// Try a recovery: custodians type their shares, what is stored is opened, compared and let go of
    Drill {
        /// File with one share a line, or - for standard input; asked for on the terminal otherwise
        #[arg(long, value_name = "FILE")]
        share_file: Option<PathBuf>,
    },
    /// Seal the present keys to every set, after a change that did not; custodians keep their shares
    Renew,
    /// Forget what is sealed to an older set, once a later one has passed a drill
    Retire {
        #[arg(value_name = "SET")]
        number: i32,
    },
    /// Make a new security officer when none is left: custodians' shares, and a superuser's connection
    Perform {
        /// Login of the new security officer
        #[arg(long)]
        officer: String,
        /// File with the superuser's connection URL
        #[arg(long, value_name = "FILE")]
        url_file: PathBuf,
        /// File with one share a line, or - for standard input; asked for on the terminal otherwise
        #[arg(long, value_name = "FILE")]
        share_file: Option<PathBuf>,
    },
}

impl Recovery {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        if let Self::Perform { officer, url_file, share_file } = self {
            return Box::pin(perform(arguments, officer, url_file, share_file.as_ref())).await;
        }
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = Box::pin(self.carry_out(&signed_in, config.language)).await;
        unlock::close(&signed_in).await?;
        done
    }

    async fn carry_out(&self, signed_in: &SignedIn, language: Language) -> Outcome {
        let english = language == Language::English;
        match self {
            Self::SetUp { threshold, custodians } => show(language, &recovery::set_up(signed_in, *threshold, custodians).await?),
            Self::List { json } => list(&recovery::list(signed_in).await?, *json, language),
            Self::Check { share_file } => {
                let typed = Source::open(share_file.as_ref())?.next(language)?.unwrap_or_default();
                let checked = recovery::check(signed_in, &typed).await?;
                let (set, index, custodian) = (checked.set, checked.index, for_terminal(&checked.custodian));
                output::line(if english {
                    format!("share {index} of set {set}, {custodian}: it is the one that was made")
                } else {
                    format!("恢复组 {set} 的份额 {index}（{custodian}）：正确")
                })
            }
            Self::Drill { share_file } => {
                let mut gathering = recovery::gather(signed_in).await?;
                gather(&mut gathering, &mut Source::open(share_file.as_ref())?, language)?;
                let set = recovery::drill(signed_in, &gathering).await?;
                output::line(if english {
                    format!("set {set}: these shares open it, and it holds the root key and the officers' key of now. Nothing was changed.")
                } else {
                    format!("恢复组 {set}：这些份额可以打开，所存为当前的根密钥和管理员密钥。未做任何更改。")
                })
            }
            Self::Renew => {
                for set in recovery::renew(signed_in).await? {
                    output::line(if english {
                        format!("set {set}: holds the keys of now")
                    } else {
                        format!("恢复组 {set}：已存入当前密钥")
                    })?;
                }
                Ok(())
            }
            Self::Retire { number } => Ok(recovery::retire(signed_in, *number).await?),
            Self::Perform { .. } => Ok(()),
        }
    }
}

/// What stands under the picture of a share, wrapped at 80 columns, and the cursor's row.
const ROWS_BESIDE_PICTURE: usize = 6;

/// Shows each share once. On a terminal one at a time, wiped before the next custodian looks.
fn show(language: Language, made: &Made) -> Outcome {
    let english = language == Language::English;
    let on_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let count = made.shares.len();
    for (place, (custodian, share)) in (1..).zip(&made.shares) {
        if on_terminal {
            let upper = Secret::new(share.expose().to_uppercase());
            let picture = qr::picture(&upper, config::glyphs_of_environment())?;
            // The picture comes first, so that the letters stay in sight; one that is cut off could not be scanned.
            let rows = picture.expose().lines().count() + ROWS_BESIDE_PICTURE;
            if crossterm::terminal::size().is_ok_and(|(_, height)| usize::from(height) >= rows) {
                output::line(picture.expose())?;
            }
        }
        output::line(if english {
            format!("share {place} of {count}, for {custodian}. Write it down; it is shown this once and kept nowhere:")
        } else {
            format!("第 {place} 份，共 {count} 份，交给 {custodian}。请抄写；只显示这一次，不会保存：")
        })?;
        output::line(share.expose())?;
        if on_terminal {
            output::line(if english { "Enter wipes it from the screen." } else { "按 Enter 从屏幕清除。" })?;
            std::io::stdin().read_line(&mut String::new())?;
            // The screen, what was scrolled away, and the cursor home.
            print!("\x1b[2J\x1b[3J\x1b[H");
            std::io::stdout().flush()?;
        }
    }
    let number = made.number;
    eprintln!(
        "sealdesk: {}",
        if english {
            format!(
                "set {number} is made. Now hold a drill: `sealdesk recovery drill`. Earlier sets stay good until `sealdesk recovery retire SET`."
            )
        } else {
            format!("恢复组 {number} 已设立。请随即演练：sealdesk recovery drill。较早的恢复组在 sealdesk recovery retire SET 之前仍有效。")
        }
    );
    Ok(())
}

fn list(sets: &[Listed], json: bool, language: Language) -> Outcome {
    let state = |listed: &Listed| {
        if listed.state.retired_at.is_some() {
            ("retired", "已停用")
        } else if !listed.signed {
            ("not signed by an officer", "没有管理员签名")
        } else if listed.state.is_out_of_date() {
            ("out of date", "已过时")
        } else if listed.state.drilled_at.is_none() {
            ("never tried", "尚未演练")
        } else {
            ("good", "正常")
        }
    };
    let say = |en: &'static str, zh: &'static str| output::say(language, en, zh);
    let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| say("never", "从未").into(), output::moment);
    let mut rows = Vec::new();
    for listed in sets {
        for (index, ((custodian, _), share)) in (1..).zip(listed.set.custodians.iter().zip(&listed.state.shares)) {
            if json {
                output::line(serde_json::json!({
                    "set": listed.set.number, "threshold": listed.set.threshold, "state": state(listed).0, "created_at": listed.state.created_at,
                    "drilled_at": listed.state.drilled_at, "share": index, "custodian": custodian, "checked_at": share.checked_at,
                    "checked_by": share.checked_by
                }))?;
            }
            rows.push(vec![
                listed.set.number.to_string(),
                say(state(listed).0, state(listed).1).to_owned(),
                time(listed.state.drilled_at),
                format!("{index} ({} {} {})", listed.set.threshold, say("of", "/"), listed.set.custodians.len()),
                custodian.clone(),
                time(share.checked_at),
            ]);
        }
    }
    if json {
        Ok(())
    } else {
        output::table_in(
            language,
            ["set", "state", "drill", "share", "custodian", "checked"],
            ["恢复组", "状态", "演练", "份额", "保管人", "核对"],
            &rows,
        )
    }
}

/// Where shares come from.
enum Source {
    Terminal,
    StandardInput,
    Lines(std::vec::IntoIter<Secret<String>>),
}

impl Source {
    fn open(file: Option<&PathBuf>) -> Result<Self, Failure> {
        Ok(match file {
            None => Self::Terminal,
            Some(path) if path.as_os_str() == "-" => Self::StandardInput,
            Some(path) => {
                let text = secret_input::read(Some(path), "", "--share-file")?;
                Self::Lines(text.expose().lines().map(Secret::from).collect::<Vec<_>>().into_iter())
            }
        })
    }

    /// The next share; `None` at the end, or for an empty line.
    fn next(&mut self, language: Language) -> Result<Option<Secret<String>>, Failure> {
        let typed = match self {
            Self::Terminal => {
                let prompt = if language == Language::English {
                    "Share (hidden; Enter alone stops): "
                } else {
                    "份额（不显示；直接按 Enter 停止）: "
                };
                secret_input::read(None, prompt, "--share-file")?
            }
            Self::StandardInput => secret_input::read(Some("-".as_ref()), "", "--share-file")?,
            Self::Lines(lines) => lines.next().unwrap_or_default(),
        };
        Ok(Some(typed).filter(|typed| !typed.expose().trim().is_empty()))
    }
}

/// Takes shares until there are enough. On a terminal what is mistyped is asked for again.
fn gather(gathering: &mut Gathering, source: &mut Source, language: Language) -> Result<(), Error> {
    let plain = |failure: Failure| Error::Plain(failure.message);
    while let Some(typed) = source.next(language).map_err(plain)? {
        match gathering.take(&typed) {
            Ok(Taken { set, index, custodian, missing }) => {
                let custodian = for_terminal(&custodian);
                eprintln!(
                    "sealdesk: {}",
                    if language == Language::English {
                        format!("share {index} of set {set}, {custodian}: good, {missing} to go")
                    } else {
                        format!("恢复组 {set} 的份额 {index}（{custodian}）：正确，还需 {missing} 份")
                    }
                );
                if missing == 0 {
                    break;
                }
            }
            Err(error) if matches!(source, Source::Terminal) => eprintln!("sealdesk: {}", error.message(language)),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn perform(arguments: &Arguments, officer: &str, url_file: &std::path::Path, share_file: Option<&PathBuf>) -> Outcome {
    // It may be run where nobody has a configuration; where there is one, its fingerprint must fit.
    let config = match arguments.config() {
        Ok(config) => Some(config),
        Err(failure) => {
            eprintln!("sealdesk: the root key is compared with no configuration: {}", failure.message);
            None
        }
    };
    let language = config.as_ref().map_or_else(config::language_of_environment, |config| config.language);
    let english = language == Language::English;
    let url = secret_input::read(Some(url_file), "", "--url-file")?;
    let client = connect::from_url(&url).await?;
    let passphrase = arguments.new_passphrase(officer)?;
    let mut ceremony = Ceremony::begin(client, officer, config.as_ref()).await?;
    let fingerprint = ceremony.root_fingerprint();
    eprintln!(
        "sealdesk: {}",
        if english {
            format!("RECOVERY, recorded in the audit. The root key here is {fingerprint}: compare it with a desk's configuration.")
        } else {
            format!("恢复操作，已记入审计。此处的根密钥指纹为 {fingerprint}，请与工作台的配置核对。")
        }
    );
    let done = match Source::open(share_file) {
        Ok(mut source) => match gather(&mut ceremony.gathering, &mut source, language) {
            Ok(()) => ceremony.complete(passphrase).await,
            Err(error) => Err(error),
        },
        Err(failure) => Err(Error::Plain(failure.message)),
    };
    let performed = match done {
        Ok(performed) => performed,
        Err(error) => {
            ceremony.refuse(&error).await?;
            return Err(error.into());
        }
    };
    for problem in &performed.problems {
        eprintln!("sealdesk: {problem}");
    }
    let (set, custodians) = (performed.set, for_terminal(&performed.custodians.join(", ")));
    output::line(if english {
        format!("{officer} is a security officer, made with set {set} by {custodians}")
    } else {
        format!("{officer} 已成为安全管理员，由恢复组 {set} 的 {custodians} 共同执行")
    })?;
    eprintln!(
        "sealdesk: {}",
        if english {
            "next, as the new officer: `sealdesk staff leave` for each officer who is gone, or `sealdesk role rotate security_officer`; then `sealdesk recovery set-up`."
        } else {
            "接下来请以新管理员身份：对每位离开的管理员运行 sealdesk staff leave，或运行 sealdesk role rotate security_officer；然后运行 sealdesk recovery set-up。"
        }
    );
    Ok(())
}
