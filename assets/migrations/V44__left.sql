-- When somebody left for good, so that they are told from those who are shut out for a while.
alter table sealdesk.person add column left_at timestamptz;
-- A view that only reads anew what is open already says so; the call has one argument more.
drop function if exists sealdesk_api.request_view(bytea, uuid, uuid);
update sealdesk.four_eyes set label_zh = '重置双因素验证' where kind = 'second_factor_reset' and label_zh = '重置第二因素';
