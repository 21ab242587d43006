//! An incident, from the alert to the evidence, at three desks: the agent's who reads in bulk, the supervisor's, and the auditor's.

use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use super::{Desk, ENTER, ESCAPE, desk, support};
use support::Database;

/// A watch as a service manager runs it; it ends with this.
struct Watch {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Watch {
    async fn start(database: &Database<'_>, login: &str) -> Self {
        let account = database.recruit(login, "watch").await;
        let folder = tempfile::tempdir().unwrap();
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, format!("{}\n", account.passphrase)).unwrap();
        let mut command = support::program();
        command.env("SEALDESK_CONFIG", &database.fixture.config).env("SEALDESK_DBNAME", &database.name).env("LC_ALL", "C.UTF-8");
        command.env("XDG_STATE_HOME", folder.path());
        command.args(["watch", "--user", login, "--passphrase-file"]).arg(&passphrase);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let superuser = database.superuser().await;
        let led = "select count(*) from sealdesk.watch where until_at > clock_timestamp()";
        while superuser.query_one(led, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Self { child, _folder: folder }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens one record after the other and reveals its phone.
fn read_in_bulk(agent: &mut Desk, records: i64) {
    agent.terminal.wait_for("C-000300");
    for number in (301 - records..=300).rev() {
        agent.terminal.send(ENTER);
        agent.terminal.wait_for(&format!("- C-{number:06} - v"));
        agent.terminal.send("gjjjr");
        agent.terminal.wait_for("s revealed");
        agent.terminal.send("qj");
    }
}

/// The evidence file that a desk has written into its home.
fn evidence_in(home: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("sealdesk-evidence-")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_reveal_is_noticed_contained_investigated_and_evidenced_at_three_desks() {
    let database = support::fixture().fresh_database().await;
    let _watch = Watch::start(&database, "incident.eye").await;
    let mut supervisor = desk(&database, "supervisor", 80, 24);
    supervisor.terminal.wait_for("C-000300");
    let mut auditor = desk(&database, "auditor", 100, 30);
    let mut agent = desk(&database, "agent", 100, 30);
    let bells = supervisor.terminal.bells();

    // Noticed.
    read_in_bulk(&mut agent, 22);
    supervisor.terminal.wait_for("critical: values revealed in bulk: chen.bo");
    assert!(supervisor.terminal.bells() > bells, "the bell sounded");
    supervisor.terminal.send("!");
    supervisor.terminal.wait_for("caused by");

    // An incident by one key, and Enter through what is filled in.
    supervisor.terminal.send("i");
    let screen = supervisor.terminal.wait_for("New incident");
    assert!(screen.contains("values revealed in bulk: chen.bo") && screen.contains("critical"), "{screen}");
    for _ in 0..3 {
        supervisor.terminal.send(ENTER);
    }
    let screen =
        supervisor.terminal.wait("the incident", |screen| screen.contains("Incidents - 1 open") && screen.contains("chen.bo revealed"));
    assert!(screen.contains("values revealed in bulk: chen.bo"), "{screen}");

    // Contained: who it is about, without a name to type.
    supervisor.terminal.send("x");
    supervisor.terminal.wait_for("cannot sign in");
    supervisor.terminal.send("copied numbers");
    supervisor.terminal.send(ENTER);
    supervisor.terminal.send(ENTER);
    agent.terminal.wait("the lock", |screen| screen.contains("has frozen this account") && !screen.contains("C-0"));
    // The announcement to everybody follows the answer closely.
    supervisor.terminal.wait("the freeze", |screen| screen.contains("Frozen, everywhere") || screen.contains("has frozen chen.bo"));

    // Investigated.
    supervisor.terminal.send("w");
    supervisor.terminal.wait("what he saw", |screen| {
        screen.contains("What chen.bo saw")
            && screen.lines().any(|line| line.contains("revealed") && line.contains("C-000") && line.contains("Phone"))
    });
    supervisor.terminal.send(ESCAPE);
    supervisor.terminal.wait_gone("What chen.bo saw");
    supervisor.terminal.send("n");
    supervisor.terminal.wait_for("Note");
    supervisor.terminal.send("called the team lead");
    supervisor.terminal.send(ENTER);
    supervisor.terminal.wait_for("Written down");

    // Evidenced, by somebody else, who reads the same incident and writes nothing in it.
    auditor.terminal.send("7");
    auditor.terminal.wait("the same incident", |screen| screen.contains("Incidents - 1 open") && screen.contains("called the team lead"));
    auditor.terminal.send("n");
    auditor.terminal.wait_for("You may read incidents");
    auditor.terminal.send("u");
    auditor.terminal.wait("what he did", |screen| screen.contains("[person chen.bo]") && screen.contains("reveal"));
    auditor.terminal.send("E");
    auditor.terminal.wait_for("events with their proofs are in sealdesk-evidence-");
    let bundle = evidence_in(auditor.home.path());
    let root = database.fixture.root_fingerprint.clone();
    let mut check = support::program();
    check.env("HOME", auditor.home.path()).args(["audit", "verify", "--bundle"]).arg(&bundle).args(["--root", &root]);
    let output = check.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("chen.bo"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
