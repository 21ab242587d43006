//! What a login role may do in SQL besides calling the API: nothing that reads, plants, stays or blocks.

use crate::world::{attack, outcome, refused, ticket};

const DENIED: &str = "42501";

#[test]
fn nobody_reads_or_writes_a_table() {
    attack(async |world| {
        let tables = world
            .superuser
            .query("select relname from pg_class where relnamespace = 'sealdesk'::regnamespace and relkind in ('r', 'p')", &[])
            .await
            .unwrap();
        assert!(tables.len() > 20);
        for login in ["ann", "sam", "olga", "officer"] {
            let client = world.login(login).await;
            for table in &tables {
                let name: &str = table.get(0);
                for sql in [
                    format!("select * from sealdesk.{name}"),
                    format!("table sealdesk.{name}"),
                    format!("delete from sealdesk.{name}"),
                    format!("truncate sealdesk.{name}"),
                    format!("begin; lock table sealdesk.{name} in access share mode"),
                    format!("copy sealdesk.{name} to stdout"),
                    format!("select query_to_xml('select * from sealdesk.{name}', true, true, '')"),
                ] {
                    let error = client.batch_execute(&sql).await.expect_err(&sql);
                    assert_eq!(refused(error).code, DENIED, "{login}: {sql}");
                    client.batch_execute("rollback").await.unwrap();
                }
            }
        }
    });
}

#[test]
fn nobody_becomes_another_role() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "set role sealdesk_owner",
            "set role sealdesk_lifecycle",
            "set role postgres",
            "set role sam",
            "set session authorization sam",
            "set session_replication_role = replica",
            "alter role ann createrole",
            "alter role ann valid until 'infinity'",
            "alter role sam password 'x'",
            "create role eve login",
            "grant sealdesk_owner to ann",
            "grant sealdesk_people to sam",
            "alter system set max_connections = 1",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some(DENIED), "{sql}");
        }
    });
}

#[test]
fn the_shared_group_is_not_an_identity() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let sam = world.sign_in("sam").await;
        // A member may take the group's name; the API still asks who logged in.
        ann.client.batch_execute("set role sealdesk_people").await.unwrap();
        let answer =
            outcome(&ann.client, "select sealdesk_api.request_view($1, $2, $3)", &[&sam.token, &ticket(), &world.records[0]]).await;
        assert_eq!(answer.unwrap_err().code, "SD002");
        assert_eq!(ann.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
    });
}

#[test]
fn nobody_creates_anything() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "do $$ begin null; end $$",
            "create temp table mine (a int)",
            "create temp view mine as select 1",
            "create function pg_temp.f() returns int language sql as 'select 1'",
            "create function public.f() returns int language plpgsql as 'begin return 1; end'",
            "create table public.mine (a int)",
            "create schema mine",
            "create extension pg_trgm schema sealdesk_api",
            "create database mine",
            "create publication mine for all tables",
            "create event trigger mine on ddl_command_start execute function sealdesk.refuse_change()",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some(DENIED), "{sql}");
        }
    });
}

#[test]
fn no_operator_can_be_planted_for_the_definers_to_run() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "create function pg_temp.equal(uuid, uuid) returns boolean language sql as 'select true'",
            "create operator pg_temp.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
            "create operator public.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
            "create operator sealdesk_api.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
        ] {
            assert!(ann.refusal(sql).await.is_some(), "{sql}");
        }
        // The caller's own path changes nothing.
        ann.client.batch_execute("set search_path = pg_temp, public, pg_catalog").await.unwrap();
        assert_eq!(ann.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
    });
}

#[test]
fn no_file_or_program_is_reached() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "copy (select 1) to '/tmp/sealdesk-attack'",
            "copy (select 1) to program 'id'",
            "copy sealdesk.record from program 'id'",
            "copy sealdesk.record from stdin",
            "select pg_read_file('postgresql.conf')",
            "select pg_ls_dir('.')",
            "load '/tmp/evil.so'",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some(DENIED), "{sql}");
        }
    });
}

#[test]
fn built_ins_that_store_block_or_signal_are_closed() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "select lo_create(0)",
            "select lo_creat(-1)",
            "select lo_from_bytea(0, 'x')",
            "select lo_import('/etc/passwd')",
            "select lo_open(1, 131072)",
            "select pg_advisory_lock(1)",
            "select pg_try_advisory_lock(1)",
            "select pg_advisory_xact_lock_shared(1, 2)",
            "select pg_notify('sealdesk', 'audit')",
            "select pg_export_snapshot()",
            "select pg_logical_emit_message(false, 'a', 'b')",
            "select pg_create_restore_point('a')",
            "select pg_switch_wal()",
            "select pg_reload_conf()",
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some(DENIED), "{sql}");
        }
    });
}

