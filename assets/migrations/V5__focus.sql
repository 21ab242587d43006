-- Whether a revealed value of the class hides itself when its terminal loses the focus.
alter table sealdesk.class add hide_on_focus_loss boolean not null default true;
comment on column sealdesk.class.hide_on_focus_loss is 'Whether a revealed value hides itself when its terminal loses the focus.';
-- It answers with one column more.
drop function if exists sealdesk_api.list_classes(bytea);
