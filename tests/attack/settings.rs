//! Changing fields, classes and reasons: by whom, into what, and while somebody else does.

use sealdesk::{
    model::{
        catalogue::{FieldKind, IndexMode, Mask},
        finding::Kind,
    },
    service::{edit, rewrite, settings, view},
};
use tokio_postgres::types::ToSql;

use crate::world::{Parameters, World, attack, outcome, rows, sign_in, ticket};

/// One call of each function that changes policy, on what the preset has. `$1` is the token.
const CHANGES: &[&str] = &[
    "field_add($1, 'hobby', 'Hobby', '爱好', 'customer', null, null, 'text', 'basic', 'open', '{}', false, false, '{}', '{}', '{}')",
    "field_change($1, 'city', 1, 'Town', '城镇', 'customer', null, null, 'basic', 'open', '{exact,cjk}', true, false, '{}', '{}', '{}')",
    "field_move($1, 'city', 1, null)",
    "field_retire($1, 'card', 1)",
    "field_restore($1, 'card', 1)",
    "class_change($1, 'contact', 1, 'Contact', '联系方式', 60, false, true, true, 200, false, null)",
    "reason_put($1, 'survey', null, 'Survey', '调查', false, '{}')",
    "reason_retire($1, 'callback', 1, true)",
    "kind_put($1, 'order', null, 'O', 'Order', '订单', null, null, '{}')",
    "kind_move($1, 'customer', 1, null)",
    "kind_retire($1, 'customer', 1, true, true)",
];

/// A field whose parts are replaced in turn.
const FIELD: [&str; 12] = ["hobby", "Hobby", "爱好", "customer", "Customer", "客户", "text", "basic", "open", "{exact}", "false", "false"];

async fn add(token: &[u8], client: &tokio_postgres::Client, parts: [&str; 12], choices: [&[&str]; 3]) -> String {
    let sql = "select sealdesk_api.field_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::text[], $12::text::boolean, $13::text::boolean, $14, $15, $16)";
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&token];
    parameters.extend(parts.iter().map(|part| part as &(dyn ToSql + Sync)));
    parameters.extend(choices.iter().map(|array| array as &(dyn ToSql + Sync)));
    outcome(client, sql, &parameters).await.unwrap()
}

async fn policy_rows(world: &World) -> String {
    let sql = "select (select json_agg(f order by f.code) from sealdesk.field f)::text || (select json_agg(c order by c.code) from sealdesk.class c)::text
                   || (select json_agg(r order by r.code) from sealdesk.reason r)::text
                   || (select json_agg(k order by k.code) from sealdesk.record_kind k)::text";
    world.superuser.query_one(sql, &[]).await.unwrap().get(0)
}

#[test]
fn nobody_but_who_manages_policy_changes_fields_kinds_classes_or_reasons() {
    attack(async |world| {
        let before = policy_rows(world).await;
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in CHANGES {
                let sql = format!("select sealdesk_api.{call}");
                assert_eq!(outcome(&who.client, &sql, &[&who.token]).await.unwrap(), "SD003", "{login}: {call}");
            }
            let refused = format!("select count(*) from sealdesk.audit_event where session = '{}' and outcome = 'SD003'", who.session);
            assert_eq!(world.count(&refused).await, i64::try_from(CHANGES.len()).unwrap(), "each refusal is an event");
        }
        assert_eq!(policy_rows(world).await, before);
    });
}

#[test]
fn every_function_that_changes_policy_is_in_this_list() {
    attack(async |world| {
        let sql = "select proname::text from pg_proc where pronamespace = 'sealdesk_api'::regnamespace
                      and (proname ~ '^(field|reason|kind)_' or proname = 'class_change')";
        for row in world.superuser.query(sql, &[]).await.unwrap() {
            let name: String = row.get(0);
            assert!(CHANGES.iter().any(|call| call.starts_with(&format!("{name}("))), "{name}");
        }
    });
}

#[test]
fn a_supervisor_who_reads_the_whole_audit_does_not_change_policy() {
    attack(async |world| {
        world.recruit("sue", &["supervisor"]).await;
        let sue = world.raw("sue").await;
        for call in CHANGES {
            assert_eq!(outcome(&sue.client, &format!("select sealdesk_api.{call}"), &[&sue.token]).await.unwrap(), "SD003", "{call}");
        }
    });
}

