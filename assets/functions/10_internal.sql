-- Helpers of the API. They carry no grant: only functions of the same owner can call them.

-- An event finds its place without them too, in the default partition, so that nothing fails when nobody has come by for fourteen months. Each begins where the
-- one before ends, in whatever time zone that was made.
drop function if exists sealdesk.ensure_partitions();
create function sealdesk.ensure_partitions() returns integer language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '500ms' as $$
declare
  month timestamp := date_trunc('month', now() at time zone 'UTC');
  begins timestamptz;
  shift interval;
  part regclass;
  made integer := 0;
begin
  for i in 0..14 loop
    if to_regclass('sealdesk.audit_event_' || to_char(month, 'YYYYMM')) is null then
      select substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(].([^()]*).[)]$')::timestamptz into begins
        from pg_class c where c.oid = to_regclass('sealdesk.audit_event_' || to_char(month - interval '1 month', 'YYYYMM'));
      shift := coalesce(begins - month::timestamptz, interval '0');
      begin
        execute format('create table sealdesk.%I partition of sealdesk.audit_event for values from (%L) to (%L)',
          'audit_event_' || to_char(month, 'YYYYMM'), month::timestamptz + shift, (month + interval '1 month')::timestamptz + shift);
        made := made + 1;
      exception
        -- Events of that month are in the default partition already, and stay there.
        when check_violation then null;
        -- Somebody keeps the table: there are months for it yet.
        when lock_not_available then return made;
      end;
    end if;
    month := month + interval '1 month';
  end loop;
  -- The parent's trigger does not see one partition being emptied.
  for part in
    select i.inhrelid::regclass from pg_inherits i
     where i.inhparent = 'sealdesk.audit_event'::regclass
       and not exists (select from pg_trigger t where t.tgrelid = i.inhrelid and t.tgname = 'no_truncate')
  loop
    begin
      execute format('create trigger no_truncate before truncate on %s for each statement execute function sealdesk.refuse_change()', part);
    exception when lock_not_available then null;
    end;
  end loop;
  return made;
end $$;
comment on function sealdesk.ensure_partitions() is 'Makes the audit''s monthly partitions 14 months ahead, and answers how many. Called by migrate and by the watch.';

-- Whatever changes what a person may waits for this, one change after the other. A person who is about to lose something cannot keep it by a
-- transaction left open: what holds these rows for half a second, and with p_end everything they have begun and not committed, is ended.
create or replace function sealdesk.hold_person(p_person uuid, p_end boolean default false) returns void language plpgsql set lock_timeout = '500ms' as $$
declare
  who text;
begin
  select p.login into who from sealdesk.person p where p.id = p_person;
  if p_end then
    perform sealdesk_lifecycle.end_transactions(who);
  end if;
  for attempt in 1..20 loop
    begin
      perform from sealdesk.person p where p.id = p_person for no key update;
      perform from sealdesk.session s where s.person = p_person and s.closed_at is null order by s.id for no key update;
      perform from sealdesk.elevation e where e.person = p_person and e.ended_at is null order by e.number for no key update;
      perform from sealdesk.second_factor f where f.person = p_person for update;
      return;
    exception when lock_not_available then
      perform sealdesk_lifecycle.end_transactions(who);
    end;
  end loop;
end $$;
comment on function sealdesk.hold_person(uuid, boolean) is
  'Locks what is kept of a person and their sessions until the transaction ends, and ends transactions of theirs that stand in the way. Nothing for null.';

create or replace function sealdesk.holders(p_table regclass, p_modes text[]) returns text[] language sql volatile set search_path = pg_catalog, pg_temp as $$
  select array(select distinct l.virtualtransaction from pg_locks l
                where l.relation = p_table and l.database = (select d.oid from pg_database d where d.datname = current_database())
                  and l.mode = any (p_modes) and l.granted and l.pid <> pg_backend_pid());
$$;
comment on function sealdesk.holders(regclass, text[]) is 'The transactions that keep a table in one of these modes.';

-- For what an officer does to records: labelling, holding, sealing again. Whoever writes is done in milliseconds; a transaction that has written and still
-- stands in the way half a second later is left open, and is ended.
create or replace function sealdesk.hold_records(p_records uuid[], p_whole boolean default true) returns void language plpgsql set lock_timeout = '500ms' as $$
declare
  modes constant text[] := array['RowShareLock', 'RowExclusiveLock'];
  seen text[];
