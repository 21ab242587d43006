//! What the audit's pane asks for and keeps: who searched for a record, filters that people saved, copies that are taken out.

use jiff::tz::TimeZone;
use sealdesk::{
    crypto::secret::Secret,
    model::{
        audit::{ExportFormat, Filter, Searched},
        id::RecordId,
        request::{Asked, Why},
        saved_filter::SavedFilter,
    },
    service::{
        SignedIn, audit, request,
        search::{self, ListRequest},
        staff,
    },
};
use uuid::Uuid;

use crate::world::{World, attack, outcome, rows, ticket};

async fn search_for(who: &SignedIn, typed: &str) {
    let query = search::parse(&who.policy().catalogue, typed).unwrap();
    search::list(who, &ListRequest { query, search_box: Uuid::now_v7(), ..ListRequest::default() }).await.unwrap();
}

/// How many searches of somebody's asked for a record.
async fn searches(of: &SignedIn, searched: &Searched, actor: &str) -> usize {
    let filter = Filter { actor: Some(actor.to_owned()), searched: Some(searched.clone()), ..Filter::default() };
    let (_, page) = audit::open(of, &filter, None).await.unwrap();
    assert!(page.events.iter().all(|event| event.action == "search" && event.actor == actor));
    page.events.len()
}

#[test]
fn who_searched_for_a_record_is_told_to_who_holds_its_search_keys() {
    attack(async |world| {
        let seeker = world.recruit("pane.seeker", &["senior_agent"]).await;
        let chief = world.recruit("pane.chief", &["supervisor"]).await;
        let record = RecordId(world.records[0]);
        let number = world.count(&format!("select number from sealdesk.record where id = '{}'", record.0)).await;
        // Found: by a word, by both words, by its number. Not found: another's name, a word of each, a telephone that is not revealed.
        for typed in ["wei", "li wei", &number.to_string(), "souza", "li souza", "13800138000"] {
            search_for(&seeker, typed).await;
        }
        let of_names = audit::searched(&chief, record, &[]).await.unwrap();
        assert_eq!(of_names.fields, ["name"]);
        assert_eq!(searches(&chief, &of_names, "pane.seeker").await, 3);
        // With the telephone that somebody else revealed to them: whoever knows a value and holds its index key finds who asked for it.
        let revealed = [("phone".to_owned(), Secret::from("13800138000"))];
        let of_both = audit::searched(&chief, record, &revealed).await.unwrap();
        assert_eq!(searches(&chief, &of_both, "pane.seeker").await, 4);
        // It is asked about that record, and stands in its trail.
        let asked = "select count(*) from sealdesk.audit_event where action = 'who_searched' and outcome = 'ok' and actor = 'pane.chief' and record =";
        assert_eq!(world.count(&format!("{asked} '{}'", record.0)).await, 2);
        for gone in ["pane.seeker", "pane.chief"] {
            staff::disable(&world.officer, gone).await.unwrap();
        }
    });
}

#[test]
fn without_the_keys_or_the_right_nobody_is_told_who_searched() {
    attack(async |world| {
        let chief = world.recruit("pane.head", &["supervisor"]).await;
        let record = world.records[0];
        let ask = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null, p_searched => $3, p_tokens => $4)";
        let nobodys: Vec<i64> = vec![7, 11];
        let own: Vec<i64> = world.superuser.query_one("select tokens from sealdesk.record where id = $1", &[&record]).await.unwrap().get(0);
        let raw = world.raw("pane.head").await;
        let (ann, olga, empty) = (world.sign_in("ann").await, world.sign_in("olga").await, Vec::new());
        for (whom, who, tokens, answer) in [
            ("an agent", &ann, &own, "SD003"),
            ("an auditor, who may search for nobody", &olga, &own, "SD003"),
            ("a supervisor without the keys", &raw, &nobodys, "SD170"),
            ("a supervisor who sends nothing", &raw, &empty, "SD011"),
        ] {
            let asked = ticket();
            assert_eq!(outcome(&who.client, ask, &[&who.token, &asked, &record, tokens]).await.unwrap(), answer, "{whom}");
            let recorded = "select count(*) from sealdesk.audit_event where action = 'who_searched'";
            assert_eq!(world.count(&format!("{recorded} and ticket = '{asked}' and outcome = '{answer}'")).await, 1, "{whom}");
            let collect = "select session from sealdesk_api.collect_audit($1, $2, null, null, null, 100)";
            assert_eq!(world.collect(&who.client, collect, &[&who.token, &asked]).await.unwrap_err().code, answer, "{whom}");
        }
        // What is above the clearance, and what is not there, are one answer.
        world.superuser.execute("update sealdesk.record set label = 3, labelled = true where id = $1", &[&record]).await.unwrap();
        let hidden = outcome(&raw.client, ask, &[&raw.token, &ticket(), &record, &own]).await.unwrap();
        world.superuser.execute("update sealdesk.record set label = 0, labelled = false where id = $1", &[&record]).await.unwrap();
        let absent = outcome(&raw.client, ask, &[&raw.token, &ticket(), &Uuid::nil(), &own]).await.unwrap();
        assert_eq!((hidden.as_str(), absent.as_str()), ("SD006", "SD006"));
        // A client without the keys is refused, and the refusal is recorded.
        let olga = world.with_keys("olga").await;
        assert!(audit::searched(&olga, RecordId(record), &[]).await.is_err());
        // Another's ticket is no way in either.
        let asked = ticket();
        assert_eq!(outcome(&raw.client, ask, &[&raw.token, &asked, &record, &own]).await.unwrap(), "ok");
        let collect = "select session from sealdesk_api.collect_audit($1, $2, null, null, null, 100)";
        assert_eq!(world.collect(&ann.client, collect, &[&ann.token, &asked]).await.unwrap_err().code, "SD008");
        drop(chief);
        staff::disable(&world.officer, "pane.head").await.unwrap();
    });
}

