-- What an index would tell, as an officer's client has measured it on the real values.

create table sealdesk.field_measurement (
  person uuid not null references sealdesk.person,
  field text not null references sealdesk.field,
  mode text not null,
  at timestamptz not null default clock_timestamp(),
  records bigint not null,
  largest bigint not null,
  entropy double precision not null,
  primary key (person, field, mode)
);
comment on table sealdesk.field_measurement is 'The newest measurement of an index mode by each officer. It lets that officer index a field by the mode for an hour.';
comment on column sealdesk.field_measurement.records is 'Values that were measured.';
comment on column sealdesk.field_measurement.largest is 'Records behind the most common token.';
comment on column sealdesk.field_measurement.entropy is 'Shannon entropy of the tokens, in bits.';
-- It takes the class too.
drop function if exists sealdesk_api.field_change(bytea, text, bigint, text, text, text, text, text, text, text[], boolean, boolean, text[], text[], text[]);
drop function if exists sealdesk.require_policy(bytea);
