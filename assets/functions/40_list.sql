-- Searching and browsing. The request chooses the page and keeps which records are on it beside its event; the collection fetches exactly those.
-- So a request reads records before it is committed, and who could take it back would learn by its time, or by what the server counts, whether anything
-- matches, without a trace. It is therefore good only when called by ask_list, which ends the transaction before and after it: nobody can have begun
-- anything that could still be rolled back. People can make no function of their own that would look like it.

drop procedure if exists sealdesk_api.ask_list(bytea, uuid, bigint[], integer[], bigint[], text, uuid, text, text, bigint, bigint, integer, text, text[], text);
create procedure sealdesk_api.ask_list(p_session bytea, p_ticket uuid, p_tokens bigint[], p_groups integer[], p_numbers bigint[], p_view text, p_box uuid,
  p_sort text, p_direction text, p_cursor_us bigint, p_cursor_number bigint, p_limit integer, p_kind text default null, p_number_kinds text[] default null,
  inout outcome text default null)
language plpgsql security invoker as $$
begin
  -- An error where the caller has begun a transaction.
  commit;
  outcome := sealdesk_api.request_list(p_session, p_ticket, p_tokens, p_groups, p_numbers, p_view, p_box, p_sort, p_direction, p_cursor_us, p_cursor_number, p_limit,
    p_kind, p_number_kinds);
  commit;
end $$;
comment on procedure sealdesk_api.ask_list(bytea, uuid, bigint[], integer[], bigint[], text, uuid, text, text, bigint, bigint, integer, text, text[], text) is
  'Asks for list rows, in a transaction of its own. See request_list.';

create or replace function sealdesk_api.request_list(p_session bytea, p_ticket uuid, p_tokens bigint[], p_groups integer[], p_numbers bigint[], p_view text, p_box uuid,
  p_sort text, p_direction text, p_cursor_us bigint, p_cursor_number bigint, p_limit integer, p_kind text default null, p_number_kinds text[] default null)
returns text language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set random_page_cost = 1.1 as $$
declare
  s record := sealdesk.open_session(p_session);
  wanted sealdesk.list_query;
  page uuid[];
  callers text;
  result text := 'ok';
  searching boolean := cardinality(p_tokens) > 0 or cardinality(p_numbers) > 0;
