//! The private server ends with its launcher.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::program;

#[test]
fn a_killed_launcher_leaves_neither_server_nor_directory() {
    let (mut demo, announced) = serve(&["--records", "0"]);
    demo.kill().expect("SIGKILL");
    demo.wait().expect("it ends");
    gone(&directory(&announced));
}

#[test]
fn the_end_of_standard_input_ends_the_demo() {
    let (demo, announced) = serve(&["--records", "0"]);
    end(demo);
    gone(&directory(&announced));
}

#[test]
fn a_kept_directory_is_used_again_with_its_people_and_customers() {
    let folder = tempfile::tempdir().expect("a directory");
    let kept = folder.path().join("kept").display().to_string();
    let (demo, first) = serve(&["--records", "20", "--dir", &kept, "--keep"]);
    end(demo);
    // Without --keep as well: what was kept once is not thrown away by forgetting a word.
    let (demo, second) = serve(&["--dir", &kept]);
    assert_eq!(first["people"], second["people"]);
    assert_eq!(first["root_fingerprint"], second["root_fingerprint"]);
    let found = find(&second, second["config"].as_str().expect("a path"), "C-000020");
    assert!(String::from_utf8_lossy(&found.stdout).contains("C-000020"), "{found:?}");
    end(demo);
    assert!(Path::new(&kept).join("data/PG_VERSION").exists());
}

#[test]
fn over_tcp_only_the_servers_own_authority_is_believed() {
    let (demo, announced) = serve(&["--records", "5", "--tcp"]);
    assert_eq!(announced["host"], "localhost");
    let config = announced["config"].as_str().expect("a path");
    let found = find(&announced, config, "C-000001");
    assert!(found.status.success(), "{found:?}");

    let folder = tempfile::tempdir().expect("a directory");
    let other = folder.path().join("config.toml");
    let text = fs::read_to_string(config).expect("the configuration");
    // Left to the system's authorities, which have never heard of the throw-away one.
    let without: String = text.lines().filter(|line| !line.starts_with("tls_ca")).flat_map(|line| [line, "\n"]).collect();
    fs::write(&other, without).expect("a file");
    let refused = find(&announced, &other.display().to_string(), "C-000001");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("certificate"), "{said}");
    end(demo);
}

#[test]
fn another_root_fingerprint_is_an_integrity_failure() {
    let (demo, announced) = serve(&["--records", "0"]);
    let folder = tempfile::tempdir().expect("a directory");
    let other = folder.path().join("config.toml");
    let text = fs::read_to_string(announced["config"].as_str().expect("a path")).expect("the configuration");
    let fingerprint = announced["root_fingerprint"].as_str().expect("a fingerprint");
    fs::write(&other, text.replace(fingerprint, "sd1:aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa")).expect("a file");
    let refused = find(&announced, &other.display().to_string(), "C-000001");
    assert_eq!(refused.status.code(), Some(5), "{refused:?}");
    end(demo);
}

fn serve(arguments: &[&str]) -> (Child, Value) {
    let mut demo = program()
        .args(["demo", "--serve", "--json", "--until-eof"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(demo.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let announced: Value = serde_json::from_str(&line).expect("JSON");
    assert!(directory(&announced).join("data/postmaster.pid").exists());
    (demo, announced)
}

fn end(mut demo: Child) {
    drop(demo.stdin.take());
    assert!(demo.wait().expect("it ends").success());
}

fn directory(announced: &Value) -> PathBuf {
    PathBuf::from(announced["dir"].as_str().expect("a directory"))
}

fn find(announced: &Value, config: &str, query: &str) -> Output {
    let people = announced["people"].as_array().expect("people");
    let agent = people.iter().find(|person| person["role"] == "agent").expect("an agent");
    let mut child = program()
        .env("LC_ALL", "C.UTF-8")
        .args(["find", query, "--config", config, "--passphrase-file", "-", "--user"])
        .arg(agent["user"].as_str().expect("a login"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    writeln!(child.stdin.take().expect("a pipe"), "{}", agent["passphrase"].as_str().expect("a passphrase")).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// The guard removes the directory after the server has stopped.
fn gone(directory: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while directory.exists() {
        assert!(Instant::now() < deadline, "{} is still there", directory.display());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_demo_with_work_under_way_has_contracts_labels_a_factor_a_request_a_review_and_a_share() {
    let (demo, announced) = serve(&["--records", "20", "--under-way"]);
    let people = announced["people"].as_array().expect("people").clone();
    let of = |role: &str| people.iter().find(|person| person["role"] == role).expect("the person").clone();
    let run = |role: &str, code: Option<&str>, arguments: &[&str]| {
        let person = of(role);
        let mut command = program();
        command.args(["--config", announced["config"].as_str().expect("a path"), "--user", person["user"].as_str().expect("a login")]);
        command.args(["--passphrase-file", "-"]).args(arguments);
        let mut typed = format!("{}\n", person["passphrase"].as_str().expect("a passphrase"));
        if let Some(code) = code {
            command.args(["--code-file", "-"]);
            typed.push_str(code);
            typed.push('\n');
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("an input").write_all(typed.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let factor = &of("security_officer")["second_factor"];
    assert_ne!(run("security_officer", None, &["staff", "list"]).0, Some(0), "without a code nobody gets in as the officer");
    let code = factor["recovery_codes"][0].as_str().expect("a recovery code");
    assert_eq!(run("security_officer", Some(code), &["staff", "list"]).0, Some(0));
    assert!(run("supervisor", None, &["request", "list"]).1.contains("refund for a double charge"));
    assert!(run("supervisor", None, &["review", "list"]).1.contains("Quarterly review"));
    assert!(run("agent", None, &["share", "list", "--with-me"]).1.contains("id_number"));
    let contracts = |role: &str| run(role, None, &["find", "kind:contract", "--json", "--limit", "50"]).1.lines().count();
    assert_eq!((contracts("senior_agent"), contracts("agent")), (20, 15), "a handful is labelled above the agent");
    end(demo);
}

#[test]
fn a_bad_afternoon_raises_an_alert_and_its_checkpoints_are_anchored() {
    let (demo, announced) = serve(&["--records", "60", "--incident"]);
    let people = announced["people"].as_array().expect("people").clone();
    let supervisor = people.iter().find(|person| person["role"] == "supervisor").expect("the supervisor");
    let run = |arguments: &[&str]| {
        let mut command = program();
        command.args(["--config", announced["config"].as_str().expect("a path"), "--user", supervisor["user"].as_str().expect("a login")]);
        command.env("LC_ALL", "C.UTF-8").args(["--passphrase-file", "-"]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        writeln!(child.stdin.take().expect("an input"), "{}", supervisor["passphrase"].as_str().expect("a passphrase")).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let began = Instant::now();
    loop {
        let (code, alerts) = run(&["alert", "list"]);
        assert_eq!(code, Some(0), "{alerts}");
        if alerts.contains("values revealed in bulk") && alerts.contains("chen.bo") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(150), "nothing rings: {alerts}");
        std::thread::park_timeout(Duration::from_secs(2));
    }
    let anchors = directory(&announced).join("anchors").display().to_string();
    let (code, said) = run(&["audit", "verify", "--anchor", &anchors]);
    assert_eq!(code, Some(0), "{said}");
    end(demo);
}
