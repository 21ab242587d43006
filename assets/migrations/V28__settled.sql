-- Whether anything is left to be written again is counted once, not at every look.

alter table sealdesk.field add column settled integer not null default 1;
comment on column sealdesk.field.settled is 'A layout that nothing stored is older than. New values are never of an older one, so it is counted no further than to this.';
