//! Draws the samples of reviews again while a verification walks all chains, and holds what was said of them against the audit. Pure but for reading.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::log::Reached;
use crate::{
    crypto::{hex, merkle::Hash},
    database::{api::audit_review as api, connection::Connection},
    keyring::{
        audit_review::{Whole, rank, seed},
        countersign::Signers,
    },
    model::{
        audit::{Dropped, Event, ReviewBreak, ReviewHarm},
        audit_review::{Drawn, READS, ROUTINE, Scope},
        id::{InstallationId, SessionId, Ticket},
    },
    service::Result,
};

/// The lowest so many ranks.
#[derive(Default)]
struct Lowest(BTreeMap<Hash, (SessionId, i64, Hash)>);

impl Lowest {
    fn offer(&mut self, most: usize, rank: Hash, event: &Event) {
        let full = self.0.len() >= most;
        if full && self.0.last_key_value().is_some_and(|(last, _)| *last < rank) {
            return;
        }
        self.0.insert(rank, (event.session, event.seq, event.hash));
        if full {
            self.0.pop_last();
        }
    }
}

/// Why an event was drawn, its session and number there, and its hash.
type Picked = (Drawn, SessionId, i64, Hash);

/// One sample, drawn from events in whatever order they come.
struct Draw {
    whole: Whole,
    scope: Scope,
    seed: Hash,
    since: Timestamp,
    hours: Vec<(Timestamp, Timestamp)>,
    glass: Vec<(String, Timestamp, Timestamp)>,
    vip: BTreeSet<uuid::Uuid>,
    special: BTreeMap<Drawn, Lowest>,
    all: Lowest,
    /// By person and hour since 1970.
    read: HashMap<(String, i64), (u64, Lowest)>,
    population: i64,
}

impl Draw {
    fn new(installation: InstallationId, whole: Whole) -> Option<Self> {
        let scope: Scope = serde_json::from_str(&whole.frame.scope).ok()?;
        let spans = |kind: &'static str| whole.weights.iter().filter(move |weight| weight.kind == kind);
        let hours = spans("hours").filter_map(|weight| weight.from.zip(weight.until)).collect();
        let glass = spans("glass").filter_map(|weight| Some((weight.actor.clone()?, weight.from?, weight.until?))).collect();
        let vip = spans("vip").filter_map(|weight| weight.record).collect();
        let seed = seed(installation, whole.frame.review, &whole.frame.checkpoint);
        let since = whole.frame.previous.map_or(whole.frame.from, |(_, from)| from);
        Some(Self {
            whole,
            scope,
            seed,
            since,
            hours,
            glass,
            vip,
            special: BTreeMap::new(),
            all: Lowest::default(),
            read: HashMap::new(),
            population: 0,
        })
    }

    fn size(&self) -> usize {
        usize::try_from(self.scope.size).unwrap_or(usize::MAX).min(1_000)
    }

    /// `reached`: how far checkpoints cover the event's chain, up to the draw's own and up to that of the review before.
    fn offer(&mut self, event: &Event, reached: (i64, i64)) {
        let Self { scope, whole, .. } = self;
        let action = event.action.as_str();
        let named =
            |list: &[String], value: Option<&str>| list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one == value));
        let fits = event.at >= self.since
            && event.at < whole.frame.until
            && event.seq <= reached.0
            && (event.at >= whole.frame.from || event.seq > reached.1)
            && event.actor != "system"
            && if scope.actions.is_empty() { !ROUTINE.contains(&action) } else { named(&scope.actions, Some(action)) }
            && named(&scope.classes, event.class.as_deref())
            && named(&scope.people, Some(&event.actor));
        if !fits {
            return;
        }
        self.population += 1;
        let rank = rank(&self.seed, event.session, event.seq);
        let most = self.size();
        let within = |from: &Timestamp, until: &Timestamp| event.at >= *from && event.at < *until;
        let glass = action == "break_glass" || self.glass.iter().any(|(actor, from, until)| *actor == event.actor && within(from, until));
        let vip = event.record.is_some_and(|record| self.vip.contains(&record.0));
        let off_hours = !self.hours.iter().any(|(from, until)| within(from, until));
        let refused = !matches!(event.outcome.as_str(), "ok" | "SD001" | "SD020" | "SD030");
        for (kind, is) in [(Drawn::Glass, glass), (Drawn::Vip, vip), (Drawn::OffHours, off_hours), (Drawn::Refused, refused)] {
            if is {
                self.special.entry(kind).or_default().offer(most, rank, event);
            }
        }
        if event.outcome == "ok" && READS.contains(&action) {
            let hour = event.at.as_microsecond().div_euclid(3_600_000_000);
            let (count, lowest) = self.read.entry((event.actor.clone(), hour)).or_default();
            *count += 1;
            lowest.offer(most, rank, event);
        }
        // Those that are drawn for something are in here too.
        self.all.offer(2 * most, rank, event);
    }

    /// Kind, session, number and hash of each event, in the sample's order; and from how many events.
    fn finish(mut self) -> (Whole, Vec<Picked>, i64) {
        let (size, quota) = (self.size(), self.size() / 8);
        let mut bulk = Lowest::default();
        for (count, lowest) in self.read.into_values() {
            if count >= self.scope.bulk {
                bulk.0.extend(lowest.0);
            }
        }
        self.special.insert(Drawn::Bulk, bulk);
        let mut picked: BTreeMap<Hash, (Drawn, (SessionId, i64, Hash))> = BTreeMap::new();
        // In the order of kinds, so that the first that fits stays.
        for (kind, lowest) in self.special {
            for (rank, place) in lowest.0.into_iter().take(quota) {
                picked.entry(rank).or_insert((kind, place));
            }
        }
        let room = size.saturating_sub(picked.len());
        let others: Vec<_> = self.all.0.into_iter().filter(|(rank, _)| !picked.contains_key(rank)).take(room).collect();
        picked.extend(others.into_iter().map(|(rank, place)| (rank, (Drawn::Random, place))));
        let mut sample: Vec<_> = picked.into_iter().map(|(rank, (kind, place))| (kind, rank, place)).collect();
        sample.sort_unstable();
        let sample = sample.into_iter().map(|(kind, _, (session, seq, hash))| (kind, session, seq, hash)).collect();
        (self.whole, sample, self.population)
    }
}

