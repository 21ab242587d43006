//! Fields that refer to another record.

use sealdesk::{
    model::id::RecordId,
    service::{edit, edit::Draft},
};

use crate::support::{Database, fixture};

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Runs as the security officer; it must succeed.
fn officer(database: &Database<'_>, line: &str) -> String {
    let (code, out, err) = database.program_as("security_officer").run(&words(line));
    assert_eq!(code, 0, "{line}: {out}{err}");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_refers_to_its_customer_and_is_found_by_it() {
    let database = fixture().fresh_database().await;
    officer(&database, "kind add contract --prefix K --en Contract --zh 合同");
    officer(
        &database,
        "field add party --kind record --of customer --class basic --mask open --index exact --list --section contract --section-en Contract --section-zh 合同 --en Party --zh 签约方 --for contract",
    );
    let listed = officer(&database, "field list --json");
    assert!(listed.lines().any(|line| line.contains("\"party\"") && line.contains("\"of\":\"customer\"")), "{listed}");

    let agent = database.sign_in("agent").await;
    let mut made = Vec::new();
    for (title, party) in [("Maintenance 2026", "12"), ("Lease 2026", "c-000012"), ("Cleaning 2026", "C-13")] {
        let values = [("name", title), ("party", party)].map(|(field, value)| (field.to_owned(), value.to_owned()));
        let (_, number) =
            edit::create(&agent, RecordId(uuid::Uuid::now_v7()), "contract", &Draft { values: values.into() }).await.expect("a record");
        made.push(number.to_string());
    }
    let values = [("name", "Nobody's"), ("party", "C-999999")].map(|(field, value)| (field.to_owned(), value.to_owned()));
    let refused =
        edit::create(&agent, RecordId(uuid::Uuid::now_v7()), "contract", &Draft { values: values.into() }).await.expect_err("no customer");
    assert!(refused.to_string().contains("there is no record C-999999"), "{refused}");

    let run = |line: &str| database.program_as("agent").run(&words(line));
    for query in ["contract.party:C-000012", "refers:C-000012", "party:12", "合同.签约方:c12", "引用：C-12"] {
        let (code, out, err) = run(&format!("find {query}"));
        assert_eq!(code, 0, "{query}: {err}");
        assert!(out.contains(&made[0]) && out.contains(&made[1]) && !out.contains(&made[2]), "{query}: {out}");
    }
    let (_, out, _) = run("find C-000012");
    assert!(out.contains("C-000012") && !out.contains(&made[0]), "a bare number is the record that has it: {out}");
    let (code, _, err) = run(&format!("find refers:{}", made[0]));
    assert!(code != 0 && err.contains("No field that can be searched refers to records such as"), "{code} {err}");
    let (code, _, err) = run("find refers:Zhang");
    assert!(code != 0 && err.contains("not a record's number"), "{code} {err}");
    let (code, _, err) = run("find customer.party:C-12");
    assert!(code != 0 && err.contains("There is no field called \"customer.party\""), "{code} {err}");
    let (_, out, _) = run(&format!("show {}", made[2]));
    assert!(out.contains("Party") && out.contains("C-000013"), "{out}");

    let (code, _, err) = database
        .program_as("security_officer")
        .run(&words("field add deal --kind record --class basic --en Deal --zh 交易 --section contract"));
    assert!(code == 2 && err.contains("--of"), "{code} {err}");
    let measured = officer(&database, "field measure party");
    assert!(measured.contains("which records refer to the same one"), "{measured}");
}
