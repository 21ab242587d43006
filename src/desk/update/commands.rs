//! What each command of the keymap does.

use tui_textarea::TextArea;

use super::{
    super::{
        event::Effect,
        incidents::What,
        keymap::Command,
        people::Purpose as Asking,
        popup::Purpose,
        refusal::refusal,
        reviews::Shown,
        share::Side,
        state::{Detail, Pane, Popup, Screen, State, search_box},
        theme::Theme,
    },
    alerts, audit, audit_reviews, connection, delete, form, freeze, hide_all, hide_at, history, incidents, kind, list as list_order, lock,
    note, people, reason, reference, replay, requests, reviews, saved_view, settings, share, star, step_up,
};
use crate::{
    config::ThemeName,
    crypto::secret::Secret,
    model::{
        alert::AlertState,
        catalogue::Language,
        freeze::Target,
        id::{RecordId, RecordNumber},
        query::{Cursor, Direction},
        record::ListRow,
    },
};

/// Rows from either end of the loaded window at which the next page is asked for.
const NEAR: usize = 10;

pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    state.message = refusal(state, command);
    if state.message.is_some() {
        return Vec::new();
    }
    match command {
        Command::Search => {
            state.query_before.clone_from(&state.query);
            state.searching = true;
            state.pane = Pane::List;
            state.search.move_cursor(tui_textarea::CursorMove::End);
            state.search_box = uuid::Uuid::now_v7();
            Vec::new()
        }
        Command::Open => open(state),
        Command::Reveal => reveal(state, false),
        Command::RevealSection => reveal(state, true),
        Command::Hide => reference::hide_or_back(state),
        Command::Follow => reference::follow(state),
        Command::Referring => reference::referring(state),
        Command::Copy => copy(state),
        Command::Edit => form::edit(state),
        Command::New => form::new_record(state),
        Command::Note => note::write(state),
        Command::Notes => note::read(state),
        Command::History => history::open(state),
        Command::Delete => delete::ask(state),
        Command::Undelete => delete::undo(state),
        Command::NextPane | Command::PreviousPane if matches!(state.screen, Screen::People | Screen::Incidents | Screen::Replay) => {
            state.pane = if state.pane == Pane::List { Pane::Detail } else { Pane::List };
            Vec::new()
        }
        Command::NextPane | Command::PreviousPane => {
            state.pane = match (state.pane, command == Command::NextPane) {
                (Pane::List, true) | (Pane::Strip, false) => Pane::Detail,
                (Pane::Detail, true) | (Pane::List, false) => Pane::Strip,
                _ => Pane::List,
            };
            Vec::new()
        }
        Command::Grow | Command::Shrink => {
            let by = if command == Command::Grow { 1 } else { -1 };
            match state.pane {
                Pane::List => state.wider_list = (state.wider_list + 5 * by).clamp(-30, 30),
                Pane::Detail => state.wider_list = (state.wider_list - 5 * by).clamp(-30, 30),
                Pane::Strip => state.taller_strip = (state.taller_strip + by).clamp(-2, 10),
            }
            Vec::new()
        }
        Command::Zoom => {
            state.zoomed = !state.zoomed;
            Vec::new()
        }
        Command::Sort => list_order::choose(state),
        Command::CopyNumbers => list_order::copy_numbers(state),
        Command::SavedView => saved_view::choose(state),
        Command::RecordKind => kind::choose(state),
        Command::Columns => {
            state.popup = Some(Popup::Columns { selected: 0 });
            Vec::new()
        }
        Command::Star => star::toggle(state),
        Command::Mark => list_order::mark(state),
        Command::GoToRecord => match audit::selected_record(state) {
            Some(record) => {
                if state.screen == Screen::Replay {
                    replay::leave_to_record(state);
                }
                state.screen = Screen::Desk;
                state.pane = Pane::Detail;
                view(state, record)
            }
            None => say(state, "This event is about no record.", "该事件不涉及记录。"),
        },
        Command::Desk => {
            if state.screen == Screen::People {
                state.pane = Pane::List;
            }
            state.screen = Screen::Desk;
            Vec::new()
        }
        Command::Audit => audit::enter(state),
        Command::Alerts => alerts::enter(state),
        Command::Acknowledge => alerts::acknowledge(state),
        Command::Resolve => alerts::put_away(state, AlertState::Resolved),
        Command::FalsePositive => alerts::put_away(state, AlertState::FalsePositive),
        Command::AlertEvents => alerts::events(state),
        Command::AllAlerts => alerts::all(state),
        Command::Filter => {
            audit::filter::edit(state);
            Vec::new()
        }
        Command::Pause => audit::pause(state),
        Command::WhoSaw => audit::who_saw(state),
        Command::Timeline if state.screen == Screen::People => people::timeline(state),
        Command::Timeline if state.screen == Screen::Incidents => incidents::timeline(state),
        Command::Timeline => audit::timeline(state),
        Command::People => people::enter(state),
        Command::FindPerson => people::find(state),
        Command::PeopleOrder => people::order(state),
        Command::AddPerson => people::acts::add(state),
        Command::ConfirmPerson => people::acts::confirm(state),
        Command::RenamePerson => people::acts::rename(state),
        Command::ClearPerson => people::acts::clear(state),
        Command::Label => people::acts::label(state, None),
        Command::Owner => people::acts::hand_on(state, ""),
        Command::PersonRoles => people::acts::roles(state),
        Command::NewCode => people::acts::question(state, Asking::NewCode),
        Command::DisablePerson => people::acts::question(state, Asking::Disable),
        Command::EnablePerson => people::acts::question(state, Asking::Enable),
        Command::SignOut => people::acts::question(state, Asking::SignOut),
        Command::Grid => {
            state.people.grid_open = !state.people.grid_open;
            Vec::new()
        }
        Command::Findings => reviews::enter(state, Shown::Findings),
        Command::Reviews => reviews::enter(state, Shown::Campaigns),
        Command::AuditReviews => audit_reviews::enter(state),
        Command::OpenAuditReview => audit_reviews::open(state),
        Command::InOrder => audit_reviews::in_order(state),
        Command::AuditFinding => audit_reviews::finding(state),
        Command::Context => audit_reviews::context(state),
        Command::SignOff => audit_reviews::sign(state),
        Command::PlanAuditReview => audit_reviews::plan(state),
        Command::ExportAuditReview => audit_reviews::export(state),
        Command::OpenReview => reviews::open(state),
        Command::StartReview => reviews::dialog::start(state),
        Command::ExportReview => reviews::dialog::export(state),
        Command::KeepGrant => reviews::keep(state),
        Command::RevokeGrant => reviews::dialog::revoke(state),
        Command::ChangeGrant => reviews::dialog::change(state),
        Command::Allow if state.people.grid_open => people::acts::allow(state),
        Command::Allow => {
            state.pane = Pane::Detail;
            Vec::new()
        }
        Command::LeavePerson => people::acts::question(state, Asking::Leave),
        Command::ResetSecondFactor => people::acts::question(state, Asking::ResetSecondFactor),
        Command::Settings => settings::enter(state),
        Command::AddSetting => settings::dialog::add(state),
        Command::EditSetting => settings::dialog::edit(state),
        Command::RetireSetting => settings::dialog::retire(state),
        Command::MoveUp => settings::shift(state, false),
        Command::MoveDown => settings::shift(state, true),
        Command::Measure => settings::measure(state),
        Command::WriteAgain => settings::rewrite_current(state),
        Command::AskForChange => settings::ask(state),
        Command::Purge => settings::dialog::purge(state),
        Command::Hold => people::acts::hold(state),
        Command::Requests => requests::enter(state),
        Command::Approve => requests::dialog::vote(state, true),
        Command::Refuse => requests::dialog::vote(state, false),
        Command::ReviewGlass => requests::dialog::review(state),
        Command::EndRequest => requests::dialog::end(state),
        Command::AskRole => requests::dialog::elevate(state, false, "", "", ""),
        Command::BreakGlass => requests::dialog::elevate(state, true, "", "", ""),
        Command::Perform => requests::perform(state),
        Command::AllRequests => requests::next_tab(state),
        Command::DoneUnderIt => requests::done_under_it(state),
        Command::Passphrase => people::acts::passphrase(state),
        Command::SecondFactor => vec![Effect::SecondFactor],
        Command::Sessions => vec![Effect::Sessions],
        Command::Explain => explain(state),
        Command::Seers => state.detail.iter().map(|detail| Effect::Seers(detail.view.number)).collect(),
        Command::Share => share::begin(state),
        Command::SharedWithMe => share::show(state, Side::WithMe),
        Command::SharedByMe => share::show(state, Side::ByMe),
        Command::Freeze => freeze::under_cursor(state).map(|target| freeze::begin(state, target, "")).unwrap_or_default(),
        Command::FreezeAll => freeze::begin(state, Target::All, ""),
        Command::Freezes => freeze::list(state),
        Command::Incidents => incidents::enter(state),
        Command::Incident => incidents::begin(state),
        Command::IncidentNote => incidents::add(state, What::Note),
        Command::IncidentTask => incidents::add(state, What::Task),
        Command::IncidentDone => incidents::add(state, What::Done),
        Command::IncidentCorrect => incidents::add(state, What::Correct),
        Command::IncidentHandOver => incidents::add(state, What::HandOver),
        Command::IncidentKnown => incidents::add(state, What::Known),
        Command::IncidentNotified => incidents::add(state, What::Notified),
        Command::IncidentClose => incidents::add(state, What::Close),
        Command::IncidentReopen => incidents::add(state, What::Reopen),
        Command::IncidentNewKeys => incidents::add(state, What::NewKeys),
        Command::Saw => incidents::saw(state),
        Command::Replay => replay::begin(state),
        Command::Jump(wanted, forward) => replay::jump(state, wanted, forward),
        Command::FindEvent => replay::find(state),
        Command::NextFound => replay::next_found(state, true),
        Command::PreviousFound => replay::next_found(state, false),
        Command::SignOutEverybody => freeze::sign_out_everybody(state),
        Command::Verify => audit::verify::start(state),
        Command::Evidence => audit::verify::evidence(state),
        Command::Absence => audit::absence::ask(state),
        Command::Event => audit::event::open(state),
        Command::Back if state.screen == Screen::Replay => replay::back(state),
        Command::Back if state.screen == Screen::Audit => audit::back(state),
        Command::Back if state.screen == Screen::Alerts => audit::enter(state),
        Command::Back if state.screen == Screen::Settings => {
            state.screen = Screen::Desk;
            Vec::new()
        }
        Command::Back if matches!(state.screen, Screen::Requests | Screen::Incidents) => {
            state.pane = Pane::List;
            state.screen = Screen::Desk;
            Vec::new()
        }
        Command::Back if state.screen == Screen::People => people::back(state),
        Command::Back if state.screen == Screen::Reviews => reviews::back(state),
        Command::Back if state.screen == Screen::AuditReviews => audit_reviews::back(state),
        Command::Back => {
            (state.pane, state.zoomed) = (Pane::List, false);
            Vec::new()
        }
        Command::RemoveFilter => audit::filter::remove_chip(state),
        Command::PreviousChip => audit::filter::choose_chip(state, false),
        Command::NextChip => audit::filter::choose_chip(state, true),
        Command::SavedFilters => audit::saved::choose(state),
        Command::WhoSearched => audit::who_searched(state),
        Command::Witness => audit::witness::ask(state),
        Command::ExportAudit => audit::export::choose(state),
        Command::AuditOfRecord => audit::of_open_record(state),
        Command::Lock => lock(state),
        Command::StepUp => step_up::open(state),
        Command::Language => {
            state.language = if state.language == Language::English { Language::Chinese } else { Language::English };
            Vec::new()
        }
        Command::Theme => {
            state.theme_name = match state.theme_name {
                ThemeName::Dark => ThemeName::Light,
                ThemeName::Light => ThemeName::HighContrast,
                ThemeName::HighContrast => ThemeName::Mono,
                ThemeName::Mono => ThemeName::Dark,
            };
            state.theme = Theme::named(state.theme_name);
            Vec::new()
        }
        Command::Palette => {
            state.popup = Some(Popup::Palette { input: TextArea::default(), selected: 0 });
            Vec::new()
        }
        Command::Help => {
            state.popup = Some(Popup::Help { scroll: 0 });
            Vec::new()
        }
        Command::Redraw => vec![Effect::Redraw],
        Command::Refresh => connection::try_now(state),
        Command::Suspend => {
            let mut effects = lock(state);
            effects.push(Effect::Suspend);
            effects
        }
        Command::Quit => quit(state),
    }
}

