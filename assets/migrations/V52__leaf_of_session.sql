-- Where a chain's own leaves are: whoever goes on from one looks for it each minute, and there are more of them each minute.

create index checkpoint_leaf_of_session on sealdesk.checkpoint_leaf (session, seq);
