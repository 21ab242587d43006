//! What is true. No key and no connection is in it; revealed values are, with their deadlines.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::{Duration, Instant},
};

use jiff::{Timestamp, Zoned, tz::TimeZone};
use ratatui::layout::Rect;
use tui_textarea::TextArea;
use uuid::Uuid;

pub use super::popup::Popup;
use super::{
    alerts::Alerts,
    audit::{Audit, Strip},
    audit_reviews::AuditReviews,
    event::Session,
    incidents::Incidents,
    input::Input,
    people::People,
    replay::Replays,
    requests::Requests,
    reviews::Reviews,
    second_factor,
    settings::Settings,
    share::Shares,
    theme::Theme,
    update::{
        report::{STAY, Stay},
        strip::PAUSE as STRIP_PAUSE,
    },
};
use crate::{
    config::{Config, Glyphs, ThemeName},
    crypto::secret::Secret,
    model::{
        catalogue::{Field, Label, Language},
        id::{RecordId, RecordNumber},
        query::{Direction, SavedView, Sort},
        record::{ListRow, RecordView},
    },
    service::{Quota, audit::Tampered, reveal::GivenReason, search::Highlight},
};

/// How long reading may take before its pane says so.
const QUIET: Duration = Duration::from_millis(150);
/// Least time between two readings of the people that nobody asked for.
pub const PAUSE: Duration = Duration::from_millis(900);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    Unlock,
    Desk,
    Audit,
    AuditReviews,
    Alerts,
    People,
    Reviews,
    Requests,
    Incidents,
    Settings,
    Replay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    List,
    Detail,
    Strip,
}

/// A revealed value, until its deadline.
pub struct Revealed {
    pub value: Secret<String>,
    pub until: Instant,
    /// Why it was revealed, where policy asks; what is done with the value is done for the same reason.
    pub reason: Option<GivenReason>,
}

/// How fresh the events under the open record are.
#[derive(Default)]
pub struct StripReading {
    pub read_at: Option<Instant>,
    pub reading: bool,
    /// Something has happened since.
    pub stale: bool,
}

/// Digits that were typed before a motion.
#[derive(Default)]
pub struct Count {
    pub value: usize,
    /// When a lone digit that names a screen changes to it.
    pub screen_at: Option<Instant>,
}

/// The server cannot be reached.
pub struct Offline {
    pub tries: u32,
    pub next_try: Instant,
}

/// An order that only this program can make, since the database cannot read the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByColumn {
    /// Code of the field.
    pub field: String,
    pub down: bool,
}

#[derive(Default)]
pub struct List {
    pub rows: Vec<ListRow>,
    pub selected: usize,
    pub has_before: bool,
    pub has_after: bool,
    pub total: i64,
    pub total_exact: bool,
    pub generation: u64,
    pub waiting: Option<Direction>,
    pub loading: bool,
    /// The row to stay on when the first page is read anew.
    pub keep: Option<RecordId>,
    /// The record to open when it has been found by its number.
    pub wanted: Option<RecordNumber>,
    /// Rows that a motion still has to go, down or up, when the next page is there.
    pub owed: i64,
    pub marked: HashSet<RecordId>,
    pub by_column: Option<ByColumn>,
    /// What the search looked for, to be underlined.
    pub highlights: Vec<Highlight>,
    /// Code of the one kind that its rows are of, by the search or by choice.
    pub kind: Option<String>,
}

/// A record that was left by following a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub record: RecordId,
    /// The field that had the cursor.
    pub field: usize,
}

pub struct Detail {
    pub view: RecordView,
    pub strip: Strip,
    pub selected: usize,
    pub revealed: BTreeMap<String, Revealed>,
    pub asking: HashSet<String>,
}

