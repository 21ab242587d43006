//! What can be wrong with an installation, and how to mend it.

use jiff::Timestamp;
use tokio_postgres::Client;

use crate::{
    config::{Config, TlsMode},
    crypto::{fingerprint::fingerprint, secret::Secret},
    database::{
        api::{catalogue_statement, keys},
        connect::{self, Target},
        error::{DatabaseError, Result},
        migrate, recovery,
    },
    keyring::{self, catalogue::is_signed, material::DirectoryEntry},
    model::{catalogue::Language, id::InstallationId, signed_catalogue::SignedCatalogue},
};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Good,
    /// Works, and should be seen to.
    Warning,
    Bad,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    pub level: Level,
    pub found: String,
    pub mend: String,
}

impl Finding {
    #[must_use]
    pub fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, level: Level::Good, found: found.into(), mend: String::new() }
    }

    #[must_use]
    pub fn bad(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, level: Level::Bad, found: found.into(), mend: mend.into() }
    }

    fn warning(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, level: Level::Warning, found: found.into(), mend: mend.into() }
    }

    fn judged(what: &'static str, good: bool, found: impl Into<String>, mend: &str) -> Self {
        Self { what, level: if good { Level::Good } else { Level::Bad }, found: found.into(), mend: mend.into() }
    }
}

/// The terminal and its locale.
#[must_use]
pub fn terminal() -> Vec<Finding> {
    let term = std::env::var("TERM").unwrap_or_default();
    let locale = std::env::var("LC_ALL").ok().filter(|value| !value.is_empty()).or_else(|| std::env::var("LANG").ok()).unwrap_or_default();
    vec![
        Finding::judged(
            "terminal",
            !term.is_empty() && term != "dumb",
            format!("TERM={term}"),
            "set TERM to your terminal's type, e.g. xterm-256color",
        ),
        Finding::judged(
            "locale",
            locale.to_lowercase().contains("utf"),
            format!("LANG={locale}"),
            "set LANG to a UTF-8 locale, e.g. en_US.UTF-8 or zh_CN.UTF-8",
        ),
    ]
}

/// The configuration's promises.
#[must_use]
pub fn configuration(config: &Config) -> Vec<Finding> {
    let local = config.host.starts_with('/');
    vec![
        Finding::good("configuration", format!("installation {} at {}:{}", config.installation, config.host, config.port)),
        Finding::judged(
            "TLS",
            local || config.tls.mode == TlsMode::VerifyFull,
            if local {
                "unix socket"
            } else if config.tls.mode == TlsMode::VerifyFull {
                "verify_full"
            } else {
                "off"
            },
            "set tls = \"verify_full\" and tls_ca in the configuration",
        ),
        Finding::judged(
            "root",
            config.root_fingerprint.is_some(),
            "root fingerprint pinned",
            "set root_fingerprint, as `sealdesk init` printed it",
        ),
    ]
}

/// Whether the server answers there, with a certificate that is accepted. Nobody signs in: a login that is refused has reached the server.
pub async fn reach(config: &Config) -> Finding {
    let nobody = Target::for_person(config, "sealdesk-doctor", Secret::from("-"));
    match connect::client(&nobody).await {
        Ok(_) => Finding::bad("reach", "the server lets anybody in", "require scram-sha-256 on every line of pg_hba.conf"),
        Err(DatabaseError::AuthenticationFailed) => Finding::good("reach", format!("{}:{} answers", config.host, config.port)),
        Err(DatabaseError::Certificate { detail }) => {
            Finding::bad("reach", detail, "set tls_ca to the authority that signed the server's certificate, and host to a name in it")
        }
        Err(error) => Finding::bad(
            "reach",
            error.to_string(),
            "start the server, or correct host and port; pg_hba.conf must have a line for this machine",
        ),
    }
}

