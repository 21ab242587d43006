//! How the bytes travel is said in the title; what does not verify is not used.

use std::fs;

use crate::{
    ENTER,
    driver::Terminal,
    support::{Database, Running, serve},
};

fn unlock_with(running: &Running, config: &str) -> (Terminal, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, config).unwrap();
    let person = running.fixture.person("agent");
    let mut terminal = Terminal::start(&[], &path, &running.fixture.dbname, home.path(), &["--user", &person.user], 100, 30);
    terminal.wait_for("assphrase");
    terminal.send(&person.passphrase);
    terminal.send(ENTER);
    (terminal, home)
}

/// The configuration without some keys, and with others.
fn changed(config: &str, without: &[&str], with: &str) -> String {
    let kept = config.lines().filter(|line| !without.iter().any(|key| line.starts_with(&format!("{key} ="))));
    kept.chain([with]).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn over_tcp_the_title_says_whether_the_server_was_verified_and_a_certificate_that_does_not_match_is_refused() {
    let running = serve(&["--records", "20", "--tcp"]);
    let config = fs::read_to_string(&running.fixture.config).unwrap();

    let (terminal, _home) = unlock_with(&running, &config);
    terminal.wait("the verified server", |screen| screen.contains("TLS ok") && screen.contains("C-000020"));

    // A server that insists on TLS is not reached without; one that does not is, and the title says in red what that means.
    let plain = changed(&config, &["tls", "tls_ca"], "tls = \"off\"");
    let (terminal, _home) = unlock_with(&running, &plain);
    terminal.wait("the refusal", |screen| screen.contains("lets nobody in this way") && !screen.contains("C-000020"));
    let rules = running.fixture.dir.join("data/pg_hba.conf");
    let open = fs::read_to_string(&rules).unwrap().replace("hostssl all all", "host all all");
    fs::write(&rules, open).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = Database { fixture: &running.fixture, name: running.fixture.dbname.clone() };
    runtime.block_on(async { database.superuser().await.batch_execute("select pg_reload_conf()").await.unwrap() });
    let (terminal, _home) = unlock_with(&running, &plain);
    terminal.wait("the warning", |screen| screen.contains("NOT ENCRYPTED") && screen.contains("C-000020"));

    // Where they came from is what the server saw, whatever the client says.
    let seen = "select count(*) filter (where s.address = '127.0.0.1' and e.details::json ->> 'address' = '127.0.0.1'), count(*) filter (where s.address is null)
                  from sealdesk.session s join sealdesk.audit_event e on e.session = s.id and e.action = 'session_submit'";
    let seen = runtime.block_on(async { database.superuser().await.query_one(seen, &[]).await.unwrap() });
    assert!(seen.get::<_, i64>(0) >= 2, "those over TCP");

    // Left to the system's authorities, which have never heard of this one.
    let (terminal, _home) = unlock_with(&running, &changed(&config, &["tls_ca"], ""));
    terminal.wait("the unknown authority", |screen| screen.contains("certificate is not accepted") && !screen.contains("C-000020"));
}
