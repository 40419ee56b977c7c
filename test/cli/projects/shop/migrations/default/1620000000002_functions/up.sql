CREATE FUNCTION full_name(c customer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT c.first_name || ' ' || c.last_name $$;
CREATE FUNCTION lines_above(p purchase, hasura_session json, minimum integer DEFAULT 1) RETURNS SETOF purchase_line
LANGUAGE sql STABLE AS $$ SELECT * FROM purchase_line l WHERE l.purchase_id = p.id AND l.quantity >= minimum $$;
CREATE FUNCTION stock.find_articles(words text) RETURNS SETOF stock.article LANGUAGE sql STABLE AS $$
    SELECT * FROM stock.article WHERE name ILIKE '%' || words || '%' ORDER BY id
$$;
CREATE FUNCTION place_purchase(hasura_session json) RETURNS SETOF purchase LANGUAGE sql VOLATILE AS $$
    INSERT INTO purchase (customer_id) VALUES ((hasura_session ->> 'x-hasura-user-id')::uuid) RETURNING *
$$;
