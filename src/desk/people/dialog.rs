//! The small forms and questions about a person, and about a record's label and owner.

use crate::{
    crypto::secret::Secret,
    desk::{alerts, audit_reviews, incidents, input::Input, requests, reviews, settings},
    model::{
        catalogue::Rights,
        clearance::{Clearance, Losing},
        freeze::Target,
        id::{RecordId, RecordNumber, SessionId},
        request::{Replayed, Why},
        retention::Due,
    },
};

/// What is to be done to a person, as it is handed to the service.
pub enum Act {
    Add {
        login: String,
        name: String,
        roles: Vec<String>,
    },
    Rename {
        login: String,
        name: String,
    },
    Clear {
        login: String,
        clearance: Clearance,
    },
    Label {
        record: RecordId,
        version: i64,
        label: Clearance,
    },
    /// A legal hold on a record, or its release.
    Hold {
        number: RecordNumber,
        on: bool,
        reason: String,
        reference: Option<String>,
    },
    HandOn {
        record: RecordId,
        to: String,
    },
    Confirm {
        login: String,
        fingerprint: String,
    },
    NewCode {
        login: String,
    },
    Enable {
        login: String,
    },
    Disable {
        login: String,
    },
    SignOut {
        login: String,
    },
    EndSession {
        login: String,
        session: SessionId,
    },
    Roles {
        login: String,
        grant: Vec<String>,
        revoke: Vec<String>,
    },
    /// Rights of a role on a class, in place of those it has.
    Rights {
        role: String,
        class: String,
        rights: Rights,
    },
    ResetSecondFactor {
        login: String,
    },
    /// For good: with new keys for all they held a key of.
    Leave {
        login: String,
    },
    Incident(incidents::Act),
    Freeze {
        target: Target,
        why: Why,
    },
    /// Everybody but oneself.
    SignOutEverybody {
        why: String,
    },
    Requests(requests::Act),
    Alerts(alerts::Act),
    Settings(settings::Act),
    Reviews(reviews::Act),
    AuditReviews(audit_reviews::Act),
    Passphrase {
        old: Secret<String>,
        new: Secret<String>,
    },
}

/// What a dialog asks for.
#[allow(clippy::large_enum_variant, reason = "there is one dialog at a time")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Add,
    Rename,
    Clear,
    /// The record that stands in place of the login.
    Label {
        record: RecordId,
        version: i64,
    },
    /// The record that stands in place of the login, and whether it is to be held.
    Hold {
        record: RecordId,
        number: RecordNumber,
        on: bool,
    },
    /// The record that stands in place of the login goes to another owner.
    HandOn {
        record: RecordId,
        owner: String,
    },
    /// With the fingerprint that the database has.
    Confirm(String),
    NewCode,
    Enable,
    Disable,
    SignOut,
    Roles,
    /// More or fewer rights on a class, for the role that stands in place of the login.
    Allow(String),
    ResetSecondFactor,
    Leave,
    Incident(incidents::Purpose),
    Freeze(Target),
    SignOutEverybody,
    Passphrase,
    /// The passphrase, before a second factor of one's own is set up.
    SecondFactor,
    Reviews(reviews::Purpose),
    AuditReviews(audit_reviews::Purpose),
    Requests(requests::Purpose),
    Alerts(alerts::Purpose),
    Settings(settings::Purpose),
}

/// A box of a dialog.
pub struct Entered {
    pub label: (&'static str, &'static str),
    pub input: Input,
    pub secret: bool,
}

