//! Passphrases and codes: from the terminal without echo, a file, or standard input. Never from an argument or the environment.

use std::{io::BufRead as _, path::Path};

use zeroize::Zeroizing;

use super::Failure;
use crate::crypto::secret::Secret;

pub fn read(file: Option<&Path>, prompt: &str) -> Result<Secret<String>, Failure> {
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
            Failure::usage("there is no terminal to ask for the passphrase on; use --passphrase-file FILE, or - for standard input")
        })?),
    };
    Ok(Secret::from(text.trim_end_matches(['\r', '\n'])))
}
