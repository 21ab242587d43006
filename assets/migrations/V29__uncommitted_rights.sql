-- A right that a transaction gave itself is no right until it is committed: rolled back, it would leave what was read without a trace.

alter table sealdesk.right_slice add column xid xid8 not null default pg_current_xact_id();
comment on column sealdesk.right_slice.xid is 'The transaction that derived it, for which it does not count yet.';
-- Other transactions see a slice when it is committed; only one's own could be used before.
create or replace view sealdesk.person_right as
  select person, class, may_search, may_masked, may_reveal, may_edit
    from sealdesk.right_slice
   where from_at <= clock_timestamp() and until_at > clock_timestamp() and xid is distinct from pg_current_xact_id_if_assigned();
