//! What each act of a screen asks of the service: one call or a few, and nothing of the desk.

use super::{audit_reviews, incidents, people::Act, requests, reviews, settings};
use crate::{
    crypto::secret::Secret,
    model::{
        alert::AlertState,
        audit::{ExportFormat, Filter},
        incident::Kind,
        request::Asked,
    },
    service::{
        self, Error, SignedIn, alert, audit, clearance, freeze, incident, kind, owner, passphrase, request, retention, review, rewrite,
        role, rotation, second_factor, staff,
    },
};

/// Carries an act on an account out; answers with the one-time code, where one was made.
pub(super) async fn carry_out(signed_in: &SignedIn, act: Act) -> service::Result<Option<Secret<String>>> {
    match act {
        Act::Add { login, name, roles } => return staff::add(signed_in, &login, &name, &roles).await.map(Some),
        Act::NewCode { login } => return staff::new_invitation(signed_in, &login).await.map(Some),
        Act::Enable { login } => return staff::enable(signed_in, &login).await.map(Some),
        Act::Clear { login, clearance } => clearance::clear(signed_in, &login, &clearance).await?,
        Act::Label { record, version, label } => drop(clearance::label(signed_in, record, version, &label).await?),
        Act::Hold { number, on: true, reason, reference } => retention::hold(signed_in, number, &reason, reference.as_deref()).await?,
        Act::Hold { number, on: false, reason, reference } => retention::release(signed_in, number, &reason, reference.as_deref()).await?,
        Act::HandOn { record, to } => owner::hand_to(signed_in, record, &to).await?,
        Act::Rename { login, name } => staff::rename(signed_in, &login, &name).await?,
        Act::Confirm { login, fingerprint } => staff::confirm(signed_in, &login, &fingerprint).await?,
        Act::Disable { login } => staff::disable(signed_in, &login).await?,
        Act::SignOut { login } => staff::sign_out(signed_in, &login, None).await?,
        Act::EndSession { login, session } => staff::sign_out(signed_in, &login, Some(session)).await?,
        Act::Roles { login, grant, revoke } => {
            for role in grant {
                staff::grant(signed_in, &login, &role).await?;
            }
            for role in revoke {
                staff::revoke(signed_in, &login, &role).await?;
            }
        }
        Act::Reviews(act) => carry_review_out(signed_in, act).await?,
        Act::AuditReviews(act) => review_audit(signed_in, act).await?,
        Act::Rights { role, class, rights } => drop(role::set(signed_in, &role, &class, rights).await?),
        Act::ResetSecondFactor { login } => second_factor::reset(signed_in, &login).await?,
        Act::Leave { login } => drop(rotation::leave(signed_in, &login, |_| {}).await?),
        Act::Alerts(act) => alert::handle(signed_in, act.number, act.state, &act.note, Some(act.seen)).await?,
        Act::Incident(act) => write_incident(signed_in, act).await?,
        Act::Freeze { target, why } => drop(freeze::put(signed_in, &target, &why).await?),
        Act::SignOutEverybody { why } => freeze::sign_out_everybody(signed_in, &why).await?,
        Act::Requests(act) => carry_request_out(signed_in, act).await?,
        Act::Settings(act) => change_settings(signed_in, act).await?,
        Act::Passphrase { old, new } => passphrase::change(signed_in, old, new).await?,
    }
    Ok(None)
}

pub(super) async fn write_incident(signed_in: &SignedIn, act: incidents::Act) -> service::Result<()> {
    match act {
        incidents::Act::Open { title, severity, scope, pins, alert } => {
            let number = incident::open(signed_in, &title, severity, &scope).await?;
            pin_events(signed_in, number, pins, alert, "").await?;
        }
        incidents::Act::Pin { number, pins, alert, text } => pin_events(signed_in, number, pins, alert, &text).await?,
        incidents::Act::NewKeys { number, class, text } => {
            rotation::rotate_class(signed_in, &class).await?;
            incident::add(signed_in, number, &Kind::Note, &text).await?;
        }
        incidents::Act::Add { number, kind, text } => {
            incident::add(signed_in, number, &kind, &text).await?;
        }
    }
    Ok(())
}