begin
  for attempt in 1..20 loop
    seen := sealdesk.holders('sealdesk.record'::regclass, modes);
    begin
      if p_whole then
        perform from sealdesk.record r where r.id = any (p_records) order by r.id for update;
      else
        perform from sealdesk.record r where r.id = any (p_records) order by r.id for no key update;
      end if;
      return;
    exception when lock_not_available then
      perform sealdesk_lifecycle.end_holders('sealdesk.record'::regclass, modes, seen);
    end;
  end loop;
end $$;
comment on function sealdesk.hold_records(uuid[], boolean) is
  'Locks records until the transaction ends, against notes and the like on them too or not, and ends transactions of people that have kept one for half a second.';

-- A role for a time ends a slice where it ends; behind the last end lies what memberships give.
create or replace function sealdesk.derive_rights(p_person uuid) returns void language sql set search_path = pg_catalog, pg_temp as $$
  select sealdesk.hold_person(p_person);
  delete from sealdesk.right_slice where person = p_person;
  with held as (
    select m.role, 'infinity'::timestamptz as until_at from sealdesk.membership m where m.person = p_person
    union all
    select e.role, e.until_at from sealdesk.elevation e where e.person = p_person and e.ended_at is null and e.until_at > clock_timestamp()),
  edge as (select '-infinity'::timestamptz as at union select until_at from held where until_at < 'infinity'),
  slice as (select at as from_at, lead(at, 1, 'infinity') over (order by at) as until_at from edge)
  insert into sealdesk.right_slice (person, class, may_search, may_masked, may_reveal, may_edit, from_at, until_at)
  select p_person, r.class, bool_or(r.may_search), bool_or(r.may_masked), bool_or(r.may_reveal), bool_or(r.may_edit), s.from_at, s.until_at
    from slice s
    join held h on h.until_at >= s.until_at
    join sealdesk.role_right r on r.role = h.role
   group by r.class, s.from_at, s.until_at;
$$;
comment on function sealdesk.derive_rights(uuid) is 'Recomputes one person''s rights from their memberships and elevations.';

create or replace function sealdesk.rights_while_frozen(p_person uuid)
returns table (class text, may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean) language plpgsql stable as $$
#variable_conflict use_column
begin
  if exists (select from sealdesk.frozen f where f.person = p_person)
     -- As a slice that one's own transaction has derived: no right before it is committed.
     or exists (select from sealdesk.right_slice s where s.person = p_person and s.xid = pg_current_xact_id_if_assigned()) then
    return;
  end if;
  return query
  select r.class, bool_or(r.may_search), bool_or(r.may_masked),
         bool_or(r.may_reveal) and (r.class = 'basic' or not exists (select from sealdesk.frozen f where f.kind = 'all')), bool_or(r.may_edit)
    from sealdesk.active_role a
    join sealdesk.role_right r on r.role = a.role
   where a.person = p_person
     and not exists (select from sealdesk.frozen f where f.kind = 'class' and f.subject = r.class)
   group by r.class;
end $$;
comment on function sealdesk.rights_while_frozen(uuid) is 'What a person may do with each class by the roles that count, while anything is frozen: roles, classes and people that are, left out.';

create or replace function sealdesk.announce_policy() returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  select pg_notify('sealdesk', 'policy');
$$;
comment on function sealdesk.announce_policy() is 'Open desks ask where their person stands: what they may, and what waits for them.';

create or replace function sealdesk.catalogue_changed() returns void language sql volatile set search_path = pg_catalog, pg_temp as $$
  update sealdesk.installation set catalogue_version = catalogue_version + 1;
  select sealdesk.announce_policy();
$$;
comment on function sealdesk.catalogue_changed() is 'Open desks read classes, fields, reasons, roles and their own rights again.';

create or replace function sealdesk.fail(p_code text, p_message text, p_hint text) returns void language plpgsql as $$
begin
  -- The server log survives a rollback.
  raise log 'sealdesk % for %: %', p_code, quote_ident(session_user), p_message;
  raise exception '%', p_message using errcode = p_code, hint = p_hint;
end $$;
comment on function sealdesk.fail(text, text, text) is 'Raises a coded error, and leaves a line in the server''s log.';

