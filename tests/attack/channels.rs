//! Ways round the functions' answers: `COPY`, messages and logs, time.

use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use uuid::Uuid;

use crate::world::{Attacker, attack, outcome, refused, ticket};

/// What a `COPY` brings, or the code it ends with.
async fn copy(who: &Attacker, query: &str) -> Result<Vec<u8>, String> {
    let stream = who.client.copy_out(&format!("copy ({query}) to stdout")).await.map_err(|error| refused(error).code)?;
    let chunks: Vec<_> = stream.try_collect().await.map_err(|error| refused(error).code)?;
    Ok(chunks.concat())
}

#[test]
fn copy_brings_nothing_that_a_query_would_not() {
    attack(async |world| {
        let sam = world.sign_in("sam").await;
        let token: String =
            sam.client.query_one("select format('decode(%L, ''hex'')', encode($1, 'hex'))", &[&sam.token]).await.unwrap().get(0);
        let (record, ticket) = (world.records[0], ticket());
        let collect = format!("select * from sealdesk_api.collect_reveal({token}, '{ticket}')");
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_reveal(ticket, record, "phone").await.unwrap(), "ok");
        assert_eq!(copy(&sam, &collect).await.unwrap_err(), "SD008");
        sam.client.batch_execute("rollback").await.unwrap();
        assert_eq!(copy(&sam, &collect).await.unwrap_err(), "SD008");
        let both = format!(
            "select sealdesk_api.request_reveal({token}, '{ticket}', '{record}', 'phone', 'callback', null), c.* from sealdesk_api.collect_reveal({token}, '{ticket}') c"
        );
        assert_eq!(copy(&sam, &both).await.unwrap_err(), "SD008");
        for query in ["table sealdesk.field_value", "select * from sealdesk.audit_event", "select rolpassword from pg_authid"] {
            assert_eq!(copy(&sam, query).await.unwrap_err(), "42501", "{query}");
        }
        for statement in [
            "copy (select 1) to program 'id'",
            "copy (select 1) to '/tmp/sealdesk-attack'",
            "copy sealdesk.star from program 'id'",
            "copy sealdesk.star from stdin",
        ] {
            assert_eq!(sam.refusal(statement).await.as_deref(), Some("42501"), "{statement}");
        }
    });
}

#[test]
fn a_person_cannot_make_the_server_log_more() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for setting in [
            "log_statement = 'all'",
            "log_min_messages = debug5",
            "log_min_duration_statement = 0",
            "log_parameter_max_length = -1",
            "log_duration = on",
            "session_preload_libraries = 'auto_explain'",
            "track_functions = 'all'",
        ] {
            assert_eq!(ann.refusal(&format!("set {setting}")).await.as_deref(), Some("42501"), "{setting}");
        }
        assert_eq!(ann.refusal("load 'auto_explain'").await.as_deref(), Some("42501"));
    });
}

/// The median time of a call for a record that is there, and for one that is not, taken turn by turn.
async fn medians(who: &Attacker, call: &str, there: Uuid) -> (Duration, Duration) {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..400 {
        let record = if round % 2 == 0 { there } else { Uuid::from_bytes(rand::random()) };
        let began = Instant::now();
        let answer = outcome(&who.client, call, &[&who.token, &ticket(), &record]).await.unwrap();
        times[round % 2].push(began.elapsed());
        assert_eq!(answer, "SD003", "{call}");
    }
    times
        .each_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .into()
}

#[test]
fn the_time_of_a_refusal_does_not_tell_whether_the_record_is_there() {
    attack(async |world| {
        for (login, call) in [
            ("olga", "select sealdesk_api.request_view($1, $2, $3)"),
            ("ann", "select sealdesk_api.request_reveal($1, $2, $3, 'id_number', 'callback', null)"),
            ("ann", "select sealdesk_api.request_history($1, $2, $3, 'id_number', 'callback', null)"),
        ] {
            let who = world.sign_in(login).await;
            let (there, missing) = medians(&who, call, world.records[0]).await;
            let ratio = there.as_secs_f64() / missing.as_secs_f64();
            // The same statements run for both; half of the time and twice as long are beyond any noise of a median of two hundred.
            assert!((0.5..2.0).contains(&ratio), "{call}: {there:?} where it is there, {missing:?} where it is not");
        }
    });
}
