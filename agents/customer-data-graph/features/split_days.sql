-- Days that a customer spent in several cells, one row per cell: the weights of the split are made of these integers.
SELECT
  c.customer_no,
  c.day_no,
  c.location,
  c.channel,
  c.brand,
  c.gross_minor
FROM day_cells c
JOIN days d ON d.customer_no = c.customer_no AND d.day_no = c.day_no
WHERE c.day_no <= $as_of_day AND d.cell_count > 1
ORDER BY c.customer_no, c.day_no, c.location, c.channel, c.brand
