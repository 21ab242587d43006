//! Founding an installation in an empty database, through a superuser's connection.

use uuid::Uuid;

use crate::{
    crypto::{scram, secret::Secret},
    database::install::{self, FirstRows},
    keyring::{
        enrol::NewPersonKeys,
        officer::{self, Founding},
    },
    model::{id::InstallationId, preset, signed_catalogue::SignedCatalogue},
    service::{Result, derive},
};

/// What a new installation's configuration needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founded {
    pub installation: InstallationId,
    pub name: String,
    pub root_fingerprint: String,
}

/// Founds an installation with its first security officer.
///
/// # Errors
/// Whatever the server refuses; a key derivation that cannot get its memory.
pub async fn init(client: &mut tokio_postgres::Client, name: &str, officer_login: &str, passphrase: Secret<String>) -> Result<Founded> {
    let installation = InstallationId(Uuid::now_v7());
    let derived = derive::from_passphrase(officer_login, installation, passphrase).await?;
    let officer_keys = NewPersonKeys::generate(installation, officer_login, &derived.kek).stored();
    let roles = preset::roles();
    let codes: Vec<String> = roles.iter().map(|role| role.code.to_owned()).collect();
    let rights = preset::rights();
    let lent = preset::ELIGIBILITY.map(|(role, target, ..)| (role, target));
    let catalogue = preset::catalogue();
    let signed = SignedCatalogue::of(&catalogue);
    let founding = Founding { roles: &codes, rights: &rights, lent: &lent, catalogue: &signed };
    let keys = officer::create_installation(installation, officer_login, &derived.kek, &officer_keys, &founding)?;
    let first = FirstRows {
        id: installation,
        name,
        officer: officer_login,
        officer_keys: &officer_keys,
        officer_verifier: &scram::verifier(&derived.scram_password),
        keys: &keys,
        roles: &roles,
        rights: &rights,
        catalogue: &catalogue,
    };
    install::create(client, &first).await?;
    Ok(Founded { installation, name: name.to_owned(), root_fingerprint: keys.root_fingerprint })
}
