/* +++
after = ["order_links", "product_links"]
+++ */
-- Lines of linked orders: by external id, else by SKU, else by linked product in the order of the lines.
-- Of several lines of one SKU those of the same quantity and amount belong together, then those of the same quantity: only what is left is
-- paired in the order of the lines. Lines of the same SKU, quantity and amount are interchangeable, so that pairing them is no guess.
with
pairs as (
  select
    shop_system,
    shop_id as shop_order,
    salesforce_system,
    salesforce_id as salesforce_order
  from order_links
  where is_primary
),

shop as (
  select
    p.salesforce_system,
    p.salesforce_order,
    l.system,
    l.record_id,
    external_key(l.record_id) as id_key,
    l.order_id,
    l.sku_key,
    l.variant_id,
    coalesce(l.current_quantity, l.quantity) + coalesce(l.refunded_quantity, 0) as quantity,
    l.total as amount,
    coalesce(l.line_no, 0) as line_no
  from order_lines as l
  inner join pairs as p on l.system = p.shop_system and l.order_id = p.shop_order
  where l.deleted_at is null
),

salesforce as (
  select
    p.shop_system,
    p.shop_order,
    l.system,
    l.record_id,
    l.order_id,
    external_key(id_for(l.external_ids, p.shop_system)) as external_key,
    l.sku_key,
    l.product_id,
    l.quantity,
    coalesce(l.total, cast(l.unit_price * l.quantity as decimal(38, 6))) as amount,
    coalesce(l.line_no, 0) as line_no
  from order_lines as l
  inner join pairs as p on l.system = p.salesforce_system and l.order_id = p.salesforce_order
  where l.deleted_at is null
),

by_id as materialized (
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id
  from salesforce as f
  inner join shop as s
    on f.external_key = s.id_key and f.shop_system = s.system and f.shop_order = s.order_id and f.system = s.salesforce_system
),

shop_rest as materialized (
  select s.*
  from shop as s
  anti join by_id as l on s.system = l.shop_system and s.record_id = l.shop_id and s.salesforce_system = l.salesforce_system
),

salesforce_rest as materialized (
  select f.*
  from salesforce as f
  anti join by_id as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
),

shop_skus as materialized (
  select
    *,
    count(*) over (partition by system, order_id, salesforce_system, sku_key) as of_sku
  from shop_rest
  where sku_key is not null
),

salesforce_skus as materialized (
  select
    *,
    count(*) over (partition by system, order_id, sku_key) as of_sku
  from salesforce_rest
  where sku_key is not null
),

-- SKUs of which an order has several lines on either side; nearly all have one.
crowds as materialized (
  select
    s.system as shop_system,
    s.order_id as shop_order,
    s.salesforce_system,
    s.sku_key
  from shop_skus as s
  where s.of_sku > 1
  union
  select
    f.shop_system,
    f.shop_order,
    f.system as salesforce_system,
    f.sku_key
  from salesforce_skus as f
  where f.of_sku > 1
),

crowd_here as materialized (
  select s.*
  from shop_skus as s
  semi join crowds as c
    on s.system = c.shop_system and s.order_id = c.shop_order and s.salesforce_system = c.salesforce_system and s.sku_key = c.sku_key
),

crowd_there as materialized (
  select f.*
  from salesforce_skus as f
  semi join crowds as c
    on f.shop_system = c.shop_system and f.shop_order = c.shop_order and f.system = c.salesforce_system and f.sku_key = c.sku_key
),

equals_here as (
  select
    *,
    row_number() over (
      partition by system, order_id, salesforce_system, sku_key, quantity, amount order by line_no, length(record_id), record_id
    ) as nth
  from crowd_here
),

equals_there as (
  select
    *,
    row_number() over (partition by system, order_id, sku_key, quantity, amount order by line_no, record_id) as nth
  from crowd_there
),

equal as materialized (
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id
  from equals_here as s
  inner join equals_there as f
    on
      s.system = f.shop_system
      and s.order_id = f.shop_order
      and s.salesforce_system = f.system
      and s.sku_key = f.sku_key
      and s.quantity = f.quantity
      and s.amount = f.amount
      and s.nth = f.nth
),

