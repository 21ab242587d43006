-- The root key may be exchanged: the old one signs who follows it.

create table sealdesk.root_transition (
  number integer primary key constraint transition_number check (number > 0),
  old_public bytea not null,
  new_public bytea not null,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  signature bytea not null
);
comment on table sealdesk.root_transition is
  'Statements of a root key that another follows it. A client that pins an older root names the new one by them, and trusts it only once it is pinned.';
