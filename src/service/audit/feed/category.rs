//! Which of the Elastic Common Schema's categories an action belongs to, and of which type it is there.

/// Action, `event.category`, `event.type`. A name that ends in `_` stands for every action that begins with it and is not named itself; the longest counts.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("absence", "database", "access"),
    ("alert", "intrusion_detection", "info"),
    ("alert_", "intrusion_detection", "info"),
    ("anchor_", "configuration", "info"),
    ("approve", "iam", "change"),
    ("audit", "database", "access"),
    ("audit_drop", "database", "change"),
    ("audit_export", "database", "access"),
    ("audit_retention_", "configuration", "change"),
    ("audit_review_", "intrusion_detection", "info"),
    ("audit_review_export", "database", "access"),
    ("audit_review_look", "database", "access"),
    ("audit_review_open", "database", "access"),
    ("audit_review_plan", "configuration", "change"),
    ("audit_review_stop", "configuration", "change"),
    ("audit_scope_", "configuration", "change"),
    ("backup_", "database", "info"),
    ("break_glass", "iam", "change"),
    ("break_glass_", "iam", "info"),
    ("catalogue_", "configuration", "change"),
    ("chain_", "intrusion_detection", "info"),
    ("checkpoint", "database", "access"),
    ("checkpoint_", "database", "change"),
    ("checkpoint_failed", "database", "info"),
    ("class_", "configuration", "change"),
    ("clearance_", "configuration", "change"),
    ("clock_", "intrusion_detection", "info"),
    ("copy", "database", "access"),
    ("countersign", "database", "change"),
    ("create", "database", "change"),
    ("delete", "database", "change"),
    ("delivery_", "intrusion_detection", "info"),
    ("duty_", "iam", "change"),
    ("edit", "database", "change"),
    ("elevation_", "iam", "change"),
    ("eligibility", "iam", "change"),
    ("eligibility_", "iam", "change"),
    ("enrol", "iam", "creation"),
    ("evidence", "database", "access"),
    ("explain", "iam", "info"),
    ("field_", "configuration", "change"),
    ("filter_", "configuration", "change"),
    ("focus", "database", "access"),
    ("four_", "configuration", "change"),
    ("freeze", "iam", "change"),
    ("freeze_", "iam", "change"),
    ("heartbeat", "session", "info"),
    ("hide", "database", "info"),
    ("history", "database", "access"),
    ("honeytoken", "configuration", "change"),
    ("incident", "intrusion_detection", "info"),
    ("incident_", "intrusion_detection", "info"),
    ("kind_", "configuration", "change"),
    ("label", "database", "change"),
    ("label_preview", "database", "access"),
    ("legal_", "database", "change"),
    ("list", "database", "access"),
    ("login_", "authentication", "info"),
    ("measure", "database", "access"),
    ("measured", "database", "change"),
    ("note", "database", "change"),
    ("notes", "database", "access"),
    ("officer_", "iam", "change"),
    ("overdue", "intrusion_detection", "info"),
    ("owner", "database", "change"),
    ("passphrase", "iam", "change"),
    ("reason_", "configuration", "change"),
    ("recovery_", "iam", "change"),
    ("recovery_check", "iam", "info"),
    ("reencrypt", "database", "access"),
    ("reencrypt_", "database", "change"),
    ("refuse", "iam", "info"),
    ("replay", "iam", "info"),
    ("replay_session", "database", "access"),
    ("request", "iam", "info"),
    ("request_", "iam", "info"),
    ("retention_", "configuration", "change"),
    ("retention_due", "database", "access"),
    ("retention_run", "database", "change"),
    ("retention_try", "database", "access"),
    ("reveal", "database", "access"),
    ("review_", "iam", "info"),
    ("review_decide", "iam", "change"),
    ("rewrite", "database", "access"),
    ("rewrite_", "database", "change"),
    ("role_", "iam", "change"),
    ("role_add", "iam", "creation"),
    ("role_remove", "iam", "deletion"),
    ("root_", "iam", "change"),
    ("rotation_", "configuration", "change"),
    ("rule_", "configuration", "change"),
    ("rule_failed", "configuration", "info"),
    ("rule_try", "configuration", "access"),
    ("saw", "database", "access"),
    ("search", "database", "access"),
    ("second_", "authentication", "info"),
    ("session_close", "session", "end"),
    ("session_open", "session", "start"),
    ("session_silent", "intrusion_detection", "info"),
    ("session_submit", "authentication", "start"),
    ("share", "database", "change"),
    ("share_", "database", "change"),
    ("shared_", "database", "access"),
    ("sign_", "session", "end"),
    ("staff_", "iam", "change"),
    ("staff_add", "iam", "creation"),
    ("star", "database", "change"),
    ("step_", "authentication", "info"),
    ("suppression_", "intrusion_detection", "info"),
    ("undelete", "database", "change"),
    ("unstar", "database", "change"),
    ("verify", "database", "access"),
    ("view", "database", "access"),
    ("view_", "database", "access"),
    ("watch_", "intrusion_detection", "info"),
    ("who_", "iam", "info"),
    ("who_searched", "database", "access"),
    ("witness", "database", "change"),
    ("wrap", "iam", "change"),
];

/// `event.category` and `event.type`. What a newer database calls something unknown is still sent on, as `api` and `info`.
pub fn of(action: &str) -> (&'static str, &'static str) {
    let fits = |name: &str| name == action || name.ends_with('_') && action.starts_with(name);
    let found = CATEGORIES.iter().filter(|(name, ..)| fits(name)).max_by_key(|(name, ..)| name.len());
    found.map_or(("api", "info"), |(_, category, kind)| (category, kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action;

    /// The event types that version 9 of the schema expects in each category used here.
    const EXPECTED: &[(&str, &[&str])] = &[
        ("authentication", &["start", "end", "info"]),
        ("configuration", &["access", "change", "creation", "deletion", "info"]),
        ("database", &["access", "change", "info", "error"]),
        ("iam", &["admin", "change", "creation", "deletion", "group", "info", "user"]),
        ("intrusion_detection", &["allowed", "denied", "info"]),
        ("session", &["start", "end", "info"]),
    ];

    #[test]
    fn every_action_has_a_category_and_a_type_that_the_schema_expects_there() {
        let without: Vec<_> = action::codes().filter(|code| of(code).0 == "api").collect();
        assert!(without.is_empty(), "no category for {without:?}: add a line for each to CATEGORIES in src/service/audit/feed/category.rs");
        for (name, category, kind) in CATEGORIES {
            let types = EXPECTED.iter().find(|(known, _)| known == category).map(|(_, types)| *types).unwrap_or_default();
            assert!(types.contains(kind), "{name}: {category} has no {kind}");
        }
        assert_eq!(of("something_new"), ("api", "info"));
        assert_eq!(of("label_preview"), ("database", "access"));
    }
}
