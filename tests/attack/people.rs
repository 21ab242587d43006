//! The life of an account: last officers, ended sessions, changed passphrases, codes that are tried too often.

use sealdesk::{
    crypto::secret::Secret,
    model::catalogue::Rights,
    service::{passphrase, people, reveal, role, staff, unlock},
};

use crate::world::{PASSPHRASE, attack, outcome, rows, sign_in};

const OTHER: &str = "marble-thunder-willow-quiet-55";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn code(error: &sealdesk::service::Error) -> &'static str {
    error.code()
}

#[test]
fn of_two_officers_who_put_each_other_out_at_once_one_remains() {
    attack(async |world| {
        let bert = world.recruit("bert", &["security_officer"]).await;
        for round in ["staff_disable($1, $2)", "role_revoke($1, $2, 'security_officer')"] {
            let (first, second) = (world.sign_in("officer").await, world.raw("bert").await);
            let sql = format!("select sealdesk_api.{round}");
            first.client.batch_execute("begin").await.unwrap();
            assert_eq!(outcome(&first.client, &sql, &[&first.token, &"bert"]).await.unwrap(), "ok", "{round}");
            let racing = async { outcome(&second.client, &sql, &[&second.token, &"officer"]).await };
            let commit = async {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                first.client.batch_execute("commit").await.unwrap();
            };
            let (answer, ()) = tokio::join!(racing, commit);
            // Disabling ends the other's connection, which is as good as a refusal.
            assert_ne!(answer.as_ref().ok().map(String::as_str), Some("ok"), "{round}");
            let left = "select count(*) from sealdesk.person p join sealdesk.membership m on m.person = p.id
                         where m.role = 'security_officer' and p.state = 'active'";
            assert_eq!(world.count(left).await, 1, "{round}");
            if round.starts_with("staff_disable") {
                let code = staff::enable(&world.officer, "bert").await.unwrap();
                world.enrol("bert", code).await;
            }
        }
        drop(bert);
        staff::disable(&world.officer, "bert").await.unwrap();
    });
}

#[test]
fn the_last_officer_keeps_the_account_whoever_else_manages_people() {
    attack(async |world| {
        // An installation may give the capability to another role.
        let manage = |on: bool| {
            format!(
                "update sealdesk.application_role set capabilities = '{{{}}}' where code = 'backup_operator'",
                if on { "manage_people" } else { "run_backups" }
            )
        };
        world.superuser.batch_execute(&manage(true)).await.unwrap();
        world.recruit("mona", &["backup_operator"]).await;
        let mona = world.raw("mona").await;
        let verifier = crate::rights::VERIFIER;
        for call in [
            "staff_disable($1, 'officer')".to_owned(),
            "role_revoke($1, 'officer', 'security_officer')".to_owned(),
            format!("staff_set_code($1, 'officer', '{verifier}', now())"),
        ] {
            assert_eq!(outcome(&mona.client, &format!("select sealdesk_api.{call}"), &[&mona.token]).await.unwrap(), "SD040", "{call}");
        }
        world.superuser.batch_execute(&manage(false)).await.unwrap();
        staff::disable(&world.officer, "mona").await.unwrap();
    });
}

#[test]
fn a_new_officers_signatures_count() {
    attack(async |world| {
        let clara = world.recruit("clara", &["agent"]).await;
        staff::grant(&world.officer, "clara", "security_officer").await.unwrap();
        let clara = {
            drop(clara);
            sign_in(&world.config, "clara").await
        };
        assert!(clara.problems().is_empty(), "{:?}", clara.problems());
        let code = staff::add(&clara, "dora", "Dora", &["agent".to_owned()]).await.unwrap();
        let fingerprint = staff::enrol(&world.config, "dora", code, secret(PASSPHRASE)).await.unwrap();
        staff::confirm(&clara, "dora", &fingerprint).await.unwrap();
        let dora = sign_in(&world.config, "dora").await;
        assert!(dora.problems().is_empty() && dora.policy().rights("contact").reveal);
        let people::Overview { entries: seen, .. } = people::overview(&world.officer).await.unwrap();
        let standing = |login: &str| seen.iter().find(|entry| entry.person.user == login).map(|entry| entry.standing.clone()).unwrap();
        assert_eq!(standing("dora"), people::Standing::Signed { by: "clara".into(), officer: false });
        assert_eq!(standing("clara"), people::Standing::Signed { by: "officer".into(), officer: true });
        for login in ["dora", "clara"] {
            staff::disable(&world.officer, login).await.unwrap();
        }
    });
}

