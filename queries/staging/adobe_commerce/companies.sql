-- A B2B company with its credit and the catalogue that it buys from.
with
credits as (
  select
    cast(company_id as varchar) as company_id,
    min(credit_limit) as credit_limit,
    min(currency_code) as currency
  from raw.company_credits
  group by company_id
),

catalogs as (
  select
    customer_group_id,
    min(name) as name
  from raw.shared_catalogs
  group by customer_group_id
)

select
  c.id as record_id,
  c.company_name as name,
  coalesce(catalogs.name, g.code) as price_list,
  credits.credit_limit,
  credits.currency,
  case c.status
    when 0 then 'pending'
    when 1 then 'approved'
    when 2 then 'rejected'
    when 3 then 'blocked'
  end as status,
  c.seen_at,
  c.file,
  c.line
from raw.companies as c
left join credits on c.id = credits.company_id
left join catalogs on c.customer_group_id = catalogs.customer_group_id
left join raw.customer_groups as g on cast(c.customer_group_id as varchar) = g.id
