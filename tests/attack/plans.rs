//! How the database finds what is searched for: never by reading every record, which would also tell by its time how many there are.

use tokio_postgres::Client;
use uuid::Uuid;

use crate::world::{World, attack};

/// Enough rows that the planner cares, with tokens as they are met: one of its own, one that forty share, one that every fiftieth has.
const ROWS: &str = "
    insert into sealdesk.record_kind (code, label_en, label_zh, prefix, position) values ('rare', 'Rare', '罕见', 'RR', 90), ('none', 'None', '无', 'NN', 91);
    insert into sealdesk.record (id, summary, tokens, created_by, updated_by, updated_at, deleted_at, kind)
    select gen_random_uuid(), decode(repeat('00', 172), 'hex'), array[n, 1000000 + n % 500, 2000000 + n % 50] || array(select 3000000 + n * 20 + i from generate_series(1, 20) i),
           'loader', case when n % 100 = 0 then 'ann' else 'loader' end, now() - n * interval '1 minute', case when n % 200 = 1 then now() end,
           case when n % 400 = 7 then 'rare' else 'customer' end
      from generate_series(1::bigint, 20000) n;
    insert into sealdesk.star (person, record) select p.id, r.id from sealdesk.person p, (select id from sealdesk.record limit 40) r where p.login = 'ann';
    analyze sealdesk.record, sealdesk.star";

struct Search {
    tokens: &'static str,
    groups: &'static str,
    numbers: &'static str,
    view: &'static str,
    /// SQL of the kind, and of the kinds of the numbers.
    kind: &'static str,
    number_kinds: &'static str,
}

const BROWSE: Search = Search { tokens: "{}", groups: "{}", numbers: "{}", view: "all", kind: "null", number_kinds: "null" };