#[test]
fn a_field_that_does_not_hold_together_is_not_made() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let before = policy_rows(world).await;
        let long = "x".repeat(61);
        let spoilt: &[(usize, &str, &str)] = &[
            (0, "", "SD070"),
            (0, "1st", "SD070"),
            (0, "Hobby", "SD070"),
            (0, "x", "SD070"),
            (0, "a'); drop table sealdesk.field; --", "SD070"),
            (0, "city", "SD070"),
            (1, "", "SD070"),
            (1, " Hobby", "SD070"),
            (1, &long, "SD070"),
            (1, "Hob\u{1b}[2J", "SD070"),
            (2, "爱\u{202e}好", "SD070"),
            (2, "\u{9b}31m", "SD070"),
            (3, "Customer", "SD070"),
            (5, "", "SD070"),
            (6, "blob", "SD072"),
            (6, "choice", "SD072"),
            (7, "secret", "SD072"),
            (7, "notes", "SD072"),
            (7, "contact", "SD072"),
            (8, "none", "SD072"),
            (8, "year", "SD072"),
            (9, "{last_four}", "SD072"),
            (9, "{exact,exact}", "SD072"),
            (9, "{soundex}", "SD072"),
        ];
        for (part, value, code) in spoilt {
            let mut parts = FIELD;
            parts[*part] = value;
            assert_eq!(add(&officer.token, &officer.client, parts, [&[], &[], &[]]).await, *code, "{part} {value:?}");
        }
        let mut choice = FIELD;
        choice[6] = "choice";
        for (choices, code) in [
            ([&["a"][..], &["A"], &[]], "SD072"),
            ([&["a", "a"], &["A", "B"], &["甲", "乙"]], "SD070"),
            ([&["A b"], &["A"], &["甲"]], "SD070"),
            ([&["a"], &["A"], &[""]], "SD070"),
        ] {
            assert_eq!(add(&officer.token, &officer.client, choice, choices).await, code, "{choices:?}");
        }
        // Nulls are no way round.
        let nulls =
            "select sealdesk_api.field_add($1, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)";
        assert_eq!(outcome(&officer.client, nulls, &[&officer.token]).await.unwrap(), "SD070");
        let nulls = "select sealdesk_api.field_change($1, 'city', $2, 'City', '城市', 'customer', null, null, null, null, null, null, null, null, null, null)";
        let version = world.count("select version from sealdesk.field where code = 'city'").await;
        assert_eq!(outcome(&officer.client, nulls, &[&officer.token, &version]).await.unwrap(), "SD072");
        assert_eq!(policy_rows(world).await, before);
    });
}

#[test]
fn program_and_database_agree_on_what_goes_together() {
    attack(async |world| {
        let masks = [Mask::Open, Mask::Phone, Mask::Email, Mask::LastFour, Mask::Year, Mask::FirstCharacter, Mask::Hidden];
        let modes = [IndexMode::Exact, IndexMode::LastFour, IndexMode::NamePrefix, IndexMode::Cjk, IndexMode::Email, IndexMode::DateParts];
        let code = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let fits =
            async |sql: &str, kind: &str, other: &str| -> bool { world.superuser.query_one(sql, &[&kind, &other]).await.unwrap().get(0) };
        for kind in FieldKind::ALL {
            let name = code(serde_json::to_value(kind).unwrap());
            for mask in masks {
                let there = fits("select sealdesk.mask_fits($1, $2)", &name, &code(serde_json::to_value(mask).unwrap())).await;
                assert_eq!(there, kind.masks().contains(&mask), "{kind:?} {mask:?}");
            }
            for mode in modes {
                let there = fits("select sealdesk.mode_fits($1, $2)", &name, &code(serde_json::to_value(mode).unwrap())).await;
                assert_eq!(there, kind.index_modes().contains(&mode), "{kind:?} {mode:?}");
            }
        }
    });
}

#[test]
fn the_presets_own_fields_would_be_accepted() {
    attack(async |world| {
        assert_eq!(world.count("select count(*) from sealdesk.field f where sealdesk.judge_field(f) <> 'ok'").await, 0);
    });
}

#[test]
fn the_name_cannot_be_retired_or_leave_the_list() {
    attack(async |world| {
        let name = settings::field(&world.officer, "name").await.unwrap();
        assert_eq!(settings::retire_field(&world.officer, &name).await.unwrap_err().code(), "SD073");
        for spoil in [
            |field: &mut sealdesk::model::catalogue::Field| field.summary = false,
            |field: &mut sealdesk::model::catalogue::Field| field.mask = Mask::Hidden,
        ] {
            let mut changed = name.clone();
            spoil(&mut changed);
            assert_eq!(settings::change_field(&world.officer, &changed).await.unwrap_err().code(), "SD073");
        }
    });
}

#[test]
fn of_two_officers_who_change_the_same_field_the_second_is_told() {
    attack(async |world| {
        let read = settings::field(&world.officer, "email").await.unwrap();
        let (mut mine, mut theirs) = (read.clone(), read.clone());
        mine.label.en = "Mail".into();
        theirs.label.en = "E-mail address".into();
        let (first, second) = tokio::join!(settings::change_field(&world.officer, &mine), settings::change_field(&world.officer, &theirs));
        let codes: Vec<&str> =
            [&first, &second].into_iter().filter_map(|done| done.as_ref().err()).map(sealdesk::service::Error::code).collect();
        assert_eq!(codes, ["SD007"]);
        let now = settings::field(&world.officer, "email").await.unwrap();
        assert_eq!((now.version, now.layout), (read.version + 1, read.layout), "a label changes nothing of what is stored");
        let back = sealdesk::model::catalogue::Field { version: now.version, ..read };
        settings::change_field(&world.officer, &back).await.unwrap();
    });
}

