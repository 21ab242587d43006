-- How long data is kept, and legal holds.

create table sealdesk.retention_rule (
  kind text not null,
  class text not null default '',
  days integer not null constraint retention_days_range check (days between 1 and 36500),
  purges boolean not null,
  version bigint not null default 1,
  primary key (kind, class),
  constraint retention_kind_known check (case kind when 'history' then class <> '' else kind in ('erased', 'notes', 'untouched') and class = '' end)
);
comment on table sealdesk.retention_rule is 'After how many days what is purged: deleted records (erased), earlier values of a class (history), notes, untouched records. What has no row is kept for ever.';
comment on column sealdesk.retention_rule.purges is 'False for untouched records that are only marked as due.';

create table sealdesk.legal_hold (
  record uuid primary key references sealdesk.record,
  reason text not null constraint hold_reason_length check (char_length(reason) between 1 and 200),
  reference text,
  by text not null,
  at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.legal_hold is 'Records of which nothing is purged. Released holds are in the audit.';

alter table sealdesk.record
  add column purged_at timestamptz,
  add constraint record_purged check (purged_at is null or (deleted_at is not null and summary = '' and tokens = '{}'));
comment on column sealdesk.record.purged_at is 'Since when nothing is left of the record but its number and label. For whoever looks it does not exist; the audit names it.';

-- Not to who sets the rules and purges by them.
update sealdesk.application_role set capabilities = capabilities || '{legal_hold}'::text[]
 where code = 'supervisor' and not 'legal_hold' = any (capabilities);
-- It covers more than it did.
update sealdesk.four_eyes set label_en = 'changing settings', label_zh = '更改设置' where kind = 'settings';
