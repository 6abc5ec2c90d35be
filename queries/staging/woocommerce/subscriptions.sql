-- A subscription. A guest's one carries the guest's id, as orders do.
select
  id as record_id,
  coalesce(cast(nullif(customer_id, 0) as varchar), 'guest-' || left(sha256(email_key(billing.email)), 20)) as customer_id,
  subscription_status(status) as status,
  status as raw_status,
  next_payment_at as next_billing_at,
  billing_interval || ' ' || billing_period as interval,
  total as amount,
  currency,
  created_at,
  updated_at,
  case when status = 'trash' then coalesce(updated_at, seen_at) end as deleted_at,
  seen_at,
  file,
  line
from raw.subscriptions