/// What only a superuser can look at.
///
/// # Errors
/// Whatever the server refuses.
pub async fn server(client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int, current_setting('max_connections')::int, clock_timestamp(),
                    current_setting('password_encryption'), current_setting('ssl') = 'on' or current_setting('listen_addresses') = ''",
            &[],
        )
        .await?;
    let (version, connections): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    let (clock, encryption, encrypted): (Timestamp, String, bool) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    let apart = Timestamp::now().duration_since(clock).as_secs().abs();
    let mut findings = vec![
        Finding::judged("server", version >= 150_000, format!("PostgreSQL {}", version / 10_000), "upgrade to PostgreSQL 15 or newer"),
        Finding::judged(
            "connections",
            connections >= 100,
            format!("max_connections = {connections}"),
            "allow at least 100, and 300 for 200 desks",
        ),
        Finding::judged("clock", apart <= 5, format!("{apart} s apart"), "run NTP on both machines"),
        Finding::judged(
            "encryption",
            encrypted,
            if encrypted { "TLS, or no TCP at all" } else { "the server listens on TCP without TLS" },
            "set ssl = on with ssl_cert_file and ssl_key_file, and use hostssl lines in pg_hba.conf",
        ),
        Finding::judged("passwords", encryption == "scram-sha-256", encryption, "set password_encryption = 'scram-sha-256'"),
    ];
    let installed: bool = client.query_one("select to_regclass('sealdesk.schema_migration') is not null", &[]).await?.try_get(0)?;
    if !installed {
        findings.push(Finding::bad("migrations", "no installation in this database", "run `sealdesk init`"));
        return Ok(findings);
    }
    let applied: i32 = client.query_one("select coalesce(max(version), 0) from sealdesk.schema_migration", &[]).await?.try_get(0)?;
    findings.push(Finding::judged(
        "migrations",
        applied == migrate::newest(),
        format!("{applied} of {}", migrate::newest()),
        "run `sealdesk migrate`, or install the newer sealdesk when the database is ahead",
    ));
    findings.extend(grants(client).await?);
    findings.extend(hardening(client).await?);
    if applied == migrate::newest() {
        findings.extend(key_chains(client).await?);
        findings.extend(custodians(client).await?);
        findings.push(schedule(client).await?);
        findings.push(labels(client).await?);
        findings.push(indexes(client).await?);
        findings.extend(watching(client).await?);
    }
    Ok(findings)
}

/// What is older is late: the watch makes a checkpoint each minute.
const LATE_S: i64 = 5 * 60;

/// Whether anybody watches, and how old the newest checkpoint and each anchor are.
async fn watching(client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select w.login, w.until_at > clock_timestamp(), w.round_at::text, extract(epoch from clock_timestamp() - w.round_at)::bigint,
                    c.number, extract(epoch from clock_timestamp() - c.at)::bigint, c.login,
                    ',' || replace(current_setting('log_destination'), ' ', '') || ',' like '%,jsonlog,%' and current_setting('logging_collector') = 'on'
               from sealdesk.watch w left join (select * from sealdesk.checkpoint order by number desc limit 1) c on true",
            &[],
        )
        .await?;
    let (login, leads, since, ago): (Option<String>, bool, Option<String>, Option<i64>) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let start = "run `sealdesk watch` (assets/systemd/sealdesk-watch.service; README, \"The watch\")";
    let mut findings = vec![match (leads, since) {
        (true, _) => Finding::good("watch", format!("{} watches, {} ago", login.unwrap_or_default(), span(ago.unwrap_or(0)))),
        (false, Some(since)) => Finding::bad("watch", format!("nobody watches since {since}, {} ago", span(ago.unwrap_or(0))), start),
        (false, None) => Finding::warning("watch", "nobody has ever watched: no alert is raised, no checkpoint made", start),
    }];
    let (number, age, by): (Option<i64>, Option<i64>, Option<String>) = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
    findings.push(match (number, age) {
        (Some(number), Some(age)) if age <= LATE_S || !leads => {
            let found = format!("number {number}, {} ago, signed by {}", span(age), by.unwrap_or_default());
            if age <= LATE_S { Finding::good("checkpoint", found) } else { Finding::warning("checkpoint", found, start) }
        }
        (Some(number), Some(age)) => Finding::bad(
            "checkpoint",
            format!("number {number}, {} ago, although somebody watches", span(age)),
            "look what the watch says (journalctl -u sealdesk-watch) and at the alerts",
        ),
        _ => Finding::warning("checkpoint", "none: a deleted session would leave no trace", start),
    });
    findings.push(anchors(client).await?);
    let reads_log: bool = row.try_get(7)?;
    findings.push(if reads_log {
        Finding::good("failed logins", "the server logs in JSON; `server_log` under [watch] has them read")
    } else {
        Finding::warning(
            "failed logins",
            "the server does not log in JSON, so guessed passphrases raise no alert",
            "set logging_collector = on and log_destination = 'jsonlog', and server_log under [watch] where the watch runs on that machine",
        )
    });
    Ok(findings)
}

