-- Money given back, at the day and cell where it was spent. A return belongs to the latest purchase day on or before its
-- latest_day; in that day to its own cell, else to its brand, else to the largest cell. A return dated after the as-of day
-- does not reach a purchase on or before it. Returns of purchases that are not in the log reach nothing.
SELECT
  customer_no,
  day_no,
  location,
  channel,
  brand,
  CAST(SUM(amount_minor) AS BIGINT) AS returned_minor
FROM (
  SELECT
    t.customer_no,
    c.day_no,
    c.location,
    c.channel,
    c.brand,
    t.amount_minor,
    ROW_NUMBER() OVER (
      PARTITION BY t.id
      ORDER BY
        CASE
          WHEN c.location = t.location AND c.channel = t.channel AND c.brand = t.brand THEN 0
          WHEN c.brand = t.brand THEN 1
          ELSE 2
        END,
        c.gross_minor DESC, c.location, c.channel, c.brand
    ) AS place
  FROM return_targets t
  JOIN (
    SELECT r.id, MAX(p.day_no) AS day_no
    FROM return_targets r
    JOIN purchase_cells p ON p.customer_no = r.customer_no AND p.day_no <= r.latest_day
    GROUP BY r.id
  ) d ON d.id = t.id
  JOIN purchase_cells c ON c.customer_no = t.customer_no AND c.day_no = d.day_no
  WHERE t.returned_day <= $as_of_day OR d.day_no > $as_of_day
) placed
WHERE place = 1
GROUP BY customer_no, day_no, location, channel, brand
