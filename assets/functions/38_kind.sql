-- Kinds of record. Every change goes the three steps of settings (begin_change, approve_change, end_change); no record is written while a kind changes.

create or replace function sealdesk.judge_record_kind(p_kind sealdesk.record_kind) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when not sealdesk.is_code(p_kind.code) or not (sealdesk.is_label(p_kind.label_en) and sealdesk.is_label(p_kind.label_zh)) then 'SD070'
    when (p_kind.name_en is null) <> (p_kind.name_zh is null) or (p_kind.name_en is not null and not (sealdesk.is_label(p_kind.name_en) and sealdesk.is_label(p_kind.name_zh))) then 'SD070'
    when not coalesce(p_kind.prefix ~ '^[A-Z]{1,3}$', false)
      or exists (select from sealdesk.record_kind k where k.prefix = p_kind.prefix and k.code <> p_kind.code) then 'SD103'
    else 'ok' end;
$$;
comment on function sealdesk.judge_record_kind(sealdesk.record_kind) is 'SD070 for a code or label, SD103 for letters that are not one to three capitals or taken.';

create or replace function sealdesk.judge_kind_fields(p_kind text, p_fields text[]) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_fields is null then 'ok'
    when cardinality(p_fields) > 200 or exists (select from unnest(p_fields) x (code) where not exists (select from sealdesk.field f where f.code = x.code)) then 'SD006'
    when exists (select from sealdesk.field f where f.kinds = array[p_kind] and f.code <> 'name' and f.retired_at is null and not f.code = any (p_fields)) then 'SD101'
    else 'ok' end;
$$;
comment on function sealdesk.judge_kind_fields(text, text[]) is 'SD006 for a field that is not there, SD101 where one in use would belong to no kind.';

-- Each field whose kinds change is a change of that field, so that an officer who has it open is told. Records are called by their name, whatever they are.
create or replace function sealdesk.set_kind_fields(p_kind text, p_fields text[]) returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.field f set kinds = f.kinds || p_kind, version = f.version + 1
   where (f.code = any (p_fields) or f.code = 'name') and not p_kind = any (f.kinds);
  update sealdesk.field f set kinds = array_remove(f.kinds, p_kind), version = f.version + 1
   where p_kind = any (f.kinds) and f.kinds <> array[p_kind] and f.code <> 'name' and not f.code = any (p_fields);
$$;
comment on function sealdesk.set_kind_fields(text, text[]) is 'Gives a kind the fields named and takes all others from it; null gives it the name and takes nothing.';

create or replace function sealdesk_api.kind_put(p_session bytea, p_code text, p_version bigint, p_prefix text, p_label_en text, p_label_zh text, p_name_en text,
  p_name_zh text, p_fields text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'kind_put', concat_ws(' ', 'kind', p_code));
  before sealdesk.record_kind;
  k sealdesk.record_kind;
  had text[] := array(select f.code from sealdesk.field f where p_code = any (f.kinds) order by f.code);
  has text[];
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.record_kind x where x.code = p_code;
    k := before;
    k.code := p_code;
    k.prefix := p_prefix;
    k.label_en := p_label_en;
    k.label_zh := p_label_zh;
    k.name_en := p_name_en;
    k.name_zh := p_name_zh;
    k.position := coalesce(before.position, 1 + coalesce((select max(x.position) from sealdesk.record_kind x), 0));
    k.version := coalesce(before.version, 0) + 1;
    has := array(select distinct x from unnest(coalesce(p_fields, had) || array['name']) x order by x);
    m.outcome := case
      when before.code is not null and p_version is null then 'SD070'
      when before.version is distinct from p_version then 'SD007'
      when before.retired_at is not null then 'SD076'
      when before.prefix <> p_prefix then 'SD103'
      when before.code is null and (select count(*) from sealdesk.record_kind) >= 50 then 'SD011'
      else sealdesk.judge_record_kind(k) end;
    if m.outcome = 'ok' then
      m.outcome := sealdesk.judge_kind_fields(p_code, p_fields);
    end if;
    m := sealdesk.approve_change(m, sealdesk.changes(coalesce(to_jsonb(before), '{}'), to_jsonb(k))
      || case when has = had then '{}' else jsonb_build_object('fields', jsonb_build_array(had, has)) end);
  end if;
  if m.outcome = 'ok' then
    insert into sealdesk.record_kind as x (code, label_en, label_zh, prefix, name_en, name_zh, position, version)
    values (k.code, k.label_en, k.label_zh, k.prefix, k.name_en, k.name_zh, k.position, k.version)
    on conflict (code) do update set label_en = excluded.label_en, label_zh = excluded.label_zh, name_en = excluded.name_en, name_zh = excluded.name_zh,
      version = excluded.version;
    perform sealdesk.set_kind_fields(p_code, p_fields);
  end if;
  return sealdesk.end_change(m, null, null, coalesce(k.version, p_version), jsonb_build_object('kind', left(p_code, 60)));