/// What the audit says of a review.
#[derive(Default)]
struct Told {
    begun: Option<(i64, Vec<String>)>,
    sample: Option<String>,
    /// By item and login: when, the mark, and the hash of the note.
    marks: HashMap<(i32, String), (Timestamp, String, String)>,
    /// By login: the hash of what was signed.
    signed: HashMap<String, String>,
}

/// All reviews whose samples were drawn, while the chains are walked.
#[derive(Default)]
pub(super) struct Reviews {
    draws: Vec<Draw>,
    /// Whose scope cannot be read, so that nothing can be drawn.
    unread: Vec<i64>,
    told: BTreeMap<i64, Told>,
    pub(super) reached: Reached,
    count: u64,
}

impl Reviews {
    pub(super) async fn read(client: &Connection, token: &[u8], ticket: Ticket, installation: InstallationId) -> Result<Self> {
        let mut reviews = Self::default();
        for frame in api::collect_frames(client, token, ticket, None).await? {
            let review = frame.review;
            let whole = Whole {
                frame,
                weights: api::collect_weights(client, token, ticket, review).await?,
                places: api::collect_places(client, token, ticket, review).await?,
                marks: api::collect_marks(client, token, ticket, review).await?,
                signatures: api::collect_signs(client, token, ticket, review).await?,
            };
            reviews.count += 1;
            match Draw::new(installation, whole) {
                Some(draw) => reviews.draws.push(draw),
                None => reviews.unread.push(review),
            }
        }
        Ok(reviews)
    }

    /// The checkpoints whose reach is needed.
    pub(super) fn checkpoints(&self) -> BTreeSet<i64> {
        let of = |draw: &Draw| [Some(draw.whole.frame.checkpoint.number), draw.whole.frame.previous.map(|(number, _)| number)];
        self.draws.iter().flat_map(of).flatten().collect()
    }

    pub(super) fn offer(&mut self, event: &Event) {
        for draw in &mut self.draws {
            if event.at >= draw.since && event.at < draw.whole.frame.until {
                let frame = &draw.whole.frame;
                let covered = self.reached.by(event.session, frame.checkpoint.number);
                let before = frame.previous.map_or(0, |(number, _)| self.reached.by(event.session, number));
                draw.offer(event, (covered, before));
            }
        }
        if event.action.starts_with("audit_review_") && event.outcome == "ok" {
            self.listen(event);
        }
    }

    fn listen(&mut self, event: &Event) {
        let details: serde_json::Value = event.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let Some(review) = details["review"].as_i64() else { return };
        let text = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
        let told = self.told.entry(review).or_default();
        match (event.action.as_str(), event.actor.as_str()) {
            ("audit_review_begin", "system") => {
                let logins = details["excluded"].as_array().into_iter().flatten().filter_map(|login| login.as_str().map(str::to_owned));
                told.begun = details["after_checkpoint"].as_i64().map(|after| (after, logins.collect()));
            }
            ("audit_review_draw", "system") => told.sample = Some(text("sample")),
            ("audit_review_mark", actor) => {
                let Some(item) = details["item"].as_i64().and_then(|item| i32::try_from(item).ok()) else { return };
                let said = (event.at, text("mark"), text("note"));
                let last = told.marks.entry((item, actor.to_owned())).or_insert_with(|| said.clone());
                if last.0 <= said.0 {
                    *last = said;
                }
            }
            ("audit_review_sign", actor) => drop(told.signed.insert(actor.to_owned(), text("statement"))),
            _ => {}
        }
    }

