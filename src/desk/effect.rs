//! Carries effects out by calling the service; answers come back as events. The only part of the desk that holds a signed-in person.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::StreamExt as _;
use tokio::{
    sync::{Mutex, mpsc::UnboundedSender},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{
    acts,
    event::{Answer, Effect, Event, Newest, Session, Trouble},
    form::Likeness,
    hints,
    set_up::Setting,
    settings,
};
use crate::{
    config::Config,
    model::{
        audit::{AuditPage, Progress},
        catalogue::Language,
        query::{Cursor, Direction, SavedView, Sort},
        record::RecordView,
    },
    operations::memory,
    service::{
        self, Error, Hint, Origin, Quota, SignedIn, alert, audit,
        audit::{AuditTicket, checkpoint::Memory},
        catalogue, clearance,
        edit::{self, Duplicate},
        history, incident, note, people, request, retention, reveal, rewrite, role,
        search::{self, ListRequest},
        second_factor, share, star, unlock, view,
    },
};

/// Rows of one page.
const PAGE: u16 = 50;

/// How long a heartbeat may go unanswered.
const SILENCE: Duration = Duration::from_secs(10);

/// What the state decides about the list, beside the query.
#[derive(Clone)]
pub struct ListChoice {
    pub sort: Sort,
    pub view: SavedView,
    /// Code of the one kind that is listed.
    pub kind: Option<String>,
    pub language: Language,
    pub search_box: Uuid,
}

/// A view of the audit, and which it is: two may be opened at a time, and the later one counts, whichever is answered first.
#[derive(Clone)]
struct OpenedView {
    generation: u64,
    ticket: AuditTicket,
}

pub struct Carrier {
    config: Config,
    events: UnboundedSender<Event>,
    signed_in: Option<Arc<SignedIn>>,
    incoming: Arc<Mutex<Option<Arc<SignedIn>>>>,
    audit_ticket: Arc<Mutex<Option<OpenedView>>>,
    listing: Option<JoinHandle<()>>,
    /// A record, or a page of the audit.
    reading: Option<JoinHandle<()>>,
    shares: Option<JoinHandle<()>>,
    listening: Option<JoinHandle<()>>,
    verifying: Option<JoinHandle<()>>,
    signing: Option<JoinHandle<()>>,
    /// Long work on settings.
    working: BTreeMap<settings::Row, JoinHandle<()>>,
    setting_up: Setting,
}

impl Carrier {
    pub fn new(config: Config, events: UnboundedSender<Event>) -> Self {
        Self {
            config,
            events,
            signed_in: None,
            incoming: Arc::default(),
            audit_ticket: Arc::default(),
            listing: None,
            reading: None,
            shares: None,
            listening: None,
            verifying: None,
            signing: None,
            working: BTreeMap::new(),
            setting_up: Setting::default(),
        }
    }

    /// Takes over who has just signed in. Called before an `Unlocked` event reaches the state.
    pub async fn settle(&mut self) {
        let incoming = self.incoming.lock().await.take();
        if let Some(signed_in) = incoming {
            self.listen(&signed_in);
            self.countersign(&signed_in);
            self.signed_in = Some(signed_in);
        }
    }

    /// Ends the session in the database, as far as it can be reached, and drops the keys.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the session's chain is not what this desk did.
    pub async fn close(&mut self) -> service::Result<()> {
        // A code that is being judged holds it, on a connection that may be lost.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.setting_up.leave()).await;
        let Some(signed_in) = self.drop_keys() else { return Ok(()) };
        match tokio::time::timeout(Duration::from_secs(2), unlock::close(&signed_in)).await {
            Ok(Err(Error::Tampered(harm))) => Err(Error::Tampered(harm)),
            _ => Ok(()),
        }
    }

    fn drop_keys(&mut self) -> Option<Arc<SignedIn>> {
        let working = std::mem::take(&mut self.working).into_values();
        for task in [
            self.listing.take(),
            self.reading.take(),
            self.shares.take(),
            self.listening.take(),
            self.verifying.take(),
            self.signing.take(),
        ]
        .into_iter()
        .flatten()
        .chain(working)
        {
            task.abort();
        }
        self.signed_in.take()
    }

    /// Signs what is done, off the path of what the person waits for.
    fn countersign(&mut self, signed_in: &Arc<SignedIn>) {
        let (signed_in, events) = (Arc::downgrade(signed_in), self.events.clone());
        self.signing = Some(tokio::spawn(async move {
            if let Some(harm) = audit::keep_countersigning(signed_in).await {
                let _ = events.send(Event::Alarm(harm));
            }
        }));
    }

    /// Listens on a connection of its own, and again with back-off when it is lost.
    fn listen(&mut self, signed_in: &Arc<SignedIn>) {
        let (signed_in, events) = (Arc::downgrade(signed_in), self.events.clone());
        self.listening = Some(tokio::spawn(async move {
            let mut pause = Duration::from_secs(1);
            while let Some(strong) = signed_in.upgrade() {
                let stream = service::listen(&strong).await;
                drop(strong);
                if let Ok(stream) = stream {
                    pause = Duration::from_secs(1);
                    // What happened before it listened, and what the database leaves out just now because of that.
                    let stream = futures::stream::iter([Hint::Audit]).chain(stream);
                    // Noticed at once, not with the next key.
                    if !hints::hand_on(stream, &events).await || events.send(Event::Lost).is_err() {
                        return;
                    }
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
        }));
    }

    /// Starts an effect that sets a second factor up; gives any other back.
    fn set_up_second_factor(&mut self, effect: Effect, language: Language) -> Option<Effect> {
        let (config, events) = (self.config.clone(), self.events.clone());
        match effect {
            Effect::BeginSecondFactor { user, passphrase } => self.setting_up.begin(config, events, language, user, passphrase),
            Effect::SecondFactor => {
                if let Some(signed_in) = self.signed_in.clone() {
                    self.setting_up.tell(events, language, signed_in);
                }
            }
            Effect::ConfirmSecondFactor(code) => self.setting_up.confirm(events, language, code),
            Effect::LeaveSecondFactor => drop(self.setting_up.leave()),
            other => return Some(other),
        }
        None
    }

    /// Starts an effect that concerns the service.
    pub fn carry(&mut self, effect: Effect, choice: ListChoice) {
        let language = choice.language;
        if let Effect::Unlock { user, passphrase, code } = effect {
            let (config, events, incoming) = (self.config.clone(), self.events.clone(), Arc::clone(&self.incoming));
            tokio::spawn(async move {
                let answer = unlock::unlock_with_code(&config, &user, passphrase, code, &Origin::from_environment()).await;
                let answer = match answer {
                    Ok(signed_in) => {
                        let signed_in = signed_in.remembering(memory::catalogue_file(config.installation));
                        let mut session = Session::from(&signed_in);
                        if let Some(fault) = catalogue::fault(&signed_in).await {
                            session.problems.insert(0, fault.message(language));
                        }
                        *incoming.lock().await = Some(Arc::new(signed_in));
                        Ok(Box::new(session))
                    }
                    Err(error) => Err(trouble(&error, language)),
                };
                let _ = events.send(Event::Unlocked(answer));
            });
            return;
        }
        let Some(effect) = self.set_up_second_factor(effect, language) else { return };
        if matches!(effect, Effect::Lock) {
            drop(self.setting_up.leave());
            if let Some(signed_in) = self.drop_keys() {
                let events = self.events.clone();
                tokio::spawn(async move {
                    if let Ok(Err(Error::Tampered(harm))) = tokio::time::timeout(Duration::from_secs(5), unlock::close(&signed_in)).await {
                        let _ = events.send(Event::Alarm(harm));
                    }
                });
            }
            return;
        }
        if matches!(effect, Effect::StopVerify) {
            // What is being read is cancelled with the task.
            if let Some(task) = self.verifying.take() {
                task.abort();
            }
            return;
        }
        if let Effect::StopWork(row) = &effect {
            // Each batch is a transaction of its own: what is done is done.
            if let Some(task) = self.working.remove(row) {
                task.abort();
            }
            return;
        }
        if matches!(effect, Effect::Cancel) {
            let tasks: Vec<_> = [self.listing.take(), self.reading.take(), self.shares.take()].into_iter().flatten().collect();
            let signed_in = self.signed_in.clone();
            tokio::spawn(async move {
                for task in tasks {
                    task.abort();
                    // Its connection is back in the pool then.
                    let _ = task.await;
                }
                if let Some(signed_in) = signed_in {
                    signed_in.abandon_readings().await;
                }
            });
            return;
        }
        let Some(signed_in) = self.signed_in.clone() else { return };
        let events = self.events.clone();
        let ticket = Arc::clone(&self.audit_ticket);
        let is_list = matches!(effect, Effect::List { .. });
        let is_reading = matches!(
            effect,
            Effect::View { .. } | Effect::OpenReference { .. } | Effect::Audit { .. } | Effect::AuditPage { .. } | Effect::Screens { .. }
        );
        let is_shares = matches!(effect, Effect::Shares { .. });
        let is_verification = matches!(effect, Effect::Verify);
        let work = match &effect {
            Effect::Measure { field } | Effect::Rewrite { field } => Some(settings::Row::Field(field.clone())),
            Effect::Purge { of } => Some(settings::Row::Retention(of.clone())),
            _ => None,
        };
        let task = tokio::spawn(async move {
            if let Some(event) = Box::pin(answer(&signed_in, effect, choice, &ticket, &events)).await {
                let _ = events.send(event);
            }
        });
        if let Some(row) = work {
            self.working.insert(row, task);
        } else if is_verification {
            self.verifying = Some(task);
        } else if is_reading {
            self.reading = Some(task);
        } else if is_shares {
            self.shares = Some(task);
        } else if is_list && let Some(older) = self.listing.replace(task) {
            // The newer search is the one that counts; what the older one has sent is answered to nobody.
            older.abort();
        }
    }
}

/// A record that was read, with its newest events.
async fn viewed(signed_in: &SignedIn, generation: u64, read: service::Result<RecordView>, language: Language) -> Event {
    let told = |error: Error| trouble(&error, language);
    let strip = match &read {
        Ok(view) => audit::strip(signed_in, view.id).await.map_err(told),
        Err(_) => Ok(Vec::new()),
    };
    Event::Viewed { generation, view: read.map(Box::new).map_err(told), strip }
}

async fn answer(
    signed_in: &SignedIn,
    effect: Effect,
    choice: ListChoice,
    ticket: &Mutex<Option<OpenedView>>,
    events: &UnboundedSender<Event>,
) -> Option<Event> {
    let language = choice.language;
    let told = |error: Error| trouble(&error, language);
    Some(match effect {
        Effect::List { generation, query, direction, cursor, delay_ms } => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            let page = list(signed_in, &query, direction, cursor, choice).await.map_err(told);
            Event::Listed { generation, direction, page }
        }
        Effect::View { generation, record, again } => {
            let read = if again { view::again(signed_in, record).await } else { view::view(signed_in, record).await };
            viewed(signed_in, generation, read, language).await
        }
        Effect::OpenReference { generation, number } => match search::by_number(signed_in, number).await {
            Ok(Some(row)) => viewed(signed_in, generation, view::view(signed_in, row.id).await, language).await,
            Ok(None) => Event::NoRecord { generation, number },
            Err(error) => viewed(signed_in, generation, Err(error), language).await,
        },
        Effect::Strip { record } => Event::Stripped { record, strip: audit::strip(signed_in, record).await.map_err(told) },
        Effect::Reveal { record, fields, reason } => {
            let values = reveal::reveal(signed_in, record, &fields, reason.as_ref()).await;
            Event::Revealed { record, reason, values: values.into_iter().map(|(field, value)| (field, value.map_err(told))).collect() }
        }
        Effect::Copy { record, field, text, until } => {
            let answer = reveal::copied(signed_in, record, &field).await.map_err(told);
            Event::Copied { text, until, answer }
        }
        Effect::Save { record, new_id, kind, draft } => {
            let answer = match record {
                Some((record, version)) => edit::save(signed_in, record, version, &draft).await.map(|_| record).map_err(told),
                None => edit::create(signed_in, new_id, &kind, &draft).await.map(|(record, _)| record).map_err(told),
            };
            Event::Saved { form: new_id, answer }
        }
        Effect::Duplicates { form, generation, kind, draft } => {
            let found = edit::duplicates(signed_in, &kind, &draft, form.0).await.map_err(told);
            Event::Duplicates { form, generation, found: found.map(|found| found.into_iter().map(likeness).collect()) }
        }
        Effect::Note { record, id, text } => {
            Event::Noted { id, answer: note::add(signed_in, record, id, text.expose()).await.map_err(told) }
        }
        Effect::Notes { record } => Event::Notes { record, notes: note::list(signed_in, record).await.map_err(told) },
        Effect::History { record, field, reason } => {
            let entries = history::history(signed_in, record, &field, reason.as_ref()).await.map_err(told);
            let entries = entries.map(|entries| {
                entries
                    .into_iter()
                    .map(|(entry, value)| (entry, value.map(|value| value.map_err(|error| error.message(language)))))
                    .collect()
            });
            Event::History { record, field, entries }
        }
        Effect::StepUp(code) => Event::SteppedUp(second_factor::step_up(signed_in, &code).await.map_err(told)),
        Effect::Delete { record, version, undo } => {
            let answer =
                if undo { edit::undelete(signed_in, record, version).await } else { edit::delete(signed_in, record, version).await };
            Event::Deleted { record, undo, answer: answer.map_err(told) }
        }
        Effect::Star { record, on } => Event::Starred { record, on, answer: star::put(signed_in, record, on).await.map_err(told) },
        Effect::Report { record, field } => {
            // Nobody waits for it, and there is nothing to do about it where it fails: the log names the code.
            if let Err(error) = audit::report(signed_in, record, field.as_deref()).await {
                trouble(&error, language);
            }
            return None;
        }
        Effect::Audit { generation, filter, at } => {
            let page = match audit::open(signed_in, &filter, at).await.map_err(told) {
                Ok((opened, page)) => {
                    let mut current = ticket.lock().await;
                    if current.as_ref().is_none_or(|current| current.generation < generation) {
                        *current = Some(OpenedView { generation, ticket: opened });
                    }
                    Ok(page)
                }
                Err(trouble) => Err(trouble),
            };
            Event::Audited { generation, page }
        }
        Effect::AuditPage { generation, newer, from, looked } => {
            let opened = ticket.lock().await.clone().filter(|current| current.generation == generation)?.ticket;
            let page =
                if newer { audit::newer(signed_in, &opened, from).await } else { audit::older(signed_in, &opened, from, looked).await };
            Event::AuditPaged { generation, newer, page: page.map_err(told) }
        }
        Effect::Follow { generation, position } => {
            let opened = ticket.lock().await.clone().filter(|current| current.generation == generation);
            let page = match opened {
                Some(opened) => audit::follow(signed_in, &opened.ticket, position).await.map_err(told),
                // Another view has been opened meanwhile: there is nothing to say about this one.
                None => Ok((AuditPage::default(), position)),
            };
            Event::Followed { generation, page }
        }
        Effect::Ringing => Event::Ringing(alert::ringing(signed_in).await.map_err(told)),
        Effect::Alerts { generation, all } => Event::Alerts { generation, answer: alert::list(signed_in, all).await.map_err(told) },
        Effect::Alert(number) => Event::Alert(alert::show(signed_in, number).await.map(Box::new).map_err(told)),
        Effect::AuditSessions(of) => {
            let opened = ticket.lock().await.clone()?.ticket;
            Event::AuditSessions(audit::sessions(signed_in, &opened, &of).await.map_err(told))
        }
        Effect::Verify => {
            let found = audit::verify(signed_in, |progress| {
                let _ = events.send(Event::Verifying(progress));
            });
            Event::Verified(found.await.map_err(told))
        }
        Effect::Evidence(filter) => Event::Evidence(acts::evidence(signed_in, &filter).await.map_err(told)),
        Effect::Absence(asked) => {
            let told = acts::absence(signed_in, &asked).await.map_err(told);
            Event::Absence { asked, told }
        }
        Effect::NewestCheckpoint => Event::NewestCheckpoint(newest(signed_in).await.map_err(told)),
        Effect::Witness(checkpoint) => Event::Witnessed(audit::witness(signed_in, &checkpoint).await.map_err(told)),
        Effect::SavedFilters => Event::SavedFilters(audit::saved_filters(signed_in).await.map_err(told)),
        Effect::SaveFilter(filter) => Event::FilterKept(audit::save_filter(signed_in, &filter).await.map_err(told)),
        Effect::DropFilter(id) => Event::FilterKept(audit::drop_filter(signed_in, id).await.map_err(told)),
        Effect::WhoSearched { record, revealed } => Event::WhoSearched(audit::searched(signed_in, record, &revealed).await.map_err(told)),
        Effect::ExportAudit { filter, format } => {
            let answer = acts::export(signed_in, &filter, format).await.map_err(told);
            Event::AuditExported { filter, format, answer }
        }
        Effect::People { generation } => {
            Event::People { generation, answer: people::overview(signed_in).await.map(Box::new).map_err(told) }
        }
        Effect::Dossier { login } => Event::Dossier(people::dossier(signed_in, &login).await.map(Box::new).map_err(told)),
        Effect::Reviews { generation, shown } => {
            Event::Reviews { generation, answer: acts::read_reviews(signed_in, shown).await.map(Box::new).map_err(told) }
        }
        Effect::AuditReviews { generation, shown } => {
            Event::AuditReviews { generation, answer: acts::read_audit_reviews(signed_in, shown).await.map(Box::new).map_err(told) }
        }
        Effect::LookAt { number, item } => {
            Event::LookedAt { number, item, answer: audit::review::look(signed_in, number, item).await.map_err(told) }
        }
        Effect::Settings { generation } => {
            Event::Settings { generation, answer: acts::read_settings(signed_in).await.map(Box::new).map_err(told) }
        }
        Effect::Measure { field } => {
            let measured = async {
                let modes = service::settings::field(signed_in, &field).await?.kind.index_modes();
                rewrite::measure(signed_in, &field, modes, worked(events, settings::Row::Field(field.clone()))).await
            };
            Event::Measured { answer: measured.await.map_err(told), field }
        }
        Effect::Rewrite { field } => {
            let progress = worked(events, settings::Row::Field(field.clone()));
            Event::Rewritten { answer: rewrite::rewrite(signed_in, &field, progress).await.map_err(told), field }
        }
        Effect::TryRetention { of, days } => {
            Event::RetentionTried { days, answer: retention::try_days(signed_in, &of, days).await.map_err(told) }
        }
        Effect::Purge { of } => {
            let progress = worked(events, settings::Row::Retention(of.clone()));
            Event::Purged { answer: retention::run(signed_in, &of, progress).await.map_err(told), of }
        }
        Effect::Requests { generation } => {
            let read = async {
                let (requests, elevations, eligible) =
                    tokio::try_join!(request::list(signed_in, true), request::elevations(signed_in), request::eligibility(signed_in))?;
                Ok(Box::new((requests, elevations, eligible.into_iter().filter(|found| found.mine).collect())))
            };
            Event::Requests { generation, answer: read.await.map_err(told) }
        }
        Effect::Incidents { generation } => Event::Incidents { generation, answer: incident::list(signed_in).await.map_err(told) },
        Effect::IncidentItems { number } => {
            Event::IncidentItems { number, answer: incident::show(signed_in, number).await.map(|(_, items)| items).map_err(told) }
        }
        Effect::Screens { generation, of, between } => {
            Event::Screens { generation, answer: audit::replay(signed_in, of, between).await.map(Box::new).map_err(told) }
        }
        Effect::Replay { role, class, rights } => Event::Replayed(role::replay(signed_in, &role, &class, rights).await.map_err(told)),
        Effect::LabelPreview { record, label } => Event::LabelPreviewed(clearance::preview(signed_in, record, &label).await.map_err(told)),
        Effect::Act(act) => {
            let done = Box::pin(acts::carry_out(signed_in, act)).await;
            if let Err(Error::NotApproved(what)) = &done {
                let _ = events.send(Event::Proposed(Box::new(what.proposal.clone())));
            }
            Event::Acted(done.map_err(told))
        }
        Effect::Sessions => Event::Sessions(people::sessions(signed_in, signed_in.user()).await.map_err(told)),
        Effect::Explain { number, field } => {
            let found = people::explain(signed_in, signed_in.user(), Some(number), Some(&field)).await.map_err(told);
            Event::Explained { field, found }
        }
        Effect::Share(wanted) => Event::Shared(share::add(signed_in, &wanted).await.map_err(told)),
        Effect::Shares { generation } => Event::Shares { generation, answer: share::list(signed_in).await.map_err(told) },
        Effect::OpenShare(id) => Event::ShareOpened { id, answer: share::open(signed_in, id).await.map(Box::new).map_err(told) },
        Effect::WithdrawShare(id) => Event::ShareWithdrawn(share::withdraw(signed_in, id).await.map_err(told)),
        Effect::Saw { login, from, until } => {
            let answer = incident::saw(signed_in, &login, from, until).await.map_err(told);
            Event::Saw { login, answer }
        }
        Effect::Seers(record) => Event::Seers { record, found: people::seers(signed_in, record).await.map_err(told) },
        Effect::Policy => {
            let answer = signed_in.renew_policy().await.map(|_| Box::new(Session::from(signed_in))).map_err(told);
            Event::Policy(answer)
        }
        Effect::Heartbeat => Event::Beat(beat(signed_in, language).await),
        Effect::Reconnect => {
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..500))).await;
            Event::Beat(beat(signed_in, language).await)
        }
        Effect::Peek(records) => match service::peek(signed_in, &records).await {
            // Somebody has ended this session.
            Err(error) if error.code() == "SD002" => Event::Beat(Err(told(error))),
            Err(_) => return None,
            Ok(versions) => match records.iter().find(|record| !versions.iter().any(|(found, _)| found == *record)) {
                Some(gone) => Event::Gone(*gone),
                None => Event::Peeked(versions),
            },
        },
        Effect::Unlock { .. }
        | Effect::BeginSecondFactor { .. }
        | Effect::SecondFactor
        | Effect::ConfirmSecondFactor(_)
        | Effect::LeaveSecondFactor
        | Effect::StopVerify
        | Effect::StopWork(_)
        | Effect::Cancel
        | Effect::Lock
        | Effect::Clipboard { .. }
        | Effect::Suspend
        | Effect::Redraw
        | Effect::Bell
        | Effect::Quit => return None,
    })
}

