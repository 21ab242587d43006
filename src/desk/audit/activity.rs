//! What the line of curves is drawn from: reveals, sign-ins and failures a minute.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{audit::Event, id::SessionId};

/// Minutes shown.
const MINUTES: i64 = 30;

/// Counts of the loaded and followed events, by minute since 1970.
#[derive(Default)]
pub struct Activity {
    minutes: BTreeMap<i64, [u32; 3]>,
    /// The oldest event that was counted: what is paged in before it is counted, what is read again is not.
    oldest: Option<(Timestamp, SessionId, i64)>,
    curves: Option<Curves>,
    stale: bool,
}

/// A picture of the activity: one number a minute, the newest last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curves {
    pub from: Timestamp,
    pub until: Timestamp,
    pub reveals: Vec<u32>,
    pub sign_ins: Vec<u32>,
    pub failed: Vec<u32>,
}

impl Activity {
    pub fn count_newer(&mut self, events: &[Event]) {
        for event in events {
            self.count(event);
        }
        self.stale |= !events.is_empty();
    }

    /// Events newest first, of which those before the oldest one known are counted.
    pub fn count_older(&mut self, events: &[Event]) {
        for event in events.iter().filter(|event| self.oldest.is_none_or(|oldest| event.place() < oldest)).collect::<Vec<_>>() {
            self.count(event);
        }
        self.stale |= !events.is_empty();
    }

    fn count(&mut self, event: &Event) {
        let counts = self.minutes.entry(event.at.as_second().div_euclid(60)).or_default();
        let kind = match (event.refused(), event.action.as_str()) {
            (true, _) => Some(2),
            (false, "reveal" | "shared_reveal") => Some(0),
            (false, "session_open") => Some(1),
            _ => None,
        };
        if let Some(count) = kind.and_then(|kind| counts.get_mut(kind)) {
            *count += 1;
        }
        self.oldest = Some(self.oldest.map_or_else(|| event.place(), |oldest| oldest.min(event.place())));
        while self.minutes.len() > 1_000 {
            self.minutes.pop_first();
        }
    }

    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Draws anew what is painted from now on.
    pub fn redraw(&mut self) {
        self.stale = false;
        let (Some(last), Some(oldest)) = (self.minutes.keys().next_back().copied(), self.oldest) else {
            self.curves = None;
            return;
        };
        let first = (last - MINUTES + 1).max(oldest.0.as_second().div_euclid(60));
        let curve = |kind: usize| {
            (first..=last).map(|minute| self.minutes.get(&minute).and_then(|counts| counts.get(kind)).copied().unwrap_or(0)).collect()
        };
        let (Ok(from), Ok(until)) = (Timestamp::from_second(first * 60), Timestamp::from_second((last + 1) * 60)) else { return };
        self.curves = Some(Curves { from: from.max(oldest.0), until, reveals: curve(0), sign_ins: curve(1), failed: curve(2) });
    }

    pub fn curves(&self) -> Option<&Curves> {
        self.curves.as_ref()
    }
}
