create macro cents(i) as (1000 + (i * 7919) % 90000);
create macro text_of(c) as (case when c % 10 = 0 then (c // 100) || '.' || ((c // 10) % 10) else (c // 100) || '.' || lpad((c % 100)::varchar, 2, '0') end);
create macro bag(c) as ({'shopMoney': {'amount': text_of(c), 'currencyCode': 'EUR'}, 'presentmentMoney': {'amount': text_of(c), 'currencyCode': 'EUR'}});
create macro moment(i, s) as (strftime(timestamp '2024-12-01' + to_seconds((i * 61) % 62000000 + s), '%Y-%m-%dT%H:%M:%SZ'));
create macro sf(i, prefix) as (prefix || lpad(i::varchar, 12, '0') || 'AAA');
create macro customer_of(i) as ((i * 13) % greatest($size // 4, 1) + 1);
create macro line_cents(i, k) as (cents(i) // 2 + k * (cents(i) % 2));
