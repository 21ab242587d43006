-- Once per cluster, as a superuser or a role with CREATEROLE.
do $$
declare
  name text;
begin
  foreach name in array array['sealdesk_owner', 'sealdesk_lifecycle', 'sealdesk_people'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
end $$;
alter role sealdesk_lifecycle createrole;
grant pg_signal_backend to sealdesk_lifecycle;
grant sealdesk_people to sealdesk_lifecycle with admin option;