    /// `log_holds`: every checkpoint was followed, so that the reach of each is known.
    pub(super) fn finish(
        mut self,
        installation: InstallationId,
        signers: &Signers,
        dropped: &[Dropped],
        log_holds: bool,
        logins: &BTreeMap<i64, String>,
    ) -> (u64, Vec<ReviewBreak>) {
        let mut broken = Vec::new();
        broken.extend(self.unread.iter().map(|review| ReviewBreak { review: *review, item: None, harm: ReviewHarm::Sample }));
        for draw in std::mem::take(&mut self.draws) {
            let since = draw.since;
            let (whole, drawn, population) = draw.finish();
            let review = whole.frame.review;
            let told = self.told.remove(&review);
            // What went with a month that was dropped is in no draw any more; its statement says so.
            let gone = dropped.iter().any(|month| lies_in(since, &month.month));
            check(&whole, told.as_ref(), (&drawn, population), installation, signers, (gone, log_holds), logins, &mut broken);
        }
        // Of a review that only began nothing was drawn yet.
        let lost = self.told.iter().filter(|(review, told)| told.sample.is_some() && !self.unread.contains(review));
        broken.extend(lost.map(|(review, _)| ReviewBreak { review: *review, item: None, harm: ReviewHarm::Missing }));
        broken.sort_unstable_by_key(|one| (one.review, one.item));
        (self.count, broken)
    }
}

/// Whether a period that begins then may reach into a month (`2024-01`), in whatever time zone it was parted.
fn lies_in(since: Timestamp, month: &str) -> bool {
    let since = since.checked_sub(jiff::SignedDuration::from_hours(48)).unwrap_or(since);
    since.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string().as_str() <= month
}

