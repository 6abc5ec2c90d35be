-- Which record of a group to keep in each system, and where each field is best taken from. A suggestion; the last word is the smallest id,
-- so that ties do not flip from run to run.
create or replace table identity.candidates as
with
sold as (
  select
    o.system,
    o.customer_id,
    count(*) as orders
  from orders as o
  where o.customer_id is not null and o.deleted_at is null
  group by o.system, o.customer_id
),

linked as (
  select
    l.salesforce_system as system,
    l.salesforce_id as record_id,
    bool_or(l.method = 'external_id') as has_id
  from customer_links as l
  where l.certainty <> 'ambiguous'
  group by l.salesforce_system, l.salesforce_id
)

select
  m.cluster_id,
  c.system,
  c.record_id,
  coalesce(l.has_id, any_id(c.external_ids) is not null) as has_shop_id,
  coalesce(s.orders, c.orders_count, 0) as orders,
  c.is_guest is not true as has_account,
  coalesce(c.email_consent = 'subscribed', false) as is_subscribed,
  (c.email is not null)::integer + (c.phone is not null)::integer + (c.first_name is not null)::integer + (c.last_name is not null)::integer
  + (c.address1 is not null)::integer + (c.postal_code is not null)::integer + (c.company is not null)::integer as filled,
  c.updated_at,
  c.created_at
from customer_clusters as m
inner join customers as c on m.system = c.system and m.record_id = c.record_id
left join sold as s on c.system = s.system and c.record_id = s.customer_id
left join linked as l on c.system = l.system and c.record_id = l.record_id;

create or replace table identity.ranked as
select
  *,  -- noqa: AM04
  row_number() over (
    partition by cluster_id, system
    order by
      has_shop_id desc, has_account desc, orders desc, filled desc, updated_at desc nulls last, created_at asc nulls last, record_id asc
  ) as place
from identity.candidates;

create or replace table identity.chosen as
select
  f.cluster_id,
  f.system,
  f.record_id,
  case
    when f.has_shop_id and not s.has_shop_id then 'it carries the id of the shop''s customer'
    when f.has_account and not s.has_account then 'it has an account'
    when f.orders > s.orders then 'it has the most orders: ' || f.orders
    when f.filled > s.filled then 'it is the most complete'
    when f.updated_at > s.updated_at or (f.updated_at is not null and s.updated_at is null) then 'it was changed last'
    when f.created_at < s.created_at or (f.created_at is not null and s.created_at is null) then 'it is the oldest'
    else 'its id is the smallest'
  end as reason
from identity.ranked as f
inner join identity.ranked as s on f.cluster_id = s.cluster_id and f.system = s.system and s.place = 2
where f.place = 1;

insert into customer_survivors by name
with
said as (
  select
    k.cluster_id,
    k.system,
    k.record_id as survivor_id,
    k.reason as survivor_reason,
    r.record_id,
    r.place,
    c.updated_at,
    unnest([
      { 'field': 'first_name', 'value': c.first_name },
      { 'field': 'last_name', 'value': c.last_name },
      { 'field': 'email', 'value': c.email },
      { 'field': 'phone', 'value': c.phone },
      { 'field': 'company', 'value': c.company },
      { 'field': 'address1', 'value': c.address1 },
      { 'field': 'postal_code', 'value': c.postal_code },
      { 'field': 'city', 'value': c.city },
      { 'field': 'email_consent', 'value': c.email_consent },
      { 'field': 'sms_consent', 'value': c.sms_consent }
    ]) as said
  from identity.chosen as k
  inner join identity.ranked as r on k.cluster_id = r.cluster_id and k.system = r.system
  inner join customers as c on r.system = c.system and r.record_id = c.record_id
),

-- Consent is the strictest of all; otherwise the survivor's own value, else the newest.
ordered as (
  select
    *,
    ends_with(said.field, '_consent') as is_consent,
    row_number() over (
      partition by cluster_id, system, said.field
      order by
        case when ends_with(said.field, '_consent') then array_position(['unsubscribed', 'not_subscribed', 'pending', 'subscribed'], said.value) end nulls last,
        case when record_id = survivor_id then 0 else 1 end,
        updated_at desc nulls last,
        place asc
    ) as nth,
    count(distinct said.value) over (partition by cluster_id, system, said.field) as values_held
  from said
  where said.value is not null
),

fields as (
  select
    cluster_id,
    system,
    survivor_id,
    any_value(survivor_reason) as survivor_reason,
    list(
      struct_pack(
        field := said.field,
        value := said.value,
        record_id := record_id,
        reason := case
          when is_consent and values_held > 1 then 'the strictest of the records'
          when record_id <> survivor_id then 'the survivor has none; the newest that has one'
          when values_held > 1 then 'the survivor''s own; others differ'
          else 'the survivor''s own'
        end
      )
      order by said.field
    ) as fields
  from ordered
  where nth = 1
  group by cluster_id, system, survivor_id
)

select
  cluster_id,
  system,
  survivor_id as record_id,
  survivor_reason as reason,
  fields
from fields;
