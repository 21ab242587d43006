//! A person with a session of their own, step by step; and what must hold whatever has died.

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::Database;

pub fn ticket() -> Uuid {
    Uuid::from_bytes(rand::random())
}

/// A person's connection and session.
pub struct Person {
    pub client: Client,
    pub token: Vec<u8>,
    backend: i32,
}

impl Person {
    pub async fn sign_in(database: &Database<'_>, role: &str) -> Self {
        let client = database.connect_as(role).await;
        let session = ticket();
        client.query_one("select sealdesk_api.session_submit($1, null, 'test', 'test')", &[&session]).await.unwrap();
        let token = collect(&client, "select token from sealdesk_api.session_open($1)", &[&session]).await.unwrap();
        let backend = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        Self { client, token, backend }
    }

    pub async fn request_reveal(&self, ticket: Uuid, record: Uuid) -> Result<String, String> {
        let sql = "select sealdesk_api.request_reveal($1, $2, $3, 'phone', 'callback', null)";
        self.client.query_one(sql, &[&self.token, &ticket, &record]).await.map(|row| row.get(0)).map_err(code)
    }

    pub async fn collect_reveal(&self, ticket: Uuid) -> Result<Vec<u8>, String> {
        collect_with(&self.client, &self.token, ticket).await
    }

    /// `kill -9` of the process that serves this connection. PostgreSQL ends all others then, and recovers.
    pub fn kill_backend(&self) {
        kill_process(Pid::from_raw(self.backend).unwrap(), Signal::KILL).unwrap();
    }
}

pub async fn collect_with(client: &Client, token: &[u8], ticket: Uuid) -> Result<Vec<u8>, String> {
    collect(client, "select value from sealdesk_api.collect_reveal($1, $2)", &[&token, &ticket]).await
}

/// Collects, flushing the log where nobody else does, as the program does.
async fn collect(client: &Client, sql: &str, parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)]) -> Result<Vec<u8>, String> {
    for _ in 0..20 {
        match client.query_one(sql, parameters).await.map_err(code) {
            Ok(row) => return Ok(row.get(0)),
            Err(code) if code == "SD001" => {
                client.query_one("select sealdesk_api.nudge()", &[]).await.unwrap();
            }
            Err(code) => return Err(code),
        }
    }
    Err("never on disk".into())
}

/// SQLSTATE, or what happened to the connection.
#[allow(clippy::needless_pass_by_value)]
fn code(error: tokio_postgres::Error) -> String {
    error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned())
}

/// The superuser, as soon as the server has recovered.
pub async fn superuser_again(database: &Database<'_>) -> Client {
    for _ in 0..600 {
        if let Some(client) = database.try_superuser().await {
            return client;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the server does not recover");
}

pub async fn count(superuser: &Client, sql: &str) -> i64 {
    superuser.query_one(sql, &[]).await.unwrap().get(0)
}

pub async fn is_recorded(superuser: &Client, ticket: Uuid) -> bool {
    superuser.query_one("select exists (select from sealdesk.audit_event where ticket = $1)", &[&ticket]).await.unwrap().get(0)
}

/// What must hold always: every reading is counted, every version of a record has its event, values, history and tokens are of one version, and
/// every chain holds.
pub async fn check(database: &Database<'_>, superuser: &Client) {
    let counted = count(superuser, "select coalesce(sum(used), 0)::bigint from sealdesk.quota_use").await;
    let asked = "select count(*) from sealdesk.audit_event where action in ('reveal', 'history', 'notes') and outcome in ('ok', 'SD004')";
    let asked = count(superuser, asked).await;
    // A value between two classes counts for both, and no event says afterwards which values were.
    let moved = count(superuser, "select count(*) from sealdesk.audit_event where action = 'field_change' and outcome = 'ok'").await > 0;
    assert!(counted == asked || moved && (asked..=2 * asked).contains(&counted), "quota and events: {counted} of {asked}");
    for (what, sql) in [
        (
            "a version without its event",
            "select count(*) from sealdesk.record r where r.version > 1 and not exists (select from sealdesk.audit_event e
              where e.record = r.id and e.version = r.version and e.outcome = 'ok' and e.action in ('edit', 'delete', 'undelete'))",
        ),
        (
            "an event without its version",
            "select count(*) from sealdesk.audit_event e join sealdesk.record r on r.id = e.record
              where e.action in ('create', 'edit', 'delete', 'undelete') and e.outcome = 'ok' and e.version > r.version",
        ),
        (
            "a value newer than its record",
            "select count(*) from sealdesk.field_value v join sealdesk.record r on r.id = v.record where v.version > r.version",
        ),
        (
            "a history newer than its value",
            "select count(*) from sealdesk.value_history h join sealdesk.field_value v using (record, field) where h.version >= v.version",
        ),
        (
            "tokens that are not their fields'",
            "select count(*) from sealdesk.record r
              where (select coalesce(array_agg(distinct t order by t), '{}') from sealdesk.field_value v, unnest(v.tokens) t where v.record = r.id)
                    <> (select coalesce(array_agg(t order by t), '{}') from unnest(r.tokens) t)",
        ),
        (
            "a note without its event",
            "select count(*) from sealdesk.record r
              where (select count(*) from sealdesk.note n where n.record = r.id)
                    <> (select count(*) from sealdesk.audit_event e where e.record = r.id and e.action = 'note' and e.outcome = 'ok')
                and exists (select from sealdesk.audit_event e where e.record = r.id and e.action = 'note')",
        ),
    ] {
        assert_eq!(count(superuser, sql).await, 0, "{what}");
    }
    let (code, out, err) = database.program_as("auditor").run(&["audit", "verify"]);
    assert_eq!(code, 0, "{out}{err}");
}
