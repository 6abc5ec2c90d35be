/* +++
title    = "Every person is in Salesforce once"
question = "Which people or businesses stand in Salesforce several times?"
severity = "high"
entity   = "customers"
since    = "0.1"
needs    = [
  "salesforce.customers",
  "salesforce.customers.external_ids?",
  "salesforce.customers.email?",
  "salesforce.customers.phone?",
  "salesforce.customers.first_name?",
  "salesforce.customers.last_name?",
]
why      = "Orders, consent and conversations of one person are spread over several records; each of them tells half of the story."
remedy   = "Merge the records of a group in Salesforce, keeping the suggested one. Then close the way by which they are made. Where two records are not one person, say so with `recon identity decide`; it holds for ever."
false_alarms = "Father and son of one name in one house. Likely groups are to be looked at before they are merged; certain ones share a personal address, number or id."
fix      = "review"
checked  = """
select count(*)
from customers as c
inner join systems as s on c.system = s.system and s.side = 'salesforce'
where c.deleted_at is null
"""

[params.least_certainty]
default = "likely"
help    = "certain reports only groups that are beyond doubt, likely also those that a person should look at."
+++ */
with members as (
  select
    k.cluster_id,
    k.certain_id,
    k.system,
    k.record_id,
    k.reasons,
    c.email,
    c.phone,
    c.created_at
  from customer_clusters as k
  inner join systems as s on k.system = s.system and s.side = 'salesforce'
  inner join customers as c on k.system = c.system and k.record_id = c.record_id
  where c.deleted_at is null
),

clusters as (
  select
    m.cluster_id,
    m.system,
    min(m.record_id) as first_id,
    count(*) as records,
    case when count(distinct m.certain_id) = 1 then 'certain' else 'likely' end as confidence,
    list(m.record_id order by m.record_id)[2:] as other_ids,
    list_sort(list_distinct(flatten(list(m.reasons)))) as reasons,
    min(m.email) as email,
    min(m.phone) as phone,
    max(m.created_at) as newest_at
  from members as m
  group by
    m.cluster_id,
    m.system
  having count(*) > 1
),

-- What they share among themselves says more than what they share with records of a shop.
shared as (
  select
    m.cluster_id,
    m.system,
    list_sort(list_distinct(flatten(list(p.reasons)))) as reasons
  from identity_pairs as p
  inner join members as m on p.system = m.system and p.record_id = m.record_id
  inner join members as n on p.other_system = n.system and p.other_id = n.record_id and m.cluster_id = n.cluster_id and m.system = n.system
  where p.tier in ('certain', 'likely')
  group by
    m.cluster_id,
    m.system
)

select
  c.system,
  cast(null as varchar) as record_id,
  c.first_id as salesforce_id,
  coalesce(c.email, c.phone, c.first_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.first_id)
  || case when c.confidence = 'certain' then ' is in Salesforce ' else ' is probably in Salesforce ' end
  || cast(c.records as varchar) || ' times.' as message,
  c.newest_at as occurred_at,
  c.confidence,
  list_transform(c.other_ids, lambda i: related_record(c.system, i)) as related,  -- noqa: RF02
  c.records,
  coalesce(array_to_string(h.reasons, ', '), 'by way of a record elsewhere, ' || array_to_string(c.reasons, ', ')) as reasons,
  v.record_id as survivor,
  v.reason as survivor_reason,
  array_to_string(
    list_transform(
      list_filter(v.fields, lambda f: f.record_id <> v.record_id),
      lambda f: f.field || ' from ' || f.record_id || ' (' || f.reason || ')'
    ),
    ', '
  ) as taken_over
from clusters as c
left join shared as h on c.cluster_id = h.cluster_id and c.system = h.system
left join customer_survivors as v on c.cluster_id = v.cluster_id and c.system = v.system
where c.confidence = 'certain' or $least_certainty <> 'certain'  -- noqa: RF02
