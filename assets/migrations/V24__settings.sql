-- Fields, classes and reasons change while desks are open.

alter table sealdesk.field
  add column version bigint not null default 1,
  add column retired_at timestamptz,
  add column layout integer not null default 1;
comment on column sealdesk.field.version is 'Counts changes: who changes a field names the version that was read.';
comment on column sealdesk.field.retired_at is 'Since when the field is asked for nowhere. Its values stay, sealed as they are, with their search tokens.';
comment on column sealdesk.field.layout is
  'Counts changes of what is stored for a value: class, mask, index modes, place in the list row. What an older layout wrote is to be written again.';

alter table sealdesk.field_value add column layout integer not null default 1;
comment on column sealdesk.field_value.layout is 'The field''s layout when the value was sealed.';
alter table sealdesk.value_history add column layout integer not null default 1;
comment on column sealdesk.value_history.layout is 'The field''s layout when the value was sealed.';

alter table sealdesk.class add column version bigint not null default 1;
comment on column sealdesk.class.version is 'Counts changes of the settings; keys have their epoch.';

alter table sealdesk.reason
  add column version bigint not null default 1,
  add column retired_at timestamptz;
comment on column sealdesk.reason.version is 'Counts changes.';
comment on column sealdesk.reason.retired_at is 'Since when the reason can no longer be given; events keep its code.';

update sealdesk.application_role set capabilities = capabilities || '{manage_policy}'
 where code = 'security_officer' and not 'manage_policy' = any (capabilities);

-- They answer with more columns, or ask for the layouts.
drop function if exists sealdesk_api.list_classes(bytea);
drop function if exists sealdesk_api.list_fields(bytea);
drop function if exists sealdesk_api.list_reasons(bytea);
drop function if exists sealdesk_api.put_record(bytea, uuid, bytea, text[], integer[], bytea[], bytea[], text[], bigint[], smallint, text[]);
drop function if exists sealdesk_api.put_edit(bytea, uuid, bigint, bytea, text[], integer[], bytea[], bytea[], text[], bigint[], text[]);
