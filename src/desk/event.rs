//! What can happen, and what can be asked for.

use std::{collections::BTreeMap, time::Instant};

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use uuid::Uuid;

use super::{audit_reviews, form::Likeness, people::Act, popup::Earlier, requests, reviews, second_factor::Found, settings};

use crate::{
    crypto::secret::Secret,
    keyring::checkpoint::Checkpoint,
    model::{
        alert::{Alert, Ringing},
        audit::{AuditPage, Event as AuditEvent, ExportFormat, Filter, Position, Progress, Searched, SessionInfo, Verification},
        catalogue::{Catalogue, Rights},
        change::Proposal,
        clearance::{Clearance, Losing},
        id::{RecordId, RecordNumber, SessionId, ShareId},
        incident::{Incident, Item, Saw},
        person::{Access, OpenSession, Seer},
        query::{Cursor, Direction},
        record::{ListPage, RecordView},
        replay::Stretch,
        request::{Replayed, Standing},
        retention::{Due, Kept, Purged},
        saved_filter::SavedFilter,
        share::Share,
    },
    service::{
        Quota, SignedIn, Transport, alert,
        audit::{
            Made, Tampered,
            absence::{Asked, Told},
        },
        edit::Draft,
        note::Note,
        people::{Dossier, Overview},
        reveal::GivenReason,
        rewrite::Done,
        share::{Shared, Wanted},
    },
    text::leak::Measured,
};

/// A checkpoint that follows from what was seen before.
#[derive(Clone, Debug)]
pub struct Newest {
    pub checkpoint: Checkpoint,
    pub hash: [u8; 32],
    /// What its QR code says.
    pub code: String,
}

/// What the desk knows about who is signed in. No key is in it.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: String,
    pub roles: Vec<String>,
    pub installation: String,
    pub transport: Transport,
    pub catalogue: Catalogue,
    pub rights: BTreeMap<String, Rights>,
    pub audit_all: bool,
    pub manage_people: bool,
    pub manage_policy: bool,
    /// May freeze, and sign everybody out.
    pub respond: bool,
    pub standing: Standing,
    pub starred: Vec<RecordId>,
    pub expires_at: Timestamp,
    pub problems: Vec<String>,
}

impl From<&SignedIn> for Session {
    fn from(signed_in: &SignedIn) -> Self {
        let policy = signed_in.policy();
        Self {
            user: signed_in.user().to_owned(),
            roles: policy.standing.roles.clone(),
            installation: signed_in.installation_name().to_owned(),
            transport: signed_in.transport(),
            rights: policy.rights.clone(),
            catalogue: policy.catalogue.clone(),
            audit_all: policy.can("audit_all"),
            manage_people: policy.can("manage_people"),
            manage_policy: policy.can("manage_policy"),
            respond: policy.can("respond"),
            standing: policy.standing.clone(),
            starred: signed_in.starred().to_vec(),
            expires_at: signed_in.expires_at(),
            problems: signed_in.problems(),
        }
    }
}

/// A failure as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub code: &'static str,
    pub text: String,
    /// The record's version in the way, for a conflict.
    pub current: Option<i64>,
}

pub type Answer<T> = Result<T, Trouble>;