/// Asks for a page: from the start, or past the rows that are loaded.
pub fn list(state: &mut State, direction: Option<Direction>, delay_ms: u64) -> Vec<Effect> {
    if direction.is_some() && state.list.loading {
        return Vec::new();
    }
    let cursor = match direction {
        Some(Direction::After) => state.list.rows.last().map(cursor_of),
        Some(Direction::Before) => state.list.rows.first().map(cursor_of),
        None => None,
    };
    state.list.generation += 1;
    state.list.loading = true;
    vec![Effect::List { generation: state.list.generation, query: state.query.clone(), direction, cursor, delay_ms }]
}

/// The last page: read backwards from nowhere.
pub fn list_end(state: &mut State) -> Vec<Effect> {
    state.list.generation += 1;
    state.list.loading = true;
    let query = state.query.clone();
    vec![Effect::List { generation: state.list.generation, query, direction: Some(Direction::Before), cursor: None, delay_ms: 0 }]
}

/// Reads on when the selection comes near an end.
pub fn follow_selection(state: &mut State) -> Vec<Effect> {
    if state.list.has_after && state.list.selected + NEAR >= state.list.rows.len() {
        return list(state, Some(Direction::After), 0);
    }
    if state.list.has_before && state.list.selected < NEAR {
        return list(state, Some(Direction::Before), 0);
    }
    Vec::new()
}

