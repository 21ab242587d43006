-- Somebody else than who made a checkpoint has seen it.

create table sealdesk.checkpoint_witness (
  number bigint not null references sealdesk.checkpoint,
  login text not null,
  hash bytea not null,
  entry bigint not null references sealdesk.vouched_entry,
  signature bytea not null,
  at timestamptz not null default clock_timestamp(),
  primary key (number, login)
);
comment on table sealdesk.checkpoint_witness is 'Signatures of who held a checkpoint against what they had seen before.';
create trigger append_only before update or delete on sealdesk.checkpoint_witness for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.checkpoint_witness for each statement execute function sealdesk.refuse_change();
