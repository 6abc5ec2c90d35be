-- One row is a shipment of a shop beside its shipment in Salesforce; test orders are left out.
create table fulfillment_pairs (
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
  shop_tracking varchar,
  salesforce_tracking varchar,
  shop_quantity decimal(18, 4),
  salesforce_quantity decimal(18, 4),
  is_shared boolean,
  shipped_at timestamp,
  shop_updated_at timestamp
);

comment on table fulfillment_pairs is 'One row is a shipment of a shop beside its shipment in Salesforce; test orders are left out.';
comment on column fulfillment_pairs.shop_system is 'System of the shop shipment.';
comment on column fulfillment_pairs.shop_id is 'record_id of the shop shipment.';
comment on column fulfillment_pairs.shop_order_id is 'record_id of the shop order.';
comment on column fulfillment_pairs.number is 'What a person calls the order.';
comment on column fulfillment_pairs.salesforce_system is 'System of the Salesforce order.';
comment on column fulfillment_pairs.salesforce_order_id is 'record_id of the primary Salesforce order.';
comment on column fulfillment_pairs.salesforce_id is 'record_id of the Salesforce shipment; NULL where there is none.';
comment on column fulfillment_pairs.method is 'How it was found: external_id, tracking_number (on the same order), or position (the same place among what is left of an order).';
comment on column fulfillment_pairs.shop_status is 'Canonical status in the shop.';
comment on column fulfillment_pairs.salesforce_status is 'Canonical status in Salesforce.';
comment on column fulfillment_pairs.shop_tracking is 'First tracking number in the shop.';
comment on column fulfillment_pairs.salesforce_tracking is 'Tracking number in Salesforce.';
comment on column fulfillment_pairs.shop_quantity is 'Units in the shop: its lines, else what the shipment says; of all parcels together that share its tracking number.';
comment on column fulfillment_pairs.salesforce_quantity is 'Units in Salesforce, the same way.';
comment on column fulfillment_pairs.is_shared is 'Whether several parcels of the order, or several shipments in Salesforce, share its tracking number.';
comment on column fulfillment_pairs.shipped_at is 'When it left, by the shop, else when it was made.';
comment on column fulfillment_pairs.shop_updated_at is 'Last change in the shop.';
