/* +++
title    = "No customer in Salesforce carries the id of nobody"
question = "Which customers were only found by e-mail, because their record in Salesforce carries an id that no customer of the shop has?"
severity = "medium"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "shop.customers.email", "salesforce.customers", "salesforce.customers.external_ids", "salesforce.customers.email"]
why      = "The integration looks for the shop's id, does not find it, and makes the customer a second time; changes in the shop never reach this record."
remedy   = "Write the shop's id into the external id field of the listed records. Look where the wrong one comes from: another shop, a migration, a merge in the shop."
false_alarms = "Records that carry the id of a shop that is not in recon.toml; a field for each shop in the mapping tells them apart."
fix      = "review"
recheck  = true
checked  = """
select count(*) from customer_pairs as p where p.is_guest is not true or $guests
"""

[params.guests]
default = false
help    = "Whether buyers without an account are asked about too; they have no id in the shop, so any id on their record is somebody else's."
+++ */
-- Records without any id, and people whom several records fit, are integrity.missing_external_id.
with found as (
  select
    p.shop_system,
    p.shop_id,
    p.salesforce_system,
    p.salesforce_id,
    p.method,
    p.certainty
  from customer_pairs as p
  where
    p.method <> 'external_id'
    and (p.is_guest is not true or $guests)
    and (
      p.certainty = 'certain'
      or p.is_guest
      or not exists (
        select 1
        from customer_links as l
        where
          l.shop_system = p.shop_system
          and l.shop_id = p.shop_id
          and l.salesforce_system = p.salesforce_system
          and l.salesforce_id <> p.salesforce_id
      )
    )
)

select
  f.shop_system as system,
  f.shop_id as record_id,
  f.salesforce_id,
  coalesce(c.email, c.phone, c.record_id) as label,
  'Customer ' || coalesce(c.email, c.phone, c.record_id) || ' is in Salesforce under the id ' || id_for(sf.external_ids, f.shop_system)
  || ', which no customer has ' || in_system(f.shop_system) || '; the record was found by ' || replace(f.method, '_', ' ') || '.' as message,
  [diff_field('external_id', f.shop_id, id_for(sf.external_ids, f.shop_system))] as diff,
  coalesce(sf.updated_at, sf.created_at) as occurred_at,
  case f.certainty when 'certain' then 'certain' else 'likely' end as confidence,
  f.method
from found as f
inner join customers as c on f.shop_system = c.system and f.shop_id = c.record_id
inner join customers as sf on f.salesforce_system = sf.system and f.salesforce_id = sf.record_id
where
  id_for(sf.external_ids, f.shop_system) is not null
  and not exists (
    select 1
    from coverage as n
    where n.system = f.salesforce_system and n.entity = 'customers' and n.field in ('external_ids', 'external_ids.' || f.shop_system) and not n.readable
  )
