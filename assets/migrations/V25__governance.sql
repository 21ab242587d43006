-- Requests that somebody else approves, roles for a time, and rights that end by themselves.

-- Rights by time slice: what ends at a known time needs nobody to end it.
alter table sealdesk.person_right rename to right_slice;
alter table sealdesk.right_slice
  add column from_at timestamptz not null default '-infinity',
  add column until_at timestamptz not null default 'infinity',
  drop constraint person_right_pkey,
  add primary key (person, class, from_at);
comment on table sealdesk.right_slice is 'Derived from memberships, elevations and role_right by sealdesk.derive_rights: slices of one person and class do not overlap.';
-- Not now(): a transaction that is held open would keep a right that has ended.
create view sealdesk.person_right as
  select person, class, may_search, may_masked, may_reveal, may_edit
    from sealdesk.right_slice
   where from_at <= clock_timestamp() and until_at > clock_timestamp();
comment on view sealdesk.person_right is 'What each person may do with each class at this moment.';

create table sealdesk.four_eyes (
  kind text primary key,
  position integer not null,
  label_en text not null,
  label_zh text not null,
  required boolean not null,
  approver text not null
);
comment on table sealdesk.four_eyes is 'Acts that somebody else approves first, where required; approver is the capability of who may.';
insert into sealdesk.four_eyes values
  ('elevate', 1, 'a role for a time', '临时角色', true, 'approve'),
  ('role_grant', 2, 'giving a role with capabilities', '授予带管理能力的角色', false, 'approve'),
  ('role_rights', 3, 'changing what a role may do', '更改角色权限', false, 'approve'),
  ('second_factor_reset', 4, 'taking a second factor away', '重置第二因素', false, 'manage_people'),
  ('four_eyes', 5, 'doing without four eyes', '取消双人审批', true, 'approve');

create table sealdesk.request (
  number bigint generated always as identity primary key,
  kind text not null references sealdesk.four_eyes,
  subject text not null,
  requester uuid not null references sealdesk.person,
  beneficiary uuid references sealdesk.person,
  why text not null constraint why_length check (char_length(why) between 1 and 200),
  reference text,
  minutes integer not null,
  asked_at timestamptz not null default clock_timestamp(),
  open_until timestamptz not null,
  state text not null default 'open' constraint request_state_known check (state in ('open', 'approved', 'refused', 'withdrawn', 'used')),
  decided_at timestamptz,
  good_until timestamptz,
  used_session uuid,
  used_seq bigint
);
comment on table sealdesk.request is 'Who asks to do what, why, and until when; kept for ever. subject is compared with the act to the letter. minutes is how long what was approved lasts, or may be begun.';
comment on column sealdesk.request.used_session is 'With used_seq: the event of the act that was done under it.';
create index request_open on sealdesk.request (open_until) where state = 'open';
create index request_of on sealdesk.request (requester, number desc);

create table sealdesk.request_vote (
  request bigint not null references sealdesk.request,
  voter uuid not null references sealdesk.person,
  approve boolean not null,
  comment text not null constraint comment_length check (char_length(comment) <= 200),
  at timestamptz not null default clock_timestamp(),
  primary key (request, voter)
);
comment on table sealdesk.request_vote is 'Every vote on every request.';
create trigger append_only before update or delete on sealdesk.request_vote for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.request_vote for each statement execute function sealdesk.refuse_change();
create trigger kept before delete on sealdesk.request for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.request for each statement execute function sealdesk.refuse_change();

create table sealdesk.eligibility (
  role text not null references sealdesk.application_role,
  target text not null references sealdesk.application_role,
  max_minutes integer not null constraint max_minutes_range check (max_minutes between 5 and 1440),
  break_glass boolean not null,
  primary key (role, target)
);
comment on table sealdesk.eligibility is 'Whose members may have another role for a time: on approval, or at once by breaking the glass. The target''s key is wrapped to the role and handed out only while the person has the target.';

create table sealdesk.elevation (
  number bigint generated always as identity primary key,
  person uuid not null references sealdesk.person,
  role text not null references sealdesk.application_role,
  request bigint references sealdesk.request,
  break_glass boolean not null,
  why text not null constraint why_length check (char_length(why) between 1 and 200),
  reference text,
  from_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  reviewed_at timestamptz,
  reviewed_by text,
  review text,
  xid xid8 not null default pg_current_xact_id()
);
comment on table sealdesk.elevation is 'Roles for a time: by an approved request, or by breaking the glass, which somebody else reviews afterwards.';
comment on column sealdesk.elevation.xid is 'The transaction that began it: until that is committed it gives no key and no capability, or a rollback would leave both without a trace.';
create index elevation_of on sealdesk.elevation (person, until_at desc);
create index elevation_unreviewed on sealdesk.elevation (number) where break_glass and reviewed_at is null;

create view sealdesk.active_role as
  select person, role from sealdesk.membership
  union all
  select person, role from sealdesk.elevation where ended_at is null and until_at > clock_timestamp() and pg_xact_status(xid) = 'committed';
comment on view sealdesk.active_role is 'The roles that people have at this moment, by membership or for a time; one may stand twice.';

update sealdesk.application_role set capabilities = capabilities || array['approve'] where code in ('supervisor', 'security_officer');

-- What desks compare to know whether they have to read what is configured again.
alter table sealdesk.installation add column catalogue_version bigint not null default 1;
