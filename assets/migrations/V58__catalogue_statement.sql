-- What clients seal by is signed by officers: the database can neither change a field's class, mask or index nor keep back a newer key without its being seen.

create table sealdesk.catalogue_statement (
  number bigint primary key check (number > 0),
  previous bytea check (octet_length(previous) = 32),
  body text not null,
  signer text not null,
  signature bytea not null check (octet_length(signature) = 64),
  at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.catalogue_statement is
  'Fields, kinds of record, newest keys of classes and roles as an officer has signed them, one row for each change. Clients seal only by what equals the newest.';
comment on column sealdesk.catalogue_statement.previous is 'SHA-256 of what was signed before; null for the first.';
comment on column sealdesk.catalogue_statement.body is 'JSON, to the byte as it was signed.';
create trigger append_only before update or delete on sealdesk.catalogue_statement for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.catalogue_statement for each statement execute function sealdesk.refuse_change();

-- Both answer with the newest key.
drop function if exists sealdesk_api.list_classes(bytea);
drop function if exists sealdesk_api.list_roles(bytea);
