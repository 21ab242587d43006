-- What proves that something did not happen to a record: its chain between two checkpoints, and its place in the tree of each.

create or replace function sealdesk_api.request_absence(p_session bytea, p_ticket uuid, p_number bigint, p_prefix text, p_field text, p_since timestamptz, p_until timestamptz)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  wanted uuid;
  result text;
begin
  -- A purged one too: what was done with it stays readable.
  select r.id into wanted from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and not sealdesk.is_hidden(s.person, r.id);
  result := case
    when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003'
    when not sealdesk.is_time(p_since) or not sealdesk.is_time(p_until) or p_since >= p_until then 'SD011'
    when wanted is null then 'SD006'
    when p_field is not null and not exists (select from sealdesk.field f where f.code = p_field) then 'SD175'
    else 'ok' end;
  perform sealdesk.append(s.session, s.login, 'absence', result, case when result in ('ok', 'SD175') then wanted end, left(p_field, 60), null, null, null, null,
    json_strip_nulls(json_build_object('number', p_number, 'since', p_since, 'until', p_until))::text, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_absence(bytea, uuid, bigint, text, text, timestamptz, timestamptz) is
  'Asks for what proves what did not happen to a record in a time. SD006 for a record that is not there for the caller, SD175 for no field.';

create or replace function sealdesk.absence_view(p_session bytea, p_ticket uuid, p_target pg_lsn, out record uuid, out field text, out since timestamptz, out until timestamptz)
language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['absence'], interval '15 min', p_target);
  asked jsonb;
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  elsif sealdesk.is_hidden(s.person, t.record) then
    perform sealdesk.fail('SD006', 'there is no such record', 'Check the number.');
  end if;
  -- What was asked stands in the event, so that nothing else is answered.
  select e.details::jsonb into asked from sealdesk.audit_event e where e.session = s.session and e.ticket = p_ticket and e.at = t.at;
  record := t.record;
  field := t.field;
  since := (asked ->> 'since')::timestamptz;
  until := (asked ->> 'until')::timestamptz;
end $$;
comment on function sealdesk.absence_view(bytea, uuid, pg_lsn) is 'Checks a ticket of request_absence, and says what was asked.';

create or replace function sealdesk.record_events(p_record uuid, p_from bigint, p_until bigint)
returns table (place bigint, session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, field text, hash bytea)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select l.place, e.session, e.seq, e.at, e.actor, e.action, e.outcome, e.field, e.hash
    from sealdesk.audit_event e
    cross join lateral (select x.place from sealdesk.checkpoint_leaf x where x.session = e.session and x.seq >= e.seq order by x.seq limit 1) l
   where e.record = p_record and l.place >= p_from and l.place < p_until;
$$;
comment on function sealdesk.record_events(uuid, bigint, bigint) is 'Events of a record''s chain, by the leaves that brought them in.';

