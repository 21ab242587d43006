//! Key derivation away from the event loop: it takes a tenth of a second and 64 MiB.

use crate::{
    crypto::kdf::{self, Derived, KdfError, KdfProfile},
    crypto::secret::Secret,
    model::id::InstallationId,
    service::{Error, Result},
};

/// What a passphrase gives: the database's password and the key-encryption key.
///
/// # Errors
/// [`Error::Plain`] when it was interrupted or has no memory.
pub async fn from_passphrase(login: &str, installation: InstallationId, passphrase: Secret<String>) -> Result<Derived> {
    let login = login.to_owned();
    blocking(move || kdf::derive(&login, installation, &passphrase, KdfProfile::Standard)).await
}

/// Derives several things on one thread.
///
/// # Errors
/// As [`from_passphrase`].
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::result::Result<T, KdfError> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Plain("Deriving the key was interrupted. Try again.".into()))?
        .map_err(|error| Error::Plain(format!("The key could not be derived: {error}. Free some memory and try again.")))
}
