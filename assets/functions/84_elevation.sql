-- Roles for a time: on approval, or at once by breaking the glass. They end by themselves, since rights are kept by time slice and keys are handed
-- out by the hour.

create or replace function sealdesk.rights_changed(p_person uuid) returns void language plpgsql as $$
begin
  perform sealdesk.derive_rights(p_person);
  -- A role that asks for a second factor is no more to be used without it in a session that is open already.
  update sealdesk.session
     set key_generation = 0, limited = limited or sealdesk.needs_second_factor(p_person) and not sealdesk.has_second_factor(p_person)
   where person = p_person and closed_at is null;
  perform sealdesk.announce_policy();
end $$;
comment on function sealdesk.rights_changed(uuid) is 'Derives a person''s rights anew, and has their open sessions fetch keys and rights again.';

create or replace function sealdesk.judge_eligibility(p_person uuid, p_role text, p_minutes integer, p_break_glass boolean) returns text language plpgsql as $$
declare
  allowed integer;
begin
  -- Before anything is read: neither a second one nor the loss of the role it hangs on comes between.
  perform sealdesk.hold_person(p_person);
  if not exists (select from sealdesk.application_role a where a.code = p_role) then
    return 'SD011';
  end if;
  select max(e.max_minutes) into allowed
    from sealdesk.eligibility e
    join sealdesk.membership m on m.role = e.role and m.person = p_person
    join sealdesk.person p on p.id = m.person and p.state = 'active'
   where e.target = p_role and (e.break_glass or not p_break_glass)
     -- What is frozen lends nothing.
     and not exists (select from sealdesk.frozen f where f.kind = 'role' and f.subject = e.role);
  return case
    when exists (select from sealdesk.frozen f where f.kind = 'role' and f.subject = p_role) then 'SD142'
    when allowed is null then 'SD053'
    when p_minutes is null or p_minutes not between 5 and allowed then 'SD054'
    when exists (select from sealdesk.membership m where m.person = p_person and m.role = p_role)
      or exists (select from sealdesk.elevation e where e.person = p_person and e.role = p_role and e.ended_at is null and e.until_at > clock_timestamp()) then 'SD055'
    -- A role that asks for a second factor asks for it here too.
    when exists (select from sealdesk.application_role a where a.code = p_role and a.second_factor) and not sealdesk.has_second_factor(p_person) then 'SD021'
    when sealdesk.breaks_duties(p_person, array[p_role]) then 'SD092'
    else 'ok' end;
end $$;
comment on function sealdesk.judge_eligibility(uuid, text, integer, boolean) is 'Whether a person may have a role for so many minutes: SD053 not at all, SD054 not so long, SD055 has it, SD092 against what must be kept apart, SD142 while the role is frozen.';

create or replace function sealdesk.begin_elevation(p_person uuid, p_role text, p_minutes integer, p_request bigint, p_break_glass boolean, p_why text, p_reference text)
returns bigint language plpgsql as $$
declare
  begun bigint;
begin
  insert into sealdesk.elevation as e (person, role, request, break_glass, why, reference, until_at)
  values (p_person, p_role, p_request, p_break_glass, p_why, p_reference, clock_timestamp() + p_minutes * interval '1 min')
  returning e.number into begun;
  perform sealdesk.rights_changed(p_person);
  return begun;
end $$;
comment on function sealdesk.begin_elevation(uuid, text, integer, bigint, boolean, text, text) is 'Gives a role for a time; answers with the elevation''s number.';

create or replace function sealdesk.end_elevations(p_person uuid, p_by text, p_number bigint default null) returns integer language plpgsql as $$
declare
  ended integer;
begin
  perform sealdesk.hold_person(p_person);
  update sealdesk.elevation e set ended_at = clock_timestamp(), ended_by = p_by
   where e.person = p_person and (p_number is null or e.number = p_number) and e.ended_at is null and e.until_at > clock_timestamp();
  get diagnostics ended = row_count;
  if ended > 0 then
    perform sealdesk.rights_changed(p_person);
    perform sealdesk.announce_policy();
  end if;
  return ended;
end $$;
comment on function sealdesk.end_elevations(uuid, text, bigint) is 'Ends a person''s roles for a time before their time, one or all; answers how many.';

