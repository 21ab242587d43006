-- What is configured, and the caller's own rights and keys.

drop function if exists sealdesk_api.list_classes(bytea);
create or replace function sealdesk_api.list_classes(p_session bytea)
returns table (code text, label_en text, label_zh text, "position" integer, hide_after_s integer, reason_required boolean, copy_allowed boolean, quota_per_hour integer,
  hide_on_focus_loss boolean, fresh_code_s integer, share_allowed boolean, version bigint, epoch integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select c.code, c.label_en, c.label_zh, c.position, c.hide_after_s, c.reason_required, c.copy_allowed, c.quota_per_hour, c.hide_on_focus_loss, c.fresh_code_s,
         c.share_allowed, c.version, c.epoch
    from sealdesk.class c order by c.position, c.code;
end $$;
comment on function sealdesk_api.list_classes(bytea) is 'The sensitivity classes.';

create or replace function sealdesk_api.list_fields(p_session bytea)
returns table (code text, label_en text, label_zh text, section text, section_en text, section_zh text, "position" integer, kind text, class text,
  mask text, index_modes text[], summary boolean, required boolean, choices text, version bigint, layout integer, retired boolean, kinds text[], of_kind text, of_prefix text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select f.code, f.label_en, f.label_zh, f.section, f.section_en, f.section_zh, f.position, f.kind, f.class, f.mask, f.index_modes, f.summary,
         f.required, f.choices, f.version, f.layout, f.retired_at is not null, f.kinds, f.of_kind, k.prefix
    from sealdesk.field f left join sealdesk.record_kind k on k.code = f.of_kind order by f.position, f.code;
end $$;
comment on function sealdesk_api.list_fields(bytea) is 'The configured fields, retired ones too.';

create or replace function sealdesk_api.list_kinds(p_session bytea)
returns table (code text, label_en text, label_zh text, prefix text, name_en text, name_zh text, version bigint, retired boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select k.code, k.label_en, k.label_zh, k.prefix, k.name_en, k.name_zh, k.version, k.retired_at is not null
    from sealdesk.record_kind k order by k.position, k.code;
end $$;
comment on function sealdesk_api.list_kinds(bytea) is 'The kinds of record, retired ones too.';

create or replace function sealdesk_api.list_reasons(p_session bytea)
returns table (code text, label_en text, label_zh text, reference_required boolean, classes text[], version bigint, retired boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select r.code, r.label_en, r.label_zh, r.reference_required, r.classes, r.version, r.retired_at is not null from sealdesk.reason r order by r.position, r.code;
end $$;
comment on function sealdesk_api.list_reasons(bytea) is 'Reasons for a reveal, retired ones too.';

drop function if exists sealdesk_api.list_roles(bytea);
create or replace function sealdesk_api.list_roles(p_session bytea) returns table (code text, label_en text, label_zh text, capabilities text[], generation integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query select a.code, a.label_en, a.label_zh, a.capabilities, sealdesk.role_generation(a.code) from sealdesk.application_role a order by a.code;
end $$;
comment on function sealdesk_api.list_roles(bytea) is 'The application roles and what they are called.';

create or replace function sealdesk_api.list_rights(p_session bytea)
returns table (class text, may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select r.class, r.may_search, r.may_masked, r.may_reveal, r.may_edit from sealdesk.person_right r where r.person = s.person;
end $$;
comment on function sealdesk_api.list_rights(bytea) is 'The caller''s rights by class.';

create or replace function sealdesk_api.my_key(p_session bytea, out hpke_public bytea, out ed25519_public bytea, out wrapped_private bytea, out root_public bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  select k.hpke_public, k.ed25519_public, k.wrapped_private into hpke_public, ed25519_public, wrapped_private
    from sealdesk.person_key k where k.person = s.person;
  select i.root_public into root_public from sealdesk.installation i;
end $$;
comment on function sealdesk_api.my_key(bytea) is 'The caller''s own keys and the installation''s root public key.';

create or replace function sealdesk_api.list_directory(p_session bytea)
returns table (kind text, name text, generation integer, hpke_public bytea, ed25519_public bytea, signer text, signature bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
  everybody boolean := sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all');
begin
  return query
  select d.kind, d.name, d.generation, d.hpke_public, d.ed25519_public, d.signer, d.signature
    from sealdesk.directory_entry d
   where everybody or d.kind = 'officer' or d.name = s.login
      or (d.kind = 'role' and exists (select from sealdesk.active_role m where m.person = s.person and m.role = d.name))
   order by d.kind, d.name, d.generation;
end $$;
comment on function sealdesk_api.list_directory(bytea) is 'Officers and oneself; everybody for who manages people or reads the whole audit.';

create or replace function sealdesk_api.list_wraps(p_session bytea)
returns table (recipient_kind text, recipient text, recipient_generation integer, content text, subject text, subject_generation integer, sealed bytea, signer text, signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
begin
  -- The key of a role for a time leaves the database when that it was given is on disk, not before.
  -- When it was committed is not known: it may have begun long before, in a transaction that was left open.
  if exists (select from sealdesk.elevation e where e.person = s.person and e.ended_at is null and e.until_at > clock_timestamp())
     and pg_current_wal_flush_lsn() < target then
    perform sealdesk.wait_durable(target);
  end if;
  if not s.has_keys then
    update sealdesk.session x
       set key_generation = (select i.key_generation from sealdesk.installation i),
           freezes = array(select f.number from sealdesk.frozen f where f.kind <> 'person' order by f.number)
     where x.id = s.session;
  end if;
  return query
  select w.recipient_kind, w.recipient, w.recipient_generation, w.content, w.subject, w.subject_generation, w.sealed, w.signer, w.signature
    from sealdesk.wrapped_key w
   where ((w.recipient_kind = 'person' and w.recipient = s.login
          and exists (select from sealdesk.membership m where m.person = s.person and m.role = w.subject)
          and exists (select from sealdesk.active_role m where m.person = s.person and m.role = w.subject))
      or (w.recipient_kind = 'role' and exists (select from sealdesk.active_role m where m.person = s.person and m.role = w.recipient)
          -- A role's key lies wrapped to the roles that may have it for a time; it is handed out while that time runs. Officers keep all of them.
          and (w.content <> 'role_key' or w.recipient = 'security_officer'
               or exists (select from sealdesk.active_role m where m.person = s.person and m.role = w.subject))))
     -- What is frozen is not handed out; who has it since before asks in vain for what it opens.
     and not (w.content in ('value', 'mask', 'index') and exists (
       select from sealdesk.frozen f where (f.kind = 'class' and f.subject = w.subject) or (f.kind = 'all' and w.content = 'value' and w.subject <> 'basic')));
end $$;
comment on function sealdesk_api.list_wraps(bytea) is 'The keys wrapped to the caller and to the caller''s roles. With that the session''s keys are as new as the installation''s.';
