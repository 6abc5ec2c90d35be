/* +++
title = "Addresses and numbers that are nobody's, and kinds of keys that were too broad to compare"
+++ */
-- Those that most records bear come first.
select
  count(*) over () as total,
  v.system,
  v.kind,
  v.value,
  v.records,
  v.reason
from shared_values as v
order by
  v.records desc,
  v.kind asc,
  v.value asc,
  v.system asc nulls first
limit $most
