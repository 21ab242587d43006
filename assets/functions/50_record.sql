-- Viewing, revealing, history and notes: request, commit, collect.

-- A desk reads anew what it shows when that has changed, or when the person may see more of it: an access, but nobody's look-up. It is one only where
-- this session has opened the record, and not in this transaction, which may yet roll back.
create or replace function sealdesk.shown_fields(p_person uuid, p_record uuid) returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(v.field order by v.field), '{}')
    from sealdesk.field_value v
    join sealdesk.field f on f.code = v.field
    join sealdesk.person_right n on n.person = p_person and n.class = f.class
    join sealdesk.person_right r on r.person = p_person and r.class = v.class
   where v.record = p_record and (f.mask = 'open' and v.class = 'basic' and r.may_reveal and n.may_reveal or v.masked is not null and r.may_masked and n.may_masked);
$$;
comment on function sealdesk.shown_fields(uuid, uuid) is 'The fields of a record whose masked form, or open value, collect_view_fields hands to a person.';

create or replace function sealdesk_api.request_view(p_session bytea, p_ticket uuid, p_record uuid, p_again boolean default false) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  v bigint;
  result text := 'ok';
  again boolean := coalesce(p_again, false) and exists (
    select from sealdesk.audit_event e
     where e.record = p_record and e.session = s.session and e.actor = s.login and e.action = 'view' and e.outcome = 'ok'
       and e.at > clock_timestamp() - interval '9 hours' and e.xid is distinct from pg_current_xact_id_if_assigned());
