//! Passphrases and codes: from the terminal without echo, a file, or standard input. Never from an argument or the environment.

use std::{io::BufRead as _, path::Path};

use zeroize::Zeroizing;

use super::Failure;
use crate::crypto::secret::Secret;

/// `option` is the one that names a file, for when there is no terminal to ask on.
pub fn read(file: Option<&Path>, prompt: &str, option: &str) -> Result<Secret<String>, Failure> {
    let text = match file {
        Some(path) if path.as_os_str() == "-" => {
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().lock().read_line(&mut line)?;
            line
        }
        Some(path) => Zeroizing::new(
            std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?,
        ),
        None => Zeroizing::new(rpassword::prompt_password(prompt).map_err(|_| {
            Failure::usage(format!(
                "there is no terminal to ask on for \"{}\"; use {option} FILE, or - for standard input",
                prompt.trim_end_matches(": ")
            ))
        })?),
    };
    Ok(Secret::from(text.trim_end_matches(['\r', '\n'])))
}
