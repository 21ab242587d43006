-- Once per database, as its owner or a superuser: schemas, and what every login could otherwise do. What only a superuser may revoke is a warning
-- for others, and `sealdesk doctor` finds it.
revoke all on schema public from public;
create schema if not exists sealdesk authorization sealdesk_owner;
create schema if not exists sealdesk_api authorization sealdesk_owner;
create schema if not exists sealdesk_lifecycle authorization sealdesk_lifecycle;
revoke all on schema sealdesk, sealdesk_api, sealdesk_lifecycle from public;
grant usage on schema sealdesk_api to sealdesk_people;
grant usage on schema sealdesk_lifecycle to sealdesk_owner;
alter default privileges for role sealdesk_owner revoke execute on functions from public;
alter default privileges for role sealdesk_lifecycle revoke execute on functions from public;
revoke usage on language plpgsql from public;
revoke usage on language sql from public;
grant usage on language plpgsql, sql to sealdesk_owner, sealdesk_lifecycle;
do $$
declare
  f regprocedure;
begin
  for f in
    select p.oid::regprocedure from pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace and has_function_privilege('public', p.oid, 'execute')
       and (p.proname ~ '^pg_(try_)?advisory_' or p.proname ~ '^lo_'
            or p.proname in ('lowrite', 'loread', 'pg_notify', 'pg_logical_emit_message', 'pg_export_snapshot', 'pg_create_restore_point'))
  loop
    execute format('revoke execute on function %s from public', f);
  end loop;
end $$;
grant execute on function pg_notify(text, text) to sealdesk_owner;
-- SHA-1's HMAC for the second factor is the one thing that the server's core lacks. In a schema that nobody but the owner of the functions may use.
create schema if not exists sealdesk_crypto;
revoke all on schema sealdesk_crypto from public;
grant usage on schema sealdesk_crypto to sealdesk_owner;
create extension if not exists pgcrypto schema sealdesk_crypto;
revoke all on all functions in schema sealdesk_crypto from public;
do $$
begin
  if to_regprocedure('sealdesk_crypto.hmac(bytea, bytea, text)') is null then
    raise exception 'pgcrypto is in another schema of this database' using errcode = 'duplicate_object',
      hint = 'As its owner: alter extension pgcrypto set schema sealdesk_crypto.';
  end if;
  if pg_has_role(current_user, (select extowner from pg_extension where extname = 'pgcrypto'), 'usage') then
    grant execute on function sealdesk_crypto.hmac(bytea, bytea, text) to sealdesk_owner;
  end if;
end $$;