#[test]
fn an_entry_that_nobody_known_has_signed_is_named() {
    attack(async |world| {
        let forge =
            "update sealdesk.directory_entry set signature = decode(repeat('00', 64), 'hex') where kind = 'person' and name = 'ann'";
        let keep = "create table public.kept as select * from sealdesk.directory_entry where kind = 'person' and name = 'ann'";
        let restore = "update sealdesk.directory_entry d set signature = k.signature from public.kept k where d.kind = k.kind and d.name = k.name; drop table public.kept";
        world.superuser.batch_execute(&format!("{keep}; {forge}")).await.unwrap();
        let seen = people::overview(&world.officer).await;
        world.superuser.batch_execute(restore).await.unwrap();
        let seen = seen.unwrap().entries;
        let ann = seen.iter().find(|entry| entry.person.user == "ann").unwrap();
        assert_eq!(ann.standing, people::Standing::BadSignature { by: "officer".into() });
    });
}

#[test]
fn an_ended_session_is_refused_from_the_next_call_on_and_the_others_go_on() {
    attack(async |world| {
        let (first, second, officer) = (world.sign_in("ann").await, world.sign_in("ann").await, world.sign_in("officer").await);
        let heart = "select quota_used::text from sealdesk_api.session_heartbeat($1)";
        let end = "select sealdesk_api.staff_sign_out($1, $2, $3)";
        // One's own other session; neither the present one nor somebody else's.
        assert_eq!(outcome(&first.client, end, &[&first.token, &"ann", &first.session]).await.unwrap(), "SD011");
        assert_eq!(outcome(&first.client, end, &[&first.token, &"ann", &officer.session]).await.unwrap(), "SD011");
        assert_eq!(outcome(&first.client, end, &[&first.token, &"officer", &officer.session]).await.unwrap(), "SD003");
        assert_eq!(outcome(&first.client, end, &[&first.token, &"ann", &second.session]).await.unwrap(), "ok");
        assert_eq!(outcome(&second.client, heart, &[&second.token]).await.unwrap_err().code, "SD002");
        assert!(outcome(&first.client, heart, &[&first.token]).await.is_ok());
        staff::sign_out(&world.officer, "ann", None).await.unwrap();
        assert_eq!(outcome(&first.client, heart, &[&first.token]).await.unwrap_err().code, "SD002");
        assert!(people::sessions(&world.officer, "ann").await.unwrap().is_empty());
        assert_eq!(people::sessions(&world.officer, "officer").await.unwrap().iter().filter(|session| session.own).count(), 1);
    });
}

#[test]
fn a_supervisor_reads_who_there_is_and_changes_nobody() {
    attack(async |world| {
        world.recruit("supa", &["supervisor"]).await;
        let supa = world.raw("supa").await;
        for call in
            ["staff_list($1)", "role_grid($1)", "person_keys($1, 'sam')", "staff_sessions($1, 'officer')", "explain_access($1, 'sam')"]
        {
            let seen = rows(&supa.client, &format!("select * from sealdesk_api.{call}"), &[&supa.token]).await.unwrap();
            assert!(!seen.is_empty(), "{call}");
        }
        let verifier = crate::rights::VERIFIER;
        for call in [
            format!("staff_add($1, 'eve', '{verifier}', now(), array['agent'])"),
            format!("staff_set_code($1, 'ann', '{verifier}', now())"),
            format!("staff_enable($1, 'ann', '{verifier}', now())"),
            "staff_rename($1, 'ann', 'Ann')".into(),
            "staff_disable($1, 'ann')".into(),
            "staff_sign_out($1, 'ann')".into(),
            "role_grant($1, 'supa', 'security_officer')".into(),
            "role_revoke($1, 'ann', 'agent')".into(),
            "staff_confirm($1, 'ann', 1, '', '', 'supa', '')".into(),
            "put_officer($1, 'supa', 1, '', '', '')".into(),
            "put_wrap($1, 'supa', 1, 'security_officer', 1, '', 'supa', '')".into(),
        ] {
            assert_eq!(outcome(&supa.client, &format!("select sealdesk_api.{call}"), &[&supa.token]).await.unwrap(), "SD003", "{call}");
        }
        staff::disable(&world.officer, "supa").await.unwrap();
    });
}

