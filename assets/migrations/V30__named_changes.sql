-- An approval of a change of settings names the change, not what is changed.

alter table sealdesk.request add column change text;
comment on column sealdesk.request.change is
  'For kind settings the change to the letter, as approve_change writes it: {"action", "of", "changed": {column: [old, new]}}. Only that very change may be done under it.';

create table sealdesk.proposed_change (
  person uuid not null references sealdesk.person,
  subject text not null,
  change text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (person, subject)
);
comment on table sealdesk.proposed_change is 'Changes of settings that were refused for want of an approval, the newest by person and subject: what may be asked for.';

create type sealdesk.policy_change as (
  session uuid, person uuid, login text, action text, subject text, outcome text, is_held boolean, change text, approved bigint);
comment on type sealdesk.policy_change is 'A change of settings on its way from begin_change by approve_change to end_change; is_held says that other changes wait for it.';

-- They take or answer something else now.
drop function if exists sealdesk.require_policy(bytea, text);
drop function if exists sealdesk.policy_act(bigint, uuid, text, text, text, text, text, bigint, text);
drop function if exists sealdesk.changes(jsonb, jsonb);
drop function if exists sealdesk.find_approval(uuid, text, text, boolean);
drop function if exists sealdesk.judge_request(uuid, text, text, integer);
drop function if exists sealdesk_api.request_put(bytea, text, text, text, text, integer, integer);
