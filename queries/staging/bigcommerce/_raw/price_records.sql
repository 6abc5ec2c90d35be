-- Prices of price lists, by variant and currency. A price that is null falls back to the catalogue.
select
  price_list_id || '/' || variant_id || '/' || upper(currency) as id,
  cast(null as varchar) as parent_id,
  utc(date_modified) as updated_at,
  price_list_id,
  variant_id,
  sku,
  upper(currency) as currency,
  price,
  retail_price,
  sale_price,
  bulk_pricing_tiers,
  filename
from read_json(
  $files,
  format = 'newline_delimited',
  filename = true,
  columns = {
    'date_modified': 'varchar',
    'price_list_id': 'varchar',
    'variant_id': 'varchar',
    'sku': 'varchar',
    'currency': 'varchar',
    'price': 'decimal(38, 6)',
    'retail_price': 'decimal(38, 6)',
    'sale_price': 'decimal(38, 6)',
    'bulk_pricing_tiers': 'struct(quantity_min decimal(18, 4), type varchar, amount decimal(38, 6))[]'
  }
)
