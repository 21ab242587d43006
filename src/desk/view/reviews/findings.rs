//! Findings, a line each.

use ratatui::style::Style;

use super::{Part, day, role_name};
use crate::{
    desk::state::State,
    model::{
        catalogue::Language,
        finding::{Finding, Severity},
    },
    text::{sanitise::for_terminal, width},
};

const SEVERITY: usize = 8;
const USER: usize = 14;

pub fn title(state: &State) -> String {
    format!("{} - {}", state.say("Findings", "风险项"), count(state).unwrap_or_default())
}

/// `4, 1 of them high`, once they were read.
pub fn count(state: &State) -> Option<String> {
    let findings = state.reviews.findings.as_ref()?;
    let high = findings.iter().filter(|finding| finding.severity == Severity::High).count();
    Some(match (high, state.language) {
        (0, _) => findings.len().to_string(),
        (_, Language::English) => format!("{}, {high} of them high", findings.len()),
        (_, Language::Chinese) => format!("{}，其中高 {high}", findings.len()),
    })
}

pub fn heading(state: &State) -> String {
    cells(state.say("severity", "级别"), state.say("user", "人员"), state.say("finding", "风险项"))
}

pub fn row(state: &State, index: usize, columns: usize) -> Option<(String, Style)> {
    let finding = state.reviews.findings.as_ref()?.get(index)?;
    let severity = format!("{} {}", finding.severity.letter(), finding.severity.in_words(state.language));
    let text = cells(&severity, finding.user.as_deref().unwrap_or("-"), &words(state, finding));
    Some((width::truncate(&for_terminal(&text), columns), style(state, finding)))
}

pub fn detail(state: &State) -> (String, Vec<Part>) {
    let Some(finding) = state.reviews.current_finding() else { return (state.say("Finding", "风险项").to_owned(), Vec::new()) };
    let parts = vec![
        (state.say("finding", "风险项"), words(state, finding), style(state, finding)),
        (state.say("way out", "处理办法"), finding.way_out(), state.theme.normal),
    ];
    (for_terminal(finding.user.as_deref().unwrap_or(state.say("Finding", "风险项"))), parts)
}

fn words(state: &State, finding: &Finding) -> String {
    let role = finding.role.as_deref().map(|role| role_name(state, role)).unwrap_or_default();
    finding.in_words(state.language, &role, |at| day(state, at))
}

fn style(state: &State, finding: &Finding) -> Style {
    match finding.severity {
        Severity::High => state.theme.bad,
        Severity::Medium => state.theme.accent,
        Severity::Low => state.theme.normal,
    }
}

fn cells(severity: &str, user: &str, finding: &str) -> String {
    format!(" {} {} {finding}", width::fit(severity, SEVERITY), width::fit(user, USER))
}
