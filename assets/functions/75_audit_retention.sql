-- How long the audit is kept. A month is dropped as a whole, the oldest first, under somebody else's approval and with a signed statement that stays; nothing
-- else takes an event away. Verification goes on from the statement, and what is missing without one it names.

create or replace function sealdesk.audit_partition(p_month text) returns regclass language sql stable set search_path = pg_catalog, pg_temp as $$
  select i.inhrelid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'sealdesk.audit_event'::regclass and c.relname = 'audit_event_' || replace(p_month, '-', '');
$$;
comment on function sealdesk.audit_partition(text) is 'The partition of a month, YYYY-MM; null where there is none.';

-- How far each chain goes in a month, in the order of the tree that is signed.
create or replace function sealdesk.audit_month_leaves(p_partition regclass) returns table (session uuid, seq bigint, hash bytea) language plpgsql stable as $$
begin
  return query execute format('select distinct on (e.session) e.session, e.seq, e.hash from %s e order by e.session, e.seq desc', p_partition);
end $$;
comment on function sealdesk.audit_month_leaves(regclass) is 'The last event of each chain in a partition, by session.';

create or replace function sealdesk.audit_month(p_month text, out outcome text, out events bigint, out chains bigint, out root bytea) language plpgsql stable as $$
declare
  part regclass := case when p_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then sealdesk.audit_partition(p_month) end;
  kept integer := (select r.months from sealdesk.audit_retention r);
  ends timestamptz;
  held boolean;
  pinned boolean;
  leaf record;
  peaks bytea[] := '{}';
begin
  if part is null then
    outcome := 'SD161';
    return;
  end if;
  -- Months end a day later for whoever made the partitions in another time zone.
  ends := (to_date(p_month, 'YYYY-MM') + interval '1 month 1 day')::timestamptz;
  execute format('select count(*) from %s', part) into events;
  chains := 0;
  if kept is null or ends + kept * interval '1 month' > clock_timestamp() then
    outcome := 'SD160';
    return;
  end if;
  execute format('select exists (select from %s e join sealdesk.legal_hold h on h.record = e.record),
    exists (select from %s e join sealdesk.incident_item i on i.event_session = e.session and i.event_seq = e.seq
             where not (sealdesk.incident_state(i.incident)).closed)', part, part) into held, pinned;
  for leaf in select * from sealdesk.audit_month_leaves(part) l order by l.session loop
    peaks := sealdesk.tree_append(chains, peaks, sealdesk.tree_leaf(leaf.session, leaf.seq, leaf.hash));
    chains := chains + 1;
  end loop;
  root := case when chains > 0 then sealdesk.tree_root(peaks) end;
  outcome := case
    when chains = 0 then 'SD161'
    -- What is left of a chain goes on from one statement: so the oldest month goes first.
    when exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
                  where i.inhparent = 'sealdesk.audit_event'::regclass and c.relname ~ '^audit_event_[0-9]{6}$'
                    and c.relname < 'audit_event_' || replace(p_month, '-', '')) then 'SD161'
    when exists (select from sealdesk.audit_month_leaves(part) l left join sealdesk.checkpoint_reach r on r.session = l.session
                  where coalesce(r.seq, 0) < l.seq) then 'SD162'
    when held then 'SD163'
    when pinned or exists (select from sealdesk.incident x where not (sealdesk.incident_state(x.number)).closed
                             and coalesce(x.from_at, '-infinity') < ends) then 'SD164'
    else 'ok' end;
end $$;
comment on function sealdesk.audit_month(text) is
  'What a month holds, and whether it may be dropped: SD160 it is kept, SD161 no such month or not the oldest, SD162 no checkpoint covers it, SD163 a record of it is on hold, SD164 an incident is open.';

