-- Alerts: raised by rounds of the watch, put away by people, delivered by the watch. An alert is never changed; what becomes of it stands beside it.

create or replace view sealdesk.alert_now as
  select a.number, a.rule, a.label_en, a.label_zh, a.severity, a.subject, a.record, a.opened_at, a.suppressed,
         o.from_at, o.until_at, o.events, o.peak, o.last_id,
         case when c.state in ('resolved', 'false_positive') and c.seen >= o.last_id then c.state
              when c.state = 'acknowledged' then 'acknowledged' else 'open' end as state,
         c.by as owner, c.at as state_at, c.note,
         exists (select from sealdesk.alert_state s where s.alert = a.number and s.state = 'escalated') as escalated
    from sealdesk.alert a
    left join lateral (select min(x.from_at) as from_at, max(x.until_at) as until_at, sum(x.events)::bigint as events, max(x.peak) as peak, max(x.id) as last_id
                         from sealdesk.alert_occurrence x where x.alert = a.number) o on true
    left join lateral (select s.state, s.by, s.at, s.note, s.seen from sealdesk.alert_state s
                        where s.alert = a.number and s.state <> 'escalated' order by s.id desc limit 1) c on true;
comment on view sealdesk.alert_now is 'Alerts as they stand. What comes after one was put away, even in the same moment, opens it again.';

create or replace function sealdesk.caused(p_person uuid, p_alert bigint) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from sealdesk.alert_occurrence o, unnest(o.actors) x (login) join sealdesk.person p on p.login = x.login
     where o.alert = p_alert and sealdesk.is_same_person(p_person, p.id));
$$;
comment on function sealdesk.caused(uuid, bigint) is 'Whether a person, under any account, did one of the things that an alert is about.';

create or replace function sealdesk.raise_alert(p_session uuid, p_login text, r sealdesk.audit_rule, p_subject text, p_record uuid, p_from timestamptz, p_until timestamptz,
  p_events bigint, p_peak bigint, p_actors text[], p_sessions uuid[], p_seqs bigint[]) returns boolean language plpgsql as $$
declare
  quiet boolean;
  meant bigint;
  before bigint;
  rings text;
begin
  quiet := exists (
    select from sealdesk.suppression x
     where x.rule = r.code and (x.subject is null or x.subject = p_subject) and x.ended_at is null and x.until_at > clock_timestamp()
       and not exists (select from unnest(p_actors) c (login) join sealdesk.person p on p.login = c.login where sealdesk.is_same_person(x.person, p.id)));
  select a.number, a.events into meant, before
    from (select x.number from sealdesk.alert x where x.rule = r.code and x.subject = p_subject and x.suppressed = quiet order by x.number desc limit 1) l
    join sealdesk.alert_now a on a.number = l.number
   where a.state in ('open', 'acknowledged');
  if meant is null then
    insert into sealdesk.alert (rule, label_en, label_zh, severity, subject, record, suppressed)
    values (r.code, r.label_en, r.label_zh, r.severity, p_subject, p_record, quiet) returning number into meant;
    insert into sealdesk.alert_open values (meant);
    rings := 'raised';
    perform sealdesk.append(p_session, p_login, 'alert', 'ok', p_record, null, null, meant, null, null,
      json_strip_nulls(json_build_object('rule', r.code, 'severity', r.severity, 'subject', case when r.per <> 'record' then left(p_subject, 60) end,
        'suppressed', case when quiet then true end))::text, null);
  elsif length((before + p_events)::text) > length(before::text) then
    rings := 'again';
  end if;
  insert into sealdesk.alert_occurrence (alert, from_at, until_at, events, peak, actors, sessions, seqs)
  values (meant, p_from, p_until, p_events, p_peak, p_actors, p_sessions, p_seqs);
  if rings is null or quiet then
    return false;
  end if;
  perform sealdesk.ring(meant, rings, r.severity);
  return true;
end $$;
comment on function sealdesk.raise_alert(uuid, text, sealdesk.audit_rule, text, uuid, timestamptz, timestamptz, bigint, bigint, text[], uuid[], bigint[]) is
  'Folds what a rule has found into the alert that is open for the same subject, or opens one; answers whether people are called: for a new one, and for ten times as much.';

