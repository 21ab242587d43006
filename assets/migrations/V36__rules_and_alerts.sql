-- Rules about what the audit shows, and the alerts they raise.

create table sealdesk.audit_rule (
  code text primary key constraint rule_code_shape check (code ~ '^[a-z][a-z0-9_]{1,40}$'),
  kind text not null constraint rule_kind_known check (kind in ('count', 'baseline', 'off_hours', 'new_origin', 'honeytoken', 'label', 'order', 'quota')),
  label_en text not null constraint rule_label_en_length check (char_length(label_en) between 1 and 60),
  label_zh text not null constraint rule_label_zh_length check (char_length(label_zh) between 1 and 60),
  severity text not null default 'warning' constraint rule_severity_known check (severity in ('info', 'warning', 'critical')),
  enabled boolean not null default true,
  actions text[] not null constraint rule_actions check (cardinality(actions) between 1 and 40 and array_position(actions, null) is null),
  outcome text constraint rule_outcome check (outcome ~ '^(ok|refused|SD[0-9]{3})$'),
  classes text[] not null default '{}' constraint rule_classes check (cardinality(classes) <= 40),
  per text not null default 'actor' constraint rule_per_known check (per in ('actor', 'record', 'class', 'session', 'subject', 'all')),
  threshold integer not null default 1 constraint rule_threshold_range check (threshold between 1 and 1000000),
  window_s integer not null default 60 constraint rule_window_range check (window_s between 1 and 604800),
  multiple numeric not null default 3 constraint rule_multiple_range check (multiple between 1 and 100),
  zone text not null default 'UTC',
  weekdays integer[] not null default '{1,2,3,4,5}' constraint rule_weekdays check (weekdays <@ '{1,2,3,4,5,6,7}'::integer[]),
  from_time time not null default '07:00',
  until_time time not null default '20:00',
  holidays date[] not null default '{}' constraint rule_holidays check (cardinality(holidays) <= 200),
  level smallint constraint rule_level check (level between 1 and 100),
  compartments text[] not null default '{}' constraint rule_compartments check (cardinality(compartments) <= 20),
  escalate_minutes integer constraint rule_escalate check (escalate_minutes between 1 and 10080),
  version bigint not null default 1,
  -- What counts for everybody at once is read from the time index, so it looks less far back.
  constraint rule_wide_window check (per in ('actor', 'record', 'session') or window_s <= 3600)
);
comment on table sealdesk.audit_rule is 'What the watch looks for among events: actions, outcome and classes say which, kind says what about them.';
comment on column sealdesk.audit_rule.threshold is 'count: events within the window; baseline: least events of an hour; quota: per cent.';
comment on column sealdesk.audit_rule.multiple is 'baseline: how many times the median of the same hour of the same weekday over four weeks.';
comment on column sealdesk.audit_rule.outcome is 'ok, refused (any refusal but asking for a code) or a code; null for any.';
comment on column sealdesk.audit_rule.per is 'What is counted together. subject is what the watch reports about: a sink, a login name.';
comment on column sealdesk.audit_rule.zone is 'off_hours: the calendar''s time zone, with weekdays (ISO, Monday is 1), from_time to until_time, and holidays.';
comment on column sealdesk.audit_rule.level is 'label: records labelled so high, or in one of the compartments.';
comment on column sealdesk.audit_rule.escalate_minutes is 'An alert that nobody acknowledges rings again after so many minutes, more severe.';

insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, per, threshold, window_s, escalate_minutes) values
  ('bulk_reveal', 'count', 'values revealed in bulk', '批量查看', 'critical', '{reveal,history,copy,shared_reveal}', 'ok', 'actor', 20, 60, 15),
  ('refused_often', 'count', 'refused again and again', '频繁被拒', 'warning', '{reveal,view,search,list,history,notes,copy,edit,request,audit}', 'SD003', 'actor', 10, 600, 60),
  ('failed_codes', 'count', 'wrong one-time codes', '验证码多次错误', 'warning', '{session_open,step_up_judged}', 'SD022', 'actor', 4, 900, 60),
  ('failed_sign_in', 'count', 'sign-ins that failed', '登录多次失败', 'warning', '{login_failed}', null, 'subject', 5, 900, 60),
  ('break_glass', 'count', 'a glass was broken', '紧急提权', 'critical', '{break_glass}', 'ok', 'actor', 1, 60, 15),
  ('recovery', 'count', 'recovery or a new root', '恢复或更换根密钥', 'critical', '{recovery_perform,root_exchange}', 'ok', 'all', 1, 60, 15),
  ('four_eyes_changed', 'count', 'four eyes switched', '更改双人审批设置', 'warning', '{four_eyes}', 'ok', 'actor', 1, 60, 240),
  ('rules_changed', 'count', 'rules or alerts were changed', '更改规则或抑制告警', 'warning', '{rule_put,alert_suppress,honeytoken}', 'ok', 'actor', 1, 60, 240),
  ('rights_changed', 'count', 'roles or rights were given', '授予角色或权限', 'info', '{role_grant,role_allow,eligibility,staff_enable}', 'ok', 'actor', 1, 60, null),
  ('clock_jump', 'count', 'a clock jumped', '时钟跳变', 'critical', '{clock_jump}', null, 'subject', 1, 60, 60),
  ('watch_gap', 'count', 'nobody watched for a time', '监控中断', 'warning', '{watch_gap,watch_place,rule_failed}', null, 'all', 1, 60, 240),
  ('audit_proof', 'count', 'chain, checkpoint or anchor failed', '审计链、检查点或锚定失败', 'critical', '{chain_broken,checkpoint_failed,anchor_failed}', null, 'subject', 1, 60, 15),
  ('delivery', 'count', 'alerts cannot be delivered', '告警无法投递', 'warning', '{delivery_failed}', null, 'subject', 1, 60, 240),
  ('backup', 'count', 'a backup failed', '备份失败', 'critical', '{backup_failed}', null, 'subject', 1, 60, 60),
  ('overdue', 'count', 'something is overdue', '事项逾期', 'warning', '{overdue}', null, 'subject', 1, 60, null);
insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, threshold, multiple, escalate_minutes) values
  ('unusual_reveals', 'baseline', 'far more values revealed than usual', '查看量远超平常', 'warning', '{reveal,history}', 'ok', 30, 4, 60),
  ('new_origin', 'new_origin', 'signed in from somewhere new', '从新地点登录', 'info', '{session_open}', 'ok', 1, 3, null),
  ('honeytoken', 'honeytoken', 'a honeytoken was touched', '诱饵记录被触碰', 'critical', '{view,reveal,history,notes,copy,edit,note,delete,shared_reveal}', null, 1, 3, 15),
  ('out_of_order', 'order', 'read without opening the record', '未打开记录即查看', 'warning', '{reveal,history,copy}', 'ok', 1, 3, 60),
  ('quota', 'quota', 'most of an hour''s quota used', '额度将用完', 'info', '{reveal,history,notes}', 'ok', 80, 3, null);
insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, compartments) values
  ('vip', 'label', 'a VIP''s values were read', '查看贵宾资料', 'info', '{reveal,history,copy,shared_reveal}', 'ok', '{vip}');
-- Which hours and days are whose is for the installation to say.
insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, enabled, actions, outcome) values
  ('off_hours', 'off_hours', 'values revealed outside hours', '非工作时间查看', 'warning', false, '{reveal,history,copy,shared_reveal}', 'ok');

insert into sealdesk.four_eyes values ('audit_rule', 7, 'changing what raises an alert', '更改告警规则', true, 'approve');

create table sealdesk.honeytoken (
  record uuid primary key references sealdesk.record,
  by text not null,
  at timestamptz not null default clock_timestamp(),
  note text not null default '' constraint honeytoken_note_length check (char_length(note) <= 200)
);
comment on table sealdesk.honeytoken is 'Records that nobody has a reason to open.';

create table sealdesk.rule_query (
  session uuid not null,
  ticket uuid not null,
  rule sealdesk.audit_rule not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  primary key (session, ticket)
);
comment on table sealdesk.rule_query is 'A rule that is tried on past events.';

create table sealdesk.alert (
  number bigint generated always as identity primary key,
  rule text not null,
  label_en text not null,
  label_zh text not null,
  severity text not null,
  subject text not null,
  record uuid,
  opened_at timestamptz not null default clock_timestamp(),
  suppressed boolean not null
);
comment on table sealdesk.alert is 'Alerts. A row is never changed: what happens to one stands beside it.';
comment on column sealdesk.alert.subject is 'Whom or what it is about: a login name, a record''s id, a class, a sink; empty for all.';
comment on column sealdesk.alert.suppressed is 'Raised while somebody had suppressed it: kept, but nobody is called.';
create index alert_of on sealdesk.alert (rule, subject, number desc);

