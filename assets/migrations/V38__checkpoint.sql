-- Checkpoints: a tree over the heads of all chains (RFC 6962), signed, chained, and written down outside the database.

create table sealdesk.checkpoint (
  number bigint primary key constraint checkpoint_number check (number > 0),
  at timestamptz not null,
  size bigint not null,
  root bytea not null,
  previous bytea not null,
  hash bytea not null,
  peaks bytea[] not null,
  login text not null,
  entry bigint not null references sealdesk.vouched_entry,
  signature bytea not null
);
comment on table sealdesk.checkpoint is 'Signed roots over the first so many leaves, each with the hash of the one before it.';
comment on column sealdesk.checkpoint.peaks is 'The roots of the whole subtrees, largest first: what the next leaves are added to. Follows from the leaves and is not signed.';
create trigger append_only before update or delete on sealdesk.checkpoint for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.checkpoint for each statement execute function sealdesk.refuse_change();

create table sealdesk.checkpoint_leaf (
  place bigint primary key,
  checkpoint bigint not null references sealdesk.checkpoint,
  session uuid not null,
  seq bigint not null,
  hash bytea not null
);
comment on table sealdesk.checkpoint_leaf is
  'The leaves, from place 0: at each checkpoint the head of every chain that has grown since the one before, in the order in which the sessions began.';
create trigger append_only before update or delete on sealdesk.checkpoint_leaf for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.checkpoint_leaf for each statement execute function sealdesk.refuse_change();

create table sealdesk.checkpoint_reach (
  session uuid primary key,
  seq bigint not null
) with (fillfactor = 60);
comment on table sealdesk.checkpoint_reach is 'Each chain''s newest leaf, so that the next checkpoint finds what has grown without reading the leaves.';
