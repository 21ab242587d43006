//! Passphrases and codes: from the terminal without echo, a file, or standard input. Never from an argument or the environment.

use std::{io::BufRead as _, path::Path};

use zeroize::Zeroizing;

use super::Failure;
use crate::{config, crypto::secret::Secret, service::staff};

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

/// How often a new passphrase is asked for again before the command gives up.
const TRIES: u8 = 3;

/// A passphrase that `login` does not have yet. On the terminal it is asked for twice, since a slip would lock its owner out, and anew where it is too weak.
pub fn new_passphrase(file: Option<&Path>, login: &str, option: &str) -> Result<Secret<String>, Failure> {
    let mut tries = 1;
    loop {
        let new = read(file, &format!("New passphrase of {login}: "), option)?;
        let wrong = match staff::strong_enough(login, &new) {
            Err(weak) if file.is_some() || tries == TRIES => return Err(weak.into()),
            Err(weak) => weak.message(config::language_of_environment()),
            Ok(()) if file.is_some() => return Ok(new),
            Ok(()) if *read(None, "The same once more: ", option)?.expose() == *new.expose() => return Ok(new),
            Ok(()) if tries == TRIES => return Err(Failure::usage("the two passphrases differ")),
            Ok(()) => "The two passphrases differ.".to_owned(),
        };
        eprintln!("sealdesk: {wrong}");
        tries += 1;
    }
}