/// A form or question near what it is about.
pub struct Dialog {
    pub purpose: Purpose,
    /// Whom it is about; empty for somebody new.
    pub login: String,
    pub boxes: Vec<Entered>,
    /// Roles, or rights, or levels and then compartments: code, whether held before, whether held afterwards.
    pub checks: Vec<(String, bool, bool)>,
    /// What a change of rights would mean, once it has been asked: it is shown before it is done.
    pub replay: Option<Vec<Replayed>>,
    /// What a retention of so many days would purge today, likewise.
    pub tried: Option<(i32, Due)>,
    /// Who would lose sight of the record, once it has been asked: it is shown before the label is given.
    pub losing: Option<Losing>,
    /// How many of them exclude each other, from the first on.
    pub levels: usize,
    /// Boxes first, then roles.
    pub selected: usize,
    /// Whether something has been typed here that would be lost; secrets are not worth a question.
    pub typed: bool,
    /// Leaving was asked for once, and said to lose it.
    pub leaving: bool,
    /// Sent, and not answered yet.
    pub busy: bool,
    pub error: Option<String>,
}

impl Dialog {
    #[must_use]
    pub fn new(purpose: Purpose, login: &str) -> Self {
        Self {
            purpose,
            login: login.to_owned(),
            boxes: Vec::new(),
            checks: Vec::new(),
            replay: None,
            tried: None,
            losing: None,
            levels: 0,
            selected: 0,
            typed: false,
            leaving: false,
            busy: false,
            error: None,
        }
    }

    #[must_use]
    pub fn with_box(mut self, label: (&'static str, &'static str), text: &str, limit: usize, secret: bool) -> Self {
        self.boxes.push(Entered { label, input: Input::line(text, limit), secret });
        self
    }

    /// Whether it only wants a yes.
    #[must_use]
    pub fn is_question(&self) -> bool {
        self.boxes.is_empty() && self.checks.is_empty()
    }

    /// Whether it fills boxes that would be lost.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::Add
                | Purpose::Alerts(_)
                | Purpose::Hold { .. }
                | Purpose::Freeze(_)
                | Purpose::Incident(_)
                | Purpose::Reviews(_)
                | Purpose::AuditReviews(_)
                | Purpose::Requests(_)
                | Purpose::Settings(_)
        ) && self.boxes.iter().any(|entered| !entered.input.is_empty())
    }

    #[must_use]
    pub fn typed(&self, index: usize) -> Secret<String> {
        self.boxes.get(index).map_or_else(|| Secret::new(String::new()), |entered| entered.input.text())
    }

    #[must_use]
    pub fn check_at_cursor(&self) -> Option<usize> {
        self.selected.checked_sub(self.boxes.len()).filter(|index| *index < self.checks.len())
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.boxes.len() + self.checks.len()
    }

    /// Gives or takes what is under the cursor; of levels there is always one.
    pub fn toggle(&mut self, index: usize) {
        let levels = self.levels;
        if index < levels {
            self.checks.iter_mut().take(levels).enumerate().for_each(|(other, check)| check.2 = other == index);
        } else if let Some(check) = self.checks.get_mut(index) {
            check.2 = !check.2;
        }
    }

    /// The level and the compartments that are ticked.
    #[must_use]
    pub fn clearance(&self) -> Clearance {
        let (levels, compartments) = self.checks.split_at(self.levels.min(self.checks.len()));
        let ticked = |checks: &[(String, bool, bool)]| -> Vec<String> {
            checks.iter().filter(|check| check.2).map(|check| check.0.clone()).collect()
        };
        Clearance::new(ticked(levels).first().map_or("", String::as_str), &ticked(compartments))
    }

    /// The rights that are ticked.
    #[must_use]
    pub fn rights(&self) -> Rights {
        let has = |code: &str| self.checks.iter().any(|check| check.0 == code && check.2);
        Rights { search: has("search"), masked: has("masked"), reveal: has("reveal"), edit: has("edit") }
    }

    /// Roles to be given and to be taken.
    #[must_use]
    pub fn changes(&self) -> (Vec<String>, Vec<String>) {
        let those = |before: bool| {
            self.checks.iter().filter(move |check| check.1 == before && check.2 != before).map(|check| check.0.clone()).collect()
        };
        (those(false), those(true))
    }
}

/// A one-time code, shown once.
pub struct Code {
    pub login: String,
    pub code: Secret<String>,
}
