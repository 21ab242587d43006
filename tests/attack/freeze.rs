//! Freezing: who may, what it stops and when, and that nobody slips past it or lifts it alone.

use std::time::Duration;

use sealdesk::{
    crypto::{scram, secret::Secret},
    model::{
        freeze::Target,
        id::RecordId,
        request::{Asked, Why},
    },
    service::{edit, freeze, note, request, staff},
};
use tokio::time::timeout;

use crate::world::{Answer, Attacker, Refused, World, attack, outcome, rows, ticket};

const SOON: Duration = Duration::from_secs(2);
const PUT: &str = "select outcome from sealdesk_api.freeze_put($1, $2, $3, 'looks wrong', null)";
const VOTE: &str = "select sealdesk_api.request_vote($1, $2, true, '')";
const ASK: &str = "select outcome from sealdesk_api.request_put($1, 'unfreeze', $2, 'cleared', null, 60, 60)";

fn why() -> Why {
    Why { text: "looks wrong".into(), reference: None }
}

fn code<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    answer.map_or_else(|Refused { code, .. }| code, |value| format!("{value:?}"))
}

async fn put(who: &Attacker, kind: &str, subject: &str) -> String {
    code(outcome(&who.client, PUT, &[&who.token, &kind, &subject]).await).trim_matches('"').to_owned()
}

/// As if everything had been lifted; the tests after this one know of no freeze.
async fn thaw(world: &World) {
    let lift =
        "update sealdesk.freeze set lifted_at = now(), lifted_by = 'test', lifted_xid = pg_current_xact_id() where lifted_at is null";
    world.superuser.batch_execute(lift).await.unwrap();
}

async fn leave(world: &World, logins: &[&str]) {
    thaw(world).await;
    for login in logins {
        staff::disable(&world.officer, login).await.unwrap();
    }
}

/// What a freeze in force is called in a request to lift it.
async fn subject(world: &World, kind: &str, of: &str) -> String {
    let sql = "select sealdesk.unfreeze_subject(f) from sealdesk.frozen f where f.kind = $1 and f.subject = $2";
    world.superuser.query_one(sql, &[&kind, &of]).await.unwrap().get(0)
}

#[test]
fn only_who_may_respond_freezes_lifts_or_signs_everybody_out() {
    attack(async |world| {
        for login in ["ann", "sam", "olga"] {
            let raw = world.sign_in(login).await;
            for (kind, of) in [("person", "officer"), ("role", "security_officer"), ("class", "contact"), ("all", "")] {
                assert_eq!(put(&raw, kind, of).await, "SD003", "{login} freezes {kind} {of}");
            }
            let everybody = outcome(&raw.client, "select sealdesk_api.sign_out_everybody($1, 'why')", &[&raw.token]).await;
            let enforce = outcome(&raw.client, "select outcome from sealdesk_api.freeze_enforce($1, 1)", &[&raw.token]).await;
            let lift = outcome(&raw.client, ASK, &[&raw.token, &"1 person officer"]).await;
            assert_eq!([everybody, enforce, lift].map(Result::unwrap), ["SD003", "SD003", "SD003"].map(str::to_owned));
            let direct = raw.refusal("select sealdesk.lift_freeze(1, 'ann', null)").await;
            assert_eq!(direct.as_deref(), Some("42501"), "people hold no grant on it");
        }
        assert_eq!(world.count("select count(*) from sealdesk.frozen").await, 0);
        let officer = world.sign_in("officer").await;
        for (kind, of) in [("person", "nobody"), ("role", "nobody"), ("class", "nobody"), ("all", "x"), ("record", "1"), ("person", "")] {
            assert_eq!(put(&officer, kind, of).await, "SD143", "{kind} {of}");
        }
        let unreasoned = "select outcome from sealdesk_api.freeze_put($1, 'all', '', '  ', null)";
        assert_eq!(outcome(&officer.client, unreasoned, &[&officer.token]).await.unwrap(), "SD005");
    });
}

