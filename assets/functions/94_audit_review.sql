-- Reviews of the audit. The sample of a period is drawn here, with the root of a checkpoint that was made after the period and by nobody who reviews it: a
-- reviewer neither chooses nor foresees it, and whoever verifies draws it again. What is hashed and signed is as keyring/audit_review.rs has it.

create or replace function sealdesk.canonical(variadic p_parts bytea[]) returns bytea language sql immutable set search_path = pg_catalog, pg_temp as $$
  select substr(array_send(p_parts), 21);
$$;
comment on function sealdesk.canonical(bytea[]) is 'As crypto/canonical.rs: of each part its length and its bytes, and the length -1 for one that is not there.';

create or replace function sealdesk.micros(p_at timestamptz) returns bytea language sql immutable set search_path = pg_catalog, pg_temp as $$
  select int8send((extract(epoch from p_at) * 1000000)::bigint);
$$;
comment on function sealdesk.micros(timestamptz) is 'A moment in eight bytes: microseconds since 1970.';

-- What goes on by itself all day. A scope that names actions may name these too.
create or replace function sealdesk.routine_actions() returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  select array['heartbeat', 'checkpoint', 'checkpoint_put', 'view_again', 'watch_lead', 'watch_leave', 'watch_round', 'watch_duty', 'watch_sinks', 'watch_delivered'];
$$;
comment on function sealdesk.routine_actions() is 'As ROUTINE in model/audit_review.rs: actions that are in no sample unless they are named.';

