-- People, their keys and what they may do. All tables belong to sealdesk_owner; nobody else has any privilege on them.

create table sealdesk.installation (
  only_row boolean primary key default true constraint one_installation check (only_row),
  id uuid not null,
  name text not null,
  root_public bytea not null,
  created_at timestamptz not null default clock_timestamp()
);
comment on table sealdesk.installation is 'The one installation this database holds, with the root public key (Ed25519, 32 bytes).';

create table sealdesk.application_role (
  code text primary key,
  label_en text not null,
  label_zh text not null,
  capabilities text[] not null default '{}'
);
comment on table sealdesk.application_role is 'Roles people have in the application. They are rows, not PostgreSQL roles.';

create table sealdesk.person (
  id uuid primary key default gen_random_uuid(),
  login text not null constraint person_login_unique unique,
  state text not null constraint person_state_known check (state in ('invited', 'enrolled', 'active', 'disabled')),
  created_at timestamptz not null default clock_timestamp(),
  code_expires_at timestamptz,
  attempts integer not null default 0,
  attempts_since timestamptz not null default '-infinity',
  last_seen timestamptz
);
comment on table sealdesk.person is 'People. login is the PostgreSQL login role of the same name.';

create table sealdesk.membership (
  person uuid not null references sealdesk.person,
  role text not null references sealdesk.application_role,
  primary key (person, role)
);
comment on table sealdesk.membership is 'Who is in which role.';

create table sealdesk.class (
  code text primary key,
  label_en text not null,
  label_zh text not null,
  position integer not null,
  hide_after_s integer not null,
  reason_required boolean not null,
  copy_allowed boolean not null,
  quota_per_hour integer not null
);
comment on table sealdesk.class is 'Sensitivity classes: rights, keys and quotas hang on them.';

create table sealdesk.role_right (
  role text not null references sealdesk.application_role,
  class text not null references sealdesk.class,
  may_search boolean not null,
  may_masked boolean not null,
  may_reveal boolean not null,
  may_edit boolean not null,
  primary key (role, class)
);
comment on table sealdesk.role_right is 'What a role may do with a class. What is not here is not permitted.';

create table sealdesk.person_right (
  person uuid not null references sealdesk.person,
  class text not null references sealdesk.class,
  may_search boolean not null,
  may_masked boolean not null,
  may_reveal boolean not null,
  may_edit boolean not null,
  primary key (person, class)
);
comment on table sealdesk.person_right is 'Derived from membership and role_right by sealdesk.derive_rights, so that a reveal looks one row up.';

create table sealdesk.person_key (
  person uuid primary key references sealdesk.person,
  hpke_public bytea not null,
  ed25519_public bytea not null,
  wrapped_private bytea not null
);
comment on table sealdesk.person_key is 'A person''s public keys, and the private ones wrapped under a key derived from their passphrase.';

create table sealdesk.directory_entry (
  kind text not null constraint directory_kind_known check (kind in ('person', 'officer', 'role')),
  name text not null,
  generation integer not null,
  hpke_public bytea not null,
  ed25519_public bytea not null,
  signer text not null,
  signature bytea not null,
  primary key (kind, name, generation)
);
comment on table sealdesk.directory_entry is 'Signed statements whose keys are whose. Clients check the signatures; the database only stores them.';

create table sealdesk.wrapped_key (
  recipient_kind text not null constraint recipient_kind_known check (recipient_kind in ('person', 'role')),
  recipient text not null,
  recipient_generation integer not null,
  content text not null,
  subject text not null,
  subject_generation integer not null,
  sealed bytea not null,
  signer text not null,
  signature bytea not null,
  primary key (recipient_kind, recipient, recipient_generation, content, subject, subject_generation)
);
comment on table sealdesk.wrapped_key is 'Keys sealed by HPKE to people and roles, each with an officer''s signature.';

create table sealdesk.reason (
  code text primary key,
  label_en text not null,
  label_zh text not null,
  position integer not null,
  reference_required boolean not null,
  classes text[] not null default '{}'
);
comment on table sealdesk.reason is 'Reasons a person may give for a reveal; empty classes means good for all.';

create table sealdesk.field (
  code text primary key,
  label_en text not null,
  label_zh text not null,
  section text not null,
  section_en text not null,
  section_zh text not null,
  position integer not null,
  kind text not null,
  class text not null references sealdesk.class,
  mask text not null,
  index_modes text[] not null,
  summary boolean not null,
  required boolean not null,
  choices text not null default '[]'
);
comment on table sealdesk.field is 'Fields without code. choices is JSON text: [{"code","label":{"en","zh"}}].';
