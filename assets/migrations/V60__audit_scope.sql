-- What is recorded beyond what always is.

create table sealdesk.audit_scope (
  action text not null,
  class text not null default '',
  recorded boolean not null,
  version bigint not null default 1,
  primary key (action, class)
);
comment on table sealdesk.audit_scope is 'Where an optional act (sealdesk.optional_acts) is recorded otherwise than by default; class is empty for all classes. An act that is not optional is recorded whatever stands here.';

insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, per, threshold, window_s, escalate_minutes) values
  ('scope_changed', 'count', 'what is recorded was changed', '更改审计范围', 'warning', '{audit_scope_set}', 'ok', 'actor', 1, 60, 240);

create sequence sealdesk.audit_taken;
comment on sequence sealdesk.audit_taken is 'When somebody last took the whole audit for themselves, in seconds since 1970: seen by everybody at once, committed or not, so that who appends knows that they may have to wait.';
