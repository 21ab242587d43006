-- What the people screen shows and counts.

alter table sealdesk.person
  add column display_name text not null default '' constraint display_name_length check (char_length(display_name) <= 80),
  add column enrol_attempts integer not null default 0,
  add column enrol_xid xid8;
comment on column sealdesk.person.enrol_attempts is 'How often the present one-time code was used to begin an enrolment.';
comment on column sealdesk.person.enrol_xid is 'The transaction of the last beginning: an enrolment is completed only when that is committed.';
create index session_open_of_person on sealdesk.session (person) where closed_at is null;
