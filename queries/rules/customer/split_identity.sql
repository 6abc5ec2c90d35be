/* +++
title    = "The orders of one person hang on one record"
question = "Whose orders are spread over several Salesforce records of the same person?"
severity = "high"
entity   = "customers"
since    = "0.1"
needs    = ["salesforce.customers", "salesforce.orders", "salesforce.orders.customer_id", "salesforce.customers.email?", "salesforce.customers.phone?"]
why      = "Lifetime value, loyalty and service see half of a customer; a good customer looks like two small ones."
remedy   = "Merge the records, or move the orders to the one to keep. Then find out why the integration did not find the record that was there."
false_alarms = "A private and a business record that are kept apart on purpose; say so with `recon identity decide`."
fix      = "none"
checked  = """
select count(distinct o.customer_id)
from orders as o
inner join systems as s on o.system = s.system and s.side = 'salesforce'
where o.deleted_at is null and o.is_test is not true and o.customer_id is not null
"""
+++ */
with members as (
  select
    k.cluster_id,
    k.certain_id,
    k.system,
    k.record_id,
    k.reasons
  from customer_clusters as k
  inner join systems as s on k.system = s.system and s.side = 'salesforce'
),

-- One record alone cannot be split: only groups of several are looked at.
doubled as (
  select
    m.cluster_id,
    m.system
  from members as m
  group by
    m.cluster_id,
    m.system
  having count(*) > 1
),

bought as (
  select
    m.cluster_id,
    m.certain_id,
    m.system,
    m.record_id,
    m.reasons,
    count(*) as orders,
    max(o.placed_at) as last_at,
    min(o.currency) as currency,
    count(distinct o.currency) as currencies,
    sum(o.total) as total
  from members as m
  inner join doubled as d on m.cluster_id = d.cluster_id and m.system = d.system
  inner join orders as o on m.system = o.system and m.record_id = o.customer_id
  where
    o.deleted_at is null
    and o.is_test is not true
    and o.original_order_id is null
  group by
    m.cluster_id,
    m.certain_id,
    m.system,
    m.record_id,
    m.reasons
),

split as (
  select
    b.cluster_id,
    b.system,
    min(b.record_id) as first_id,
    count(*) as records,
    sum(b.orders) as orders,
    case when count(distinct b.certain_id) = 1 then 'certain' else 'likely' end as confidence,
    list(b.record_id order by b.record_id)[2:] as other_ids,
    list_sort(list_distinct(flatten(list(b.reasons)))) as reasons,
    max(b.last_at) as last_at,
    case when count(distinct b.currency) = 1 and max(b.currencies) = 1 then sum(b.total) end as total,
    case when count(distinct b.currency) = 1 and max(b.currencies) = 1 then min(b.currency) end as currency
  from bought as b
  group by
    b.cluster_id,
    b.system
  having count(*) > 1
)

select
  x.system,
  cast(null as varchar) as record_id,
  x.first_id as salesforce_id,
  coalesce(c.email, c.phone, x.first_id) as label,
  'The ' || cast(x.orders as varchar) || ' orders of customer ' || coalesce(c.email, c.phone, x.first_id) || ' hang on ' || cast(x.records as varchar)
  || ' Salesforce records.' as message,
  cast(x.total as decimal(38, 6)) as amount,
  x.currency,
  x.last_at as occurred_at,
  x.confidence,
  list_transform(x.other_ids, lambda i: related_record(x.system, i)) as related,  -- noqa: RF02
  array_to_string(x.reasons, ', ') as reasons,
  v.record_id as survivor,
  v.reason as survivor_reason
from split as x
inner join customers as c on x.system = c.system and x.first_id = c.record_id
left join customer_survivors as v on x.cluster_id = v.cluster_id and x.system = v.system
