-- One row is the price of a variant in one list and currency.
create table prices (
  system varchar not null,
  record_id varchar not null,
  price_list varchar,
  store varchar,
  variant_id varchar,
  sku_key varchar,
  min_quantity decimal(18, 4),
  amount decimal(38, 6),
  compare_at decimal(38, 6),
  currency varchar,
  company_id varchar,
  is_negotiated boolean,
  valid_from timestamp,
  valid_to timestamp,
  held_since timestamp,
  is_active boolean,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table prices is 'One row is the price of a variant in one list and currency.';
comment on column prices.system is 'Name of the system in recon.toml that this row was read from.';
comment on column prices.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column prices.price_list is 'List; "default" for the shop price.';
comment on column prices.store is 'System name of the shop that the price is for; NULL for every shop.';
comment on column prices.variant_id is 'record_id in products.';
comment on column prices.sku_key is 'SKU for matching.';
comment on column prices.min_quantity is 'From this quantity.';
comment on column prices.amount is 'Price.';
comment on column prices.compare_at is 'Former price.';
comment on column prices.currency is 'Currency.';
comment on column prices.company_id is 'Company for negotiated prices.';
comment on column prices.is_negotiated is 'True in a list that only certain companies get: a contract, or a catalogue that is assigned to them.';
comment on column prices.valid_from is 'From.';
comment on column prices.valid_to is 'Until.';
comment on column prices.held_since is 'Since when exactly this price has certainly been asked; NULL where nobody tells.';
comment on column prices.is_active is 'In force.';
comment on column prices.updated_at is 'Last change.';
comment on column prices.deleted_at is 'Deleted.';
comment on column prices.extra is 'What the source holds and this model has no column for.';
comment on column prices.seen_at is 'When this row was read (UTC).';
comment on column prices.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column prices.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
