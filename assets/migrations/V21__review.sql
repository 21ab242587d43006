-- Access reviews, and duties that one person must not hold together.

alter table sealdesk.membership add column granted_at timestamptz;
update sealdesk.membership m set granted_at = p.created_at from sealdesk.person p where p.id = m.person;
alter table sealdesk.membership alter column granted_at set default clock_timestamp(), alter column granted_at set not null;
comment on column sealdesk.membership.granted_at is 'Since when; for grants older than this column, since the person was added.';

create table sealdesk.duty_conflict (
  capability_a text not null,
  capability_b text not null,
  reason_en text not null constraint duty_reason_en_length check (char_length(reason_en) <= 200),
  reason_zh text not null constraint duty_reason_zh_length check (char_length(reason_zh) <= 200),
  primary key (capability_a, capability_b),
  constraint duty_pair_ordered check (capability_a collate "C" < capability_b)
);
comment on table sealdesk.duty_conflict is 'Pairs of capabilities that one person must not hold, whatever roles they come from.';
insert into sealdesk.duty_conflict values
  ('audit_all', 'run_backups', 'Who makes the copies must not be who audits them.', '执行备份的人不应同时负责审计。'),
  ('manage_people', 'run_backups', 'Who holds the copies must not also decide who gets in.', '保管备份的人不应同时管理人员权限。');
update sealdesk.application_role set capabilities = capabilities || array['run_backups'] where code = 'backup_operator' and not 'run_backups' = any (capabilities);

create table sealdesk.review_campaign (
  number integer generated always as identity primary key,
  title text not null constraint review_title_length check (char_length(title) between 1 and 120),
  roles text[] not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  unanswered text not null constraint review_unanswered_known check (unanswered in ('revoke', 'escalate')),
  every_days integer constraint review_every_range check (every_days between 1 and 3650),
  evidence_at timestamptz not null default '-infinity',
  closed_at timestamptz,
  followed_by integer references sealdesk.review_campaign
);
comment on table sealdesk.review_campaign is 'Access reviews: who answers by when for which grants, and what becomes of what nobody answered.';
comment on column sealdesk.review_campaign.roles is 'The roles whose grants are reviewed; empty for all.';
comment on column sealdesk.review_campaign.every_days is 'A next one begins so many days after this one did; null for none.';
comment on column sealdesk.review_campaign.evidence_at is 'When the evidence of its open items was gathered.';
comment on column sealdesk.review_campaign.followed_by is 'The next one, once it has begun.';

create table sealdesk.review_reviewer (
  campaign integer not null references sealdesk.review_campaign,
  person uuid not null references sealdesk.person,
  primary key (campaign, person)
);
comment on table sealdesk.review_reviewer is 'Who is to answer.';

create table sealdesk.review_item (
  campaign integer not null references sealdesk.review_campaign,
  person uuid not null references sealdesk.person,
  role text not null,
  decision text constraint review_decision_known check (decision in ('keep', 'change', 'revoke', 'expired', 'escalated', 'gone')),
  new_role text,
  comment text not null default '' constraint review_comment_length check (char_length(comment) <= 500),
  decided_by text,
  decided_at timestamptz,
  used bigint,
  last_used timestamptz,
  peers_median bigint,
  would_fail bigint,
  primary key (campaign, person, role)
);
comment on table sealdesk.review_item is 'One grant in one campaign. The role is no reference: an answer outlives it.';
comment on column sealdesk.review_item.decision is
  'keep, change and revoke are answers; at the due date expired (revoked unanswered), escalated, or gone (the grant had ended before).';
comment on column sealdesk.review_item.new_role is 'With change: what the person is to have in place of the role, once an officer grants it.';
comment on column sealdesk.review_item.used is 'With last_used, peers_median and would_fail: the evidence of the 90 days before, as it stood when it was decided; null where a role''s use leaves no trace to count.';

create table sealdesk.review_event (
  campaign integer not null references sealdesk.review_campaign,
  session uuid not null,
  seq bigint not null,
  primary key (campaign, session, seq)
);
comment on table sealdesk.review_event is 'The audit events of a campaign.';
