-- Secrets in what buyers and service write freely. The text itself stays in the snapshot.
with
texts as (
  select
    'orders' as entity,
    id18(id) as about_id,
    'note' as field,
    description as free_text,
    seen_at,
    file,
    line
  from raw.orders
  where may_expose(description) and not coalesce(try_flag(isdeleted), false)
  union all
  select
    'refunds' as entity,
    id18(id) as about_id,
    'reason' as field,
    comments as free_text,
    seen_at,
    file,
    line
  from raw.refunds
  where may_expose(comments)
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
