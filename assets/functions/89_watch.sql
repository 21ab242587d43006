-- The watch. Whoever has the capability `watch` may have rounds made, duties done and reports recorded, and reads nothing by it: a round answers with counts.

-- In the order of transactions and no more than so many, however long one transaction is: one that was evaluated in part stays open in the place, with how
-- far it was. All in one statement, so that nothing comes between what is read and the place that is kept.
create or replace function sealdesk.fresh_events(w sealdesk.watch, p_limit integer, out events sealdesk.audit_event[], out after sealdesk.watch, out more boolean)
language plpgsql as $$
declare
  open_then xid8[] := array(select x from pg_snapshot_xip(w.place) x);
  seen_to xid8 := pg_snapshot_xmax(w.place);
  is_now pg_snapshot;
  next_one sealdesk.audit_event;
  last_one sealdesk.audit_event;
  still_open xid8[];
begin
  with pending as (
    (select e, e.xid, e.session, e.seq from sealdesk.audit_event e
      where e.xid = any (open_then)
        and not exists (select from unnest(w.partly_xids, w.partly_sessions, w.partly_seqs) p (xid, session, seq)
                         where p.xid = e.xid and (e.session, e.seq) <= (p.session, p.seq))
      order by e.xid, e.session, e.seq limit p_limit + 1)
    union all
    (select e, e.xid, e.session, e.seq from sealdesk.audit_event e where e.xid >= seen_to order by e.xid, e.session, e.seq limit p_limit + 1))
  select coalesce(array_agg(p.e order by p.xid, p.session, p.seq), '{}'), pg_current_snapshot() into events, is_now
    from (select * from pending order by xid, session, seq limit p_limit + 1) p;
  more := cardinality(events) > p_limit;
  after := w;
  -- This transaction's own events come after this: they are for the next round.
  still_open := array(select x from pg_snapshot_xip(is_now) x) || pg_current_xact_id();
  if not more then
    after.place := sealdesk.snapshot_of(greatest(pg_snapshot_xmax(is_now)::text::numeric, pg_current_xact_id()::text::numeric + 1)::text::xid8, still_open);
    after.partly_xids := '{}';
    after.partly_sessions := '{}';
    after.partly_seqs := '{}';
    return;
  end if;
  next_one := events[p_limit + 1];
  events := events[1:p_limit];
  last_one := events[p_limit];
  -- What lies behind the last one is left as it was.
  select coalesce(array_agg(p.xid), '{}'), coalesce(array_agg(p.session), '{}'), coalesce(array_agg(p.seq), '{}')
    into after.partly_xids, after.partly_sessions, after.partly_seqs
    from (select u.xid, u.session, u.seq from unnest(w.partly_xids, w.partly_sessions, w.partly_seqs) u (xid, session, seq) where u.xid > last_one.xid
          union all
          select last_one.xid, last_one.session, last_one.seq where next_one.xid = last_one.xid) p;
  still_open := still_open || after.partly_xids || array(select x from unnest(open_then) x where x > last_one.xid);
  after.place := sealdesk.snapshot_of(greatest(seen_to::text::numeric, last_one.xid::text::numeric + 1)::text::xid8, still_open);
end $$;
comment on function sealdesk.fresh_events(sealdesk.watch, integer) is 'The next events that were not evaluated, so many at most; and where the round after goes on.';

create or replace function sealdesk.snapshot_of(p_below xid8, p_open xid8[]) returns pg_snapshot language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('%s:%s:%s', coalesce((array_agg(x order by x))[1], p_below), p_below, string_agg(x::text, ',' order by x))::pg_snapshot
    from (select distinct o as x from unnest(p_open) o where o < p_below) y;
$$;
comment on function sealdesk.snapshot_of(xid8, xid8[]) is 'A snapshot that sees all transactions below one but those that were open.';

-- Who does not lead looks and locks nothing. Where the row is held although the lease has run out, whoever holds it hangs, and is ended.
create or replace function sealdesk.hold_watch(p_session uuid, out held boolean, out state sealdesk.watch) language plpgsql set lock_timeout = '1s' as $$
begin
  held := false;
  select * into state from sealdesk.watch;
  if state.session is distinct from p_session and state.until_at > clock_timestamp() then
    return;
  end if;
  for attempt in 1..2 loop
    begin
      select * into state from sealdesk.watch for update;
      held := state.session is not distinct from p_session or state.until_at <= clock_timestamp();
      return;
    exception when lock_not_available then
      perform sealdesk_lifecycle.end_writers('sealdesk.watch'::regclass);
    end;
  end loop;