create or replace function sealdesk.reads_value(p_action text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$
  select p_action in ('reveal', 'history', 'notes', 'copy', 'shared_reveal');
$$;
comment on function sealdesk.reads_value(text) is 'As READS in model/audit_review.rs: what is counted as reading in bulk.';

create or replace function sealdesk.plans_audit_reviews(p_person uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select sealdesk.has_capability(p_person, 'manage_people') or sealdesk.has_capability(p_person, 'review');
$$;
comment on function sealdesk.plans_audit_reviews(uuid) is 'Who says what of the audit is reviewed: as access reviews.';

create or replace function sealdesk_api.audit_review_plan(p_session bytea, p_title text, p_period text, p_from timestamptz, p_until timestamptz, p_actions text[],
  p_classes text[], p_people text[], p_size integer, p_bulk integer, p_zone text, p_weekdays integer[], p_from_time text, p_until_time text, p_due_days integer,
  p_reviewers text[], out outcome text, out number integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  reviewers uuid[] := array(select p.id from sealdesk.person p where p.login = any (p_reviewers) and p.state = 'active' and sealdesk.has_capability(p.id, 'audit_all') order by p.login);
  hours time[];
begin
  outcome := case when sealdesk.plans_audit_reviews(s.person) then 'ok' else 'SD003' end;
  if outcome = 'ok' then
    outcome := case
      when p_title is null or char_length(btrim(p_title)) not between 1 and 120 or p_period is null or p_period not in ('weekly', 'monthly', 'once')
        or not sealdesk.is_time(p_from) or not sealdesk.is_time(p_until) or p_from >= p_until or p_until - p_from > interval '92 days'
        or p_actions is null or p_classes is null or p_people is null or p_weekdays is null or p_reviewers is null
        or not (sealdesk.is_list(p_actions) and sealdesk.is_list(p_classes) and sealdesk.is_list(p_people) and sealdesk.is_list(p_weekdays) and sealdesk.is_list(p_reviewers))
        or cardinality(p_actions) > 100 or cardinality(p_classes) > 100 or cardinality(p_people) > 200 or cardinality(p_weekdays) > 7
        or exists (select from unnest(p_actions) a where a !~ '^[a-z_]{1,40}$') or exists (select from unnest(p_weekdays) d where d not between 1 and 7)
        or p_size is null or p_size not between 8 and 200 or p_bulk is null or p_bulk not between 2 and 100000 or p_due_days is null or p_due_days not between 1 and 60
        or not exists (select from pg_timezone_names z where z.name = p_zone)
        or p_from_time is null or p_from_time !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' or p_until_time is null or p_until_time !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' then 'SD011'
      -- A month's end is none of every month.
      when p_period = 'monthly' and extract(day from p_until at time zone p_zone) > 28 then 'SD011'
      when exists (select from unnest(p_people) l where not exists (select from sealdesk.person p where p.login = l))
        or exists (select from unnest(p_classes) c where not exists (select from sealdesk.class k where k.code = c)) then 'SD146'
      when cardinality(reviewers) not between 1 and 20 or exists (select from unnest(p_reviewers) l where not exists (
        select from sealdesk.person p where p.id = any (reviewers) and p.login = l)) then 'SD187'
      else 'ok' end;
  end if;
  if outcome = 'ok' then
    insert into sealdesk.audit_review_plan as x (title, period, first_from, first_until, scope, zone, due_days, created_by)
    values (btrim(p_title), p_period, p_from, p_until, json_build_object('actions', p_actions, 'classes', p_classes, 'people', p_people, 'size', p_size, 'bulk', p_bulk,
      'zone', p_zone, 'weekdays', p_weekdays, 'from', p_from_time, 'until', p_until_time,
      'reviewers', array(select p.login from sealdesk.person p where p.id = any (reviewers) order by p.login))::text, p_zone, p_due_days, s.login)
    returning x.number into number;
    insert into sealdesk.audit_review_reviewer select number, x from unnest(reviewers) x;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'audit_review_plan', outcome, json_strip_nulls(json_build_object('plan', number, 'title', left(p_title, 120),
    'period', left(p_period, 20), 'from', case when sealdesk.is_time(p_from) then p_from end, 'until', case when sealdesk.is_time(p_until) then p_until end,
    'actions', sealdesk.named(p_actions), 'classes', sealdesk.named(p_classes), 'people', sealdesk.named(p_people), 'size', p_size, 'bulk', p_bulk,
    'due_days', p_due_days, 'reviewers', sealdesk.named(p_reviewers)))::text);
end $$;
comment on function sealdesk_api.audit_review_plan(bytea, text, text, timestamptz, timestamptz, text[], text[], text[], integer, integer, text, integer[], text, text, integer, text[]) is
  'Has the audit reviewed: of each week or month from the first period on, or of one time. SD146 for a person or class that there is not, SD187 for a reviewer who does not read the whole audit.';

create or replace function sealdesk_api.audit_review_stop(p_session bytea, p_plan integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case when sealdesk.plans_audit_reviews(s.person) then 'ok' else 'SD003' end;
begin
  if result = 'ok' then
    insert into sealdesk.audit_review_stop (plan, by) select x.number, s.login from sealdesk.audit_review_plan x where x.number = p_plan and x.period <> 'once' on conflict do nothing;
    result := case when found then 'ok' else 'SD186' end;
  end if;
  perform sealdesk.append_act(s.session, s.login, 'audit_review_stop', result, json_build_object('plan', p_plan)::text);
  return result;
end $$;
comment on function sealdesk_api.audit_review_stop(bytea, integer) is 'No further reviews of a plan; those that have begun stay due. SD186 where there would be none.';

-- An event belongs to the sample's period where a checkpoint covers it, so that a transaction held open hides nothing: what was not covered in its own period's
-- review is in the next. Lowest ranks first; each of the five kinds has an eighth of the places, the rest is drawn from everything.
create or replace function sealdesk.audit_review_draw(p_session uuid, r sealdesk.audit_review) returns boolean language plpgsql set jit = off as $$
declare
  p sealdesk.audit_review_plan;
  c record;
  before record;
  installed uuid := (select i.id from sealdesk.installation i);
  seed bytea;
  lo timestamptz;
  wanted json;
  actions text[];
  classes text[];
  people text[];
  weekdays integer[];
  size integer;
  quota integer;
  bulk bigint;
  begins time;
  ends time;
  counted bigint;
  digest bytea;
begin
  select * into p from sealdesk.audit_review_plan x where x.number = r.plan;
  select k.number, k.root into c from sealdesk.checkpoint k where k.number > r.after_checkpoint and not k.login = any (r.excluded) order by k.number limit 1;
  select x.number, x.from_at, d.checkpoint into before
    from sealdesk.audit_review x left join sealdesk.audit_review_draw d on d.review = x.number
   where x.plan = r.plan and x.from_at < r.from_at order by x.from_at desc limit 1;
  if c.number is null or before.number is not null and before.checkpoint is null then
    return false;
  end if;
  seed := sha256(sealdesk.canonical(convert_to('sealdesk/audit-review/v1', 'UTF8'), uuid_send(installed), int8send(r.number), int8send(c.number), c.root));
  lo := coalesce(before.from_at, r.from_at);
  wanted := p.scope::json;
  actions := array(select json_array_elements_text(wanted -> 'actions'));
  classes := array(select json_array_elements_text(wanted -> 'classes'));
  people := array(select json_array_elements_text(wanted -> 'people'));
  weekdays := array(select json_array_elements_text(wanted -> 'weekdays')::integer);
  size := (wanted ->> 'size')::integer;
  quota := size / 8;
  bulk := (wanted ->> 'bulk')::bigint;
  begins := (wanted ->> 'from')::time;
  ends := (wanted ->> 'until')::time;

  insert into sealdesk.audit_review_weight (review, n, kind, actor, record, from_at, until_at)
  select r.number, row_number() over (order by w.o, w.from_at, w.until_at, w.actor, w.record), w.kind, w.actor, w.record, w.from_at, w.until_at
    from (
      select 1 as o, 'hours' as kind, null::text as actor, null::uuid as record, (d + begins) at time zone p.zone as from_at,
             (d + case when begins < ends then interval '0' else interval '1 day' end + ends) at time zone p.zone as until_at
        from generate_series(((lo at time zone p.zone)::date - 1)::timestamp, ((r.until_at at time zone p.zone)::date)::timestamp, interval '1 day') d
       where extract(isodow from d)::integer = any (weekdays)
      union all
      -- Without working days there is no time outside them.
      select 1, 'hours', null, null, lo, r.until_at where cardinality(weekdays) = 0
      union all
      select 2, 'glass', h.login, null, e.from_at, least(e.until_at, e.ended_at)
        from sealdesk.elevation e join sealdesk.person h on h.id = e.person
       where e.break_glass and e.from_at < r.until_at and least(e.until_at, e.ended_at) > lo
      union all
      select 3, 'vip', null, v.record, null, null
        from (select distinct e.record from sealdesk.audit_event e where e.at >= lo and e.at < r.until_at and e.record is not null) v
       where exists (select from sealdesk.record x where x.id = v.record and x.labelled) or exists (select from sealdesk.honeytoken t where t.record = v.record)) w
   where w.kind <> 'hours' or w.from_at < r.until_at and w.until_at > lo;

  with active as (
    select distinct e.session from sealdesk.audit_event e where e.at >= lo and e.at < r.until_at),
  reach as materialized (
    select a.session,
           (select l.seq from sealdesk.checkpoint_leaf l where l.session = a.session and l.checkpoint <= c.number order by l.seq desc limit 1) as covered,
           coalesce((select l.seq from sealdesk.checkpoint_leaf l where l.session = a.session and l.checkpoint <= before.checkpoint order by l.seq desc limit 1), 0) as before
      from active a),
  pool as materialized (
    select e.session, e.seq, e.at, e.hash, e.actor, e.action, e.outcome, e.record, sha256(seed || uuid_send(e.session) || int8send(e.seq)) as rank
      from sealdesk.audit_event e join reach h on h.session = e.session
     where e.at >= lo and e.at < r.until_at and e.seq <= h.covered and (e.at >= r.from_at or e.seq > h.before) and e.actor <> 'system'
       and case when actions = '{}' then not e.action = any (sealdesk.routine_actions()) else e.action = any (actions) end
       and (classes = '{}' or e.class = any (classes)) and (people = '{}' or e.actor = any (people))),
  much as (
    select x.actor, floor(extract(epoch from x.at) / 3600)::bigint as hour from pool x
     where x.outcome = 'ok' and sealdesk.reads_value(x.action) group by 1, 2 having count(*) >= bulk),
  special as (
    select x.session, x.seq, x.hash, x.rank, 1 as k, 'glass' as kind from pool x
     where x.action = 'break_glass' or exists (select from sealdesk.audit_review_weight w
             where w.review = r.number and w.kind = 'glass' and w.actor = x.actor and x.at >= w.from_at and x.at < w.until_at)
    union all
    select x.session, x.seq, x.hash, x.rank, 2, 'vip' from pool x
     where x.record in (select w.record from sealdesk.audit_review_weight w where w.review = r.number and w.kind = 'vip')
    union all
    select x.session, x.seq, x.hash, x.rank, 3, 'off_hours' from pool x
     where not exists (select from sealdesk.audit_review_weight w where w.review = r.number and w.kind = 'hours' and x.at >= w.from_at and x.at < w.until_at)
    union all
    select x.session, x.seq, x.hash, x.rank, 4, 'bulk' from pool x join much m on m.actor = x.actor and m.hour = floor(extract(epoch from x.at) / 3600)::bigint
     where x.outcome = 'ok' and sealdesk.reads_value(x.action)
    union all
    select x.session, x.seq, x.hash, x.rank, 5, 'refused' from pool x where x.outcome not in ('ok', 'SD001', 'SD020', 'SD030')),
  picked as materialized (
    select distinct on (n.session, n.seq) n.session, n.seq, n.hash, n.rank, n.k, n.kind
      from (select s.*, row_number() over (partition by s.k order by s.rank) as place from special s) n
     where n.place <= quota order by n.session, n.seq, n.k),
  others as (
    select x.session, x.seq, x.hash, x.rank, 6 as k, 'random' as kind from pool x
     where not exists (select from picked y where y.session = x.session and y.seq = x.seq)
     order by x.rank limit size - (select count(*) from picked)),
  drawn as (
    insert into sealdesk.audit_review_item (review, item, kind, session, seq, hash)
    select r.number, row_number() over (order by a.k, a.rank), a.kind, a.session, a.seq, a.hash from (select * from picked union all select * from others) a)
  select count(*) into counted from pool;

  digest := sha256(
    sealdesk.canonical(convert_to('sealdesk/audit-review-sample/v1', 'UTF8'), uuid_send(installed), int8send(r.number), convert_to(p.title, 'UTF8'), sealdesk.micros(r.from_at),
      sealdesk.micros(r.until_at), sealdesk.micros(r.due_at), convert_to(p.scope, 'UTF8'), int8send(c.number), c.root, int8send(coalesce(before.checkpoint, 0)),
      sealdesk.micros(before.from_at), sealdesk.audit_review_weights(r.number), int8send(counted))
    || coalesce((select string_agg(sealdesk.canonical(convert_to(i.kind, 'UTF8'), uuid_send(i.session), int8send(i.seq), i.hash), ''::bytea order by i.item)
                   from sealdesk.audit_review_item i where i.review = r.number), ''));
  insert into sealdesk.audit_review_draw (review, checkpoint, previous, previous_from, population, digest)
  values (r.number, c.number, coalesce(before.checkpoint, 0), before.from_at, counted, digest);
  perform sealdesk.append(p_session, 'system', 'audit_review_draw', 'ok', null, null, null, r.number, null, null,
    json_build_object('review', r.number, 'checkpoint', c.number, 'events', counted, 'items', (select count(*) from sealdesk.audit_review_item i where i.review = r.number),
      'sample', encode(digest, 'hex'))::text, null);
  return true;
end $$;
comment on function sealdesk.audit_review_draw(uuid, sealdesk.audit_review) is 'Draws a review''s sample; false while there is no checkpoint to draw it with.';

create or replace function sealdesk.audit_review_weights(p_review bigint) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(sealdesk.canonical(convert_to('sealdesk/audit-review-weights/v1', 'UTF8'))
    || coalesce((select string_agg(sealdesk.canonical(convert_to(w.kind, 'UTF8'), convert_to(w.actor, 'UTF8'), uuid_send(w.record), sealdesk.micros(w.from_at), sealdesk.micros(w.until_at)),
                                   ''::bytea order by w.n) from sealdesk.audit_review_weight w where w.review = p_review), ''));
$$;
comment on function sealdesk.audit_review_weights(bigint) is 'A digest over what a sample was drawn by beside the events.';

create or replace function sealdesk.audit_review_next(p sealdesk.audit_review_plan, out starts timestamptz, out stops timestamptz) language plpgsql stable as $$
declare
  last sealdesk.audit_review;
begin
  select * into last from sealdesk.audit_review y where y.plan = p.number order by y.from_at desc limit 1;
  if last.number is null then
    starts := p.first_from;
    stops := p.first_until;
  elsif p.period <> 'once' then
    starts := last.until_at;
    stops := ((last.until_at at time zone p.zone) + case p.period when 'weekly' then interval '7 days' else interval '1 month' end) at time zone p.zone;
  end if;
end $$;
comment on function sealdesk.audit_review_next(sealdesk.audit_review_plan) is 'The period that a plan''s next review is of; null where there is none.';

-- Whoever looks at reviews brings them up to date, and the watch each minute. What somebody else is busy with is left to them.
create or replace function sealdesk.audit_reviews_advance(p_session uuid) returns void language plpgsql as $$
declare
  p sealdesk.audit_review_plan;
  r sealdesk.audit_review;
  n record;
begin
  for p in
    select * from sealdesk.audit_review_plan x
     where not exists (select from sealdesk.audit_review_stop s where s.plan = x.number) and (sealdesk.audit_review_next(x)).stops <= clock_timestamp()
     order by x.number for update skip locked
  loop
    for attempt in 1..60 loop
      n := sealdesk.audit_review_next(p);
      exit when n.stops is null or n.stops > clock_timestamp();
      insert into sealdesk.audit_review (plan, from_at, until_at, due_at, after_checkpoint, excluded)
      values (p.number, n.starts, n.stops, greatest(n.stops, p.created_at) + p.due_days * interval '1 day', coalesce((select max(c.number) from sealdesk.checkpoint c), 0),
        array(select x.login from sealdesk.person x
               where exists (select from sealdesk.audit_review_reviewer v where v.plan = p.number and sealdesk.is_same_person(v.person, x.id))
                  or exists (select from sealdesk.person m where m.login = p.created_by and sealdesk.is_same_person(m.id, x.id)) order by x.login))
      returning * into r;
      perform sealdesk.append(p_session, 'system', 'audit_review_begin', 'ok', null, null, null, r.number, null, null, json_build_object('review', r.number, 'plan', p.number,
        'from', r.from_at, 'until', r.until_at, 'due', r.due_at, 'after_checkpoint', r.after_checkpoint, 'excluded', r.excluded)::text, null);
      perform sealdesk.announce_policy();
    end loop;
  end loop;
  for r in
    select * from sealdesk.audit_review x where not exists (select from sealdesk.audit_review_draw d where d.review = x.number) order by x.number for update skip locked
  loop
    if sealdesk.audit_review_draw(p_session, r) then
      perform sealdesk.announce_policy();
    end if;
  end loop;
end $$;
comment on function sealdesk.audit_reviews_advance(uuid) is 'Begins the reviews of periods that have ended, and draws the samples that can be.';

create or replace view sealdesk.audit_review_found as
  select distinct on (m.review, m.item) m.review, m.item, m.person, m.by, m.at, m.mark, m.note,
         exists (select from sealdesk.audit_review_sign s where s.review = m.review and s.person = m.person) as signed
    from sealdesk.audit_review_mark m order by m.review, m.item, m.id desc;
comment on view sealdesk.audit_review_found is 'What was found last about each event of a sample, and whether who says so has signed.';

create or replace function sealdesk.audit_review_done(p_review bigint) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.audit_review_sign s where s.review = p_review)
     and not exists (select from sealdesk.audit_review_item i left join sealdesk.audit_review_found f on f.review = i.review and f.item = i.item
                      where i.review = p_review and f.signed is not true);
$$;
comment on function sealdesk.audit_review_done(bigint) is 'Whether everything of a sample is marked by somebody who has signed.';

create or replace function sealdesk.is_own_event(p_person uuid, p_event_session uuid, p_event_seq bigint) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from sealdesk.audit_event e join sealdesk.person p on p.login = e.actor
                  where e.session = p_event_session and e.seq = p_event_seq and sealdesk.is_same_person(p.id, p_person));
$$;
comment on function sealdesk.is_own_event(uuid, uuid, bigint) is 'Whether a person, under any account, did this.';

create or replace function sealdesk.may_mark(p_person uuid, p_review bigint, p_item integer) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from sealdesk.audit_review_item i join sealdesk.audit_review r on r.number = i.review
     where i.review = p_review and i.item = p_item and not sealdesk.is_own_event(p_person, i.session, i.seq)
       and (exists (select from sealdesk.audit_review_reviewer v where v.plan = r.plan and v.person = p_person)
            or not exists (select from sealdesk.audit_review_reviewer v join sealdesk.person p on p.id = v.person
                            where v.plan = r.plan and p.state = 'active' and sealdesk.has_capability(v.person, 'audit_all')
                              and not sealdesk.is_own_event(v.person, i.session, i.seq))));
