//! `sealdesk staff findings`: what is worth asking about people, and what to do about it.

use jiff::tz::TimeZone;

use super::{Outcome, output};
use crate::{
    model::{catalogue::Language, finding::Finding},
    service::{SignedIn, review},
};

pub async fn run(signed_in: &SignedIn, language: Language, json: bool) -> Outcome {
    let findings = review::findings(signed_in).await?;
    let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string();
    let words = |finding: &Finding| finding.in_words(language, finding.role.as_deref().unwrap_or_default(), day);
    if json {
        for finding in &findings {
            output::line(serde_json::json!({
                "severity": finding.severity.letter(), "kind": finding.kind.code(), "user": finding.user, "role": finding.role,
                "detail": finding.detail, "review": finding.campaign, "at": finding.at, "way_out": finding.way_out()
            }))?;
        }
        return Ok(());
    }
    let row = |finding: &Finding| {
        let severity = format!("{} {}", finding.severity.letter(), finding.severity.in_words(language));
        vec![severity, finding.user.clone().unwrap_or_default(), words(finding), finding.way_out()]
    };
    let rows: Vec<Vec<String>> = findings.iter().map(row).collect();
    output::table_in(language, ["severity", "user", "finding", "way out"], ["级别", "人员", "风险项", "处理办法"], &rows)
}