#[test]
fn internal_helpers_cannot_be_called() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        for sql in [
            "select sealdesk.append(null, '', '', '', null, null, null, null, null, null, null, null)",
            "select sealdesk.derive_rights(null)",
            "select sealdesk_lifecycle.set_secret('sam', '', 'infinity')",
            "select sealdesk_lifecycle.close_login('sam')",
        ] {
            assert_eq!(ann.refusal(sql).await.as_deref(), Some(DENIED), "{sql}");
        }
    });
}

#[test]
fn a_forged_notification_changes_nothing() {
    attack(async |world| {
        let ann = world.sign_in("ann").await;
        let state = "select (select count(*) from sealdesk.audit_event) + (select count(*) from sealdesk.session) + (select count(*) from sealdesk.record)";
        let before = world.count(state).await;
        ann.client.batch_execute("notify sealdesk, 'audit'; notify sealdesk, '''; drop table sealdesk.record'").await.unwrap();
        assert_eq!(world.count(state).await, before);
    });
}

#[test]
fn settings_of_the_caller_do_not_bend_the_chain() {
    attack(async |world| {
        let mut sam = world.sign_in("sam").await;
        // On a fresh connection, the helper that appends is compiled before the settings change how strings are read, the others after.
        sam.client = world.login("sam").await;
        assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        sam.client
            .batch_execute(
                "set standard_conforming_strings = off; set bytea_output = escape; set timezone = 'Asia/Kolkata'; set datestyle = 'SQL, DMY';
                 set intervalstyle = sql_standard; set extra_float_digits = -15; set transform_null_equals = on",
            )
            .await
            .unwrap();
        let session = ticket();
        let submitted = outcome(&sam.client, "select sealdesk_api.session_submit($1, null, 'test', 'test')", &[&session]).await;
        assert_eq!(submitted.unwrap(), "ok");
        let genesis = "
            select sha256('\\x7365616c6465736b2f6576656e742f7631'::bytea
              || sha256('\\x7365616c6465736b2f67656e657369732f7631'::bytea || uuid_send(i.id) || uuid_send(e.session))
              || int4send(16) || uuid_send(e.session) || int4send(8) || int8send(1)
              || int4send(8) || int8send((extract(epoch from e.at) * 1000000)::bigint)
              || int4send(octet_length(e.actor)) || convert_to(e.actor, 'UTF8') || int4send(octet_length(e.action)) || convert_to(e.action, 'UTF8')
              || int4send(octet_length(e.outcome)) || convert_to(e.outcome, 'UTF8')
              || '\\xffffffffffffffffffffffffffffffffffffffffffffffff'::bytea
              || int4send(octet_length(e.details)) || convert_to(e.details, 'UTF8') || int4send(16) || uuid_send(e.ticket)) = e.hash
              from sealdesk.audit_event e, sealdesk.installation i where e.session = $1 and e.seq = 1";
        let row = world.superuser.query_one(genesis, &[&session]).await.unwrap();
        assert!(row.get::<_, bool>(0), "the chain starts at another genesis");
    });
}

#[test]
fn a_client_says_where_it_comes_from_and_not_where_its_connection_does() {
    attack(async |world| {
        let ann = world.login("ann").await;
        let session = ticket();
        let claim = "select sealdesk_api.session_submit($1, null, 'ssh from 10.9.9.9', 'test')";
        assert_eq!(outcome(&ann, claim, &[&session]).await.unwrap(), "ok");
        let stored =
            world.superuser.query_one("select origin, host(address) from sealdesk.session where id = $1", &[&session]).await.unwrap();
        // The machine's own socket has no address.
        assert_eq!((stored.get::<_, String>(0).as_str(), stored.get::<_, Option<String>>(1)), ("ssh from 10.9.9.9", None));
        let details = "select details from sealdesk.audit_event where session = $1 and action = 'session_submit'";
        let details: String = world.superuser.query_one(details, &[&session]).await.unwrap().get(0);
        assert!(details.contains("10.9.9.9") && !details.contains("address"), "{details}");
        assert!(ann.batch_execute("update sealdesk.session set address = '10.9.9.9'").await.is_err());
    });
}
