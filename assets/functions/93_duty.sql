-- What the watch has the database look after each minute: whether chains are whole, whether checkpoints are made, whether open sessions live.
-- The database checks itself here, so that an edit of a table rings within minutes. Who can change functions too is found by `audit verify`, not by this.

-- The hash that an event must have behind another: as append makes it.
create or replace function sealdesk.hash_after(p_before bytea, e sealdesk.audit_event) returns bytea language sql immutable as $$
  select sha256(decode('7365616c6465736b2f6576656e742f7631', 'hex') || p_before || substr(array_send(array[
    uuid_send((e).session), int8send((e).seq), int8send((extract(epoch from (e).at) * 1000000)::bigint), convert_to((e).actor, 'UTF8'),
    convert_to((e).action, 'UTF8'), convert_to((e).outcome, 'UTF8'), uuid_send((e).record), convert_to((e).field, 'UTF8'), convert_to((e).class, 'UTF8'),
    int8send((e).version), convert_to((e).reason, 'UTF8'), convert_to((e).reference, 'UTF8'), convert_to((e).details, 'UTF8'), uuid_send((e).ticket)]), 21));
$$;
comment on function sealdesk.hash_after(bytea, sealdesk.audit_event) is 'The hash of an event behind one with that hash, from its stored values.';

create or replace function sealdesk.page_fits(e sealdesk.audit_event) returns boolean language sql immutable as $$
  select case when (e).page is null then not ((e).action in ('list', 'search', 'replay_session') and coalesce((e).details, '') ~ '"page" ?:')
              else position(sealdesk.page_digest((e).page) in coalesce((e).details, '')) > 0 end;
$$;
comment on function sealdesk.page_fits(sealdesk.audit_event) is 'Whether the records beside an event are those whose digest is in it.';

create or replace function sealdesk.genesis_of(p_session uuid) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(decode('7365616c6465736b2f67656e657369732f7631', 'hex') || uuid_send(i.id) || uuid_send(p_session)) from sealdesk.installation i;
$$;
comment on function sealdesk.genesis_of(uuid) is 'What a chain begins with.';

-- In one statement, so that what is appended meanwhile is in all of it or in none.
create or replace function sealdesk.broken_since_checkpoint() returns table (session uuid, seq bigint, what text)
language sql stable set search_path = pg_catalog, pg_temp set jit = off as $$
  with newest as (
    select h.session, h.seq, h.hash, r.seq as reached, sum(abs(h.seq - coalesce(r.seq, 0))) over (order by h.last_at desc nulls last, h.session) as events
      from sealdesk.session_head h left join sealdesk.checkpoint_reach r on r.session = h.session
     where h.seq <> coalesce(r.seq, 0)),
  grown as materialized (
    select h.session, h.seq as head, h.hash, coalesce(h.reached, 0) as reached,
           case when h.reached is null then sealdesk.genesis_of(h.session)
                else (select l.hash from sealdesk.checkpoint_leaf l where l.session = h.session and l.seq = h.reached order by l.place desc limit 1) end as before
      from newest h
     -- What is more than that is left to the sweep.
     where h.events <= 30000),
  linked as (
    select g.session, e.seq, e.hash, lag(e.seq, 1, g.reached) over w as previous, sealdesk.page_fits(e) as fits, sealdesk.hash_after(lag(e.hash, 1, g.before) over w, e) as computed
      from grown g join sealdesk.audit_event e on e.session = g.session and e.seq > g.reached
    window w as (partition by g.session order by e.seq)),
  found as (
    select l.session, l.seq, 'altered' as what from linked l where l.previous = l.seq - 1 and l.hash is distinct from l.computed
    union all
    select l.session, l.previous + 1, 'missing' from linked l where l.previous <> l.seq - 1
    union all
    select l.session, l.seq, 'page changed' from linked l where not l.fits
    union all
    select g.session, g.head, case when g.head < g.reached then 'rolled back' else 'cut' end from grown g
     where g.head < g.reached or not exists (select from linked l where l.session = g.session and l.seq = g.head and l.hash = g.hash)
    union all
    select g.session, g.reached, 'missing' from grown g
     where g.reached > 0 and not exists (select from sealdesk.audit_event e where e.session = g.session and e.seq = g.reached and e.hash = g.before)
       -- What went with a month that was dropped is for who verifies.
       and exists (select from sealdesk.audit_event e where e.session = g.session and e.seq <= g.reached))
  select distinct on (f.session) f.session, f.seq, f.what from found f order by f.session, f.seq;
