//! Writing a checkpoint down where the database's operator cannot change it, and reading what was written down.

use std::{
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::{fs::OpenOptionsExt as _, net::UnixDatagram},
    path::{Path, PathBuf},
    process::Stdio,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use super::checkpoint::from_hex;
use crate::{
    crypto::{hex, merkle::Hash},
    keyring::checkpoint::{Checkpoint, Records},
    model::id::InstallationId,
    service::{Error, Result},
};

/// How long a command may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
const SYSLOG: &str = "/dev/log";
const JOURNAL: &str = "/run/systemd/journal/socket";

/// Where a checkpoint is written down: `file:/path`, `syslog`, `journald`, or `exec:/path/to/program arguments`, which reads it on standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    File(PathBuf),
    Syslog,
    Journald,
    Command(Vec<String>),
}

impl Anchor {
    /// # Errors
    /// [`Error::Plain`] names what it may be.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::Plain(format!(
                "\"{text}\" is no anchor: file:/absolute/path, syslog, journald, or exec:/path/to/program with arguments, which reads a line on standard input."
            ))
        };
        match text.split_once(':') {
            None if text == "syslog" => Ok(Self::Syslog),
            None if text == "journald" => Ok(Self::Journald),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::File(path.into())),
            Some(("exec", command)) if command.starts_with('/') => {
                Ok(Self::Command(command.split_whitespace().map(str::to_owned).collect()))
            }
            _ => Err(wrong()),
        }
    }

    /// Which one it is, in a sentence or a table: a command without its arguments, since those may be nobody's business.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => format!("file:{}", path.display()),
            Self::Syslog => "syslog".to_owned(),
            Self::Journald => "journald".to_owned(),
            Self::Command(words) => format!("exec:{}", words.first().map_or("", String::as_str)),
        }
    }

    /// Writes a checkpoint down. A disk or a log that hangs holds up nothing but this.
    ///
    /// # Errors
    /// [`Error::Plain`] with what did not work.
    pub async fn write(&self, note: &Note) -> Result<()> {
        let line = note.line()?;
        let failed = |what: &str, error: &dyn std::fmt::Display| Error::Plain(format!("The checkpoint was not anchored: {what}: {error}."));
        match self {
            Self::File(path) => {
                let to = path.clone();
                beside(move || append(&to, &line)).await.map_err(|error| failed(&path.display().to_string(), &error))
            }
            // LOG_AUTHPRIV, notice (RFC 3164).
            Self::Syslog => {
                let entry = format!("<85>sealdesk: {line}");
                beside(move || send(SYSLOG, entry.as_bytes())).await.map_err(|error| failed(SYSLOG, &error))
            }
            Self::Journald => {
                let entry = format!("SYSLOG_IDENTIFIER=sealdesk\nPRIORITY=5\nSEALDESK_CHECKPOINT={}\nMESSAGE={line}\n", note.number);
                beside(move || send(JOURNAL, entry.as_bytes())).await.map_err(|error| failed(JOURNAL, &error))
            }
            Self::Command(words) => {
                let what = words.join(" ");
                match tokio::time::timeout(PATIENCE, run(words, &line)).await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(failed(&what, &error)),
                    Err(_) => Err(failed(&what, &"it did not end within half a minute")),
                }
            }
        }
    }
}

/// On a thread of its own, which nobody waits for at the end of the program.
async fn beside(write: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> std::io::Result<()> {
    let (done, outcome) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("anchor".into()).spawn(move || drop(done.send(write())))?;
    outcome.await.unwrap_or_else(|_| Err(std::io::Error::other("the writer ended")))
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    // A full disk may have cut the line before this one.
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{begin}{line}\n").as_bytes())?;
    match file.sync_all() {
        // What is no file of a disk has nothing to wait for.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => Ok(()),
        done => done,
    }
}

fn send(socket: &str, message: &[u8]) -> std::io::Result<()> {
    UnixDatagram::unbound()?.send_to(message, socket).map(drop)
}

async fn run(words: &[String], line: &str) -> std::io::Result<()> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(format!("{line}\n").as_bytes()).await?;
    }
    let status = child.wait().await?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other(status.to_string())) }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "sealdesk/anchor/v1")]
    One,
    #[serde(rename = "sealdesk/anchor/v2")]
    Two,
}

/// A checkpoint as it is written down: one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    format: Format,
    pub installation: InstallationId,
    pub number: i64,
    pub at: Timestamp,
    pub size: u64,
    root: String,
    previous: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records_from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_root: Option<String>,
    pub signed_by: String,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

impl Note {
    #[must_use]
    pub fn of(checkpoint: &Checkpoint, installation: InstallationId) -> Self {
        Self {
            format: if checkpoint.records.is_some() { Format::Two } else { Format::One },
            installation,
            number: checkpoint.number,
            at: checkpoint.at,
            size: checkpoint.size,
            root: hex(&checkpoint.root),
            previous: hex(&checkpoint.previous),
            covers: checkpoint.records.and_then(|records| records.covers),
            records_from: checkpoint.records.map(|records| records.from),
            record_root: checkpoint.records.map(|records| hex(&records.root)),
            signed_by: checkpoint.login.clone(),
            signature: checkpoint.signature.clone(),
        }
    }

