-- Freezing a person, a role, a class or every reveal, until two people lift it.

-- No reference to a person: its check would wait for what somebody does to that person in a transaction left open.
create table sealdesk.freeze (
  number bigint generated always as identity primary key,
  kind text not null constraint freeze_kind_known check (kind in ('person', 'role', 'class', 'all')),
  subject text not null,
  person uuid,
  why text not null constraint why_length check (char_length(why) between 1 and 200),
  reference text,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  xid xid8 not null default pg_current_xact_id(),
  lifted_at timestamptz,
  lifted_by text,
  lift_request bigint references sealdesk.request,
  lifted_xid xid8,
  constraint freeze_of_person check ((kind = 'person') = (person is not null))
);
comment on table sealdesk.freeze is 'Who or what is frozen since when, by whom and why, and who lifted it; kept for ever. subject is a login, a role, a class, or empty for all.';
comment on column sealdesk.freeze.lift_request is 'The request that somebody else approved; null where a recovery by the custodians lifted it.';
comment on column sealdesk.freeze.lifted_xid is 'The transaction that lifted it, for which it is in force all the same: rolled back, it would leave what was read without a trace.';
create index freeze_of on sealdesk.freeze (person) where person is not null;
create index freeze_lifted on sealdesk.freeze (lifted_at);
create index freeze_lifted_xid on sealdesk.freeze (lifted_xid);
create trigger kept before delete on sealdesk.freeze for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.freeze for each statement execute function sealdesk.refuse_change();

create view sealdesk.frozen as
  select number, kind, subject, person, why, reference, at, by
    from sealdesk.freeze
   where lifted_at is null or lifted_xid = pg_current_xact_id_if_assigned();
comment on view sealdesk.frozen is 'The freezes in force.';

-- A row ends every session that was opened before it, so that no session has to be locked for that.
create table sealdesk.mass_sign_out (
  number bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  kept uuid not null,
  why text not null constraint why_length check (char_length(why) between 1 and 200)
);
comment on table sealdesk.mass_sign_out is 'When everybody was signed out but for one session, by whom and why.';
create index mass_sign_out_at on sealdesk.mass_sign_out (at);
create trigger append_only before update or delete on sealdesk.mass_sign_out for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.mass_sign_out for each statement execute function sealdesk.refuse_change();

create view sealdesk.held_role as
  select person, role from sealdesk.membership
  union all
  select person, role from sealdesk.elevation where ended_at is null and until_at > clock_timestamp() and pg_xact_status(xid) = 'committed';
comment on view sealdesk.held_role is 'The roles that people have at this moment, by membership or for a time, frozen or not; one may stand twice.';
create or replace view sealdesk.active_role as
  select h.person, h.role from sealdesk.held_role h
   where not exists (select from sealdesk.frozen f where f.kind = 'role' and f.subject = h.role);
comment on view sealdesk.active_role is 'The roles that count at this moment; one may stand twice.';

-- The body comes with the functions; the view has to know what it answers with.
create function sealdesk.rights_while_frozen(p_person uuid)
returns table (class text, may_search boolean, may_masked boolean, may_reveal boolean, may_edit boolean) language plpgsql stable as $$ begin end $$;
-- Where nothing is frozen, the slices as before. Slices do not say which role a right comes from, so where something is, the roles are asked, in a function:
-- what stands in a view costs every reading that does not need it.
create or replace view sealdesk.person_right as
  select person, class, may_search, may_masked, may_reveal, may_edit
    from sealdesk.right_slice
   where from_at <= clock_timestamp() and until_at > clock_timestamp() and xid is distinct from pg_current_xact_id_if_assigned()
     and not exists (select from sealdesk.frozen)
  union all
  select p.id, r.class, r.may_search, r.may_masked, r.may_reveal, r.may_edit
    from sealdesk.person p, lateral sealdesk.rights_while_frozen(p.id) r
   where exists (select from sealdesk.frozen);
comment on view sealdesk.person_right is 'What each person may do with each class at this moment, frozen roles, classes and people left out.';

alter table sealdesk.session add column freezes bigint[] not null default '{}';
comment on column sealdesk.session.freezes is 'The freezes of roles, classes and all that were in force when it fetched its keys.';

update sealdesk.application_role set capabilities = capabilities || '{respond}'::text[]
 where code in ('supervisor', 'security_officer') and not 'respond' = any (capabilities);
insert into sealdesk.four_eyes values ('unfreeze', 8, 'lifting a freeze', '解除冻结', true, 'respond');
