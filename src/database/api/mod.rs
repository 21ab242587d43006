//! One typed function for each SQL function of the API, in files named like the SQL files.
//!
//! Statements are prepared once per connection. `request_*` and `collect_*` are meant to be polled together, the request first, so that both travel in
//! one round trip and in this order (see [`Connection`]); where many ask at once one function does both, see `ask`.

pub mod absence;
pub mod alert;
pub mod audit;
pub mod audit_retention;
pub mod audit_review;
pub mod audit_scope;
pub mod catalogue;
pub mod catalogue_statement;
pub mod checkpoint;
pub mod countersignature;
pub mod elevation;
pub mod evidence;
pub mod freeze;
pub mod history;
pub mod incident;
pub mod keys;
pub mod kind;
pub mod list;
pub mod note;
pub mod record;
pub mod recovery;
pub mod replay;
pub mod request;
pub mod retention;
pub mod reveal;
pub mod review;
pub mod rewrite;
pub mod role;
pub mod root;
pub mod rotation;
pub mod rule;
pub mod second_factor;
pub mod session;
pub mod settings;
pub mod share;
pub mod staff;
pub mod view;
pub mod watch;

use std::fmt::Write as _;

use tokio_postgres::{Client, Row, types::ToSql};

use super::{
    connection::Connection,
    error::{DatabaseError, Outcome, Refusal, Result},
};

type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// How often a collection is asked for again while its request is not on disk. Each is a commit; where somebody else writes much, the log's end moves on
/// meanwhile.
const NUDGES: usize = 40;

/// An SQL statement and its parameters.
type Call<'a> = (&'a str, &'a Parameters<'a>);

/// A request, a note of how far the log has come, and the collection, in this order and in one round trip: the collection then waits for nothing that
/// others are writing meanwhile. A refusal is that of the request; `noted` hears of one that is granted and recorded, whatever comes of the collection.
async fn ask(client: &Connection, token: &[u8], request: Call<'_>, collect: Call<'_>, noted: impl FnOnce()) -> Result<Vec<Row>> {
    let nudge: &Parameters<'_> = &[&token];
    let (outcome, nudged, collected) = tokio::join!(
        biased;
        client.query_in_turn(request.0, request.1),
        client.query_in_turn("select sealdesk_api.nudge($1)", nudge),
        client.query_in_turn(collect.0, collect.1)
    );
    Outcome(one(outcome?)?.try_get(0)?).into_result()?;
    noted();
    nudged?;
    match collected.map_err(DatabaseError::from) {
        Err(DatabaseError::Refused(Refusal::NotDurable)) => rows(client, collect.0, collect.1).await,
        answer => answer,
    }
}

async fn rows(client: &Connection, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>> {
    for _ in 0..NUDGES {
        match client.query_in_turn(sql, parameters).await.map_err(DatabaseError::from) {
            // On a server with little to do nothing flushes the log behind somebody else's unfinished work: a commit of our own does.
            Err(DatabaseError::Refused(Refusal::NotDurable)) => {
                client.query_one("select sealdesk_api.nudge()", &[]).await?;
            }
            answer => return answer,
        }
    }
    Ok(client.query_in_turn(sql, parameters).await?)
}

async fn row(client: &Connection, sql: &str, parameters: &Parameters<'_>) -> Result<Row> {
    one(rows(client, sql, parameters).await?)
}

fn one(rows: Vec<Row>) -> Result<Row> {
    rows.into_iter().next().ok_or_else(|| DatabaseError::Answer("no row where one was expected".into()))
}

async fn outcome(client: &Connection, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(row(client, sql, parameters).await?.try_get(0)?))
}

/// Without a cache, for connections that make a single call.
async fn outcome_once(client: &Client, sql: &str, parameters: &Parameters<'_>) -> Result<Outcome> {
    Ok(Outcome(client.query_one(sql, parameters).await?.try_get(0)?))
}

/// An array as PostgreSQL writes it. An array of arrays of different lengths is not a thing it takes.
fn array_text(numbers: &[i64]) -> String {
    let mut text = String::with_capacity(2 + 21 * numbers.len());
    text.push('{');
    for (position, number) in numbers.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{number}");
    }
    text.push('}');
    text
}
