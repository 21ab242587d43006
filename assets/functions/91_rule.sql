-- Rules: what they match, who may change them, and trying one on what has been.

-- Inlined, so without a search path of its own. Asking for a one-time code is no refusal.
create or replace function sealdesk.rule_matches(r sealdesk.audit_rule, e sealdesk.audit_event) returns boolean language sql immutable as $$
  select (e).action = any ((r).actions)
     and ((r).outcome is null or case (r).outcome when 'refused' then (e).outcome not in ('ok', 'SD001', 'SD020') else (e).outcome = (r).outcome end)
     and ((r).classes = '{}' or (e).class = any ((r).classes));
$$;
comment on function sealdesk.rule_matches(sealdesk.audit_rule, sealdesk.audit_event) is 'Whether an event is one of those that a rule is about.';

create or replace function sealdesk.rule_key(p_per text, e sealdesk.audit_event) returns text language sql immutable as $$
  select case p_per when 'actor' then (e).actor when 'record' then (e).record::text when 'class' then (e).class when 'session' then (e).session::text
    when 'subject' then (e).reference else '' end;
$$;
comment on function sealdesk.rule_key(text, sealdesk.audit_event) is 'What an event is counted under; null where it has none.';

create or replace function sealdesk.off_hours(r sealdesk.audit_rule, p_at timestamptz) returns boolean language sql stable as $$
  select not (
    extract(isodow from p_at at time zone (r).zone)::integer = any ((r).weekdays)
    and not (p_at at time zone (r).zone)::date = any ((r).holidays)
    and case when (r).from_time <= (r).until_time
        then (p_at at time zone (r).zone)::time >= (r).from_time and (p_at at time zone (r).zone)::time < (r).until_time
        -- A shift through the night.
        else (p_at at time zone (r).zone)::time >= (r).from_time or (p_at at time zone (r).zone)::time < (r).until_time end);
$$;
comment on function sealdesk.off_hours(sealdesk.audit_rule, timestamptz) is 'Whether a moment lies outside a rule''s calendar.';

-- One statement for each kind, each planned once: the audit has many partitions, and the bounds in variables leave all but one or two of them alone.
create or replace function sealdesk.rule_hits(r sealdesk.audit_rule, p_base sealdesk.audit_event[])
returns table (subject text, record uuid, session uuid, seq bigint, at timestamptz, actor text, n bigint)
language plpgsql stable set plan_cache_mode = force_generic_plan set jit = off as $$
#variable_conflict use_column
declare
  span constant interval := make_interval(secs => r.window_s);
  keys text[];
  los timestamptz[];
  his timestamptz[];
  lo timestamptz;
  hi timestamptz;
