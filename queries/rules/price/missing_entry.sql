/* +++
title    = "Every product on sale has a price in Salesforce's price books"
question = "Which products on sale lack an active entry in a price book that Salesforce keeps for their list?"
severity = "high"
entity   = "prices"
since    = "0.2"
needs    = [
  "shop.products",
  "shop.prices",
  "salesforce.products",
  "salesforce.prices",
  "salesforce.prices.price_list",
  "salesforce.prices.amount",
  "salesforce.prices.currency",
]
why      = "Salesforce refuses order lines and quotes of a product without an entry in their price book, so orders arrive without the line or not at all."
remedy   = "Make the entry with the price of the owner, or set the inactive one active again."
false_alarms = "Products that are kept out of a book on purpose. A list counts as kept in a currency where Salesforce has most of its prices; one of which it has only a few is not judged."
fix      = "review"
recheck  = true
checked  = """
select count(*)
from price_pairs as p
where coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
"""

[params.grace_minutes]
default = 15
unit    = "minutes"
help    = "Shop records changed later than this may still be on their way."

[params.kept_percent]
default = 50
unit    = "percent"
help    = "A list of which Salesforce has fewer of the prices in a currency is not kept there."
+++ */
with missing as (
  select
    p.shop_system,
    p.shop_id,
    p.price_list,
    p.store,
    p.currency,
    p.min_quantity,
    p.amount,
    p.shop_changed_at,
    p.salesforce_system,
    p.salesforce_product_id
  from price_pairs as p
  where
    p.salesforce_id is null
    and coalesce(p.shop_changed_at, timestamp '1970-01-01') < $as_of - to_minutes(cast($grace_minutes as bigint))
),

-- Quantities above one make a list of their own: most price books know none.
kept as (
  select
    p.shop_system,
    p.salesforce_system,
    p.price_list,
    coalesce(p.store, '') as store,
    p.currency,
    p.min_quantity > 1 as is_step
  from price_pairs as p
  where exists (select m.shop_id from missing as m)
  group by
    p.shop_system,
    p.salesforce_system,
    p.price_list,
    coalesce(p.store, ''),
    p.currency,
    p.min_quantity > 1
  having 100 * count(*) filter (where p.salesforce_currency = p.currency) >= $kept_percent * count(*)
),

-- The book of a shop needs what that shop sells.
needed as (
  select
    m.*,
    v.sku,
    v.title,
    f.created_at as salesforce_created_at
  from missing as m
  inner join kept as k
    on
      m.shop_system = k.shop_system
      and m.salesforce_system = k.salesforce_system
      and m.price_list = k.price_list
      and coalesce(m.store, '') = k.store
      and m.currency = k.currency
      and (m.min_quantity > 1) = k.is_step
  inner join products as v on m.shop_system = v.system and m.shop_id = v.record_id and coalesce(v.status, 'active') = 'active'
  inner join products as f
    on m.salesforce_system = f.system and m.salesforce_product_id = f.record_id and coalesce(f.status, 'active') = 'active'
  where
    m.store is null
    or m.store = m.shop_system
    or not exists (
      select 1
      from systems as y
      where y.system = m.store
    )
    or exists (
      select 1
      from product_links as l
      inner join products as s on l.shop_system = s.system and l.shop_id = s.record_id
      where
        l.shop_system = m.store
        and l.salesforce_system = m.salesforce_system
        and l.salesforce_id = m.salesforce_product_id
        and coalesce(s.status, 'active') = 'active'
    )
)

select
  n.shop_system as system,
  n.shop_id as record_id,
  n.salesforce_product_id as salesforce_id,
  n.price_list || '/' || coalesce(n.store, '') || '/' || n.currency || '/' || number_text(n.min_quantity) as discriminator,
  coalesce(n.sku, n.shop_id) as label,
  'Product ' || coalesce(n.sku, n.shop_id) || ' costs ' || money_text(n.amount, n.currency) || ' ' || n.currency || ' ' || in_system(n.shop_system)
  || case when n.min_quantity <= 1 then '' else ' from ' || number_text(n.min_quantity) || ' pieces on' end
  || case when n.price_list = 'default' then '' else ' (price list ' || n.price_list || ')' end
  || ' and has no active entry in ' || case when n.store is null then 'its price book' else 'the price book of ' || n.store end || ' in Salesforce.' as message,
  [diff_field('amount', money_text(n.amount, n.currency), null)] as diff,
  n.amount,
  n.currency,
  coalesce(n.shop_changed_at, n.salesforce_created_at) as occurred_at,
  n.price_list,
  n.store,
  n.title
from needed as n
