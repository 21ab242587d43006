-- Clearance. What is labelled above a person does not exist for them: every function that finds a record asks may_know, and answers as for an id that
-- nobody has. These functions enforce it, not the keys: the keys of a class open labelled and other records alike, so whoever reads the database past
-- the API and holds the keys is not stopped by a label.
--
-- What a person can still tell: that numbers have gaps (a creation that was rolled back leaves one too), and whether an id is taken that they already
-- knew (put_record; it has 74 random bits). An officer's program that
-- encrypts again, moves or measures a field reads every record, labelled or not, since old keys could never be withdrawn otherwise; each batch is an event.

create or replace function sealdesk.is_cleared(p_person uuid, p_rank smallint, p_compartments text[]) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.person p where p.id = p_person and p.clearance >= p_rank and p_compartments <@ p.compartments);
$$;
comment on function sealdesk.is_cleared(uuid, smallint, text[]) is 'Whether the person''s clearance dominates a label: the level reaches it and no compartment is missing.';

-- Without a search path of its own, so that it is inlined: for a record without a label it is two flags. A purged record exists for nobody.
create or replace function sealdesk.may_know(p_person uuid, p_record sealdesk.record) returns boolean language sql stable as $$
  select (p_record).purged_at is null and (not (p_record).labelled or sealdesk.is_cleared(p_person, (p_record).label, (p_record).compartments));
$$;
comment on function sealdesk.may_know(uuid, sealdesk.record) is 'Whether the record exists as far as the person is concerned.';

-- Numbers run through all kinds, so a number alone names a record; who gives letters with it means a record of their kind only.
create or replace function sealdesk.is_of_letters(p_record sealdesk.record, p_prefix text) returns boolean language sql stable as $$
  select p_prefix is null or exists (select from sealdesk.record_kind k where k.code = (p_record).kind and k.prefix = p_prefix);
$$;
comment on function sealdesk.is_of_letters(sealdesk.record, text) is 'Whether the letters given with a number, if any, are those of the record''s kind.';

create or replace function sealdesk.require_known(p_person uuid, p_record uuid) returns void language plpgsql stable as $$
begin
  if not exists (select from sealdesk.record r where r.id = p_record and sealdesk.may_know(p_person, r)) then
    perform sealdesk.fail('SD006', 'there is no such record any more', 'Search again.');
  end if;
end $$;
comment on function sealdesk.require_known(uuid, uuid) is 'For collections: a record may have been labelled since it was asked for.';

create or replace function sealdesk.is_hidden(p_person uuid, p_record uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from sealdesk.record r where r.id = p_record and r.labelled and not sealdesk.is_cleared(p_person, r.label, r.compartments));
end $$;
comment on function sealdesk.is_hidden(uuid, uuid) is 'Whether there is such a record, or was, and the person is not cleared for it.';

create or replace function sealdesk.clearance_filter(p_login text) returns text language plpgsql stable as $$
declare
  who sealdesk.person;
begin
  select * into who from sealdesk.person p where p.login = p_login;
  return case when who.clearance > 0 or who.compartments <> '{}'
    then format('(not r.labelled or r.label <= %s and r.compartments <@ %L::text[])', who.clearance, who.compartments)
    else 'not r.labelled' end;
end $$;
comment on function sealdesk.clearance_filter(text) is 'may_know as a condition on r for one person, with constants that the planner can estimate.';

create or replace function sealdesk.is_label(p_rank smallint, p_compartments text[]) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(cardinality(p_compartments) <= 20, false)
     and exists (select from sealdesk.clearance_level l where l.rank = p_rank)
     and not exists (select from unnest(p_compartments) x (code) where not exists (select from sealdesk.compartment c where c.code = x.code));
$$;
comment on function sealdesk.is_label(smallint, text[]) is 'Whether there are such a level and such compartments.';

create or replace function sealdesk.sorted(p_codes text[]) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  select array(select distinct x from unnest(p_codes) x order by x);
$$;
comment on function sealdesk.sorted(text[]) is 'As a set: sorted, nothing twice.';

create or replace function sealdesk.label_json(p_rank smallint, p_compartments text[]) returns json language sql stable set search_path = pg_catalog, pg_temp as $$
  select json_build_object('level', coalesce((select l.code from sealdesk.clearance_level l where l.rank = p_rank), p_rank::text),
    'compartments', sealdesk.named(p_compartments));
$$;
comment on function sealdesk.label_json(smallint, text[]) is 'A label or clearance as events tell it.';

