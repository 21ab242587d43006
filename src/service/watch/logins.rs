//! Sign-ins that PostgreSQL itself refused: no function of ours is called by somebody who does not get in, so they are read from the server's log, as it
//! is written with `log_destination = 'jsonlog'` (PostgreSQL 15 and newer). Read on by position, through rotation and restarts.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc::UnboundedSender, task::JoinSet};

use super::report;
use crate::{
    model::catalogue::Language,
    service::{Result, session::SignedIn},
};

/// How often it is looked into.
const LOOK: Duration = Duration::from_secs(2);
/// Lines of one look; what is left waits for the next.
const LINES: usize = 2_000;
/// Events of one look about one name: enough for any rule, and nobody fills the audit from outside.
const OF_ONE: usize = 10;
const OF_ALL: usize = 100;
/// A longer line is no line of the server's log.
const LONGEST: u64 = 64 * 1024;

/// The log cannot be read; or, without an error, can be again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub path: String,
    pub error: Option<String>,
}

impl Trouble {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let Self { path, error } = self;
        match (language, error) {
            (Language::English, Some(error)) => format!("the server's log cannot be read, so failed logins go unnoticed: {path}: {error}"),
            (Language::English, None) => format!("the server's log is read: {path}"),
            (Language::Chinese, Some(error)) => format!("无法读取服务器日志，登录失败将无法发现：{path}：{error}"),
            (Language::Chinese, None) => format!("已读取服务器日志：{path}"),
        }
    }
}

/// The running reader; dropping it ends it.
pub struct Logins {
    _tasks: JoinSet<()>,
}

impl Logins {
    /// Begins to read. Without a position in `state` it begins at the end of what is there.
    #[must_use]
    pub fn begin(signed_in: &Arc<SignedIn>, log: &Path, state: Option<&Path>, told: &UnboundedSender<Trouble>) -> Self {
        let (signed_in, told) = (Arc::clone(signed_in), told.clone());
        let position = state.map(|folder| folder.join(format!("server-log-{}.json", signed_in.keyring().installation())));
        let log = log.to_owned();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // Of two on one machine one reads, and the other goes on from its position once it is gone.
            let _alone = loop {
                match position.as_deref().map(lock).transpose() {
                    Ok(Some(None)) => tokio::time::sleep(LOOK).await,
                    Ok(locked) => break locked,
                    Err(error) => {
                        tracing::warn!(%error, "the position in the server's log cannot be locked");
                        break None;
                    }
                }
            };
            let mut reader = Reader::new(log, position);
            let mut failing = None;
            loop {
                let found = reader.look();
                let error = found.as_ref().err().map(ToString::to_string);
                if failing.as_ref() != Some(&error) {
                    let _ = told.send(Trouble { path: reader.log.display().to_string(), error: error.clone() });
                    failing = Some(error);
                }
                // What could not be recorded is read again: the position is kept only afterwards.
                if let Ok(found) = found {
                    match record(&signed_in, &found).await {
                        Ok(()) => reader.keep(),
                        Err(error) => {
                            tracing::warn!(code = error.code(), "failed logins are not recorded yet");
                            reader.go_back();
                        }
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        Self { _tasks: tasks }
    }
}

/// Who did not get in, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failed {
    login: String,
    host: String,
}

async fn record(signed_in: &SignedIn, found: &[Failed]) -> Result<()> {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for failed in found.iter().take(OF_ALL) {
        let count = by_name.entry(failed.login.as_str()).or_default();
        *count += 1;
        if *count <= OF_ONE {
            report(signed_in, "login_failed", &failed.login, None, &failed.host).await?;
        }
    }
    Ok(())
}

/// What of a line is of interest. Nothing else is kept: the message may hold anything.
#[derive(Deserialize)]
struct LogLine {
    #[serde(default)]
    user: String,
    #[serde(default)]
    remote_host: String,
    #[serde(default)]
    state_code: String,
    #[serde(default)]
    error_severity: String,
}

/// A login that the server refused: invalid_password and what else is of class 28.
fn failed(line: &str) -> Option<Failed> {
    let line: LogLine = serde_json::from_str(line).ok()?;
    if !line.state_code.starts_with("28") || line.error_severity != "FATAL" || line.user.is_empty() {
        return None;
    }
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(60).collect::<String>();
    Some(Failed { login: cut(&line.user), host: cut(&line.remote_host) })
}

/// A file by what it is, not by what it is called: rotation renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    device: u64,
    inode: u64,
    offset: u64,
}

struct Reader {
    /// The file, or the folder of the files.
    log: PathBuf,
    file: Option<PathBuf>,
    open: Option<(File, Place)>,
    /// Up to where it was recorded, and what of that is in the file.
    kept: Option<Place>,
    stored: Option<Place>,
}

impl Reader {
    fn new(log: PathBuf, file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let kept: Option<Place> = text.and_then(|text| serde_json::from_str(&text).ok());
        Self { log, file, open: None, kept, stored: kept }
    }

