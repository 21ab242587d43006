//! Moving through what a pane shows, as far as it goes: a list that is read page by page goes on by itself until the whole way is done.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        event::Effect,
        state::{Pane, Screen, State},
    },
    alerts, audit, audit_reviews, commands, incidents, people, replay, requests, reviews, settings,
};

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// So many rows down, or up.
    By(i64),
    First,
    Last,
    /// The row of this number, the first being 1.
    To(usize),
}

/// The motion a key stands for, the digits before it taken into account: `12j`, `3 Ctrl-d`, `40G`.
pub fn of(state: &State, key: KeyEvent) -> Option<Motion> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let counted = state.count.value;
    let times = i64::try_from(counted.max(1)).unwrap_or(i64::MAX);
    let page = i64::try_from(state.page.max(1)).unwrap_or(1);
    let half = (page / 2).max(1);
    Some(match key.code {
        KeyCode::Char('d') if control => Motion::By(half.saturating_mul(times)),
        KeyCode::Char('u') if control => Motion::By(-half.saturating_mul(times)),
        _ if control => return None,
        KeyCode::Char('j') | KeyCode::Down => Motion::By(times),
        KeyCode::Char('k') | KeyCode::Up => Motion::By(-times),
        KeyCode::PageDown => Motion::By(page.saturating_mul(times)),
        KeyCode::PageUp => Motion::By(-page.saturating_mul(times)),
        KeyCode::Char('g' | 'G') if counted > 0 => Motion::To(counted),
        KeyCode::Char('g') | KeyCode::Home => Motion::First,
        KeyCode::Char('G') | KeyCode::End => Motion::Last,
        _ => return None,
    })
}

pub fn go(state: &mut State, motion: Motion) -> Vec<Effect> {
    state.list.owed = 0;
    if state.screen == Screen::Audit {
        if matches!(motion, Motion::First | Motion::To(1)) {
            return audit::to_newest(state);
        }
        let (row, _) = reach(motion, state.audit.window.selected(), state.audit.window.rows().len());
        state.audit.window.select_row(row);
        return audit::moved(state);
    }
    if state.screen == Screen::Reviews {
        reviews::go(state, motion);
        return Vec::new();
    }
    if state.screen == Screen::AuditReviews {
        audit_reviews::go(state, motion);
        return Vec::new();
    }
    if state.screen == Screen::Settings {
        settings::go(state, motion);
        return Vec::new();
    }
    if state.screen == Screen::Alerts {
        return alerts::go(state, motion);
    }
    if state.screen == Screen::Requests {
        requests::go(state, motion);
        return Vec::new();
    }
    if state.screen == Screen::Replay {
        return replay::go(state, motion);
    }
    if state.screen == Screen::Incidents {
        return incidents::go(state, motion);
    }
    if state.screen == Screen::People {
        return people::go(state, motion);
    }
    match state.pane {
        Pane::List => in_list(state, motion),
        Pane::Detail => {
            if let Some(detail) = &mut state.detail {
                detail.selected = reach(motion, detail.selected, detail.view.fields.len()).0;
            }
            Vec::new()
        }
        Pane::Strip => {
            if let Some(detail) = &mut state.detail {
                detail.strip.selected = reach(motion, detail.strip.selected, detail.strip.rows.len()).0;
            }
            Vec::new()
        }
    }
}

fn in_list(state: &mut State, motion: Motion) -> Vec<Effect> {
    match motion {
        Motion::First if state.list.has_before => return commands::list(state, None, 0),
        Motion::Last if state.list.has_after => return commands::list_end(state),
        // Rows are counted from the first of all, so it is read first.
        Motion::To(row) if state.list.has_before => {
            let effects = commands::list(state, None, 0);
            state.list.owed = i64::try_from(row.saturating_sub(1)).unwrap_or(i64::MAX);
            return effects;
        }
        _ => {}
    }
    let (row, beyond) = reach(motion, state.list.selected, state.list.rows.len());
    state.list.selected = row;
    let more = if beyond > 0 { state.list.has_after } else { state.list.has_before };
    state.list.owed = if more { beyond } else { 0 };
    commands::follow_selection(state)
}

/// Goes on with what the rows that were there did not allow, now that more are.
pub fn go_on(state: &mut State) -> Vec<Effect> {
    match std::mem::take(&mut state.list.owed) {
        0 => Vec::new(),
        owed => in_list(state, Motion::By(owed)),
    }
}

/// The row that a motion reaches among so many, and how far beyond them it would go.
pub fn reach(motion: Motion, from: usize, rows: usize) -> (usize, i64) {
    let last = i64::try_from(rows.saturating_sub(1)).unwrap_or(i64::MAX);
    let from = i64::try_from(from).unwrap_or(0);
    let wanted = match motion {
        Motion::By(by) => from.saturating_add(by),
        Motion::First => 0,
        Motion::Last => last,
        Motion::To(row) => i64::try_from(row).unwrap_or(i64::MAX).saturating_sub(1),
    };
    let reached = wanted.clamp(0, last);
    (usize::try_from(reached).unwrap_or(0), wanted - reached)
}

#[cfg(test)]
mod tests {
    use super::{Motion, reach};

    #[test]
    fn a_motion_ends_at_the_rows_there_are_and_tells_how_far_it_would_have_gone() {
        assert_eq!(reach(Motion::By(12), 3, 50), (15, 0));
        assert_eq!(reach(Motion::By(300), 40, 50), (49, 291));
        assert_eq!(reach(Motion::By(-5), 3, 50), (0, -2));
        assert_eq!(reach(Motion::To(40), 3, 50), (39, 0));
        assert_eq!(reach(Motion::To(400), 3, 50), (49, 350));
        assert_eq!(reach(Motion::By(i64::MAX), 3, 50).0, 49);
        assert_eq!(reach(Motion::Last, 0, 0), (0, 0));
    }
}
