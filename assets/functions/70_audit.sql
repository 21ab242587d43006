-- Reading the audit: everything with audit_all, one's own otherwise. Opening it is an event too.
--
-- Of somebody else's event about a record above the reader's clearance they see who did what and when, not about what: record, field, version,
-- reference and details are withheld, and no filter finds the event by them. One's own events keep the id that one gave, as they do for an id that
-- nobody has, and never tell a number. Verification (collect_chain) needs every event exactly as it is hashed, so it is not withheld there: who
-- verifies reads ids, but no number and no value.

-- Signatures of earlier versions would stand beside the new ones.
drop function if exists sealdesk_api.request_audit(bytea, uuid, text, text, uuid, text, text, timestamptz, timestamptz);
drop function if exists sealdesk_api.follow_audit(bytea, uuid, bigint);
drop function if exists sealdesk_api.follow_audit(bytea, uuid, bigint, uuid, bigint, integer);
drop function if exists sealdesk_api.collect_chain(bytea, uuid, uuid, bigint, integer);
drop function if exists sealdesk_api.audit_sessions(bytea, uuid, uuid[]);
drop function if exists sealdesk_api.collect_chain(bytea, uuid, uuid, bigint, timestamptz, integer);
drop function if exists sealdesk_api.request_audit(bytea, uuid, text, text, uuid, text, text, timestamptz, timestamptz, bigint, text, text);

-- The words of a copy that is taken out, as who approves reads them; the act is compared with them to the letter. What is typed stands last, so that
-- nothing can be hidden behind it, and nothing else has a space in it.
create or replace function sealdesk.export_subject(p_actor text, p_action text, p_record uuid, p_class text, p_text text, p_from timestamptz, p_until timestamptz,
  p_number bigint, p_outcome text, p_reason text, p_searched uuid, p_format text) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' ', 'format=' || p_format, 'actor=' || p_actor, 'action=' || p_action, coalesce('record=' || p_record, 'record=' || p_number), 'class=' || p_class,
    'outcome=' || p_outcome, 'reason=' || p_reason, 'searched=' || p_searched,
    'from=' || to_char(p_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'until=' || to_char(p_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'text=' || p_text)
   where concat(p_actor, p_action, p_class, p_outcome, p_reason) !~ '\s';
$$;
comment on function sealdesk.export_subject(text, text, uuid, text, text, timestamptz, timestamptz, bigint, text, text, uuid, text) is
  'A copy of the audit in words; null for a filter that cannot be told in them.';

-- A search of the pane is no search for a customer: whoever asks who searched for a record computes its tokens from its values, with the index keys
-- they hold. Tokens of which the record has none show that somebody has no such key, and get nothing.
create or replace function sealdesk_api.request_audit(p_session bytea, p_ticket uuid, p_actor text, p_action text, p_record uuid, p_class text, p_text text,
  p_from timestamptz, p_until timestamptz, p_number bigint default null, p_outcome text default null, p_reason text default null, p_searched uuid default null,
  p_tokens bigint[] default null, p_export text default null, p_prefix text default null) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  wanted uuid := p_record;
  named uuid;
  result text := 'ok';
  subject text;
  approved bigint;
  seq bigint;
begin
  if greatest(octet_length(p_actor), octet_length(p_action), octet_length(p_class), octet_length(p_text), octet_length(p_outcome), octet_length(p_reason)) > 1000
     or p_export not in ('csv', 'json') or (p_searched is null) <> (p_tokens is null) or cardinality(p_tokens) not between 1 and 4096 then
    result := 'SD011';
  elsif p_export is not null and not sealdesk.has_capability(s.person, 'export_audit') or p_searched is not null and not sealdesk.has_capability(s.person, 'audit_all') then
    result := 'SD003';
  elsif p_searched is not null and not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_search) then
    result := sealdesk.denied('basic');
  elsif p_searched is not null and not exists (select from sealdesk.record r where r.id = p_searched and sealdesk.may_know(s.person, r)) then
    result := 'SD006';
  elsif p_searched is not null and not exists (select from sealdesk.record r where r.id = p_searched and r.tokens && p_tokens) then
    result := 'SD170';
  elsif p_record is null and p_number is not null then
    -- A purged one too: what was done with it stays readable.
    select r.id into wanted from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and not sealdesk.is_hidden(s.person, r.id);
    if wanted is null then
      -- Who reads only their own events is not told which numbers exist: nothing matches.
      wanted := '00000000-0000-0000-0000-000000000000';
      if sealdesk.has_capability(s.person, 'audit_all') then
        result := 'SD006';
      end if;
    end if;
  end if;
  if result = 'ok' and p_export is not null then
    subject := sealdesk.export_subject(p_actor, p_action, p_record, p_class, p_text, p_from, p_until, p_number, p_outcome, p_reason, p_searched, p_export);
    if subject is null then
      result := 'SD011';
    else
      select a.outcome, a.request into result, approved from sealdesk.find_approval(s.person, 'audit_export', subject) a;
    end if;
  end if;
  -- An event that names a labelled record is withheld with it; who searched for a record is asked about that record.
  select r.id into named from sealdesk.record r
   where r.id = coalesce(p_searched, wanted) and (r.labelled or p_searched is not null and sealdesk.may_know(s.person, r)) and not sealdesk.is_hidden(s.person, r.id);
  seq := sealdesk.append(s.session, s.login, case when p_export is not null then 'audit_export' when p_searched is not null then 'who_searched' else 'audit' end,
    result, named, null, null, null, null, null,
    json_strip_nulls(json_build_object('actor', left(p_actor, 60), 'action', left(p_action, 60), 'record', p_record, 'number', p_number, 'searched', p_searched,
      'class', left(p_class, 60), 'outcome', left(p_outcome, 20), 'reason', left(p_reason, 60),
      'from', p_from, 'until', p_until, 'text', case when p_text is not null then true end, 'format', left(p_export, 10), 'request', approved))::text, p_ticket);
  perform sealdesk.use_approval(approved, s.session, seq);
  if p_export is not null then
    perform sealdesk.did_alone(result, approved, 'audit_export', subject, s.session, s.login, seq);
  end if;
  delete from sealdesk.audit_query q
   where q.session = s.session
     and not exists (select from sealdesk.audit_event e where e.session = q.session and e.ticket = q.ticket and e.at > clock_timestamp() - interval '15 min');
  if result = 'ok' then
    insert into sealdesk.audit_query (session, ticket, actor, action, record, class, text, from_at, until_at, outcome, reason, searched, tokens, export)
    values (s.session, p_ticket, p_actor, p_action, wanted, p_class, p_text, p_from, p_until, p_outcome, p_reason, p_searched, p_tokens, p_export);
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_audit(bytea, uuid, text, text, uuid, text, text, timestamptz, timestamptz, bigint, text, text, uuid, bigint[], text, text) is
  'Opens a view of the audit with a filter. p_action may name several, with commas; p_number is a record''s, p_prefix the letters of its kind; p_outcome is ok, refused or a code; p_searched and p_tokens ask who
   searched for a record: SD170 when none of the tokens is one of its own; p_export (csv, json) takes a copy out: SD050 where somebody else must approve it first.';

