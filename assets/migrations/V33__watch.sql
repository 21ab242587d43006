-- The watch: a daemon with an account of its own, of which one leads and the others stand by.

-- A new installation gets it with its first rows. Its key is made by the first officer who gives somebody the role (role_key_put).
insert into sealdesk.application_role (code, label_en, label_zh, capabilities)
select 'watch', 'watch', '监控服务', '{watch}' where exists (select from sealdesk.installation)
on conflict (code) do nothing;

create table sealdesk.watch (
  only_row boolean primary key default true constraint one_watch check (only_row),
  session uuid,
  login text,
  until_at timestamptz not null default '-infinity',
  round_at timestamptz,
  place pg_snapshot not null default pg_current_snapshot(),
  evaluated bigint not null default 0
) with (fillfactor = 40);
insert into sealdesk.watch default values;
comment on table sealdesk.watch is 'Who leads the watch, and how far it has come. until_at is the end of the lease that every round renews.';
comment on column sealdesk.watch.place is
  'What was evaluated: the events of exactly those transactions that are visible in this snapshot. So a transaction that is held open neither hides an event nor holds others back.';
comment on column sealdesk.watch.evaluated is 'How many events were evaluated.';