create or replace function sealdesk_api.break_glass(p_session bytea, p_role text, p_why text, p_reference text, p_minutes integer, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  if p_why is null or char_length(btrim(p_why)) not between 1 and 200 or p_reference !~ '^[A-Za-z0-9._/#-]{1,40}$' then
    outcome := 'SD005';
  else
    outcome := sealdesk.judge_eligibility(s.person, p_role, p_minutes, true);
  end if;
  if outcome = 'ok' then
    number := sealdesk.begin_elevation(s.person, p_role, p_minutes, null, true, btrim(p_why), p_reference);
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'break_glass', outcome, null, null, null, number, null, case when outcome = 'ok' then p_reference end,
    json_build_object('role', left(p_role, 60), 'minutes', p_minutes)::text, null);
end $$;
comment on function sealdesk_api.break_glass(bytea, text, text, text, integer) is
  'Takes a role for a time without asking, where one''s roles may. Every desk that approves is told, and somebody else reviews it.';

create or replace function sealdesk_api.elevation_end(p_session bytea, p_number bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  e sealdesk.elevation;
  result text := 'ok';
begin
  select * into e from sealdesk.elevation x where x.number = p_number;
  if e.number is null then
    result := 'SD011';
  elsif e.person <> s.person and not sealdesk.has_capability(s.person, 'approve') and not sealdesk.has_capability(s.person, 'manage_people') then
    result := 'SD003';
  elsif sealdesk.end_elevations(e.person, s.login, p_number) = 0 then
    result := 'SD052';
  end if;
  perform sealdesk.append_act(s.session, s.login, 'elevation_end', result, json_build_object('elevation', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.elevation_end(bytea, bigint) is 'Ends a role for a time before its time: one''s own, or anybody''s for who approves or manages people.';

create or replace function sealdesk_api.elevation_review(p_session bytea, p_number bigint, p_review text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  e sealdesk.elevation;
  result text := 'ok';
begin
  if sealdesk.may_decide(s.person, 'approve') then
    select * into e from sealdesk.elevation x where x.number = p_number for no key update;
  end if;
  if not sealdesk.may_decide(s.person, 'approve') then
    result := 'SD003';
  elsif e.number is null or not e.break_glass or p_review is null or char_length(btrim(p_review)) not between 1 and 200 then
    result := 'SD011';
  elsif sealdesk.is_same_person(s.person, e.person) then
    result := 'SD051';
  elsif e.reviewed_at is not null then
    result := 'SD052';
  else
    update sealdesk.elevation x set reviewed_at = clock_timestamp(), reviewed_by = s.login, review = btrim(p_review) where x.number = p_number;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append_act(s.session, s.login, 'break_glass_review', result, json_build_object('elevation', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.elevation_review(bytea, bigint, text) is 'Says what is to be said about a broken glass, once, by somebody else.';

create or replace function sealdesk_api.list_elevations(p_session bytea)
returns table (number bigint, login text, role text, request bigint, break_glass boolean, why text, reference text, from_at timestamptz, until_at timestamptz,
  ended_by text, running boolean, reviewed_by text, review text, own boolean, may_review boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  approves boolean := sealdesk.has_capability(s.person, 'approve');
  decides boolean := sealdesk.may_decide(s.person, 'approve');
  everything boolean := approves or sealdesk.has_capability(s.person, 'audit_all') or sealdesk.has_capability(s.person, 'manage_people');
begin
  return query
  select e.number, p.login, e.role, e.request, e.break_glass, e.why, e.reference, e.from_at, least(e.until_at, e.ended_at), e.ended_by,
         e.ended_at is null and e.until_at > clock_timestamp(), e.reviewed_by, e.review, e.person = s.person,
         decides and e.break_glass and e.reviewed_at is null and not sealdesk.is_same_person(s.person, e.person)
    from sealdesk.elevation e join sealdesk.person p on p.id = e.person
   where everything or e.person = s.person
   order by e.ended_at is null and e.until_at > clock_timestamp() desc, e.number desc
   limit 200;
end $$;
comment on function sealdesk_api.list_elevations(bytea) is 'Roles for a time, those that run before the others, then newest first: one''s own, and everybody''s for who approves, manages people or reads the whole audit.';

drop function if exists sealdesk_api.list_eligibility(bytea);
create function sealdesk_api.list_eligibility(p_session bytea)
returns table (role text, target text, max_minutes integer, break_glass boolean, classes text[], mine boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select e.role, e.target, e.max_minutes, e.break_glass,
         array(select r.class from sealdesk.role_right r join sealdesk.class c on c.code = r.class where r.role = e.target and r.may_reveal order by c.position),
         exists (select from sealdesk.membership m where m.person = s.person and m.role = e.role)
    from sealdesk.eligibility e order by e.role, e.target;
end $$;
comment on function sealdesk_api.list_eligibility(bytea) is 'Whose members may have which role for a time, and what classes it reveals.';

create or replace function sealdesk_api.eligibility_put(p_session bytea, p_role text, p_target text, p_max_minutes integer, p_break_glass boolean,
  p_generation integer, p_target_generation integer, p_sealed bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  approved bigint;
  seq bigint;
begin
  if result = 'ok' then
    result := case
      when p_role = p_target or p_target = 'security_officer' or p_max_minutes is null or p_max_minutes not between 5 and 1440 or p_break_glass is null
        or p_sealed is null or p_signature is null or octet_length(p_sealed) > 4096
        or (select count(*) from sealdesk.application_role a where a.code in (p_role, p_target)) <> 2 then 'SD011'
      when exists (select from sealdesk.held_role a where a.person = m.person and a.role = p_role) then 'SD041'
      when (select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_role) is distinct from p_generation
        or (select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_target) is distinct from p_target_generation then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    -- Lending a role with capabilities is an act for four eyes where giving it is one.
    select a.outcome, a.request into result, approved
      from sealdesk.find_approval(m.person, 'role_rights', concat_ws(' ', p_role, p_target, 'eligible', p_max_minutes, case when p_break_glass then 'break_glass' end),
        sealdesk.is_privileged(p_target) and sealdesk.asks_four_eyes('role_grant', m.person)) a;
  end if;
  if result = 'ok' then
    insert into sealdesk.eligibility values (p_role, p_target, p_max_minutes, p_break_glass)
    on conflict (role, target) do update set max_minutes = excluded.max_minutes, break_glass = excluded.break_glass;
    insert into sealdesk.wrapped_key values ('role', p_role, p_generation, 'role_key', p_target, p_target_generation, p_sealed, m.login, p_signature)
    on conflict (recipient_kind, recipient, recipient_generation, content, subject, subject_generation) do update
       set sealed = excluded.sealed, signer = excluded.signer, signature = excluded.signature;
    perform sealdesk.announce_policy();
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'eligibility', result, json_strip_nulls(json_build_object('role', left(p_role, 60),
    'target', left(p_target, 60), 'minutes', p_max_minutes, 'break_glass', p_break_glass, 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  perform sealdesk.did_alone(result, approved, 'role_rights', concat_ws(' ', p_role, p_target, 'eligible', p_max_minutes, case when p_break_glass then 'break_glass' end),
    m.session, m.login, seq);
  return result;
end $$;
comment on function sealdesk_api.eligibility_put(bytea, text, text, integer, boolean, integer, integer, bytea, bytea) is
  'Members of a role may have another for a time; its key is wrapped to theirs. SD007 when one of the roles was rotated meanwhile.';

create or replace function sealdesk_api.eligibility_remove(p_session bytea, p_role text, p_target text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    -- None of them breaks the glass meanwhile.
    perform sealdesk.hold_person(x.person) from (select y.person from sealdesk.membership y where y.role = p_role order by y.person) x;
    delete from sealdesk.eligibility e where e.role = p_role and e.target = p_target;
    if found then
      delete from sealdesk.wrapped_key w where w.recipient_kind = 'role' and w.recipient = p_role and w.content = 'role_key' and w.subject = p_target;
      perform sealdesk.end_elevations(x.person, m.login, x.number)
         from sealdesk.elevation x
        where x.role = p_target and x.ended_at is null and x.until_at > clock_timestamp()
          and not exists (select from sealdesk.eligibility e join sealdesk.membership y on y.role = e.role where y.person = x.person and e.target = p_target);
      perform sealdesk.announce_policy();
    else
      result := 'SD011';
    end if;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'eligibility_remove', result,
    json_build_object('role', left(p_role, 60), 'target', left(p_target, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.eligibility_remove(bytea, text, text) is 'Members of a role may not have the other any more; who has it through this loses it.';

drop function if exists sealdesk_api.my_standing(bytea);
create function sealdesk_api.my_standing(p_session bytea, out roles text[], out capabilities text[], out lent text[], out lent_until timestamptz[],
  out waiting bigint, out to_review bigint, out broken bigint, out answered bigint, out answered_state text, out answered_comment text, out has_keys boolean, out catalogue_version bigint,
  out freezes bigint[], out freeze_kinds text[], out freeze_subjects text[], out freeze_by text[], out freeze_at timestamptz[], out freeze_why text[],
  out clock_incident bigint, out clock_until timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  has_keys := s.has_keys;
  select coalesce(array_agg(distinct m.role), '{}') into roles from sealdesk.active_role m where m.person = s.person;
  select coalesce(array_agg(distinct c), '{}') into capabilities
    from sealdesk.active_role m join sealdesk.application_role r on r.code = m.role, unnest(r.capabilities) c where m.person = s.person;
  select coalesce(array_agg(e.role order by e.until_at), '{}'), coalesce(array_agg(e.until_at order by e.until_at), '{}') into lent, lent_until
    from sealdesk.elevation e where e.person = s.person and e.ended_at is null and e.until_at > clock_timestamp() and pg_xact_status(e.xid) = 'committed';
  waiting := case when capabilities && array(select f.approver from sealdesk.four_eyes f)
    then (select count(*) from sealdesk.request r where r.state = 'open' and r.open_until > clock_timestamp() and sealdesk.may_vote(r, s.person) = 'ok') else 0 end;
  to_review := 0;
  broken := 0;
  if 'approve' = any (capabilities) then
    select count(*) filter (where e.reviewed_at is null and not sealdesk.is_same_person(s.person, e.person) and sealdesk.may_decide(s.person, 'approve')),
           count(*) filter (where e.ended_at is null and e.until_at > clock_timestamp())
      into to_review, broken
      from sealdesk.elevation e
     where e.break_glass and (e.reviewed_at is null or e.until_at > clock_timestamp());
  end if;
  select r.number, r.state, (select v.comment from sealdesk.request_vote v where v.request = r.number order by v.at desc limit 1)
    into answered, answered_state, answered_comment
    from sealdesk.request r
   where r.requester = s.person and r.decided_at > clock_timestamp() - interval '1 h' and r.state <> 'withdrawn'
   order by r.decided_at desc limit 1;
  select i.catalogue_version into catalogue_version from sealdesk.installation i;
  select coalesce(array_agg(f.number), '{}'), coalesce(array_agg(f.kind), '{}'), coalesce(array_agg(f.subject), '{}'), coalesce(array_agg(f.by), '{}'),
         coalesce(array_agg(f.at), '{}'), coalesce(array_agg(f.why), '{}')
    into freezes, freeze_kinds, freeze_subjects, freeze_by, freeze_at, freeze_why
    from (select x.* from sealdesk.frozen x where sealdesk.concerns(x, s.person) or sealdesk.sees_freezes(s.person) order by x.number) f;
  if sealdesk.sees_incidents(s.person) then
    -- From knowing of a breach on, the authority is to be told within 72 hours.
    select i.number, x.known_at + interval '72 h' into clock_incident, clock_until
      from sealdesk.incident i, sealdesk.incident_state(i.number) x
     where not x.closed and not x.notified and x.known_at is not null
     order by x.known_at limit 1;
  end if;
end $$;
comment on function sealdesk_api.my_standing(bytea) is
  'The caller''s roles and capabilities now, roles for a time with their ends, how many requests and broken glasses wait for them, how many glasses are broken now, the last answer to a request of theirs and what was said with it; whether keys and catalogue were read since they changed; the freezes that concern them; and for who reads incidents, the one whose authority has to be told first, and until when.';

create or replace function sealdesk_api.elevated_roles(p_session bytea, p_login text) returns setof text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.require_overview(p_session);
begin
  return query select distinct e.role from sealdesk.elevation e join sealdesk.person p on p.id = e.person where p.login = p_login order by 1;
end $$;
comment on function sealdesk_api.elevated_roles(bytea, text) is 'The roles a person ever had for a time: they have held those keys.';
