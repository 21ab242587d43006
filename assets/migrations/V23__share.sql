-- A field of one record, shared with one person for a time.

create table sealdesk.share (
  id uuid primary key,
  record uuid not null references sealdesk.record,
  field text not null references sealdesk.field,
  class text not null references sealdesk.class,
  version bigint not null,
  from_person uuid not null references sealdesk.person,
  to_person uuid not null references sealdesk.person constraint share_with_another check (to_person <> from_person),
  sealed bytea,
  signature bytea not null,
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  until_at timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_by text
);
comment on table sealdesk.share is 'Values of single fields, sealed by those who may reveal them to the own keys of those they are shared with.';
comment on column sealdesk.share.version is 'The version of the field that was shared; the field may have changed since.';
comment on column sealdesk.share.sealed is 'Null once withdrawn or expired: what has ended can no longer be opened by anybody.';
comment on column sealdesk.share.signature is 'Of the sharer, over everything that the value is bound to and what is sealed: HPKE does not say who sealed.';
create unique index share_open on sealdesk.share (record, field, version, from_person, to_person) where sealed is not null;
create index share_from on sealdesk.share (from_person, created_at desc);
create index share_to on sealdesk.share (to_person, created_at desc);
create index share_until on sealdesk.share (until_at) where sealed is not null;

alter table sealdesk.class add share_allowed boolean not null default true;
comment on column sealdesk.class.share_allowed is 'Whether who may reveal values of the class may share them.';
update sealdesk.class set share_allowed = false where code = 'payment';
