//! Kinds of record: who makes them, and what a record of one kind cannot hold, show or tell.

use sealdesk::{
    model::{
        catalogue::{Field, FieldKind, Label, Mask},
        change::Change,
        id::{RecordId, RecordNumber},
        kind::RecordKind,
        request::{Asked, Why},
    },
    service::{
        SignedIn, edit, kind, request,
        search::{self, ListRequest},
        settings, staff, view,
    },
};
use uuid::Uuid;

use crate::world::{Answer, Attacker, World, attack, outcome, sign_in, ticket};

const SEALED: &str = "decode('00000001' || repeat('00', 56), 'hex')";
const PUT: &str = "select sealdesk_api.kind_put($1, $2, $3::text::bigint, $4, $5, $6, $7, $8, $9)";

fn contract() -> RecordKind {
    RecordKind {
        code: "contract".into(),
        label: Label { en: "Contract".into(), zh: "合同".into() },
        prefix: "K".into(),
        name: Some(Label { en: "Title".into(), zh: "名称".into() }),
        version: 0,
        retired: false,
    }
}

fn signed_on() -> Field {
    let of = |text: &str| Label { en: text.into(), zh: text.into() };
    Field {
        code: "signed_on".into(),
        label: of("Signed on"),
        section: "contract".into(),
        section_label: of("Contract"),
        position: 0,
        kind: FieldKind::Date,
        class: "basic".into(),
        mask: Mask::Open,
        index: Vec::new(),
        summary: true,
        required: false,
        choices: Vec::new(),
        version: 0,
        layout: 0,
        retired: false,
        kinds: vec!["contract".into()],
        of: None,
    }
}

/// A second kind with a field of its own, and Sam with keys and catalogue as they then are.
pub async fn with_contracts(world: &World, test: impl AsyncFnOnce(&SignedIn)) {
    kind::add(&world.officer, &contract(), &["status".to_owned()]).await.unwrap();
    settings::add_field(&world.officer, &signed_on()).await.unwrap();
    let sam = sign_in(&world.config, "sam").await;
    Box::pin(test(&sam)).await;
    world
        .superuser
        .batch_execute(
            "create temporary table gone as select id from sealdesk.record where kind = 'contract';
             delete from sealdesk.value_history where record in (select id from gone) or field = 'signed_on';
             delete from sealdesk.field_value where record in (select id from gone) or field = 'signed_on';
             delete from sealdesk.record where id in (select id from gone);
             delete from sealdesk.field where code = 'signed_on';
             update sealdesk.field set kinds = '{customer}', version = 1;
             delete from sealdesk.record_kind where code <> 'customer';
             drop table gone",
        )
        .await
        .unwrap();
}

async fn make(sam: &SignedIn, name: &str) -> (RecordId, RecordNumber) {
    let values = [("name", name), ("signed_on", "2026-01-02")].map(|(field, value)| (field.to_owned(), value.to_owned()));
    edit::create(sam, RecordId(Uuid::now_v7()), "contract", &edit::Draft { values: values.into() }).await.unwrap()
}

/// A record that is sealed under nothing, as raw SQL writes it.
async fn put(who: &Attacker, id: Uuid, kind: &str, fields: &[&str], rank: i16) -> Answer<String> {
    let layouts: Vec<i32> = fields.iter().map(|_| 1).collect();
    let count = i32::try_from(fields.len()).unwrap();
    let sql = format!(
        "select outcome from sealdesk_api.put_record($1, $2, {SEALED}, $3, $4, $4, array_fill({SEALED}, array[$5::integer]),
           array_fill(null::bytea, array[$5::integer]), '{{}}', '{{}}', $7, '{{}}', $6)"
    );
    outcome(&who.client, &sql, &[&who.token, &id, &fields, &layouts, &count, &kind, &rank]).await
}

async fn edit_raw(who: &Attacker, id: Uuid, field: &str) -> Answer<String> {
    let sql = format!(
        "select outcome from sealdesk_api.put_edit($1, $2, 1, {SEALED}, array[$3], '{{1}}', '{{1}}', array[{SEALED}], array[null::bytea], '{{}}', '{{}}', '{{}}')"
    );
    outcome(&who.client, &sql, &[&who.token, &id, &field]).await
}

pub async fn found(signed_in: &SignedIn, typed: &str) -> Vec<RecordNumber> {
    let query = search::parse(&signed_in.policy().catalogue, typed).unwrap();
    let page = search::list(signed_in, &ListRequest { query, ..ListRequest::default() }).await.unwrap();
    page.rows.iter().map(|row| row.number).collect()
}

