-- The wordings of what is declared, by number.
SELECT type, channel, properties
FROM declared_texts
ORDER BY text_no