/// Tells how far long work on a setting has come.
fn worked(events: &UnboundedSender<Event>, row: settings::Row) -> impl FnMut(Progress) {
    let events = events.clone();
    move |progress| {
        let _ = events.send(Event::Worked { row: row.clone(), progress });
    }
}

/// The newest checkpoint, once it follows from the one that was remembered here; it is remembered then.
async fn newest(signed_in: &SignedIn) -> service::Result<Option<Box<Newest>>> {
    let installation = signed_in.keyring().installation();
    let file = memory::checkpoint_file(installation);
    let mut known = file.as_deref().map(|file| Memory::load(file, installation)).transpose()?.flatten();
    let newest = audit::checkpoint::newest(signed_in, &mut known).await;
    if let (Some(file), Some(known)) = (&file, &known) {
        known.store(file)?;
    }
    Ok(newest?.map(|checkpoint| {
        let hash = checkpoint.hash(installation);
        let code = audit::checkpoint::code(checkpoint.number, installation, &hash);
        Box::new(Newest { checkpoint, hash, code })
    }))
}

/// A heartbeat; a server that keeps silent counts as one that is not there.
async fn beat(signed_in: &SignedIn, language: Language) -> Answer<Quota> {
    match tokio::time::timeout(SILENCE, service::heartbeat(signed_in)).await {
        Ok(answer) => answer.map_err(|error| trouble(&error, language)),
        Err(_) => Err(Trouble { code: "unreachable", text: String::new(), current: None }),
    }
}

async fn list(
    signed_in: &SignedIn,
    query: &str,
    direction: Option<Direction>,
    cursor: Option<Cursor>,
    choice: ListChoice,
) -> service::Result<crate::model::record::ListPage> {
    let query = search::parse(&signed_in.policy().catalogue, query)?;
    let request = ListRequest {
        query,
        kind: choice.kind,
        view: choice.view,
        sort: choice.sort,
        direction: direction.unwrap_or_default(),
        cursor,
        limit: PAGE,
        search_box: choice.search_box,
    };
    search::list(signed_in, &request).await
}

fn likeness(found: Duplicate) -> Likeness {
    let name = found.row.summary.ok().and_then(|summary| summary.get("name").cloned()).unwrap_or_default();
    Likeness { id: found.row.id, number: found.row.number, name, fields: found.fields }
}

pub(super) fn trouble(error: &Error, language: Language) -> Trouble {
    tracing::info!(code = error.code(), "an effect failed");
    let current = if let Error::Conflict { current } = error { Some(*current) } else { None };
    Trouble { code: error.code(), text: error.message(language), current }
}