create or replace function sealdesk_api.list_audit_months(p_session bytea)
returns table (month text, events bigint, chains bigint, outcome text, months integer, version bigint, dropped_at timestamptz, login text, request bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  rule sealdesk.audit_retention;
begin
  if not (sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  select * into rule from sealdesk.audit_retention;
  return query
  select d.month, d.events, d.chains, 'dropped', rule.months, rule.version, d.at, d.login, d.request from sealdesk.audit_drop d
  union all
  select m.month, a.events, a.chains, a.outcome, rule.months, rule.version, null::timestamptz, null::text, null::bigint
    from (select substr(c.relname, 13, 4) || '-' || substr(c.relname, 17, 2) as month
            from pg_inherits i join pg_class c on c.oid = i.inhrelid
           where i.inhparent = 'sealdesk.audit_event'::regclass and c.relname ~ '^audit_event_[0-9]{6}$'
             and substr(c.relname, 13) <= to_char(now(), 'YYYYMM')) m,
         lateral sealdesk.audit_month(m.month) a
   order by 1;
end $$;
comment on function sealdesk_api.list_audit_months(bytea) is 'The months of the audit with what they hold, whether each may be dropped or why not, and those that were; and for how many months it is kept.';

create or replace function sealdesk_api.audit_retention_set(p_session bytea, p_months integer, p_version bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'audit_retention_set', 'retention audit');
  before sealdesk.audit_retention;
begin
  if m.outcome = 'ok' then
    select * into before from sealdesk.audit_retention;
    m.outcome := case
      when p_months not between 12 and 1200 then 'SD165'
      when before.version is distinct from p_version then 'SD007'
      else 'ok' end;
    m := sealdesk.approve_change(m, jsonb_build_object('months', jsonb_build_array(before.months, p_months)));
  end if;
  if m.outcome = 'ok' then
    update sealdesk.audit_retention set months = p_months, version = before.version + 1;
  end if;
  return sealdesk.end_change(m, null, null, null);
end $$;
comment on function sealdesk_api.audit_retention_set(bytea, integer, bigint) is 'For how many months the audit is kept at least, twelve or more; null for ever.';

-- Nothing comes to the month, and nobody places a hold or opens an incident, from what is looked at to what is dropped. Others read and append meanwhile.
create or replace function sealdesk.hold_month(p_month text, out held boolean) language plpgsql set lock_timeout = '500ms' as $$
declare
  part regclass := case when p_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then sealdesk.audit_partition(p_month) end;
begin
  lock table sealdesk.legal_hold, sealdesk.incident, sealdesk.incident_item in share mode;
  if part is not null then
    execute format('lock table %s in share mode', part);
  end if;
  held := true;
exception when lock_not_available then
  held := false;
end $$;
comment on function sealdesk.hold_month(text) is 'Keeps a month, holds and incidents as they are until the transaction ends; false when somebody is changing one.';

-- Whoever reads or appends holds the table for a moment; a transaction that is left open for longer is not ended for this, which can wait. The other way round
-- who appends ends it (share_audit).
create or replace function sealdesk.hold_audit(out held boolean) language plpgsql set lock_timeout = '500ms' as $$
begin
  perform setval('sealdesk.audit_taken', extract(epoch from clock_timestamp())::bigint);
  -- A client that falls silent before it has committed ends within seconds, also where nobody appends.
  perform set_config('idle_in_transaction_session_timeout', '3s', true);
  for attempt in 1..4 loop
    begin
      lock table sealdesk.audit_event in access exclusive mode;
      held := true;
      return;
    exception when lock_not_available then
      perform pg_sleep(0.2);
    end;
  end loop;
  held := false;
end $$;
comment on function sealdesk.hold_audit() is 'Takes the audit for itself until the transaction ends; false when somebody keeps it. Nobody waits longer than half a second for this.';

create or replace function sealdesk_api.audit_drop(p_session bytea, p_number bigint, p_month text, p_at timestamptz, p_root bytea, p_checkpoint bigint, p_request bigint, p_signature bytea)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_change(p_session, 'audit_drop', 'audit ' || left(p_month, 20));
  found record;
  entry bigint;
  new_number bigint;
  part regclass;
begin
  if m.outcome = 'ok' and m.is_held and not (select h.held from sealdesk.hold_month(p_month) h) then
    m.outcome := 'SD167';
  end if;
  if m.outcome = 'ok' then
    select * into found from sealdesk.audit_month(p_month);
    m.outcome := found.outcome;
    m := sealdesk.approve_change(m, jsonb_build_object('events', jsonb_build_array(found.events, 0), 'chains', jsonb_build_array(found.chains, 0),
      'root', jsonb_build_array(encode(found.root, 'hex'), null)));
  end if;
  -- Never by one alone, also where nobody else is there who could approve.
  if m.outcome = 'ok' and m.approved is null then
    m.outcome := 'SD050';
  end if;
  if m.outcome = 'ok' then
    entry := sealdesk.keep_entry(m.person);
    -- One change at a time (begin_change), so the number stays.
    new_number := coalesce((select max(d.number) from sealdesk.audit_drop d), 0) + 1;
    m.outcome := case
      when entry is null then 'SD122'
      when p_root is distinct from found.root or p_number is distinct from new_number or p_request is distinct from m.approved or octet_length(p_signature) is distinct from 64
        or p_at is null or p_at not between clock_timestamp() - interval '5 min' and clock_timestamp() + interval '5 min'
        or not exists (select from sealdesk.checkpoint c where c.number = p_checkpoint) then 'SD166'
      else 'ok' end;
  end if;
  if m.outcome = 'ok' then
    part := sealdesk.audit_partition(p_month);
    begin
      insert into sealdesk.audit_drop (number, at, month, events, chains, root, checkpoint, request, login, entry, signature)
      values (new_number, p_at, p_month, found.events, found.chains, found.root, p_checkpoint, p_request, m.login, entry, p_signature);
      insert into sealdesk.audit_drop_leaf (number, session, seq, hash)
      select new_number, l.session, l.seq, l.hash from sealdesk.audit_month_leaves(part) l;
      -- Last, since everybody waits from here on.
      if not (select h.held from sealdesk.hold_audit() h) then
        raise exception 'somebody keeps the audit' using errcode = 'SD167';
      end if;
      execute format('drop table %s', part);
    exception when sqlstate 'SD167' then
      m.outcome := 'SD167';
    end;
  end if;
  return sealdesk.end_change(m, null, null, null, jsonb_strip_nulls(jsonb_build_object('month', left(p_month, 20), 'statement', case when m.outcome = 'ok' then new_number end)));
end $$;
comment on function sealdesk_api.audit_drop(bytea, bigint, text, timestamptz, bytea, bigint, bigint, bytea) is
  'Drops a month of the audit with a statement that the caller has signed, under somebody else''s approval of exactly this. SD166 when the statement is not what the database holds, SD167 while somebody keeps the table.';

create or replace function sealdesk_api.audit_month_root(p_session bytea, p_month text, out outcome text, out events bigint, out chains bigint, out root bytea,
  out checkpoint bigint, out number bigint, out request bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_policy(p_session);
  found record;
begin
  outcome := m.outcome;
  if outcome = 'ok' then
    select * into found from sealdesk.audit_month(p_month);
    outcome := found.outcome;
    events := found.events;
    chains := found.chains;
    root := found.root;
    checkpoint := (select max(c.number) from sealdesk.checkpoint c);
    number := coalesce((select max(d.number) from sealdesk.audit_drop d), 0) + 1;
    request := (select min(r.number) from sealdesk.request r where r.requester = m.person and r.kind = 'settings' and r.subject = 'audit ' || left(p_month, 20)
      and r.state = 'approved' and r.good_until > clock_timestamp());
  end if;
end $$;
comment on function sealdesk_api.audit_month_root(bytea, text) is 'What a statement about a month would say now. Counts and a hash only.';

create or replace function sealdesk_api.collect_drops(p_session bytea, p_ticket uuid)
returns table (number bigint, at timestamptz, month text, events bigint, chains bigint, root bytea, checkpoint bigint, request bigint, login text, entry bigint, signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select d.number, d.at, d.month, d.events, d.chains, d.root, d.checkpoint, d.request, d.login, d.entry, d.signature from sealdesk.audit_drop d order by d.number;
end $$;
comment on function sealdesk_api.collect_drops(bytea, uuid) is 'The statements of months that were dropped.';

create or replace function sealdesk_api.collect_drop_leaves(p_session bytea, p_ticket uuid, p_number bigint, p_after uuid, p_limit integer)
returns table (session uuid, seq bigint, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select l.session, l.seq, l.hash from sealdesk.audit_drop_leaf l
   where l.number = p_number and (p_after is null or l.session > p_after) order by l.session limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_drop_leaves(bytea, uuid, bigint, uuid, integer) is 'How far each chain went that a statement is about, in the order of its tree.';