/// How far the anchors are, as the watch says.
async fn anchors(client: &Client) -> Result<Finding> {
    let known = client
        .query(
            "select a.name, a.number, extract(epoch from clock_timestamp() - a.at)::bigint, a.error, extract(epoch from clock_timestamp() - a.failing_since)::bigint
               from sealdesk.anchor_state a order by a.name",
            &[],
        )
        .await?;
    let (mut found, mut failing, mut late) = (Vec::new(), false, false);
    for row in &known {
        let (name, number): (String, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let (age, error, since): (Option<i64>, Option<String>, Option<i64>) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let reached = match (number, age) {
            (Some(number), Some(age)) => format!("{name} has checkpoint {number}, {} ago", span(age)),
            _ => format!("{name} has none"),
        };
        late |= age.is_none_or(|age| age > LATE_S);
        found.push(match error {
            Some(error) => {
                failing = true;
                format!("{reached}; failing for {}: {error}", span(since.unwrap_or(0)))
            }
            None => reached,
        });
    }
    let found = found.join("; ");
    Ok(if known.is_empty() {
        Finding::warning(
            "anchors",
            "none: a database put back to an older copy is found only by who remembers it",
            "set anchors under [watch] in the configuration of the machine that watches",
        )
    } else if failing {
        Finding::bad("anchors", found, "make room or set the permission right; what waits is written by itself")
    } else if late {
        Finding::warning("anchors", found, "see whether the watch runs, and whether this anchor is still configured")
    } else {
        Finding::good("anchors", found)
    })
}

/// A length of time as people say it.
fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Whether the root that a configuration pins is the installation's.
///
/// # Errors
/// Whatever the server refuses.
pub async fn root(client: &Client, config: &Config) -> Result<Option<Finding>> {
    let installed: bool = client.query_one("select to_regclass('sealdesk.installation') is not null", &[]).await?.try_get(0)?;
    let Some(pinned) = config.root_fingerprint.as_ref().filter(|_| installed) else { return Ok(None) };
    let Some(row) = client.query_opt("select root_public from sealdesk.installation where id = $1", &[&config.installation.0]).await?
    else {
        return Ok(None);
    };
    let found = fingerprint(&[&row.try_get::<_, Vec<u8>>(0)?]);
    Ok((!pinned.trim().eq_ignore_ascii_case(&found)).then(|| {
        Finding::bad(
            "root",
            format!("the configuration pins {pinned}, and the installation's root is {found}"),
            "where a security officer exchanged the root and confirms the new fingerprint, set root_fingerprint to it; else find out who changed the database",
        )
    }))
}

/// What every login of this database could do that only a superuser can take away, and what the server needs beyond its core.
async fn hardening(client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select to_regprocedure('sealdesk_crypto.hmac(bytea, bytea, text)') is not null,
                    coalesce((select string_agg(l.lanname, ', ') from pg_language l
                       where l.lanpltrusted and has_language_privilege('sealdesk_people', l.oid, 'usage')), ''),
                    (select count(*) from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
                       and p.proname ~ '^(lo_|pg_(try_)?advisory_)|^(lowrite|loread|pg_notify)$' and has_function_privilege('sealdesk_people', p.oid, 'execute')),
                    pg_has_role('sealdesk_lifecycle', 'pg_signal_backend', 'usage')",
            &[],
        )
        .await?;
    let (extension, languages, functions, signal): (bool, String, i64, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(vec![
        Finding::judged(
            "extension",
            extension,
            if extension { "pgcrypto, for the second factor" } else { "pgcrypto is missing" },
            "install the server's contrib package and run `sealdesk migrate`",
        ),
        Finding::judged(
            "languages",
            languages.is_empty(),
            if languages.is_empty() { "people cannot run code of their own".into() } else { format!("people can run {languages}") },
            "run `sealdesk migrate` with a superuser's URL, which closes them",
        ),
        Finding::judged(
            "built-ins",
            functions == 0,
            if functions == 0 {
                "no large objects, advisory locks or notices for people".into()
            } else {
                format!("{functions} functions are open to people")
            },
            "run `sealdesk migrate` with a superuser's URL, which closes them",
        ),
        Finding::judged(
            "leaving",
            signal,
            if signal { "connections of people who leave can be ended" } else { "connections of people who leave stay open" },
            "as a superuser: grant pg_signal_backend to sealdesk_lifecycle",
        ),
    ])
}

/// Whether every public key and every wrapped key has its chain to the root, and whether a rotation was left half way.
async fn key_chains(client: &Client) -> Result<Vec<Finding>> {
    let (installation, root, directory, wraps) = keys::all_signed(client).await?;
    let signed = directory.len() + wraps.len();
    let catalogue = signed_catalogue(client, installation, &root, directory.clone()).await?;
    let problems = keyring::without_chain(installation, &root, directory, &wraps);
    let unfinished = client
        .query(
            "select c.code || ' (epoch ' || (select min(w.subject_generation) from sealdesk.wrapped_key w
                                              where w.content = 'value' and w.subject = c.code) || ' of ' || c.epoch || ')'
               from sealdesk.class c
              where exists (select from sealdesk.wrapped_key w where w.content = 'value' and w.subject = c.code and w.subject_generation < c.epoch)
              order by 1",
            &[],
        )
        .await?;
    let unfinished: Vec<String> = unfinished.iter().filter_map(|row| row.try_get(0).ok()).collect();
    Ok(vec![
        Finding::judged(
            "keys",
            problems.is_empty(),
            if problems.is_empty() {
                format!("{signed} signatures lead to the root {}", fingerprint(&[&root]))
            } else {
                problems.join("; ")
            },
            "find out who changed the database; a security officer then confirms the person again, or rotates the role or class",
        ),
        Finding::judged(
            "rotation",
            unfinished.is_empty(),
            if unfinished.is_empty() { "nothing is under old keys".to_owned() } else { unfinished.join(", ") },
            "run `sealdesk class reencrypt` as a security officer; it goes on where it was stopped",
        ),
        catalogue,
    ])
}