#[test]
fn the_audit_says_what_a_change_changed() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let version = world.count("select version from sealdesk.class where code = 'payment'").await;
        let change = "select sealdesk_api.class_change($1, 'payment', $2, 'Payment', '支付', $3, true, false, false, 30, true, null)";
        assert_eq!(outcome(&officer.client, change, &[&officer.token, &version, &45]).await.unwrap(), "ok");
        let details = "select details from sealdesk.audit_event where session = $1 and action = 'class_change'";
        let told: String = world.superuser.query_one(details, &[&officer.session]).await.unwrap().get(0);
        assert_eq!(told.replace(' ', ""), r#"{"changed":{"hide_after_s":[30,45]}}"#);
        assert_eq!(outcome(&officer.client, change, &[&officer.token, &(version + 1), &30]).await.unwrap(), "ok");
    });
}

#[test]
fn settings_of_a_class_stay_within_bounds() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let version = world.count("select version from sealdesk.class where code = 'contact'").await;
        for (seconds, quota, code) in
            [("4", "200", "null"), ("3601", "200", "null"), ("null", "200", "null"), ("60", "-1", "null"), ("60", "200", "29")]
        {
            let call = format!(
                "select sealdesk_api.class_change($1, 'contact', $2, 'C', '联', {seconds}, false, true, true, {quota}, false, {code})"
            );
            assert_eq!(outcome(&officer.client, &call, &[&officer.token, &version]).await.unwrap(), "SD075", "{call}");
        }
    });
}

/// Puts a field back as it was, but for its counters.
async fn put_back(world: &World, code: &str) {
    let sql = "update sealdesk.field set retired_at = null, mask = $2, class = $3 where code = $1";
    let preset = sealdesk::model::preset::catalogue();
    let field = preset.field(code).unwrap();
    let mask = serde_json::to_value(field.mask).unwrap();
    world.superuser.execute(sql, &[&code, &mask.as_str(), &field.class]).await.unwrap();
}

#[test]
fn a_value_sealed_for_a_field_that_has_changed_since_is_not_stored() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let record = world.records[1];
        let version = world.count(&format!("select version from sealdesk.record where id = '{record}'")).await;
        let layout: i32 = world.superuser.query_one("select layout from sealdesk.field where code = 'phone'", &[]).await.unwrap().get(0);
        let put = "select outcome from sealdesk_api.put_edit($1, $2, $3, decode('00000001' || repeat('00', 56), 'hex'), '{phone}', array[$4::int], '{1}',
                     array[decode('00000001' || repeat('00', 56), 'hex')], array[decode('00000001' || repeat('00', 56), 'hex')], '{}', '{}', '{}')";
        for wrong in [Some(layout - 1), Some(layout + 1), None] {
            let parameters: Parameters<'_> = &[&sam.token, &record, &version, &wrong];
            assert_eq!(outcome(&sam.client, put, parameters).await.unwrap(), "SD074", "{wrong:?}");
        }
        let none = put.replace("array[$4::int]", "'{}'").replace("$3", "$3::bigint");
        assert_eq!(outcome(&sam.client, &none, &[&sam.token, &record, &version]).await.unwrap(), "SD011");
        let unchanged = format!("select version from sealdesk.record where id = '{record}'");
        assert_eq!(world.count(&unchanged).await, version);
    });
}

#[test]
fn a_retired_field_takes_no_value_and_is_missed_by_nobody_but_keeps_what_it_had() {
    attack(async |world| {
        let phone = settings::field(&world.officer, "phone").await.unwrap();
        settings::retire_field(&world.officer, &phone).await.unwrap();
        let sam = sign_in(&world.config, "sam").await;
        let record = sealdesk::model::id::RecordId(world.records[1]);
        let seen = view::view(&sam, record).await.unwrap();
        let kept = seen.fields.iter().find(|field| field.field == "phone").expect("a value that is there is shown");
        assert!(kept.present && kept.reveal.is_ok());
        let draft = edit::Draft { values: [("phone".to_owned(), "13600136000".to_owned())].into() };
        assert_eq!(edit::save(&sam, record, seen.version, &draft).await.unwrap_err().code(), "SD076");
        let fresh = edit::Draft { values: [("name".to_owned(), "Retired Phone".to_owned())].into() };
        let made = edit::create(&sam, sealdesk::model::id::RecordId(uuid::Uuid::now_v7()), "customer", &fresh).await.unwrap();
        let without = view::view(&sam, made.0).await.unwrap();
        assert!(!without.fields.iter().any(|field| field.field == "phone"), "an empty one is not shown");
        assert!(sealdesk::service::search::parse(&sam.policy().catalogue, "phone:13800138000").is_err());
        let retired = settings::field(&world.officer, "phone").await.unwrap();
        settings::restore_field(&world.officer, &retired).await.unwrap();
        let sam = sign_in(&world.config, "sam").await;
        assert!(view::view(&sam, made.0).await.unwrap().fields.iter().any(|field| field.field == "phone"));
        put_back(world, "phone").await;
    });
}

