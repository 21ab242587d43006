-- Access reviews, duties that must not meet in one person, and findings that are shown before anybody asks.

-- A new capability or action is counted once it stands here; a role that does not stand here is never called unused.
create or replace view sealdesk.role_need as
  select r.role, a.action, r.class
    from sealdesk.role_right r
    join (values ('reveal', false), ('history', false), ('copy', false), ('notes', false), ('share', false), ('note', true), ('edit', true), ('create', true)) a (action, edits)
      on case when a.edits then r.may_edit else r.may_reveal end
  union all
  select r.role, a.action, r.class
    from sealdesk.role_right r
    join (values ('list', false, false), ('view', false, false), ('search', true, false), ('delete', false, true), ('undelete', false, true)) a (action, searches, edits)
      on r.class = 'basic' and r.may_reveal and (r.may_search or not a.searches) and (r.may_edit or not a.edits)
  union all
  select r.code, a.action, ''
    from sealdesk.application_role r
    join (values ('audit_all', 'audit'), ('audit_all', 'verify'), ('audit_all', 'recovery_check'), ('audit_all', 'who_searched'), ('audit_all', 'absence'), ('export_audit', 'audit_export'),
      ('manage_people', 'staff_add'), ('manage_people', 'staff_code'), ('manage_people', 'staff_enable'), ('manage_people', 'staff_rename'),
      ('manage_people', 'staff_disable'), ('manage_people', 'staff_confirm'), ('manage_people', 'role_grant'), ('manage_people', 'role_revoke'),
      ('manage_people', 'role_allow'), ('manage_people', 'role_deny'), ('manage_people', 'role_rotate'), ('manage_people', 'role_second_factor'),
      ('manage_people', 'second_factor_reset'), ('manage_people', 'wrap'), ('manage_people', 'officer_sign'), ('manage_people', 'class_rotate'),
      ('manage_people', 'class_retire'), ('manage_people', 'reencrypt'), ('manage_people', 'recovery_set_up'), ('manage_people', 'recovery_drill'),
      ('manage_people', 'root_exchange'), ('manage_people', 'review_start'), ('review', 'review_start'), ('manage_people', 'audit_review_plan'), ('review', 'audit_review_plan'),
      ('manage_people', 'role_add'), ('manage_people', 'role_remove'), ('manage_people', 'four_eyes'), ('manage_people', 'staff_clear'),
      ('approve', 'approve'), ('approve', 'refuse'), ('approve', 'break_glass_review'),
      ('respond', 'freeze'), ('respond', 'sign_out_all'), ('respond', 'incident_open'), ('respond', 'incident'), ('audit_all', 'saw'), ('audit_all', 'audit_review_mark'), ('audit_all', 'audit_review_sign'),
      ('manage_policy', 'field_add'), ('manage_policy', 'field_change'), ('manage_policy', 'field_move'), ('manage_policy', 'field_retire'),
      ('manage_policy', 'field_restore'), ('manage_policy', 'class_change'), ('manage_policy', 'reason_put'), ('manage_policy', 'reason_retire'),
      ('manage_policy', 'reason_restore'), ('manage_policy', 'retention_set'), ('manage_policy', 'retention_run'),
      ('legal_hold', 'legal_hold'), ('legal_hold', 'legal_hold_release')) a (capability, action)
      on a.capability = any (r.capabilities);
comment on view sealdesk.role_need is 'What each role permits of what the audit can count: action and class, an empty class for capabilities.';

