-- Settings: fields without code, what the classes ask for, and reasons. Every change goes three steps: begin_change says who may, approve_change names the
-- change and finds the approval that names the same one, end_change records it or its refusal and tells open desks.

-- Whoever waits for this makes everybody who writes wait behind, so a write, or another change of settings, that is left open for a second is ended.
create or replace function sealdesk.hold_fields() returns void language plpgsql set lock_timeout = '1s' as $$
declare
  seen text[];
begin
  for attempt in 1..5 loop
    seen := sealdesk.holders('sealdesk.field'::regclass, array['ExclusiveLock']);
    begin
      lock table sealdesk.field in exclusive mode;
      return;
    exception when lock_not_available then
      perform sealdesk_lifecycle.end_writers('sealdesk.field'::regclass);
      perform sealdesk_lifecycle.end_holders('sealdesk.field'::regclass, array['ExclusiveLock'], seen);
    end;
  end loop;
end $$;
comment on function sealdesk.hold_fields() is 'Locks the fields until the transaction ends, and ends transactions that keep them from it.';

-- The other way round: who writes waits for a change of settings, and not for one that is left open.
create or replace function sealdesk.share_fields() returns void language plpgsql set lock_timeout = '2s' as $$
declare
  seen text[];
begin
  for attempt in 1..5 loop
    seen := sealdesk.holders('sealdesk.field'::regclass, array['ExclusiveLock']);
    begin
      lock table sealdesk.field in row share mode;
      return;
    exception when lock_not_available then
      perform sealdesk_lifecycle.end_holders('sealdesk.field'::regclass, array['ExclusiveLock'], seen);
    end;
  end loop;
end $$;
comment on function sealdesk.share_fields() is 'Keeps the fields as they are until the transaction ends, and ends a change of settings that has kept others from writing for two seconds.';

create or replace function sealdesk.require_policy(p_session bytea, out session uuid, out person uuid, out login text, out outcome text) language plpgsql as $$
begin
  select o.session, o.person, o.login into session, person, login from sealdesk.open_session(p_session) o;
  outcome := case when sealdesk.has_capability(person, 'manage_policy') then 'ok' else 'SD003' end;
end $$;
comment on function sealdesk.require_policy(bytea) is 'The caller''s session, and whether they manage policy.';

-- One change at a time; and no value is being written while what is stored for it changes (see judge_layouts). Who could not go on, for want of an
-- approval, holds nobody up.
create or replace function sealdesk.begin_change(p_session bytea, p_action text, p_subject text, p_capability text default 'manage_policy')
returns sealdesk.policy_change language plpgsql as $$
declare
  m sealdesk.policy_change;
begin
  select o.session, o.person, o.login into m.session, m.person, m.login from sealdesk.open_session(p_session) o;
  m.action := p_action;
  m.subject := left(p_subject, 200);
  m.outcome := case when sealdesk.has_capability(m.person, p_capability) then 'ok' else 'SD003' end;
  m.is_held := m.outcome = 'ok' and (
    not sealdesk.asks_four_eyes('settings', m.person)
    or exists (select from sealdesk.request r where r.requester = m.person and r.kind = 'settings' and r.subject = m.subject and r.state = 'approved'
                and r.good_until > clock_timestamp()));
  if m.is_held then
    perform sealdesk.hold_fields();
    lock table sealdesk.field in exclusive mode;
  end if;
  return m;
end $$;
comment on function sealdesk.begin_change(bytea, text, text, text) is
  'A change of settings: whose it is and whether they may, by the name of the action and of what is changed (`field phone`). Other changes wait until the transaction ends.';

-- The change to the letter is what somebody else approves, so it is made here and nowhere else: the same act on the same row gives the same text.
create or replace function sealdesk.approve_change(p_change sealdesk.policy_change, p_changed jsonb) returns sealdesk.policy_change language plpgsql as $$
declare
  m sealdesk.policy_change := p_change;
begin
  if m.outcome <> 'ok' then
    return m;
  end if;
  m.change := jsonb_build_object('action', m.action, 'of', m.subject, 'changed', p_changed)::text;
  select a.outcome, a.request into m.outcome, m.approved from sealdesk.find_approval(m.person, 'settings', m.subject, false, m.change) a;
  m.outcome := case
    when m.outcome = 'SD050' and m.is_held then 'SD105'
    -- Four eyes were switched off at this very moment.
    when m.outcome = 'ok' and not m.is_held then 'SD007'
    else m.outcome end;
  return m;
