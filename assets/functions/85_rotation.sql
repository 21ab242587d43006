-- Rotation: new keys for a class or a role, and sealing again what lies under old ones. Keys are made and wrapped by an officer's client; here it is
-- judged that neither more nor fewer get them than the rights say.

create or replace function sealdesk.keys_changed() returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.installation set key_generation = key_generation + 1;
$$;
comment on function sealdesk.keys_changed() is 'From now on every session is asked to fetch its keys again.';

create or replace function sealdesk_api.list_wraps_of(p_session bytea, p_kind text, p_name text)
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
    from sealdesk.wrapped_key w
   where case p_kind
           when 'class' then w.recipient_kind = 'role' and w.content in ('value', 'mask', 'index') and w.subject = p_name
           when 'role' then (w.recipient_kind = 'role' and w.recipient = p_name) or (w.content = 'role_key' and w.subject = p_name)
         end;
end $$;
comment on function sealdesk_api.list_wraps_of(bytea, text, text) is
  'For rotation: a class''s keys as wrapped to roles, or all that is wrapped to a role and the role''s own key as wrapped to its members.';

create or replace function sealdesk.key_holders(p_class text) returns table (role text, generation integer, content text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.role, max(d.generation), k.content
    from sealdesk.role_right r
    join sealdesk.directory_entry d on d.kind = 'role' and d.name = r.role
    join (values ('value'), ('mask'), ('index')) k (content) on sealdesk.needs_key(k.content, r.may_search, r.may_masked, r.may_reveal, r.may_edit)
   where r.class = p_class
   group by r.role, k.content;
$$;
comment on function sealdesk.key_holders(text) is 'The roles whose rights need a key of the class, at their newest generation, and which key.';

create or replace function sealdesk_api.rotate_class(p_session bytea, p_class text, p_epoch integer, p_roles text[], p_generations integer[], p_contents text[],
  p_sealed bytea[], p_signatures bytea[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  current integer;
begin
  if result = 'ok' then
    select c.epoch into current from sealdesk.class c where c.code = p_class for no key update;
    result := case
      when current is null then 'SD011'
      when current + 1 is distinct from p_epoch then 'SD007'
      when cardinality(p_roles) > 1000 or cardinality(p_roles) <> cardinality(p_generations) or cardinality(p_roles) <> cardinality(p_contents)
        or cardinality(p_roles) <> cardinality(p_sealed) or cardinality(p_roles) <> cardinality(p_signatures)
        or exists (select from unnest(p_sealed) x where x is null or octet_length(x) > 4096) then 'SD011'
      -- Exactly whom the rights name, each at the role's newest generation.
      when exists (
        (select * from sealdesk.key_holders(p_class) except all select * from unnest(p_roles, p_generations, p_contents))
        union all
        (select * from unnest(p_roles, p_generations, p_contents) except all select * from sealdesk.key_holders(p_class))) then 'SD031'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.wrapped_key
    select 'role', x.role, x.generation, x.content, p_class, p_epoch, x.sealed, m.login, x.signature
      from unnest(p_roles, p_generations, p_contents, p_sealed, p_signatures) x (role, generation, content, sealed, signature);
    update sealdesk.class set epoch = p_epoch, rotated_at = clock_timestamp() where code = p_class;
    perform sealdesk.keys_changed();
  end if;
  perform sealdesk.append(m.session, m.login, 'class_rotate', result, null, null, left(p_class, 60), p_epoch, null, null, null, null);
  return result;
end $$;
comment on function sealdesk_api.rotate_class(bytea, text, integer, text[], integer[], text[], bytea[], bytea[]) is
  'Stores a class''s keys of the next epoch. SD007 when somebody else rotated meanwhile, SD031 when the wraps are not exactly what the rights ask for.';

create or replace function sealdesk_api.rotate_role(p_session bytea, p_role text, p_generation integer, p_hpke_public bytea, p_signature bytea,
  p_kinds text[], p_recipients text[], p_generations integer[], p_contents text[], p_subjects text[], p_subject_generations integer[],
  p_sealed bytea[], p_signatures bytea[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  current integer;
begin
  if result = 'ok' then
    perform from sealdesk.application_role a where a.code = p_role for no key update;
    select max(d.generation) into current from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_role;
    result := case
      when current is null or octet_length(p_hpke_public) is distinct from 1216 or p_signature is null then 'SD011'
      when current + 1 is distinct from p_generation then 'SD007'
      when cardinality(p_kinds) > 10000 or cardinality(p_kinds) <> any (array[cardinality(p_recipients), cardinality(p_generations), cardinality(p_contents),
        cardinality(p_subjects), cardinality(p_subject_generations), cardinality(p_sealed), cardinality(p_signatures)])
        or exists (select from unnest(p_sealed) x where x is null or octet_length(x) > 4096) then 'SD011'
      -- The role's key goes to members, to the officers' role and to the roles that may have it for a time, to nobody else.
      when exists (
        select from unnest(p_kinds, p_recipients, p_contents, p_subjects, p_subject_generations) w (kind, recipient, content, subject, subject_generation)
         where w.content = 'role_key' and w.subject = p_role and w.subject_generation = p_generation
           and not (w.kind = 'role' and w.recipient = 'security_officer' and p_role <> 'security_officer')
           and not (w.kind = 'role' and exists (select from sealdesk.eligibility e where e.role = w.recipient and e.target = p_role))
           and not (w.kind = 'person' and exists (
             select from sealdesk.membership x join sealdesk.person p on p.id = x.person where p.login = w.recipient and x.role = p_role and p.state = 'active')))
        -- All that was wrapped to the role is wrapped to it again, and nothing else.
        or exists (
          (select w.content, w.subject, w.subject_generation from sealdesk.wrapped_key w
            where w.recipient_kind = 'role' and w.recipient = p_role and w.recipient_generation = current
           except all
           select w.content, w.subject, w.subject_generation
             from unnest(p_kinds, p_recipients, p_generations, p_contents, p_subjects, p_subject_generations) w (kind, recipient, generation, content, subject, subject_generation)
            where w.kind = 'role' and w.recipient = p_role and w.generation = p_generation)
          union all
          (select w.content, w.subject, w.subject_generation
             from unnest(p_kinds, p_recipients, p_generations, p_contents, p_subjects, p_subject_generations) w (kind, recipient, generation, content, subject, subject_generation)
            where not (w.content = 'role_key' and w.subject = p_role and w.subject_generation = p_generation)
           except all
           select w.content, w.subject, w.subject_generation from sealdesk.wrapped_key w
            where w.recipient_kind = 'role' and w.recipient = p_role and w.recipient_generation = current)) then 'SD031'
      else 'ok' end;
  end if;
  if result = 'ok' then
    delete from sealdesk.wrapped_key w
     where (w.recipient_kind = 'role' and w.recipient = p_role) or (w.content = 'role_key' and w.subject = p_role);
    insert into sealdesk.directory_entry values ('role', p_role, p_generation, p_hpke_public, '', m.login, p_signature);
    update sealdesk.application_role a set rotated_at = clock_timestamp() where a.code = p_role;
    insert into sealdesk.wrapped_key
    select w.kind, w.recipient, w.generation, w.content, w.subject, w.subject_generation, w.sealed, m.login, w.signature
      from unnest(p_kinds, p_recipients, p_generations, p_contents, p_subjects, p_subject_generations, p_sealed, p_signatures)
        w (kind, recipient, generation, content, subject, subject_generation, sealed, signature);
    perform sealdesk.keys_changed();
  end if;
  perform sealdesk.append(m.session, m.login, 'role_rotate', result, null, null, null, p_generation, null, null,
    json_build_object('role', left(p_role, 60))::text, null);
  return result;
end $$;
comment on function sealdesk_api.rotate_role(bytea, text, integer, bytea, bytea, text[], text[], integer[], text[], text[], integer[], bytea[], bytea[]) is
  'Gives a role a new key pair; what was wrapped to the old one is wrapped to the new one and the old wraps are gone. Codes as rotate_class.';

-- Records that hold something under an older epoch of a class, or of any, from a cursor on. Window by window along the records: one statement over all
-- of them reads every value anew for each batch. Where a window holds too little the next one is wider.
drop function if exists sealdesk.outdated_records(text, integer, uuid, bigint);
create or replace function sealdesk.outdated_records(p_class text, p_after uuid, p_limit bigint) returns setof uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  low uuid := p_after;
  high uuid;
  wide bigint := greatest(p_limit, 25);
  found bigint;
  missing bigint := p_limit;
  summaries integer;
  notes integer;
begin
  select min(c.epoch) filter (where c.code = 'basic'), min(c.epoch) filter (where c.code = 'notes') into summaries, notes
    from sealdesk.class c where p_class is null or c.code = p_class;
  loop
    select w.id into high from (select r.id from sealdesk.record r where r.id > low order by r.id limit wide) w order by w.id desc limit 1;
    exit when high is null;
    return query
    select x.id from (
      select v.record as id from sealdesk.field_value v join sealdesk.class c on c.code = v.class
       where v.record > low and v.record <= high and v.epoch < c.epoch and (p_class is null or v.class = p_class)
      union
      select h.record from sealdesk.value_history h join sealdesk.class c on c.code = h.class
       where h.record > low and h.record <= high and sealdesk.epoch_of(h.value) < c.epoch and (p_class is null or h.class = p_class)
      union
      select n.record from sealdesk.note n where n.record > low and n.record <= high and sealdesk.epoch_of(n.value) < notes
      union
      select r.id from sealdesk.record r where r.id > low and r.id <= high and sealdesk.epoch_of(r.summary) < summaries) x
     order by x.id limit missing;
    get diagnostics found = row_count;
    missing := missing - found;
    exit when missing <= 0;
    low := high;
    wide := least(2 * wide, 4000);
  end loop;
end $$;
comment on function sealdesk.outdated_records(text, uuid, bigint) is 'What is left to be sealed again of a class, or of all for null, in the order of record ids.';

create or replace function sealdesk_api.request_reencrypt(p_session bytea, p_ticket uuid, p_class text, p_after uuid, p_records integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' and (p_after is null or p_records not between 1 and 200 or p_records is null
      or p_class is not null and not exists (select from sealdesk.class where code = p_class)) then
    result := 'SD011';
  -- A pass over all classes would read what is frozen as well.
  elsif result = 'ok' and (sealdesk.is_frozen(p_class) or p_class is null and exists (select from sealdesk.frozen f where f.kind in ('class', 'all'))) then
    result := 'SD141';
  end if;
  perform sealdesk.append(m.session, m.login, 'reencrypt', result, p_after, null, left(p_class, 60), p_records, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_reencrypt(bytea, uuid, text, uuid, integer) is
  'Asks for what lies under older epochs of a class, or of all for null, in the next records after one.';

drop function if exists sealdesk_api.collect_reencrypt(bytea, uuid);
create function sealdesk_api.collect_reencrypt(p_session bytea, p_ticket uuid)
returns table (kind text, record uuid, number bigint, class text, item text, version bigint, value bytea, masked bytea, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['reencrypt'], interval '60 s', target);
  chosen uuid[];
begin
  if not sealdesk.has_capability(s.person, 'manage_people') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  if sealdesk.is_frozen(t.class) or t.class is null and exists (select from sealdesk.frozen f where f.kind in ('class', 'all')) then
    perform sealdesk.fail('SD141', 'this is frozen', 'Whoever froze it says why: sealdesk freeze list.');
  end if;
  chosen := array(select sealdesk.outdated_records(t.class, t.record, t.version));
  return query
  select i.kind, i.record, r.number, i.class, i.item, i.version, i.value, i.masked, k.prefix
    from (select 'value' as kind, v.record, v.class, v.field as item, v.version, v.value, v.masked
            from sealdesk.field_value v join sealdesk.class c on c.code = v.class
           where v.record = any (chosen) and v.epoch < c.epoch and (t.class is null or v.class = t.class)
          union all
          select 'history', h.record, h.class, h.field, h.version, h.value, h.masked
            from sealdesk.value_history h join sealdesk.class c on c.code = h.class
           where h.record = any (chosen) and sealdesk.epoch_of(h.value) < c.epoch and (t.class is null or h.class = t.class)
          union all
          select 'note', n.record, 'notes', n.id::text, 0, n.value, null
            from sealdesk.note n join sealdesk.class c on c.code = 'notes'
           where n.record = any (chosen) and sealdesk.epoch_of(n.value) < c.epoch and coalesce(t.class, 'notes') = 'notes'
          union all
          select 'summary', o.id, 'basic', '', o.version, o.summary, null
            from sealdesk.record o join sealdesk.class c on c.code = 'basic'
           where o.id = any (chosen) and sealdesk.epoch_of(o.summary) < c.epoch and coalesce(t.class, 'basic') = 'basic') i
    join sealdesk.record r on r.id = i.record
    join sealdesk.record_kind k on k.code = r.kind
   order by i.record;
end $$;
comment on function sealdesk_api.collect_reencrypt(bytea, uuid) is 'Values, earlier values, notes and list rows under older epochs, still sealed.';

-- What is not on disk when the server stops is sealed again by the next run, so a batch need not wait for the disk; its keys are withdrawn by
-- a later transaction (retire_epochs), whose commit carries this one to the disk with it.
drop function if exists sealdesk_api.put_reencrypt(bytea, text, text[], uuid[], text[], bigint[], bytea[], bytea[], uuid[], text[], bigint[]);
create or replace function sealdesk_api.put_reencrypt(p_session bytea, p_class text, p_kinds text[], p_classes text[], p_records uuid[], p_items text[],
  p_versions bigint[], p_values bytea[], p_masks bytea[], p_tokens text[], out outcome text, out changed bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  ids uuid[];
  n bigint;
begin
  outcome := m.outcome;
  changed := 0;
  if outcome = 'ok' and (p_kinds is null or cardinality(p_kinds) > 20000
      or exists (select from unnest(array[cardinality(p_classes), cardinality(p_records), cardinality(p_items), cardinality(p_versions), cardinality(p_values),
                                          cardinality(p_masks), cardinality(p_tokens)]) x where x is distinct from cardinality(p_kinds))
      or exists (select from unnest(p_values, p_masks, p_tokens) x (value, mask, tokens)
                  where not coalesce(octet_length(x.value) between 44 and 70000 and translate(x.tokens, '-,0123456789', '') = '{}', false) or octet_length(x.mask) not between 44 and 70000)
      or p_class is not null and not exists (select from sealdesk.class c where c.code = p_class)
      or exists (select from unnest(p_classes) x where x is null or x <> p_class)) then
    outcome := 'SD011';
  elsif outcome = 'ok' and exists (
      select from unnest(p_classes, p_values, p_masks) x (class, value, mask) left join sealdesk.class c on c.code = x.class
       where sealdesk.epoch_of(x.value) is distinct from c.epoch or (x.mask is not null and sealdesk.epoch_of(x.mask) is distinct from c.epoch)) then
    outcome := 'SD030';
  end if;
  if outcome = 'ok' then
    perform set_config('synchronous_commit', 'off', true);
    -- Records before their values, as a save does.
    perform sealdesk.hold_records(p_records, false);
    select array_agg(x.id) into ids
      from (select r.id from sealdesk.record r where r.id in (select distinct u from unnest(p_records) u) order by r.id for no key update) x;
    -- Only what still is what was read, and still under an older epoch; anything else somebody has written since.
    update sealdesk.field_value v
       set value = x.value, masked = x.mask, epoch = c.epoch, tokens = x.tokens::bigint[]
      from unnest(p_kinds, p_classes, p_records, p_items, p_versions, p_values, p_masks, p_tokens) x (kind, class, record, item, version, value, mask, tokens)
      join sealdesk.class c on c.code = x.class
     where x.kind = 'value' and v.record = x.record and v.field = x.item and v.version = x.version and v.class = x.class and v.epoch < c.epoch
       and (v.masked is null) = (x.mask is null);
    get diagnostics changed = row_count;
    if 'history' = any (p_kinds) then
      update sealdesk.value_history h
         set value = x.value, masked = x.mask
        from unnest(p_kinds, p_classes, p_records, p_items, p_versions, p_values, p_masks) x (kind, class, record, item, version, value, mask)
        join sealdesk.class c on c.code = x.class
       where x.kind = 'history' and h.record = x.record and h.field = x.item and h.version = x.version and h.class = x.class
         and sealdesk.epoch_of(h.value) < c.epoch and (h.masked is null) = (x.mask is null);
      get diagnostics n = row_count;
      changed := changed + n;
    end if;
    if 'note' = any (p_kinds) then
      update sealdesk.note o
         set value = x.value
        from unnest(p_kinds, p_classes, p_records, p_items, p_values) x (kind, class, record, item, value)
        join sealdesk.class c on c.code = x.class
       where x.kind = 'note' and x.class = 'notes' and o.id = x.item::uuid and o.record = x.record and sealdesk.epoch_of(o.value) < c.epoch;
      get diagnostics n = row_count;
      changed := changed + n;
    end if;
    -- A record's row once, with its index entries: its list row and the tokens that its values have now.
    if 'value' = any (p_kinds) or 'summary' = any (p_kinds) then
      with done as (
        update sealdesk.record r
           set summary = case when x.version = r.version and sealdesk.epoch_of(r.summary) < c.epoch then x.value else r.summary end, tokens = t.tokens
          from unnest(ids) i (id)
          cross join lateral (select coalesce(array_agg(distinct k), '{}') as tokens from sealdesk.field_value v, unnest(v.tokens) k where v.record = i.id) t
          left join (select u.record, u.version, u.value
                       from unnest(p_kinds, p_classes, p_records, p_versions, p_values) u (kind, class, record, version, value)
                      where u.kind = 'summary' and u.class = 'basic') x on x.record = i.id
          join sealdesk.class c on c.code = 'basic'
         where r.id = i.id and (r.tokens <> t.tokens or x.version = r.version and sealdesk.epoch_of(r.summary) < c.epoch)
        returning r.summary = x.value as has_row)
      select count(*) into n from done where has_row;
      changed := changed + n;
    end if;
  end if;
  perform sealdesk.append(m.session, m.login, 'reencrypt_put', outcome, null, null, left(p_class, 60), (select c.epoch from sealdesk.class c where c.code = p_class), null, null,
    json_build_object('changed', changed, 'records', array(select distinct x from unnest(p_records) x limit 200))::text, null);
end $$;
comment on function sealdesk_api.put_reencrypt(bytea, text, text[], text[], uuid[], text[], bigint[], bytea[], bytea[], text[]) is
  'Stores values sealed again under the epochs of their classes; tokens as arrays in text. Versions, times and who changed them stay.';

create or replace function sealdesk_api.retire_epochs(p_session bytea, p_class text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  e integer;
begin
  if result = 'ok' then
    select c.epoch into e from sealdesk.class c where c.code = p_class for no key update;
  end if;
  if result = 'ok' and e is null then
    result := 'SD011';
  elsif result = 'ok' and exists (select from sealdesk.outdated_records(p_class, '00000000-0000-0000-0000-000000000000', 1)) then
    result := 'SD007';
  end if;
  if result = 'ok' then
    delete from sealdesk.wrapped_key w where w.content in ('value', 'mask', 'index') and w.subject = p_class and w.subject_generation < e;
    if found then
      perform sealdesk.keys_changed();
    end if;
  end if;
  perform sealdesk.append(m.session, m.login, 'class_retire', result, null, null, left(p_class, 60), e, null, null, null, null);
  return result;
end $$;
comment on function sealdesk_api.retire_epochs(bytea, text) is 'Withdraws a class''s keys of older epochs when nothing is sealed under them; SD007 while something is.';

create or replace function sealdesk_api.list_epochs(p_session bytea)
returns table (class text, epoch integer, is_current boolean, sealed bigint, wraps bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'audit_all')) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  with found as (
    select v.class, v.epoch, count(*) as n from sealdesk.field_value v group by 1, 2
    union all select h.class, sealdesk.epoch_of(h.value), count(*) from sealdesk.value_history h group by 1, 2
    union all select 'notes', sealdesk.epoch_of(n.value), count(*) from sealdesk.note n group by 2
    union all select 'basic', sealdesk.epoch_of(r.summary), count(*) from sealdesk.record r where r.purged_at is null group by 2),
  wrapped as (
    select w.subject as class, w.subject_generation as epoch, count(*) as n from sealdesk.wrapped_key w where w.content in ('value', 'mask', 'index') group by 1, 2)
  select c.code, x.epoch, x.epoch = c.epoch, coalesce((select sum(f.n) from found f where f.class = c.code and f.epoch = x.epoch), 0)::bigint,
         coalesce((select w.n from wrapped w where w.class = c.code and w.epoch = x.epoch), 0)
    from sealdesk.class c
    join (select f.class, f.epoch from found f union select w.class, w.epoch from wrapped w union select k.code, k.epoch from sealdesk.class k) x on x.class = c.code
   order by c.position, x.epoch;
end $$;
comment on function sealdesk_api.list_epochs(bytea) is 'Each class''s epochs: how much is sealed under each, and how many wraps of its keys there are.';

create or replace function sealdesk_api.put_rotation_schedule(p_session bytea, p_kind text, p_name text, p_days integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    result := case
      when p_days not between 1 and 3650 then 'SD085'
      when p_kind = 'class' and exists (select from sealdesk.class c where c.code = p_name) then 'ok'
      when p_kind = 'role' and exists (select from sealdesk.application_role a where a.code = p_name) then 'ok'
      else 'SD011' end;
  end if;
  if result = 'ok' then
    update sealdesk.class c set rotate_every_days = p_days where p_kind = 'class' and c.code = p_name;
    update sealdesk.application_role a set rotate_every_days = p_days where p_kind = 'role' and a.code = p_name;
  end if;
  perform sealdesk.append_act(m.session, m.login, 'rotation_schedule', result,
    json_strip_nulls(json_build_object('kind', left(p_kind, 10), 'name', left(p_name, 60), 'days', p_days))::text);
  return result;
end $$;
comment on function sealdesk_api.put_rotation_schedule(bytea, text, text, integer) is 'How old the keys of a class or role may become, in days; null for no limit.';

create or replace function sealdesk.rotation_schedule()
returns table (kind text, name text, rotated_at timestamptz, every_days integer, overdue boolean)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select x.kind, x.name, x.rotated_at, x.days, coalesce(x.rotated_at + x.days * interval '1 day' <= clock_timestamp(), false)
    from (select 'class' as kind, c.code as name, c.rotated_at, c.rotate_every_days as days, c.position from sealdesk.class c
          union all select 'role', a.code, a.rotated_at, a.rotate_every_days, 0 from sealdesk.application_role a) x
   order by x.kind, x.position, x.name;
$$;
comment on function sealdesk.rotation_schedule() is 'When the keys of each class and role were made, how old they may become, and whether they are older.';

create or replace function sealdesk_api.list_rotation_schedule(p_session bytea)
returns table (kind text, name text, rotated_at timestamptz, every_days integer, overdue boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.require_overview(p_session);
begin
  return query select r.kind, r.name, r.rotated_at, r.every_days, r.overdue from sealdesk.rotation_schedule() r;
end $$;
comment on function sealdesk_api.list_rotation_schedule(bytea) is 'The schedule of rotations, for who manages people or reads the whole audit.';