create or replace function sealdesk.ring(p_alert bigint, p_what text, p_severity text) returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  with n as (insert into sealdesk.alert_notice (alert, what) values (p_alert, p_what) returning id)
  insert into sealdesk.alert_delivery (sink, notice)
  select k.name, n.id from n, sealdesk.alert_sink k
   where k.active and array_position(array['info', 'warning', 'critical'], k.least) <= array_position(array['info', 'warning', 'critical'], p_severity);
  select pg_notify('sealdesk', 'alert');
$$;
comment on function sealdesk.ring(bigint, text, text) is 'Calls people: queues a notice for every sink, and wakes the desks.';

-- A rule that fails stops no other, and is itself something that a rule matches.
create or replace function sealdesk.evaluate(p_session uuid, p_login text, p_events sealdesk.audit_event[]) returns bigint language plpgsql as $$
declare
  happened text[] := array(select distinct e.action from unnest(p_events) e);
  r sealdesk.audit_rule;
  rung bigint := 0;
begin
  for r in select * from sealdesk.audit_rule x where x.enabled and x.actions && happened order by x.code loop
    begin
      rung := rung + (select count(*) from sealdesk.rule_firings(r, p_events, null, null) f
        where sealdesk.raise_alert(p_session, p_login, r, f.subject, f.record, f.from_at, f.until_at, f.events, f.peak, f.actors, f.sessions, f.seqs));
    exception when others then
      perform sealdesk.append_act(p_session, p_login, 'rule_failed', 'ok', json_build_object('rule', r.code, 'state', sqlstate)::text);
    end;
  end loop;
  return rung;
end $$;
comment on function sealdesk.evaluate(uuid, text, sealdesk.audit_event[]) is 'Every rule on fresh events; answers how often people are called.';

create or replace function sealdesk.alerts_escalate() returns void language plpgsql as $$
declare
  a record;
  more text;
begin
  delete from sealdesk.alert_open o using sealdesk.alert_now x where x.number = o.alert and x.state in ('resolved', 'false_positive');
  for a in
    select x.number, x.severity, x.last_id from sealdesk.alert_open o join sealdesk.alert_now x on x.number = o.alert join sealdesk.audit_rule r on r.code = x.rule
     where x.state = 'open' and not x.suppressed and not x.escalated and r.escalate_minutes is not null
       and x.opened_at between clock_timestamp() - interval '30 days' and clock_timestamp() - r.escalate_minutes * interval '1 min'
  loop
    more := case a.severity when 'info' then 'warning' else 'critical' end;
    insert into sealdesk.alert_state (alert, state, by, seen) values (a.number, 'escalated', 'system', a.last_id);
    perform sealdesk.ring(a.number, 'escalated', more);
  end loop;
end $$;
comment on function sealdesk.alerts_escalate() is 'Takes out of the open ones what was put away, and rings again, more severe, for what nobody has acknowledged in its rule''s time.';

-- At most once a day each.
create or replace function sealdesk.report_overdue(p_session uuid) returns void language plpgsql as $$
declare
  o record;
begin
  for o in
    select concat_ws(' ', 'rotation', r.kind, r.name) as what from sealdesk.rotation_schedule() r where r.overdue
    union all
    select concat_ws(' ', 'review', c.number) from sealdesk.review_campaign c
     where c.closed_at is null and c.due_at < clock_timestamp() + interval '1 day'
       and exists (select from sealdesk.review_item i where i.campaign = c.number and i.decision is null)
    union all
    select concat_ws(' ', 'broken glass', e.number) from sealdesk.elevation e where e.break_glass and e.reviewed_at is null and e.until_at < clock_timestamp() - interval '1 day'
  loop
    if not exists (select from sealdesk.audit_event e where e.actor = 'system' and e.at > clock_timestamp() - interval '1 day' and e.action = 'overdue' and e.reference = o.what) then
      perform sealdesk.append(p_session, 'system', 'overdue', 'ok', null, null, null, null, null, left(o.what, 60), null, null);
    end if;
  end loop;
end $$;
comment on function sealdesk.report_overdue(uuid) is 'Records what is overdue, as events that a rule matches: rotations, reviews that end within a day, broken glasses that nobody has reviewed.';

