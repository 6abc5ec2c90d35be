/* +++
what   = "Hangs a refund, shipment or return on the order that its id belongs to; the order of a line is fixed."
safety = "review"
+++ */
with claims as (
  select
    f.finding_id,
    f.entity,
    f.salesforce_id,
    s.system as shop_system,
    external_key(
      case f.entity
        when 'refunds' then id_for(r.external_ids, s.system)
        when 'fulfillments' then id_for(p.external_ids, s.system)
        else id_for(b.external_ids, s.system)
      end
    ) as claimed_id
  from findings as f
  cross join systems as s
  left join refunds as r on f.salesforce_id = r.record_id and f.system = r.system
  left join fulfillments as p on f.salesforce_id = p.record_id and f.system = p.system
  left join returns as b on f.salesforce_id = b.record_id and f.system = b.system
  where s.side <> 'salesforce' and f.entity in ('refunds', 'fulfillments', 'returns')
),

belonging as (
  select
    c.finding_id,
    c.salesforce_id,
    w.entity,
    w.system,
    w.record_id,
    w.value as order_id,
    count(*) over (partition by c.finding_id) as orders
  from claims as c
  inner join wanted as w
    on c.entity = w.entity and c.shop_system = w.system and c.claimed_id = external_key(w.record_id) and w.role = 'order_id'
)

select
  b.finding_id,
  b.entity,
  b.salesforce_id,
  b.system,
  b.record_id,
  'order_id' as role,
  b.order_id as value,
  case when b.orders > 1 then 'Several shops have a record of that id: whose it is, is for a person to decide.' end as reason
from belonging as b
union all
select
  f.finding_id,
  f.entity,
  f.salesforce_id,
  f.system,
  f.record_id,
  'order_id' as role,
  cast(null as varchar) as value,
  case
    when f.entity = 'order_lines' then 'The order of a line is fixed: a line that hangs on none can only be taken off.'
    else 'The record carries no id of a shop that tells its order.'
  end as reason
from findings as f
where not exists (
  select 1 from belonging as b
  where b.finding_id = f.finding_id
)
