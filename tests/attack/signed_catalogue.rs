//! The signed catalogue: whoever administers the database changes a field, keeps back a newer key or brings back an older state, and nobody's client seals
//! anything by it.

use std::collections::BTreeMap;

use sealdesk::{
    keyring::catalogue::CatalogueFault,
    model::id::RecordId,
    service::{
        Error, SignedIn, catalogue,
        edit::{self, Draft},
        note, rewrite, rotation, settings,
    },
};
use uuid::Uuid;

use crate::world::{Parameters, World, attack, sign_in};

const PUT: &str = "select sealdesk_api.put_catalogue($1, $2, $3, $4, $5)";

async fn create(agent: &SignedIn) -> Result<(), Error> {
    let values = BTreeMap::from([("name".to_owned(), "Signed Sun".to_owned()), ("phone".to_owned(), "13800000001".to_owned())]);
    edit::create(agent, RecordId(Uuid::now_v7()), "customer", &Draft { values }).await.map(drop)
}

fn fault(done: Result<(), Error>) -> CatalogueFault {
    match done {
        Err(Error::Catalogue(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

async fn records(world: &World) -> i64 {
    world.superuser.query_one("select count(*) from sealdesk.record", &[]).await.unwrap().get(0)
}

#[test]
fn a_field_that_the_superuser_moves_to_a_lesser_class_is_written_by_nobody() {
    attack(async |world| {
        let changes = [
            ("class = 'basic'", "class = 'contact'"),
            ("mask = 'hidden'", "mask = 'phone'"),
            ("summary = not summary", "summary = not summary"),
            ("index_modes = '{}'", "index_modes = '{exact,last_four}'"),
            ("label_en = 'Remark', label_zh = '备注'", "label_en = 'Phone', label_zh = '电话'"),
        ];
        let before: String =
            world.superuser.query_one("select to_jsonb(f)::text from sealdesk.field f where code = 'phone'", &[]).await.unwrap().get(0);
        for (change, back) in changes {
            let (agent, officer) = (sign_in(&world.config, "sam").await, sign_in(&world.config, "officer").await);
            create(&agent).await.unwrap();
            let had = records(world).await;
            let update =
                |change: &str| format!("update sealdesk.field set {change} where code = 'phone'; select sealdesk.catalogue_changed()");
            world.superuser.batch_execute(&update(change)).await.unwrap();
            // Who was signed in before, and who signs in now.
            for agent in [&agent, &sign_in(&world.config, "sam").await] {
                agent.renew_policy().await.unwrap();
                let CatalogueFault::Differs { differences, .. } = fault(create(agent).await) else { panic!("{change}") };
                assert!(differences.iter().all(|difference| difference.code == "phone"), "{change}: {differences:?}");
                fault(note::add(agent, RecordId(world.records[0]), Uuid::now_v7(), "a note").await);
            }
            fault(rewrite::rewrite(&officer, "phone", |_| ()).await.map(drop));
            fault(rotation::reencrypt(&officer, None, |_| ()).await.map(drop));
            // Nor is anything signed on top of it.
            let name = settings::field(&officer, "name").await.unwrap();
            fault(settings::change_field(&officer, &name).await);
            assert_eq!(records(world).await, had, "{change}");
            world.superuser.batch_execute(&update(back)).await.unwrap();
            create(&agent).await.unwrap();
        }
        let after: String =
            world.superuser.query_one("select to_jsonb(f)::text from sealdesk.field f where code = 'phone'", &[]).await.unwrap().get(0);
        assert_eq!(before, after);
    });
}

#[test]
fn a_statement_forged_by_the_superuser_is_named_and_nothing_is_written_by_it() {
    attack(async |world| {
        let agent = sign_in(&world.config, "sam").await;
        create(&agent).await.unwrap();
        let forge = "update sealdesk.field set class = 'basic' where code = 'phone';
            insert into sealdesk.catalogue_statement (number, previous, body, signer, signature)
            select number + 1, sealdesk.catalogue_hash(c), sealdesk.catalogue_body()::text, signer, signature from sealdesk.newest_catalogue() c;
            select sealdesk.catalogue_changed()";
        world.superuser.batch_execute(forge).await.unwrap();
        agent.renew_policy().await.unwrap();
        assert!(matches!(fault(create(&agent).await), CatalogueFault::Forged(_)));
        // The officer sees that it is not theirs, and what it would have changed.
        let history = catalogue::history(&world.officer).await.unwrap();
        assert!(!history[0].is_good && history[1..].iter().all(|statement| statement.is_good));
        assert_eq!(history[0].changes.len(), 1);
        world
            .superuser
            .batch_execute(
                "update sealdesk.field set class = 'contact' where code = 'phone'; alter table sealdesk.catalogue_statement disable trigger user;
                 delete from sealdesk.catalogue_statement where number = (select max(number) from sealdesk.catalogue_statement);
                 alter table sealdesk.catalogue_statement enable trigger user; select sealdesk.catalogue_changed()",
            )
            .await
            .unwrap();
        create(&agent).await.unwrap();
    });
}

#[test]
fn an_older_state_put_in_place_of_a_newer_is_known_by_who_saw_the_newer() {
    attack(async |world| {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("catalogue.json"));
        let agent = sign_in(&world.config, "sam").await.remembering(file.clone());
        // A change that a restored copy of last week would not have.
        let mut field = settings::field(&world.officer, "email").await.unwrap();
        let label = std::mem::replace(&mut field.label.en, "Mail".into());
        settings::change_field(&world.officer, &field).await.unwrap();
        agent.renew_policy().await.unwrap();
        create(&agent).await.unwrap();
        let back = "update sealdesk.field set label_en = 'E-mail', version = version + 1 where code = 'email'; alter table sealdesk.catalogue_statement disable trigger user;
            delete from sealdesk.catalogue_statement where number = (select max(number) from sealdesk.catalogue_statement);
            alter table sealdesk.catalogue_statement enable trigger user; select sealdesk.catalogue_changed()";
        world.superuser.batch_execute(back).await.unwrap();
        assert_eq!(settings::field(&world.officer, "email").await.unwrap().label.en, label);
        for agent in [&agent, &sign_in(&world.config, "sam").await.remembering(file.clone())] {
            agent.renew_policy().await.unwrap();
            assert!(matches!(fault(create(agent).await), CatalogueFault::GoneBack { .. }));
        }
        // Where the older state is meant, an officer says so under a number that is above all that were seen.
        let officer = sign_in(&world.config, "officer").await.remembering(file);
        let standing = catalogue::standing(&officer).await.unwrap();
        assert!(matches!(standing.fault, Some(CatalogueFault::GoneBack { .. })));
        let number = catalogue::sign(&officer, &standing).await.unwrap();
        assert!(number > standing.number + 1);
        agent.renew_policy().await.unwrap();
        create(&agent).await.unwrap();
    });
}

#[test]
fn a_newer_class_key_that_is_kept_back_stops_writing_under_the_older() {
    attack(async |world| {
        rotation::rotate_class(&world.officer, "notes").await.unwrap();
        let hide = "create table public.kept as select * from sealdesk.wrapped_key where subject = 'notes' and subject_generation = (select epoch from sealdesk.class where code = 'notes');
            delete from sealdesk.wrapped_key w using public.kept k where w.subject = 'notes' and w.subject_generation = k.subject_generation;";
        world.superuser.batch_execute(hide).await.unwrap();
        let agent = sign_in(&world.config, "sam").await;
        let note = || note::add(&agent, RecordId(world.records[0]), Uuid::now_v7(), "a note");
        let CatalogueFault::KeyWithheld { of: "class", code, signed, held } = fault(note().await) else { panic!() };
        assert_eq!((code.as_str(), signed - held), ("notes", 1));
        world
            .superuser
            .batch_execute(
                "insert into sealdesk.wrapped_key select * from public.kept; drop table public.kept; select sealdesk.keys_changed()",
            )
            .await
            .unwrap();
        note().await.unwrap();
        // Others here do not expect an older epoch.
        rotation::reencrypt(&world.officer, Some("notes"), |_| ()).await.unwrap();
    });
}

#[test]
fn only_an_officer_signs_and_only_what_is_stored() {
    attack(async |world| {
        let newest = "select c.number + 1, sealdesk.catalogue_hash(c), c.body, c.signature from sealdesk.newest_catalogue() c";
        let row = world.superuser.query_one(newest, &[]).await.unwrap();
        let (number, previous, body, signature): (i64, Vec<u8>, String, Vec<u8>) = (row.get(0), row.get(1), row.get(2), row.get(3));
        for login in ["ann", "sam", "olga"] {
            let attacker = world.sign_in(login).await;
            let asked: Parameters<'_> = &[&attacker.token, &number, &previous, &body, &signature];
            assert_eq!(attacker.client.query_one(PUT, asked).await.unwrap().get::<_, String>(0), "SD003", "{login}");
        }
        let officer = world.sign_in("officer").await;
        let other = body.replacen("\"contact\"", "\"basic\"", 1);
        assert_ne!(other, body);
        let before = number - 1;
        let none: Option<Vec<u8>> = None;
        for (number, previous, body, code) in
            [(number, Some(&previous), &other, "SD150"), (before, Some(&previous), &body, "SD007"), (number, none.as_ref(), &body, "SD007")]
        {
            let asked: Parameters<'_> = &[&officer.token, &number, &previous, body, &signature];
            assert_eq!(officer.client.query_one(PUT, asked).await.unwrap().get::<_, String>(0), code);
        }
        let refused =
            officer.client.batch_execute("insert into sealdesk.catalogue_statement values (99, null, '', '', '')").await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501");
    });
}

#[test]
fn a_change_whose_signature_is_not_stored_is_not_made() {
    attack(async |world| {
        // The database makes something else of the change than the officer's client signs.
        world
            .superuser
            .batch_execute(
                "create function public.otherwise() returns trigger language plpgsql as $$ begin new.mask := 'hidden'; return new; end $$;
                 create trigger otherwise before update on sealdesk.field for each row when (new.code = 'phone') execute function public.otherwise()",
            )
            .await
            .unwrap();
        let mut field = settings::field(&world.officer, "phone").await.unwrap();
        let label = std::mem::replace(&mut field.label.en, "Telephone".into());
        let refused = settings::change_field(&world.officer, &field).await.unwrap_err();
        assert_eq!(refused.code(), "SD150");
        world.superuser.batch_execute("drop trigger otherwise on sealdesk.field; drop function public.otherwise()").await.unwrap();
        assert_eq!(settings::field(&world.officer, "phone").await.unwrap().label.en, label);
        create(&sign_in(&world.config, "sam").await).await.unwrap();
    });
}
