-- What the watch keeps about its own duties: how far the chains were checked, which sessions fell silent, how far each anchor is.

create table sealdesk.chain_sweep (
  only_row boolean primary key default true constraint one_sweep check (only_row),
  session uuid not null default '00000000-0000-0000-0000-000000000000',
  seq bigint not null default 0,
  begun_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
insert into sealdesk.chain_sweep default values;
comment on table sealdesk.chain_sweep is 'Up to which event every chain was recomputed, in the order of sessions; begun anew from the end. ended_at is when all had been.';

create table sealdesk.silent_session (
  session uuid primary key references sealdesk.session,
  last_at timestamptz not null
);
comment on table sealdesk.silent_session is 'Sessions whose silence was recorded, with the event that it followed: each silence is an event once.';

create table sealdesk.anchor_state (
  name text primary key constraint anchor_name_length check (char_length(name) between 1 and 200),
  number bigint,
  at timestamptz,
  error text,
  failing_since timestamptz,
  by text not null
);
comment on table sealdesk.anchor_state is 'How far each anchor is, as who writes it says; what proves anything is the anchor itself.';
comment on column sealdesk.anchor_state.at is 'When the newest checkpoint was written down there.';

insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, per, threshold, window_s, escalate_minutes) values
  ('silent_session', 'count', 'an open session fell silent', '会话失去心跳', 'info', '{session_silent}', null, 'subject', 1, 60, null)
on conflict do nothing;
