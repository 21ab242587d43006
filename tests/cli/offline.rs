//! What needs no server.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use crate::support::program;

#[test]
fn without_a_terminal_the_desk_says_so_and_ends_with_2() {
    let output = program().output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("needs a terminal"), "{}", stderr(&output));
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    let output = program().args(["find", "zhang", "--jsno"]).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--json"), "the nearest option is named: {}", stderr(&output));
}

#[test]
fn a_misspelt_key_is_named_with_its_line_and_the_nearest_key() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("config.toml");
    fs::write(&file, "host = \"db\"\nidle_lock_minuts = 3\n").expect("a file");
    let output = program().args(["find", "zhang", "--config"]).arg(&file).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("line 2"), "{}", stderr(&output));
    assert!(stderr(&output).contains("idle_lock_minutes"), "{}", stderr(&output));
}

#[test]
fn a_server_that_is_not_there_ends_with_4() {
    let folder = tempfile::tempdir().expect("a directory");
    let config = folder.path().join("config.toml");
    let passphrase = folder.path().join("passphrase");
    let text = format!("installation = \"018f3c1e-0000-7000-8000-000000000000\"\nhost = \"{}\"\n", folder.path().display());
    fs::write(&config, text).expect("a file");
    fs::write(&passphrase, "correct horse\n").expect("a file");
    let output = program()
        .args(["find", "zhang", "--user", "lin.mei", "--config"])
        .arg(&config)
        .arg("--passphrase-file")
        .arg(&passphrase)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
}

#[test]
fn a_directory_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a directory");
    let own = folder.path().join("thesis.txt");
    fs::write(&own, "years of work").expect("a file");
    let output = program().args(["demo", "--serve", "--records", "0", "--dir"]).arg(folder.path()).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("holds something else"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(own).expect("the file is still there"), "years of work");
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = program().args(["completions", shell]).output().expect("the program runs");
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("doctor"), "{shell}");
    }
}

#[test]
fn the_man_pages_are_those_of_this_program() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = program().arg("man").arg(folder.path()).output().expect("the program runs");
    assert!(output.status.success(), "{}", stderr(&output));
    let committed = pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("man"));
    assert!(pages(folder.path()) == committed, "man/ is out of date: run `cargo run -- man man` and commit it");
}

fn pages(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .expect("a directory of pages")
        .map(|entry| {
            let entry = entry.expect("an entry");
            (entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path()).expect("a page"))
        })
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