fn cursor_of(row: &ListRow) -> Cursor {
    Cursor { updated_at_us: row.updated_at.as_microsecond(), number: row.number }
}

/// Opens the record under the cursor.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.list.rows.get(state.list.selected) else { return Vec::new() };
    let record = row.id;
    state.pane = Pane::Detail;
    view(state, record)
}

/// Looks a record up by its number and opens it.
pub fn open_number(state: &mut State, number: RecordNumber) -> Vec<Effect> {
    state.screen = Screen::Desk;
    state.query = number.to_string();
    state.search = search_box(&state.query);
    state.list.wanted = Some(number);
    // Whatever kind it is of.
    state.shown_kind = None;
    list(state, None, 0)
}

pub fn view(state: &mut State, record: RecordId) -> Vec<Effect> {
    state.trail.clear();
    read_record(state, record, false)
}

/// Reads anew a record that is open: nobody has looked it up again.
pub fn view_again(state: &mut State, record: RecordId) -> Vec<Effect> {
    read_record(state, record, true)
}

pub fn read_record(state: &mut State, record: RecordId, again: bool) -> Vec<Effect> {
    hide_all(state);
    state.detail_generation += 1;
    state.viewing = true;
    vec![Effect::View { generation: state.detail_generation, record, again }]
}

/// Number and name of the record that is open, for titles.
pub fn heading(detail: &Detail) -> String {
    let name = detail.view.summary.as_ref().ok().and_then(|summary| summary.get("name")).map(String::as_str).unwrap_or_default();
    format!("{} {name}", detail.view.number).trim_end().to_owned()
}