end $$;
comment on function sealdesk.hold_watch(uuid) is 'The state of the watch, held until the transaction ends where the caller leads or may take the lead.';

create or replace function sealdesk_api.watch_round(p_session bytea, p_lease_s integer default 6, p_limit integer default 2000,
  out outcome text, out leads boolean, out leader text, out server_time timestamptz, out events bigint, out alerts bigint, out more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  h record;
  w sealdesk.watch;
  f record;
  began timestamptz := clock_timestamp();
begin
  server_time := began;
  events := 0;
  alerts := 0;
  more := false;
  leads := false;
  if not sealdesk.has_capability(s.person, 'watch') then
    outcome := 'SD003';
    perform sealdesk.append_act(s.session, s.login, 'watch_round', outcome);
    return;
  end if;
  outcome := 'ok';
  select * into h from sealdesk.hold_watch(s.session);
  leads := h.held;
  w := h.state;
  if not leads then
    leader := w.login;
    return;
  end if;
  leader := s.login;
  if w.session is distinct from s.session or w.until_at < began then
    perform sealdesk.append_act(s.session, s.login, 'watch_lead', 'ok', json_strip_nulls(json_build_object('last', w.round_at))::text);
  end if;
  if w.round_at < began - interval '2 min' then
    perform sealdesk.append(s.session, s.login, 'watch_gap', 'ok', null, null, null, extract(epoch from began - w.round_at)::bigint, null, null,
      json_build_object('from', w.round_at, 'until', began)::text, null);
  end if;
  if pg_snapshot_xmax(w.place) > pg_snapshot_xmax(pg_current_snapshot()) then
    -- Another cluster's numbers: the database was restored from a dump. Nothing can be told from them, so it is said and begun anew.
    perform sealdesk.append_act(s.session, s.login, 'watch_place', 'ok', json_build_object('place', w.place::text)::text);
    w.place := pg_current_snapshot();
    w.partly_xids := '{}';
  end if;
  select * into f from sealdesk.fresh_events(w, least(greatest(p_limit, 1), 5000));
  events := cardinality(f.events);
  more := f.more;
  if events > 0 then
    alerts := sealdesk.evaluate(s.session, s.login, f.events);
  end if;
  update sealdesk.watch x
     set session = s.session, login = s.login, until_at = clock_timestamp() + least(greatest(p_lease_s, 2), 60) * interval '1 s', round_at = began,
         place = (f.after).place, partly_xids = (f.after).partly_xids, partly_sessions = (f.after).partly_sessions, partly_seqs = (f.after).partly_seqs,
         evaluated = x.evaluated + watch_round.events;
end $$;
comment on function sealdesk_api.watch_round(bytea, integer, integer) is
  'Takes or renews the lead and evaluates what was committed since the last round; who does not lead is told who does. At most p_limit events; more says that others wait. Answers with counts only.';

create or replace function sealdesk_api.watch_leave(p_session bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'watch') then
    perform sealdesk.append_act(s.session, s.login, 'watch_leave', 'SD003');
    return 'SD003';
  end if;
  perform from sealdesk.watch w where w.session = s.session for update skip locked;
  if found then
    update sealdesk.watch w set until_at = clock_timestamp() where w.session = s.session;
    perform sealdesk.append_act(s.session, s.login, 'watch_leave', 'ok');
  end if;
  return 'ok';
end $$;
comment on function sealdesk_api.watch_leave(bytea) is 'Gives the lead up, so that who stands by takes it at once.';

create or replace function sealdesk.elevations_end_due(p_session uuid) returns void language plpgsql as $$
declare
  e sealdesk.elevation;
begin
  for e in
    select * from sealdesk.elevation x
     where x.ended_at is null and x.until_at between clock_timestamp() - interval '7 days' and clock_timestamp()
     order by x.number limit 20 for update skip locked
  loop
    update sealdesk.elevation x set ended_at = x.until_at, ended_by = 'system' where x.number = e.number;
    perform sealdesk.rights_changed(e.person);
    perform sealdesk.append_act(p_session, 'system', 'elevation_end', 'ok', json_build_object('elevation', e.number, 'role', e.role)::text);
  end loop;
end $$;
comment on function sealdesk.elevations_end_due(uuid) is
  'Records the end of roles for a time whose time is over, and tells the desks. The rights and keys have ended by themselves.';

create or replace function sealdesk_api.watch_duty(p_session bytea, p_duty text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'watch') then 'SD003'
    when p_duty is null or p_duty not in ('reviews', 'elevations', 'escalate', 'overdue', 'chains', 'late', 'silence', 'partitions', 'audit_reviews') then 'SD011'
    else 'ok' end;
begin
  if result <> 'ok' then
    perform sealdesk.append_act(s.session, s.login, 'watch_duty', result, json_build_object('duty', left(p_duty, 60))::text);
  elsif p_duty = 'reviews' then
    perform sealdesk.review_close_due(s.session);
  elsif p_duty = 'elevations' then
    perform sealdesk.elevations_end_due(s.session);
  elsif p_duty = 'escalate' then
    perform sealdesk.alerts_escalate();
  elsif p_duty = 'overdue' then
    perform sealdesk.report_overdue(s.session);
  elsif p_duty = 'chains' then
    perform sealdesk.report_chains(s.session);
  elsif p_duty = 'late' then
    perform sealdesk.report_late_checkpoint(s.session);
  elsif p_duty = 'silence' then
    perform sealdesk.report_silence(s.session);
  elsif p_duty = 'partitions' then
    perform sealdesk.ensure_partitions();
  elsif p_duty = 'audit_reviews' then
    perform sealdesk.audit_reviews_duty(s.session);
  end if;
  return result;
end $$;
comment on function sealdesk_api.watch_duty(bytea, text) is
  'What nobody need come by for any more: `reviews` closes those that are due, `elevations` records the end of roles for a time, `escalate` rings again for what nobody acknowledged, `overdue` records what is overdue, `chains` chains that are not whole, `late` that no checkpoint is made, `silence` open sessions that fell silent, `partitions` makes those of the audit ahead, `audit_reviews` begins reviews of the audit, draws their samples and records those that are overdue.';

create or replace function sealdesk_api.watch_report(p_session bytea, p_what text, p_subject text, p_number bigint, p_details text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'watch') then 'SD003'
    when p_what is null or p_what not in ('clock_jump', 'delivery_failed', 'login_failed', 'chain_broken', 'checkpoint_failed', 'anchor_failed', 'backup_failed')
      or octet_length(p_subject) > 200 or octet_length(p_details) > 500 then 'SD011'
    else 'ok' end;
begin
  if p_what = 'login_failed' and not exists (select from pg_catalog.pg_roles r where r.rolname = p_subject) then
    -- What somebody typed for a name may have been their passphrase.
    p_subject := 'unknown';
  end if;
  perform sealdesk.append(s.session, case when p_what = 'login_failed' and result = 'ok' then 'system' else s.login end,
    case when result = 'ok' then p_what else 'watch_report' end, result, null, null, null, case when result = 'ok' then p_number end, null,
    case when result = 'ok' then left(p_subject, 60) end, case when result = 'ok' then json_strip_nulls(json_build_object('what', p_details))::text end, null);
  return result;
end $$;
comment on function sealdesk_api.watch_report(bytea, text, text, bigint, text) is
  'Records what the watch has noticed outside the database, as an event that rules match. The subject is a sink, a file or a login name.';

-- The role that a migration brought has no key yet: the first officer who gives it to somebody makes one.
create or replace function sealdesk_api.role_key_put(p_session bytea, p_code text, p_hpke_public bytea, p_signature bytea, p_officers_generation integer,
  p_sealed bytea, p_wrap_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    perform from sealdesk.application_role a where a.code = p_code for no key update;
    result := case
      when not found or octet_length(p_hpke_public) is distinct from 1216 or p_signature is null or p_sealed is null or octet_length(p_sealed) > 4096
        or p_wrap_signature is null then 'SD011'
      when exists (select from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_code) then 'SD056'
      when p_officers_generation is distinct from (select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = 'security_officer') then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.directory_entry values ('role', p_code, 1, p_hpke_public, '', m.login, p_signature);
    insert into sealdesk.wrapped_key values ('role', 'security_officer', p_officers_generation, 'role_key', p_code, 1, p_sealed, m.login, p_wrap_signature);
    perform sealdesk.keys_changed();
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_key', result, json_build_object('role', left(p_code, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_key_put(bytea, text, bytea, bytea, integer, bytea, bytea) is
  'The first key of a role that has none. SD056 where it has one.';
