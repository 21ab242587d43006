-- Writing. A rollback undoes the write and its event alike, so one transaction is enough.

-- Whether every field exists and stands in a class the person may edit.
create or replace function sealdesk.judge_edit(p_person uuid, p_fields text[]) returns text language plpgsql stable as $$
begin
  if exists (select from unnest(p_fields) x (code) left join sealdesk.field f on f.code = x.code where f.code is null) then
    return 'SD006';
  end if;
  if exists (select from unnest(p_fields) x (code) join sealdesk.field f on f.code = x.code
              where not exists (select from sealdesk.person_right r where r.person = p_person and r.class = f.class and r.may_edit)) then
    return case when exists (select from sealdesk.field f join sealdesk.frozen z on z.kind = 'class' and z.subject = f.class where f.code = any (p_fields)) then 'SD141' else 'SD003' end;
  end if;
  return 'ok';
end $$;
comment on function sealdesk.judge_edit(uuid, text[]) is 'The edit right on every field named.';

-- What is stored for a value follows its field, so that must not change between judging and storing: settings wait for this (see begin_change).
create or replace function sealdesk.judge_layouts(p_fields text[], p_layouts integer[]) returns text language plpgsql as $$
begin
  perform sealdesk.share_fields();
  return case
    when exists (select from sealdesk.field f where f.code = any (p_fields) and f.retired_at is not null) then 'SD076'
    when exists (select from unnest(p_fields, p_layouts) x (code, layout) join sealdesk.field f on f.code = x.code where f.layout is distinct from x.layout) then 'SD074'
    else 'ok' end;
end $$;
comment on function sealdesk.judge_layouts(text[], integer[]) is
  'Whether values were sealed for the fields as they are: SD074 where class, mask or index have changed since, SD076 for a retired field.';

-- Behind judge_layouts, whose lock keeps kinds and fields as they are until what was judged is stored.
create or replace function sealdesk.judge_kind(p_kind text, p_new boolean, p_fields text[]) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_new and not exists (select from sealdesk.record_kind k where k.code = p_kind and k.retired_at is null) then 'SD101'
    when exists (select from sealdesk.field f where f.code = any (p_fields) and not p_kind = any (f.kinds)) then 'SD100'
    else 'ok' end;
$$;
comment on function sealdesk.judge_kind(text, boolean, text[]) is
  'SD101 for a new record of a kind that is not there or retired, SD100 for a field that records of the kind do not have.';

create or replace function sealdesk.write_fields(p_record uuid, p_login text, p_version bigint, p_fields text[], p_epochs integer[], p_values bytea[], p_masks bytea[],
  p_token_fields text[], p_tokens bigint[]) returns void language plpgsql as $$
begin
  insert into sealdesk.value_history (record, field, class, layout, version, value, masked, replaced_by)
  select v.record, v.field, v.class, v.layout, v.version, v.value, v.masked, p_login
    from sealdesk.field_value v where v.record = p_record and v.field = any (p_fields);
  insert into sealdesk.field_value as v (record, field, class, layout, epoch, version, value, masked, tokens, changed_by)
  select p_record, x.code, f.class, f.layout, x.epoch, p_version, x.value, x.mask,
         coalesce((select array_agg(t.token) from unnest(p_token_fields, p_tokens) t (code, token) where t.code = x.code), '{}'), p_login
    from unnest(p_fields, p_epochs, p_values, p_masks) x (code, epoch, value, mask)
    join sealdesk.field f on f.code = x.code
  on conflict (record, field) do update
     set class = excluded.class, layout = excluded.layout, epoch = excluded.epoch, version = excluded.version, value = excluded.value, masked = excluded.masked,
         tokens = excluded.tokens, changed_at = clock_timestamp(), changed_by = excluded.changed_by;
end $$;
comment on function sealdesk.write_fields(uuid, text, bigint, text[], integer[], bytea[], bytea[], text[], bigint[]) is 'Moves old values to the history and stores the new ones with their tokens.';

