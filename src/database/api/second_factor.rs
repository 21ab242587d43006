//! The second factor.

use super::{outcome, row};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{id::Ticket, person::SecondFactor},
};

pub async fn state(client: &Connection, token: &[u8]) -> Result<SecondFactor> {
    let row = row(client, "select * from sealdesk_api.second_factor_state($1)", &[&token]).await?;
    Ok(SecondFactor { is_set_up: row.try_get(0)?, required: row.try_get(1)?, recovery_codes_left: row.try_get(2)? })
}

pub async fn begin(client: &Connection, token: &[u8], secret: &[u8]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.second_factor_begin($1, $2)", &[&token, &secret]).await
}

pub async fn confirm(client: &Connection, token: &[u8], code: &str, recovery: &[Vec<u8>]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.second_factor_confirm($1, $2, $3)", &[&token, &code, &recovery]).await
}

pub async fn reset(client: &Connection, token: &[u8], login: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.second_factor_reset($1, $2)", &[&token, &login]).await
}

pub async fn require(client: &Connection, token: &[u8], role: &str, on: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.role_second_factor($1, $2, $3)", &[&token, &role, &on]).await
}

pub async fn fresh_code(client: &Connection, token: &[u8], class: &str, seconds: Option<i32>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.class_fresh_code($1, $2, $3)", &[&token, &class, &seconds]).await
}

pub async fn step_up_submit(client: &Connection, token: &[u8], ticket: Ticket, code: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.step_up_submit($1, $2, $3)", &[&token, &ticket.0, &code]).await
}

pub async fn step_up_open(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.step_up_open($1, $2)", &[&token, &ticket.0]).await
}