create or replace function sealdesk.require_read_committed() returns void language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform sealdesk.fail('SD009', 'this needs READ COMMITTED', 'An older snapshot would judge by yesterday''s rights.');
  end if;
end $$;
comment on function sealdesk.require_read_committed() is 'Refuses other isolation levels.';

-- Never by a slice: an array may begin at any subscript, and a slice that begins at 1 would find nothing in it.
create or replace function sealdesk.named(p_names text[]) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  select array(select left(x, 60) from unnest(p_names) with ordinality u (x, n) order by n limit 200);
$$;
comment on function sealdesk.named(text[]) is 'Names as an event keeps them: the first 200, 60 characters each.';

-- What one person stores, everybody else's program reads: PostgreSQL's times reach beyond every calendar, and its arrays have dimensions and nulls.
create or replace function sealdesk.is_time(p_at timestamptz) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_at between timestamptz '1900-01-01 00:00:00+00' and timestamptz '9000-01-01 00:00:00+00', false);
$$;
comment on function sealdesk.is_time(timestamptz) is 'A moment that every program can name: neither null nor infinite nor beyond the year 9000.';

create or replace function sealdesk.is_list(p_list anyarray) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_ndims(p_list) = 1, true) and not exists (select from unnest(p_list) x where x is null);
$$;
comment on function sealdesk.is_list(anyarray) is 'Whether an array has one dimension and no nulls. True for none.';

-- Appends one event to a session's chain and answers with its sequence number. The canonical encoding is that of crypto/event.rs: what array_send writes
-- behind its header of 20 bytes, for each part its length and its bytes, and the length -1 for a part that is not there.
-- No backslash stands in a literal of a function: the caller's standard_conforming_strings decides what it means.
create or replace function sealdesk.append(
  p_session uuid, p_actor text, p_action text, p_outcome text, p_record uuid, p_field text, p_class text, p_version bigint,
  p_reason text, p_reference text, p_details text, p_ticket uuid, p_page uuid[] default null) returns bigint language plpgsql as $$
declare
  now_at timestamptz := clock_timestamp();
  new_seq bigint;
  new_hash bytea;
  announced timestamptz;
  taken bigint;
begin
  update sealdesk.session_head
     set seq = seq + 1,
         hash = sha256(decode('7365616c6465736b2f6576656e742f7631', 'hex') || hash || substr(array_send(array[
           uuid_send(p_session), int8send(seq + 1), int8send((extract(epoch from now_at) * 1000000)::bigint), convert_to(p_actor, 'UTF8'),
           convert_to(p_action, 'UTF8'), convert_to(p_outcome, 'UTF8'), uuid_send(p_record), convert_to(p_field, 'UTF8'), convert_to(p_class, 'UTF8'),
           int8send(p_version), convert_to(p_reason, 'UTF8'), convert_to(p_reference, 'UTF8'), convert_to(p_details, 'UTF8'), uuid_send(p_ticket)]), 21)),
         last_at = now_at, last_xid = pg_current_xact_id(), last_ticket = p_ticket, last_action = p_action, last_outcome = p_outcome,
         last_record = p_record, last_field = p_field, last_class = p_class, last_version = p_version
   where session = p_session
  returning seq, hash, (select n.at from sealdesk.notify_clock n), (select t.last_value from sealdesk.audit_taken t) into new_seq, new_hash, announced, taken;
  if taken > extract(epoch from now_at) - 3600 then
    perform sealdesk.share_audit();
  end if;
  insert into sealdesk.audit_event
  values (p_session, new_seq, now_at, pg_current_xact_id(), p_actor, p_action, p_outcome, p_record, p_field, p_class, p_version,
    p_reason, p_reference, p_details, p_ticket, new_hash, p_page);
  if announced < now_at - interval '200 ms' then
    perform sealdesk.announce(now_at);
  end if;
  return new_seq;
end $$;
comment on function sealdesk.append(uuid, text, text, text, uuid, text, text, bigint, text, text, text, uuid, uuid[]) is
  'Appends one event to a session''s chain. A page stands beside the event and is not hashed with it: its digest is for the details.';

-- The first id is random: who may read the event but not the page could otherwise find out by trying whether a page held anything.
create or replace function sealdesk.page_digest(p_page uuid[]) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select encode(sha256(decode('7365616c6465736b2f706167652f7631', 'hex') || coalesce((
    select string_agg(uuid_send(x), decode('', 'hex') order by n) from unnest(p_page) with ordinality u (x, n)), decode('', 'hex'))), 'hex');
