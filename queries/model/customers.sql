-- One row is a customer, contact, person account or account.
create table customers (
  system varchar not null,
  record_id varchar not null,
  object varchar,
  external_ids map (varchar, varchar),
  store varchar,
  email varchar,
  email_key varchar,
  email_key_weak varchar,
  phone varchar,
  phone_key varchar,
  first_name varchar,
  last_name varchar,
  name_key varchar,
  birth_date date,
  company varchar,
  address1 varchar,
  address2 varchar,
  city varchar,
  region varchar,
  postal_code varchar,
  postal_key varchar,
  country varchar,
  is_guest boolean,
  state varchar,
  merged_into varchar,
  account_id varchar,
  email_consent varchar,
  sms_consent varchar,
  consent_at timestamp,
  orders_count bigint,
  total_spent decimal(38, 6),
  currency varchar,
  tags varchar[],
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table customers is 'One row is a customer, contact, person account or account.';
comment on column customers.system is 'Name of the system in recon.toml that this row was read from.';
comment on column customers.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column customers.object is 'What it is in its system: customer, contact, person_account, account, guest.';
comment on column customers.external_ids is 'Ids that this record carries of other systems, by field or role name.';
comment on column customers.store is 'System name of the shop that a Salesforce record belongs to; NULL for every shop.';
comment on column customers.email is 'Address as the system holds it.';
comment on column customers.email_key is 'Address for matching: trimmed, lower case.';
comment on column customers.email_key_weak is 'Weaker key: without plus part, and without dots for Gmail.';
comment on column customers.phone is 'Number as the system holds it.';
comment on column customers.phone_key is 'Number in E.164.';
comment on column customers.first_name is 'Given name.';
comment on column customers.last_name is 'Family name.';
comment on column customers.name_key is 'Given and family name for matching.';
comment on column customers.birth_date is 'Day of birth, where the mapping names a field for it.';
comment on column customers.company is 'Company name.';
comment on column customers.address1 is 'First address line.';
comment on column customers.address2 is 'Second address line.';
comment on column customers.city is 'City.';
comment on column customers.region is 'Region or province code.';
comment on column customers.postal_code is 'Postal code as held.';
comment on column customers.postal_key is 'Postal code for matching.';
comment on column customers.country is 'ISO 3166 alpha-2.';
comment on column customers.is_guest is 'True for a buyer without account.';
comment on column customers.state is 'enabled, disabled, invited, merged, redacted.';
comment on column customers.merged_into is 'Id of the surviving record after a merge.';
comment on column customers.account_id is 'Salesforce account that a contact belongs to.';
comment on column customers.email_consent is 'subscribed, unsubscribed, pending, not_subscribed; NULL when unknown.';
comment on column customers.sms_consent is 'The same for text messages.';
comment on column customers.consent_at is 'When consent last changed.';
comment on column customers.orders_count is 'Orders as the system itself counts them.';
comment on column customers.total_spent is 'Lifetime spend as the system itself states it.';
comment on column customers.currency is 'Currency of total_spent.';
comment on column customers.tags is 'Tags.';
comment on column customers.created_at is 'Created.';
comment on column customers.updated_at is 'Last change.';
comment on column customers.deleted_at is 'Deleted; NULL while alive.';
comment on column customers.extra is 'What the source holds and this model has no column for.';
comment on column customers.seen_at is 'When this row was read (UTC).';
comment on column customers.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column customers.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
