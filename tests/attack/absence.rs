//! Proofs of absence: for who reads the whole audit, only of the record that was asked about, and of nothing above their clearance.

use sealdesk::{
    model::id::RecordNumber,
    service::audit::{
        self,
        absence::{Answer, Asked},
    },
};
use uuid::Uuid;

use crate::world::{World, attack, outcome, ticket};

const REQUEST: &str = "select sealdesk_api.request_absence($1, $2, $3, null, $4, clock_timestamp() - interval '1 hour', clock_timestamp() - interval '2 min')";

const COLLECT: [&str; 4] = [
    "select * from sealdesk_api.collect_absence($1, $2)",
    "select * from sealdesk_api.collect_absence_events($1, $2, null, 1000000, -1, 0, 100)",
    "select * from sealdesk_api.collect_record_stubs($1, $2, null, 1000000, null, 100)",
    "select * from sealdesk_api.collect_record_end($1, $2, 1000000, decode(repeat('00', 16), 'hex'))",
];

async fn number_of(world: &World, record: Uuid) -> i64 {
    world.superuser.query_one("select number from sealdesk.record where id = $1", &[&record]).await.unwrap().get(0)
}

#[test]
fn who_does_not_read_the_audit_is_told_nothing_of_what_did_not_happen() {
    attack(async |world| {
        let (ann, olga) = (world.sign_in("ann").await, world.sign_in("olga").await);
        let number = number_of(world, world.records[0]).await;
        let asked = ticket();
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &asked, &number, &"phone"]).await.unwrap(), "SD003");
        // A number that is not there is refused no otherwise.
        assert_eq!(outcome(&ann.client, REQUEST, &[&ann.token, &ticket(), &987_654_i64, &"phone"]).await.unwrap(), "SD003");
        for sql in COLLECT {
            assert_eq!(world.collect(&ann.client, sql, &[&ann.token, &asked]).await.unwrap_err().code, "SD003", "{sql}");
            assert_eq!(world.collect(&olga.client, sql, &[&olga.token, &ticket()]).await.unwrap_err().code, "SD008", "{sql}");
            // Nobody else's ticket, and none for something else.
            let own = ticket();
            assert_eq!(outcome(&olga.client, REQUEST, &[&olga.token, &own, &number, &"phone"]).await.unwrap(), "ok");
            assert_eq!(world.collect(&ann.client, sql, &[&ann.token, &own]).await.unwrap_err().code, "SD008", "{sql}");
            let evidence = ticket();
            let request = "select sealdesk_api.request_evidence($1, $2)";
            assert_eq!(outcome(&olga.client, request, &[&olga.token, &evidence]).await.unwrap(), "ok");
            assert_eq!(world.collect(&olga.client, sql, &[&olga.token, &evidence]).await.unwrap_err().code, "SD008", "{sql}");
        }
        let leaves = "select * from sealdesk_api.collect_record_leaves($1, $2, 0, null, 100)";
        assert_eq!(world.collect(&ann.client, leaves, &[&ann.token, &asked]).await.unwrap_err().code, "SD008");
        // What is begun and not committed hands out nothing.
        let open = ticket();
        olga.client.batch_execute("begin").await.unwrap();
        outcome(&olga.client, REQUEST, &[&olga.token, &open, &number, &"phone"]).await.unwrap();
        assert_eq!(world.collect(&olga.client, COLLECT[0], &[&olga.token, &open]).await.unwrap_err().code, "SD008");
        olga.client.batch_execute("rollback").await.unwrap();
        assert_eq!(outcome(&olga.client, REQUEST, &[&olga.token, &ticket(), &number, &"no_such"]).await.unwrap(), "SD175");
        let turned = "select sealdesk_api.request_absence($1, $2, $3, null, null, clock_timestamp(), clock_timestamp() - interval '1 min')";
        assert_eq!(outcome(&olga.client, turned, &[&olga.token, &ticket(), &number]).await.unwrap(), "SD011");
    });
}

#[test]
fn of_a_record_above_a_clearance_nothing_is_proved_and_its_place_is_not_asked_for() {
    attack(async |world| {
        let (hidden, other) = (world.records[1], world.records[0]);
        let (number, other_number) = (number_of(world, hidden).await, number_of(world, other).await);
        let label = |rank: i16| {
            format!("update sealdesk.record set label = {rank}, compartments = '{{}}', labelled = {} where id = '{hidden}'", rank > 0)
        };
        let olga = world.sign_in("olga").await;
        let before = ticket();
        assert_eq!(outcome(&olga.client, REQUEST, &[&olga.token, &before, &number, &"phone"]).await.unwrap(), "ok");
        world.superuser.batch_execute(&label(1)).await.unwrap();
        let asked = outcome(&olga.client, REQUEST, &[&olga.token, &ticket(), &number, &"phone"]).await;
        let no_such = outcome(&olga.client, REQUEST, &[&olga.token, &ticket(), &987_654_i64, &"phone"]).await;
        let mut late = Vec::new();
        for sql in COLLECT {
            late.push(world.collect(&olga.client, sql, &[&olga.token, &before]).await.unwrap_err().code);
        }
        // Neither does a proof of another record name it.
        let keys = world.with_keys("olga").await;
        let hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
        let asked_other =
            Asked { record: RecordNumber::new("", other_number), field: None, since: hour_ago, until: jiff::Timestamp::now() };
        let answer = audit::absence(&keys, &asked_other, &mut None).await;
        world.superuser.batch_execute(&label(0)).await.unwrap();
        assert_eq!((asked.unwrap().as_str(), no_such.unwrap().as_str()), ("SD006", "SD006"));
        assert!(late.iter().all(|code| code == "SD006"), "{late:?}");
        if let Answer::Absent { text, .. } = answer.unwrap() {
            assert!(text.contains(&other.to_string()) && !text.contains(&hidden.to_string()));
        }
        let named = "select count(*) from sealdesk.audit_event where action = 'absence' and outcome = 'SD006' and record is not null";
        assert_eq!(world.count(named).await, 0, "the refusal names no record");
    });
}
