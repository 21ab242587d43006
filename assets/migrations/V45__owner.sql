-- Discretionary access control: who answers for a record decides about handing it on.

alter table sealdesk.record add column owner text;
comment on column sealdesk.record.owner is 'Login of who answers for the record, where that is no longer who made it.';

update sealdesk.application_role set capabilities = capabilities || '{share}'::text[]
 where code = 'senior_agent' and not 'share' = any (capabilities);
-- It answers with one column more.
drop function if exists sealdesk_api.collect_view(bytea, uuid);