$$;
comment on function sealdesk.page_digest(uuid[]) is 'SHA-256 of "sealdesk/page/v1" and the ids of a page, in hex. As page_digest in crypto/event.rs.';

-- What an event says of fields is text that somebody may have written past the functions: it is for verification to name.
create or replace function sealdesk.noted_fields(p_details text) returns text[] language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return array(select jsonb_array_elements_text(p_details::jsonb -> 'fields'));
exception when others then
  return '{}';
end $$;
comment on function sealdesk.noted_fields(text) is 'The fields that the details of an opened record name.';

-- Dropping a month takes the audit for itself for milliseconds, and everybody's events wait. A transaction that still has it two seconds later is left open,
-- whatever its client has set for itself, and is ended.
create or replace function sealdesk.share_audit() returns void language plpgsql set lock_timeout = '20ms' as $$
declare
  tables constant regclass[] := array(select 'sealdesk.audit_event'::regclass union all
    select i.inhrelid::regclass from pg_inherits i where i.inhparent = 'sealdesk.audit_event'::regclass);
  modes constant text[] := array['AccessExclusiveLock'];
  seen text[] := '{}';
begin
  for attempt in 1..6 loop
    begin
      lock table sealdesk.audit_event in row exclusive mode;
      return;
    exception when lock_not_available then
      -- Who has it is looked up only where somebody has.
      perform sealdesk_lifecycle.end_holders(t, modes, seen) from unnest(tables) t;
      seen := array(select distinct h from unnest(tables) t, unnest(sealdesk.holders(t, modes)) h);
      perform set_config('lock_timeout', '2s', true);
    end;
  end loop;
end $$;
comment on function sealdesk.share_audit() is 'Keeps the audit from being taken until the transaction ends, and ends a transaction that has kept it from others for two seconds.';

create or replace function sealdesk.append_act(p_session uuid, p_actor text, p_action text, p_outcome text, p_details text default null) returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select sealdesk.append(p_session, p_actor, p_action, p_outcome, null, null, null, null, null, null, p_details, null);
$$;
comment on function sealdesk.append_act(uuid, text, text, text, text) is 'An event that is about no record and no ticket.';

-- The clock is passed over while somebody holds it; whoever holds it for a second, in a transaction left open, does not silence the others.
create or replace function sealdesk.announce(p_at timestamptz) returns void language plpgsql as $$
declare
  before timestamptz;
begin
  select at into before from sealdesk.notify_clock where at < p_at - interval '200 ms' for update skip locked;
  if found then
    update sealdesk.notify_clock set at = p_at;
    perform pg_notify('sealdesk', 'audit');
  elsif exists (select from sealdesk.notify_clock where at < p_at - interval '1 s') then
    perform pg_notify('sealdesk', 'audit');
  end if;
end $$;
comment on function sealdesk.announce(timestamptz) is 'Wakes listening desks, at most five times a second.';

-- Opens a chain: its session row, its head at genesis.
create or replace function sealdesk.start_chain(p_session uuid, p_person uuid, p_login text, p_origin text, p_program text) returns void language plpgsql as $$
begin
  insert into sealdesk.session (id, person, login, origin, program, expires_at, address)
  values (p_session, p_person, p_login, left(p_origin, 200), left(p_program, 80), clock_timestamp() + interval '60 s', inet_client_addr());
  insert into sealdesk.session_head (session, hash)
  select p_session, sha256(decode('7365616c6465736b2f67656e657369732f7631', 'hex') || uuid_send(i.id) || uuid_send(p_session))
    from sealdesk.installation i;
end $$;
comment on function sealdesk.start_chain(uuid, uuid, text, text, text) is 'Opens a session''s chain at its genesis.';

-- The epoch stands in the first four bytes of everything that is sealed. Without a search path of its own, so that it is inlined: a batch asks it
-- thousands of times.
create or replace function sealdesk.epoch_of(p_sealed bytea) returns integer language sql immutable as $$
  select case when octet_length(p_sealed) >= 4 and get_byte(p_sealed, 0) < 128 then
    (get_byte(p_sealed, 0) << 24) | (get_byte(p_sealed, 1) << 16) | (get_byte(p_sealed, 2) << 8) | get_byte(p_sealed, 3) end;
