-- Countersignatures: a client recomputes its own session's chain and signs how far it has come. They are no events themselves, or each would want
-- another; a refusal is one.

-- Closing is an event too, and the last that is signed.
create or replace function sealdesk.own_session(p_token bytea, out session uuid, out person uuid, out login text, out is_open boolean) language plpgsql stable as $$
declare
  hashed constant bytea := sha256(p_token);
begin
  perform sealdesk.require_read_committed();
  select s.id, p.id, p.login, sealdesk.session_end(s) is null and s.expires_at > clock_timestamp() into session, person, login, is_open
    from sealdesk.session s
    join sealdesk.person p on p.id = s.person
   where s.token_hash = hashed and p.login = session_user and p.state = 'active'
     and coalesce(sealdesk.session_end(s), s.expires_at) > clock_timestamp() - interval '2 min';
  if session is null then
    perform sealdesk.fail('SD002', 'the session is unknown, has ended or has expired', 'Sign in again.');
  end if;
end $$;
comment on function sealdesk.own_session(bytea) is 'As open_session, for two minutes after the end too: for signing how a session ended.';

create or replace function sealdesk.keep_entry(p_person uuid) returns bigint language plpgsql as $$
declare
  root bytea := (select i.root_public from sealdesk.installation i);
  own sealdesk.directory_entry;
  kept bigint;
begin
  select d.* into own
    from sealdesk.directory_entry d
    join sealdesk.person p on p.login = d.name
    join sealdesk.person_key k on k.person = p.id and k.ed25519_public = d.ed25519_public and k.hpke_public = d.hpke_public
   where p.id = p_person and d.kind in ('person', 'officer')
   order by d.kind desc, d.generation desc
   limit 1;
  if own.name is null then
    return null;
  end if;
  insert into sealdesk.vouched_entry (holder, kind, name, generation, hpke_public, ed25519_public, signer, signature, root_public)
  select p_person, d.kind, d.name, d.generation, d.hpke_public, d.ed25519_public, d.signer, d.signature, root
    from sealdesk.directory_entry d
   where d.kind = 'officer' and d.name = own.signer
  union all
  select p_person, own.kind, own.name, own.generation, own.hpke_public, own.ed25519_public, own.signer, own.signature, root
  on conflict on constraint vouched_once do nothing;
  select v.id into kept
    from sealdesk.vouched_entry v
   where v.holder = p_person and v.kind = own.kind and v.name = own.name and v.generation = own.generation and v.ed25519_public = own.ed25519_public
     and v.signer = own.signer and v.signature = own.signature and v.root_public = root;
  return kept;
end $$;
comment on function sealdesk.keep_entry(uuid) is
  'Keeps what the directory says of a person''s present keys, with the entries of who signed that. Null where it says nothing of them.';

create or replace function sealdesk_api.my_chain(p_session bytea, p_after_seq bigint, p_limit integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.own_session(p_session);
begin
  -- What "system" closes in somebody's chain is not theirs to read: its hash is linked to as it stands.
  return query
  select e.session, e.seq, e.at, case when own then e.actor else '' end, case when own then e.action else '' end, case when own then e.outcome else '' end,
         case when own then e.record end, null::bigint, case when own then e.field end, case when own then e.class end, case when own then e.version end,
         case when own then e.reason end, case when own then e.reference end, case when own then e.details end, case when own then e.ticket end, e.hash, null::text
    from sealdesk.audit_event e, lateral (select e.actor = s.login as own) o
   where e.session = s.session and e.seq > p_after_seq
   order by e.seq
   limit least(greatest(p_limit, 1), 1000);
end $$;
comment on function sealdesk_api.my_chain(bytea, bigint, integer) is
  'The caller''s own session''s events after a number, as they are hashed: what the caller did. Events of others in it come without content and with an empty actor.';

create or replace function sealdesk_api.put_countersignature(p_session bytea, p_seq bigint, p_hash bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.own_session(p_session);
  newest bigint := (select max(c.seq) from sealdesk.countersignature c where c.session = s.session);
  entry bigint;
  result text := 'ok';
begin
  if octet_length(p_hash) is distinct from 32 or octet_length(p_signature) is distinct from 64 then
    result := 'SD011';
  elsif not exists (select from sealdesk.audit_event e where e.session = s.session and e.seq = p_seq and e.hash = p_hash) then
    result := 'SD120';
  elsif newest = p_seq then
    -- An answer that was lost: the same is asked again, and what is stored stays.
    return 'ok';
  elsif newest > p_seq then
    result := 'SD121';
  else
    entry := sealdesk.keep_entry(s.person);
    if entry is null then
      result := 'SD122';
    else
      insert into sealdesk.countersignature (session, seq, hash, entry, signature) values (s.session, p_seq, p_hash, entry, p_signature)
      on conflict do nothing;
    end if;
  end if;
  if result <> 'ok' and s.is_open then
    perform sealdesk.append_act(s.session, s.login, 'countersign', result, json_build_object('seq', p_seq)::text);
  end if;
  return result;
end $$;
comment on function sealdesk_api.put_countersignature(bytea, bigint, bytea, bytea) is
  'Stores the caller''s signature over their own session''s chain up to an event. SD120 for an event that is not there with that hash, SD121 behind the newest one.';

create or replace function sealdesk_api.collect_countersignatures(p_session bytea, p_ticket uuid, p_after_session uuid, p_after_seq bigint, p_limit integer)
returns table (session uuid, seq bigint, hash bytea, entry bigint, signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select c.session, c.seq, c.hash, c.entry, c.signature
    from sealdesk.countersignature c
   where p_after_session is null or (c.session, c.seq) > (p_after_session, p_after_seq)
   order by c.session, c.seq
   limit least(greatest(p_limit, 1), 10000);
end $$;
comment on function sealdesk_api.collect_countersignatures(bytea, uuid, uuid, bigint, integer) is 'Countersignatures in chain order, to be checked.';

create or replace function sealdesk_api.collect_signers(p_session bytea, p_ticket uuid)
returns table (id bigint, kind text, name text, generation integer, hpke_public bytea, ed25519_public bytea, signer text, signature bytea, root_public bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query
  select e.id, e.kind, e.name, e.generation, e.hpke_public, e.ed25519_public, e.signer, e.signature, e.root_public
    from sealdesk.vouched_entry e order by e.id;
end $$;
comment on function sealdesk_api.collect_signers(bytea, uuid) is 'Whose keys signed what is in the audit, and who vouched for them.';
