-- Signing in: submit and open, two calls in two transactions, so that no attempt can be rolled back.

create or replace function sealdesk_api.schema_version() returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select max(version) from sealdesk.schema_migration;
$$;
comment on function sealdesk_api.schema_version() is 'The newest migration, so that a program of another version is told before it asks for anything.';

create or replace function sealdesk_api.session_submit(p_ticket uuid, p_code text, p_origin text, p_program text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  who sealdesk.person;
  tries integer;
  result text := 'ok';
begin
  perform sealdesk.require_read_committed();
  update sealdesk.person
     set attempts = case when attempts_since < clock_timestamp() - interval '15 min' then 1 else attempts + 1 end,
         attempts_since = case when attempts_since < clock_timestamp() - interval '15 min' then clock_timestamp() else attempts_since end
   where login = session_user
  returning * into who;
  if not found then
    perform sealdesk.fail('SD010', 'this login belongs to no active person', 'Ask a security officer.');
  end if;
  tries := who.attempts;
  if who.state <> 'active' then
    result := 'SD010';
  elsif exists (select from sealdesk.frozen f where f.person = who.id) then
    result := 'SD140';
  elsif tries > 60 then
    result := 'SD012';
  elsif octet_length(p_code) > 40 then
    result := 'SD011';
  elsif sealdesk.has_second_factor(who.id) then
    result := case when p_code is null then 'SD020' else sealdesk.count_code(who.id) end;
  end if;
  -- Codes that were submitted and never judged do not stay.
  update sealdesk.session s set code = null where s.person = who.id and s.code is not null and s.opened_at is null;
  perform sealdesk.start_chain(p_ticket, who.id, who.login, coalesce(p_origin, ''), coalesce(p_program, ''));
  perform sealdesk.append(p_ticket, who.login, 'session_submit', result, null, null, null, null, null, null,
    json_strip_nulls(json_build_object('origin', left(p_origin, 200), 'program', left(p_program, 80), 'address', host(inet_client_addr())))::text, p_ticket);
  if result = 'ok' then
    update sealdesk.session s set code = p_code where s.id = p_ticket;
  end if;
  return result;
exception when unique_violation then
  perform sealdesk.fail('SD011', 'the ticket was used before', 'Choose a fresh one.');
end $$;
comment on function sealdesk_api.session_submit(uuid, text, text, text) is
  'First step of signing in. The ticket becomes the session''s id. SD020 asks for the second factor''s code.';

drop function if exists sealdesk_api.session_open(uuid);
create function sealdesk_api.session_open(p_ticket uuid, out token bytea, out session uuid, out installation uuid, out name text,
  out expires_at timestamptz, out server_time timestamptz, out outcome text, out limited boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  who uuid;
  typed text;
begin
  perform sealdesk.require_read_committed();
  select s.person, s.code into who, typed
    from sealdesk.session s join sealdesk.person p on p.id = s.person
   where s.id = p_ticket and p.login = session_user and p.state = 'active' and s.token_hash is null and s.opened_at is null
     and s.expires_at > clock_timestamp()
     for update of s;
  if who is null then
    perform sealdesk.fail('SD008', 'the sign-in was refused, is foreign or too old', 'Sign in again.');
  end if;
  perform sealdesk.redeem(p_ticket, p_ticket, array['session_submit'], interval '60 s', target);
  if exists (select from sealdesk.frozen f where f.person = who) then
    perform sealdesk.fail_without_session();
  end if;
  -- The verdict is answered, not raised, so that it stays recorded; the guess was counted with its submission.
  outcome := case when not sealdesk.has_second_factor(who) or sealdesk.judge_code(who, session_user::text, typed) then 'ok' else 'SD022' end;
  update sealdesk.session s set code = null, code_at = case when outcome = 'ok' and typed is not null then clock_timestamp() end where s.id = p_ticket;
  if outcome <> 'ok' then
    perform sealdesk.append_act(p_ticket, session_user, 'session_open', outcome);
    update sealdesk.session s set closed_at = clock_timestamp(), opened_at = clock_timestamp() where s.id = p_ticket;
    return;
  end if;
  limited := sealdesk.needs_second_factor(who) and not sealdesk.has_second_factor(who);
  token := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  session := p_ticket;
  server_time := clock_timestamp();
  expires_at := server_time + interval '8 hours';
  update sealdesk.session s set token_hash = sha256(session_open.token), opened_at = session_open.server_time, expires_at = session_open.expires_at,
         limited = session_open.limited,
         freezes = array(select f.number from sealdesk.frozen f where f.kind <> 'person' order by f.number),
         key_generation = (select i.key_generation from sealdesk.installation i)
   where s.id = p_ticket;
  update sealdesk.person p set attempts = 0, last_seen = session_open.server_time where p.id = who;
  select i.id, i.name into installation, name from sealdesk.installation i;
  perform sealdesk.append_act(p_ticket, session_user, 'session_open', 'ok');
end $$;
comment on function sealdesk_api.session_open(uuid) is 'Second step of signing in: answers only when the submission is committed. The token is 32 random bytes.';

create or replace function sealdesk_api.session_close(p_session bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record;
begin
  s := sealdesk.open_limited_session(p_session);
  perform sealdesk.append_act(s.session, s.login, 'session_close', 'ok');
  update sealdesk.session set closed_at = clock_timestamp() where id = s.session;
end $$;
comment on function sealdesk_api.session_close(bytea) is 'Ends the session.';

create or replace function sealdesk_api.session_heartbeat(p_session bytea, out quota_used bigint, out quota_limit bigint, out expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record;
  this_hour bigint := floor(extract(epoch from clock_timestamp()) / 3600)::bigint;
begin
  s := sealdesk.open_session(p_session);
  perform sealdesk.append_act(s.session, s.login, 'heartbeat', 'ok');
  update sealdesk.person set last_seen = clock_timestamp() where id = s.person;
  select x.expires_at into expires_at from sealdesk.session x where x.id = s.session;
  select coalesce(sum(q.used), 0) into quota_used from sealdesk.quota_use q where q.person = s.person and q.hour = this_hour;
  select coalesce(sum(c.quota_per_hour), 0) into quota_limit
    from sealdesk.class c join sealdesk.person_right r on r.class = c.code and r.person = s.person and r.may_reveal;
end $$;
comment on function sealdesk_api.session_heartbeat(bytea) is 'Leaves a heartbeat in the chain; answers with reveals used and allowed this hour, and the session''s end.';

drop function if exists sealdesk_api.nudge();
create or replace function sealdesk_api.nudge(p_session bytea default null) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_at constant timestamptz := clock_timestamp();
  hashed constant bytea := sha256(p_session);
begin
  -- A transaction that has written may hold a request: the position would lie before its commit, and a reader would not wait for that.
  if pg_current_xact_id_if_assigned() is not null then
    return;
  end if;
  if p_session is not null then
    update sealdesk.session_head h
       set nudged_seq = h.seq, nudged_at = pg_current_wal_insert_lsn()
      from sealdesk.session s
     where s.token_hash = hashed and s.login = session_user and h.session = s.id;
  else
    update sealdesk.session_head h
       set nudged_seq = h.seq, nudged_at = pg_current_wal_insert_lsn()
      from sealdesk.session s
     where s.login = session_user and s.expires_at > now_at and s.closed_at is null and h.session = s.id;
  end if;
end $$;
comment on function sealdesk_api.nudge(bytea) is
  'A commit that flushes the log, and a note of how far it had come, so that a collection does not wait for what others write meanwhile: for one session, or after SD001 for all of the caller''s.';
