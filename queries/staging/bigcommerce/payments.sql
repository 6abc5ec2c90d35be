-- A payment transaction.
select
  id as record_id,
  order_id,
  case event
    when 'purchase' then 'sale'
    when 'settled' then 'capture'
    else event
  end as kind,
  case
    when event = 'pending' then 'pending'
    when status = 'ok' then 'success'
    when status is null then null
    else 'failure'
  end as status,
  gateway,
  amount,
  upper(currency) as currency,
  is_test,
  reference_transaction_id as parent_id,
  updated_at as processed_at,
  seen_at,
  file,
  line
from raw.transactions
