-- A ticket is nearly always its session's newest event: kept with the chain's head, it is found without reading the audit.

alter table sealdesk.session_head
  add column last_at timestamptz,
  add column last_xid xid8,
  add column last_ticket uuid,
  add column last_action text,
  add column last_outcome text,
  add column last_record uuid,
  add column last_field text,
  add column last_class text,
  add column last_version bigint;
comment on column sealdesk.session_head.last_ticket is 'With the other columns of this name: the event of number seq, as it stands in the audit.';
create index session_of_login on sealdesk.session (login, expires_at) where closed_at is null;
