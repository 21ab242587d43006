//! HTTP POST with a deadline for everything together, so that a receiver that hangs delays nobody.

use std::{path::PathBuf, sync::Arc};

use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};
use zeroize::Zeroizing;

use super::DEADLINE;

pub async fn deliver(url: String, authorization: Option<PathBuf>, number: i64, json: String) -> Result<(), String> {
    // The client blocks its thread, at most until its deadline.
    tokio::task::spawn_blocking(move || post(&url, authorization, number, &json)).await.map_err(|error| error.to_string())?
}

fn post(url: &str, authorization: Option<PathBuf>, number: i64, json: &str) -> Result<(), String> {
    let mut request = agent()
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", concat!("sealdesk/", env!("CARGO_PKG_VERSION")))
        .header("idempotency-key", number.to_string());
    if let Some(path) = authorization {
        // Read each time, so that it can be exchanged.
        let text = std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| format!("{}: {error}", path.display()))?;
        request = request.header("authorization", text.trim());
    }
    // The address may hold a secret, and is not said.
    request.send(json).map(drop).map_err(|error| error.to_string().replace(url, "the webhook"))
}

fn agent() -> Agent {
    let roots: Vec<Certificate<'static>> =
        rustls_native_certs::load_native_certs().certs.iter().map(|found| Certificate::from_der(found.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    // What is sent is not sent on to wherever the receiver points.
    Agent::config_builder().timeout_global(Some(DEADLINE)).max_redirects(0).tls_config(tls).build().into()
}
