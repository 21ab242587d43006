-- Reviews of the audit itself: who looks by when at a sample of the events of each period, what they found, and their signatures under that.

create table sealdesk.audit_review_plan (
  number integer generated always as identity primary key,
  title text not null constraint audit_review_title_length check (char_length(title) between 1 and 120),
  period text not null constraint audit_review_period_known check (period in ('weekly', 'monthly', 'once')),
  first_from timestamptz not null,
  first_until timestamptz not null,
  scope text not null constraint audit_review_scope_length check (octet_length(scope) <= 20000),
  zone text not null,
  due_days integer not null constraint audit_review_due_range check (due_days between 1 and 60),
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint audit_review_first_period check (first_from < first_until)
);
comment on table sealdesk.audit_review_plan is 'Which events of every week or month, or of one time, are reviewed by whom, and how large a sample.';
comment on column sealdesk.audit_review_plan.scope is
  'JSON, to the letter as it is hashed: actions, classes and people (empty for all), size, bulk (values read in an hour from which that is much), zone, weekdays, from and until (working hours), reviewers.';

create table sealdesk.audit_review_reviewer (
  plan integer not null references sealdesk.audit_review_plan,
  person uuid not null references sealdesk.person,
  primary key (plan, person)
);
comment on table sealdesk.audit_review_reviewer is 'Who is to look.';

create table sealdesk.audit_review_stop (
  plan integer primary key references sealdesk.audit_review_plan,
  by text not null,
  at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.audit_review_stop is 'Plans that are not followed by further reviews. Those that have begun stay due.';

create table sealdesk.audit_review (
  number bigint generated always as identity primary key,
  plan integer not null references sealdesk.audit_review_plan,
  from_at timestamptz not null,
  until_at timestamptz not null,
  due_at timestamptz not null,
  after_checkpoint bigint not null,
  excluded text[] not null,
  at timestamptz not null default clock_timestamp(),
  constraint audit_review_once unique (plan, from_at)
);
comment on table sealdesk.audit_review is 'A review of a period that has ended.';
comment on column sealdesk.audit_review.after_checkpoint is 'The newest checkpoint when the review began: its sample is drawn with the root of a later one, which nobody can foresee.';
comment on column sealdesk.audit_review.excluded is 'Whose checkpoints do not count for that: the reviewers and who made the plan, under any account.';

create table sealdesk.audit_review_draw (
  review bigint primary key references sealdesk.audit_review,
  checkpoint bigint not null references sealdesk.checkpoint,
  previous bigint not null,
  previous_from timestamptz,
  population bigint not null,
  digest bytea not null,
  at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.audit_review_draw is 'That a sample was drawn: with which checkpoint, from how many events, and a digest over it and what it was drawn by.';
comment on column sealdesk.audit_review_draw.previous is 'The checkpoint of the plan''s review before, 0 for none: what that did not cover of its period belongs to this one.';

create table sealdesk.audit_review_weight (
  review bigint not null references sealdesk.audit_review,
  n integer not null,
  kind text not null constraint audit_review_weight_known check (kind in ('hours', 'glass', 'vip')),
  actor text,
  record uuid,
  from_at timestamptz,
  until_at timestamptz,
  primary key (review, n)
);
comment on table sealdesk.audit_review_weight is
  'What an event does not say itself and the draw goes by: working hours, times in which somebody had broken the glass, labelled and honeytoken records.';

create table sealdesk.audit_review_item (
  review bigint not null references sealdesk.audit_review,
  item integer not null,
  kind text not null constraint audit_review_item_kind check (kind in ('glass', 'vip', 'off_hours', 'bulk', 'refused', 'random')),
  session uuid not null,
  seq bigint not null,
  hash bytea not null,
  primary key (review, item),
  constraint audit_review_item_once unique (review, session, seq)
);
comment on table sealdesk.audit_review_item is 'The sample: events, and for what each was drawn.';

create table sealdesk.audit_review_look (
  review bigint not null,
  item integer not null,
  person uuid not null references sealdesk.person,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  primary key (review, item, person),
  foreign key (review, item) references sealdesk.audit_review_item
);
comment on table sealdesk.audit_review_look is 'Who has opened which event of a sample.';

create table sealdesk.audit_review_mark (
  id bigint generated always as identity primary key,
  review bigint not null,
  item integer not null,
  person uuid not null references sealdesk.person,
  by text not null,
  at timestamptz not null,
  mark text not null constraint audit_review_mark_known check (mark in ('in_order', 'finding')),
  note text not null constraint audit_review_note_length check (char_length(note) <= 1000),
  foreign key (review, item) references sealdesk.audit_review_item
);
comment on table sealdesk.audit_review_mark is 'What reviewers found; of one person''s marks of an event the last counts.';
create index audit_review_marks on sealdesk.audit_review_mark (review, item, id desc);

create table sealdesk.audit_review_sign (
  review bigint not null references sealdesk.audit_review,
  person uuid not null references sealdesk.person,
  by text not null,
  at timestamptz not null,
  digest bytea not null,
  entry bigint not null references sealdesk.vouched_entry,
  signature bytea not null,
  primary key (review, person)
);
comment on table sealdesk.audit_review_sign is 'Signatures of reviewers under the sample and their marks; nothing of theirs is marked afterwards.';

do $$
declare t text;
begin
  foreach t in array array['plan', 'reviewer', 'stop', 'draw', 'weight', 'item', 'look', 'mark', 'sign'] loop
    execute format('create trigger append_only before update or delete on sealdesk.%I for each row execute function sealdesk.refuse_change()', 'audit_review_' || t);
    execute format('create trigger no_truncate before truncate on sealdesk.%I for each statement execute function sealdesk.refuse_change()', 'audit_review_' || t);
  end loop;
end $$;
create trigger append_only before update or delete on sealdesk.audit_review for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.audit_review for each statement execute function sealdesk.refuse_change();

insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, per, threshold, window_s, escalate_minutes) values
  ('audit_review', 'count', 'a review of the audit is overdue', '审计复核逾期', 'warning', '{audit_review_overdue}', null, 'subject', 1, 60, 240),
  ('audit_review_stopped', 'count', 'the audit is reviewed less', '停止审计复核', 'warning', '{audit_review_stop}', 'ok', 'actor', 1, 60, 240)
on conflict do nothing;
