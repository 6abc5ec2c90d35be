-- Orders that a person may mean by a number or by an id of either side.
select
  o.system,
  o.record_id
from orders as o
where
  o.number_key = number_key($wanted)
  or o.record_id = $wanted
  or external_key(o.record_id) = external_key($wanted)
  or list_contains(list_transform(map_values(o.external_ids), lambda v: external_key(v)), external_key($wanted))
order by
  o.system,
  o.record_id
limit 20
