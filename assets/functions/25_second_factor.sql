-- Second factor: codes are judged only when their submission is committed, so that no guess can be rolled back; a time step is accepted once.

-- RFC 6238 with SHA-1, 30 s and 6 digits over HOTP (RFC 4226, section 5.3).
create or replace function sealdesk.totp(p_secret bytea, p_step bigint) returns text language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  mac bytea := sealdesk_crypto.hmac(int8send(p_step), p_secret, 'sha1');
  at integer := get_byte(mac, 19) & 15;
  number bigint := ((get_byte(mac, at) & 127)::bigint << 24) | (get_byte(mac, at + 1) << 16) | (get_byte(mac, at + 2) << 8) | get_byte(mac, at + 3);
begin
  return lpad((number % 1000000)::text, 6, '0');
end $$;
comment on function sealdesk.totp(bytea, bigint) is 'The code of a time step.';

create or replace function sealdesk.has_second_factor(p_person uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.second_factor f where f.person = p_person and f.confirmed_at is not null);
$$;
comment on function sealdesk.has_second_factor(uuid) is 'Whether a second factor is in force.';

create or replace function sealdesk.needs_second_factor(p_person uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Also by one that is frozen: a session of then goes on when the freeze is lifted.
  select exists (select from sealdesk.held_role m join sealdesk.application_role a on a.code = m.role where m.person = p_person and a.second_factor);
$$;
comment on function sealdesk.needs_second_factor(uuid) is 'Whether a role of the person, also one for a time, asks for one.';

-- Counts a submitted code. More than five since the last right one, within fifteen minutes, are not judged.
create or replace function sealdesk.count_code(p_person uuid) returns text language plpgsql as $$
declare
  tries integer;
begin
  update sealdesk.person
     set code_attempts = case when code_attempts_since < clock_timestamp() - interval '15 min' then 1 else code_attempts + 1 end,
         code_attempts_since = case when code_attempts_since < clock_timestamp() - interval '15 min' then clock_timestamp() else code_attempts_since end
   where id = p_person
  returning code_attempts into tries;
  return case when tries > 5 then 'SD012' else 'ok' end;
end $$;
comment on function sealdesk.count_code(uuid) is 'One submission of a code, counted in the transaction that must commit before it is judged.';

-- Spaces and dashes are for the eye.
create or replace function sealdesk.judge_code(p_person uuid, p_login text, p_code text) returns boolean language plpgsql as $$
declare
  typed text := translate(lower(p_code), ' -', '');
  factor sealdesk.second_factor;
  now_step bigint := floor(extract(epoch from clock_timestamp()) / 30)::bigint;
begin
  select * into factor from sealdesk.second_factor f where f.person = p_person and f.confirmed_at is not null for update;
  if not found or typed is null then
    return false;
  end if;
  for step in greatest(now_step - 1, factor.last_step + 1)..now_step + 1 loop
    if sealdesk.totp(factor.secret, step) = typed then
      update sealdesk.second_factor set last_step = step where person = p_person;
      update sealdesk.person set code_attempts = 0 where id = p_person;
      return true;
    end if;
  end loop;
  update sealdesk.recovery_code r set used_at = clock_timestamp()
   where r.person = p_person and r.used_at is null and r.hash = sealdesk.recovery_hash(p_login, typed);
  if found then
    update sealdesk.person set code_attempts = 0 where id = p_person;
    return true;
  end if;
  return false;
end $$;
comment on function sealdesk.judge_code(uuid, text, text) is 'A code of the last, this or the next time step that is newer than any accepted before, or an unused recovery code.';

create or replace function sealdesk.recovery_hash(p_login text, p_code text) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(convert_to('sealdesk/recovery/v1', 'UTF8') || uuid_send(i.id) || convert_to(p_login, 'UTF8') || decode('00', 'hex') || convert_to(p_code, 'UTF8'))
    from sealdesk.installation i;
$$;
comment on function sealdesk.recovery_hash(text, text) is 'How a recovery code is kept; also in service/second_factor.rs.';

create or replace function sealdesk_api.second_factor_state(p_session bytea, out is_set_up boolean, out required boolean, out recovery_codes_left bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_limited_session(p_session);
begin
  is_set_up := sealdesk.has_second_factor(s.person);
  required := sealdesk.needs_second_factor(s.person);
  select count(*) into recovery_codes_left from sealdesk.recovery_code r where r.person = s.person and r.used_at is null;
end $$;
comment on function sealdesk_api.second_factor_state(bytea) is 'The caller''s own second factor.';

create or replace function sealdesk_api.second_factor_begin(p_session bytea, p_secret bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_limited_session(p_session);
  result text := 'ok';
begin
  if p_secret is null or octet_length(p_secret) <> 20 then
    result := 'SD011';
  elsif sealdesk.has_second_factor(s.person) then
    result := 'SD024';
  -- Whoever comes by a desk that was left open has no passphrase, and must not bind a telephone of their own.
  elsif (select o.opened_at from sealdesk.session o where o.id = s.session) < clock_timestamp() - interval '10 min' then
    result := 'SD110';
  else
    insert into sealdesk.second_factor (person, secret) values (s.person, p_secret)
    on conflict (person) do update set secret = excluded.secret, created_at = clock_timestamp(), last_step = 0;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'second_factor_begin', result);
  return result;
end $$;
comment on function sealdesk_api.second_factor_begin(bytea, bytea) is 'Stores a new secret of 20 bytes, not yet in force, within ten minutes of signing in. SD024 where one is in force, SD110 later.';

create or replace function sealdesk_api.second_factor_confirm(p_session bytea, p_code text, p_recovery bytea[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_limited_session(p_session);
  result text := 'ok';
  factor sealdesk.second_factor;
  now_step bigint := floor(extract(epoch from clock_timestamp()) / 30)::bigint;
  step bigint;
begin
  select * into factor from sealdesk.second_factor f where f.person = s.person for update;
  if not found or factor.confirmed_at is not null then
    result := 'SD024';
  elsif cardinality(p_recovery) not between 1 and 20 or exists (select from unnest(p_recovery) r where r is null or octet_length(r) <> 32) then
    result := 'SD011';
  else
    -- The secret is the caller's own and just made: there is nothing to guess.
    select g into step from generate_series(now_step - 1, now_step + 1) g where sealdesk.totp(factor.secret, g) = translate(p_code, ' -', '');
    if step is null then
      result := 'SD022';
    else
      update sealdesk.second_factor set confirmed_at = clock_timestamp(), last_step = step where person = s.person;
      delete from sealdesk.recovery_code where person = s.person;
      insert into sealdesk.recovery_code (person, hash) select s.person, r from unnest(p_recovery) r on conflict do nothing;
      update sealdesk.session x set limited = false, code_at = clock_timestamp() where x.id = s.session;
    end if;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'second_factor_confirm', result);
  return result;
end $$;
comment on function sealdesk_api.second_factor_confirm(bytea, text, bytea[]) is 'Puts the new secret in force with a first code, and stores the hashes of the recovery codes.';

create or replace function sealdesk_api.second_factor_reset(p_session bytea, p_login text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who uuid;
  approved bigint;
  seq bigint;
begin
  select id into who from sealdesk.person where login = p_login;
  if result = 'ok' and p_login = m.login then
    result := 'SD041';
  elsif result = 'ok' and who is null then
    result := 'SD011';
  elsif result = 'ok' and not exists (select from sealdesk.second_factor f where f.person = who) then
    result := 'SD024';
  elsif result = 'ok' then
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'second_factor_reset', p_login) a;
  end if;
  if result = 'ok' then
    perform sealdesk.hold_person(who, true);
    delete from sealdesk.recovery_code where person = who;
    delete from sealdesk.second_factor where person = who;
    update sealdesk.session s set closed_at = clock_timestamp() where s.person = who and s.closed_at is null;
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'second_factor_reset', result,
    json_strip_nulls(json_build_object('person', left(p_login, 60), 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  perform sealdesk.did_alone(result, approved, 'second_factor_reset', p_login, m.session, m.login, seq);
  return result;
end $$;
comment on function sealdesk_api.second_factor_reset(bytea, text) is 'Takes a person''s second factor away, for a lost authenticator; never one''s own. Their sessions end.';

create or replace function sealdesk_api.role_second_factor(p_session bytea, p_role text, p_on boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  subject constant text := concat_ws(' ', p_role, case when p_on then 'on' else 'off' end);
  approved bigint;
  seq bigint;
begin
  if result = 'ok' and (p_on is null or not exists (select from sealdesk.application_role a where a.code = p_role)) then
    result := 'SD011';
  elsif result = 'ok' then
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'role_second_factor', subject) a;
  end if;
  if result = 'ok' then
    update sealdesk.application_role set second_factor = p_on where code = p_role;
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'role_second_factor', result,
    json_strip_nulls(json_build_object('role', left(p_role, 60), 'required', p_on, 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  perform sealdesk.did_alone(result, approved, 'role_second_factor', subject, m.session, m.login, seq);
  return result;
end $$;
comment on function sealdesk_api.role_second_factor(bytea, text, boolean) is 'Whether a role asks for a second factor; sessions that are open stay as they are.';

create or replace function sealdesk_api.class_fresh_code(p_session bytea, p_class text, p_seconds integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'class_fresh_code', concat_ws(' ', 'class', p_class), 'manage_people');
  c sealdesk.class;
begin
  if m.outcome = 'ok' then
    select * into c from sealdesk.class x where x.code = p_class;
    m.outcome := case when c.code is null or p_seconds not between 30 and 86400 then 'SD011' else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('fresh_code_s', jsonb_build_array(c.fresh_code_s, p_seconds)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.class set fresh_code_s = p_seconds, version = version + 1 where code = p_class;
  end if;
  return sealdesk.end_change(m, null, p_class, p_seconds);
end $$;
comment on function sealdesk_api.class_fresh_code(bytea, text, integer) is 'How fresh a code a reveal of the class needs, in seconds (30 to 86400); null for none.';

create or replace function sealdesk_api.step_up_submit(p_session bytea, p_ticket uuid, p_code text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
begin
  if p_code is null or octet_length(p_code) > 40 then
    result := 'SD011';
  elsif not sealdesk.has_second_factor(s.person) then
    result := 'SD021';
  else
    result := sealdesk.count_code(s.person);
  end if;
  update sealdesk.session x set code = case when result = 'ok' then p_code end where x.id = s.session;
  perform sealdesk.append(s.session, s.login, 'step_up', result, null, null, null, null, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.step_up_submit(bytea, uuid, text) is 'Submits a code inside a session, for classes that ask for a fresh one.';

create or replace function sealdesk_api.step_up_open(p_session bytea, p_ticket uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['step_up'], interval '60 s', target);
  typed text;
  result text;
begin
  select x.code into typed from sealdesk.session x where x.id = s.session for update;
  result := case when sealdesk.judge_code(s.person, s.login, typed) then 'ok' else 'SD022' end;
  update sealdesk.session x set code = null, code_at = case when result = 'ok' then clock_timestamp() else x.code_at end where x.id = s.session;
  perform sealdesk.append_act(s.session, s.login, 'step_up_judged', result);
  return result;
end $$;
comment on function sealdesk_api.step_up_open(bytea, uuid) is 'Judges the code of a committed submission.';
