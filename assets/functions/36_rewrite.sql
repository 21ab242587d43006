-- Measuring what an index would tell, and writing again what an older layout of a field has written. Both are done by an officer's client, which opens
-- the values; each batch it reads is an event before it is handed out.

create or replace function sealdesk.values_after(p_field text, p_after uuid, p_limit bigint) returns setof uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.id from sealdesk.record r
   where r.id > p_after and exists (select from sealdesk.field_value v where v.record = r.id and v.field = p_field)
   order by r.id
   limit p_limit;
$$;
comment on function sealdesk.values_after(text, uuid, bigint) is 'Records that have a value of the field, from a cursor on.';

-- One function for both, so that they cannot be judged differently.
create or replace function sealdesk.request_values(p_session bytea, p_ticket uuid, p_field text, p_after uuid, p_records integer, p_action text) returns text language plpgsql as $$
declare
  m record := sealdesk.require_policy(p_session);
  result text := m.outcome;
  c text;
begin
  select f.class into c from sealdesk.field f where f.code = p_field;
  if result = 'ok' and (p_after is null or p_records is null or p_records not between 1 and 1000 or p_ticket is null) then
    result := 'SD011';
  elsif result = 'ok' and c is null then
    result := 'SD006';
  elsif result = 'ok' and sealdesk.is_frozen(c) then
    result := 'SD141';
  end if;
  perform sealdesk.append(m.session, m.login, p_action, result, p_after, left(p_field, 60), c, p_records, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk.request_values(bytea, uuid, text, uuid, integer, text) is 'Asks for values of a field in the next records after one.';

create or replace function sealdesk.redeem_values(p_session bytea, p_ticket uuid, p_target pg_lsn, p_action text, out field text, out after uuid, out records bigint) language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array[p_action], interval '60 s', p_target);
begin
  if not sealdesk.has_capability(s.person, 'manage_policy') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  -- Also where the field has come into a frozen class since.
  if sealdesk.is_frozen(t.class) or exists (select from sealdesk.field f where f.code = t.field and sealdesk.is_frozen(f.class)) then
    perform sealdesk.fail_denied(t.class);
  end if;
  field := t.field;
  after := t.record;
  records := t.version;
end $$;
comment on function sealdesk.redeem_values(bytea, uuid, pg_lsn, text) is 'What a ticket of request_values asked for; judged again.';

