//! One typed function for each SQL function of the API, in files named like the SQL files.
//!
//! Statements are prepared once per connection. `request_*` and `collect_*` are meant to be polled together, so that both travel in one round trip.

pub mod audit;
pub mod catalogue;
pub mod countersignature;
pub mod elevation;
pub mod history;
pub mod keys;
pub mod list;
pub mod note;
pub mod record;
pub mod recovery;
pub mod request;
pub mod reveal;
pub mod review;
pub mod rewrite;
pub mod role;
pub mod root;
pub mod rotation;
pub mod second_factor;
pub mod session;
pub mod settings;
pub mod share;
pub mod staff;
pub mod view;
pub mod watch;

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Client, Row, types::ToSql};

use super::error::{DatabaseError, Outcome, Refusal, Result};

type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// How often a collection is asked for again while its request is not on disk.
const NUDGES: usize = 5;

/// Prepares through the connection's statement cache.
async fn rows(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(sql).await?;
    for _ in 0..NUDGES {
        match client.query(&statement, parameters).await.map_err(DatabaseError::from) {
            // On a server with little to do nothing flushes the log behind somebody else's unfinished work: a commit of our own does.
            Err(DatabaseError::Refused(Refusal::NotDurable)) => {
                client.query_one("select sealdesk_api.nudge()", &[]).await?;
            }
            answer => return answer,
        }
    }
    Ok(client.query(&statement, parameters).await?)
}

async fn row(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Row> {
    rows(client, sql, parameters).await?.into_iter().next().ok_or_else(|| DatabaseError::Answer("no row where one was expected".into()))
}

async fn outcome(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(row(client, sql, parameters).await?.try_get(0)?))
}

/// Without a cache, for connections that make a single call.
async fn outcome_once(client: &Client, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(client.query_one(sql, parameters).await?.try_get(0)?))
}
