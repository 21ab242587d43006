-- Witnesses of checkpoints, and evidence: events with what proves them, for who checks them without this database.

create or replace function sealdesk_api.put_witness(p_session bytea, p_number bigint, p_hash bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  found_by text := (select c.login from sealdesk.checkpoint c where c.number = p_number and c.hash = p_hash);
  entry bigint;
  result text := case
    when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003'
    when octet_length(p_signature) is distinct from 64 then 'SD011'
    when found_by is null then 'SD126'
    -- Nor under another account with the same keys.
    when exists (select from sealdesk.person p where p.login = found_by and sealdesk.is_same_person(p.id, s.person)) then 'SD125'
    else 'ok' end;
begin
  if result = 'ok' then
    entry := sealdesk.keep_entry(s.person);
    if entry is null then
      result := 'SD122';
    else
      -- The same again, as after a lost answer, changes nothing.
      insert into sealdesk.checkpoint_witness (number, login, hash, entry, signature) values (p_number, s.login, p_hash, entry, p_signature)
      on conflict do nothing;
    end if;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'witness', result, json_build_object('number', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.put_witness(bytea, bigint, bytea, bytea) is
  'Stores that the caller has seen a checkpoint. SD125 for one''s own, SD126 for one that is not there with that hash.';

create or replace function sealdesk_api.collect_witnesses(p_session bytea, p_ticket uuid)
returns table (number bigint, login text, hash bytea, entry bigint, signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query select w.number, w.login, w.hash, w.entry, w.signature from sealdesk.checkpoint_witness w order by w.number, w.login;
end $$;
comment on function sealdesk_api.collect_witnesses(bytea, uuid) is 'Who has seen which checkpoint.';

create or replace function sealdesk_api.request_evidence(p_session bytea, p_ticket uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'audit_all') then 'ok' else 'SD003' end;
begin
  -- What was asked for stands in the event of the view that it is taken from.
  perform sealdesk.append(s.session, s.login, 'evidence', result, null, null, null, null, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_evidence(bytea, uuid) is 'Asks for what proves events.';

create or replace function sealdesk_api.collect_span(p_session bytea, p_ticket uuid, p_of uuid, p_from bigint, p_until bigint)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query execute format(
    'select %s from sealdesk.audit_event p left join sealdesk.record r on r.id = p.record
      where p.session = $1 and p.seq between $2 and $3 order by p.seq limit 10000', sealdesk.audit_columns(v.person, v.login))
  using p_of, p_from, p_until;
end $$;
comment on function sealdesk_api.collect_span(bytea, uuid, uuid, bigint, bigint) is
  'Events of one chain from one number to another, as the caller may see them: what is above their clearance is withheld here too.';
