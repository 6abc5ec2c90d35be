/* +++
after = ["compared", "followers", "product_twins"]
+++ */
-- Lines sold without a discount while it is known what every list of their product asked. Lists that have ended or are gone count too: nobody
-- knows which line was sold under them. A single list of which nobody tells since when it asks its price makes the product unknown.
with
moment as (
  select min(s.snapshot_started_at) as taken_at
  from systems as s
),

changed as (
  select
    v.system,
    v.record_id,
    max(v.until_at) as changed_at
  from value_changes as v
  where v.entity = 'prices'
  group by
    v.system,
    v.record_id
),

priced as (
  select
    p.system,
    p.system as owner,
    p.record_id,
    p.variant_id,
    p.currency,
    p.min_quantity,
    p.amount,
    p.held_since,
    p.valid_from,
    p.deleted_at
  from prices as p
  inner join compared as c on p.system = c.system and c.entity = 'order_lines'
  union all
  select
    t.shop_system as system,
    p.system as owner,
    p.record_id,
    t.shop_id as variant_id,
    p.currency,
    p.min_quantity,
    p.amount,
    p.held_since,
    p.valid_from,
    p.deleted_at
  from prices as p
  inner join product_twins as t on p.system = t.erp_system and p.variant_id = t.erp_id
  inner join followers as f on t.shop_system = f.system and t.erp_system = f.owner and f.entity = 'prices'
  where p.store is null or p.store = t.shop_system
),

steps as (
  select
    p.system,
    p.variant_id,
    p.currency,
    case when p.min_quantity > 1 then p.min_quantity else cast(0 as decimal(18, 4)) end as from_quantity,
    min(p.amount) as amount,
    count(*) filter (where p.held_since is null and coalesce(p.valid_from <= m.taken_at, true)) as untold,
    max(greatest(p.held_since, c.changed_at, p.deleted_at)) filter (where coalesce(p.valid_from <= m.taken_at, true)) as held_since
  from priced as p
  cross join moment as m
  inner join products as v on p.system = v.system and p.variant_id = v.record_id
  left join changed as c on p.owner = c.system and p.record_id = c.record_id
  where p.amount is not null and p.currency is not null and coalesce(lower(v.product_type), '') not like '%subscription%'
  group by
    p.system,
    p.variant_id,
    p.currency,
    case when p.min_quantity > 1 then p.min_quantity else cast(0 as decimal(18, 4)) end
),

-- A price that holds from some quantity on never makes a larger quantity dearer.
floors as (
  select
    s.system,
    s.variant_id,
    s.currency,
    s.from_quantity,
    lead(s.from_quantity) over (partition by s.system, s.variant_id, s.currency order by s.from_quantity asc) as until_quantity,
    min(s.amount) over (
      partition by s.system, s.variant_id, s.currency
      order by s.from_quantity asc rows between unbounded preceding and current row
    ) as lowest,
    max(s.held_since) over (partition by s.system, s.variant_id, s.currency) as held_since,
    sum(s.untold) over (partition by s.system, s.variant_id, s.currency) as untold
  from steps as s
),

sold as (
  select
    l.system,
    l.record_id,
    l.order_id,
    l.currency,
    l.quantity,
    f.lowest,
    cast(f.lowest * cast(l.quantity as decimal(12, 4)) as decimal(38, 6)) as asked,
    cast(l.unit_price * cast(l.quantity as decimal(12, 4)) as decimal(38, 6)) as paid,
    case when l.tax_included then coalesce(l.tax, 0) else cast(0 as decimal(38, 6)) end as tax_within,
    coalesce(l.tax_included, true) or coalesce(y.tax_included, true) as has_tax,
    f.held_since
  from order_lines as l
  inner join systems as y on l.system = y.system
  inner join floors as f
    on
      l.system = f.system
      and l.variant_id = f.variant_id
      and l.currency = f.currency
      and l.quantity >= f.from_quantity
      and (f.until_quantity is null or l.quantity < f.until_quantity)
  where
    f.untold = 0
    and f.held_since is not null
    and l.deleted_at is null
    and l.unit_price > 0
    and coalesce(l.discount, 0) = 0
    and l.parent_line_id is null
    and l.is_gift_card is not true
    and l.quantity > 0
),

bundles as (
  select distinct
    l.system,
    l.parent_line_id as record_id
  from order_lines as l
  where l.parent_line_id is not null
),

-- What goes back without money is exchanged for something else, at whatever price.
exchanges as (
  select
    r.system,
    r.order_id
  from returns as r
  where r.is_exchange and r.order_id is not null
  union
  select
    r.system,
    r.order_id
  from refunds as r
  where r.money_moved is false and r.order_id is not null
),

subscribers as (
  select distinct
    s.system,
    s.customer_id
  from subscriptions as s
  where s.customer_id is not null
)

select
  s.system,
  s.record_id,
  s.currency,
  o.channel,
  s.quantity,
  s.lowest,
  s.asked,
  s.paid,
  case when s.has_tax then s.paid - s.tax_within end as bare,
  s.held_since,
  o.placed_at
from sold as s
inner join orders as o on s.system = o.system and s.order_id = o.record_id
anti join bundles as b on s.system = b.system and s.record_id = b.record_id
anti join exchanges as x on s.system = x.system and s.order_id = x.order_id
anti join subscribers as c on o.system = c.system and o.customer_id = c.customer_id
where
  o.placed_at > s.held_since
  and o.deleted_at is null
  and o.is_test is not true
  and coalesce(o.status in ('open', 'completed'), true)
  and o.is_edited is not true
  and coalesce(o.discount, 0) = 0
  and coalesce(o.presentment_currency = o.currency, true)
  and coalesce(lower(o.channel), '') not like '%subscription%'
