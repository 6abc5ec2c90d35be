-- One row is a shop product beside its primary Salesforce product, with what rules compare.
create table product_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  salesforce_system varchar not null,
  salesforce_id varchar not null,
  method varchar not null,
  label varchar not null,
  shop_status varchar,
  salesforce_status varchar,
  shop_sku_key varchar,
  salesforce_sku_key varchar,
  shop_barcode_key varchar,
  salesforce_barcode_key varchar,
  has_same_title boolean,
  is_elsewhere_active boolean not null,
  shop_changed_at timestamp
);

comment on table product_pairs is 'One row is a shop product beside its primary Salesforce product, with what rules compare.';
comment on column product_pairs.shop_system is 'System of the shop product.';
comment on column product_pairs.shop_id is 'record_id of the shop product.';
comment on column product_pairs.salesforce_system is 'System of the Salesforce product.';
comment on column product_pairs.salesforce_id is 'record_id of the Salesforce product.';
comment on column product_pairs.method is 'How the link was found.';
comment on column product_pairs.label is 'What a person calls it: SKU, else title, else id.';
comment on column product_pairs.shop_status is 'Canonical status in the shop.';
comment on column product_pairs.salesforce_status is 'Canonical status in Salesforce.';
comment on column product_pairs.shop_sku_key is 'SKU in the shop, for matching.';
comment on column product_pairs.salesforce_sku_key is 'SKU in Salesforce, for matching.';
comment on column product_pairs.shop_barcode_key is 'Barcode in the shop as it is compared.';
comment on column product_pairs.salesforce_barcode_key is 'Barcode in Salesforce as it is compared.';
comment on column product_pairs.has_same_title is 'Whether the titles agree, also where one is cut or lacks the variant; NULL where one is not known.';
comment on column product_pairs.is_elsewhere_active is 'Whether another system sells the same Salesforce product.';
comment on column product_pairs.shop_changed_at is 'Last change in the shop.';
