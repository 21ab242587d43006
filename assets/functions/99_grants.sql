-- People execute the API and nothing else.

revoke all on all routines in schema sealdesk from public;
revoke all on all routines in schema sealdesk_api from public;
grant execute on all routines in schema sealdesk_api to sealdesk_people;
