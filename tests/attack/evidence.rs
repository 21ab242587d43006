//! Evidence and witnesses: for who reads the whole audit, and of nothing above their clearance.

use sealdesk::{
    model::{audit::Filter, id::RecordId},
    service::{audit, staff, view},
};

use crate::world::{attack, outcome, ticket};

#[test]
fn who_does_not_read_the_audit_neither_takes_evidence_nor_witnesses() {
    attack(async |world| {
        let (ann, olga) = (world.sign_in("ann").await, world.sign_in("olga").await);
        let made = audit::checkpoint(&world.with_keys("olga").await, &mut None).await.unwrap();
        let asked = ticket();
        assert_eq!(outcome(&ann.client, "select sealdesk_api.request_evidence($1, $2)", &[&ann.token, &asked]).await.unwrap(), "SD003");
        let span = "select * from sealdesk_api.collect_span($1, $2, $3, 1, 100)";
        assert_eq!(world.collect(&ann.client, span, &[&ann.token, &asked, &olga.session]).await.unwrap_err().code, "SD003");
        assert_eq!(world.collect(&olga.client, span, &[&olga.token, &ticket(), &ann.session]).await.unwrap_err().code, "SD008");
        let witnesses = "select * from sealdesk_api.collect_witnesses($1, $2)";
        assert_eq!(world.collect(&ann.client, witnesses, &[&ann.token, &asked]).await.unwrap_err().code, "SD003");
        let hash = "select hash from sealdesk.checkpoint where number = $1";
        let mut hash: Vec<u8> = world.superuser.query_one(hash, &[&made.number]).await.unwrap().get(0);
        let put = "select sealdesk_api.put_witness($1, $2, $3, $4)";
        let signature = [1_u8; 64].as_slice();
        assert_eq!(outcome(&ann.client, put, &[&ann.token, &made.number, &hash, &signature]).await.unwrap(), "SD003");
        assert_eq!(outcome(&olga.client, put, &[&olga.token, &made.number, &hash, &signature]).await.unwrap(), "SD125", "her own");
        let officer = world.sign_in("officer").await;
        // Nor under another account with her keys.
        let keys = "create temporary table kept as select * from sealdesk.person_key where person = (select id from sealdesk.person where login = 'officer');
                    update sealdesk.person_key set ed25519_public = (select k.ed25519_public from sealdesk.person_key k join sealdesk.person p on p.id = k.person where p.login = 'olga')
                     where person = (select id from sealdesk.person where login = 'officer')";
        world.superuser.batch_execute(keys).await.unwrap();
        let again = outcome(&officer.client, put, &[&officer.token, &made.number, &hash, &signature]).await;
        let back =
            "update sealdesk.person_key k set ed25519_public = x.ed25519_public from kept x where x.person = k.person; drop table kept";
        world.superuser.batch_execute(back).await.unwrap();
        assert_eq!(again.unwrap(), "SD125");
        hash[0] ^= 1;
        assert_eq!(outcome(&officer.client, put, &[&officer.token, &made.number, &hash, &signature]).await.unwrap(), "SD126");
        assert_eq!(ann.refusal("select * from sealdesk.checkpoint_witness").await.as_deref(), Some("42501"));
    });
}

#[test]
fn evidence_tells_nothing_of_a_record_above_the_makers_clearance() {
    attack(async |world| {
        let viewer = world.recruit("evidence.viewer", &["senior_agent"]).await;
        for record in &world.records[..2] {
            view::view(&viewer, RecordId(*record)).await.unwrap();
        }
        let hidden = world.records[1];
        let label = |rank: i16| {
            format!("update sealdesk.record set label = {rank}, compartments = '{{}}', labelled = {} where id = '{hidden}'", rank > 0)
        };
        world.superuser.batch_execute(&label(1)).await.unwrap();
        let olga = world.with_keys("olga").await;
        let filter = Filter { actor: Some("evidence.viewer".into()), ..Filter::default() };
        let made = audit::evidence(&olga, &filter, &mut None).await.unwrap();
        world.superuser.batch_execute(&label(0)).await.unwrap();
        assert!(made.text.contains(&world.records[0].to_string()) && !made.text.contains(&hidden.to_string()));
        assert!(made.unproven > 0, "what lies before the withheld event is said not to be proved");
        let (_, checked) = audit::verify_evidence(&made.text, &sealdesk::service::root::present(&olga)).unwrap();
        assert_eq!(checked.asked - checked.proven, made.unproven);
        staff::disable(&world.officer, "evidence.viewer").await.unwrap();
    });
}