-- Names of levels and compartments above a person may tell something themselves, so they are for who has them and who gives them.
create or replace function sealdesk_api.list_clearances(p_session bytea) returns table (kind text, code text, rank smallint, label_en text, label_zh text, held boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  everything boolean := sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all');
begin
  return query
  select x.kind, x.code, x.rank, x.label_en, x.label_zh, x.held
    from (select 'level' as kind, l.code, l.rank, l.label_en, l.label_zh, l.rank <= p.clearance as held
            from sealdesk.clearance_level l, sealdesk.person p where p.id = s.person
          union all
          select 'compartment', c.code, null, c.label_en, c.label_zh, c.code = any (p.compartments)
            from sealdesk.compartment c, sealdesk.person p where p.id = s.person) x
   where x.held or everything
   order by x.kind desc, x.rank, x.code;
end $$;
comment on function sealdesk_api.list_clearances(bytea) is
  'Levels by rank, then compartments; held are the caller''s own. All of them for who manages people or reads the whole audit.';

-- Levels and compartments are added and renamed, never taken: a label must not lose its meaning. A rank stays what it is, or records would move.
create or replace function sealdesk_api.clearance_put(p_session bytea, p_code text, p_rank smallint, p_label_en text, p_label_zh text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'clearance_put', concat_ws(' ', case when p_rank is null then 'compartment' else 'level' end, p_code));
  before jsonb;
begin
  if m.outcome = 'ok' then
    m.outcome := case
      when not sealdesk.is_code(p_code) or not (sealdesk.is_label(p_label_en) and sealdesk.is_label(p_label_zh)) then 'SD070'
      when p_rank is null then 'ok'
      when p_rank not between 0 and 100 or exists (select from sealdesk.clearance_level l where (l.code = p_code) <> (l.rank = p_rank)) then 'SD064'
      else 'ok' end;
    before := case when p_rank is null then (select to_jsonb(c) from sealdesk.compartment c where c.code = p_code)
      else (select to_jsonb(l) from sealdesk.clearance_level l where l.code = p_code) end;
    m := sealdesk.approve_change(m, sealdesk.changes(coalesce(before, '{}'),
      jsonb_strip_nulls(jsonb_build_object('code', p_code, 'rank', p_rank, 'label_en', p_label_en, 'label_zh', p_label_zh))));
  end if;
  if m.outcome = 'ok' and p_rank is null then
    insert into sealdesk.compartment values (p_code, p_label_en, p_label_zh)
    on conflict (code) do update set label_en = excluded.label_en, label_zh = excluded.label_zh;
  elsif m.outcome = 'ok' then
    insert into sealdesk.clearance_level values (p_rank, p_code, p_label_en, p_label_zh)
    on conflict (rank) do update set label_en = excluded.label_en, label_zh = excluded.label_zh;
  end if;
  return sealdesk.end_change(m, null, null, null, jsonb_build_object('code', left(p_code, 60)));
end $$;
comment on function sealdesk_api.clearance_put(bytea, text, smallint, text, text) is
  'Adds or renames a level of a rank, or a compartment where there is no rank. SD064 for a rank that another level has, or a level that has another.';

create or replace function sealdesk_api.staff_clear(p_session bytea, p_login text, p_rank smallint, p_compartments text[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  who sealdesk.person;
  approved bigint;
  seq bigint;
  subject text;
begin
  if result = 'ok' then
    perform sealdesk.hold_person(p.id) from sealdesk.person p where p.login = p_login;
    select * into who from sealdesk.person where login = p_login;
    result := case
      when who.id is null then 'SD011'
      when sealdesk.is_same_person(m.person, who.id) then 'SD041'
      when not sealdesk.is_label(p_rank, p_compartments) then 'SD061'
      else 'ok' end;
  end if;
  -- Taking needs nobody.
  if result = 'ok' and (p_rank > who.clearance or not p_compartments <@ who.compartments) then
    subject := concat_ws(' ', p_login, (select l.code from sealdesk.clearance_level l where l.rank = p_rank),
      nullif(array_to_string(sealdesk.sorted(p_compartments), ','), ''));
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'clearance', subject) a;
  end if;
  if result = 'ok' then
    update sealdesk.person set clearance = p_rank, compartments = sealdesk.sorted(p_compartments) where id = who.id;
    if who.clearance > p_rank or not who.compartments <@ p_compartments then
      -- What they had on the screen, they may not know any more.
      perform sealdesk.end_sessions(who.id);
    else
      perform sealdesk.rights_changed(who.id);
    end if;
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'staff_clear', result,
    json_strip_nulls(json_build_object('person', left(p_login, 60), 'request', approved,
      'from', case when who.id is not null then sealdesk.label_json(who.clearance, who.compartments) end,
      'to', sealdesk.label_json(p_rank, p_compartments)))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  if subject is not null then
    perform sealdesk.did_alone(result, approved, 'clearance', subject, m.session, m.login, seq);
  end if;
  return result;
end $$;
comment on function sealdesk_api.staff_clear(bytea, text, smallint, text[]) is
  'Clears a person to a level and for compartments; nobody clears themselves. Whoever loses something of it is signed out.';

-- Nobody gives a label that they could not see past, and taking one down is for who is trusted with that.
create or replace function sealdesk.judge_label(p_person uuid, p_rank smallint, p_compartments text[]) returns text language plpgsql stable as $$
begin
  return case
    when not sealdesk.is_label(p_rank, p_compartments) then 'SD061'
    when not sealdesk.is_cleared(p_person, p_rank, p_compartments) then 'SD060'
    else 'ok' end;
end $$;
comment on function sealdesk.judge_label(uuid, smallint, text[]) is 'Whether the person may give this label to a record.';

create or replace function sealdesk_api.put_label(p_session bytea, p_record uuid, p_version bigint, p_rank smallint, p_compartments text[],
  out outcome text, out number bigint, out version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  may_lower boolean := sealdesk.has_capability(s.person, 'declassify') or sealdesk.has_capability(s.person, 'manage_people');
  current sealdesk.record;
begin
  -- Who may lower labels need not be who writes in records.
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and (r.may_edit or r.may_reveal and may_lower)) then
    outcome := 'SD003';
  else
    outcome := sealdesk.judge_label(s.person, p_rank, p_compartments);
  end if;
  if outcome = 'ok' then
    perform sealdesk.hold_records(array(select r.id from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r)));
    select r.* into current from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r) for update;
    number := current.number;
    version := current.version;
    outcome := case
      when current.id is null then 'SD006'
      when current.version is distinct from p_version then 'SD007'
      when (p_rank < current.label or not current.compartments <@ p_compartments) and not may_lower then 'SD062'
      else 'ok' end;
  end if;
  if outcome = 'ok' then
    version := current.version + 1;
    update sealdesk.record r
       set version = put_label.version, label = p_rank, compartments = sealdesk.sorted(p_compartments), labelled = p_rank > 0 or cardinality(p_compartments) > 0,
           updated_at = clock_timestamp(), updated_by = s.login
     where r.id = p_record;
  end if;
  perform sealdesk.append(s.session, s.login, 'label', outcome, p_record, null, null, version, null, null,
    json_strip_nulls(json_build_object('from', case when current.id is not null then sealdesk.label_json(current.label, current.compartments) end,
      'to', sealdesk.label_json(p_rank, p_compartments)))::text, null);
