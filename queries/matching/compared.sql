/* +++
after = []
+++ */
-- Whose rows rules hold against Salesforce's: the owner's. Where Salesforce is the owner itself, those of every shop.
select
  o.entity,
  o.system
from owners as o
inner join systems as s on o.system = s.system
where o.field is null and s.side in ('shop', 'erp')
union
select
  o.entity,
  s.system
from owners as o
inner join systems as f on o.system = f.system
cross join systems as s
where o.field is null and f.side = 'salesforce' and s.side = 'shop'