$$;
comment on function sealdesk.epoch_of(bytea) is 'The epoch of the key that something was sealed under, big-endian.';

create or replace function sealdesk.fail_without_session() returns void language plpgsql stable as $$
declare
  why text;
begin
  select json_build_object('by', f.by, 'at', f.at, 'why', f.why)::text into why
    from sealdesk.frozen f join sealdesk.person p on p.id = f.person where p.login = session_user order by f.number limit 1;
  if why is not null then
    raise log 'sealdesk SD140 for %: this account is frozen', quote_ident(session_user);
    raise exception 'this account is frozen' using errcode = 'SD140', detail = why, hint = 'Two others can lift it.';
  end if;
  perform sealdesk.fail('SD002', 'the session is unknown, has ended or has expired', 'Sign in again.');
end $$;
comment on function sealdesk.fail_without_session() is 'Raises SD140 for who is frozen, with by whom, when and why as JSON; SD002 otherwise.';

-- It answers with one column more than it did.
drop function if exists sealdesk.open_session(bytea);
-- The caller is session_user, never a setting.
create function sealdesk.open_session(p_token bytea, out session uuid, out person uuid, out login text, out has_keys boolean) language plpgsql stable as $$
declare
  is_limited boolean;
  -- Once: in a condition it would be computed for every row that is looked at.
  hashed constant bytea := sha256(p_token);
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform sealdesk.require_read_committed();
  end if;
  select s.id, p.id, p.login, s.limited,
         s.key_generation = i.key_generation and s.freezes = array(select f.number from sealdesk.frozen f where f.kind <> 'person' order by f.number)
    into session, person, login, is_limited, has_keys
    from sealdesk.session s
    join sealdesk.person p on p.id = s.person
    join sealdesk.installation i on i.only_row
   where s.token_hash = hashed
     and p.login = session_user
     and p.state = 'active'
     and s.closed_at is null
     and s.expires_at > clock_timestamp()
     -- As session_end. A session of before is not good again when the freeze is lifted.
     and not exists (select from sealdesk.freeze f
                      where f.person = p.id and (f.lifted_at is null or f.lifted_at >= s.opened_at or f.lifted_xid = pg_current_xact_id_if_assigned()))
     and not exists (select from sealdesk.mass_sign_out o where o.at >= s.opened_at and o.kept <> s.id);
  if session is null then
    perform sealdesk.fail_without_session();
  elsif is_limited then
    perform sealdesk.fail('SD021', 'a second factor must be set up first', 'sealdesk second-factor set-up');
  end if;
end $$;
comment on function sealdesk.open_session(bytea) is 'The caller''s open session by its bearer token, or SD002; and whether its keys are as new as the installation''s.';

create or replace function sealdesk.open_limited_session(p_token bytea, out session uuid, out person uuid, out login text) language plpgsql stable as $$
declare
  hashed constant bytea := sha256(p_token);
begin
  perform sealdesk.require_read_committed();
  select s.id, p.id, p.login into session, person, login
    from sealdesk.session s
    join sealdesk.person p on p.id = s.person
   where s.token_hash = hashed and p.login = session_user and p.state = 'active' and s.closed_at is null and s.expires_at > clock_timestamp()
     and not exists (select from sealdesk.freeze f
                      where f.person = p.id and (f.lifted_at is null or f.lifted_at >= s.opened_at or f.lifted_xid = pg_current_xact_id_if_assigned()))
     and not exists (select from sealdesk.mass_sign_out o where o.at >= s.opened_at and o.kept <> s.id);
  if session is null then
    perform sealdesk.fail_without_session();
  end if;
end $$;
comment on function sealdesk.open_limited_session(bytea) is 'As open_session, for what may be done before a second factor is set up: setting it up, and leaving.';

create or replace function sealdesk.needs_key(p_content text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_edit or case p_content when 'value' then p_reveal when 'mask' then p_masked when 'index' then p_search end, false);
$$;
comment on function sealdesk.needs_key(text, boolean, boolean, boolean, boolean) is
  'Whether rights need a key of a class: search the index key, masked the mask key, reveal the value key, edit all three. As needs in keyring/officer.rs.';

create or replace function sealdesk.has_capability(p_person uuid, p_capability text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from sealdesk.active_role m join sealdesk.application_role r on r.code = m.role
     where m.person = p_person and p_capability = any (r.capabilities));
