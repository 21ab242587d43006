//! Guessing codes, using one twice, and doing without one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use uuid::Uuid;

use crate::world::{Answer, Attacker, World, attack, outcome, rows, ticket};

const SECRET: &[u8; 20] = b"12345678901234567890";

/// RFC 6238 as an authenticator application computes it.
fn code_at(seconds: i64) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET).unwrap();
    mac.update(&(seconds / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes([mac[at] & 127, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A code that no time step near now has.
fn wrong() -> String {
    let near: Vec<String> = (-3..=3).map(|step| code_at(now() + 30 * step)).collect();
    ["000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"]
        .into_iter()
        .find(|code| !near.iter().any(|near| near == code))
        .unwrap()
        .to_owned()
}

/// Ann with a confirmed factor, for one test.
async fn with_factor(world: &World, test: impl AsyncFnOnce()) {
    let clear = "delete from sealdesk.recovery_code; delete from sealdesk.second_factor; update sealdesk.person set code_attempts = 0, attempts = 0;
                 update sealdesk.class set fresh_code_s = null; update sealdesk.application_role set second_factor = false";
    // A test that failed may have left something.
    world.superuser.batch_execute(clear).await.unwrap();
    let set =
        "insert into sealdesk.second_factor (person, secret, confirmed_at) select id, $1, now() from sealdesk.person where login = 'ann'";
    world.superuser.execute(set, &[&SECRET.as_slice()]).await.unwrap();
    test().await;
    world.superuser.batch_execute(clear).await.unwrap();
}

async fn submit(client: &tokio_postgres::Client, ticket: Uuid, code: Option<&str>) -> String {
    outcome(client, "select sealdesk_api.session_submit($1, $2, 'test', 'test')", &[&ticket, &code]).await.unwrap()
}

/// The verdict of the second step, and the token that comes with a good one.
async fn open(world: &World, client: &tokio_postgres::Client, ticket: Uuid) -> Answer<(String, Option<Vec<u8>>)> {
    let found = world.collect(client, "select outcome, token from sealdesk_api.session_open($1)", &[&ticket]).await?;
    Ok((found[0].get(0), found[0].get(1)))
}

#[test]
fn codes_are_those_of_rfc_6238() {
    attack(async |world| {
        // Appendix B, SHA-1, the last six digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(seconds), code);
            let by_server = "select sealdesk.totp($1, $2)";
            let told: String = world.superuser.query_one(by_server, &[&SECRET.as_slice(), &(seconds / 30)]).await.unwrap().get(0);
            assert_eq!(told, code);
        }
    });
}

#[test]
fn without_a_code_nobody_with_a_factor_gets_in_and_a_right_one_opens_once() {
    attack(async |world| {
        with_factor(world, async || {
            let client = world.login("ann").await;
            let without = ticket();
            assert_eq!(submit(&client, without, None).await, "SD020");
            assert_eq!(open(world, &client, without).await.unwrap_err().code, "SD020");
            let code = code_at(now());
            let (first, second) = (ticket(), ticket());
            // Two submissions of one code, both committed before either is judged.
            assert_eq!(submit(&client, first, Some(&code)).await, "ok");
            let other = world.login("ann").await;
            assert_eq!(submit(&other, second, Some(&code)).await, "ok");
            let (outcome, token) = open(world, &other, second).await.unwrap();
            assert!(outcome == "ok" && token.is_some());
            let refused = open(world, &client, first).await;
            assert!(refused.is_err() || refused.unwrap().1.is_none(), "a time step is accepted once");
            let third = ticket();
            assert_eq!(submit(&client, third, Some(&code)).await, "ok");
            assert_eq!(open(world, &client, third).await.unwrap(), ("SD022".to_owned(), None));
            assert_eq!(open(world, &client, third).await.unwrap_err().code, "SD008", "a judged submission is over");
        })
        .await;
    });
}

#[test]
fn a_clock_that_is_one_step_off_is_borne_and_one_that_is_two_steps_off_is_not() {
    attack(async |world| {
        with_factor(world, async || {
            // The steps meant are those of one moment: not while one is about to end.
            while now() % 30 > 26 {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            let moment = now();
            let client = world.login("ann").await;
            for (off, told) in [(-60, "SD022"), (60, "SD022"), (-30, "ok"), (30, "ok")] {
                let ticket = ticket();
                assert_eq!(submit(&client, ticket, Some(&code_at(moment + off))).await, "ok");
                assert_eq!(open(world, &client, ticket).await.unwrap().0, told, "{off} s");
            }
        })
        .await;
    });
}

#[test]
fn a_guess_cannot_be_rolled_back_and_five_are_all() {
    attack(async |world| {
        with_factor(world, async || {
            let client = world.login("ann").await;
            let rolled_back = ticket();
            client.batch_execute("begin").await.unwrap();
            assert_eq!(submit(&client, rolled_back, Some(&wrong())).await, "ok");
            assert_eq!(open(world, &client, rolled_back).await.unwrap_err().code, "SD008", "not judged before it is committed");
            client.batch_execute("rollback").await.unwrap();
            assert_eq!(open(world, &client, rolled_back).await.unwrap_err().code, "SD008");
            for _ in 0..5 {
                let guess = ticket();
                assert_eq!(submit(&client, guess, Some(&wrong())).await, "ok");
                // The verdict may be rolled back as often as one likes: it was counted before.
                client.batch_execute("begin").await.unwrap();
                assert_eq!(open(world, &client, guess).await.unwrap().0, "SD022");
                client.batch_execute("rollback").await.unwrap();
            }
            let sixth = ticket();
            assert_eq!(submit(&client, sixth, Some(&code_at(now()))).await, "SD012", "the right one comes too late");
            assert_eq!(open(world, &client, sixth).await.unwrap_err().code, "SD012");
        })
        .await;
    });
}

#[test]
fn guesses_in_parallel_are_counted_one_by_one() {
    attack(async |world| {
        with_factor(world, async || {
            let clients = [world.login("ann").await, world.login("ann").await, world.login("ann").await, world.login("ann").await];
            let code = wrong();
            let guesses = clients.iter().flat_map(|client| (0..3).map(|_| submit(client, ticket(), Some(&code))).collect::<Vec<_>>());
            let answers = futures::future::join_all(guesses).await;
            assert_eq!(answers.iter().filter(|answer| *answer == "ok").count(), 5);
        })
        .await;
    });
}

#[test]
fn a_code_does_not_stay_in_the_database_or_the_audit() {
    attack(async |world| {
        with_factor(world, async || {
            let client = world.login("ann").await;
            let (judged, left) = (ticket(), ticket());
            let code = wrong();
            submit(&client, left, Some(&code)).await;
            submit(&client, judged, Some(&code)).await;
            open(world, &client, judged).await.unwrap();
            assert_eq!(world.count("select count(*) from sealdesk.session where code is not null").await, 0);
            let told = format!(
                "select count(*) from sealdesk.audit_event where session in ('{judged}', '{left}')
                   and concat_ws(' ', action, outcome, field, reason, reference, details) like '%{code}%'"
            );
            assert_eq!(world.count(&told).await, 0);
        })
        .await;
    });
}

#[test]
fn a_recovery_code_opens_once() {
    attack(async |world| {
        with_factor(world, async || {
            let stored = "insert into sealdesk.recovery_code (person, hash) select id, sealdesk.recovery_hash('ann', 'k7dp2mxqhr4t') from sealdesk.person where login = 'ann'";
            world.superuser.batch_execute(stored).await.unwrap();
            let client = world.login("ann").await;
            for expected in ["ok", "SD022"] {
                let ticket = ticket();
                submit(&client, ticket, Some("K7DP-2mxq-hr4t")).await;
                assert_eq!(open(world, &client, ticket).await.unwrap().0, expected);
            }
        })
        .await;
    });
}

#[test]
fn who_must_have_a_factor_and_has_none_can_set_one_up_and_do_nothing_else() {
    attack(async |world| {
        with_factor(world, async || {
            world
                .superuser
                .batch_execute("update sealdesk.application_role set second_factor = true where code = 'senior_agent'")
                .await
                .unwrap();
            let sam = world.sign_in("sam").await;
            assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap_err().code, "SD021");
            for call in ["list_fields($1)", "list_wraps($1)", "list_stars($1)", "session_heartbeat($1)"] {
                let refused = rows(&sam.client, &format!("select * from sealdesk_api.{call}"), &[&sam.token]).await.unwrap_err();
                assert_eq!(refused.code, "SD021", "{call}");
            }
            let begin = "select sealdesk_api.second_factor_begin($1, $2)";
            let confirm = "select sealdesk_api.second_factor_confirm($1, $2, $3)";
            let codes = vec![vec![7_u8; 32]];
            assert_eq!(outcome(&sam.client, confirm, &[&sam.token, &code_at(now()), &codes]).await.unwrap(), "SD024", "nothing begun");
            assert_eq!(outcome(&sam.client, begin, &[&sam.token, &SECRET.as_slice()]).await.unwrap(), "ok");
            assert_eq!(outcome(&sam.client, confirm, &[&sam.token, &wrong(), &codes]).await.unwrap(), "SD022");
            assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap_err().code, "SD021", "not in force yet");
            assert_eq!(outcome(&sam.client, confirm, &[&sam.token, &code_at(now()), &codes]).await.unwrap(), "ok");
            assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
            // In force, it is not exchanged by who has only the session.
            assert_eq!(outcome(&sam.client, begin, &[&sam.token, &[9_u8; 20].as_slice()]).await.unwrap(), "SD024");
            assert_eq!(outcome(&sam.client, confirm, &[&sam.token, &code_at(now()), &codes]).await.unwrap(), "SD024");
        })
        .await;
    });
}

#[test]
fn a_class_that_asks_for_a_fresh_code_is_not_revealed_without() {
    attack(async |world| {
        with_factor(world, async || {
            world.superuser.batch_execute("update sealdesk.class set fresh_code_s = 60 where code = 'contact'").await.unwrap();
            let client = world.login("ann").await;
            let (session, yesterday) = (ticket(), code_at(now() - 30));
            submit(&client, session, Some(&yesterday)).await;
            let token = open(world, &client, session).await.unwrap().1.unwrap();
            let ann = Attacker { client, token, session };
            let reveal = ticket();
            assert_eq!(ann.request_reveal(reveal, world.records[0], "phone").await.unwrap(), "ok", "the code of the sign-in is fresh");
            world
                .superuser
                .batch_execute("update sealdesk.session set code_at = code_at - interval '61 s' where code_at is not null")
                .await
                .unwrap();
            let stale = ticket();
            assert_eq!(ann.request_reveal(stale, world.records[0], "phone").await.unwrap(), "SD023");
            assert_eq!(ann.collect_reveal(world, stale).await.unwrap_err().code, "SD023");
            let step = async |code: &str| {
                let ticket = ticket();
                let submitted =
                    outcome(&ann.client, "select sealdesk_api.step_up_submit($1, $2, $3)", &[&ann.token, &ticket, &code]).await.unwrap();
                assert_eq!(submitted, "ok");
                let judged = world.collect(&ann.client, "select sealdesk_api.step_up_open($1, $2)", &[&ann.token, &ticket]).await.unwrap();
                judged[0].get::<_, String>(0)
            };
            assert_eq!(step(&wrong()).await, "SD022");
            assert_eq!(ann.request_reveal(ticket(), world.records[0], "phone").await.unwrap(), "SD023");
            assert_eq!(step(&yesterday).await, "SD022", "used for the sign-in");
            assert_eq!(step(&code_at(now() + 30)).await, "ok");
            assert_eq!(ann.request_reveal(ticket(), world.records[0], "phone").await.unwrap(), "ok");
            world.forget_quota().await;
        })
        .await;
    });
}

#[test]
fn nobody_resets_their_own_factor_or_sets_the_rules_without_the_right() {
    attack(async |world| {
        let (ann, officer) = (world.sign_in("ann").await, world.sign_in("officer").await);
        let reset = "select sealdesk_api.second_factor_reset($1, $2)";
        assert_eq!(outcome(&officer.client, reset, &[&officer.token, &"officer"]).await.unwrap(), "SD041");
        assert_eq!(outcome(&ann.client, reset, &[&ann.token, &"sam"]).await.unwrap(), "SD003");
        for call in ["role_second_factor($1, 'agent', false)", "class_fresh_code($1, 'contact', null)"] {
            assert_eq!(outcome(&ann.client, &format!("select sealdesk_api.{call}"), &[&ann.token]).await.unwrap(), "SD003");
        }
        for table in ["second_factor", "recovery_code"] {
            assert_eq!(ann.refusal(&format!("table sealdesk.{table}")).await.as_deref(), Some("42501"));
        }
        assert_eq!(ann.refusal("select sealdesk_crypto.hmac('a', 'b', 'sha1')").await.as_deref(), Some("42501"));
    });
}
