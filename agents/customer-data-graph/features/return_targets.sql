-- Each return with the last day that its goods can have been bought on: the stated day, the day of its order, or its own.
SELECT
  r.id,
  r.customer_no,
  r.location,
  r.channel,
  r.brand,
  r.amount_minor,
  r.day_no AS returned_day,
  CASE WHEN COALESCE(s.day_no, o.day_no, r.day_no) > r.day_no THEN r.day_no ELSE COALESCE(s.day_no, o.day_no, r.day_no) END AS latest_day
FROM events r
LEFT JOIN stated_days s ON s.id = r.id
LEFT JOIN (
  SELECT customer_no, order_id, MIN(day_no) AS day_no
  FROM events
  WHERE type = 'purchase' AND order_id <> ''
  GROUP BY customer_no, order_id
) o ON o.customer_no = r.customer_no AND o.order_id = r.order_id
WHERE r.type = 'return' AND r.day_no <= $end_day
