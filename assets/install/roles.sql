-- Once per cluster, as a superuser or a role with CREATEROLE. The three roles may be there already, from another installation in this cluster.
do $$
declare
  name text;
begin
  foreach name in array array['sealdesk_owner', 'sealdesk_lifecycle', 'sealdesk_people'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
  -- A superuser needs no membership; whoever else founds and migrates acts as the owners.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      execute format('grant sealdesk_owner, sealdesk_lifecycle to %I', current_user);
    exception when insufficient_privilege then
      if not pg_has_role(current_user, 'sealdesk_owner', 'usage') or not pg_has_role(current_user, 'sealdesk_lifecycle', 'usage') then
        raise exception 'sealdesk''s roles belong to another installation of this cluster; a superuser must first: grant sealdesk_owner, sealdesk_lifecycle to %',
          quote_ident(current_user) using errcode = 'insufficient_privilege';
      end if;
    end;
  end if;
  if not (select rolcreaterole from pg_roles where rolname = 'sealdesk_lifecycle') then
    alter role sealdesk_lifecycle createrole;
  end if;
  if not exists (select from pg_auth_members where roleid = 'sealdesk_people'::regrole and member = 'sealdesk_lifecycle'::regrole and admin_option) then
    grant sealdesk_people to sealdesk_lifecycle with admin option;
  end if;
  if not pg_has_role('sealdesk_lifecycle', 'pg_signal_backend', 'usage') then
    begin
      grant pg_signal_backend to sealdesk_lifecycle;
    exception when insufficient_privilege then
      raise warning 'connections of people who leave cannot be ended: a superuser must grant pg_signal_backend to sealdesk_lifecycle';
    end;
  end if;
end $$;
