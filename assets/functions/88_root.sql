-- Exchange of the root key: everything that carries a signature is signed again by the officer who does it, and officers by the new root. Whoever is no
-- officer any more, and only stood in the directory for what they had signed, is gone from it.

-- It answers with one column more than it did.
drop function if exists sealdesk_api.list_root_transitions(bytea);
create function sealdesk_api.list_root_transitions(p_session bytea)
returns table (number integer, old_public bytea, new_public bytea, by text, signature bytea, acceptance bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query select t.number, t.old_public, t.new_public, t.by, t.signature, t.acceptance from sealdesk.root_transition t order by t.number;
end $$;
comment on function sealdesk_api.list_root_transitions(bytea) is 'How the installation came to its present root key.';

create or replace function sealdesk_api.put_root_acceptance(p_session bytea, p_number integer, p_acceptance bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and octet_length(p_acceptance) is distinct from 64 then
    result := 'SD011';
  elsif result = 'ok' then
    update sealdesk.root_transition t set acceptance = p_acceptance where t.number = p_number and t.acceptance is null;
    if not found then
      result := 'SD007';
    end if;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'root_accept', result, json_build_object('number', p_number)::text);
  return result;
end $$;
comment on function sealdesk_api.put_root_acceptance(bytea, integer, bytea) is
  'Stores the new root''s statement that the old one was the root before it, once: what was signed under the old one stays checkable.';

create or replace function sealdesk_api.list_all_wraps(p_session bytea)
returns table (recipient_kind text, recipient text, recipient_generation integer, content text, subject text, subject_generation integer, sealed bytea, signer text, signature bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'manage_people') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select w.recipient_kind, w.recipient, w.recipient_generation, w.content, w.subject, w.subject_generation, w.sealed, w.signer, w.signature
    from sealdesk.wrapped_key w;
end $$;
comment on function sealdesk_api.list_all_wraps(bytea) is 'Every wrapped key, to be signed again.';

create or replace function sealdesk_api.exchange_root(p_session bytea, p_number integer, p_old_public bytea, p_new_public bytea, p_signature bytea,
  p_kinds text[], p_names text[], p_generations integer[], p_hpke bytea[], p_ed25519 bytea[], p_entry_signatures bytea[],
  p_recipient_kinds text[], p_recipients text[], p_recipient_generations integer[], p_contents text[], p_subjects text[], p_subject_generations integer[],
  p_sealed bytea[], p_wrap_signatures bytea[],
  p_sets integer[], p_set_signatures bytea[], p_deposits bytea[], p_deposit_signatures bytea[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    -- Nothing is signed or wrapped while all of it is exchanged.
    lock table sealdesk.directory_entry, sealdesk.wrapped_key, sealdesk.recovery_set, sealdesk.root_transition in share row exclusive mode;
    result := case
      when octet_length(p_new_public) is distinct from 32 or octet_length(p_signature) is distinct from 64 or p_new_public = p_old_public
        or cardinality(p_kinds) > 100000 or cardinality(p_recipient_kinds) > 100000
        or cardinality(p_kinds) <> any (array[cardinality(p_names), cardinality(p_generations), cardinality(p_hpke), cardinality(p_ed25519), cardinality(p_entry_signatures)])
        or cardinality(p_recipient_kinds) <> any (array[cardinality(p_recipients), cardinality(p_recipient_generations), cardinality(p_contents),
             cardinality(p_subjects), cardinality(p_subject_generations), cardinality(p_sealed), cardinality(p_wrap_signatures)])
        or cardinality(p_sets) <> any (array[cardinality(p_set_signatures), cardinality(p_deposits), cardinality(p_deposit_signatures)])
        or exists (select from unnest(p_sealed) x where x is null or octet_length(x) > 4096)
        or exists (select from unnest(p_deposits) x where octet_length(x) is distinct from 1200)
        or exists (select from unnest(p_entry_signatures || p_wrap_signatures || p_set_signatures || p_deposit_signatures) x where octet_length(x) is distinct from 64)
        then 'SD011'
      when p_old_public is distinct from (select i.root_public from sealdesk.installation i)
        or p_number is distinct from (select coalesce(max(t.number), 0) + 1 from sealdesk.root_transition t) then 'SD007'
      -- People, roles and wraps are as they were; something that is not among them was made meanwhile.
      when exists (
        (select d.kind, d.name, d.generation, d.hpke_public, d.ed25519_public from sealdesk.directory_entry d where d.kind <> 'officer'
         except all
         select * from unnest(p_kinds, p_names, p_generations, p_hpke, p_ed25519) e (kind, name, generation, hpke, ed25519) where e.kind <> 'officer')
        union all
        (select * from unnest(p_kinds, p_names, p_generations, p_hpke, p_ed25519)
         except all
         select d.kind, d.name, d.generation, d.hpke_public, d.ed25519_public from sealdesk.directory_entry d)) then 'SD007'
      when exists (
        (select w.recipient_kind, w.recipient, w.recipient_generation, w.content, w.subject, w.subject_generation, w.sealed
           from sealdesk.wrapped_key w where w.content <> 'root_key'
         except all
         select * from unnest(p_recipient_kinds, p_recipients, p_recipient_generations, p_contents, p_subjects, p_subject_generations, p_sealed)
           w (kind, recipient, recipient_generation, content, subject, subject_generation, sealed) where w.content <> 'root_key')
        union all
        (select * from unnest(p_recipient_kinds, p_recipients, p_recipient_generations, p_contents, p_subjects, p_subject_generations, p_sealed)
           w (kind, recipient, recipient_generation, content, subject, subject_generation, sealed) where w.content <> 'root_key'
         except all
         select w.recipient_kind, w.recipient, w.recipient_generation, w.content, w.subject, w.subject_generation, w.sealed
           from sealdesk.wrapped_key w where w.content <> 'root_key')) then 'SD007'
      when (select array_agg(r.number order by r.number) from sealdesk.recovery_set r where r.retired_at is null)
        is distinct from (select array_agg(x order by x) from unnest(p_sets) x)
        or exists (select from sealdesk.recovery_set r where r.retired_at is null and r.generation is distinct from sealdesk.officers_generation()) then 'SD007'
      -- Exactly those who are officers now, at their present keys; and the root key goes to their role, nowhere else.
      when exists (
        (select p.login, k.ed25519_public from sealdesk.person p
           join sealdesk.membership x on x.person = p.id and x.role = 'security_officer' join sealdesk.person_key k on k.person = p.id
          where p.state = 'active' and exists (select from sealdesk.directory_entry d
            where d.kind = 'officer' and d.name = p.login and d.ed25519_public = k.ed25519_public)
         except all
         select e.name, e.ed25519 from unnest(p_kinds, p_names, p_ed25519) e (kind, name, ed25519) where e.kind = 'officer')
        union all
        (select e.name, e.ed25519 from unnest(p_kinds, p_names, p_ed25519) e (kind, name, ed25519) where e.kind = 'officer'
         except all
         select p.login, k.ed25519_public from sealdesk.person p
           join sealdesk.membership x on x.person = p.id and x.role = 'security_officer' join sealdesk.person_key k on k.person = p.id
          where p.state = 'active'))
        or (select count(*) from unnest(p_contents) c where c = 'root_key') <> 1
        or not exists (select from unnest(p_recipient_kinds, p_recipients, p_recipient_generations, p_contents, p_subjects, p_subject_generations)
             w (kind, recipient, recipient_generation, content, subject, subject_generation)
           where w.content = 'root_key' and w.kind = 'role' and w.recipient = 'security_officer' and w.recipient_generation = sealdesk.officers_generation()
             and w.subject = 'root' and w.subject_generation = p_number + 1) then 'SD031'
      else 'ok' end;
  end if;
  if result = 'ok' then
    delete from sealdesk.directory_entry;
    insert into sealdesk.directory_entry (kind, name, generation, hpke_public, ed25519_public, signer, signature)
    select e.kind, e.name, e.generation, e.hpke, e.ed25519, case when e.kind = 'officer' then 'root' else m.login end, e.signature
      from unnest(p_kinds, p_names, p_generations, p_hpke, p_ed25519, p_entry_signatures) e (kind, name, generation, hpke, ed25519, signature);
    delete from sealdesk.wrapped_key;
    insert into sealdesk.wrapped_key (recipient_kind, recipient, recipient_generation, content, subject, subject_generation, sealed, signer, signature)
    select w.kind, w.recipient, w.recipient_generation, w.content, w.subject, w.subject_generation, w.sealed, m.login, w.signature
      from unnest(p_recipient_kinds, p_recipients, p_recipient_generations, p_contents, p_subjects, p_subject_generations, p_sealed, p_wrap_signatures)
        w (kind, recipient, recipient_generation, content, subject, subject_generation, sealed, signature);
    update sealdesk.recovery_set r
       set created_by = m.login, signature = x.set_signature, sealed = x.deposit, sealed_at = clock_timestamp(), sealed_by = m.login, sealed_signature = x.deposit_signature
      from unnest(p_sets, p_set_signatures, p_deposits, p_deposit_signatures) x (number, set_signature, deposit, deposit_signature)
     where r.number = x.number;
    insert into sealdesk.root_transition (number, old_public, new_public, by, signature) values (p_number, p_old_public, p_new_public, m.login, p_signature);
    update sealdesk.installation set root_public = p_new_public;
    perform sealdesk.keys_changed();
  end if;
  perform sealdesk.append_act(m.session, m.login, 'root_exchange', result,
    json_build_object('number', p_number, 'officers', sealdesk.named(
      (select array_agg(e.name) from unnest(p_kinds, p_names) e (kind, name) where e.kind = 'officer')))::text);
  return result;
end $$;
comment on function sealdesk_api.exchange_root(bytea, integer, bytea, bytea, bytea, text[], text[], integer[], bytea[], bytea[], bytea[], text[], text[], integer[], text[],
  text[], integer[], bytea[], bytea[], integer[], bytea[], bytea[], bytea[]) is
  'Puts a new root key in force, with everything signed again. SD007 when anything was signed or wrapped meanwhile, SD031 when it is not for exactly the officers of now.';