begin
  select min(b.at), max(b.at) into lo, hi from unnest(p_base) b;
  if r.kind = 'count' and r.threshold = 1 then
    return query
    select sealdesk.rule_key(r.per, b), case when r.per = 'record' then b.record end, b.session, b.seq, b.at, b.actor, 1::bigint
      from unnest(p_base) b where sealdesk.rule_key(r.per, b) is not null;
  elsif r.kind = 'count' then
    select array_agg(k.key), array_agg(k.lo), array_agg(k.hi) into keys, los, his
      from (select sealdesk.rule_key(r.per, b) as key, min(b.at) - span as lo, max(b.at) as hi from unnest(p_base) b
             where sealdesk.rule_key(r.per, b) is not null group by 1) k;
    lo := lo - span;
    return query
    with around as (
      select k.key, e.session, e.seq, e.at from unnest(keys, los, his) k (key, lo, hi) join sealdesk.audit_event e on e.actor = k.key and e.at >= k.lo and e.at <= k.hi
       where r.per = 'actor' and e.at >= lo and e.at <= hi and sealdesk.rule_matches(r, e)
      union all
      select k.key, e.session, e.seq, e.at from unnest(keys, los, his) k (key, lo, hi)
        join sealdesk.audit_event e on e.record = case when r.per = 'record' then k.key::uuid end and e.at >= k.lo and e.at <= k.hi
       where r.per = 'record' and e.at >= lo and e.at <= hi and sealdesk.rule_matches(r, e)
      union all
      select k.key, e.session, e.seq, e.at from unnest(keys, los, his) k (key, lo, hi)
        join sealdesk.audit_event e on e.session = case when r.per = 'session' then k.key::uuid end and e.at >= k.lo and e.at <= k.hi
       where r.per = 'session' and e.at >= lo and e.at <= hi and sealdesk.rule_matches(r, e)
      union all
      select k.key, e.session, e.seq, e.at from unnest(keys, los, his) k (key, lo, hi)
        join sealdesk.audit_event e on e.at >= k.lo and e.at <= k.hi and sealdesk.rule_key(r.per, e) = k.key
       where r.per in ('class', 'subject', 'all') and e.at >= lo and e.at <= hi and sealdesk.rule_matches(r, e)),
    counted as (
      select a.key, a.session, a.seq, count(*) over (partition by a.key order by a.at range between span preceding and current row) as n from around a)
    select c.key, case when r.per = 'record' then b.record end, b.session, b.seq, b.at, b.actor, c.n
      from unnest(p_base) b join counted c on c.session = b.session and c.seq = b.seq where c.n >= r.threshold;
  elsif r.kind in ('baseline', 'quota') then
    return query
    with hourly as (
      select b.actor, case when r.kind = 'quota' then b.class end as class, date_trunc('hour', b.at) as hour, max(b.at) as hi
        from unnest(p_base) b where b.actor <> 'system' group by 1, 2, 3),
    busy as (
      select h.actor, h.class, h.hour, (select count(*) from sealdesk.audit_event e
                where e.actor = h.actor and e.at >= h.hour and e.at <= h.hi and (h.class is null or e.class = h.class)
                  and e.at >= lo - interval '1 hour' and e.at <= hi and sealdesk.rule_matches(r, e)) as n
        from hourly h),
    much as (
      select u.actor, u.class, u.hour, u.n from busy u
       where r.kind = 'baseline' and u.n >= r.threshold
         and u.n >= r.multiple * (select percentile_cont(0.5) within group (order by x.n)
               from (select (select count(*) from sealdesk.audit_event e
                              where e.actor = u.actor and e.at >= u.hour - w.n * interval '7 days' and e.at < u.hour - w.n * interval '7 days' + interval '1 hour'
                                and e.at >= lo - interval '29 days' and e.at <= hi and sealdesk.rule_matches(r, e)) as n
                       from generate_series(1, 4) w (n)) x)
      union all
      select u.actor, u.class, u.hour, u.n from busy u join sealdesk.class c on c.code = u.class
       where r.kind = 'quota' and c.quota_per_hour > 0 and u.n * 100 >= r.threshold * c.quota_per_hour::bigint)
    select concat_ws(' ', b.actor, m.class), null::uuid, b.session, b.seq, b.at, b.actor, m.n
      from unnest(p_base) b join much m on m.actor = b.actor and m.hour = date_trunc('hour', b.at) and (m.class is null or m.class = b.class);
  elsif r.kind = 'off_hours' then
    return query
    select b.actor, null::uuid, b.session, b.seq, b.at, b.actor, 1::bigint from unnest(p_base) b where b.actor <> 'system' and sealdesk.off_hours(r, b.at);
  elsif r.kind = 'new_origin' then
    -- The first session of all is how a person begins.
    return query
    select b.actor, null::uuid, b.session, b.seq, b.at, b.actor, 1::bigint
      from unnest(p_base) b join sealdesk.session s on s.id = b.session
     where exists (select from sealdesk.session x where x.login = s.login and x.opened_at < s.opened_at)
       and not exists (select from sealdesk.session x where x.login = s.login and x.opened_at < s.opened_at and x.opened_at > s.opened_at - interval '180 days'
                          and sealdesk.origin_host(x.origin) = sealdesk.origin_host(s.origin));
  elsif r.kind = 'honeytoken' then
    return query
    select b.actor, b.record, b.session, b.seq, b.at, b.actor, 1::bigint
      from unnest(p_base) b join sealdesk.honeytoken h on h.record = b.record where b.at >= h.at;
  elsif r.kind = 'label' then
    return query
    select b.actor, b.record, b.session, b.seq, b.at, b.actor, 1::bigint
      from unnest(p_base) b join sealdesk.record x on x.id = b.record
     where x.labelled and (x.label >= r.level or x.compartments && r.compartments);
  elsif r.kind = 'order' then
    return query
    select b.actor, b.record, b.session, b.seq, b.at, b.actor, 1::bigint
      from unnest(p_base) b
     where b.record is not null
       and not exists (select from sealdesk.audit_event v where v.session = b.session and v.seq < b.seq and v.at >= lo - interval '1 day' and v.at <= hi
                          and v.record = b.record and v.action in ('view', 'create') and v.outcome = 'ok');
  end if;