/// Something that happened.
pub enum Event {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    Resize,
    FocusLost,
    /// A deadline has passed, or a minute.
    Tick,
    Unlocked(Answer<Box<Session>>),
    /// How one's own second factor stands, or the secret of a new one.
    SecondFactor(Answer<Found>),
    /// A first code was judged; the recovery codes, where it was right.
    SecondFactorConfirmed(Answer<Vec<Secret<String>>>),
    /// What is configured, or what the person may, was read again.
    Policy(Answer<Box<Session>>),
    /// A page; `generation` tells whether it is still wanted.
    Listed {
        generation: u64,
        direction: Option<Direction>,
        page: Answer<ListPage>,
    },
    Viewed {
        generation: u64,
        view: Answer<Box<RecordView>>,
        strip: Answer<Vec<AuditEvent>>,
    },
    /// A reference leads nowhere.
    NoRecord {
        generation: u64,
        number: RecordNumber,
    },
    /// The events under the open record.
    Stripped {
        record: RecordId,
        strip: Answer<Vec<AuditEvent>>,
    },
    Revealed {
        record: RecordId,
        /// As it was given, for asking again.
        reason: Option<GivenReason>,
        values: Vec<(String, Answer<Secret<String>>)>,
    },
    /// A fresh one-time code was judged.
    SteppedUp(Answer<()>),
    Copied {
        text: Secret<String>,
        /// Until when it is shown.
        until: Instant,
        answer: Answer<()>,
    },
    /// `form` is the id the form gave, so that an answer that comes late meets its own form only.
    Saved {
        form: RecordId,
        answer: Answer<RecordId>,
    },
    Noted {
        id: Uuid,
        answer: Answer<()>,
    },
    Notes {
        record: RecordId,
        notes: Answer<Vec<Note>>,
    },
    History {
        record: RecordId,
        field: String,
        entries: Answer<Vec<Earlier>>,
    },
    /// Records that may be the same customer as the form's.
    Duplicates {
        form: RecordId,
        generation: u64,
        found: Answer<Vec<Likeness>>,
    },
    Deleted {
        record: RecordId,
        /// Whether a deletion was taken back.
        undo: bool,
        answer: Answer<i64>,
    },
    Starred {
        record: RecordId,
        on: bool,
        answer: Answer<()>,
    },
    /// A view of the audit is open.
    Audited {
        generation: u64,
        page: Answer<AuditPage>,
    },
    AuditPaged {
        generation: u64,
        newer: bool,
        page: Answer<AuditPage>,
    },
    Followed {
        generation: u64,
        page: Answer<(AuditPage, Position)>,
    },
    AuditSessions(Answer<Vec<SessionInfo>>),
    /// An alert rings, or something was done about one.
    AlertsChanged,
    Ringing(Answer<Ringing>),
    Alerts {
        generation: u64,
        answer: Answer<Vec<Alert>>,
    },
    /// One in full.
    Alert(Answer<Box<alert::Whole>>),
    Verifying(Progress),
    Verified(Answer<Verification>),
    /// Evidence was written into a file.
    Evidence(Answer<(String, Made)>),
    /// Whether nothing was revealed.
    Absence {
        asked: Box<Asked>,
        told: Answer<Told>,
    },
    /// `None` where there is no checkpoint yet.
    NewestCheckpoint(Answer<Option<Box<Newest>>>),
    Witnessed(Answer<()>),
    SavedFilters(Answer<Vec<SavedFilter>>),
    /// A filter was saved or forgotten.
    FilterKept(Answer<()>),
    WhoSearched(Answer<Searched>),
    /// A copy of the audit was written, and how many events it has.
    AuditExported {
        filter: Box<Filter>,
        format: ExportFormat,
        answer: Answer<(String, u64)>,
    },
    /// Everybody, and what roles permit.
    People {
        generation: u64,
        answer: Answer<Box<Overview>>,
    },
    Dossier(Answer<Box<Dossier>>),
    /// Findings, campaigns, or the grants of one.
    Reviews {
        generation: u64,
        answer: Answer<Box<reviews::Read>>,
    },
    /// Reviews of the audit, or the sample of one.
    AuditReviews {
        generation: u64,
        answer: Answer<Box<audit_reviews::Read>>,
    },
    /// That an event of a sample was shown in full is recorded.
    LookedAt {
        number: i64,
        item: i32,
        answer: Answer<()>,
    },
    /// Fields, classes, reasons, and what is yet to be written again.
    Settings {
        generation: u64,
        answer: Answer<Box<settings::Read>>,
    },
    /// A change of settings needs an approval; it comes before the refusal itself.
    Proposed(Box<Proposal>),
    /// What an index of a field would tell.
    Measured {
        field: String,
        answer: Answer<Vec<Measured>>,
    },
    /// How far long work on a setting has come.
    Worked {
        row: settings::Row,
        progress: Progress,
    },
    /// What a retention of so many days would purge.
    RetentionTried {
        days: i32,
        answer: Answer<Due>,
    },
    /// What was due by a rule is gone.
    Purged {
        of: Kept,
        answer: Answer<Purged>,
    },
    /// What is stored of a field has followed its changes.
    Rewritten {
        field: String,
        answer: Answer<Done>,
    },
    /// Requests, roles for a time, and what the person may have.
    Requests {
        generation: u64,
        answer: Answer<Box<requests::Read>>,
    },
    Incidents {
        generation: u64,
        answer: Answer<Vec<Incident>>,
    },
    /// The timeline of an incident.
    IncidentItems {
        number: i64,
        answer: Answer<Vec<Item>>,
    },
    /// What a session's screens showed.
    Screens {
        generation: u64,
        answer: Answer<Box<Stretch>>,
    },
    /// What a change of rights would mean.
    Replayed(Answer<Vec<Replayed>>),
    /// Who would lose sight of a record.
    LabelPreviewed(Answer<Losing>),
    /// Something was done to an account; the one-time code, where one was made.
    Acted(Answer<Option<Secret<String>>>),
    /// One's own open sessions.
    Sessions(Answer<Vec<OpenSession>>),
    Explained {
        field: String,
        found: Answer<Vec<Access>>,
    },
    /// A value has been shared, until a moment.
    Shared(Answer<(ShareId, Timestamp)>),
    Shares {
        generation: u64,
        answer: Answer<Vec<Share>>,
    },
    ShareOpened {
        id: ShareId,
        answer: Answer<Box<Shared>>,
    },
    ShareWithdrawn(Answer<()>),
    /// Who may see how much of a record.
    Seers {
        record: RecordNumber,
        found: Answer<Vec<Seer>>,
    },
    /// What somebody saw.
    Saw {
        login: String,
        answer: Answer<Vec<Saw>>,
    },
    Beat(Answer<Quota>),
    /// The database's audit of this session is not what this desk did.
    Alarm(Tampered),
    /// Another desk changed something.
    Notice,
    /// Policy, rights or requests have changed.
    PolicyChanged,
    /// Somebody's sessions were ended, perhaps this one.
    SessionsEnded,
    /// The connection that listens has ended.
    Lost,
    Peeked(Vec<(RecordId, i64)>),
    /// A record that was there is not, or not for this person any more.
    Gone(RecordId),
}