/// Events into an incident's timeline, and the alert that they are of into one's own hands.
pub(super) async fn pin_events(
    signed_in: &SignedIn,
    number: i64,
    mut pins: Vec<Kind>,
    from: Option<i64>,
    text: &str,
) -> service::Result<()> {
    if let (Some(of), true) = (from, pins.is_empty()) {
        // They had not been read yet.
        let events = alert::show(signed_in, of).await?.events;
        pins.extend(events.iter().rev().take(20).map(|event| Kind::Pin { session: event.session, seq: event.seq }));
    }
    for (index, pin) in pins.iter().enumerate() {
        incident::add(signed_in, number, pin, if index == 0 { text } else { "" }).await?;
    }
    let Some(of) = from else { return Ok(()) };
    match alert::handle(signed_in, of, AlertState::Acknowledged, "", None).await {
        // Somebody has it, or has put it away, or it is not for this person to decide on: the incident stands all the same.
        Err(error) if matches!(error.code(), "SD003" | "SD133" | "SD134") => Ok(()),
        done => done,
    }
}

pub(super) async fn read_reviews(signed_in: &SignedIn, shown: reviews::Shown) -> service::Result<reviews::Read> {
    Ok(match shown {
        reviews::Shown::Findings => reviews::Read::Findings(review::findings(signed_in).await?),
        reviews::Shown::Campaigns => reviews::Read::Campaigns(review::list(signed_in).await?),
        reviews::Shown::Items(number) => {
            let (campaigns, items) = tokio::try_join!(review::list(signed_in), review::items(signed_in, number))?;
            reviews::Read::Items(number, campaigns, items)
        }
    })
}

pub(super) async fn carry_review_out(signed_in: &SignedIn, act: reviews::Act) -> service::Result<()> {
    use review::Answer;
    let (number, login, role, answer, comment) = match act {
        reviews::Act::Keep { number, login, role } => (number, login, role, Answer::Keep, String::new()),
        reviews::Act::Revoke { number, login, role, comment } => (number, login, role, Answer::Revoke, comment),
        reviews::Act::Change { number, login, role, to, comment } => (number, login, role, Answer::Change(to), comment),
        reviews::Act::Start(new) => return review::start(signed_in, &new).await.map(drop),
        reviews::Act::Export { number, file } => return review::export_into(signed_in, number, file.into()).await,
    };
    // A role that has to wait for somebody stands among the findings.
    review::decide(signed_in, number, &login, &role, &answer, &comment).await.map(drop)
}

pub(super) async fn read_audit_reviews(signed_in: &SignedIn, shown: audit_reviews::Shown) -> service::Result<audit_reviews::Read> {
    Ok(match shown {
        audit_reviews::Shown::Reviews => audit_reviews::Read::Reviews(audit::review::list(signed_in).await?),
        audit_reviews::Shown::Sample(number) => {
            let (rows, items) = tokio::try_join!(audit::review::list(signed_in), audit::review::open(signed_in, number))?;
            audit_reviews::Read::Sample(number, rows, items)
        }
    })
}

async fn review_audit(signed_in: &SignedIn, act: audit_reviews::Act) -> service::Result<()> {
    use audit_reviews::Act;
    match act {
        Act::Plan(plan) => audit::review::plan(signed_in, &plan).await.map(drop),
        Act::Mark { number, item, mark, note } => audit::review::mark(signed_in, number, item, mark, &note).await,
        Act::Sign(number) => audit::review::sign(signed_in, number).await,
        Act::Export { number, file } => audit::review::export_into(signed_in, number, file.into()).await,
    }
}

pub(super) async fn read_settings(signed_in: &SignedIn) -> service::Result<settings::Read> {
    use service::settings::{classes, fields, reasons};
    let (fields, classes, reasons, kinds, retention, recorded, outdated) = tokio::try_join!(
        fields(signed_in),
        classes(signed_in),
        reasons(signed_in),
        kind::kinds(signed_in),
        retention::rules(signed_in),
        audit::scope(signed_in),
        rewrite::outdated(signed_in)
    )?;
    Ok(settings::Read { fields, classes, reasons, kinds, retention, recorded, outdated })
}

