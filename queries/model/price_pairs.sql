-- One row is a price of the owner beside the entry of Salesforce that answers it, if there is one.
create table price_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  price_id varchar not null,
  price_list varchar not null,
  store varchar,
  currency varchar not null,
  min_quantity decimal(18, 4) not null,
  is_negotiated boolean not null,
  amount decimal(38, 6) not null,
  shop_changed_at timestamp,
  salesforce_system varchar not null,
  salesforce_product_id varchar not null,
  salesforce_id varchar,
  salesforce_currency varchar,
  salesforce_amount decimal(38, 6)
);

comment on table price_pairs is 'One row is a price of the owner beside the entry of Salesforce that answers it, if there is one.';
comment on column price_pairs.shop_system is 'System that owns the price: a shop or an ERP.';
comment on column price_pairs.shop_id is 'record_id of its product.';
comment on column price_pairs.price_id is 'record_id in prices.';
comment on column price_pairs.price_list is 'List; a list that Salesforce does not know has no rows here.';
comment on column price_pairs.store is 'System name of the shop whose list in Salesforce it is; NULL for a list of every shop.';
comment on column price_pairs.currency is 'Currency.';
comment on column price_pairs.min_quantity is 'From this quantity.';
comment on column price_pairs.is_negotiated is 'True where only certain companies pay this price.';
comment on column price_pairs.amount is 'Price at its owner.';
comment on column price_pairs.shop_changed_at is 'Last change at its owner.';
comment on column price_pairs.salesforce_system is 'System of the Salesforce product.';
comment on column price_pairs.salesforce_product_id is 'record_id of the Salesforce product.';
comment on column price_pairs.salesforce_id is 'record_id of the entry; NULL where none holds.';
comment on column price_pairs.salesforce_currency is 'Currency of the entry: another one only where there is none in the right currency.';
comment on column price_pairs.salesforce_amount is 'Price of the entry.';
