-- Keys change: a class's epoch, and whether a session has fetched its keys since the last change.

alter table sealdesk.class add epoch integer not null default 1;
comment on column sealdesk.class.epoch is 'The epoch of the keys that new values of the class are sealed under.';
alter table sealdesk.installation add key_generation bigint not null default 1;
comment on column sealdesk.installation.key_generation is 'Counts changes of any key.';
alter table sealdesk.session add key_generation bigint not null default 0;
comment on column sealdesk.session.key_generation is 'The installation''s key generation when the session last fetched its keys; behind it, requests are answered with SD030.';
