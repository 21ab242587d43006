//! `sealdesk share`.

use clap::Subcommand;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Arguments, Failure, Outcome, output, show::find_record};
use crate::{
    model::{
        catalogue::Language,
        id::ShareId,
        share::{Share as Entry, parse_duration},
    },
    service::{
        Error, SignedIn,
        reveal::GivenReason,
        second_factor,
        share::{self, Wanted},
        unlock,
    },
    text::sanitise::for_terminal,
};

#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  sealdesk share add C-000042 phone wu.jun --for 2h --reason callback")]
pub enum Share {
    /// Share the present value of a field with one person: sealed to their own key, it ends by itself
    Add {
        /// Record number, as C-000042
        record: String,
        field: String,
        /// Login name of the person
        #[arg(value_name = "USER")]
        with: String,
        /// How long, from 5m to 30d
        #[arg(long = "for", value_name = "TIME", default_value = "2h")]
        lasts: String,
        /// Code of the reason
        #[arg(long, value_name = "CODE")]
        reason: Option<String>,
        /// Ticket number or the like
        #[arg(long)]
        reference: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// List what one shares and what is shared with one; whoever manages people sees every open share
    List {
        /// Only what one shares
        #[arg(long, conflicts_with = "with_me")]
        by_me: bool,
        /// Only what is shared with one
        #[arg(long)]
        with_me: bool,
        #[arg(long)]
        json: bool,
    },
    /// Read a value that was shared with one
    Show {
        /// As `share list` prints it
        id: Uuid,
        #[arg(long)]
        json: bool,
    },
    /// End a share before its time
    Withdraw {
        /// As `share list` prints it
        id: Uuid,
    },
}

impl Share {
    pub async fn run(&self, arguments: &Arguments) -> Outcome {
        let config = arguments.config()?;
        let signed_in = arguments.sign_in(&config).await?;
        let done = match self {
            Self::Add { .. } => self.add(arguments, &signed_in, config.language).await,
            Self::List { by_me, with_me, json } => list(&signed_in, config.language, (*by_me, *with_me), *json).await,
            Self::Show { id, json } => show(arguments, &signed_in, config.language, ShareId(*id), *json).await,
            Self::Withdraw { id } => share::withdraw(&signed_in, ShareId(*id)).await.map_err(Failure::from),
        };
        unlock::close(&signed_in).await?;
        done
    }

    async fn add(&self, arguments: &Arguments, signed_in: &SignedIn, language: Language) -> Outcome {
        let Self::Add { record, field, with, lasts, reason, reference, json } = self else { return Ok(()) };
        let lasts = parse_duration(lasts).ok_or_else(|| Failure::usage(Error::ShareDuration.message(language)))?;
        let wanted = Wanted {
            record: find_record(signed_in, record).await?.id,
            field: field.clone(),
            to: with.clone(),
            lasts,
            reason: reason.clone().map(|code| GivenReason { code, reference: reference.clone() }),
        };
        let mut done = share::add(signed_in, &wanted).await;
        if done.as_ref().is_err_and(|error| error.code() == "SD023") {
            second_factor::step_up(signed_in, &arguments.code()?).await?;
            done = share::add(signed_in, &wanted).await;
        }
        let (id, until) = done?;
        if *json {
            return output::line(serde_json::json!({ "id": id.to_string(), "until": until }));
        }
        let until = when(until);
        output::line(match language {
            Language::English => format!("{field} of {record} is shared with {with} until {until} UTC: {id}"),
            Language::Chinese => format!("{record} 的 {field} 已与 {with} 共享至 {until} UTC：{id}"),
        })
    }
}

async fn list(signed_in: &SignedIn, language: Language, (by_me, with_me): (bool, bool), json: bool) -> Outcome {
    let (user, now) = (signed_in.user(), Timestamp::now());
    let mut shares = share::list(signed_in).await?;
    shares.retain(|share| if by_me { share.from == user } else { !with_me || share.to == user });
    if json {
        for share in &shares {
            output::line(serde_json::json!({
                "id": share.id.to_string(), "record": share.number.to_string(), "field": share.field, "class": share.class,
                "version": share.version, "field_version": share.field_version, "from": share.from, "to": share.to, "reason": share.reason,
                "created_at": share.created_at, "until": share.until, "state": share.state(now).code()
            }))?;
        }
        return Ok(());
    }
    let row = |share: &Entry| {
        let state = share.state(now).in_words(language).to_owned();
        let state = match (share.is_outdated(), language) {
            (false, _) => state,
            (true, Language::English) => format!("{state}, changed since"),
            (true, Language::Chinese) => format!("{state}，此后已更改"),
        };
        let (number, field) = (share.number.to_string(), share.field.clone());
        vec![share.id.to_string(), number, field, share.from.clone(), share.to.clone(), when(share.until), state]
    };
    let heading = match language {
        Language::English => ["share", "record", "field", "from", "to", "until (UTC)", "state"],
        Language::Chinese => ["共享", "记录", "字段", "共享者", "共享给", "截止 (UTC)", "状态"],
    };
    output::table(&heading, &shares.iter().map(row).collect::<Vec<_>>())
}

async fn show(arguments: &Arguments, signed_in: &SignedIn, language: Language, id: ShareId, json: bool) -> Outcome {
    let mut opened = share::open(signed_in, id).await;
    if opened.as_ref().is_err_and(|error| error.code() == "SD023") {
        second_factor::step_up(signed_in, &arguments.code()?).await?;
        opened = share::open(signed_in, id).await;
    }
    let shared = opened?;
    if json {
        return output::line(serde_json::json!({
            "record": shared.number.to_string(), "field": shared.field, "class": shared.class, "version": shared.version,
            "field_version": shared.field_version, "from": shared.from, "until": shared.until, "value": shared.value.expose()
        }));
    }
    let policy = signed_in.policy();
    let field = policy.catalogue.field(&shared.field);
    let label = field.map_or(shared.field.as_str(), |field| field.label.in_language(language));
    let value = field.map_or(shared.value.expose().as_str(), |field| field.shown(shared.value.expose(), language));
    let (number, from, until) = (shared.number, for_terminal(&shared.from), when(shared.until));
    output::line(match language {
        Language::English => format!("{number}  shared by {from} until {until} UTC"),
        Language::Chinese => format!("{number}  {from} 共享至 {until} UTC"),
    })?;
    output::line(format!("  {}  {}", for_terminal(label), for_terminal(value)))?;
    if shared.field_version != Some(shared.version) {
        let version = shared.version;
        output::line(match language {
            Language::English => format!("This is version {version}, as it was shared; the field has changed since."),
            Language::Chinese => format!("这是共享时的第 {version} 版；该字段此后已更改。"),
        })?;
    }
    Ok(())
}

fn when(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M").to_string()
}
