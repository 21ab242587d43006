-- Incidents: what went wrong, since when it is known, what was found and done. Nothing is edited or deleted; what is wrong is corrected by a new item.

create table sealdesk.incident (
  number bigint generated always as identity primary key,
  title text not null constraint incident_title_length check (char_length(title) between 1 and 120),
  severity text not null constraint incident_severity_known check (severity in ('low', 'medium', 'high', 'critical')),
  opened_at timestamptz not null default clock_timestamp(),
  opened_by text not null,
  from_at timestamptz,
  until_at timestamptz,
  people text[] not null default '{}',
  records bigint[] not null default '{}',
  classes text[] not null default '{}'
);
comment on table sealdesk.incident is 'Incidents as they were opened. Scope is people by login, records by number, classes, and a time.';

create table sealdesk.incident_item (
  number bigint generated always as identity primary key,
  incident bigint not null references sealdesk.incident,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  kind text not null constraint item_kind_known check (kind in ('note', 'pin', 'task', 'done', 'hand_over', 'severity', 'known', 'notified', 'correct', 'lesson', 'close', 'reopen')),
  text text not null constraint item_text_length check (char_length(text) <= 2000),
  of bigint,
  about text,
  when_at timestamptz,
  event_session uuid,
  event_seq bigint,
  event_hash bytea
);
comment on table sealdesk.incident_item is 'The timelines of all incidents; numbered through, so that an item left uncommitted holds no other up.';
create index incident_items on sealdesk.incident_item (incident, number);
comment on column sealdesk.incident_item.of is 'The item that is done (a task) or corrected.';
comment on column sealdesk.incident_item.about is 'Whom it is handed over to, the severity from now on, or who was notified (authority, persons).';
comment on column sealdesk.incident_item.when_at is 'Since when a breach is known, or when somebody was notified.';
comment on column sealdesk.incident_item.event_hash is 'With session and sequence: the event that is pinned, as its chain had it.';
create trigger append_only before update or delete on sealdesk.incident for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.incident for each statement execute function sealdesk.refuse_change();
create trigger append_only before update or delete on sealdesk.incident_item for each row execute function sealdesk.refuse_change();
create trigger no_truncate before truncate on sealdesk.incident_item for each statement execute function sealdesk.refuse_change();