#[test]
fn a_field_of_another_kind_cannot_be_written() {
    attack(async |world| {
        with_contracts(world, async |sam| {
            let made = make(sam, "Maintenance 2026").await.0.0;
            let raw = world.sign_in("sam").await;
            let refused = ticket();
            assert_eq!(put(&raw, refused, "contract", &["name", "phone"], 0).await.unwrap(), "SD100");
            assert_eq!(put(&raw, refused, "customer", &["name", "signed_on"], 0).await.unwrap(), "SD100");
            assert_eq!(edit_raw(&raw, made, "phone").await.unwrap(), "SD100");
            assert_eq!(edit_raw(&raw, world.records[0], "signed_on").await.unwrap(), "SD100");
            assert_eq!(world.count(&format!("select count(*) from sealdesk.record where id = '{refused}'")).await, 0);
            assert_eq!(world.count("select count(*) from sealdesk.field_value where field = 'phone' and record in (select id from sealdesk.record where kind = 'contract')").await, 0);
            let told = format!("select count(*) from sealdesk.audit_event where session = '{}' and outcome = 'SD100'", raw.session);
            assert_eq!(world.count(&told).await, 4, "each refusal is an event");
        })
        .await;
    });
}

#[test]
fn a_kind_that_is_not_there_takes_no_record() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        assert_eq!(put(&sam, ticket(), "order", &["name"], 0).await.unwrap(), "SD101");
        let null = format!(
            "select outcome from sealdesk_api.put_record($1, $2, {SEALED}, '{{name}}', '{{1}}', '{{1}}', array[{SEALED}], array[null::bytea], '{{}}', '{{}}', p_kind => null)"
        );
        assert_eq!(outcome(&sam.client, &null, &[&sam.token, &ticket()]).await.unwrap(), "SD101");
    });
}

#[test]
fn a_retired_kind_takes_no_record_and_keeps_those_it_has() {
    attack(async |world| {
        with_contracts(world, async |sam| {
            let (made, number) = make(sam, "Retired One").await;
            let now = kind::kind(&world.officer, "contract").await.unwrap();
            let refused = kind::retire(&world.officer, &now, true, false).await.unwrap_err();
            assert_eq!(refused.code(), "SD102", "it has records, and nobody said that they stay");
            kind::retire(&world.officer, &now, true, true).await.unwrap();
            let raw = world.sign_in("sam").await;
            assert_eq!(put(&raw, ticket(), "contract", &["name"], 0).await.unwrap(), "SD101");
            let sam = sign_in(&world.config, "sam").await;
            let seen = view::view(&sam, made).await.unwrap();
            assert_eq!((seen.kind.as_str(), seen.number), ("contract", number));
            let draft = edit::Draft { values: [("signed_on".to_owned(), "2026-03-04".to_owned())].into() };
            assert!(edit::save(&sam, made, seen.version, &draft).await.is_ok());
            assert_eq!(found(&sam, &number.to_string()).await, [number]);
            let now = kind::kind(&world.officer, "contract").await.unwrap();
            assert_eq!(kind::retire(&world.officer, &now, true, true).await.unwrap_err().code(), "SD076");
            kind::retire(&world.officer, &now, false, false).await.unwrap();
            assert_eq!(put(&raw, ticket(), "contract", &["name"], 0).await.unwrap(), "ok");
        })
        .await;
    });
}

#[test]
fn what_a_record_holds_of_a_field_that_its_kind_lost_stays_and_can_only_be_removed() {
    attack(async |world| {
        with_contracts(world, async |sam| {
            let made = make(sam, "Lost Field").await.0;
            let now = kind::kind(&world.officer, "contract").await.unwrap();
            let field = settings::field(&world.officer, "signed_on").await.unwrap();
            settings::change_field(&world.officer, &Field { kinds: vec!["customer".into()], ..field }).await.unwrap();
            let sam = sign_in(&world.config, "sam").await;
            let seen = view::view(&sam, made).await.unwrap();
            assert!(seen.fields.iter().any(|field| field.field == "signed_on" && field.present), "it is shown");
            let save = async |value: &str, version| {
                let draft = edit::Draft { values: [("signed_on".to_owned(), value.to_owned())].into() };
                edit::save(&sam, made, version, &draft).await
            };
            assert_eq!(save("2027-01-01", seen.version).await.unwrap_err().code(), "SD100");
            let version = save("", seen.version).await.unwrap();
            let seen = view::view(&sam, made).await.unwrap();
            assert_eq!(seen.version, version);
            assert!(!seen.fields.iter().any(|field| field.field == "signed_on"), "nor is it asked for");
            assert_eq!(kind::kind(&world.officer, "contract").await.unwrap(), now);
        })
        .await;
    });
}