end $$;
comment on function sealdesk.approve_change(sealdesk.policy_change, jsonb) is
  'Names what changes, {column: [old, new]}, and finds the approval of exactly that; SD050 where one is needed and there is none, SD105 where another change was approved.';

create or replace function sealdesk.end_change(p_change sealdesk.policy_change, p_field text, p_class text, p_version bigint, p_details jsonb default '{}') returns text
language plpgsql as $$
declare
  m sealdesk.policy_change := p_change;
  details jsonb := p_details || case when m.change is null then '{}' else jsonb_build_object('changed', m.change::jsonb -> 'changed') end
    || case when m.approved is null or m.outcome <> 'ok' then '{}' else jsonb_build_object('request', m.approved) end;
  seq bigint := sealdesk.append(m.session, m.login, m.action, m.outcome, null, left(p_field, 60), left(p_class, 60), p_version, null, null,
    nullif(details, '{}')::text, null);
begin
  if m.outcome = 'ok' then
    perform sealdesk.use_approval(m.approved, m.session, seq);
    perform sealdesk.did_alone(m.outcome, m.approved, 'settings', m.subject, m.session, m.login, seq);
    delete from sealdesk.proposed_change c where c.person = m.person and c.subject = m.subject;
    perform sealdesk.catalogue_changed();
  elsif m.outcome in ('SD050', 'SD105') then
    insert into sealdesk.proposed_change as c (person, subject, change) values (m.person, m.subject, m.change)
    on conflict (person, subject) do update set change = excluded.change, at = clock_timestamp();
  end if;
  return m.outcome;
end $$;
comment on function sealdesk.end_change(sealdesk.policy_change, text, text, bigint, jsonb) is
  'Records a change of settings or its refusal, uses its approval up and tells open desks; a change that wants an approval is kept, so that it can be asked for.';

create or replace function sealdesk_api.proposed_change(p_session bytea, p_subject text) returns table (change text, request bigint, approved text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select c.change, r.number, r.change
    from sealdesk.proposed_change c
    left join lateral (
      select x.number, x.change from sealdesk.request x
       where x.requester = c.person and x.kind = 'settings' and x.subject = c.subject and x.state = 'approved' and x.good_until > clock_timestamp()
       order by x.number limit 1) r on true
   where c.person = s.person and c.subject = p_subject;
end $$;
comment on function sealdesk_api.proposed_change(bytea, text) is
  'The change that the caller tried last without an approval for it, and what was approved of the same subject instead.';

create or replace function sealdesk.changes(p_old jsonb, p_new jsonb) returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value)), '{}')
    from jsonb_each(p_new) n
    left join jsonb_each(p_old) o on o.key = n.key
   where coalesce(o.value, 'null') is distinct from n.value and n.key not in ('version', 'layout', 'settled', 'position');
$$;
comment on function sealdesk.changes(jsonb, jsonb) is 'What differs between two rows, {column: [old, new]}, but for counters and places.';

-- Choices are kept as text; what differs is what they say, not how it is spaced.
create or replace function sealdesk.field_row(p_field sealdesk.field) returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$
  select to_jsonb(p_field) || jsonb_build_object('choices', coalesce(p_field.choices, '[]')::jsonb);
$$;
comment on function sealdesk.field_row(sealdesk.field) is 'A field as changes compares it.';

-- Control characters and those that turn the direction of text would disguise one label as another.
create or replace function sealdesk.is_label(p_text text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_text = btrim(p_text) and char_length(p_text) between 1 and 60
    and p_text !~ ('[[:cntrl:]' || chr(128) || '-' || chr(159) || chr(8234) || '-' || chr(8238) || chr(8294) || '-' || chr(8297) || ']'), false);
$$;
comment on function sealdesk.is_label(text) is 'One to 60 characters, none of them a control or text direction character.';

create or replace function sealdesk.is_code(p_text text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_text ~ '^[a-z][a-z0-9_]{1,40}$', false);
$$;
comment on function sealdesk.is_code(text) is 'Two to 41 of a-z, 0-9 and underscore, beginning with a letter.';

