-- One row is something constant that an integration writes around the ids or numbers of a shop.
create table id_affixes (
  entity varchar not null,
  kind varchar not null,
  salesforce_system varchar not null,
  shop_system varchar not null,
  prefix varchar not null,
  suffix varchar not null,
  shop_prefix varchar not null,
  shop_suffix varchar not null,
  records bigint not null
);

comment on table id_affixes is 'One row is something constant that an integration writes around the ids or numbers of a shop, such as SHOP- in SHOP-5001.';
comment on column id_affixes.entity is 'orders, customers or products.';
comment on column id_affixes.kind is 'id: an id of the shop in the external id field; number_as_id: its number there; number: its number in the number field.';
comment on column id_affixes.salesforce_system is 'Org in whose records it was found.';
comment on column id_affixes.shop_system is 'System whose ids or numbers they are.';
comment on column id_affixes.prefix is 'What stands before the digits in Salesforce, upper case; empty where nothing does.';
comment on column id_affixes.suffix is 'What stands after the digits in Salesforce, upper case; empty where nothing does.';
comment on column id_affixes.shop_prefix is 'What stands before the digits in the shop''s own number.';
comment on column id_affixes.shop_suffix is 'What stands after the digits in the shop''s own number.';
comment on column id_affixes.records is 'Records whose other values confirm it.';
