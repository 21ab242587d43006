//! The private server ends with its launcher.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use crate::support::program;

#[test]
fn a_killed_launcher_leaves_neither_server_nor_directory() {
    let (mut demo, directory) = serve();
    demo.kill().expect("SIGKILL");
    demo.wait().expect("it ends");
    gone(&directory);
}

#[test]
fn the_end_of_standard_input_ends_the_demo() {
    let (mut demo, directory) = serve();
    drop(demo.stdin.take());
    assert!(demo.wait().expect("it ends").success());
    gone(&directory);
}

fn serve() -> (Child, PathBuf) {
    let mut demo = program()
        .args(["demo", "--serve", "--json", "--until-eof", "--records", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(demo.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let announced: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let directory = PathBuf::from(announced["dir"].as_str().expect("a directory"));
    assert!(directory.join("data/postmaster.pid").exists());
    (demo, directory)
}

/// The guard removes the directory after the server has stopped.
fn gone(directory: &std::path::Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while directory.exists() {
        assert!(Instant::now() < deadline, "{} is still there", directory.display());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