#[test]
fn a_retired_reason_can_no_longer_be_given() {
    attack(async |world| {
        let all = settings::reasons(&world.officer).await.unwrap();
        let callback = all.iter().find(|reason| reason.code == "callback").unwrap();
        settings::retire_reason(&world.officer, callback, true).await.unwrap();
        let sam = world.sign_in("sam").await;
        assert_eq!(sam.request_reveal(ticket(), world.records[1], "id_number").await.unwrap(), "SD005");
        let all = settings::reasons(&world.officer).await.unwrap();
        let callback = all.iter().find(|reason| reason.code == "callback").unwrap();
        settings::retire_reason(&world.officer, callback, false).await.unwrap();
        assert_eq!(sam.request_reveal(ticket(), world.records[1], "id_number").await.unwrap(), "ok");
    });
}

#[test]
fn earlier_values_are_judged_by_the_class_they_were_stored_under() {
    attack(async |world| {
        // A phone of the time when phones were in class identity, which asks for a reason.
        let record = world.records[1];
        let insert = "insert into sealdesk.value_history (record, field, class, version, value, replaced_by)
                      values ($1, 'phone', 'identity', 0, decode('00000001' || repeat('00', 56), 'hex'), 'sam')";
        world.superuser.execute(insert, &[&record]).await.unwrap();
        let sam = world.sign_in("sam").await;
        let ask = "select sealdesk_api.request_history($1, $2, $3, 'phone', $4, null)";
        let none: Option<&str> = None;
        assert_eq!(outcome(&sam.client, ask, &[&sam.token, &ticket(), &record, &none]).await.unwrap(), "SD005");
        let asked = ticket();
        assert_eq!(outcome(&sam.client, ask, &[&sam.token, &asked, &record, &Some("callback")]).await.unwrap(), "ok");
        let collect = "select class from sealdesk_api.collect_history($1, $2)";
        let classes = world.collect(&sam.client, collect, &[&sam.token, &asked]).await.unwrap();
        assert!(classes.iter().any(|row| row.get::<_, String>(0) == "identity"));
        // Who may not reveal that class gets the rest, and is asked for nothing.
        let ann = world.sign_in("ann").await;
        let asked = ticket();
        assert_eq!(outcome(&ann.client, ask, &[&ann.token, &asked, &record, &none]).await.unwrap(), "ok");
        let classes = world.collect(&ann.client, collect, &[&ann.token, &asked]).await.unwrap();
        assert!(classes.iter().all(|row| row.get::<_, String>(0) == "contact"));
        world.superuser.execute("delete from sealdesk.value_history where record = $1 and version = 0", &[&record]).await.unwrap();
        world.forget_quota().await;
    });
}

#[test]
fn a_change_tells_open_desks_and_a_refused_one_does_not() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let mut config = tokio_postgres::Config::new();
        config.host(world.server.socket.display().to_string()).dbname("desk").user("postgres");
        let (listener, mut connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        let (send, mut heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let tokio_postgres::AsyncMessage::Notification(notification) = message
                    && send.send(notification.payload().to_owned()).is_err()
                {
                    break;
                }
            }
        });
        listener.batch_execute("listen sealdesk").await.unwrap();
        let move_city = "select sealdesk_api.field_move($1, 'city', $2, 'name')";
        let version = world.count("select version from sealdesk.field where code = 'city'").await;
        assert_eq!(outcome(&officer.client, move_city, &[&officer.token, &(version + 9)]).await.unwrap(), "SD007");
        assert_eq!(outcome(&officer.client, move_city, &[&officer.token, &version]).await.unwrap(), "ok");
        let mut policy = 0;
        while let Ok(Some(payload)) = tokio::time::timeout(std::time::Duration::from_millis(300), heard.recv()).await {
            policy += i32::from(payload == "policy");
        }
        assert_eq!(policy, 1);
    });
}

/// What reads all values of a field, or writes them; `$1` is the token, `$2` a ticket.
const READS_AND_REWRITES: &[&str] = &[
    "sealdesk_api.request_measure($1, $2, 'city', '00000000-0000-0000-0000-000000000000', 50)",
    "sealdesk_api.request_rewrite($1, $2, 'city', '00000000-0000-0000-0000-000000000000', 50)",
    "sealdesk_api.put_measurement($1, 'city', '{exact}', '{1000}', '{1}', '{10}')",
    "outcome from sealdesk_api.put_rewrite($1, 'city', 1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
];

