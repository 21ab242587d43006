-- Records are of kinds, each with letters for its numbers and with fields of its own.

create table sealdesk.record_kind (
  code text primary key,
  label_en text not null,
  label_zh text not null,
  prefix text not null
    constraint record_kind_prefix_unique unique
    constraint record_kind_prefix_shape check (prefix ~ '^[A-Z]{1,3}$'),
  name_en text,
  name_zh text,
  position integer not null,
  version bigint not null default 1,
  retired_at timestamptz,
  constraint record_kind_name_in_both check ((name_en is null) = (name_zh is null))
);
comment on table sealdesk.record_kind is 'What records there are: customers, and what else an installation keeps. A code and its letters never change their meaning.';
comment on column sealdesk.record_kind.prefix is 'The letters before a number: C for C-204817. Numbers run through all kinds, so a number alone names a record too.';
comment on column sealdesk.record_kind.name_en is 'What the field name is called for records of this kind, where it is called otherwise.';
comment on column sealdesk.record_kind.version is 'Counts changes.';
comment on column sealdesk.record_kind.retired_at is 'Since when no record of the kind can be made. Those that are there stay as they are.';
insert into sealdesk.record_kind (code, label_en, label_zh, prefix, position) values ('customer', 'Customer', '客户', 'C', 1);

alter table sealdesk.record add column kind text not null default 'customer' constraint record_of_kind references sealdesk.record_kind;
comment on table sealdesk.record is 'One record of a kind. summary is the sealed list row; tokens is the union of the fields'' blind-index tokens.';
-- A rare kind among a million others is found by this; a common one is walked along it.
create index record_kind_recent on sealdesk.record (kind, updated_at desc, number desc) where deleted_at is null;

alter table sealdesk.field add column kinds text[] not null default '{customer}';
comment on column sealdesk.field.kinds is 'The kinds of record that have the field: one at least. Values that a record had before its kind lost the field stay, sealed as they are.';

alter table sealdesk.list_query
  add column kind text,
  add column number_kinds text[];
comment on column sealdesk.list_query.kind is 'Only records of this kind.';
comment on column sealdesk.list_query.number_kinds is 'The kind that each number must be of; null for any.';

update sealdesk.four_eyes set label_en = 'changing a field, kind, class or reason', label_zh = '更改字段、记录类型、类别或理由' where kind = 'settings';

-- They answer with more columns, or ask for the kind.
drop function if exists sealdesk_api.list_fields(bytea);
drop function if exists sealdesk_api.field_add(bytea, text, text, text, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[]);
drop function if exists sealdesk_api.field_change(bytea, text, bigint, text, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[]);
drop function if exists sealdesk_api.put_record(bytea, uuid, bytea, text[], integer[], integer[], bytea[], bytea[], text[], bigint[], smallint, text[]);
drop function if exists sealdesk_api.request_list(bytea, uuid, bigint[], integer[], bigint[], text, uuid, text, text, bigint, bigint, integer);
drop function if exists sealdesk_api.collect_list(bytea, uuid);
drop function if exists sealdesk_api.collect_view(bytea, uuid);
drop function if exists sealdesk_api.list_shares(bytea);
drop function if exists sealdesk_api.collect_shared(bytea, uuid);
drop function if exists sealdesk_api.collect_rewrite(bytea, uuid);
drop function if exists sealdesk_api.collect_reencrypt(bytea, uuid);
drop function if exists sealdesk_api.collect_audit(bytea, uuid, timestamptz, uuid, bigint, integer);
drop function if exists sealdesk_api.collect_audit_newer(bytea, uuid, timestamptz, uuid, bigint, integer);
drop function if exists sealdesk_api.follow_audit(bytea, uuid, bigint, uuid, bigint, integer);
drop function if exists sealdesk_api.record_events(bytea, uuid, integer);
drop function if exists sealdesk_api.collect_chain(bytea, uuid, uuid, bigint, timestamptz, integer);
drop function if exists sealdesk_api.my_chain(bytea, bigint, integer);
drop function if exists sealdesk_api.list_due(bytea, text, text, integer);
drop function if exists sealdesk_api.list_holds(bytea);
drop function if exists sealdesk_api.collect_rule_try(bytea, uuid);
drop function if exists sealdesk_api.list_honeytokens(bytea);
drop function if exists sealdesk_api.list_alerts(bytea, boolean, bigint);
drop function if exists sealdesk_api.collect_saw(bytea, uuid);
