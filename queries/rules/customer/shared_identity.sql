/* +++
title    = "Every record in Salesforce stands for one person"
question = "Which Salesforce records stand for several different customers of the shop?"
severity = "high"
entity   = "customers"
since    = "0.1"
needs    = ["shop.customers", "salesforce.customers", "salesforce.customers.external_ids", "shop.customers.first_name", "shop.customers.last_name"]
why      = "Two people share one history, one consent and one address: mail for one reaches the other, and an erasure takes both."
remedy   = "Split the record: Salesforce cannot undo a merge, so make a second record with the other customer's id, and move orders and consent to it."
false_alarms = "A customer who changed the whole name; say so with `recon identity decide`."
fix      = "none"
checked  = """
select count(distinct l.salesforce_id)
from customer_links as l
where l.method = 'external_id' and l.certainty = 'certain'
"""
+++ */
with crowds as (
  select
    l.salesforce_system,
    l.salesforce_id
  from customer_links as l
  where l.method = 'external_id' and l.certainty = 'certain'
  group by
    l.salesforce_system,
    l.salesforce_id
  having count(*) > 1
),

linked as (
  select
    l.shop_system,
    l.shop_id,
    l.salesforce_system,
    l.salesforce_id,
    c.first_name,
    c.last_name
  from customer_links as l
  inner join crowds as d on l.salesforce_system = d.salesforce_system and l.salesforce_id = d.salesforce_id
  inner join customers as c on l.shop_system = c.system and l.shop_id = c.record_id
  where
    l.method = 'external_id'
    and l.certainty = 'certain'
    and c.deleted_at is null
    and coalesce(c.state, '') not in ('redacted', 'merged')
),

-- Whose name the record does not bear, by the vetoes of matching.
strangers as (
  select
    x.salesforce_system,
    x.salesforce_id
  from linked as x
  inner join identity_pairs as p
    on x.salesforce_system = p.system and x.salesforce_id = p.record_id and x.shop_system = p.other_system and x.shop_id = p.other_id
  where p.veto is not null
  union
  select
    x.salesforce_system,
    x.salesforce_id
  from linked as x
  inner join identity_pairs as p
    on x.salesforce_system = p.other_system and x.salesforce_id = p.other_id and x.shop_system = p.system and x.shop_id = p.record_id
  where p.veto is not null
),

shared as (
  select
    x.salesforce_system,
    x.salesforce_id,
    count(distinct x.shop_system || ':' || x.shop_id) as people,
    list(distinct related_record(x.shop_system, x.shop_id) order by related_record(x.shop_system, x.shop_id)) as related
  from linked as x
  inner join strangers as s on x.salesforce_system = s.salesforce_system and x.salesforce_id = s.salesforce_id
  group by
    x.salesforce_system,
    x.salesforce_id
  having count(*) > 1
)

select
  h.salesforce_system as system,
  cast(null as varchar) as record_id,
  h.salesforce_id,
  coalesce(sf.email, sf.phone, h.salesforce_id) as label,
  'Customer ' || coalesce(sf.email, sf.phone, h.salesforce_id) || ' in Salesforce stands for ' || cast(h.people as varchar)
  || ' different customers of the shop.' as message,
  sf.updated_at as occurred_at,
  h.related,
  h.people
from shared as h
inner join customers as sf on h.salesforce_system = sf.system and h.salesforce_id = sf.record_id