end $$;
comment on function sealdesk_api.put_label(bytea, uuid, bigint, smallint, text[]) is
  'Labels a record. SD060 above one''s own clearance, SD062 when lowering without the capability declassify or manage_people.';

create or replace function sealdesk_api.label_preview(p_session bytea, p_record uuid, p_rank smallint, p_compartments text[],
  out outcome text, out people bigint, out logins text[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  may_lower boolean := sealdesk.has_capability(s.person, 'declassify') or sealdesk.has_capability(s.person, 'manage_people');
  current sealdesk.record;
begin
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and (r.may_edit or r.may_reveal and may_lower)) then
    outcome := 'SD003';
  else
    outcome := sealdesk.judge_label(s.person, p_rank, p_compartments);
  end if;
  if outcome = 'ok' then
    select r.* into current from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r);
    outcome := case when current.id is null then 'SD006' else 'ok' end;
  end if;
  perform sealdesk.append(s.session, s.login, 'label_preview', outcome, p_record, null, null, null, null, null,
    json_build_object('to', sealdesk.label_json(p_rank, p_compartments))::text, null);
  if outcome = 'ok' then
    select count(*), coalesce(array_agg(p.login order by p.login), '{}') into people, logins
      from sealdesk.person p
     where p.state = 'active' and sealdesk.may_know(p.id, current) and not sealdesk.is_cleared(p.id, p_rank, p_compartments)
       and exists (select from sealdesk.person_right r where r.person = p.id and (r.may_reveal or r.may_masked));
    -- Who is cleared for what is told to those who may look at people anyway.
    if not (sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all')) then
      logins := null;
    end if;
  end if;
end $$;
comment on function sealdesk_api.label_preview(bytea, uuid, smallint, text[]) is
  'Who would no longer find a record under a label: how many, and for who manages people or reads the whole audit, their logins.';
