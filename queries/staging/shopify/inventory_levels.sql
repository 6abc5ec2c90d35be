-- Stock of an inventory item at a location. The variant lies below the item, or names the item in the product list.
with
of_items as (
  select
    parent_id as item_gid,
    min(id) as variant_gid
  from raw.inventory
  where starts_with(id, 'gid://shopify/ProductVariant/')
  group by parent_id
),

of_products as (
  select
    inventory_item_gid as item_gid,
    min(id) as variant_gid,
    min(sku) as sku,
    bool_or(inventory_policy = 'CONTINUE') as is_sold_on
  from raw.products
  where inventory_item_gid is not null
  group by inventory_item_gid
),

levels as (
  select
    l.*,
    map_from_entries(list_distinct(list_transform(l.quantities, lambda q: (q.name, q.quantity)))) as q
  from raw.inventory as l
  where starts_with(l.id, 'gid://shopify/InventoryLevel/')
)

select
  gid_tail(l.id) as record_id,
  gid_tail(coalesce(of_items.variant_gid, of_products.variant_gid)) as variant_id,
  sku_key(coalesce(i.sku, of_products.sku)) as sku_key,
  gid_tail(l.location_gid) as location_id,
  l.q['on_hand'] as on_hand,
  l.q['available'] as available,
  l.q['committed'] as committed,
  l.q['incoming'] as incoming,
  l.q['safety_stock'] as safety_stock,
  -- What is sold on when nothing is left does not run out: being below nothing is no fault then.
  not coalesce(i.is_tracked, true) or coalesce(of_products.is_sold_on and l.q['available'] <= 0, false) as is_infinite,
  coalesce(l.is_active, true) as is_active,
  l.updated_at,
  l.seen_at,
  l.file,
  l.line
from levels as l
left join raw.inventory as i on l.parent_id = i.id
left join of_items on l.parent_id = of_items.item_gid
left join of_products on l.parent_id = of_products.item_gid
