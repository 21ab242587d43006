//! Somebody else's stars.

use uuid::Uuid;

use crate::world::{Attacker, World, attack, outcome, rows, ticket};

const PUT: &str = "select sealdesk_api.put_star($1, $2, $3)";

async fn starred(world: &World, who: &Attacker) -> Vec<Uuid> {
    let ticket = ticket();
    let request = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'starred', $2, 'recent', 'after', null, null, 50)";
    assert_eq!(outcome(&who.client, request, &[&who.token, &ticket]).await.unwrap(), "ok");
    let page = world.collect(&who.client, "select id from sealdesk_api.collect_list($1, $2)", &[&who.token, &ticket]).await.unwrap();
    page.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_star_is_ones_own_and_an_event() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        world.superuser.batch_execute("delete from sealdesk.star").await.unwrap();
        assert_eq!(outcome(&ann.client, PUT, &[&ann.token, &world.records[1], &true]).await.unwrap(), "ok");
        assert_eq!(starred(world, &ann).await, [world.records[1]]);
        assert!(starred(world, &sam).await.is_empty());
        let listed = "select record from sealdesk_api.list_stars($1)";
        assert!(rows(&sam.client, listed, &[&sam.token]).await.unwrap().is_empty());
        assert_eq!(rows(&sam.client, listed, &[&ann.token]).await.unwrap_err().code, "SD002", "another's session");
        assert_eq!(outcome(&sam.client, PUT, &[&sam.token, &world.records[1], &false]).await.unwrap(), "ok");
        assert_eq!(starred(world, &ann).await, [world.records[1]], "another's star cannot be taken away");
        assert_eq!(outcome(&ann.client, PUT, &[&ann.token, &world.records[1], &false]).await.unwrap(), "ok");
        assert!(starred(world, &ann).await.is_empty());
        let events = "select count(*) from sealdesk.audit_event where action in ('star', 'unstar') and outcome = 'ok' and session =";
        assert_eq!(world.count(&format!("{events} '{}'", ann.session)).await, 2);
    });
}

#[test]
fn a_star_does_not_tell_whether_a_record_is_there_to_who_may_not_read_customers() {
    attack(async |world| {
        let olga = world.sign_in("olga").await;
        for record in [world.records[0], Uuid::nil()] {
            assert_eq!(outcome(&olga.client, PUT, &[&olga.token, &record, &true]).await.unwrap(), "SD003");
        }
        let ann = world.sign_in("ann").await;
        assert_eq!(outcome(&ann.client, PUT, &[&ann.token, &Uuid::nil(), &true]).await.unwrap(), "SD006");
        assert_eq!(outcome(&ann.client, PUT, &[&ann.token, &world.records[0], &None::<bool>]).await.unwrap(), "SD011");
    });
}

#[test]
fn the_view_of_what_was_opened_lately_is_of_ones_own_openings() {
    attack(async |world| {
        let (ann, sam) = (world.sign_in("ann").await, world.sign_in("sam").await);
        let lately = async |who: &Attacker| {
            let ticket = ticket();
            let request = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'recent', $2, 'recent', 'after', null, null, 50)";
            assert_eq!(outcome(&who.client, request, &[&who.token, &ticket]).await.unwrap(), "ok");
            let collect = "select id from sealdesk_api.collect_list($1, $2)";
            world.collect(&who.client, collect, &[&who.token, &ticket]).await.unwrap().iter().map(|row| row.get(0)).collect::<Vec<Uuid>>()
        };
        let before = lately(&sam).await;
        assert_eq!(ann.request_view(ticket(), world.records[2]).await.unwrap(), "ok");
        assert!(lately(&ann).await.contains(&world.records[2]));
        assert_eq!(lately(&sam).await, before);
    });
}
