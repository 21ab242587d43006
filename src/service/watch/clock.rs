//! Clocks beside each other: a jump of one moves when things happened, and so what the audit says.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// What slewing and a busy machine explain.
const SLACK: SignedDuration = SignedDuration::from_secs(3);

/// A clock that did not go as the others did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// This machine's wall clock, beside its monotonic one.
    Own(SignedDuration),
    /// The server's, beside this machine's.
    Server(SignedDuration),
}

impl Jump {
    /// `own` or `server`.
    #[must_use]
    pub fn whose(self) -> &'static str {
        match self {
            Self::Own(_) => "own",
            Self::Server(_) => "server",
        }
    }

    /// How far, forward or backward.
    #[must_use]
    pub fn by(self) -> SignedDuration {
        match self {
            Self::Own(by) | Self::Server(by) => by,
        }
    }
}

/// What the clocks showed when they were last looked at.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Timestamp,
    steady: Instant,
    /// The server's time less this machine's.
    ahead: Option<SignedDuration>,
}

impl Clock {
    #[must_use]
    pub fn new(wall: Timestamp, steady: Instant) -> Self {
        Self { wall, steady, ahead: None }
    }

    /// Looks again. The server's time was asked for `took` ago or less.
    pub fn look(&mut self, wall: Timestamp, steady: Instant, server: Timestamp, took: Duration) -> Option<Jump> {
        let passed = SignedDuration::try_from(steady.saturating_duration_since(self.steady)).unwrap_or(SignedDuration::MAX);
        let own = wall.duration_since(self.wall).saturating_sub(passed);
        let ahead = server.duration_since(wall);
        let before = self.ahead.replace(ahead);
        (self.wall, self.steady) = (wall, steady);
        if own.abs() > SLACK {
            return Some(Jump::Own(own));
        }
        let slack = SLACK.saturating_add(SignedDuration::try_from(took).unwrap_or(SignedDuration::MAX));
        let moved = ahead.saturating_sub(before?);
        (moved.abs() > slack).then_some(Jump::Server(moved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> (Timestamp, Instant, Clock) {
        let (wall, steady) = (Timestamp::UNIX_EPOCH, Instant::now());
        (wall, steady, Clock::new(wall, steady))
    }

    #[test]
    fn clocks_that_go_together_say_nothing_however_far_they_are_apart() {
        let (wall, steady, mut clock) = start();
        let behind = SignedDuration::from_mins(7);
        for second in 1..100 {
            let (later, steadily) = (SignedDuration::from_secs(second), Duration::from_secs(second.unsigned_abs()));
            assert_eq!(clock.look(wall + later, steady + steadily, wall + later - behind, Duration::from_millis(2)), None);
        }
    }

    #[test]
    fn a_wall_clock_that_is_set_is_told_once_with_how_far() {
        let (wall, steady, mut clock) = start();
        let hour = SignedDuration::from_hours(1);
        assert_eq!(clock.look(wall, steady, wall, Duration::ZERO), None);
        let set = wall - hour + SignedDuration::from_secs(1);
        let true_time = wall + SignedDuration::from_secs(1);
        assert_eq!(clock.look(set, steady + Duration::from_secs(1), true_time, Duration::ZERO), Some(Jump::Own(-hour)));
        let next = SignedDuration::from_secs(1);
        assert_eq!(clock.look(set + next, steady + Duration::from_secs(2), true_time + next, Duration::ZERO), None);
    }

    #[test]
    fn a_server_that_jumps_is_told_apart_from_one_that_answers_late() {
        let (wall, steady, mut clock) = start();
        assert_eq!(clock.look(wall, steady, wall, Duration::ZERO), None);
        let (later, steadily) = (wall + SignedDuration::from_secs(20), steady + Duration::from_secs(20));
        assert_eq!(clock.look(later, steadily, later - SignedDuration::from_secs(9), Duration::from_secs(10)), None);
        let jumped = SignedDuration::from_secs(30);
        let ahead = jumped + SignedDuration::from_secs(9);
        let answer = clock.look(
            later + SignedDuration::from_secs(1),
            steadily + Duration::from_secs(1),
            later + SignedDuration::from_secs(1) + jumped,
            Duration::ZERO,
        );
        assert_eq!(answer, Some(Jump::Server(ahead)));
    }
}
