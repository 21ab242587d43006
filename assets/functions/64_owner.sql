-- Who answers for a record: whoever made it, until it is handed on. An owner shares what they may reveal of it, and hands it on; with the capability
-- `share` one does so with every record.

-- Without a search path of its own, so that it is inlined.
create or replace function sealdesk.owner_of(p_record sealdesk.record) returns text language sql immutable as $$
  select coalesce((p_record).owner, (p_record).created_by);
$$;
comment on function sealdesk.owner_of(sealdesk.record) is 'Login of who answers for the record.';

create or replace function sealdesk.may_hand_on(p_person uuid, p_record sealdesk.record) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.person p where p.id = p_person and p.login = sealdesk.owner_of(p_record)) or sealdesk.has_capability(p_person, 'share');
$$;
comment on function sealdesk.may_hand_on(uuid, sealdesk.record) is 'Whether the person may share values of the record and hand it to another owner: its owner, or who holds share.';

create or replace function sealdesk_api.put_owner(p_session bytea, p_record uuid, p_to text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  current sealdesk.record;
  recipient uuid;
  result text := 'ok';
begin
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    result := 'SD003';
  else
    select r.* into current from sealdesk.record r where r.id = p_record and r.deleted_at is null and sealdesk.may_know(s.person, r) for no key update;
    select p.id into recipient from sealdesk.person p where p.login = p_to and p.state = 'active';
    result := case
      when current.id is null then 'SD006'
      when not sealdesk.may_hand_on(s.person, current) then 'SD097'
      when recipient is null then 'SD098'
      when sealdesk.is_hidden(recipient, p_record) then 'SD063'
      else 'ok' end;
  end if;
  if result = 'ok' then
    update sealdesk.record set owner = p_to where id = p_record;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'owner', result, p_record, null, null, current.version, null, null,
    json_strip_nulls(json_build_object('from', sealdesk.owner_of(current), 'to', left(p_to, 60)))::text, null);
  return result;
end $$;
comment on function sealdesk_api.put_owner(bytea, uuid, text) is
  'Hands a record to another active person: SD097 from who neither owns it nor holds share, SD098 where the person is not active, SD063 where they may not know of it.';
