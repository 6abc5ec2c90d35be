-- One row is a return of a shop beside its return in Salesforce; test orders are left out.
create table return_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  shop_order_id varchar not null,
  number varchar,
  salesforce_system varchar not null,
  salesforce_order_id varchar not null,
  salesforce_id varchar,
  method varchar,
  shop_status varchar,
  salesforce_status varchar,
  created_at timestamp,
  shop_changed_at timestamp
);

comment on table return_pairs is 'One row is a return of a shop beside its return in Salesforce; test orders are left out.';
comment on column return_pairs.shop_system is 'System of the shop return.';
comment on column return_pairs.shop_id is 'record_id of the shop return.';
comment on column return_pairs.shop_order_id is 'record_id of the shop order.';
comment on column return_pairs.number is 'What a person calls the order.';
comment on column return_pairs.salesforce_system is 'System of the Salesforce order.';
comment on column return_pairs.salesforce_order_id is 'record_id of the primary Salesforce order.';
comment on column return_pairs.salesforce_id is 'record_id of the Salesforce return; NULL where there is none.';
comment on column return_pairs.method is 'How it was found: external_id, or position (the same place among what is left of an order).';
comment on column return_pairs.shop_status is 'Canonical status in the shop.';
comment on column return_pairs.salesforce_status is 'Canonical status in Salesforce.';
comment on column return_pairs.created_at is 'Created in the shop.';
comment on column return_pairs.shop_changed_at is 'When it was closed in the shop, else created.';
