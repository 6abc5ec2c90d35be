-- Buyers: accounts, and guests. An account counts as a customer by its role (plugins have such as wholesale_customer) or by an order:
-- administrators and editors are no customers.
-- A guest is nothing but billing data on orders; orders with the same address are one guest, described by the newest of them. Its id is
-- made of the address without showing it.
with
buyers as (
  select distinct cast(customer_id as varchar) as id
  from raw.orders
  where customer_id <> 0
),

guest_orders as (
  select
    *,
    email_key(billing.email) as key,
    row_number() over (partition by email_key(billing.email) order by created_at desc, length(id) desc, id desc) as nth,
    min(created_at) over (partition by email_key(billing.email)) as first_at,
    max(updated_at) over (partition by email_key(billing.email)) as last_at
  from raw.orders
  where customer_id = 0 and email_key(billing.email) is not null and status not in ('trash', 'checkout-draft', 'auto-draft')
),

people as (
  select
    c.id as record_id,
    'customer' as object,
    coalesce(blank(c.email), blank(c.billing.email)) as email,
    coalesce(blank(c.first_name), blank(c.billing.first_name)) as first_name,
    coalesce(blank(c.last_name), blank(c.billing.last_name)) as last_name,
    c.billing,
    false as is_guest,
    [c.role] as tags,
    c.created_at,
    c.updated_at,
    c.seen_at,
    c.file,
    c.line
  from raw.customers as c
  left join buyers on c.id = buyers.id
  where contains(c.role, 'customer') or buyers.id is not null
  union all
  select
    'guest-' || left(sha256(key), 20) as record_id,
    'guest' as object,
    blank(billing.email) as email,
    blank(billing.first_name) as first_name,
    blank(billing.last_name) as last_name,
    billing,
    true as is_guest,
    cast([] as varchar[]) as tags,
    first_at as created_at,
    last_at as updated_at,
    seen_at,
    file,
    line
  from guest_orders
  where nth = 1
)

select
  record_id,
  object,
  email,
  email_key(email) as email_key,
  email_key_weak(email) as email_key_weak,
  blank(billing.phone) as phone,
  first_name,
  last_name,
  name_key(first_name, last_name) as name_key,
  blank(billing.company) as company,
  blank(billing.address_1) as address1,
  blank(billing.address_2) as address2,
  blank(billing.city) as city,
  blank(billing.state) as region,
  blank(billing.postcode) as postal_code,
  postal_key(billing.postcode) as postal_key,
  blank(billing.country) as country,
  is_guest,
  'enabled' as state,
  tags,
  created_at,
  updated_at,
  seen_at,
  file,
  line
from people
