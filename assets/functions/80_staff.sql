-- People. Login roles are made and closed by three narrow functions of an owner of their own; nothing else holds CREATEROLE.

create or replace function sealdesk.require_manager(p_session bytea, out session uuid, out person uuid, out login text, out outcome text) language plpgsql as $$
begin
  select o.session, o.person, o.login into session, person, login from sealdesk.open_session(p_session) o;
  outcome := case when sealdesk.has_capability(person, 'manage_people') then 'ok' else 'SD003' end;
end $$;
comment on function sealdesk.require_manager(bytea) is 'The caller''s session, and whether they manage people.';

create or replace function sealdesk_api.staff_add(p_session bytea, p_login text, p_verifier text, p_expires timestamptz, p_roles text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  new_id uuid;
begin
  if result = 'ok' and (p_login !~ '^[a-z][a-z0-9_.-]{1,40}$' or p_login like 'pg\_%' or p_login like 'sealdesk%'
      or exists (select from sealdesk.person where login = p_login)
      or exists (select from unnest(p_roles) x (code) where not exists (select from sealdesk.application_role a where a.code = x.code))) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    perform sealdesk_lifecycle.create_login(p_login, p_verifier, p_expires);
    insert into sealdesk.person (login, state, code_expires_at) values (p_login, 'invited', p_expires) returning id into new_id;
    insert into sealdesk.membership select new_id, code from unnest(p_roles) x (code) on conflict do nothing;
    perform sealdesk.derive_rights(new_id);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_add', result, json_build_object('person', left(p_login, 60), 'roles', sealdesk.named(p_roles))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_add(bytea, text, text, timestamptz, text[]) is 'Invites a person. The verifier is SCRAM-SHA-256 of the one-time code''s secret.';

create or replace function sealdesk_api.staff_set_code(p_session bytea, p_login text, p_verifier text, p_expires timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_login = m.login or not exists (select from sealdesk.person where login = p_login)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    perform sealdesk_lifecycle.set_secret(p_login, p_verifier, p_expires);
    update sealdesk.person set state = 'invited', code_expires_at = p_expires where login = p_login;
    delete from sealdesk.person_key k using sealdesk.person p where p.id = k.person and p.login = p_login;
    delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login;
    delete from sealdesk.directory_entry where kind = 'person' and name = p_login;
    update sealdesk.session s set closed_at = clock_timestamp() where s.login = p_login and s.closed_at is null;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_code', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_set_code(bytea, text, text, timestamptz) is 'A new one-time code; the person enrols again.';

create or replace function sealdesk_api.staff_list(p_session bytea) returns table (id uuid, login text, state text, roles text[], last_seen timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select p.id, p.login, p.state, coalesce((select array_agg(m.role order by m.role) from sealdesk.membership m where m.person = p.id), '{}'), p.last_seen
    from sealdesk.person p order by p.login;
end $$;
comment on function sealdesk_api.staff_list(bytea) is 'Everybody.';

create or replace function sealdesk_api.staff_disable(p_session bytea, p_login text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_login = m.login or not exists (select from sealdesk.person where login = p_login)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    update sealdesk.person set state = 'disabled' where login = p_login;
    update sealdesk.session s set closed_at = clock_timestamp() where s.login = p_login and s.closed_at is null;
    delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login;
    perform sealdesk_lifecycle.close_login(p_login);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_disable', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_disable(bytea, text) is 'Ends a person''s sessions, withdraws their wrapped keys and closes the login.';

create or replace function sealdesk_api.role_grant(p_session bytea, p_login text, p_role text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who uuid;
begin
  select id into who from sealdesk.person where login = p_login and state <> 'disabled';
  if result = 'ok' and (p_login = m.login or who is null or not exists (select from sealdesk.application_role where code = p_role)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    insert into sealdesk.membership values (who, p_role) on conflict do nothing;
    perform sealdesk.derive_rights(who);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_grant', result,
    json_build_object('person', left(p_login, 60), 'role', left(p_role, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_grant(bytea, text, text) is 'Gives a role; nobody gives one to themselves.';

create or replace function sealdesk_api.role_revoke(p_session bytea, p_login text, p_role text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who uuid;
begin
  select id into who from sealdesk.person where login = p_login;
  if result = 'ok' and (p_login = m.login or who is null) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    delete from sealdesk.membership where person = who and role = p_role;
    delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login and content = 'role_key' and subject = p_role;
    perform sealdesk.derive_rights(who);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_revoke', result,
    json_build_object('person', left(p_login, 60), 'role', left(p_role, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_revoke(bytea, text, text) is 'Takes a role and its wrapped key.';

create or replace function sealdesk_api.person_keys(p_session bytea, p_login text, out hpke_public bytea, out ed25519_public bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'manage_people') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  select k.hpke_public, k.ed25519_public into hpke_public, ed25519_public
    from sealdesk.person_key k join sealdesk.person p on p.id = k.person where p.login = p_login;
end $$;
comment on function sealdesk_api.person_keys(bytea, text) is 'A person''s public keys, for the officer who confirms them.';

create or replace function sealdesk_api.staff_confirm(p_session bytea, p_login text, p_generation integer, p_hpke_public bytea, p_ed25519_public bytea, p_signer text, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_signer <> m.login or not exists (
      select from sealdesk.person p join sealdesk.person_key k on k.person = p.id
       where p.login = p_login and p.state in ('enrolled', 'active') and k.hpke_public = p_hpke_public and k.ed25519_public = p_ed25519_public)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    insert into sealdesk.directory_entry values ('person', p_login, p_generation, p_hpke_public, p_ed25519_public, p_signer, p_signature)
    on conflict (kind, name, generation) do update
       set hpke_public = excluded.hpke_public, ed25519_public = excluded.ed25519_public, signer = excluded.signer, signature = excluded.signature;
    update sealdesk.person set state = 'active' where login = p_login;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_confirm', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_confirm(bytea, text, integer, bytea, bytea, text, bytea) is 'Puts a person''s signed entry into the directory.';

create or replace function sealdesk_api.put_wrap(p_session bytea, p_recipient text, p_recipient_generation integer, p_subject text, p_subject_generation integer,
  p_sealed bytea, p_signer text, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_signer <> m.login or octet_length(p_sealed) > 4096 or not exists (
      select from sealdesk.person p join sealdesk.membership x on x.person = p.id where p.login = p_recipient and p.state = 'active' and x.role = p_subject)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    insert into sealdesk.wrapped_key values ('person', p_recipient, p_recipient_generation, 'role_key', p_subject, p_subject_generation, p_sealed, p_signer, p_signature)
    on conflict (recipient_kind, recipient, recipient_generation, content, subject, subject_generation) do update
       set sealed = excluded.sealed, signer = excluded.signer, signature = excluded.signature;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'wrap', result,
    json_build_object('person', left(p_recipient, 60), 'role', left(p_subject, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.put_wrap(bytea, text, integer, text, integer, bytea, text, bytea) is 'Stores a role key wrapped to a confirmed member of that role.';

create or replace function sealdesk_api.enrol_state() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return case when exists (select from sealdesk.person where login = session_user and state = 'invited' and code_expires_at > clock_timestamp())
    then 'ok' else 'SD014' end;
end $$;
comment on function sealdesk_api.enrol_state() is 'Whether the login that the one-time code opened may enrol.';

create or replace function sealdesk_api.enrol_complete(p_hpke_public bytea, p_ed25519_public bytea, p_wrapped_private bytea, p_verifier text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  who sealdesk.person;
  chain uuid := gen_random_uuid();
begin
  select * into who from sealdesk.person where login = session_user for update;
  if who.id is null then
    perform sealdesk.fail('SD010', 'this login belongs to nobody', 'Ask a security officer.');
  end if;
  if who.state <> 'invited' or who.code_expires_at < clock_timestamp() then
    return 'SD014';
  end if;
  if octet_length(p_hpke_public) <> 1216 or octet_length(p_ed25519_public) <> 32 or octet_length(p_wrapped_private) <> 104 then
    return 'SD011';
  end if;
  insert into sealdesk.person_key values (who.id, p_hpke_public, p_ed25519_public, p_wrapped_private)
  on conflict (person) do update set hpke_public = excluded.hpke_public, ed25519_public = excluded.ed25519_public, wrapped_private = excluded.wrapped_private;
  perform sealdesk_lifecycle.set_secret(who.login, p_verifier, 'infinity');
  update sealdesk.person set state = 'enrolled', code_expires_at = null where id = who.id;
  perform sealdesk.start_chain(chain, who.id, who.login, 'enrolment', '');
  perform sealdesk.append_act(chain, who.login, 'enrol', 'ok');
  return 'ok';
end $$;
comment on function sealdesk_api.enrol_complete(bytea, bytea, bytea, text) is 'Stores the newcomer''s keys and replaces the one-time secret.';
