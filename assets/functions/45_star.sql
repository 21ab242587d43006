-- Stars: a person's own marks on records, kept from one session to the next.

create or replace function sealdesk_api.put_star(p_session bytea, p_record uuid, p_on boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
begin
  -- Rights first: who may not read customers learns nothing about the record.
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    result := 'SD003';
  elsif p_on is null then
    result := 'SD011';
  elsif not exists (select from sealdesk.record r where r.id = p_record and sealdesk.may_know(s.person, r)) then
    result := 'SD006';
  elsif p_on then
    insert into sealdesk.star (person, record) values (s.person, p_record) on conflict do nothing;
  else
    delete from sealdesk.star x where x.person = s.person and x.record = p_record;
  end if;
  perform sealdesk.append_optional(s.session, s.login, case when p_on then 'star' else 'unstar' end, result, p_record);
  return result;
end $$;
comment on function sealdesk_api.put_star(bytea, uuid, boolean) is 'Stars a record for the caller, or takes the star away.';

create or replace function sealdesk_api.list_stars(p_session bytea) returns table (record uuid)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select x.record from sealdesk.star x join sealdesk.record r on r.id = x.record
   where x.person = s.person and sealdesk.may_know(s.person, r)
   order by x.at desc limit 10000;
end $$;
comment on function sealdesk_api.list_stars(bytea) is 'The records that the caller has starred, newest first.';
