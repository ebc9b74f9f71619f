-- The identities that give customers their names.
SELECT k.kind_no, k.identity, k.identity_no
FROM named_customers n
JOIN identity_numbers k ON k.identity_no = n.identity_no
ORDER BY k.identity_no
