-- Checkpoints. Whoever makes one signs what the heads of all chains are; the database takes it only when it computes the same root itself.

create or replace function sealdesk.tree_leaf(p_session uuid, p_seq bigint, p_hash bytea) returns bytea language sql immutable set search_path = pg_catalog, pg_temp as $$
  select sha256(decode('00', 'hex') || uuid_send(p_session) || int8send(p_seq) || p_hash);
$$;
comment on function sealdesk.tree_leaf(uuid, bigint, bytea) is 'As crypto/merkle.rs.';

create or replace function sealdesk.tree_node(p_left bytea, p_right bytea) returns bytea language sql immutable set search_path = pg_catalog, pg_temp as $$
  select sha256(decode('01', 'hex') || p_left || p_right);
$$;
comment on function sealdesk.tree_node(bytea, bytea) is 'As crypto/merkle.rs.';

create or replace function sealdesk.tree_append(p_size bigint, p_peaks bytea[], p_leaf bytea) returns bytea[] language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  peaks bytea[] := p_peaks;
  hash bytea := p_leaf;
  size bigint := p_size;
begin
  while size % 2 = 1 loop
    hash := sealdesk.tree_node(peaks[cardinality(peaks)], hash);
    peaks := trim_array(peaks, 1);
    size := size / 2;
  end loop;
  return array_append(peaks, hash);
end $$;
comment on function sealdesk.tree_append(bigint, bytea[], bytea) is 'The peaks of a tree of a size after one more leaf.';

create or replace function sealdesk.tree_root(p_peaks bytea[]) returns bytea language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  root bytea := p_peaks[cardinality(p_peaks)];
begin
  for i in reverse cardinality(p_peaks) - 1..1 loop
    root := sealdesk.tree_node(p_peaks[i], root);
  end loop;
  return coalesce(root, sha256(''::bytea));
end $$;
comment on function sealdesk.tree_root(bytea[]) is 'The root over the peaks, as RFC 6962 defines it for any number of leaves.';

create or replace function sealdesk.checkpoint_hash(p_number bigint, p_at timestamptz, p_size bigint, p_root bytea, p_previous bytea, p_covers timestamptz,
  p_records_from bigint, p_record_root bytea) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(int4send(22) || convert_to(case when p_record_root is null then 'sealdesk/checkpoint/v1' else 'sealdesk/checkpoint/v2' end, 'UTF8')
    || substr(array_send(array[uuid_send(i.id), int8send(p_number), int8send((extract(epoch from p_at) * 1000000)::bigint), int8send(p_size), p_root, p_previous]), 21)
    || case when p_record_root is null then ''::bytea else
         substr(array_send(array[int8send((extract(epoch from p_covers) * 1000000)::bigint), int8send(p_records_from), p_record_root]), 21) end)
    from sealdesk.installation i;
$$;
comment on function sealdesk.checkpoint_hash(bigint, timestamptz, bigint, bytea, bytea, timestamptz, bigint, bytea) is
  'As keyring/checkpoint.rs: the hash of what is signed. Checkpoints of before there was a tree of records end after the one before.';

create or replace function sealdesk.may_checkpoint(p_person uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select sealdesk.has_capability(p_person, 'watch') or sealdesk.has_capability(p_person, 'audit_all');
$$;
comment on function sealdesk.may_checkpoint(uuid) is 'Who may read the heads of all chains and sign them.';

create or replace function sealdesk.log_view(p_session bytea, p_ticket uuid, p_target pg_lsn, out session uuid, out person uuid, out login text)
language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['checkpoint', 'verify', 'evidence'], interval '15 min', p_target);
begin
  if not sealdesk.may_checkpoint(s.person) then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  session := s.session;
  person := s.person;
  login := s.login;
end $$;
comment on function sealdesk.log_view(bytea, uuid, pg_lsn) is 'Checks a ticket to make a checkpoint or to verify.';