fn saved(name: &str, text: &str) -> SavedFilter {
    let filter = Filter { text: Some(text.into()), outcome: Some("refused".into()), ..Filter::default() };
    SavedFilter { id: Uuid::now_v7(), name: name.into(), filter, from: Some("-2h".into()), until: None }
}

#[test]
fn a_saved_filter_is_ones_own_and_the_database_cannot_read_it() {
    attack(async |world| {
        let olga = world.with_keys("olga").await;
        let filter = saved("about Hartmann", "Hartmann-Brandt");
        audit::save_filter(&olga, &filter).await.unwrap();
        assert!(audit::saved_filters(&world.with_keys("olga").await).await.unwrap().contains(&filter), "it is there in the next session");
        let stored = "select count(*) from sealdesk.saved_filter where encode(sealed, 'escape') ~ 'Hartmann|refused'";
        assert_eq!(world.count(stored).await, 0);
        assert_eq!(world.count("select count(*) from sealdesk.audit_event e where e::text ~ 'Hartmann'").await, 0);
        let ann = world.sign_in("ann").await;
        assert_eq!(ann.refusal("select * from sealdesk.saved_filter").await.as_deref(), Some("42501"));
        assert!(rows(&ann.client, "select id from sealdesk_api.list_saved_filters($1)", &[&ann.token]).await.unwrap().is_empty());
        let forget = "select sealdesk_api.drop_saved_filter($1, $2)";
        outcome(&ann.client, forget, &[&ann.token, &filter.id]).await.unwrap();
        assert!(audit::saved_filters(&olga).await.unwrap().contains(&filter), "another's cannot be forgotten");

        // Whoever holds the database can neither move a filter nor make one.
        let other = Uuid::now_v7();
        let moved = "insert into sealdesk.saved_filter (person, id, sealed, signature) select person, $2, sealed, signature from sealdesk.saved_filter where id = $1";
        world.superuser.execute(moved, &[&filter.id, &other]).await.unwrap();
        assert!(!audit::saved_filters(&olga).await.unwrap().iter().any(|found| found.id == other));
        audit::drop_filter(&olga, other).await.unwrap();

        let put = "select sealdesk_api.put_saved_filter($1, $2, $3, $4)";
        let (sealed, signature) = (vec![1_u8; 40], vec![0_u8; 64]);
        let before = rows(&ann.client, "select id from sealdesk_api.list_saved_filters($1)", &[&ann.token]).await.unwrap().len();
        for n in before..51 {
            let answer = outcome(&ann.client, put, &[&ann.token, &Uuid::now_v7(), &sealed, &signature]).await.unwrap();
            assert_eq!(answer, if n < 50 { "ok" } else { "SD171" });
        }
        assert_eq!(outcome(&ann.client, put, &[&ann.token, &Uuid::now_v7(), &vec![0_u8; 20_000], &signature]).await.unwrap(), "SD011");
        audit::drop_filter(&olga, filter.id).await.unwrap();
        world.superuser.batch_execute("delete from sealdesk.saved_filter").await.unwrap();
    });
}

async fn copy(who: &SignedIn, filter: &Filter, format: ExportFormat) -> Result<(u64, String), &'static str> {
    let mut out = Vec::new();
    let count = audit::export(who, filter, format, &TimeZone::UTC, &mut out).await.map_err(|error| error.code())?;
    Ok((count, String::from_utf8(out).unwrap()))
}

async fn ask_four_eyes(world: &World, on: bool) {
    world.superuser.execute("update sealdesk.four_eyes set required = $1 where kind = 'audit_export'", &[&on]).await.unwrap();
}

