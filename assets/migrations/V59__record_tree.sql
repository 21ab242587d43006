-- A chain for each record over the events that name it, and a tree over the ends of all these chains. Checkpoints sign its root, so that what did not happen
-- to a record is proved as well as what did.

create table sealdesk.record_tree (
  only_row boolean primary key default true constraint one_record_tree check (only_row),
  begun bigint,
  root bytea not null
);
comment on table sealdesk.record_tree is
  'The tree as a whole. begun is the first checkpoint that signs its root: the chains hold what happened after the one before. Its row is locked while the tree grows.';
insert into sealdesk.record_tree (root) values (decode(repeat('00', 32), 'hex'));

create table sealdesk.record_chain (
  path varbit primary key,
  length bigint not null,
  head bytea not null,
  stub bytea not null
) with (fillfactor = 70);
comment on table sealdesk.record_chain is 'The end of each record''s chain at the newest checkpoint. path is the record''s place in the tree: 128 bits of a hash of its id.';

create table sealdesk.record_node (
  path varbit primary key,
  hash bytea not null
) with (fillfactor = 70);
comment on table sealdesk.record_node is 'Nodes with at least two records below them, at the newest checkpoint. Follow from the chains and are not signed by themselves.';

create table sealdesk.record_leaf (
  checkpoint bigint not null references sealdesk.checkpoint,
  path varbit not null,
  length bigint not null,
  head bytea not null,
  stub bytea not null,
  primary key (path, checkpoint)
);
create index record_leaf_of_checkpoint on sealdesk.record_leaf (checkpoint, path);
comment on table sealdesk.record_leaf is 'What each checkpoint changed in the tree: the end of every chain that has grown since the one before.';
create trigger append_only before update or delete on sealdesk.record_leaf for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.record_leaf for each statement execute function sealdesk.refuse_change();

alter table sealdesk.checkpoint
  add column covers timestamptz,
  add column records_from bigint,
  add column record_root bytea,
  add constraint checkpoint_records check ((records_from is null) = (record_root is null));
comment on column sealdesk.checkpoint.covers is
  'Everything that was committed by then is in the tree; null where more had happened than one checkpoint takes, or in checkpoints of before there was a tree of records.';
comment on column sealdesk.checkpoint.record_root is 'Root of the tree of records; null in checkpoints of before there was one.';

drop function if exists sealdesk_api.collect_audit_review_frames(bytea, uuid, bigint);
drop function if exists sealdesk_api.collect_grown(bytea, uuid);
drop function if exists sealdesk_api.put_checkpoint(bytea, bigint, timestamptz, bytea, bytea, uuid[], bigint[], bytea[], bytea);
drop function if exists sealdesk_api.collect_checkpoints(bytea, uuid, bigint, integer);
drop function if exists sealdesk.checkpoint_hash(bigint, timestamptz, bigint, bytea, bytea);
