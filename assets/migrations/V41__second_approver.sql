-- Four eyes by themselves: asked for as soon as somebody else is there who could approve.

alter table sealdesk.four_eyes alter required drop not null;
comment on column sealdesk.four_eyes.required is 'Whether they are asked for; null for as soon as somebody else could approve.';
-- Where somebody has decided, it stays as decided.
update sealdesk.four_eyes f set required = null
 where f.kind in ('role_grant', 'role_rights', 'second_factor_reset', 'settings') and not f.required
   and not exists (select from sealdesk.audit_event e where e.action = 'four_eyes' and e.outcome = 'ok' and e.details::json ->> 'kind' = f.kind);
insert into sealdesk.four_eyes values
  ('duty', 9, 'changing which duties are kept apart', '更改职责分离', null, 'approve'),
  ('role_second_factor', 10, 'asking a role for a second factor, or not', '更改角色的第二因素要求', null, 'approve'),
  ('clearance', 11, 'clearing somebody higher', '提高密级', false, 'approve');

create table sealdesk.alone_act (
  number bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  kind text not null references sealdesk.four_eyes,
  subject text not null,
  session uuid not null,
  seq bigint not null
);
comment on table sealdesk.alone_act is 'Acts for four eyes that were done alone, because nobody else could approve at the time. They are findings, which nobody can take away.';
create trigger append_only before update or delete on sealdesk.alone_act for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.alone_act for each statement execute function sealdesk.refuse_change();
