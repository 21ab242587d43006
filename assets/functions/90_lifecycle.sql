-- Login roles. Owned by sealdesk_lifecycle, the only role with CREATEROLE; callable by sealdesk_owner's functions only.

create or replace function sealdesk_lifecycle.check_secret(p_login text, p_verifier text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not coalesce(p_login ~ '^[a-z][a-z0-9_.-]{1,40}$' and left(p_login, 3) <> 'pg_' and left(p_login, 8) <> 'sealdesk', false) then
    raise exception 'the login name is not acceptable' using errcode = 'SD011', hint = 'Two to 41 of a-z, 0-9, dot, dash and underscore, starting with a letter.';
  end if;
  if not coalesce(p_verifier ~ '^SCRAM-SHA-256[$][0-9]{4,7}:[A-Za-z0-9+/]{22,}={0,2}[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$', false) then
    raise exception 'the verifier is malformed' using errcode = 'SD011', hint = 'A SCRAM-SHA-256 verifier is expected, never a password.';
  end if;
end $$;
comment on function sealdesk_lifecycle.check_secret(text, text) is 'Patterns of login names and verifiers.';

create or replace function sealdesk_lifecycle.create_login(p_login text, p_verifier text, p_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform sealdesk_lifecycle.check_secret(p_login, p_verifier);
  if exists (select from pg_roles where rolname = p_login) then
    raise exception 'a login of this name exists in this cluster' using errcode = 'SD011', hint = 'Choose another name.';
  end if;
  execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 8 password %L valid until %L in role sealdesk_people',
    p_login, p_verifier, p_expires);
end $$;
comment on function sealdesk_lifecycle.create_login(text, text, timestamptz) is 'Makes a login role that can connect and execute, nothing else.';

create or replace function sealdesk_lifecycle.set_secret(p_login text, p_verifier text, p_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform sealdesk_lifecycle.check_secret(p_login, p_verifier);
  if not pg_has_role(p_login, 'sealdesk_people', 'member') then
    raise exception 'this login is not one of the people' using errcode = 'SD011';
  end if;
  execute format('alter role %I login password %L valid until %L', p_login, p_verifier, p_expires);
end $$;
comment on function sealdesk_lifecycle.set_secret(text, text, timestamptz) is 'Replaces a person''s verifier.';

create or replace function sealdesk_lifecycle.close_login(p_login text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not pg_has_role(p_login, 'sealdesk_people', 'member') then
    raise exception 'this login is not one of the people' using errcode = 'SD011';
  end if;
  execute format('alter role %I nologin', p_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = p_login;
end $$;
comment on function sealdesk_lifecycle.close_login(text) is 'Closes a login and ends its connections.';

create or replace function sealdesk_lifecycle.end_transactions(p_login text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- Where a superuser has not granted the right (the doctor says so), they are waited for.
  if pg_has_role('pg_signal_backend', 'usage') then
    perform pg_terminate_backend(a.pid) from pg_stat_activity a
     where a.usename = p_login and a.pid <> pg_backend_pid()
       and exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'transactionid' and l.granted);
  end if;
end $$;
comment on function sealdesk_lifecycle.end_transactions(text) is 'Ends a login''s connections that have written something and not committed it; never the caller''s own.';

create or replace function sealdesk_lifecycle.end_open(p_login text) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  ended integer := 0;
begin
  if pg_has_role('pg_signal_backend', 'usage') then
    select count(*) filter (where pg_terminate_backend(a.pid)) into ended from pg_stat_activity a
     where a.usename = p_login and a.pid <> pg_backend_pid()
       and exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'virtualxid' and l.granted);
  end if;
  return ended;
end $$;
comment on function sealdesk_lifecycle.end_open(text) is 'Ends a login''s connections that are in a transaction, whether or not it has written; never the caller''s own. Answers how many.';

create or replace function sealdesk_lifecycle.end_writers(p_table regclass) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_has_role('pg_signal_backend', 'usage') then
    perform pg_terminate_backend(l.pid)
       from pg_locks l
       join pg_stat_activity a on a.pid = l.pid
       join pg_auth_members m on m.member = a.usesysid and m.roleid = 'sealdesk_people'::regrole
      where l.relation = p_table and l.database = (select d.oid from pg_database d where d.datname = current_database())
        and l.mode = 'RowShareLock' and l.granted and l.pid <> pg_backend_pid();
  end if;
end $$;
comment on function sealdesk_lifecycle.end_writers(regclass) is 'Ends connections of people that keep a table in row share mode; never the caller''s own.';

create or replace function sealdesk_lifecycle.end_holders(p_table regclass, p_modes text[], p_transactions text[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_has_role('pg_signal_backend', 'usage') then
    perform pg_terminate_backend(l.pid)
       from (select distinct x.pid from pg_locks x
              where x.relation = p_table and x.database = (select d.oid from pg_database d where d.datname = current_database())
                and x.mode = any (p_modes) and x.granted and x.virtualtransaction = any (p_transactions) and x.pid <> pg_backend_pid()) l
       join pg_stat_activity a on a.pid = l.pid
       join pg_auth_members m on m.member = a.usesysid and m.roleid = 'sealdesk_people'::regrole;
  end if;
end $$;
comment on function sealdesk_lifecycle.end_holders(regclass, text[], text[]) is
  'Ends connections of people that keep a table in one of these modes in one of these transactions; never the caller''s own.';

revoke all on all functions in schema sealdesk_lifecycle from public;
grant execute on function sealdesk_lifecycle.create_login(text, text, timestamptz), sealdesk_lifecycle.set_secret(text, text, timestamptz),
  sealdesk_lifecycle.close_login(text), sealdesk_lifecycle.end_transactions(text), sealdesk_lifecycle.end_open(text), sealdesk_lifecycle.end_writers(regclass),
  sealdesk_lifecycle.end_holders(regclass, text[], text[]) to sealdesk_owner;
