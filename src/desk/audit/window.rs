//! A bounded window over the trail. Its line of sight stays where the person put it, whatever comes in.

use std::collections::{HashSet, VecDeque};

use crate::model::{
    audit::{Event, EventKey},
    fold::{self, Folded},
};

/// Events kept in memory; what lies beyond is read again when scrolled to.
const KEPT: usize = 5_000;
/// Lines shown before and after the selected one, where there are any.
const MARGIN: usize = 3;
/// Lines from either end at which the next page is asked for.
const NEAR: usize = 20;

#[derive(Default)]
pub struct Window {
    /// Newest first.
    events: VecDeque<Event>,
    keys: HashSet<EventKey>,
    rows: Vec<Folded>,
    selected: usize,
    /// The first line on the screen.
    top: usize,
    has_older: bool,
    has_newer: bool,
    /// An event is being read: the selection stays on it even at the newest.
    pinned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Newest,
    Oldest,
}

impl Window {
    pub fn replace(&mut self, events: Vec<Event>, has_older: bool) {
        *self = Self { keys: events.iter().map(Event::key).collect(), events: events.into(), has_older, ..Self::default() };
        self.rows = fold::fold(&self.events);
    }

    /// Marks that the window begins somewhere in the past.
    pub fn in_the_past(&mut self) {
        self.has_newer = true;
    }

    pub fn add_older(&mut self, page: Vec<Event>, more: bool) {
        self.change(|window| {
            for event in page {
                if window.keys.insert(event.key()) {
                    window.events.push_back(event);
                }
            }
            window.has_older = more;
            window.trim(End::Newest);
        });
    }

    pub fn add_newer(&mut self, page: Vec<Event>, more: bool) {
        self.change(|window| {
            for event in page.into_iter().rev() {
                if window.keys.insert(event.key()) {
                    window.events.push_front(event);
                }
            }
            window.has_newer = more;
            window.trim(End::Oldest);
        });
    }

    /// Puts events where they belong, and gives back those that are newer than a window which does not reach the present.
    #[must_use]
    pub fn insert(&mut self, events: Vec<Event>) -> Vec<Event> {
        if events.is_empty() {
            return events;
        }
        let mut beyond = Vec::new();
        self.change(|window| {
            // Far from the newest event it is the newest that make room, so that what is being read stays.
            let reading = window.rows.get(window.selected).is_some_and(|row| row.lead > KEPT / 2);
            for event in events {
                if window.keys.contains(&event.key()) {
                    continue;
                }
                let at = window.events.iter().position(|known| known.place() <= event.place()).unwrap_or(window.events.len());
                if at == 0 && window.has_newer {
                    beyond.push(event);
                } else if (at < window.events.len() || !window.has_older || window.events.is_empty()) && window.keys.insert(event.key()) {
                    window.events.insert(at, event);
                }
            }
            window.trim(if reading { End::Newest } else { End::Oldest });
        });
        beyond
    }

    fn trim(&mut self, end: End) {
        while self.events.len() > KEPT {
            let gone = match end {
                End::Newest => self.events.pop_front(),
                End::Oldest => self.events.pop_back(),
            };
            let Some(gone) = gone else { return };
            self.keys.remove(&gone.key());
            match end {
                End::Newest => self.has_newer = true,
                End::Oldest => self.has_older = true,
            }
        }
    }

