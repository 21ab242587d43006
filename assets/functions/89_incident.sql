-- Incidents. Opened and written by who may respond, read by who reads the whole audit as well. Texts are as plain as those of requests and reviews: customers are
-- named by number.

create or replace function sealdesk.incident_state(p_incident bigint, out severity text, out owner text, out closed boolean, out known_at timestamptz, out notified boolean, out items bigint,
  out open_tasks bigint, out last_at timestamptz) language plpgsql stable as $$
begin
  select coalesce((select i.about from sealdesk.incident_item i where i.incident = x.number and i.kind = 'severity' order by i.number desc limit 1), x.severity),
         coalesce((select i.about from sealdesk.incident_item i where i.incident = x.number and i.kind = 'hand_over' order by i.number desc limit 1), x.opened_by),
         coalesce((select i.kind = 'close' from sealdesk.incident_item i where i.incident = x.number and i.kind in ('close', 'reopen') order by i.number desc limit 1), false),
         (select i.when_at from sealdesk.incident_item i where i.incident = x.number and i.kind = 'known' order by i.number desc limit 1),
         exists (select from sealdesk.incident_item i where i.incident = x.number and i.kind = 'notified' and i.about = 'authority'),
         (select count(*) from sealdesk.incident_item i where i.incident = x.number),
         (select count(*) from sealdesk.incident_item i where i.incident = x.number and i.kind = 'task'
           and not exists (select from sealdesk.incident_item d where d.incident = x.number and d.kind = 'done' and d.of = i.number)),
         coalesce((select max(i.at) from sealdesk.incident_item i where i.incident = x.number), x.opened_at)
    into severity, owner, closed, known_at, notified, items, open_tasks, last_at
    from sealdesk.incident x where x.number = p_incident;
end $$;
comment on function sealdesk.incident_state(bigint) is 'Where an incident stands: what its items say last.';

create or replace function sealdesk.sees_incidents(p_person uuid) returns boolean language plpgsql stable as $$
begin
  return sealdesk.has_capability(p_person, 'respond') or sealdesk.has_capability(p_person, 'audit_all');
end $$;
comment on function sealdesk.sees_incidents(uuid) is 'Whether a person reads incidents.';

create or replace function sealdesk_api.incident_open(p_session bytea, p_title text, p_severity text, p_people text[], p_records bigint[], p_classes text[], p_from timestamptz,
  p_until timestamptz, p_prefixes text[] default null, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  outcome := case
    when not sealdesk.has_capability(s.person, 'respond') then 'SD003'
    when p_title is null or char_length(btrim(p_title)) not between 1 and 120 or not coalesce(p_severity in ('low', 'medium', 'high', 'critical'), false)
      or p_people is null or p_records is null or p_classes is null or cardinality(p_people) > 200 or cardinality(p_records) > 1000 or cardinality(p_classes) > 100
      or not (sealdesk.is_list(p_people) and sealdesk.is_list(p_records) and sealdesk.is_list(p_classes))
      or p_prefixes is not null and not sealdesk.is_list(p_prefixes)
      or cardinality(p_prefixes) <> cardinality(p_records) or exists (select from unnest(p_prefixes) x where not coalesce(x ~ '^[A-Z]{0,3}$', false))
      or p_from >= p_until or p_from is not null and not sealdesk.is_time(p_from) or p_until is not null and not sealdesk.is_time(p_until) then 'SD011'
    -- Rights before existence: records are not looked up, they are as they were named.
    when exists (select from unnest(p_people) l where not exists (select from sealdesk.person p where p.login = l))
      or exists (select from unnest(p_classes) c where not exists (select from sealdesk.class k where k.code = c)) then 'SD146'
    else 'ok' end;
  if outcome = 'ok' then
    -- A month of the audit that is being dropped keeps incidents as they are; a transaction that is left open so is ended.
    perform sealdesk.share_fields();
    insert into sealdesk.incident as i (title, severity, opened_by, from_at, until_at, people, records, record_prefixes, classes)
    values (btrim(p_title), p_severity, s.login, p_from, p_until, p_people, p_records, coalesce(p_prefixes, '{}'), p_classes)
    returning i.number into number;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'incident_open', outcome, null, null, null, number, null, null,
    json_strip_nulls(json_build_object('incident', number, 'severity', left(p_severity, 20)))::text, null);
