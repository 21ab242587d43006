//! What the people screen knows.

mod dialog;

use std::time::Instant;

pub use dialog::{Act, Code, Dialog, Entered, Purpose};

use super::input::Input;
use crate::{
    keyring::officer::OFFICER_ROLE,
    model::{catalogue::Rights, person::PersonState, request::Eligibility},
    service::people::{Dossier, Entry, Grid, Standing},
};

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Login,
    Name,
    State,
    LastSeen,
}

impl Order {
    pub const ALL: [Self; 4] = [Self::Login, Self::Name, Self::State, Self::LastSeen];
}

#[derive(Default)]
pub struct People {
    /// By login, as they were read.
    pub entries: Vec<Entry>,
    pub grid: Grid,
    /// Which roles their members may have for a time.
    pub eligible: Vec<Eligibility>,
    /// The login under the cursor: it stays there whatever is read.
    pub selected: Option<String>,
    pub dossier: Option<Dossier>,
    pub order: Order,
    /// What the list is narrowed to, and whether it is being typed.
    pub find: String,
    pub typing: Option<Input>,
    /// The first line of the detail that is shown.
    pub scroll: usize,
    /// The furthest it can be scrolled; noted while painting.
    pub most_scroll: usize,
    /// Whether the grid of roles stands in place of the people, its row and its column.
    pub grid_open: bool,
    pub role: usize,
    pub class: usize,
    pub generation: u64,
    pub loading: bool,
    pub read_at: Option<Instant>,
    /// Something has happened since.
    pub stale: bool,
}

impl People {
    /// The people shown, in their order.
    #[must_use]
    pub fn shown(&self) -> Vec<&Entry> {
        let find = self.find.trim().to_lowercase();
        let matches = |entry: &&Entry| {
            let person = &entry.person;
            let texts =
                [&person.user, &person.display_name].into_iter().chain(&person.roles).chain(entry.lent.iter().map(|(role, _)| role));
            find.is_empty() || texts.into_iter().any(|text| text.to_lowercase().contains(&find)) || person.state.code().starts_with(&find)
        };
        let mut shown: Vec<&Entry> = self.entries.iter().filter(matches).collect();
        match self.order {
            Order::Login => {}
            Order::Name => shown.sort_by_key(|entry| entry.person.display_name.to_lowercase()),
            Order::State => shown.sort_by_key(|entry| match entry.person.state {
                PersonState::Enrolled => 0,
                PersonState::Invited => 1,
                PersonState::Active => 2,
                PersonState::Disabled => 3,
                PersonState::Left => 4,
            }),
            Order::LastSeen => shown.sort_by_key(|entry| std::cmp::Reverse(entry.person.last_seen)),
        }
        shown
    }

    /// The row of the cursor among those shown.
    #[must_use]
    pub fn row(&self) -> usize {
        self.shown().iter().position(|entry| Some(&entry.person.user) == self.selected.as_ref()).unwrap_or(0)
    }

    #[must_use]
    pub fn current(&self) -> Option<&Entry> {
        self.shown().get(self.row()).copied()
    }

    /// What the person under the cursor has open, once it has been read.
    #[must_use]
    pub fn current_dossier(&self) -> Option<&Dossier> {
        let login = &self.current()?.person.user;
        self.dossier.as_ref().filter(|dossier| dossier.login == *login)
    }

    /// When the next role for a time that is shown ends.
    #[must_use]
    pub fn next_end(&self) -> Option<jiff::Timestamp> {
        self.entries.iter().flat_map(|entry| &entry.lent).map(|(_, until)| *until).min()
    }

    /// What several roles together may do with a class.
    #[must_use]
    pub fn rights(&self, roles: &[String], class: &str) -> Rights {
        let each = roles.iter().filter_map(|role| self.grid.get(role)?.get(class));
        each.copied().fold(Rights::default(), Rights::or)
    }
}

/// Whether something about a person's keys wants looking at.
#[must_use]
pub fn has_finding(entry: &Entry) -> bool {
    let is_officer = entry.person.roles.iter().any(|role| role == OFFICER_ROLE);
    let standing = match entry.standing {
        Standing::Missing | Standing::BadSignature { .. } => true,
        Standing::Signed { officer, .. } => officer != is_officer,
        Standing::Unconfirmed => false,
    };
    standing || !entry.person.unwrapped.is_empty()
}
