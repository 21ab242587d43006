-- What is recorded. Everything, but for the acts in this one list: they disclose nothing, change nothing that others rely on, and no data is handed out for
-- them. append itself asks nobody; append_optional takes no ticket, so what hands something out cannot go through it; and a refusal is always recorded.

create or replace function sealdesk.optional_acts() returns table (place integer, action text, by_class boolean, recorded boolean)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  values
    -- The reveal before it is recorded in any case.
    (1, 'copy', true, true),
    -- Of one's own rights.
    (2, 'explain', false, true),
    -- One's own marks and filters.
    (3, 'star', false, true), (4, 'unstar', false, true), (5, 'filter_save', false, true), (6, 'filter_drop', false, true),
    -- What the desk says of itself: that a value went from the screen, and which row somebody stayed on.
    (7, 'hide', true, false), (8, 'focus', false, false);
$$;
comment on function sealdesk.optional_acts() is 'The acts whose recording is a setting: whether by class, and whether they are recorded by default. Nothing else can be switched off.';

-- What a rule in force counts is recorded for as long as it does, whatever is set.
create or replace function sealdesk.rules_about(p_action text, p_class text) returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(r.code order by r.code), '{}') from sealdesk.audit_rule r
   where r.enabled and p_action = any (r.actions) and coalesce(r.outcome, 'ok') = 'ok' and (r.classes = '{}' or p_class is null or p_class = any (r.classes));
$$;
comment on function sealdesk.rules_about(text, text) is 'The rules in force about an act that succeeds, with values of a class; of any class for null.';

create or replace function sealdesk.is_recorded(p_action text, p_class text) returns boolean language plpgsql stable as $$
declare
  optional record;
  found boolean;
begin
  select * into optional from sealdesk.optional_acts() o where o.action = p_action;
  if optional.action is null then
    return true;
  end if;
  select s.recorded into found from sealdesk.audit_scope s
   where s.action = p_action and (s.class = '' or optional.by_class and s.class = p_class) order by s.class desc limit 1;
  return coalesce(found, optional.recorded) or sealdesk.rules_about(p_action, coalesce(p_class, '')) <> '{}';
end $$;
comment on function sealdesk.is_recorded(text, text) is 'Whether an act that succeeds is recorded.';

create or replace function sealdesk.append_optional(p_session uuid, p_actor text, p_action text, p_outcome text, p_record uuid default null, p_field text default null,
  p_class text default null, p_details text default null) returns bigint language plpgsql as $$
begin
  if p_outcome = 'ok' and not sealdesk.is_recorded(p_action, p_class) then
    return null;
  end if;
  return sealdesk.append(p_session, p_actor, p_action, p_outcome, p_record, p_field, p_class, null, null, null, p_details, null);
end $$;
comment on function sealdesk.append_optional(uuid, text, text, text, uuid, text, text, text) is
  'Appends an event where it is recorded; null where it is not, and the chain goes on from where it was.';

create or replace function sealdesk_api.list_audit_scope(p_session bytea)
returns table (action text, class text, by_class boolean, recorded boolean, is_set boolean, by_default boolean, rules text[], version bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select o.action, c.code, o.by_class, sealdesk.is_recorded(o.action, nullif(c.code, '')), x.action is not null, o.recorded,
         sealdesk.rules_about(o.action, c.code), coalesce(x.version, 0)
    from sealdesk.optional_acts() o
    join (select '' as code, 0 as position union all select k.code, 1 + k.position from sealdesk.class k) c on c.code = '' or o.by_class
    left join sealdesk.audit_scope x on x.action = o.action and x.class = c.code
   order by o.place, c.position, c.code;
end $$;
comment on function sealdesk_api.list_audit_scope(bytea) is
  'The acts whose recording is a setting, for all classes (empty) and by class: whether they are recorded now, whether that is set here, and the rules that count them.';

create or replace function sealdesk_api.audit_scope_set(p_session bytea, p_action text, p_class text, p_recorded boolean, p_version bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'audit_scope_set', concat_ws(' ', 'recording', left(p_action, 60), nullif(left(p_class, 60), '')));
  of_class text := coalesce(p_class, '');
  optional record;
  before sealdesk.audit_scope;
begin
  if m.outcome = 'ok' then
    select * into optional from sealdesk.optional_acts() o where o.action = p_action;
    select * into before from sealdesk.audit_scope x where x.action = p_action and x.class = of_class;
    m.outcome := case
      when optional.action is null then 'SD182'
      when of_class <> '' and not (optional.by_class and exists (select from sealdesk.class c where c.code = of_class)) then 'SD183'
      when coalesce(before.version, 0) is distinct from p_version then 'SD007'
      when before.recorded is not distinct from p_recorded then 'SD185'
      when not p_recorded and sealdesk.rules_about(p_action, nullif(of_class, '')) <> '{}' then 'SD184'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('recorded', jsonb_build_array(before.recorded, p_recorded)));
  end if;
  if m.outcome = 'ok' and p_recorded is null then
    delete from sealdesk.audit_scope x where x.action = p_action and x.class = of_class;
  elsif m.outcome = 'ok' then
    insert into sealdesk.audit_scope as x (action, class, recorded) values (p_action, of_class, p_recorded)
    on conflict (action, class) do update set recorded = excluded.recorded, version = x.version + 1;
  end if;
  return sealdesk.end_change(m, null, nullif(of_class, ''), null, jsonb_build_object('act', left(p_action, 60)));
end $$;
comment on function sealdesk_api.audit_scope_set(bytea, text, text, boolean, bigint) is
  'Whether an optional act is recorded, for all classes (empty) or one; null as by default. SD182 for an act that always is, SD183 where there is no such choice, SD184 while a rule counts it, SD185 where it is so already.';

-- What a desk must say of itself, since nothing else does.
create or replace function sealdesk_api.list_reported(p_session bytea) returns table (action text, class text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  return query
  select 'hide', c.code from sealdesk.class c where sealdesk.is_recorded('hide', c.code)
  union all
  select 'focus', null where sealdesk.is_recorded('focus', null);
end $$;
comment on function sealdesk_api.list_reported(bytea) is 'Which acts the caller''s own desk is to report: hiding values of a class, and staying on a row of the list.';

create or replace function sealdesk_api.report_act(p_session bytea, p_action text, p_record uuid, p_field text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  of_class text;
  result text := 'ok';
begin
  -- Rights first: who may not read customers learns nothing about the record.
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    result := 'SD003';
  elsif p_action is null or p_action not in ('hide', 'focus') or (p_action = 'hide') <> (p_field is not null) then
    result := 'SD011';
  elsif not exists (select from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r)) then
    result := 'SD006';
  elsif p_action = 'hide' then
    -- What this session has not revealed it cannot hide.
    select e.class into of_class from sealdesk.audit_event e
     where e.record = p_record and e.at > clock_timestamp() - interval '9 hours' and e.session = s.session and e.action = 'reveal' and e.outcome = 'ok'
       and e.field = p_field
     order by e.at desc limit 1;
    if not found then
      result := 'SD006';
    end if;
  end if;
  perform sealdesk.append_optional(s.session, s.login, case when p_action = 'focus' then 'focus' else 'hide' end, result, p_record, left(p_field, 60), of_class);
  return result;
end $$;
comment on function sealdesk_api.report_act(bytea, text, uuid, text) is
  'A desk says what it did: that a value it had revealed went from the screen (hide), or that its reader stayed on a row (focus). Recorded where that is set, a refusal always.';
