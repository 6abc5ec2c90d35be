/* +++
title    = "Every person has one account in the shop"
question = "Which people have several accounts in one shop?"
severity = "medium"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "shop.customers.email?", "shop.customers.phone?", "shop.customers.first_name?", "shop.customers.last_name?"]
why      = "Vouchers, loyalty points and the history of orders are split, and every copy of the shop carries the double on into Salesforce."
remedy   = "Merge the accounts in the shop where it can, else ask the customer which one to keep. Where they are two people, say so with `recon identity decide`."
false_alarms = "Somebody who keeps a private and a business account on purpose. Accounts of several websites or customer lists are no duplicates."
fix      = "none"
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'shop'
where c.deleted_at is null and c.is_guest is not true
"""

[params.least_certainty]
default = "likely"
help    = "certain reports only accounts that are one person beyond doubt, likely also those that a person should look at."
+++ */
with accounts as (
  select
    k.cluster_id,
    k.certain_id,
    k.system,
    k.record_id,
    k.reasons,
    -- Some shops keep an account for each website or list of customers.
    coalesce(json_extract_string(c.extra, '$.website_id'), json_extract_string(c.extra, '$.customer_list'), '') as realm,
    c.email,
    c.phone,
    c.created_at
  from customer_clusters as k
  inner join systems as s on k.system = s.system and s.side = 'shop'
  inner join customers as c on k.system = c.system and k.record_id = c.record_id
  where
    c.deleted_at is null
    and c.is_guest is not true
),

people as (
  select
    a.cluster_id,
    a.system,
    a.realm,
    min(a.record_id) as first_id,
    count(*) as records,
    case when count(distinct a.certain_id) = 1 then 'certain' else 'likely' end as confidence,
    list(a.record_id order by a.record_id)[2:] as other_ids,
    list_sort(list_distinct(flatten(list(a.reasons)))) as reasons,
    min(a.email) as email,
    min(a.phone) as phone,
    max(a.created_at) as newest_at
  from accounts as a
  group by
    a.cluster_id,
    a.system,
    a.realm
  having count(*) > 1
),

-- What the accounts share among themselves says more than what they share with records elsewhere.
shared as (
  select
    a.cluster_id,
    a.system,
    list_sort(list_distinct(flatten(list(p.reasons)))) as reasons
  from identity_pairs as p
  inner join accounts as a on p.system = a.system and p.record_id = a.record_id
  inner join accounts as b on p.other_system = b.system and p.other_id = b.record_id and a.cluster_id = b.cluster_id and a.system = b.system
  where p.tier in ('certain', 'likely')
  group by
    a.cluster_id,
    a.system
)

select
  p.system,
  p.first_id as record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(p.email, p.phone, p.first_id) as label,
  'Customer ' || coalesce(p.email, p.phone, p.first_id)
  || case when p.confidence = 'certain' then ' has ' else ' probably has ' end
  || cast(p.records as varchar) || ' accounts ' || in_system(p.system) || '.' as message,
  p.newest_at as occurred_at,
  p.confidence,
  list_transform(p.other_ids, lambda i: related_record(p.system, i)) as related,  -- noqa: RF02
  p.records,
  coalesce(array_to_string(h.reasons, ', '), 'by way of a record elsewhere, ' || array_to_string(p.reasons, ', ')) as reasons
from people as p
left join shared as h on p.cluster_id = h.cluster_id and p.system = h.system
where p.confidence = 'certain' or $least_certainty <> 'certain'  -- noqa: RF02