pub struct State {
    pub language: Language,
    pub theme_name: ThemeName,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub screen: Screen,
    pub pane: Pane,
    pub zoomed: bool,
    /// Hundredths of the screen that the list has more than it would have, and lines the strip has more.
    pub wider_list: i16,
    pub taller_strip: i16,
    /// Where the three panes stand, and the first row that the list shows; noted while painting.
    pub panes: Vec<(Pane, Rect)>,
    pub first_row: usize,
    /// Which line of the screen shows which field of the open record; noted while painting.
    pub field_rows: Vec<(u16, usize)>,
    /// Where and when the mouse was pressed last.
    pub pressed: Option<(u16, u16, Instant)>,
    pub popup: Option<Popup>,
    /// The window that sets one's own second factor up; it takes the keys before any other.
    pub second_factor: Option<second_factor::Window>,
    /// Recovery codes that a lock took from the screen before they were written down, and whose they are.
    pub unwritten_codes: Option<(String, Vec<Secret<String>>)>,
    pub session: Option<Session>,
    pub user: Input,
    pub passphrase: Input,
    /// The box for a one-time code, once it has been asked for.
    pub code: Option<Input>,
    pub typing_user: bool,
    pub unlocking: bool,
    pub message: Option<String>,
    pub search: TextArea<'static>,
    pub searching: bool,
    /// The search the list shows, and what it showed before the box was opened.
    pub query: String,
    pub query_before: String,
    pub sort: Sort,
    pub saved_view: SavedView,
    /// Code of the one kind of record that the list shows.
    pub shown_kind: Option<String>,
    pub starred: HashSet<RecordId>,
    /// Codes of the fields that the list leaves out.
    pub hidden_columns: HashSet<String>,
    pub list: List,
    pub detail: Option<Detail>,
    pub detail_generation: u64,
    /// Records that were left by following a reference, the last one last.
    pub trail: Vec<Left>,
    /// The field to have the cursor when the record that is gone back to is there.
    pub returning: Option<usize>,
    pub strip: StripReading,
    /// The row that the cursor is on, where it is recorded that somebody stays on one.
    pub stay: Option<Stay>,
    pub audit: Audit,
    pub alerts: Alerts,
    /// Whether an alert sounds.
    pub bell: bool,
    pub people: People,
    pub reviews: Reviews,
    pub audit_reviews: AuditReviews,
    pub shares: Shares,
    pub requests: Requests,
    pub incidents: Incidents,
    pub settings: Settings,
    pub replays: Replays,
    /// While the panes paint a moment of a replay: the fields that stood there in clear. What no event tells is left out then.
    pub then: Option<BTreeSet<String>>,
    /// When it was last asked what became of roles for a time that have ended.
    pub ended_asked: Option<Instant>,
    /// When the audit's curves were drawn.
    pub curves_drawn: Option<Instant>,
    /// Names the search box being typed in: its searches are one line of the audit.
    pub search_box: Uuid,
    pub quota: Option<Quota>,
    pub offline: Option<Offline>,
    /// Whether a record is being read.
    pub viewing: bool,
    /// Whether the record that is open is read anew because it has changed.
    pub outdated: bool,
    /// Since when something is being read; its pane says so after a moment.
    pub reading_since: Option<Instant>,
    pub last_input: Instant,
    /// The moment that is painted: set before each drawing, so that painting reads no clock.
    pub now: Instant,
    pub idle_lock: Duration,
    /// In which times are shown.
    pub zone: TimeZone,
    pub count: Count,
    pub help_people: Vec<(String, String, String)>,
    pub help_steps: Vec<Label>,
    pub undo: Option<(RecordId, i64)>,
    pub page: usize,
    pub installation: String,
    /// What records this terminal, as far as it shows.
    pub recorder: Option<String>,
    /// Whether what is copied goes through a tmux that can take it back.
    pub in_tmux: bool,
    /// Lines that fit into the small window, and the furthest it can be scrolled; noted while painting.
    pub popup_page: usize,
    pub popup_scroll: usize,
    /// The row on the screen that a small window is about; noted while painting.
    pub about: Option<Rect>,
    /// Whether it has been asked if typing that waits behind the lock may be thrown away.
    pub quitting: bool,
    /// Whose typing waits behind the lock.
    pub owner: Option<String>,
    /// The audit is not what this desk did. Nothing on the desk takes it away.
    pub alarm: Option<Tampered>,
}

impl State {
    #[must_use]
    pub fn new(config: &Config, user: Option<&str>, help_people: Vec<(String, String, String)>) -> Self {
        Self {
            language: config.language,
            theme_name: config.theme,
            theme: Theme::named(config.theme),
            glyphs: config.glyphs,
            screen: Screen::Unlock,
            pane: Pane::List,
            zoomed: false,
            wider_list: 0,
            taller_strip: 0,
            panes: Vec::new(),
            first_row: 0,
            field_rows: Vec::new(),
            pressed: None,
            popup: None,
            second_factor: None,
            unwritten_codes: None,
            session: None,
            typing_user: user.is_none(),
            user: Input::line(user.unwrap_or_default(), 200),
            passphrase: secret_box(),
            code: None,
            unlocking: false,
            message: None,
            search: search_box(""),
            searching: false,
            query: String::new(),
            query_before: String::new(),
            sort: Sort::default(),
            saved_view: SavedView::default(),
            shown_kind: None,
            starred: HashSet::new(),
            hidden_columns: HashSet::new(),
            list: List::default(),
            detail: None,
            detail_generation: 0,
            trail: Vec::new(),
            returning: None,
            strip: StripReading::default(),
            stay: None,
            audit: Audit::default(),
            alerts: Alerts::default(),
            bell: config.bell,
            people: People::default(),
            reviews: Reviews::default(),
            audit_reviews: AuditReviews::default(),
            shares: Shares::default(),
            requests: Requests::default(),
            incidents: Incidents::default(),
            settings: Settings::default(),
            replays: Replays::default(),
            then: None,
            ended_asked: None,
            curves_drawn: None,
            search_box: Uuid::now_v7(),
            quota: None,
            offline: None,
            viewing: false,
            outdated: false,
            reading_since: None,
            last_input: Instant::now(),
            now: Instant::now(),
            idle_lock: Duration::from_secs(u64::from(config.idle_lock_minutes) * 60),
            zone: TimeZone::system(),
            count: Count::default(),
            help_people,
            help_steps: Vec::new(),
            undo: None,
            page: 10,
            installation: config.name.clone(),
            recorder: None,
            in_tmux: false,
            about: None,
            popup_page: 10,
            popup_scroll: 0,
            quitting: false,
            owner: None,
            alarm: None,
        }
    }

