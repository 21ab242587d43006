-- Sharing a value with one person for a time. The sharer seals it to that person's own key, so no key of the class is needed to read it.

-- Nothing sealed outlives its share. What somebody holds in a transaction left open is passed over, so that it stops nobody else.
create or replace function sealdesk.sweep_shares() returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.share set sealed = null
   where id in (select x.id from sealdesk.share x where x.sealed is not null and x.until_at <= clock_timestamp() for update skip locked);
$$;
comment on function sealdesk.sweep_shares() is 'Deletes what expired shares have sealed.';

create or replace function sealdesk.end_shares(p_person uuid, p_by text) returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.share set sealed = null, withdrawn_at = clock_timestamp(), withdrawn_by = p_by
   where id in (select x.id from sealdesk.share x where x.sealed is not null and p_person in (x.from_person, x.to_person) for update skip locked);
$$;
comment on function sealdesk.end_shares(uuid, text) is 'Withdraws what was shared by and with a person whose keys go: it opens for nobody and is vouched for by nobody any more.';

-- A share that is somebody else's is answered like one that is not there.
create or replace function sealdesk.judge_share(p_share uuid, p_person uuid) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when exists (
    select from sealdesk.share x
      join sealdesk.record r on r.id = x.record and r.deleted_at is null
      join sealdesk.class c on c.code = x.class and c.share_allowed
      -- Its field may be in another class by now.
      join sealdesk.field f on f.code = x.field
      join sealdesk.class k on k.code = f.class and k.share_allowed
      join sealdesk.person p on p.id = x.from_person and p.state = 'active'
     where x.id = p_share and x.to_person = p_person and x.sealed is not null and x.withdrawn_at is null and x.until_at > clock_timestamp()
       and sealdesk.may_reveal(x.from_person, x.class) and sealdesk.may_reveal(x.from_person, f.class)
       and sealdesk.may_know(x.from_person, r) and sealdesk.may_know(x.to_person, r) and sealdesk.may_hand_on(x.from_person, r)
  ) then 'ok' else 'SD068' end;
$$;
comment on function sealdesk.judge_share(uuid, uuid) is
  'Whether a share is open for a person: not withdrawn, not expired, its record there and below both clearances, its class still shareable, and its sharer active, still permitted and still its owner or holding share.';

-- A reveal of the same version in the same session comes first, so that a share is no way around reason, fresh code and quota.
create or replace function sealdesk.has_revealed(p_session uuid, p_record uuid, p_field text, p_version bigint) returns boolean language plpgsql stable as $$
declare
  since timestamptz := clock_timestamp() - interval '15 min';
  until timestamptz := clock_timestamp() + interval '5 s';
begin
  return exists (
    select from sealdesk.audit_event e
     where e.session = p_session and e.action = 'reveal' and e.outcome = 'ok' and e.record = p_record and e.field = p_field and e.version = p_version
       and e.at > since and e.at < until and pg_xact_status(e.xid) = 'committed');
end $$;
comment on function sealdesk.has_revealed(uuid, uuid, text, bigint) is
  'Whether the session has revealed this version of a value within the last fifteen minutes, in a transaction that is committed.';

