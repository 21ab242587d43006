//! One search box is one line, however many keystrokes it took; and what a program repeated by itself is no line of its own.

use std::collections::HashMap;

use serde::Deserialize;
use uuid::Uuid;

use super::audit::Event;

/// A line of the trail: an event and the others of its search box, as positions among the events, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    pub lead: usize,
    pub rest: Vec<usize>,
}

impl Folded {
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.rest.len()
    }

    /// Positions of all its events, newest first.
    pub fn all(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::once(self.lead).chain(self.rest.iter().copied())
    }
}

#[derive(Deserialize)]
struct Details {
    r#box: Option<Uuid>,
}

/// The search box an event was typed in.
#[must_use]
pub fn search_box(event: &Event) -> Option<Uuid> {
    let details = event.details.as_deref().filter(|_| matches!(event.action.as_str(), "search" | "list"))?;
    serde_json::from_str::<Details>(details).ok()?.r#box
}

/// The refusal of a request that was made with older keys: the program fetches them and asks again at once.
const OLDER_KEYS: &str = "SD030";
/// Events of a session that may lie between such a refusal and its repetition.
const SOON: i64 = 8;

/// Folds the events of each search box into its newest; the readings anew of a record that is open into the newest of them; and a request that was
/// refused for older keys into its repetition, where that succeeded. No other refusal is folded into a success. Nothing else moves and nothing is left
/// out.
pub fn fold<'e>(newest_first: impl IntoIterator<Item = &'e Event>) -> Vec<Folded> {
    let mut lines: Vec<Folded> = Vec::new();
    let mut boxes = HashMap::new();
    let mut repeated: HashMap<_, (usize, i64)> = HashMap::new();
    for (index, event) in newest_first.into_iter().enumerate() {
        let act = (event.session, event.action.as_str(), event.record, event.field.as_deref(), event.class.as_deref());
        if event.outcome == OLDER_KEYS
            && let Some((line, seq)) = repeated.get(&act)
            && (1..=SOON).contains(&(seq - event.seq))
            && let Some(line) = lines.get_mut(*line)
        {
            line.rest.push(index);
            continue;
        }
        let key = match search_box(event) {
            Some(search_box) => Some((event.session, Some(search_box), None, event.outcome.as_str())),
            None if event.action == "view_again" => Some((event.session, None, event.record, event.outcome.as_str())),
            None => None,
        };
        let mut at = lines.len();
        if let Some(key) = key {
            at = *boxes.entry(key).or_insert(at);
        }
        if !event.refused() {
            repeated.insert(act, (at, event.seq));
        }
        match lines.get_mut(at) {
            Some(line) => line.rest.push(index),
            None => lines.push(Folded { lead: index, rest: Vec::new() }),
        }
    }
    lines
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "positions that fold gave for this very slice")]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::model::id::SessionId;

    fn event(seq: i64, session: u8, search_box: Option<u8>, refused: bool) -> Event {
        Event {
            outcome: if refused { "SD003" } else { "ok" }.into(),
            details: search_box.map(|n| format!("{{\"box\": \"{}\", \"tokens\": [1]}}", Uuid::from_u128(u128::from(n)))),
            ..Event::bare(
                SessionId(Uuid::from_u128(u128::from(session))),
                seq,
                Timestamp::from_microsecond(1_700_000_000_000_000 - seq).unwrap(),
                "lin.mei",
                if search_box.is_some() { "search" } else { "view" },
            )
        }
    }

    #[test]
    fn seven_keystrokes_are_one_line() {
        let events: Vec<Event> = (1..=7).map(|seq| event(seq, 1, Some(1), false)).collect();
        assert_eq!(fold(&events), [Folded { lead: 0, rest: (1..7).collect() }]);
    }

    #[test]
    fn what_was_refused_for_older_keys_and_asked_again_at_once_is_one_line() {
        let mut events: Vec<Event> = (1..=3).map(|seq| event(seq, 1, None, false)).collect();
        // Newest first: the numbers of the chain go down.
        (events[0].seq, events[1].seq, events[2].seq) = (12, 11, 10);
        events[1].outcome = "SD030".into();
        assert_eq!(fold(&events), [Folded { lead: 0, rest: vec![1] }, Folded { lead: 2, rest: vec![] }]);
        // Not another act, not long ago, and not another refusal.
        events[1].action = "reveal".into();
        assert_eq!(fold(&events).len(), 3);
        (events[1].action, events[0].seq) = ("view".into(), 100);
        assert_eq!(fold(&events).len(), 3);
        (events[1].outcome, events[0].seq) = ("SD003".into(), 12);
        assert_eq!(fold(&events).len(), 3);
    }

    #[test]
    fn reading_anew_what_is_open_is_one_line_and_never_hides_a_look_up() {
        let mut events: Vec<Event> = (1..=4).map(|seq| event(seq, 1, None, false)).collect();
        for again in [0, 2] {
            events[again].action = "view_again".into();
        }
        assert_eq!(fold(&events), [Folded { lead: 0, rest: vec![2] }, Folded { lead: 1, rest: vec![] }, Folded { lead: 3, rest: vec![] }]);
    }

    #[test]
    fn a_refusal_two_boxes_and_two_people_stay_apart() {
        let events = [event(1, 1, Some(1), false), event(2, 1, Some(1), true), event(3, 1, Some(2), false), event(4, 2, Some(1), false)];
        assert_eq!(fold(&events).len(), 4);
    }

    proptest! {
        #[test]
        fn folding_loses_nothing_and_moves_nothing_else(
            shape in proptest::collection::vec((0_u8..3, proptest::option::of(0_u8..3), any::<bool>()), 0..60),
        ) {
            let events: Vec<Event> =
                shape.iter().enumerate().map(|(n, (session, b, refused))| event(i64::try_from(n).unwrap(), *session, *b, *refused)).collect();
            let lines = fold(&events);
            let mut all: Vec<usize> = lines.iter().flat_map(Folded::all).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..events.len()).collect::<Vec<_>>());
            prop_assert!(lines.windows(2).all(|pair| pair[0].lead < pair[1].lead));
            for line in &lines {
                let lead = &events[line.lead];
                prop_assert!(line.rest.iter().all(|other| *other > line.lead && search_box(&events[*other]) == search_box(lead)
                    && events[*other].session == lead.session && events[*other].outcome == lead.outcome));
                prop_assert!(line.rest.is_empty() || search_box(lead).is_some());
            }
        }
    }
}
