//! Moving the schema forward: numbered migrations, checksummed, under an advisory lock; then every function anew, so that a function's history is
//! the history of one file.

use refinery::{Migration, Runner};
use tokio_postgres::{Client, error::SqlState};

use super::error::{DatabaseError, Result};

/// In the order of their numbers, some of which were never used; 35 could not be applied, since 34 had made an index of the same name, and 36 stands in
/// its place. A new one takes a number above the last: a database that exists refuses one below.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__people", include_str!("../../assets/migrations/V1__people.sql")),
    ("V2__records", include_str!("../../assets/migrations/V2__records.sql")),
    ("V3__audit", include_str!("../../assets/migrations/V3__audit.sql")),
    ("V4__audit_filter", include_str!("../../assets/migrations/V4__audit_filter.sql")),
    ("V5__focus", include_str!("../../assets/migrations/V5__focus.sql")),
    ("V6__star", include_str!("../../assets/migrations/V6__star.sql")),
    ("V7__rotation", include_str!("../../assets/migrations/V7__rotation.sql")),
    ("V8__second_factor", include_str!("../../assets/migrations/V8__second_factor.sql")),
    ("V9__people_screen", include_str!("../../assets/migrations/V9__people_screen.sql")),
    ("V14__recovery", include_str!("../../assets/migrations/V14__recovery.sql")),
    ("V16__root_transition", include_str!("../../assets/migrations/V16__root_transition.sql")),
    ("V21__review", include_str!("../../assets/migrations/V21__review.sql")),
    ("V22__clearance", include_str!("../../assets/migrations/V22__clearance.sql")),
    ("V23__share", include_str!("../../assets/migrations/V23__share.sql")),
    ("V24__settings", include_str!("../../assets/migrations/V24__settings.sql")),
    ("V25__governance", include_str!("../../assets/migrations/V25__governance.sql")),
    ("V26__measurement", include_str!("../../assets/migrations/V26__measurement.sql")),
    ("V27__settings_four_eyes", include_str!("../../assets/migrations/V27__settings_four_eyes.sql")),
    ("V28__settled", include_str!("../../assets/migrations/V28__settled.sql")),
    ("V29__uncommitted_rights", include_str!("../../assets/migrations/V29__uncommitted_rights.sql")),
    ("V30__named_changes", include_str!("../../assets/migrations/V30__named_changes.sql")),
    ("V31__index_check", include_str!("../../assets/migrations/V31__index_check.sql")),
    ("V32__countersignature", include_str!("../../assets/migrations/V32__countersignature.sql")),
    ("V33__watch", include_str!("../../assets/migrations/V33__watch.sql")),
    ("V34__newest_event", include_str!("../../assets/migrations/V34__newest_event.sql")),
    ("V36__rules_and_alerts", include_str!("../../assets/migrations/V36__rules_and_alerts.sql")),
    ("V38__checkpoint", include_str!("../../assets/migrations/V38__checkpoint.sql")),
    ("V40__freeze", include_str!("../../assets/migrations/V40__freeze.sql")),
    ("V41__second_approver", include_str!("../../assets/migrations/V41__second_approver.sql")),
    ("V42__incident", include_str!("../../assets/migrations/V42__incident.sql")),
    ("V43__retention", include_str!("../../assets/migrations/V43__retention.sql")),
    ("V44__left", include_str!("../../assets/migrations/V44__left.sql")),
    ("V45__owner", include_str!("../../assets/migrations/V45__owner.sql")),
    ("V46__witness", include_str!("../../assets/migrations/V46__witness.sql")),
    ("V47__record_kind", include_str!("../../assets/migrations/V47__record_kind.sql")),
    ("V49__watch_duties", include_str!("../../assets/migrations/V49__watch_duties.sql")),
    ("V50__audit_pane", include_str!("../../assets/migrations/V50__audit_pane.sql")),
    ("V52__leaf_of_session", include_str!("../../assets/migrations/V52__leaf_of_session.sql")),
    ("V53__reference", include_str!("../../assets/migrations/V53__reference.sql")),
    ("V54__audit_retention", include_str!("../../assets/migrations/V54__audit_retention.sql")),
    ("V55__page_rows", include_str!("../../assets/migrations/V55__page_rows.sql")),
    ("V56__audit_review", include_str!("../../assets/migrations/V56__audit_review.sql")),
    ("V57__what_is_seen", include_str!("../../assets/migrations/V57__what_is_seen.sql")),
    ("V58__catalogue_statement", include_str!("../../assets/migrations/V58__catalogue_statement.sql")),
    ("V59__record_tree", include_str!("../../assets/migrations/V59__record_tree.sql")),
    ("V60__audit_scope", include_str!("../../assets/migrations/V60__audit_scope.sql")),
];

