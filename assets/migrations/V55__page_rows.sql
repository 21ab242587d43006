-- Which records a page of a list or search handed out. The page is chosen by its request, and its collection fetches exactly that.

alter table sealdesk.audit_event add column page uuid[];
comment on column sealdesk.audit_event.page is
  'Of a list or search: a random id, and behind it the records of the page that it was granted. Its digest stands in details, so that the chain covers it.';
-- Ids do not compress.
alter table sealdesk.audit_event alter column page set storage external;

alter table sealdesk.list_query
  add column found uuid[],
  add column total bigint,
  add column total_exact boolean,
  add column has_more boolean;
comment on column sealdesk.list_query.found is 'The records of the page, in its order.';
comment on table sealdesk.list_query is 'The one page that a list request is good for, and what it asked. Swept after a minute.';

-- Everybody who appends is created anew with the functions.
drop function if exists sealdesk.append(uuid, text, text, text, uuid, text, text, bigint, text, text, text, uuid);