create table sealdesk.alert_open (alert bigint primary key references sealdesk.alert);
comment on table sealdesk.alert_open is
  'Alerts that were not put away when the watch last looked. It alone takes them out, so that nobody''s open transaction is in its way; alert_now says how they stand.';

create table sealdesk.alert_occurrence (
  id bigint generated always as identity primary key,
  alert bigint not null references sealdesk.alert,
  from_at timestamptz not null,
  until_at timestamptz not null,
  events bigint not null,
  peak bigint not null,
  actors text[] not null,
  sessions uuid[] not null,
  seqs bigint[] not null
);
comment on table sealdesk.alert_occurrence is 'What caused an alert, round by round. The newest twenty events of each are named by session and number.';
comment on column sealdesk.alert_occurrence.peak is 'The most that was counted within the rule''s window.';
create index alert_occurrence_of on sealdesk.alert_occurrence (alert, id desc);

create table sealdesk.alert_state (
  id bigint generated always as identity primary key,
  alert bigint not null references sealdesk.alert,
  state text not null constraint alert_state_known check (state in ('acknowledged', 'resolved', 'false_positive', 'escalated')),
  at timestamptz not null default clock_timestamp(),
  by text not null,
  note text not null default '' constraint alert_note_length check (char_length(note) <= 500),
  seen bigint not null
);
comment on table sealdesk.alert_state is 'What became of alerts, in order. by is system for an escalation.';
comment on column sealdesk.alert_state.seen is 'The newest occurrence that was known then: what comes later opens the alert again.';
create index alert_state_of on sealdesk.alert_state (alert, id desc);

create table sealdesk.suppression (
  number bigint generated always as identity primary key,
  rule text not null references sealdesk.audit_rule,
  subject text,
  why text not null constraint suppression_why_length check (char_length(why) between 1 and 200),
  person uuid not null references sealdesk.person,
  by text not null,
  at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
comment on table sealdesk.suppression is 'Alerts nobody is called for, for a time. It never covers what its author causes.';

do $$
declare t text;
begin
  foreach t in array array['alert', 'alert_occurrence', 'alert_state'] loop
    execute format('create trigger append_only before update or delete on sealdesk.%I for each row execute function sealdesk.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on sealdesk.%I for each statement execute function sealdesk.refuse_change()', t);
  end loop;
end $$;
create trigger kept before delete on sealdesk.suppression for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.suppression for each statement execute function sealdesk.refuse_change();

create table sealdesk.alert_notice (
  id bigint generated always as identity primary key,
  alert bigint not null references sealdesk.alert,
  what text not null constraint notice_known check (what in ('raised', 'again', 'escalated')),
  at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.alert_notice is 'What people are called for: a new alert, ten times as much of it, or that nobody has acknowledged it.';

create table sealdesk.alert_sink (
  name text primary key constraint sink_name_shape check (name ~ '^[a-z][a-z0-9_-]{0,40}$'),
  least text not null constraint sink_least_known check (least in ('info', 'warning', 'critical')),
  active boolean not null default true
);
comment on table sealdesk.alert_sink is 'Where notices are delivered besides the desks. How stands in the watch''s own file, on its own machine. One that it does not name any more keeps its queue and gets nothing new.';

create table sealdesk.alert_delivery (
  sink text not null references sealdesk.alert_sink on delete cascade,
  notice bigint not null references sealdesk.alert_notice,
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  error text,
  delivered_at timestamptz,
  primary key (sink, notice)
);
comment on table sealdesk.alert_delivery is 'The queue of each sink. What was not delivered is tried again, with growing pauses, for ever.';
create index alert_delivery_due on sealdesk.alert_delivery (sink, next_at) where delivered_at is null;

create index session_opened on sealdesk.session (login, opened_at);

-- A transaction may be longer than a round.
alter table sealdesk.watch
  add column partly_xids xid8[] not null default '{}',
  add column partly_sessions uuid[] not null default '{}',
  add column partly_seqs bigint[] not null default '{}';
comment on column sealdesk.watch.partly_xids is 'Transactions that were evaluated in part, which the place calls open; with partly_sessions and partly_seqs, how far.';
drop function if exists sealdesk.fresh_events(pg_snapshot, integer);