begin
  -- Rights first: who has none learns nothing about the record, from the event either.
  if not s.has_keys then
    result := 'SD030';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    result := sealdesk.denied('basic');
  else
    select r.version into v from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r);
    if v is null then
      result := 'SD006';
    end if;
  end if;
  perform sealdesk.append(s.session, s.login, case when again then 'view_again' else 'view' end, result, p_record, null, null, v, null, null,
    case when result = 'ok' then json_build_object('fields', sealdesk.shown_fields(s.person, p_record))::text end, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_view(bytea, uuid, uuid, boolean) is
  'Asks to open a record; or, where this session has opened it before, to read it anew, which is an event of its own name.';

create or replace function sealdesk_api.collect_view(p_session bytea, p_ticket uuid, out id uuid, out number bigint, out version bigint, out summary bytea,
  out created_at timestamptz, out created_by text, out updated_at timestamptz, out updated_by text, out deleted boolean, out note_count bigint,
  out newest_note_at timestamptz, out newest_note_by text, out level text, out compartments text[], out kind text, out prefix text, out owner text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['view', 'view_again'], interval '60 s', target);
begin
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    perform sealdesk.fail_denied('basic');
  end if;
  perform sealdesk.require_known(s.person, t.record);
  select r.id, r.number, r.version, case when not sealdesk.is_kept_back(r.id, sealdesk.fields_kept_back(s.person)) then r.summary end, r.created_at, r.created_by, r.updated_at, r.updated_by, r.deleted_at is not null, l.code, r.compartments, r.kind, k.prefix, sealdesk.owner_of(r)
    into id, number, version, summary, created_at, created_by, updated_at, updated_by, deleted, level, compartments, kind, prefix, owner
    from sealdesk.record r join sealdesk.clearance_level l on l.rank = r.label join sealdesk.record_kind k on k.code = r.kind where r.id = t.record;
  select count(*) into note_count from sealdesk.note n where n.record = t.record;
  select n.at, n.by into newest_note_at, newest_note_by from sealdesk.note n where n.record = t.record order by n.at desc limit 1;
end $$;
comment on function sealdesk_api.collect_view(bytea, uuid) is 'The opened record''s head.';

create or replace function sealdesk_api.collect_view_fields(p_session bytea, p_ticket uuid)
returns table (field text, class text, epoch integer, version bigint, masked bytea, is_open boolean, changed_at timestamptz, changed_by text,
  may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['view', 'view_again'], interval '60 s', target);
begin
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    perform sealdesk.fail_denied('basic');
  end if;
  perform sealdesk.require_known(s.person, t.record);
  return query
  select v.field, v.class, v.epoch, v.version,
         case when f.mask = 'open' and v.class = 'basic' and r.may_reveal and n.may_reveal then v.value when r.may_masked and n.may_masked then v.masked end,
         coalesce(f.mask = 'open' and v.class = 'basic' and r.may_reveal and n.may_reveal, false), v.changed_at, v.changed_by,
         coalesce(r.may_search and n.may_search, false), coalesce(r.may_masked and n.may_masked, false), coalesce(r.may_reveal and n.may_reveal, false),
         coalesce(r.may_edit and n.may_edit, false)
    from sealdesk.field_value v
    join sealdesk.field f on f.code = v.field
    join sealdesk.person_right n on n.person = s.person and n.class = f.class and (n.may_search or n.may_masked or n.may_reveal or n.may_edit)
    -- The class that the value is stored under, where it has not followed its field yet: without a right on that it is there and shows nothing.
    left join sealdesk.person_right r on r.person = s.person and r.class = v.class
   where v.record = t.record;
end $$;
comment on function sealdesk_api.collect_view_fields(bytea, uuid) is
  'Masked forms by right; a basic field''s own value where it has no mask; nothing of classes without any right. While a field moves to another class, both count.';

create or replace function sealdesk.judge_reason(p_class text, p_needed boolean, p_reason text, p_reference text) returns text language plpgsql stable as $$
declare
  why sealdesk.reason;
begin
  if p_reason is null then
    return case when p_needed then 'SD005' else 'ok' end;
  end if;
  select * into why from sealdesk.reason where code = p_reason;
  if not found or why.retired_at is not null or (cardinality(why.classes) > 0 and not p_class = any (why.classes))
     or (why.reference_required and p_reference is null)
     or p_reference !~ '^[A-Za-z0-9._/#-]{1,40}$' then
    return 'SD005';
  end if;
  return 'ok';
end $$;
comment on function sealdesk.judge_reason(text, boolean, text, text) is 'Whether a reason is given where one is needed, fits the class, and has a reference where that is needed.';

create or replace function sealdesk.judge_reveal(p_person uuid, p_class text, p_reason text, p_reference text) returns text language plpgsql stable as $$
declare
  needed boolean;
begin
  select c.reason_required into needed
    from sealdesk.person_right r
    join sealdesk.class c on c.code = r.class
   where r.person = p_person and r.class = p_class and r.may_reveal;
  -- What is frozen is no right.
  return case when found then sealdesk.judge_reason(p_class, needed, p_reason, p_reference) else sealdesk.denied(p_class) end;
end $$;
comment on function sealdesk.judge_reveal(uuid, text, text, text) is 'Right, reason and reference; quota is counted by the caller.';

-- While a field moves to another class, a value that has not followed yet asks for both: what the new class asks for holds from the moment of the
-- change, what the old one asks for until the value has moved.
create or replace function sealdesk.judge_value(p_person uuid, p_stored text, p_class text, p_reason text, p_reference text) returns text language plpgsql stable as $$
declare
  result text := sealdesk.judge_reveal(p_person, p_stored, p_reason, p_reference);
  other text;
begin
  if p_class = p_stored then
    return result;
  end if;
  other := sealdesk.judge_reveal(p_person, p_class, p_reason, p_reference);
  return case when 'SD003' in (result, other) then 'SD003' when result <> 'ok' then result else other end;
end $$;
comment on function sealdesk.judge_value(uuid, text, text, text, text) is 'judge_reveal of the class that a value is stored under, and of its field''s where that is another.';

-- In PL/pgSQL, which keeps its plans: every reveal asks this.
create or replace function sealdesk.has_fresh_code(p_session uuid, p_class text) returns boolean language plpgsql stable as $$
declare
  seconds integer;
begin
  select c.fresh_code_s into seconds from sealdesk.class c where c.code = p_class;
  if seconds is null then
    return true;
  end if;
  return exists (select from sealdesk.session s where s.id = p_session and s.code_at > clock_timestamp() - seconds * interval '1 s');
end $$;
comment on function sealdesk.has_fresh_code(uuid, text) is 'Whether the class asks for no fresh code, or the session has one.';

-- Counts one unit under the row's lock; over the limit it stays counted and the answer is SD004.
drop function if exists sealdesk.count_quota(uuid, text);
create or replace function sealdesk.count_quota(p_person uuid, p_class text, p_limit integer default null) returns text language plpgsql as $$
declare
  this_hour constant bigint := floor(extract(epoch from clock_timestamp()) / 3600)::bigint;
  most integer := p_limit;
  count integer;
begin
  if most is null then
    select c.quota_per_hour into most from sealdesk.class c where c.code = p_class;
  end if;
  -- The row is new once an hour.
  update sealdesk.quota_use q set used = q.used + 1 where q.person = p_person and q.class = p_class and q.hour = this_hour returning q.used into count;
  if not found then
    insert into sealdesk.quota_use as q (person, class, hour, used) values (p_person, p_class, this_hour, 1)
    on conflict (person, class, hour) do update set used = q.used + 1
    returning q.used into count;
  end if;
  return case when count > most then 'SD004' else 'ok' end;
end $$;
comment on function sealdesk.count_quota(uuid, text, integer) is
  'One unit of quota, counted where no rollback of the collection can take it back. The limit, where the caller has just read it, need not be read again.';

drop function if exists sealdesk_api.request_reveal(bytea, uuid, uuid, text, text, text);
create or replace function sealdesk_api.request_reveal(p_session bytea, p_ticket uuid, p_record uuid, p_field text, p_reason text, p_reference text, p_nudged boolean default false)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  v bigint;
  c sealdesk.class;
  wanted text;
  may_reveal boolean;
  result text;
  number bigint;
begin
  if p_nudged then
    -- The nudge brings the event to disk, and a collection is not answered before; waiting here as well would be waiting twice.
    perform set_config('synchronous_commit', 'off', true);
  end if;
  -- A value that is not there is judged as if it were: who may not reveal its class does not learn that it is missing.
  select f.class, x.version, p.may_reveal, k.code, k.reason_required, k.quota_per_hour, k.fresh_code_s
    into wanted, v, may_reveal, c.code, c.reason_required, c.quota_per_hour, c.fresh_code_s
    from sealdesk.field f
    left join (sealdesk.field_value x join sealdesk.record r on r.id = x.record and sealdesk.may_know(s.person, r))
      on x.record = p_record and x.field = f.code
    join sealdesk.class k on k.code = coalesce(x.class, f.class)
    left join sealdesk.person_right p on p.person = s.person and p.class = k.code and p.may_reveal
   where f.code = p_field;
  if not s.has_keys then
    result := 'SD030';
    v := null;
  elsif c.code is null then
    result := 'SD006';
  else
    result := case
      when c.code <> wanted then sealdesk.judge_value(s.person, c.code, wanted, p_reason, p_reference)
      when may_reveal then sealdesk.judge_reason(c.code, c.reason_required, p_reason, p_reference)
      else sealdesk.denied(c.code) end;
    if result in ('SD003', 'SD141') then
      v := null;
    elsif result = 'ok' and (c.fresh_code_s is not null and not sealdesk.has_fresh_code(s.session, c.code)
        or c.code <> wanted and not sealdesk.has_fresh_code(s.session, wanted)) then
      result := 'SD023';
    elsif v is null then
      result := 'SD006';
    elsif result = 'ok' then
      result := sealdesk.count_quota(s.person, c.code, c.quota_per_hour);
      if c.code <> wanted and result = 'ok' then
        result := sealdesk.count_quota(s.person, wanted);
      end if;
    end if;
  end if;
  number := sealdesk.append(s.session, s.login, 'reveal', result, p_record, left(p_field, 60), c.code, v, left(p_reason, 60),
    case when p_reference ~ '^[A-Za-z0-9._/#-]{1,40}$' then p_reference end, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_reveal(bytea, uuid, uuid, text, text, text, boolean) is
  'Asks for one value: right, reason, quota, event. Whoever says that a nudge follows is answered before the event is on disk.';

create or replace function sealdesk_api.collect_reveal(p_session bytea, p_ticket uuid, out class text, out epoch integer, out version bigint, out value bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['reveal'], interval '60 s', target);
begin
  select v.class, v.epoch, v.version, v.value into class, epoch, version, value
    from sealdesk.field_value v
    join sealdesk.person_right r on r.person = s.person and r.class = v.class and r.may_reveal
    join sealdesk.record c on c.id = v.record and sealdesk.may_know(s.person, c)
    join sealdesk.field f on f.code = v.field and (f.class = v.class or sealdesk.may_reveal(s.person, f.class))
   where v.record = t.record and v.field = t.field and v.version = t.version and v.class = t.class;
  if value is null and sealdesk.is_frozen(t.class) then
    perform sealdesk.fail_denied(t.class);
  elsif value is null then
    perform sealdesk.fail('SD003', 'the value changed since, or the permission ended', 'Ask again.');
  end if;
end $$;
comment on function sealdesk_api.collect_reveal(bytea, uuid) is 'The sealed value that was asked for.';

create or replace function sealdesk.judge_history(p_person uuid, p_session uuid, p_class text, p_reason text, p_reference text) returns text language plpgsql stable as $$
declare
  result text := sealdesk.judge_reveal(p_person, p_class, p_reason, p_reference);
begin
  return case when result = 'ok' and not sealdesk.has_fresh_code(p_session, p_class) then 'SD023' else result end;
end $$;
comment on function sealdesk.judge_history(uuid, uuid, text, text, text) is 'As a reveal of the class is judged, but for the quota.';

create or replace function sealdesk_api.request_history(p_session bytea, p_ticket uuid, p_record uuid, p_field text, p_reason text, p_reference text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  c text;
  earlier text;
  result text;
begin
  select f.class into c from sealdesk.field f where f.code = p_field;
  if not s.has_keys then
    result := 'SD030';
  elsif c is null then
    result := 'SD006';
  else
    result := sealdesk.judge_history(s.person, s.session, c, p_reason, p_reference);
    if result not in ('SD003', 'SD141') and not exists (select from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r)) then
      result := 'SD006';
    end if;
    -- A field that changed its class has earlier values of another one: what that asks for is asked for too, of whom it would be shown to.
    for earlier in
      select distinct h.class from sealdesk.value_history h
        join sealdesk.person_right r on r.person = s.person and r.class = h.class and r.may_reveal
       where h.record = p_record and h.field = p_field and h.class <> c
    loop
      exit when result <> 'ok';
      result := sealdesk.judge_history(s.person, s.session, earlier, p_reason, p_reference);
      if result = 'ok' then
        result := sealdesk.count_quota(s.person, earlier);
      end if;
    end loop;
    if result = 'ok' then
      result := sealdesk.count_quota(s.person, c);
    end if;
  end if;
  perform sealdesk.append(s.session, s.login, 'history', result, p_record, left(p_field, 60), c, null, left(p_reason, 60),
    case when p_reference ~ '^[A-Za-z0-9._/#-]{1,40}$' then p_reference end, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_history(bytea, uuid, uuid, text, text, text) is 'Asks for a field''s earlier values: judged as a reveal.';

create or replace function sealdesk_api.collect_history(p_session bytea, p_ticket uuid)
returns table (class text, version bigint, replaced_at timestamptz, replaced_by text, value bytea, masked bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['history'], interval '60 s', target);
begin
  perform sealdesk.require_known(s.person, t.record);
  if sealdesk.is_frozen(t.class) then
    perform sealdesk.fail_denied(t.class);
  end if;
  return query
  select h.class, h.version, h.replaced_at, h.replaced_by, h.value, h.masked
    from sealdesk.value_history h
    join sealdesk.person_right r on r.person = s.person and r.class = h.class and r.may_reveal
    join sealdesk.field f on f.code = h.field and (f.class = h.class or sealdesk.may_reveal(s.person, f.class))
   where h.record = t.record and h.field = t.field
   order by h.version desc
   limit 100;
end $$;
comment on function sealdesk_api.collect_history(bytea, uuid) is 'Earlier values, newest first.';

create or replace function sealdesk_api.request_notes(p_session bytea, p_ticket uuid, p_record uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text;
begin
  result := case when s.has_keys then sealdesk.judge_reveal(s.person, 'notes', null, null) else 'SD030' end;
  if result not in ('SD003', 'SD141', 'SD030') and not exists (select from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r)) then
    result := 'SD006';
  elsif result = 'ok' and not sealdesk.has_fresh_code(s.session, 'notes') then
    result := 'SD023';
  elsif result = 'ok' then
    result := sealdesk.count_quota(s.person, 'notes');
  end if;
  perform sealdesk.append(s.session, s.login, 'notes', result, p_record, null, 'notes', null, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_notes(bytea, uuid, uuid) is 'Asks for a record''s notes.';

create or replace function sealdesk_api.collect_notes(p_session bytea, p_ticket uuid) returns table (id uuid, at timestamptz, by text, value bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['notes'], interval '60 s', target);
begin
  perform sealdesk.require_known(s.person, t.record);
  if sealdesk.is_frozen('notes') then
    perform sealdesk.fail_denied('notes');
  end if;
  return query
  select n.id, n.at, n.by, n.value
    from sealdesk.note n
   where n.record = t.record
     and exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'notes' and r.may_reveal)
   order by n.at desc
   limit 200;
end $$;
comment on function sealdesk_api.collect_notes(bytea, uuid) is 'Notes, newest first.';

create or replace function sealdesk_api.record_copy(p_session bytea, p_record uuid, p_field text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  c sealdesk.class;
  wanted sealdesk.class;
  result text := 'ok';
begin
  select k.* into wanted from sealdesk.field f join sealdesk.class k on k.code = f.class where f.code = p_field;
  select k.* into c from sealdesk.field f
    left join (sealdesk.field_value v join sealdesk.record r on r.id = v.record and sealdesk.may_know(s.person, r))
      on v.record = p_record and v.field = f.code
    join sealdesk.class k on k.code = coalesce(v.class, f.class) where f.code = p_field;
  if c.code is null then
    result := 'SD006';
  elsif not (c.copy_allowed and wanted.copy_allowed and sealdesk.may_reveal(s.person, c.code) and sealdesk.may_reveal(s.person, wanted.code)) then
    result := case when sealdesk.is_frozen(c.code) or sealdesk.is_frozen(wanted.code) then 'SD141' else 'SD003' end;
  end if;
  perform sealdesk.append_optional(s.session, s.login, 'copy', result, p_record, left(p_field, 60), c.code);
  return result;
end $$;
comment on function sealdesk_api.record_copy(bytea, uuid, text) is 'Records that a value was copied, or refuses where the class forbids it.';

create or replace function sealdesk_api.peek(p_session bytea, p_records uuid[]) returns table (id uuid, version bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select r.id, r.version from sealdesk.record r
   where r.id = any (p_records[1:200]) and sealdesk.may_know(s.person, r)
     and exists (select from sealdesk.person_right x where x.person = s.person and x.class = 'basic' and x.may_reveal);
end $$;
comment on function sealdesk_api.peek(bytea, uuid[]) is 'Version numbers of records already on the screen.';
