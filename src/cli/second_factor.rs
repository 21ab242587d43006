//! `sealdesk second-factor`: setting it up with an authenticator application.

use clap::Subcommand;

use super::{Arguments, Outcome, output};
use crate::{
    config,
    model::catalogue::Language,
    service::{
        second_factor::{self, SetUp},
        unlock,
    },
    text::qr,
};

#[derive(Debug, Subcommand)]
pub enum SecondFactor {
    /// Set it up: shows a QR code and the same as text, asks for a first code, prints recovery codes once
    SetUp {
        /// Print the secret and recovery codes as JSON, for scripts
        #[arg(long)]
        json: bool,
    },
    /// Whether it is set up, and how many recovery codes are left
    Status {
        #[arg(long)]
        json: bool,
    },
}

impl SecondFactor {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        match self {
            Self::SetUp { json } => {
                arguments.log(&config);
                let user = config.user.clone().ok_or(crate::service::Error::NoUser)?;
                let passphrase = arguments.passphrase(&format!("Passphrase of {user}: "))?;
                let set_up = second_factor::begin(&config, &user, passphrase).await?;
                let done = go_through(arguments, &set_up, config.language, *json).await;
                set_up.close().await?;
                done
            }
            Self::Status { json } => {
                let signed_in = arguments.sign_in(&config).await?;
                let state = second_factor::state(&signed_in).await;
                unlock::close(&signed_in).await?;
                let state = state?;
                if *json {
                    return output::line(serde_json::json!({
                        "set_up": state.is_set_up, "required": state.required, "recovery_codes_left": state.recovery_codes_left
                    }));
                }
                let english = config.language == Language::English;
                output::line(match (state.is_set_up, state.required, english) {
                    (true, _, true) => format!("set up; {} recovery codes left", state.recovery_codes_left),
                    (true, _, false) => format!("已设置；剩余恢复码 {} 个", state.recovery_codes_left),
                    (false, true, true) => "not set up, but your role asks for it".into(),
                    (false, true, false) => "未设置，但您的角色要求设置".into(),
                    (false, false, true) => "not set up".into(),
                    (false, false, false) => "未设置".into(),
                })
            }
        }
    }
}

async fn go_through(arguments: &Arguments, set_up: &SetUp, language: Language, json: bool) -> Outcome {
    let say = |en: &'static str, zh: &'static str| if language == Language::English { en } else { zh };
    if !json {
        output::line(say(
            "Scan this with an authenticator application, or type the secret below into it:",
            "请用身份验证器应用扫描，或手动输入下面的密钥：",
        ))?;
        let picture = qr::picture(&set_up.uri(), config::glyphs_of_environment())?;
        output::line(picture.expose())?;
        output::line(format!("{}  {}", say("secret", "密钥"), set_up.secret_text().expose()))?;
        output::line(say("time-based, SHA-1, 6 digits, 30 seconds", "基于时间，SHA-1，6 位，30 秒"))?;
    } else if arguments.code_file.is_some() {
        // The script needs the secret before it can make a code.
        output::line(serde_json::json!({ "secret": set_up.secret_text().expose() }))?;
    }
    // A code on the turn of its time step is refused, and the next one is right.
    let mut tries = 0;
    let codes = loop {
        let code = arguments.code()?;
        match set_up.confirm(&code).await {
            Err(error) if error.code() == "SD022" && arguments.code_file.is_none() && tries < 4 => {
                tries += 1;
                eprintln!("sealdesk: {}", error.message(language));
            }
            done => break done?,
        }
    };
    if json {
        let codes: Vec<&str> = codes.iter().map(|code| code.expose().as_str()).collect();
        return output::line(serde_json::json!({ "recovery_codes": codes }));
    }
    output::line(say(
        "Set up. These recovery codes are shown once; each is good for one sign-in without the authenticator. Keep them on paper:",
        "设置完成。以下恢复码只显示一次，每个可在没有验证器时登录一次，请写在纸上保存：",
    ))?;
    for code in codes {
        output::line(format!("  {}", code.expose()))?;
    }
    Ok(())
}