/// Whether fields, kinds of record and keys are as an officer signed them last.
async fn signed_catalogue(client: &Client, installation: InstallationId, root: &[u8], directory: Vec<DirectoryEntry>) -> Result<Finding> {
    let (newest, stored, told) = catalogue_statement::all(client).await?;
    let wrong = |found: String| {
        Finding::bad(
            "catalogue",
            found,
            "nobody can write until a security officer has found out who changed it and runs `sealdesk catalogue sign`",
        )
    };
    let Some(newest) = newest else { return Ok(wrong("no officer has signed fields and keys yet".into())) };
    if !is_signed(installation, root, directory, &newest) {
        return Ok(wrong(format!("statement {} has no valid officer's signature", newest.number)));
    }
    if let Some(told) = told.filter(|told| *told > newest.number) {
        return Ok(wrong(format!("the audit tells of statement {told}, and statement {} is the newest there is", newest.number)));
    }
    let (Ok(signed), Ok(stored)) = (serde_json::from_str::<SignedCatalogue>(&newest.body), serde_json::from_str(&stored)) else {
        return Ok(wrong(format!("statement {} cannot be read by this program", newest.number)));
    };
    let differences = signed.differences(&stored);
    Ok(if differences.is_empty() {
        Finding::good(
            "catalogue",
            format!("fields, kinds of record and keys are as {} signed them (statement {})", newest.signer, newest.number),
        )
    } else {
        let words: Vec<String> = differences.iter().map(|difference| difference.in_words(Language::English)).collect();
        wrong(format!("not as {} signed it (statement {}): {}", newest.signer, newest.number, words.join("; ")))
    })
}

