-- WooCommerce knows no places: all stock lies in one.
select
  'default' as record_id,
  'default' as code,
  coalesce(s.title, s.system) as name,
  true as is_active,
  s.snapshot_finished_at as seen_at
from systems as s
where s.system = getvariable('system')
