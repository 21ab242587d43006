//! What the leader does besides its rounds. One line each in [`Duties::do_what_is_due`].

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    database::api::watch,
    service::{Error, Result, retention, session::SignedIn},
};

/// When each duty was last begun.
#[derive(Debug, Default)]
pub struct Duties(BTreeMap<&'static str, Instant>);

impl Duties {
    /// Does what is due. One that fails is named, holds up no other, and is tried again when it is next due.
    pub async fn do_what_is_due(&mut self, signed_in: &SignedIn) -> Vec<(&'static str, Error)> {
        let mut failed = Vec::new();
        let mut done = |duty, outcome: Result<()>| failed.extend(outcome.err().map(|error| (duty, error)));
        if self.is_due("reviews", Duration::from_mins(1)) {
            done("reviews", in_database(signed_in, "reviews").await);
        }
        if self.is_due("audit_reviews", Duration::from_mins(1)) {
            done("audit_reviews", in_database(signed_in, "audit_reviews").await);
        }
        if self.is_due("elevations", Duration::from_secs(5)) {
            done("elevations", in_database(signed_in, "elevations").await);
        }
        if self.is_due("escalate", Duration::from_secs(10)) {
            done("escalate", in_database(signed_in, "escalate").await);
        }
        if self.is_due("overdue", Duration::from_mins(10)) {
            done("overdue", in_database(signed_in, "overdue").await);
        }
        // Not at first: after an absence the first checkpoint is just being made.
        if self.is_due_later("chains", Duration::from_mins(1)) {
            done("chains", in_database(signed_in, "chains").await);
        }
        if self.is_due("silence", Duration::from_mins(1)) {
            done("silence", in_database(signed_in, "silence").await);
        }
        if self.is_due_later("late", Duration::from_mins(2)) {
            done("late", in_database(signed_in, "late").await);
        }
        if self.is_due("partitions", Duration::from_hours(1)) {
            done("partitions", in_database(signed_in, "partitions").await);
        }
        if self.is_due("retention", Duration::from_hours(1)) {
            done("retention", retention::run_all(signed_in, |_, _| {}).await.map(drop));
        }
        failed
    }

    /// As [`Duties::is_due`], and not before its time has passed once.
    fn is_due_later(&mut self, duty: &'static str, every: Duration) -> bool {
        let begun = self.0.contains_key(duty);
        self.is_due(duty, every) && begun
    }

    fn is_due(&mut self, duty: &'static str, every: Duration) -> bool {
        let now = Instant::now();
        let due = self.0.get(duty).is_none_or(|last| now.duration_since(*last) >= every);
        if due {
            self.0.insert(duty, now);
        }
        due
    }
}

/// A duty that the database does by itself when it is told to.
async fn in_database(signed_in: &SignedIn, duty: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(watch::watch_duty(&client, signed_in.token.expose(), duty).await?.into_result()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duty_is_due_at_first_and_then_after_its_time() {
        let mut duties = Duties::default();
        assert!(duties.is_due("reviews", Duration::from_mins(1)));
        assert!(!duties.is_due("reviews", Duration::from_mins(1)));
        assert!(duties.is_due("elevations", Duration::ZERO) && duties.is_due("elevations", Duration::ZERO));
    }
}