    /// The next lines that tell of a login that failed, with the position behind what was read.
    fn look(&mut self) -> std::io::Result<Vec<Failed>> {
        let mut found = Vec::new();
        let mut lines = LINES;
        loop {
            if self.open.is_none() {
                self.open = self.first_file()?;
                self.kept = self.kept.or(self.open.as_ref().map(|(_, place)| *place));
            }
            let Some((file, place)) = &mut self.open else { return Ok(found) };
            if file.metadata()?.len() < place.offset {
                // Cut, and written from the beginning.
                place.offset = 0;
            }
            file.seek(SeekFrom::Start(place.offset))?;
            let mut reader = BufReader::new(&mut *file);
            while lines > 0 {
                let mut line = Vec::new();
                let read = std::io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line)?;
                let is_whole = line.last() == Some(&b'\n');
                // Half a line is read when the rest is there.
                if read == 0 || !is_whole && u64::try_from(read).unwrap_or(0) < LONGEST {
                    break;
                }
                place.offset += u64::try_from(read).unwrap_or(0);
                lines -= 1;
                found.extend(std::str::from_utf8(&line).ok().and_then(failed));
            }
            if lines == 0 {
                return Ok(found);
            }
            let place = *place;
            match self.next_file(place)? {
                Some(next) => self.open = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// What was read is done with.
    fn keep(&mut self) {
        let Some((_, place)) = &self.open else { return };
        self.kept = Some(*place);
        if self.stored == self.kept {
            return;
        }
        self.stored = self.kept;
        let Some(file) = &self.file else { return };
        let beside = file.with_extension("new");
        let stored = serde_json::to_string(place)
            .map_err(std::io::Error::other)
            .and_then(|text| file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&beside, text)))
            .and_then(|()| std::fs::rename(&beside, file));
        if let Err(error) = stored {
            tracing::warn!(%error, "the position in the server's log is not remembered");
        }
    }

    /// What was read is read again.
    fn go_back(&mut self) {
        self.open = None;
    }

    /// The log's files, the oldest first, with when each was changed last.
    fn files(&self) -> std::io::Result<Vec<PathBuf>> {
        if !self.log.is_dir() {
            return Ok(vec![self.log.clone()]);
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.log)? {
            let path = entry?.path();
            if path.is_file() && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".json")) {
                files.push((std::fs::metadata(&path)?.modified()?, path));
            }
        }
        files.sort();
        Ok(files.into_iter().map(|(_, path)| path).collect())
    }

    fn first_file(&self) -> std::io::Result<Option<(File, Place)>> {
        let files = self.files()?;
        if let Some(kept) = self.kept {
            for path in files.iter().chain(&self.renamed()) {
                let (file, place) = open(path)?;
                if (place.device, place.inode) == (kept.device, kept.inode) {
                    return Ok(Some((file, kept)));
                }
            }
        }
        // What was read is gone: everything that is left is new.
        let Some(begin) = (if self.kept.is_none() { files.last() } else { files.first() }) else { return Ok(None) };
        let (file, mut place) = open(begin)?;
        if self.kept.is_none() {
            place.offset = file.metadata()?.len();
        }
        Ok(Some((file, place)))
    }

    /// What the log was renamed to, where it is one file: beside it, with its name in front.
    fn renamed(&self) -> Vec<PathBuf> {
        let (Some(folder), Some(name)) = (self.log.parent(), self.log.file_name().and_then(|name| name.to_str())) else {
            return Vec::new();
        };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.path());
        names
            .filter(|path| path.file_name().and_then(|other| other.to_str()).is_some_and(|other| other != name && other.starts_with(name)))
            .collect()
    }

    /// What the server writes to once this file has ended.
    fn next_file(&self, at: Place) -> std::io::Result<Option<(File, Place)>> {
        let files = self.files()?;
        let mut is_later = !self.log.is_dir();
        for path in &files {
            let (file, place) = match open(path) {
                Ok(opened) => opened,
                // Between two files.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            if (place.device, place.inode) == (at.device, at.inode) {
                is_later = true;
            } else if is_later {
                return Ok(Some((file, place)));
            }
        }
        Ok(None)
    }
}

