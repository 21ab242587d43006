//! References between records: sealed like every value, and no way to learn of a record that one may not know.

use sealdesk::{
    model::{
        catalogue::{Field, FieldKind, IndexMode, Label, Mask, Target},
        id::{Prefix, RecordId, RecordNumber},
    },
    service::{Error, SignedIn, edit, search, settings},
    text::validate::Invalid,
};
use uuid::Uuid;

use crate::{
    kind::{found, with_contracts},
    world::{World, attack, outcome, sign_in},
};

fn party() -> Field {
    let label = |en: &str, zh: &str| Label { en: en.into(), zh: zh.into() };
    Field {
        code: "party".into(),
        label: label("Party", "签约方"),
        section: "contract".into(),
        section_label: label("Contract", "合同"),
        position: 0,
        kind: FieldKind::Record,
        class: "basic".into(),
        mask: Mask::Open,
        index: vec![IndexMode::Exact],
        summary: true,
        required: false,
        choices: Vec::new(),
        version: 0,
        layout: 0,
        retired: false,
        kinds: vec!["contract".into()],
        of: Some(Target { kind: "customer".into(), prefix: Prefix::NONE }),
    }
}

/// Contracts with the customer that they are with.
async fn with_parties(world: &World, test: impl AsyncFnOnce(&SignedIn)) {
    with_contracts(world, async |_| {
        settings::add_field(&world.officer, &party()).await.unwrap();
        test(&sign_in(&world.config, "sam").await).await;
        world
            .superuser
            .batch_execute(
                "delete from sealdesk.value_history where field = 'party'; delete from sealdesk.field_value where field = 'party';
                 delete from sealdesk.field where code = 'party'",
            )
            .await
            .unwrap();
    })
    .await;
}

async fn sign(by: &SignedIn, name: &str, party: &str) -> Result<(RecordId, RecordNumber), Error> {
    let values = [("name", name), ("party", party)].map(|(field, value)| (field.to_owned(), value.to_owned()));
    edit::create(by, RecordId(Uuid::now_v7()), "contract", &edit::Draft { values: values.into() }).await
}

async fn number(world: &World, record: Uuid) -> RecordNumber {
    RecordNumber::new("C", world.count(&format!("select number from sealdesk.record where id = '{record}'")).await)
}

