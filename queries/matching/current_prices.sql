/* +++
after = []
+++ */
-- Of several prices of one list, currency, quantity, company and shop that hold at the same time, the one that began last is asked.
with
moment as (
  select min(s.snapshot_started_at) as taken_at
  from systems as s
),

holding as (
  select
    p.system,
    p.record_id,
    p.price_list,
    p.store,
    p.variant_id,
    p.currency,
    coalesce(p.min_quantity, 1) as min_quantity,
    external_key(p.company_id) as company_key,
    coalesce(p.is_negotiated, false) or p.company_id is not null as is_negotiated,
    p.amount,
    p.updated_at,
    row_number() over (
      partition by p.system, p.variant_id, p.price_list, p.currency, coalesce(p.min_quantity, 1), p.company_id, p.store
      order by p.valid_from desc nulls last, p.updated_at desc nulls last, p.record_id asc
    ) as place
  from prices as p
  cross join moment as m
  where
    p.deleted_at is null
    and p.is_active is not false
    and p.price_list is not null
    and p.variant_id is not null
    and p.currency is not null
    and p.amount is not null
    and coalesce(p.valid_from <= m.taken_at, true)
    and coalesce(p.valid_to > m.taken_at, true)
)

select
  system,
  record_id,
  price_list,
  store,
  variant_id,
  currency,
  min_quantity,
  company_key,
  is_negotiated,
  amount,
  updated_at
from holding
where place = 1
