/* +++
title    = "Every Salesforce record that names a customer of a shop has that customer"
question = "Which people in Salesforce carry the id of a shop customer that the shop does not have?"
severity = "low"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "salesforce.customers", "salesforce.customers.external_ids"]
why      = "Campaigns write to people who closed their account, and the integration writes to a customer who is not there, again and again."
remedy   = "Look the customer up in the shop by id. Who asked to be forgotten must be erased here too; who was merged in the shop gets the id of the survivor; a mistyped id is to be corrected."
false_alarms = "Ids of a shop that is not in recon.toml, and accounts that the shop deletes on purpose while Salesforce keeps the person as a contact of sales."
fix      = "none"
recheck  = true
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'salesforce'
where c.deleted_at is null and any_id(c.external_ids) is not null
  and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Records younger than this may still be on their way."
+++ */
-- A record that was found by other means, and only carries a wrong id, is customer.unlinked. Where several shops share an org a record has an id of each of them, and each is a claim of its own.
with people as (
  select
    c.system,
    c.record_id,
    c.email,
    c.phone,
    c.external_ids,
    known.system as store,
    c.created_at,
    c.updated_at
  from customers as c
  inner join systems as s on c.system = s.system and s.side = 'salesforce'
  left join systems as known on c.store = known.system and known.side = 'shop'
  where
    c.deleted_at is null
    and c.merged_into is null
    and c.external_ids is not null
    -- Who was erased leaves a record without any means to reach anybody.
    and (c.email is not null or c.phone is not null)
    and coalesce(c.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
    and (
      own_ids(c.external_ids) is not null
      or not exists (
        select 1
        from customer_links as l
        where l.salesforce_system = c.system and l.salesforce_id = c.record_id
      )
    )
),

claims as (
  select
    e.system,
    e.record_id,
    e.email,
    e.phone,
    e.created_at,
    e.updated_at,
    e.entry.value as claimed_id,
    case when e.entry.key = 'external_id' then e.store else e.entry.key end as claimed_system
  from (
    select
      p.system,
      p.record_id,
      p.email,
      p.phone,
      p.created_at,
      p.updated_at,
      p.store,
      unnest(map_entries(p.external_ids)) as entry
    from people as p
  ) as e
  where e.entry.value is not null
),

unanswered as (
  select c.*
  from claims as c
  where
    not exists (
      select 1
      from customer_links as l
      where
        l.salesforce_system = c.system
        and l.salesforce_id = c.record_id
        and (c.claimed_system is null or l.shop_system = c.claimed_system)
    )
),

shops as (
  select
    count(*) as shops,
    min(m.system) as first_shop
  from matched as m
  where m.entity = 'customers'
),

-- A list of customers that is not whole, or holds only changes since some day, is no list of who is there.
silent as (
  select m.system
  from matched as m
  left join coverage as c on m.system = c.system and c.entity = 'customers' and c.field is null
  where
    m.entity = 'customers'
    and (c.readable is null or not c.readable or not c.complete or c.window_from is not null)
),

gone as (
  select
    d.system,
    external_key(d.record_id) as id_key,
    min(d.deleted_at) as deleted_at
  from deletions as d
  inner join systems as s on d.system = s.system and s.side = 'shop'
  where d.entity = 'customers'
  group by
    d.system,
    external_key(d.record_id)
)

select
  c.system,
  cast(null as varchar) as record_id,
  c.record_id as salesforce_id,
  coalesce(c.claimed_system, '') as discriminator,
  coalesce(c.email, c.phone) as label,
  'Customer ' || coalesce(c.email, c.phone) || ' is in Salesforce with the id ' || c.claimed_id || ', '
  || case
    when g.deleted_at is not null then 'which was deleted ' || in_system(g.system) || '.'
    else 'but there is no such customer ' || coalesce(in_system(coalesce(c.claimed_system, case when n.shops = 1 then n.first_shop end)), 'in any shop') || '.'
  end as message,
  coalesce(g.deleted_at, c.updated_at, c.created_at) as occurred_at,
  c.claimed_id
from unanswered as c
cross join shops as n
left join gone as g
  on
    external_key(c.claimed_id) = g.id_key
    and g.system = coalesce(c.claimed_system, case when n.shops = 1 then n.first_shop end)
where
  (
    c.claimed_system is null
    or exists (
      select 1
      from matched as m
      where m.entity = 'customers' and m.system = c.claimed_system
    )
  )
  and not exists (
    select 1
    from silent as x
    where c.claimed_system is null or c.claimed_system = x.system
  )
