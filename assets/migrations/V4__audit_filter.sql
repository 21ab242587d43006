-- What else an audit view may be narrowed by.

alter table sealdesk.audit_query add column outcome text, add column reason text;
