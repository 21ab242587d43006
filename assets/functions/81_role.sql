-- What roles may: the grid, more rights with the keys they need, fewer, what either would mean, and new roles.

create or replace function sealdesk_api.role_grid(p_session bytea)
returns table (role text, class text, may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare s record := sealdesk.require_overview(p_session);
begin
  return query
  select r.role, r.class, r.may_search, r.may_masked, r.may_reveal, r.may_edit
    from sealdesk.role_right r join sealdesk.class c on c.code = r.class order by r.role, c.position;
end $$;
comment on function sealdesk_api.role_grid(bytea) is 'What each role may do with each class.';

create or replace function sealdesk.right_letters(p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select concat(case when p_search then 'S' else '-' end, case when p_masked then 'M' else '-' end, case when p_reveal then 'R' else '-' end, case when p_edit then 'E' else '-' end);
$$;
comment on function sealdesk.right_letters(boolean, boolean, boolean, boolean) is 'Rights in letters, as Rights::letters in model/catalogue.rs writes them.';

create or replace function sealdesk.role_changed(p_role text) returns void language plpgsql as $$
begin
  perform sealdesk.derive_rights(x.person) from (select distinct a.person from sealdesk.held_role a where a.role = p_role order by a.person) x;
  perform sealdesk.keys_changed();
  perform sealdesk.catalogue_changed();
end $$;
comment on function sealdesk.role_changed(text) is 'Everybody who has a role has what it permits from now on, in open desks too.';

create or replace function sealdesk.begin_rights(p_session bytea, p_action text, p_role text, p_class text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean)
returns sealdesk.policy_change language plpgsql as $$
declare
  m sealdesk.policy_change;
begin
  select o.session, o.person, o.login, o.outcome into m.session, m.person, m.login, m.outcome from sealdesk.require_manager(p_session) o;
  m.action := p_action;
  m.subject := concat_ws(' ', p_role, p_class, sealdesk.right_letters(p_search, p_masked, p_reveal, p_edit));
  if m.outcome = 'ok' then
    -- Neither a rotation of the class nor one of the role comes between.
    perform from sealdesk.class where code = p_class for no key update;
    perform from sealdesk.application_role where code = p_role for no key update;
    m.outcome := case
      when not exists (select from sealdesk.class where code = p_class) or not exists (select from sealdesk.application_role where code = p_role)
        or num_nulls(p_search, p_masked, p_reveal, p_edit) > 0 then 'SD011'
      -- Nobody gives themselves a right by way of a role they have.
      when exists (select from sealdesk.held_role x where x.person = m.person and x.role = p_role) then 'SD041'
      else 'ok' end;
  end if;
  return m;
end $$;
comment on function sealdesk.begin_rights(bytea, text, text, text, boolean, boolean, boolean, boolean) is
  'A change of what a role may do with a class: whose it is, and whether they may. Holds role and class.';

create or replace function sealdesk.approve_rights(p_change sealdesk.policy_change) returns sealdesk.policy_change language plpgsql as $$
declare
  m sealdesk.policy_change := p_change;
begin
  if m.outcome = 'ok' then
    select a.outcome, a.request into m.outcome, m.approved from sealdesk.find_approval(m.person, 'role_rights', m.subject) a;
  end if;
  return m;
end $$;
comment on function sealdesk.approve_rights(sealdesk.policy_change) is 'Finds the approval of exactly these rights; SD050 where one is needed and there is none.';

create or replace function sealdesk.end_rights(p_change sealdesk.policy_change, p_role text, p_class text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean)
returns text language plpgsql as $$
declare
  seq bigint;
begin
  if p_change.outcome = 'ok' then
    perform sealdesk.role_changed(p_role);
  end if;
  seq := sealdesk.append(p_change.session, p_change.login, p_change.action, p_change.outcome, null, null, left(p_class, 60), null, null, null,
    json_strip_nulls(json_build_object('role', left(p_role, 60), 'search', p_search, 'masked', p_masked, 'reveal', p_reveal, 'edit', p_edit, 'request', p_change.approved))::text, null);
  perform sealdesk.use_approval(p_change.approved, p_change.session, seq);
  perform sealdesk.did_alone(p_change.outcome, p_change.approved, 'role_rights', p_change.subject, p_change.session, p_change.login, seq);
  return p_change.outcome;
end $$;
comment on function sealdesk.end_rights(sealdesk.policy_change, text, text, boolean, boolean, boolean, boolean) is
  'Records a change of a role''s rights or its refusal, uses its approval up and lets the members have what they have now.';

create or replace function sealdesk_api.role_allow(p_session bytea, p_role text, p_class text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean,
  p_generation integer, p_contents text[], p_epochs integer[], p_sealed bytea[], p_signatures bytea[]) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_rights(p_session, 'role_allow', p_role, p_class, p_search, p_masked, p_reveal, p_edit);
  held sealdesk.role_right;
begin
  if m.outcome = 'ok' then
    select * into held from sealdesk.role_right where role = p_role and class = p_class;
    m.outcome := case
      -- Taking a right is no matter of rows: the keys are known, so they must change.
      when (held.may_search and not p_search) or (held.may_masked and not p_masked) or (held.may_reveal and not p_reveal) or (held.may_edit and not p_edit)
        then 'SD011'
      when p_generation is distinct from (select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_role) then 'SD007'
      when cardinality(p_contents) > 1000 or cardinality(p_contents) <> any (array[cardinality(p_epochs), cardinality(p_sealed), cardinality(p_signatures)])
        or exists (select from unnest(p_sealed) x where x is null or octet_length(x) > 4096) then 'SD011'
      -- Every key that the rights need, of every epoch there is, and no other.
      when exists (
        (select w.content, w.subject_generation from sealdesk.wrapped_key w
          where w.recipient_kind = 'role' and w.subject = p_class and w.content in ('value', 'mask', 'index')
            and sealdesk.needs_key(w.content, p_search, p_masked, p_reveal, p_edit)
         except
         select w.content, w.subject_generation from sealdesk.wrapped_key w
          where w.recipient_kind = 'role' and w.recipient = p_role and w.recipient_generation = p_generation and w.subject = p_class
         except
         select * from unnest(p_contents, p_epochs)))
        or exists (select from unnest(p_contents) x (content)
                    where not sealdesk.needs_key(content, p_search, p_masked, p_reveal, p_edit))
        then 'SD031'
      else 'ok' end;
  end if;
  m := sealdesk.approve_rights(m);
  if m.outcome = 'ok' then
    insert into sealdesk.wrapped_key
    select 'role', p_role, p_generation, x.content, p_class, x.epoch, x.sealed, m.login, x.signature
      from unnest(p_contents, p_epochs, p_sealed, p_signatures) x (content, epoch, sealed, signature)
    on conflict do nothing;
    insert into sealdesk.role_right values (p_role, p_class, p_search, p_masked, p_reveal, p_edit)
    on conflict (role, class) do update
       set may_search = excluded.may_search, may_masked = excluded.may_masked, may_reveal = excluded.may_reveal, may_edit = excluded.may_edit;
  end if;
  return sealdesk.end_rights(m, p_role, p_class, p_search, p_masked, p_reveal, p_edit);
end $$;
comment on function sealdesk_api.role_allow(bytea, text, text, boolean, boolean, boolean, boolean, integer, text[], integer[], bytea[], bytea[]) is
  'Gives a role more rights on a class, with the keys they need. SD007 when the role was rotated meanwhile, SD031 when the wraps are not what the rights ask for.';

create or replace function sealdesk_api.role_deny(p_session bytea, p_role text, p_class text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m sealdesk.policy_change := sealdesk.begin_rights(p_session, 'role_deny', p_role, p_class, p_search, p_masked, p_reveal, p_edit);
  held sealdesk.role_right;
begin
  if m.outcome = 'ok' then
    select * into held from sealdesk.role_right where role = p_role and class = p_class;
    m.outcome := case
      when held.role is null
        or (p_search and not held.may_search) or (p_masked and not held.may_masked) or (p_reveal and not held.may_reveal) or (p_edit and not held.may_edit)
        or (p_search, p_masked, p_reveal, p_edit) = (held.may_search, held.may_masked, held.may_reveal, held.may_edit) then 'SD011'
      else 'ok' end;
  end if;
  m := sealdesk.approve_rights(m);
  if m.outcome = 'ok' then
    delete from sealdesk.wrapped_key w
     where w.recipient_kind = 'role' and w.recipient = p_role and w.subject = p_class and w.content in ('value', 'mask', 'index')
       and not sealdesk.needs_key(w.content, p_search, p_masked, p_reveal, p_edit);
    if p_search or p_masked or p_reveal or p_edit then
      update sealdesk.role_right set may_search = p_search, may_masked = p_masked, may_reveal = p_reveal, may_edit = p_edit where role = p_role and class = p_class;
    else
      delete from sealdesk.role_right where role = p_role and class = p_class;
    end if;
  end if;
  return sealdesk.end_rights(m, p_role, p_class, p_search, p_masked, p_reveal, p_edit);
end $$;
comment on function sealdesk_api.role_deny(bytea, text, text, boolean, boolean, boolean, boolean) is
  'Takes rights on a class from a role: what is given is what stays. The keys they needed are withdrawn at once; the class is rotated next, because they are known.';

create or replace function sealdesk_api.replay_rights(p_session bytea, p_role text, p_class text, p_search boolean, p_masked boolean, p_reveal boolean, p_edit boolean)
returns table (login text, before text, after text, reveals bigint, records bigint, last_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.require_overview(p_session);
  since timestamptz := clock_timestamp() - interval '90 days';
begin
  perform sealdesk.append(s.session, s.login, 'replay', 'ok', null, null, left(p_class, 60), null, null, null,
    json_build_object('role', left(p_role, 60), 'rights', sealdesk.right_letters(p_search, p_masked, p_reveal, p_edit))::text, null);
  return query
  with person as (
    select p.id, p.login,
           coalesce(bool_or(r.may_search), false) as s0, coalesce(bool_or(r.may_masked), false) as m0, coalesce(bool_or(r.may_reveal), false) as r0, coalesce(bool_or(r.may_edit), false) as e0,
           coalesce(bool_or(r.may_search) filter (where m.role <> p_role), false) or p_search as s1,
           coalesce(bool_or(r.may_masked) filter (where m.role <> p_role), false) or p_masked as m1,
           coalesce(bool_or(r.may_reveal) filter (where m.role <> p_role), false) or p_reveal as r1,
           coalesce(bool_or(r.may_edit) filter (where m.role <> p_role), false) or p_edit as e1
      from sealdesk.person p
      join sealdesk.membership m on m.person = p.id
      left join sealdesk.role_right r on r.role = m.role and r.class = p_class
     where p.state = 'active' and exists (select from sealdesk.membership x where x.person = p.id and x.role = p_role)
     group by p.id, p.login)
  select p.login, sealdesk.right_letters(p.s0, p.m0, p.r0, p.e0), sealdesk.right_letters(p.s1, p.m1, p.r1, p.e1), u.reveals, u.records, u.last_at
    from person p,
         lateral (select count(*) as reveals, count(distinct e.record) as records, max(e.at) as last_at
                    from sealdesk.audit_event e
                   where p.r0 and not p.r1 and e.actor = p.login and e.at > since and e.class = p_class and e.outcome = 'ok'
                     and e.action in ('reveal', 'history', 'notes')) u
   order by u.reveals desc, p.login;
end $$;
comment on function sealdesk_api.replay_rights(bytea, text, text, boolean, boolean, boolean, boolean) is
  'What a change of a role''s rights would give to or take from each member, and how many reveals of the last 90 days, of how many records, it would have refused.';

create or replace function sealdesk_api.role_add(p_session bytea, p_code text, p_label_en text, p_label_zh text, p_hpke_public bytea, p_signature bytea,
  p_officers_generation integer, p_sealed bytea, p_wrap_signature bytea) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    result := case
      when p_code is null or p_code !~ '^[a-z][a-z0-9_]{1,40}$' or p_label_en is null or p_label_zh is null
        or char_length(p_label_en) not between 1 and 40 or char_length(p_label_zh) not between 1 and 40
        or octet_length(p_hpke_public) is distinct from 1216 or p_signature is null or p_sealed is null or octet_length(p_sealed) > 4096 or p_wrap_signature is null then 'SD011'
      when exists (select from sealdesk.application_role a where a.code = p_code)
        -- The name of a role that is gone stays taken: the audit speaks of it, and its generations went on counting.
        or exists (select from sealdesk.directory_entry d where d.kind = 'role' and d.name = p_code) then 'SD056'
      when p_officers_generation is distinct from (select max(d.generation) from sealdesk.directory_entry d where d.kind = 'role' and d.name = 'security_officer') then 'SD007'
      else 'ok' end;
  end if;
  if result = 'ok' then
    insert into sealdesk.application_role (code, label_en, label_zh) values (p_code, p_label_en, p_label_zh);
    insert into sealdesk.directory_entry values ('role', p_code, 1, p_hpke_public, '', m.login, p_signature);
    insert into sealdesk.wrapped_key values ('role', 'security_officer', p_officers_generation, 'role_key', p_code, 1, p_sealed, m.login, p_wrap_signature);
    perform sealdesk.keys_changed();
    perform sealdesk.catalogue_changed();
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_add', result, json_build_object('role', left(p_code, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_add(bytea, text, text, text, bytea, bytea, integer, bytea, bytea) is
  'A new role without rights, members or capabilities; its key goes to the officers, who wrap it to whom they grant it. SD056 for a taken name.';

create or replace function sealdesk_api.role_remove(p_session bytea, p_code text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  m record := sealdesk.require_manager(p_session);
  result text := m.outcome;
begin
  if result = 'ok' then
    perform from sealdesk.application_role a where a.code = p_code for update;
    result := case
      when not found or p_code = 'security_officer' then 'SD011'
      when exists (select from sealdesk.membership x where x.role = p_code) or exists (select from sealdesk.elevation e where e.role = p_code) then 'SD057'
      else 'ok' end;
  end if;
  if result = 'ok' then
    delete from sealdesk.eligibility e where p_code in (e.role, e.target);
    delete from sealdesk.role_right r where r.role = p_code;
    delete from sealdesk.wrapped_key w where (w.recipient_kind = 'role' and w.recipient = p_code) or (w.content = 'role_key' and w.subject = p_code);
    delete from sealdesk.application_role a where a.code = p_code;
    perform sealdesk.catalogue_changed();
  end if;
  perform sealdesk.append_act(m.session, m.login, 'role_remove', result, json_build_object('role', left(p_code, 60))::text);
  return result;
end $$;
comment on function sealdesk_api.role_remove(bytea, text) is 'Removes a role that nobody has or had for a time; SD057 otherwise. Its directory entry stays.';

drop function if exists sealdesk_api.who_can_see(bytea, bigint);
drop function if exists sealdesk_api.who_can_see(bytea, bigint, text);
create function sealdesk_api.who_can_see(p_session bytea, p_number bigint, p_prefix text default null)
returns table (login text, display_name text, roles text[], lent text[], classes text[], rights text[], shared text[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  s record := sealdesk.require_overview(p_session);
  found sealdesk.record;
begin
  select r.* into found from sealdesk.record r where r.number = p_number and sealdesk.is_of_letters(r, p_prefix) and sealdesk.may_know(s.person, r);
  if found.id is null then
    perform sealdesk.append(s.session, s.login, 'who_can_see', 'SD006', null, null, null, null, null, null, json_build_object('number', p_number)::text, null);
    return;
  end if;
  perform sealdesk.append(s.session, s.login, 'who_can_see', 'ok', found.id, null, null, null, null, null, null, null);
  return query
  select p.login, p.display_name,
         array(select m.role from sealdesk.membership m where m.person = p.id order by m.role),
         array(select e.role from sealdesk.elevation e where e.person = p.id and e.ended_at is null and e.until_at > clock_timestamp() order by e.role),
         array(select r.class from sealdesk.person_right r join sealdesk.class c on c.code = r.class where r.person = p.id order by c.position),
         array(select sealdesk.right_letters(r.may_search, r.may_masked, r.may_reveal, r.may_edit)
                 from sealdesk.person_right r join sealdesk.class c on c.code = r.class where r.person = p.id order by c.position),
         array(select x.field from sealdesk.share x where x.record = found.id and x.to_person = p.id and x.sealed is not null and x.until_at > clock_timestamp() order by x.field)
    from sealdesk.person p
   where p.state = 'active' and sealdesk.may_know(p.id, found)
     and (exists (select from sealdesk.person_right r where r.person = p.id)
       or exists (select from sealdesk.share x where x.record = found.id and x.to_person = p.id and x.sealed is not null and x.until_at > clock_timestamp()))
   order by p.login;
end $$;
comment on function sealdesk_api.who_can_see(bytea, bigint, text) is
  'Who may see how much of a record now: by their roles, roles for a time and what is shared with them, as far as they are cleared for it. Nobody for a record that does not exist.';