end $$;
comment on function sealdesk_api.incident_open(bytea, text, text, text[], bigint[], text[], timestamptz, timestamptz, text[]) is
  'Opens an incident with its scope. SD146 for a person or class that there is not.';

create or replace function sealdesk_api.incident_add(p_session bytea, p_incident bigint, p_kind text, p_text text, p_of bigint, p_about text, p_when timestamptz,
  p_event_session uuid, p_event_seq bigint, out outcome text, out number bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  state record;
  pinned bytea;
  words text := btrim(coalesce(p_text, ''));
begin
  outcome := case
    when not sealdesk.has_capability(s.person, 'respond') then 'SD003'
    when not exists (select from sealdesk.incident i where i.number = p_incident) then 'SD147'
    else 'ok' end;
  if outcome = 'ok' then
    perform sealdesk.share_fields();
    state := sealdesk.incident_state(p_incident);
    if p_kind = 'pin' then
      -- What is not committed may yet not have happened.
      select e.hash into pinned from sealdesk.audit_event e
       where e.session = p_event_session and e.seq = p_event_seq and e.xid is distinct from pg_current_xact_id_if_assigned() limit 1;
    end if;
    outcome := case
      when state.closed and p_kind <> 'reopen' then 'SD148'
      when not state.closed and p_kind = 'reopen' then 'SD148'
      when char_length(words) > 2000 then 'SD011'
      when p_kind in ('note', 'task', 'lesson', 'close', 'reopen', 'correct') and words = '' then 'SD005'
      when not coalesce(case p_kind
        when 'pin' then pinned is not null
        when 'done' then exists (select from sealdesk.incident_item i where i.incident = p_incident and i.number = p_of and i.kind = 'task')
          and not exists (select from sealdesk.incident_item i where i.incident = p_incident and i.of = p_of and i.kind = 'done')
        when 'correct' then exists (select from sealdesk.incident_item i where i.incident = p_incident and i.number = p_of)
        when 'hand_over' then exists (select from sealdesk.person p where p.login = p_about and p.state = 'active' and sealdesk.has_capability(p.id, 'respond'))
        when 'severity' then p_about in ('low', 'medium', 'high', 'critical')
        when 'known' then p_when between clock_timestamp() - interval '365 days' and clock_timestamp() + interval '1 min'
        when 'notified' then p_about in ('authority', 'persons') and sealdesk.is_time(p_when) and p_when <= clock_timestamp() + interval '1 min'
        else p_kind in ('note', 'task', 'lesson', 'close', 'reopen') end, false) then 'SD149'
      else 'ok' end;
  end if;
  if outcome = 'ok' then
    insert into sealdesk.incident_item as i (incident, by, kind, text, of, about, when_at, event_session, event_seq, event_hash)
    values (p_incident, s.login, p_kind, words, case when p_kind in ('done', 'correct') then p_of end,
      case when p_kind in ('hand_over', 'severity', 'notified') then p_about end, case when p_kind in ('known', 'notified') then p_when end,
      case when p_kind = 'pin' then p_event_session end, case when p_kind = 'pin' then p_event_seq end, pinned)
    returning i.number into number;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'incident', outcome, null, null, null, p_incident, null, null,
    json_strip_nulls(json_build_object('incident', p_incident, 'item', number, 'kind', left(p_kind, 20)))::text, null);
end $$;
comment on function sealdesk_api.incident_add(bytea, bigint, text, text, bigint, text, timestamptz, uuid, bigint) is
  'Adds to an incident''s timeline. SD147 for no such incident, SD148 when it is closed (or to be reopened and is not), SD149 for what the item cannot be about.';