create or replace function sealdesk_api.put_share(p_session bytea, p_share uuid, p_record uuid, p_field text, p_version bigint, p_to text, p_until timestamptz,
  p_reason text, p_reference text, p_sealed bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  c sealdesk.class;
  wanted sealdesk.class;
  recipient uuid;
  current_version bigint;
  may_share boolean;
  result text;
begin
  perform sealdesk.sweep_shares();
  -- Rights before existence, as for a reveal.
  select k.* into wanted from sealdesk.field f join sealdesk.class k on k.code = f.class where f.code = p_field;
  select k.* into c from sealdesk.field f
    left join (sealdesk.field_value v join sealdesk.record r on r.id = v.record and sealdesk.may_know(s.person, r))
      on v.record = p_record and v.field = f.code
    join sealdesk.class k on k.code = coalesce(v.class, f.class)
   where f.code = p_field;
  result := case when c.code is null then 'SD006' else sealdesk.judge_value(s.person, c.code, wanted.code, p_reason, p_reference) end;
  if result = 'ok' then
    select p.id into recipient from sealdesk.person p join sealdesk.person_key k on k.person = p.id
     where p.login = p_to and p.state = 'active' and p.id <> s.person;
    select v.version, sealdesk.may_hand_on(s.person, r) into current_version, may_share from sealdesk.field_value v
      join sealdesk.record r on r.id = v.record and r.deleted_at is null and sealdesk.may_know(s.person, r)
     where v.record = p_record and v.field = p_field;
    result := case
      when not (c.share_allowed and wanted.share_allowed) then 'SD065'
      when current_version is null then 'SD006'
      when not may_share then 'SD097'
      when recipient is null then 'SD067'
      when sealdesk.is_hidden(recipient, p_record) then 'SD063'
      -- A minute of room for a client's clock.
      when p_share is null or p_until is null
        or p_until not between clock_timestamp() + interval '4 min' and clock_timestamp() + interval '30 days 1 min'
        or p_sealed is null or octet_length(p_sealed) not between 1152 and 70000
        or p_signature is null or octet_length(p_signature) <> 64 then 'SD011'
      when not sealdesk.has_revealed(s.session, p_record, p_field, p_version) then 'SD066'
      when p_version <> current_version then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.share (id, record, field, class, version, from_person, to_person, sealed, signature, reason, until_at)
    values (p_share, p_record, p_field, c.code, p_version, s.person, recipient, p_sealed, p_signature, p_reason, p_until)
    on conflict do nothing;
    if not found then
      result := 'SD069';
    end if;
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'share', result, p_record, left(p_field, 60), c.code, case when result = 'ok' then p_version end,
    left(p_reason, 60), case when p_reference ~ '^[A-Za-z0-9._/#-]{1,40}$' then p_reference end,
    json_build_object('share', p_share, 'to', left(p_to, 60), 'until', p_until)::text, null);
  return result;
end $$;
comment on function sealdesk_api.put_share(bytea, uuid, uuid, text, bigint, text, timestamptz, text, text, bytea, bytea) is
  'Shares a value of one''s own record, or with the capability share of any, that this session has just revealed, with another active person, for five minutes to thirty days.';

