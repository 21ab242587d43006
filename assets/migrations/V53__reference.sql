-- A field may refer to another record, by its number.

alter table sealdesk.field
  add column of_kind text constraint field_refers_to_kind references sealdesk.record_kind,
  add constraint field_of_kind_if_record check ((kind = 'record') = (of_kind is not null));
comment on column sealdesk.field.of_kind is 'The kind of the records that a field of kind record refers to. The number itself is sealed like every value, so that only clients can see to it that there is such a record.';

-- They answer with more columns, or ask for the kind that is referred to.
drop function if exists sealdesk_api.list_fields(bytea);
drop function if exists sealdesk_api.field_add(bytea, text, text, text, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[], text[]);

-- Letters that are typed before a number must be those of the record's kind.
alter table sealdesk.incident add column record_prefixes text[] not null default '{}';
comment on column sealdesk.incident.record_prefixes is 'The letters with which each record''s number was given, empty for one that was given bare or before letters were kept.';
drop function if exists sealdesk_api.request_audit(bytea, uuid, text, text, uuid, text, text, timestamptz, timestamptz, bigint, text, text);
drop function if exists sealdesk_api.request_audit(bytea, uuid, text, text, uuid, text, text, timestamptz, timestamptz, bigint, text, text, uuid, bigint[], text);
drop function if exists sealdesk_api.who_can_see(bytea, bigint);
drop function if exists sealdesk.set_hold(bytea, bigint, text, text, boolean);
drop function if exists sealdesk_api.hold_put(bytea, bigint, text, text);
drop function if exists sealdesk_api.hold_release(bytea, bigint, text, text);
drop function if exists sealdesk_api.honeytoken_put(bytea, bigint, boolean, text);
drop function if exists sealdesk_api.explain_access(bytea, text, bigint, text);
drop function if exists sealdesk_api.verify_scope(bytea, uuid, bigint, timestamptz, timestamptz);
drop function if exists sealdesk_api.incident_open(bytea, text, text, text[], bigint[], text[], timestamptz, timestamptz);
drop function if exists sealdesk_api.list_incidents(bytea);