#[test]
fn a_record_above_ones_clearance_does_not_tell_its_kind() {
    attack(async |world| {
        with_contracts(world, async |_| {
            let (sam, ann) = (world.sign_in("sam").await, world.sign_in("ann").await);
            let hidden = ticket();
            assert_eq!(put(&sam, hidden, "contract", &["name"], 0).await.unwrap(), "ok");
            let label = format!("update sealdesk.record set label = 1, labelled = true where id = '{hidden}'");
            world.superuser.batch_execute(&label).await.unwrap();
            for field in ["name", "phone", "signed_on"] {
                let right = if field == "phone" { "contact" } else { "basic" };
                assert_eq!(edit_raw(&ann, hidden, field).await.unwrap(), edit_raw(&ann, ticket(), field).await.unwrap(), "{right}");
            }
            let list = async |kind: &str| {
                let ticket = ticket();
                let request = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', $2, 'recent', 'after', null, null, 50, $3)";
                assert_eq!(outcome(&ann.client, request, &[&ann.token, &ticket, &kind]).await.unwrap(), "ok");
                let collect = "select total from sealdesk_api.collect_list($1, $2)";
                world.collect(&ann.client, collect, &[&ann.token, &ticket]).await.unwrap().first().map_or(0, |row| row.get::<_, i64>(0))
            };
            assert_eq!(list("contract").await, 0, "neither listed nor counted");
            let now = kind::kind(&world.officer, "contract").await.unwrap();
            kind::retire(&world.officer, &now, true, false).await.expect("an officer without the clearance is not told that there is one");
        })
        .await;
    });
}

#[test]
fn a_number_is_found_with_the_letters_of_its_kind_or_without_any() {
    attack(async |world| {
        with_contracts(world, async |sam| {
            let (_, number) = make(sam, "Numbered").await;
            assert!(number.to_string().starts_with("K-"));
            for typed in [number.to_string(), format!("k{}", number.value), format!("{:06}", number.value)] {
                assert_eq!(found(sam, &typed).await, [number], "{typed}");
            }
            assert!(found(sam, &format!("C-{}", number.value)).await.is_empty());
            let customer = world.count("select min(number) from sealdesk.record where kind = 'customer'").await;
            assert!(found(sam, &format!("K-{customer}")).await.is_empty());
            assert_eq!(found(sam, "kind:contract numbered").await, [number]);
            assert!(found(sam, "kind:customer numbered").await.is_empty());
            assert_eq!(found(sam, "kind:contract").await, [number]);
        })
        .await;
    });
}

#[test]
fn a_list_of_a_kind_that_is_not_there_is_refused_and_one_of_a_kind_is_recorded_as_such() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let request = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', $2, 'recent', 'after', null, null, 50, $3)";
        assert_eq!(outcome(&ann.client, request, &[&ann.token, &ticket(), &"order"]).await.unwrap(), "SD011");
        let named = ticket();
        assert_eq!(outcome(&ann.client, request, &[&ann.token, &named, &"customer"]).await.unwrap(), "ok");
        let told = format!("select count(*) from sealdesk.audit_event where ticket = '{named}' and details::json ->> 'kind' = 'customer'");
        assert_eq!(world.count(&told).await, 1);
    });
}

#[test]
fn a_kind_that_does_not_hold_together_is_not_made() {
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        let none: Option<&str> = None;
        let fields: &[&str] = &[];
        for (code, prefix, en, zh, name, fields, answer) in [
            ("Order", "O", "Order", "订单", none, fields, "SD070"),
            ("order", "O", "", "订单", none, fields, "SD070"),
            ("order", "O", "Or\u{1b}[2Jder", "订单", none, fields, "SD070"),
            ("order", "O", "Order", "订\u{202e}单", none, fields, "SD070"),
            ("order", "O", "Order", "订单", Some("Title"), fields, "SD070"),
            ("order", "o", "Order", "订单", none, fields, "SD103"),
            ("order", "", "Order", "订单", none, fields, "SD103"),
            ("order", "ORDE", "Order", "订单", none, fields, "SD103"),
            ("order", "Ä", "Order", "订单", none, fields, "SD103"),
            ("order", "C", "Order", "订单", none, fields, "SD103"),
            ("order", "O", "Order", "订单", none, &["hobby"], "SD006"),
            ("customer", "C", "Customer", "客户", none, fields, "SD070"),
        ] {
            let nothing: Option<&str> = None;
            let answered =
                outcome(&officer.client, PUT, &[&officer.token, &code, &nothing, &prefix, &en, &zh, &name, &nothing, &fields]).await;
            assert_eq!(answered.unwrap(), answer, "{code} {prefix} {en} {zh}");
        }
        assert_eq!(world.count("select count(*) from sealdesk.record_kind").await, 1);
    });
}

