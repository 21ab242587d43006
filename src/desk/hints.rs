//! Hands hints of the database on to the desk: each kind at once, and not oftener than three times a second, however many come.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use super::event::Event;
use crate::service::Hint;

/// Least time between two events of one kind.
const REST: Duration = Duration::from_millis(300);

const KINDS: [Hint; 4] = [Hint::Policy, Hint::Sessions, Hint::Alert, Hint::Audit];

/// When an event of a kind was sent last, and whether one more is owed for what has been heard since.
#[derive(Clone, Copy, Default)]
struct Kind {
    sent: Option<Instant>,
    owed: bool,
}

impl Kind {
    fn due(self) -> Option<Instant> {
        self.sent.filter(|_| self.owed).map(|sent| sent + REST)
    }
}

/// Until the stream ends (`true`) or nobody takes the events any more. A freeze waits behind no queue of readings.
pub async fn hand_on(mut stream: impl Stream<Item = Hint> + Unpin, events: &UnboundedSender<Event>) -> bool {
    let mut kinds = [Kind::default(); KINDS.len()];
    loop {
        let due = kinds.iter().filter_map(|kind| kind.due()).min();
        let heard = match due {
            Some(due) if due <= Instant::now() => None,
            Some(due) => tokio::time::timeout_at(due, stream.next()).await.ok(),
            None => Some(stream.next().await),
        };
        let now = Instant::now();
        match heard {
            Some(None) => return true,
            Some(Some(hint)) => {
                for (kind, of) in kinds.iter_mut().zip(KINDS) {
                    // Whatever was done stands in the audit as well.
                    if of != hint && of != Hint::Audit {
                        continue;
                    }
                    let rested = kind.sent.is_none_or(|sent| sent + REST <= now);
                    if rested && events.send(event(of)).is_err() {
                        return false;
                    }
                    // The database sends at most five a second; one more reading after the last covers what it left out.
                    *kind = Kind { sent: if rested { Some(now) } else { kind.sent }, owed: !rested || of == Hint::Audit };
                }
            }
            None => {
                for (kind, of) in kinds.iter_mut().zip(KINDS) {
                    if kind.due().is_some_and(|due| due <= now) {
                        *kind = Kind { sent: Some(now), owed: false };
                        if events.send(event(of)).is_err() {
                            return false;
                        }
                    }
                }
            }
        }
    }
}

fn event(of: Hint) -> Event {
    match of {
        Hint::Policy => Event::PolicyChanged,
        Hint::Sessions => Event::SessionsEnded,
        Hint::Alert => Event::AlertsChanged,
        Hint::Audit => Event::Notice,
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn a_freeze_waits_behind_no_queue_of_readings() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let hints = std::iter::repeat_n(Hint::Audit, 200).chain([Hint::Policy]);
        let begun = Instant::now();
        assert!(runtime.block_on(hand_on(stream::iter(hints), &sender)));
        assert!(begun.elapsed() < REST, "nothing was slept through");
        drop(sender);
        let mut sent = Vec::new();
        while let Some(event) = receiver.blocking_recv() {
            sent.push(event);
        }
        assert!(matches!(sent.as_slice(), [Event::Notice, Event::PolicyChanged]), "{}", sent.len());
    }

    #[test]
    fn a_flood_of_one_kind_is_handed_on_three_times_a_second_and_once_more() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let begun = Instant::now();
        let hints = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Hint::Policy, ()))
        });
        runtime.block_on(async {
            let rest = tokio::time::sleep(Duration::from_millis(800));
            let _ = futures::future::select(Box::pin(hand_on(Box::pin(hints), &sender)), Box::pin(rest)).await;
        });
        drop(sender);
        let mut policies = 0;
        while let Some(event) = receiver.blocking_recv() {
            policies += usize::from(matches!(event, Event::PolicyChanged));
        }
        let most = usize::try_from(begun.elapsed().as_millis() / REST.as_millis()).unwrap() + 1;
        assert!((2..=most).contains(&policies), "{policies}");
    }
}