begin
  get diagnostics callers = pg_context;
  if callers !~ 'PL/pgSQL function (sealdesk_api[.])?ask_list[(]' then
    result := 'SD177';
  elsif cardinality(p_tokens) > 256 or cardinality(p_tokens) <> cardinality(p_groups) or cardinality(p_numbers) > 8
     or coalesce(p_view, '') not in ('all', 'recent', 'mine', 'starred', 'deleted') or p_ticket is null
     or p_tokens is null or p_groups is null or p_numbers is null
     or cardinality(p_number_kinds) <> cardinality(p_numbers)
     or exists (select from unnest(array_append(p_number_kinds, p_kind)) x (code)
                 where x.code is not null and not exists (select from sealdesk.record_kind k where k.code = x.code)) then
    result := 'SD011';
  elsif not s.has_keys then
    result := 'SD030';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic'
                     and r.may_reveal and (r.may_search or not searching)) then
    result := sealdesk.denied('basic');
  end if;
  if result = 'ok' then
    wanted.session := s.session;
    wanted.ticket := p_ticket;
    wanted.tokens := p_tokens;
    wanted.groups := p_groups;
    wanted.numbers := p_numbers;
    wanted.view := p_view;
    wanted.sort := left(coalesce(p_sort, 'recent'), 20);
    wanted.direction := left(coalesce(p_direction, 'after'), 20);
    wanted.cursor_us := p_cursor_us;
    wanted.cursor_number := p_cursor_number;
    wanted.page_rows := least(greatest(p_limit, 1), 200);
    wanted.at := clock_timestamp();
    wanted.kind := p_kind;
    wanted.number_kinds := p_number_kinds;
    execute format(
      'select coalesce(array_agg(x.id), ''{}''), coalesce(max(x.total), 0), coalesce(bool_and(x.total_exact), true), coalesce(bool_or(x.has_more), false)
         from (%s) x (id, number, version, updated_at, updated_by, deleted, summary, total, total_exact, has_more, kind, prefix)', sealdesk.list_page(wanted, s.login))
      into wanted.found, wanted.total, wanted.total_exact, wanted.has_more;
    page := array_prepend(gen_random_uuid(), wanted.found);
  end if;
  perform sealdesk.append(s.session, s.login, case when searching then 'search' else 'list' end, result, null, null, null, null, null, null,
    case when searching
      then (json_build_object('box', p_box, 'tokens', array(select t from unnest(p_tokens) with ordinality u (t, n) order by n limit 256),
        'groups', array(select g from unnest(p_groups) with ordinality u (g, n) order by n limit 256),
        'numbers', array(select t from unnest(p_numbers) with ordinality u (t, n) order by n limit 8))::jsonb
        || jsonb_strip_nulls(jsonb_build_object('kind', left(p_kind, 60), 'page', case when page is not null then sealdesk.page_digest(page) end)))::text
      else json_strip_nulls(json_build_object('view', left(p_view, 20), 'kind', left(p_kind, 60), 'page', case when page is not null then sealdesk.page_digest(page) end))::text end,
    p_ticket, page);
  if result = 'ok' then
    delete from sealdesk.list_query q where q.session = s.session and q.at < clock_timestamp() - interval '60 s';
    insert into sealdesk.list_query select wanted.*;
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_list(bytea, uuid, bigint[], integer[], bigint[], text, uuid, text, text, bigint, bigint, integer, text, text[]) is
  'Chooses a page of list rows. Tokens in one group are alternatives, groups are AND-ed; numbers, each of a kind or of any, are alternatives to all of it. p_kind narrows what is found by either. SD177 unless called by ask_list.';

-- While a field moves to a class that the person may not search, what still has the old class's tokens is not found by them.
create or replace function sealdesk.not_by_moving_tokens(p_login text, p_tokens bigint[]) returns text language plpgsql stable as $$
declare
  moving text[] := array(
    select f.code from sealdesk.field f
     where f.settled < f.layout
       and not exists (select from sealdesk.person_right r join sealdesk.person p on p.id = r.person where p.login = p_login and r.class = f.class and r.may_search));
begin
  return case when cardinality(moving) = 0 or cardinality(p_tokens) = 0 then '' else format(
    ' and not exists (select from sealdesk.field_value v join sealdesk.field f on f.code = v.field
                       where v.record = r.id and v.field = any (%L::text[]) and v.class <> f.class and v.tokens && %L::bigint[])', moving, p_tokens) end;
end $$;
comment on function sealdesk.not_by_moving_tokens(text, bigint[]) is 'As a condition on r, nothing where nothing moves.';

-- What matches, as a condition on r: the tokens of one group are alternatives, the groups are AND-ed, numbers are alternatives to all of it. What
-- the person may not know does not match, so it is in no page and no count.
create or replace function sealdesk.list_filter(p_query sealdesk.list_query, p_login text) returns text language plpgsql stable as $$
declare
  filter text := case when p_query.view = 'deleted' then 'r.deleted_at is not null and r.purged_at is null' else 'r.deleted_at is null' end;
  words text;
begin
  filter := filter || ' and ' || sealdesk.clearance_filter(p_login) || case p_query.view
    when 'mine' then format(' and r.updated_by = %L', p_login)
    when 'starred' then format(' and r.id in (select x.record from sealdesk.star x join sealdesk.person p on p.id = x.person where p.login = %L)', p_login)
    -- What was opened last, as the caller's own events tell.
    when 'recent' then format(' and r.id in (select e.record from (select x.record from sealdesk.audit_event x where x.actor = %L and x.action = ''view''
      and x.outcome = ''ok'' and x.at > %L order by x.at desc limit 200) e)', p_login, p_query.at - interval '7 days')
    else '' end;
  if p_query.kind is not null then
    filter := filter || format(' and r.kind = %L', p_query.kind);
  end if;
  select string_agg(format(case when cardinality(tokens) = 1 then 'r.tokens @> %L::bigint[]' else 'r.tokens && %L::bigint[]' end, tokens), ' and ')
    into words
    from (select array_agg(t) as tokens from unnest(p_query.tokens, p_query.groups) as x (t, g) group by g) y;
  if cardinality(p_query.numbers) > 0 then
    select coalesce('(' || words || ') or ', '') || string_agg(
             format('r.number = any (%L::bigint[])', x.numbers) || case when x.kind is null then '' else format(' and r.kind = %L', x.kind) end, ' or ')
      into words
      from (select n.kind, array_agg(n.number) as numbers from unnest(p_query.numbers, p_query.number_kinds) as n (number, kind) group by n.kind) x;
  end if;
  return filter || coalesce(' and (' || words || ')', '') || sealdesk.not_by_moving_tokens(p_login, p_query.tokens);
