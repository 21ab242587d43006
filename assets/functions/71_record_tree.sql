-- Each record's chain of the events that name it, and the tree over the ends of the chains. Both grow when a checkpoint is made, not when an event is appended.
-- The encodings are those of crypto/record_tree.rs.

create or replace function sealdesk.record_path(p_record uuid) returns varbit language sql stable set search_path = pg_catalog, pg_temp as $$
  select ('x' || encode(substr(sha256(convert_to('sealdesk/record-key/v1', 'UTF8') || uuid_send(i.id) || uuid_send(p_record)), 1, 16), 'hex'))::bit(128)::varbit
    from sealdesk.installation i;
$$;
comment on function sealdesk.record_path(uuid) is 'A record''s place in the tree.';

create or replace function sealdesk.record_genesis(p_record uuid) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(convert_to('sealdesk/record-chain/v1', 'UTF8') || uuid_send(i.id) || uuid_send(p_record)) from sealdesk.installation i;
$$;
comment on function sealdesk.record_genesis(uuid) is 'What a record''s chain begins with.';

-- Without a search path of its own, so that it is inlined; what is called stands in pg_catalog.
create or replace function sealdesk.record_entry(p_session uuid, p_seq bigint, p_at timestamptz, p_action text, p_outcome text, p_field text, p_hash bytea) returns bytea
language sql stable as $$
  select sha256(decode('7365616c6465736b2f7265636f72642d6576656e742f7631', 'hex') || substr(array_send(array[uuid_send(p_session), int8send(p_seq),
    int8send((extract(epoch from p_at) * 1000000)::bigint), convert_to(p_action, 'UTF8'), convert_to(p_outcome, 'UTF8'), convert_to(p_field, 'UTF8'), p_hash]), 21));
$$;
comment on function sealdesk.record_entry(uuid, bigint, timestamptz, text, text, text, bytea) is 'What a record''s chain keeps of an event: without who did it and why, which its hash binds.';

create or replace function sealdesk.record_link(p_state bytea, p_start bytea, p_entry bytea) returns bytea language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return sha256(coalesce(p_state, p_start) || p_entry);
end $$;
comment on function sealdesk.record_link(bytea, bytea, bytea) is 'One step of a record''s chain.';

create or replace aggregate sealdesk.record_fold(bytea, bytea) (sfunc = sealdesk.record_link, stype = bytea);

create or replace function sealdesk.record_stub(p_path varbit, p_length bigint, p_head bytea) returns bytea language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  key constant bytea := substr(varbit_send(p_path), 5);
  stub bytea := sha256('\x00'::bytea || key || int8send(p_length) || p_head);
begin
  for i in reverse 16..1 loop
    stub := sha256('\x02'::bytea || substr(key, i, 1) || stub);
  end loop;
  return stub;
end $$;
comment on function sealdesk.record_stub(varbit, bigint, bytea) is
  'A part of the tree with one record in it, wherever it begins: byte by byte along the path, so that as much of the path can be shown as tells it from another, and no more.';