/// Held until it is dropped; none where somebody else holds it.
fn lock(position: &Path) -> std::io::Result<Option<File>> {
    position.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let file = File::create(position.with_extension("lock"))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open(path: &Path) -> std::io::Result<(File, Place)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    Ok((file, Place { device: about.dev(), inode: about.ino(), offset: 0 }))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    fn line(user: &str, state: &str) -> String {
        format!(
            "{{\"timestamp\":\"2026-11-28 10:00:00.000 UTC\",\"user\":\"{user}\",\"dbname\":\"sealdesk\",\"remote_host\":\"10.0.0.9\",\"error_severity\":\"FATAL\",\
             \"state_code\":\"{state}\",\"message\":\"password authentication failed\",\"backend_type\":\"client backend\"}}\n"
        )
    }

    fn append(path: &Path, text: &str) {
        fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn names(reader: &mut Reader) -> Vec<String> {
        let found = reader.look().unwrap().into_iter().map(|failed| failed.login).collect();
        reader.keep();
        found
    }

    #[test]
    fn only_a_refused_login_counts_and_what_is_no_json_is_passed_over() {
        assert_eq!(failed(&line("lin.mei", "28P01")), Some(Failed { login: "lin.mei".into(), host: "10.0.0.9".into() }));
        assert_eq!(failed(&line("lin.mei", "28000")).map(|failed| failed.login), Some("lin.mei".into()));
        for other in [line("lin.mei", "42501"), line("", "28P01"), "{\"user\":".into(), "plain text".into(), "[]".into()] {
            assert_eq!(failed(&other), None, "{other}");
        }
    }

    #[test]
    fn a_first_look_begins_at_the_end_and_a_later_one_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (log, state) = (folder.path().join("server.json"), folder.path().join("state/position.json"));
        append(&log, &line("before", "28P01"));
        let mut reader = Reader::new(log.clone(), Some(state.clone()));
        assert!(names(&mut reader).is_empty());
        append(&log, &line("one", "28P01"));
        let two = line("two", "28P01");
        let (begin, end) = two.split_at(40);
        append(&log, begin);
        assert_eq!(names(&mut reader), ["one"], "half a line waits");
        append(&log, end);
        drop(reader);
        let mut again = Reader::new(log.clone(), Some(state));
        assert_eq!(names(&mut again), ["two"]);
        append(&log, &line("three", "28P01"));
        assert_eq!(again.look().unwrap().len(), 1);
        again.go_back();
        assert_eq!(names(&mut again), ["three"], "what was not recorded is read again");
    }

    #[test]
    fn a_log_is_followed_through_renaming_cutting_and_new_files() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("server.json");
        append(&log, "");
        let mut reader = Reader::new(log.clone(), None);
        assert!(names(&mut reader).is_empty());
        append(&log, &line("late", "28P01"));
        fs::rename(&log, folder.path().join("server.json.1")).unwrap();
        append(&log, &line("new", "28P01"));
        assert_eq!(names(&mut reader), ["late", "new"]);
        fs::write(&log, "").unwrap();
        assert!(names(&mut reader).is_empty());
        append(&log, &line("cut", "28P01"));
        assert_eq!(names(&mut reader), ["cut"]);

        let many = tempfile::tempdir().unwrap();
        append(&many.path().join("a.json"), "");
        let mut reader = Reader::new(many.path().to_owned(), None);
        assert!(names(&mut reader).is_empty());
        append(&many.path().join("a.json"), &line("first", "28P01"));
        fs::write(many.path().join("notes.log"), line("other", "28P01")).unwrap();
        append(&many.path().join("b.json"), &line("second", "28P01"));
        fs::File::open(many.path().join("a.json")).unwrap().set_modified(std::time::SystemTime::now() - Duration::from_mins(1)).unwrap();
        assert_eq!(names(&mut reader), ["first", "second"]);
    }

    #[test]
    fn of_two_readers_on_one_machine_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let position = folder.path().join("state/position.json");
        let held = lock(&position).unwrap();
        assert!(held.is_some() && lock(&position).unwrap().is_none());
        drop(held);
        assert!(lock(&position).unwrap().is_some());
    }

    #[test]
    fn a_log_that_was_renamed_while_nobody_read_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let (log, state) = (folder.path().join("server.json"), folder.path().join("position.json"));
        append(&log, "");
        assert!(names(&mut Reader::new(log.clone(), Some(state.clone()))).is_empty());
        append(&log, &line("late", "28P01"));
        fs::rename(&log, folder.path().join("server.json.1")).unwrap();
        append(&log, &line("new", "28P01"));
        assert_eq!(names(&mut Reader::new(log, Some(state))), ["late", "new"]);
    }
}
