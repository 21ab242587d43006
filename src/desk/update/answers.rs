//! What effects answer.

use std::{
    collections::{BTreeMap, HashSet},
    time::Instant,
};

use super::{
    super::{
        event::{Answer, Effect, Event, Trouble},
        state::{Detail, Popup, Revealed, Screen, State, search_box},
    },
    alerts, audit, audit_reviews, commands, connection, delete, duplicates, hide_at, history, incidents, list, lock, motion, note, people,
    policy, reference, replay, requests, reviews, save, second_factor, settings, share, star, step_up, strip, unlock,
};
use crate::{
    crypto::secret::Secret,
    model::{
        id::RecordId,
        query::Direction,
        record::{ListPage, RecordView},
    },
    service::{reveal::GivenReason, search},
};

/// Rows kept in memory around the cursor.
const WINDOW: usize = 400;

pub fn on_answer(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Unlocked(answer) => return unlocked(state, answer),
        Event::SecondFactor(answer) => return second_factor::found(state, answer),
        Event::SecondFactorConfirmed(answer) => second_factor::confirmed(state, answer),
        Event::Listed { generation, direction, page } if generation == state.list.generation => {
            state.list.loading = false;
            if let Some(page) = accept(state, page) {
                take_list(state, page, direction);
                let mut effects = list::gather(state);
                effects.extend(motion::go_on(state));
                effects.extend(open_wanted(state));
                return effects;
            }
            state.list.owed = 0;
        }
        Event::Viewed { generation, view, strip } if generation == state.detail_generation => {
            state.viewing = false;
            if view.is_err() {
                reference::stay(state);
            }
            if let Some(view) = accept(state, view) {
                if std::mem::take(&mut state.outdated) && state.session.as_ref().is_some_and(|session| session.user != view.updated_by) {
                    let text = state.say("Somebody else changed this record just now.", "此记录刚被他人修改。");
                    state.message = Some(text.to_owned());
                }
                reference::say_the_way_back(state, &view);
                take_view(state, *view, strip.map_err(|trouble| trouble.text));
                return share::refresh(state);
            }
        }
        Event::NoRecord { generation, number } if generation == state.detail_generation => reference::leads_nowhere(state, number),
        Event::SteppedUp(answer) => return step_up::judged(state, answer),
        Event::Revealed { record, reason, values } => {
            step_up::ask_for(state, record, &values, reason.clone());
            revealed(state, record, reason.as_ref(), values);
            return vec![Effect::Strip { record }];
        }
        Event::Stripped { record, strip } => {
            state.strip.reading = false;
            // Nothing stays revealed from the moment the server is known to be gone.
            if let Err(trouble) = &strip
                && trouble.code == "unreachable"
            {
                report(state, trouble);
            }
            if let Some(detail) = state.detail.as_mut().filter(|detail| detail.view.id == record) {
                detail.strip.take(strip.map_err(|trouble| trouble.text));
            }
        }
        Event::Copied { text, until, answer } => return copied(state, text, until, answer),
        Event::Saved { form, answer } => return save::saved(state, form, answer),
        Event::Noted { id, answer } => return note::noted(state, id, answer),
        Event::Notes { record, notes } => return note::arrived(state, record, notes),
        Event::History { record, field, entries } => return history::arrived(state, record, field, entries),
        Event::Duplicates { form, generation, found } => duplicates::found(state, (form, generation), found),
        Event::Starred { record, on, answer } => return star::done(state, record, on, answer),
        Event::Deleted { record, undo, answer } => return delete::done(state, record, undo, answer),
        Event::Audited { generation, page } if generation == state.audit.generation => return audit::take_opened(state, page),
        Event::AuditPaged { generation, newer, page } if generation == state.audit.generation => {
            return audit::take_page(state, newer, page);
        }
        Event::Followed { generation, page } => return audit::take_new(state, generation, page),
        Event::AuditSessions(found) => audit::take_sessions(state, found),
        Event::AlertsChanged => return alerts::listen(state),
        Event::Ringing(answer) => return alerts::rings(state, answer),
        Event::Alerts { generation, answer } if generation == state.alerts.generation => return alerts::take(state, answer),
        Event::Alert(answer) => alerts::shown(state, answer),
        Event::Verifying(progress) => audit::verify::progress(state, progress),
        Event::Verified(found) => return audit::verify::take(state, found),
        Event::People { generation, answer } if generation == state.people.generation => return people::take(state, answer),
        Event::Dossier(answer) => people::take_dossier(state, answer),
        Event::Reviews { generation, answer } if generation == state.reviews.generation => reviews::take(state, answer),
        Event::AuditReviews { generation, answer } if generation == state.audit_reviews.generation => audit_reviews::take(state, answer),
        Event::LookedAt { number, item, answer } => audit_reviews::looked(state, number, item, answer),
        Event::Settings { generation, answer } if generation == state.settings.generation => return settings::take(state, answer),
        Event::Proposed(proposal) => state.settings.proposed = Some(*proposal),
        Event::Worked { row, progress } => settings::worked(state, &row, progress),
        Event::RetentionTried { days, answer } => settings::dialog::tried(state, days, answer),
        Event::Purged { of, answer } => return settings::purged(state, &of, answer),
        Event::Measured { field, answer } => settings::measured(state, field, answer),
        Event::Rewritten { field, answer } => return settings::rewritten(state, &field, answer),
        Event::Requests { generation, answer } if generation == state.requests.generation => requests::take(state, answer),
        Event::Incidents { generation, answer } if generation == state.incidents.generation => return incidents::take(state, answer),
        Event::IncidentItems { number, answer } => incidents::take_items(state, number, answer),
        Event::Replayed(answer) => people::acts::replayed(state, answer),
        Event::LabelPreviewed(answer) => people::acts::previewed(state, answer),
        Event::Acted(answer) => return people::acts::done(state, answer),
        Event::Sessions(answer) => people::acts::take_sessions(state, answer),
        Event::Shared(answer) => return share::done(state, answer),
        Event::Shares { generation, answer } => share::take(state, generation, answer),
        Event::ShareOpened { id, answer } => return share::opened(state, id, answer),
        Event::ShareWithdrawn(answer) => return share::withdrawn(state, answer),
        Event::Explained { field, found } => {
            if let Some(found) = accept(state, found) {
                state.popup = Some(Popup::Access { field, found });
            }
        }
        Event::Seers { record, found } => {
            if let (Some(found), Some(detail)) = (accept(state, found), &state.detail)
                && detail.view.number == record
            {
                state.popup = Some(Popup::Seers { heading: commands::heading(detail), found, scroll: 0 });
            }
        }
        Event::Saw { login, answer } => incidents::take_saw(state, login, answer),
        Event::Beat(quota) => {
            if let Some(quota) = accept(state, quota) {
                state.quota = Some(quota);
                // Also whether anybody watches at all.
                return alerts::listen(state);
            }
        }
        Event::Evidence(made) => audit::verify::written(state, made),
        Event::Absence { asked, told } => audit::absence::take(state, &asked, told),
        Event::NewestCheckpoint(answer) => audit::witness::take(state, answer),
        Event::Witnessed(answer) => audit::witness::done(state, answer),
        Event::SavedFilters(found) => audit::saved::take(state, found),
        Event::FilterKept(answer) => return audit::saved::done(state, answer),
        Event::WhoSearched(found) => return audit::take_searched(state, found),
        Event::AuditExported { filter, format, answer } => return audit::export::written(state, &filter, format, answer),
        Event::Alarm(harm) => state.alarm = Some(harm),
        Event::PolicyChanged if state.session.is_some() => return vec![Effect::Policy],
        Event::Screens { generation, answer } if generation == state.replays.generation && state.session.is_some() => {
            replay::take(state, answer);
        }
        Event::Policy(answer) => return policy::take(state, answer),
        Event::Lost if state.session.is_some() => {
            return connection::ended(state);
        }
        // Without a record too: whether it is this session, the answer says.
        Event::SessionsEnded if state.session.is_some() => {
            return vec![Effect::Peek(state.detail.iter().map(|detail| detail.view.id).collect())];
        }
        Event::Notice => {
            let mut effects = audit::follow(state);
            effects.extend(people::noticed(state));
            effects.extend(reviews::noticed(state));
            effects.extend(strip::noticed(state));
            effects.extend(share::refresh(state));
            if let Some(detail) = &state.detail {
                effects.push(Effect::Peek(vec![detail.view.id]));
            }
            return effects;
        }
        Event::Gone(record) => return delete::gone(state, record),
        Event::Peeked(versions) => {
            let changed = state
                .detail
                .as_ref()
                .is_some_and(|detail| versions.iter().any(|(record, version)| *record == detail.view.id && *version > detail.view.version));
            save::on_versions(state, &versions);
            // A form keeps its version: saving will show the conflict.
            if changed && !matches!(state.popup, Some(Popup::Form(_))) {
                state.outdated = true;
                return reload(state);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// The value, or its trouble on the screen; a lost session locks, a lost connection shows the banner.
pub fn accept<T>(state: &mut State, answer: Answer<T>) -> Option<T> {
    match answer {
        Ok(value) => {
            state.offline = None;
            Some(value)
        }
        Err(trouble) => {
            report(state, &trouble);
            None
        }
    }
}

pub fn report(state: &mut State, trouble: &Trouble) {
    match trouble.code {
        // The banner says it for as long as it lasts.
        "unreachable" if state.session.is_some() => {
            connection::lost(state);
            return;
        }
        "SD002" | "SD010" | "SD140" => {
            lock(state);
            // What waits behind the lock is said after the reason.
            let waits = state.message.take().map(|waits| format!(" {waits}")).unwrap_or_default();
            state.message = Some(format!("{}{waits}", trouble.text));
            return;
        }
        // The server no longer knows the login as it was: what is on the screen is not this person's to see any more.
        "wrong_passphrase" if state.session.is_some() => {
            lock(state);
            let waits = state.message.take().map(|waits| format!(" {waits}")).unwrap_or_default();
            let text = state.say(
                "This login was closed, or its passphrase changed. Sign in again, or ask a security officer.",
                "该登录已被停用，或口令已更改。请重新登录，或联系安全管理员。",
            );
            state.message = Some(format!("{text}{waits}"));
            return;
        }
        // What was still on its way when the desk locked does not speak over the reason for that.
        "wrong_passphrase" if state.message.is_some() => return,
        _ => {}
    }
    state.message = Some(trouble.text.clone());
}

fn unlocked(state: &mut State, answer: Answer<Box<super::super::event::Session>>) -> Vec<Effect> {
    state.unlocking = false;
    if let Err(trouble) = &answer {
        if trouble.code == "SD021"
            && let Some(effect) = second_factor::begin_at_sign_in(state)
        {
            return vec![effect];
        }
        unlock::refused(state, trouble.code);
        if trouble.code == "wrong_passphrase" {
            state.message = None;
        }
    }
    let Some(session) = accept(state, answer) else { return Vec::new() };
    unlock::forget(state);
    if state.owner.take().is_some_and(|owner| owner != session.user) {
        // Another person's typing is not shown to this one.
        state.popup = None;
        state.undo = None;
        state.audit.kept.clear();
        state.query.clear();
        state.search = search_box("");
    }
    state.message = session.problems.first().cloned();
    state.installation.clone_from(&session.installation);
    let reads_records = session.rights.get("basic").is_some_and(|rights| rights.reveal);
    state.starred = session.starred.iter().copied().collect();
    state.session = Some(*session);
    state.screen = Screen::Desk;
    second_factor::show_again(state);
    let mut effects = vec![Effect::Heartbeat];
    // What may be asked for is named where something is refused.
    effects.extend(requests::read(state));
    effects.extend(share::read(state));
    effects.extend(reviews::ask_what_waits(state));
    effects.extend(audit_reviews::ask_what_waits(state));
    if reads_records {
        effects.extend(commands::list(state, None, 0));
    } else {
        effects.extend(audit::enter(state));
    }
    effects
}

fn take_list(state: &mut State, page: ListPage, direction: Option<Direction>) {
    if direction.is_none()
        && let Some(session) = &state.session
    {
        let query = search::parse(&session.catalogue, &state.query).unwrap_or_default();
        state.list.highlights = query.highlights();
        state.list.kind = query.kind.or_else(|| state.shown_kind.clone());
    }
    let list = &mut state.list;
    // A result that is being gathered stays whole.
    let window = if list.by_column.is_some() { usize::MAX } else { WINDOW };
    list.total = page.total;
    list.total_exact = page.total_exact;
    match direction {
        Some(Direction::After) if !list.rows.is_empty() => {
            list.rows.extend(page.rows);
            list.has_after = page.has_after;
            if list.rows.len() > window {
                let surplus = list.rows.len() - window;
                list.rows.drain(..surplus);
                list.selected = list.selected.saturating_sub(surplus);
                list.has_before = true;
            }
        }
        Some(Direction::Before) if page.has_after => {
            list.selected += page.rows.len();
            let mut rows = page.rows;
            rows.append(&mut list.rows);
            list.rows = rows;
            list.has_before = page.has_before;
            if list.rows.len() > WINDOW {
                list.rows.truncate(WINDOW);
                list.has_after = true;
            }
        }
        _ => {
            list.has_before = page.has_before;
            list.has_after = page.has_after;
            let kept = list.keep.take().and_then(|keep| page.rows.iter().position(|row| row.id == keep));
            list.selected = kept.unwrap_or(if direction == Some(Direction::Before) { page.rows.len().saturating_sub(1) } else { 0 });
            list.rows = page.rows;
        }
    }
}

/// Opens the record that was asked for by its number.
fn open_wanted(state: &mut State) -> Vec<Effect> {
    let Some(number) = state.list.wanted.take() else { return Vec::new() };
    if let Some(row) = state.list.rows.iter().position(|row| number.means(row.number)) {
        state.list.selected = row;
        return commands::open(state);
    }
    commands::say(state, "There is no such record.", "没有此记录。")
}

fn take_view(state: &mut State, view: RecordView, read: Result<Vec<crate::model::audit::Event>, String>) {
    save::on_view(state, &view);
    let returning = state.returning.take().unwrap_or(0);
    let selected = state.detail.as_ref().filter(|detail| detail.view.id == view.id).map_or(returning, |detail| detail.selected);
    if let (Some(row), Ok(summary)) = (state.list.rows.iter_mut().find(|row| row.id == view.id), &view.summary) {
        row.summary = Ok(summary.clone());
        row.version = view.version;
    }
    let mut strip = state.detail.take().filter(|detail| detail.view.id == view.id).map(|detail| detail.strip).unwrap_or_default();
    strip.take(read);
    state.detail = Some(Detail { view, strip, selected, revealed: BTreeMap::new(), asking: HashSet::new() });
}

fn revealed(state: &mut State, record: RecordId, reason: Option<&GivenReason>, values: Vec<(String, Answer<Secret<String>>)>) {
    for (field, answer) in values {
        if let Some(detail) = &mut state.detail {
            detail.asking.remove(&field);
        }
        let number = state.detail.as_ref().filter(|detail| detail.view.id == record).map(|detail| detail.view.number);
        let answer = answer
            .map_err(|trouble| Trouble { text: number.map_or(trouble.text.clone(), |n| n.name_in(&trouble.text, record)), ..trouble });
        // The small window that asks for a code says it.
        if answer.as_ref().is_err_and(|trouble| trouble.code == "SD023") {
            continue;
        }
        let Some(value) = accept(state, answer) else { continue };
        let seconds = state
            .session
            .as_ref()
            .and_then(|session| session.catalogue.class(&session.catalogue.field(&field)?.class))
            .map_or(30, |class| class.hide_after_s);
        // What had been handed out before a freeze is not shown after it.
        let frozen = |code: &str| {
            let session = state.session.as_ref()?;
            Some(session.standing.is_frozen(&session.catalogue.field(code)?.class))
        };
        if frozen(&field) == Some(true) {
            continue;
        }
        if let Some(detail) = state.detail.as_mut().filter(|detail| detail.view.id == record) {
            detail.revealed.insert(field, Revealed { value, until: hide_at(seconds), reason: reason.cloned() });
        }
        if let Some(quota) = &mut state.quota {
            quota.used += 1;
        }
    }
}

fn copied(state: &mut State, text: Secret<String>, until: Instant, answer: Answer<()>) -> Vec<Effect> {
    if accept(state, answer).is_none() {
        return Vec::new();
    }
    let told = if state.in_tmux {
        state.say(
            "Copied. The tmux buffer goes with the value; the terminal's own clipboard cannot be cleared from here.",
            "已复制。tmux 缓冲区会随该值一起清除；终端自身的剪贴板无法从此处清除。",
        )
    } else {
        state.say("Copied. The terminal's clipboard cannot be cleared from here.", "已复制。终端剪贴板无法从此处清除。")
    };
    state.message = Some(told.to_owned());
    vec![Effect::Clipboard { text, until: Some(until) }]
}

pub fn reload(state: &mut State) -> Vec<Effect> {
    match &state.detail {
        Some(detail) => {
            let record = detail.view.id;
            commands::view_again(state, record)
        }
        None => Vec::new(),
    }
}