#[test]
fn letters_stay_for_good_the_name_is_of_every_kind_and_no_field_is_of_none() {
    attack(async |world| {
        with_contracts(world, async |_| {
            let now = kind::kind(&world.officer, "contract").await.unwrap();
            let other = RecordKind { prefix: "V".into(), ..now.clone() };
            assert_eq!(kind::change(&world.officer, &other, None).await.unwrap_err().code(), "SD103");
            assert_eq!(kind::change(&world.officer, &now, Some(&[])).await.unwrap_err().code(), "SD101", "signed_on would be of no kind");
            kind::change(&world.officer, &now, Some(&["signed_on".to_owned()])).await.unwrap();
            assert_eq!(kind::change(&world.officer, &now, None).await.unwrap_err().code(), "SD007", "somebody else was faster");
            let name = settings::field(&world.officer, "name").await.unwrap();
            assert_eq!(name.kinds, ["customer", "contract"]);
            let alone = Field { kinds: vec!["customer".into()], ..name };
            assert_eq!(settings::change_field(&world.officer, &alone).await.unwrap_err().code(), "SD073");
            let city = settings::field(&world.officer, "city").await.unwrap();
            for kinds in [vec!["order".to_owned()], vec!["customer".to_owned(), "customer".to_owned()]] {
                let wrong = Field { kinds, ..city.clone() };
                assert_eq!(settings::change_field(&world.officer, &wrong).await.unwrap_err().code(), "SD101");
            }
        })
        .await;
    });
}

#[test]
fn a_change_of_a_kind_waits_for_the_second_pair_of_eyes_where_settings_do_and_is_done_as_it_was_approved() {
    attack(async |world| {
        let require = async |on: bool| {
            world.superuser.execute("update sealdesk.four_eyes set required = $1 where kind = 'settings'", &[&on]).await.unwrap();
        };
        require(true).await;
        world.recruit("k.second", &["supervisor"]).await;
        let second = world.raw("k.second").await;
        let fields = ["name".to_owned(), "status".to_owned()];
        assert!(matches!(kind::add(&world.officer, &contract(), &fields).await, Err(sealdesk::service::Error::NotApproved(_))));
        let approve = async || {
            let tried = settings::proposed(&world.officer, "kind contract").await.unwrap();
            let asked = Asked::Settings { of: tried.of, change: tried.change.clone() };
            let why = Why { text: "contracts are kept here".into(), reference: None };
            let number = request::ask(&world.officer, &asked, &why, 60, 60).await.unwrap();
            let vote = "select sealdesk_api.request_vote($1, $2, true, '')";
            assert_eq!(outcome(&second.client, vote, &[&second.token, &number]).await.unwrap(), "ok");
            Change::parse(&tried.change).unwrap()
        };
        let change = approve().await;
        let more = ["name".to_owned(), "city".to_owned()];
        assert_eq!(kind::add(&world.officer, &contract(), &more).await.unwrap_err().code(), "SD105", "other fields are another change");
        settings::perform(&world.officer, &change).await.unwrap();
        let made = kind::kind(&world.officer, "contract").await.unwrap();
        assert_eq!((made.prefix.as_str(), made.name.clone()), ("K", contract().name));
        let has = "select count(*) from sealdesk.field where 'contract' = any (kinds) and code in ('name', 'status')";
        assert_eq!(world.count(has).await, 2);
        assert_eq!(kind::retire(&world.officer, &made, true, true).await.unwrap_err().code(), "SD050", "one approval is for one act");
        let change = approve().await;
        settings::perform(&world.officer, &change).await.unwrap();
        assert!(kind::kind(&world.officer, "contract").await.unwrap().retired);
        require(false).await;
        let put_back =
            "update sealdesk.field set kinds = '{customer}', version = 1; delete from sealdesk.record_kind where code = 'contract'";
        world.superuser.batch_execute(put_back).await.unwrap();
        staff::disable(&world.officer, "k.second").await.unwrap();
    });
}