/// Something to be carried out.
pub enum Effect {
    Unlock {
        user: String,
        passphrase: Secret<String>,
        /// Of the second factor, once it has been asked for.
        code: Option<Secret<String>>,
    },
    /// Begins to set a second factor up with what was typed to sign in.
    BeginSecondFactor {
        user: String,
        passphrase: Secret<String>,
    },
    /// How one's own second factor stands; begins to set one up where there is none.
    SecondFactor,
    ConfirmSecondFactor(Secret<String>),
    /// Drops what was begun.
    LeaveSecondFactor,
    List {
        generation: u64,
        query: String,
        direction: Option<Direction>,
        cursor: Option<Cursor>,
        delay_ms: u64,
    },
    View {
        generation: u64,
        record: RecordId,
        /// Whether it is open already and only read anew.
        again: bool,
    },
    /// Opens the record of a number, where there is one.
    OpenReference {
        generation: u64,
        number: RecordNumber,
    },
    Strip {
        record: RecordId,
    },
    Reveal {
        record: RecordId,
        fields: Vec<String>,
        reason: Option<GivenReason>,
    },
    Copy {
        record: RecordId,
        field: String,
        text: Secret<String>,
        until: Instant,
    },
    Save {
        record: Option<(RecordId, i64)>,
        new_id: RecordId,
        /// Of a new record.
        kind: String,
        draft: Draft,
    },
    /// Looks for records of the kind with the draft's phone, e-mail address or identity number.
    Duplicates {
        form: RecordId,
        generation: u64,
        kind: String,
        draft: Draft,
    },
    Note {
        record: RecordId,
        id: Uuid,
        text: Secret<String>,
    },
    Notes {
        record: RecordId,
    },
    History {
        record: RecordId,
        field: String,
        reason: Option<GivenReason>,
    },
    /// Gives a fresh one-time code.
    StepUp(Secret<String>),
    Delete {
        record: RecordId,
        version: i64,
        undo: bool,
    },
    Star {
        record: RecordId,
        on: bool,
    },
    /// Says that a revealed value went from the screen or, without a field, that the cursor stayed on a row.
    Report {
        record: RecordId,
        field: Option<String>,
    },
    /// Opens a view of the audit: its newest page, or the one that ends with a moment.
    Audit {
        generation: u64,
        filter: Filter,
        at: Option<Timestamp>,
    },
    /// The page after a place, or before it; `looked` is how many events were looked through for a text since the last one that has it.
    AuditPage {
        generation: u64,
        newer: bool,
        from: (Timestamp, SessionId, i64),
        looked: u64,
    },
    Follow {
        generation: u64,
        position: Position,
    },
    AuditSessions(Vec<SessionId>),
    /// How many alerts are open, and what rang last.
    Ringing,
    Alerts {
        generation: u64,
        /// Those that were put away or suppressed too.
        all: bool,
    },
    Alert(i64),
    /// Sounds the terminal's bell.
    Bell,
    Verify,
    StopVerify,
    /// Writes the events of a filter, with what proves them, into a file.
    Evidence(Box<Filter>),
    /// Writes what proves that nothing was revealed into a file, or finds what was.
    Absence(Box<Asked>),
    /// Reads the newest checkpoint and holds it against what was seen last on this machine.
    NewestCheckpoint,
    Witness(Box<Checkpoint>),
    SavedFilters,
    SaveFilter(Box<SavedFilter>),
    DropFilter(Uuid),
    /// Makes a record's search keys of its open values and of those that are revealed.
    WhoSearched {
        record: RecordId,
        revealed: Vec<(String, Secret<String>)>,
    },
    /// Writes the events of a filter into a file.
    ExportAudit {
        filter: Box<Filter>,
        format: ExportFormat,
    },
    People {
        generation: u64,
    },
    Dossier {
        login: String,
    },
    Reviews {
        generation: u64,
        shown: reviews::Shown,
    },
    AuditReviews {
        generation: u64,
        shown: audit_reviews::Shown,
    },
    /// Records that an event of a sample is shown in full.
    LookAt {
        number: i64,
        item: i32,
    },
    Settings {
        generation: u64,
    },
    /// Measures what an index of a field would tell.
    Measure {
        field: String,
    },
    /// Writes again what is stored of a field.
    Rewrite {
        field: String,
    },
    TryRetention {
        of: Kept,
        days: i32,
    },
    /// Purges what is due by a rule.
    Purge {
        of: Kept,
    },
    /// Stops long work on a setting.
    StopWork(settings::Row),
    Requests {
        generation: u64,
    },
    Incidents {
        generation: u64,
    },
    IncidentItems {
        number: i64,
    },
    /// Events of a session from one number to another, and what they showed.
    Screens {
        generation: u64,
        of: SessionId,
        between: (i64, i64),
    },
    Replay {
        role: String,
        class: String,
        rights: Rights,
    },
    /// Who would lose sight of a record under a label.
    LabelPreview {
        record: RecordId,
        label: Clearance,
    },
    Act(Act),
    Sessions,
    /// Why the person may or may not reveal a field.
    Explain {
        number: RecordNumber,
        field: String,
    },
    Share(Wanted),
    /// What is shared with and by this person.
    Shares {
        generation: u64,
    },
    OpenShare(ShareId),
    WithdrawShare(ShareId),
    /// Who may see how much of a record.
    Seers(RecordNumber),
    /// What somebody saw between two moments.
    Saw {
        login: String,
        from: Timestamp,
        until: Timestamp,
    },
    Heartbeat,
    /// Reads what is configured and what the person may, as far as it has changed.
    Policy,
    /// A heartbeat after a moment of chance, so that two hundred desks do not knock at once.
    Reconnect,
    /// Stops reading.
    Cancel,
    Peek(Vec<RecordId>),
    /// Puts a text onto the clipboard, until a moment where it can be taken back.
    Clipboard {
        text: Secret<String>,
        until: Option<Instant>,
    },
    /// Drops the keys.
    Lock,
    Suspend,
    Redraw,
    Quit,
}
