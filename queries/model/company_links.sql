-- One row is a pair (shop company, Salesforce company) and how it was found.
create table company_links (
  shop_system varchar not null,
  shop_id varchar not null,
  salesforce_system varchar not null,
  salesforce_id varchar not null,
  method varchar not null,
  certainty varchar not null,
  is_primary boolean not null
);

comment on table company_links is 'One row is a pair (shop company, Salesforce company) and how it was found.';
comment on column company_links.shop_system is 'System of the shop record.';
comment on column company_links.shop_id is 'record_id of the shop record.';
comment on column company_links.salesforce_system is 'System of the Salesforce record.';
comment on column company_links.salesforce_id is 'record_id of the Salesforce record.';
comment on column company_links.method is 'external_id, number, email_amount_day, email, phone, sku, reference, sku_position, ….';
comment on column company_links.certainty is 'certain, likely, or ambiguous where several candidates are equally good.';
comment on column company_links.is_primary is 'True for the one link of a shop record that rules about values compare; ambiguous links have none.';
