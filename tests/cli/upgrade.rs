//! Installations from before there were kinds of record.

use std::{collections::BTreeMap, path::Path};

use futures::{SinkExt as _, StreamExt as _, pin_mut};
use refinery::{Migration, Runner, Target};
use sealdesk::{
    database::migrate,
    keyring::catalogue::CatalogueFault,
    model::id::RecordId,
    service::{
        catalogue, note,
        reveal::{self, GivenReason},
        search::{self, ListRequest},
    },
};
use tokio_postgres::Client;

use crate::support::{Database, fixture};

/// The last one before kinds.
const BEFORE: i32 = 46;

/// Number, id, version, tokens and list row of a record.
type Kept = (i64, uuid::Uuid, i64, Vec<i64>, Vec<u8>);

/// The schema as it was, in a database of its own.
async fn old_schema(name: &str) -> Database<'static> {
    let fixture = fixture();
    let postgres = Database { fixture, name: "postgres".into() };
    postgres.superuser().await.batch_execute(&format!("create database {name} template template0")).await.expect("a database");
    let database = Database { fixture, name: name.to_owned() };
    let mut client = database.superuser().await;
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read = |path: &Path| std::fs::read_to_string(path).expect("an asset");
    client.batch_execute(&read(&assets.join("install/database.sql"))).await.expect("the database's own settings");
    client.batch_execute("set role sealdesk_owner").await.expect("the owner");
    let files = std::fs::read_dir(assets.join("migrations")).expect("the migrations").map(|entry| entry.expect("a file").path());
    let migrations: Vec<Migration> = files
        .map(|path| {
            Migration::unapplied(path.file_stem().and_then(|name| name.to_str()).expect("a name"), &read(&path)).expect("a migration")
        })
        .collect();
    let mut runner = Runner::new(&migrations).set_target(Target::Version(BEFORE));
    runner.set_migration_table_name("sealdesk.schema_migration");
    runner.run_async(&mut client).await.expect("the old migrations");
    database
}

/// Every row of today's that the old schema has a place for, but for sessions and what happened in them, and for what later migrations add rows to.
async fn copy_rows(from: &Client, to: &Client) {
    let columns = "select c.relname::text, string_agg(quote_ident(a.attname), ', ' order by a.attnum)
                     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                    where c.relnamespace = 'sealdesk'::regnamespace and c.relkind = 'r' and not c.relispartition
                      and c.relname !~ '^(schema_migration|four_eyes|audit_|session|checkpoint|countersignature|list_query|alert)' group by 1";
    let tables: BTreeMap<String, String> =
        to.query(columns, &[]).await.expect("the tables").iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(tables.contains_key("record") && tables.contains_key("wrapped_key"), "{tables:?}");
    to.batch_execute("set session_replication_role = replica").await.expect("no triggers");
    for (table, columns) in &tables {
        to.batch_execute(&format!("delete from sealdesk.{table}")).await.expect("what the migrations put there");
        let rows = from.copy_out(&format!("copy (select {columns} from sealdesk.{table}) to stdout")).await.expect("rows");
        let sink = to.copy_in(&format!("copy sealdesk.{table} ({columns}) from stdin")).await.expect("the same columns");
        pin_mut!(rows, sink);
        while let Some(piece) = rows.next().await {
            sink.send(piece.expect("a piece")).await.expect("it is taken");
        }
        sink.finish().await.expect("it is stored");
    }
    to.batch_execute("select setval(pg_get_serial_sequence('sealdesk.record', 'number'), (select max(number) from sealdesk.record))")
        .await
        .expect("numbers go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_from_before_kinds_are_customers_with_the_same_numbers_and_are_found_and_revealed() {
    let database = old_schema("before_kinds").await;
    let mut owner = database.superuser().await;
    copy_rows(&fixture().shared().superuser().await, &owner).await;
    let kept = "select number, id, version, tokens, summary from sealdesk.record order by number";
    let rows = async |client: &Client| -> Vec<Kept> {
        client
            .query(kept, &[])
            .await
            .expect("records")
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
            .collect()
    };
    let before = rows(&owner).await;
    assert_eq!(before.len(), 300);

    migrate::migrate(&mut owner).await.expect("it migrates");
    assert_eq!(rows(&owner).await, before);
    let others = "select count(*) from sealdesk.record where kind <> 'customer'";
    assert_eq!(owner.query_one(others, &[]).await.expect("a count").get::<_, i64>(0), 0);
    let others = "select count(*) from sealdesk.field where kinds <> '{customer}' or of_kind is not null";
    assert_eq!(owner.query_one(others, &[]).await.expect("a count").get::<_, i64>(0), 0);

    let agent = database.sign_in("agent").await;
    // Nothing was signed then: desks read, and write nothing until an officer stands by what is there.
    let note = || note::add(&agent, RecordId(before[6].1), uuid::Uuid::now_v7(), "upgraded");
    assert_eq!(note().await.expect_err("no officer has signed").code(), "catalogue");
    let officer = database.sign_in("security_officer").await;
    let standing = catalogue::standing(&officer).await.expect("how it stands");
    assert_eq!(standing.fault, Some(CatalogueFault::Unsigned));
    assert_eq!(catalogue::sign(&officer, &standing).await.expect("it is signed"), 1);
    note().await.expect("it is written");

    let catalogue = agent.policy().catalogue.clone();
    assert_eq!(catalogue.kinds.iter().map(|kind| (kind.code.as_str(), kind.prefix.as_str())).collect::<Vec<_>>(), [("customer", "C")]);
    let found = async |typed: &str| {
        let query = search::parse(&catalogue, typed).expect("a search");
        search::list(&agent, &ListRequest { query, ..ListRequest::default() }).await.expect("a page").rows
    };
    let row = found("C-000007").await.remove(0);
    assert_eq!((row.number.to_string().as_str(), row.kind.as_str(), row.id.0), ("C-000007", "customer", before[6].1));
    let name = row.summary.expect("it opens").get("name").expect("a name").clone();
    let word = name.split(' ').next().expect("a word");
    assert!(found(&format!("name:{word}")).await.iter().any(|other| other.id == row.id), "{word}");
    let reason = GivenReason { code: "callback".into(), reference: None };
    let (_, phone) = reveal::reveal(&agent, row.id, &["phone".to_owned()], Some(&reason)).await.remove(0);
    let phone = phone.expect("it is revealed");
    assert!(found(&format!("phone:{}", phone.expose())).await.iter().any(|other| other.id == row.id));
}
