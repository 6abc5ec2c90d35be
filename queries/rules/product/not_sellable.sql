/* +++
title    = "Every active product of a store can be seen and bought"
question = "Which active products can no buyer of any store see or buy?"
severity = "medium"
entity   = "products"
since    = "0.2"
needs    = ["shop.products", "shop.products.extra"]
why      = "The product is paid for, stored and counted as being on sale, and it earns nothing: no buyer finds it, or none is shown a price."
remedy   = "Do what the finding says is missing: put the product into a category of the store's catalogue, name it in an entitlement policy of a buyer group of the store, or give it an active price in the store's price book and currency."
false_alarms = "Products that are sold by the sales team only, or that wait for their launch; make them inactive, or waive them."
fix      = "none"
given    = ["system"]
checked  = """
select count(*)
from products as p
inner join systems as s on p.system = s.system and s.side = 'shop'
where p.deleted_at is null and p.status = 'active' and (p.extra ->> '$.is_sellable') is not null
  and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 1440
unit    = "minutes"
help    = "Products younger than this may still be in preparation."
+++ */
-- Stores, catalogues, entitlements and price books are judged where they are staged: extra.is_sellable is NULL where a platform knows none of them.
with closed as (
  select
    p.*,
    (p.extra ->> '$.is_in_catalogue') = 'true' as is_in_catalogue,
    (p.extra ->> '$.is_entitled') = 'true' as is_entitled,
    (p.extra ->> '$.is_priced') = 'true' as is_priced,
    (p.extra ->> '$.is_priced_in_currency') = 'true' as is_priced_in_currency
  from products as p
  inner join systems as s on p.system = s.system and s.side = 'shop'
  where
    p.deleted_at is null
    and p.status = 'active'
    and (p.extra ->> '$.is_sellable') = 'false'
    and coalesce(p.created_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

explained as (
  select
    c.*,
    list_filter(
      [
        case when not c.is_in_catalogue then 'it is in no category of a store''s catalogue' end,
        case when not c.is_entitled then 'no entitlement shows it to a buyer group' end,
        case when not c.is_priced then 'it has no active price in a price book of a store' end,
        case when c.is_priced and not c.is_priced_in_currency then 'its price is in a currency that the store does not sell in' end
      ],
      lambda r: r is not null
    ) as reasons
  from closed as c
)

select
  e.system,
  e.record_id,
  cast(null as varchar) as salesforce_id,
  coalesce(e.sku, e.title, e.record_id) as label,
  'Product ' || coalesce(e.sku, e.title, e.record_id) || ' is active, but no buyer can buy it: '
  || case
    when len(e.reasons) = 0 then 'no single store has its category, entitlement and price together'
    else array_to_string(e.reasons, ', and ')
  end || '.' as message,
  e.created_at as occurred_at,
  e.title,
  e.is_in_catalogue,
  e.is_entitled,
  e.is_priced
from explained as e
