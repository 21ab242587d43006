-- What the indexes tell, counted now and then.

create table sealdesk.index_check (
  field text primary key,
  layout integer not null,
  at timestamptz not null default clock_timestamp(),
  records bigint not null,
  largest bigint not null,
  entropy double precision not null
);
comment on table sealdesk.index_check is 'What the tokens of each indexed field told when they were last counted, over the newest records.';
comment on column sealdesk.index_check.largest is 'Values behind the most common token.';
comment on column sealdesk.index_check.entropy is 'Shannon entropy of the tokens, in bits.';
