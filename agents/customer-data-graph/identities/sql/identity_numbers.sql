-- Every identity with its number: from 1 on, by kind and value.
SELECT
  kind_no,
  identity,
  CASE
    WHEN kind_no = 0 THEN 'user:'
    WHEN kind_no = 1 THEN 'loyalty:'
    WHEN kind_no = 2 THEN 'email:'
    WHEN kind_no = 3 THEN 'phone:'
    ELSE 'anonymous:'
  END || identity AS owner,
  ROW_NUMBER() OVER (ORDER BY kind_no, identity) AS identity_no
FROM (
  SELECT 0 AS kind_no, user_id AS identity FROM carried_identities WHERE user_id <> ''
  UNION
  SELECT 1 AS kind_no, loyalty_id AS identity FROM carried_identities WHERE loyalty_id <> ''
  UNION
  SELECT 2 AS kind_no, email_hash AS identity FROM carried_identities WHERE email_hash <> ''
  UNION
  SELECT 3 AS kind_no, phone_hash AS identity FROM carried_identities WHERE phone_hash <> ''
  UNION
  SELECT 4 AS kind_no, anonymous_id AS identity FROM carried_identities WHERE anonymous_id <> ''
  UNION
  SELECT kind_no, identity FROM stated_identities
) named
