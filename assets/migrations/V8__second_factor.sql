-- Second factor: time-based one-time codes (RFC 6238) and recovery codes.

create table sealdesk.second_factor (
  person uuid primary key references sealdesk.person,
  secret bytea not null constraint secret_length check (octet_length(secret) = 20),
  created_at timestamptz not null default clock_timestamp(),
  confirmed_at timestamptz,
  last_step bigint not null default 0
);
comment on table sealdesk.second_factor is 'The shared secret of a person''s authenticator. In force once confirmed; last_step is the newest time step that was accepted.';

create table sealdesk.recovery_code (
  person uuid not null references sealdesk.person,
  hash bytea not null,
  used_at timestamptz,
  primary key (person, hash)
);
comment on table sealdesk.recovery_code is 'Recovery codes: SHA-256 with installation and login. They have 60 random bits, so a slow hash would add nothing.';

alter table sealdesk.person
  add column code_attempts integer not null default 0,
  add column code_attempts_since timestamptz not null default '-infinity';
comment on column sealdesk.person.code_attempts is 'Codes submitted since the last right one, within fifteen minutes.';
alter table sealdesk.session
  add column code text,
  add column code_at timestamptz,
  add column limited boolean not null default false;
comment on column sealdesk.session.code is 'A submitted code until it is judged.';
comment on column sealdesk.session.code_at is 'When a code of this session was last accepted.';
comment on column sealdesk.session.limited is 'Good for setting up a second factor and for nothing else.';
alter table sealdesk.application_role add column second_factor boolean not null default false;
comment on column sealdesk.application_role.second_factor is 'Whether who has the role must sign in with a second factor.';
alter table sealdesk.class add column fresh_code_s integer constraint fresh_code_range check (fresh_code_s between 30 and 86400);
comment on column sealdesk.class.fresh_code_s is 'A reveal needs a code accepted at most so many seconds ago; null for none.';
-- They answer with more columns than they did.
drop function if exists sealdesk_api.session_open(uuid);
drop function if exists sealdesk_api.list_classes(bytea);