#[test]
fn a_frozen_person_is_refused_at_the_next_call_and_at_the_collection_of_what_was_asked() {
    attack(async |world| {
        world.recruit("z.sup", &["supervisor"]).await;
        let supervisor = world.raw("z.sup").await;
        world.recruit("z.vic", &["senior_agent"]).await;
        let raw = world.raw("z.vic").await;
        let asked = ticket();
        assert_eq!(raw.request_reveal(asked, world.records[0], "phone").await.unwrap(), "ok");
        assert_eq!(put(&supervisor, "person", "z.vic").await, "ok");
        assert_eq!(put(&supervisor, "person", "z.vic").await, "SD145", "nobody stacks freezes");
        assert_eq!(code(raw.collect_reveal(world, asked).await), "SD140");
        assert_eq!(code(raw.request_view(ticket(), world.records[0]).await), "SD140");
        assert_eq!(
            code(rows(&raw.client, "select * from sealdesk_api.list_wraps($1)", &[&raw.token]).await.map(|rows| rows.len())),
            "SD140"
        );
        // Nor a new session, by a submission of before or after.
        let submit = "select sealdesk_api.session_submit($1, null, 'test', 'test')";
        assert_eq!(outcome(&raw.client, submit, &[&ticket()]).await.unwrap(), "SD140");
        let told = rows(&raw.client, "select by, why from sealdesk_api.my_freeze()", &[]).await.unwrap();
        assert_eq!((told[0].get(0), told[0].get(1)), ("z.sup", "looks wrong"));
        // Lifted by two, the sessions of before stay ended.
        let lift = subject(world, "person", "z.vic").await;
        assert_eq!(outcome(&supervisor.client, ASK, &[&supervisor.token, &lift]).await.unwrap(), "ok");
        let number = world.count("select max(number) from sealdesk.request").await;
        let officer = world.sign_in("officer").await;
        assert_eq!(outcome(&officer.client, VOTE, &[&officer.token, &number]).await.unwrap(), "ok");
        assert_eq!(code(raw.request_view(ticket(), world.records[0]).await), "SD002");
        let again = world.raw("z.vic").await;
        assert_eq!(again.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        leave(world, &["z.sup", "z.vic"]).await;
    });
}

#[test]
fn a_sign_in_that_was_submitted_before_a_freeze_is_not_opened_after_it() {
    attack(async |world| {
        world.recruit("z.early", &["agent"]).await;
        let raw = world.raw("z.early").await;
        let session = ticket();
        let submit = "select sealdesk_api.session_submit($1, null, 'test', 'test')";
        assert_eq!(outcome(&raw.client, submit, &[&session]).await.unwrap(), "ok");
        freeze::put(&world.officer, &Target::Person("z.early".into()), &why()).await.unwrap();
        let opened = world.collect(&raw.client, "select token from sealdesk_api.session_open($1)", &[&session]).await;
        assert_eq!(opened.unwrap_err().code, "SD140");
        leave(world, &["z.early"]).await;
    });
}

#[test]
fn a_freeze_that_is_not_committed_neither_counts_nor_holds_anybody_up() {
    attack(async |world| {
        world.recruit("z.open", &["supervisor"]).await;
        world.recruit("z.other", &["supervisor"]).await;
        world.recruit("z.calm", &["senior_agent"]).await;
        let (open, other, calm) = (world.raw("z.open").await, world.raw("z.other").await, world.raw("z.calm").await);
        open.client.batch_execute("begin").await.unwrap();
        for (kind, of) in [("person", "z.calm"), ("role", "senior_agent"), ("class", "contact"), ("all", "")] {
            assert_eq!(put(&open, kind, of).await, "ok");
        }
        let number: i64 =
            rows(&open.client, "select max(number) from sealdesk_api.list_freezes($1, true)", &[&open.token]).await.unwrap()[0].get(0);
        let early = outcome(&open.client, "select outcome from sealdesk_api.freeze_enforce($1, $2)", &[&open.token, &number]).await;
        assert_eq!(early.unwrap(), "SD144", "what nobody answers for yet ends nobody's work");
        let asked = ticket();
        let worked = async {
            assert_eq!(calm.request_reveal(asked, world.records[0], "phone").await.unwrap(), "ok");
            assert!(calm.collect_reveal(world, asked).await.is_ok());
            let code = "select sealdesk_api.step_up_submit($1, gen_random_uuid(), '123456')";
            assert_eq!(outcome(&calm.client, code, &[&calm.token]).await.unwrap(), "SD021", "their session is free");
            staff::sign_out(&world.officer, "z.calm", None).await.unwrap();
            assert_eq!(put(&other, "person", "z.calm").await, "ok");
            assert_eq!(put(&other, "class", "contact").await, "ok");
        };
        timeout(SOON * 2, worked).await.expect("held up");
        open.client.batch_execute("rollback").await.unwrap();
        leave(world, &["z.open", "z.other", "z.calm"]).await;
    });
}

#[test]
fn nobody_lifts_a_freeze_alone_nor_who_is_frozen_nor_who_gains() {
    attack(async |world| {
        world.recruit("z.one", &["supervisor"]).await;
        world.recruit("z.two", &["supervisor", "senior_agent"]).await;
        let (one, two) = (world.raw("z.one").await, world.raw("z.two").await);
        assert_eq!(put(&one, "role", "senior_agent").await, "ok");
        let lift = subject(world, "role", "senior_agent").await;
        for wrong in ["1", "999999 role senior_agent", &lift.replace(' ', "  "), &lift.replace("role", "person")] {
            assert_eq!(outcome(&one.client, ASK, &[&one.token, &wrong]).await.unwrap(), "SD144", "{wrong}");
        }
        assert_eq!(outcome(&one.client, ASK, &[&one.token, &lift]).await.unwrap(), "ok");
        let number = world.count("select max(number) from sealdesk.request").await;
        assert_eq!(outcome(&one.client, VOTE, &[&one.token, &number]).await.unwrap(), "SD051", "one's own");
        assert_eq!(outcome(&two.client, VOTE, &[&two.token, &number]).await.unwrap(), "SD051", "a member of the role gains");
        let off =
            outcome(&world.sign_in("officer").await.client, "select sealdesk_api.four_eyes_set($1, 'unfreeze', false)", &[&one.token])
                .await;
        assert!(off.is_err(), "a token is its person's");
        let officer = world.sign_in("officer").await;
        let off = "select sealdesk_api.four_eyes_set($1, 'unfreeze', false)";
        assert_eq!(outcome(&officer.client, off, &[&officer.token]).await.unwrap(), "SD011", "it always takes two");
        // Who is frozen neither asks nor decides.
        assert_eq!(put(&two, "person", "z.one").await, "ok");
        assert_eq!(code(outcome(&one.client, ASK, &[&one.token, &lift]).await), "SD140");
        // Nor does what they asked for before: it would be one person's lifting, and that of somebody who is not trusted at the moment.
        assert_eq!(outcome(&officer.client, VOTE, &[&officer.token, &number]).await.unwrap(), "SD112");
        assert_eq!(world.count("select count(*) from sealdesk.frozen").await, 2);
        assert_eq!(outcome(&two.client, ASK, &[&two.token, &lift]).await.unwrap(), "ok");
        let number = world.count("select max(number) from sealdesk.request").await;
        assert_eq!(outcome(&officer.client, VOTE, &[&officer.token, &number]).await.unwrap(), "ok");
        assert_eq!(world.count("select count(*) from sealdesk.frozen").await, 1, "the person's is left");
        assert_eq!(outcome(&officer.client, VOTE, &[&officer.token, &number]).await.unwrap(), "SD052");
        leave(world, &["z.one", "z.two"]).await;
    });
}

#[test]
fn a_lifting_that_is_rolled_back_opens_nothing() {
    attack(async |world| {
        let record = RecordId(uuid::Uuid::now_v7());
        let senior = world.recruit("z.notes", &["senior_agent"]).await;
        let draft = edit::Draft { values: [("name".to_owned(), "Note Case".to_owned())].into() };
        edit::create(&senior, record, "customer", &draft).await.unwrap();
        note::add(&senior, record, ticket(), "private").await.unwrap();
        world.recruit("z.rolls", &["supervisor"]).await;
        let raw = world.raw("z.rolls").await;
        let asked = ticket();
        let notes = "select sealdesk_api.request_notes($1, $2, $3)";
        assert_eq!(outcome(&raw.client, notes, &[&raw.token, &asked, &record.0]).await.unwrap(), "ok");
        freeze::put(&world.officer, &Target::Class("notes".into()), &why()).await.unwrap();
        let number = world.count("select max(number) from sealdesk.frozen").await;
        let asking = Asked::Unfreeze { number, target: Target::Class("notes".into()) };
        let request = request::ask(&world.officer, &asking, &why(), 60, 60).await.unwrap();
        // So that nothing has to be waited for.
        raw.client.batch_execute("select sealdesk_api.nudge()").await.unwrap();
        raw.client.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&raw.client, VOTE, &[&raw.token, &request]).await.unwrap(), "ok");
        let read = world.collect(&raw.client, "select value from sealdesk_api.collect_notes($1, $2)", &[&raw.token, &asked]).await;
        raw.client.batch_execute("rollback").await.unwrap();
        assert_eq!(code(read.map(|rows| rows.len())), "SD141");
        // Committed, it opens.
        assert_eq!(outcome(&raw.client, VOTE, &[&raw.token, &request]).await.unwrap(), "ok");
        let read = world.collect(&raw.client, "select value from sealdesk_api.collect_notes($1, $2)", &[&raw.token, &asked]).await;
        assert_eq!(read.unwrap().len(), 1);
        leave(world, &["z.notes", "z.rolls"]).await;
    });
}

