-- What people sign of their own chains, and whose keys they signed it with.

create table sealdesk.vouched_entry (
  id bigint generated always as identity primary key,
  holder uuid not null references sealdesk.person,
  kind text not null constraint vouched_kind_known check (kind in ('person', 'officer')),
  name text not null,
  generation integer not null,
  hpke_public bytea not null,
  ed25519_public bytea not null,
  signer text not null,
  signature bytea not null,
  root_public bytea not null,
  at timestamptz not null default clock_timestamp(),
  constraint vouched_once unique (holder, kind, name, generation, ed25519_public, signer, signature, root_public)
);
comment on table sealdesk.vouched_entry is
  'Directory entries as they stood when something was signed under them. The directory forgets the keys of who enrols again; what those keys signed must stay checkable. Kept once for each who signs, so that nobody waits for another''s transaction.';
create trigger append_only before update or delete on sealdesk.vouched_entry for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.vouched_entry for each statement execute function sealdesk.refuse_change();

create table sealdesk.countersignature (
  session uuid not null,
  seq bigint not null,
  hash bytea not null,
  entry bigint not null references sealdesk.vouched_entry,
  signature bytea not null,
  at timestamptz not null default clock_timestamp(),
  primary key (session, seq)
);
comment on table sealdesk.countersignature is
  'A person''s Ed25519 signature over their own chain up to an event. Whoever rewrites what lies before it needs that person''s key.';
create trigger append_only before update or delete on sealdesk.countersignature for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.countersignature for each statement execute function sealdesk.refuse_change();

-- What was signed under an earlier root stays checkable where the present root stands by that root. The old root's own word is no proof: anybody can make
-- a key and sign with it that another follows.
alter table sealdesk.root_transition add column acceptance bytea;
comment on column sealdesk.root_transition.acceptance is 'The new root''s statement that the old one was the installation''s root before it.';