#[test]
fn a_role_that_is_given_more_opens_what_it_could_not() {
    attack(async |world| {
        world.forget_quota().await;
        let gus = world.recruit("gus", &["backup_operator"]).await;
        let raw = world.raw("gus").await;
        assert_eq!(raw.request_reveal(crate::world::ticket(), world.records[0], "phone").await.unwrap(), "SD003");
        let more = Rights { search: true, masked: true, reveal: true, edit: false };
        for class in ["basic", "contact"] {
            role::set(&world.officer, "backup_operator", class, more).await.unwrap();
        }
        gus.renew_keys().await.unwrap();
        assert!(gus.problems().is_empty(), "{:?}", gus.problems());
        let record = sealdesk::model::id::RecordId(world.records[0]);
        let value = reveal::reveal(&gus, record, &["phone".to_owned()], None).await.pop().unwrap().1.unwrap();
        assert!(value.expose().ends_with("8000"), "the phone opens");
        // A class that was not given stays closed.
        let raw = world.raw("gus").await;
        assert_eq!(raw.request_reveal(crate::world::ticket(), world.records[0], "id_number").await.unwrap(), "SD003");
        world.superuser.batch_execute("delete from sealdesk.role_right where role = 'backup_operator'; delete from sealdesk.wrapped_key where recipient_kind = 'role' and recipient = 'backup_operator'").await.unwrap();
        staff::disable(&world.officer, "gus").await.unwrap();
    });
}

#[test]
fn a_right_comes_with_exactly_its_keys_and_never_to_ones_own_role() {
    attack(async |world| {
        let allow = "select sealdesk_api.role_allow($1, $2, 'payment', $3::text::boolean, true, false, false, $4::text::integer, $5::text::text[], $6::text::integer[], $7::text::bytea[], $7::text::bytea[])";
        let officer = world.sign_in("officer").await;
        let ann = world.sign_in("ann").await;
        for (who, role, search, generation, contents, epochs, bytes, answer) in [
            (&ann, "agent", "false", "1", "{mask}", "{1}", "{a}", "SD003"),
            (&officer, "security_officer", "false", "1", "{mask}", "{1}", "{a}", "SD041"),
            (&officer, "nobody", "false", "1", "{mask}", "{1}", "{a}", "SD011"),
            (&officer, "agent", "false", "2", "{mask}", "{1}", "{a}", "SD007"),
            // Without the key, with one that no right asks for, and with one too few.
            (&officer, "agent", "false", "1", "{}", "{}", "{}", "SD031"),
            (&officer, "agent", "false", "1", "{mask,value}", "{1,1}", "{a,a}", "SD031"),
            (&officer, "agent", "true", "1", "{mask}", "{1}", "{a}", "SD031"),
            (&officer, "agent", "false", "1", "{mask}", "{1,1}", "{a}", "SD011"),
            // Fewer rights than are held.
            (&officer, "senior_agent", "false", "1", "{}", "{}", "{}", "SD011"),
        ] {
            let parameters: crate::world::Parameters<'_> = &[&who.token, &role, &search, &generation, &contents, &epochs, &bytes];
            assert_eq!(outcome(&who.client, allow, parameters).await.unwrap(), answer, "{role} {contents} {epochs} {search}");
        }
    });
}

#[test]
fn a_changed_passphrase_opens_the_same_keys_and_the_old_one_nothing() {
    attack(async |world| {
        let fay = world.recruit("fay", &["senior_agent"]).await;
        let raw = world.raw("fay").await;
        assert_eq!(code(&passphrase::change(&fay, secret("not-the-old-one"), secret(OTHER)).await.unwrap_err()), "wrong_passphrase");
        assert_eq!(code(&passphrase::change(&fay, secret(PASSPHRASE), secret("short")).await.unwrap_err()), "weak_passphrase");
        let before = people::dossier(&world.officer, "fay").await.unwrap().fingerprint;
        passphrase::change(&fay, secret(PASSPHRASE), secret(OTHER)).await.unwrap();
        let heart = "select quota_used::text from sealdesk_api.session_heartbeat($1)";
        assert_eq!(outcome(&raw.client, heart, &[&raw.token]).await.unwrap_err().code, "SD002");
        let sign_in = async |with: &str| unlock::unlock(&world.config, "fay", secret(with), &sealdesk::service::Origin::default()).await;
        assert_eq!(code(&sign_in(PASSPHRASE).await.unwrap_err()), "wrong_passphrase");
        let again = sign_in(OTHER).await.unwrap();
        assert!(again.problems().is_empty() && again.policy().rights("identity").reveal);
        assert_eq!(people::dossier(&world.officer, "fay").await.unwrap().fingerprint, before);
        staff::disable(&world.officer, "fay").await.unwrap();
    });
}

