-- One row is a shop customer beside the primary Salesforce record, with how the two differ.
create table customer_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  salesforce_system varchar not null,
  salesforce_id varchar not null,
  method varchar not null,
  certainty varchar not null,
  is_guest boolean,
  shop_state varchar,
  has_email boolean not null,
  email_drift varchar,
  has_phone boolean not null,
  phone_drift varchar,
  has_name boolean not null,
  name_drift varchar,
  has_address boolean not null,
  address_drift varchar,
  shop_email_consent varchar,
  salesforce_email_consent varchar,
  shop_sms_consent varchar,
  salesforce_sms_consent varchar,
  shop_updated_at timestamp
);

comment on table customer_pairs is 'One row is a shop customer beside the primary Salesforce record, with how the two differ.';
comment on column customer_pairs.shop_system is 'System of the shop customer.';
comment on column customer_pairs.shop_id is 'record_id of the shop customer.';
comment on column customer_pairs.salesforce_system is 'System of the Salesforce record.';
comment on column customer_pairs.salesforce_id is 'record_id of the Salesforce record.';
comment on column customer_pairs.method is 'How the link was found; values are compared only where it is external_id.';
comment on column customer_pairs.certainty is 'certain or likely.';
comment on column customer_pairs.is_guest is 'True for a buyer without account.';
comment on column customer_pairs.shop_state is 'State in the shop.';
comment on column customer_pairs.has_email is 'Whether the addresses could be compared: the shop knows one.';
comment on column customer_pairs.email_drift is 'NULL where they agree; blank where Salesforce has none, other where it has another.';
comment on column customer_pairs.has_phone is 'Whether the numbers could be compared: the shop knows a valid one.';
comment on column customer_pairs.phone_drift is 'NULL where they agree; blank or other.';
comment on column customer_pairs.has_name is 'Whether the names could be compared: both sides know one.';
comment on column customer_pairs.name_drift is 'NULL where they agree up to spelling; swapped (given and family name), cut, garbled, or other.';
comment on column customer_pairs.has_address is 'Whether the postal addresses could be compared: the shop knows a street.';
comment on column customer_pairs.address_drift is 'NULL where they agree up to spelling; blank, cut, garbled, or other.';
comment on column customer_pairs.shop_email_consent is 'Consent to e-mail in the shop.';
comment on column customer_pairs.salesforce_email_consent is 'Consent to e-mail in Salesforce.';
comment on column customer_pairs.shop_sms_consent is 'Consent to text messages in the shop.';
comment on column customer_pairs.salesforce_sms_consent is 'Consent to text messages in Salesforce.';
comment on column customer_pairs.shop_updated_at is 'Last change in the shop.';
