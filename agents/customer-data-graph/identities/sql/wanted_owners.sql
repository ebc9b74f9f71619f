-- Texts of identities that are known by number.
SELECT w.identity_no, k.owner
FROM wanted_numbers w
JOIN identity_numbers k ON k.identity_no = w.identity_no
ORDER BY w.identity_no