    /// # Errors
    /// [`Error::Plain`] for what JSON cannot hold.
    pub fn line(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Plain(error.to_string()))
    }

    /// The checkpoint's hash, computed from what was written down; `None` where that is no checkpoint.
    #[must_use]
    pub fn hash(&self) -> Option<Hash> {
        let checkpoint = Checkpoint {
            number: self.number,
            at: self.at,
            size: self.size,
            root: from_hex(&self.root)?,
            previous: from_hex(&self.previous)?,
            records: match (self.records_from, &self.record_root) {
                (Some(from), Some(root)) => Some(Records { covers: self.covers, from, root: from_hex(root)? }),
                _ => None,
            },
            login: self.signed_by.clone(),
            entry: 0,
            signature: self.signature.clone(),
        };
        Some(checkpoint.hash(self.installation))
    }
}

/// Reads what was written down: each line's JSON, whatever a log has put before it; lines without any, and one that a full disk cut, are passed over.
///
/// # Errors
/// [`Error::Plain`] when nothing in it is a checkpoint of the installation, or a line that looks like one cannot be read.
pub fn read(text: &str, installation: InstallationId) -> Result<Vec<Note>> {
    let mut notes = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(begin) = line.find("{\"format\":\"sealdesk/anchor/") else { continue };
        let note: Note = match serde_json::from_str(line[begin..].trim_end()) {
            Ok(note) => note,
            Err(error) if error.is_eof() => continue,
            Err(error) => return Err(Error::Plain(format!("Line {} of the anchor cannot be read: {error}.", number + 1))),
        };
        if note.hash().is_none() {
            return Err(Error::Plain(format!("Line {} of the anchor is no checkpoint.", number + 1)));
        }
        notes.push(note);
    }
    notes.retain(|note| note.installation == installation);
    if notes.is_empty() {
        return Err(Error::Plain("The file holds no checkpoint of this installation. `sealdesk audit anchor` writes them.".to_owned()));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const INSTALLATION: InstallationId = InstallationId(Uuid::from_u128(7));

    fn note(number: i64) -> Note {
        let checkpoint = Checkpoint {
            number,
            at: Timestamp::from_microsecond(1_764_042_000_000_001).unwrap(),
            size: 5,
            root: [1; 32],
            previous: [2; 32],
            records: Some(Records { covers: None, from: 1, root: [4; 32] }),
            login: "he.qing".into(),
            entry: 1,
            signature: vec![3; 64],
        };
        Note::of(&checkpoint, INSTALLATION)
    }

    #[test]
    fn what_was_written_down_is_read_from_any_log_and_anything_altered_hashes_otherwise() {
        let line = note(3).line().unwrap();
        let text = format!("Nov 28 07:00:00 host sealdesk: {line}\nsomething else\n");
        let read = read(&text, INSTALLATION).unwrap();
        assert_eq!(read, [note(3)]);
        let hash = read[0].hash().unwrap();
        for other in [
            Note { number: 4, ..note(3) },
            Note { size: 6, ..note(3) },
            Note { root: hex(&[9; 32]), ..note(3) },
            Note { record_root: Some(hex(&[9; 32])), ..note(3) },
        ] {
            assert_ne!(other.hash().unwrap(), hash);
        }
        assert!(super::read("nothing", INSTALLATION).is_err());
        assert!(super::read(&text, InstallationId(Uuid::nil())).is_err());
        assert!(super::read(&line.replace("0101", "01é"), INSTALLATION).is_err());
    }

    #[test]
    fn an_anchor_is_a_file_a_log_or_a_program() {
        assert_eq!(Anchor::parse("file:/var/log/anchors").unwrap(), Anchor::File("/var/log/anchors".into()));
        assert_eq!(Anchor::parse("exec:/bin/cat -n").unwrap(), Anchor::Command(vec!["/bin/cat".into(), "-n".into()]));
        for wrong in ["file:relative", "exec:cat", "mail", "syslog:x", ""] {
            assert!(Anchor::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_command_reads_the_line_and_its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        Anchor::Command(vec!["/usr/bin/tee".into(), copy.display().to_string()]).write(&note(1)).await.unwrap();
        assert_eq!(read(&std::fs::read_to_string(&copy).unwrap(), INSTALLATION).unwrap(), [note(1)]);
        assert!(Anchor::Command(vec!["/bin/false".into()]).write(&note(1)).await.is_err());
        let file = folder.path().join("anchors");
        for number in 1..=2 {
            Anchor::File(file.clone()).write(&note(number)).await.unwrap();
        }
        // The disk was full in the middle of a line.
        let torn = format!("{}{}", std::fs::read_to_string(&file).unwrap(), &note(3).line().unwrap()[..90]);
        std::fs::write(&file, torn).unwrap();
        Anchor::File(file.clone()).write(&note(3)).await.unwrap();
        assert_eq!(read(&std::fs::read_to_string(&file).unwrap(), INSTALLATION).unwrap(), [note(1), note(2), note(3)]);
        assert!(Anchor::File("/dev/full".into()).write(&note(4)).await.is_err());
    }
}