#[test]
fn a_copy_of_the_audit_is_an_act_under_a_capability_of_its_own() {
    attack(async |world| {
        let (ann, olga) = (world.with_keys("ann").await, world.with_keys("olga").await);
        let filter = Filter { actor: Some("sam".into()), ..Filter::default() };
        assert_eq!(copy(&ann, &filter, ExportFormat::Csv).await, Err("SD003"), "one's own events neither");
        let (count, csv) = copy(&olga, &filter, ExportFormat::Csv).await.unwrap();
        assert!(count > 0 && csv.starts_with("time,actor,") && u64::try_from(csv.matches("\r\n").count()).unwrap() == count + 1, "{csv}");
        let (count, json) = copy(&olga, &filter, ExportFormat::Json).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((u64::try_from(json["events"].as_array().unwrap().len()).unwrap(), &json["made_by"]), (count, &"olga".into()));
        assert_eq!(json["filter"], "format=json actor=sam");
        let recorded = "select count(*) from sealdesk.audit_event where action = 'audit_export' and outcome = 'ok' and actor = 'olga' and details::json ->> 'actor' = 'sam'";
        assert!(world.count(recorded).await >= 2);

        // A request that was rolled back hands nothing out, and a capability that is taken meanwhile stops the next page.
        let olga = world.sign_in("olga").await;
        let ask = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null, p_export => 'csv')";
        let collect = "select session from sealdesk_api.collect_audit($1, $2, null, null, null, 100)";
        let asked = ticket();
        olga.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&olga.client, ask, &[&olga.token, &asked]).await.unwrap(), "ok");
        olga.client.batch_execute("rollback").await.unwrap();
        assert_eq!(world.collect(&olga.client, collect, &[&olga.token, &asked]).await.unwrap_err().code, "SD008");
        let asked = ticket();
        assert_eq!(outcome(&olga.client, ask, &[&olga.token, &asked]).await.unwrap(), "ok");
        let take = "update sealdesk.application_role set capabilities = array_remove(capabilities, 'export_audit') where code = 'auditor'";
        world.superuser.batch_execute(take).await.unwrap();
        let refused = world.collect(&olga.client, collect, &[&olga.token, &asked]).await;
        let give = "update sealdesk.application_role set capabilities = array_append(capabilities, 'export_audit') where code = 'auditor'";
        world.superuser.batch_execute(give).await.unwrap();
        assert_eq!(refused.unwrap_err().code, "SD003");
    });
}

#[test]
fn where_policy_asks_for_it_somebody_else_approves_just_that_copy_once() {
    attack(async |world| {
        let olga = world.with_keys("olga").await;
        let filter = Filter {
            actor: Some("sam".into()),
            from: Some("2020-01-01T00:00:00.5Z".parse().unwrap()),
            text: Some("view actor=ann".into()),
            ..Filter::default()
        };
        let other = Filter { actor: Some("ann".into()), ..filter.clone() };
        ask_four_eyes(world, true).await;
        assert_eq!(copy(&olga, &filter, ExportFormat::Csv).await, Err("SD050"));
        let why = Why { text: "for the regulator".into(), reference: None };
        let of = Asked::AuditExport { of: filter.export_subject(ExportFormat::Csv) };
        let number = request::ask(&olga, &of, &why, 60, 60).await.unwrap();
        assert_eq!(request::vote(&olga, number, true, "").await.unwrap_err().code(), "SD003", "not by oneself");
        assert_eq!(copy(&olga, &filter, ExportFormat::Csv).await, Err("SD050"), "asked for is not approved");
        request::vote(&world.officer, number, true, "").await.unwrap();
        assert_eq!(copy(&olga, &other, ExportFormat::Csv).await, Err("SD050"), "another filter");
        assert_eq!(copy(&olga, &filter, ExportFormat::Json).await, Err("SD050"), "another format");
        copy(&olga, &filter, ExportFormat::Csv).await.unwrap();
        assert_eq!(copy(&olga, &filter, ExportFormat::Csv).await, Err("SD050"), "once");
        // What could be read as something else cannot be asked for.
        let raw = world.sign_in("olga").await;
        let ask = "select sealdesk_api.request_audit($1, $2, 'sam class=x', null, null, null, null, null, null, p_export => 'csv')";
        assert_eq!(outcome(&raw.client, ask, &[&raw.token, &ticket()]).await.unwrap(), "SD011");
        // An agent cannot even ask.
        let ann = world.with_keys("ann").await;
        assert_eq!(request::ask(&ann, &of, &why, 60, 60).await.unwrap_err().code(), "SD003");
        ask_four_eyes(world, false).await;
    });
}
