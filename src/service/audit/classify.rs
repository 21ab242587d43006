//! What was done to events whose hash is not as computed. A hash names its place and its predecessor, so an event that was moved still tells where it
//! stood.

use std::collections::HashSet;

use crate::{
    crypto::event,
    model::audit::{Break, Event, Harm},
};

/// More moved events than this in one chain are not searched for their old places.
const SEARCHED: usize = 32;

/// An event that does not follow from the one before it, as stored.
pub struct Suspect {
    /// Stored hash of the event before it, and of the one before that.
    pub previous: [u8; 32],
    pub before: [u8; 32],
    pub event: Event,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    /// Itself as it was; the event before it is not.
    Intact,
    /// It was written as another number.
    Moved(i64),
    Unknown,
}

/// Names the harm of the suspects of one chain, in its order. One act is one break: what only follows from it is left out.
pub fn classify(suspects: &[Suspect]) -> Vec<Break> {
    let found: Vec<Finding> = suspects.iter().map(|suspect| finding(suspect, suspects)).collect();
    let mut breaks = Vec::new();
    let mut shifted = None;
    for (index, (suspect, finding)) in suspects.iter().zip(&found).enumerate() {
        let seq = suspect.event.seq;
        let next = found.get(index + 1).copied().filter(|_| suspects.get(index + 1).is_some_and(|next| next.event.seq == seq + 1));
        let follows = |before: usize| suspects.get(before).is_some_and(|before| before.event.seq == seq - 1);
        let harm = match *finding {
            Finding::Intact => continue,
            // Everything behind an insertion or a closed gap moved by one step; the first of them tells it.
            Finding::Moved(old) if shifted == Some(old - seq) => continue,
            Finding::Unknown if next == Some(Finding::Moved(seq)) && shift_goes_on(suspects, &found, index + 1, -1) => {
                shifted = Some(-1);
                Harm::Inserted
            }
            Finding::Unknown if matches!(next, Some(Finding::Moved(old)) if old > seq + 1) => {
                shifted = next.and_then(|next| if let Finding::Moved(old) = next { Some(old - seq - 1) } else { None });
                Harm::Missing
            }
            // An insertion with a hash that fits: what stands behind it is the first that shows it.
            Finding::Moved(old)
                if old == seq - 1 && shift_goes_on(suspects, &found, index, -1) && !index.checked_sub(1).is_some_and(follows) =>
            {
                shifted = Some(-1);
                Harm::Inserted
            }
            Finding::Moved(_) => Harm::Reordered,
            Finding::Unknown => Harm::Altered,
        };
        breaks.push(Break { session: suspect.event.session, seq, harm, beside: Some((seq, suspect.event.at)) });
    }
    breaks
}

/// Whether all suspects from one on were moved by the same step.
fn shift_goes_on(suspects: &[Suspect], found: &[Finding], from: usize, step: i64) -> bool {
    suspects.iter().zip(found).skip(from).all(|(suspect, finding)| *finding == Finding::Moved(suspect.event.seq + step))
}

fn finding(suspect: &Suspect, all: &[Suspect]) -> Finding {
    let few = all.len() <= SEARCHED;
    let mut before: HashSet<[u8; 32]> = HashSet::from([suspect.previous, suspect.before]);
    if few {
        before.extend(all.iter().flat_map(|other| [other.previous, other.event.hash]));
    }
    let fits = |seq: i64| {
        let event = Event { seq, ..suspect.event.clone() };
        before.iter().any(|previous| event::hash(previous, &event) == suspect.event.hash)
    };
    let seq = suspect.event.seq;
    if fits(seq) {
        return Finding::Intact;
    }
    let mut places: Vec<i64> = (1..=4).flat_map(|step| [seq - step, seq + step]).collect();
    if few {
        places.extend(all.iter().map(|other| other.event.seq));
    }
    places.into_iter().find(|place| *place != seq && fits(*place)).map_or(Finding::Unknown, Finding::Moved)
}