#[test]
fn nobody_but_who_manages_policy_reads_all_values_of_a_field_or_writes_them_again() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            for call in READS_AND_REWRITES {
                let asked = ticket();
                let parameters: Parameters<'_> = if call.contains("$2") { &[&who.token, &asked] } else { &[&who.token] };
                assert_eq!(outcome(&who.client, &format!("select {call}"), parameters).await.unwrap(), "SD003", "{login}: {call}");
                for collect in ["collect_measure", "collect_rewrite"] {
                    let sql = format!("select value from sealdesk_api.{collect}($1, $2)");
                    let refused = world.collect(&who.client, &sql, &[&who.token, &asked]).await.unwrap_err().code;
                    assert!(["SD003", "SD008"].contains(&refused.as_str()), "{login}: {collect} after {call}: {refused}");
                }
            }
            let count = "select * from sealdesk_api.count_outdated($1)";
            assert_eq!(rows(&who.client, count, &[&who.token]).await.unwrap_err().code, "SD003");
        }
    });
}

#[test]
fn values_are_not_read_for_measuring_without_their_recorded_request() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let request = "select sealdesk_api.request_measure($1, $2, 'phone', '00000000-0000-0000-0000-000000000000', 50)";
        let collect = "select value from sealdesk_api.collect_measure($1, $2)";
        let rolled_back = ticket();
        officer.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &rolled_back]).await.unwrap(), "ok");
        assert_eq!(rows(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        officer.client.batch_execute("rollback").await.unwrap();
        assert_eq!(world.collect(&officer.client, collect, &[&officer.token, &rolled_back]).await.unwrap_err().code, "SD008");
        let recorded = ticket();
        assert_eq!(outcome(&officer.client, request, &[&officer.token, &recorded]).await.unwrap(), "ok");
        assert!(!world.collect(&officer.client, collect, &[&officer.token, &recorded]).await.unwrap().is_empty(), "the honest way works");
        // A ticket for measuring is not one for writing again.
        let other = "select value from sealdesk_api.collect_rewrite($1, $2)";
        assert_eq!(world.collect(&officer.client, other, &[&officer.token, &recorded]).await.unwrap_err().code, "SD008");
        let ann = world.sign_in("ann").await;
        assert_eq!(world.collect(&ann.client, collect, &[&ann.token, &recorded]).await.unwrap_err().code, "SD008");
    });
}

#[test]
fn measurements_out_of_range_are_not_kept() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        for (modes, records, largest, entropy) in [
            ("{exact}", "{10}", "{11}", "{5}"),
            ("{exact}", "{10}", "{-1}", "{5}"),
            ("{exact}", "{10}", "{1}", "{NaN}"),
            ("{exact}", "{10}", "{1}", "{65}"),
            ("{exact}", "{10,10}", "{1}", "{5}"),
            ("{exact,exact}", "{10,10}", "{1,1}", "{5,5}"),
            ("{date_parts}", "{10}", "{1}", "{5}"),
            ("{}", "{}", "{}", "{}"),
        ] {
            let sql = format!("select sealdesk_api.put_measurement($1, 'city', '{modes}', '{records}', '{largest}', '{entropy}')");
            assert_eq!(outcome(&officer.client, &sql, &[&officer.token]).await.unwrap(), "SD011", "{sql}");
        }
        assert_eq!(world.count("select count(*) from sealdesk.field_measurement").await, 0);
    });
}

#[test]
fn what_somebody_writes_meanwhile_is_not_overwritten_by_writing_again() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let record = world.records[1];
        world.superuser.batch_execute("update sealdesk.field set layout = layout + 1 where code = 'phone'").await.unwrap();
        let layout: i32 = world.superuser.query_one("select layout from sealdesk.field where code = 'phone'", &[]).await.unwrap().get(0);
        let found = world
            .superuser
            .query_one(
                "select r.version, v.version, sha256(v.value) from sealdesk.record r join sealdesk.field_value v on v.record = r.id and v.field = 'phone' where r.id = $1",
                &[&record],
            )
            .await
            .unwrap();
        let (of_record, of_value, kept): (i64, i64, Vec<u8>) = (found.get(0), found.get(1), found.get(2));
        // Its keys may have been rotated before.
        let epoch = world.count("select epoch::bigint from sealdesk.class where code = 'contact'").await;
        let put = format!(
            "select changed, outcome from sealdesk_api.put_rewrite($1, 'phone', $2, array[$3::uuid], array[$4::bigint], array[null::bytea], '{{value}}', array[$3],
               array[$5::bigint], array[int4send({epoch}) || decode(repeat('00', 56), 'hex')], array[int4send({epoch}) || decode(repeat('00', 56), 'hex')], array['{{}}'])"
        );
        for (layout, of_record, of_value, wanted) in
            [(layout, of_record + 1, of_value, "ok"), (layout, of_record, of_value + 1, "ok"), (layout - 1, of_record, of_value, "SD074")]
        {
            let answer = rows(&officer.client, &put, &[&officer.token, &layout, &record, &of_record, &of_value]).await.unwrap();
            assert_eq!((answer[0].get::<_, i64>(0), answer[0].get::<_, &str>(1)), (0, wanted));
        }
        let now: Vec<u8> = world
            .superuser
            .query_one("select sha256(value) from sealdesk.field_value where record = $1 and field = 'phone'", &[&record])
            .await
            .unwrap()
            .get(0);
        assert_eq!(now, kept);
        world.superuser.batch_execute("update sealdesk.field set layout = layout - 1 where code = 'phone'").await.unwrap();
    });
}

