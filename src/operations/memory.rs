//! Where a person keeps what they have seen of an installation, outside its database.

use std::path::PathBuf;

use super::logging;
use crate::model::id::InstallationId;

/// The file with the newest statement of the catalogue that was seen; `None` without a home directory.
#[must_use]
pub fn catalogue_file(installation: InstallationId) -> Option<PathBuf> {
    Some(logging::directory()?.join(format!("catalogue-{installation}.json")))
}

/// The file with the newest checkpoint that was seen; `None` without a home directory.
#[must_use]
pub fn checkpoint_file(installation: InstallationId) -> Option<PathBuf> {
    Some(logging::directory()?.join(format!("checkpoint-{installation}.json")))
}
