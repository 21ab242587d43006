-- How long data is kept. A rule says after how many days what is purged; a legal hold on a record stops all of it. What is due is chosen here and
-- nowhere else, under the record's lock, so that no client purges what is not due. Of a purged record its number, its label and the fact remain.

create or replace function sealdesk.is_retention(p_kind text, p_class text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(case p_kind when 'history' then p_class <> 'notes' and exists (select from sealdesk.class c where c.code = p_class)
    else p_kind in ('erased', 'notes', 'untouched') and p_class = '' end, false);
$$;
comment on function sealdesk.is_retention(text, text) is 'Whether there is such a kind of retention: erased, notes, untouched, or history of a class.';

-- Somebody saw it, changed it or had it held: all that counts as touching. Reading it to seal it again does not.
create or replace function sealdesk.is_touched(p_record uuid, p_since timestamptz) returns boolean language plpgsql stable as $$
begin
  return exists (
    select from sealdesk.audit_event e
     where e.record = p_record and e.at >= p_since and e.outcome = 'ok'
       and e.action in ('view', 'reveal', 'history', 'notes', 'copy', 'share', 'shared_reveal', 'create', 'edit', 'note', 'delete', 'undelete', 'label', 'star',
         'legal_hold', 'legal_hold_release'));
end $$;
comment on function sealdesk.is_touched(uuid, timestamptz) is 'Whether anybody has looked at a record or changed it since.';

-- In the order of ids, from a cursor on: each batch goes on behind the one before.
create or replace function sealdesk.due_records(p_kind text, p_class text, p_days integer, p_after uuid, p_limit bigint) returns setof uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  cutoff timestamptz := clock_timestamp() - p_days * interval '1 day';
begin
  if p_kind = 'erased' then
    return query
    select r.id from sealdesk.record r
     where r.id > p_after and r.deleted_at < cutoff and r.purged_at is null and not exists (select from sealdesk.legal_hold h where h.record = r.id)
     order by r.id limit p_limit;
  elsif p_kind = 'history' then
    return query
    select distinct v.record from sealdesk.value_history v
     where v.record > p_after and v.class = p_class and v.replaced_at < cutoff and not exists (select from sealdesk.legal_hold h where h.record = v.record)
     order by v.record limit p_limit;
  elsif p_kind = 'notes' then
    return query
    select distinct n.record from sealdesk.note n
     where n.record > p_after and n.at < cutoff and not exists (select from sealdesk.legal_hold h where h.record = n.record)
     order by n.record limit p_limit;
  elsif p_kind = 'untouched' then
    return query
    select r.id from sealdesk.record r
     where r.id > p_after and r.deleted_at is null and r.updated_at < cutoff and not exists (select from sealdesk.legal_hold h where h.record = r.id)
       and not sealdesk.is_touched(r.id, cutoff)
     order by r.id limit p_limit;
  end if;
end $$;
comment on function sealdesk.due_records(text, text, integer, uuid, bigint) is 'Records of which something would be due after so many days, none of them on hold.';

create or replace function sealdesk.count_due(p_kind text, p_class text, p_days integer, out records bigint, out "values" bigint, out earlier bigint, out notes bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  cutoff timestamptz := clock_timestamp() - p_days * interval '1 day';
  whole constant boolean := p_kind in ('erased', 'untouched');
  due uuid[] := array(select x from sealdesk.due_records(p_kind, p_class, p_days, '00000000-0000-0000-0000-000000000000', 10001) x);
begin
  records := cardinality(due);
  "values" := case when whole then (select count(*) from sealdesk.field_value v where v.record = any (due)) else 0 end;
  earlier := case when whole or p_kind = 'history' then (
    select count(*) from sealdesk.value_history v where v.record = any (due) and (whole or v.class = p_class and v.replaced_at < cutoff)) else 0 end;
  notes := case when whole or p_kind = 'notes' then (
    select count(*) from sealdesk.note n where n.record = any (due) and (whole or n.at < cutoff)) else 0 end;
end $$;
comment on function sealdesk.count_due(text, text, integer) is 'What would be due after so many days: records, and what is in them. Beyond 10,000 records it is not counted further.';

create or replace function sealdesk_api.list_retention(p_session bytea)
returns table (kind text, class text, days integer, purges boolean, version bigint, records bigint, "values" bigint, earlier bigint, notes bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'audit_all') or sealdesk.has_capability(s.person, 'watch')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select k.kind, k.class, r.days, coalesce(r.purges, k.kind <> 'untouched'), r.version, d.records, d.values, d.earlier, d.notes
    from (select 'erased' as kind, '' as class, 1 as place
          union all select 'history', c.code, 1 + c.position from sealdesk.class c where c.code <> 'notes'
          union all select 'notes', '', 100000
          union all select 'untouched', '', 100001) k
    left join sealdesk.retention_rule r on r.kind = k.kind and r.class = k.class
    left join lateral sealdesk.count_due(r.kind, r.class, r.days) d on r.days is not null
   order by k.place;
end $$;
comment on function sealdesk_api.list_retention(bytea) is
  'Every kind of retention with its rule, days null for ever, and what is due by it now. For who manages policy, keeps watch or reads the whole audit.';

create or replace function sealdesk_api.retention_try(p_session bytea, p_kind text, p_class text, p_days integer,
  out outcome text, out records bigint, out "values" bigint, out earlier bigint, out notes bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_policy(p_session);
begin
  outcome := m.outcome;
  if outcome = 'ok' and not coalesce(sealdesk.is_retention(p_kind, p_class) and p_days between 1 and 36500, false) then
    outcome := 'SD107';
  end if;
  if outcome = 'ok' then
    select d.records, d.values, d.earlier, d.notes into records, "values", earlier, notes from sealdesk.count_due(p_kind, p_class, p_days) d;
  end if;
  perform sealdesk.append(m.session, m.login, 'retention_try', outcome, null, null, left(nullif(p_class, ''), 60), null, null, null,
    json_strip_nulls(json_build_object('kind', left(p_kind, 60), 'days', p_days, 'records', records))::text, null);
end $$;
comment on function sealdesk_api.retention_try(bytea, text, text, integer) is 'What a rule of so many days would purge, or mark as due, today.';

create or replace function sealdesk_api.retention_set(p_session bytea, p_kind text, p_class text, p_days integer, p_purges boolean, p_version bigint, p_shown bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  -- Counted before anybody has to wait for this change.
  may text := (select r.outcome from sealdesk.require_policy(p_session) r);
  due bigint := case when may = 'ok' and p_days between 1 and 36500 then (select d.records from sealdesk.count_due(p_kind, p_class, p_days) d) end;
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'retention_set', concat_ws(' ', 'retention', p_kind, nullif(p_class, '')));
  before sealdesk.retention_rule;
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.retention_rule r where r.kind = p_kind and r.class = p_class;
    m.outcome := case
      when not sealdesk.is_retention(p_kind, p_class) or p_purges is null or (not p_purges and p_kind <> 'untouched') or p_days not between 1 and 36500
        or (p_days is null and before.kind is null) then 'SD107'
      when before.version is distinct from p_version then 'SD007'
      -- Nobody confirms what they have not been told.
      when due > coalesce(p_shown, -1) then 'SD109'
      else 'ok' end;
    m := sealdesk.approve_change(m, sealdesk.changes(
      case when before.kind is null then '{}' else jsonb_build_object('days', before.days, 'purges', before.purges) end,
      jsonb_build_object('days', p_days, 'purges', p_purges)));
  end if;
  if m.outcome = 'ok' and p_days is null then
    delete from sealdesk.retention_rule r where r.kind = p_kind and r.class = p_class;
  elsif m.outcome = 'ok' then
    insert into sealdesk.retention_rule as r (kind, class, days, purges) values (p_kind, p_class, p_days, p_purges)
    on conflict (kind, class) do update set days = excluded.days, purges = excluded.purges, version = r.version + 1;
  end if;
  return sealdesk.end_change(m, null, nullif(p_class, ''), null, jsonb_build_object('kind', left(p_kind, 60)));
end $$;
comment on function sealdesk_api.retention_set(bytea, text, text, integer, boolean, bigint, bigint) is
  'How many days are kept, null for ever; p_purges false only marks untouched records as due. p_shown is how many records retention_try has told of:
   SD109 when more are due by now. SD007 when somebody changed the rule meanwhile, SD107 for a kind or number of days that there is not.';

-- What is gone is gone: nothing sealed stays, and no token by which it could be found.
create or replace function sealdesk.purge_records(p_records uuid[], p_login text) returns bigint language plpgsql as $$
declare
  gone bigint := 0;
  n bigint;
begin
  delete from sealdesk.share x where x.record = any (p_records);
  delete from sealdesk.star x where x.record = any (p_records);
  delete from sealdesk.note x where x.record = any (p_records);
  get diagnostics n = row_count;
  gone := gone + n;
  delete from sealdesk.value_history x where x.record = any (p_records);
  get diagnostics n = row_count;
  gone := gone + n;
  delete from sealdesk.field_value x where x.record = any (p_records);
  get diagnostics n = row_count;
  update sealdesk.record r
     set summary = '', tokens = '{}', owner = null, deleted_at = coalesce(r.deleted_at, clock_timestamp()), purged_at = clock_timestamp(),
         updated_at = clock_timestamp(), updated_by = p_login
   where r.id = any (p_records);
  return gone + n;
end $$;
comment on function sealdesk.purge_records(uuid[], text) is 'Takes everything out of records but their number and label; answers with how many values, earlier values and notes there were.';

create or replace function sealdesk_api.retention_run(p_session bytea, p_kind text, p_class text, p_after uuid, p_records integer,
  out outcome text, out records bigint, out items bigint, out last uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  rule sealdesk.retention_rule;
  whole constant boolean := p_kind in ('erased', 'untouched');
  cutoff timestamptz;
  due uuid[];
  held uuid[];
begin
  records := 0;
  items := 0;
  select * into rule from sealdesk.retention_rule r where r.kind = p_kind and r.class = p_class;
  outcome := case
    when not (sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'watch')) then 'SD003'
    when p_after is null or not coalesce(p_records between 1 and 200, false) then 'SD011'
    when rule.kind is null or not rule.purges then 'SD107'
    else 'ok' end;
  if outcome = 'ok' then
    due := array(select x from sealdesk.due_records(p_kind, p_class, rule.days, p_after, p_records) x);
    last := due[cardinality(due)];
    -- Whoever places a hold takes the same lock; what somebody is writing just now waits for the next run.
    if whole then
      held := array(select r.id from sealdesk.record r where r.id = any (due) order by r.id for update skip locked);
    else
      held := array(select r.id from sealdesk.record r where r.id = any (due) order by r.id for key share skip locked);
    end if;
    -- Judged again by a statement of its own, which sees what was committed before the lock was taken.
    due := array(select x from sealdesk.due_records(p_kind, p_class, rule.days, p_after, p_records) x where x = any (held));
    records := cardinality(due);
    cutoff := clock_timestamp() - rule.days * interval '1 day';
    if whole then
      items := sealdesk.purge_records(due, s.login);
    elsif p_kind = 'history' then
      delete from sealdesk.value_history v where v.record = any (due) and v.class = p_class and v.replaced_at < cutoff;
      get diagnostics items = row_count;
    else
      delete from sealdesk.note n where n.record = any (due) and n.at < cutoff;
      get diagnostics items = row_count;
    end if;
  end if;
  if outcome <> 'ok' or records > 0 then
    perform sealdesk.append(s.session, s.login, 'retention_run', outcome, null, null, left(nullif(p_class, ''), 60), null, null, null,
      json_build_object('kind', left(p_kind, 60), 'days', rule.days, 'items', items, 'records', coalesce(due, '{}'))::text, null);
  end if;
end $$;
comment on function sealdesk_api.retention_run(bytea, text, text, uuid, integer) is
  'Purges what is due by a rule in the next records after one, at most 200; one event names them. last is null when nothing more is due. SD107 where no rule purges.';

create or replace function sealdesk_api.list_due(p_session bytea, p_kind text, p_class text, p_limit integer) returns table (number bigint, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  m record := sealdesk.require_policy(p_session);
  rule sealdesk.retention_rule;
begin
  select * into rule from sealdesk.retention_rule r where r.kind = p_kind and r.class = p_class;
  if m.outcome <> 'ok' then
    perform sealdesk.fail(m.outcome, 'your roles do not permit this', 'Ask a security officer.');
  end if;
  perform sealdesk.append(m.session, m.login, 'retention_due', 'ok', null, null, left(nullif(p_class, ''), 60), null, null, null,
    json_build_object('kind', left(p_kind, 60))::text, null);
  return query
  select r.number, (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from sealdesk.due_records(p_kind, p_class, rule.days, '00000000-0000-0000-0000-000000000000', least(greatest(p_limit, 1), 1000)) x (id)
    join sealdesk.record r on r.id = x.id and sealdesk.may_know(m.person, r)
   where rule.days is not null
   order by r.number;
end $$;
comment on function sealdesk_api.list_due(bytea, text, text, integer) is 'The numbers of records of which something is due by a rule, as far as the caller may know them.';

-- Legal hold.

create or replace function sealdesk.set_hold(p_session bytea, p_number bigint, p_prefix text, p_reason text, p_reference text, p_on boolean) returns text language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  named uuid;
  result text;
begin
  if not sealdesk.has_capability(s.person, 'legal_hold') then
    result := 'SD003';
  elsif p_reason is null or char_length(btrim(p_reason)) not between 1 and 200 or p_reason ~ '[[:cntrl:]]' or p_reference !~ '^[A-Za-z0-9._/#-]{1,40}$' then
    result := 'SD011';
  else
    perform sealdesk.share_fields();
    -- A purge that has begun is waited for, and one that begins waits.
    perform sealdesk.hold_records(array(select r.id from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(s.person, r)));
    select r.id into named from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(s.person, r) for update;
    result := case
      when named is null then 'SD006'
      when p_on = exists (select from sealdesk.legal_hold h where h.record = named) then 'SD108'
      else 'ok' end;
  end if;
  if result = 'ok' and p_on then
    insert into sealdesk.legal_hold (record, reason, reference, by) values (named, btrim(p_reason), p_reference, s.login);
  elsif result = 'ok' then
    delete from sealdesk.legal_hold h where h.record = named;
  end if;
  perform sealdesk.append(s.session, s.login, case when p_on then 'legal_hold' else 'legal_hold_release' end, result, named, null, null, null, null,
    case when result = 'ok' then p_reference end, case when result = 'ok' then json_build_object('why', btrim(p_reason))::text end, null);
  return result;
end $$;
comment on function sealdesk.set_hold(bytea, bigint, text, text, text, boolean) is 'Places a legal hold or releases it.';

create or replace function sealdesk_api.hold_put(p_session bytea, p_number bigint, p_reason text, p_reference text, p_prefix text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.set_hold(p_session, p_number, p_prefix, p_reason, p_reference, true);
end $$;
comment on function sealdesk_api.hold_put(bytea, bigint, text, text, text) is 'Nothing of the record is purged from now on, whatever is due; SD108 when it is on hold already. For who has the capability legal_hold.';

create or replace function sealdesk_api.hold_release(p_session bytea, p_number bigint, p_reason text, p_reference text, p_prefix text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.set_hold(p_session, p_number, p_prefix, p_reason, p_reference, false);
end $$;
comment on function sealdesk_api.hold_release(bytea, bigint, text, text, text) is 'Takes a legal hold off a record, saying why; SD108 when there is none.';

create or replace function sealdesk_api.list_holds(p_session bytea) returns table (record uuid, number bigint, reason text, reference text, by text, at timestamptz, prefix text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'legal_hold') or sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a supervisor.');
  end if;
  return query
  select h.record, r.number, h.reason, h.reference, h.by, h.at, (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from sealdesk.legal_hold h join sealdesk.record r on r.id = h.record and sealdesk.may_know(s.person, r)
   order by h.at desc limit 1000;
end $$;
comment on function sealdesk_api.list_holds(bytea) is 'Records on hold, newest first, as far as the caller may know them.';

create or replace function sealdesk_api.collect_view_hold(p_session bytea, p_ticket uuid) returns table (reason text, reference text, by text, at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['view', 'view_again'], interval '60 s', target);
begin
  if not sealdesk.may_reveal(s.person, 'basic') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a supervisor.');
  end if;
  perform sealdesk.require_known(s.person, t.record);
  return query select h.reason, h.reference, h.by, h.at from sealdesk.legal_hold h where h.record = t.record;
end $$;
comment on function sealdesk_api.collect_view_hold(bytea, uuid) is 'The legal hold on the record that was opened, if there is one.';
