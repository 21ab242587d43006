-- The signed catalogue. An officer's client signs, in the transaction of the change; here it is judged that what it signs is what is stored.

create or replace function sealdesk.role_generation(p_role text) returns integer language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(max(d.generation), 0) from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_role;
$$;
comment on function sealdesk.role_generation(text) is 'The newest generation of a role''s key; 0 where it has none yet.';

create or replace function sealdesk.catalogue_body() returns jsonb language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'fields', (select coalesce(jsonb_agg(jsonb_build_object(
        'code', f.code, 'label', jsonb_build_object('en', f.label_en, 'zh', f.label_zh), 'kind', f.kind, 'class', f.class, 'mask', f.mask,
        'index', (select coalesce(jsonb_agg(m order by m collate "C"), '[]') from unnest(f.index_modes) m), 'summary', f.summary,
        'choices', coalesce(f.choices, '[]')::jsonb,
        'kinds', (select coalesce(jsonb_agg(k order by k collate "C"), '[]') from unnest(f.kinds) k), 'of_kind', f.of_kind)
      order by f.code collate "C"), '[]') from sealdesk.field f),
    'kinds', (select coalesce(jsonb_agg(jsonb_build_object(
        'code', k.code, 'label', jsonb_build_object('en', k.label_en, 'zh', k.label_zh), 'prefix', k.prefix,
        'name', case when k.name_en is not null then jsonb_build_object('en', k.name_en, 'zh', k.name_zh) end)
      order by k.code collate "C"), '[]') from sealdesk.record_kind k),
    'classes', (select coalesce(jsonb_agg(jsonb_build_object(
        'code', c.code, 'label', jsonb_build_object('en', c.label_en, 'zh', c.label_zh), 'epoch', c.epoch)
      order by c.code collate "C"), '[]') from sealdesk.class c),
    'roles', (select coalesce(jsonb_agg(jsonb_build_object('code', a.code, 'generation', sealdesk.role_generation(a.code))
      order by a.code collate "C"), '[]') from sealdesk.application_role a));
$$;
comment on function sealdesk.catalogue_body() is 'What officers sign, as it is stored now. As model/signed_catalogue.rs writes it; each list in the order of its codes, byte by byte.';

create or replace function sealdesk.catalogue_hash(p_statement sealdesk.catalogue_statement) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(substr(array_send(array[
      convert_to('sealdesk/catalogue/v1', 'UTF8'), uuid_send(i.id), int8send(p_statement.number), p_statement.previous, convert_to(p_statement.body, 'UTF8')]), 21))
    from sealdesk.installation i;
$$;
comment on function sealdesk.catalogue_hash(sealdesk.catalogue_statement) is 'SHA-256 of what was signed, encoded as keyring/catalogue.rs does; see append for the encoding.';

create or replace function sealdesk.newest_catalogue() returns sealdesk.catalogue_statement language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.* from sealdesk.catalogue_statement c order by c.number desc limit 1;
$$;
comment on function sealdesk.newest_catalogue() is 'The newest statement; nulls where nothing was signed yet.';

create or replace function sealdesk_api.list_catalogue_statements(p_session bytea, p_before bigint, p_limit integer)
returns table (number bigint, previous bytea, body text, signer text, signature bytea, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select c.number, c.previous, c.body, c.signer, c.signature, c.at from sealdesk.catalogue_statement c
   where p_before is null or c.number < p_before order by c.number desc limit least(greatest(coalesce(p_limit, 1), 0), 200);
end $$;
comment on function sealdesk_api.list_catalogue_statements(bytea, bigint, integer) is
  'What officers have signed of the catalogue, the newest first, before a number where one is given; 200 at most.';

-- Whoever may change nothing of it holds nobody up, and hears from the change itself that it is not permitted.
create or replace function sealdesk_api.hold_catalogue(p_session bytea) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare s record := sealdesk.open_session(p_session);
begin
  if sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'manage_people') then
    perform sealdesk.hold_fields();
  end if;
end $$;
comment on function sealdesk_api.hold_catalogue(bytea) is 'Keeps what officers sign as it is until the transaction ends, so that the change and its signature are of one state.';

create or replace function sealdesk_api.put_catalogue(p_session bytea, p_number bigint, p_previous bytea, p_body text, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not (sealdesk.has_capability(s.person, 'manage_policy') or sealdesk.has_capability(s.person, 'manage_people'))
      or not exists (select from sealdesk.directory_entry d where d.kind = 'officer' and d.name = s.login) then 'SD003'
    when p_number is null or p_body is null or octet_length(p_body) > 1000000 or octet_length(p_signature) is distinct from 64 then 'SD011'
    else 'ok' end;
  newest sealdesk.catalogue_statement;
  made sealdesk.catalogue_statement;
begin
  if result = 'ok' then
    perform sealdesk.hold_fields();
    newest := sealdesk.newest_catalogue();
    result := case
      when p_number <= coalesce(newest.number, 0)
        or p_previous is distinct from (case when newest.number is not null then sealdesk.catalogue_hash(newest) end) then 'SD007'
      when p_body::jsonb is distinct from sealdesk.catalogue_body() then 'SD150'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.catalogue_statement (number, previous, body, signer, signature) values (p_number, p_previous, p_body, s.login, p_signature)
    returning * into made;
    perform sealdesk.catalogue_changed();
  end if;
  perform sealdesk.append(s.session, s.login, 'catalogue_sign', result, null, null, null, p_number, null, null,
    case when result = 'ok' then json_build_object('hash', encode(sealdesk.catalogue_hash(made), 'hex'))::text end, null);
  return result;
end $$;
comment on function sealdesk_api.put_catalogue(bytea, bigint, bytea, text, bytea) is
  'Stores an officer''s signature over the catalogue as it is now. A number may leave some out: after an older state was restored, clients that saw a newer one wait for
   a higher. SD007 where it does not follow the newest one, SD150 where it is not what is stored.';
