-- One row is an order.
create table orders (
  system varchar not null,
  record_id varchar not null,
  object varchar,
  number varchar,
  number_key varchar,
  external_ids map (varchar, varchar),
  customer_id varchar,
  email varchar,
  email_key varchar,
  status varchar,
  payment_status varchar,
  fulfillment_status varchar,
  raw_status varchar,
  raw_payment_status varchar,
  raw_fulfillment_status varchar,
  currency varchar,
  presentment_currency varchar,
  subtotal decimal(38, 6),
  discount decimal(38, 6),
  shipping decimal(38, 6),
  tax decimal(38, 6),
  duties decimal(38, 6),
  tip decimal(38, 6),
  gift_card decimal(38, 6),
  rounding decimal(38, 6),
  total decimal(38, 6),
  current_total decimal(38, 6),
  refunded decimal(38, 6),
  authorized decimal(38, 6),
  presentment_total decimal(38, 6),
  tax_included boolean,
  is_test boolean,
  is_guest boolean,
  is_edited boolean,
  is_managed boolean,
  channel varchar,
  store varchar,
  gateway varchar,
  country varchar,
  ship_street varchar,
  ship_city varchar,
  ship_postal_code varchar,
  ship_country varchar,
  bill_street varchar,
  bill_city varchar,
  bill_postal_code varchar,
  bill_country varchar,
  placed_at timestamp,
  placed_date date,
  cancelled_at timestamp,
  closed_at timestamp,
  edited_at timestamp,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  last_synced_at timestamp,
  created_by varchar,
  original_order_id varchar,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table orders is 'One row is an order.';
comment on column orders.system is 'Name of the system in recon.toml that this row was read from.';
comment on column orders.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column orders.object is 'Source object: order, Order, Opportunity.';
comment on column orders.number is 'What a person calls the order.';
comment on column orders.number_key is 'Number for matching: without #, leading zeros, configured prefix and suffix.';
comment on column orders.external_ids is 'Ids that this record carries of other systems, by role: order_id, order_number, store.';
comment on column orders.customer_id is 'Customer in the same system.';
comment on column orders.email is 'Buyer address as held.';
comment on column orders.email_key is 'Buyer address for matching.';
comment on column orders.status is 'Canonical: open, completed, cancelled, draft, expired.';
comment on column orders.payment_status is 'Canonical: pending, authorized, partially_paid, paid, partially_refunded, refunded, voided, expired.';
comment on column orders.fulfillment_status is 'Canonical: unfulfilled, partial, fulfilled, on_hold, restocked.';
comment on column orders.raw_status is 'Status exactly as the system holds it.';
comment on column orders.raw_payment_status is 'Payment status as held.';
comment on column orders.raw_fulfillment_status is 'Fulfilment status as held.';
comment on column orders.currency is 'Currency of the amounts, ISO 4217.';
comment on column orders.presentment_currency is 'Currency that the buyer saw.';
comment on column orders.subtotal is 'Lines after line discounts, before order discount, shipping and tax.';
comment on column orders.discount is 'All discounts, positive.';
comment on column orders.shipping is 'Shipping.';
comment on column orders.tax is 'Tax.';
comment on column orders.duties is 'Duties and fees.';
comment on column orders.tip is 'Tips.';
comment on column orders.gift_card is 'Paid by gift card.';
comment on column orders.rounding is 'Cash rounding, signed.';
comment on column orders.total is 'Total as placed.';
comment on column orders.current_total is 'Total after edits and returns.';
comment on column orders.refunded is 'Money given back.';
comment on column orders.authorized is 'Authorised for what is still to be paid, and neither captured nor given up; NULL where the system does not tell authorisations.';
comment on column orders.presentment_total is 'Total as placed in presentment_currency.';
comment on column orders.tax_included is 'True where prices contain tax.';
comment on column orders.is_test is 'True for a test order.';
comment on column orders.is_guest is 'True where no customer account stands behind it.';
comment on column orders.is_edited is 'True where the order was edited after placement.';
comment on column orders.is_managed is 'True where Salesforce Order Management itself keeps the order (a managed order summary): it is never planned for writing.';
comment on column orders.channel is 'Sales channel.';
comment on column orders.store is 'Store or site within the system.';
comment on column orders.gateway is 'Payment gateway of the first payment.';
comment on column orders.country is 'Ship-to country.';
comment on column orders.ship_street is 'Street and house number that the order is sent to.';
comment on column orders.ship_city is 'Place that the order is sent to.';
comment on column orders.ship_postal_code is 'Postal code that the order is sent to.';
comment on column orders.ship_country is 'Country, ISO 3166 alpha-2, that the order is sent to.';
comment on column orders.bill_street is 'Street and house number that the order is billed to.';
comment on column orders.bill_city is 'Place that the order is billed to.';
comment on column orders.bill_postal_code is 'Postal code that the order is billed to.';
comment on column orders.bill_country is 'Country, ISO 3166 alpha-2, that the order is billed to.';
comment on column orders.placed_at is 'When the buyer placed it.';
comment on column orders.placed_date is 'Date of placement where the system holds only a date.';
comment on column orders.cancelled_at is 'Cancelled.';
comment on column orders.closed_at is 'Archived or closed.';
comment on column orders.edited_at is 'Last edit.';
comment on column orders.created_at is 'Created in that system.';
comment on column orders.updated_at is 'Last change.';
comment on column orders.deleted_at is 'Deleted; NULL while alive.';
comment on column orders.last_synced_at is 'When the integration says that it last wrote this record.';
comment on column orders.created_by is 'User or app that created the record.';
comment on column orders.original_order_id is 'Order that this one only changes; NULL for an order of its own.';
comment on column orders.extra is 'What the source holds and this model has no column for.';
comment on column orders.seen_at is 'When this row was read (UTC).';
comment on column orders.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column orders.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