create or replace function sealdesk_api.list_incidents(p_session bytea)
returns table (number bigint, title text, severity text, opened_at timestamptz, opened_by text, owner text, closed boolean, known_at timestamptz, notified boolean, items bigint,
  open_tasks bigint, last_at timestamptz, people text[], records bigint[], classes text[], from_at timestamptz, until_at timestamptz,
  record_prefixes text[])
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.sees_incidents(s.person) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a supervisor.');
  end if;
  return query
  select i.number, i.title, x.severity, i.opened_at, i.opened_by, x.owner, x.closed, x.known_at, x.notified, x.items, x.open_tasks, x.last_at,
         i.people, i.records, i.classes, i.from_at, i.until_at, i.record_prefixes
    from sealdesk.incident i, sealdesk.incident_state(i.number) x
   order by x.closed, i.number desc
   limit 500;
end $$;
comment on function sealdesk_api.list_incidents(bytea) is 'Incidents with where they stand, open ones first.';

create or replace function sealdesk_api.incident_items(p_session bytea, p_incident bigint)
returns table (number bigint, at timestamptz, by text, kind text, text text, of bigint, about text, when_at timestamptz, event_session uuid, event_seq bigint, event_hash bytea,
  event_at timestamptz, event_actor text, event_action text, event_outcome text, event_same boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.sees_incidents(s.person) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a supervisor.');
  end if;
  return query
  select i.number, i.at, i.by, i.kind, i.text, i.of, i.about, i.when_at, i.event_session, i.event_seq, i.event_hash,
         e.at, e.actor, e.action, e.outcome, case when i.event_session is not null then coalesce(e.hash = i.event_hash, false) end
    from sealdesk.incident_item i
    left join sealdesk.audit_event e on e.session = i.event_session and e.seq = i.event_seq
   where i.incident = p_incident
   order by i.number;
end $$;
comment on function sealdesk_api.incident_items(bytea, bigint) is
  'The timeline of an incident; of what is pinned the event as it stands now, and whether its hash is still the one that was pinned.';

-- What a person saw, as their own events tell: what was handed out for reading (reveal, history, notes, a shared value); masked forms that came with records that were
-- opened; rows of lists and searches; and what was within reach by their rights now and was not handed out at all.
create or replace function sealdesk_api.request_saw(p_session bytea, p_ticket uuid, p_login text, p_from timestamptz, p_until timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text;
begin
  result := case
    when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003'
    when p_from is null or p_until is null or p_from >= p_until then 'SD011'
    when not exists (select from sealdesk.person p where p.login = p_login) then 'SD146'
    else 'ok' end;
  perform sealdesk.append(s.session, s.login, 'saw', result, null, null, null, null, null, null,
    json_build_object('person', left(p_login, 60), 'from', p_from, 'until', p_until)::text, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_saw(bytea, uuid, text, timestamptz, timestamptz) is 'Asks what a person saw within a time.';

create or replace function sealdesk_api.collect_saw(p_session bytea, p_ticket uuid)
returns table (list text, record bigint, field text, class text, times bigint, first_at timestamptz, last_at timestamptz, hidden boolean, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['saw'], interval '60 s', target);
  asked json;
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a supervisor.');
  end if;
  select e.details::json into asked from sealdesk.audit_event e where e.session = s.session and e.at = t.at and e.ticket = p_ticket and e.action = 'saw';
  return query
  with mine as materialized (
    select e.record, e.field, e.class, e.action, e.at, e.details, e.page
      from sealdesk.audit_event e
     where e.actor = asked ->> 'person' and e.at >= (asked ->> 'from')::timestamptz and e.at < (asked ->> 'until')::timestamptz and e.outcome = 'ok'
       and e.action in ('reveal', 'history', 'notes', 'shared_reveal', 'view', 'view_again', 'list', 'search', 'replay_session')),
  opened as materialized (
    select m.record, m.field, m.class, count(*) as times, min(m.at) as first_at, max(m.at) as last_at
      from mine m where m.action in ('reveal', 'history', 'notes', 'shared_reveal') group by 1, 2, 3),
  handed as materialized (
    select m.action, u.record, m.at from mine m cross join lateral unnest(m.page) with ordinality u (record, n)
     -- The first is random.
     where m.action in ('list', 'search', 'replay_session') and u.n > 1),
  -- The fields that an event names; of replays, and of events from before they were named, those there are now.
  viewed as materialized (
    select m.record, f.field, coalesce(v.class, c.class) as class, count(*) as times, min(m.at) as first_at, max(m.at) as last_at
      from (select m.record, m.details, m.at from mine m where m.action in ('view', 'view_again')
            union all
            select h.record, null, h.at from handed h where h.action = 'replay_session') m
      cross join lateral (
        select unnest(sealdesk.noted_fields(m.details)) where m.details is not null
        union all
        select v.field from sealdesk.field_value v
         where m.details is null and v.record = m.record and exists (
           select from sealdesk.person p join sealdesk.membership b on b.person = p.id join sealdesk.role_right x on x.role = b.role and x.class = v.class
            where p.login = asked ->> 'person' and (x.may_masked or x.may_reveal))) f (field)
      left join sealdesk.field_value v on v.record = m.record and v.field = f.field
      left join sealdesk.field c on c.code = f.field
     group by 1, 2, 3),
  seen as materialized (select m.record from mine m where m.record is not null group by 1),
  listed as materialized (
    select h.record, count(*) as times, min(h.at) as first_at, max(h.at) as last_at from handed h group by 1)
  -- Which fields a record has is told as little as which record it is.
  select 'revealed', r.number, case when mine_or_known then o.field end, o.class, o.times, o.first_at, o.last_at, sealdesk.is_hidden(s.person, o.record), (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from opened o cross join lateral (select asked ->> 'person' = s.login or not sealdesk.is_hidden(s.person, o.record) as mine_or_known) k
    left join sealdesk.record r on r.id = o.record and sealdesk.may_know(s.person, r)
  union all
  select 'fetched', r.number, case when mine_or_known then w.field end, w.class, w.times, w.first_at, w.last_at, sealdesk.is_hidden(s.person, w.record), (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from viewed w
    cross join lateral (select asked ->> 'person' = s.login or not sealdesk.is_hidden(s.person, w.record) as mine_or_known) k
    left join sealdesk.record r on r.id = w.record and sealdesk.may_know(s.person, r)
   where w.class <> 'basic' and not exists (select from opened o where o.record = w.record and o.field = w.field)
  union all
  select 'listed', r.number, null, 'basic', l.times, l.first_at, l.last_at, sealdesk.is_hidden(s.person, l.record), (select k.prefix from sealdesk.record_kind k where k.code = r.kind)
    from listed l left join sealdesk.record r on r.id = l.record and sealdesk.may_know(s.person, r)
   where not exists (select from seen x where x.record = l.record)
  union all
  select 'pages', null, m.action, 'basic', count(*), min(m.at), max(m.at), false, null from mine m where m.action in ('list', 'search') and m.page is null group by m.action
  union all
  select 'reachable', null, null, x.class, (select count(*) from sealdesk.record r
           -- Of what the reader may know: or what is above them could be counted by asking about somebody who is cleared for it.
           where r.deleted_at is null and sealdesk.may_know(p.id, r) and sealdesk.may_know(s.person, r)
             and not exists (select from opened o where o.record = r.id and o.class = x.class)
             and not exists (select from viewed w where w.record = r.id and w.class = x.class)
             and (x.class <> 'basic' or not exists (select from listed l where l.record = r.id) and not exists (select from seen l where l.record = r.id))), min(m.granted_at), null, false, null
    from sealdesk.person p join sealdesk.membership m on m.person = p.id join sealdesk.role_right x on x.role = m.role and x.may_reveal
   where p.login = asked ->> 'person' and m.granted_at < (asked ->> 'until')::timestamptz
   group by x.class, p.id
   order by 1, 2, 3;
end $$;
comment on function sealdesk_api.collect_saw(bytea, uuid) is
  'revealed: values handed out to be read. fetched: masked forms that came with an opened record and were not revealed. listed: rows of lists and searches, of records that were not opened. pages: list pages of before their rows were kept. reachable: records per class of which the person''s present roles would have revealed something and nothing was handed out.';
