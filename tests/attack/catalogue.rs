//! What the system catalogues say about privileges.

use crate::world::attack;

#[test]
fn every_api_function_is_a_definer_with_a_pinned_search_path() {
    attack(async |world| {
        let all = world.count("select count(*) from pg_proc where pronamespace = 'sealdesk_api'::regnamespace and prokind = 'f'").await;
        let good = world
            .count(
                "select count(*) from pg_proc where pronamespace = 'sealdesk_api'::regnamespace and prokind = 'f' and prosecdef
                    and 'search_path=pg_catalog, pg_temp' = any (proconfig) and pg_get_userbyid(proowner) = 'sealdesk_owner'",
            )
            .await;
        assert!(all > 30);
        assert_eq!(all, good);
        // What ends transactions runs as its caller, or it could not: it does nothing but call a function that judges.
        let others = "select string_agg(proname || prosecdef, ' ') from pg_proc where pronamespace = 'sealdesk_api'::regnamespace and prokind <> 'f'";
        assert_eq!(world.superuser.query_one(others, &[]).await.unwrap().get::<_, String>(0), "ask_listfalse");
    });
}

#[test]
fn every_definer_function_pins_its_search_path() {
    attack(async |world| {
        let open = world
            .count(
                "select count(*) from pg_proc where pronamespace::regnamespace::text like 'sealdesk%' and prosecdef
                    and not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false)",
            )
            .await;
        assert_eq!(open, 0);
    });
}

#[test]
fn no_function_is_executable_by_public() {
    attack(async |world| {
        let open = world
            .count(
                "select count(*) from pg_proc p where pronamespace::regnamespace::text like 'sealdesk%'
                    and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)",
            )
            .await;
        assert_eq!(open, 0);
    });
}

#[test]
fn people_execute_the_api_and_no_helper() {
    attack(async |world| {
        for login in ["ann", "sam", "olga", "officer", "sealdesk_people"] {
            let helpers = world
                .count(&format!(
                    "select count(*) from pg_proc where pronamespace in ('sealdesk'::regnamespace, 'sealdesk_lifecycle'::regnamespace)
                        and has_function_privilege('{login}', oid, 'execute')"
                ))
                .await;
            assert_eq!(helpers, 0, "{login}");
        }
    });
}

#[test]
fn people_have_no_privilege_on_any_table_column_or_sequence() {
    attack(async |world| {
        for login in ["ann", "sam", "olga", "officer", "sealdesk_people"] {
            let privileges = world
                .count(&format!(
                    "select count(*) from pg_class c where relnamespace = 'sealdesk'::regnamespace and (
                        (relkind in ('r', 'p', 'v', 'm') and (has_table_privilege('{login}', oid, 'select, insert, update, delete, truncate, references, trigger')
                            or has_any_column_privilege('{login}', oid, 'select, insert, update, references')))
                        or (relkind = 'S' and has_sequence_privilege('{login}', oid, 'usage, select, update')))"
                ))
                .await;
            assert_eq!(privileges, 0, "{login}");
        }
    });
}

#[test]
fn people_may_create_nothing_and_own_nothing() {
    attack(async |world| {
        let may_create = world
            .count(
                "select count(*) from pg_roles r where pg_has_role(r.oid, 'sealdesk_people', 'usage') and not rolsuper and rolcanlogin and (
                    has_database_privilege(r.oid, current_database(), 'create, temp') or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
                    or exists (select from pg_namespace n where has_schema_privilege(r.oid, n.oid, 'create'))
                    or exists (select from pg_class c where c.relowner = r.oid) or exists (select from pg_proc p where p.proowner = r.oid)
                    or exists (select from pg_language l where has_language_privilege(r.oid, l.oid, 'usage') and l.lanpltrusted))",
            )
            .await;
        assert_eq!(may_create, 0);
    });
}
