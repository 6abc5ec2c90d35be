-- Secrets in what buyers and service write freely. The text itself stays in the snapshot.
with
texts as (
  select
    'orders' as entity,
    id as about_id,
    'note' as field,
    role_note as free_text,
    seen_at,
    file,
    line
  from mapped.orders
  where may_expose(role_note) and not is_deleted
  union all
  select
    'customers' as entity,
    id as about_id,
    'note' as field,
    role_note as free_text,
    seen_at,
    file,
    line
  from mapped.customers
  where may_expose(role_note) and not is_deleted
  union all
  select
    'refunds' as entity,
    id as about_id,
    'reason' as field,
    role_reason as free_text,
    seen_at,
    file,
    line
  from mapped.refunds
  where may_expose(role_reason) and not is_deleted
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