#[allow(clippy::too_many_arguments, reason = "they are what one review is held against")]
fn check(
    whole: &Whole,
    told: Option<&Told>,
    (drawn, population): (&[(Drawn, SessionId, i64, Hash)], i64),
    installation: InstallationId,
    signers: &Signers,
    (gone, log_holds): (bool, bool),
    logins: &BTreeMap<i64, String>,
    broken: &mut Vec<ReviewBreak>,
) {
    let frame = &whole.frame;
    let mut add = |item: Option<i32>, harm| broken.push(ReviewBreak { review: frame.review, item, harm });
    let begun = told.and_then(|told| told.begun.as_ref());
    let counts = |number: &i64| logins.get(number).is_some_and(|login| !frame.excluded.contains(login));
    let first = logins.keys().find(|number| **number > frame.after_checkpoint && counts(number));
    let as_begun = begun.is_some_and(|(after, excluded)| *after == frame.after_checkpoint && *excluded == frame.excluded);
    if !(as_begun || gone && begun.is_none()) || log_holds && first != Some(&frame.checkpoint.number) {
        add(None, ReviewHarm::Seed);
    }
    let digest = whole.sample(installation);
    let as_told = told.and_then(|told| told.sample.as_deref()).map_or(gone, |sample| sample == hex(&digest));
    let stored: Vec<_> = whole.places.iter().map(|place| (place.drawn, place.session, place.seq, place.hash)).collect();
    let as_drawn = gone || !log_holds || stored == drawn && population == frame.population;
    if digest != frame.digest || !as_told || !as_drawn {
        add(None, ReviewHarm::Sample);
    }
    let empty = Told::default();
    let told = told.unwrap_or(&empty);
    for marked in &whole.marks {
        let said = told.marks.get(&(marked.item, marked.by.clone()));
        let note = hex(&<Hash>::from(Sha256::digest(marked.note.as_bytes())));
        if !said.map_or(gone, |(_, mark, hash)| mark == marked.mark.code() && *hash == note) {
            add(Some(marked.item), ReviewHarm::Mark);
        }
    }
    let there: BTreeSet<(i32, &str)> = whole.marks.iter().map(|marked| (marked.item, marked.by.as_str())).collect();
    for (item, by) in told.marks.keys() {
        if !there.contains(&(*item, by.as_str())) {
            add(Some(*item), ReviewHarm::Missing);
        }
    }
    for signed in &whole.signatures {
        let statement = hex(&<Hash>::from(Sha256::digest(whole.statement(installation, &signed.by, signed.at))));
        let as_told = told.signed.get(&signed.by).map_or(gone, |told| *told == statement);
        if !signers.signed_off(whole, signed, installation) || !as_told {
            add(None, ReviewHarm::Signature);
        }
    }
    for by in told.signed.keys() {
        if !whole.signatures.iter().any(|signed| signed.by == *by) {
            add(None, ReviewHarm::Missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::keyring::{
        audit_review::{Frame, Weight},
        checkpoint::Checkpoint,
    };

    const HERE: InstallationId = InstallationId(Uuid::from_u128(7));

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_176_000 + 60 * minute).unwrap()
    }

    /// Ten hours, of which the first eight are working hours; sixteen events at most.
    fn whole() -> Whole {
        let scope = r#"{"actions":[],"classes":[],"people":[],"size":16,"bulk":5,"zone":"UTC","weekdays":[1],"from":"12:00","until":"20:00","reviewers":["r"]}"#;
        let weight = |kind: &str, actor: Option<&str>, from, until| Weight {
            kind: kind.into(),
            actor: actor.map(str::to_owned),
            record: None,
            from: Some(at(from)),
            until: Some(at(until)),
        };
        let checkpoint = Checkpoint {
            number: 2,
            at: at(700),
            size: 1,
            root: [5; 32],
            previous: [6; 32],
            records: None,
            login: "w".into(),
            entry: 1,
            signature: Vec::new(),
        };
        Whole {
            frame: Frame {
                review: 1,
                title: "t".into(),
                from: at(0),
                until: at(600),
                due_at: at(900),
                scope: scope.into(),
                after_checkpoint: 1,
                excluded: Vec::new(),
                previous: None,
                population: 0,
                digest: [0; 32],
                checkpoint,
            },
            weights: vec![weight("hours", None, 0, 480), weight("glass", Some("b"), 100, 130)],
            places: Vec::new(),
            marks: Vec::new(),
            signatures: Vec::new(),
        }
    }

    fn event(seq: i64, minute: i64, actor: &str, action: &str, outcome: &str) -> Event {
        let mut event = Event::bare(SessionId(Uuid::from_u128(9)), seq, at(minute), actor, action);
        event.outcome = outcome.into();
        event
    }

    fn drawn(events: &[Event], covered: i64) -> (Vec<(Drawn, i64)>, i64) {
        let mut draw = Draw::new(HERE, whole()).unwrap();
        for event in events {
            draw.offer(event, (covered, 0));
        }
        let (_, sample, population) = draw.finish();
        (sample.into_iter().map(|(kind, _, seq, _)| (kind, seq)).collect(), population)
    }

    fn afternoon() -> Vec<Event> {
        (0..400)
            .map(|seq| match seq % 20 {
                0 => event(seq, seq, "a", "reveal", "SD003"),
                1 => event(seq, seq, "a", "heartbeat", "ok"),
                2 => event(seq, seq, "b", "view", "ok"),
                3 => event(seq, seq + 200, "a", "view", "ok"),
                4..10 => event(seq, seq, "c", "reveal", "ok"),
                _ => event(seq, seq, "a", "search", "ok"),
            })
            .collect()
    }

    #[test]
    fn what_matters_has_its_places_and_the_rest_is_at_random() {
        let (sample, population) = drawn(&afternoon(), 1_000);
        assert_eq!((sample.len(), population), (16, 380), "heartbeats are routine");
        let count = |kind: Drawn| sample.iter().filter(|(drawn, _)| *drawn == kind).count();
        for kind in [Drawn::Glass, Drawn::OffHours, Drawn::Bulk, Drawn::Refused] {
            assert!((1..=2).contains(&count(kind)), "{kind:?}: {sample:?}");
        }
        assert!(count(Drawn::Random) >= 8 && count(Drawn::Vip) == 0, "{sample:?}");
        let glass = |seq: &i64| *seq % 20 == 2 && (100..130).contains(seq);
        assert!(sample.iter().filter(|(kind, _)| *kind == Drawn::Glass).all(|(_, seq)| glass(seq)));
        // What no checkpoint covers yet belongs to the next review.
        let (sample, population) = drawn(&afternoon(), 19);
        assert!(population == 19 && sample.iter().all(|(_, seq)| *seq <= 19), "{population}: {sample:?}");
    }

    proptest! {
        #[test]
        fn the_order_in_which_events_come_changes_nothing(seed in any::<u64>()) {
            let (expected, _) = drawn(&afternoon(), 1_000);
            let mut shuffled = afternoon();
            let length = u64::try_from(shuffled.len()).unwrap();
            for index in 0..shuffled.len() {
                let other = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::try_from(index).unwrap().wrapping_mul(1_442_695_040_888_963_407)) % length;
                shuffled.swap(index, usize::try_from(other).unwrap());
            }
            prop_assert_eq!(drawn(&shuffled, 1_000).0, expected);
        }
    }
}
