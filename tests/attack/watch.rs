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
                "select sealdesk_api.watch_duty($1, 'chains')",
                "select sealdesk_api.watch_anchored($1, 'file:/x', 9, null)",
            ] {
                assert_eq!(outcome(&who.client, sql, &[&who.token]).await.unwrap(), "SD003", "{login}: {sql}");
            }
            let after = world.count("select count(*) from sealdesk.audit_event where action like 'watch_%' and outcome = 'SD003'").await;
            assert_eq!(after, before + 6, "every refusal is recorded");
            for sql in [
                "select * from sealdesk.watch",
                "update sealdesk.watch set place = pg_current_snapshot()",
                "delete from sealdesk.anchor_state",
            ] {
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

#[test]
fn a_name_that_nobody_has_is_not_kept_from_the_servers_log() {
    attack(async |world| {
        world.recruit("wlog", &["watch"]).await;
        let eye = world.raw("wlog").await;
        let report = "select sealdesk_api.watch_report($1, 'login_failed', $2, null, '10.0.0.9')";
        for name in ["wlog", "my-secret-passphrase"] {
            assert_eq!(outcome(&eye.client, report, &[&eye.token, &name]).await.unwrap(), "ok");
        }
        let kept = "select count(*) from sealdesk.audit_event e where e.action = 'login_failed' and e.details like '%10.0.0.9%' and e.reference = ";
        for (subject, times) in [("wlog", 1), ("unknown", 1), ("my-secret-passphrase", 0)] {
            assert_eq!(world.count(&format!("{kept}'{subject}'")).await, times, "{subject}");
        }
        staff::disable(&world.officer, "wlog").await.unwrap();
    });
}

#[test]
fn a_checkpoint_that_is_kept_uncommitted_keeps_nobody_elses_from_being_made() {
    attack(async |world| {
        world.recruit("wcheck.open", &["auditor"]).await;
        let mine = world.recruit("wcheck", &["watch"]).await;
        let open = world.raw("wcheck.open").await;
        // What the open transaction stores is right in every part, or it would be refused and hold nothing.
        let next = "with w as (select h.session, h.seq, h.hash from sealdesk.session_head h join sealdesk.session s on s.id = h.session where s.login = 'wcheck.open' and h.seq > 0),
                      c as (select * from sealdesk.checkpoint order by number desc limit 1)
                    select w.session, w.seq, w.hash, coalesce(c.number, 0) + 1,
                           coalesce(c.hash, sha256(convert_to('sealdesk/checkpoints/v1', 'UTF8') || (select uuid_send(i.id) from sealdesk.installation i))),
                           sealdesk.tree_root(sealdesk.tree_append(coalesce(c.size, 0), coalesce(c.peaks, '{}'), sealdesk.tree_leaf(w.session, w.seq, w.hash)))
                      from w left join c on true";
        let leaf = rows(&world.superuser, next, &[]).await.unwrap().remove(0);
        let (session, seq, hash): (uuid::Uuid, i64, Vec<u8>) = (leaf.get(0), leaf.get(1), leaf.get(2));
        let (number, previous, root): (i64, Vec<u8>, Vec<u8>) = (leaf.get(3), leaf.get(4), leaf.get(5));
        let records = "select root, begun from sealdesk.next_record_root($1, $2, $3)";
        let records = world.superuser.query_one(records, &[&number, &vec![session], &vec![seq]]).await.unwrap();
        let (record_root, from): (Vec<u8>, i64) = (records.get(0), records.get(1));
        open.client.batch_execute("begin").await.unwrap();
        let put = "select sealdesk_api.put_checkpoint($1, $2, clock_timestamp(), $3, $4, $5, $6, $7, null, $8, $9, $10)";
        let (sessions, seqs, hashes) = (vec![session], vec![seq], vec![hash]);
        let made = outcome(
            &open.client,
            put,
            &[&open.token, &number, &root, &previous, &sessions, &seqs, &hashes, &from, &record_root, &vec![0_u8; 64]],
        )
        .await;
        assert_eq!(made.unwrap(), "ok");
        let began = Instant::now();
        let checkpoint = sealdesk::service::audit::checkpoint(&mine, &mut None).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(8), "held up for {:?}", began.elapsed());
        assert_eq!(checkpoint.number, number);
        assert!(open.client.batch_execute("commit").await.is_err(), "its connection was ended");
        for login in ["wcheck", "wcheck.open"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn a_client_tells_of_its_own_session_only_and_once() {
    attack(async |world| {
        let tell = "select sealdesk_api.report_tampered($1, $2, $3)";
        world.recruit("wtell", &["agent"]).await;
        let who = world.raw("wtell").await;
        for _ in 0..3 {
            assert_eq!(outcome(&who.client, tell, &[&who.token, &7_i64, &"altered"]).await.unwrap(), "ok");
        }
        assert_eq!(outcome(&who.client, tell, &[&who.token, &7_i64, &"anything else"]).await.unwrap(), "SD011");
        let other = world.sign_in("ann").await;
        let foreign = outcome(&who.client, tell, &[&other.token, &7_i64, &"altered"]).await;
        assert_eq!(foreign.unwrap_err().code, "SD002", "another's session is none");
        let told = "select count(*) from sealdesk.audit_event where action = 'chain_broken' and actor = 'wtell' and reference = 'wtell'";
        assert_eq!(world.count(told).await, 1);
        staff::disable(&world.officer, "wtell").await.unwrap();
    });
}
