-- What each purchase day was made of, one row per cell: days and gaps of the customer, and the weights that split a day over cells.
SELECT
  customer_no,
  day_no,
  location,
  channel,
  brand,
  gross_minor,
  net_minor
FROM day_cells
WHERE day_no <= $as_of_day
ORDER BY customer_no, day_no, location, channel, brand