-- As FieldKind::masks and FieldKind::index_modes in the program.
create or replace function sealdesk.mask_fits(p_kind text, p_mask text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(case p_mask
    when 'open' then true
    when 'hidden' then true
    when 'phone' then p_kind = 'phone'
    when 'email' then p_kind = 'email'
    when 'year' then p_kind = 'date'
    when 'last_four' then p_kind in ('text', 'phone', 'number', 'id_number', 'card')
    when 'first_character' then p_kind in ('text', 'long_text', 'email') end, false);
$$;
comment on function sealdesk.mask_fits(text, text) is 'Whether a mask makes sense of a kind of field.';

create or replace function sealdesk.mode_fits(p_kind text, p_mode text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(case p_mode
    when 'exact' then p_kind in ('text', 'phone', 'number', 'choice', 'id_number', 'card', 'record')
    when 'last_four' then p_kind in ('phone', 'number', 'id_number', 'card')
    when 'name_prefix' then p_kind = 'text'
    when 'cjk' then p_kind in ('text', 'long_text')
    when 'email' then p_kind = 'email'
    when 'date_parts' then p_kind = 'date' end, false);
$$;
comment on function sealdesk.mode_fits(text, text) is 'Whether a kind of field is searched by an index mode.';

create or replace function sealdesk.make_choices(p_codes text[], p_en text[], p_zh text[]) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(json_agg(json_build_object('code', c.code, 'label', json_build_object('en', c.en, 'zh', c.zh)) order by c.n), '[]')::text
    from unnest(p_codes, p_en, p_zh) with ordinality c (code, en, zh, n);
$$;
comment on function sealdesk.make_choices(text[], text[], text[]) is 'Choices as they are stored.';

create or replace function sealdesk.judge_choices(p_kind text, p_codes text[], p_en text[], p_zh text[]) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_codes is null or cardinality(p_codes) > 100 or cardinality(p_en) is distinct from cardinality(p_codes)
      or cardinality(p_zh) is distinct from cardinality(p_codes) or (p_kind = 'choice') <> (cardinality(p_codes) > 0) then 'SD072'
    when exists (select from unnest(p_codes) c where not coalesce(c ~ '^[a-z0-9][a-z0-9_]{0,40}$', false))
      or (select count(distinct c) from unnest(p_codes) c) <> cardinality(p_codes) then 'SD070'
    when exists (select from unnest(p_en || p_zh) l where not sealdesk.is_label(l)) then 'SD070'
    else 'ok' end;
$$;
comment on function sealdesk.judge_choices(text, text[], text[], text[]) is 'A choice has choices and nothing else has; each with a code of its own and both labels.';

-- Everything that must hold of a field, whoever makes it so.
create or replace function sealdesk.judge_field(p_field sealdesk.field) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when not (sealdesk.is_label(p_field.label_en) and sealdesk.is_label(p_field.label_zh) and sealdesk.is_label(p_field.section_en)
      and sealdesk.is_label(p_field.section_zh)) then 'SD070'
    when not (sealdesk.is_code(p_field.code) and sealdesk.is_code(p_field.section)) then 'SD070'
    when not coalesce(p_field.kind in ('text', 'long_text', 'phone', 'email', 'date', 'number', 'choice', 'id_number', 'card', 'record'), false)
      or (p_field.kind = 'record') <> (p_field.of_kind is not null)
      or not sealdesk.mask_fits(p_field.kind, p_field.mask)
      or (p_field.mask = 'open' and p_field.class <> 'basic')
      or p_field.index_modes is null or cardinality(p_field.index_modes) > 6 or not sealdesk.is_list(p_field.index_modes)
      or exists (select from unnest(p_field.index_modes) m where not sealdesk.mode_fits(p_field.kind, m))
      or (select count(distinct m) from unnest(p_field.index_modes) m) <> cardinality(p_field.index_modes)
      or p_field.class = 'notes' or not exists (select from sealdesk.class c where c.code = p_field.class)
      or p_field.summary is null or p_field.required is null then 'SD072'
    -- Records are called by their name, in lists and titles.
    when p_field.code = 'name' and (p_field.retired_at is not null or not p_field.summary or p_field.mask <> 'open'
      or exists (select from sealdesk.record_kind k where not coalesce(k.code = any (p_field.kinds), false))) then 'SD073'
    when p_field.kinds is null or cardinality(p_field.kinds) not between 1 and 50 or not sealdesk.is_list(p_field.kinds)
      or exists (select from unnest(p_field.kinds) x (code) where not exists (select from sealdesk.record_kind k where k.code = x.code))
      or (select count(distinct x) from unnest(p_field.kinds) x) <> cardinality(p_field.kinds)
      or (p_field.of_kind is not null and not exists (select from sealdesk.record_kind k where k.code = p_field.of_kind)) then 'SD101'
    else 'ok' end;
$$;
comment on function sealdesk.judge_field(sealdesk.field) is
  'SD070 for a code or label, SD072 where kind, class, mask, index and choices do not go together, SD073 where the name would be lost, SD101 for no kind of record or one that is not there.';

-- Sections stand in the order of their first fields, and their fields in theirs.
create or replace function sealdesk.renumber_fields() returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.field f set position = o.n
    from (select x.code, row_number() over (order by x.first, x.section, x.position, x.code) as n
            from (select y.*, min(y.position) over (partition by y.section) as first from sealdesk.field y) x) o
   where o.code = f.code and f.position <> o.n;
$$;
comment on function sealdesk.renumber_fields() is 'Numbers the fields from one, each section in one piece.';

create or replace function sealdesk.name_section(p_field inout sealdesk.field) language plpgsql as $$
begin
  -- A section that is there already keeps its labels unless new ones are given, and then all of it takes them.
  if p_field.section_en is null and p_field.section_zh is null then
    select f.section_en, f.section_zh into p_field.section_en, p_field.section_zh from sealdesk.field f
     where f.section = p_field.section order by f.position limit 1;
  end if;
end $$;
comment on function sealdesk.name_section(sealdesk.field) is 'The field with its section''s labels.';

create or replace function sealdesk_api.field_add(p_session bytea, p_code text, p_label_en text, p_label_zh text, p_section text, p_section_en text, p_section_zh text,
  p_kind text, p_class text, p_mask text, p_index_modes text[], p_summary boolean, p_required boolean,
  p_choice_codes text[], p_choice_en text[], p_choice_zh text[], p_kinds text[] default null, p_of_kind text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'field_add', concat_ws(' ', 'field', p_code));
  f sealdesk.field;
begin
  if m.outcome = 'ok' then
    f.code := p_code;
    f.label_en := p_label_en;
    f.label_zh := p_label_zh;
    f.section := p_section;
    f.section_en := p_section_en;
    f.section_zh := p_section_zh;
    f.position := 1 + coalesce((select max(x.position) from sealdesk.field x), 0);
    f.kind := p_kind;
    f.class := p_class;
    f.mask := p_mask;
    f.index_modes := p_index_modes;
    f.summary := p_summary;
    f.required := p_required;
    f.version := 1;
    f.layout := 1;
    f.settled := 1;
    f.of_kind := p_of_kind;
    f.kinds := coalesce(p_kinds, array(select k.code from sealdesk.record_kind k where k.retired_at is null order by k.position));
    f := sealdesk.name_section(f);
    m.outcome := case
      when sealdesk.judge_field(f) <> 'ok' then sealdesk.judge_field(f)
      when exists (select from sealdesk.field x where x.code = p_code) then 'SD070'
      when (select count(*) from sealdesk.field) >= 150 then 'SD011'
      else sealdesk.judge_choices(p_kind, p_choice_codes, p_choice_en, p_choice_zh) end;
    f.choices := sealdesk.make_choices(p_choice_codes, p_choice_en, p_choice_zh);
    m := sealdesk.approve_change(m, sealdesk.changes('{}', sealdesk.field_row(f)));
  end if;
  if m.outcome = 'ok' then
    insert into sealdesk.field select f.*;
    update sealdesk.field x set section_en = f.section_en, section_zh = f.section_zh where x.section = f.section;
    perform sealdesk.renumber_fields();
  end if;
  return sealdesk.end_change(m, p_code, p_class, null);
end $$;
comment on function sealdesk_api.field_add(bytea, text, text, text, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[], text[], text) is
  'Makes a field, last in its section, of kind record one that refers to records of p_of_kind, for the kinds of record named, or without any for all that are in use. A section that exists may leave its labels out. Codes as judge_field; SD070 also for a code that is taken.';

create or replace function sealdesk_api.field_change(p_session bytea, p_code text, p_version bigint, p_label_en text, p_label_zh text, p_section text, p_section_en text,
  p_section_zh text, p_class text, p_mask text, p_index_modes text[], p_summary boolean, p_required boolean, p_choice_codes text[], p_choice_en text[], p_choice_zh text[],
  p_kinds text[] default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'field_change', concat_ws(' ', 'field', p_code));
  before sealdesk.field;
  f sealdesk.field;
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.field x where x.code = p_code;
    f := before;
    f.label_en := p_label_en;
    f.label_zh := p_label_zh;
    f.section := p_section;
    f.section_en := p_section_en;
    f.section_zh := p_section_zh;
    f.class := p_class;
    f.mask := p_mask;
    f.index_modes := p_index_modes;
    f.summary := p_summary;
    f.required := p_required;
    f.kinds := coalesce(p_kinds, before.kinds);
    f := sealdesk.name_section(f);
    m.outcome := case
      when before.code is null then 'SD006'
      when before.version is distinct from p_version then 'SD007'
      when before.retired_at is not null then 'SD076'
      else sealdesk.judge_field(f) end;
    if m.outcome = 'ok' then
      m.outcome := sealdesk.judge_choices(f.kind, p_choice_codes, p_choice_en, p_choice_zh);
    end if;
    if m.outcome = 'ok' and exists (select from unnest(f.index_modes) x where not x = any (before.index_modes) and not sealdesk.is_above_floor(m.person, p_code, x)) then
      m.outcome := 'SD071';
    end if;
    f.choices := sealdesk.make_choices(p_choice_codes, p_choice_en, p_choice_zh);
    m := sealdesk.approve_change(m, sealdesk.changes(sealdesk.field_row(before), sealdesk.field_row(f)));
  end if;
  if m.outcome = 'ok' then
    f.version := before.version + 1;
    if (f.class, f.mask, f.summary) is distinct from (before.class, before.mask, before.summary)
       or array(select x from unnest(f.index_modes) x order by x) is distinct from array(select x from unnest(before.index_modes) x order by x) then
      f.layout := before.layout + 1;
    end if;
    if f.section <> before.section then
      f.position := 1 + (select max(x.position) from sealdesk.field x);
    end if;
    update sealdesk.field x
       set label_en = f.label_en, label_zh = f.label_zh, section = f.section, position = f.position, class = f.class, mask = f.mask, index_modes = f.index_modes,
           summary = f.summary, required = f.required, choices = f.choices, version = f.version, layout = f.layout, kinds = f.kinds
     where x.code = p_code;
    update sealdesk.field x set section_en = f.section_en, section_zh = f.section_zh where x.section = f.section;
    perform sealdesk.renumber_fields();
  end if;
  return sealdesk.end_change(m, p_code, before.class, coalesce(f.version, p_version));
end $$;
comment on function sealdesk_api.field_change(bytea, text, bigint, text, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[], text[]) is
  'Changes a field that still has the version, or SD007. Kind and code never change. Another section puts it last there. Kinds of record that lose the field keep its values.
   Codes as judge_field; SD071 where a new index mode would tell too much; SD076 for a retired one.';

create or replace function sealdesk_api.field_move(p_session bytea, p_code text, p_version bigint, p_after text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'field_move', concat_ws(' ', 'field', p_code));
  f sealdesk.field;
  behind integer;
  before text;
begin
  if m.outcome = 'ok' then
    select * into f from sealdesk.field x where x.code = p_code;
    select x.code into before from sealdesk.field x where x.section = f.section and x.position < f.position order by x.position desc limit 1;
    behind := case when p_after is null then (select min(x.position) - 1 from sealdesk.field x where x.section = f.section)
      else (select x.position from sealdesk.field x where x.code = p_after and x.section = f.section and x.code <> p_code) end;
    m.outcome := case
      when f.code is null then 'SD006'
      when f.version is distinct from p_version then 'SD007'
      when behind is null then 'SD011'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('after', jsonb_build_array(before, p_after)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.field x set position = x.position + 1 where x.position > behind;
    update sealdesk.field x set position = behind + 1, version = x.version + 1 where x.code = p_code;
    perform sealdesk.renumber_fields();
  end if;
  return sealdesk.end_change(m, p_code, f.class, coalesce(f.version + 1, p_version));
end $$;
comment on function sealdesk_api.field_move(bytea, text, bigint, text) is 'Puts a field behind another one of its section, or first in it; SD011 where that one is not in the section.';

create or replace function sealdesk.set_field_retired(p_session bytea, p_code text, p_version bigint, p_retired boolean) returns text language plpgsql as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, case when p_retired then 'field_retire' else 'field_restore' end, concat_ws(' ', 'field', p_code));
  f sealdesk.field;
begin
  if m.outcome = 'ok' then
    select * into f from sealdesk.field x where x.code = p_code;
    m.outcome := case
      when f.code is null then 'SD006'
      when f.version is distinct from p_version then 'SD007'
      when (f.retired_at is not null) = p_retired then 'SD076'
      else 'ok' end;
  end if;
  if m.outcome = 'ok' then
    f.retired_at := case when p_retired then clock_timestamp() end;
    m.outcome := sealdesk.judge_field(f);
    m := sealdesk.approve_change(m, jsonb_build_object('retired', jsonb_build_array(not p_retired, p_retired)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.field x set retired_at = f.retired_at, version = x.version + 1 where x.code = p_code;
  end if;
  return sealdesk.end_change(m, p_code, f.class, coalesce(f.version + 1, p_version));
end $$;
comment on function sealdesk.set_field_retired(bytea, text, bigint, boolean) is 'Retires a field or takes that back.';

create or replace function sealdesk_api.field_retire(p_session bytea, p_code text, p_version bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.set_field_retired(p_session, p_code, p_version, true);
end $$;
comment on function sealdesk_api.field_retire(bytea, text, bigint) is 'A retired field is asked for nowhere. Its values and their tokens stay until they are removed; SD073 for the name.';

create or replace function sealdesk_api.field_restore(p_session bytea, p_code text, p_version bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return sealdesk.set_field_retired(p_session, p_code, p_version, false);
end $$;
comment on function sealdesk_api.field_restore(bytea, text, bigint) is 'Brings a retired field back, with the values it had.';

create or replace function sealdesk_api.class_change(p_session bytea, p_code text, p_version bigint, p_label_en text, p_label_zh text, p_hide_after_s integer,
  p_reason_required boolean, p_copy_allowed boolean, p_share_allowed boolean, p_quota_per_hour integer, p_hide_on_focus_loss boolean, p_fresh_code_s integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'class_change', concat_ws(' ', 'class', p_code));
  before sealdesk.class;
  c sealdesk.class;
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.class x where x.code = p_code;
    c := before;
    c.label_en := p_label_en;
    c.label_zh := p_label_zh;
    c.hide_after_s := p_hide_after_s;
    c.reason_required := p_reason_required;
    c.copy_allowed := p_copy_allowed;
    c.share_allowed := p_share_allowed;
    c.quota_per_hour := p_quota_per_hour;
    c.hide_on_focus_loss := p_hide_on_focus_loss;
    c.fresh_code_s := p_fresh_code_s;
    m.outcome := case
      when before.code is null then 'SD011'
      when before.version is distinct from p_version then 'SD007'
      when not (sealdesk.is_label(p_label_en) and sealdesk.is_label(p_label_zh)) then 'SD070'
      when p_reason_required is null or p_copy_allowed is null or p_share_allowed is null or p_hide_on_focus_loss is null
        or not coalesce(p_hide_after_s between 5 and 3600, false) or not coalesce(p_quota_per_hour between 0 and 100000, false)
        or p_fresh_code_s not between 30 and 86400 then 'SD075'
      else 'ok' end;
    m := sealdesk.approve_change(m, sealdesk.changes(to_jsonb(before), to_jsonb(c)));
  end if;
  if m.outcome = 'ok' then
    c.version := before.version + 1;
    update sealdesk.class x
       set label_en = c.label_en, label_zh = c.label_zh, hide_after_s = c.hide_after_s, reason_required = c.reason_required, copy_allowed = c.copy_allowed,
           share_allowed = c.share_allowed, quota_per_hour = c.quota_per_hour, hide_on_focus_loss = c.hide_on_focus_loss, fresh_code_s = c.fresh_code_s, version = c.version
     where x.code = p_code;
  end if;
  return sealdesk.end_change(m, null, p_code, coalesce(c.version, p_version));
end $$;
comment on function sealdesk_api.class_change(bytea, text, bigint, text, text, integer, boolean, boolean, boolean, integer, boolean, integer) is
  'What a class asks for. SD075: hidden after 5 to 3600 s, 0 to 100000 reveals an hour, a code of 30 to 86400 s or none.';

create or replace function sealdesk_api.reason_put(p_session bytea, p_code text, p_version bigint, p_label_en text, p_label_zh text, p_reference_required boolean,
  p_classes text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'reason_put', concat_ws(' ', 'reason', p_code));
  before sealdesk.reason;
  r sealdesk.reason;
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.reason x where x.code = p_code;
    r := before;
    r.code := p_code;
    r.label_en := p_label_en;
    r.label_zh := p_label_zh;
    r.position := coalesce(before.position, 1 + coalesce((select max(x.position) from sealdesk.reason x), 0));
    r.reference_required := p_reference_required;
    r.classes := p_classes;
    r.version := coalesce(before.version, 0) + 1;
    m.outcome := case
      when not sealdesk.is_code(p_code) then 'SD070'
      when before.code is not null and p_version is null then 'SD070'
      when before.version is distinct from p_version then 'SD007'
      when before.retired_at is not null then 'SD076'
      when not (sealdesk.is_label(p_label_en) and sealdesk.is_label(p_label_zh)) then 'SD070'
      when p_reference_required is null or p_classes is null or cardinality(p_classes) > 100 or not sealdesk.is_list(p_classes)
        or exists (select from unnest(p_classes) x (code) where not exists (select from sealdesk.class c where c.code = x.code))
        or (before.code is null and (select count(*) from sealdesk.reason) >= 100) then 'SD011'
      else 'ok' end;
    m := sealdesk.approve_change(m, sealdesk.changes(coalesce(to_jsonb(before), '{}'), to_jsonb(r)));
  end if;
  if m.outcome = 'ok' then
    insert into sealdesk.reason as x (code, label_en, label_zh, position, reference_required, classes, version)
    values (r.code, r.label_en, r.label_zh, r.position, r.reference_required, r.classes, r.version)
    on conflict (code) do update set label_en = excluded.label_en, label_zh = excluded.label_zh, reference_required = excluded.reference_required,
      classes = excluded.classes, version = excluded.version;
  end if;
  return sealdesk.end_change(m, null, null, coalesce(r.version, p_version), jsonb_build_object('reason', left(p_code, 60)));
end $$;
comment on function sealdesk_api.reason_put(bytea, text, bigint, text, text, boolean, text[]) is
  'Makes a reason (version null) or changes one that still has the version. Empty classes: good for all.';

create or replace function sealdesk_api.reason_retire(p_session bytea, p_code text, p_version bigint, p_retired boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, case when p_retired then 'reason_retire' else 'reason_restore' end, concat_ws(' ', 'reason', p_code));
  r sealdesk.reason;
begin
  if m.outcome = 'ok' then
    select * into r from sealdesk.reason x where x.code = p_code;
    m.outcome := case
      when r.code is null or p_retired is null then 'SD011'
      when r.version is distinct from p_version then 'SD007'
      when (r.retired_at is not null) = p_retired then 'SD076'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('retired', jsonb_build_array(not p_retired, p_retired)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.reason x set retired_at = case when p_retired then clock_timestamp() end, version = x.version + 1 where x.code = p_code;
  end if;
  return sealdesk.end_change(m, null, null, coalesce(r.version + 1, p_version), jsonb_build_object('reason', left(p_code, 60)));
end $$;
comment on function sealdesk_api.reason_retire(bytea, text, bigint, boolean) is 'A retired reason can no longer be given; events that have it keep it.';