#[test]
fn keys_that_were_wrapped_anew_elsewhere_are_not_overwritten() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let stale = "select sealdesk_api.passphrase_change($1, $2, $2, $3)";
        let other = vec![7_u8; 104];
        assert_eq!(outcome(&ann.client, stale, &[&ann.token, &other, &crate::rights::VERIFIER]).await.unwrap(), "SD044");
        let short = "select sealdesk_api.passphrase_change($1, $2, '', $3)";
        assert_eq!(outcome(&ann.client, short, &[&ann.token, &other, &crate::rights::VERIFIER]).await.unwrap(), "SD011");
    });
}

#[test]
fn a_beginning_of_an_enrolment_that_is_rolled_back_completes_nothing() {
    attack(async |world| {
        let code = staff::add(&world.officer, "gil", "", &["agent".to_owned()]).await.unwrap();
        let derived =
            sealdesk::crypto::kdf::derive_code("gil", world.config.installation, &code, sealdesk::crypto::kdf::KdfProfile::Standard)
                .unwrap();
        let gil = world.connect("gil", &derived.scram_password).await;
        let complete = "select sealdesk_api.enrol_complete($1, $2, $3, $4)";
        let (hpke, signing, wrapped) = (vec![0_u8; 1216], vec![0_u8; 32], vec![0_u8; 104]);
        let parts: crate::world::Parameters<'_> = &[&hpke, &signing, &wrapped, &crate::rights::VERIFIER];
        assert_eq!(outcome(&gil, complete, parts).await.unwrap(), "SD008");
        gil.batch_execute("begin").await.unwrap();
        assert_eq!(outcome(&gil, "select sealdesk_api.enrol_state()", &[]).await.unwrap(), "ok");
        assert_eq!(outcome(&gil, complete, parts).await.unwrap(), "SD008");
        gil.batch_execute("rollback").await.unwrap();
        assert_eq!(outcome(&gil, complete, parts).await.unwrap(), "SD008");
        for attempt in 1..=21 {
            let answer = outcome(&gil, "select sealdesk_api.enrol_state()", &[]).await.unwrap();
            assert_eq!(answer, if attempt <= 20 { "ok" } else { "SD012" }, "{attempt}");
        }
        assert_eq!(outcome(&gil, complete, parts).await.unwrap(), "SD012");
        staff::disable(&world.officer, "gil").await.unwrap();
    });
}

#[test]
fn an_explanation_is_what_a_reveal_would_be_told() {
    attack(async |world| {
        world.forget_quota().await;
        let ann = world.sign_in("ann").await;
        let explain = "select outcome, roles from sealdesk_api.explain_access($1, 'ann', $2::text::bigint, $3::text)";
        for (number, field, answer) in
            [("1", "phone", "ok"), ("1", "id_number", "SD003"), ("999999999", "phone", "SD006"), ("999999999", "id_number", "SD003")]
        {
            let told = rows(&ann.client, explain, &[&ann.token, &number, &field]).await.unwrap();
            assert_eq!(told[0].get::<_, &str>(0), answer, "{number} {field}");
            assert_eq!(told[0].get::<_, Vec<String>>(1), ["agent"]);
        }
        let used_up = "insert into sealdesk.quota_use select p.id, 'contact', floor(extract(epoch from clock_timestamp()) / 3600)::bigint, c.quota_per_hour
                         from sealdesk.person p, sealdesk.class c where p.login = 'ann' and c.code = 'contact'";
        world.superuser.batch_execute(used_up).await.unwrap();
        let told = rows(&ann.client, explain, &[&ann.token, &"1", &"phone"]).await.unwrap();
        assert_eq!(told[0].get::<_, &str>(0), "SD004");
        assert_eq!(ann.request_reveal(crate::world::ticket(), world.records[0], "phone").await.unwrap(), "SD004");
        world.forget_quota().await;
        assert_eq!(people::explain(&world.officer, "ann", None, None).await.unwrap().len(), 5);
        assert_eq!(code(&people::explain(&world.officer, "nobody", None, None).await.unwrap_err()), "SD006");
    });
}

#[test]
fn a_name_is_changed_and_a_login_is_not() {
    attack(async |world| {
        staff::rename(&world.officer, "ann", " 安 Ann ").await.unwrap();
        let people::Overview { entries: seen, .. } = people::overview(&world.officer).await.unwrap();
        let ann = seen.iter().find(|entry| entry.person.user == "ann").unwrap();
        assert_eq!(ann.person.display_name, "安 Ann");
        assert_eq!(code(&staff::rename(&world.officer, "ann", &"x".repeat(81)).await.unwrap_err()), "SD011");
        for taken in ["ann", "postgres", "Eve", "pg_eve", "sealdesk_eve", "e"] {
            assert_eq!(code(&staff::add(&world.officer, taken, "", &[]).await.unwrap_err()), "SD042", "{taken}");
        }
    });
}