#[test]
fn nobody_escapes_by_a_transaction_that_was_open_before() {
    attack(async |world| {
        world.recruit("z.held", &["security_officer"]).await;
        world.recruit("z.puppet", &["agent"]).await;
        for frozen in [Target::Person("z.held".into()), Target::Role("security_officer".into())] {
            let (writes, reads) = (world.raw("z.held").await, world.raw("z.held").await);
            writes.client.batch_execute("begin").await.unwrap();
            let grant = "select sealdesk_api.role_grant($1, 'z.puppet', 'supervisor')";
            assert_eq!(outcome(&writes.client, grant, &[&writes.token]).await.unwrap(), "ok");
            reads.client.batch_execute("begin; select 1").await.unwrap();
            world.recruit(if frozen.kind() == "role" { "z.freezes" } else { "z.freezer" }, &["supervisor"]).await;
            let supervisor = world.raw(if frozen.kind() == "role" { "z.freezes" } else { "z.freezer" }).await;
            assert_eq!(put(&supervisor, frozen.kind(), frozen.subject()).await, "ok");
            let number = world.count("select max(number) from sealdesk.frozen").await;
            let enforce = "select ended from sealdesk_api.freeze_enforce($1, $2)";
            let ended: i32 = rows(&supervisor.client, enforce, &[&supervisor.token, &number]).await.unwrap()[0].get(0);
            assert_eq!(ended, 2, "{frozen:?}");
            assert!(writes.client.batch_execute("commit").await.is_err());
            assert!(reads.client.batch_execute("commit").await.is_err());
            let given = "select count(*) from sealdesk.membership m join sealdesk.person p on p.id = m.person where p.login = 'z.puppet' and m.role = 'supervisor'";
            assert_eq!(world.count(given).await, 0);
            thaw(world).await;
        }
        leave(world, &["z.held", "z.puppet", "z.freezer", "z.freezes"]).await;
    });
}

