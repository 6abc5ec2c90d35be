-- Secrets in what buyers and service write freely. The text itself stays in the snapshot.
with
texts as (
  select
    'orders' as entity,
    id as about_id,
    'note' as field,
    customer_message as free_text,
    seen_at,
    file,
    line
  from raw.orders
  where may_expose(customer_message)
  union all
  select
    'orders' as entity,
    id as about_id,
    'staff_note' as field,
    staff_notes as free_text,
    seen_at,
    file,
    line
  from raw.orders
  where may_expose(staff_notes)
  union all
  select
    'refunds' as entity,
    id as about_id,
    'reason' as field,
    reason as free_text,
    seen_at,
    file,
    line
  from raw.refunds
  where may_expose(reason)
),

found as (
  select
    t.entity,
    t.about_id,
    t.field,
    unnest(exposed(t.free_text)) as e,
    t.seen_at,
    t.file,
    t.line
  from texts as t
)

select
  f.entity || '/' || f.about_id || '/' || f.field || '/' || f.e.kind as record_id,
  f.entity,
  f.about_id,
  f.field,
  f.e.kind as kind,
  f.e.shown as shown,
  f.seen_at,
  f.file,
  f.line
from found as f
