//! One typed function for each SQL function of the API, in files named like the SQL files.
//!
//! Statements are prepared once per connection. `request_*` and `collect_*` are meant to be polled together, so that both travel in one round trip.

pub mod audit;
pub mod catalogue;
pub mod history;
pub mod keys;
pub mod list;
pub mod note;
pub mod record;
pub mod reveal;
pub mod session;
pub mod staff;
pub mod view;

use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Client, Row, types::ToSql};

use super::error::{Outcome, Result};

type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// Prepares through the connection's statement cache.
async fn rows(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}

async fn row(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Row> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_one(&statement, parameters).await?)
}

async fn outcome(client: &ClientWrapper, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(row(client, sql, parameters).await?.try_get(0)?))
}

/// Without a cache, for connections that make a single call.
async fn outcome_once(client: &Client, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(client.query_one(sql, parameters).await?.try_get(0)?))
}