$$;
comment on function sealdesk.may_mark(uuid, bigint, integer) is
  'Whether a person may say of an event of a sample whether it is in order: a reviewer, or anybody who reads the whole audit where no reviewer is left who did not do it. Never about one''s own.';

create or replace function sealdesk_api.list_audit_review_plans(p_session bytea)
returns table (number integer, title text, period text, first_from timestamptz, first_until timestamptz, scope text, due_days integer, created_by text, created_at timestamptz,
  stopped_by text, stopped_at timestamptz, reviews bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not (sealdesk.has_capability(s.person, 'audit_all') or sealdesk.plans_audit_reviews(s.person)) then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  return query
  select p.number, p.title, p.period, p.first_from, p.first_until, p.scope, p.due_days, p.created_by, p.created_at, x.by, x.at,
         (select count(*) from sealdesk.audit_review r where r.plan = p.number)
    from sealdesk.audit_review_plan p left join sealdesk.audit_review_stop x on x.plan = p.number order by x.plan is not null, p.number;
end $$;
comment on function sealdesk_api.list_audit_review_plans(bytea) is 'What of the audit is reviewed how often and by whom, and what is not any more.';

create or replace function sealdesk_api.list_audit_reviews(p_session bytea)
returns table (number bigint, plan integer, title text, from_at timestamptz, until_at timestamptz, due_at timestamptz, scope text, checkpoint bigint, population bigint,
  items bigint, marked bigint, findings bigint, waiting bigint, signed text[], done boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this', 'Ask a security officer.');
  end if;
  perform sealdesk.audit_reviews_advance(s.session);
  return query
  select r.number, r.plan, p.title, r.from_at, r.until_at, r.due_at, p.scope, d.checkpoint, d.population, count(i), count(f), count(f) filter (where f.mark = 'finding'),
         count(i) filter (where f.mark is null and sealdesk.may_mark(s.person, r.number, i.item)),
         array(select x.by from sealdesk.audit_review_sign x where x.review = r.number order by x.by), sealdesk.audit_review_done(r.number)
    from sealdesk.audit_review r
    join sealdesk.audit_review_plan p on p.number = r.plan
    left join sealdesk.audit_review_draw d on d.review = r.number
    left join sealdesk.audit_review_item i on i.review = r.number
    left join sealdesk.audit_review_found f on f.review = i.review and f.item = i.item
   where r.number > (select coalesce(max(y.number), 0) - 200 from sealdesk.audit_review y)
   group by r.number, r.plan, p.title, r.from_at, r.until_at, r.due_at, p.scope, d.checkpoint, d.population
   order by sealdesk.audit_review_done(r.number), case when not sealdesk.audit_review_done(r.number) then r.due_at end, r.number desc;
end $$;
comment on function sealdesk_api.list_audit_reviews(bytea) is
  'The newest 200 reviews, those that are not signed off first; waiting are the events that the caller is to mark. Without a checkpoint the sample is not drawn yet. Begins and draws what can be.';

create or replace function sealdesk_api.request_audit_review(p_session bytea, p_ticket uuid, p_review bigint, p_export boolean default false) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003'
    when not exists (select from sealdesk.audit_review r where r.number = p_review) then 'SD186'
    when not exists (select from sealdesk.audit_review_draw d where d.review = p_review) then 'SD188'
    else 'ok' end;
begin
  perform sealdesk.append(s.session, s.login, case when p_export then 'audit_review_export' else 'audit_review_open' end, result, null, null, null, p_review, null, null,
    json_build_object('review', p_review)::text, p_ticket);
  return result;
end $$;
comment on function sealdesk_api.request_audit_review(bytea, uuid, bigint, boolean) is 'Asks for a review''s sample and what was found. SD186 for no such review, SD188 where its sample is not drawn yet.';

create or replace function sealdesk.audit_review_view(p_session bytea, p_ticket uuid, p_review bigint, p_target pg_lsn, out session uuid, out person uuid, out login text) language plpgsql as $$
declare
  s record := sealdesk.open_session(p_session);
  t record := sealdesk.redeem(s.session, p_ticket, array['audit_review_open', 'audit_review_export', 'verify'], interval '15 min', p_target);
begin
  if not sealdesk.has_capability(s.person, 'audit_all') then
    perform sealdesk.fail('SD003', 'your roles do not permit this any more', 'Ask a security officer.');
  elsif t.version is not null and t.version is distinct from p_review then
    perform sealdesk.fail('SD008', 'the ticket is for another review', 'Ask again.');
  end if;
  session := s.session;
  person := s.person;
  login := s.login;
end $$;
comment on function sealdesk.audit_review_view(bytea, uuid, bigint, pg_lsn) is 'Checks a ticket for a review, or one to verify all.';

create or replace function sealdesk_api.collect_audit_review(p_session bytea, p_ticket uuid, p_review bigint)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, outcome text, record uuid, record_number bigint, field text, class text,
  version bigint, reason text, reference text, details text, ticket uuid, hash bytea, record_prefix text, item integer, kind text, item_session uuid, item_seq bigint,
  marked_by text, marked_at timestamptz, mark text, note text, signed boolean, looked boolean, own boolean, may_mark boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query execute format(
    'select %s, i.item, i.kind, i.session, i.seq, f.by, f.at, f.mark, f.note, coalesce(f.signed, false),
            exists (select from sealdesk.audit_review_look l where l.review = i.review and l.item = i.item and l.person = $2),
            sealdesk.is_own_event($2, i.session, i.seq), sealdesk.may_mark($2, i.review, i.item)
       from sealdesk.audit_review_item i
       left join sealdesk.audit_review_found f on f.review = i.review and f.item = i.item
       left join sealdesk.audit_event p on p.session = i.session and p.seq = i.seq
       left join sealdesk.record r on r.id = p.record
      where i.review = $1 order by i.item', sealdesk.audit_columns(v.person, v.login))
  using p_review, v.person;
end $$;
comment on function sealdesk_api.collect_audit_review(bytea, uuid, bigint) is
  'A review''s sample as the caller may see it, and what was found: what is above their clearance is withheld here too. Of an event whose month was dropped only its place is left.';

create or replace function sealdesk_api.collect_audit_review_frames(p_session bytea, p_ticket uuid, p_review bigint)
returns table (review bigint, title text, from_at timestamptz, until_at timestamptz, due_at timestamptz, scope text, after_checkpoint bigint, excluded text[], previous bigint,
  previous_from timestamptz, population bigint, digest bytea, number bigint, at timestamptz, size bigint, root bytea, before bytea, login text, entry bigint, signature bytea,
  covers timestamptz, records_from bigint, record_root bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query
  select r.number, p.title, r.from_at, r.until_at, r.due_at, p.scope, r.after_checkpoint, r.excluded, d.previous, d.previous_from, d.population, d.digest,
         c.number, c.at, c.size, c.root, c.previous, c.login, c.entry, c.signature, c.covers, c.records_from, c.record_root
    from sealdesk.audit_review_draw d join sealdesk.audit_review r on r.number = d.review join sealdesk.audit_review_plan p on p.number = r.plan
    join sealdesk.checkpoint c on c.number = d.checkpoint
   where p_review is null or r.number = p_review order by r.number;
end $$;
comment on function sealdesk_api.collect_audit_review_frames(bytea, uuid, bigint) is 'What samples were drawn by, of one review or, to verify, of all: with the checkpoint.';

create or replace function sealdesk_api.collect_audit_review_weights(p_session bytea, p_ticket uuid, p_review bigint)
returns table (kind text, actor text, record uuid, from_at timestamptz, until_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query select w.kind, w.actor, w.record, w.from_at, w.until_at from sealdesk.audit_review_weight w where w.review = p_review order by w.n;
end $$;
comment on function sealdesk_api.collect_audit_review_weights(bytea, uuid, bigint) is 'What a sample was drawn by beside the events; ids of records, and nothing of them.';

create or replace function sealdesk_api.collect_audit_review_items(p_session bytea, p_ticket uuid, p_review bigint)
returns table (kind text, session uuid, seq bigint, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query select i.kind, i.session, i.seq, i.hash from sealdesk.audit_review_item i where i.review = p_review order by i.item;
end $$;
comment on function sealdesk_api.collect_audit_review_items(bytea, uuid, bigint) is 'A sample as it was drawn.';

create or replace function sealdesk_api.collect_audit_review_marks(p_session bytea, p_ticket uuid, p_review bigint)
returns table (item integer, by text, at timestamptz, mark text, note text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query
  select distinct on (m.item, m.by) m.item, m.by, m.at, m.mark, m.note from sealdesk.audit_review_mark m where m.review = p_review order by m.item, m.by, m.id desc;
end $$;
comment on function sealdesk_api.collect_audit_review_marks(bytea, uuid, bigint) is 'What each reviewer says last of each event of a sample.';

create or replace function sealdesk_api.collect_audit_review_signs(p_session bytea, p_ticket uuid, p_review bigint)
returns table (by text, at timestamptz, entry bigint, signature bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query select x.by, x.at, x.entry, x.signature from sealdesk.audit_review_sign x where x.review = p_review order by x.by;
end $$;
comment on function sealdesk_api.collect_audit_review_signs(bytea, uuid, bigint) is 'Who has signed a review.';

create or replace function sealdesk_api.collect_audit_review_signers(p_session bytea, p_ticket uuid, p_review bigint)
returns table (id bigint, kind text, name text, generation integer, hpke_public bytea, ed25519_public bytea, signer text, signature bytea, root_public bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record := sealdesk.audit_review_view(p_session, p_ticket, p_review, pg_current_wal_insert_lsn());
begin
  return query
  select e.id, e.kind, e.name, e.generation, e.hpke_public, e.ed25519_public, e.signer, e.signature, e.root_public from sealdesk.vouched_entry e order by e.id;
end $$;
comment on function sealdesk_api.collect_audit_review_signers(bytea, uuid, bigint) is 'Whose keys signed, and who vouched for them.';

create or replace function sealdesk_api.audit_review_look(p_session bytea, p_review bigint, p_item integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  result text := case
    when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003'
    when not exists (select from sealdesk.audit_review_item i where i.review = p_review and i.item = p_item) then 'SD186'
    -- What was not handed out was not looked at. Not in the transaction that asks for it either.
    when not exists (select from sealdesk.audit_event e where e.session = s.session and e.action = 'audit_review_open' and e.outcome = 'ok' and e.version = p_review
                       and e.xid is distinct from pg_current_xact_id_if_assigned()) then 'SD189'
    else 'ok' end;
begin
  if result = 'ok' then
    insert into sealdesk.audit_review_look (review, item, person) values (p_review, p_item, s.person) on conflict do nothing;
  end if;
  perform sealdesk.append(s.session, s.login, 'audit_review_look', result, null, null, null, p_review, null, null, json_build_object('review', p_review, 'item', p_item)::text, null);
  return result;
end $$;
comment on function sealdesk_api.audit_review_look(bytea, bigint, integer) is 'That the caller has opened an event of a sample, which they were handed in this session (or SD189).';

-- One person's marks and signature wait for each other; nobody else's do.
create or replace function sealdesk.hold_own(p_person uuid, out held boolean) language plpgsql set lock_timeout = '500ms' as $$
begin
  perform from sealdesk.person p where p.id = p_person for no key update;
  held := true;
exception when lock_not_available then
  held := false;
end $$;
comment on function sealdesk.hold_own(uuid) is 'Takes the caller''s own row until the transaction ends; false when another session of theirs keeps it.';

create or replace function sealdesk_api.audit_review_mark(p_session bytea, p_review bigint, p_item integer, p_mark text, p_note text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  words text := btrim(coalesce(p_note, ''));
  i sealdesk.audit_review_item;
  last record;
  result text := case when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003' when not (select h.held from sealdesk.hold_own(s.person) h) then 'SD007' else 'ok' end;
begin
  if result = 'ok' then
    select * into i from sealdesk.audit_review_item x where x.review = p_review and x.item = p_item;
    select f.person, x.state into last from sealdesk.audit_review_found f join sealdesk.person x on x.id = f.person where f.review = p_review and f.item = p_item;
    result := case
      when i.review is null then 'SD186'
      when not sealdesk.may_mark(s.person, p_review, p_item) then 'SD187'
      when exists (select from sealdesk.audit_review_sign x where x.review = p_review and x.person = s.person) then 'SD188'
      -- Another's word stands, unless they cannot sign it any more.
      when last.person <> s.person and (last.state = 'active' or exists (select from sealdesk.audit_review_sign x where x.review = p_review and x.person = last.person)) then 'SD188'
      when not exists (select from sealdesk.audit_review_look l where l.review = p_review and l.item = p_item and l.person = s.person
                         and l.xid is distinct from pg_current_xact_id_if_assigned()) then 'SD189'
      when p_mark is null or p_mark not in ('in_order', 'finding') or char_length(words) > 1000 then 'SD011'
      when p_mark = 'finding' and words = '' then 'SD005'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.audit_review_mark (review, item, person, by, at, mark, note) values (p_review, p_item, s.person, s.login, clock_timestamp(), p_mark, words);
  end if;
  perform sealdesk.append(s.session, s.login, 'audit_review_mark', result, null, null, null, p_review, null, null, json_strip_nulls(json_build_object('review', p_review,
    'item', p_item, 'mark', left(p_mark, 20), 'note', case when result = 'ok' then encode(sha256(convert_to(words, 'UTF8')), 'hex') end))::text, null);
  return result;
end $$;
comment on function sealdesk_api.audit_review_mark(bytea, bigint, integer, text, text) is
  'Says of an event of a sample that it is in order, or what is the matter. SD187 about one''s own or for who is no reviewer, SD188 once it is signed, SD189 before it was opened, SD005 for a finding without words.';

create or replace function sealdesk.audit_review_statement(p_review bigint, p_person uuid, p_login text, p_at timestamptz) returns bytea language sql stable set search_path = pg_catalog, pg_temp as $$
  with mine as (
    select distinct on (m.item) m.item, m.mark, m.note, m.at from sealdesk.audit_review_mark m where m.review = p_review and m.person = p_person order by m.item, m.id desc)
  select sealdesk.canonical(convert_to('sealdesk/audit-review-sign/v1', 'UTF8'), uuid_send(i.id), int8send(p_review), d.digest, convert_to(p_login, 'UTF8'), sealdesk.micros(p_at),
      int4send((select count(*) from mine)::integer))
    || coalesce((select string_agg(sealdesk.canonical(int4send(m.item), convert_to(m.mark, 'UTF8'), convert_to(m.note, 'UTF8'), sealdesk.micros(m.at)), ''::bytea order by m.item) from mine m), '')
    from sealdesk.installation i, sealdesk.audit_review_draw d where d.review = p_review;
$$;
comment on function sealdesk.audit_review_statement(bigint, uuid, text, timestamptz) is 'What a reviewer signs: the sample, and what they say of it.';

create or replace function sealdesk_api.audit_review_sign(p_session bytea, p_review bigint, p_at timestamptz, p_digest bytea, p_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  entry bigint;
  result text := case when not sealdesk.has_capability(s.person, 'audit_all') then 'SD003' when not (select h.held from sealdesk.hold_own(s.person) h) then 'SD007' else 'ok' end;
begin
  if result = 'ok' then
    result := case
      when not exists (select from sealdesk.audit_review r where r.number = p_review) then 'SD186'
      when not exists (select from sealdesk.audit_review_draw d where d.review = p_review)
        or exists (select from sealdesk.audit_review_sign x where x.review = p_review and x.person = s.person) then 'SD188'
      when not exists (select from sealdesk.audit_review_reviewer v join sealdesk.audit_review r on r.plan = v.plan where r.number = p_review and v.person = s.person)
        and not exists (select from sealdesk.audit_review_mark m where m.review = p_review and m.person = s.person) then 'SD187'
      when exists (select from sealdesk.audit_review_item i where i.review = p_review and sealdesk.may_mark(s.person, p_review, i.item)
                     and not exists (select from sealdesk.audit_review_mark m where m.review = p_review and m.item = i.item))
        or exists (select from sealdesk.audit_review_item i where i.review = p_review) and not exists (select from sealdesk.audit_review_mark m where m.review = p_review and m.person = s.person)
        then 'SD189'
      when octet_length(p_signature) is distinct from 64 or p_at is null or p_at not between clock_timestamp() - interval '5 min' and clock_timestamp() + interval '5 min' then 'SD011'
      -- What was signed is not what stands here.
      when sha256(sealdesk.audit_review_statement(p_review, s.person, s.login, p_at)) is distinct from p_digest then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    entry := sealdesk.keep_entry(s.person);
    result := case when entry is null then 'SD122' else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.audit_review_sign (review, person, by, at, digest, entry, signature) values (p_review, s.person, s.login, p_at, p_digest, entry, p_signature);
    perform sealdesk.announce_policy();
  end if;
  perform sealdesk.append(s.session, s.login, 'audit_review_sign', result, null, null, null, p_review, null, null, json_strip_nulls(json_build_object('review', p_review,
    'statement', case when result = 'ok' then encode(p_digest, 'hex') end))::text, null);
  return result;
end $$;
comment on function sealdesk_api.audit_review_sign(bytea, bigint, timestamptz, bytea, bytea) is
  'Stores the caller''s signature under a sample and what they say of it; afterwards nothing of that changes. SD189 while something is left that the caller may mark, SD188 twice, SD007 where another statement was signed.';

-- At most once a day each.
create or replace function sealdesk.report_overdue_audit_reviews(p_session uuid) returns void language plpgsql as $$
declare
  r record;
begin
  for r in
    select x.number, x.due_at, format('audit review %s', x.number) as what from sealdesk.audit_review x
     where x.due_at <= clock_timestamp() and not sealdesk.audit_review_done(x.number) order by x.number
  loop
    if not exists (select from sealdesk.audit_event e where e.actor = 'system' and e.at > clock_timestamp() - interval '1 day' and e.action = 'audit_review_overdue' and e.reference = r.what) then
      perform sealdesk.append(p_session, 'system', 'audit_review_overdue', 'ok', null, null, null, r.number, null, r.what, json_build_object('due', r.due_at)::text, null);
    end if;
  end loop;
end $$;
comment on function sealdesk.report_overdue_audit_reviews(uuid) is 'Records reviews of the audit that nobody has signed off by their due date, as events that a rule matches.';

create or replace function sealdesk.audit_reviews_duty(p_session uuid) returns void language plpgsql as $$
begin
  perform sealdesk.audit_reviews_advance(p_session);
  -- A reviewer who keeps what is due in a transaction left open is ended: the next minute begins it.
  if exists (select from sealdesk.audit_review x where not exists (select from sealdesk.audit_review_draw d where d.review = x.number)
               and exists (select from sealdesk.checkpoint c where c.number > x.after_checkpoint and not c.login = any (x.excluded)))
     or exists (select from sealdesk.audit_review_plan p where (sealdesk.audit_review_next(p)).stops <= clock_timestamp() - interval '1 min'
               and not exists (select from sealdesk.audit_review_stop s where s.plan = p.number)) then
    perform sealdesk_lifecycle.end_writers('sealdesk.audit_review_plan'::regclass);
    perform sealdesk_lifecycle.end_writers('sealdesk.audit_review'::regclass);
  end if;
  perform sealdesk.report_overdue_audit_reviews(p_session);
end $$;
comment on function sealdesk.audit_reviews_duty(uuid) is 'What the watch does about reviews of the audit each minute.';
