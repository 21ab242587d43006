-- What the audit's pane keeps and asks: filters that people saved, who searched for a record, and copies that are taken out.

create table sealdesk.saved_filter (
  person uuid not null references sealdesk.person,
  id uuid not null,
  sealed bytea not null constraint saved_filter_size check (octet_length(sealed) between 1 and 16384),
  signature bytea not null constraint saved_filter_signature check (octet_length(signature) = 64),
  at timestamptz not null default clock_timestamp(),
  primary key (person, id)
);
comment on table sealdesk.saved_filter is
  'Filters of the audit, each sealed to the person who saved it and signed by them: what somebody looks for may be a name, and nobody else may slip in a filter that leaves something out.';

alter table sealdesk.audit_query
  add column searched uuid,
  add column tokens bigint[],
  add column export text;
comment on column sealdesk.audit_query.searched is 'The record whose searches are shown: those that asked for one of tokens, or for its number.';
comment on column sealdesk.audit_query.export is 'The format of the copy that is taken out.';

-- An index is made of it: another text would need the index made anew, so it stands here and not among the functions.
create function sealdesk.searched_terms(p_details text) returns bigint[] language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  details jsonb;
begin
  details := p_details::jsonb;
  return array(select t::bigint from jsonb_array_elements_text(details -> 'tokens') t)
      || array(select -n::bigint from jsonb_array_elements_text(details -> 'numbers') n);
exception when others then
  -- Details that somebody wrote past the functions are for verification to name.
  return '{}';
end $$;
comment on function sealdesk.searched_terms(text) is 'What a search asked for: its tokens, and record numbers below zero.';
create index audit_event_searched on sealdesk.audit_event using gin (sealdesk.searched_terms(details)) with (fastupdate = off) where action = 'search';
-- What is seldom is found among millions without reading them, and what happens all the time pays nothing for it.
create index audit_event_refused on sealdesk.audit_event (at desc, session, seq) where outcome <> 'ok';
create index audit_event_seldom on sealdesk.audit_event (action, at desc)
  where action <> all ('{view,view_again,reveal,history,notes,copy,list,search,create,edit,note,star,unstar,audit,heartbeat,session_submit,session_open,session_close,watch_round}'::text[]);

insert into sealdesk.four_eyes values ('audit_export', 14, 'taking a copy of the audit out', '导出审计记录', false, 'approve');
update sealdesk.application_role set capabilities = array_append(capabilities, 'export_audit')
 where 'audit_all' = any (capabilities) and not 'export_audit' = any (capabilities);
