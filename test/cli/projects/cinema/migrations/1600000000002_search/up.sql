CREATE FUNCTION search_films(words text) RETURNS SETOF film LANGUAGE sql STABLE AS $$
    SELECT * FROM film WHERE title ILIKE '%' || words || '%'
$$;