/// The plan of a page, as the collection runs it.
async fn plan(client: &Client, search: &Search, sort: &str, direction: &str, cursor: bool) -> String {
    let (us, number) = if cursor { ("1790000000000000", "500") } else { ("null", "null") };
    let query = format!(
        "select sealdesk.list_page(row('{session}', '{session}', '{}', '{}', '{}', '{}', '{sort}', '{direction}', {us}, {number}, 50, now(), {}, {}, null, null, null, null)::sealdesk.list_query, 'ann')",
        search.tokens,
        search.groups,
        search.numbers,
        search.view,
        search.kind,
        search.number_kinds,
        session = Uuid::nil(),
    );
    let page: String = client.query_one(&query, &[]).await.unwrap().get(0);
    let lines = client.query(&format!("explain {page}"), &[]).await.unwrap();
    lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

async fn with_many_records(world: &World, test: impl AsyncFnOnce(&Client)) {
    // As the collection sets it for itself.
    world.superuser.batch_execute(&format!("begin; set local random_page_cost = 1.1; {ROWS}")).await.unwrap();
    test(&world.superuser).await;
    world.superuser.batch_execute("rollback; analyze sealdesk.record").await.unwrap();
}

#[test]
fn no_page_of_any_search_or_list_reads_every_record() {
    let searches = [
        BROWSE,
        Search { view: "mine", ..BROWSE },
        Search { view: "deleted", ..BROWSE },
        Search { view: "starred", ..BROWSE },
        Search { view: "recent", ..BROWSE },
        Search { view: "starred", tokens: "{2000007}", groups: "{0}", ..BROWSE },
        Search { tokens: "{77}", groups: "{0}", ..BROWSE },
        Search { tokens: "{1000077}", groups: "{0}", ..BROWSE },
        Search { tokens: "{2000007}", groups: "{0}", ..BROWSE },
        Search { tokens: "{1000077,1000078}", groups: "{0,0}", ..BROWSE },
        Search { tokens: "{2000007,1000007}", groups: "{0,1}", ..BROWSE },
        Search { tokens: "{77}", groups: "{0}", numbers: "{77}", ..BROWSE },
        Search { numbers: "{77}", ..BROWSE },
        Search { numbers: "{77,78}", number_kinds: "'{rare,null}'", ..BROWSE },
        Search { kind: "'customer'", ..BROWSE },
        Search { kind: "'rare'", ..BROWSE },
        Search { kind: "'none'", ..BROWSE },
        Search { kind: "'customer'", view: "mine", ..BROWSE },
        Search { kind: "'rare'", view: "recent", ..BROWSE },
        Search { kind: "'customer'", tokens: "{1000077}", groups: "{0}", ..BROWSE },
        Search { kind: "'customer'", tokens: "{2000007}", groups: "{0}", ..BROWSE },
        Search { kind: "'rare'", tokens: "{2000007}", groups: "{0}", ..BROWSE },
        Search { kind: "'rare'", tokens: "{77}", groups: "{0}", numbers: "{77}", number_kinds: "'{rare}'", ..BROWSE },
    ];
    attack(async |world| {
        with_many_records(world, async |client| {
            for search in &searches {
                for (sort, direction, cursor) in [
                    ("recent", "after", false),
                    ("recent", "before", false),
                    ("number", "after", false),
                    ("recent", "after", true),
                    ("number", "before", true),
                ] {
                    let plan = plan(client, search, sort, direction, cursor).await;
                    assert!(
                        !plan.contains("Seq Scan on record r"),
                        "{}/{}/{} by {sort} {direction}:\n{plan}",
                        search.tokens,
                        search.view,
                        search.kind
                    );
                }
            }
        })
        .await;
    });
}

#[test]
fn a_rare_token_is_looked_up_and_never_walked_to() {
    attack(async |world| {
        with_many_records(world, async |client| {
            for tokens in ["{77}", "{1000077}", "{999999999}"] {
                let plan = plan(client, &Search { tokens, groups: "{0}", ..BROWSE }, "recent", "after", false).await;
                assert!(plan.contains("Bitmap Index Scan on record_tokens"), "{tokens}:\n{plan}");
                assert!(!plan.contains("record_recent"), "{tokens}:\n{plan}");
            }
        })
        .await;
    });
}

#[test]
fn a_count_beyond_a_thousand_has_two_digits_and_none_of_the_labelled_records() {
    attack(async |world| {
        with_many_records(world, async |client| {
            let count = async |sql: &str| client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
            let all = count("select sealdesk.count_all('not r.labelled')").await;
            assert_eq!(all, 20_000);
            client.batch_execute("update sealdesk.record set label = 1, labelled = true where number % 10 = 0").await.unwrap();
            assert_eq!(count("select sealdesk.count_all('not r.labelled')").await, all, "labelling moves it only with the next analysis");
            client.batch_execute("analyze sealdesk.record").await.unwrap();
            assert_eq!(count("select sealdesk.count_all('not r.labelled')").await, 18_000);
            assert_eq!(count("select sealdesk.count_matches('not r.labelled') % 1000").await, 0);
            assert_eq!(count("select sealdesk.count_matches('r.tokens @> ''{1000077}''::bigint[]')").await, 40, "exact where it is small");
        })
        .await;
    });
}

#[test]
fn a_kind_is_found_by_an_order_of_its_own_however_rare_it_is() {
    attack(async |world| {
        with_many_records(world, async |client| {
            // A common one along the order of all, past the few others; a rare one along its own.
            for (kind, index) in [("'customer'", "_recent on record"), ("'rare'", "record_kind_recent"), ("'none'", "record_kind_recent")] {
                let plan = plan(client, &Search { kind, ..BROWSE }, "recent", "after", false).await;
                assert!(plan.contains(index), "{kind}:\n{plan}");
            }
            let rare = plan(client, &Search { kind: "'rare'", ..BROWSE }, "number", "after", false).await;
            assert!(rare.contains("record_kind_recent"), "a rare kind is gathered before it is ordered:\n{rare}");
        })
        .await;
    });
}

#[test]
fn a_rare_token_is_looked_up_by_itself_within_a_kind_too() {
    attack(async |world| {
        with_many_records(world, async |client| {
            for tokens in ["{77}", "{1000077}", "{999999999}"] {
                let plan = plan(client, &Search { kind: "'customer'", tokens, groups: "{0}", ..BROWSE }, "recent", "after", false).await;
                assert!(plan.contains("Bitmap Index Scan on record_tokens"), "{tokens}:\n{plan}");
            }
        })
        .await;
    });
}

#[test]
fn a_record_without_a_label_is_told_by_its_flag_alone() {
    attack(async |world| {
        // Inlined: a function call for each row would be no flag.
        let sql = format!("explain select from sealdesk.record r where r.id = '{0}' and sealdesk.may_know('{0}', r)", Uuid::nil());
        let lines = world.superuser.query(&sql, &[]).await.unwrap();
        let plan: String = lines.iter().map(|line| line.get::<_, String>(0)).collect();
        assert!(plan.contains("NOT labelled") && !plan.contains("may_know"), "{plan}");
    });
}

#[test]
fn a_page_without_words_is_a_walk_of_its_order() {
    attack(async |world| {
        with_many_records(world, async |client| {
            for (view, sort, index) in [
                ("all", "recent", "record_recent"),
                ("all", "number", "record_live_number"),
                ("mine", "recent", "record_updated_by"),
                ("deleted", "recent", "record_deleted"),
            ] {
                for cursor in [false, true] {
                    let plan = plan(client, &Search { view, ..BROWSE }, sort, "after", cursor).await;
                    assert!(plan.contains(index), "{view} by {sort}:\n{plan}");
                }
            }
        })
        .await;
    });
}