end $$;
comment on function sealdesk.list_filter(sealdesk.list_query, text) is 'The condition of a list: clearance, view, kind, tokens, numbers.';

-- Exact to a thousand. An estimate counts with what the statistics say of all records, so it keeps two digits only: finer ones would move with
-- records that the person may not know.
create or replace function sealdesk.count_to_thousand(p_likely bigint, p_filter text) returns bigint language plpgsql volatile as $$
declare
  found bigint;
begin
  if p_likely > 1000 then
    return round(p_likely::numeric, 2 - length(p_likely::text));
  end if;
  execute format('select count(*) from (select from sealdesk.record r where %s limit 1001) c', p_filter) into found;
  return found;
end $$;
comment on function sealdesk.count_to_thousand(bigint, text) is 'How many records match a condition; above 1000 it is the estimate, rounded.';

create or replace function sealdesk.count_matches(p_filter text) returns bigint language plpgsql volatile as $$
declare
  plan json;
begin
  execute 'explain (format json) select from sealdesk.record r where ' || p_filter into plan;
  return sealdesk.count_to_thousand((plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint, p_filter);
end $$;
comment on function sealdesk.count_matches(text) is 'Matches; beyond a thousand the planner''s estimate, which for common tokens rests on the statistics'' own list of them.';

-- Both numbers are of the last analysis, so that labelling a record changes nothing at once.
create or replace function sealdesk.count_all(p_filter text) returns bigint language plpgsql volatile as $$
declare
  likely bigint;
begin
  select greatest(c.reltuples, 0) * coalesce((
           select m.share from pg_stats x, unnest(x.most_common_vals::text::text[], x.most_common_freqs) m (value, share)
            where x.schemaname = 'sealdesk' and x.tablename = 'record' and x.attname = 'labelled' and m.value = 'f'), 1)
    into likely
    from pg_class c where c.oid = 'sealdesk.record'::regclass;
  return sealdesk.count_to_thousand(likely, p_filter);
end $$;
comment on function sealdesk.count_all(text) is 'Records in all; beyond a thousand an estimate of those without a label.';

-- One keyset page. The planner chooses between the tokens' GIN index and a walk along the order by how common the tokens are; a token that its
-- statistics do not list counts as half as frequent as the rarest listed one, which is far too rare for a walk.
create or replace function sealdesk.list_page(p_query sealdesk.list_query, p_login text) returns text language plpgsql stable as $$
declare
  forward constant boolean := p_query.direction <> 'before';
  by_number constant boolean := p_query.sort = 'number';
  narrowed constant boolean := cardinality(p_query.tokens) > 0 or cardinality(p_query.numbers) > 0 or p_query.view <> 'all' or p_query.kind is not null;
  filter constant text := sealdesk.list_filter(p_query, p_login);
  order_by constant text := case
    when by_number and forward then 'r.number'
    when by_number then 'r.number desc'
    when forward then 'r.updated_at desc, r.number desc'
    else 'r.updated_at, r.number' end;
  past text := '';
  total text;
begin
  if p_query.cursor_number is not null and by_number then
    past := format(' and r.number %s %L', case when forward then '>' else '<' end, p_query.cursor_number);
  elsif p_query.cursor_number is not null then
    past := format(' and (r.updated_at, r.number) %s (%L::timestamptz, %L::bigint)', case when forward then '<' else '>' end,
      timestamptz 'epoch' + p_query.cursor_us * interval '1 microsecond', p_query.cursor_number);
  end if;
  if not narrowed then
    total := format('sealdesk.count_all(%L)', filter);
  else
    total := format('case when n.rows > %s or %L then sealdesk.count_matches(%L) else n.rows end', p_query.page_rows, past <> '', filter);
  end if;
  return format(
    'with page as materialized (select r.id, r.number, r.version, r.updated_at, r.updated_by, r.deleted_at is not null as deleted, r.summary, r.kind
                                  from sealdesk.record r where %s%s order by %s limit %s),
          n as (select count(*) as rows from page),
          t as materialized (select %s as total from n)
     select p.id, p.number, p.version, p.updated_at, p.updated_by, p.deleted, p.summary, t.total, %L and t.total <= 1000, n.rows > %s,
            p.kind, (select k.prefix from sealdesk.record_kind k where k.code = p.kind)
       from page p, n, t order by %s limit %s',
    filter, past, order_by, p_query.page_rows + 1, total,
    narrowed, p_query.page_rows, replace(order_by, 'r.', 'p.'), p_query.page_rows);