end $$;
comment on function sealdesk.rule_hits(sealdesk.audit_rule, sealdesk.audit_event[]) is
  'Which of these events, all of them such as the rule is about, make it fire: about whom, and how many were counted.';

-- With events: what they make of the rule, now. With a time instead: what it would have made of the past, day by day. Both in the same way, so that what a
-- rule is tried with is what it does.
create or replace function sealdesk.rule_firings(r sealdesk.audit_rule, p_fresh sealdesk.audit_event[], p_from timestamptz, p_until timestamptz)
returns table (subject text, record uuid, from_at timestamptz, until_at timestamptz, events bigint, peak bigint, actors text[], sessions uuid[], seqs bigint[])
language sql stable set jit = off as $$
  with base as materialized (
    select array(select e from unnest(p_fresh) e where sealdesk.rule_matches(r, e)) as events where p_fresh is not null
    union all
    select array(select e from sealdesk.audit_event e where e.at >= d.day and e.at < least(d.day + interval '1 day', p_until) and sealdesk.rule_matches(r, e))
      from generate_series(p_from, p_until, interval '1 day') d (day) where p_fresh is null),
  hit as (select h.* from base b, sealdesk.rule_hits(r, b.events) h where cardinality(b.events) > 0),
  -- What follows so closely upon the last is the same.
  parted as (
    select h.*, case when h.at - lag(h.at) over w <= greatest(make_interval(secs => r.window_s), interval '10 min') then 0 else 1 end as begins
      from hit h window w as (partition by h.subject order by h.at, h.session, h.seq)),
  numbered as (
    select p.*, sum(p.begins) over (partition by p.subject order by p.at, p.session, p.seq) as firing from parted p)
  select n.subject, (array_agg(n.record order by n.at desc) filter (where n.record is not null))[1], min(n.at), max(n.at), count(*), max(n.n),
         array_agg(distinct n.actor), (array_agg(n.session order by n.at desc, n.session, n.seq))[1:20], (array_agg(n.seq order by n.at desc, n.session, n.seq))[1:20]
    from numbered n group by n.subject, n.firing order by 3, 1;
$$;
comment on function sealdesk.rule_firings(sealdesk.audit_rule, sealdesk.audit_event[], timestamptz, timestamptz) is
  'What a rule makes of fresh events, or, without any, of those of a time. One row for what belongs together; the newest twenty events by session and number.';

create or replace function sealdesk.origin_host(p_origin text) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(substring(p_origin from '^ssh from [^ ]+'), p_origin);
$$;
comment on function sealdesk.origin_host(text) is 'Where a session came from, without the terminal.';