#[test]
fn a_field_with_many_values_is_not_indexed_on_somebody_elses_or_an_old_measurement() {
    attack(async |world| {
        // 101 addresses that nobody can open.
        let fill = "insert into sealdesk.record (id, summary, tokens, created_by, updated_by)
                      select ('ffffffff-ffff-7fff-8fff-' || lpad(n::text, 12, '0'))::uuid, '', '{}', 'sam', 'sam' from generate_series(1, 101) n;
                    insert into sealdesk.field_value (record, field, class, epoch, version, value, tokens, changed_by)
                      select id, 'address', 'contact', 1, 1, '', '{}', 'sam' from sealdesk.record where id::text like 'ffffffff-ffff-7fff%'";
        world.superuser.batch_execute(fill).await.unwrap();
        let mut address = settings::field(&world.officer, "address").await.unwrap();
        address.index = vec![IndexMode::Cjk];
        let refused =
            async |why: &str| assert_eq!(settings::change_field(&world.officer, &address).await.unwrap_err().code(), "SD071", "{why}");
        refused("not measured").await;
        let measurement = "insert into sealdesk.field_measurement select id, 'address', 'cjk', clock_timestamp(), 1000, 10, 8 from sealdesk.person where login = $1";
        world.superuser.execute(measurement, &[&"sam"]).await.unwrap();
        refused("somebody else's").await;
        world.superuser.execute(measurement, &[&"officer"]).await.unwrap();
        for (change, why) in [
            ("at = at - interval '61 min'", "an old one"),
            ("at = clock_timestamp(), largest = 201", "a large bucket"),
            ("largest = 10, entropy = 2.9", "too little entropy"),
        ] {
            world.superuser.batch_execute(&format!("update sealdesk.field_measurement set {change}")).await.unwrap();
            refused(why).await;
        }
        world.superuser.batch_execute("update sealdesk.field_measurement set entropy = 3").await.unwrap();
        settings::change_field(&world.officer, &address).await.unwrap();
        let put_back = "update sealdesk.field set index_modes = '{}', layout = 1 where code = 'address';
                        delete from sealdesk.field_measurement;
                        delete from sealdesk.field_value where record::text like 'ffffffff-ffff-7fff%';
                        delete from sealdesk.record where id::text like 'ffffffff-ffff-7fff%'";
        world.superuser.batch_execute(put_back).await.unwrap();
    });
}

/// Takes a person's right to reveal a class away, or gives it back, as far as the database is concerned.
async fn let_reveal(world: &World, login: &str, class: &str, may: bool) {
    let sql =
        "update sealdesk.right_slice set may_reveal = $3 where class = $2 and person = (select id from sealdesk.person where login = $1)";
    world.superuser.execute(sql, &[&login, &class, &may]).await.unwrap();
}

