-- Changes of policy may wait for somebody else's approval as well.
insert into sealdesk.four_eyes values ('settings', 6, 'changing a field, class or reason', '更改字段、类别或理由', false, 'approve');
