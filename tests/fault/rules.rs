//! What each kind of rule finds, and what it leaves alone: in what has been, and as it happens.

use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    model::{
        alert::{AlertState, Firing},
        id::RecordNumber,
    },
    service::{SignedIn, alert, rule, watch},
};
use tokio_postgres::Client;

use crate::support::{Database, fixture};

/// One session's past, written as it would have been.
struct Past<'a> {
    superuser: &'a Client,
    session: String,
    actor: &'a str,
    seq: i64,
}

impl<'a> Past<'a> {
    async fn of(superuser: &'a Client, actor: &'a str, origin: &str, opened: Timestamp) -> Self {
        let sql = format!(
            "with id as (select gen_random_uuid() as id), made as (select id, sealdesk.start_chain(id, null, '{actor}', '{origin}', 'test') is null from id)
             select id::text from made"
        );
        let session: String = superuser.query_one(&sql, &[]).await.unwrap().get(0);
        superuser.execute("update sealdesk.session set opened_at = $2 where id = $1::text::uuid", &[&session, &opened]).await.unwrap();
        Self { superuser, session, actor, seq: 0 }
    }

    async fn event(&mut self, at: Timestamp, action: &str, outcome: &str, record: Option<i64>, class: Option<&str>) {
        self.seq += 1;
        let sql = "insert into sealdesk.audit_event (session, seq, at, xid, actor, action, outcome, record, class, hash)
                   values ($1::text::uuid, $2, $3, pg_current_xact_id(), $4, $5, $6, (select id from sealdesk.record where number = $7), $8, '')";
        self.superuser.execute(sql, &[&self.session, &self.seq, &at, &self.actor, &action, &outcome, &record, &class]).await.unwrap();
    }

    async fn reveals(&mut self, from: Timestamp, count: i64, apart: SignedDuration) {
        for n in 0..count {
            let at = from + apart * i32::try_from(n).unwrap();
            self.event(at, "reveal", "ok", Some(1 + n % 40), Some("contact")).await;
        }
    }
}