create or replace function sealdesk.union_of_tokens(p_record uuid) returns bigint[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct t), '{}') from sealdesk.field_value v, unnest(v.tokens) t where v.record = p_record;
$$;
comment on function sealdesk.union_of_tokens(uuid) is 'The record''s tokens: the union of its fields''.';

create or replace function sealdesk.well_formed(p_summary bytea, p_fields text[], p_epochs integer[], p_values bytea[], p_masks bytea[], p_token_fields text[], p_tokens bigint[]) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select octet_length(p_summary) between 44 and 20000
     and cardinality(p_fields) <= 200 and cardinality(p_tokens) <= 2000
     and cardinality(p_fields) = cardinality(p_epochs) and cardinality(p_fields) = cardinality(p_values) and cardinality(p_fields) = cardinality(p_masks)
     and cardinality(p_token_fields) = cardinality(p_tokens)
     and not exists (select from unnest(p_values) v where v is null or octet_length(v) not between 44 and 70000)
     and not exists (select from unnest(p_masks) m where octet_length(m) not between 44 and 70000)
     and not exists (select from unnest(p_token_fields) t where not t = any (p_fields))
     and (select count(distinct f) from unnest(p_fields) f) = cardinality(p_fields);
$$;
comment on function sealdesk.well_formed(bytea, text[], integer[], bytea[], bytea[], text[], bigint[]) is 'Sizes and shapes of what is written.';

create or replace function sealdesk.sealed_under_current_keys(p_summary bytea, p_fields text[], p_epochs integer[], p_values bytea[], p_masks bytea[]) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select sealdesk.epoch_of(p_summary) = (select c.epoch from sealdesk.class c where c.code = 'basic')
     and not exists (
       select from unnest(p_fields, p_epochs, p_values, p_masks) x (field, epoch, value, mask)
         join sealdesk.field f on f.code = x.field
         join sealdesk.class c on c.code = f.class
        where x.epoch is distinct from c.epoch or sealdesk.epoch_of(x.value) is distinct from c.epoch
           or (x.mask is not null and sealdesk.epoch_of(x.mask) is distinct from c.epoch));
$$;
comment on function sealdesk.sealed_under_current_keys(bytea, text[], integer[], bytea[], bytea[]) is 'Whether everything is sealed under its class''s current epoch.';

create or replace function sealdesk_api.put_record(p_session bytea, p_record uuid, p_summary bytea, p_fields text[], p_layouts integer[], p_epochs integer[], p_values bytea[],
  p_masks bytea[], p_token_fields text[], p_tokens bigint[], p_rank smallint default 0, p_compartments text[] default '{}', p_kind text default 'customer',
  out outcome text, out number bigint, out version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  if not coalesce(sealdesk.well_formed(p_summary, p_fields, p_epochs, p_values, p_masks, p_token_fields, p_tokens), false)
     or cardinality(p_layouts) is distinct from cardinality(p_fields) then
    outcome := 'SD011';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_edit) then
    outcome := 'SD003';
  elsif exists (select from sealdesk.record r where r.id = p_record) then
    -- Also for one that the caller may not know: two records cannot have one id, and the answer is the same for every id that is taken.
    outcome := 'SD007';
  elsif exists (select from sealdesk.field f where f.required and f.retired_at is null and p_kind = any (f.kinds) and not f.code = any (p_fields)) then
    outcome := 'SD011';
  else
    outcome := sealdesk.judge_edit(s.person, p_fields);
  end if;
  if outcome = 'ok' then
    outcome := sealdesk.judge_label(s.person, p_rank, p_compartments);
  end if;
  if outcome = 'ok' then
    outcome := sealdesk.judge_layouts(p_fields, p_layouts);
  end if;
  if outcome = 'ok' then
    outcome := sealdesk.judge_kind(p_kind, true, p_fields);
  end if;
  if outcome = 'ok' and not (s.has_keys and sealdesk.sealed_under_current_keys(p_summary, p_fields, p_epochs, p_values, p_masks)) then
    outcome := 'SD030';
  end if;
  version := 1;
  if outcome = 'ok' then
    insert into sealdesk.record as r (id, kind, summary, tokens, created_by, updated_by, label, compartments, labelled)
    values (p_record, p_kind, p_summary, '{}', s.login, s.login, p_rank, sealdesk.sorted(p_compartments), p_rank > 0 or cardinality(p_compartments) > 0)
    returning r.number into number;
    perform sealdesk.write_fields(p_record, s.login, 1, p_fields, p_epochs, p_values, p_masks, p_token_fields, p_tokens);
    update sealdesk.record r set tokens = sealdesk.union_of_tokens(p_record) where r.id = p_record;
  end if;
  perform sealdesk.append(s.session, s.login, 'create', outcome, p_record, null, null, 1, null, null,
    json_strip_nulls(json_build_object('kind', left(p_kind, 60), 'fields', sealdesk.named(p_fields),
      'label', case when p_rank > 0 or cardinality(p_compartments) > 0 then sealdesk.label_json(p_rank, p_compartments) end))::text, null);