#[test]
fn a_frozen_role_counts_as_nothing() {
    attack(async |world| {
        world.recruit("z.rol", &["agent", "senior_agent", "supervisor"]).await;
        let raw = world.raw("z.rol").await;
        let asked = ticket();
        assert_eq!(raw.request_reveal(asked, world.records[0], "id_number").await.unwrap(), "ok");
        let officer = world.sign_in("officer").await;
        for role in ["senior_agent", "supervisor"] {
            assert_eq!(put(&officer, "role", role).await, "ok");
        }
        // Rights, at the collection and at the next request; the agent's own role goes on.
        assert_eq!(code(raw.collect_reveal(world, asked).await), "SD003");
        let keys = "select count(*) from sealdesk_api.list_wraps($1) where subject = 'senior_agent' or recipient = 'senior_agent'";
        let keys: i64 = world.collect(&raw.client, keys, &[&raw.token]).await.unwrap()[0].get(0);
        assert_eq!(keys, 0, "nor is its key handed out");
        assert_eq!(raw.request_reveal(ticket(), world.records[0], "id_number").await.unwrap(), "SD003");
        assert_eq!(raw.request_reveal(ticket(), world.records[0], "phone").await.unwrap(), "ok");
        // Capabilities.
        assert_eq!(put(&raw, "all", "").await, "SD003");
        assert_eq!(
            code(rows(&raw.client, "select * from sealdesk_api.staff_list($1)", &[&raw.token]).await.map(|rows| rows.len())),
            "SD003"
        );
        // Nor is it lent meanwhile, nor a second factor that it asks for done without.
        world.superuser.batch_execute("insert into sealdesk.eligibility values ('agent', 'senior_agent', 60, true)").await.unwrap();
        let glass = "select outcome from sealdesk_api.break_glass($1, 'senior_agent', 'now', null, 15)";
        assert_eq!(outcome(&raw.client, glass, &[&raw.token]).await.unwrap(), "SD142");
        let factor = "delete from sealdesk.eligibility where target = 'senior_agent'; update sealdesk.application_role set second_factor = true where code = 'supervisor'";
        world.superuser.batch_execute(factor).await.unwrap();
        let limited = world.raw("z.rol").await;
        assert_eq!(code(limited.request_view(ticket(), world.records[0]).await), "SD021");
        world.superuser.batch_execute("update sealdesk.application_role set second_factor = false").await.unwrap();
        // Nobody gives more to a frozen role that they have.
        world.recruit("z.offi", &["security_officer", "agent"]).await;
        assert_eq!(put(&officer, "role", "agent").await, "ok");
        let offi = world.raw("z.offi").await;
        let allow = "select sealdesk_api.role_allow($1, 'agent', 'payment', true, true, true, true, 1, '{}', '{}', '{}', '{}')";
        assert_eq!(outcome(&offi.client, allow, &[&offi.token]).await.unwrap(), "SD041");
        thaw(world).await;
        assert_eq!(
            code(raw.request_reveal(ticket(), world.records[0], "id_number").await).trim_matches('"'),
            "SD030",
            "its keys come again first"
        );
        let keys = "select count(*) from sealdesk_api.list_wraps($1) where recipient = 'senior_agent'";
        let keys: i64 = world.collect(&raw.client, keys, &[&raw.token]).await.unwrap()[0].get(0);
        assert!(keys > 0);
        assert_eq!(raw.request_reveal(ticket(), world.records[0], "id_number").await.unwrap(), "ok");
        leave(world, &["z.rol", "z.offi"]).await;
    });
}

