//! What the screen of the audit's reviews knows: every review, and the sample of one.

use crate::model::audit_review::{Item, Mark, NewPlan, Review};

/// As it is handed to the service.
pub enum Act {
    Plan(Box<NewPlan>),
    Mark {
        number: i64,
        item: i32,
        mark: Mark,
        note: String,
    },
    Sign(i64),
    /// Into a file that is not there yet.
    Export {
        number: i64,
        file: String,
    },
}

/// What a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Plan,
    Finding { number: i64, item: i32 },
    Sign(i64),
    Export(i64),
}

/// What the screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    Reviews,
    /// The sample of a review.
    Sample(i64),
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Reviews(Vec<Review>),
    /// With the reviews, whose counts change with every mark.
    Sample(i64, Vec<Review>, Vec<Item>),
}

#[derive(Default)]
pub struct AuditReviews {
    pub shown: Shown,
    pub rows: Vec<Review>,
    pub items: Vec<Item>,
    /// What is under the cursor, so that it stays there whatever is read.
    pub review: Option<i64>,
    pub item: Option<i32>,
    pub generation: u64,
    pub loading: bool,
    /// How many events the person has been told of that wait for them.
    pub told: i64,
}

impl AuditReviews {
    #[must_use]
    pub fn count(&self) -> usize {
        if self.shown == Shown::Reviews { self.rows.len() } else { self.items.len() }
    }

    /// The row of the cursor among those shown.
    #[must_use]
    pub fn row(&self) -> usize {
        let found = match self.shown {
            Shown::Reviews => self.rows.iter().position(|review| Some(review.number) == self.review),
            Shown::Sample(_) => self.items.iter().position(|item| Some(item.item) == self.item),
        };
        found.unwrap_or(0).min(self.count().saturating_sub(1))
    }

    pub fn select(&mut self, row: usize) {
        match self.shown {
            Shown::Reviews => self.review = self.rows.get(row).map(|review| review.number),
            Shown::Sample(_) => self.item = self.items.get(row).map(|item| item.item),
        }
    }

    /// The review under the cursor, or the one whose sample is shown.
    #[must_use]
    pub fn current(&self) -> Option<&Review> {
        match self.shown {
            Shown::Reviews => self.rows.get(self.row()),
            Shown::Sample(number) => self.rows.iter().find(|review| review.number == number),
        }
    }

    /// The event under the cursor, while a sample is shown.
    #[must_use]
    pub fn current_item(&self) -> Option<&Item> {
        self.items.get(self.row()).filter(|_| self.shown != Shown::Reviews)
    }
}
