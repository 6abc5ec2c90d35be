/* +++
title    = "Every person is in Salesforce once"
question = "Which people stand in Salesforce several times beyond doubt?"
severity = "high"
entity   = "customers"
since    = "0.1"
needs    = ["salesforce.customers", "salesforce.customers.external_ids?", "salesforce.customers.email?", "salesforce.customers.phone?"]
why      = "Orders, consent and conversations of one person are spread over several records; each of them tells half of the story."
remedy   = "Merge the records of a group in Salesforce, keeping the one that carries the shop's customer id. Then close the way by which they are made."
false_alarms = "People of one name who share a phone number, such as father and son."
fix      = "review"
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'salesforce'
where c.deleted_at is null
"""
+++ */
with members as (
  select
    k.cluster_id,
    k.system,
    k.record_id,
    k.reasons,
    c.email,
    c.phone,
    c.created_at
  from customer_clusters as k
  inner join systems as s on k.system = s.system and s.side = 'salesforce'
  inner join customers as c on k.system = c.system and k.record_id = c.record_id
  where
    k.certainty = 'certain'
    and c.deleted_at is null
),

clusters as (
  select
    m.cluster_id,
    m.system,
    min(m.record_id) as first_id,
    count(*) as records,
    list(m.record_id order by m.record_id) as record_ids,
    list_sort(list_distinct(flatten(list(m.reasons)))) as reasons,
    min(m.email) as email,
    min(m.phone) as phone,
    max(m.created_at) as newest_at
  from members as m
  group by
    m.cluster_id,
    m.system
  having count(*) > 1
)

select
  c.system,
  cast(null as varchar) as record_id,
  c.first_id as salesforce_id,
  coalesce(c.email, c.phone, c.first_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.first_id) || ' is in Salesforce ' || cast(c.records as varchar) || ' times.' as message,
  c.newest_at as occurred_at,
  'certain' as confidence,
  list_transform(list_filter(c.record_ids, lambda i: i <> c.first_id), lambda i: related_record(c.system, i)) as related,
  c.records,
  array_to_string(c.reasons, ', ') as reasons
from clusters as c
