//! The watch's functions are for who has the capability, and that capability opens nothing else.

use std::time::{Duration, Instant};

use sealdesk::service::staff;

use crate::world::{attack, outcome, rows, ticket};

#[test]
fn without_the_capability_nobody_leads_does_duties_or_reports() {
    attack(async |world| {
        world.recruit("wsup", &["supervisor"]).await;
        for login in ["ann", "olga", "wsup"] {
            let who = if login == "wsup" { world.raw(login).await } else { world.sign_in(login).await };
            let before = world.count("select count(*) from sealdesk.audit_event where action like 'watch_%' and outcome = 'SD003'").await;
            for sql in [
                "select outcome from sealdesk_api.watch_round($1)",
                "select sealdesk_api.watch_duty($1, 'reviews')",
                "select sealdesk_api.watch_report($1, 'clock_jump', 'own', 1, '')",
                "select sealdesk_api.watch_leave($1)",
            ] {
                assert_eq!(outcome(&who.client, sql, &[&who.token]).await.unwrap(), "SD003", "{login}: {sql}");
            }
            let after = world.count("select count(*) from sealdesk.audit_event where action like 'watch_%' and outcome = 'SD003'").await;
            assert_eq!(after, before + 4, "every refusal is recorded");
            for sql in ["select * from sealdesk.watch", "update sealdesk.watch set place = pg_current_snapshot()"] {
                assert_eq!(who.refusal(sql).await.as_deref(), Some("42501"), "{sql}");
            }
        }
        staff::disable(&world.officer, "wsup").await.unwrap();
    });
}

#[test]
fn the_watch_reads_no_field_no_list_and_nobody_elses_events() {
    attack(async |world| {
        world.recruit("weye", &["watch"]).await;
        let eye = world.raw("weye").await;
        assert_eq!(eye.request_view(ticket(), world.records[0]).await.unwrap(), "SD003");
        assert_eq!(eye.request_reveal(ticket(), world.records[0], "phone").await.unwrap(), "SD003");
        let verify = "select sealdesk_api.request_verify($1, $2)";
        assert_eq!(outcome(&eye.client, verify, &[&eye.token, &ticket()]).await.unwrap(), "SD003");
        let refused = rows(&eye.client, "select * from sealdesk_api.staff_list($1)", &[&eye.token]).await.unwrap_err();
        assert_eq!(refused.code, "SD003");
        let opened = ticket();
        let open = "select sealdesk_api.request_audit($1, $2, null, null, null, null, null, null, null)";
        assert_eq!(outcome(&eye.client, open, &[&eye.token, &opened]).await.unwrap(), "ok");
        let page = "select actor from sealdesk_api.collect_audit($1, $2, null, null, null, 1000)";
        let seen = world.collect(&eye.client, page, &[&eye.token, &opened]).await.unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|row| row.get::<_, String>(0) == "weye"));
        let held: i64 = rows(&eye.client, "select count(*) from sealdesk_api.list_rights($1)", &[&eye.token]).await.unwrap()[0].get(0);
        assert_eq!(held, 0, "no right on any class");
        staff::disable(&world.officer, "weye").await.unwrap();
    });
}

#[test]
fn a_watch_that_hangs_in_an_open_transaction_loses_the_lead_when_its_lease_ends() {
    attack(async |world| {
        world.recruit("whang", &["watch"]).await;
        world.recruit("wnext", &["watch"]).await;
        let (hanging, next) = (world.raw("whang").await, world.raw("wnext").await);
        let round = "select outcome, leads from sealdesk_api.watch_round($1, 2)";
        let leads =
            async |who: &crate::world::Attacker| rows(&who.client, round, &[&who.token]).await.map(|found| found[0].get::<_, bool>(1));
        assert!(leads(&hanging).await.unwrap());
        hanging.client.batch_execute("begin").await.unwrap();
        assert!(leads(&hanging).await.unwrap());
        let began = Instant::now();
        while !leads(&next).await.unwrap() {
            assert!(began.elapsed() < Duration::from_secs(10), "the lead is not taken over");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(leads(&hanging).await.is_err(), "its connection was ended");
        let evaluated = world.count("select evaluated from sealdesk.watch").await;
        // What the hanging one had begun is undone, and evaluated by who took over.
        assert!(leads(&next).await.unwrap() && world.count("select evaluated from sealdesk.watch").await >= evaluated);
        for login in ["whang", "wnext"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}
