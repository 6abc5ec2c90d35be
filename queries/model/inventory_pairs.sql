-- One row is stock of the owner beside the stock in Salesforce that answers it, if there is any: place by place, or in total.
create table inventory_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  variant_id varchar not null,
  location_id varchar,
  is_total boolean not null,
  salesforce_system varchar not null,
  salesforce_product_id varchar not null,
  salesforce_location_id varchar,
  salesforce_id varchar,
  measure varchar,
  shop_quantity decimal(38, 4),
  salesforce_quantity decimal(38, 4),
  is_safety_stock boolean not null,
  shop_changed_at timestamp,
  salesforce_changed_at timestamp
);

comment on table inventory_pairs is 'One row is stock of the owner beside the stock in Salesforce that answers it, if there is any: place by place, or in total.';
comment on column inventory_pairs.shop_system is 'System that owns the stock: a shop or an ERP.';
comment on column inventory_pairs.shop_id is 'record_id of its level; of its product where is_total.';
comment on column inventory_pairs.variant_id is 'record_id of its product.';
comment on column inventory_pairs.location_id is 'record_id of its location.';
comment on column inventory_pairs.is_total is 'True where the stock of all places is compared, because Salesforce keeps it for no place that its owner knows.';
comment on column inventory_pairs.salesforce_system is 'System of the Salesforce product.';
comment on column inventory_pairs.salesforce_product_id is 'record_id of the Salesforce product.';
comment on column inventory_pairs.salesforce_location_id is 'record_id of the Salesforce location.';
comment on column inventory_pairs.salesforce_id is 'record_id of the level in Salesforce; NULL where there is none.';
comment on column inventory_pairs.measure is 'on_hand where both sides know it, else available.';
comment on column inventory_pairs.shop_quantity is 'Quantity at its owner.';
comment on column inventory_pairs.salesforce_quantity is 'Quantity in Salesforce.';
comment on column inventory_pairs.is_safety_stock is 'True where one side holds back a safety stock that just explains the difference.';
comment on column inventory_pairs.shop_changed_at is 'Last change at its owner.';
comment on column inventory_pairs.salesforce_changed_at is 'Last change in Salesforce.';
