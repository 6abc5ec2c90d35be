-- Records that share a key, each pair once, with the kinds of keys that found it.
create or replace table identity.pairs as
select
  a.rid as a,
  b.rid as b,
  bit_or(cast(1 as uinteger) << a.kind) as found_by
from identity.keys as a
inner join identity.keys as b on a.key = b.key and a.rid < b.rid
where a.is_used and b.is_used
group by a.rid, b.rid;

-- What is compared next; pairs that are kept are wanted whatever comes out.
create or replace table identity.comparing as
select
  a,
  b,
  found_by,
  false as is_kept
from identity.pairs;