fn settings(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn tried(supervisor: &SignedIn, code: &str, words: &[(&str, &str)], days: i64) -> Vec<Firing> {
    let now = Timestamp::now();
    let from = now - SignedDuration::from_hours(24 * days);
    rule::try_on(supervisor, code, &settings(words), (from, now)).await.unwrap()
}

fn about(firings: &[Firing]) -> Vec<&str> {
    firings.iter().map(|firing| firing.subject.as_str()).collect()
}

/// The beginning of an hour, so many days ago.
fn hour(days: i64, offset: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - now % 3_600 - days * 86_400 + offset * 3_600).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_counts_within_its_window_by_actor_record_class_and_session() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    let mut quick = Past::of(&superuser, "quick", "ssh from 10.0.0.1", hour(3, 0)).await;
    quick.reveals(hour(2, 0), 25, SignedDuration::from_secs(1)).await;
    quick.reveals(hour(2, 3), 30, SignedDuration::from_secs(1)).await;
    let mut slow = Past::of(&superuser, "slow", "ssh from 10.0.0.2", hour(3, 0)).await;
    slow.reveals(hour(2, 0), 25, SignedDuration::from_secs(30)).await;
    let found = tried(&supervisor, "bulk_reveal", &[], 7).await;
    assert_eq!(about(&found), ["quick", "quick"], "{found:?}");
    assert_eq!((found[0].events, found[0].peak, found[1].peak), (6, 25, 30));
    let of = async |words: &[(&str, &str)]| about(&tried(&supervisor, "bulk_reveal", words, 7).await).len();
    assert_eq!(of(&[("threshold", "31")]).await, 0);
    assert_eq!(of(&[("window_s", "900"), ("per", "class"), ("threshold", "50")]).await, 1, "both together, of one class");
    assert_eq!(of(&[("per", "session"), ("threshold", "26")]).await, 1);
    assert_eq!(of(&[("classes", "payment")]).await, 0);
    let by_record = tried(&supervisor, "bulk_reveal", &[("per", "record"), ("threshold", "3"), ("window_s", "14400")], 7).await;
    assert!(by_record.iter().all(|firing| firing.record.is_some() && firing.peak >= 3) && !by_record.is_empty(), "{by_record:?}");
    assert!(tried(&supervisor, "bulk_reveal", &[], 1).await.is_empty(), "two days ago is not yesterday");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_hour_of_four_weeks_says_what_is_unusual() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    for (actor, usual) in [("steady", 20), ("newly", 0)] {
        let mut past = Past::of(&superuser, actor, "local", hour(40, 0)).await;
        for week in 1..=4 {
            past.reveals(hour(1 + 7 * week, 0), usual, SignedDuration::from_secs(60)).await;
        }
        past.reveals(hour(1, 0), 50, SignedDuration::from_secs(60)).await;
    }
    let unusual = async |words: &[(&str, &str)]| {
        let found = tried(&supervisor, "unusual_reveals", words, 3).await;
        about(&found).iter().map(|login| (*login).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(unusual(&[]).await, ["newly"], "50 is not four times 20");
    assert_eq!(unusual(&[("multiple", "2")]).await, ["newly", "steady"]);
    assert_eq!(unusual(&[("threshold", "60")]).await, Vec::<String>::new(), "the floor");
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_origins_labels_honeytokens_order_quota_and_failures_are_each_found() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    let night = Timestamp::from_second(hour(2, 0).as_second() / 86_400 * 86_400 + 20 * 3_600).unwrap();
    let mut owl = Past::of(&superuser, "owl", "ssh from 10.0.0.1 /dev/pts/1", night).await;
    owl.event(night, "session_open", "ok", None, None).await;
    owl.event(night, "view", "ok", Some(7), None).await;
    owl.event(night, "reveal", "ok", Some(7), Some("contact")).await;
    owl.event(night, "reveal", "ok", Some(8), Some("contact")).await;
    let mut away = Past::of(&superuser, "owl", "ssh from 203.0.113.9 /dev/pts/1", night + SignedDuration::from_hours(2)).await;
    away.event(night + SignedDuration::from_hours(2), "session_open", "ok", None, None).await;
    // 20:00 UTC is four in the morning in Shanghai, and within hours in New York.
    let days = [("weekdays", "1,2,3,4,5,6,7"), ("from_time", "07:00"), ("until_time", "20:00")];
    let shanghai: Vec<(&str, &str)> = days.into_iter().chain([("zone", "Asia/Shanghai")]).collect();
    assert_eq!(about(&tried(&supervisor, "off_hours", &shanghai, 7).await), ["owl"]);
    let new_york: Vec<(&str, &str)> = days.into_iter().chain([("zone", "America/New_York")]).collect();
    assert!(tried(&supervisor, "off_hours", &new_york, 7).await.is_empty());
    let holiday = night.strftime("%Y-%m-%d").to_string();
    let on_holiday: Vec<(&str, &str)> = new_york.iter().copied().chain([("holidays", holiday.as_str())]).collect();
    assert_eq!(about(&tried(&supervisor, "off_hours", &on_holiday, 7).await), ["owl"]);
    assert_eq!(about(&tried(&supervisor, "new_origin", &[], 7).await), ["owl"], "the second place, not the first");
    let out_of_order = tried(&supervisor, "out_of_order", &[], 7).await;
    assert_eq!((about(&out_of_order), out_of_order[0].record), (vec!["owl"], Some(RecordNumber::new("C", 8))));
    superuser
        .batch_execute("update sealdesk.record set compartments = '{vip}', labelled = true where number = 7; update sealdesk.person set compartments = '{vip}' where login = 'wu.jun'")
        .await
        .unwrap();
    assert_eq!(tried(&supervisor, "vip", &[], 7).await[0].record, Some(RecordNumber::new("C", 7)));
    superuser.batch_execute("update sealdesk.person set compartments = '{}' where login = 'wu.jun'").await.unwrap();
    let uncleared = tried(&supervisor, "vip", &[], 7).await;
    assert_eq!((about(&uncleared), uncleared[0].record), (vec!["owl"], None), "who is not cleared is told who, not what");
    superuser
        .batch_execute("insert into sealdesk.honeytoken select id, 'zhao.min', '-infinity' from sealdesk.record where number = 8")
        .await
        .unwrap();
    assert_eq!(tried(&supervisor, "honeytoken", &[], 7).await[0].record, Some(RecordNumber::new("C", 8)));
    let mut guessing = Past::of(&superuser, "guess", "local", night).await;
    for second in 0..5 {
        let at = night + SignedDuration::from_secs(second);
        guessing.event(at, "session_open", "SD022", None, None).await;
        guessing.event(at, "session_submit", "SD020", None, None).await;
    }
    assert_eq!(about(&tried(&supervisor, "failed_codes", &[], 7).await), ["guess"]);
    let mut most = Past::of(&superuser, "most", "local", night).await;
    for second in 0..25 {
        most.event(night + SignedDuration::from_secs(second * 90), "reveal", "ok", Some(1), Some("payment")).await;
    }
    assert_eq!(about(&tried(&supervisor, "quota", &[], 7).await), ["most payment"], "24 of 30 are 80 %");
}

async fn watched(eye: &SignedIn) -> i64 {
    let mut rung = 0;
    loop {
        let round = watch::round(eye).await.unwrap();
        rung += round.alerts;
        if round.events == 0 {
            return rung;
        }
    }
}

async fn signed_in(database: &Database<'_>, login: &str) -> SignedIn {
    let account = database.recruit(login, "watch").await;
    let passphrase = sealdesk::crypto::secret::Secret::from(account.passphrase.as_str());
    sealdesk::service::unlock::unlock(&database.configuration(), login, passphrase, &sealdesk::service::Origin::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alert_folds_what_goes_on_rings_at_ten_times_as_much_and_opens_anew_once_put_away() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    let eye = signed_in(&database, "fold.eye").await;
    watched(&eye).await;
    // So many reveals in an hour are unusual as well.
    superuser.batch_execute("update sealdesk.audit_rule set enabled = false where code = 'unusual_reveals'").await.unwrap();
    let before = alert::ringing(&supervisor).await.unwrap();
    let mut quick = Past::of(&superuser, "quick", "local", Timestamp::now()).await;
    quick.event(Timestamp::now(), "view", "ok", Some(1), None).await;
    let mut reveals = async |count: i64| {
        for _ in 0..count {
            quick.event(Timestamp::now(), "reveal", "ok", Some(1), Some("contact")).await;
        }
    };
    reveals(19).await;
    assert_eq!(watched(&eye).await, 0);
    // The window goes on across rounds.
    reveals(3).await;
    assert_eq!(watched(&eye).await, 1);
    let critical = async || {
        let all = alert::list(&supervisor, true).await.unwrap();
        all.into_iter().filter(|found| found.rule == "bulk_reveal" && found.subject == "quick").collect::<Vec<_>>()
    };
    let found = critical().await;
    assert_eq!((found.len(), found[0].events, found[0].peak, found[0].state), (1, 3, 22, AlertState::Open));
    let now = alert::ringing(&supervisor).await.unwrap();
    assert_eq!((now.critical, now.newest.as_ref().map(|call| call.subject.as_str())), (before.critical + 1, Some("quick")));
    reveals(3).await;
    assert_eq!(watched(&eye).await, 0, "folded in silence");
    reveals(5).await;
    assert_eq!(watched(&eye).await, 1, "more than ten");
    let found = critical().await;
    assert_eq!((found.len(), found[0].events), (1, 11));
    let whole = alert::show(&supervisor, found[0].number).await.unwrap();
    assert_eq!(whole.events.len(), 11);
    assert_eq!(whole.history.iter().map(|turn| turn.what.as_str()).collect::<Vec<_>>(), ["raised", "again"]);
    alert::handle(&supervisor, found[0].number, AlertState::Acknowledged, "", Some(found[0].seen)).await.unwrap();
    alert::handle(&supervisor, found[0].number, AlertState::FalsePositive, "a drill", Some(found[0].seen)).await.unwrap();
    reveals(1).await;
    assert_eq!(watched(&eye).await, 1);
    let found = critical().await;
    assert_eq!((found.len(), found[0].state, found[1].state), (2, AlertState::Open, AlertState::FalsePositive));
    // Suppressed, it is kept, and nobody is called.
    alert::handle(&supervisor, found[0].number, AlertState::Resolved, "a drill", None).await.unwrap();
    let suppression = alert::suppress(&supervisor, "bulk_reveal", Some("quick"), 30, "a drill").await.unwrap();
    reveals(1).await;
    watched(&eye).await;
    let found = critical().await;
    assert!(found.len() == 3 && found[0].suppressed, "{found:?}");
    alert::end_suppression(&supervisor, suppression).await.unwrap();
    reveals(1).await;
    assert_eq!(watched(&eye).await, 1);
    assert!(!critical().await[0].suppressed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_acknowledges_rings_again_more_severe() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    let eye = signed_in(&database, "late.eye").await;
    let mut past = Past::of(&superuser, "late", "local", Timestamp::now()).await;
    past.event(Timestamp::now(), "four_eyes", "ok", None, None).await;
    watched(&eye).await;
    superuser.batch_execute("update sealdesk.audit_rule set escalate_minutes = 1 where code = 'four_eyes_changed'").await.unwrap();
    let duty = async || {
        // As the daemon does it.
        superuser.batch_execute("select sealdesk.alerts_escalate()").await.unwrap();
        let all = alert::list(&supervisor, false).await.unwrap();
        all.into_iter().find(|found| found.rule == "four_eyes_changed").unwrap()
    };
    assert!(!duty().await.escalated, "not before its time");
    superuser
        .batch_execute("set session_replication_role = replica; update sealdesk.alert set opened_at = now() - interval '2 min'; reset session_replication_role")
        .await
        .unwrap();
    assert!(duty().await.escalated);
    let call = alert::ringing(&supervisor).await.unwrap().newest.unwrap();
    assert_eq!(call.severity, sealdesk::model::alert::Severity::Critical);
    let notices = "select count(*) from sealdesk.alert_notice where what = 'escalated'";
    duty().await;
    assert_eq!(crate::world::count(&superuser, notices).await, 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fails_stops_no_other_and_is_itself_told() {
    let database = fixture().fresh_database().await;
    let (superuser, supervisor) = (database.superuser().await, database.sign_in("supervisor").await);
    let eye = signed_in(&database, "fail.eye").await;
    watched(&eye).await;
    superuser.batch_execute("update sealdesk.audit_rule set enabled = true, zone = 'Nowhere/Land' where code = 'off_hours'").await.unwrap();
    let mut past = Past::of(&superuser, "fails", "local", Timestamp::now()).await;
    past.event(Timestamp::now(), "view", "ok", Some(1), None).await;
    past.reveals(Timestamp::now() - SignedDuration::from_secs(30), 22, SignedDuration::from_secs(1)).await;
    watched(&eye).await;
    let raised: Vec<String> = alert::list(&supervisor, false).await.unwrap().into_iter().map(|found| found.rule).collect();
    assert!(raised.iter().any(|rule| rule == "bulk_reveal") && raised.iter().any(|rule| rule == "watch_gap"), "{raised:?}");
}
