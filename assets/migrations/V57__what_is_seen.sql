-- Where a session's connection comes from, beside what its client says; words that were left behind; and a rule for what ends a hold.

alter table sealdesk.session add column address inet;
comment on column sealdesk.session.address is 'Where the connection came from when the session was asked for, as the server sees it; null on the machine''s own socket.';
comment on column sealdesk.session.origin is 'Where from, as the client says; not proof of anything.';

update sealdesk.four_eyes set label_zh = '更改角色的双因素验证要求' where kind = 'role_second_factor' and label_zh = '更改角色的第二因素要求';

insert into sealdesk.audit_rule (code, kind, label_en, label_zh, severity, actions, outcome, per, threshold, window_s, escalate_minutes) values
  ('hold_released', 'count', 'a legal hold was released', '解除法定保留', 'warning', '{legal_hold_release}', 'ok', 'actor', 1, 60, 240)
on conflict do nothing;
