-- One row is a pair (shop customer, Salesforce customer) and how it was found.
create table customer_links (
  shop_system varchar not null,
  shop_id varchar not null,
  salesforce_system varchar not null,
  salesforce_id varchar not null,
  method varchar not null,
  certainty varchar not null,
  evidence varchar,
  is_primary boolean not null
);

comment on table customer_links is 'One row is a pair (shop customer, Salesforce customer) and how it was found.';
comment on column customer_links.shop_system is 'System of the shop record.';
comment on column customer_links.shop_id is 'record_id of the shop record.';
comment on column customer_links.salesforce_system is 'System of the Salesforce record.';
comment on column customer_links.salesforce_id is 'record_id of the Salesforce record.';
comment on column customer_links.method is 'external_id, number, email_amount_day, email, phone, sku, reference, sku_position, ….';
comment on column customer_links.certainty is 'certain, likely, or ambiguous where several candidates are equally good.';
comment on column customer_links.evidence is 'Which values of both records agree, as words; for an ambiguous link those that all its candidates have.';
comment on column customer_links.is_primary is 'True for the one link of a shop record that rules about values compare; ambiguous links have none.';
