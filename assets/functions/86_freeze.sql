-- Freezing: a person, a role, a class or every reveal, at once and by one; lifting takes two.
--
-- A freeze is one row, and everything that is asked looks for it: it locks nothing that others need, so that one which is left uncommitted neither counts
-- nor holds anybody up. The sessions of a frozen person end by being older than the freeze or its lifting, not by being changed. What somebody has begun
-- and not committed is ended by a second call, once the freeze is committed: before, it would end what nobody is going to answer for.
--
-- The way back: two who may respond, one to ask and one to approve, neither of them frozen. Where fewer than two are left, whoever manages people appoints
-- another; where nobody is left, the custodians' recovery lifts every freeze, since a quorum of them stands above the officers.

create or replace function sealdesk.is_frozen(p_class text) returns boolean language plpgsql stable as $$
begin
  return exists (select from sealdesk.frozen f where (f.kind = 'class' and f.subject = p_class) or (f.kind = 'all' and p_class <> 'basic'));
end $$;
comment on function sealdesk.is_frozen(text) is 'Whether values of a class are handed to nobody.';

-- Whoever may not in any case is told the same, so that it says nothing about their rights.
create or replace function sealdesk.denied(p_class text) returns text language plpgsql stable as $$
begin
  return case when sealdesk.is_frozen(p_class) then 'SD141' else 'SD003' end;
end $$;
comment on function sealdesk.denied(text) is 'The code for somebody without the right: SD141 where the class or every reveal is frozen, SD003 otherwise.';

create or replace function sealdesk.fail_denied(p_class text) returns void language plpgsql as $$
begin
  if sealdesk.is_frozen(p_class) then
    perform sealdesk.fail('SD141', 'this is frozen', 'Whoever froze it says why: sealdesk freeze list.');
  end if;
  perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a supervisor.');
end $$;
comment on function sealdesk.fail_denied(text) is 'Raises what denied answers, for collections.';

create or replace function sealdesk.session_end(p_session sealdesk.session) returns timestamptz language plpgsql stable as $$
begin
  return least(p_session.closed_at,
    (select min(f.at) from sealdesk.freeze f where f.person = p_session.person and (f.lifted_at is null or f.lifted_at >= p_session.opened_at)),
    (select min(o.at) from sealdesk.mass_sign_out o where o.at >= p_session.opened_at and o.kept <> p_session.id));
end $$;
comment on function sealdesk.session_end(sealdesk.session) is 'When a session ended before its time, by leaving, a freeze or a mass sign-out; null for one that did not. As open_session judges.';

-- The subject of a request is compared to the letter, and names what is lifted to who reads it.
create or replace function sealdesk.unfreeze_subject(p_freeze sealdesk.frozen) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' ', p_freeze.number, p_freeze.kind, nullif(p_freeze.subject, ''));
$$;
comment on function sealdesk.unfreeze_subject(sealdesk.frozen) is 'What a request to lift a freeze is about: `12 person lin.mei`.';

create or replace function sealdesk_api.freeze_put(p_session bytea, p_kind text, p_subject text, p_why text, p_reference text, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  who uuid;
begin
  if p_kind = 'person' then
    select p.id into who from sealdesk.person p where p.login = p_subject and p.state <> 'disabled';
  end if;
  outcome := case
    when not sealdesk.has_capability(s.person, 'respond') then 'SD003'
    when p_why is null or char_length(btrim(p_why)) not between 1 and 200 or p_reference !~ '^[A-Za-z0-9._/#-]{1,40}$' then 'SD005'
    when not coalesce(case p_kind
      when 'person' then who is not null
      when 'role' then exists (select from sealdesk.application_role a where a.code = p_subject)
      when 'class' then exists (select from sealdesk.class c where c.code = p_subject)
      when 'all' then p_subject = '' end, false) then 'SD143'
    -- Not by a unique index, which would wait for one that is not committed.
    when exists (select from sealdesk.frozen f where f.kind = p_kind and f.subject = p_subject) then 'SD145'
    else 'ok' end;
  if outcome = 'ok' then
    insert into sealdesk.freeze as f (kind, subject, person, why, reference, by) values (p_kind, p_subject, who, btrim(p_why), p_reference, s.login)
    returning f.number into number;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'freeze', outcome, null, null, case when p_kind = 'class' then left(p_subject, 60) end, number, null,
    case when outcome = 'ok' then p_reference end,
    json_strip_nulls(json_build_object('freeze', number, 'kind', left(p_kind, 20), 'subject', nullif(left(p_subject, 60), '')))::text, null);
end $$;
comment on function sealdesk_api.freeze_put(bytea, text, text, text, text) is
  'Freezes a person, a role, a class, or every reveal (kind all, subject empty), from the commit on and until it is lifted. SD143 where there is no such thing, SD145 where it is frozen.';

