//! Moments as people type them: `14:00`, `2026-11-24 09:00`, `-2h`, `today`.

use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned, civil};

/// A moment, seen from `now` and in its zone. A time of day is its last passing; a date is its first moment. `None`: not understood.
#[must_use]
pub fn parse(typed: &str, now: &Zoned) -> Option<Timestamp> {
    let typed = typed.trim();
    let zone = now.time_zone();
    let start = |date: civil::Date| date.to_zoned(zone.clone()).ok();
    match typed {
        "now" | "现在" => return Some(now.timestamp()),
        "today" | "今天" => return Some(start(now.date())?.timestamp()),
        "yesterday" | "昨天" => return Some(start(now.date().yesterday().ok()?)?.timestamp()),
        _ => {}
    }
    if let Some(back) = typed.strip_prefix('-') {
        let unit = back.chars().last()?;
        let count: i64 = back.strip_suffix(unit)?.trim().parse().ok().filter(|count| (0..=1_000_000).contains(count))?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        return now.timestamp().checked_sub(SignedDuration::from_secs(count * seconds)).ok();
    }
    if let Some(time) = ["%H:%M:%S", "%H:%M"].into_iter().find_map(|format| civil::Time::strptime(format, typed).ok()) {
        let today = now.date().to_datetime(time).to_zoned(zone.clone()).ok()?;
        let passed = if today > *now { today.checked_sub(1.day()).ok()? } else { today };
        return Some(passed.timestamp());
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(moment) = civil::DateTime::strptime(format, typed) {
            return Some(moment.to_zoned(zone.clone()).ok()?.timestamp());
        }
    }
    if let Ok(date) = civil::Date::strptime("%Y-%m-%d", typed) {
        return Some(start(date)?.timestamp());
    }
    typed.parse().ok()
}

/// How a moment is typed, in the person's zone; what `parse` gives back is the same moment.
#[must_use]
pub fn show(moment: Timestamp, now: &Zoned) -> String {
    let zoned = moment.to_zoned(now.time_zone().clone());
    if moment.subsec_nanosecond() != 0 {
        return moment.to_string();
    }
    let format = if zoned.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    zoned.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Zoned {
        "2026-11-24T14:30:00+08:00[+08:00]".parse().unwrap()
    }

    #[test]
    fn what_people_type_is_understood() {
        for (typed, wanted) in [
            ("14:00", "2026-11-24T06:00:00Z"),
            ("23:00", "2026-11-23T15:00:00Z"),
            ("09:15:30", "2026-11-24T01:15:30Z"),
            ("2026-11-24 09:00", "2026-11-24T01:00:00Z"),
            ("2026-11-20", "2026-11-19T16:00:00Z"),
            ("-2h", "2026-11-24T04:30:00Z"),
            ("-30m", "2026-11-24T06:00:00Z"),
            ("-1d", "2026-11-23T06:30:00Z"),
            ("today", "2026-11-23T16:00:00Z"),
            ("昨天", "2026-11-22T16:00:00Z"),
            ("2026-11-24T14:00:00Z", "2026-11-24T14:00:00Z"),
        ] {
            assert_eq!(parse(typed, &now()).map(|at| at.to_string()).as_deref(), Some(wanted), "{typed}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_guessed() {
        for typed in ["", "-", "-h", "-2", "-2y", "25:00", "14", "2026-13-01", "soon", "--2h", "-99999999999999999999h"] {
            assert_eq!(parse(typed, &now()), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn nothing_typed_makes_it_panic(typed in any::<String>()) {
            let _ = parse(&typed, &now());
            let _ = parse(&format!("-{typed}"), &now());
        }

        #[test]
        fn what_is_shown_is_the_same_moment(micros in 0_i64..4_000_000_000_000_000) {
            let moment = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(parse(&show(moment, &now()), &now()), Some(moment));
        }
    }
}