    /// One of two texts, by the person's language.
    #[must_use]
    pub fn say<'t>(&self, en: &'t str, zh: &'t str) -> &'t str {
        match self.language {
            Language::English => en,
            Language::Chinese => zh,
        }
    }

    /// A kind's label, where there is more than one kind, so that it is worth saying.
    #[must_use]
    pub fn kind_name(&self, code: &str) -> Option<&str> {
        let catalogue = self.session.as_ref().map(|session| &session.catalogue).filter(|catalogue| catalogue.has_kinds())?;
        catalogue.kind(code).map(|kind| kind.label.in_language(self.language))
    }

    /// A kind as it is called within a sentence: `customer`.
    #[must_use]
    pub fn kind_in_sentence(&self, code: &str) -> String {
        let known = self.session.as_ref().and_then(|session| session.catalogue.kind(code));
        known.map_or_else(|| self.say("record", "记录").to_owned(), |kind| kind.in_sentence(self.language))
    }

    /// A field's label for records of a kind.
    #[must_use]
    pub fn label_of<'f>(&'f self, field: &'f Field, kind: Option<&str>) -> &'f str {
        match &self.session {
            Some(session) => session.catalogue.label_of(field, kind, self.language),
            None => field.label.in_language(self.language),
        }
    }

    /// A moment in the viewer's time zone.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// What the title of a pane that is being read says when that takes long.
    #[must_use]
    pub fn slow_mark(&self, reading: bool) -> &'static str {
        let slow = self.reading_since.is_some_and(|since| self.now.saturating_duration_since(since) >= QUIET);
        if reading && slow { " ..." } else { "" }
    }

    /// When the wall clock will show a moment; at once for one that has passed.
    fn moment_of(at: Timestamp) -> Instant {
        let left = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
        Instant::now() + left.min(Duration::from_hours(24))
    }

    /// When something must happen without a key: the next countdown second, a hiding, the idle lock, the next minute of the title's clocks.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        if self.session.is_none() {
            // A secret on the screen is not left there either.
            return self.second_factor.as_ref().map(|_| self.last_input + self.idle_lock);
        }
        let now = Instant::now();
        let counting = self.detail.as_ref().is_some_and(|detail| !detail.revealed.is_empty())
            || self.popup.as_ref().is_some_and(|popup| popup.deadline().is_some());
        let step = if counting { Duration::from_secs(1) } else { Duration::from_mins(1) };
        let lent = self.session.iter().flat_map(|session| &session.standing.lent).map(|(_, until)| Self::moment_of(*until)).min();
        let next_try = self.offline.as_ref().map(|offline| offline.next_try.max(now));
        let slow = self.reading_since.map(|since| since + QUIET).filter(|slow| *slow > now);
        let lock = self.last_input + self.idle_lock;
        let live = (self.screen == Screen::Audit && !self.audit.paused).then(|| now + Duration::from_secs(5));
        let people = self.people.read_at.filter(|_| self.screen == Screen::People && self.people.stale).map(|at| (at + PAUSE).max(now));
        let strip_waits = self.screen == Screen::Desk && self.strip.stale && !self.strip.reading;
        let strip = self.strip.read_at.filter(|_| strip_waits).map(|at| (at + STRIP_PAUSE).max(now));
        let reviews = self.reviews.read_at.filter(|_| self.screen == Screen::Reviews && self.reviews.stale).map(|at| (at + PAUSE).max(now));
        let stay = self.stay.filter(|stay| !stay.told).map(|stay| (stay.since + STAY).max(now));
        // What ends by its time is announced by nobody.
        let others = match self.screen {
            Screen::People => self.people.next_end(),
            Screen::Requests => self.requests.next_end(),
            _ => None,
        };
        let others = others.map(Self::moment_of).map(|at| at.max(self.ended_asked.map_or(at, |asked| asked + PAUSE)));
        [Some(now + step), Some(lock.max(now)), lent, others, live, people, strip, reviews, stay, next_try, slow, self.count.screen_at]
            .into_iter()
            .flatten()
            .min()
    }
}

/// The search box. It may hold a phone number, so it keeps no undo copies.
#[must_use]
pub fn search_box(text: &str) -> TextArea<'static> {
    let mut input = TextArea::from([text]);
    input.set_max_histories(0);
    input
}

/// A box for a passphrase.
#[must_use]
pub fn secret_box() -> Input {
    Input::line("", 1_000)
}