create or replace function sealdesk_api.list_rules(p_session bytea)
returns table (code text, kind text, label_en text, label_zh text, severity text, enabled boolean, settings text, version bigint, alerts bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'audit_all') or sealdesk.has_capability(s.person, 'manage_policy')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select r.code, r.kind, r.label_en, r.label_zh, r.severity, r.enabled, (to_jsonb(r) - array['code', 'kind', 'label_en', 'label_zh', 'severity', 'enabled', 'version'])::text,
         r.version, (select count(*) from sealdesk.alert a where a.rule = r.code and a.opened_at > now() - interval '7 days')
    from sealdesk.audit_rule r order by r.enabled desc, strpos('cwi', left(r.severity, 1)), r.code;
end $$;
comment on function sealdesk_api.list_rules(bytea) is
  'Rules, with their settings as JSON and how many alerts each has raised in seven days. For who reads the whole audit or manages policy.';

-- Settings as words: threshold=20. Lists have commas between. A value that looks like more than one setting is none: what somebody else approved is these
-- words, and they must mean one change only.
create or replace function sealdesk.rule_with(r sealdesk.audit_rule, p_keys text[], p_values text[]) returns sealdesk.audit_rule language plpgsql as $$
declare
  lists constant text[] := array['actions', 'classes', 'weekdays', 'holidays', 'compartments'];
  settable constant text[] := array['kind', 'label_en', 'label_zh', 'severity', 'enabled', 'actions', 'outcome', 'classes', 'per', 'threshold', 'window_s', 'multiple',
    'zone', 'weekdays', 'from_time', 'until_time', 'holidays', 'level', 'compartments', 'escalate_minutes'];
  given jsonb;
  changed sealdesk.audit_rule;
begin
  if p_keys is null or cardinality(p_keys) not between 1 and 30 or cardinality(p_keys) is distinct from cardinality(p_values)
      or exists (select from unnest(p_keys) k where k is null or not k = any (settable)) or (select count(distinct k) from unnest(p_keys) k) <> cardinality(p_keys)
      or exists (select from unnest(p_values) v where v is null or octet_length(v) > 2000 or v ~ '[^[:alnum:]_][a-z_]+=') then
    return null;
  end if;
  begin
    select jsonb_object_agg(k, case when k = any (lists) then to_jsonb(string_to_array(nullif(v, 'none'), ',')) when v = 'none' then 'null'::jsonb else to_jsonb(v) end)
      into given from unnest(p_keys, p_values) x (k, v);
    -- A list that is emptied is empty, not unknown.
    select jsonb_object_agg(g.key, case when g.key = any (lists) and g.value = 'null' then '[]' else g.value end) into given from jsonb_each(given) g;
    changed := jsonb_populate_record(r, given);
    perform now() at time zone changed.zone;
  exception when data_exception then
    return null;
  end;
  if not (sealdesk.is_label(changed.label_en) and sealdesk.is_label(changed.label_zh)) then
    return null;
  end if;
  return changed;
end $$;
comment on function sealdesk.rule_with(sealdesk.audit_rule, text[], text[]) is
  'A rule with other settings; null where they make no sense. The table''s own conditions are judged when it is stored.';

create or replace function sealdesk.new_rule(p_code text) returns sealdesk.audit_rule language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_populate_record(null::sealdesk.audit_rule, jsonb_build_object('code', p_code, 'severity', 'warning', 'enabled', true, 'classes', '[]'::jsonb, 'per', 'actor',
    'threshold', 1, 'window_s', 60, 'multiple', 3, 'zone', 'UTC', 'weekdays', '[1,2,3,4,5]'::jsonb, 'from_time', '07:00', 'until_time', '20:00', 'holidays', '[]'::jsonb,
    'compartments', '[]'::jsonb, 'version', 0));
$$;
comment on function sealdesk.new_rule(text) is 'What a rule is before anything is set.';

create or replace function sealdesk.rule_subject(p_code text, p_keys text[], p_values text[]) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' ', p_code, (select string_agg(k || '=' || v, ' ' order by k collate "C") from unnest(p_keys, p_values) x (k, v)));
$$;
comment on function sealdesk.rule_subject(text, text[], text[]) is 'A change of a rule as it is asked for and approved, to the letter.';