end $$;
comment on function sealdesk_api.put_record(bytea, uuid, bytea, text[], integer[], integer[], bytea[], bytea[], text[], bigint[], smallint, text[], text) is
  'Creates a record of a kind, with a label that the caller''s own clearance dominates. SD101 for a kind that is not in use, SD100 for a field of another kind.';

create or replace function sealdesk_api.put_edit(p_session bytea, p_record uuid, p_version bigint, p_summary bytea, p_fields text[], p_layouts integer[], p_epochs integer[],
  p_values bytea[], p_masks bytea[], p_token_fields text[], p_tokens bigint[], p_removed text[], out outcome text, out number bigint, out version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  current record;
begin
  if not coalesce(sealdesk.well_formed(p_summary, p_fields, p_epochs, p_values, p_masks, p_token_fields, p_tokens), false)
     or cardinality(p_layouts) is distinct from cardinality(p_fields) or cardinality(p_removed) > 200 or p_removed && p_fields then
    outcome := 'SD011';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_edit) then
    outcome := 'SD003';
  elsif exists (select from sealdesk.field f where f.required and f.retired_at is null and f.code = any (p_removed)) then
    outcome := 'SD011';
  else
    outcome := sealdesk.judge_edit(s.person, p_fields || p_removed);
  end if;
  if outcome = 'ok' then
    outcome := sealdesk.judge_layouts(p_fields, p_layouts);
  end if;
  if outcome = 'ok' and not (s.has_keys and sealdesk.sealed_under_current_keys(p_summary, p_fields, p_epochs, p_values, p_masks)) then
    outcome := 'SD030';
  end if;
  -- Only who may write locks the row and learns its number and version.
  if outcome = 'ok' then
    select r.version, r.number, r.deleted_at, r.kind into current from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r) for update;
    number := current.number;
    version := current.version;
    if current.version is null or current.deleted_at is not null then
      outcome := 'SD006';
    elsif current.version is distinct from p_version then
      outcome := 'SD007';
    else
      -- What the kind has no more may still be removed.
      outcome := sealdesk.judge_kind(current.kind, false, p_fields);
    end if;
  end if;
  if outcome = 'ok' then
    version := current.version + 1;
    insert into sealdesk.value_history (record, field, class, layout, version, value, masked, replaced_by)
    select v.record, v.field, v.class, v.layout, v.version, v.value, v.masked, s.login
      from sealdesk.field_value v where v.record = p_record and v.field = any (p_removed);
    delete from sealdesk.field_value v where v.record = p_record and v.field = any (p_removed);
    perform sealdesk.write_fields(p_record, s.login, version, p_fields, p_epochs, p_values, p_masks, p_token_fields, p_tokens);
    update sealdesk.record r
       set version = put_edit.version, summary = p_summary, tokens = sealdesk.union_of_tokens(p_record), updated_at = clock_timestamp(), updated_by = s.login
     where r.id = p_record;
  end if;
  perform sealdesk.append(s.session, s.login, 'edit', outcome, p_record, null, null, version, null, null,
    json_build_object('fields', sealdesk.named(p_fields), 'removed', sealdesk.named(p_removed))::text, null);
