/* +++
after = []
+++ */
-- Shops that sell with values of an ERP: where the ERP owns a table and the shop does not.
select
  o.entity,
  s.system,
  o.system as owner
from owners as o
inner join systems as e on o.system = e.system
cross join systems as s
where
  o.field is null
  and e.side = 'erp'
  and s.side = 'shop'
  and not exists (
    select 1
    from owners as p
    where p.entity = o.entity and p.field is null and p.system = s.system
  )