create or replace function sealdesk_api.rule_put(p_session bytea, p_code text, p_version bigint, p_keys text[], p_values text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'manage_policy') then 'ok' else 'SD003' end;
  before sealdesk.audit_rule;
  made sealdesk.audit_rule;
  approved bigint;
  seq bigint;
begin
  if result = 'ok' then
    select * into before from sealdesk.audit_rule r where r.code = p_code;
    made := sealdesk.rule_with(case when before.code is null then sealdesk.new_rule(p_code) else before end, p_keys, p_values);
    result := case
      when before.code is null and (p_version is not null or not sealdesk.is_code(p_code)) then 'SD131'
      when before.code is not null and p_version is null then 'SD070'
      when before.version <> p_version then 'SD007'
      when made.code is null then 'SD130'
      else 'ok' end;
  end if;
  if result = 'ok' then
    select a.outcome, a.request into result, approved from sealdesk.find_approval(s.person, 'audit_rule', sealdesk.rule_subject(p_code, p_keys, p_values)) a;
  end if;
  if result = 'ok' then
    begin
      if before.code is null then
        made.version := 1;
        insert into sealdesk.audit_rule select made.*;
      else
        -- Somebody who holds the row, in a transaction left open, is no reason to wait.
        perform from sealdesk.audit_rule r where r.code = p_code and r.version = p_version for no key update nowait;
        update sealdesk.audit_rule r
           set kind = made.kind, label_en = made.label_en, label_zh = made.label_zh, severity = made.severity, enabled = made.enabled, actions = made.actions,
               outcome = made.outcome, classes = made.classes, per = made.per, threshold = made.threshold, window_s = made.window_s, multiple = made.multiple,
               zone = made.zone, weekdays = made.weekdays, from_time = made.from_time, until_time = made.until_time, holidays = made.holidays, level = made.level,
               compartments = made.compartments, escalate_minutes = made.escalate_minutes, version = r.version + 1
         where r.code = p_code and r.version = p_version;
        if not found then
          result := 'SD007';
        end if;
      end if;
    exception
      when integrity_constraint_violation then result := 'SD130';
      when lock_not_available then result := 'SD007';
    end;
  end if;
  seq := sealdesk.append_act(s.session, s.login, 'rule_put', result, json_strip_nulls(json_build_object('rule', left(p_code, 60),
    'change', left(array_to_string(array(select x.k || '=' || x.v from unnest(p_keys, p_values) x (k, v) order by x.k collate "C"), ' '), 1000), 'request', approved,
    'from', case when result = 'ok' then (select jsonb_object_agg(o.key, o.value) from jsonb_each(to_jsonb(before)) o where o.key = any (p_keys)) end))::text);
  if result = 'ok' then
    perform sealdesk.use_approval(approved, s.session, seq);
  end if;
  return result;
end $$;
comment on function sealdesk_api.rule_put(bytea, text, bigint, text[], text[]) is
  'Makes a rule (no version) or changes some settings of one. SD050 without the approval of just this change, SD070 for a code that is taken, SD130 for settings that make no sense, SD131 for a rule that is not there.';

create or replace function sealdesk_api.request_rule_try(p_session bytea, p_ticket uuid, p_code text, p_keys text[], p_values text[], p_from timestamptz, p_until timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'audit_all') then 'ok' else 'SD003' end;
  r sealdesk.audit_rule;
