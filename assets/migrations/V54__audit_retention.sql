-- How long the audit is kept, and the statements under which whole months of it were dropped.

create table sealdesk.audit_retention (
  only_row boolean primary key default true constraint one_audit_retention check (only_row),
  months integer constraint audit_months check (months between 12 and 1200),
  version bigint not null default 1
);
comment on table sealdesk.audit_retention is 'For how many months the audit is kept at least; null for ever, as it is without anybody''s doing.';
insert into sealdesk.audit_retention (months) values (null);

create table sealdesk.audit_drop (
  number bigint primary key,
  at timestamptz not null,
  month text not null unique,
  events bigint not null,
  chains bigint not null,
  root bytea not null,
  checkpoint bigint not null references sealdesk.checkpoint,
  request bigint not null references sealdesk.request,
  login text not null,
  entry bigint not null references sealdesk.vouched_entry,
  signature bytea not null
);
comment on table sealdesk.audit_drop is 'Signed statements of what was dropped: the month, how many events of how many chains, and a root over how far each chain went.';
create trigger append_only before update or delete on sealdesk.audit_drop for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.audit_drop for each statement execute function sealdesk.refuse_change();

create table sealdesk.audit_drop_leaf (
  number bigint not null references sealdesk.audit_drop,
  session uuid not null,
  seq bigint not null,
  hash bytea not null,
  primary key (number, session)
);
comment on table sealdesk.audit_drop_leaf is 'The last event of each chain that was dropped with a month, with its hash: what is left of the chain goes on from there.';
create trigger append_only before update or delete on sealdesk.audit_drop_leaf for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.audit_drop_leaf for each statement execute function sealdesk.refuse_change();