create or replace function sealdesk_api.request_measure(p_session bytea, p_ticket uuid, p_field text, p_after uuid, p_records integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.request_values(p_session, p_ticket, p_field, p_after, p_records, 'measure');
end $$;
comment on function sealdesk_api.request_measure(bytea, uuid, text, uuid, integer) is 'Asks for values to be measured, of the next records after one.';

create or replace function sealdesk_api.collect_measure(p_session bytea, p_ticket uuid) returns table (record uuid, class text, value bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  t record := sealdesk.redeem_values(p_session, p_ticket, target, 'measure');
begin
  return query
  select v.record, v.class, v.value
    from sealdesk.values_after(t.field, t.after, t.records) x (id)
    join sealdesk.field_value v on v.record = x.id and v.field = t.field
   order by v.record;
end $$;
comment on function sealdesk_api.collect_measure(bytea, uuid) is 'The values, still sealed, in the order of record ids.';

create or replace function sealdesk_api.put_measurement(p_session bytea, p_field text, p_modes text[], p_records bigint[], p_largest bigint[], p_entropy double precision[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_policy(p_session);
  result text := m.outcome;
  f sealdesk.field;
begin
  select * into f from sealdesk.field x where x.code = p_field;
  if result = 'ok' and f.code is null then
    result := 'SD006';
  elsif result = 'ok' and (p_modes is null or cardinality(p_modes) not between 1 and 6
      or exists (select from unnest(array[cardinality(p_records), cardinality(p_largest), cardinality(p_entropy)]) n where n is distinct from cardinality(p_modes))
      or (select count(distinct x) from unnest(p_modes) x) <> cardinality(p_modes)
      or exists (select from unnest(p_modes, p_records, p_largest, p_entropy) x (mode, records, largest, entropy)
                  where not coalesce(sealdesk.mode_fits(f.kind, x.mode) and x.records >= 0 and x.largest between 0 and x.records and x.entropy between 0 and 64, false))) then
    result := 'SD011';
  end if;
  if result = 'ok' then
    insert into sealdesk.field_measurement as o (person, field, mode, records, largest, entropy)
    select m.person, p_field, x.mode, x.records, x.largest, x.entropy from unnest(p_modes, p_records, p_largest, p_entropy) x (mode, records, largest, entropy)
    on conflict (person, field, mode) do update set at = clock_timestamp(), records = excluded.records, largest = excluded.largest, entropy = excluded.entropy;
  end if;
  perform sealdesk.append(m.session, m.login, 'measured', result, null, left(p_field, 60), f.class, f.version, null, null,
    case when result = 'ok' then (select json_object_agg(x.mode, json_build_object('records', x.records, 'largest', x.largest, 'entropy', round(x.entropy::numeric, 2)))
      from unnest(p_modes, p_records, p_largest, p_entropy) x (mode, records, largest, entropy))::text end, null);
  return result;
end $$;
comment on function sealdesk_api.put_measurement(bytea, text, text[], bigint[], bigint[], double precision[]) is
  'Keeps what was measured of each index mode: values, records behind the most common token, entropy in bits.';

-- At most every fifth record behind one token, and three bits, unless there are so few values that it says nothing.
create or replace function sealdesk.is_above_floor(p_person uuid, p_field text, p_mode text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select (select count(*) from (select from sealdesk.field_value v where v.field = p_field limit 101) x) <= 100
      or exists (select from sealdesk.field_measurement m
                  where m.person = p_person and m.field = p_field and m.mode = p_mode and m.at > clock_timestamp() - interval '1 hour'
                    and m.records > 0 and m.largest * 5 <= m.records and m.entropy >= 3);
$$;
comment on function sealdesk.is_above_floor(uuid, text, text) is
  'Whether an officer may index a field by a mode: it has at most 100 values, or the officer measured within the hour that the tokens are many and even enough.';

-- What the tokens of an index tell needs no key: whoever has the database sees the same. Of the newest 10,000 records, so that it is a matter of a
-- second in any database, and once an hour at most. Tokens of several modes lie in one heap: a token behind a fifth of the values, or less than three
-- bits of all of them, is one mode's at least; which one, `field measure` tells.
create or replace function sealdesk.check_indexes() returns void language plpgsql as $$
begin
  if not exists (select from sealdesk.field f left join sealdesk.index_check c on c.field = f.code and c.layout = f.layout and c.at > clock_timestamp() - interval '1 hour'
                  where f.retired_at is null and cardinality(f.index_modes) > 0 and c.field is null) then
    return;
  end if;
  -- Whoever counts in a transaction that stays open keeps nobody else from looking.
  begin
    lock table sealdesk.index_check in share row exclusive mode nowait;
  exception when lock_not_available then
    return;
  end;
  insert into sealdesk.index_check as o (field, layout, records, largest, entropy)
  with newest as materialized (
    select r.id from sealdesk.record r where r.deleted_at is null order by r.updated_at desc, r.number desc limit 10000),
  value as materialized (
    select v.field, v.tokens from newest n
      join sealdesk.field_value v on v.record = n.id
      join sealdesk.field f on f.code = v.field and f.layout = v.layout and f.retired_at is null and cardinality(f.index_modes) > 0),
  token as (select v.field, t.token, count(*)::double precision as n from value v, unnest(v.tokens) t (token) group by v.field, t.token),
  spread as (select t.field, max(t.n) as largest, sum(t.n) as all_of_them, sum(t.n * ln(t.n)) as weight from token t group by t.field)
  select f.code, f.layout, (select count(*) from value v where v.field = f.code), coalesce(s.largest, 0),
         coalesce((ln(s.all_of_them) - s.weight / s.all_of_them) / ln(2::double precision), 0)
    from sealdesk.field f left join spread s on s.field = f.code
   where f.retired_at is null and cardinality(f.index_modes) > 0
  on conflict (field) do update set layout = excluded.layout, at = clock_timestamp(), records = excluded.records, largest = excluded.largest, entropy = excluded.entropy;
end $$;
comment on function sealdesk.check_indexes() is 'Counts what the indexes of all fields tell, where the last count is older than an hour.';

-- A new field has no values, so its index is judged when it has.
create or replace function sealdesk.leaking_indexes() returns table (field text, records bigint, largest bigint, entropy double precision, at timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select distinct on (x.field) x.field, x.records, x.largest, x.entropy, x.at
    from (select c.field, c.records, c.largest, c.entropy, c.at from sealdesk.index_check c
          union all
          select l.* from (
            select distinct on (m.field, m.mode) m.field, m.records, m.largest, m.entropy, m.at
              from sealdesk.field_measurement m join sealdesk.field f on f.code = m.field and m.mode = any (f.index_modes)
             order by m.field, m.mode, m.at desc) l) x
    join sealdesk.field f on f.code = x.field and f.retired_at is null and cardinality(f.index_modes) > 0
   where x.records >= 1000 and (x.largest * 5 > x.records or x.entropy < 3)
   order by x.field, x.largest::double precision / x.records desc;
$$;
comment on function sealdesk.leaking_indexes() is 'Fields in use whose index tells more than an index may (as is_above_floor), once they have 1,000 values.';

create or replace function sealdesk.outdated_values(p_field text, p_after uuid, p_limit bigint) returns setof uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.id from sealdesk.field f
    join sealdesk.record r on r.id > p_after
   where f.code = p_field
     and (exists (select from sealdesk.field_value v where v.record = r.id and v.field = f.code and v.layout < f.layout)
       or exists (select from sealdesk.value_history h where h.record = r.id and h.field = f.code and h.layout < f.layout))
   order by r.id
   limit p_limit;
$$;
comment on function sealdesk.outdated_values(text, uuid, bigint) is 'Records that hold what an older layout of the field wrote, in the order of ids.';

create or replace function sealdesk_api.request_rewrite(p_session bytea, p_ticket uuid, p_field text, p_after uuid, p_records integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.request_values(p_session, p_ticket, p_field, p_after, least(p_records, 200), 'rewrite');
end $$;
comment on function sealdesk_api.request_rewrite(bytea, uuid, text, uuid, integer) is 'Asks for what an older layout of a field wrote, in the next records after one.';

create or replace function sealdesk_api.collect_rewrite(p_session bytea, p_ticket uuid)
returns table (kind text, record uuid, number bigint, record_version bigint, summary bytea, version bigint, class text, value bytea, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  t record := sealdesk.redeem_values(p_session, p_ticket, target, 'rewrite');
  l integer;
begin
  select f.layout into l from sealdesk.field f where f.code = t.field;
  return query
  with x as materialized (select sealdesk.outdated_values(t.field, t.after, t.records) as id)
  select i.kind, i.record, r.number, r.version, r.summary, i.version, i.class, i.value, k.prefix
    from (select 'value' as kind, v.record, v.version, v.class, v.value from x join sealdesk.field_value v on v.record = x.id and v.field = t.field and v.layout < l
          union all
          select 'history', h.record, h.version, h.class, h.value from x join sealdesk.value_history h on h.record = x.id and h.field = t.field and h.layout < l) i
    join sealdesk.record r on r.id = i.record
    join sealdesk.record_kind k on k.code = r.kind
   order by i.record, i.kind, i.version;
end $$;
comment on function sealdesk_api.collect_rewrite(bytea, uuid) is 'Values and earlier values of an older layout, and the list rows they may stand in, still sealed.';

drop function if exists sealdesk_api.put_rewrite(bytea, text, integer, uuid[], bigint[], bytea[], text[], uuid[], bigint[], bytea[], bytea[], uuid[], bigint[]);
create or replace function sealdesk_api.put_rewrite(p_session bytea, p_field text, p_layout integer, p_records uuid[], p_record_versions bigint[], p_summaries bytea[],
  p_kinds text[], p_item_records uuid[], p_item_versions bigint[], p_values bytea[], p_masks bytea[], p_tokens text[], out outcome text, out changed bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_policy(p_session);
  f sealdesk.field;
  e integer;
  n bigint;
  good uuid[];
begin
  outcome := m.outcome;
  changed := 0;
  if outcome = 'ok' then
    perform sealdesk.share_fields();
    select * into f from sealdesk.field x where x.code = p_field;
    select c.epoch into e from sealdesk.class c where c.code = f.class;
    outcome := case
      when f.code is null then 'SD006'
      when f.layout is distinct from p_layout then 'SD074'
      when p_records is null or p_kinds is null or cardinality(p_records) > 200 or cardinality(p_kinds) > 20000
        or exists (select from unnest(array[cardinality(p_record_versions), cardinality(p_summaries)]) c where c is distinct from cardinality(p_records))
        or exists (select from unnest(array[cardinality(p_item_records), cardinality(p_item_versions), cardinality(p_values), cardinality(p_masks), cardinality(p_tokens)]) c
                    where c is distinct from cardinality(p_kinds))
        or exists (select from unnest(p_values, p_tokens) x (value, tokens)
                    where not coalesce(octet_length(x.value) between 44 and 70000 and translate(x.tokens, '-,0123456789', '') = '{}', false))
        or exists (select from unnest(p_masks) v where octet_length(v) not between 44 and 70000)
        or exists (select from unnest(p_masks) v where (v is null) <> (f.mask = 'open'))
        or exists (select from unnest(p_summaries) s where octet_length(s) not between 44 and 20000) then 'SD011'
      when exists (select from unnest(p_values || p_masks) v where sealdesk.epoch_of(v) <> e)
        or exists (select from unnest(p_summaries) s where sealdesk.epoch_of(s) <> (select c.epoch from sealdesk.class c where c.code = 'basic')) then 'SD030'
      else 'ok' end;
  end if;
  if outcome = 'ok' then
    -- Only records that still are as they were read; the others come up again.
    perform sealdesk.hold_records(p_records);
    select coalesce(array_agg(y.id), '{}') into good from (
      select r.id from sealdesk.record r join unnest(p_records, p_record_versions) x (id, version) on x.id = r.id and x.version = r.version
       order by r.id for update of r) y;
    update sealdesk.field_value v
       set class = f.class, layout = f.layout, epoch = e, value = x.value, masked = x.mask, tokens = x.tokens::bigint[]
      from unnest(p_kinds, p_item_records, p_item_versions, p_values, p_masks, p_tokens) x (kind, record, version, value, mask, tokens)
     where x.kind = 'value' and x.record = any (good) and v.record = x.record and v.field = p_field and v.version = x.version and v.layout < f.layout;
    get diagnostics changed = row_count;
    update sealdesk.value_history h
       set class = f.class, layout = f.layout, value = x.value, masked = x.mask
      from unnest(p_kinds, p_item_records, p_item_versions, p_values, p_masks) x (kind, record, version, value, mask)
     where x.kind = 'history' and x.record = any (good) and h.record = x.record and h.field = p_field and h.version = x.version and h.layout < f.layout;
    get diagnostics n = row_count;
    changed := changed + n;
    -- A changed list row takes a new version, or a save that has read the old row would put it back.
    update sealdesk.record r
       set summary = coalesce(x.summary, r.summary), version = r.version + (x.summary is not null)::integer, tokens = t.tokens
      from unnest(p_records, p_summaries) x (id, summary)
      cross join lateral (select coalesce(array_agg(distinct k), '{}') as tokens from sealdesk.field_value v, unnest(v.tokens) k where v.record = x.id) t
     where r.id = x.id and r.id = any (good) and (x.summary is not null or r.tokens <> t.tokens);
  end if;
  perform sealdesk.append(m.session, m.login, 'rewrite_put', outcome, null, left(p_field, 60), f.class, p_layout, null, null,
    json_build_object('changed', changed, 'records', array(select distinct x from unnest(p_records) x limit 200))::text, null);
end $$;
comment on function sealdesk_api.put_rewrite(bytea, text, integer, uuid[], bigint[], bytea[], text[], uuid[], bigint[], bytea[], bytea[], text[]) is
  'Stores values for a field''s present class, mask and index; tokens as arrays in text. Their versions, times and who changed them stay; SD074 when the field changed again meanwhile.';

create or replace function sealdesk_api.count_outdated(p_session bytea) returns table (field text, outdated bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  f record;
begin
  if not sealdesk.has_capability(s.person, 'manage_policy') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  for f in select x.code, x.layout from sealdesk.field x where x.settled < x.layout order by x.position loop
    field := f.code;
    select (select count(*) from sealdesk.field_value v where v.field = f.code and v.layout < f.layout)
         + (select count(*) from sealdesk.value_history h where h.field = f.code and h.layout < f.layout) into outdated;
    if outdated = 0 then
      update sealdesk.field x set settled = f.layout where x.code = f.code and x.settled < f.layout;
    end if;
    return next;
  end loop;
end $$;
comment on function sealdesk_api.count_outdated(bytea) is 'How much an older layout of each changed field still holds. Nothing left is remembered.';
