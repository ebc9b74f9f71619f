-- Who owns what: the customer of every identity.
SELECT k.owner, c.customer_no
FROM identity_numbers k
JOIN identity_customers c ON c.identity_no = k.identity_no
