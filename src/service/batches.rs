//! Work on many records, batch by batch: while one batch is opened and sealed on a thread of its own, the next one is fetched and the one before is
//! stored. Each batch is asked for by an event of its own before it is handed out, and stored in a transaction of its own, so that whoever stops in
//! between has lost nothing.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    model::id::RecordId,
    service::{Error, Result},
};

/// Records of the first batch.
const FIRST: i32 = 50;
const FEWEST: i32 = 10;
/// The database names all records of a batch in its event; more than this it does not take.
const MOST: i32 = 200;
/// How long the transaction that stores a batch may hold its records: somebody who saves one of them waits for it.
const HELD: Duration = Duration::from_millis(20);

/// What is done with each batch.
pub(super) trait Steps: Sync {
    type Item: Send + 'static;
    type Made: Send + 'static;

    /// The items of at most so many records after one.
    fn fetch(&self, after: RecordId, records: i32) -> impl Future<Output = Result<Vec<Self::Item>>> + Send;

    fn record(item: &Self::Item) -> RecordId;

    /// Opens and seals, on a thread for such work.
    fn work(&self) -> impl FnOnce(Vec<Self::Item>) -> Result<Self::Made> + Send + 'static;

    fn store(&self, made: Self::Made) -> impl Future<Output = Result<Stored>> + Send;
}

/// What came of a batch.
#[derive(Default)]
pub(super) struct Stored {
    pub changed: u64,
    /// What does not open, named; it was left as it is.
    pub damaged: Vec<String>,
}

/// Fetches after the last record of the batch before, until nothing comes.
///
/// # Errors
/// The first of any step. Batches that were stored stay stored.
pub(super) async fn run<S: Steps>(steps: &S, mut told: impl FnMut(Stored)) -> Result<()> {
    let mut records = FIRST;
    let mut fetched = steps.fetch(RecordId(Uuid::nil()), records).await?;
    let mut made = None;
    loop {
        let batch = std::mem::take(&mut fetched);
        let last = batch.iter().map(S::record).max();
        if last.is_none() && made.is_none() {
            return Ok(());
        }
        let ready: Option<S::Made> = made.take();
        let (next, now, stored) = tokio::try_join!(
            async {
                match last {
                    Some(last) => steps.fetch(last, records).await,
                    None => Ok(Vec::new()),
                }
            },
            async {
                if last.is_none() {
                    return Ok(None);
                }
                let work = steps.work();
                tokio::task::spawn_blocking(move || work(batch)).await.map_err(|error| Error::Plain(error.to_string()))?.map(Some)
            },
            async {
                let Some(ready) = ready else { return Ok(None) };
                let began = Instant::now();
                steps.store(ready).await.map(|stored| Some((stored, began.elapsed())))
            }
        )?;
        (fetched, made) = (next, now);
        if let Some((stored, took)) = stored {
            records = next_size(records, took);
            told(stored);
        }
    }
}

/// So many that storing them takes about [`HELD`], at most twice or half as many as before.
fn next_size(records: i32, took: Duration) -> i32 {
    let fitting = f64::from(records) * HELD.as_secs_f64() / took.as_secs_f64().max(0.001);
    // Between the bounds of an i32 by far.
    #[allow(clippy::cast_possible_truncation)]
    let fitting = fitting.clamp(f64::from(records) / 2.0, f64::from(records) * 2.0) as i32;
    fitting.clamp(FEWEST, MOST)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn id(number: u128) -> RecordId {
        RecordId(Uuid::from_u128(number))
    }

    /// Records 1 to `records`, of which one cannot be sealed.
    struct Numbers {
        records: u128,
        broken: u128,
        stored: Mutex<Vec<RecordId>>,
    }

    impl Steps for Numbers {
        type Item = RecordId;
        type Made = Vec<RecordId>;

        async fn fetch(&self, after: RecordId, records: i32) -> Result<Vec<RecordId>> {
            let from = after.0.as_u128() + 1;
            Ok((from..=self.records).take(usize::try_from(records).unwrap()).map(id).collect())
        }

        fn record(item: &RecordId) -> RecordId {
            *item
        }

        fn work(&self) -> impl FnOnce(Vec<RecordId>) -> Result<Vec<RecordId>> + Send + 'static {
            let broken = id(self.broken);
            move |batch| if batch.contains(&broken) { Err(Error::Plain("it does not open".into())) } else { Ok(batch) }
        }

        async fn store(&self, made: Vec<RecordId>) -> Result<Stored> {
            let changed = made.len() as u64;
            self.stored.lock().unwrap().extend(made);
            Ok(Stored { changed, damaged: Vec::new() })
        }
    }

    #[tokio::test]
    async fn every_record_is_worked_on_once_and_in_order() {
        let numbers = Numbers { records: 1_000, broken: 0, stored: Mutex::default() };
        let mut changed = 0;
        run(&numbers, |stored| changed += stored.changed).await.unwrap();
        assert_eq!(numbers.stored.into_inner().unwrap(), (1..=1_000).map(id).collect::<Vec<_>>());
        assert_eq!(changed, 1_000);
    }

    #[tokio::test]
    async fn a_batch_that_cannot_be_sealed_ends_the_run_and_what_was_stored_stays() {
        let numbers = Numbers { records: 1_000, broken: 900, stored: Mutex::default() };
        assert_eq!(run(&numbers, |_| {}).await.unwrap_err().to_string(), "it does not open");
        let stored = numbers.stored.into_inner().unwrap();
        assert!(!stored.is_empty() && !stored.contains(&id(900)));
    }

    #[test]
    fn a_batch_shrinks_when_storing_takes_long_and_grows_when_it_does_not() {
        assert_eq!(next_size(100, HELD), 100);
        assert_eq!(next_size(100, HELD * 10), 50);
        assert_eq!(next_size(100, HELD / 10), 200);
        assert_eq!(next_size(MOST, Duration::ZERO), MOST);
        assert_eq!(next_size(FEWEST, HELD * 100), FEWEST);
    }
}
