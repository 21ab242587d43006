//! What officers have signed of the catalogue.

use jiff::Timestamp;
use tokio_postgres::{Client, Row};

use super::{outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::catalogue::CatalogueStatement,
};

/// The newest first, before a number where one is given; `limit` up to 200.
pub async fn list_catalogue_statements(
    client: &Connection,
    token: &[u8],
    before: Option<i64>,
    limit: i32,
) -> Result<Vec<(CatalogueStatement, Timestamp)>> {
    let listed = rows(client, "select * from sealdesk_api.list_catalogue_statements($1, $2, $3)", &[&token, &before, &limit]).await?;
    listed.iter().map(|row| Ok((statement(row)?, row.try_get("at")?))).collect()
}

/// The newest one, where there is any.
pub async fn newest(client: &Connection, token: &[u8]) -> Result<Option<CatalogueStatement>> {
    Ok(list_catalogue_statements(client, token, None, 1).await?.pop().map(|(statement, _)| statement))
}

/// Keeps the catalogue as it is until the transaction ends.
pub async fn hold_catalogue(client: &Connection, token: &[u8]) -> Result<()> {
    rows(client, "select sealdesk_api.hold_catalogue($1)", &[&token]).await?;
    Ok(())
}

pub async fn put_catalogue(client: &Connection, token: &[u8], made: &CatalogueStatement) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.put_catalogue($1, $2, $3, $4, $5)",
        &[&token, &made.number, &made.previous, &made.body, &made.signature],
    )
    .await
}

/// For an owner or a superuser: the newest statement, the catalogue as it is stored (JSON), and the number of the newest statement that the audit
/// tells of.
///
/// # Errors
/// Whatever the server refuses.
pub async fn all(client: &Client) -> Result<(Option<CatalogueStatement>, String, Option<i64>)> {
    let newest = "select number, previous, body, signer, signature from sealdesk.catalogue_statement order by number desc limit 1";
    let told = "select max(e.version) from sealdesk.audit_event e where e.action = 'catalogue_sign' and e.outcome = 'ok'";
    Ok((
        client.query_opt(newest, &[]).await?.as_ref().map(statement).transpose()?,
        client.query_one("select sealdesk.catalogue_body()::text", &[]).await?.try_get(0)?,
        client.query_one(told, &[]).await?.try_get(0)?,
    ))
}

fn statement(row: &Row) -> Result<CatalogueStatement> {
    Ok(CatalogueStatement {
        number: row.try_get("number")?,
        previous: row.try_get("previous")?,
        body: row.try_get("body")?,
        signer: row.try_get("signer")?,
        signature: row.try_get("signature")?,
    })
}