create or replace function sealdesk.search_asks(p_details text, p_tokens bigint[], p_number bigint) returns boolean language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  details jsonb;
begin
  details := p_details::jsonb;
  if details -> 'numbers' @> to_jsonb(p_number) then
    return true;
  elsif not details ? 'groups' then
    return exists (select from jsonb_array_elements_text(details -> 'tokens') t where t::bigint = any (p_tokens));
  end if;
  return jsonb_array_length(details -> 'tokens') > 0 and not exists (
    select from jsonb_array_elements_text(details -> 'tokens') with ordinality t (token, n)
      left join jsonb_array_elements_text(details -> 'groups') with ordinality g (word, n) on g.n = t.n
     group by g.word having not bool_or(t.token::bigint = any (p_tokens)));
exception when others then
  return false;
end $$;
comment on function sealdesk.search_asks(text, bigint[], bigint) is
  'Whether a search found what has these tokens and this number: of each word one alternative, as list_filter has it. Events of before words were kept tell by any one token.';

-- What is withheld stands last, so that whatever matches without it matches with it.
create or replace function sealdesk.audit_text_condition(q sealdesk.audit_query, p_person uuid, p_login text) returns text language plpgsql stable as $$
declare
  backslash constant text := chr(92);
  pattern text := '%' || replace(replace(replace(q.text, backslash, backslash || backslash), '%', backslash || '%'), '_', backslash || '_') || '%';
