-- One row is a shop order beside its primary Salesforce order, with what rules compare; no test orders and no drafts.
create table order_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  salesforce_system varchar not null,
  salesforce_id varchar not null,
  method varchar not null,
  certainty varchar not null,
  number varchar,
  has_other_number boolean,
  shop_status varchar,
  salesforce_status varchar,
  shop_payment_status varchar,
  salesforce_payment_status varchar,
  shop_fulfillment_status varchar,
  salesforce_fulfillment_status varchar,
  shop_currency varchar,
  salesforce_currency varchar,
  shop_total decimal(38, 6),
  salesforce_total decimal(38, 6),
  shop_current_total decimal(38, 6),
  salesforce_current_total decimal(38, 6),
  presentment_currency varchar,
  presentment_total decimal(38, 6),
  shop_refunded decimal(38, 6),
  is_edited boolean,
  shop_customer_id varchar,
  salesforce_customer_id varchar,
  placed_at timestamp,
  salesforce_placed_at timestamp,
  salesforce_placed_date date,
  shop_created_at timestamp,
  salesforce_created_at timestamp,
  shop_updated_at timestamp,
  is_unsynced boolean,
  has_other_address boolean,
  has_other_tax boolean,
  has_other_discount boolean,
  has_other_charges boolean
);

comment on table order_pairs is 'One row is a shop order beside its primary Salesforce order, with what rules compare; no test orders and no drafts.';
comment on column order_pairs.shop_system is 'System of the shop order.';
comment on column order_pairs.shop_id is 'record_id of the shop order.';
comment on column order_pairs.salesforce_system is 'System of the Salesforce order.';
comment on column order_pairs.salesforce_id is 'record_id of the Salesforce order.';
comment on column order_pairs.method is 'How the link was found.';
comment on column order_pairs.certainty is 'certain or likely.';
comment on column order_pairs.number is 'What a person calls the shop order.';
comment on column order_pairs.has_other_number is 'True where Salesforce holds another number.';
comment on column order_pairs.shop_status is 'Canonical status in the shop.';
comment on column order_pairs.salesforce_status is 'Canonical status in Salesforce.';
comment on column order_pairs.shop_payment_status is 'Canonical payment status in the shop.';
comment on column order_pairs.salesforce_payment_status is 'Canonical payment status in Salesforce.';
comment on column order_pairs.shop_fulfillment_status is 'Canonical fulfilment status in the shop.';
comment on column order_pairs.salesforce_fulfillment_status is 'Canonical fulfilment status in Salesforce.';
comment on column order_pairs.shop_currency is 'Currency in the shop.';
comment on column order_pairs.salesforce_currency is 'Currency in Salesforce.';
comment on column order_pairs.shop_total is 'Total as placed, in the shop.';
comment on column order_pairs.salesforce_total is 'Total as placed, in Salesforce.';
comment on column order_pairs.shop_current_total is 'Total after edits and returns, in the shop.';
comment on column order_pairs.salesforce_current_total is 'Total after edits and returns, in Salesforce.';
comment on column order_pairs.presentment_currency is 'Currency that the buyer saw, in the shop.';
comment on column order_pairs.presentment_total is 'Total in that currency, in the shop.';
comment on column order_pairs.shop_refunded is 'Money given back, in the shop.';
comment on column order_pairs.is_edited is 'True where the shop order was edited after placement.';
comment on column order_pairs.shop_customer_id is 'Customer in the shop.';
comment on column order_pairs.salesforce_customer_id is 'Customer in Salesforce.';
comment on column order_pairs.placed_at is 'When the buyer placed it, in the shop.';
comment on column order_pairs.salesforce_placed_at is 'When the buyer placed it, in Salesforce.';
comment on column order_pairs.salesforce_placed_date is 'The day of that, where Salesforce holds only a date.';
comment on column order_pairs.shop_created_at is 'Created in the shop.';
comment on column order_pairs.salesforce_created_at is 'Created in Salesforce.';
comment on column order_pairs.shop_updated_at is 'Last change in the shop.';
comment on column order_pairs.is_unsynced is 'True where the shop changed it after Salesforce last took it over (by last_synced_at, else updated_at).';
comment on column order_pairs.has_other_address is 'True where a part of the ship-to or bill-to address that both hold is written otherwise in any way.';
comment on column order_pairs.has_other_tax is 'True where both hold tax, and it differs.';
comment on column order_pairs.has_other_discount is 'True where both hold discounts, and they differ by more than tax within them can explain.';
comment on column order_pairs.has_other_charges is 'True where shipping, duties, fees and tips together differ by more than tax within them can explain.';
