\set listing random(1, 8)
\set buyer random(1, 100000)
WITH taken AS (UPDATE stock SET available = available - 1, held = held + 1 WHERE listing = :listing AND available >= 1 RETURNING listing)
INSERT INTO hold SELECT gen_random_uuid(), listing, :buyer, 1, 2500, now() + interval '5 minutes' FROM taken;
