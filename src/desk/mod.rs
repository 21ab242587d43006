//! The full-screen desk.

use crate::{config::Config, crypto::secret::Secret, service::Error};

/// How the desk is opened.
pub struct Options {
    pub config: Config,
    pub user: Option<String>,
    /// Known in the demo only.
    pub passphrase: Option<Secret<String>>,
    /// (user, passphrase, role), shown in the demo's help.
    pub help_people: Vec<(String, String, String)>,
}

/// # Errors
/// When the terminal cannot be used.
pub async fn run(_options: Options) -> Result<(), Error> {
    Ok(())
}
