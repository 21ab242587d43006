-- Filters of the audit that people saved: sealed by their own client to their own key, so the database keeps what it cannot read.

create or replace function sealdesk_api.put_saved_filter(p_session bytea, p_id uuid, p_sealed bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when p_id is null or coalesce(octet_length(p_sealed), 0) not between 1 and 16384 or octet_length(p_signature) is distinct from 64 then 'SD011'
    when (select count(*) from sealdesk.saved_filter f where f.person = s.person and f.id <> p_id) >= 50 then 'SD171'
    else 'ok' end;
begin
  if result = 'ok' then
    insert into sealdesk.saved_filter as f (person, id, sealed, signature) values (s.person, p_id, p_sealed, p_signature)
    on conflict (person, id) do update set sealed = excluded.sealed, signature = excluded.signature, at = clock_timestamp();
  end if;
  perform sealdesk.append_optional(s.session, s.login, 'filter_save', result);
  return result;
end $$;
comment on function sealdesk_api.put_saved_filter(bytea, uuid, bytea, bytea) is 'Saves one of the caller''s filters, or changes it. SD171 when there are fifty.';

create or replace function sealdesk_api.drop_saved_filter(p_session bytea, p_id uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
begin
  delete from sealdesk.saved_filter f where f.person = s.person and f.id = p_id;
  perform sealdesk.append_optional(s.session, s.login, 'filter_drop', 'ok');
  return 'ok';
end $$;
comment on function sealdesk_api.drop_saved_filter(bytea, uuid) is 'Forgets one of the caller''s filters; one that is not there is forgotten already.';

create or replace function sealdesk_api.list_saved_filters(p_session bytea) returns table (id uuid, sealed bytea, signature bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query select f.id, f.sealed, f.signature from sealdesk.saved_filter f where f.person = s.person order by f.at;
end $$;
comment on function sealdesk_api.list_saved_filters(bytea) is 'The caller''s saved filters, the newest last.';
