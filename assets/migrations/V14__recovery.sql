-- Recovery of the root key by custodians, and rotation on a schedule.

create table sealdesk.recovery_set (
  number integer primary key constraint recovery_number check (number > 0),
  threshold integer not null constraint recovery_threshold check (threshold between 2 and 16),
  public bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  signature bytea not null,
  generation integer not null,
  sealed bytea,
  sealed_at timestamptz not null default clock_timestamp(),
  sealed_by text not null,
  sealed_signature bytea not null,
  drilled_at timestamptz,
  retired_at timestamptz
);
comment on table sealdesk.recovery_set is 'A recovery key that custodians have shares of, and the root key and the officers'' role key sealed to it.';
comment on column sealdesk.recovery_set.signature is 'Of the officer created_by, over number, threshold, public key, custodians and commitments.';
comment on column sealdesk.recovery_set.generation is 'Of the officers'' role key that is sealed.';
comment on column sealdesk.recovery_set.sealed is 'Null once retired, so that old shares open nothing any more but in a backup.';
comment on column sealdesk.recovery_set.drilled_at is 'When shares were last brought together and opened it.';

create table sealdesk.recovery_share (
  set integer not null references sealdesk.recovery_set,
  index integer not null constraint recovery_index check (index between 1 and 16),
  custodian text not null,
  commitment bytea not null,
  last_checked_at timestamptz,
  checked_by text,
  primary key (set, index)
);
comment on table sealdesk.recovery_share is 'Who has which share. commitment is a hash of the share, so that it can be checked without the others.';

alter table sealdesk.class
  add column rotated_at timestamptz not null default clock_timestamp(),
  add column rotate_every_days integer constraint class_rotate_every check (rotate_every_days between 1 and 3650);
comment on column sealdesk.class.rotated_at is 'When its keys were made.';
comment on column sealdesk.class.rotate_every_days is 'Its keys are to be rotated when they are so old; null for never.';
alter table sealdesk.application_role
  add column rotated_at timestamptz not null default clock_timestamp(),
  add column rotate_every_days integer constraint role_rotate_every check (rotate_every_days between 1 and 3650);
comment on column sealdesk.application_role.rotated_at is 'When its key pair was made.';
comment on column sealdesk.application_role.rotate_every_days is 'Its key pair is to be rotated when it is so old; null for never.';