begin
  return case when q.text is null then 'true' else format(
    'concat_ws('' '', e.actor, e.action, e.outcome, e.class, e.reason, e.field, e.reference, e.details) ilike %1$L
     and (e.record is null or e.actor = %2$L or concat_ws('' '', e.actor, e.action, e.outcome, e.class, e.reason) ilike %1$L
          or not sealdesk.is_hidden(%3$L, e.record))', pattern, p_login, p_person) end;
end $$;
comment on function sealdesk.audit_text_condition(sealdesk.audit_query, uuid, text) is 'The text of a filter as a condition on e.';

-- The filter as a condition on e, with every value quoted.
create or replace function sealdesk.audit_condition(q sealdesk.audit_query, p_person uuid, p_login text) returns text language plpgsql stable as $$
declare
  number constant bigint := (select r.number from sealdesk.record r where r.id = q.searched);
begin
  return 'true'
    || case when sealdesk.has_capability(p_person, 'audit_all') then '' else format(' and e.actor = %L', p_login) end
    || case when q.actor is not null then format(' and e.actor = %L', q.actor) else '' end
    || case when q.action is not null then format(' and e.action = any (%L::text[])', string_to_array(q.action, ',')) else '' end
    || case when q.record is not null then format(' and e.record = %L::uuid', q.record) else '' end
    || case when q.searched is not null then format(
      ' and e.action = ''search'' and sealdesk.searched_terms(e.details) && %L::bigint[] and sealdesk.search_asks(e.details, %L::bigint[], %L::bigint)',
      array_append(q.tokens, -number), q.tokens, number) else '' end
    || case when sealdesk.is_hidden(p_person, q.record) or sealdesk.is_hidden(p_person, q.searched) then format(' and e.actor = %L', p_login) else '' end
    || case when q.class is not null then format(' and e.class = %L', q.class) else '' end
    || case when q.outcome = 'refused' then ' and e.outcome <> ''ok'''
            when q.outcome is not null then format(' and e.outcome = %L', q.outcome) else '' end
    || case when q.reason is not null then format(' and e.reason = %L', q.reason) else '' end
    || case when q.from_at is not null then format(' and e.at >= %L::timestamptz', q.from_at) else '' end
    || case when q.until_at is not null then format(' and e.at < %L::timestamptz', q.until_at) else '' end
    || case when q.text is not null then ' and ' || sealdesk.audit_text_condition(q, p_person, p_login) else '' end;
end $$;
comment on function sealdesk.audit_condition(sealdesk.audit_query, uuid, text) is 'A filter as SQL; judged for the caller afresh each time.';

-- How many events a text stands in is anybody's guess, and the planner's is hardly any: it would read them all and sort what it finds. Whatever narrows a view
-- besides has an index in the view's order; only who searched has none.
create or replace function sealdesk.walk_in_order(q sealdesk.audit_query) returns void language plpgsql as $$
begin
  if q.text is not null and q.searched is null then
    perform set_config('enable_sort', 'off', true);
    -- Compiling such a page takes longer than reading it.
    perform set_config('jit', 'off', true);
  end if;
end $$;
comment on function sealdesk.walk_in_order(sealdesk.audit_query) is 'Has a page of a view with a text read along its order, so that it ends with the page; for the rest of the transaction.';

create or replace function sealdesk.audit_columns(p_person uuid, p_login text) returns text language plpgsql stable as $$
declare
  known constant text := format('(r.labelled is not true or sealdesk.is_cleared(%L, r.label, r.compartments))', p_person);
  shown constant text := format('(%s or p.actor = %L)', known, p_login);
begin
  return format(
    'p.session, p.seq, p.at, p.actor, p.action, p.outcome, case when %2$s then p.record end, case when %1$s then r.number end,
     case when %2$s then p.field end, p.class, case when %2$s then p.version end, p.reason, case when %2$s then p.reference end,
     case when %2$s then p.details else ''{"withheld":true}'' end, p.ticket, p.hash,
     case when %1$s then (select k.prefix from sealdesk.record_kind k where k.code = r.kind) end', known, shown);
end $$;
comment on function sealdesk.audit_columns(uuid, text) is 'What a reader sees of the event p, which the record r belongs to.';

create or replace function sealdesk.audit_view(p_session bytea, p_ticket uuid, p_target pg_lsn, out query sealdesk.audit_query, out person uuid, out login text) language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['audit', 'who_searched', 'audit_export'], interval '15 min', p_target);
begin
  person := s.person;
  login := s.login;
  select q.* into query from sealdesk.audit_query q where q.session = s.session and q.ticket = p_ticket;
  if query.ticket is null then
    perform sealdesk.fail('SD008', 'the ticket is unknown, foreign or too old', 'Open the audit again.');
  elsif query.export is not null and not sealdesk.has_capability(s.person, 'export_audit')
     or query.searched is not null and not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
end $$;
comment on function sealdesk.audit_view(bytea, uuid, pg_lsn) is 'Checks an audit ticket and answers with its filter.';

create or replace function sealdesk_api.collect_audit(p_session bytea, p_ticket uuid, p_before_at timestamptz, p_before_session uuid, p_before_seq bigint, p_limit integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.audit_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  horizon_now bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  wanted integer := least(greatest(p_limit, 1), 1000);
begin
  perform sealdesk.walk_in_order(v.query);
  return query execute format(
    'with page as materialized (select e.* from sealdesk.audit_event e where %s %s order by e.at desc, e.session desc, e.seq desc limit $1 + 1)
     select %s, $2, (select count(*) from page) > $1
       from page p left join sealdesk.record r on r.id = p.record
      order by p.at desc, p.session desc, p.seq desc limit $1',
    sealdesk.audit_condition(v.query, v.person, v.login),
    case when p_before_at is null then '' else
      format('and (e.at, e.session, e.seq) < (%L::timestamptz, %L::uuid, %L::bigint)', p_before_at, p_before_session, p_before_seq) end,
    sealdesk.audit_columns(v.person, v.login))
  using wanted, horizon_now;
  if not found then
    -- One row without an event carries the horizon.
    horizon := horizon_now;
    has_more := false;
    return next;
  end if;
end $$;
comment on function sealdesk_api.collect_audit(bytea, uuid, timestamptz, uuid, bigint, integer) is 'A page of events, newest first; good for 15 minutes after the request.';

-- A text may stand in hardly any event, and there is no index of texts. So a page of such a view looks through so many events and says how far it has come;
-- the client goes on from there, shows what was found until then, and can stop.
create or replace function sealdesk_api.collect_audit_slice(p_session bytea, p_ticket uuid, p_before_at timestamptz, p_before_session uuid, p_before_seq bigint,
  p_limit integer, p_slice integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean,
  looked_at timestamptz, looked_session uuid, looked_seq bigint, looked bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.audit_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  horizon_now bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  wanted integer := least(greatest(p_limit, 1), 1000);
  slice integer := least(greatest(p_slice, 1000), 50000);
  rest sealdesk.audit_query := v.query;
begin
  perform sealdesk.walk_in_order(v.query);
  rest.text := null;
  return query execute format(
    'with slice as materialized (select e.at, e.session, e.seq, (%s) as hit from sealdesk.audit_event e where %s %s
                                  order by e.at desc, e.session desc, e.seq desc limit $3),
          hits as materialized (select s.at, s.session, s.seq from slice s where s.hit order by s.at desc, s.session desc, s.seq desc limit $1 + 1),
          n as materialized (select (select count(*) from slice) as looked, (select count(*) from hits) > $1 as is_full),
          last as (select s.at, s.session, s.seq from slice s order by s.at, s.session, s.seq limit 1),
          page as (select e.* from hits h join sealdesk.audit_event e on e.at = h.at and e.session = h.session and e.seq = h.seq
                    order by e.at desc, e.session desc, e.seq desc limit $1),
          shown as (select %s from page p left join sealdesk.record r on r.id = p.record)
     select s.*, $2, n.is_full or n.looked = $3,
            case when not n.is_full and n.looked = $3 then l.at end, case when not n.is_full and n.looked = $3 then l.session end,
            case when not n.is_full and n.looked = $3 then l.seq end, n.looked
       from n left join shown s on true left join last l on true
      order by 3 desc, 1 desc, 2 desc',
    sealdesk.audit_text_condition(v.query, v.person, v.login), sealdesk.audit_condition(rest, v.person, v.login),
    case when p_before_at is null then '' else
      format('and (e.at, e.session, e.seq) < (%L::timestamptz, %L::uuid, %L::bigint)', p_before_at, p_before_session, p_before_seq) end,
    sealdesk.audit_columns(v.person, v.login))
  using wanted, horizon_now, slice::bigint;
end $$;
comment on function sealdesk_api.collect_audit_slice(bytea, uuid, timestamptz, uuid, bigint, integer, integer) is
  'As collect_audit, for a view with a text: of at most p_slice events (1000 to 50000), and where that was not enough for a page, how far it has looked. One row without an event where there is none.';

create or replace function sealdesk_api.collect_audit_newer(p_session bytea, p_ticket uuid, p_after_at timestamptz, p_after_session uuid, p_after_seq bigint, p_limit integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.audit_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  wanted integer := least(greatest(p_limit, 1), 1000);
begin
  perform sealdesk.walk_in_order(v.query);
  return query execute format(
    'with page as materialized (select e.* from sealdesk.audit_event e where %s and (e.at, e.session, e.seq) > (%L::timestamptz, %L::uuid, %L::bigint)
                                 order by e.at, e.session, e.seq limit $1 + 1),
          kept as (select p.* from page p order by p.at, p.session, p.seq limit $1)
     select %s, 0::bigint, (select count(*) from page) > $1
       from kept p left join sealdesk.record r on r.id = p.record
      order by p.at desc, p.session desc, p.seq desc',
    sealdesk.audit_condition(v.query, v.person, v.login), p_after_at, p_after_session, p_after_seq, sealdesk.audit_columns(v.person, v.login))
  using wanted;
end $$;
comment on function sealdesk_api.collect_audit_newer(bytea, uuid, timestamptz, uuid, bigint, integer) is 'The page that follows an event, newest first.';

create or replace function sealdesk_api.follow_audit(p_session bytea, p_ticket uuid, p_horizon bigint, p_after_session uuid default null,
  p_after_seq bigint default null, p_limit integer default 5000, p_everything boolean default false)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v record := sealdesk.audit_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  horizon_now bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  wanted integer := least(greatest(p_limit, 1), 5000);
  after_xid xid8;
begin
  -- A feed that went on with its reader's own events would leave a hole that nothing shows.
  if p_everything and not sealdesk.has_capability(v.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit reading everybody''s events any more', 'Ask a security officer.');
  end if;
  select e.xid into after_xid from sealdesk.audit_event e where e.session = p_after_session and e.seq = p_after_seq limit 1;
  return query execute format(
    'with page as materialized (select e.* from sealdesk.audit_event e where e.xid >= $1::text::xid8 and %s %s
                                 order by e.xid, e.session, e.seq limit $3 + 1),
          kept as (select p.* from page p order by p.xid, p.session, p.seq limit $3)
     select %s, $2, (select count(*) from page) > $3
       from kept p left join sealdesk.record r on r.id = p.record
      order by p.xid, p.session, p.seq',
    sealdesk.audit_condition(v.query, v.person, v.login),
    case when after_xid is null then '' else
      format('and (e.xid, e.session, e.seq) > (%L::xid8, %L::uuid, %L::bigint)', after_xid, p_after_session, p_after_seq) end,
    sealdesk.audit_columns(v.person, v.login))
  using p_horizon, horizon_now, wanted;
  if not found then
    horizon := horizon_now;
    has_more := false;
    return next;
  end if;
end $$;
comment on function sealdesk_api.follow_audit(bytea, uuid, bigint, uuid, bigint, integer, boolean) is
  'Events of transactions at or above the horizon in the order of transactions, in pages; answers with the next horizon, that of the first page. No time cursor, so a transaction held open hides nothing.';

create function sealdesk_api.audit_sessions(p_session bytea, p_ticket uuid, p_of uuid[])
returns table (session uuid, login text, roles text[], origin text, program text, opened_at timestamptz, closed_at timestamptz, countersigned bigint,
  address text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_view(p_session, p_ticket, pg_current_wal_insert_lsn());
  everything boolean := sealdesk.has_capability(v.person, 'audit_all');
begin
  return query
  select s.id, s.login, coalesce((select array_agg(m.role order by m.role) from sealdesk.membership m where m.person = s.person), '{}'),
         s.origin, s.program, s.opened_at, sealdesk.session_end(s), (select max(c.seq) from sealdesk.countersignature c where c.session = s.id), host(s.address)
    from sealdesk.session s
   where s.id = any (p_of[1:100]) and (everything or s.login = v.login);
end $$;
comment on function sealdesk_api.audit_sessions(bytea, uuid, uuid[]) is 'Who the sessions of events on the screen are, from where, and up to which event they signed their chain; roles as they are now.';

create or replace function sealdesk_api.record_events(p_session bytea, p_record uuid, p_limit integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  everything boolean := sealdesk.has_capability(s.person, 'audit_all');
  on_disk boolean;
begin
  -- Part of viewing a record: the view itself is the recorded act, so it must not be this transaction's, which may yet roll back, and be on disk.
  select v.seq <= h.nudged_seq and h.nudged_at <= pg_current_wal_flush_lsn() into on_disk
    from sealdesk.audit_event v join sealdesk.session_head h on h.session = v.session
   where v.session = s.session and v.record = p_record and v.action = 'view' and v.outcome = 'ok' and v.xid is distinct from pg_current_xact_id_if_assigned()
   order by v.seq
   limit 1;
  if not found or sealdesk.is_hidden(s.person, p_record) then
    return;
  end if;
  if not on_disk and pg_current_wal_flush_lsn() < target then
    perform sealdesk.wait_durable(target);
  end if;
  return query
  select e.session, e.seq, e.at, e.actor, e.action, e.outcome, e.record, r.number, e.field, e.class, e.version, e.reason, e.reference, e.details,
         e.ticket, e.hash, k.prefix, 0::bigint, false
    from sealdesk.audit_event e left join sealdesk.record r on r.id = e.record left join sealdesk.record_kind k on k.code = r.kind
   where e.record = p_record
     and (everything or e.actor = s.login)
   order by e.at desc, e.session desc, e.seq desc
   limit least(greatest(p_limit, 1), 200);
end $$;
comment on function sealdesk_api.record_events(bytea, uuid, integer) is 'The strip under a record this session has viewed.';

create or replace function sealdesk_api.request_verify(p_session bytea, p_ticket uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.has_capability(s.person, 'audit_all') then 'ok' else 'SD003' end;
begin
  perform sealdesk.append(s.session, s.login, 'verify', result, null, null, null, null, null, null, null, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_verify(bytea, uuid) is 'Asks to verify all chains.';

create or replace function sealdesk.verify_view(p_session bytea, p_ticket uuid, p_target pg_lsn, out session uuid, out person uuid, out login text)
language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['verify', 'evidence'], interval '15 min', p_target);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  end if;
  session := s.session;
  person := s.person;
  login := s.login;
end $$;
comment on function sealdesk.verify_view(bytea, uuid, pg_lsn) is 'Checks a ticket to verify.';

create or replace function sealdesk_api.collect_heads(p_session bytea, p_ticket uuid) returns table (session uuid, seq bigint, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  return query select h.session, h.seq, h.hash from sealdesk.session_head h;
end $$;
comment on function sealdesk_api.collect_heads(bytea, uuid) is 'The end of every chain.';

create function sealdesk_api.collect_chain(p_session bytea, p_ticket uuid, p_after_session uuid, p_after_seq bigint, p_after_at timestamptz, p_limit integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, horizon bigint, has_more boolean, page uuid[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.verify_view(p_session, p_ticket, pg_current_wal_insert_lsn());
begin
  -- Two statements, because one with "or" would not begin at its place in the index.
  if p_after_session is null then
    return query
    select e.session, e.seq, e.at, e.actor, e.action, e.outcome, e.record, null::bigint, e.field, e.class, e.version, e.reason, e.reference, e.details,
           e.ticket, e.hash, null::text, 0::bigint, false, e.page
      from sealdesk.audit_event e
     order by e.session, e.seq, e.at
     limit least(greatest(p_limit, 1), 10000);
  else
    return query
    select e.session, e.seq, e.at, e.actor, e.action, e.outcome, e.record, null::bigint, e.field, e.class, e.version, e.reason, e.reference, e.details,
           e.ticket, e.hash, null::text, 0::bigint, false, e.page
      from sealdesk.audit_event e
     where (e.session, e.seq, e.at) > (p_after_session, p_after_seq, p_after_at)
     order by e.session, e.seq, e.at
     limit least(greatest(p_limit, 1), 10000);
  end if;
end $$;
comment on function sealdesk_api.collect_chain(bytea, uuid, uuid, bigint, timestamptz, integer) is 'Events in chain order, as stored.';
