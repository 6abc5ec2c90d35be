-- One row is a pair (location of a shop, the same location of the ERP whose values the shop follows).
create table location_twins (
  shop_system varchar not null,
  shop_id varchar not null,
  erp_system varchar not null,
  erp_id varchar not null,
  method varchar not null
);

comment on table location_twins is 'One row is a pair (location of a shop, the same location of the ERP whose values the shop follows).';
comment on column location_twins.shop_system is 'System of the shop.';
comment on column location_twins.shop_id is 'record_id of its location.';
comment on column location_twins.erp_system is 'System of the ERP.';
comment on column location_twins.erp_id is 'record_id of its location.';
comment on column location_twins.method is 'salesforce where both are linked to one Salesforce record; else code or name.';
