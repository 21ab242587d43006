-- Once per cluster, as a superuser or a role with CREATEROLE. The three roles may be there already, from another installation in this cluster.
do $$
declare
  name text;
begin
  foreach name in array array['sealdesk_owner', 'sealdesk_lifecycle', 'sealdesk_people'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
    -- A superuser needs no membership; whoever else founds and migrates acts as the owners.
    if name <> 'sealdesk_people' and not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to %I', name, current_user);
    end if;
  end loop;
end $$;
alter role sealdesk_lifecycle createrole;
grant sealdesk_people to sealdesk_lifecycle with admin option;
do $$
begin
  grant pg_signal_backend to sealdesk_lifecycle;
exception when insufficient_privilege then
  raise warning 'connections of people who leave cannot be ended: a superuser must grant pg_signal_backend to sealdesk_lifecycle';
end $$;
