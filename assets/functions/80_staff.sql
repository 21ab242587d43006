-- People. Login roles are made and closed by three narrow functions of an owner of their own; nothing else holds CREATEROLE.

create or replace function sealdesk.require_manager(p_session bytea, out session uuid, out person uuid, out login text, out outcome text) language plpgsql as $$
begin
  select o.session, o.person, o.login into session, person, login from sealdesk.open_session(p_session) o;
  outcome := case when sealdesk.has_capability(person, 'manage_people') then 'ok' else 'SD003' end;
end $$;
comment on function sealdesk.require_manager(bytea) is 'The caller''s session, and whether they manage people.';

-- Signatures of earlier versions would stand beside the new ones.
drop function if exists sealdesk_api.staff_add(bytea, text, text, timestamptz, text[]);
drop function if exists sealdesk_api.staff_list(bytea);

create or replace function sealdesk.require_overview(p_session bytea, out session uuid, out person uuid, out login text) language plpgsql stable as $$
begin
  select o.session, o.person, o.login into session, person, login from sealdesk.open_session(p_session) o;
  if not (sealdesk.has_capability(person, 'manage_people') or sealdesk.has_capability(person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
end $$;
comment on function sealdesk.require_overview(bytea) is 'The session of who may look at people: who manages them, and who reads the whole audit.';

-- Whoever takes this lock sees what the one before has done: two officers cannot put each other out at the same moment.
create or replace function sealdesk.is_last_officer(p_person uuid) returns boolean language plpgsql as $$
begin
  perform from sealdesk.application_role where code = 'security_officer' for no key update;
  return exists (select from sealdesk.membership m join sealdesk.person p on p.id = m.person
                  where m.role = 'security_officer' and p.state = 'active' and p.id = p_person)
     and not exists (select from sealdesk.membership m join sealdesk.person p on p.id = m.person
                      where m.role = 'security_officer' and p.state = 'active' and p.id <> p_person
                        -- Who is frozen is none to rely on.
                        and not exists (select from sealdesk.frozen f where f.person = p.id));
end $$;
comment on function sealdesk.is_last_officer(uuid) is 'Whether nobody else is an active security officer. Holds a lock until the transaction ends.';

create or replace function sealdesk.end_sessions(p_person uuid, p_except uuid default null) returns integer language plpgsql as $$
declare
  ended integer;
begin
  perform sealdesk.hold_person(p_person);
  update sealdesk.session set closed_at = clock_timestamp() where person = p_person and closed_at is null and id is distinct from p_except;
  get diagnostics ended = row_count;
  -- Past the clock of announce: their desks ask at once whether they may go on.
  perform pg_notify('sealdesk', 'sessions');
  return ended;
end $$;
comment on function sealdesk.end_sessions(uuid, uuid) is 'Closes a person''s open sessions, but for one; answers how many.';

create or replace function sealdesk.is_login_free(p_login text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_login ~ '^[a-z][a-z0-9_.-]{1,40}$' and left(p_login, 3) <> 'pg_' and left(p_login, 8) <> 'sealdesk', false)
     and not exists (select from sealdesk.person where login = p_login)
     and not exists (select from sealdesk.directory_entry d where d.kind <> 'role' and d.name = p_login)
     and not exists (select from pg_roles where rolname = p_login);
$$;
comment on function sealdesk.is_login_free(text) is 'Whether a login name is acceptable and nobody has or had it.';

create or replace function sealdesk_api.staff_add(p_session bytea, p_login text, p_verifier text, p_expires timestamptz, p_roles text[], p_display_name text default '') returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  new_id uuid;
  approved bigint[] := '{}';
  seq bigint;
  needed record;
begin
  if result = 'ok' and not sealdesk.is_login_free(p_login) then
    result := 'SD042';
  elsif result = 'ok' and (char_length(p_display_name) > 80 or not sealdesk.is_time(p_expires) or p_expires > clock_timestamp() + interval '7 days'
      or exists (select from unnest(p_roles) x (code) where not exists (select from sealdesk.application_role a where a.code = x.code))) then
    result := 'SD011';
  elsif result = 'ok' and sealdesk.breaks_duties(null, p_roles) then
    result := 'SD092';
  end if;
  if result = 'ok' then
    -- One for each role, null where none is needed: in the order of the roles.
    for needed in select a.* from unnest(p_roles) with ordinality r (code, n)
                    left join lateral sealdesk.find_approval(m.person, 'role_grant', concat_ws(' ', p_login, r.code)) a on sealdesk.is_privileged(r.code)
                   order by r.n loop
      approved := approved || needed.request;
      continue when needed.outcome is null;
      result := case when needed.outcome = 'ok' then result else needed.outcome end;
    end loop;
  end if;
  if result = 'ok' then
    perform sealdesk_lifecycle.create_login(p_login, p_verifier, p_expires);
    insert into sealdesk.person (login, state, code_expires_at, display_name) values (p_login, 'invited', p_expires, coalesce(p_display_name, ''))
    returning id into new_id;
    insert into sealdesk.membership select new_id, code from unnest(p_roles) x (code) on conflict do nothing;
    perform sealdesk.derive_rights(new_id);
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'staff_add', result,
    json_build_object('person', left(p_login, 60), 'roles', sealdesk.named(p_roles))::text);
  if result = 'ok' then
    perform sealdesk.use_approval(u, m.session, seq) from unnest(approved) u;
    perform sealdesk.did_alone(result, u.request, 'role_grant', concat_ws(' ', p_login, u.role), m.session, m.login, seq)
       from unnest(p_roles, approved) u (role, request) where sealdesk.is_privileged(u.role);
  end if;
  return result;
end $$;
comment on function sealdesk_api.staff_add(bytea, text, text, timestamptz, text[], text) is 'Invites a person. The verifier is SCRAM-SHA-256 of the one-time code''s secret.';

create or replace function sealdesk.renew_code(p_session bytea, p_login text, p_verifier text, p_expires timestamptz, p_action text) returns text language plpgsql as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who sealdesk.person;
  approved bigint[] := '{}';
  privileged text[] := '{}';
  seq bigint;
  needed record;
begin
  if result = 'ok' then
    perform sealdesk.hold_person(p.id, true) from sealdesk.person p where p.login = p_login and p_login <> m.login;
    select * into who from sealdesk.person where login = p_login;
    result := case
      when who.id is null or not sealdesk.is_time(p_expires) or p_expires > clock_timestamp() + interval '7 days' then 'SD011'
      when p_login = m.login then 'SD041'
      when (who.state = 'disabled') <> (p_action = 'staff_enable') then 'SD043'
      when sealdesk.is_last_officer(who.id) then 'SD040'
      else 'ok' end;
  end if;
  if result = 'ok' then
    -- Whoever gets the code has the roles: with capabilities among them it is as good as a grant.
    for needed in select a.*, x.role from sealdesk.membership x, sealdesk.find_approval(m.person, 'role_grant', concat_ws(' ', p_login, x.role)) a
                   where x.person = who.id and sealdesk.is_privileged(x.role) loop
      approved := approved || needed.request;
      privileged := privileged || needed.role;
      result := case when needed.outcome = 'ok' then result else needed.outcome end;
    end loop;
  end if;
  if result = 'ok' then
    perform sealdesk_lifecycle.set_secret(p_login, p_verifier, p_expires);
    update sealdesk.person set state = 'invited', code_expires_at = p_expires, enrol_attempts = 0, enrol_xid = null, left_at = null where id = who.id;
    delete from sealdesk.person_key where person = who.id;
    delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login;
    delete from sealdesk.directory_entry where kind = 'person' and name = p_login;
    perform sealdesk.end_shares(who.id, m.login);
    perform sealdesk.end_elevations(who.id, m.login);
    perform sealdesk.end_sessions(who.id);
  end if;
  seq := sealdesk.append_act(m.session, m.login, p_action, result, json_build_object('person', left(p_login, 60))::text);
  if result = 'ok' then
    perform sealdesk.use_approval(u, m.session, seq) from unnest(approved) u;
    perform sealdesk.did_alone(result, u.request, 'role_grant', concat_ws(' ', p_login, u.role), m.session, m.login, seq)
       from unnest(privileged, approved) u (role, request);
  end if;
  return result;
end $$;
comment on function sealdesk.renew_code(bytea, text, text, timestamptz, text) is 'Back to the beginning: a new one-time code, and nothing of the old keys.';

create or replace function sealdesk_api.staff_set_code(p_session bytea, p_login text, p_verifier text, p_expires timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.renew_code(p_session, p_login, p_verifier, p_expires, 'staff_code');
end $$;
comment on function sealdesk_api.staff_set_code(bytea, text, text, timestamptz) is 'A new one-time code; the person enrols again.';

create or replace function sealdesk_api.staff_enable(p_session bytea, p_login text, p_verifier text, p_expires timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.renew_code(p_session, p_login, p_verifier, p_expires, 'staff_enable');
end $$;
comment on function sealdesk_api.staff_enable(bytea, text, text, timestamptz) is 'Lets a disabled person in again, with a one-time code to enrol anew.';

create or replace function sealdesk_api.staff_list(p_session bytea)
returns table (id uuid, login text, display_name text, state text, roles text[], last_seen timestamptz, open_sessions bigint, code_expires_at timestamptz, unwrapped text[],
  clearance text, compartments text[], frozen bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.require_overview(p_session);
begin
  return query
  select p.id, p.login, p.display_name, case when p.state = 'disabled' and p.left_at is not null then 'left' else p.state end,
         coalesce((select array_agg(m.role order by m.role) from sealdesk.membership m where m.person = p.id), '{}'), p.last_seen,
         (select count(*) from sealdesk.session o
           where o.person = p.id and o.token_hash is not null and o.closed_at is null and o.expires_at > clock_timestamp() and sealdesk.session_end(o) is null),
         p.code_expires_at,
         case when p.state <> 'active' then '{}' else coalesce((select array_agg(m.role order by m.role) from sealdesk.membership m
           where m.person = p.id and not exists (select from sealdesk.wrapped_key w
             where w.recipient_kind = 'person' and w.recipient = p.login and w.content = 'role_key' and w.subject = m.role)), '{}') end,
         (select l.code from sealdesk.clearance_level l where l.rank = p.clearance), p.compartments,
         (select min(f.number) from sealdesk.frozen f where f.person = p.id)
    from sealdesk.person p order by p.login;
end $$;
comment on function sealdesk_api.staff_list(bytea) is
  'Everybody; who is disabled and left for good is left. unwrapped are the roles whose key has not reached an active person; frozen is the number of a freeze in force.';

create or replace function sealdesk_api.staff_sessions(p_session bytea, p_login text)
returns table (id uuid, origin text, program text, opened_at timestamptz, last_heard timestamptz, own boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if p_login is distinct from s.login then
    perform sealdesk.require_overview(p_session);
  end if;
  return query
  select o.id, o.origin, o.program, o.opened_at, (select e.at from sealdesk.audit_event e join sealdesk.session_head h on h.session = e.session
           where e.session = o.id and e.seq = h.seq and e.at > now() - interval '1 day' limit 1), o.id = s.session
    from sealdesk.session o join sealdesk.person p on p.id = o.person
   where p.login = p_login and o.token_hash is not null and o.closed_at is null and o.expires_at > clock_timestamp() and sealdesk.session_end(o) is null
   order by o.opened_at desc;
end $$;
comment on function sealdesk_api.staff_sessions(bytea, text) is 'A person''s open sessions; one''s own for everybody. last_heard is the time of the newest event, heartbeats among them.';

create or replace function sealdesk_api.staff_rename(p_session bytea, p_login text, p_display_name text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_display_name is null or char_length(p_display_name) > 80 or not exists (select from sealdesk.person where login = p_login)) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    update sealdesk.person set display_name = p_display_name where login = p_login;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_rename', result,
    json_build_object('person', left(p_login, 60), 'name', left(p_display_name, 80))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_rename(bytea, text, text) is 'Changes what a person is called. The login name stays.';

create or replace function sealdesk_api.staff_sign_out(p_session bytea, p_login text, p_target uuid default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
  who uuid;
begin
  select id into who from sealdesk.person where login = p_login;
  if p_login is distinct from s.login and not sealdesk.has_capability(s.person, 'manage_people') then
    result := 'SD003';
  elsif who is null or p_target = s.session
      or (p_target is not null and not exists (select from sealdesk.session where id = p_target and person = who and closed_at is null)) then
    result := 'SD011';
  elsif p_target is null then
    perform sealdesk.end_sessions(who, s.session);
  else
    perform sealdesk.hold_person(who);
    update sealdesk.session set closed_at = clock_timestamp() where id = p_target;
    perform pg_notify('sealdesk', 'sessions');
  end if;
  perform sealdesk.append_act(s.session, s.login, 'sign_out', result,
    json_strip_nulls(json_build_object('person', left(p_login, 60), 'session', p_target))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_sign_out(bytea, text, uuid) is
  'Ends one session of a person, or all but the caller''s own. One''s own for everybody, others'' for who manages people.';

create or replace function sealdesk_api.staff_disable(p_session bytea, p_login text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who sealdesk.person;
begin
  if result = 'ok' then
    perform sealdesk.hold_person(p.id, true) from sealdesk.person p where p.login = p_login and p_login <> m.login;
    select * into who from sealdesk.person where login = p_login;
    result := case
      when who.id is null then 'SD011'
      when p_login = m.login then 'SD041'
      when who.state = 'disabled' then 'SD043'
      when sealdesk.is_last_officer(who.id) then 'SD040'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.person set state = 'disabled', code_expires_at = null where id = who.id;
    perform sealdesk.end_shares(who.id, m.login);
    perform sealdesk.end_elevations(who.id, m.login);
    perform sealdesk.end_sessions(who.id);
    delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login;
    perform sealdesk_lifecycle.close_login(p_login);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_disable', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_disable(bytea, text) is 'Ends a person''s sessions, withdraws their wrapped keys and closes the login.';

-- What they held has new keys by then: the client does that role by role, and says at the end that it is done.
create or replace function sealdesk_api.staff_leave(p_session bytea, p_login text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who sealdesk.person;
begin
  if result = 'ok' then
    perform sealdesk.hold_person(p.id, true) from sealdesk.person p where p.login = p_login and p_login <> m.login;
    select * into who from sealdesk.person where login = p_login;
    result := case
      when who.id is null then 'SD011'
      when p_login = m.login then 'SD041'
      when who.state <> 'disabled' or exists (select from sealdesk.membership x where x.person = who.id) then 'SD043'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.person set left_at = coalesce(left_at, clock_timestamp()) where id = who.id;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'staff_leave', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.staff_leave(bytea, text) is 'Notes that somebody left for good: SD043 unless they are disabled and have no role any more.';

create or replace function sealdesk_api.role_grant(p_session bytea, p_login text, p_role text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who uuid;
  approved bigint;
  seq bigint;
begin
  select id into who from sealdesk.person where login = p_login and state <> 'disabled';
  if result = 'ok' and p_login = m.login then
    result := 'SD041';
  elsif result = 'ok' and (who is null or not exists (select from sealdesk.application_role where code = p_role)) then
    result := 'SD011';
  elsif result = 'ok' and sealdesk.breaks_duties(who, array[p_role]) then
    result := 'SD092';
  elsif result = 'ok' and sealdesk.is_privileged(p_role) then
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'role_grant', concat_ws(' ', p_login, p_role)) a;
  end if;
  if result = 'ok' then
    insert into sealdesk.membership values (who, p_role) on conflict do nothing;
    perform sealdesk.rights_changed(who);
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'role_grant', result,
    json_strip_nulls(json_build_object('person', left(p_login, 60), 'role', left(p_role, 60), 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  if sealdesk.is_privileged(p_role) then
    perform sealdesk.did_alone(result, approved, 'role_grant', concat_ws(' ', p_login, p_role), m.session, m.login, seq);
  end if;
  return result;
end $$;
comment on function sealdesk_api.role_grant(bytea, text, text) is 'Gives a role; nobody gives one to themselves.';

create or replace function sealdesk.take_role(p_person uuid, p_login text, p_role text, p_by text) returns void language plpgsql as $$
begin
  perform sealdesk.hold_person(p_person, true);
  delete from sealdesk.membership where person = p_person and role = p_role;
  delete from sealdesk.wrapped_key where recipient_kind = 'person' and recipient = p_login and content = 'role_key' and subject = p_role;
  -- What they had for a time, they may have had through this role.
  perform sealdesk.end_elevations(p_person, p_by);
  perform sealdesk.rights_changed(p_person);
end $$;
comment on function sealdesk.take_role(uuid, text, text, text) is 'Takes a role and its wrapped key from a person.';

create or replace function sealdesk_api.role_revoke(p_session bytea, p_login text, p_role text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who uuid;
begin
  if result = 'ok' then
    select id into who from sealdesk.person where login = p_login;
    result := case
      when who is null then 'SD011'
      when p_login = m.login then 'SD041'
      when p_role = 'security_officer' and sealdesk.is_last_officer(who) then 'SD040'
      else 'ok' end;
  end if;
  if result = 'ok' then
    perform sealdesk.take_role(who, p_login, p_role, m.login);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_revoke', result,
    json_build_object('person', left(p_login, 60), 'role', left(p_role, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_revoke(bytea, text, text) is 'Takes a role and its wrapped key.';

create or replace function sealdesk_api.person_keys(p_session bytea, p_login text, out hpke_public bytea, out ed25519_public bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.require_overview(p_session);
begin
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
  elsif result = 'ok' and p_subject_generation is distinct from (
      select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_subject) then
    -- The role was rotated meanwhile: a key of before would open nothing.
    result := 'SD007';
  end if;
  if result = 'ok' then
    perform sealdesk.hold_person(p.id) from sealdesk.person p where p.login = p_recipient;
    insert into sealdesk.wrapped_key values ('person', p_recipient, p_recipient_generation, 'role_key', p_subject, p_subject_generation, p_sealed, p_signer, p_signature)
    on conflict (recipient_kind, recipient, recipient_generation, content, subject, subject_generation) do update
       set sealed = excluded.sealed, signer = excluded.signer, signature = excluded.signature;
    update sealdesk.session x set key_generation = 0 where x.login = p_recipient and x.closed_at is null;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append_act(m.session, m.login, 'wrap', result,
    json_build_object('person', left(p_recipient, 60), 'role', left(p_subject, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.put_wrap(bytea, text, integer, text, integer, bytea, text, bytea) is 'Stores a role key wrapped to a confirmed member of that role.';

create or replace function sealdesk_api.put_officer(p_session bytea, p_login text, p_generation integer, p_hpke_public bytea, p_ed25519_public bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and not exists (
      select from sealdesk.person p join sealdesk.person_key k on k.person = p.id join sealdesk.membership x on x.person = p.id
       where p.login = p_login and p.state = 'active' and x.role = 'security_officer'
         and k.hpke_public = p_hpke_public and k.ed25519_public = p_ed25519_public) then
    result := 'SD011';
  elsif result = 'ok' and exists (select from sealdesk.directory_entry d where d.kind = 'officer' and d.name = p_login
      and d.generation >= p_generation and (d.hpke_public, d.ed25519_public) is distinct from (p_hpke_public, p_ed25519_public)) then
    -- What their earlier keys signed must stay checkable.
    result := 'SD043';
  end if;
  if result = 'ok' then
    insert into sealdesk.directory_entry values ('officer', p_login, p_generation, p_hpke_public, p_ed25519_public, 'root', p_signature)
    on conflict (kind, name, generation) do update set signature = excluded.signature;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'officer_sign', result, json_build_object('person', left(p_login, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.put_officer(bytea, text, integer, bytea, bytea, bytea) is
  'Puts an entry signed with the root key into the directory: from then on an officer''s signatures count.';

-- An attempt counts from its commit on, and completing needs a committed one: no rollback takes an attempt back.
create or replace function sealdesk_api.enrol_state() returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  who sealdesk.person;
begin
  perform sealdesk.require_read_committed();
  update sealdesk.person set enrol_attempts = least(enrol_attempts + 1, 1000), enrol_xid = pg_current_xact_id()
   where login = session_user and state = 'invited' returning * into who;
  if who.id is null or who.code_expires_at is null or who.code_expires_at < clock_timestamp() then
    raise log 'sealdesk SD014 for %: no enrolment is open', quote_ident(session_user);
    return 'SD014';
  end if;
  return case when who.enrol_attempts > 20 then 'SD012' else 'ok' end;
end $$;
comment on function sealdesk_api.enrol_state() is 'Begins an enrolment: whether the login that the one-time code opened may enrol. At most 20 times with one code.';

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
  if who.enrol_attempts > 20 then
    return 'SD012';
  end if;
  if who.enrol_xid is null or pg_xact_status(who.enrol_xid) is distinct from 'committed' then
    return 'SD008';
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

create or replace function sealdesk_api.passphrase_change(p_session bytea, p_old_wrapped bytea, p_new_wrapped bytea, p_verifier text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
begin
  if p_new_wrapped is null or octet_length(p_new_wrapped) <> 104 then
    result := 'SD011';
  else
    -- The same keys, wrapped anew: whoever wrapped older ones has lost a race and must read again.
    update sealdesk.person_key set wrapped_private = p_new_wrapped where person = s.person and wrapped_private = p_old_wrapped;
    if not found then
      result := 'SD044';
    end if;
  end if;
  if result = 'ok' then
    perform sealdesk_lifecycle.set_secret(s.login, p_verifier, 'infinity');
  end if;
  perform sealdesk.append_act(s.session, s.login, 'passphrase', result);
  if result = 'ok' then
    perform sealdesk.end_sessions(s.person);
  end if;
  return result;
end $$;
comment on function sealdesk_api.passphrase_change(bytea, bytea, bytea, text) is
  'Replaces the caller''s wrapped private keys and verifier together, and ends every session: each signs in with the new passphrase.';

create or replace function sealdesk_api.explain_access(p_session bytea, p_login text, p_number bigint default null, p_field text default null, p_prefix text default null)
returns table (class text, state text, roles text[], may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean,
  reason_required boolean, quota_used integer, quota_limit integer, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  who sealdesk.person;
  wanted text[];
  found_record uuid;
  this_hour bigint := floor(extract(epoch from clock_timestamp()) / 3600)::bigint;
begin
  if p_login is distinct from s.login then
    perform sealdesk.require_overview(p_session);
  end if;
  select * into who from sealdesk.person p where p.login = p_login;
  select r.id into found_record from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(s.person, r);
  if p_field is not null then
    -- A value that has not followed its field to another class yet asks for both.
    select array[coalesce(v.class, f.class), f.class] into wanted from sealdesk.field f
      left join sealdesk.field_value v on v.record = found_record and v.field = f.code where f.code = p_field;
  end if;
  if who.id is null or (p_field is not null and wanted is null) then
    perform sealdesk.fail('SD006', 'there is no such person or field', 'Check what was typed.');
  end if;
  if p_login = s.login then
    perform sealdesk.append_optional(s.session, s.login, 'explain', 'ok', found_record, left(p_field, 60), wanted[1], json_build_object('person', left(p_login, 60))::text);
  else
    -- What somebody else may is told, and so recorded in any case.
    perform sealdesk.append(s.session, s.login, 'explain', 'ok', found_record, left(p_field, 60), wanted[1], null, null, null,
      json_build_object('person', left(p_login, 60))::text, null);
  end if;
  return query
  select c.code, who.state,
         coalesce((select array_agg(distinct m.role order by m.role) from sealdesk.active_role m join sealdesk.role_right x on x.role = m.role and x.class = c.code
                    where m.person = who.id and (x.may_search or x.may_masked or x.may_reveal or x.may_edit)), '{}'),
         coalesce(r.may_search, false), coalesce(r.may_masked, false), coalesce(r.may_reveal, false), coalesce(r.may_edit, false),
         c.reason_required, coalesce(q.used, 0), c.quota_per_hour,
         case when who.state <> 'active' then 'SD010'
              when exists (select from sealdesk.frozen f where f.person = who.id) then 'SD140'
              -- As for a reveal: a missing reason is no refusal here, it is told beside.
              when sealdesk.judge_reveal(who.id, c.code, null, null) in ('SD003', 'SD141') then sealdesk.denied(c.code)
              when p_number is not null and found_record is null then 'SD006'
              when sealdesk.is_hidden(who.id, found_record) then 'SD063'
              when coalesce(q.used, 0) >= c.quota_per_hour then 'SD004'
              else 'ok' end
    from sealdesk.class c
    left join sealdesk.person_right r on r.person = who.id and r.class = c.code
    left join sealdesk.quota_use q on q.person = who.id and q.class = c.code and q.hour = this_hour
   where wanted is null or c.code = any (wanted)
   order by c.position;
end $$;
comment on function sealdesk_api.explain_access(bytea, text, bigint, text, text) is
  'Why a person may or may not reveal, judged as a reveal is; without a field for every class. About oneself for everybody.';