#[test]
fn what_is_frozen_is_handed_to_nobody_not_even_what_was_asked_for_before() {
    attack(async |world| {
        let senior = world.recruit("z.cla", &["senior_agent"]).await;
        let nothing = uuid::Uuid::from_bytes([9; 16]);
        for (kind, of) in [("class", "contact"), ("all", "")] {
            let raw = world.raw("z.cla").await;
            let (value, view, list) = (ticket(), ticket(), ticket());
            assert_eq!(raw.request_reveal(value, world.records[0], "phone").await.unwrap(), "ok");
            assert_eq!(raw.request_view(view, world.records[0]).await.unwrap(), "ok");
            let officer = world.sign_in("officer").await;
            let measure = ticket();
            let zero = uuid::Uuid::nil();
            let ask = "select sealdesk_api.request_measure($1, $2, 'phone', $3, 10)";
            assert_eq!(outcome(&officer.client, ask, &[&officer.token, &measure, &zero]).await.unwrap(), "ok");
            assert_eq!(put(&officer, kind, of).await, "ok");
            assert_eq!(code(raw.collect_reveal(world, value).await), "SD141", "{kind}");
            let read =
                world.collect(&officer.client, "select value from sealdesk_api.collect_measure($1, $2)", &[&officer.token, &measure]).await;
            assert_eq!(code(read.map(|rows| rows.len())), "SD141", "nor by way of maintenance");
            assert_eq!(outcome(&officer.client, ask, &[&officer.token, &ticket(), &zero]).await.unwrap(), "SD141");
            let seal = "select sealdesk_api.request_reencrypt($1, $2, 'contact', $3, 10)";
            assert_eq!(outcome(&officer.client, seal, &[&officer.token, &ticket(), &zero]).await.unwrap(), "SD141");
            // The masked form goes with the class, and stays with all.
            let masked = "select count(*) from sealdesk_api.collect_view_fields($1, $2) where class = 'contact'";
            let masked: i64 = world.collect(&raw.client, masked, &[&raw.token, &view]).await.unwrap()[0].get(0);
            assert_eq!(masked > 0, kind == "all");
            let value_keys = "select count(*) from sealdesk_api.list_wraps($1) where subject = 'contact' and content = 'value'";
            let keys: i64 = world.collect(&raw.client, value_keys, &[&raw.token]).await.unwrap()[0].get(0);
            assert_eq!(keys, 0);
            for record in [world.records[0], nothing] {
                assert_eq!(raw.request_reveal(ticket(), record, "phone").await.unwrap(), "SD141", "and says nothing of the record");
                let history = "select sealdesk_api.request_history($1, $2, $3, 'phone', 'callback', null)";
                assert_eq!(outcome(&raw.client, history, &[&raw.token, &ticket(), &record]).await.unwrap(), "SD141");
                let copy = "select sealdesk_api.record_copy($1, $2, 'phone')";
                assert_eq!(outcome(&raw.client, copy, &[&raw.token, &record]).await.unwrap(), "SD141");
            }
            // Customers are listed all the same.
            let ask = "call sealdesk_api.ask_list($1, $2, '{}', '{}', '{}', 'all', null, 'recent', 'after', null, null, 10)";
            assert_eq!(outcome(&raw.client, ask, &[&raw.token, &list]).await.unwrap(), "ok");
            assert!(senior.renew_policy().await.unwrap(), "an open desk hears of it");
            assert!(!senior.policy().rights("contact").reveal && senior.policy().standing.is_frozen("contact"));
            thaw(world).await;
            assert!(senior.renew_policy().await.unwrap());
            assert!(senior.policy().rights("contact").reveal);
        }
        leave(world, &["z.cla"]).await;
    });
}