create or replace function sealdesk_api.my_alerts(p_session bytea, out critical bigint, out warning bigint, out info bigint, out newest bigint, out newest_severity text,
  out newest_en text, out newest_zh text, out newest_subject text, out unwatched_s bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  critical := 0;
  warning := 0;
  info := 0;
  if not sealdesk.has_capability(s.person, 'audit_all') then
    return;
  end if;
  select count(*) filter (where a.severity = 'critical'), count(*) filter (where a.severity = 'warning'), count(*) filter (where a.severity = 'info')
    into critical, warning, info from sealdesk.alert_open o join sealdesk.alert_now a on a.number = o.alert where a.state = 'open' and not a.suppressed;
  -- The one that rang last, whether it is new or not.
  select n.id, case when n.what = 'escalated' then 'critical' else a.severity end, a.label_en, a.label_zh,
         case when a.record is null then a.subject end
    into newest, newest_severity, newest_en, newest_zh, newest_subject
    from sealdesk.alert_open o join sealdesk.alert_now a on a.number = o.alert and a.state = 'open' join sealdesk.alert_notice n on n.alert = a.number
   order by n.id desc limit 1;
  select extract(epoch from clock_timestamp() - w.round_at)::bigint into unwatched_s from sealdesk.watch w;
end $$;
comment on function sealdesk_api.my_alerts(bytea) is
  'How many alerts of each severity are open, what rang last, and for how many seconds nobody has watched (null: never yet). Nothing for who does not read the whole audit.';

create or replace function sealdesk_api.list_alerts(p_session bytea, p_all boolean, p_number bigint default null)
returns table (number bigint, rule text, label_en text, label_zh text, severity text, subject text, record_number bigint, opened_at timestamptz, suppressed boolean,
  from_at timestamptz, until_at timestamptz, events bigint, peak bigint, last_id bigint, state text, owner text, state_at timestamptz, note text, escalated boolean,
  actors text[], actions text, may_handle boolean, record_prefix text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  handles boolean;
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  handles := sealdesk.may_decide(s.person, 'approve');
  return query
  select a.number, a.rule, a.label_en, a.label_zh, a.severity, case when r.per = 'record' or a.subject = a.record::text then '' else a.subject end, n.number, a.opened_at,
         a.suppressed, a.from_at, a.until_at, a.events, a.peak, a.last_id, a.state, a.owner, a.state_at, a.note, a.escalated,
         array(select distinct x from sealdesk.alert_occurrence o, unnest(o.actors) x where o.alert = a.number order by x limit 20),
         array_to_string(r.actions, ','), handles and not sealdesk.caused(s.person, a.number),
         (select k.prefix from sealdesk.record_kind k where k.code = n.kind)
    from sealdesk.alert_now a
    left join sealdesk.audit_rule r on r.code = a.rule
    left join lateral (select x.number, x.kind from sealdesk.record x where x.id = a.record and sealdesk.may_know(s.person, x)) n on true
   where a.number = any (case when p_number is not null then array[p_number] when p_all then array(select x.number from sealdesk.alert x order by x.number desc limit 500)
                              else array(select o.alert from sealdesk.alert_open o) end)
     and (p_all or p_number is not null or a.state in ('open', 'acknowledged') and not a.suppressed)
   order by a.number desc
   limit 500;
end $$;
comment on function sealdesk_api.list_alerts(bytea, boolean, bigint) is
  'Alerts that are open or acknowledged, or all, or one; newest first. For who reads the whole audit; without the numbers of records above their clearance.';

create or replace function sealdesk_api.alert_history(p_session bytea, p_number bigint)
returns table (state text, at timestamptz, by text, note text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select x.state, x.at, x.by, x.note from sealdesk.alert_state x where x.alert = p_number
  union all
  select n.what, n.at, 'watch', '' from sealdesk.alert_notice n where n.alert = p_number and n.what <> 'escalated'
  order by 2;
end $$;
comment on function sealdesk_api.alert_history(bytea, bigint) is 'What became of an alert, in order; raised and again are when it rang.';

create or replace function sealdesk_api.alert_events(p_session bytea, p_number bigint) returns table (session uuid, seq bigint, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select distinct e.session, e.seq, e.at
    from sealdesk.alert_occurrence o, unnest(o.sessions, o.seqs) x (session, seq)
    join sealdesk.audit_event e on e.session = x.session and e.seq = x.seq
   where o.alert = p_number
   order by e.at desc, e.session, e.seq
   limit 200;
end $$;
comment on function sealdesk_api.alert_events(bytea, bigint) is 'The places of the newest events that caused an alert. The events themselves are read as the audit is.';

create or replace function sealdesk_api.alert_handle(p_session bytea, p_number bigint, p_state text, p_note text, p_seen bigint default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  a record;
  result text;
begin
  select * into a from sealdesk.alert_now x where x.number = p_number;
  result := case
    when not (sealdesk.has_capability(s.person, 'audit_all') and sealdesk.may_decide(s.person, 'approve')) then 'SD003'
    when a.number is null then 'SD132'
    when sealdesk.caused(s.person, p_number) then 'SD133'
    when p_state is null or p_state not in ('acknowledged', 'resolved', 'false_positive') or char_length(p_note) > 500
      or p_state <> 'acknowledged' and (p_note is null or btrim(p_note) = '') then 'SD011'
    when a.state in ('resolved', 'false_positive') or a.state = 'acknowledged' and p_state = 'acknowledged' and a.owner = s.login then 'SD134'
    -- What came since it was looked at is looked at first.
    when p_seen < a.last_id and p_state <> 'acknowledged' then 'SD135'
    else 'ok' end;
  if result = 'ok' then
    insert into sealdesk.alert_state (alert, state, by, note, seen) values (p_number, p_state, s.login, coalesce(btrim(p_note), ''), coalesce(p_seen, a.last_id));
    perform pg_notify('sealdesk', 'alert');
  end if;
  perform sealdesk.append(s.session, s.login, 'alert_handle', result, null, null, null, p_number, null, null,
    json_build_object('state', left(p_state, 20), 'rule', a.rule)::text, null);
  return result;
end $$;
comment on function sealdesk_api.alert_handle(bytea, bigint, text, text, bigint) is
  'Acknowledges, or puts away as resolved or as a false positive, with a note. SD132 for what is not there, SD133 for who caused it, SD134 where it is put away already, SD135 where more has come since p_seen.';

create or replace function sealdesk_api.alert_suppress(p_session bytea, p_rule text, p_subject text, p_minutes integer, p_why text, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  outcome := case
    when not (sealdesk.has_capability(s.person, 'audit_all') and sealdesk.may_decide(s.person, 'approve')) then 'SD003'
    when not exists (select from sealdesk.audit_rule r where r.code = p_rule) then 'SD131'
    when p_minutes is null or p_minutes not between 5 and 10080 or p_why is null or char_length(btrim(p_why)) not between 1 and 200 or char_length(p_subject) > 200 then 'SD136'
    when exists (select from sealdesk.person p where p.login = split_part(p_subject, ' ', 1) and sealdesk.is_same_person(s.person, p.id)) then 'SD133'
    else 'ok' end;
  if outcome = 'ok' then
    insert into sealdesk.suppression as x (rule, subject, why, person, by, until_at)
    values (p_rule, p_subject, btrim(p_why), s.person, s.login, clock_timestamp() + p_minutes * interval '1 min') returning x.number into number;
  end if;
  perform sealdesk.append(s.session, s.login, 'alert_suppress', outcome, null, null, null, number, null, null,
    json_strip_nulls(json_build_object('rule', left(p_rule, 60), 'subject', left(p_subject, 60), 'minutes', p_minutes, 'why', left(p_why, 200)))::text, null);
end $$;
comment on function sealdesk_api.alert_suppress(bytea, text, text, integer, text) is
  'Calls nobody for a rule, or for one subject of it, for 5 to 10080 minutes. It never covers what its author causes. SD131 for an unknown rule, SD136 for a time or reason that will not do.';

create or replace function sealdesk_api.suppression_end(p_session bytea, p_number bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'audit_all') and sealdesk.may_decide(s.person, 'approve') then 'ok' else 'SD003' end;
begin
  if result = 'ok' then
    begin
      update sealdesk.suppression x set ended_at = clock_timestamp(), ended_by = s.login where x.number = p_number and x.ended_at is null and x.until_at > clock_timestamp();
      result := case when found then 'ok' else 'SD052' end;
    exception when lock_not_available then
      result := 'SD007';
    end;
  end if;
  perform sealdesk.append(s.session, s.login, 'suppression_end', result, null, null, null, p_number, null, null, null, null);
  return result;
end $$;
comment on function sealdesk_api.suppression_end(bytea, bigint) is 'Ends a suppression before its time.';

create or replace function sealdesk_api.list_suppressions(p_session bytea)
returns table (number bigint, rule text, subject text, why text, by text, at timestamptz, until_at timestamptz, ended_by text, running boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select x.number, x.rule, x.subject, x.why, x.by, x.at, least(x.until_at, x.ended_at), x.ended_by, x.ended_at is null and x.until_at > clock_timestamp()
    from sealdesk.suppression x order by x.number desc limit 200;
end $$;
comment on function sealdesk_api.list_suppressions(bytea) is 'Suppressions, newest first.';

-- Delivery: how stands in the watch's file, so that nobody who may change a rule can have a program run.

create or replace function sealdesk_api.watch_sinks(p_session bytea, p_names text[], p_least text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'watch') then 'SD003'
    when p_names is null or cardinality(p_names) > 20 or cardinality(p_names) is distinct from cardinality(p_least)
      or exists (select from unnest(p_names, p_least) x (n, l) where n is null or n !~ '^[a-z][a-z0-9_-]{0,40}$' or l is null or l not in ('info', 'warning', 'critical')) then 'SD011'
    else 'ok' end;
begin
  if result = 'ok' then
    update sealdesk.alert_sink k set active = false where k.active and not k.name = any (p_names);
    insert into sealdesk.alert_sink (name, least) select distinct on (n) n, l from unnest(p_names, p_least) x (n, l)
    on conflict (name) do update set least = excluded.least, active = true;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'watch_sinks', result, json_build_object('sinks', sealdesk.named(p_names))::text);
  return result;
end $$;
comment on function sealdesk_api.watch_sinks(bytea, text[], text[]) is
  'Where notices are delivered from now on, and from which severity on. A sink that is not named any more keeps its queue.';

create or replace function sealdesk_api.watch_deliveries(p_session bytea, p_sink text, p_limit integer default 20)
returns table (notice bigint, alert bigint, what text, at timestamptz, rule text, label_en text, label_zh text, severity text, subject text, opened_at timestamptz,
  until_at timestamptz, events bigint, peak bigint, actors text[], attempts integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'watch') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select n.id, a.number, n.what, n.at, a.rule, a.label_en, a.label_zh,
         case when n.what <> 'escalated' then a.severity when a.severity = 'info' then 'warning' else 'critical' end,
         -- What goes out of the house names no record.
         case when a.record is null then a.subject when a.subject = a.record::text then '' else a.subject end,
         a.opened_at, a.until_at, a.events, a.peak,
         array(select distinct x from sealdesk.alert_occurrence o, unnest(o.actors) x where o.alert = a.number order by x limit 20), d.attempts
    from sealdesk.alert_delivery d join sealdesk.alert_notice n on n.id = d.notice join sealdesk.alert_now a on a.number = n.alert
   where d.sink = p_sink and d.delivered_at is null and d.next_at <= clock_timestamp()
   order by n.id
   limit least(greatest(p_limit, 1), 100);
end $$;
comment on function sealdesk_api.watch_deliveries(bytea, text, integer) is 'What is due in a sink''s queue, oldest first.';

create or replace function sealdesk_api.watch_delivered(p_session bytea, p_sink text, p_notice bigint, p_error text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'watch') then
    perform sealdesk.append_act(s.session, s.login, 'watch_delivered', 'SD003');
    return 'SD003';
  end if;
  update sealdesk.alert_delivery d
     set attempts = d.attempts + 1, error = left(p_error, 200), delivered_at = case when p_error is null then clock_timestamp() end,
         next_at = clock_timestamp() + least(interval '5 min', interval '2 s' * power(2, least(d.attempts, 10)))
   where d.sink = p_sink and d.notice = p_notice and d.delivered_at is null;
  return 'ok';
end $$;
comment on function sealdesk_api.watch_delivered(bytea, text, bigint, text) is 'That a notice was delivered, or, with an error, was not and is to be tried again later.';
