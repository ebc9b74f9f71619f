-- How many identities there are of each kind.
SELECT kind_no, COUNT(*) AS identities
FROM identity_numbers
GROUP BY kind_no
ORDER BY kind_no