end $$;
comment on function sealdesk_api.kind_put(bytea, text, bigint, text, text, text, text, text, text[]) is
  'Makes a kind of record (version null) or changes one that still has the version: labels, what its name is called, its fields. Code and letters never change (SD103).
   Without fields a new kind has the name only, and another one keeps what it has. What records hold of a field that their kind loses stays.';

create or replace function sealdesk_api.kind_move(p_session bytea, p_code text, p_version bigint, p_after text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'kind_move', concat_ws(' ', 'kind', p_code));
  k sealdesk.record_kind;
  behind integer;
  before text;
begin
  if m.outcome = 'ok' then
    select * into k from sealdesk.record_kind x where x.code = p_code;
    select x.code into before from sealdesk.record_kind x where x.position < k.position order by x.position desc limit 1;
    behind := case when p_after is null then 0 else (select x.position from sealdesk.record_kind x where x.code = p_after and x.code <> p_code) end;
    m.outcome := case
      when k.code is null then 'SD101'
      when k.version is distinct from p_version then 'SD007'
      when behind is null then 'SD011'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('after', jsonb_build_array(before, p_after)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.record_kind x set position = x.position + 1 where x.position > behind;
    update sealdesk.record_kind x set position = behind + 1, version = x.version + 1 where x.code = p_code;
    update sealdesk.record_kind x set position = o.n
      from (select y.code, row_number() over (order by y.position, y.code) as n from sealdesk.record_kind y) o
     where o.code = x.code and x.position <> o.n;
  end if;
  return sealdesk.end_change(m, null, null, coalesce(k.version + 1, p_version), jsonb_build_object('kind', left(p_code, 60)));
end $$;
comment on function sealdesk_api.kind_move(bytea, text, bigint, text) is 'Puts a kind behind another one, or first.';

create or replace function sealdesk_api.kind_retire(p_session bytea, p_code text, p_version bigint, p_retired boolean, p_records_stay boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, case when p_retired then 'kind_retire' else 'kind_restore' end, concat_ws(' ', 'kind', p_code));
  k sealdesk.record_kind;
begin
  if m.outcome = 'ok' then
    select * into k from sealdesk.record_kind x where x.code = p_code;
    m.outcome := case
      when k.code is null then 'SD101'
      when p_retired is null then 'SD011'
      when k.version is distinct from p_version then 'SD007'
      when (k.retired_at is not null) = p_retired then 'SD076'
      -- Records above the officer's clearance do not count: that they are there is not told, and they stay readable all the same.
      when p_retired and p_records_stay is not true
        and exists (select from sealdesk.record r where r.kind = p_code and sealdesk.may_know(m.person, r)) then 'SD102'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('retired', jsonb_build_array(not p_retired, p_retired)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.record_kind x set retired_at = case when p_retired then clock_timestamp() end, version = x.version + 1 where x.code = p_code;
  end if;
  return sealdesk.end_change(m, null, null, coalesce(k.version + 1, p_version), jsonb_build_object('kind', left(p_code, 60)));
end $$;
comment on function sealdesk_api.kind_retire(bytea, text, bigint, boolean, boolean) is
  'Of a retired kind no record can be made; those that are there are read, changed and found as before. SD102 where there are any and it was not said that they stay.';