    /// Changes the events and keeps selection and first line on the events they are on; at the newest event they stay at the newest.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let live = self.selected == 0 && self.top == 0 && !self.has_newer && !self.pinned;
        let key_of = |window: &Self, row: &Folded| window.events.get(row.lead).map(Event::key);
        let selected = self.rows.get(self.selected).and_then(|row| key_of(self, row));
        let shown: Vec<EventKey> = self.rows.iter().skip(self.top).take(NEAR).filter_map(|row| key_of(self, row)).collect();
        change(self);
        self.rows = fold::fold(&self.events);
        if live {
            return;
        }
        if let Some(selected) = selected
            && !self.select(selected)
        {
            self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        }
        let leads = |key: &EventKey| self.rows.iter().position(|row| key_of(self, row) == Some(*key));
        if let Some((below, row)) = shown.iter().enumerate().find_map(|(below, key)| leads(key).map(|row| (below, row))) {
            self.top = row.saturating_sub(below);
        }
    }

    /// Moves the selection to the line that holds an event; false when there is none.
    pub fn select(&mut self, key: EventKey) -> bool {
        let row = self.rows.iter().position(|row| row.all().any(|index| self.events.get(index).map(Event::key) == Some(key)));
        if let Some(row) = row {
            self.selected = row;
        }
        row.is_some()
    }

    pub fn select_row(&mut self, row: usize) {
        self.selected = row.min(self.rows.len().saturating_sub(1));
    }

    pub fn pin(&mut self, pinned: bool) {
        self.pinned = pinned;
    }

    /// Back to the newest event of the window.
    pub fn to_newest(&mut self) {
        self.selected = 0;
        self.top = 0;
    }

    /// Moves the first line so that the selection is on a screen of so many lines, with a little of what is around it.
    pub fn scroll(&mut self, height: usize) {
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        let least = (self.selected + 1 + margin).saturating_sub(height);
        let most = self.selected.saturating_sub(margin);
        self.top = self.top.max(least).min(most.max(least)).min(self.rows.len().saturating_sub(height));
    }

    pub fn near_oldest(&self) -> bool {
        self.has_older && self.selected + NEAR >= self.rows.len()
    }

    /// On the last row, where there are older events.
    pub fn at_oldest(&self) -> bool {
        self.has_older && self.selected + 1 >= self.rows.len()
    }

    pub fn near_newest(&self) -> bool {
        self.has_newer && self.selected < NEAR
    }

    pub fn oldest(&self) -> Option<&Event> {
        self.events.back()
    }

    pub fn newest(&self) -> Option<&Event> {
        self.events.front()
    }

    pub fn has_older(&self) -> bool {
        self.has_older
    }

    pub fn has_newer(&self) -> bool {
        self.has_newer
    }

    pub fn rows(&self) -> &[Folded] {
        &self.rows
    }

    pub fn selected(&self) -> usize {
        self.selected
    }

    pub fn top(&self) -> usize {
        self.top
    }

    /// How many events there are, folded ones each.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub fn event(&self, row: &Folded) -> Option<&Event> {
        self.events.get(row.lead)
    }

    /// The events of a line, newest first.
    pub fn events_of(&self, row: &Folded) -> Vec<&Event> {
        row.all().filter_map(|index| self.events.get(index)).collect()
    }

    pub fn selected_event(&self) -> Option<&Event> {
        self.event(self.rows.get(self.selected)?)
    }

    pub fn selected_events(&self) -> Vec<&Event> {
        self.rows.get(self.selected).map(|row| self.events_of(row)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::model::id::SessionId;

    fn event(n: i64) -> Event {
        Event::bare(SessionId(Uuid::from_u128(1)), n, Timestamp::from_microsecond(1_700_000_000_000_000 + n).unwrap(), "lin.mei", "view")
    }

    fn newest_first(from: i64, to: i64) -> Vec<Event> {
        (from..=to).rev().map(event).collect()
    }

    fn seqs(window: &Window) -> Vec<i64> {
        window.events.iter().map(|event| event.seq).collect()
    }

    #[test]
    fn at_the_newest_event_the_newest_is_followed() {
        let mut window = Window::default();
        window.replace(newest_first(1, 10), false);
        assert!(window.insert(newest_first(11, 12)).is_empty());
        assert_eq!(window.selected_event().map(|event| event.seq), Some(12));
    }

    #[test]
    fn further_down_the_place_is_kept() {
        let mut window = Window::default();
        window.replace(newest_first(1, 100), false);
        window.select_row(50);
        window.scroll(10);
        let (selected, first) = (window.selected_event().unwrap().seq, window.events_of(&window.rows[window.top()])[0].seq);
        assert!(window.insert(newest_first(101, 130)).is_empty());
        window.scroll(10);
        assert_eq!(window.selected_event().unwrap().seq, selected);
        assert_eq!(window.events_of(&window.rows[window.top()])[0].seq, first);
    }

    #[test]
    fn an_event_that_is_being_read_stays_the_selected_one() {
        let mut window = Window::default();
        window.replace(newest_first(1, 10), false);
        window.pin(true);
        assert!(window.insert(newest_first(11, 12)).is_empty());
        assert_eq!(window.selected_event().map(|event| event.seq), Some(10));
    }

    #[test]
    fn the_selected_line_is_always_on_the_screen() {
        let mut window = Window::default();
        window.replace(newest_first(1, 30), false);
        for height in 1..40 {
            for row in (0..30).chain((0..30).rev()) {
                window.select_row(row);
                window.scroll(height);
                assert!((window.top()..window.top() + height).contains(&row), "row {row} of a screen of {height} from {}", window.top());
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_both_ends_are_known() {
        let mut window = Window::default();
        window.replace(newest_first(9_801, 10_000), true);
        while window.oldest().unwrap().seq > 1 {
            let last = window.oldest().unwrap().seq;
            window.select_row(usize::MAX);
            window.add_older(newest_first(last - 200, last - 1), last > 201);
        }
        assert_eq!(window.len(), KEPT);
        assert!(window.has_newer() && !window.has_older());
        // What happens now is beyond the window, and is not lost.
        assert_eq!(window.insert(vec![event(10_001)]).len(), 1);
        while window.has_newer() {
            let first = window.newest().unwrap().seq;
            window.select_row(0);
            let to = (first + 200).min(10_001);
            window.add_newer(newest_first(first + 1, to), to < 10_001);
        }
        assert_eq!(window.len(), KEPT);
        assert_eq!(window.newest().unwrap().seq, 10_001);
        assert!(window.has_older());
        assert!(window.events.iter().zip(window.events.iter().skip(1)).all(|(newer, older)| newer.seq == older.seq + 1));
    }

    proptest! {
        #[test]
        fn whatever_the_order_of_arrival_the_trail_is_in_order(order in Just((1_i64..80).collect::<Vec<_>>()).prop_shuffle(), cut in 1_usize..79) {
            let mut window = Window::default();
            for piece in order.chunks(cut) {
                prop_assert!(window.insert(piece.iter().map(|n| event(*n)).collect()).is_empty());
            }
            prop_assert_eq!(seqs(&window), (1..80).rev().collect::<Vec<_>>());
        }
    }
}
