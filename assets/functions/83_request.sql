-- Four eyes: who wants to do what asks, somebody else who may approve decides, and the act itself finds its approval and uses it up.

-- A second account with the same keys is the same person.
create or replace function sealdesk.is_same_person(p_one uuid, p_other uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_one = p_other or exists (
    select from sealdesk.person_key a join sealdesk.person_key b on a.ed25519_public = b.ed25519_public or a.hpke_public = b.hpke_public
     where a.person = p_one and b.person = p_other);
$$;
comment on function sealdesk.is_same_person(uuid, uuid) is 'Whether two accounts are one, or share a key.';

create or replace function sealdesk.is_privileged(p_role text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  -- To share what one may reveal is no power over others.
  select exists (select from sealdesk.application_role a where a.code = p_role and not a.capabilities <@ array['share']);
$$;
comment on function sealdesk.is_privileged(text) is 'Whether giving the role is an act for four eyes: it lets its members do more than work on records.';

-- By themselves as soon as somebody else could approve, so that a founder is not locked out and does nothing unseen (did_alone). Who is frozen counts
-- as somebody all the same: freezing those who approve is no way to do without them.
create or replace function sealdesk.asks_four_eyes(p_kind text, p_person uuid) returns boolean language plpgsql stable as $$
declare
  f sealdesk.four_eyes;
begin
  select * into f from sealdesk.four_eyes x where x.kind = p_kind;
  return coalesce(f.required, exists (
    select from sealdesk.person p
      join sealdesk.membership m on m.person = p.id
      join sealdesk.application_role a on a.code = m.role and f.approver = any (a.capabilities)
     where p.state = 'active' and not sealdesk.is_same_person(p.id, p_person)));
end $$;
comment on function sealdesk.asks_four_eyes(text, uuid) is 'Whether an act of a kind needs somebody else''s approval when this person does it.';

create or replace function sealdesk.did_alone(p_outcome text, p_request bigint, p_kind text, p_subject text, p_session uuid, p_login text, p_seq bigint) returns void
language sql volatile set search_path = pg_catalog, pg_temp as $$
  insert into sealdesk.alone_act (by, kind, subject, session, seq)
  select p_login, p_kind, p_subject, p_session, p_seq
   where p_outcome = 'ok' and p_request is null and exists (select from sealdesk.four_eyes f where f.kind = p_kind and f.required is null);
$$;
comment on function sealdesk.did_alone(text, bigint, text, text, uuid, text, bigint) is
  'Keeps that an act was done without an approval because nobody else could give one. Nothing for what failed, was approved, or where it is decided otherwise.';

-- The row stays locked until the act is committed or not, so that one approval covers one act.
create or replace function sealdesk.find_approval(p_person uuid, p_kind text, p_subject text, p_always boolean default false, p_change text default null,
  out outcome text, out request bigint)
language plpgsql as $$
begin
  -- Where four eyes are not asked for any more, what was approved all the same is used up.
  select r.number into request from sealdesk.request r
   where r.requester = p_person and r.kind = p_kind and r.subject = p_subject and r.change is not distinct from p_change
     and r.state = 'approved' and r.good_until > clock_timestamp()
   order by r.number limit 1 for update;
  outcome := case
    when request is null and (p_always or sealdesk.asks_four_eyes(p_kind, p_person)) then 'SD050'
    else 'ok' end;
end $$;
comment on function sealdesk.find_approval(uuid, text, text, boolean, text) is 'The approval under which a person may do this now; SD050 where one is needed and there is none.';

create or replace function sealdesk.use_approval(p_request bigint, p_session uuid, p_seq bigint) returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.request set state = 'used', used_session = p_session, used_seq = p_seq where number = p_request;
$$;
comment on function sealdesk.use_approval(bigint, uuid, bigint) is 'Links an approval to the event of the act that was done under it. Nothing for null.';

-- What is asked for must make sense when it is asked; it is judged again when it is done.
create or replace function sealdesk.judge_request(p_person uuid, p_kind text, p_subject text, p_minutes integer, p_change text) returns text language plpgsql as $$
declare
  words text[] := string_to_array(p_subject, ' ');
begin
  -- What goes with a request is what the act itself named, or nothing: the approver reads it as the program's own words.
  if (p_kind = 'settings') <> (p_change is not null) then
    return 'SD011';
  end if;
  if p_kind = 'elevate' then
    return sealdesk.judge_eligibility(p_person, p_subject, p_minutes, false);
  end if;
  if not sealdesk.has_capability(p_person, case
      when p_kind in ('settings', 'audit_rule') or (p_kind = 'four_eyes' and p_subject in ('settings', 'audit_rule')) then 'manage_policy'
      when p_kind = 'unfreeze' then 'respond'
      when p_kind = 'audit_export' then 'export_audit'
      else 'manage_people' end) then
    return 'SD003';
  end if;
  return case
    when p_minutes not between 5 and 10080 then 'SD011'
    -- What is asked for is a change that was tried, in the words of the function that tried it.
    when p_kind = 'settings' then case
      when exists (select from sealdesk.proposed_change c where c.person = p_person and c.subject = p_subject and c.change = p_change) then 'ok'
      else 'SD106' end
    when p_kind = 'role_grant' and cardinality(words) = 2 and sealdesk.is_privileged(words[2]) then 'ok'
    when p_kind = 'role_grant' and cardinality(words) = 2 and exists (select from sealdesk.application_role a where a.code = words[2]) then 'SD111'
    when p_kind = 'role_rights' and (cardinality(words) = 3 or cardinality(words) between 4 and 5 and words[3] = 'eligible')
      and exists (select from sealdesk.application_role a where a.code = words[1]) then 'ok'
    when p_kind = 'audit_export' and p_subject ~ '^format=(csv|json)( [a-z]+=.|$)' then 'ok'
    when p_kind = 'audit_rule' and cardinality(words) >= 2 and sealdesk.is_code(words[1]) and words[2] ~ '^[a-z_]+=.' then 'ok'
    when p_kind = 'second_factor_reset' and exists (select from sealdesk.person p where p.login = p_subject) then 'ok'
    when p_kind = 'four_eyes' and exists (select from sealdesk.four_eyes f where f.kind = p_subject and f.required is distinct from false) then 'ok'
    when p_kind = 'duty' and cardinality(words) = 3 and words[1] in ('add', 'remove') then 'ok'
    when p_kind = 'clearance' and cardinality(words) between 2 and 3 and exists (select from sealdesk.person p where p.login = words[1])
      and exists (select from sealdesk.clearance_level l where l.code = words[2]) then 'ok'
    when p_kind = 'role_second_factor' and cardinality(words) = 2 and words[2] in ('on', 'off')
      and exists (select from sealdesk.application_role a where a.code = words[1]) then 'ok'
    when p_kind = 'unfreeze' then case when exists (select from sealdesk.frozen f where sealdesk.unfreeze_subject(f) = p_subject) then 'ok' else 'SD144' end
    else 'SD011' end;
end $$;
comment on function sealdesk.judge_request(uuid, text, text, integer, text) is 'Whether a person may ask for this. SD111 for a role that is given without asking.';

create or replace function sealdesk_api.request_put(p_session bytea, p_kind text, p_subject text, p_why text, p_reference text, p_minutes integer,
  p_open_minutes integer, p_change text default null, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  gains uuid;
begin
  if p_why is null or char_length(btrim(p_why)) not between 1 and 200 or p_reference !~ '^[A-Za-z0-9._/#-]{1,40}$'
      or p_open_minutes not between 5 and 10080 or p_open_minutes is null or p_minutes is null or char_length(p_subject) > (case when p_kind in ('audit_rule', 'audit_export') then 1000 else 200 end) or p_subject is null
      or p_kind is null then
    outcome := 'SD011';
  elsif (select count(*) from sealdesk.request r where r.requester = s.person and r.state = 'open' and r.open_until > clock_timestamp()) >= 20 then
    outcome := 'SD012';
  else
    outcome := sealdesk.judge_request(s.person, p_kind, p_subject, p_minutes, p_change);
  end if;
  if outcome = 'ok' then
    select p.id into gains from sealdesk.person p
     where p.login = case p_kind when 'elevate' then s.login when 'role_grant' then split_part(p_subject, ' ', 1) when 'clearance' then split_part(p_subject, ' ', 1) when 'second_factor_reset' then p_subject
       when 'unfreeze' then case when split_part(p_subject, ' ', 2) = 'person' then split_part(p_subject, ' ', 3) end end;
    insert into sealdesk.request as r (kind, subject, change, requester, beneficiary, why, reference, minutes, open_until)
    values (p_kind, p_subject, p_change, s.person, gains, btrim(p_why), p_reference, p_minutes, clock_timestamp() + p_open_minutes * interval '1 min')
    returning r.number into number;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'request', outcome, null, null, null, number, null, case when outcome = 'ok' then p_reference end,
    (jsonb_build_object('request', number, 'kind', left(p_kind, 60), 'subject', left(p_subject, 200))
      || case when outcome = 'ok' and p_change is not null then jsonb_build_object('changed', p_change::jsonb -> 'changed') else '{}' end)::text, null);
end $$;
comment on function sealdesk_api.request_put(bytea, text, text, text, text, integer, integer, text) is
  'Asks for approval. p_minutes is how long what was approved lasts, or may be begun; p_open_minutes how long the request waits; p_change what proposed_change
   answers, for kind settings. SD053 when not eligible, SD106 for a change that was not tried.';

create or replace function sealdesk_api.request_withdraw(p_session bytea, p_number bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text;
begin
  update sealdesk.request r set state = 'withdrawn', decided_at = clock_timestamp()
   where r.number = p_number and r.requester = s.person and (r.state = 'open' or (r.state = 'approved' and r.kind <> 'elevate'));
  result := case when found then 'ok' else 'SD052' end;
  perform sealdesk.append_act(s.session, s.login, 'request_withdraw', result, json_build_object('request', p_number)::text);
  if result = 'ok' then
    perform sealdesk.announce_policy();
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_withdraw(bytea, bigint) is 'Takes one''s own request back, approved or not, as long as it was not used.';

-- A glass that somebody broke alone is no second pair of eyes: what is decided with it is decided by one.
create or replace function sealdesk.may_decide(p_person uuid, p_capability text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from (select x.role from sealdesk.membership x where x.person = p_person
                 union all
                 select e.role from sealdesk.elevation e
                  where e.person = p_person and not e.break_glass and e.ended_at is null and e.until_at > clock_timestamp() and pg_xact_status(e.xid) = 'committed') m
      join sealdesk.application_role a on a.code = m.role and p_capability = any (a.capabilities)
     where not exists (select from sealdesk.frozen f where f.kind = 'role' and f.subject = m.role));
$$;
comment on function sealdesk.may_decide(uuid, text) is 'Whether a person has a capability by a role that somebody else gave them.';

-- Neither who asked nor who gains, under any account; nor who was given the account only after it was asked for.
create or replace function sealdesk.may_vote(p_request sealdesk.request, p_person uuid) returns text language plpgsql stable as $$
begin
  if not sealdesk.may_decide(p_person, (select f.approver from sealdesk.four_eyes f where f.kind = p_request.kind)) then
    return 'SD003';
  elsif sealdesk.is_same_person(p_person, p_request.requester) or sealdesk.is_same_person(p_person, p_request.beneficiary)
      or (p_request.kind = 'role_grant' and exists (
            select from sealdesk.person p where p.login = split_part(p_request.subject, ' ', 1) and sealdesk.is_same_person(p_person, p.id)))
      or (p_request.kind = 'role_rights'
          and exists (select from sealdesk.held_role a where a.person = p_person and a.role = split_part(p_request.subject, ' ', 1)))
      or (p_request.kind = 'unfreeze' and split_part(p_request.subject, ' ', 2) = 'role'
          and exists (select from sealdesk.held_role a where a.person = p_person and a.role = split_part(p_request.subject, ' ', 3))) then
    return 'SD051';
  end if;
  return 'ok';
end $$;
comment on function sealdesk.may_vote(sealdesk.request, uuid) is 'Whether a person may decide on a request: the right, and another person than who asked or gains.';

create or replace function sealdesk_api.request_vote(p_session bytea, p_number bigint, p_approve boolean, p_comment text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  r sealdesk.request;
  result text;
  begun bigint;
  lifted bigint;
  seq bigint;
begin
  select * into r from sealdesk.request x where x.number = p_number;
  if r.number is null or p_approve is null or char_length(p_comment) > 200 then
    result := 'SD011';
  else
    result := sealdesk.may_vote(r, s.person);
    -- Only who may decide holds a request; whether it still waits is read when it is held.
    if result = 'ok' then
      select * into r from sealdesk.request x where x.number = p_number for no key update;
    end if;
    if result = 'ok' and (r.state <> 'open' or r.open_until <= clock_timestamp()) then
      result := 'SD052';
    elsif result = 'ok' and p_approve and r.kind = 'elevate' then
      result := sealdesk.judge_eligibility(r.requester, r.subject, r.minutes, false);
    elsif result = 'ok' and p_approve and r.kind = 'unfreeze' then
      lifted := split_part(r.subject, ' ', 1)::bigint;
      result := case
        -- Two who are not frozen, and who both may: who asked may have been frozen since.
        when exists (select from sealdesk.frozen f where f.person = r.requester) or not sealdesk.may_decide(r.requester, 'respond')
          or not exists (select from sealdesk.person p where p.id = r.requester and p.state = 'active') then 'SD112'
        when sealdesk.lift_freeze(lifted, s.login, r.number) then 'ok'
        else 'SD144' end;
    end if;
  end if;
  if result = 'ok' then
    insert into sealdesk.request_vote (request, voter, approve, comment) values (p_number, s.person, p_approve, coalesce(btrim(p_comment), ''));
    update sealdesk.request x
       set state = case when p_approve then 'approved' else 'refused' end, decided_at = clock_timestamp(),
           good_until = case when p_approve then clock_timestamp() + r.minutes * interval '1 min' end
     where x.number = p_number;
    if p_approve and r.kind = 'elevate' then
      begun := sealdesk.begin_elevation(r.requester, r.subject, r.minutes, r.number, false, r.why, r.reference);
    end if;
    perform sealdesk.announce_policy();
  end if;
  seq := sealdesk.append_act(s.session, s.login, case when p_approve then 'approve' else 'refuse' end, result,
    json_strip_nulls(json_build_object('request', p_number, 'kind', r.kind, 'subject', r.subject, 'elevation', begun, 'lifted', case when result = 'ok' then lifted end))::text);
  if result = 'ok' and (begun is not null or lifted is not null) then
    perform sealdesk.use_approval(p_number, s.session, seq);
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_vote(bytea, bigint, boolean, text) is
  'Approves or refuses. SD051 for one''s own request or gain, SD052 when it is decided, withdrawn or too late. What was approved for a time begins at once, and a freeze is lifted at once.';

drop function if exists sealdesk_api.list_requests(bytea, boolean);
create function sealdesk_api.list_requests(p_session bytea, p_all boolean)
returns table (number bigint, kind text, label_en text, label_zh text, subject text, change text, requester text, beneficiary text, why text, reference text, minutes integer, asked_at timestamptz,
  open_until timestamptz, state text, decided_at timestamptz, good_until timestamptz, voters text[], approvals boolean[], comments text[],
  used_at timestamptz, own boolean, may_vote boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  everything boolean := sealdesk.has_capability(s.person, 'audit_all') or sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'approve');
begin
  return query
  select r.number, r.kind, f.label_en, f.label_zh, r.subject, r.change, a.login, b.login, r.why, r.reference, r.minutes, r.asked_at, r.open_until,
         case when r.state = 'open' and r.open_until <= clock_timestamp() then 'expired'
              when r.state = 'approved' and r.good_until <= clock_timestamp() then 'expired' else r.state end,
         r.decided_at, r.good_until,
         array(select p.login from sealdesk.request_vote v join sealdesk.person p on p.id = v.voter where v.request = r.number order by v.at),
         array(select v.approve from sealdesk.request_vote v where v.request = r.number order by v.at),
         array(select v.comment from sealdesk.request_vote v where v.request = r.number order by v.at),
         (select e.at from sealdesk.audit_event e where e.session = r.used_session and e.seq = r.used_seq limit 1),
         r.requester = s.person,
         r.state = 'open' and r.open_until > clock_timestamp() and sealdesk.may_vote(r, s.person) = 'ok'
    from sealdesk.request r
    join sealdesk.four_eyes f on f.kind = r.kind
    join sealdesk.person a on a.id = r.requester
    left join sealdesk.person b on b.id = r.beneficiary
   where (everything or r.requester = s.person)
     and (p_all or (r.state = 'open' and r.open_until > clock_timestamp()) or (r.state = 'approved' and r.good_until > clock_timestamp()))
   order by r.number desc
   limit 500;
end $$;
comment on function sealdesk_api.list_requests(bytea, boolean) is
  'Requests that wait or are approved and unused, or all: one''s own, and everybody''s for who approves, manages people or reads the whole audit.';

drop function if exists sealdesk_api.list_four_eyes(bytea);
create function sealdesk_api.list_four_eyes(p_session bytea)
returns table (kind text, label_en text, label_zh text, required boolean, by_itself boolean, approver text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query select f.kind, f.label_en, f.label_zh, sealdesk.asks_four_eyes(f.kind, s.person), f.required is null, f.approver from sealdesk.four_eyes f order by f.position;
end $$;
comment on function sealdesk_api.list_four_eyes(bytea) is 'What needs somebody else''s approval of the caller, and whether it does by itself, as soon as somebody could approve.';

create or replace function sealdesk_api.four_eyes_set(p_session bytea, p_kind text, p_required boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  approved bigint;
  seq bigint;
begin
  if result = 'ok' and (p_kind in ('elevate', 'four_eyes', 'unfreeze') or not exists (select from sealdesk.four_eyes f where f.kind = p_kind)) then
    result := 'SD011';
  elsif result = 'ok' and p_required is distinct from true
      and not (p_required is null and exists (select from sealdesk.four_eyes f where f.kind = p_kind and f.required = false)) then
    -- To begin with it needs nobody; to do without it again needs what it asks for.
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'four_eyes', p_kind) a;
  end if;
  if result = 'ok' then
    update sealdesk.four_eyes set required = p_required where kind = p_kind;
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'four_eyes', result,
    json_strip_nulls(json_build_object('kind', left(p_kind, 60), 'required', p_required, 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  return result;
end $$;
comment on function sealdesk_api.four_eyes_set(bytea, text, boolean) is 'Asks for four eyes from now on, or, itself approved, no more; null for by themselves.';
