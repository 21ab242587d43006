-- Records that a person keeps at hand.

create table sealdesk.star (
  person uuid not null references sealdesk.person,
  record uuid not null references sealdesk.record,
  at timestamptz not null default clock_timestamp(),
  primary key (person, record)
);
comment on table sealdesk.star is 'Records that a person has starred. Nobody else sees them.';
create index star_record on sealdesk.star (record);
