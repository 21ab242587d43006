//! Sharing, or handing on, what somebody else answers for.

use jiff::SignedDuration;
use sealdesk::{
    model::id::RecordId,
    service::{
        Error, SignedIn, edit, owner,
        share::{self, Wanted},
        view,
    },
};
use uuid::Uuid;

use crate::world::{attack, outcome, sign_in};

const PUT: &str = "select sealdesk_api.put_owner($1, $2, $3)";

async fn record(of: &SignedIn) -> RecordId {
    let values = [("name", "Zhang Wei"), ("phone", "13600136001")].map(|(field, value)| (field.to_owned(), value.to_owned()));
    edit::create(of, RecordId(Uuid::now_v7()), "customer", &edit::Draft { values: values.into() }).await.unwrap().0
}

fn phone(record: RecordId, to: &str) -> Wanted {
    Wanted { record, field: "phone".into(), to: to.into(), lasts: SignedDuration::from_hours(1), reason: None }
}

fn is_refused<T>(answer: Result<T, Error>, with: &str) -> bool {
    answer.is_err_and(|error| error.code() == with)
}

#[test]
fn an_owner_shares_their_own_record_and_nobody_elses_without_the_capability() {
    attack(async |world| {
        let (ann, sam) = (sign_in(&world.config, "ann").await, sign_in(&world.config, "sam").await);
        let (hers, his) = (record(&ann).await, record(&sam).await);
        assert_eq!(view::view(&sam, hers).await.unwrap().owner, "ann", "whoever makes a record answers for it");
        share::add(&ann, &phone(hers, "sam")).await.unwrap();
        assert!(is_refused(share::add(&ann, &phone(his, "sam")).await, "SD097"));
        // A senior agent may share any record.
        share::add(&sam, &phone(hers, "ann")).await.unwrap();
    });
}

#[test]
fn a_record_is_handed_on_by_its_owner_only_and_what_they_had_shared_ends() {
    attack(async |world| {
        let (ann, sam) = (sign_in(&world.config, "ann").await, sign_in(&world.config, "sam").await);
        let hers = record(&ann).await;
        let his = record(&sam).await;
        for (login, record, wanted) in [("ann", his, "SD097"), ("olga", hers, "SD003"), ("officer", hers, "SD097")] {
            let who = world.sign_in(login).await;
            assert_eq!(outcome(&who.client, PUT, &[&who.token, &record.0, &login]).await.unwrap(), wanted, "{login}");
        }
        let shared = share::add(&ann, &phone(hers, "sam")).await.unwrap().0;
        share::open(&sam, shared).await.unwrap();
        for nobody in ["nobody", "", "ann'"] {
            assert!(is_refused(owner::hand_to(&ann, hers, nobody).await, "SD098"));
        }
        owner::hand_to(&ann, hers, "sam").await.unwrap();
        assert!(is_refused(share::open(&sam, shared).await, "SD068"));
        assert!(is_refused(owner::hand_to(&ann, hers, "ann").await, "SD097"), "she cannot take it back alone");
        let told = "select count(*) from sealdesk.audit_event where action = 'owner' and outcome = 'ok' and record = (select id from sealdesk.record
                     where owner = 'sam' and created_by = 'ann' order by number desc limit 1) and details::json ->> 'from' = 'ann'";
        assert_eq!(world.count(told).await, 1);
    });
}

#[test]
fn a_record_that_is_not_there_for_somebody_has_no_owner_for_them() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        assert_eq!(outcome(&ann.client, PUT, &[&ann.token, &Uuid::now_v7(), &"ann"]).await.unwrap(), "SD006");
    });
}