-- Around the time: the last checkpoint of which everything lies before it, and the first that covers all of it and a minute more, after which nothing that was
-- asked for in it can be collected any more.
create or replace function sealdesk_api.collect_absence(p_session bytea, p_ticket uuid, out record uuid, out first bigint, out last bigint, out provable_from timestamptz,
  out first_length bigint, out first_head bytea, out last_length bigint, out last_head bytea, out kept bigint, out months text[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  v record := sealdesk.absence_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  place varbit := sealdesk.record_path(v.record);
  begun bigint := (select t.begun from sealdesk.record_tree t);
  from_size bigint;
  to_size bigint;
begin
  record := v.record;
  select c.number, c.size into first, from_size from sealdesk.checkpoint c
   where c.record_root is not null and c.covers <= v.since - interval '1 min' order by c.number desc limit 1;
  select c.number, c.size into last, to_size from sealdesk.checkpoint c
   where c.record_root is not null and c.covers >= v.until + interval '1 min' order by c.number limit 1;
  if first is null and begun > 1 or last is null then
    provable_from := (select min(c.covers) + interval '1 min' from sealdesk.checkpoint c where c.record_root is not null);
    last := null;
    return;
  end if;
  select l.length, l.head into first_length, first_head from sealdesk.record_leaf l where l.path = place and l.checkpoint <= first order by l.checkpoint desc limit 1;
  select l.length, l.head into last_length, last_head from sealdesk.record_leaf l where l.path = place and l.checkpoint <= last order by l.checkpoint desc limit 1;
  kept := (select count(*) from sealdesk.record_events(v.record, coalesce(from_size, 0), to_size));
  if kept < coalesce(last_length, 0) - coalesce(first_length, 0) then
    -- Of what was dropped nothing is left to show. From which moment on all is there:
    months := array(select d.month from sealdesk.audit_drop d order by d.month);
    provable_from := (select c.covers + interval '1 min' from sealdesk.record_leaf l join sealdesk.checkpoint c on c.number = l.checkpoint
      where l.path = place and l.checkpoint > coalesce(first, 0) and l.checkpoint <= last and c.covers is not null
        and (select count(*) from sealdesk.record_events(v.record, c.size, to_size)) = last_length - l.length
      order by l.checkpoint limit 1);
  end if;
end $$;
comment on function sealdesk_api.collect_absence(bytea, uuid) is
  'The checkpoints around the time, the ends of the record''s chain at each, and how many of the events between are still there. Where first and last are null, provable_from tells what can be proved.';

create or replace function sealdesk_api.collect_absence_events(p_session bytea, p_ticket uuid, p_first bigint, p_last bigint, p_after_place bigint, p_after_seq bigint, p_limit integer)
returns table (place bigint, session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, field text, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.absence_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select e.place, e.session, e.seq, e.at, e.actor, e.action, e.outcome, e.field, e.hash
    from sealdesk.record_events(v.record, coalesce((select c.size from sealdesk.checkpoint c where c.number = p_first), 0),
      (select c.size from sealdesk.checkpoint c where c.number = p_last)) e
   where (e.place, e.seq) > (p_after_place, p_after_seq)
   order by e.place, e.seq limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_absence_events(bytea, uuid, bigint, bigint, bigint, bigint, integer) is
  'Events of the record between two checkpoints, in the order of its chain.';

create or replace function sealdesk_api.collect_record_stubs(p_session bytea, p_ticket uuid, p_first bigint, p_last bigint, p_after bytea, p_limit integer)
returns table (key bytea, first_stub bytea, last_stub bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.absence_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  after varbit := case when octet_length(p_after) = 16 then ('x' || encode(p_after, 'hex'))::bit(128)::varbit else B'' end;
begin
  return query
  select substr(varbit_send(c.path), 5), f.stub, l.stub
    from (select x.path from sealdesk.record_chain x where x.path > after order by x.path limit least(greatest(p_limit, 1), 50000)) c
    left join lateral (select y.stub from sealdesk.record_leaf y where y.path = c.path and y.checkpoint <= p_first order by y.checkpoint desc limit 1) f on true
    left join lateral (select y.stub from sealdesk.record_leaf y where y.path = c.path and y.checkpoint <= p_last order by y.checkpoint desc limit 1) l on true
   order by c.path;
end $$;
comment on function sealdesk_api.collect_record_stubs(bytea, uuid, bigint, bigint, bytea, integer) is
  'The tree of records at two checkpoints: hashes by place. Neither names a record.';

create or replace function sealdesk_api.collect_record_end(p_session bytea, p_ticket uuid, p_checkpoint bigint, p_key bytea, out length bigint, out head bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.absence_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  if octet_length(p_key) = 16 then
    select l.length, l.head into length, head from sealdesk.record_leaf l
     where l.path = ('x' || encode(p_key, 'hex'))::bit(128)::varbit and l.checkpoint <= p_checkpoint order by l.checkpoint desc limit 1;
  end if;
end $$;
comment on function sealdesk_api.collect_record_end(bytea, uuid, bigint, bytea) is 'The end of the chain at a place at a checkpoint: what tells a neighbour from a record that is not there.';

create or replace function sealdesk_api.collect_record_leaves(p_session bytea, p_ticket uuid, p_checkpoint bigint, p_after bytea, p_limit integer)
returns table (checkpoint bigint, key bytea, length bigint, head bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  after varbit := case when octet_length(p_after) = 16 then ('x' || encode(p_after, 'hex'))::bit(128)::varbit else B'' end;
begin
  return query
  select l.checkpoint, substr(varbit_send(l.path), 5), l.length, l.head
    from sealdesk.record_leaf l where (l.checkpoint, l.path) > (p_checkpoint, after) order by l.checkpoint, l.path limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_record_leaves(bytea, uuid, bigint, bytea, integer) is 'What each checkpoint changed in the tree of records, after a place; to verify.';
