/* +++
after = []
+++ */
-- Who is matched with Salesforce: every shop, and an ERP where it owns the table or one that is compared by it, as stock is by product and location.
with
compared_by as (
  select
    v.entity,
    v.owned
  from (
    values
    ('products', 'prices'),
    ('products', 'inventory_levels'),
    ('products', 'order_lines'),
    ('locations', 'inventory_levels'),
    ('customers', 'orders')
  ) as v (entity, owned)
)

select distinct
  o.entity,
  s.system
from owners as o
cross join systems as s
where s.side = 'shop'
union
select
  o.entity,
  o.system
from owners as o
inner join systems as s on o.system = s.system
where s.side = 'erp' and o.field is null
union
select
  b.entity,
  o.system
from owners as o
inner join systems as s on o.system = s.system
inner join compared_by as b on o.entity = b.owned
where s.side = 'erp' and o.field is null
