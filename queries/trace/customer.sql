-- Customers that a person may mean by an e-mail address, a phone number in international form, or an id of either side.
select
  c.system,
  c.record_id
from customers as c
where
  c.email_key = email_key($wanted)
  or c.phone_key = $wanted
  or c.record_id = $wanted
  or external_key(c.record_id) = external_key($wanted)
  or list_contains(list_transform(map_values(c.external_ids), lambda v: external_key(v)), external_key($wanted))
order by
  c.system,
  c.record_id
limit 20
