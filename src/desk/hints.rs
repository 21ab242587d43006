//! Hands hints of the database on to the desk: each kind at once, and not oftener than three times a second, however many come.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use super::event::Event;
use crate::service::Hint;

/// Least time between two events of one kind.
const REST: Duration = Duration::from_millis(300);

/// How long the database may be silent after a hint although something was done: it sends at most five a second.
const SILENCE: Duration = Duration::from_millis(250);

const KINDS: [Hint; 4] = [Hint::Policy, Hint::Sessions, Hint::Alert, Hint::Audit];

/// When a hint of a kind was heard last, when an event was sent last, and whether one more is owed for what was heard or may have been left out since.
#[derive(Clone, Copy, Default)]
struct Kind {
    heard: Option<Instant>,
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
                    // One more reading after the last hint covers what was left out behind it.
                    *kind = Kind { heard: Some(now), sent: if rested { Some(now) } else { kind.sent }, owed: !rested || of == Hint::Audit };
                }
            }
            None => {
                for (kind, of) in kinds.iter_mut().zip(KINDS) {
                    if kind.due().is_some_and(|due| due <= now) {
                        let silent = kind.heard.is_some_and(|heard| now < heard + SILENCE);
                        *kind = Kind { sent: Some(now), owed: silent && of == Hint::Audit, ..*kind };
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
    fn what_the_database_leaves_out_behind_a_hint_is_read_although_a_reading_fell_between() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (sender, mut receiver) = mpsc::unbounded_channel();
        runtime.block_on(async {
            let begun = Instant::now();
            let after = |millis| async move { tokio::time::sleep_until(begun + Duration::from_millis(millis)).await };
            // The second comes just before the reading that is owed for the first.
            let hints = stream::iter([0, 250]).then(move |millis| async move {
                after(millis).await;
                Hint::Audit
            });
            let end = stream::once(async move { after(1_200).await }).filter_map(|()| async { None });
            hand_on(Box::pin(hints.chain(end)), &sender).await;
        });
        drop(sender);
        let mut readings = 0;
        while receiver.blocking_recv().is_some() {
            readings += 1;
        }
        assert_eq!(readings, 3, "at once, after 300 ms, and after 600 ms, since the second hint's silence lasts until 500 ms");
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