end $$;
comment on function sealdesk_api.put_edit(bytea, uuid, bigint, bytea, text[], integer[], integer[], bytea[], bytea[], text[], bigint[], text[]) is
  'Changes fields if the record still has the version; otherwise SD007 with the current one. SD100 for a field that its kind does not have.';

create or replace function sealdesk_api.put_note(p_session bytea, p_record uuid, p_note uuid, p_value bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
begin
  if octet_length(p_value) not between 44 and 70000 or p_note is null or exists (select from sealdesk.note n where n.id = p_note) then
    result := 'SD011';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'notes' and r.may_edit) then
    result := sealdesk.denied('notes');
  elsif not s.has_keys or sealdesk.epoch_of(p_value) is distinct from (select c.epoch from sealdesk.class c where c.code = 'notes') then
    result := 'SD030';
  elsif not exists (select from sealdesk.record r where r.id = p_record and r.deleted_at is null and sealdesk.may_know(s.person, r)) then
    result := 'SD006';
  else
    insert into sealdesk.note (id, record, value, by) values (p_note, p_record, p_value, s.login);
  end if;
  perform sealdesk.append(s.session, s.login, 'note', result, p_record, null, 'notes', null, null, null, null, null);
  return result;
end $$;
comment on function sealdesk_api.put_note(bytea, uuid, uuid, bytea) is 'Adds a note.';

create or replace function sealdesk.set_deleted(p_session bytea, p_record uuid, p_version bigint, p_deleted boolean, out outcome text, out number bigint, out version bigint)
language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  current record;
begin
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_edit) then
    outcome := 'SD003';
  else
    select r.version, r.number, r.deleted_at is not null as deleted into current from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r) for update;
    number := current.number;
    version := current.version;
    if current.version is null or current.deleted = p_deleted then
      outcome := 'SD006';
    elsif current.version is distinct from p_version then
      outcome := 'SD007';
    else
      outcome := 'ok';
    end if;
  end if;
  if outcome = 'ok' then
    version := current.version + 1;
    update sealdesk.record r
       set version = set_deleted.version, deleted_at = case when p_deleted then clock_timestamp() end, updated_at = clock_timestamp(), updated_by = s.login
     where r.id = p_record;
  end if;
  perform sealdesk.append(s.session, s.login, case when p_deleted then 'delete' else 'undelete' end, outcome, p_record, null, null, version, null, null, null, null);
end $$;
comment on function sealdesk.set_deleted(bytea, uuid, bigint, boolean) is 'Soft delete and its undo.';

create or replace function sealdesk_api.put_delete(p_session bytea, p_record uuid, p_version bigint, out outcome text, out number bigint, out version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  select d.outcome, d.number, d.version into outcome, number, version from sealdesk.set_deleted(p_session, p_record, p_version, true) d;
end $$;
comment on function sealdesk_api.put_delete(bytea, uuid, bigint) is 'Marks a record deleted.';

create or replace function sealdesk_api.put_undelete(p_session bytea, p_record uuid, p_version bigint, out outcome text, out number bigint, out version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  select d.outcome, d.number, d.version into outcome, number, version from sealdesk.set_deleted(p_session, p_record, p_version, false) d;
end $$;
comment on function sealdesk_api.put_undelete(bytea, uuid, bigint) is 'Takes a deletion back.';
