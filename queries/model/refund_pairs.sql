-- One row is a refund of a shop that moved money, beside its refund in Salesforce; test orders are left out.
create table refund_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  shop_order_id varchar not null,
  number varchar,
  salesforce_system varchar not null,
  salesforce_order_id varchar not null,
  salesforce_id varchar,
  method varchar,
  shop_amount decimal(38, 6),
  salesforce_amount decimal(38, 6),
  shop_currency varchar,
  salesforce_currency varchar,
  created_at timestamp
);

comment on table refund_pairs is 'One row is a refund of a shop that moved money, beside its refund in Salesforce; test orders are left out.';
comment on column refund_pairs.shop_system is 'System of the shop refund.';
comment on column refund_pairs.shop_id is 'record_id of the shop refund.';
comment on column refund_pairs.shop_order_id is 'record_id of the shop order.';
comment on column refund_pairs.number is 'What a person calls the order.';
comment on column refund_pairs.salesforce_system is 'System of the Salesforce order.';
comment on column refund_pairs.salesforce_order_id is 'record_id of the primary Salesforce order.';
comment on column refund_pairs.salesforce_id is 'record_id of the Salesforce refund; NULL where there is none.';
comment on column refund_pairs.method is 'How it was found: external_id, amount (on the same order), or rest (the only one left on both sides of an order).';
comment on column refund_pairs.shop_amount is 'Money given back, in the shop.';
comment on column refund_pairs.salesforce_amount is 'Money given back, in Salesforce.';
comment on column refund_pairs.shop_currency is 'Currency of the shop amount.';
comment on column refund_pairs.salesforce_currency is 'Currency of the Salesforce amount.';
comment on column refund_pairs.created_at is 'Created in the shop.';
