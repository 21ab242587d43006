-- Mandatory access control: people are cleared to a level and for compartments, records are labelled with both.

create table sealdesk.clearance_level (
  rank smallint primary key constraint clearance_rank check (rank between 0 and 100),
  code text not null constraint clearance_code_unique unique,
  label_en text not null,
  label_zh text not null
);
comment on table sealdesk.clearance_level is 'Levels, the higher the more sensitive. Rank 0 is what every person may know of.';
insert into sealdesk.clearance_level values
  (0, 'normal', 'normal', '普通'), (1, 'sensitive', 'sensitive', '敏感'), (2, 'restricted', 'restricted', '受限'), (3, 'secret', 'secret', '机密');

create table sealdesk.compartment (
  code text primary key,
  label_en text not null,
  label_zh text not null
);
comment on table sealdesk.compartment is 'Groups of records that a level alone does not open.';
insert into sealdesk.compartment values ('staff', 'own staff', '本公司员工'), ('vip', 'VIP', '贵宾');

alter table sealdesk.person
  add column clearance smallint not null default 0 references sealdesk.clearance_level,
  add column compartments text[] not null default '{}';
comment on column sealdesk.person.clearance is 'The highest level the person may know of.';
comment on column sealdesk.person.compartments is 'The compartments the person may know of, sorted.';

alter table sealdesk.record
  add column label smallint not null default 0 references sealdesk.clearance_level,
  add column compartments text[] not null default '{}',
  add column labelled boolean not null default false,
  add constraint record_labelled check (labelled = (label > 0 or compartments <> '{}'));
comment on column sealdesk.record.label is 'The level a person must be cleared to.';
comment on column sealdesk.record.compartments is 'All of these a person must be cleared for, sorted.';
comment on column sealdesk.record.labelled is
  'Whether it takes a clearance at all. One flag beside every search: cheap to test, and with statistics of its own the planner''s estimates stay right.';
create index record_labels on sealdesk.record (label, compartments) where labelled;
analyze sealdesk.record (labelled);

update sealdesk.application_role set capabilities = capabilities || '{declassify}'::text[]
 where code = 'supervisor' and not 'declassify' = any (capabilities);
-- They answer with more columns than they did, or take more.
drop function if exists sealdesk_api.collect_view(bytea, uuid);
drop function if exists sealdesk_api.put_record(bytea, uuid, bytea, text[], integer[], bytea[], bytea[], text[], bigint[]);
