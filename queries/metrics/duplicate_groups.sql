/* +++
title = "The groups that the rules about duplicate customers found, record by record, with what is suggested to be kept"
+++ */
-- The surest groups first, then the largest; the suggested survivor is the first record of its group. Records of a group lie in one system.
with found as (
  select
    f.finding_id,
    f.system,
    f.label,
    f.confidence,
    json_extract_string(f.evidence, '$.reasons') as reasons,
    coalesce(f.record_id, f.salesforce_id) as first_id,
    list_prepend(coalesce(f.record_id, f.salesforce_id), list_transform(f.related, lambda r: r.record_id)) as ids,
    row_number() over (order by f.confidence = 'certain' desc, len(f.related) desc, f.system asc, f.finding_id asc) as place,
    count(*) over () as total
  from scratch.findings as f
  where f.rule in ('customer.duplicate_in_salesforce', 'customer.duplicate_in_shop')
),

-- Accounts of several websites are one group for matching and several for the rule: only its own records are suggested.
chosen as (
  select
    f.*,
    k.cluster_id,
    case when list_contains(f.ids, v.record_id) then v.record_id end as survivor_id,
    case when list_contains(f.ids, v.record_id) then v.reason end as survivor_reason,
    case when list_contains(f.ids, v.record_id) then list_filter(v.fields, lambda x: list_contains(f.ids, x.record_id)) end as kept
  from found as f
  left join customer_clusters as k on f.system = k.system and f.first_id = k.record_id
  left join customer_survivors as v on k.cluster_id = v.cluster_id and f.system = v.system
  where f.place <= $most
),

members as (
  select
    c.place,
    c.system,
    c.survivor_id,
    unnest(c.ids) as record_id
  from chosen as c
),

ordered as (
  select
    m.place,
    m.system,
    m.record_id,
    row_number() over (partition by m.place order by m.record_id is not distinct from m.survivor_id desc, m.record_id asc) as nth,
    count(*) over (partition by m.place) as records
  from members as m
),

-- Where orders are counted at all, a record without one has none.
readable as (
  select distinct o.system
  from orders as o
),

sold as (
  select
    o.system,
    o.customer_id,
    count(*) as orders
  from orders as o
  semi join members as m on o.system = m.system and o.customer_id = m.record_id
  where o.deleted_at is null
  group by
    o.system,
    o.customer_id
),

elsewhere as (
  select
    c.place,
    list_slice(list(struct_pack(system := k.system, record_id := k.record_id) order by k.system, k.record_id), 1, $members) as records
  from chosen as c
  inner join customer_clusters as k on c.cluster_id = k.cluster_id and c.system <> k.system
  group by c.place
)

select
  c.total,
  c.place,
  c.finding_id,
  c.system,
  c.label,
  c.confidence,
  c.reasons,
  c.survivor_id,
  c.survivor_reason,
  c.kept,
  e.records as elsewhere,
  m.records,
  m.record_id,
  record_url(s.record_url_template, case when s.side = 'salesforce' then coalesce(u.object, '') else 'customers' end, m.record_id) as url,
  coalesce(o.orders, u.orders_count, case when r.system is not null then 0 end) as orders,
  u.created_at,
  u.updated_at,
  u.first_name,
  u.last_name,
  u.email,
  u.phone,
  u.company,
  u.address1,
  u.postal_code,
  u.city,
  u.email_consent,
  u.sms_consent
from chosen as c
inner join ordered as m on c.place = m.place and m.nth <= $members
inner join customers as u on m.system = u.system and m.record_id = u.record_id
inner join systems as s on c.system = s.system
left join readable as r on m.system = r.system
left join sold as o on m.system = o.system and m.record_id = o.customer_id
left join elsewhere as e on c.place = e.place
order by c.place, m.nth