pub(super) async fn change_settings(signed_in: &SignedIn, act: settings::Act) -> service::Result<()> {
    use service::settings as change;
    match act {
        settings::Act::AddField(field) => change::add_field(signed_in, &field).await,
        settings::Act::ChangeField(field) => change::change_field(signed_in, &field).await,
        settings::Act::MoveField(field, after) => change::move_field(signed_in, &field, after.as_deref()).await,
        settings::Act::RetireField(field) => change::retire_field(signed_in, &field).await,
        settings::Act::RestoreField(field) => change::restore_field(signed_in, &field).await,
        settings::Act::ChangeClass(class) => change::change_class(signed_in, &class).await,
        settings::Act::AddReason(reason) => change::add_reason(signed_in, &reason).await,
        settings::Act::ChangeReason(reason) => change::change_reason(signed_in, &reason).await,
        settings::Act::RetireReason(reason, retired) => change::retire_reason(signed_in, &reason, retired).await,
        settings::Act::SetRetention(rule, shown) => retention::set(signed_in, &rule, shown).await,
        settings::Act::SetRecorded(one, recorded) => {
            audit::set_scope_from(signed_in, &one.action, one.class.as_deref(), recorded, one.version).await
        }
        settings::Act::AddKind(added, fields) => kind::add(signed_in, &added, &fields).await,
        settings::Act::ChangeKind(changed, fields) => kind::change(signed_in, &changed, Some(&fields)).await,
        settings::Act::MoveKind(moved, after) => kind::move_after(signed_in, &moved, after.as_deref()).await,
        settings::Act::RetireKind(changed, retired) => kind::retire(signed_in, &changed, retired, true).await,
    }
}

pub(super) async fn carry_request_out(signed_in: &SignedIn, act: requests::Act) -> service::Result<()> {
    match act {
        requests::Act::Elevate { word, minutes, why, break_glass } => {
            let role = request::role_meant(signed_in, &word, break_glass).await?.target;
            if break_glass {
                request::break_glass(signed_in, &role, &why, minutes).await?;
            } else {
                request::ask(signed_in, &Asked::Elevate { role }, &why, minutes, request::OPEN_MINUTES).await?;
            }
        }
        requests::Act::Ask { asked, why } => {
            request::ask(signed_in, &asked, &why, request::GOOD_MINUTES, request::OPEN_MINUTES).await?;
        }
        requests::Act::Perform(change) => service::settings::perform(signed_in, &change).await?,
        requests::Act::Vote { number, approve, comment } => request::vote(signed_in, number, approve, &comment).await?,
        requests::Act::Withdraw(number) => request::withdraw(signed_in, number).await?,
        requests::Act::End(number) => request::end_elevation(signed_in, number).await?,
        requests::Act::Review { number, comment } => request::review(signed_in, number, &comment).await?,
    }
    Ok(())
}

/// Evidence in a file of its own where the desk was started; one that is there already is not replaced.
pub(super) async fn evidence(signed_in: &SignedIn, filter: &Filter) -> service::Result<(String, audit::Made)> {
    use tokio::io::AsyncWriteExt as _;
    let made = audit::evidence(signed_in, filter, &mut None).await?;
    let path = format!("sealdesk-evidence-{}.json", jiff::Zoned::now().strftime("%Y%m%d-%H%M%S"));
    let failed = |error: std::io::Error| Error::Plain(format!("{path}: {error}"));
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await.map_err(failed)?;
    file.write_all(made.text.as_bytes()).await.map_err(failed)?;
    file.sync_all().await.map_err(failed)?;
    Ok((path, made))
}

/// Whether nothing of a record was revealed: then what proves it is in a file of its own where the desk was started.
pub(super) async fn absence(signed_in: &SignedIn, asked: &audit::absence::Asked) -> service::Result<audit::absence::Told> {
    use audit::absence::{Answer, Told};
    use tokio::io::AsyncWriteExt as _;
    let (text, until) = match audit::absence(signed_in, asked, &mut None).await? {
        Answer::Revealed { until, events } => return Ok(Told::Revealed { until, events }),
        Answer::Absent { text, checked } => (text, checked.absence.map_or(asked.until, |absent| absent.until)),
    };
    let path = format!("sealdesk-absence-{}.json", jiff::Zoned::now().strftime("%Y%m%d-%H%M%S"));
    let failed = |error: std::io::Error| Error::Plain(format!("{path}: {error}"));
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await.map_err(failed)?;
    file.write_all(text.as_bytes()).await.map_err(failed)?;
    file.sync_all().await.map_err(failed)?;
    Ok(Told::Absent { until, path })
}

/// A copy of the audit in a file of its own where the desk was started. One that is not whole is taken away again.
pub(super) async fn export(signed_in: &SignedIn, filter: &Filter, format: ExportFormat) -> service::Result<(String, u64)> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let now = jiff::Zoned::now();
    let path = format!("sealdesk-audit-{}.{}", now.strftime("%Y%m%d-%H%M%S"), format.code());
    let failed = |error: std::io::Error| Error::Plain(format!("{path}: {error}"));
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    let mut out = std::io::BufWriter::new(file);
    let done = audit::export(signed_in, filter, format, now.time_zone(), &mut out).await;
    let done = done.and_then(|count| {
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(count)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&path);
    }
    Ok((path.clone(), done?))
}
