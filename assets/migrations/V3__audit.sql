-- Sessions and the audit. An event is also the ticket for the data that was asked for.

create table sealdesk.session (
  id uuid primary key,
  person uuid references sealdesk.person,
  login text not null,
  token_hash bytea,
  origin text not null,
  program text not null,
  submitted_at timestamptz not null default clock_timestamp(),
  opened_at timestamptz,
  expires_at timestamptz not null,
  closed_at timestamptz
);
comment on table sealdesk.session is 'Signed-in sessions. token_hash is SHA-256 of the bearer token; it counts only together with session_user.';
create unique index session_token on sealdesk.session (token_hash) where token_hash is not null;

create table sealdesk.session_head (
  session uuid primary key references sealdesk.session,
  seq bigint not null default 0,
  hash bytea not null,
  nudged_seq bigint not null default 0,
  nudged_at pg_lsn not null default '0/0'
) with (fillfactor = 40);
comment on column sealdesk.session_head.nudged_at is 'A log position behind the commit of every event up to nudged_seq.';
comment on table sealdesk.session_head is 'The end of each session''s chain. Its row lock orders one session''s events and nobody else''s.';

create table sealdesk.quota_use (
  person uuid not null references sealdesk.person,
  class text not null,
  hour bigint not null,
  used integer not null,
  primary key (person, class, hour)
) with (fillfactor = 40);
comment on table sealdesk.quota_use is 'Reveals by person, class and hour since 1970. Counted in the request, which commits before anything is handed out.';

create table sealdesk.audit_event (
  session uuid not null,
  seq bigint not null,
  at timestamptz not null,
  xid xid8 not null,
  actor text not null,
  action text not null,
  outcome text not null,
  record uuid,
  field text,
  class text,
  version bigint,
  reason text,
  reference text,
  details text,
  ticket uuid,
  hash bytea not null,
  primary key (session, seq, at)
) partition by range (at);
comment on table sealdesk.audit_event is 'The audit: one hash chain per session. xid is the transaction that appended it and is not part of the hash.';
create index audit_event_at on sealdesk.audit_event (at desc, session, seq);
create index audit_event_record on sealdesk.audit_event (record, at desc) where record is not null;
create index audit_event_actor on sealdesk.audit_event (actor, at desc);
create index audit_event_xid on sealdesk.audit_event (xid);
create table sealdesk.audit_event_other partition of sealdesk.audit_event default;

create table sealdesk.list_query (
  session uuid not null,
  ticket uuid not null,
  tokens bigint[] not null,
  groups integer[] not null,
  numbers bigint[] not null,
  view text not null,
  sort text not null,
  direction text not null,
  cursor_us bigint,
  cursor_number bigint,
  page_rows integer not null,
  at timestamptz not null default clock_timestamp(),
  primary key (session, ticket)
);
comment on table sealdesk.list_query is 'What a list request asked, page included, so that its collection cannot ask for something else. Swept after a minute.';

create table sealdesk.audit_query (
  session uuid not null,
  ticket uuid not null,
  actor text,
  action text,
  record uuid,
  class text,
  text text,
  from_at timestamptz,
  until_at timestamptz,
  primary key (session, ticket)
);
comment on table sealdesk.audit_query is 'The filter an audit view was opened with.';

create table sealdesk.notify_clock (
  only_row boolean primary key default true constraint one_clock check (only_row),
  at timestamptz not null
) with (fillfactor = 40);
insert into sealdesk.notify_clock values (true, '-infinity');
comment on table sealdesk.notify_clock is 'When the last notification went out: NOTIFY serialises commits, so at most five go out a second.';

create function sealdesk.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the audit is append-only' using errcode = '42501';
end $$;
comment on function sealdesk.refuse_change() is 'Keeps even the owner from changing events by mistake. A superuser can switch it off; the chains show it.';
create trigger append_only before update or delete on sealdesk.audit_event for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.audit_event for each statement execute function sealdesk.refuse_change();
