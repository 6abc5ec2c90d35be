-- One row is the stock of a variant at a location.
create table inventory_levels (
  system varchar not null,
  record_id varchar not null,
  variant_id varchar,
  sku_key varchar,
  location_id varchar,
  store varchar,
  on_hand decimal(18, 4),
  available decimal(18, 4),
  committed decimal(18, 4),
  incoming decimal(18, 4),
  safety_stock decimal(18, 4),
  is_infinite boolean,
  is_active boolean,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table inventory_levels is 'One row is the stock of a variant at a location.';
comment on column inventory_levels.system is 'Name of the system in recon.toml that this row was read from.';
comment on column inventory_levels.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column inventory_levels.variant_id is 'record_id in products.';
comment on column inventory_levels.sku_key is 'SKU for matching.';
comment on column inventory_levels.location_id is 'record_id in locations.';
comment on column inventory_levels.store is 'System name of the shop that the stock is set aside for; NULL for every shop.';
comment on column inventory_levels.on_hand is 'On hand.';
comment on column inventory_levels.available is 'Available to sell.';
comment on column inventory_levels.committed is 'Promised to orders.';
comment on column inventory_levels.incoming is 'On its way in.';
comment on column inventory_levels.safety_stock is 'Held back.';
comment on column inventory_levels.is_infinite is 'Never runs out.';
comment on column inventory_levels.is_active is 'Stocked at this location.';
comment on column inventory_levels.updated_at is 'Last change.';
comment on column inventory_levels.deleted_at is 'Deleted.';
comment on column inventory_levels.extra is 'What the source holds and this model has no column for.';
comment on column inventory_levels.seen_at is 'When this row was read (UTC).';
comment on column inventory_levels.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column inventory_levels.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
