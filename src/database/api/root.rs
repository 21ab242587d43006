//! Exchange of the root key.

use super::{keys, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::{
        material::WrappedKey,
        root::{NewRoot, RootTransition},
    },
};

pub async fn list_root_transitions(client: &Connection, token: &[u8]) -> Result<Vec<RootTransition>> {
    let found = rows(client, "select * from sealdesk_api.list_root_transitions($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            Ok(RootTransition {
                number: row.try_get("number")?,
                old_public: row.try_get("old_public")?,
                new_public: row.try_get("new_public")?,
                by: row.try_get("by")?,
                signature: row.try_get("signature")?,
                acceptance: row.try_get("acceptance")?,
            })
        })
        .collect()
}

pub async fn put_root_acceptance(client: &Connection, token: &[u8], number: i32, acceptance: &[u8]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_root_acceptance($1, $2, $3)", &[&token, &number, &acceptance]).await
}

pub async fn list_all_wraps(client: &Connection, token: &[u8]) -> Result<Vec<WrappedKey>> {
    rows(client, "select * from sealdesk_api.list_all_wraps($1)", &[&token]).await?.iter().map(keys::wrap).collect()
}

pub async fn exchange_root(client: &Connection, token: &[u8], new: &NewRoot) -> Result<Outcome> {
    let kinds: Vec<&str> = new.directory.iter().map(|entry| entry.kind.as_str()).collect();
    let names: Vec<&str> = new.directory.iter().map(|entry| entry.name.as_str()).collect();
    let generations: Vec<i32> = new.directory.iter().map(|entry| entry.generation).collect();
    let hpke: Vec<&[u8]> = new.directory.iter().map(|entry| entry.hpke_public.as_slice()).collect();
    let ed25519: Vec<&[u8]> = new.directory.iter().map(|entry| entry.ed25519_public.as_slice()).collect();
    let entry_signatures: Vec<&[u8]> = new.directory.iter().map(|entry| entry.signature.as_slice()).collect();
    let text = |of: fn(&WrappedKey) -> &str| new.wraps.iter().map(of).collect::<Vec<&str>>();
    let number = |of: fn(&WrappedKey) -> i32| new.wraps.iter().map(of).collect::<Vec<i32>>();
    let bytes = |of: fn(&WrappedKey) -> &[u8]| new.wraps.iter().map(of).collect::<Vec<&[u8]>>();
    let sets: Vec<i32> = new.recovery.iter().map(|(set, _)| set.number).collect();
    let set_signatures: Vec<&[u8]> = new.recovery.iter().map(|(set, _)| set.signature.as_slice()).collect();
    let deposits: Vec<&[u8]> = new.recovery.iter().map(|(_, deposit)| deposit.sealed.as_slice()).collect();
    let deposit_signatures: Vec<&[u8]> = new.recovery.iter().map(|(_, deposit)| deposit.signature.as_slice()).collect();
    outcome(
        client,
        "select sealdesk_api.exchange_root($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        &[
            &token,
            &new.transition.number,
            &new.transition.old_public,
            &new.transition.new_public,
            &new.transition.signature,
            &kinds,
            &names,
            &generations,
            &hpke,
            &ed25519,
            &entry_signatures,
            &text(|wrap| &wrap.recipient_kind),
            &text(|wrap| &wrap.recipient),
            &number(|wrap| wrap.recipient_generation),
            &text(|wrap| &wrap.content),
            &text(|wrap| &wrap.subject),
            &number(|wrap| wrap.subject_generation),
            &bytes(|wrap| &wrap.sealed),
            &bytes(|wrap| &wrap.signature),
            &sets,
            &set_signatures,
            &deposits,
            &deposit_signatures,
        ],
    )
    .await
}
