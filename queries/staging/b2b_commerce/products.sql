-- What can be bought: simple products, variations, bundles and sets; the parent of variations cannot.
-- Whether anybody can see and buy it: in a category of a store's catalogue, entitled to a buyer group of that store, with an active price in a
-- currency of the store. A variation is also found by its parent's category and entitlement.
with
parents as (
  select
    id18(productid) as product_id,
    min(id18(variantparentid)) as parent_id
  from raw.product_attributes
  where variantparentid is not null and not coalesce(try_flag(isdeleted), false)
  group by id18(productid)
),

stores as (
  select
    id18(id) as store_id,
    string_split(nullif(upper(replace(coalesce(supportedcurrencies, currencyisocode), ' ', '')), ''), ';') as currencies
  from raw.web_stores
  where not coalesce(try_flag(isdeleted), false)
),

catalogued as (
  select distinct
    id18(w.salesstoreid) as store_id,
    id18(p.productid) as product_id
  from raw.category_products as p
  inner join raw.categories as c on id18(p.productcategoryid) = id18(c.id) and not coalesce(try_flag(c.isdeleted), false)
  inner join raw.web_store_catalogs as w on id18(c.catalogid) = id18(w.productcatalogid) and not coalesce(try_flag(w.isdeleted), false)
  where not coalesce(try_flag(p.isdeleted), false)
),

entitled as (
  select distinct
    id18(w.webstoreid) as store_id,
    id18(w.buyergroupid) as group_id,
    id18(p.productid) as product_id
  from raw.entitlement_products as p
  inner join raw.entitlement_policies as e
    on
      id18(p.policyid) = id18(e.id)
      and try_flag(e.isactive)
      and try_flag(e.canviewproduct)
      and try_flag(e.canviewprice)
      and not coalesce(try_flag(e.isdeleted), false)
  inner join raw.entitlement_buyer_groups as g on id18(p.policyid) = id18(g.policyid) and not coalesce(try_flag(g.isdeleted), false)
  inner join raw.web_store_buyer_groups as w on id18(g.buyergroupid) = id18(w.buyergroupid) and not coalesce(try_flag(w.isdeleted), false)
  where not coalesce(try_flag(p.isdeleted), false)
),

-- A price book of the store is for all its groups (group_id NULL), one of a group for that group.
books as (
  select
    id18(webstoreid) as store_id,
    cast(null as varchar) as group_id,
    id18(pricebook2id) as book_id
  from raw.web_store_pricebooks
  where try_flag(isactive) and not coalesce(try_flag(isdeleted), false)
  union
  select
    id18(w.webstoreid) as store_id,
    id18(g.buyergroupid) as group_id,
    id18(g.pricebook2id) as book_id
  from raw.buyer_group_pricebooks as g
  inner join raw.web_store_buyer_groups as w on id18(g.buyergroupid) = id18(w.buyergroupid) and not coalesce(try_flag(w.isdeleted), false)
  where try_flag(g.isactive) and not coalesce(try_flag(g.isdeleted), false)
),

entries as (
  select distinct
    k.store_id,
    k.group_id,
    id18(e.product2id) as product_id,
    s.currencies is null
    or e.currencyisocode is null
    or list_contains(s.currencies, upper(e.currencyisocode)) as is_in_currency
  from raw.pricebook_entries as e
  inner join books as k on id18(e.pricebook2id) = k.book_id
  inner join raw.pricebooks as b on k.book_id = id18(b.id) and try_flag(b.isactive) and not coalesce(try_flag(b.isdeleted), false)
  inner join stores as s on k.store_id = s.store_id
  where try_flag(e.isactive) and not coalesce(try_flag(e.isdeleted), false) and try_money(e.unitprice) is not null
),

stocked as (
  select distinct id18(product2id) as product_id
  from raw.product_items
  where not coalesce(try_flag(isdeleted), false)
),

catalogued_any as (
  select
    product_id,
    list(distinct store_id order by store_id) as stores
  from catalogued
  group by product_id
),

entitled_any as (
  select
    product_id,
    list(distinct store_id || '/' || group_id order by store_id || '/' || group_id) as store_groups
  from entitled
  group by product_id
),

priced_any as (
  select
    product_id,
    list(distinct store_id) filter (where group_id is null and is_in_currency) as stores,
    list(distinct store_id || '/' || group_id) filter (where group_id is not null and is_in_currency) as store_groups,
    bool_or(is_in_currency) as has_currency
  from entries
  group by product_id
),

facts as (
  select
    p.id as raw_id,
    list_concat(coalesce(c.stores, []), coalesce(cp.stores, [])) as catalogue_stores,
    list_concat(coalesce(e.store_groups, []), coalesce(ep.store_groups, [])) as entitled_groups,
    coalesce(k.stores, []) as priced_stores,
    coalesce(k.store_groups, []) as priced_groups,
    k.product_id is not null as has_entry,
    coalesce(k.has_currency, false) as has_currency,
    r.parent_id
  from raw.products as p
  left join parents as r on id18(p.id) = r.product_id
  left join catalogued_any as c on id18(p.id) = c.product_id
  left join catalogued_any as cp on r.parent_id = cp.product_id
  left join entitled_any as e on id18(p.id) = e.product_id
  left join entitled_any as ep on r.parent_id = ep.product_id
  left join priced_any as k on id18(p.id) = k.product_id
),

judged as (
  select
    f.*,
    len(
      list_filter(
        f.entitled_groups,
        lambda g: list_contains(f.catalogue_stores, split_part(g, '/', 1))
        and (list_contains(f.priced_stores, split_part(g, '/', 1)) or list_contains(f.priced_groups, g))
      )
    ) > 0 as is_sellable
  from facts as f
)

select
  id18(p.id) as record_id,
  coalesce(j.parent_id, id18(p.id)) as product_id,
  blank(p.stockkeepingunit) as sku,
  sku_key(p.stockkeepingunit) as sku_key,
  blank(p.name) as title,
  blank(p.family) as product_type,
  case
    when try_flag(p.isactive) and not coalesce(try_flag(p.isarchived), false) then 'active'
    when p.isactive is not null then 'archived'
  end as status,
  p.isactive as raw_status,
  q.product_id is not null as is_tracked,
  try_utc(p.createddate) as created_at,
  try_utc(coalesce(p.lastmodifieddate, p.systemmodstamp)) as updated_at,
  case when try_flag(p.isdeleted) then coalesce(try_utc(p.systemmodstamp), p.seen_at) end as deleted_at,
  json_object(
    'product_class', p.productclass,
    'product_code', p.productcode,
    'family', p.family,
    'is_sellable', case when (select count(*) from stores) > 0 then j.is_sellable end,
    'is_in_catalogue', len(j.catalogue_stores) > 0,
    'is_entitled', len(j.entitled_groups) > 0,
    'is_priced', j.has_entry,
    'is_priced_in_currency', j.has_currency
  ) as extra,
  p.seen_at,
  p.file,
  p.line
from raw.products as p
inner join judged as j on p.id = j.raw_id
left join stocked as q on id18(p.id) = q.product_id
where coalesce(lower(p.productclass), 'simple') <> 'variationparent'
