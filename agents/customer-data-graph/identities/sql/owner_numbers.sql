-- Numbers of identities that are known by text.
SELECT k.owner, k.identity_no
FROM wanted_texts w
JOIN identity_numbers k ON k.owner = w.owner
ORDER BY k.identity_no