create or replace function sealdesk.grant_evidence(p_roles text[] default '{}')
returns table (person uuid, role text, used bigint, last_used timestamptz, peers_median bigint, would_fail bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with member as (
    select m.person, m.role, p.login, exists (select from sealdesk.role_need n where n.role = m.role) as counted
      from sealdesk.membership m join sealdesk.person p on p.id = m.person
     where p.state = 'active' and (p_roles = '{}' or m.role = any (p_roles))),
  -- Counted before it is looked into: what was edited stands in JSON, and there are far fewer texts than events.
  counted as (
    select q.person, e.action, e.class, case when e.action in ('create', 'edit') then e.details end as details, count(*) as times, max(e.at) as last_at
      from (select distinct x.person, x.login from member x) q
      join sealdesk.audit_event e on e.actor = q.login and e.at > now() - interval '90 days' and e.outcome = 'ok'
       and e.action = any (array(select distinct n.action from sealdesk.role_need n))
     group by 1, 2, 3, 4),
  act as (
    select t.person, t.action, c.classes, sum(t.times) as times, max(t.last_at) as last_at
      from counted t
      cross join lateral (
        select case
          when t.action in ('create', 'edit') then array(
            select distinct f.class from sealdesk.field f
             where f.code in (select v.value from json_each(t.details::json) l, json_array_elements_text(case json_typeof(l.value) when 'array' then l.value else '[]' end) v)
             order by f.class)
          when t.action in ('list', 'view', 'search', 'delete', 'undelete') then array['basic']
          when t.action in ('reveal', 'history', 'copy', 'notes', 'share', 'note') then array[t.class]
          else array[''] end as classes) c
     group by t.person, t.action, c.classes),
  given as (
    select m.person, m.role, a.times, a.last_at,
           bool_or(not exists (select from sealdesk.membership o join sealdesk.role_need x on x.role = o.role
                                where o.person = m.person and o.role <> m.role and x.action = n.action and x.class = n.class)) as alone
      from member m
      join act a on a.person = m.person
      join sealdesk.role_need n on n.role = m.role and n.action = a.action and n.class = any (a.classes)
     group by m.person, m.role, a.action, a.classes, a.times, a.last_at),
  total as (
    select m.person, m.role, case when m.counted then coalesce(sum(g.times), 0)::bigint end as used, max(g.last_at) as last_used,
           case when m.counted then coalesce(sum(g.times) filter (where g.alone), 0)::bigint end as would_fail
      from member m left join given g on g.person = m.person and g.role = m.role
     group by m.person, m.role, m.counted)
  select t.person, t.role, t.used, t.last_used,
         (select percentile_disc(0.5) within group (order by o.used) from total o where o.role = t.role and o.person <> t.person), t.would_fail
    from total t;
$$;
comment on function sealdesk.grant_evidence(text[]) is
  'For each grant of the last 90 days: how often and when it was used, the median of the role''s other members, and how many acts no other role of the person would have permitted.';

-- Duties.

create or replace function sealdesk.breaks_duties(p_person uuid, p_extra text[], p_without text default null) returns boolean language plpgsql as $$
declare
  held text[];
  more text[] := array(select unnest(a.capabilities) from sealdesk.application_role a where a.code = any (p_extra));
begin
  -- Two grants to one person at once must see each other.
  perform sealdesk.hold_person(p_person);
  -- With what the same transaction has given and not committed, which active_role leaves out.
  held := more || array(select unnest(a.capabilities)
                          from (select x.person, x.role from sealdesk.membership x
                                union all
                                select e.person, e.role from sealdesk.elevation e where e.ended_at is null and e.until_at > clock_timestamp()) m
                          join sealdesk.application_role a on a.code = m.role
                         where m.person = p_person and m.role is distinct from p_without);
  return exists (select from sealdesk.duty_conflict d
                  where d.capability_a = any (held) and d.capability_b = any (held) and (d.capability_a = any (more) or d.capability_b = any (more)));
end $$;
comment on function sealdesk.breaks_duties(uuid, text[], text) is
  'Whether these roles would bring together in one person what must be kept apart; without one of the roles they have, for good or for a time. Null for somebody new. Holds the person''s row.';

create or replace function sealdesk_api.duty_list(p_session bytea) returns table (capability_a text, capability_b text, reason_en text, reason_zh text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.require_overview(p_session);
begin
  return query select d.capability_a, d.capability_b, d.reason_en, d.reason_zh from sealdesk.duty_conflict d order by d.capability_a, d.capability_b;
end $$;
comment on function sealdesk_api.duty_list(bytea) is 'Pairs of capabilities that one person must not hold.';

create or replace function sealdesk_api.duty_add(p_session bytea, p_a text, p_b text, p_reason_en text, p_reason_zh text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  low text := case when p_a collate "C" < p_b then p_a else p_b end;
  high text := case when p_a collate "C" < p_b then p_b else p_a end;
  approved bigint;
  seq bigint;
begin
  if result = 'ok' then
    result := case
      when num_nulls(p_a, p_b, p_reason_en, p_reason_zh) > 0 or p_a = p_b or char_length(p_reason_en) not between 1 and 200 or char_length(p_reason_zh) not between 1 and 200
        or (select count(distinct x.capability) from sealdesk.application_role a, unnest(a.capabilities) x (capability) where x.capability in (p_a, p_b)) < 2 then 'SD011'
      -- Nobody could have that role any more.
      when exists (select from sealdesk.application_role a where array[p_a, p_b] <@ a.capabilities) then 'SD092'
      else 'ok' end;
  end if;
  if result = 'ok' then
    select a.outcome, a.request into result, approved from sealdesk.find_approval(m.person, 'duty', concat_ws(' ', 'add', low, high)) a;
  end if;
  if result = 'ok' then
    insert into sealdesk.duty_conflict values (low, high, p_reason_en, p_reason_zh)
    on conflict (capability_a, capability_b) do update set reason_en = excluded.reason_en, reason_zh = excluded.reason_zh;
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'duty_add', result,
    json_strip_nulls(json_build_object('capabilities', sealdesk.named(array[low, high]), 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  perform sealdesk.did_alone(result, approved, 'duty', concat_ws(' ', 'add', low, high), m.session, m.login, seq);
  return result;
end $$;
comment on function sealdesk_api.duty_add(bytea, text, text, text, text) is
  'Keeps two capabilities apart from now on; who holds both already is a finding. SD011 for what no role has, SD092 where one role has both.';

create or replace function sealdesk_api.duty_remove(p_session bytea, p_a text, p_b text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
  d sealdesk.duty_conflict;
  approved bigint;
  seq bigint;
begin
  if result = 'ok' then
    select * into d from sealdesk.duty_conflict x where (x.capability_a, x.capability_b) in ((p_a, p_b), (p_b, p_a));
    if d.capability_a is null then
      result := 'SD011';
    else
      select a.outcome, a.request into result, approved
        from sealdesk.find_approval(m.person, 'duty', concat_ws(' ', 'remove', d.capability_a, d.capability_b)) a;
    end if;
  end if;
  if result = 'ok' then
    delete from sealdesk.duty_conflict x where (x.capability_a, x.capability_b) = (d.capability_a, d.capability_b);
  end if;
  seq := sealdesk.append_act(m.session, m.login, 'duty_remove', result,
    json_strip_nulls(json_build_object('capabilities', sealdesk.named(array[p_a, p_b]), 'request', approved))::text);
  perform sealdesk.use_approval(approved, m.session, seq);
  perform sealdesk.did_alone(result, approved, 'duty', concat_ws(' ', 'remove', d.capability_a, d.capability_b), m.session, m.login, seq);
  return result;
end $$;
comment on function sealdesk_api.duty_remove(bytea, text, text) is 'Lets two capabilities meet in one person again.';

-- Campaigns.

create or replace function sealdesk.append_review(p_session uuid, p_actor text, p_action text, p_outcome text, p_campaign integer, p_details json) returns void language plpgsql as $$
declare
  seq bigint := sealdesk.append_act(p_session, p_actor, p_action, p_outcome,
    json_strip_nulls(json_build_object('campaign', p_campaign, 'review', p_details))::text);
begin
  if p_outcome = 'ok' then
    insert into sealdesk.review_event values (p_campaign, p_session, seq);
  end if;
end $$;
comment on function sealdesk.append_review(uuid, text, text, text, integer, json) is 'Appends an event about a campaign, and remembers that it is.';

create or replace function sealdesk.sees_review(p_person uuid, p_campaign integer) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select sealdesk.has_capability(p_person, 'manage_people') or sealdesk.has_capability(p_person, 'audit_all')
      or exists (select from sealdesk.review_reviewer r where r.campaign = p_campaign and r.person = p_person);
$$;
comment on function sealdesk.sees_review(uuid, integer) is 'Whether a person may look at a campaign: its reviewers, who manages people, and who reads the whole audit.';

create or replace function sealdesk.may_review(p_person uuid, p_campaign integer, p_of uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_person <> p_of and (
    exists (select from sealdesk.review_reviewer r where r.campaign = p_campaign and r.person = p_person)
    or (sealdesk.has_capability(p_person, 'manage_people')
        and not exists (select from sealdesk.review_reviewer r join sealdesk.person p on p.id = r.person
                         where r.campaign = p_campaign and r.person <> p_of and p.state = 'active')));
$$;
comment on function sealdesk.may_review(uuid, integer, uuid) is
  'Whether a person may answer about another''s grants: a reviewer, or who manages people where no other reviewer is left. Never about one''s own.';

create or replace function sealdesk.gather_evidence(p_campaign integer) returns void language plpgsql as $$
begin
  update sealdesk.review_item i
     set used = e.used, last_used = e.last_used, peers_median = e.peers_median, would_fail = e.would_fail
    from sealdesk.grant_evidence(array(select distinct x.role from sealdesk.review_item x where x.campaign = p_campaign and x.decision is null)) e
   where i.campaign = p_campaign and i.decision is null and e.person = i.person and e.role = i.role;
  update sealdesk.review_campaign set evidence_at = clock_timestamp() where number = p_campaign;
end $$;
comment on function sealdesk.gather_evidence(integer) is 'Puts the present evidence beside the items that are not answered yet.';

create or replace function sealdesk.open_review(p_title text, p_roles text[], p_reviewers uuid[], p_created_by text, p_due timestamptz, p_unanswered text, p_every integer)
returns integer language plpgsql as $$
declare
  opened integer;
begin
  if not exists (select from sealdesk.membership m join sealdesk.person p on p.id = m.person
                  where p.state = 'active' and (p_roles = '{}' or m.role = any (p_roles))) then
    return null;
  end if;
  insert into sealdesk.review_campaign (title, roles, created_by, due_at, unanswered, every_days)
  values (p_title, p_roles, p_created_by, p_due, p_unanswered, p_every) returning number into opened;
  insert into sealdesk.review_reviewer select opened, x from unnest(p_reviewers) x on conflict do nothing;
  insert into sealdesk.review_item (campaign, person, role)
  select opened, m.person, m.role from sealdesk.membership m join sealdesk.person p on p.id = m.person
   where p.state = 'active' and (p_roles = '{}' or m.role = any (p_roles));
  perform sealdesk.gather_evidence(opened);
  return opened;
end $$;
comment on function sealdesk.open_review(text, text[], uuid[], text, timestamptz, text, integer) is
  'A campaign with an item for each grant in its scope; null where there is none.';

create or replace function sealdesk.close_review(p_session uuid, c sealdesk.review_campaign) returns void language plpgsql as $$
declare
  i record;
  verdict text;
begin
  perform sealdesk.gather_evidence(c.number);
  update sealdesk.review_campaign set closed_at = clock_timestamp() where number = c.number;
  for i in select x.person, x.role, p.login, exists (select from sealdesk.membership m where m.person = x.person and m.role = x.role) as held
             from sealdesk.review_item x join sealdesk.person p on p.id = x.person
            where x.campaign = c.number and x.decision is null order by p.login, x.role for update of x loop
    verdict := case
      when not i.held then 'gone'
      when c.unanswered = 'escalate' then 'escalated'
      when i.role = 'security_officer' and sealdesk.is_last_officer(i.person) then 'escalated'
      else 'expired' end;
    update sealdesk.review_item x set decision = verdict, decided_at = clock_timestamp() where x.campaign = c.number and x.person = i.person and x.role = i.role;
    if verdict = 'expired' then
      perform sealdesk.take_role(i.person, i.login, i.role, 'system');
    end if;
    perform sealdesk.append_review(p_session, 'system', 'review_expire', 'ok', c.number,
      json_build_object('person', i.login, 'role', i.role, 'decision', verdict));
  end loop;
  perform sealdesk.append_review(p_session, 'system', 'review_close', 'ok', c.number, null);
end $$;
comment on function sealdesk.close_review(uuid, sealdesk.review_campaign) is
  'Closes a campaign: what nobody answered is revoked or escalated, as it says; the last security officer is always escalated.';

-- Nothing runs by itself here: whoever looks at reviews, findings or the doctor brings them up to date, in the name of the system.
create or replace function sealdesk.review_close_due(p_session uuid) returns void language plpgsql as $$
declare
  c sealdesk.review_campaign;
  follower integer;
begin
  for c in select * from sealdesk.review_campaign where closed_at is null and due_at <= clock_timestamp() order by number for update skip locked loop
    perform sealdesk.close_review(p_session, c);
  end loop;
  for c in select * from sealdesk.review_campaign
            where closed_at is not null and followed_by is null and created_at + make_interval(days => every_days) <= clock_timestamp()
            order by number for update skip locked loop
    follower := sealdesk.open_review(c.title, c.roles, array(select r.person from sealdesk.review_reviewer r where r.campaign = c.number), c.created_by,
      clock_timestamp() + (c.due_at - c.created_at), c.unanswered, c.every_days);
    if follower is not null then
      update sealdesk.review_campaign set followed_by = follower where number = c.number;
      perform sealdesk.append_review(p_session, 'system', 'review_start', 'ok', follower, json_build_object('follows', c.number));
    end if;
  end loop;
end $$;
comment on function sealdesk.review_close_due(uuid) is 'Closes campaigns that are due and begins the next of those that recur. One that somebody else is busy with is left to them.';

create or replace function sealdesk_api.review_start(p_session bytea, p_title text, p_roles text[], p_reviewers text[], p_due timestamptz, p_unanswered text,
  p_every integer, out outcome text, out number integer) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  reviewers uuid[] := array(select p.id from sealdesk.person p where p.login = any (p_reviewers) and p.state = 'active');
  soonest timestamptz := clock_timestamp() + interval '1 hour';
begin
  outcome := case
    when not (sealdesk.has_capability(s.person, 'manage_people') or sealdesk.has_capability(s.person, 'review')) then 'SD003'
    when p_title is null or char_length(p_title) not between 1 and 120 or p_roles is null or cardinality(p_roles) > 100
      or exists (select from unnest(p_roles) r where not exists (select from sealdesk.application_role a where a.code = r))
      or p_due is null or p_due < soonest or p_due > soonest + interval '366 days'
      or p_unanswered is null or p_unanswered not in ('revoke', 'escalate')
      or p_every not between 1 and 3650 or clock_timestamp() + make_interval(days => least(p_every, 3650)) < p_due
      or cardinality(reviewers) not between 1 and 50 or exists (select from unnest(p_reviewers) r where not exists (
        select from sealdesk.person p where p.login = r and p.state = 'active')) then 'SD011'
    else 'ok' end;
  if outcome = 'ok' then
    number := sealdesk.open_review(p_title, array(select distinct r from unnest(p_roles) r order by r), reviewers, s.login, p_due, p_unanswered, p_every);
    outcome := case when number is null then 'SD096' else 'ok' end;
  end if;
  perform sealdesk.append_review(s.session, s.login, 'review_start', outcome, number,
    json_build_object('title', left(p_title, 120), 'roles', sealdesk.named(p_roles), 'reviewers', sealdesk.named(p_reviewers), 'due', p_due,
      'unanswered', left(p_unanswered, 20), 'every', p_every));
end $$;
comment on function sealdesk_api.review_start(bytea, text, text[], text[], timestamptz, text, integer) is
  'Begins a campaign over the grants of some roles, or all. Reviewers must be active; due in an hour to a year, and before the next one begins. SD096 without a grant in scope.';

create or replace function sealdesk_api.review_stop(p_session bytea, p_campaign integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    update sealdesk.review_campaign c set every_days = null where c.number = p_campaign and c.every_days is not null and c.followed_by is null;
    if not found then
      result := 'SD095';
    end if;
  end if;
  perform sealdesk.append_review(m.session, m.login, 'review_stop', result, p_campaign, null);
  return result;
end $$;
comment on function sealdesk_api.review_stop(bytea, integer) is 'A recurring campaign is not followed by another. SD095 where it would not be.';

create or replace function sealdesk_api.review_list(p_session bytea)
returns table (number integer, title text, roles text[], created_by text, created_at timestamptz, due_at timestamptz, unanswered text, every_days integer,
  closed_at timestamptz, reviewers text[], reviewers_left text[], items bigint, answered bigint, waiting bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  -- What is due is closed by who has to do with reviews, so that nobody else holds up what they are about.
  if exists (select from sealdesk.review_campaign c where sealdesk.sees_review(s.person, c.number)) then
    perform sealdesk.review_close_due(s.session);
  end if;
  return query
  select c.number, c.title, c.roles, c.created_by, c.created_at, c.due_at, c.unanswered, c.every_days, c.closed_at,
         array(select p.login from sealdesk.review_reviewer r join sealdesk.person p on p.id = r.person where r.campaign = c.number order by p.login),
         array(select p.login from sealdesk.review_reviewer r join sealdesk.person p on p.id = r.person
                where r.campaign = c.number and p.state <> 'active' order by p.login),
         count(i), count(i) filter (where i.decision is not null or m.person is null),
         count(i) filter (where i.decision is null and m.person is not null and sealdesk.may_review(s.person, c.number, i.person))
    from sealdesk.review_campaign c
    join sealdesk.review_item i on i.campaign = c.number
    left join sealdesk.membership m on m.person = i.person and m.role = i.role
   where sealdesk.sees_review(s.person, c.number)
   group by c.number
   order by c.closed_at is not null, case when c.closed_at is null then c.due_at end, c.closed_at desc, c.number
   limit 500;
end $$;
comment on function sealdesk_api.review_list(bytea) is
  'The campaigns the caller may look at, open ones first; waiting are those for the caller to answer. Closes what is due.';

create or replace function sealdesk_api.review_items(p_session bytea, p_campaign integer)
returns table (login text, display_name text, role text, granted_at timestamptz, answerable boolean, decision text, new_role text, comment text,
  decided_by text, decided_at timestamptz, used bigint, last_used timestamptz, peers_median bigint, would_fail bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  perform sealdesk.review_close_due(s.session);
  if not sealdesk.sees_review(s.person, p_campaign) then
    perform sealdesk.fail('SD094', 'only reviewers and officers look at this campaign', 'Ask a security officer.');
  elsif not exists (select from sealdesk.review_campaign c where c.number = p_campaign) then
    perform sealdesk.fail('SD095', 'there is no such campaign', 'Read the list again.');
  end if;
  perform from sealdesk.review_campaign c where c.number = p_campaign and c.closed_at is null and c.evidence_at < clock_timestamp() - interval '1 hour'
    for update skip locked;
  if found then
    perform sealdesk.gather_evidence(p_campaign);
  end if;
  return query
  select p.login, p.display_name, i.role, m.granted_at,
         m.person is not null and case when c.closed_at is null then coalesce(i.decision, 'keep') = 'keep' and sealdesk.may_review(s.person, c.number, i.person)
           else i.decision = 'escalated' and i.person <> s.person and sealdesk.has_capability(s.person, 'manage_people') end,
         i.decision, i.new_role, i.comment, i.decided_by, i.decided_at, i.used, i.last_used, i.peers_median, i.would_fail
    from sealdesk.review_campaign c
    join sealdesk.review_item i on i.campaign = c.number
    join sealdesk.person p on p.id = i.person
    left join sealdesk.membership m on m.person = i.person and m.role = i.role
   where c.number = p_campaign
   order by p.login, i.role;
end $$;
comment on function sealdesk_api.review_items(bytea, integer) is
  'Each grant of a campaign beside its evidence, which is at most an hour old until it is answered. granted_at is null for what is not held any more; answerable what the caller may answer, or revoke though it was kept.';

create or replace function sealdesk_api.review_decide(p_session bytea, p_campaign integer, p_login text, p_role text, p_decision text, p_comment text, p_new_role text default null)
returns text language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record := sealdesk.open_session(p_session);
  c sealdesk.review_campaign;
  i sealdesk.review_item;
  who uuid;
  result text;
begin
  perform sealdesk.review_close_due(s.session);
  select p.id into who from sealdesk.person p where p.login = p_login;
  -- Nobody else holds up an answer, or the end of a campaign.
  if sealdesk.sees_review(s.person, p_campaign) then
    select * into c from sealdesk.review_campaign x where x.number = p_campaign for update;
    select * into i from sealdesk.review_item x where x.campaign = p_campaign and x.person = who and x.role = p_role for update;
  end if;
  result := case
    when not sealdesk.sees_review(s.person, p_campaign) then 'SD094'
    when i.campaign is null then 'SD095'
    when who = s.person then 'SD090'
    -- What was escalated waits for an officer.
    when c.closed_at is not null and i.decision is distinct from 'escalated' then 'SD093'
    when c.closed_at is not null and not sealdesk.has_capability(s.person, 'manage_people') then 'SD003'
    when c.closed_at is null and c.due_at <= clock_timestamp() then 'SD093'
    when c.closed_at is null and not sealdesk.may_review(s.person, p_campaign, who) then 'SD094'
    -- Doubt may come later than trust: what was kept may still be taken.
    when i.decision in ('change', 'revoke') or (i.decision = 'keep' and p_decision = 'keep') then 'SD091'
    when not exists (select from sealdesk.membership m where m.person = who and m.role = p_role) then 'SD095'
    when p_decision is null or p_decision not in ('keep', 'change', 'revoke') or p_comment is null or char_length(p_comment) > 500
      or (p_decision <> 'keep' and btrim(p_comment) = '') or (p_decision = 'change') <> (p_new_role is not null) or p_new_role = p_role
      or (p_new_role is not null and not exists (select from sealdesk.application_role a where a.code = p_new_role)) then 'SD011'
    when p_new_role is not null and sealdesk.breaks_duties(who, array[p_new_role], p_role) then 'SD092'
    when p_decision <> 'keep' and p_role = 'security_officer' and sealdesk.is_last_officer(who) then 'SD040'
    else 'ok' end;
  if result = 'ok' then
    update sealdesk.review_item x
       set decision = p_decision, new_role = p_new_role, comment = btrim(p_comment), decided_by = s.login, decided_at = clock_timestamp()
     where x.campaign = p_campaign and x.person = who and x.role = p_role;
    if p_decision <> 'keep' then
      perform sealdesk.take_role(who, p_login, p_role, s.login);
    end if;
  end if;
  perform sealdesk.append_review(s.session, s.login, 'review_decide', result, p_campaign,
    json_build_object('person', left(p_login, 60), 'role', left(p_role, 60), 'decision', left(p_decision, 20), 'new_role', left(p_new_role, 60)));
  return result;
end $$;
comment on function sealdesk_api.review_decide(bytea, integer, text, text, text, text, text) is
  'Keeps, changes or revokes a grant, with the evidence as it stands. A changed one is taken at once; the new role is given by who manages people, with its key. '
  'SD090 about oneself, SD091 twice, SD093 too late, SD094 for who is no reviewer, SD095 for what is not there.';

create or replace function sealdesk_api.review_events(p_session bytea, p_campaign integer)
returns table (session uuid, seq bigint, at timestamptz, actor text, action text, details text, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.open_session(p_session);
begin
  if not sealdesk.sees_review(s.person, p_campaign) then
    perform sealdesk.fail('SD094', 'only reviewers and officers look at this campaign', 'Ask a security officer.');
  end if;
  perform sealdesk.append_act(s.session, s.login, 'review_export', 'ok', json_build_object('campaign', p_campaign)::text);
  return query
  select e.session, e.seq, e.at, e.actor, e.action, e.details, e.hash
    from sealdesk.review_event r join sealdesk.audit_event e on e.session = r.session and e.seq = r.seq
   where r.campaign = p_campaign
   order by e.at, e.session, e.seq;
end $$;
comment on function sealdesk_api.review_events(bytea, integer) is 'The audit events of a campaign with their places in the chains, for an export; which is an event too.';

-- Findings.

create or replace function sealdesk_api.findings(p_session bytea)
returns table (severity text, kind text, login text, role text, detail text, campaign integer, at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.require_overview(p_session);
begin
  perform sealdesk.review_close_due(s.session);
  perform sealdesk.check_indexes();
  return query
  with held as (
    select p.id, p.login, p.state, m.role, m.granted_at from sealdesk.person p join sealdesk.membership m on m.person = p.id where p.state <> 'disabled'),
  finding (severity, kind, login, role, detail, campaign, at) as (
    select 'H', 'duty_conflict', p.login, null, d.capability_a || ' + ' || d.capability_b, null::integer, null::timestamptz
      from sealdesk.person p, sealdesk.duty_conflict d
     where p.state <> 'disabled' and sealdesk.has_capability(p.id, d.capability_a) and sealdesk.has_capability(p.id, d.capability_b)
    union all
    -- Nobody can take these away: they last as long as the grant, or three months.
    select distinct on (p.login, m.role)
           case when exists (select from sealdesk.application_role r, sealdesk.four_eyes f where r.code = m.role and f.approver = any (r.capabilities)) then 'H' else 'M' end,
           'alone_grant', p.login, m.role, a.by, null::integer, a.at
      from sealdesk.alone_act a
      join sealdesk.person p on p.login = split_part(a.subject, ' ', 1) and p.state <> 'disabled'
      join sealdesk.membership m on m.person = p.id and m.role = split_part(a.subject, ' ', 2)
     where a.kind = 'role_grant'
     union all
    select 'M', 'alone_act', a.by, null, count(*)::text, null, max(a.at)
      from sealdesk.alone_act a where a.kind <> 'role_grant' and a.at > now() - interval '90 days'
     group by a.by
    union all
    select 'H', 'escalated', p.login, i.role, null, i.campaign, i.decided_at
      from sealdesk.review_item i join sealdesk.person p on p.id = i.person join sealdesk.membership m on m.person = i.person and m.role = i.role
     where i.decision = 'escalated' and m.granted_at <= i.decided_at
       and not exists (select from sealdesk.review_item l where l.person = i.person and l.role = i.role and l.campaign > i.campaign and l.decision = 'keep')
    union all
    select case when sealdesk.needs_second_factor(p.id) then 'H' else 'L' end, 'no_second_factor', p.login, null,
           case when sealdesk.needs_second_factor(p.id) then 'required' end, null, null
      from sealdesk.person p where p.state = 'active' and not sealdesk.has_second_factor(p.id)
    union all
    select 'M', 'dormant', p.login, null, null, null, p.last_seen
      from sealdesk.person p where p.state = 'active' and coalesce(p.last_seen, p.created_at) < now() - interval '45 days'
    union all
    select 'M', 'never_used', h.login, h.role, null, null, h.granted_at
      from held h
     where h.state = 'active' and h.granted_at < now() - interval '30 days'
       and exists (select from sealdesk.role_need n where n.role = h.role)
       and not exists (select from sealdesk.audit_event e join sealdesk.role_need n on n.action = e.action and (e.class is null or n.class in (e.class, ''))
                        where n.role = h.role and e.actor = h.login and e.at > now() - interval '90 days' and e.outcome = 'ok')
    union all
    select 'M', 'no_key', h.login, h.role, null, null, h.granted_at
      from held h
     where h.state = 'active' and not exists (select from sealdesk.wrapped_key w
       where w.recipient_kind = 'person' and w.recipient = h.login and w.content = 'role_key' and w.subject = h.role)
    union all
    select 'M', 'review_due', null, null, c.title, c.number, c.due_at
      from sealdesk.review_campaign c
     where c.closed_at is null and c.due_at < now() + interval '3 days'
       and exists (select from sealdesk.review_item i join sealdesk.membership m on m.person = i.person and m.role = i.role
                    where i.campaign = c.number and i.decision is null)
    union all
    select 'M', 'reviewer_left', p.login, null, c.title, c.number, c.due_at
      from sealdesk.review_campaign c join sealdesk.review_reviewer r on r.campaign = c.number join sealdesk.person p on p.id = r.person
     where c.closed_at is null and p.state <> 'active'
    union all
    -- Whoever had the role has known its key.
    select 'M', 'rotate_role', null, i.role, count(distinct i.person)::text, max(i.campaign), max(i.decided_at)
      from sealdesk.review_item i join sealdesk.application_role a on a.code = i.role
     where i.decision in ('change', 'revoke', 'expired') and i.decided_at > a.rotated_at
     group by i.role
    union all
    select 'M', 'index_leaks', null, null, x.field || ' ' || round((100.0 * x.largest / x.records)::numeric), null, x.at from sealdesk.leaking_indexes() x
    union all
    select 'L', 'change_waits', p.login, i.new_role, i.role, i.campaign, i.decided_at
      from sealdesk.review_item i join sealdesk.person p on p.id = i.person
     where i.decision = 'change' and i.decided_at > now() - interval '90 days' and p.state <> 'disabled'
       and not exists (select from sealdesk.membership m where m.person = i.person and m.role = i.new_role)
    union all
    select 'L', 'code_expired', p.login, null, null, null, p.code_expires_at
      from sealdesk.person p where p.state = 'invited' and p.code_expires_at < now())
  select f.severity, f.kind, f.login, f.role, f.detail, f.campaign, f.at from finding f
   order by strpos('HML', f.severity), f.kind, f.login, f.role, f.campaign;
end $$;
comment on function sealdesk_api.findings(bytea) is
  'What is worth asking about people and their grants: severity H, M or L, a kind, whom and what it is about. For who manages people or reads the whole audit.';
