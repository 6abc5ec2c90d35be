-- A business account that is enabled as a buyer. Where its groups have one price book, that is its price list.
with
books as (
  select
    id18(m.buyerid) as account_id,
    min(b.name) as price_list,
    count(distinct id18(b.id)) as lists,
    list(distinct g.name order by g.name) as buyer_groups
  from raw.buyer_group_members as m
  inner join raw.buyer_groups as g on id18(m.buyergroupid) = id18(g.id)
  left join raw.buyer_group_pricebooks as p on id18(m.buyergroupid) = id18(p.buyergroupid) and try_flag(p.isactive)
  left join raw.pricebooks as b on id18(p.pricebook2id) = id18(b.id)
  where not coalesce(try_flag(m.isdeleted), false) and not coalesce(try_flag(p.isdeleted), false)
  group by id18(m.buyerid)
),

enabled as (
  select
    b.*,
    row_number() over (partition by id18(b.buyerid) order by coalesce(try_flag(b.isdeleted), false), b.createddate, id18(b.id)) as nth
  from raw.buyer_accounts as b
)

select
  id18(a.id) as record_id,
  blank(a.name) as name,
  case when k.lists = 1 then k.price_list end as price_list,
  try_money(e.creditlimit) as credit_limit,
  upper(coalesce(e.currencyisocode, a.currencyisocode, (
    select s.currency from systems as s
    where s.system = getvariable('system')
  ))) as currency,
  case
    when try_flag(e.isactive) = false or lower(e.buyerstatus) in ('inactive', 'blocked') then 'disabled'
    else coalesce(lower(e.buyerstatus), 'active')
  end as status,
  try_utc(a.createddate) as created_at,
  greatest(try_utc(a.lastmodifieddate), try_utc(e.lastmodifieddate)) as updated_at,
  case
    when try_flag(a.isdeleted) or try_flag(e.isdeleted) then coalesce(try_utc(a.systemmodstamp), try_utc(e.systemmodstamp), a.seen_at)
  end as deleted_at,
  json_object('buyer_account_id', id18(e.id), 'account_number', a.accountnumber, 'buyer_groups', k.buyer_groups) as extra,
  a.seen_at,
  a.file,
  a.line
from raw.accounts as a
inner join enabled as e on id18(a.id) = id18(e.buyerid) and e.nth = 1
left join books as k on id18(a.id) = k.account_id
where not coalesce(try_flag(a.ispersonaccount), false)
