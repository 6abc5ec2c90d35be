-- One row is a pair (product of a shop, the same product of the ERP whose values the shop follows).
create table product_twins (
  shop_system varchar not null,
  shop_id varchar not null,
  erp_system varchar not null,
  erp_id varchar not null,
  method varchar not null
);

comment on table product_twins is 'One row is a pair (product of a shop, the same product of the ERP whose values the shop follows).';
comment on column product_twins.shop_system is 'System of the shop.';
comment on column product_twins.shop_id is 'record_id of its product.';
comment on column product_twins.erp_system is 'System of the ERP.';
comment on column product_twins.erp_id is 'record_id of its product.';
comment on column product_twins.method is 'salesforce where both are linked to one Salesforce record; else sku.';