$$;
comment on function sealdesk.broken_since_checkpoint() is
  'Chains that have grown since the newest checkpoint and do not go on from it to their heads: the first event of each, and what is wrong.';

create or replace function sealdesk.sweep_chains(p_limit integer) returns table (session uuid, seq bigint, what text)
language plpgsql volatile set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  c sealdesk.chain_sweep;
  events sealdesk.audit_event[];
begin
  select * into c from sealdesk.chain_sweep for update skip locked;
  if not found then
    return;
  end if;
  select coalesce(array_agg(x.e order by x.session, x.seq), '{}') into events
    from (select e, e.session, e.seq from sealdesk.audit_event e where (e.session, e.seq) > (c.session, c.seq) order by e.session, e.seq limit p_limit) x;
  if cardinality(events) = 0 then
    update sealdesk.chain_sweep set session = default, seq = default, ended_at = clock_timestamp(), begun_at = clock_timestamp();
    return;
  end if;
  update sealdesk.chain_sweep set session = events[cardinality(events)].session, seq = events[cardinality(events)].seq;
  return query
  with linked as (
    select e.session, e.seq, e.hash, lag(e.seq) over w as previous, sealdesk.page_fits(e) as fits,
           sealdesk.hash_after(case
             when lag(e.seq) over w is not null then lag(e.hash) over w
             when e.session = c.session and e.seq = c.seq + 1 then (select b.hash from sealdesk.audit_event b where b.session = c.session and b.seq = c.seq)
             when e.seq = 1 then sealdesk.genesis_of(e.session) end, e) as computed
      from unnest(events) e
    window w as (partition by e.session order by e.seq))
  select distinct on (x.session) x.session, x.seq, x.what
    from (select l.session, l.seq, 'altered' as what from linked l where l.computed <> l.hash and coalesce(l.previous, l.seq - 1) = l.seq - 1
          union all
          select l.session, l.previous + 1, 'missing' from linked l where l.previous <> l.seq - 1
          union all
          select l.session, l.seq, 'page changed' from linked l where not l.fits) x
   order by x.session, x.seq;
end $$;
comment on function sealdesk.sweep_chains(integer) is
  'Recomputes the next so many events of all chains, going round: the first that does not fit in each, and what is wrong. What precedes the oldest event that is left is taken as it is.';

create or replace function sealdesk.report_chains(p_session uuid) returns void language plpgsql as $$
declare
  b record;
  whose text;
begin
  for b in select * from sealdesk.broken_since_checkpoint() union select * from sealdesk.sweep_chains(10000) loop
    select s.login into whose from sealdesk.session s where s.id = b.session;
    -- Once a day each, as what is overdue.
    if not exists (select from sealdesk.audit_event e where e.actor = 'system' and e.at > clock_timestamp() - interval '1 day' and e.action = 'chain_broken'
                     and e.version = b.seq and e.details::json ->> 'session' = b.session::text) then
      perform sealdesk.append(p_session, 'system', 'chain_broken', 'ok', null, null, null, b.seq, null, coalesce(whose, '?'),
        json_build_object('session', b.session, 'seq', b.seq, 'what', b.what)::text, null);
    end if;
  end loop;
end $$;
comment on function sealdesk.report_chains(uuid) is 'Records each chain that is not whole, as an event that a rule matches; about the person whose session it is.';

create or replace function sealdesk.report_late_checkpoint(p_session uuid) returns void language plpgsql as $$
declare
  newest record;
begin
  select c.number, c.at into newest from sealdesk.checkpoint c order by c.number desc limit 1;
  if coalesce(newest.at, '-infinity') < clock_timestamp() - interval '5 min'
     and not exists (select from sealdesk.audit_event e where e.actor = 'system' and e.at > clock_timestamp() - interval '1 hour' and e.action = 'checkpoint_failed' and e.reference = 'overdue') then
    perform sealdesk.append(p_session, 'system', 'checkpoint_failed', 'ok', null, null, null, newest.number, null, 'overdue',
      json_strip_nulls(json_build_object('newest', newest.at))::text, null);
  end if;
