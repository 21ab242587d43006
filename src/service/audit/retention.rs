//! How long the audit is kept: dropping a month with a signed statement, and reading the statements back.

use std::collections::HashMap;

use jiff::{Timestamp, Unit};

use crate::{
    crypto::merkle::{self, Frontier, Hash},
    database::{api::audit_retention as api, connection::Connection},
    keyring::{audit_drop::DropStatement, countersign::Signers},
    model::{
        audit::{AuditMonth, Dropped},
        id::{InstallationId, SessionId, Ticket},
    },
    service::{Result, session::SignedIn, settings::settled},
};

/// Leaves of one reading.
const PIECE: i32 = 10_000;

/// The months of the audit, those that were dropped too; and for how many it is kept, `None` for ever.
///
/// # Errors
/// Refused without `manage_policy` or `audit_all`; lost connections.
pub async fn months(signed_in: &SignedIn) -> Result<(Vec<AuditMonth>, Option<i32>)> {
    let client = signed_in.client().await?;
    let (found, kept) = api::list_audit_months(&client, signed_in.token.expose()).await?;
    Ok((found, kept.and_then(|(months, _)| months)))
}

/// Says for how many months the audit is kept at least; `None` for ever.
///
/// # Errors
/// Refused without `manage_policy`; `SD165` for fewer than twelve; `SD050` and `SD105` where somebody else has to approve it.
pub async fn keep(signed_in: &SignedIn, months: Option<i32>) -> Result<()> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let version = api::list_audit_months(&client, token).await?.1.map_or(1, |(_, version)| version);
    let outcome = api::audit_retention_set(&client, token, months, version).await?;
    settled(signed_in, &client, "retention audit", outcome).await
}

/// Drops a month (`2024-01`) and leaves a statement that this person signs.
///
/// # Errors
/// Refused without `manage_policy`; `SD160` to `SD164` where it may not be dropped yet; `SD050` until somebody else has approved exactly this; `SD167` while
/// somebody keeps the audit.
pub async fn drop_month(signed_in: &SignedIn, month: &str) -> Result<Dropped> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let found = api::audit_month_root(&client, token, month).await?;
    let mut statement = DropStatement {
        number: found.number,
        // As the database keeps it.
        at: Timestamp::now().round(Unit::Microsecond).unwrap_or_else(|_| Timestamp::now()),
        month: month.to_owned(),
        events: found.events,
        chains: found.chains,
        root: found.root,
        checkpoint: found.checkpoint,
        request: found.request.unwrap_or(0),
        login: String::new(),
        entry: 0,
        signature: Vec::new(),
    };
    signed_in.keyring().sign_drop(&mut statement);
    let outcome = api::audit_drop(&client, token, &statement).await?;
    settled(signed_in, &client, &format!("audit {month}"), outcome).await?;
    Ok(statement.into())
}

impl From<DropStatement> for Dropped {
    fn from(statement: DropStatement) -> Self {
        let DropStatement { month, events, chains, at, login, request, .. } = statement;
        Self { month, events, chains, at, login, request }
    }
}

/// What statements that check say is gone.
#[derive(Default)]
pub(super) struct Gone {
    pub statements: Vec<Dropped>,
    /// The last event of each chain that went with a month, and its hash.
    pub ends: HashMap<SessionId, (i64, Hash)>,
}

/// Reads the statements. One that nobody signed whose key is vouched for, or whose tree is another, counts for nothing.
pub(super) async fn read(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    signers: &Signers,
    installation: InstallationId,
) -> Result<Gone> {
    let mut gone = Gone::default();
    for statement in api::collect_drops(client, token, ticket).await? {
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        let mut after = None;
        loop {
            let page = api::collect_drop_leaves(client, token, ticket, statement.number, after, PIECE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.session);
            for leaf in page {
                frontier.push(merkle::leaf(leaf.session, leaf.seq, &leaf.hash));
                leaves.push((leaf.session, (leaf.seq, leaf.hash)));
            }
        }
        let whole = i64::try_from(frontier.size()).is_ok_and(|size| size == statement.chains) && frontier.root() == statement.root;
        if !whole || !signers.signed_drop(&statement, installation) {
            tracing::warn!(statement.number, "a statement does not check");
            continue;
        }
        for (session, end) in leaves {
            let known = gone.ends.entry(session).or_insert(end);
            if known.0 < end.0 {
                *known = end;
            }
        }
        gone.statements.push(statement.into());
    }
    Ok(gone)
}
