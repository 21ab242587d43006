//! Whether somebody records this terminal: what is revealed here is then in the recording. A hint, not a proof: a recorder that wants to hide can.

use std::{ffi::OsStr, fs};

/// Variables that recorders leave in the environment, and what to call them.
const VARIABLES: [(&str, &str); 6] = [
    ("SSH_TELEPORT_USER", "Teleport"),
    ("SSH_TELEPORT_CLUSTER_NAME", "Teleport"),
    ("TELEPORT_SESSION", "Teleport"),
    ("ASCIINEMA_REC", "asciinema"),
    ("ASCIINEMA_SESSION", "asciinema"),
    ("SCRIPT", "script"),
];

/// Programs that record what runs below them.
const PROGRAMS: [&str; 6] = ["script", "scriptlive", "asciinema", "ttyrec", "tlog-rec", "tlog-rec-sessio"];

/// More ancestors than any terminal has.
const DEEPEST: usize = 64;

/// What records this terminal, as far as it shows.
#[must_use]
pub fn recorder() -> Option<String> {
    recognise(|name| std::env::var_os(name).is_some_and(|value| value != OsStr::new("")), &ancestors())
}

fn recognise(is_set: impl Fn(&str) -> bool, ancestors: &[String]) -> Option<String> {
    let by_variable = VARIABLES.iter().find(|(name, _)| is_set(name)).map(|(_, recorder)| (*recorder).to_owned());
    by_variable.or_else(|| ancestors.iter().find(|name| PROGRAMS.contains(&name.as_str())).cloned())
}

/// Names of the processes above this one (`comm`, at most 15 bytes: proc(5)); empty where there is no /proc.
fn ancestors() -> Vec<String> {
    let mut names = Vec::new();
    let mut process = "self".to_owned();
    while names.len() < DEEPEST {
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { break };
        // pid (comm) state ppid …; the name may itself hold parentheses and blanks.
        let Some((head, tail)) = stat.rsplit_once(')') else { break };
        names.extend(head.split_once('(').map(|(_, name)| name.to_owned()));
        match tail.split_whitespace().nth(1) {
            Some(parent) if parent != "0" => parent.clone_into(&mut process),
            _ => break,
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bastion_is_recognised_by_what_it_leaves_in_the_environment() {
        assert_eq!(recognise(|name| name == "TELEPORT_SESSION", &[]).as_deref(), Some("Teleport"));
    }

    #[test]
    fn a_recorder_is_recognised_among_the_ancestors() {
        let ancestors = ["sealdesk", "bash", "script", "sshd"].map(str::to_owned);
        assert_eq!(recognise(|_| false, &ancestors).as_deref(), Some("script"));
    }

    #[test]
    fn an_ordinary_terminal_is_not_called_recorded() {
        assert_eq!(recognise(|_| false, &["sealdesk", "bash", "tmux: server", "sshd"].map(str::to_owned)), None);
    }

    #[test]
    fn this_process_has_a_name_and_an_ancestor() {
        if std::path::Path::new("/proc/self/stat").exists() {
            assert!(ancestors().len() > 1);
        }
    }
}
