//! Changing fields, classes and reasons: by whom, into what, and while somebody else does.

use sealdesk::{
    model::catalogue::{FieldKind, IndexMode, Mask},
    service::{edit, settings, view},
};
use tokio_postgres::types::ToSql;

use crate::world::{Parameters, World, attack, outcome, sign_in, ticket};

/// One call of each function that changes policy, on what the preset has. `$1` is the token.
const CHANGES: &[&str] = &[
    "field_add($1, 'hobby', 'Hobby', '爱好', 'customer', null, null, 'text', 'basic', 'open', '{}', false, false, '{}', '{}', '{}')",
    "field_change($1, 'city', 1, 'Town', '城镇', 'customer', null, null, 'open', '{exact,cjk}', true, false, '{}', '{}', '{}')",
    "field_move($1, 'city', 1, null)",
    "field_retire($1, 'card', 1)",
    "field_restore($1, 'card', 1)",
    "class_change($1, 'contact', 1, 'Contact', '联系方式', 60, false, true, true, 200, false, null)",
    "reason_put($1, 'survey', null, 'Survey', '调查', false, '{}')",
    "reason_retire($1, 'callback', 1, true)",
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
                   || (select json_agg(r order by r.code) from sealdesk.reason r)::text";
    world.superuser.query_one(sql, &[]).await.unwrap().get(0)
}

#[test]
fn nobody_but_who_manages_policy_changes_fields_classes_or_reasons() {
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
                      and (proname ~ '^(field|reason)_' or proname = 'class_change')";
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
        let nulls = "select sealdesk_api.field_change($1, 'city', $2, 'City', '城市', 'customer', null, null, null, null, null, null, null, null, null)";
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
        let made = edit::create(&sam, sealdesk::model::id::RecordId(uuid::Uuid::now_v7()), &fresh).await.unwrap();
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
