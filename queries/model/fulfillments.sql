-- One row is a shipment.
create table fulfillments (
  system varchar not null,
  record_id varchar not null,
  order_id varchar,
  status varchar,
  raw_status varchar,
  tracking_number varchar,
  carrier varchar,
  location_id varchar,
  quantity decimal(18, 4),
  shipped_at timestamp,
  delivered_at timestamp,
  created_at timestamp,
  updated_at timestamp,
  external_ids map (varchar, varchar),
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table fulfillments is 'One row is a shipment.';
comment on column fulfillments.system is 'Name of the system in recon.toml that this row was read from.';
comment on column fulfillments.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column fulfillments.order_id is 'Order.';
comment on column fulfillments.status is 'Canonical: success, pending, cancelled, failed.';
comment on column fulfillments.raw_status is 'As held.';
comment on column fulfillments.tracking_number is 'First tracking number.';
comment on column fulfillments.carrier is 'Carrier.';
comment on column fulfillments.location_id is 'Location shipped from.';
comment on column fulfillments.quantity is 'Units in it, where the system says so without lines.';
comment on column fulfillments.shipped_at is 'Shipped.';
comment on column fulfillments.delivered_at is 'Delivered.';
comment on column fulfillments.created_at is 'Created.';
comment on column fulfillments.updated_at is 'Last change.';
comment on column fulfillments.external_ids is 'Ids of other systems by role.';
comment on column fulfillments.deleted_at is 'Deleted.';
comment on column fulfillments.extra is 'What the source holds and this model has no column for.';
comment on column fulfillments.seen_at is 'When this row was read (UTC).';
comment on column fulfillments.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column fulfillments.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