/// Ends the desk; asks first where something typed would be lost with it.
pub fn quit(state: &mut State) -> Vec<Effect> {
    if !state.quitting && (state.unwritten_codes.is_some() || state.popup.as_ref().is_some_and(Popup::is_unsaved)) {
        state.quitting = true;
        if state.unwritten_codes.is_some() {
            return say(
                state,
                "Your recovery codes wait behind the lock and are lost with the desk. Quit all the same?",
                "恢复码尚未抄写保存，退出后将丢失。仍要退出吗？",
            );
        }
        return say(
            state,
            "Something you typed is not saved and waits behind the lock. Quit all the same?",
            "锁屏前有尚未保存的输入，退出后将丢失。仍要退出吗？",
        );
    }
    vec![Effect::Quit]
}

fn reveal(state: &mut State, section: bool) -> Vec<Effect> {
    let (Some(detail), Some(session)) = (&state.detail, &state.session) else { return Vec::new() };
    let Some(current) = detail.view.fields.get(detail.selected) else { return Vec::new() };
    let section_of = |code: &str| session.catalogue.field(code).map(|field| field.section.clone());
    let wanted: Vec<_> = detail
        .view
        .fields
        .iter()
        .filter(|field| field.present && field.reveal.is_ok() && !field.open)
        .filter(|field| if section { section_of(&field.field) == section_of(&current.field) } else { field.field == current.field })
        .map(|field| field.field.clone())
        .collect();
    reason::ask(state, Purpose::Reveal(wanted))
}

/// Why the field under the cursor may or may not be revealed.
fn explain(state: &State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let field = detail.view.fields.get(detail.selected).map(|field| field.field.clone());
    field.map(|field| Effect::Explain { number: detail.view.number, field }).into_iter().collect()
}

fn copy(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let Some(field) = detail.view.fields.get(detail.selected) else { return Vec::new() };
    let (text, until) = match (detail.revealed.get(&field.field), &field.masked) {
        (Some(revealed), _) => (revealed.value.clone(), revealed.until),
        (None, Some(Ok(open))) if field.open => {
            let class = state.session.as_ref().and_then(|session| session.catalogue.class(&field.class));
            (Secret::from(open.as_str()), hide_at(class.map_or(30, |class| class.hide_after_s)))
        }
        _ => return say(state, "Reveal it first (r).", "请先按 r 查看。"),
    };
    vec![Effect::Copy { record: detail.view.id, field: field.field.clone(), text, until }]
}

pub fn say(state: &mut State, en: &str, zh: &str) -> Vec<Effect> {
    state.message = Some(state.say(en, zh).to_owned());
    Vec::new()
}
