-- Replay: what a person's screens showed, from their events and from what is stored. A request is for a stretch of one session; it names the records of which
-- anything is handed out with it, beside its event as a list does, so that what the reader saw is told as exactly. Masked forms go out under the reader's own
-- rights, as collect_view_fields gives them; values never do: whoever wants one reveals it as ever.

create or replace function sealdesk.may_replay(p_person uuid, p_login text, p_of uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select sealdesk.has_capability(p_person, 'audit_all') or exists (select from sealdesk.session s where s.id = p_of and s.login = p_login);
$$;
comment on function sealdesk.may_replay(uuid, text, uuid) is 'Whether a person may read the events of a session: all of them, or their own.';

create or replace function sealdesk_api.request_replay(p_session bytea, p_ticket uuid, p_of uuid, p_from bigint, p_until bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  whose text;
  page uuid[];
  result text;
begin
  -- Rights before existence.
  result := case
    when not s.has_keys then 'SD030'
    when not sealdesk.may_replay(s.person, s.login, p_of) then 'SD003'
    when p_ticket is null or p_of is null or p_from is null or p_until is null or p_from < 1 or p_until < p_from or p_until - p_from >= 200 then 'SD011'
    else 'ok' end;
  if result = 'ok' then
    select x.login into whose from sealdesk.session x where x.id = p_of;
    if not exists (select from sealdesk.audit_event e where e.session = p_of and e.seq between p_from and p_until) then
      result := 'SD178';
    end if;
  end if;
  if result = 'ok' then
    -- Nothing of any record goes to who may not read records; who reads their own events only is told what is theirs to know now.
    select array_prepend(gen_random_uuid(), coalesce(array_agg(r.id order by r.number), '{}')) into page
      from (select x.record
              from (select e.record, e.seq from sealdesk.audit_event e where e.session = p_of and e.seq between p_from and p_until and e.record is not null
                    union all
                    select u.record, e.seq from sealdesk.audit_event e cross join lateral unnest(e.page) with ordinality u (record, n)
                     where e.session = p_of and e.seq between p_from and p_until and e.action in ('list', 'search') and u.n > 1) x
             group by 1 order by min(x.seq) limit 5000) f
      join sealdesk.record r on r.id = f.record and sealdesk.may_know(s.person, r)
     where exists (select from sealdesk.person_right x where x.person = s.person and x.class = 'basic' and x.may_reveal);
  end if;
  perform sealdesk.append(s.session, s.login, 'replay_session', result, null, null, null, null, null, null,
    json_strip_nulls(json_build_object('session', p_of, 'person', whose, 'from', p_from, 'until', p_until, 'page', case when page is not null then sealdesk.page_digest(page) end))::text,
    p_ticket, page);
  return result;
end $$;
comment on function sealdesk_api.request_replay(bytea, uuid, uuid, bigint, bigint) is
  'Asks for at most 200 events of a session, and for what they showed. SD003 for a session that is not the caller''s to read, SD178 where it has no such events.';

create or replace function sealdesk.replay_view(p_session bytea, p_ticket uuid, p_target pg_lsn, out person uuid, out login text, out of_session uuid, out from_seq bigint,
  out until_seq bigint, out records uuid[]) language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['replay_session'], interval '60 s', p_target);
  asked json;
begin
  select e.details::json, array(select u.x from unnest(e.page) with ordinality u (x, n) where u.n > 1 order by u.n) into asked, records
    from sealdesk.audit_event e where e.session = s.session and e.at = t.at and e.ticket = p_ticket and e.action = 'replay_session';
  person := s.person;
  login := s.login;
  of_session := (asked ->> 'session')::uuid;
  from_seq := (asked ->> 'from')::bigint;
  until_seq := (asked ->> 'until')::bigint;
  if not sealdesk.may_replay(person, login, of_session) then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a supervisor.');
  end if;
end $$;
comment on function sealdesk.replay_view(bytea, uuid, pg_lsn) is 'Checks a ticket to replay, and answers with what was asked for.';

create or replace function sealdesk_api.collect_replay(p_session bytea, p_ticket uuid)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, shown uuid[], numbers bigint[], prefixes text[], last_seq bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.replay_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query execute format(
    'select %s, l.shown, l.numbers, l.prefixes, (select h.seq from sealdesk.session_head h where h.session = $1)
       from sealdesk.audit_event p left join sealdesk.record r on r.id = p.record
       left join lateral (
         select array_agg(u.x order by u.n) as shown, array_agg(k.number order by u.n) as numbers, array_agg(t.prefix order by u.n) as prefixes
           from unnest(p.page) with ordinality u (x, n) join sealdesk.record k on k.id = u.x and sealdesk.may_know($4, k) join sealdesk.record_kind t on t.code = k.kind
          where u.n > 1) l on p.action in (''list'', ''search'') and p.page is not null
      where p.session = $1 and p.seq between $2 and $3 order by p.seq limit 200', sealdesk.audit_columns(v.person, v.login))
  using v.of_session, v.from_seq, v.until_seq, v.person;
end $$;
comment on function sealdesk_api.collect_replay(bytea, uuid) is
  'The events asked for, as the audit shows them to the caller; of lists the records of their page that the caller may know, with their numbers; and the number of the chain''s last event.';

create or replace function sealdesk_api.collect_replay_records(p_session bytea, p_ticket uuid)
returns table (id uuid, number bigint, prefix text, kind text, version bigint, updated_at timestamptz, summary bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.replay_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  kept text[] := sealdesk.fields_kept_back(v.person);
begin
  return query
  select r.id, r.number, k.prefix, r.kind, r.version, r.updated_at, case when kept is null or not sealdesk.is_kept_back(r.id, kept) then r.summary end
    from unnest(v.records) u (id)
    join sealdesk.record r on r.id = u.id and sealdesk.may_know(v.person, r)
    join sealdesk.record_kind k on k.code = r.kind
   where exists (select from sealdesk.person_right x where x.person = v.person and x.class = 'basic' and x.may_reveal);
end $$;
comment on function sealdesk_api.collect_replay_records(bytea, uuid) is 'List rows, as they are now, of the records that the stretch is about.';

create or replace function sealdesk_api.collect_replay_values(p_session bytea, p_ticket uuid)
returns table (record uuid, field text, class text, version bigint, from_at timestamptz, until_at timestamptz, masked bytea, is_open boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.replay_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  with wanted as materialized (
    -- Opened, or changed since it was listed: of other rows the list row of now is that of then.
    select r.id from unnest(v.records) u (id) join sealdesk.record r on r.id = u.id and sealdesk.may_know(v.person, r)
     where r.updated_at > (select min(e.at) from sealdesk.audit_event e where e.session = v.of_session and e.seq between v.from_seq and v.until_seq)
        or exists (select from sealdesk.audit_event e where e.session = v.of_session and e.seq between v.from_seq and v.until_seq and e.record = r.id)),
  stored as (
    select x.record, x.field, x.class, x.version, x.changed_at as from_at, null::timestamptz as until_at, x.value, x.masked
      from sealdesk.field_value x join wanted w on w.id = x.record
    union all
    select h.record, h.field, h.class, h.version, lag(h.replaced_at) over (partition by h.record, h.field order by h.version), h.replaced_at, h.value, h.masked
      from sealdesk.value_history h join wanted w on w.id = h.record)
  select s.record, s.field, s.class, s.version, s.from_at, s.until_at, case when f.mask = 'open' and s.class = 'basic' and r.may_reveal and n.may_reveal then s.value
         when r.may_masked and n.may_masked then s.masked end, coalesce(f.mask = 'open' and s.class = 'basic' and r.may_reveal and n.may_reveal, false)
    from stored s
    join sealdesk.field f on f.code = s.field
    join sealdesk.person_right n on n.person = v.person and n.class = f.class and (n.may_masked or n.may_reveal)
    join sealdesk.person_right r on r.person = v.person and r.class = s.class and (r.may_masked or r.may_reveal)
   where exists (select from sealdesk.person_right x where x.person = v.person and x.class = 'basic' and x.may_reveal)
   order by s.record, s.field, s.version
   limit 50000;
end $$;
comment on function sealdesk_api.collect_replay_values(bytea, uuid) is
  'Every stored version of the fields of those records, with when it was the value: masked, as the caller''s own rights permit. An earlier value that was purged is not there.';