$$;
comment on function sealdesk.has_capability(uuid, text) is 'Whether a role of the person has the capability.';

create or replace function sealdesk.may_reveal(p_person uuid, p_class text) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.person_right r where r.person = p_person and r.class = p_class and r.may_reveal);
$$;
comment on function sealdesk.may_reveal(uuid, text) is 'Whether the person may reveal values of the class.';

-- synchronous_commit is the user's to switch off, and a commit is visible before it is on disk. The position read at the start of the
-- collection lies behind the commit record of every transaction that is visible then.
create or replace function sealdesk.wait_durable(p_target pg_lsn) returns void language plpgsql as $$
declare
  flushed pg_lsn := pg_current_wal_flush_lsn();
  before pg_lsn;
begin
  -- Where others commit, one of their flushes covers it soon. Where the log stands still for two milliseconds nobody does, and the client's own
  -- commit (nudge) is quicker than any waiting.
  for attempt in 1..20 loop
    exit when flushed >= p_target or (attempt > 2 and flushed = before);
    before := flushed;
    perform pg_sleep(0.001);
    flushed := pg_current_wal_flush_lsn();
  end loop;
  if flushed < p_target then
    raise exception 'the request is not on disk yet' using errcode = 'SD001', hint = 'Ask again.';
  end if;
end $$;
comment on function sealdesk.wait_durable(pg_lsn) is 'Waits until the write-ahead log is on disk up to a position.';

-- The event a ticket names: of this session, among its last 2048 events, of one of the actions, committed, granted, on disk and fresh.
create or replace function sealdesk.redeem(p_session uuid, p_ticket uuid, p_actions text[], p_fresh interval, p_target pg_lsn,
  out record uuid, out field text, out class text, out version bigint, out at timestamptz) language plpgsql as $$
declare
  since timestamptz := clock_timestamp() - p_fresh;
  -- Both bounds in variables, so that other months' partitions are not opened (a volatile expression prunes nothing); a few seconds of room for a clock that is set back.
  until timestamptz := clock_timestamp() + interval '5 s';
  e_xid xid8;
  e_outcome text;
  e_action text;
  nudged boolean;
  reach integer;
begin
  -- The newest event stands with the chain's head too. Else it is looked for among the newest by their numbers: left to itself the planner would read
  -- all that everybody did within the time.
  select h.last_xid, h.last_outcome, h.last_action, h.last_record, h.last_field, h.last_class, h.last_version, h.last_at,
         h.seq <= h.nudged_seq and h.nudged_at <= pg_current_wal_flush_lsn()
    into e_xid, e_outcome, e_action, record, field, class, version, at, nudged
    from sealdesk.session_head h
   where h.session = p_session and h.last_ticket = p_ticket and h.last_at > since and h.last_at < until;
  if not found then
    foreach reach in array array[32, 2048] loop
      select e.xid, e.outcome, e.action, e.record, e.field, e.class, e.version, e.at,
             e.seq <= h.nudged_seq and h.nudged_at <= pg_current_wal_flush_lsn()
        into e_xid, e_outcome, e_action, record, field, class, version, at, nudged
        from sealdesk.session_head h
        join sealdesk.audit_event e on e.session = h.session and e.ticket = p_ticket and e.at > since and e.at < until
             and e.seq = any (array(select n from generate_series(h.seq - reach + 1, h.seq) n))
       where h.session = p_session
       order by e.seq desc
       limit 1;
      exit when found;
    end loop;
  end if;
  if e_xid is null or not e_action = any (p_actions) then
    perform sealdesk.fail('SD008', 'the ticket is unknown, foreign or too old', 'Ask again.');
  end if;
  if pg_xact_status(e_xid) is distinct from 'committed' then
    perform sealdesk.fail('SD008', 'the request is not committed', 'Commit the request, then collect.');
  end if;
  if e_outcome <> 'ok' then
    perform sealdesk.fail(e_outcome, 'the request was refused', 'The audit says why.');
  end if;
  if not nudged and pg_current_wal_flush_lsn() < p_target then
    perform sealdesk.wait_durable(p_target);
  end if;
end $$;
comment on function sealdesk.redeem(uuid, uuid, text[], interval, pg_lsn) is 'Checks a ticket, or raises SD008 or the refusal''s own code.';