create or replace function sealdesk_api.share_directory(p_session bytea, p_login text)
returns table (kind text, name text, generation integer, hpke_public bytea, ed25519_public bytea, signer text, signature bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  return query
  select d.kind, d.name, d.generation, d.hpke_public, d.ed25519_public, d.signer, d.signature
    from sealdesk.directory_entry d join sealdesk.person p on p.login = d.name and p.state = 'active'
   where d.kind <> 'role' and d.name = p_login
   order by d.kind, d.generation;
end $$;
comment on function sealdesk_api.share_directory(bytea, text) is 'What the signed directory says of one active person, to seal to them and to check what they signed. No secret.';

create or replace function sealdesk_api.list_shares(p_session bytea)
returns table (id uuid, record uuid, number bigint, field text, class text, version bigint, field_version bigint, from_login text, to_login text, reason text,
  created_at timestamptz, until_at timestamptz, withdrawn_at timestamptz, withdrawn_by text, is_open boolean, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
  everybody boolean := sealdesk.has_capability(s.person, 'manage_people');
begin
  perform sealdesk.sweep_shares();
  return query
  select x.id, x.record, r.number, x.field, x.class, x.version, v.version, f.login, t.login, x.reason, x.created_at, x.until_at, x.withdrawn_at, x.withdrawn_by,
         sealdesk.judge_share(x.id, x.to_person) = 'ok', k.prefix
    from sealdesk.share x
    join sealdesk.record r on r.id = x.record and sealdesk.may_know(s.person, r)
    join sealdesk.record_kind k on k.code = r.kind
    join sealdesk.person f on f.id = x.from_person
    join sealdesk.person t on t.id = x.to_person
    left join sealdesk.field_value v on v.record = x.record and v.field = x.field
   where (s.person in (x.from_person, x.to_person) or (everybody and x.sealed is not null))
     and x.until_at > clock_timestamp() - interval '30 days'
   order by x.created_at desc
   limit 500;
end $$;
comment on function sealdesk_api.list_shares(bytea) is
  'What the caller shares and what is shared with them, newest first, nothing of it sealed; what is open between others too for who manages people. A record is named by its number only.';

create or replace function sealdesk_api.request_shared(p_session bytea, p_ticket uuid, p_share uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  x sealdesk.share;
  result text;
begin
  select y.* into x from sealdesk.share y where y.id = p_share and y.to_person = s.person;
  result := sealdesk.judge_share(p_share, s.person);
  if x.id is not null and sealdesk.is_frozen(x.class) then
    result := 'SD141';
  elsif result = 'ok' and not (sealdesk.has_fresh_code(s.session, x.class)
      and sealdesk.has_fresh_code(s.session, (select f.class from sealdesk.field f where f.code = x.field))) then
    result := 'SD023';
  elsif result = 'ok' and exists (select from sealdesk.person_right r where r.person = s.person and r.class = x.class and r.may_reveal) then
    result := sealdesk.count_quota(s.person, x.class);
  end if;
  perform sealdesk.append(s.session, s.login, 'shared_reveal', result, x.record, x.field, x.class, x.version, null, null,
    json_build_object('share', p_share)::text, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_shared(bytea, uuid, uuid) is
  'Asks for a value that was shared with the caller. No right on its class is needed; who has one spends quota as for any reveal.';

create or replace function sealdesk_api.collect_shared(p_session bytea, p_ticket uuid, out id uuid, out record uuid, out number bigint, out field text, out class text,
  out version bigint, out field_version bigint, out from_login text, out until_at timestamptz, out sealed bytea, out signature bytea, out prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['shared_reveal'], interval '60 s', target);
begin
  -- The request's own event says which share was asked for.
  select (e.details::json ->> 'share')::uuid into id
    from sealdesk.audit_event e
   where e.session = s.session and e.at = t.at and e.ticket = p_ticket and e.action = 'shared_reveal';
  if sealdesk.is_frozen(t.class) then
    perform sealdesk.fail_denied(t.class);
  elsif sealdesk.judge_share(id, s.person) <> 'ok' then
    perform sealdesk.fail('SD068', 'the share has ended', 'Ask whoever shared it.');
  end if;
  select x.record, r.number, x.field, x.class, x.version, v.version, p.login, x.until_at, x.sealed, x.signature, k.prefix
    into record, number, field, class, version, field_version, from_login, until_at, sealed, signature, prefix
    from sealdesk.share x
    join sealdesk.record r on r.id = x.record
    join sealdesk.record_kind k on k.code = r.kind
    join sealdesk.person p on p.id = x.from_person
    left join sealdesk.field_value v on v.record = x.record and v.field = x.field
   where x.id = collect_shared.id;
end $$;
comment on function sealdesk_api.collect_shared(bytea, uuid) is 'The shared value as it was sealed to the caller, and what the sharer signed.';

create or replace function sealdesk_api.withdraw_share(p_session bytea, p_share uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  x sealdesk.share;
  recipient text;
begin
  update sealdesk.share y set sealed = null, withdrawn_at = clock_timestamp(), withdrawn_by = s.login
   where y.id = p_share and y.withdrawn_at is null and y.until_at > clock_timestamp()
     and (y.from_person = s.person or sealdesk.has_capability(s.person, 'manage_people'))
  returning y.* into x;
  select p.login into recipient from sealdesk.person p where p.id = x.to_person;
  perform sealdesk.announce_policy();
  perform sealdesk.append(s.session, s.login, 'share_withdraw', case when x.id is null then 'SD068' else 'ok' end, x.record, x.field, x.class, x.version, null, null,
    json_strip_nulls(json_build_object('share', p_share, 'to', recipient))::text, null);
  return case when x.id is null then 'SD068' else 'ok' end;
end $$;
comment on function sealdesk_api.withdraw_share(bytea, uuid) is
  'Ends a share and deletes what it sealed: the sharer''s own, or anybody''s for who manages people.';
