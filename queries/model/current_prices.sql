-- One row is a price that held when the snapshot was taken.
create table current_prices (
  system varchar not null,
  record_id varchar not null,
  price_list varchar not null,
  store varchar,
  variant_id varchar not null,
  currency varchar not null,
  min_quantity decimal(18, 4) not null,
  company_key varchar,
  is_negotiated boolean not null,
  amount decimal(38, 6) not null,
  updated_at timestamp
);

comment on table current_prices is 'One row is a price that held when the snapshot was taken.';
comment on column current_prices.system is 'System of the price.';
comment on column current_prices.record_id is 'record_id in prices.';
comment on column current_prices.price_list is 'List.';
comment on column current_prices.store is 'System name of the shop that the price is for; NULL for every shop.';
comment on column current_prices.variant_id is 'record_id in products.';
comment on column current_prices.currency is 'Currency.';
comment on column current_prices.min_quantity is 'From this quantity; 1 where no other is said.';
comment on column current_prices.company_key is 'Id of the company that the price was agreed with, as ids are compared; NULL for everybody.';
comment on column current_prices.is_negotiated is 'True where only certain companies pay this price.';
comment on column current_prices.amount is 'Price.';
comment on column current_prices.updated_at is 'Last change.';