#[test]
fn everybody_else_is_signed_out_at_once_and_may_come_back() {
    attack(async |world| {
        world.recruit("z.mass", &["supervisor"]).await;
        world.recruit("z.many", &["agent"]).await;
        let (supervisor, raw) = (world.raw("z.mass").await, world.raw("z.many").await);
        // Nor does an open one end anybody's session, or hold any.
        supervisor.client.batch_execute("begin").await.unwrap();
        let out = "select sealdesk_api.sign_out_everybody($1, 'a copy of the keys is about')";
        assert_eq!(outcome(&supervisor.client, out, &[&supervisor.token]).await.unwrap(), "ok");
        let viewed = timeout(SOON, raw.request_view(ticket(), world.records[0])).await.expect("held up");
        supervisor.client.batch_execute("rollback").await.unwrap();
        assert_eq!(viewed.unwrap(), "ok");
        assert_eq!(outcome(&supervisor.client, out, &[&supervisor.token]).await.unwrap(), "ok");
        let ended = code(raw.request_view(ticket(), world.records[0]).await);
        let own =
            code(rows(&supervisor.client, "select * from sealdesk_api.my_standing($1)", &[&supervisor.token]).await.map(|rows| rows.len()));
        let back = world.raw("z.many").await.request_view(ticket(), world.records[0]).await;
        // The other tests' sessions, too, were ended.
        let undo = "set session_replication_role = replica; delete from sealdesk.mass_sign_out; reset session_replication_role";
        world.superuser.batch_execute(undo).await.unwrap();
        assert_eq!((ended.as_str(), own.as_str()), ("SD002", "1"));
        assert_eq!(back.unwrap(), "ok");
        leave(world, &["z.mass", "z.many"]).await;
    });
}

#[test]
fn the_last_officer_can_be_frozen_and_the_custodians_have_the_way_back() {
    attack(async |world| {
        world.recruit("z.rogue", &["supervisor"]).await;
        let rogue = world.raw("z.rogue").await;
        for (kind, of) in [("role", "security_officer"), ("all", "")] {
            assert_eq!(put(&rogue, kind, of).await, "ok");
        }
        let officer = world.sign_in("officer").await;
        assert_eq!(put(&officer, "person", "z.rogue").await, "SD003", "nobody is left but who froze");
        let verifier = scram::verifier(&Secret::new("not a passphrase that anybody uses".to_owned()));
        let chain: uuid::Uuid = world.superuser.query_one("select sealdesk.begin_recovery('z.saved', 'test')", &[]).await.unwrap().get(0);
        let perform = "select sealdesk.complete_recovery($1, 1, '{1,2}', 'z.saved', $2, 'a', 'b', 'c', 'd', 1, 'e', 'f')";
        world.superuser.execute(perform, &[&chain, &verifier]).await.unwrap();
        assert_eq!(world.count("select count(*) from sealdesk.frozen").await, 0);
        let event = "select count(*) from sealdesk.audit_event where action = 'recovery_perform' and details::json ->> 'person' = 'z.saved' and json_array_length(details::json -> 'lifted') = 2";
        assert_eq!(world.count(event).await, 1);
        assert_eq!(put(&officer, "person", "z.rogue").await, "ok");
        let gone =
            "delete from sealdesk.directory_entry where name = 'z.saved'; delete from sealdesk.wrapped_key where recipient = 'z.saved'";
        world.superuser.batch_execute(gone).await.unwrap();
        leave(world, &["z.rogue", "z.saved"]).await;
    });
}