create or replace function sealdesk_api.freeze_enforce(p_session bytea, p_number bigint, out outcome text, out ended integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  f sealdesk.freeze;
begin
  ended := 0;
  select x.* into f from sealdesk.freeze x where x.number = p_number and x.lifted_at is null and x.xid is distinct from pg_current_xact_id_if_assigned();
  outcome := case
    -- Who froze the role by which they may respond ends with it what is open.
    when not sealdesk.has_capability(s.person, 'respond') and f."by" is distinct from s.login then 'SD003'
    when f.number is null then 'SD144'
    else 'ok' end;
  if outcome = 'ok' then
    select coalesce(sum(sealdesk_lifecycle.end_open(p.login)), 0) into ended
      from sealdesk.person p
     where p.id = f.person or (f.kind = 'role' and exists (select from sealdesk.held_role h where h.person = p.id and h.role = f.subject));
  end if;
  perform sealdesk.append_act(s.session, s.login, 'freeze_enforce', outcome, json_build_object('freeze', p_number, 'ended', ended)::text);
end $$;
comment on function sealdesk_api.freeze_enforce(bytea, bigint) is
  'Ends what a frozen person, or the members of a frozen role, have begun and not committed; answers how many connections. SD144 for a freeze that is not committed or lifted.';

create or replace function sealdesk.lift_freeze(p_number bigint, p_by text, p_request bigint) returns boolean language plpgsql as $$
begin
  update sealdesk.freeze f set lifted_at = clock_timestamp(), lifted_by = p_by, lift_request = p_request, lifted_xid = pg_current_xact_id()
   where f.number = p_number and f.lifted_at is null;
  return found;
end $$;
comment on function sealdesk.lift_freeze(bigint, text, bigint) is 'Lifts a freeze from the commit on; answers whether there was one.';

-- Nobody else is told of frozen colleagues. The reason is for whom it concerns.
create or replace function sealdesk.concerns(p_freeze sealdesk.frozen, p_person uuid) returns boolean language plpgsql stable as $$
begin
  return p_freeze.kind in ('class', 'all') or (p_freeze.kind = 'role' and exists (
    select from sealdesk.held_role h where h.person = p_person and h.role = p_freeze.subject));
end $$;
comment on function sealdesk.concerns(sealdesk.frozen, uuid) is 'Whether a freeze takes something from a person who is not frozen themselves.';

create or replace function sealdesk.sees_freezes(p_person uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from sealdesk.active_role m join sealdesk.application_role r on r.code = m.role
    where m.person = p_person and r.capabilities && array['respond', 'approve', 'audit_all', 'manage_people']);
end $$;
comment on function sealdesk.sees_freezes(uuid) is 'Whether a person is shown every freeze.';

create or replace function sealdesk_api.list_freezes(p_session bytea, p_all boolean)
returns table (number bigint, kind text, subject text, why text, reference text, at timestamptz, by text, lifted_at timestamptz, lifted_by text, asked_by text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  everything boolean := sealdesk.sees_freezes(s.person);
begin
  return query
  select f.number, f.kind, f.subject, f.why, f.reference, f.at, f.by, f.lifted_at, f.lifted_by, p.login
    from sealdesk.freeze f
    left join sealdesk.request r on r.number = f.lift_request
    left join sealdesk.person p on p.id = r.requester
   where (p_all and everything)
      or exists (select from sealdesk.frozen x where x.number = f.number and (everything or sealdesk.concerns(x, s.person)))
   order by f.number desc
   limit 500;
end $$;
comment on function sealdesk_api.list_freezes(bytea, boolean) is
  'Freezes in force, or all there ever were, newest first: everybody''s for who responds, approves, manages people or reads the whole audit, what concerns oneself otherwise.';

-- Without a session, since it has ended; the login is the connection's.
create or replace function sealdesk_api.my_freeze(out number bigint, out at timestamptz, out by text, out why text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  select f.number, f.at, f.by, f.why into number, at, "by", why
    from sealdesk.frozen f join sealdesk.person p on p.id = f.person where p.login = session_user order by f.number limit 1;
end $$;
comment on function sealdesk_api.my_freeze() is 'By whom, when and why the caller is frozen; nulls for who is not.';

create or replace function sealdesk_api.sign_out_everybody(p_session bytea, p_why text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text;
begin
  result := case
    when not (sealdesk.has_capability(s.person, 'respond') or sealdesk.has_capability(s.person, 'manage_people')) then 'SD003'
    when p_why is null or char_length(btrim(p_why)) not between 1 and 200 then 'SD005'
    else 'ok' end;
  if result = 'ok' then
    insert into sealdesk.mass_sign_out (by, kept, why) values (s.login, s.session, btrim(p_why));
    perform pg_notify('sealdesk', 'sessions');
  end if;
  perform sealdesk.append_act(s.session, s.login, 'sign_out_all', result);
  return result;
end $$;
comment on function sealdesk_api.sign_out_everybody(bytea, text) is 'Ends every session that is open but the caller''s; everybody may sign in again.';