end $$;
comment on function sealdesk.list_page(sealdesk.list_query, text) is 'The SQL of one page, as request_list runs it.';

-- A list row holds masked forms, and the value itself of a field that is open. When such a field leaves class basic, the rows that still hold it are
-- for who may reveal its new class.
create or replace function sealdesk.fields_kept_back(p_person uuid) returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select array_agg(f.code) from sealdesk.field f where f.settled < f.layout and f.class <> 'basic' and not sealdesk.may_reveal(p_person, f.class);
$$;
comment on function sealdesk.fields_kept_back(uuid) is 'Fields that are on their way out of class basic to one that the person may not reveal; null for none, as nearly always.';

create or replace function sealdesk.is_kept_back(p_record uuid, p_fields text[]) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_fields is not null and exists (
    select from sealdesk.field_value v where v.record = p_record and v.field = any (p_fields) and v.class = 'basic');
$$;
comment on function sealdesk.is_kept_back(uuid, text[]) is 'Whether a record''s list row still holds the value of one of these fields.';

create or replace function sealdesk_api.collect_list(p_session bytea, p_ticket uuid)
returns table (id uuid, number bigint, version bigint, updated_at timestamptz, updated_by text, deleted boolean, summary bytea, total bigint, total_exact boolean, has_more boolean,
  kind text, prefix text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record;
  q sealdesk.list_query;
  kept text[];
begin
  t := sealdesk.redeem(s.session, p_ticket, array['search', 'list'], interval '60 s', target);
  select * into q from sealdesk.list_query x where x.session = s.session and x.ticket = p_ticket;
  if not found then
    perform sealdesk.fail('SD008', 'the ticket is unknown, foreign or too old', 'Ask again.');
  end if;
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    perform sealdesk.fail_denied('basic');
  end if;
  kept := sealdesk.fields_kept_back(s.person);
  return query
  select r.id, r.number, r.version, r.updated_at, r.updated_by, r.deleted_at is not null, case when kept is null or not sealdesk.is_kept_back(r.id, kept) then r.summary end,
         q.total, q.total_exact, q.has_more, r.kind, k.prefix
    from unnest(q.found) with ordinality f (id, place)
    join sealdesk.record r on r.id = f.id
    join sealdesk.record_kind k on k.code = r.kind
   -- What was labelled, purged, deleted or taken back since is left out.
   where sealdesk.may_know(s.person, r) and (r.deleted_at is not null) = (q.view = 'deleted')
   order by f.place;
end $$;
comment on function sealdesk_api.collect_list(bytea, uuid) is
  'The rows of the page that was asked for, in display order of the direction read; the client reverses a page read backwards.';