begin
  if result = 'ok' then
    select * into r from sealdesk.audit_rule x where x.code = p_code;
    result := case
      when r.code is null and not sealdesk.is_code(p_code) or r.code is null and coalesce(cardinality(p_keys), 0) = 0 then 'SD131'
      when p_from is null or p_until is null or p_from >= p_until or p_until - p_from > interval '92 days' then 'SD011'
      else 'ok' end;
  end if;
  if result = 'ok' and cardinality(p_keys) > 0 then
    r := sealdesk.rule_with(case when r.code is null then sealdesk.new_rule(p_code) else r end, p_keys, p_values);
  end if;
  if result = 'ok' and (r.code is null or r.kind is null or r.actions is null or r.window_s not between 1 and 604800 or r.per not in ('actor', 'record', 'session') and r.window_s > 3600) then
    result := 'SD130';
  end if;
  perform sealdesk.append(s.session, s.login, 'rule_try', result, null, null, null, null, null, null,
    json_build_object('rule', left(p_code, 60), 'from', p_from, 'until', p_until)::text, p_ticket);
  if result = 'ok' then
    delete from sealdesk.rule_query q where q.session = s.session;
    insert into sealdesk.rule_query values (s.session, p_ticket, r, p_from, p_until);
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_rule_try(bytea, uuid, text, text[], text[], timestamptz, timestamptz) is
  'Asks what a rule, as it is or with other settings, would have made of the events of a time of at most 92 days.';

create or replace function sealdesk_api.collect_rule_try(p_session bytea, p_ticket uuid)
returns table (subject text, record_number bigint, from_at timestamptz, until_at timestamptz, events bigint, peak bigint, actors text[], record_prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['rule_try'], interval '60 s', target);
  q sealdesk.rule_query;
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  select * into q from sealdesk.rule_query x where x.session = s.session and x.ticket = p_ticket;
  if q.ticket is null then
    perform sealdesk.fail('SD008', 'the ticket is unknown, foreign or too old', 'Ask again.');
  end if;
  return query
  select case when (q.rule).per = 'record' then coalesce(n.number::text, '') else f.subject end, n.number, f.from_at, f.until_at, f.events, f.peak, f.actors,
         (select k.prefix from sealdesk.record_kind k where k.code = n.kind)
    from sealdesk.rule_firings(q.rule, null, q.from_at, q.until_at) f
    left join lateral (select x.number, x.kind from sealdesk.record x where x.id = f.record and sealdesk.may_know(s.person, x)) n on true
   order by f.from_at, f.subject
   limit 1000;
end $$;
comment on function sealdesk_api.collect_rule_try(bytea, uuid) is 'When it would have raised an alert, and for whom; without the numbers of records above the caller''s clearance.';

create or replace function sealdesk_api.honeytoken_put(p_session bytea, p_number bigint, p_on boolean, p_note text, p_prefix text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'manage_policy') then 'ok' else 'SD003' end;
  meant uuid;
begin
  if result = 'ok' then
    select r.id into meant from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(s.person, r);
    result := case when meant is null then 'SD006' when p_on is null or char_length(p_note) > 200 then 'SD011' else 'ok' end;
  end if;
  if result = 'ok' and p_on then
    insert into sealdesk.honeytoken (record, by, note) values (meant, s.login, coalesce(btrim(p_note), '')) on conflict do nothing;
  elsif result = 'ok' then
    delete from sealdesk.honeytoken h where h.record = meant;
  end if;
  perform sealdesk.append(s.session, s.login, 'honeytoken', result, meant, null, null, null, null, null, json_build_object('on', p_on)::text, null);
  return result;
end $$;
comment on function sealdesk_api.honeytoken_put(bytea, bigint, boolean, text, text) is 'Says of a record that nobody has a reason to open it, or no more.';

create or replace function sealdesk_api.list_honeytokens(p_session bytea) returns table (number bigint, by text, at timestamptz, note text, prefix text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'manage_policy') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select r.number, h.by, h.at, h.note, (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from sealdesk.honeytoken h join sealdesk.record r on r.id = h.record and sealdesk.may_know(s.person, r) order by r.number;
end $$;
comment on function sealdesk_api.list_honeytokens(bytea) is 'The records that nobody has a reason to open; for who manages policy.';