#[test]
fn a_value_that_has_not_followed_its_field_to_another_class_is_read_only_by_who_has_both() {
    attack(async |world| {
        let record = world.records[1];
        let ann = world.sign_in("ann").await;
        let sam = world.sign_in("sam").await;
        world.recruit("re.new", &["senior_agent"]).await;
        let new = world.raw("re.new").await;
        let_reveal(world, "re.new", "contact", false).await;
        // Whoever has the old class's index key knows its tokens.
        world.recruit("re.old", &["agent"]).await;
        let blind = "update sealdesk.right_slice set may_search = false where class = 'identity' and person = (select id from sealdesk.person where login = 're.old')";
        world.superuser.batch_execute(blind).await.unwrap();
        let old = world.raw("re.old").await;
        let tokens = "select tokens from sealdesk.field_value where record = $1 and field = 'phone'";
        let tokens: Vec<i64> = world.superuser.query_one(tokens, &[&record]).await.unwrap().get(0);
        let found = async |who: &crate::world::Attacker| -> bool {
            let asked = ticket();
            let list = "call sealdesk_api.ask_list($1, $2, $3, array[1], '{}', 'all', null, null, null, null, null, 50)";
            assert_eq!(outcome(&who.client, list, &[&who.token, &asked, &&tokens[..1]]).await.unwrap(), "ok");
            let page = "select id from sealdesk_api.collect_list($1, $2)";
            let page = world.collect(&who.client, page, &[&who.token, &asked]).await.unwrap();
            page.iter().any(|row| row.get::<_, uuid::Uuid>(0) == record)
        };
        assert!(found(&old).await);
        // What was asked for before the change is not collected after it.
        let early = ticket();
        assert_eq!(ann.request_reveal(early, record, "phone").await.unwrap(), "ok");
        world.superuser.execute("update sealdesk.record set owner = 'ann' where id = $1", &[&record]).await.unwrap();
        let share = "insert into sealdesk.share (id, record, field, class, version, from_person, to_person, sealed, signature, until_at)
                       select gen_random_uuid(), $1, 'phone', 'contact', 1, a.id, s.id, '', '', now() + interval '1 hour'
                         from sealdesk.person a, sealdesk.person s where a.login = 'ann' and s.login = 'sam'
                     returning id";
        let shared: uuid::Uuid = world.superuser.query_one(share, &[&record]).await.unwrap().get(0);
        let is_open = async || -> String {
            let judge = "select sealdesk.judge_share(x.id, x.to_person) from sealdesk.share x where x.id = $1";
            world.superuser.query_one(judge, &[&shared]).await.unwrap().get(0)
        };
        assert_eq!(is_open().await, "ok");

        let before = settings::field(&world.officer, "phone").await.unwrap();
        let mut moved = before.clone();
        (moved.class, moved.mask) = ("identity".into(), Mask::LastFour);
        settings::change_field(&world.officer, &moved).await.unwrap();
        assert_eq!(ann.collect_reveal(world, early).await.unwrap_err().code, "SD003");
        assert!(!found(&old).await, "nor is it found by the old tokens");
        assert!(found(&sam).await);
        assert_eq!(is_open().await, "SD068", "nor is what somebody shared who may not reveal it any more");
        for (who, name) in [(&ann, "the old class alone"), (&new, "the new class alone")] {
            assert_eq!(who.request_reveal(ticket(), record, "phone").await.unwrap(), "SD003", "{name}");
            let history = "select sealdesk_api.request_history($1, gen_random_uuid(), $2, 'phone', 'callback', null)";
            if name.starts_with("the old") {
                assert_eq!(outcome(&who.client, history, &[&who.token, &record]).await.unwrap(), "SD003", "{name}");
            }
            let copy = "select sealdesk_api.record_copy($1, $2, 'phone')";
            assert_eq!(outcome(&who.client, copy, &[&who.token, &record]).await.unwrap(), "SD003", "{name}");
        }
        let both = ticket();
        assert_eq!(sam.request_reveal(both, record, "phone").await.unwrap(), "ok");
        assert!(!sam.collect_reveal(world, both).await.unwrap().is_empty());
        // The new class's demands hold at once, the old one's until the value has moved.
        let without = "select sealdesk_api.request_reveal($1, gen_random_uuid(), $2, 'phone', null, null)";
        assert_eq!(outcome(&sam.client, without, &[&sam.token, &record]).await.unwrap(), "SD005");

        // Who has neither sees no masked form, and who has only the new one sees that there is something.
        let fields = "select masked is null, may_reveal from sealdesk_api.collect_view_fields($1, $2) where field = 'phone'";
        let seen = async |who: &crate::world::Attacker| {
            let view = ticket();
            assert_eq!(who.request_view(view, record).await.unwrap(), "ok");
            let found = world.collect(&who.client, fields, &[&who.token, &view]).await.unwrap();
            found.first().map(|row| (row.get::<_, bool>(0), row.get::<_, bool>(1)))
        };
        assert_eq!(seen(&sam).await, Some((false, true)));
        assert_eq!(seen(&ann).await, Some((false, false)), "masked forms of both classes");
        world.superuser.batch_execute("update sealdesk.right_slice set may_masked = false where class = 'contact' and person = (select id from sealdesk.person where login = 're.new')").await.unwrap();
        assert_eq!(seen(&new).await, Some((true, false)));

        // Once it has moved, the new class is enough.
        let done = rewrite::rewrite(&world.officer, "phone", |_| {}).await.unwrap();
        assert_eq!((done.left, done.damaged), (0, vec![]));
        assert_eq!(ann.request_reveal(ticket(), record, "phone").await.unwrap(), "SD003");
        let after = ticket();
        assert_eq!(new.request_reveal(after, record, "phone").await.unwrap(), "ok");
        assert!(!new.collect_reveal(world, after).await.unwrap().is_empty());

        let now = settings::field(&world.officer, "phone").await.unwrap();
        let back = sealdesk::model::catalogue::Field { version: now.version, ..before };
        settings::change_field(&world.officer, &back).await.unwrap();
        rewrite::rewrite(&world.officer, "phone", |_| {}).await.unwrap();
        world.superuser.execute("delete from sealdesk.share where id = $1", &[&shared]).await.unwrap();
        for login in ["re.new", "re.old"] {
            sealdesk::service::staff::disable(&world.officer, login).await.unwrap();
        }
        world.forget_quota().await;
    });
}