/// Whether custodians could make a new security officer if all were gone.
async fn custodians(client: &Client) -> Result<Vec<Finding>> {
    let sets = recovery::sets(client).await?;
    if sets.is_empty() {
        return Ok(vec![Finding::warning(
            "recovery",
            "no custodians: if every security officer is gone, so is the data",
            "as a security officer: sealdesk recovery set-up --threshold 2 --custodian NAME --custodian NAME --custodian NAME",
        )]);
    }
    let (installation, root, directory, _) = keys::all_signed(client).await?;
    let row = client
        .query_one(
            "select sealdesk.officers_generation(),
                    (select string_agg('set ' || r.number, ', ' order by r.number) from sealdesk.recovery_set r where r.retired_at is null and r.drilled_at is null),
                    (select string_agg('share ' || h.index || ' of set ' || h.set || ' (' || h.custodian || ')', ', ' order by h.set, h.index)
                       from sealdesk.recovery_share h join sealdesk.recovery_set r on r.number = h.set
                      where r.retired_at is null and coalesce(h.last_checked_at, r.created_at) < clock_timestamp() - interval '180 days')",
            &[],
        )
        .await?;
    let (newest, untried, unchecked): (Option<i32>, Option<String>, Option<String>) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let mut findings = Vec::new();
    for (set, deposit) in &sets {
        if !set.is_signed(installation, &root, &directory, Some(deposit)) {
            findings.push(Finding::bad(
                "recovery",
                format!("set {}, or what is sealed to it, has no valid officer's signature", set.number),
                "find out who changed the database; then, as a security officer, sealdesk recovery renew, or set up a new one where that refuses",
            ));
        } else if Some(deposit.generation) != newest {
            findings.push(Finding::bad(
                "recovery",
                format!("set {} holds an officers' key that is no longer used", set.number),
                "as a security officer: sealdesk recovery renew",
            ));
        }
    }
    if let Some(untried) = untried {
        findings.push(Finding::warning("recovery", format!("never tried: {untried}"), "with the custodians: sealdesk recovery drill"));
    }
    if let Some(unchecked) = unchecked {
        findings.push(Finding::warning(
            "recovery",
            format!("not seen for 180 days: {unchecked}"),
            "with each custodian: sealdesk recovery check",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good("recovery", "custodians can make a security officer: tried, and up to date"));
    }
    Ok(findings)
}

/// Keys that are older than they may be.
async fn schedule(client: &Client) -> Result<Finding> {
    let overdue: Option<String> = client
        .query_one(
            "select string_agg(x.kind || ' ' || x.name, ', ' order by x.kind, x.name) from sealdesk.rotation_schedule() x where x.overdue",
            &[],
        )
        .await?
        .try_get(0)?;
    Ok(match overdue {
        None => Finding::good("schedule", "no keys are older than they may be"),
        Some(overdue) => Finding::warning(
            "schedule",
            format!("keys older than they may be: {overdue}"),
            "as a security officer, best by a timer: sealdesk class rotate --due, sealdesk role rotate --due",
        ),
    })
}

/// Labels that no active person is cleared for: what bears them is there for nobody.
async fn labels(client: &Client) -> Result<Finding> {
    let orphaned = client
        .query(
            "select l.code, x.compartments, x.records, x.numbers[1:5]
               from (select r.label, r.compartments, count(*) as records, array_agg(k.prefix || '-' || lpad(r.number::text, greatest(6, length(r.number::text)), '0') order by r.number) as numbers
                       from sealdesk.record r join sealdesk.record_kind k on k.code = r.kind where r.labelled group by r.label, r.compartments) x
               join sealdesk.clearance_level l on l.rank = x.label
              where not exists (select from sealdesk.person p where p.state = 'active' and p.clearance >= x.label and x.compartments <@ p.compartments)
              order by x.label, x.compartments",
            &[],
        )
        .await?;
    let mut found = Vec::new();
    let mut mend = Vec::new();
    for row in &orphaned {
        let (level, compartments, records): (String, Vec<String>, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let numbers: Vec<String> = row.try_get(3)?;
        let more = if records > 5 { ", ..." } else { "" };
        let label = [std::slice::from_ref(&level), &compartments].concat().join(", ");
        found.push(format!("nobody is cleared for {label}: {records} records ({}{more})", numbers.join(", ")));
        let clear = ["sealdesk staff clear USER", level.as_str()].into_iter();
        mend.push(clear.chain(compartments.iter().flat_map(|code| ["--compartment", code.as_str()])).collect::<Vec<_>>().join(" "));
    }
    Ok(if found.is_empty() {
        Finding::good("labels", "somebody is cleared for every label")
    } else {
        Finding::warning("labels", found.join("; "), format!("as a security officer: {}", mend.join(", ")))
    })
}

/// Indexes that tell more than they may.
async fn indexes(client: &Client) -> Result<Finding> {
    client.execute("select sealdesk.check_indexes()", &[]).await?;
    let leaking = client
        .query("select x.field, round((100.0 * x.largest / x.records)::numeric)::bigint from sealdesk.leaking_indexes() x", &[])
        .await?;
    let mut found = Vec::new();
    for row in &leaking {
        let (field, share): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        found.push(format!("{field} (the most common term is in {share} % of the values)"));
    }
    Ok(if found.is_empty() {
        Finding::good("indexes", "no index tells more than it may")
    } else {
        Finding::warning(
            "indexes",
            format!("these tell whoever has the database too much: {}", found.join(", ")),
            "as a security officer: sealdesk field measure FIELD, then sealdesk field change FIELD --index with fewer modes, or none",
        )
    })
}

/// Any privilege that a person holds on a table, and any function open to everybody.
async fn grants(client: &Client) -> Result<Vec<Finding>> {
    let held = client
        .query(
            "select distinct p.login || ' on ' || c.oid::regclass::text
               from sealdesk.person p join pg_roles r on r.rolname = p.login, pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname in ('sealdesk', 'sealdesk_api', 'sealdesk_lifecycle') and c.relkind in ('r', 'p', 'v', 'S')
                and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')",
            &[],
        )
        .await?;
    let open = client
        .query(
            "select f.oid::regprocedure::text from pg_proc f join pg_namespace n on n.oid = f.pronamespace
              where n.nspname like 'sealdesk%' and n.nspname <> 'sealdesk_crypto' and exists (select from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a where a.grantee = 0)",
            &[],
        )
        .await?;
    let list = |rows: &[tokio_postgres::Row]| rows.iter().filter_map(|row| row.try_get::<_, String>(0).ok()).collect::<Vec<_>>().join(", ");
    Ok(vec![
        Finding::judged(
            "grants",
            held.is_empty(),
            if held.is_empty() { "no person holds a table privilege".into() } else { list(&held) },
            "revoke all on these tables from these logins",
        ),
        Finding::judged(
            "functions",
            open.is_empty(),
            if open.is_empty() { "none is open to everybody".into() } else { list(&open) },
            "run `sealdesk migrate`, which sets the grants again",
        ),
    ])
}