create or replace function sealdesk.record_shared_bits(p_path varbit, p_other varbit) returns integer language sql immutable set search_path = pg_catalog, pg_temp as $$
  select position(B'1' in p_path # p_other) - 1;
$$;
comment on function sealdesk.record_shared_bits(varbit, varbit) is 'How many bits two different places have in common from the root on.';

create or replace function sealdesk.record_below(p_path varbit) returns bytea language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  ones constant varbit := (-1)::bigint::bit(64) || (-1)::bigint::bit(64);
  hash bytea := (select n.hash from sealdesk.record_node n where n.path = p_path);
begin
  if hash is null then
    select c.stub into hash from sealdesk.record_chain c where c.path >= p_path and c.path <= p_path || substring(ones from 1 for 128 - length(p_path)) limit 1;
  end if;
  return coalesce(hash, decode(repeat('00', 32), 'hex'));
end $$;
comment on function sealdesk.record_below(varbit) is 'The hash of a part of the tree: of a node, of the one record below it, or of nothing.';

create or replace function sealdesk.grow_records(p_number bigint, p_sessions uuid[], p_seqs bigint[], p_keep boolean, out root bytea, out begun bigint)
language plpgsql as $$
declare
  ones constant varbit := (-1)::bigint::bit(64) || (-1)::bigint::bit(64);
  nothing constant bytea := decode(repeat('00', 32), 'hex');
  touched varbit[];
  depths integer[];
begin
  select t.root, coalesce(t.begun, p_number) into root, begun from sealdesk.record_tree t for update;
  with grown as materialized (
    select l.n, l.session, coalesce(r.seq, 0) as after, l.seq
      from unnest(p_sessions, p_seqs) with ordinality l (session, seq, n)
      left join sealdesk.checkpoint_reach r on r.session = l.session),
  event as materialized (
    select e.record, g.n, e.seq, sealdesk.record_entry(e.session, e.seq, e.at, e.action, e.outcome, e.field, e.hash) as entry
      from grown g
      join sealdesk.audit_event e on e.session = g.session and e.seq > g.after and e.seq <= g.seq
     where e.record is not null),
  named as materialized (
    select x.record, sealdesk.record_path(x.record) as path, sealdesk.record_genesis(x.record) as genesis from (select distinct v.record from event v) x),
  folded as materialized (
    select k.path, coalesce(c.length, 0) + count(*) as length, sealdesk.record_fold(coalesce(c.head, k.genesis), x.entry order by x.n, x.seq) as head
      from named k
      join event x on x.record = k.record
      left join sealdesk.record_chain c on c.path = k.path
     group by k.path, c.length),
  stored as (
    insert into sealdesk.record_chain as c (path, length, head, stub)
    select f.path, f.length, f.head, sealdesk.record_stub(f.path, f.length, f.head) from folded f
    on conflict (path) do update set length = excluded.length, head = excluded.head, stub = excluded.stub
    returning c.path, c.length, c.head, c.stub),
  kept as (
    insert into sealdesk.record_leaf (checkpoint, path, length, head, stub)
    select p_number, s.path, s.length, s.head, s.stub from stored s where p_keep
    returning 1)
  select array_agg(s.path) into touched from stored s;
  if touched is not null then
    -- Where each of them stands alone follows from its neighbours; every node above that has others below it too.
    select array_agg(coalesce(greatest(sealdesk.record_shared_bits(t.path, b.path), sealdesk.record_shared_bits(t.path, a.path)), -1) order by t.n) into depths
      from unnest(touched) with ordinality t (path, n)
      left join lateral (select c.path from sealdesk.record_chain c where c.path < t.path order by c.path desc limit 1) b on true
      left join lateral (select c.path from sealdesk.record_chain c where c.path > t.path order by c.path limit 1) a on true;
    -- As record_below, for many at once.
    for depth in reverse (select max(d) from unnest(depths) d)..0 loop
      insert into sealdesk.record_node as n (path, hash)
      select p.path, sha256('\x01'::bytea
               || coalesce((select x.hash from sealdesk.record_node x where x.path = p.path || B'0'),
                    (select c.stub from sealdesk.record_chain c where c.path >= p.path || B'0' and c.path < p.path || B'1' limit 1), nothing)
               || coalesce((select x.hash from sealdesk.record_node x where x.path = p.path || B'1'),
                    (select c.stub from sealdesk.record_chain c where c.path >= p.path || B'1' and c.path <= p.path || substring(ones from 1 for 128 - depth) limit 1), nothing))
        from (select distinct substring(t.path from 1 for depth) as path from unnest(touched, depths) t (path, deepest) where t.deepest >= depth) p
      on conflict (path) do update set hash = excluded.hash;
    end loop;
    root := sealdesk.record_below(B'');
  end if;
  update sealdesk.record_tree t set root = grow_records.root, begun = grow_records.begun;
end $$;
comment on function sealdesk.grow_records(bigint, uuid[], bigint[], boolean) is
  'Extends the chains of records by the events of further leaves, in the order of the leaves and of their chains, and computes the tree anew along what has changed. What is kept is for later proofs.';

-- What it does is undone before it answers, so that nothing is held and nobody waits.
create or replace function sealdesk.next_record_root(p_number bigint, p_sessions uuid[], p_seqs bigint[], out root bytea, out begun bigint) language plpgsql as $$
begin
  select g.root, g.begun into root, begun from sealdesk.grow_records(p_number, p_sessions, p_seqs, false) g;
  raise exception 'undone' using errcode = 'SD000';
exception when sqlstate 'SD000' then
  null;
end $$;
comment on function sealdesk.next_record_root(bigint, uuid[], bigint[]) is 'The root that the tree of records has with further leaves.';
