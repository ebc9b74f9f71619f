-- The finest grain: customer, day, cell; gross and net of returns. Only customers known on the as-of day.
SELECT
  p.customer_no,
  k.first_day,
  p.day_no,
  p.location,
  p.channel,
  p.brand,
  p.gross_minor,
  p.gross_minor - COALESCE(r.returned_minor, 0) AS net_minor
FROM purchase_cells p
JOIN known k ON k.customer_no = p.customer_no
LEFT JOIN returned_cells r
  ON r.customer_no = p.customer_no AND r.day_no = p.day_no
  AND r.location = p.location AND r.channel = p.channel AND r.brand = p.brand
