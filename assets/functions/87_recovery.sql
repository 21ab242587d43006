-- Recovery: sets of custodians, checks of their shares, drills, the ceremony. The database sees no share and opens nothing: what it is told of a check or a
-- drill is what the person's client found, and stands in the audit under their name.

create or replace function sealdesk.officers_generation() returns integer language sql stable set search_path = pg_catalog, pg_temp as $$
  select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = 'security_officer';
$$;
comment on function sealdesk.officers_generation() is 'The newest generation of the officers'' role key.';

create or replace function sealdesk_api.put_recovery_set(p_session bytea, p_number integer, p_threshold integer, p_public bytea, p_custodians text[], p_commitments bytea[],
  p_signature bytea, p_generation integer, p_sealed bytea, p_sealed_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    lock table sealdesk.recovery_set in share row exclusive mode;
    result := case
      when coalesce(p_threshold, 0) not between 2 and 16 or coalesce(cardinality(p_custodians), 0) not between p_threshold and 16
        or exists (select from unnest(p_custodians) c where coalesce(btrim(c), '') = '' or char_length(c) > 80)
        or (select count(distinct lower(c)) from unnest(p_custodians) c) <> cardinality(p_custodians) then 'SD083'
      when cardinality(p_commitments) is distinct from cardinality(p_custodians)
        or exists (select from unnest(p_commitments) c where octet_length(c) is distinct from 32)
        or octet_length(p_public) is distinct from 1216 or octet_length(p_signature) is distinct from 64
        or octet_length(p_sealed) is distinct from 1200 or octet_length(p_sealed_signature) is distinct from 64 then 'SD011'
      -- Somebody else set one up, or the officers' key was rotated, meanwhile.
      when p_number is distinct from (select coalesce(max(r.number), 0) + 1 from sealdesk.recovery_set r)
        or p_generation is distinct from sealdesk.officers_generation() then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.recovery_set (number, threshold, public, created_by, signature, generation, sealed, sealed_by, sealed_signature)
    values (p_number, p_threshold, p_public, m.login, p_signature, p_generation, p_sealed, m.login, p_sealed_signature);
    insert into sealdesk.recovery_share (set, index, custodian, commitment)
    select p_number, c.n, c.custodian, c.commitment
      from rows from (unnest(p_custodians), unnest(p_commitments)) with ordinality c (custodian, commitment, n);
  end if;
  perform sealdesk.append_act(m.session, m.login, 'recovery_set_up', result,
    json_build_object('set', p_number, 'threshold', p_threshold, 'custodians', sealdesk.named(p_custodians))::text);
  return result;
end $$;
comment on function sealdesk_api.put_recovery_set(bytea, integer, integer, bytea, text[], bytea[], bytea, integer, bytea, bytea) is
  'Stores a new recovery set. Earlier ones stay good until they are retired. SD007 when another was set up or the officers'' key was rotated meanwhile.';

create or replace function sealdesk_api.put_recovery_deposit(p_session bytea, p_number integer, p_generation integer, p_sealed bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    result := case
      when not exists (select from sealdesk.recovery_set r where r.number = p_number and r.retired_at is null) then 'SD080'
      when octet_length(p_sealed) is distinct from 1200 or octet_length(p_signature) is distinct from 64 then 'SD011'
      when p_generation is distinct from sealdesk.officers_generation() then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.recovery_set r
       set generation = p_generation, sealed = p_sealed, sealed_at = clock_timestamp(), sealed_by = m.login, sealed_signature = p_signature
     where r.number = p_number and r.retired_at is null;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'recovery_renew', result, json_build_object('set', p_number, 'generation', p_generation)::text);
  return result;
end $$;
comment on function sealdesk_api.put_recovery_deposit(bytea, integer, integer, bytea, bytea) is
  'Stores the root key and the officers'' key sealed to a set again, after a change. The custodians'' shares stay as they are.';

create or replace function sealdesk_api.recovery_retire(p_session bytea, p_number integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    lock table sealdesk.recovery_set in share row exclusive mode;
    result := case
      when not exists (select from sealdesk.recovery_set r where r.number = p_number and r.retired_at is null) then 'SD080'
      -- Nobody is left with shares that were never tried.
      when not exists (select from sealdesk.recovery_set r where r.number > p_number and r.retired_at is null and r.drilled_at is not null) then 'SD084'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.recovery_set r set retired_at = clock_timestamp(), sealed = null where r.number = p_number;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'recovery_retire', result, json_build_object('set', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.recovery_retire(bytea, integer) is 'Forgets what is sealed to a set. SD084 unless a later set has passed a drill.';

create or replace function sealdesk_api.list_recovery(p_session bytea)
returns table (number integer, threshold integer, public bytea, created_at timestamptz, created_by text, signature bytea, generation integer, newest integer,
  drilled_at timestamptz, retired_at timestamptz, custodians text[], commitments bytea[], checked_at timestamptz[], checked_by text[])
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.require_overview(p_session);
begin
  return query
  select r.number, r.threshold, r.public, r.created_at, r.created_by, r.signature, r.generation, sealdesk.officers_generation(), r.drilled_at, r.retired_at,
         array_agg(h.custodian order by h.index), array_agg(h.commitment order by h.index), array_agg(h.last_checked_at order by h.index),
         array_agg(h.checked_by order by h.index)
    from sealdesk.recovery_set r join sealdesk.recovery_share h on h.set = r.number
   group by r.number
   order by r.number;
end $$;
comment on function sealdesk_api.list_recovery(bytea) is 'Recovery sets, custodians, and what is published of their shares; never what is sealed.';

create or replace function sealdesk_api.recovery_check(p_session bytea, p_number integer, p_index integer, p_fits boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text;
begin
  result := case
    when not (sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all')) then 'SD003'
    when not exists (select from sealdesk.recovery_set r join sealdesk.recovery_share h on h.set = r.number
                      where r.number = p_number and r.retired_at is null and h.index = p_index) then 'SD080'
    when p_fits is not true then 'SD081'
    else 'ok' end;
  if result = 'ok' then
    update sealdesk.recovery_share h set last_checked_at = clock_timestamp(), checked_by = s.login where h.set = p_number and h.index = p_index;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'recovery_check', result, json_build_object('set', p_number, 'share', p_index)::text);
  return result;
end $$;
comment on function sealdesk_api.recovery_check(bytea, integer, integer, boolean) is 'Records that a custodian''s share was compared with what is published of it; SD081 when it did not fit.';

create or replace function sealdesk_api.request_recovery(p_session bytea, p_ticket uuid, p_number integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and not exists (select from sealdesk.recovery_set r where r.number = p_number and r.retired_at is null) then
    result := 'SD080';
  end if;
  perform sealdesk.append(m.session, m.login, 'recovery_open', result, null, null, null, p_number, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_recovery(bytea, uuid, integer) is 'Asks for what is sealed to a set, for a drill.';

create or replace function sealdesk_api.collect_recovery(p_session bytea, p_ticket uuid, out generation integer, out sealed bytea, out sealed_by text, out sealed_signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['recovery_open'], interval '60 s', target);
begin
  if not sealdesk.has_capability(s.person, 'manage_people') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  select r.generation, r.sealed, r.sealed_by, r.sealed_signature into generation, sealed, sealed_by, sealed_signature
    from sealdesk.recovery_set r where r.number = t.version and r.retired_at is null;
  if sealed is null then
    perform sealdesk.fail('SD080', 'the recovery set was retired meanwhile', 'Use the newer one.');
  end if;
end $$;
comment on function sealdesk_api.collect_recovery(bytea, uuid) is 'What is sealed to a set; only its custodians together can open it.';

create or replace function sealdesk_api.recovery_drill(p_session bytea, p_number integer, p_opened boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    result := case
      when not exists (select from sealdesk.recovery_set r where r.number = p_number and r.retired_at is null) then 'SD080'
      when p_opened is not true then 'SD082'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.recovery_set r set drilled_at = clock_timestamp() where r.number = p_number;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'recovery_drill', result, json_build_object('set', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.recovery_drill(bytea, integer, boolean) is 'Records that shares were brought together and opened what is sealed; SD082 when they did not.';

-- The ceremony. Called by whoever administers the database, when no officer is left to sign in; people hold no grant on these.
create or replace function sealdesk.begin_recovery(p_login text, p_program text) returns uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  chain uuid := gen_random_uuid();
begin
  perform sealdesk.start_chain(chain, null, session_user, 'recovery', p_program);
  perform sealdesk.append_act(chain, session_user, 'recovery_begin', 'ok', json_build_object('person', left(p_login, 60))::text);
  raise log 'sealdesk recovery: % begins, for %', quote_ident(session_user), quote_literal(left(p_login, 60));
  return chain;
end $$;
comment on function sealdesk.begin_recovery(text, text) is 'Opens the ceremony''s chain, before anything is read. Answers with the chain.';

create or replace function sealdesk.refuse_recovery(p_chain uuid, p_number integer, p_outcome text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform sealdesk.append_act(p_chain, session_user, 'recovery_perform', p_outcome, json_strip_nulls(json_build_object('set', p_number))::text);
  update sealdesk.session s set closed_at = clock_timestamp() where s.id = p_chain;
end $$;
comment on function sealdesk.refuse_recovery(uuid, integer, text) is 'Records that the ceremony failed.';

create or replace function sealdesk.complete_recovery(p_chain uuid, p_number integer, p_indexes integer[], p_login text, p_verifier text,
  p_hpke_public bytea, p_ed25519_public bytea, p_wrapped_private bytea, p_signature bytea, p_generation integer, p_sealed bytea, p_wrap_signature bytea) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  new_id uuid;
begin
  if not sealdesk.is_login_free(p_login) then
    perform sealdesk.fail('SD042', 'that login name is taken', 'Choose a new one.');
  end if;
  perform sealdesk_lifecycle.create_login(p_login, p_verifier, 'infinity');
  insert into sealdesk.person (login, state) values (p_login, 'active') returning id into new_id;
  insert into sealdesk.membership (person, role) values (new_id, 'security_officer');
  insert into sealdesk.person_key (person, hpke_public, ed25519_public, wrapped_private) values (new_id, p_hpke_public, p_ed25519_public, p_wrapped_private);
  perform sealdesk.derive_rights(new_id);
  insert into sealdesk.directory_entry (kind, name, generation, hpke_public, ed25519_public, signer, signature)
  values ('officer', p_login, 1, p_hpke_public, p_ed25519_public, 'root', p_signature);
  insert into sealdesk.wrapped_key (recipient_kind, recipient, recipient_generation, content, subject, subject_generation, sealed, signer, signature)
  values ('person', p_login, 1, 'role_key', 'security_officer', p_generation, p_sealed, p_login, p_wrap_signature);
  -- A quorum of custodians stands above who froze: whoever is left in the way of the new officer no longer is. What is to stay frozen is frozen again.
  perform sealdesk.lift_freeze(f.number, p_login, null) from sealdesk.frozen f order by f.number;
  perform sealdesk.append_act(p_chain, session_user, 'recovery_perform', 'ok',
    json_strip_nulls(json_build_object('set', p_number, 'person', p_login, 'custodians',
      (select array_agg(h.custodian order by h.index) from sealdesk.recovery_share h where h.set = p_number and h.index = any (p_indexes)),
      'lifted', (select array_agg(f.number order by f.number) from sealdesk.freeze f where f.lifted_xid = pg_current_xact_id())))::text);
  perform sealdesk.announce_policy();
  update sealdesk.session s set closed_at = clock_timestamp() where s.id = p_chain;
  raise log 'sealdesk recovery: % made % a security officer with set %', quote_ident(session_user), quote_ident(p_login), p_number;
end $$;
comment on function sealdesk.complete_recovery(uuid, integer, integer[], text, text, bytea, bytea, bytea, bytea, integer, bytea, bytea) is
  'Makes a new security officer, whose entry is signed with the recovered root key.';