fn refused(answer: Result<(RecordId, RecordNumber), Error>) -> Invalid {
    match answer {
        Err(Error::Invalid { field, why }) if field == "party" => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reference_to_a_record_that_one_may_not_know_is_answered_as_one_to_none() {
    attack(async |world| {
        with_parties(world, async |sam| {
            let (id, nowhere) = (world.records[2], RecordNumber::new("C", 999_999_999));
            let there = number(world, id).await;
            assert_eq!(refused(sign(sam, "Nobody's", &nowhere.to_string()).await), Invalid::NoRecord(nowhere));
            // As it was, to be put back.
            let keep = format!("create temporary table kept as select * from sealdesk.record where id = '{id}'");
            world.superuser.batch_execute(&keep).await.unwrap();
            for state in
                ["label = 1, labelled = true", "deleted_at = now()", "deleted_at = now(), purged_at = now(), summary = '', tokens = '{}'"]
            {
                world.superuser.batch_execute(&format!("update sealdesk.record set {state} where id = '{id}'")).await.unwrap();
                let why = refused(sign(sam, "Hidden", &there.to_string()).await);
                let follow = search::by_number(sam, there).await.unwrap();
                let back = "update sealdesk.record r set label = k.label, labelled = k.labelled, deleted_at = k.deleted_at, purged_at = k.purged_at,
                  summary = k.summary, tokens = k.tokens from kept k where k.id = r.id";
                world.superuser.batch_execute(back).await.unwrap();
                assert_eq!(why, Invalid::NoRecord(there), "{state}");
                assert!(follow.is_none(), "{state}");
            }
            world.superuser.batch_execute("drop table kept").await.unwrap();
            sign(sam, "Known", &there.to_string()).await.unwrap();
        })
        .await;
    });
}

#[test]
fn a_reference_names_a_record_of_the_kind_that_its_field_accepts() {
    attack(async |world| {
        with_parties(world, async |sam| {
            let customer = number(world, world.records[0]).await;
            let (_, contract) = sign(sam, "Lease", &customer.value.to_string()).await.unwrap();
            assert_eq!(refused(sign(sam, "Lease", &contract.to_string()).await), Invalid::Record(Prefix::parse("C").unwrap()));
            let bare = RecordNumber { prefix: Prefix::parse("C").unwrap(), ..contract };
            assert_eq!(refused(sign(sam, "Lease", &contract.value.to_string()).await), Invalid::NoRecord(bare));
        })
        .await;
    });
}

#[test]
fn what_refers_to_a_record_is_found_by_an_audited_search_and_never_above_ones_clearance() {
    attack(async |world| {
        with_parties(world, async |sam| {
            let customer = number(world, world.records[0]).await;
            let (_, open) = sign(sam, "Open lease", &customer.to_string()).await.unwrap();
            let (hidden, _) = sign(sam, "Hidden lease", &customer.to_string()).await.unwrap();
            sign(sam, "Another's lease", &number(world, world.records[1]).await.to_string()).await.unwrap();
            let label = format!("update sealdesk.record set label = 1, labelled = true where id = '{hidden}'");
            world.superuser.batch_execute(&label).await.unwrap();
            let ann = world.with_keys("ann").await;
            let searches = "select count(*) from sealdesk.audit_event where actor = 'ann' and action = 'search'";
            let before = world.count(searches).await;
            assert_eq!(found(&ann, &format!("refers:{customer}")).await, [open]);
            assert_eq!(found(&ann, &format!("contract.party:{}", customer.value)).await, [open]);
            assert_eq!(world.count(searches).await, before + 2);
        })
        .await;
    });
}

#[test]
fn the_number_is_sealed_and_its_index_tells_only_which_records_refer_to_the_same_one() {
    attack(async |world| {
        with_parties(world, async |sam| {
            let customers =
                [number(world, world.records[0]).await, number(world, world.records[0]).await, number(world, world.records[1]).await];
            let mut tokens = Vec::new();
            for (nth, customer) in customers.iter().enumerate() {
                let (id, _) = sign(sam, &format!("Lease {nth}"), &customer.to_string()).await.unwrap();
                let sql = "select value, tokens from sealdesk.field_value where record = $1 and field = 'party'";
                let row = world.superuser.query_one(sql, &[&id.0]).await.unwrap();
                let sealed: Vec<u8> = row.get(0);
                let clear = customer.to_string();
                assert!(!sealed.windows(clear.len()).any(|window| window == clear.as_bytes()));
                tokens.push(row.get::<_, Vec<i64>>(1));
            }
            assert_eq!((tokens[0].len(), &tokens[0]), (1, &tokens[1]));
            assert_ne!(tokens[0], tokens[2]);
        })
        .await;
    });
}

#[test]
fn a_field_that_refers_says_to_which_kind_and_only_who_manages_policy_makes_one() {
    const ADD: &str = "select sealdesk_api.field_add($1, 'deal', 'Deal', '交易', 'contract', 'Contract', '合同', $2, 'basic', 'hidden', '{exact}', false, false,
      '{}', '{}', '{}', null, $3)";
    attack(async |world| {
        let officer = world.sign_in("officer").await;
        for (kind, of, code) in [
            ("record", None, "SD072"),
            ("text", Some("customer"), "SD072"),
            ("record", Some("nothing"), "SD101"),
            ("record", Some(""), "SD101"),
        ] {
            assert_eq!(outcome(&officer.client, ADD, &[&officer.token, &kind, &of]).await.unwrap(), code, "{kind} {of:?}");
        }
        for login in ["ann", "sam", "olga"] {
            let who = world.sign_in(login).await;
            assert_eq!(outcome(&who.client, ADD, &[&who.token, &"record", &Some("customer")]).await.unwrap(), "SD003", "{login}");
        }
    });
}