create or replace function sealdesk_api.request_checkpoint(p_session bytea, p_ticket uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.may_checkpoint(s.person) then 'ok' else 'SD003' end;
begin
  perform sealdesk.append(s.session, s.login, 'checkpoint', result, null, null, null, null, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_checkpoint(bytea, uuid) is 'Asks for the heads of all chains, to sign them.';

create or replace function sealdesk_api.collect_grown(p_session bytea, p_ticket uuid) returns table (session uuid, seq bigint, hash bytea, covers timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  -- Before what is read below: all that was committed by then is seen.
  moment constant timestamptz := clock_timestamp();
  v record := sealdesk.log_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  most constant bigint := 4000;
begin
  return query
  with grown as materialized (
    select h.session, h.seq, h.hash, coalesce(r.seq, 0) as reached, sum(h.seq - coalesce(r.seq, 0)) over w as events, row_number() over w as place
      from sealdesk.session_head h
      join sealdesk.session s on s.id = h.session
      left join sealdesk.checkpoint_reach r on r.session = h.session
     where h.seq > coalesce(r.seq, 0)
    window w as (order by s.submitted_at, s.id)),
  -- What is more than one checkpoint takes is left to the next one; a long chain is cut.
  taken as (
    select g.session, g.place, case when g.events <= most then g.seq else g.seq - (g.events - most) end::bigint as seq, g.seq as head, g.hash
      from grown g where g.events - (g.seq - g.reached) < most and g.place <= 100000)
  select t.session, t.seq, case when t.seq = t.head then t.hash else (select e.hash from sealdesk.audit_event e where e.session = t.session and e.seq = t.seq) end,
         case when (select count(*) from taken x where x.seq = x.head) = (select count(*) from grown) then moment end
    from taken t order by t.place;
end $$;
comment on function sealdesk_api.collect_grown(bytea, uuid) is
  'Heads of the chains that have grown since the newest checkpoint, in the order in which the sessions began; and the moment up to which that is all, null where it is not.';

create or replace function sealdesk_api.collect_record_root(p_session bytea, p_ticket uuid, p_number bigint, p_sessions uuid[], p_seqs bigint[], out root bytea, out begun bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '3s' as $$
declare
  v record := sealdesk.log_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  if coalesce(cardinality(p_sessions), 0) not between 1 and 100000 or cardinality(p_seqs) <> cardinality(p_sessions) then
    perform sealdesk.fail('SD011', 'the leaves are not those of a checkpoint', 'Ask for the heads again.');
  end if;
  select n.root, n.begun into root, begun from sealdesk.next_record_root(p_number, p_sessions, p_seqs) n;
exception when lock_not_available then
  perform sealdesk_lifecycle.end_writers('sealdesk.checkpoint'::regclass);
  perform sealdesk.fail('SD123', 'another checkpoint is being made', 'Ask for the heads again.');
end $$;
comment on function sealdesk_api.collect_record_root(bytea, uuid, bigint, uuid[], bigint[]) is 'The root that the tree of records has with these leaves, and from which checkpoint on it is kept.';

create or replace function sealdesk_api.collect_checkpoints(p_session bytea, p_ticket uuid, p_after bigint, p_limit integer)
returns table (number bigint, at timestamptz, size bigint, root bytea, previous bytea, login text, entry bigint, signature bytea, covers timestamptz,
  records_from bigint, record_root bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.log_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select c.number, c.at, c.size, c.root, c.previous, c.login, c.entry, c.signature, c.covers, c.records_from, c.record_root
    from sealdesk.checkpoint c where c.number > p_after order by c.number limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_checkpoints(bytea, uuid, bigint, integer) is 'Checkpoints after a number.';

create or replace function sealdesk_api.collect_leaves(p_session bytea, p_ticket uuid, p_from bigint, p_limit integer)
returns table (place bigint, session uuid, seq bigint, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.log_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select l.place, l.session, l.seq, l.hash
    from sealdesk.checkpoint_leaf l where l.place >= p_from order by l.place limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_leaves(bytea, uuid, bigint, integer) is 'Leaves of the tree from a place on.';

create or replace function sealdesk_api.put_checkpoint(p_session bytea, p_number bigint, p_at timestamptz, p_root bytea, p_previous bytea,
  p_sessions uuid[], p_seqs bigint[], p_hashes bytea[], p_covers timestamptz, p_records_from bigint, p_record_root bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '3s' as $$
declare
  s record := sealdesk.open_session(p_session);
  before sealdesk.checkpoint;
  leaf record;
  new_size bigint;
  new_peaks bytea[];
  entry bigint;
  grown record;
  result text := case when sealdesk.may_checkpoint(s.person) then 'ok' else 'SD003' end;
begin
  select c.* into before from sealdesk.checkpoint c order by c.number desc limit 1;
  if result = 'ok' then
    result := case
      when octet_length(p_root) is distinct from 32 or octet_length(p_previous) is distinct from 32 or octet_length(p_signature) is distinct from 64
        or coalesce(cardinality(p_sessions), 0) not between 1 and 100000 or cardinality(p_seqs) <> cardinality(p_sessions)
        or cardinality(p_hashes) <> cardinality(p_sessions) or octet_length(p_record_root) is distinct from 32 or p_records_from is null
        or p_covers not between clock_timestamp() - interval '1 min' and clock_timestamp()
        or p_at is null or p_at not between clock_timestamp() - interval '5 min' and clock_timestamp() + interval '5 min' then 'SD011'
      when p_number is distinct from coalesce(before.number, 0) + 1
        or p_previous is distinct from coalesce(before.hash, sha256(convert_to('sealdesk/checkpoints/v1', 'UTF8') || (select uuid_send(i.id) from sealdesk.installation i)))
        then 'SD123'
      when (select count(distinct u) from unnest(p_sessions) u) <> cardinality(p_sessions)
        or exists (select from unnest(p_sessions, p_seqs) l (session, seq) join sealdesk.checkpoint_reach r on r.session = l.session where r.seq >= l.seq) then 'SD123'
      when exists (select from unnest(p_sessions, p_seqs, p_hashes) l (session, seq, hash)
                    where not exists (select from sealdesk.audit_event e where e.session = l.session and e.seq = l.seq and e.hash = l.hash)) then 'SD120'
      else 'ok' end;
  end if;
  if result = 'ok' then
    new_size := coalesce(before.size, 0);
    new_peaks := coalesce(before.peaks, '{}');
    for leaf in select l.session, l.seq, l.hash from unnest(p_sessions, p_seqs, p_hashes) with ordinality l (session, seq, hash, n) order by l.n loop
      new_peaks := sealdesk.tree_append(new_size, new_peaks, sealdesk.tree_leaf(leaf.session, leaf.seq, leaf.hash));
      new_size := new_size + 1;
    end loop;
    -- What it says that it covers: whatever was asked for a minute before that and is not in it can never be collected, unless it was left out.
    if p_covers is not null and exists (
      select from sealdesk.session_head h
        left join sealdesk.checkpoint_reach r on r.session = h.session
        left join unnest(p_sessions, p_seqs) l (session, seq) on l.session = h.session
        join sealdesk.audit_event e on e.session = h.session and e.seq = greatest(coalesce(r.seq, 0), coalesce(l.seq, 0)) + 1
       where h.seq > greatest(coalesce(r.seq, 0), coalesce(l.seq, 0)) and e.at < p_covers - interval '1 min') then
      result := 'SD176';
    end if;
  end if;
  if result = 'ok' then
    entry := sealdesk.keep_entry(s.person);
    result := case when sealdesk.tree_root(new_peaks) <> p_root then 'SD124' when entry is null then 'SD122' else 'ok' end;
  end if;
  if result = 'ok' then
    begin
    -- So that who keeps one uncommitted is found, and ended: checkpoints must not wait for them.
    lock table sealdesk.checkpoint in row share mode;
    insert into sealdesk.checkpoint (number, at, size, root, previous, hash, peaks, login, entry, signature, covers, records_from, record_root)
    values (p_number, p_at, new_size, p_root, p_previous, sealdesk.checkpoint_hash(p_number, p_at, new_size, p_root, p_previous, p_covers, p_records_from, p_record_root),
      new_peaks, s.login, entry, p_signature, p_covers, p_records_from, p_record_root)
    on conflict do nothing;
    if not found then
      result := 'SD123';
    else
      select * into grown from sealdesk.grow_records(p_number, p_sessions, p_seqs, true);
      if (grown.root, grown.begun) is distinct from (p_record_root, p_records_from) then
        -- Takes the checkpoint back with what has grown.
        raise exception 'another root' using errcode = 'SD172';
      end if;
    end if;
    exception
    when sqlstate 'SD172' then
      result := 'SD172';
    when lock_not_available then
      perform sealdesk_lifecycle.end_writers('sealdesk.checkpoint'::regclass);
      result := 'SD123';
    end;
  end if;
  if result = 'ok' then
    insert into sealdesk.checkpoint_leaf (place, checkpoint, session, seq, hash)
    select coalesce(before.size, 0) + l.n - 1, p_number, l.session, l.seq, l.hash
      from unnest(p_sessions, p_seqs, p_hashes) with ordinality l (session, seq, hash, n);
    insert into sealdesk.checkpoint_reach (session, seq) select * from unnest(p_sessions, p_seqs)
    on conflict (session) do update set seq = excluded.seq;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'checkpoint_put', result, json_strip_nulls(json_build_object('number', p_number, 'size', new_size,
    'root', encode(substr(p_root, 1, 32), 'hex')))::text);
  return result;
end $$;
comment on function sealdesk_api.put_checkpoint(bytea, bigint, timestamptz, bytea, bytea, uuid[], bigint[], bytea[], timestamptz, bigint, bytea, bytea) is
  'Stores a signed checkpoint over the tree and these further leaves. SD123 when another came first, SD120 for a leaf that is no event, SD124 for another root than the
   database computes, SD172 for another root of the records, SD176 when it leaves out what it says that it covers.';

create or replace function sealdesk_api.verify_scope(p_session bytea, p_ticket uuid, p_number bigint, p_from timestamptz, p_until timestamptz, p_prefix text default null)
returns table (session uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  wanted uuid;
begin
  if p_number is not null then
    select r.id into wanted from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(v.person, r);
    if wanted is null then
      perform sealdesk.fail('SD006', 'there is no such record', 'Check the number.');
    end if;
  end if;
  return query
  select distinct e.session
    from sealdesk.audit_event e
   where (wanted is null or e.record = wanted) and (p_from is null or e.at >= p_from) and (p_until is null or e.at < p_until)
   order by e.session;
end $$;
comment on function sealdesk_api.verify_scope(bytea, uuid, bigint, timestamptz, timestamptz, text) is 'The chains that speak of a record, or of a time: each is verified whole.';

create or replace function sealdesk_api.lost_months(p_session bytea, p_ticket uuid) returns table (month timestamptz, session uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  m record;
begin
  for m in select date_trunc('month', s.submitted_at) as month from sealdesk.session s join sealdesk.session_head h on h.session = s.id and h.seq > 0 group by 1 order by 1 loop
    if not exists (select from sealdesk.audit_event e where e.at >= m.month and e.at < m.month + interval '1 month') then
      return query
      select m.month, s.id from sealdesk.session s join sealdesk.session_head h on h.session = s.id and h.seq > 0
       where s.submitted_at >= m.month and s.submitted_at < m.month + interval '1 month' order by s.id;
    end if;
  end loop;
end $$;
comment on function sealdesk_api.lost_months(bytea, uuid) is 'Sessions that began in a month of which no event is left: its partition was dropped or emptied.';
