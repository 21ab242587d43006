-- Searching and browsing. All that is asked for is kept with the request, the page too: one event stands for at most one page.

create or replace function sealdesk_api.request_list(p_session bytea, p_ticket uuid, p_tokens bigint[], p_groups integer[], p_numbers bigint[], p_view text, p_box uuid,
  p_sort text, p_direction text, p_cursor_us bigint, p_cursor_number bigint, p_limit integer)
returns text language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := 'ok';
  searching boolean := cardinality(p_tokens) > 0 or cardinality(p_numbers) > 0;
begin
  if cardinality(p_tokens) > 256 or cardinality(p_tokens) <> cardinality(p_groups) or cardinality(p_numbers) > 8
     or coalesce(p_view, '') not in ('all', 'mine', 'deleted') or p_ticket is null
     or p_tokens is null or p_groups is null or p_numbers is null then
    result := 'SD011';
  elsif not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic'
                     and r.may_reveal and (r.may_search or not searching)) then
    result := 'SD003';
  end if;
  perform sealdesk.append(s.session, s.login, case when searching then 'search' else 'list' end, result, null, null, null, null, null, null,
    case when searching
      then json_build_object('box', p_box, 'tokens', (select array_agg(t) from unnest(p_tokens[1:64]) t), 'numbers', p_numbers)::text
      else json_build_object('view', left(p_view, 20))::text end,
    p_ticket);
  if result = 'ok' then
    delete from sealdesk.list_query q where q.session = s.session and q.at < clock_timestamp() - interval '60 s';
    insert into sealdesk.list_query (session, ticket, tokens, groups, numbers, view, sort, direction, cursor_us, cursor_number, page_rows)
    values (s.session, p_ticket, p_tokens, p_groups, p_numbers, p_view, coalesce(p_sort, 'recent'), coalesce(p_direction, 'after'), p_cursor_us, p_cursor_number,
      least(greatest(p_limit, 1), 200));
  end if;
  return result;
end $$;
comment on function sealdesk_api.request_list(bytea, uuid, bigint[], integer[], bigint[], text, uuid, text, text, bigint, bigint, integer) is
  'Asks for list rows. Tokens in one group are alternatives, groups are AND-ed; numbers are alternatives to all of it.';

-- Numbers of at most p_cap live records that match; the GIN index intersects, nothing is ordered.
create or replace function sealdesk.candidates(p_tokens bigint[], p_groups integer[], p_numbers bigint[], p_cap integer) returns bigint[]
language plpgsql stable as $$
declare
  grouped text;
  found bigint[];
begin
  select string_agg(
      case when cardinality(tokens) = 1 then format('r.tokens @> %L::bigint[]', tokens) else format('r.tokens && %L::bigint[]', tokens) end, ' and ')
    into grouped
    from (select array_agg(t) as tokens from unnest(p_tokens, p_groups) as x (t, g) group by g) y;
  if grouped is not null then
    execute format('select array_agg(number) from (select r.number from sealdesk.record r where r.deleted_at is null and %s limit %s) c', grouped, p_cap)
      into found;
  end if;
  if cardinality(p_numbers) > 0 then
    found := coalesce(found, '{}') || coalesce((select array_agg(r.number) from sealdesk.record r
      where r.number = any (p_numbers) and r.deleted_at is null and not r.number = any (coalesce(found, '{}'))), '{}');
  end if;
  return coalesce(found, '{}');
end $$;
comment on function sealdesk.candidates(bigint[], integer[], bigint[], integer) is 'A bounded set of matches, so that ordering never walks the table for a rare token.';

create or replace function sealdesk_api.collect_list(p_session bytea, p_ticket uuid)
returns table (id uuid, number bigint, version bigint, updated_at timestamptz, updated_by text, deleted boolean, summary bytea, total bigint, total_exact boolean, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  target pg_lsn := pg_current_wal_insert_lsn();
  s record := sealdesk.open_session(p_session);
  t record;
  q sealdesk.list_query;
  wanted integer;
  cap constant integer := 5001;
  matches bigint[];
  filter text := 'r.deleted_at is null';
  cursor_at timestamptz;
  forward boolean;
  by_number boolean;
  n_total bigint;
  exact boolean := true;
  searching boolean;
  order_by text;
  past text := '';
begin
  t := sealdesk.redeem(s.session, p_ticket, array['search', 'list'], interval '60 s', target);
  select * into q from sealdesk.list_query x where x.session = s.session and x.ticket = p_ticket;
  if not found then
    perform sealdesk.fail('SD008', 'the ticket is unknown, foreign or too old', 'Ask again.');
  end if;
  if not exists (select from sealdesk.person_right r where r.person = s.person and r.class = 'basic' and r.may_reveal) then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a supervisor.');
  end if;
  wanted := q.page_rows;
  forward := q.direction <> 'before';
  by_number := q.sort = 'number';
  searching := cardinality(q.tokens) > 0 or cardinality(q.numbers) > 0;
  if searching then
    matches := sealdesk.candidates(q.tokens, q.groups, q.numbers, cap);
    n_total := cardinality(matches);
    exact := n_total < cap;
    if exact then
      filter := filter || format(' and r.number = any (%L::bigint[])', matches);
    else
      -- A token this common is served best by walking the order and filtering.
      filter := filter || (select coalesce(string_agg(format(' and r.tokens && %L::bigint[]', tokens), ''), '')
        from (select array_agg(tk) as tokens from unnest(q.tokens, q.groups) as x (tk, g) group by g) y);
    end if;
  elsif q.view = 'mine' then
    filter := filter || format(' and r.updated_by = %L', s.login);
    exact := false;
  elsif q.view = 'deleted' then
    filter := 'r.deleted_at is not null';
    exact := false;
  else
    exact := false;
  end if;
  if n_total is null then
    select greatest(c.reltuples::bigint, 0) into n_total from pg_class c where c.oid = 'sealdesk.record'::regclass;
  end if;
  if q.cursor_number is not null then
    if by_number then
      past := format(' and r.number %s %L', case when forward then '>' else '<' end, q.cursor_number);
    else
      cursor_at := timestamptz 'epoch' + q.cursor_us * interval '1 microsecond';
      past := format(' and (r.updated_at, r.number) %s (%L::timestamptz, %L::bigint)', case when forward then '<' else '>' end, cursor_at, q.cursor_number);
    end if;
  end if;
  order_by := case
    when by_number and forward then 'r.number'
    when by_number then 'r.number desc'
    when forward then 'r.updated_at desc, r.number desc'
    else 'r.updated_at, r.number' end;
  return query execute format(
    'with page as materialized (select r.id, r.number, r.version, r.updated_at, r.updated_by, r.deleted_at is not null as deleted, r.summary
                                  from sealdesk.record r where %s%s order by %s limit %s)
     select p.id, p.number, p.version, p.updated_at, p.updated_by, p.deleted, p.summary, $1, $2, (select count(*) from page) > $3
       from page p order by %s limit $3',
    filter, past, order_by, wanted + 1, replace(order_by, 'r.', 'p.'))
  using n_total, exact, wanted;
end $$;
comment on function sealdesk_api.collect_list(bytea, uuid) is
  'One keyset page in display order of the direction read; the client reverses a page read backwards.';