amounts_here as (
  select
    s.*,
    row_number() over (
      partition by s.system, s.order_id, s.salesforce_system, s.sku_key, s.quantity order by s.line_no, length(s.record_id), s.record_id
    ) as nth
  from crowd_here as s
  anti join equal as l on s.system = l.shop_system and s.record_id = l.shop_id and s.salesforce_system = l.salesforce_system
),

amounts_there as (
  select
    f.*,
    row_number() over (partition by f.system, f.order_id, f.sku_key, f.quantity order by f.line_no, f.record_id) as nth
  from crowd_there as f
  anti join equal as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
),

-- Amounts are kept in other ways, with tax or without; quantities are not.
as_many as materialized (
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id
  from amounts_here as s
  inner join amounts_there as f
    on
      s.system = f.shop_system
      and s.order_id = f.shop_order
      and s.salesforce_system = f.system
      and s.sku_key = f.sku_key
      and s.quantity = f.quantity
      and s.nth = f.nth
),

places_here as (
  select
    s.*,
    row_number() over (
      partition by s.system, s.order_id, s.salesforce_system, s.sku_key order by s.line_no, length(s.record_id), s.record_id
    ) as place
  from amounts_here as s
  anti join as_many as l on s.system = l.shop_system and s.record_id = l.shop_id and s.salesforce_system = l.salesforce_system
),

places_there as (
  select
    f.*,
    row_number() over (partition by f.system, f.order_id, f.sku_key order by f.line_no, f.record_id) as place
  from amounts_there as f
  anti join as_many as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
),

by_sku as materialized (
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    'certain' as certainty
  from shop_skus as s
  inner join salesforce_skus as f
    on s.system = f.shop_system and s.order_id = f.shop_order and s.salesforce_system = f.system and s.sku_key = f.sku_key
  where s.of_sku = 1 and f.of_sku = 1
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'certain' as certainty
  from equal
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'likely' as certainty
  from as_many
  union all
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id,
    'likely' as certainty
  from places_here as s
  inner join places_there as f
    on
      s.system = f.shop_system
      and s.order_id = f.shop_order
      and s.salesforce_system = f.system
      and s.sku_key = f.sku_key
      and s.place = f.place
),

shop_products as (
  select
    s.system,
    s.record_id,
    s.order_id,
    s.salesforce_system,
    p.salesforce_id as product_id,
    row_number() over (
      partition by s.system, s.order_id, s.salesforce_system, p.salesforce_id order by s.line_no, length(s.record_id), s.record_id
    ) as nth
  from shop_rest as s
  anti join by_sku as l on s.system = l.shop_system and s.record_id = l.shop_id and s.salesforce_system = l.salesforce_system
  inner join product_links as p
    on s.system = p.shop_system and s.variant_id = p.shop_id and s.salesforce_system = p.salesforce_system and p.is_primary
),

salesforce_products as (
  select
    f.system,
    f.record_id,
    f.shop_system,
    f.shop_order,
    f.product_id,
    row_number() over (partition by f.system, f.order_id, f.product_id order by f.line_no, f.record_id) as nth
  from salesforce_rest as f
  anti join by_sku as l on f.system = l.salesforce_system and f.record_id = l.salesforce_id
  where f.product_id is not null
),

by_product as (
  select
    s.system as shop_system,
    s.record_id as shop_id,
    f.system as salesforce_system,
    f.record_id as salesforce_id
  from shop_products as s
  inner join salesforce_products as f
    on
      s.system = f.shop_system
      and s.order_id = f.shop_order
      and s.salesforce_system = f.system
      and s.product_id = f.product_id
      and s.nth = f.nth
),

found as (
  select
    *,
    'external_id' as method,
    'certain' as certainty
  from by_id
  union all
  select
    shop_system,
    shop_id,
    salesforce_system,
    salesforce_id,
    'sku_position' as method,
    certainty
  from by_sku
  union all
  select
    *,
    'product_position' as method,
    'likely' as certainty
  from by_product
),

several as (
  select
    shop_system,
    shop_id,
    salesforce_system,
    min(salesforce_id) as first_id
  from found
  group by shop_system, shop_id, salesforce_system
  having count(*) > 1
)

select
  f.shop_system,
  f.shop_id,
  f.salesforce_system,
  f.salesforce_id,
  f.method,
  f.certainty,
  s.first_id is null or s.first_id = f.salesforce_id as is_primary
from found as f
left join several as s on f.shop_system = s.shop_system and f.shop_id = s.shop_id and f.salesforce_system = s.salesforce_system