end $$;
comment on function sealdesk.report_late_checkpoint(uuid) is 'Records that no checkpoint was made for five minutes although somebody watches, once an hour.';

-- A desk leaves a heartbeat every four minutes. A session that never left one is a script's, or too young to tell.
create or replace function sealdesk.report_silence(p_session uuid) returns void language plpgsql as $$
declare
  q record;
begin
  for q in
    select s.id, s.login, h.last_at
      from sealdesk.session s join sealdesk.session_head h on h.session = s.id
     where s.closed_at is null and s.expires_at > clock_timestamp() and s.opened_at < clock_timestamp() - interval '11 min'
       and h.last_at < clock_timestamp() - interval '11 min' and sealdesk.session_end(s) is null
       and not exists (select from sealdesk.silent_session x where x.session = s.id and x.last_at >= h.last_at)
       and exists (select from sealdesk.audit_event e where e.session = s.id and e.action = 'heartbeat' and e.at >= s.opened_at)
     order by h.last_at limit 100
  loop
    insert into sealdesk.silent_session (session, last_at) values (q.id, q.last_at) on conflict (session) do update set last_at = excluded.last_at;
    perform sealdesk.append(p_session, 'system', 'session_silent', 'ok', null, null, null, extract(epoch from clock_timestamp() - q.last_at)::bigint / 60, null, q.login,
      json_build_object('session', q.id, 'since', q.last_at)::text, null);
  end loop;
end $$;
comment on function sealdesk.report_silence(uuid) is 'Records open sessions that left heartbeats and have left nothing for eleven minutes: once each silence, with its minutes.';

create or replace function sealdesk_api.watch_anchored(p_session bytea, p_name text, p_number bigint, p_error text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'watch') then 'SD003'
    when p_name is null or char_length(p_name) not between 1 and 200 or p_number < 0 or octet_length(p_error) > 500 then 'SD011'
    else 'ok' end;
begin
  if result <> 'ok' then
    perform sealdesk.append_act(s.session, s.login, 'watch_report', result);
    return result;
  end if;
  insert into sealdesk.anchor_state as a (name, number, at, error, failing_since, by)
  values (p_name, p_number, case when p_error is null and p_number is not null then clock_timestamp() end, p_error, case when p_error is not null then clock_timestamp() end, s.login)
  on conflict (name) do update
     set number = coalesce(excluded.number, a.number), at = coalesce(excluded.at, a.at), error = excluded.error, by = excluded.by,
         failing_since = case when excluded.error is not null then coalesce(a.failing_since, excluded.failing_since) end;
  return 'ok';
exception when lock_not_available then
  return 'SD007';
end $$;
comment on function sealdesk_api.watch_anchored(bytea, text, bigint, text) is
  'How far an anchor is, or why it cannot be written. For doctor and people to look at: what proves anything is the anchor.';

-- Whoever holds the server could leave this out too: the desk's own alarm does not depend on it.
create or replace function sealdesk_api.report_tampered(p_session bytea, p_seq bigint, p_what text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when p_what is null or p_what not in ('altered', 'behind', 'unrecorded') then 'SD011' else 'ok' end;
begin
  -- A session says it once.
  if result = 'ok' and exists (select from sealdesk.audit_event e where e.session = s.session and e.action = 'chain_broken' and e.actor = s.login) then
    return result;
  end if;
  perform sealdesk.append(s.session, s.login, case when result = 'ok' then 'chain_broken' else 'watch_report' end, result, null, null, null, p_seq, null, s.login,
    case when result = 'ok' then json_build_object('session', s.session, 'seq', p_seq, 'what', p_what)::text end, null);
  return result;
end $$;
comment on function sealdesk_api.report_tampered(bytea, bigint, text) is
  'A client says that its own session''s chain is not what it did: an event that a rule matches, so that supervisors hear of it. Once for each session.';