#[test]
fn an_index_that_tells_too_much_once_there_are_values_is_a_finding() {
    attack(async |world| {
        // A thousand cities with one token, and a thousand names with one each.
        let fill = "insert into sealdesk.record (id, summary, tokens, created_by, updated_by)
                      select ('eeeeeeee-ffff-7fff-8fff-' || lpad(n::text, 12, '0'))::uuid, '', '{}', 'sam', 'sam' from generate_series(1, 1100) n;
                    insert into sealdesk.field_value (record, field, class, layout, epoch, version, value, tokens, changed_by)
                      select r.id, f.code, f.class, f.layout, 1, 1, '', array[case when f.code = 'city' then 7 else right(r.id::text, 12)::bigint end], 'sam'
                        from sealdesk.record r, sealdesk.field f where r.id::text like 'eeeeeeee-ffff%' and f.code in ('city', 'name');
                    delete from sealdesk.index_check";
        let found = async || -> Vec<String> {
            let all = sealdesk::service::review::findings(&world.officer).await.unwrap();
            all.into_iter().filter(|found| found.kind == Kind::IndexLeaks).filter_map(|found| found.detail).collect()
        };
        world.superuser.batch_execute("delete from sealdesk.index_check").await.unwrap();
        assert_eq!(found().await, Vec::<String>::new(), "few values say nothing");
        world.superuser.batch_execute(fill).await.unwrap();
        assert_eq!(found().await, ["city 100"]);
        // Counted once an hour at most; a measurement of an officer's counts at once.
        world.superuser.batch_execute("delete from sealdesk.field_value where record::text like 'eeeeeeee-ffff%'; delete from sealdesk.record where id::text like 'eeeeeeee-ffff%'").await.unwrap();
        assert_eq!(found().await, ["city 100"]);
        world.superuser.batch_execute("delete from sealdesk.index_check").await.unwrap();
        assert_eq!(found().await, Vec::<String>::new());
        let measured = "insert into sealdesk.field_measurement select id, 'city', 'exact', clock_timestamp(), 2000, 900, 2.5 from sealdesk.person where login = 'officer'";
        world.superuser.batch_execute(measured).await.unwrap();
        assert_eq!(found().await, ["city 45"]);
        world.superuser.batch_execute("delete from sealdesk.field_measurement; delete from sealdesk.index_check").await.unwrap();
    });
}

#[test]
fn a_list_row_that_still_holds_what_left_class_basic_is_for_who_may_reveal_the_new_class() {
    attack(async |world| {
        let sam = sign_in(&world.config, "sam").await;
        let values = [("name", "Moved City"), ("city", "Reykjavik"), ("phone", "13800138000")];
        let draft = edit::Draft { values: values.map(|(field, value)| (field.to_owned(), value.to_owned())).into() };
        let (record, number) = edit::create(&sam, sealdesk::model::id::RecordId(uuid::Uuid::now_v7()), "customer", &draft).await.unwrap();
        let mut city = settings::field(&world.officer, "city").await.unwrap();
        (city.class, city.mask) = ("identity".into(), Mask::Hidden);
        let before = city.index.clone();
        city.index.clear();
        settings::change_field(&world.officer, &city).await.unwrap();
        let (ann, sam_raw) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let row = async |who: &crate::world::Attacker| -> bool {
            let asked = ticket();
            let list = "call sealdesk_api.ask_list($1, $2, '{}', '{}', array[$3::bigint], 'all', null, null, null, null, null, 10)";
            assert_eq!(outcome(&who.client, list, &[&who.token, &asked, &number.value]).await.unwrap(), "ok");
            let page = "select summary is not null from sealdesk_api.collect_list($1, $2)";
            let listed: bool = world.collect(&who.client, page, &[&who.token, &asked]).await.unwrap()[0].get(0);
            let viewed = ticket();
            assert_eq!(who.request_view(viewed, record.0).await.unwrap(), "ok");
            let head = "select summary is not null from sealdesk_api.collect_view($1, $2)";
            assert_eq!(world.collect(&who.client, head, &[&who.token, &viewed]).await.unwrap()[0].get::<_, bool>(0), listed);
            listed
        };
        assert_eq!((row(&ann).await, row(&sam_raw).await), (false, true));
        // A save that would put the row back waits, with what was typed.
        let ann_in = sign_in(&world.config, "ann").await;
        let phone = edit::Draft { values: [("phone".to_owned(), "13900139000".to_owned())].into() };
        assert_eq!(edit::save(&ann_in, record, 1, &phone).await.unwrap_err().code(), "held_back");
        rewrite::rewrite(&world.officer, "city", |_| {}).await.unwrap();
        assert_eq!((row(&ann).await, row(&sam_raw).await), (true, true), "it holds a mask now");

        let mut city = settings::field(&world.officer, "city").await.unwrap();
        (city.class, city.mask, city.index) = ("basic".into(), Mask::Open, before);
        settings::change_field(&world.officer, &city).await.unwrap();
        rewrite::rewrite(&world.officer, "city", |_| {}).await.unwrap();
    });
}