const OWNER_FUNCTIONS: &[&str] = &[
    include_str!("../../assets/functions/10_internal.sql"),
    include_str!("../../assets/functions/15_clearance.sql"),
    include_str!("../../assets/functions/20_session.sql"),
    include_str!("../../assets/functions/25_second_factor.sql"),
    include_str!("../../assets/functions/30_catalogue.sql"),
    include_str!("../../assets/functions/31_catalogue_statement.sql"),
    include_str!("../../assets/functions/35_settings.sql"),
    include_str!("../../assets/functions/36_rewrite.sql"),
    include_str!("../../assets/functions/37_retention.sql"),
    include_str!("../../assets/functions/38_kind.sql"),
    include_str!("../../assets/functions/40_list.sql"),
    include_str!("../../assets/functions/45_star.sql"),
    include_str!("../../assets/functions/50_record.sql"),
    include_str!("../../assets/functions/60_write.sql"),
    include_str!("../../assets/functions/64_owner.sql"),
    include_str!("../../assets/functions/65_share.sql"),
    include_str!("../../assets/functions/70_audit.sql"),
    include_str!("../../assets/functions/71_countersignature.sql"),
    include_str!("../../assets/functions/71_record_tree.sql"),
    include_str!("../../assets/functions/72_checkpoint.sql"),
    include_str!("../../assets/functions/73_absence.sql"),
    include_str!("../../assets/functions/73_evidence.sql"),
    include_str!("../../assets/functions/74_saved_filter.sql"),
    include_str!("../../assets/functions/75_audit_retention.sql"),
    include_str!("../../assets/functions/76_replay.sql"),
    include_str!("../../assets/functions/77_audit_scope.sql"),
    include_str!("../../assets/functions/80_staff.sql"),
    include_str!("../../assets/functions/81_role.sql"),
    include_str!("../../assets/functions/82_review.sql"),
    include_str!("../../assets/functions/83_request.sql"),
    include_str!("../../assets/functions/84_elevation.sql"),
    include_str!("../../assets/functions/85_rotation.sql"),
    include_str!("../../assets/functions/86_freeze.sql"),
    include_str!("../../assets/functions/87_recovery.sql"),
    include_str!("../../assets/functions/88_root.sql"),
    include_str!("../../assets/functions/89_incident.sql"),
    include_str!("../../assets/functions/89_watch.sql"),
    include_str!("../../assets/functions/91_rule.sql"),
    include_str!("../../assets/functions/92_alert.sql"),
    include_str!("../../assets/functions/93_duty.sql"),
    include_str!("../../assets/functions/94_audit_review.sql"),
    include_str!("../../assets/functions/99_grants.sql"),
];

const LIFECYCLE_FUNCTIONS: &str = include_str!("../../assets/functions/90_lifecycle.sql");

/// An arbitrary number that only sealdesk's migrations use.
const LOCK: i64 = 0x5EA1_DE5C;

/// The migration this program brings a database to.
#[must_use]
pub fn newest() -> i32 {
    let number = |name: &str| name.strip_prefix('V')?.split("__").next()?.parse().ok();
    MIGRATIONS.iter().filter_map(|(name, _)| number(name)).max().unwrap_or(0)
}

/// Migrates forward as `sealdesk_owner`. The connection must be a superuser's or a member's of both owners.
///
/// # Errors
/// [`DatabaseError::Newer`] when the database has migrations this program does not know; [`DatabaseError::Migration`] when an applied one differs.
pub async fn migrate(client: &mut Client) -> Result<()> {
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await?;
    let done = migrate_locked(client).await;
    client.batch_execute("reset role").await?;
    client.execute("select pg_advisory_unlock($1)", &[&LOCK]).await?;
    done
}

/// Leaves `CONNECT` to people only. Privileges of a database are not copied with a template, so a clone needs this again.
///
/// # Errors
/// Whatever the server refuses.
pub async fn close_database(client: &Client) -> Result<()> {
    let row = client
        .query_one("select format('revoke all on database %1$I from public; grant connect on database %1$I to sealdesk_people', current_database())", &[])
        .await?;
    let statement: String = row.get(0);
    client.batch_execute(&statement).await?;
    Ok(())
}

/// Nothing of a newer database is touched, and none of its bookkeeping is read further; in one that fits it must make sense.
async fn check_bookkeeping(client: &Client) -> Result<()> {
    if !client.query_one("select to_regclass('sealdesk.schema_migration') is not null", &[]).await?.try_get(0)? {
        return Ok(());
    }
    let applied: i32 = client.query_one("select coalesce(max(version), 0) from sealdesk.schema_migration", &[]).await?.try_get(0)?;
    if applied > newest() {
        return Err(DatabaseError::Newer { detail: format!("migration {applied}; this program knows {}", newest()) });
    }
    // The library that reads this table takes its dates on trust.
    for row in client.query("select version, applied_on::text from sealdesk.schema_migration", &[]).await? {
        let (version, applied_on): (i32, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        if applied_on.as_ref().is_none_or(|text| text.parse::<jiff::Timestamp>().is_err()) {
            return Err(DatabaseError::Migration { detail: format!("the date of migration {version} is not a date: {applied_on:?}") });
        }
    }
    Ok(())
}

/// An error with what caused it: by itself it says only that the database refused.
fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source()).fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

async fn migrate_locked(client: &mut Client) -> Result<()> {
    check_bookkeeping(client).await?;
    client.batch_execute(include_str!("../../assets/install/database.sql")).await.map_err(|error| match error.code() {
        Some(&SqlState::FEATURE_NOT_SUPPORTED | &SqlState::UNDEFINED_FILE) => DatabaseError::NoContrib,
        _ => error.into(),
    })?;
    close_database(client).await?;
    client.batch_execute("set role sealdesk_owner").await?;
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| DatabaseError::Migration { detail: error.to_string() })?;
    let mut runner = Runner::new(&migrations).set_abort_divergent(true).set_abort_missing(true);
    runner.set_migration_table_name("sealdesk.schema_migration");
    runner.run_async(client).await.map_err(|error| {
        let detail = with_causes(error.kind());
        if detail.contains("missing from the filesystem") { DatabaseError::Newer { detail } } else { DatabaseError::Migration { detail } }
    })?;
    // The owner's functions name the lifecycle's, so those come first.
    client.batch_execute("reset role; set role sealdesk_lifecycle").await?;
    client.batch_execute(LIFECYCLE_FUNCTIONS).await?;
    client.batch_execute("reset role; set role sealdesk_owner").await?;
    for functions in OWNER_FUNCTIONS {
        client.batch_execute(functions).await?;
    }
    client.batch_execute("select sealdesk.ensure_partitions()").await?;
    Ok(())
}
