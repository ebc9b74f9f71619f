-- The combinations by number; 0 where there is none.
SELECT
  COALESCE(u.identity_no, 0) AS user_no,
  COALESCE(l.identity_no, 0) AS loyalty_no,
  COALESCE(e.identity_no, 0) AS email_no,
  COALESCE(p.identity_no, 0) AS phone_no,
  COALESCE(a.identity_no, 0) AS anonymous_no,
  c.first_ms,
  c.last_ms,
  c.events
FROM carried_identities c
LEFT JOIN identity_numbers u ON u.kind_no = 0 AND u.identity = c.user_id
LEFT JOIN identity_numbers l ON l.kind_no = 1 AND l.identity = c.loyalty_id
LEFT JOIN identity_numbers e ON e.kind_no = 2 AND e.identity = c.email_hash
LEFT JOIN identity_numbers p ON p.kind_no = 3 AND p.identity = c.phone_hash
LEFT JOIN identity_numbers a ON a.kind_no = 4 AND a.identity = c.anonymous_id
